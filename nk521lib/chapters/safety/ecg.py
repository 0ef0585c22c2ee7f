"""`adeg`: QTcF and QTcB from QT and RR, means of replicates, change from baseline, grade.

Source: spec safety.md section 9, rulings.md 5.5; ICH E14.
"""

import pandas as pd

from nk521lib.chapters.safety.adverse_events import flag
from nk521lib.chapters.safety.counts import Row, among, count, flagged
from nk521lib.chapters.safety.timing import derive_timing, flag_baseline, from_baseline, safety_set
from nk521lib.cut import Cut
from nk521lib.results import Column
from nk521lib.standards import ecg as standard
from nk521lib.standards.comparison import above

KEY = ["USUBJID", "PARAMCD", "SERIES"]
_CODES = {"QTAG": "QT", "QT": "QT", "RRAG": "RR", "RR": "RR", "EGHRMN": "HR", "HR": "HR", "QTCFAG": "QTCF", "QTCF": "QTCF",
          "QTCBAG": "QTCB", "QTCB": "QTCB"}  # fmt: skip
_RATE, _MILLISECONDS = ("BEATS/MIN", "BPM"), ("MS", "MSEC")
_MOMENT = ["USUBJID", "EGDTC", "EGTPT", "EGTPTNUM", "VISITNUM", "VISIT"]
VALUE_LIMITS, CHANGE_LIMITS = (450, 480, 500), (30, 60)
"""ICH E14 categories, ms."""
COLUMNS = ["STUDYID", "USUBJID", "TRT01A", "GROUP", "LEVELTRT", "PARAMCD", "AVAL", "AVALU", "VISIT", "VISITNUM", "EGTPT", "EGDTC", "ADT",
           "ADTM", "ADY", "SERIES", "READINGS", "ORIGIN", "PREDOSE", "ONTRTFL", "BYSEQFL", "ABLFL", "BASE", "CHG", "ATOXGRH",
           "REASON", "SRCDOM", "SRCSEQ"]  # fmt: skip


