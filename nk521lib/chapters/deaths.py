"""Who died, and when: one account for every chapter, whichever record tells it.

Spec: data.md section 3, efficacy.md section 3 (death from any cause), rulings.md 3.5 and 5.7.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut, read_once

_DATED = {"DM": "DTHDTC", "DS": "DSSTDTC", "AE": "AEENDTC", "SS": "SSDTC"}
"""Domains that tell a death, the one that tells it best first, and the date each gives."""


@read_once
def death_records(cut: Cut) -> pd.DataFrame:
    """Every record of a death: USUBJID SRC SEQ TEXT LOW HIGH, those of DM first, then DS, AE and SS.

    TEXT : the date of the record. LOW, HIGH : the days the death can have been, NaT where the record sets no such bound.
    """
    told = {domain: cut[domain][tells_death(domain, cut[domain])] for domain in _DATED}
    ended = _told("AE", told["AE"])
    parts = [
        _told("DM", told["DM"]),
        _told("DS", told["DS"]),
        ended.assign(LOW=ended["LOW"].fillna(dates.earliest(told["AE"]["AESTDTC"]))),
        # A contact that finds a subject dead says only that it happened by then.
        _told("SS", told["SS"]).assign(LOW=pd.NaT),
    ]
    return pd.concat(
        [part.astype({"LOW": "datetime64[s]", "HIGH": "datetime64[s]"}) for part in parts], ignore_index=True
    )


def known_deaths(cut: Cut) -> pd.DataFrame:
    """The record that tells each death best, by USUBJID: SRC DTHDTC DTHDT LOW HIGH.

    The first that gives a complete day; else the first that gives any date; else the first. DTHDT is missing where none
    gives a day: such a death has happened all the same.
    """
    rows = death_records(cut)
    rows = rows.assign(DTHDT=rows["LOW"].where(rows["LOW"].eq(rows["HIGH"])))
    vague = rows["DTHDT"].isna().astype(int) + rows["HIGH"].isna().astype(int)
    best = rows.assign(_VAGUE=vague).sort_values("_VAGUE", kind="stable").drop_duplicates("USUBJID")
    text = best["TEXT"].where(best["SRC"].ne("SS"))  # the day of a contact is not the day of the death
    return best.assign(DTHDTC=text).set_index("USUBJID")[["SRC", "DTHDTC", "DTHDT", "LOW", "HIGH"]]


def death_days(cut: Cut) -> pd.Series:
    """Earliest day on which each subject known to have died can have died, by USUBJID.

    From DM.DTHDTC, else the DS death record, else the end of a fatal event, else the contact that found the death.
    """
    rows = death_records(cut)
    rows = rows.assign(DAY=dates.earliest(rows["TEXT"])).dropna(subset=["DAY"])
    first = rows.groupby(["USUBJID", "SRC"], sort=False)["DAY"].min().reset_index("SRC")
    rank = first["SRC"].map({domain: rank for rank, domain in enumerate(_DATED)})
    kept = first.assign(_RANK=rank).sort_values("_RANK", kind="stable")
    return kept.loc[~kept.index.duplicated(), "DAY"].sort_index()


def tells_death(domain: str, frame: pd.DataFrame) -> pd.Series:
    """Records of DM, DS, AE or SS that say that the subject died (bool); what is not surely a death is none."""
    if domain == "AE":
        return fatal(frame)
    said = {
        "DM": lambda: frame["DTHDTC"].notna() | frame["DTHFL"].eq("Y"),
        "DS": lambda: frame["DSDECOD"].str.upper().eq("DEATH"),
        "SS": lambda: frame["SSSTRESC"].fillna(frame["SSORRES"]).str.upper().eq("DEAD"),
    }[domain]()
    return said.fillna(False).astype(bool)


def fatal(ae: pd.DataFrame) -> pd.Series:
    """Surely fatal: outcome, criterion or grade says so (rulings.md 5.7). Not recorded as fatal is not fatal."""
    says = ae["AEOUT"].str.upper().eq("FATAL"), ae["AESDTH"].str.upper().eq("Y"), ae["AETOXGR"].eq("5")
    return pd.concat(says, axis=1).fillna(False).any(axis=1).astype(bool)


def _told(domain: str, frame: pd.DataFrame) -> pd.DataFrame:
    text = frame[_DATED[domain]]
    seq = frame[f"{domain}SEQ"] if f"{domain}SEQ" in frame else pd.Series(pd.NA, index=frame.index, dtype="Int64")
    return pd.DataFrame(
        {"USUBJID": frame["USUBJID"], "SRC": pd.Series(domain, index=frame.index, dtype="string"),
         "SEQ": seq.astype("Int64"), "TEXT": text.astype("string"), "LOW": dates.earliest(text), "HIGH": dates.latest(text)}
    )  # fmt: skip
