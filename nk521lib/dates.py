"""Partial ISO 8601 dates as intervals: what a date surely is, what it possibly is, and three-valued comparison.

A --DTC text such as 2026-03 is kept as text; `earliest` and `latest` give the first and the last day it can mean.
Nothing is imputed here (spec data.md section 3). Study day: whole days, day 1 = reference, there is no day 0.
"""

import re

import pandas as pd

_PARTS = re.compile(
    r"^(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
    r"(?:T(?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2})(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?)?$"
)


def _parts(text: pd.Series) -> pd.DataFrame:
    """Year, month, day as Int64 (NA where unknown), clock as text; every row NA where the text is not a date."""
    found = text.astype("string").str.extract(_PARTS)
    return found.replace({"-": pd.NA})


def _calendar(parts: pd.DataFrame, last: bool) -> pd.Series:
    year, month, day = (pd.to_numeric(parts[p]).astype("Int64") for p in ("year", "month", "day"))
    month = month.fillna(12 if last else 1)
    first = pd.to_datetime(year.astype("string") + "-" + month.astype("string").str.zfill(2) + "-01",
                           format="%Y-%m-%d").where(month.between(1, 12).fillna(False))  # fmt: skip
    length = first.dt.days_in_month.astype("Int64")
    day = day.fillna(length if last else 1)
    # A day that its month does not have (30 February) leaves the date unusable, not shifted.
    return (first + pd.to_timedelta(day - 1, unit="D")).where((day >= 1) & (day <= length)).dt.as_unit("s")


def _bound(text: pd.Series, last: bool) -> pd.Series:
    parts = _parts(text)
    bad_month = ~pd.to_numeric(parts["month"]).between(1, 12) & parts["month"].notna()
    parts = parts.mask(bad_month)
    return _calendar(parts, last).rename(text.name)


def earliest(text: pd.Series) -> pd.Series:
    """First day each text can mean, as datetime64; NaT where missing, malformed or without a year."""
    return _bound(text, last=False)


def latest(text: pd.Series) -> pd.Series:
    """Last day each text can mean, as datetime64; NaT where missing, malformed or without a year."""
    return _bound(text, last=True)


def exact(text: pd.Series) -> pd.Series:
    """The day, where the text gives year, month and day; NaT otherwise."""
    low, high = earliest(text), latest(text)
    return low.where(low == high)


def moment(text: pd.Series) -> pd.Series:
    """Date and time to the minute where both are known, local to the site; NaT otherwise."""
    parts = _parts(text)
    clock = parts["hour"] + ":" + parts["minute"] + ":" + parts["second"].fillna("00")
    return exact(text) + pd.to_timedelta(clock)


def is_malformed(text: pd.Series) -> pd.Series:
    """True where there is a text that is not a possible ISO 8601 date, complete or partial."""
    text = text.astype("string")
    parts = _parts(text)
    shape = text.str.fullmatch(_PARTS).fillna(True)
    clock = pd.DataFrame({p: pd.to_numeric(parts[p]) for p in ("hour", "minute", "second")})
    # A clock part that is not given cannot be too late.
    late = (clock.gt(pd.Series({"hour": 23, "minute": 59, "second": 59})).fillna(False)).any(axis=1)
    no_such_day = parts["year"].notna() & (earliest(text).isna() | latest(text).isna())
    return (text.notna() & (~shape | no_such_day | late)).astype("boolean")


def on_or_after(low: pd.Series, high: pd.Series, reference) -> pd.Series:
    """Is [low, high] on or after the reference day? True, False, or NA where it cannot be told."""
    answer = pd.Series(pd.NA, index=low.index, dtype="boolean")
    return answer.mask(low >= reference, True).mask(high < reference, False)


def on_or_before(low: pd.Series, high: pd.Series, reference) -> pd.Series:
    """Is [low, high] on or before the reference day? True, False, or NA where it cannot be told."""
    answer = pd.Series(pd.NA, index=low.index, dtype="boolean")
    return answer.mask(high <= reference, True).mask(low > reference, False)


def within(low: pd.Series, high: pd.Series, first, last) -> pd.Series:
    """Does [low, high] lie in [first, last]? True if all of it, False if none of it, else NA."""
    return on_or_after(low, high, first) & on_or_before(low, high, last)


def study_day(date: pd.Series, reference: pd.Series) -> pd.Series:
    """Study day of a known date: reference = day 1, the day before = day -1."""
    days = (date - reference).dt.days.astype("Int64")
    return days + (days >= 0).astype("Int64")
