"""RECIST 1.1 target response: sums of diameters against baseline and nadir, compared exactly."""

import numpy as np
import pandas as pd

from nk521lib.standards.recist_lesions import is_true
from nk521lib.standards.recist_rules import (
    CR,
    NE,
    NM_PER_MM,
    NONE,
    PD,
    PR,
    SD,
    TARGET,
    THOUSANDTHS,
    RecistRules,
)

NO_SUM = np.iinfo(np.int64).max
"""Stands for "no sum yet" inside this module: it is never the smallest."""


def derive_sums(visits: pd.DataFrame, records: pd.DataFrame, rules: RecistRules) -> pd.DataFrame:
    """Per visit, from the targets listed at baseline. Whole nanometres (int64) and bool, aligned with `visits`.

    TARGETS number listed.   MEASURED number of them measured at the visit.   COMPLETE all of them measured.
    SUM of the measured ones: with COMPLETE the sum of diameters, without it the least it can be.
    ALL_GONE no measured part left (nodes: below `node_normal_mm`).   SEEN a measured non-nodal part above 0.
    BASE baseline sum, NADIR smallest complete sum before this visit, baseline included (both NO_SUM without one).
    """
    targets = records[records["ROLE"].eq(TARGET) & records["FROM_BASELINE"]]
    size, measured = targets["NM"], targets["MEASURED"]
    node, not_node = is_true(targets["NODE"].eq(True)), is_true(targets["NODE"].eq(False))
    gone = size.eq(0) | (node & size.lt(round(rules.node_normal_mm * NM_PER_MM)))

    def count(flag: pd.Series) -> np.ndarray:
        return np.bincount(targets["V"].to_numpy()[flag.to_numpy(dtype=bool)], minlength=len(visits))

    unmeasured_lesions = targets.loc[~measured, ["V", "L"]].drop_duplicates()["V"]
    lesions_here = count(targets["FIRST_PART"])
    sums = pd.DataFrame({"SUBJECT": visits["SUBJECT"]})
    listed = pd.Series(np.where(visits["BASELINE"], lesions_here, 0), index=visits.index)
    sums["TARGETS"] = listed.groupby(visits["SUBJECT"]).transform("sum").astype("int64")
    sums["MEASURED"] = lesions_here - np.bincount(unmeasured_lesions, minlength=len(visits))
    sums["COMPLETE"] = sums["TARGETS"].gt(0) & sums["MEASURED"].eq(sums["TARGETS"])
    # float64 adds whole nanometres exactly up to 2**53: nine kilometres of tumour
    weights = size.where(measured, 0).to_numpy()
    sums["SUM"] = np.bincount(targets["V"], weights=weights, minlength=len(visits)).astype(np.int64)
    sums["ALL_GONE"] = count(measured & ~gone) == 0
    sums["SEEN"] = count(measured & not_node & size.gt(0)) > 0

    complete = sums["SUM"].where(sums["COMPLETE"], NO_SUM)
    by_subject = complete.groupby(visits["SUBJECT"])
    so_far = by_subject.cummin()
    sums["NADIR"] = so_far.groupby(visits["SUBJECT"]).shift(1, fill_value=NO_SUM)
    sums["BASE"] = complete.where(visits["BASELINE"], NO_SUM).groupby(visits["SUBJECT"]).transform("min")
    return sums


def _percent(value: float) -> int:
    return round(value * THOUSANDTHS)


def _is_progression(sums: pd.DataFrame, rules: RecistRules) -> pd.Series:
    rise = (sums["SUM"] - sums["NADIR"]).where(sums["NADIR"].ne(NO_SUM), 0)
    nadir = sums["NADIR"].where(sums["NADIR"].ne(NO_SUM), 0)
    by_percent = rise * (100 * THOUSANDTHS) >= nadir * _percent(rules.pd_rise_pct)
    return by_percent & rise.ge(round(rules.pd_rise_mm * NM_PER_MM))


def _is_partial_response(sums: pd.DataFrame, rules: RecistRules) -> pd.Series:
    base = sums["BASE"].where(sums["BASE"].ne(NO_SUM), 0)
    return (base - sums["SUM"]) * (100 * THOUSANDTHS) >= base * _percent(rules.pr_drop_pct)


