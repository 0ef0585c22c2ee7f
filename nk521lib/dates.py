"""Partial ISO 8601 dates as intervals: what a date surely is, what it possibly is, and three-valued comparison.

A --DTC text such as 2026-03 is kept as text; `earliest` and `latest` give the first and the last day it can mean.
Nothing is imputed here (spec data.md section 3). Study day: whole days, day 1 = reference, there is no day 0.
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from nk521lib.three_valued import either

_PARTS = re.compile(
    r"(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
    r"(?:T(?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2})(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_EPOCH = date(1970, 1, 1).toordinal()
MISSING = np.iinfo("int64").min
"""What numpy holds for NaT."""
_ABSENT = (MISSING, MISSING, MISSING, False)


@lru_cache(maxsize=1 << 17)
def _read(text: str) -> tuple[int, int, int, bool]:
    """First day, last day (days since 1970), second of the day (each MISSING where unknown), and whether it is malformed."""
    found = _PARTS.fullmatch(text)
    if found is None:
        return MISSING, MISSING, MISSING, True
    year, month, day, hour, minute, second = (None if p in (None, "-") else int(p) for p in found.groups())
    # A clock part that is not given cannot be too late.
    late = (hour or 0) > 23 or (minute or 0) > 59 or (second or 0) > 59
    clock = MISSING if late or hour is None or minute is None else hour * 3600 + minute * 60 + (second or 0)
    first, last = _day(year, month, day, False), _day(year, month, day, True)
    return first, last, clock, late or (year is not None and MISSING in (first, last))


def _day(year: int | None, month: int | None, day: int | None, last: bool) -> int:
    """A month or day that the calendar does not have leaves the date unusable, not shifted."""
    if not year:
        return MISSING
    if month is None:
        month = 12 if last else 1
    if not 1 <= month <= 12:
        return MISSING
    length = monthrange(year, month)[1]
    if day is None:
        day = length if last else 1
    return date(year, month, day).toordinal() - _EPOCH if 1 <= day <= length else MISSING


def _each(text: pd.Series, *parts: int) -> list[np.ndarray]:
    """Parts of every text; a trial has few different dates, so each different text is read once."""
    codes, distinct = pd.factorize(text.astype("string"))
    read = np.array([*map(_read, distinct), _ABSENT], dtype="int64")  # missing: code -1, the last row
    return [read[:, part][codes] for part in parts]


def _as_days(days: np.ndarray, text: pd.Series) -> pd.Series:
    return pd.Series(days.astype("datetime64[D]").astype("datetime64[s]"), index=text.index, name=text.name)


def earliest(text: pd.Series) -> pd.Series:
    """First day each text can mean, as datetime64; NaT where missing, malformed or without a year."""
    return _as_days(*_each(text, 0), text)


def latest(text: pd.Series) -> pd.Series:
    """Last day each text can mean, as datetime64; NaT where missing, malformed or without a year."""
    return _as_days(*_each(text, 1), text)


def exact(text: pd.Series) -> pd.Series:
    """The day, where the text gives year, month and day; NaT otherwise."""
    low, high = _each(text, 0, 1)
    return _as_days(np.where(low == high, low, MISSING), text)


def moment(text: pd.Series) -> pd.Series:
    """Date and time to the second where day, hour and minute are known, local to the site; NaT otherwise."""
    (clock,) = _each(text, 2)
    return exact(text) + clock.astype("timedelta64[s]")


def is_malformed(text: pd.Series) -> pd.Series:
    """True where there is a text that is not a possible ISO 8601 date, complete or partial."""
    return pd.Series(_each(text, 3)[0].astype(bool), index=text.index, name=text.name, dtype="boolean")


def on_or_after(low: pd.Series, high: pd.Series, reference) -> pd.Series:
    """Is [low, high] on or after the reference day? True, False, or NA where it cannot be told."""
    return either(low >= reference, high < reference)


def on_or_before(low: pd.Series, high: pd.Series, reference) -> pd.Series:
    """Is [low, high] on or before the reference day? True, False, or NA where it cannot be told."""
    return either(high <= reference, low > reference)


def within(low: pd.Series, high: pd.Series, first, last) -> pd.Series:
    """Does [low, high] lie in [first, last]? True if all of it, False if none of it, else NA."""
    return on_or_after(low, high, first) & on_or_before(low, high, last)


def study_day(date: pd.Series, reference: pd.Series) -> pd.Series:
    """Study day of a known date: reference = day 1, the day before = day -1."""
    days = (date - reference).dt.days.astype("Int64")
    return days + (days >= 0).astype("Int64")
