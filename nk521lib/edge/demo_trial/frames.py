"""Small steps from story tables to SDTM frames. A frame carries KNOWN, the day its record entered the database."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from nk521lib.schemas import DOMAINS, SUPP_COLUMNS

STUDY = "NCT07561437"
KNOWN = "KNOWN"


def told(rows: Iterable) -> pd.DataFrame:
    """Named tuples as a frame: columns in capitals, empty text missing."""
    rows = list(rows)
    frame = pd.DataFrame(rows, columns=type(rows[0])._fields).rename(columns=str.upper)
    text = frame.select_dtypes(["str", "string"]).columns
    return frame.assign(**{c: frame[c].astype("string").replace("", pd.NA) for c in text})


def days(text: pd.Series) -> pd.Series:
    """Complete ISO days, with or without a clock, as datetime64; NaT where missing."""
    return pd.to_datetime(text.str.slice(0, 10), format="%Y-%m-%d").astype("datetime64[s]")


def first_days(text: pd.Series) -> pd.Series:
    """First day that a complete or partial ISO text can mean."""
    length = text.str.len()
    return days(text.mask(length == 4, text + "-01-01").mask(length == 7, text + "-01"))


def iso(date: pd.Series, clock: str = "") -> pd.Series:
    """Days as ISO text, with a clock such as T08:10 behind each where one is given."""
    text = date.dt.strftime("%Y-%m-%d").astype("string")
    return text + clock if clock else text


def taken(values: Sequence, positions: np.ndarray) -> pd.Series:
    """Text values repeated by position: much faster than repeating Python strings."""
    return pd.Series(pd.array(list(values), dtype="string").take(positions))


def finished(frame: pd.DataFrame, domain: str) -> pd.DataFrame:
    """STUDYID, DOMAIN and --SEQ in front; --SEQ in the order of entry, so that later extracts only add numbers."""
    frame = frame.sort_values(["USUBJID", KNOWN], kind="stable", ignore_index=True)
    front = frame[[]].assign(STUDYID=STUDY, DOMAIN=domain).astype("string")
    front["USUBJID"] = frame.pop("USUBJID").astype("string")
    sequence = f"{domain}SEQ"
    if sequence in DOMAINS[domain].key:
        front[sequence] = (front.groupby("USUBJID").cumcount() + 1).astype("Int64")
    return pd.concat([front, frame], axis=1)


def split_supplements(frame: pd.DataFrame, domain: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The parent without its non-standard columns, and these as SUPP-- rows."""
    names = [name for name in DOMAINS[domain].supplements if name in frame]
    sequence = f"{domain}SEQ"
    rows = frame[["STUDYID", "USUBJID", sequence, KNOWN, *names]].astype(dict.fromkeys(names, "string"))
    long = rows.melt(["STUDYID", "USUBJID", sequence, KNOWN], names, "QNAM", "QVAL").dropna(subset=["QVAL"])
    long = long.assign(RDOMAIN=domain, IDVAR=sequence, IDVARVAL=long[sequence].astype("string"))
    long = long.sort_values(["USUBJID", sequence, "QNAM"], kind="stable", ignore_index=True)
    return frame.drop(columns=names), long[[*SUPP_COLUMNS, KNOWN]]