def derive_target_response(visits: pd.DataFrame, records: pd.DataFrame, rules: RecistRules) -> pd.DataFrame:
    """TARGET response per visit with the rule that decided it and the numbers it read.

    TARGETS, MEASURED Int64. SOD (complete sums only), SOD_MEASURED, BASE, NADIR mm; CHG_NADIR mm; PCHG_BASE,
    PCHG_NADIR percent: Float64, for reading; the response itself is decided on whole nanometres.
    TARGET, TARGET_RULE string (NA at baseline). CR_SEEN_AGAIN boolean: a query whether an earlier CR was one.

    Order: a target CR stands first (nodes below normal size cannot be progression); PD from the nadir before
    PR from baseline; an incomplete sum can only be PD, when the measured part alone already is.
    Source: efficacy.md section 2, rulings.md 6.2-6.3; Eisenhauer 2009 sections 4.3-4.4 and table 3.
    """
    sums = derive_sums(visits, records, rules)
    no_baseline = ~visits["FOLLOWS_BASELINE"] | sums["BASE"].isin([0, NO_SUM])
    is_cr = sums["COMPLETE"] & sums["ALL_GONE"] & ~no_baseline & ~visits["BASELINE"]
    had_cr = is_cr.groupby(visits["SUBJECT"]).cummax().groupby(visits["SUBJECT"]).shift(1, fill_value=False)
    seen_again = had_cr & sums["SEEN"]
    progression = _is_progression(sums, rules)
    rules_in_order = [
        (visits["FOLLOWS_BASELINE"] & sums["TARGETS"].eq(0), NONE, "no target lesion at baseline"),
        (no_baseline, NE, "no complete baseline sum"),
        (is_cr, CR, "all targets gone, nodes of normal size"),
        (progression & sums["COMPLETE"], PD, "rise from nadir"),
        (progression, PD, "rise from nadir by the measured targets alone"),
        (seen_again & (rules.cr_then_pr == "pd"), PD, "seen again after a complete response"),
        (
            seen_again & (rules.cr_then_pr == "query"),
            NE,
            "seen again after a complete response, to be queried",
        ),
        (~sums["COMPLETE"], NE, "a target was not measured"),
        (_is_partial_response(sums, rules), PR, "drop from baseline"),
    ]
    conditions = [condition.to_numpy(dtype=bool) for condition, _, _ in rules_in_order]
    response = np.select(conditions, [r for _, r, _ in rules_in_order], default=SD)
    reason = np.select(conditions, [w for _, _, w in rules_in_order], default="neither response nor progression")

    def mm(column: str, where: pd.Series) -> pd.Series:
        return (sums[column] / NM_PER_MM).where(where, float("nan")).astype("Float64")

    complete = sums["COMPLETE"]
    out = sums[["TARGETS", "MEASURED"]].astype("Int64")
    out["SOD"] = mm("SUM", complete)
    out["SOD_MEASURED"] = mm("SUM", sums["MEASURED"].gt(0))
    out["BASE"] = mm("BASE", sums["BASE"].ne(NO_SUM))
    out["NADIR"] = mm("NADIR", sums["NADIR"].ne(NO_SUM))
    out["CHG_NADIR"] = out["SOD"] - out["NADIR"]
    out["PCHG_BASE"] = 100 * (out["SOD"] - out["BASE"]) / out["BASE"].mask(is_true(out["BASE"].eq(0)))
    out["PCHG_NADIR"] = 100 * out["CHG_NADIR"] / out["NADIR"].mask(is_true(out["NADIR"].eq(0)))
    at_baseline = visits["BASELINE"]
    out["TARGET"] = pd.Series(response, index=out.index, dtype="string").mask(at_baseline)
    out["TARGET_RULE"] = pd.Series(reason, index=out.index, dtype="string").mask(at_baseline)
    out["CR_SEEN_AGAIN"] = seen_again.astype("boolean").mask(at_baseline)
    return out
