"""Partial ISO 8601 dates as intervals: what a date surely is, what it possibly is, and three-valued comparison.

A --DTC text such as 2026-03 is kept as text; `earliest` and `latest` give the first and the last day it can mean.
Nothing is imputed here (spec data.md section 3). Study day: whole days, day 1 = reference, there is no day 0.
"""

import re

import numpy as np
import pandas as pd

_PARTS = re.compile(
    r"^(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
    r"(?:T(?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2})(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?)?\Z"
)


def _parts(text: pd.Series) -> pd.DataFrame:
    """Year to second as Float64, NA where unknown or not a date, and `shaped`: does the text look like a date at all?

    A trial has few different dates, so each different text is taken apart once.
    """
    codes, distinct = pd.factorize(text.astype("string"), use_na_sentinel=False)
    found = pd.Series(distinct, dtype="string").str.extract(_PARTS)
    parts = found.replace({"-": pd.NA}).apply(lambda part: pd.to_numeric(part).astype("Float64"))
    return parts.assign(shaped=found["year"].notna()).take(codes).set_axis(text.index)


def _bound(text: pd.Series, last: bool) -> pd.Series:
    """First or last day of each text; a month or day that the calendar does not have leaves it unusable, not shifted."""
    parts = _parts(text)
    year, month, day = (parts[p].to_numpy(float, na_value=np.nan) for p in ("year", "month", "day"))
    month = np.where(np.isnan(month), 12 if last else 1, month)
    usable = ~np.isnan(year) & (month >= 1) & (month <= 12)
    months = np.where(usable, (year - 1970) * 12 + month - 1, 0).astype("int64").astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[D]") - first).astype("int64")
    day = np.where(np.isnan(day), length if last else 1, day)
    usable &= (day >= 1) & (day <= length)
    days = first + np.where(usable, day - 1, 0).astype("timedelta64[D]")
    return pd.Series(days.astype("datetime64[s]"), index=text.index, name=text.name).where(usable)


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
    """Date and time to the second where day, hour and minute are known, local to the site; NaT otherwise."""
    parts = _parts(text)
    seconds = parts["hour"] * 3600 + parts["minute"] * 60 + parts["second"].fillna(0)
    return exact(text) + pd.to_timedelta(seconds.to_numpy(float, na_value=np.nan), unit="s").to_series(index=text.index)


def is_malformed(text: pd.Series) -> pd.Series:
    """True where there is a text that is not a possible ISO 8601 date, complete or partial."""
    parts = _parts(text)
    # A clock part that is not given cannot be too late.
    late = parts[["hour", "minute", "second"]].gt(pd.Series({"hour": 23, "minute": 59, "second": 59})).fillna(False)
    no_such_day = parts["year"].notna() & (earliest(text).isna() | latest(text).isna())
    return (text.notna() & (~parts["shaped"] | no_such_day | late.any(axis=1))).astype("boolean")


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
