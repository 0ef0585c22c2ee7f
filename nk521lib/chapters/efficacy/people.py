"""Who is in which set, and the dates that end following: new therapy, death, exit, last contact. Spec: efficacy.md section 1."""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut


def derive_efficacy_subjects(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """Dosed subjects with TTESTDT (where time starts), NEWTHDT (first new anticancer therapy), EXITDT, CLINPDDT, ASCTHDT, NEWTHPRT.

    A new therapy of partial date, or without any, counts from the first day it can mean, but not before the first dose (NEWTHPRT = Y marks it).
    """
    out = adsl[adsl["SAFFL"].eq("Y").fillna(False)].reset_index(drop=True).copy()
    start = (
        out["ENROLDT"] if cut.params.efficacy.tte_start == "enrolment" else out["TRTSDT"].where(out["TRTSDTF"].isna())
    )
    out["TTESTDT"] = start
    therapy = _new_therapy(cut, out)
    out["NEWTHDT"] = _first(out, therapy)
    partial = therapy.loc[therapy["PARTIAL"], "USUBJID"]
    out["NEWTHPRT"] = pd.Series("Y", index=out.index, dtype="string").where(out["USUBJID"].isin(partial))
    out["ASCTHDT"] = _first(out, _ascites_therapy(cut, out))
    ds = cut["DS"]
    ds = ds[ds["DSCAT"].fillna("DISPOSITION EVENT").str.upper().eq("DISPOSITION EVENT")]
    decod = ds["DSDECOD"].str.upper()
    left = ds[decod.isin(cut.params.efficacy.study_exit)]
    clinical = ds[decod.eq("PROGRESSIVE DISEASE").fillna(False)]
    out["EXITDT"], out["CLINPDDT"] = (
        _first(out, pd.DataFrame({"USUBJID": some["USUBJID"], "DAY": dates.exact(some["DSSTDTC"])}))
        for some in (left, clinical)
    )
    out["ITTFL"] = pd.Series("Y", index=out.index, dtype="string")
    return out


def _first(people: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    first = found.dropna(subset=["DAY"]).groupby("USUBJID")["DAY"].min()
    return pd.Series(first.reindex(people["USUBJID"]).array, index=people.index).astype("datetime64[s]")


def _after_start(people: pd.DataFrame, frame: pd.DataFrame, date: str, undated: bool = False) -> pd.DataFrame:
    """Records that can have begun on or after the first dose, each with the earliest such day. undated : also those without a date."""
    start = pd.Series(people.set_index("USUBJID")["TRTSDT"].reindex(frame["USUBJID"]).array, index=frame.index).astype(
        "datetime64[s]"
    )
    low, high = dates.earliest(frame[date]), dates.latest(frame[date])
    out = pd.DataFrame({"USUBJID": frame["USUBJID"], "DAY": low.where(low >= start, start), "PARTIAL": low.ne(high)})
    return out[(high >= start).fillna(False) | (undated & low.isna())]


def _new_therapy(cut: Cut, people: pd.DataFrame) -> pd.DataFrame:
    cm = cut["CM"]
    names = [name.upper() for name in cut.params.efficacy.subsequent_therapy]
    return _after_start(people, cm[cm["CMCAT"].str.upper().isin(names)], "CMSTDTC", undated=True)


def _ascites_therapy(cut: Cut, people: pd.DataFrame) -> pd.DataFrame:
    """Another drug into the peritoneum, a shunt, HIPEC: after any of these a puncture says little of the study product."""
    cm, pr = cut["CM"], cut["PR"]
    names = [name.upper() for name in cut.params.efficacy.ascites_therapy]
    drug = cm[cm["CMROUTE"].str.upper().eq("INTRAPERITONEAL").fillna(False)]
    procedure = pr[pr["PRTRT"].str.upper().isin(names) | pr["PRDECOD"].str.upper().isin(names)]
    return pd.concat([_after_start(people, drug, "CMSTDTC"), _after_start(people, procedure, "PRSTDTC")])


def derive_sets(facts: pd.DataFrame, measurable: pd.Series, visits: pd.DataFrame) -> pd.DataFrame:
    """facts with MEASFL (measurable disease at baseline) and EFFFL, the efficacy set of efficacy.md section 1.

    An assessment of the right time counts even when it could not be evaluated; death or clinical progression before any counts too.
    """
    out, who = facts.copy(), facts["USUBJID"]

    def flag(condition: pd.Series) -> pd.Series:
        return pd.Series("Y", index=out.index, dtype="string").where(condition)

    seen = who.isin(visits["USUBJID"]) | out["DTHDT"].notna() | out["CLINPDDT"].notna()
    has = who.isin(measurable.index)
    out["MEASFL"], out["EFFFL"] = flag(has), flag(has & seen)
    return out
