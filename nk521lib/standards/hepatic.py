"""Liver: Hy's law screen over a laboratory frame, R ratio, and calcium corrected for albumin.

A screen is a flag for review, never a diagnosis. Laboratory frames have one row per result: SUBJECT, TEST ("string"),
DATE (datetime64), VALUE (Float64), ULN (Float64, in the unit of VALUE); optional RELATION, `<` and the like before VALUE.
"""

import pandas as pd

from nk521lib.standards.comparison import EQUAL, Measured, above, at_least, below
from nk521lib.three_valued import known

TRANSAMINASES = ("ALT", "AST")


def r_ratio(alt: pd.Series, alt_uln: pd.Series, alp: pd.Series, alp_uln: pd.Series) -> pd.Series:
    """(ALT / ULN) / (ALP / ULN), Float64; NA where anything is missing or a divisor is not above zero."""
    alt, alt_uln, alp, alp_uln = (s.astype("Float64") for s in (alt, alt_uln, alp, alp_uln))
    return (alt / alt_uln.where(alt_uln > 0)) / (alp.where(alp > 0) / alp_uln.where(alp_uln > 0))


def injury_pattern(ratio: pd.Series) -> pd.Series:
    """Pattern from R: HEPATOCELLULAR from 5, CHOLESTATIC to 2, MIXED between (Benichou 1990), NA if missing."""
    pattern = pd.Series("MIXED", index=ratio.index, dtype="string")
    # fillna(False): a missing ratio takes neither end here and is set missing on the last line.
    pattern = pattern.mask(at_least(ratio, 5).fillna(False), "HEPATOCELLULAR")
    pattern = pattern.mask((~above(ratio, 2)).fillna(False), "CHOLESTATIC")
    return pattern.mask(ratio.isna())


def screen_hys_law(
    labs: pd.DataFrame,
    *,
    window_days: int = 30,
    transaminase_times: float = 3.0,
    bilirubin_times: float = 2.0,
    alp_times: float = 2.0,
    strict_bilirubin: bool = False,
    baseline_alp_high: pd.Series | None = None,
) -> pd.DataFrame:
    """Pairs of a raised transaminase and a raised bilirubin within a window, with what ALP says.

    labs : post-dose results of TEST ALT, AST, BILI, ALP (others are ignored); rows without VALUE, ULN or DATE, and
    ULN of zero or less, cannot qualify (see `derive_hys_law_status` for who could be judged at all).
    window_days : largest distance in calendar days between the two, in any order.
    strict_bilirubin : above instead of at least `bilirubin_times`.
    baseline_alp_high : boolean indexed by SUBJECT; True drops the ALP clause for that subject.

    Returns one row per pair, by SUBJECT and DATE: TRANSAMINASE (ALT or AST), TRANSAMINASE_DATE, TRANSAMINASE_XULN,
    BILI_DATE, BILI_XULN, FIRST_DATE and DATE (earlier and later of the pair), ALP_DATE, ALP_XULN (at the bilirubin
    date or last before it; of several that day the lowest, which flags more), ALP_CLAUSE (met, not met, unknown,
    dropped) and HYS_LAW: Y, N (ALP explains it) or U (ALP unknown).
    Source: FDA guidance on drug-induced liver injury 2009; spec safety.md 9, rulings.md 5.6.
    """
    usable = _usable(labs)
    raised = known(_raised(usable, transaminase_times, bilirubin_times, strict_bilirubin))
    bilirubin = usable[(usable["TEST"] == "BILI") & raised]
    enzymes = usable[usable["TEST"].isin(TRANSAMINASES) & raised]
    enzymes = enzymes.rename(columns={"TEST": "TRANSAMINASE", "DATE": "TRANSAMINASE_DATE", "XULN": "TRANSAMINASE_XULN"})
    bilirubin = bilirubin.rename(columns={"DATE": "BILI_DATE", "XULN": "BILI_XULN"})
    # Every raised enzyme meets every raised bilirubin of its subject: few rows, both sides are already filtered.
    pairs = enzymes[["SUBJECT", "TRANSAMINASE", "TRANSAMINASE_DATE", "TRANSAMINASE_XULN"]].merge(
        bilirubin[["SUBJECT", "BILI_DATE", "BILI_XULN"]], on="SUBJECT", how="inner", validate="many_to_many"
    )
    apart = (pairs["TRANSAMINASE_DATE"] - pairs["BILI_DATE"]).dt.days.abs()
    pairs = pairs[apart <= window_days].drop_duplicates()
    dates = pairs[["TRANSAMINASE_DATE", "BILI_DATE"]]
    pairs = pairs.assign(FIRST_DATE=dates.min(axis=1), DATE=dates.max(axis=1))
    pairs = _with_alp(pairs, usable, alp_times)
    if baseline_alp_high is not None:
        # fillna(False): an unknown baseline ALP keeps the clause, which is what the rule says without one.
        high = pairs["SUBJECT"].map(baseline_alp_high).astype("boolean").fillna(False)
        pairs["ALP_CLAUSE"] = pairs["ALP_CLAUSE"].mask(high, "dropped")
    verdict = {"met": "Y", "dropped": "Y", "unknown": "U", "not met": "N"}
    pairs["HYS_LAW"] = pairs["ALP_CLAUSE"].map(verdict).astype("string")
    return pairs.sort_values(["SUBJECT", "DATE", "FIRST_DATE", "TRANSAMINASE"]).reset_index(drop=True)


