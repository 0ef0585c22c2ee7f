"""What a coordinator can act on: what is missing, what lapses when, what almost failed, what deviates, which group fits."""

import pandas as pd

from nk521lib.chapters.screening.counts import CHAPTER, ENROLLED, OPEN, derive_disposition
from nk521lib.chapters.screening.criteria import CRITERIA
from nk521lib.chapters.screening.evaluate import FAIL, PASS, UNDECIDED, Eligibility
from nk521lib.chapters.screening.facts_findings import last_ascites_finding
from nk521lib.chapters.screening.logic import Facts
from nk521lib.results import Column, Fraction, fraction
from nk521lib.standards.comparison import Measured
from nk521lib.three_valued import known

LARGE_ROUTE, SMALL_ROUTE = "INTRAPERITONEAL", "INTRAVENOUS"
"""[P] Large symptomatic ascites is treated through the peritoneum, small-volume ascites through a vein."""

_LABORATORY = ("NEUT", "PLAT", "HGB", "ALT", "AST", "BILI", "CREAT")
_SCREENING = ("ECOG", "QTC", "LVEF", "HIV_POSITIVE", "HBSAG_POSITIVE", "HCV_ANTIBODY")


def _standing(found: Eligibility, stage: str) -> pd.Series:
    return found.adsl.loc[derive_disposition(found.adsl).eq(stage), "USUBJID"]


def derive_open_items(found: Eligibility) -> pd.DataFrame:
    """Undecided criteria of subjects still in screening: USUBJID IETESTCD MISSING, in protocol order."""
    rows = found.answers[found.answers["EFFECT"].eq(UNDECIDED)]
    return rows[rows["USUBJID"].isin(_standing(found, OPEN))][["USUBJID", "IETESTCD", "MISSING"]].reset_index(drop=True)


def derive_lapses(found: Eligibility) -> pd.DataFrame:
    """Evidence of subjects still in screening and the last day it can serve: USUBJID EVIDENCE COLLECTED LAPSES FOR.

    LAPSES is the last day of enrolment (of first dose, for the scan) for which the collected evidence is in its window.
    """
    p, facts = found.cut.params.screening, found.facts
    facts = facts[facts.index.isin(_standing(found, OPEN))]
    kinds = [
        ("laboratory values", _LABORATORY, p.lab_window_days, "enrolment"),
        ("ECOG, ECG, LVEF and virology", _SCREENING, p.screen_window_days, "enrolment"),
        ("serum pregnancy test", ("SERUM_HCG_POSITIVE",), p.pregnancy_window_days, "enrolment"),
        ("baseline scan", ("MEASURABLE_LESION",), p.baseline_scan_days, "first dose"),
    ]
    parts = []
    for evidence, names, days, serves in kinds:
        oldest = facts[[f"{name}_DT" for name in names]].min(axis=1)  # the window closes with the oldest piece
        last = oldest + pd.to_timedelta(days if p.window_inclusive else days - 1, unit="D")
        parts.append(
            pd.DataFrame(
                {
                    "USUBJID": facts.index,
                    "EVIDENCE": evidence,
                    "COLLECTED": oldest.array,
                    "LAPSES": last.array,
                    "FOR": serves,
                }
            )
        )
    rows = pd.concat(parts, ignore_index=True).dropna(subset=["COLLECTED"])
    return rows.sort_values(["LAPSES", "USUBJID"], kind="stable").reset_index(drop=True)


