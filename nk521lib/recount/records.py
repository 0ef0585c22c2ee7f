"""Records as dictionaries, dates as the days they can mean, and answers that may be unknown (None)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from nk521lib.cut import Cut

Row = dict[str, Any]
DAY = timedelta(days=1)


class Beyond(Exception):
    """The second implementation does not know how to read this; the number is not recomputed."""


@dataclass(frozen=True)
class When:
    """First and last day that a complete or partial date can mean, None for no date at all; the minute where given."""

    low: date | None = None
    high: date | None = None
    at: datetime | None = None

    def inside(self, first: date, last: date) -> bool | None:
        """Does it lie in these days? None: it may."""
        if self.low is None:
            return None
        if first <= self.low and self.high <= last:
            return True
        return None if self.low <= last and self.high >= first else False


@lru_cache(maxsize=1 << 17)
def when(text: str | None) -> When:
    """ISO 8601 text as SDTM writes it, unknown parts as `-`: 2026, 2026-03, 2026---03. What is no date is no date."""
    if not text:
        return When()
    day, _, clock = text.partition("T")
    parts = day.replace("---", "-?-").split("-")
    numbers = [int(part) if part.isdigit() else None for part in (*parts, "", "")[:3]]
    year, month, number = numbers
    if year is None or len(parts) > 3:
        return When()
    try:
        low = date(year, month or 1, number or 1)
        if number:
            high = date(year, month or 12, number)
        else:
            high = date(year + (month or 12) // 12, (month or 12) % 12 + 1, 1) - DAY
        hours = re.match(r"(\d\d):(\d\d)(?::(\d\d))?", clock)
        at = (
            datetime(*low.timetuple()[:3], *(int(part or 0) for part in hours.groups()))
            if hours and low == high
            else None
        )
    except ValueError:
        return When()
    return When(low, high, at)


def rows(cut: Cut, domain: str, columns: str) -> list[Row]:
    """Records of a domain with these columns, in the order of the file; missing is None."""
    frame = cut[domain]
    names = [name for name in columns.split() if name in frame]
    lists = [frame[name].to_numpy(dtype=object, na_value=None) for name in names]
    absent = dict.fromkeys(set(columns.split()) - set(names))
    return [absent | dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]


def by_subject(records: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for record in records:
        found.setdefault(record["USUBJID"], []).append(record)
    return found


def upper(text: str | None) -> str | None:
    return None if text is None else text.strip().upper()


def every(*answers: bool | None) -> bool | None:
    """AND of answers that may be unknown."""
    return False if False in answers else None if None in answers else True


def some(*answers: bool | None) -> bool | None:
    """OR of answers that may be unknown."""
    return True if True in answers else None if None in answers else False


def at_least(value: float | None, limit: float | None) -> bool | None:
    """value >= limit, where numbers of a decimal file that differ by less than rounding are the same."""
    if value is None or limit is None:
        return None
    return value > limit or abs(value - limit) <= 1e-9 * max(1.0, abs(limit))


def above(value: float | None, limit: float | None) -> bool | None:
    """value > limit, with the same care."""
    if value is None or limit is None:
        return None
    return value > limit and abs(value - limit) > 1e-9 * max(1.0, abs(limit))
