"""Who would stand elsewhere if a limit or a reading of the protocol were another one: the same rules, other parameters.

Nothing is stored and the record stays. Only what the changed parameter was read for is derived again (evidence.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from nk521lib.chapters.screening.counts import CHAPTER
from nk521lib.chapters.screening.criteria import CRITERIA
from nk521lib.chapters.screening.evaluate import Eligibility, derive_effects, derive_status
from nk521lib.chapters.screening.facts import derive_parts
from nk521lib.chapters.screening.logic import Facts
from nk521lib.chapters.screening.watched import Watched
from nk521lib.params import Params
from nk521lib.results import Column, Fraction, fraction
from nk521lib.terms import Tag

Reads = Mapping[str, frozenset[str]]
"""Criterion id -> the facts and parameters its condition reads."""

LEFT_OUT = {"AMB-04": "I00", "AMB-05": "E13"}
"""Ambiguities whether a criterion stands at all: the other reading is to leave it out."""

NO_OTHER_READING = ("AMB-08", "AMB-16", "AMB-18")
"""Ambiguities of the criteria whose other reading no parameter carries: operators as printed, E15 and E16 as criteria of
their own, recovery that the investigator attests."""

_KEYS = ["USUBJID", "IETESTCD"]


@dataclass(frozen=True)
class Reading:
    """Another value of one parameter, or a criterion left out. ambiguities : those it would resolve the other way."""

    name: str
    value: Any
    ambiguities: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True)
class Supposed:
    """What would differ from the record. effects : USUBJID IETESTCD BEFORE AFTER. standing : USUBJID BEFORE AFTER."""

    effects: pd.DataFrame
    standing: pd.DataFrame


def list_readings(params: Params) -> list[Reading]:
    """Every alternative of every screening assumption, and the other reading of every ambiguity that has one."""
    of = lambda name: tuple(a.id for a in params.ambiguities if name in a.parameters)
    names = [e.name for e in params.about.values() if e.section == "screening" and e.tag is Tag.ASSUMPTION]
    readings = [Reading(name, value, of(name)) for name in [*names, "assessor"] for value in _others(params, name)]
    general = params.screening.bili_uln  # joined by "or", the general limit holds for everyone (AMB-07)
    if params.screening.bili_gilbert_uln != general:
        readings.append(Reading("bili_gilbert_uln", general, ("AMB-07",)))
    return readings + [Reading("", None, (ambiguity,), criterion) for ambiguity, criterion in LEFT_OUT.items()]


def _others(params: Params, name: str) -> list[Any]:
    """Every known value that is not the one in use."""
    entry = params.about[name]
    known = [entry.default, *entry.alternatives]
    return [value for i, value in enumerate(known) if value != entry.value and value not in known[:i]]


def derive_reads(found: Eligibility) -> Reads:
    """What each criterion reads, written down while it is decided for the screened subjects."""
    reads = {}
    for c in CRITERIA:
        names: set[str] = set()
        facts, p = Watched(Facts(found.facts), names), Watched(found.cut.params.screening, names)
        for rule in (c.holds, c.applies):
            if rule is not None:
                rule(facts, p)
        more = {f"{name}{suffix}" for name in [*names, *c.needs] for suffix in ("_OP", "_OPEN")}
        reads[c.id] = frozenset(names | more)
    return reads


def suppose(found: Eligibility, reads: Reads, params: Params, left_out: Iterable[str] = ()) -> Supposed:
    """What would stand under other parameters, with some criteria left out. reads : `derive_reads(found)`.

    params may differ from those of `found` in the sections screening, data (assessor) and terms.
    """
    now, then = derive_parts(found.screened), derive_parts(found.screened.under(replace(found.cut, params=params)))
    moved = {name for name, entry in params.about.items() if entry.value != found.cut.params.about[name].value}
    for before, after in zip(now, then, strict=True):
        moved |= {name for name in after if after is not before and not after[name].equals(before[name])}
    touched = tuple(c for c in CRITERIA if reads[c.id] & moved)
    both = found.answers[[*_KEYS, "EFFECT"]].rename(columns={"EFFECT": "BEFORE"}).assign(AFTER=found.answers["EFFECT"])
    if touched:
        facts = pd.concat(then, axis=1)
        after = derive_effects(params, facts, found.screened.attested, found.recorded, touched)
        new = both.merge(after, on=_KEYS, how="left", validate="one_to_one")["EFFECT"]
        both["AFTER"] = new.fillna(both["BEFORE"]).array
    stays = both[~both["IETESTCD"].isin(list(left_out))]
    then = derive_status(stays.rename(columns={"AFTER": "EFFECT"}))
    adsl = found.adsl[["USUBJID", "ELIGSTAT"]].rename(columns={"ELIGSTAT": "BEFORE"})
    standing = adsl.assign(AFTER=adsl["USUBJID"].map(then).astype("string"))
    differ = lambda rows: rows[(rows["BEFORE"] != rows["AFTER"]).fillna(False)].reset_index(drop=True)
    return Supposed(differ(both), differ(standing))


def derive_what_if(found: Eligibility) -> list[tuple[Reading, Supposed]]:
    """Each reading of `list_readings` tried alone. Nothing where the criteria do not apply to the study."""
    if not len(found.answers):
        return []
    params, reads = found.cut.params, derive_reads(found)
    tried = []
    for reading in list_readings(params):
        other = params.having(reading.name, reading.value) if reading.name else params
        tried.append((reading, suppose(found, reads, other, [reading.left_out] if reading.left_out else [])))
    return tried


def count_supposed(found: Eligibility, reading: Reading, supposed: Supposed) -> tuple[Fraction, Fraction]:
    """Screened subjects with any criterion decided otherwise, and those whose eligibility would be another."""
    everyone = Column("screened", tuple(found.adsl["USUBJID"]))
    variable, level = (reading.name, str(reading.value)) if reading.name else ("LEFT OUT", reading.left_out)
    of = dict(chapter=CHAPTER, population="SCREENED", variable=variable, variable_level=level)
    return (
        fraction(everyone, set(supposed.effects["USUBJID"]), analysis_id="screening_what_if_effect", **of),
        fraction(everyone, set(supposed.standing["USUBJID"]), analysis_id="screening_what_if", **of),
    )