def derive_adeg(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per subject, moment, posture (SERIES) and parameter QTCF, QTCB: the mean of the replicates, ms.

    Each replicate is corrected by its own RR (or heart rate); where QT or RR is missing the reported value stands, and
    ORIGIN says REPORTED; a value in another unit than ms (beats/min) is not used. Replicates of one moment are paired in the order of EGSEQ. ATOXGRH : CTCAE grade, for QTCF.
    SRCSEQ : first record of the moment.
    """
    people = safety_set(adsl)
    eg = cut["EG"]
    eg = eg[eg["USUBJID"].isin(people["USUBJID"])]
    eg = (
        eg.assign(CODE=eg["EGTESTCD"].map(_CODES))
        .dropna(subset=["CODE"])
        .sort_values(["USUBJID", "EGSEQ"], kind="stable")
    )
    eg = eg[_in_unit(eg)]
    out = _means(_corrected(eg)).merge(
        people[["USUBJID", "STUDYID", "TRT01A", "GROUP", "LEVELTRT"]], on="USUBJID", how="left", validate="many_to_one"
    )
    out["EGTESTCD"] = out["PARAMCD"]
    out = pd.concat([out, derive_timing(cut, adsl, out, "EG")], axis=1)
    out["ABLFL"] = flag_baseline(out, KEY)
    out[["BASE"]] = from_baseline(out, KEY, {"AVAL": "BASE"})
    after = ~out["PREDOSE"].fillna(True)  # unknown timing gives no change
    out["CHG"] = (out["AVAL"] - out["BASE"]).where(after)
    graded = standard.grade_qtc(out["AVAL"], out["BASE"].where(after, out["AVAL"]))
    fridericia = out["PARAMCD"] == "QTCF"
    out["ATOXGRH"], out["REASON"] = graded["GRADE"].where(fridericia), graded["REASON"].where(fridericia)
    out["ONTRTFL"], out["BYSEQFL"] = flag(out["ONTRT"]), flag(out["BYSEQ"])
    out["AVALU"] = pd.Series("ms", index=out.index, dtype="string")
    out["SRCDOM"], out["SRCSEQ"] = pd.Series("EG", index=out.index, dtype="string"), out["EGSEQ"]
    return out[COLUMNS].reset_index(drop=True)


def _in_unit(eg: pd.DataFrame) -> pd.Series:
    unit, rate = eg["EGSTRESU"].str.upper(), eg["CODE"] == "HR"
    return (rate & unit.isin(_RATE)) | (~rate & unit.isin(_MILLISECONDS))


def unusable_ecg(cut: Cut) -> pd.DataFrame:
    """EG records of QT, RR, QTc or heart rate with a value in a unit that is not known: USUBJID EGSEQ EGTESTCD EGSTRESU."""
    eg = cut["EG"].assign(CODE=cut["EG"]["EGTESTCD"].map(_CODES))
    eg = eg[eg["CODE"].notna() & eg["EGSTRESN"].notna()]
    return eg.loc[~_in_unit(eg), ["USUBJID", "EGSEQ", "EGTESTCD", "EGSTRESU"]]


def _corrected(eg: pd.DataFrame) -> pd.DataFrame:
    """One row per replicate: QTCF, QTCB (Float64) and whether each was computed."""
    eg = eg.assign(REPLICATE=eg.groupby([*_MOMENT, "CODE"], dropna=False).cumcount())
    keys = [*_MOMENT, "REPLICATE"]
    eg = eg.assign(_SET=eg.groupby(keys, dropna=False, sort=False).ngroup())
    sets = eg.drop_duplicates("_SET").set_index("_SET")[[*_MOMENT, "EGSEQ"]]
    wide = eg.pivot(index="_SET", columns="CODE", values="EGSTRESN")
    wide = wide.reindex(columns=["QT", "RR", "HR", "QTCF", "QTCB"]).astype("Float64")
    rr = wide["RR"].fillna(standard.rr_from_heart_rate(wide["HR"]))
    derived = {"QTCF": standard.qtcf(wide["QT"], rr), "QTCB": standard.qtcb(wide["QT"], rr)}
    long = [
        sets.assign(PARAMCD=name, VALUE=value.fillna(wide[name]), DERIVED=value.notna())
        for name, value in derived.items()
    ]
    return pd.concat(long, ignore_index=True).astype({"PARAMCD": "string"})


def _means(replicates: pd.DataFrame) -> pd.DataFrame:
    keys = replicates.groupby([*_MOMENT, "PARAMCD"], dropna=False, sort=False)
    out = pd.DataFrame({
        "AVAL": keys["VALUE"].mean(), "READINGS": keys["VALUE"].count().astype("Int64"), "EGSEQ": keys["EGSEQ"].min(),
        "DERIVED": keys["DERIVED"].all(),
    })  # fmt: skip
    out = out[out["READINGS"] > 0].reset_index()
    origin = pd.Series("DERIVED", index=out.index, dtype="string").where(out["DERIVED"], "REPORTED")
    return out.assign(ORIGIN=origin, AVAL=out["AVAL"].astype("Float64"))


def count_ecg(adeg: pd.DataFrame, columns: list[Column]) -> list[Row]:
    """Subjects whose QTcF in the period passed each limit; changes are counted of those with a baseline."""
    period = adeg[adeg["ONTRTFL"].isin(["Y"]) & adeg["PARAMCD"].isin(["QTCF"])]
    with_change = period[period["CHG"].notna()]
    rows = []
    for label, frame, value, limits in (
        ("QTcF", period, "AVAL", VALUE_LIMITS),
        ("QTcF change", with_change, "CHG", CHANGE_LIMITS),
    ):
        seen = among(columns, frame["USUBJID"].unique())
        found = flagged(frame, {f"{label} > {limit} ms": above(frame[value], limit) for limit in limits})
        rows += [count(seen, ids, name, analysis_id="ecg_categories", variable="QTCF", variable_level=f"{value}>{limit}")
                 for (name, ids), limit in zip(found.items(), limits, strict=True)]  # fmt: skip
    return rows