def derive_near_misses(found: Eligibility) -> pd.DataFrame:
    """Passed, but within `almost_fraction` of the limit: USUBJID IETESTCD VALUE LIMIT UNIT DISTANCE (share of the limit)."""
    p, facts, s = found.cut.params.screening, found.facts, Facts(found.facts)
    parts = []
    for c in CRITERIA if len(found.answers) else ():
        if c.limit is None:
            continue
        fact = getattr(s, c.limit.fact)
        value = fact.value if isinstance(fact, Measured) else fact
        limit = c.limit.at(s, p)
        limit = limit if isinstance(limit, pd.Series) else pd.Series(float(limit), index=facts.index, dtype="Float64")
        part = pd.DataFrame(
            {"USUBJID": facts.index, "IETESTCD": c.id, "VALUE": value.array, "LIMIT": limit.array, "UNIT": c.limit.unit}
        )
        parts.append(part)
    if not parts:
        return pd.DataFrame(columns=["USUBJID", "IETESTCD", "VALUE", "LIMIT", "UNIT", "DISTANCE"])
    rows = pd.concat(parts, ignore_index=True)
    rows["DISTANCE"] = ((rows["VALUE"] - rows["LIMIT"]).abs() / rows["LIMIT"]).astype("Float64")
    passed = found.answers.loc[found.answers["EFFECT"].eq(PASS), ["USUBJID", "IETESTCD"]]
    rows = rows.merge(passed, on=["USUBJID", "IETESTCD"], how="inner", validate="one_to_one")
    near = rows[known(rows["DISTANCE"] <= p.almost_fraction * (1 + 1e-12))]
    return near.sort_values(["DISTANCE", "USUBJID"], kind="stable").reset_index(drop=True)


def derive_deviations(found: Eligibility) -> pd.DataFrame:
    """Enrolled or dosed subjects with a failed or undecided criterion: rows of `answers`, fails first."""
    rows = found.answers[
        found.answers["USUBJID"].isin(_standing(found, ENROLLED)) & found.answers["EFFECT"].isin([FAIL, UNDECIDED])
    ]
    return rows.sort_values("EFFECT", kind="stable").reset_index(drop=True)


def derive_group_check(found: Eligibility) -> pd.DataFrame:
    """The recorded group against the ascites on file (AMB-19): USUBJID GROUP VOLUME DEPTH SYMPTOM FITS AGREES.

    FITS is the group that the last volume (or depth, as `group_rule` says) and symptom on or before first dose point
    at, NA where they fit neither or are not on file. It never changes the group. No rows for a study without both routes.
    """
    trial, p = found.cut.params.trial, found.cut.params.screening
    by_route = {group.route: group.id for group in trial.groups}
    if not {LARGE_ROUTE, SMALL_ROUTE} <= by_route.keys():
        return pd.DataFrame(columns=["USUBJID", "GROUP", "VOLUME", "DEPTH", "SYMPTOM", "FITS", "AGREES"])
    screened = found.screened
    volume, depth = (last_ascites_finding(screened, test)["VALUE"].astype("Float64") for test in ("VOLUME", "DEPTH"))
    felt = (
        last_ascites_finding(screened, "SYMPTOM")["TEXT"]
        .map({"Y": True, "N": False, "YES": True, "NO": False})
        .astype("boolean")
    )
    by_depth = trial.group_rule == "depth"
    large = depth > p.depth_large_cm if by_depth else volume > trial.ascites_large_ml
    small = depth < p.depth_small_cm if by_depth else volume <= trial.ascites_large_ml
    fits = pd.Series(pd.NA, index=screened.subjects, dtype="string")
    fits = fits.mask(known(large & felt), by_route[LARGE_ROUTE]).mask(known(small), by_route[SMALL_ROUTE])
    group = screened.adsl["GROUP"]
    rows = pd.DataFrame(
        {"GROUP": group, "VOLUME": volume, "DEPTH": depth, "SYMPTOM": felt, "FITS": fits, "AGREES": fits == group}
    )
    return rows[group.notna()].rename_axis("USUBJID").reset_index()


def count_group_doubts(found: Eligibility) -> Fraction:
    """Assigned subjects whose recorded group the ascites on file does not bear out, or cannot."""
    check = derive_group_check(found)
    doubted = set(check.loc[~known(check["AGREES"].astype("boolean")), "USUBJID"])
    return fraction(Column("assigned", tuple(check["USUBJID"])), doubted, analysis_id="screening_group_check", chapter=CHAPTER,
                    population="ASSIGNED", variable="GROUP", variable_level="NOT BORNE OUT")  # fmt: skip
