"""The ascites a subject came with: one answer for every chapter that shows it (spec data.md section 6, ASCVOLBL)."""

import pandas as pd

from nk521lib.chapters.records import BEGINNING, Deciding, known_in, within_days

_UNITS = {"VOLUME": "ML", "DEPTH": "CM"}


def ascites_readings(readings: pd.DataFrame) -> pd.DataFrame:
    """Those of the FA readings (see records.py) that are about ascites."""
    return readings[known_in(readings["OBJECT"], ("ASCITES",))]


def last_ascites_reading(readings: pd.DataFrame, until: pd.Series) -> Deciding:
    """The last usable reading of ascites surely on or before each subject's day, index as `until`.

    readings : FA readings of one test (VOLUME, DEPTH or SYMPTOM). until : a day by USUBJID. A volume counts
    in mL and a depth in cm, which they are unless another unit is given; of several on one day see `Deciding`.
    """
    rows = ascites_readings(readings)
    unit = rows["TEST"].map(_UNITS).astype("string")
    usable = rows["VALUE"].notna() & (rows["UNIT"].str.upper() == unit).fillna(True)  # no unit: that of the contract
    rows = rows[unit.isna() | usable]
    days = pd.Series(until.reindex(rows["USUBJID"]).array, index=rows.index)
    rows = within_days(rows, pd.Series(BEGINNING, index=rows.index), days)
    return Deciding.of(until.index, rows, rows["VALUE"])
