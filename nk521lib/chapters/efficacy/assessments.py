"""Tumour records become assessments: which scans belong together, which are baseline, and when each was made.

Spec: efficacy.md section 1, rulings.md 6.1. An assessment is dated at its first scan.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut

BASELINE = 0
"""Number of the baseline assessment; those after the first dose are 1, 2, … in order of their dates."""

_DATE = {"TR": "TRDTC", "TU": "TUDTC", "RS": "RSDTC"}


def assessed(cut: Cut, domain: str) -> pd.DataFrame:
    """Records of the assessor in use; records that name none are the assessor's."""
    frame, assessor = cut[domain], cut.params.data.assessor
    return frame[frame[f"{domain}EVAL"].fillna(assessor).str.upper().eq(assessor.upper())]


def derive_records(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per TR, TU and RS record of a dosed subject: DOMAIN SEQ USUBJID VISITNUM LOW DAY START ASSESSMENT.

    LOW : first day the date can mean.   DAY : the day, where it is complete.   ASSESSMENT Int64 : 0 baseline (any record on or
    before the day of first dose, or at a visit named as baseline whose partial date leaves it open), then 1, 2, …; NA for a
    response recorded at baseline. Later records of one VISITNUM lie in one assessment unless `scan_span_days` part them.
    """
    start = adsl.set_index("USUBJID")["TRTSDT"].dropna()
    params, parts = cut.params.efficacy, []
    for domain, variable in _DATE.items():
        frame = assessed(cut, domain)
        frame = frame[frame["USUBJID"].isin(start.index)]
        if domain == "TU":  # targets and non-targets are measured in TR; a new lesion may be named in TU alone
            frame = frame[frame["TUSTRESC"].fillna(frame["TUORRES"]).str.upper().eq("NEW").fillna(False)]
        parts.append(pd.DataFrame({
            "DOMAIN": domain, "SEQ": frame[f"{domain}SEQ"], "USUBJID": frame["USUBJID"], "VISITNUM": frame["VISITNUM"],
            "VISIT": frame["VISIT"], "LOW": dates.earliest(frame[variable]), "HIGH": dates.latest(frame[variable]),
        }))  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    rows["DOMAIN"] = rows["DOMAIN"].astype("string")
    rows["START"] = pd.Series(start.reindex(rows["USUBJID"]).array, index=rows.index).astype("datetime64[s]")
    rows["DAY"] = rows["LOW"].where(rows["LOW"].eq(rows["HIGH"]))
    named = rows["VISIT"].str.upper().isin(params.baseline_visits)
    may_be = ~(rows["LOW"] > rows["START"])  # also a record without any date
    baseline = (rows["HIGH"] <= rows["START"]) | (may_be & named)
    rows["ASSESSMENT"] = _numbered(rows, baseline, params.scan_span_days)
    rows.loc[baseline & rows["DOMAIN"].eq("RS"), "ASSESSMENT"] = pd.NA
    return rows


def _numbered(rows: pd.DataFrame, baseline: pd.Series, span_days: int) -> pd.Series:
    """Number of the assessment each record belongs to, in order of the first day it can have been made."""
    later = rows[~baseline].sort_values(["USUBJID", "VISITNUM", "LOW"], kind="stable")
    same = later["USUBJID"].eq(later["USUBJID"].shift()) & later["VISITNUM"].fillna(-1).eq(
        later["VISITNUM"].shift().fillna(-1)
    )
    apart = (later["LOW"] - later["LOW"].shift()).dt.days.gt(span_days)
    cluster = (~(same & ~apart)).astype("int64").cumsum()
    first = later.assign(C=cluster).groupby("C").agg(
        USUBJID=("USUBJID", "first"), LOW=("LOW", "min"), VISITNUM=("VISITNUM", "first")
    )  # fmt: skip
    order = first.reset_index().sort_values(["USUBJID", "LOW", "VISITNUM", "C"], kind="stable")
    number = (order.groupby("USUBJID").cumcount() + 1).set_axis(order["C"])
    out = pd.Series(BASELINE, index=rows.index, dtype="Int64")
    out.loc[later.index] = number.reindex(cluster).array
    return out


def derive_assessments(records: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and assessment after baseline: USUBJID VISIT (its number) ADT VISITNUM VISITNAME.

    ADT is the first complete date among the scans (TR, TU), else that of the recorded response; NaT where none is complete.
    """
    later = records[records["ASSESSMENT"].gt(BASELINE).fillna(False)]
    scan = later["DAY"].where(later["DOMAIN"].ne("RS"))
    by = later.assign(SCAN=scan).groupby(["USUBJID", "ASSESSMENT"])
    out = by.agg(
        SCAN=("SCAN", "min"), ANY=("DAY", "min"), VISITNUM=("VISITNUM", "first"), VISITNAME=("VISIT", "first")
    ).reset_index()
    out["ADT"] = out["SCAN"].fillna(out["ANY"])
    return out.rename(columns={"ASSESSMENT": "VISIT"})[["USUBJID", "VISIT", "ADT", "VISITNUM", "VISITNAME"]]