def derive_hys_law_status(
    labs: pd.DataFrame,
    pairs: pd.DataFrame,
    *,
    transaminase_times: float = 3.0,
    bilirubin_times: float = 2.0,
    strict_bilirubin: bool = False,
) -> pd.DataFrame:
    """One row per subject of `labs`: HYS_LAW and DATE of the first pair with that answer. The limits: as the screen's.

    Y if any pair is Y, else U if any is U, else N if both a transaminase and a bilirubin could be judged, else NA:
    a subject without both was not screened, which is not the same as negative; nor is one with a bound, as >100, that
    may be high enough for a pair.
    """
    usable = _usable(labs)
    rank = pairs.assign(RANK=pairs["HYS_LAW"].map({"Y": 0, "U": 1, "N": 2})).sort_values(["RANK", "DATE"])
    first = rank.drop_duplicates("SUBJECT")[["SUBJECT", "HYS_LAW", "DATE"]]
    subjects = labs[["SUBJECT"]].drop_duplicates().sort_values("SUBJECT")
    status = subjects.merge(first, on="SUBJECT", how="left", validate="one_to_one").reset_index(drop=True)
    judged = [usable.loc[usable["TEST"].isin(tests), "SUBJECT"] for tests in (TRANSAMINASES, ("BILI",))]
    screened = status["SUBJECT"].isin(judged[0]) & status["SUBJECT"].isin(judged[1])
    raised = _raised(usable, transaminase_times, bilirubin_times, strict_bilirubin)
    of = lambda tests, rows: status["SUBJECT"].isin(usable.loc[usable["TEST"].isin(tests) & rows, "SUBJECT"])
    for one, other in ((TRANSAMINASES, ("BILI",)), (("BILI",), TRANSAMINASES)):
        screened &= ~(of(one, raised.isna()) & of(other, ~known(~raised)))
    status["HYS_LAW"] = status["HYS_LAW"].astype("string").mask(status["HYS_LAW"].isna() & screened, "N")
    return status.assign(DATE=status["DATE"].mask(status["HYS_LAW"] == "N"))


def _usable(labs: pd.DataFrame) -> pd.DataFrame:
    """Results that can be compared with their ULN, by calendar day, with VALUE / ULN as XULN."""
    rows = labs.assign(
        VALUE=labs["VALUE"].astype("Float64"),
        ULN=labs["ULN"].astype("Float64"),
        DATE=labs["DATE"].dt.normalize(),
        RELATION=labs["RELATION"].fillna(EQUAL) if "RELATION" in labs else pd.Series(EQUAL, labs.index, dtype="string"),
    )
    comparable = (
        rows["VALUE"].notna() & (rows["ULN"] > 0).fillna(False) & rows["DATE"].notna()
    )  # no ULN: not comparable
    rows = rows[comparable]
    return rows.assign(XULN=rows["VALUE"] / rows["ULN"])


