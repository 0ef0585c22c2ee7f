"""Result rows of screening: who stands where, from screened to dosed, and what excluded whom."""

from dataclasses import dataclass

import pandas as pd

from nk521lib.chapters.screening.criteria import BY_ID
from nk521lib.chapters.screening.evaluate import ELIGIBLE, FAIL, INELIGIBLE, UNDECIDED, Eligibility
from nk521lib.results import Column, Fraction, Number, fraction

CHAPTER = "screening"
STATUSES = (ELIGIBLE, INELIGIBLE, UNDECIDED)
FAILED, ENROLLED, OPEN = "screen failure", "enrolled", "in screening"


def derive_disposition(adsl: pd.DataFrame) -> pd.Series:
    """Where each screened subject stands, index as `adsl`: enrolled (or dosed), screen failure, or in screening.

    Somebody who was enrolled or dosed is never a screen failure, whatever is recorded afterwards.
    """
    where = pd.Series(OPEN, index=adsl.index, dtype="string").mask(adsl["SCRNFAIL"].eq("Y").fillna(False), FAILED)
    return where.mask(adsl["ENRLFL"].eq("Y").fillna(False), ENROLLED)


@dataclass(frozen=True)
class Funnel:
    """One common trunk that splits at assignment (rulings.md section 9).

    trunk : screened, screen failure, in screening, enrolled. groups : per group id assigned and dosed; `unassigned`:
    enrolled without a group. Every number is of the step before it.
    """

    screened: Number
    trunk: dict[str, Fraction]
    groups: dict[str, tuple[Fraction, Fraction]]
    unassigned: Fraction


def count_funnel(found: Eligibility) -> Funnel:
    """From screened to dosed. A study without groups has only the trunk."""
    adsl = found.adsl
    ids = lambda rows: tuple(adsl.loc[rows, "USUBJID"])
    where = derive_disposition(adsl)
    count = lambda of, members, stage, **column: fraction(
        Column(stage, of, **column), members, analysis_id="screening_funnel", chapter=CHAPTER, population="SCREENED",
        variable="STAGE", variable_level=stage.upper(),
    )  # fmt: skip
    everyone, enrolled = ids(slice(None)), ids(where.eq(ENROLLED))
    trunk = {stage: count(everyone, ids(where.eq(stage)), stage) for stage in (FAILED, OPEN, ENROLLED)}
    groups = {}
    for group in found.cut.params.trial.groups:
        mine = adsl["GROUP"].eq(group.id).fillna(False) & where.eq(ENROLLED)
        dosed = mine & adsl["SAFFL"].eq("Y").fillna(False)
        groups[group.id] = (
            count(enrolled, ids(mine), "assigned", group1_level=group.id),
            count(ids(mine), ids(dosed), "dosed", group1_level=group.id),
        )
    nowhere = where.eq(ENROLLED) & ~adsl["GROUP"].isin(list(groups)).astype(bool)
    return Funnel(trunk[ENROLLED].N, trunk, groups, count(enrolled, ids(nowhere), "no group"))


def count_statuses(found: Eligibility) -> dict[str, Fraction]:
    """Screened subjects by ELIGSTAT; none where the criteria do not apply."""
    adsl = found.adsl
    if not len(found.answers):
        return {}
    everyone = Column("screened", tuple(adsl["USUBJID"]))
    return {
        status: fraction(
            everyone, set(adsl.loc[adsl["ELIGSTAT"].eq(status).fillna(False), "USUBJID"]), analysis_id="screening_status",
            chapter=CHAPTER, population="SCREENED", variable="ELIGSTAT", variable_level=status,
        )
        for status in STATUSES
    }  # fmt: skip


def count_status_by_disposition(found: Eligibility) -> dict[tuple[str, str], Fraction]:
    """Subjects of each standing by ELIGSTAT."""
    if not len(found.answers):
        return {}
    where, made = derive_disposition(found.adsl), {}
    for stage in (ENROLLED, OPEN, FAILED):
        here = found.adsl[where.eq(stage)]
        for status in STATUSES:
            made[stage, status] = fraction(
                Column(stage, tuple(here["USUBJID"])), set(here.loc[here["ELIGSTAT"].eq(status).fillna(False), "USUBJID"]),
                analysis_id="screening_status", chapter=CHAPTER, population=stage.upper(), variable="ELIGSTAT", variable_level=status,
            )  # fmt: skip
    return made


def count_reasons(found: Eligibility, effect: str = FAIL) -> list[tuple[str, Fraction, Fraction]]:
    """Criterion, subjects with this effect of all screened, and those for whom it is the only one; most frequent first.

    Ties keep protocol order. Criteria that nobody fails are left out.
    """
    fails = found.answers[found.answers["EFFECT"].eq(effect)]
    everyone = Column("screened", tuple(found.adsl["USUBJID"]))
    each = fails.groupby("USUBJID")["IETESTCD"].transform("size")
    rows = []
    for identifier in BY_ID:
        mine = fails["IETESTCD"].eq(identifier)
        if not mine.any():
            continue
        of = dict(chapter=CHAPTER, population="SCREENED", variable="IETESTCD", variable_level=identifier)
        name = f"screening_{effect.lower()}"
        any_, only = set(fails.loc[mine, "USUBJID"]), set(fails.loc[mine & each.eq(1), "USUBJID"])
        rows.append(
            (
                identifier,
                fraction(everyone, any_, analysis_id=name, **of),
                fraction(everyone, only, analysis_id=f"{name}_only", **of),
            )
        )
    return sorted(rows, key=lambda row: -row[1].n.stat)
