"""Laboratory shifts from baseline grade to worst grade, results that could not be graded, and Hy's law.

Source: spec safety.md section 9, rulings.md 5.4 and 5.6.
"""

import pandas as pd

from nk521lib.chapters.safety.counts import Row, among, count, number
from nk521lib.chapters.safety.timing import by_subject
from nk521lib.cut import Cut
from nk521lib.results import Column
from nk521lib.standards import ctcae, ctcae_v5, hepatic
from nk521lib.standards.comparison import EQUAL, Measured, at_least
from nk521lib.standards.laboratory_names import laboratory_title

DIRECTIONS = {"L": "low", "H": "high"}
NOT_A_FAULT = (ctcae.NO_CRITERION, ctcae_v5.NO_LIMITS, ctcae_v5.UNCORRECTED)
"""Reasons that lie in the standard, not in the data: told apart from the others. CA is graded as CACORR."""


def derive_shifts(adlb: pd.DataFrame) -> pd.DataFrame:
    """One row per subject, test and direction with a result in the period: USUBJID PARAMCD DIRECTION BASEGR WORSTGR (Int64).

    A direction appears for a test only where at least one subject's result in the data could be graded or has a reason
    that lies in the data.
    """
    found = []
    for direction in DIRECTIONS:
        period = adlb[adlb["ONTRTFL"].isin(["Y"])]
        reason = period[f"REASON{direction}"]
        gradable = period[f"ATOXGR{direction}"].notna() | (reason.notna() & ~reason.isin(NOT_A_FAULT))
        keys = period[gradable].groupby(["USUBJID", "PARAMCD"])
        found.append(
            pd.DataFrame({"WORSTGR": keys[f"ATOXGR{direction}"].max(), "BASEGR": keys[f"BTOXGR{direction}"].first()})
            .reset_index()
            .assign(DIRECTION=direction)
        )
    out = pd.concat(found, ignore_index=True)
    return out.astype({"WORSTGR": "Int64", "BASEGR": "Int64", "DIRECTION": "string"})


def count_shifts(shifts: pd.DataFrame, columns: list[Column], direction: str) -> list[Row]:
    """One line per test, baseline grade and worst grade that occurs; N are the subjects with a result in the period."""
    mine = shifts[shifts["DIRECTION"] == direction]
    rows: list[Row] = []
    for test, of_test in sorted(mine.groupby("PARAMCD"), key=lambda part: laboratory_title(part[0]).lower()):
        looked_at = among(columns, of_test["USUBJID"])
        for (base, worst), ids in of_test.groupby(["BASEGR", "WORSTGR"], dropna=False, sort=True)["USUBJID"]:
            names = ["not graded" if pd.isna(grade) else str(grade) for grade in (base, worst)]
            line = count(looked_at, ids, f"{laboratory_title(test)}: {names[0]} → {names[1]}", analysis_id=f"lab_shift_{DIRECTIONS[direction]}",
                         variable=str(test), variable_level="->".join("NG" if n == "not graded" else n for n in names))  # fmt: skip
            rows.append(line)
    return rows


def count_ungraded(adlb: pd.DataFrame) -> list[Row]:
    """Results of the period without a grade, by test and reason: number of results and the subjects they belong to."""
    period = adlb[adlb["ONTRTFL"].isin(["Y"])]
    long = pd.concat(
        [
            period[["USUBJID", "PARAMCD"]].assign(REASON=period[f"REASON{d}"], SIDE=name)
            for d, name in DIRECTIONS.items()
        ]
    )
    long = long[long["REASON"].notna() & ~long["REASON"].isin(NOT_A_FAULT)]
    rows: list[Row] = []
    for (test, reason), some in sorted(
        long.groupby(["PARAMCD", "REASON"]), key=lambda part: (laboratory_title(part[0][0]).lower(), part[0][1])
    ):
        sides = some["SIDE"].value_counts()
        found = number("lab_ungraded", float(sides.max()), str(int(sides.max())), some["USUBJID"].unique(), variable=test,
                       variable_level=reason, stat_label="results")  # fmt: skip
        rows.append(
            {
                "test": laboratory_title(test),
                "why there is no grade": reason,
                "direction": " and ".join(sorted(sides.index, reverse=True)),
                "results": found,
            }
        )
    return rows


def tests_without_limits(adlb: pd.DataFrame) -> dict[str, list[str]]:
    """Tests in the data that the standard does not grade, by reason."""
    return {
        reason: sorted({t for d in DIRECTIONS for t in adlb.loc[adlb[f"REASON{d}"].isin([reason]), "PARAMCD"].dropna()})
        for reason in NOT_A_FAULT
    }


def derive_hys_law(adlb: pd.DataFrame, adsl: pd.DataFrame, cut: Cut) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs of raised transaminase and bilirubin (first of the pair in the window), and one status row per subject."""
    rules = cut.params.safety
    labs = pd.DataFrame({
        "SUBJECT": adlb["USUBJID"], "TEST": adlb["PARAMCD"], "DATE": adlb["ADT"], "VALUE": adlb["AVAL"].fillna(adlb["ABOUND"]),
        "RELATION": adlb["ABOUNDREL"].fillna(EQUAL), "ULN": adlb["ANRHI"],
    })  # fmt: skip
    after = labs[(~adlb["PREDOSE"]).fillna(False) & labs["TEST"].isin([*hepatic.TRANSAMINASES, "BILI", "ALP"])]
    base = labs[adlb["ABLFL"].isin(["Y"]) & adlb["PARAMCD"].isin(["ALP"])].set_index("SUBJECT")
    limits = {
        "transaminase_times": rules.hy_alt_uln, "bilirubin_times": rules.hy_bili_uln, "strict_bilirubin": rules.hy_bili_strict,
    }  # fmt: skip
    pairs = hepatic.screen_hys_law(
        after, window_days=rules.hy_window_days, alp_times=rules.hy_alp_uln, **limits,
        baseline_alp_high=at_least(Measured(base["VALUE"], base["RELATION"]), rules.hy_alp_uln * base["ULN"]),
    )  # fmt: skip
    end = adsl.set_index("USUBJID")["TRTEDT"] + pd.Timedelta(days=rules.teae_end_days)
    pairs = pairs[pairs["FIRST_DATE"] <= by_subject(pairs["SUBJECT"], end)].reset_index(drop=True)
    return pairs, hepatic.derive_hys_law_status(after, pairs, **limits)


def derive_peaks(adlb: pd.DataFrame) -> pd.DataFrame:
    """Highest ALT or AST and bilirubin of the period as multiples of ULN: USUBJID TRT01A PEAKTRANS PEAKBILI (Float64)."""
    period = adlb[adlb["ONTRTFL"].isin(["Y"]) & (adlb["ANRHI"] > 0).fillna(False)]
    period = period.assign(XULN=period["AVAL"] / period["ANRHI"])
    by = ["USUBJID", "TRT01A"]
    trans = period[period["PARAMCD"].isin(hepatic.TRANSAMINASES)].groupby(by)["XULN"].max()
    bili = period[period["PARAMCD"].isin(["BILI"])].groupby(by)["XULN"].max()
    return pd.DataFrame({"PEAKTRANS": trans, "PEAKBILI": bili}).dropna().astype("Float64").reset_index()