def _raised(usable: pd.DataFrame, transaminase_times: float, bilirubin_times: float, strict: bool) -> pd.Series:
    """Is a transaminase or bilirubin high enough for a pair? Three-valued."""
    value, bilirubin = (
        _measured(usable),
        (above if strict else at_least)(_measured(usable), bilirubin_times * usable["ULN"]),
    )
    return at_least(value, transaminase_times * usable["ULN"]).mask(usable["TEST"] == "BILI", bilirubin)


def _measured(usable: pd.DataFrame) -> Measured:
    return Measured(usable["VALUE"], usable["RELATION"])


def _with_alp(pairs: pd.DataFrame, usable: pd.DataFrame, times: float) -> pd.DataFrame:
    alp = usable[usable["TEST"] == "ALP"].sort_values("XULN").drop_duplicates(["SUBJECT", "DATE"])
    alp = alp.assign(ALP_DATE=alp["DATE"], ALP_OK=below(_measured(alp), times * alp["ULN"]))
    alp = alp.rename(columns={"XULN": "ALP_XULN", "DATE": "BILI_DATE"})
    pairs = pd.merge_asof(
        pairs.sort_values("BILI_DATE"),
        alp[["SUBJECT", "BILI_DATE", "ALP_DATE", "ALP_XULN", "ALP_OK"]].sort_values("BILI_DATE"),
        on="BILI_DATE",
        by="SUBJECT",
        direction="backward",
    )
    ok = pairs.pop("ALP_OK").astype("boolean")
    clause = pd.Series("unknown", index=pairs.index, dtype="string")
    clause = clause.mask(ok.notna() & ok, "met").mask(ok.notna() & ~ok, "not met")
    return pairs.assign(ALP_CLAUSE=clause)


def corrected_calcium(calcium: pd.Series, albumin: pd.Series, normal_albumin: float = 40.0) -> pd.Series:
    """Calcium in mmol/L corrected for albumin in g/L: + 0.02 x (40 - albumin) below 40, unchanged from 40.

    NA where calcium or albumin is missing: an uncorrected calcium is not a corrected one.
    Source: Payne, BMJ 1973;4:643; spec safety.md section 4, rulings.md 5.5.
    """
    calcium, albumin = calcium.astype("Float64"), albumin.astype("Float64")
    return calcium + 0.02 * (normal_albumin - albumin).clip(lower=0)


def derive_corrected_calcium(labs: pd.DataFrame, within_days: int = 1, normal_albumin: float = 40.0) -> pd.DataFrame:
    """Corrected calcium for every calcium result, with the albumin it used.

    labs : SUBJECT, TEST (CA and ALB are read), DATE, VALUE in mmol/L for CA and g/L for ALB, and any other columns.
    Returns the CA rows, in their order and with their index, and ALB, ALB_DATE (the nearest albumin within
    `within_days` calendar days, the earlier of two equally near, the last listed of one day) and CACORR (Float64,
    NA without such an albumin).
    """
    labs = labs.assign(VALUE=labs["VALUE"].astype("Float64"), _DAY=labs["DATE"].dt.normalize())
    dated = labs[labs["_DAY"].notna() & labs["VALUE"].notna()]
    albumin = dated[dated["TEST"] == "ALB"].drop_duplicates(["SUBJECT", "_DAY"], keep="last")
    albumin = albumin[["SUBJECT", "_DAY", "VALUE"]].rename(columns={"VALUE": "ALB"}).assign(ALB_DATE=albumin["_DAY"])
    calcium = labs[labs["TEST"] == "CA"].assign(_ROW=lambda rows: range(len(rows)))
    paired = pd.merge_asof(
        calcium[calcium["_DAY"].notna()].sort_values("_DAY")[["SUBJECT", "_DAY", "_ROW"]],
        albumin.sort_values("_DAY"),
        on="_DAY",
        by="SUBJECT",
        direction="nearest",
        tolerance=pd.Timedelta(days=within_days),
    )
    found = calcium.merge(paired[["_ROW", "ALB", "ALB_DATE"]], on="_ROW", how="left", validate="one_to_one")
    found = found.set_axis(calcium.index).drop(columns=["_DAY", "_ROW"])
    return found.assign(CACORR=corrected_calcium(found["VALUE"], found["ALB"], normal_albumin))
