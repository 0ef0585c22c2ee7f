"""Counting for the safety tables: subjects once each, per column, with the subjects behind every number."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from nk521lib.results import Column, Fraction, Number, fraction
from nk521lib.standards.proportions import clopper_pearson

CHAPTER, POPULATION = "safety", "SAF"
Row = dict[str, object]
"""One line of a table: its label and, per column label, a Fraction or Spread."""


@dataclass(frozen=True)
class Spread:
    """n, median, lowest and highest value of a column: four result rows that a cell shows as one."""

    n: Number
    median: Number
    low: Number
    high: Number

    def __iter__(self) -> Iterator[Number]:
        return iter((self.n, self.median, self.low, self.high))


@dataclass(frozen=True)
class Rate:
    """A fraction with its exact interval."""

    share: Fraction
    low: Number
    high: Number

    def __iter__(self) -> Iterator[Number]:
        return iter((*self.share, self.low, self.high))


def count(columns: Iterable[Column], members: Collection[str], label: str, **where: str) -> Row:
    """One line: how many of each column's subjects are among `members`. where : analysis_id, variable, variable_level."""
    members = set(members)
    return {"": label} | {
        c.label: fraction(c, members, **({"chapter": CHAPTER, "population": POPULATION} | where)) for c in columns
    }


def without_count(row: Row, word: str) -> Row:
    """The line where nothing could be counted: no number, in the data neither, and the word in its place."""
    missing = lambda number: replace(number, stat=None, fmt=word)
    return {
        label: Fraction(missing(value.n), value.N, missing(value.p)) if isinstance(value, Fraction) else value
        for label, value in row.items()
    }


def among(columns: Iterable[Column], looked_at: Collection[str]) -> list[Column]:
    """The same columns with only those subjects who were looked at as denominators."""
    looked_at = set(looked_at)
    return [replace(c, usubjids=tuple(u for u in c.usubjids if u in looked_at)) for c in columns]


def spread(columns: Iterable[Column], values: pd.Series, label: str, digits: int = 1, **where: str) -> Row:
    """One line: n, median, minimum and maximum. values : Float64 by USUBJID; missing ones are not counted in n."""
    known = values.dropna()
    row: Row = {"": label}
    for c in columns:
        mine = known[known.index.isin(c.usubjids)]
        ids = tuple(sorted(mine.index))
        base = Number(chapter=CHAPTER, population=POPULATION, stat_name="n", stat=float(len(mine)), fmt=str(len(mine)),
                      stat_label="subjects with a value", usubjids=ids, **c.where, **where)  # fmt: skip
        stats = (
            {"median": mine.median(), "min": mine.min(), "max": mine.max()}
            if len(mine)
            else dict.fromkeys(("median", "min", "max"))
        )
        made = [
            replace(base, stat_name=name, stat_label=name, stat=None if stat is None else float(stat),
                    fmt="no value" if stat is None else f"{float(stat):.{digits}f}")
            for name, stat in stats.items()
        ]  # fmt: skip
        row[c.label] = Spread(base, *made)
    return row


def rate(columns: Iterable[Column], members: Collection[str], label: str, level: float, **where: str) -> Row:
    """One line of headline rates with exact (Clopper-Pearson) intervals."""
    row: Row = {"": label}
    for name, share in count(columns, members, label, **where).items():
        if name == "":
            continue
        low, high = clopper_pearson(share.n.stat, share.N.stat, level) if share.N.stat else (None, None)
        limits = [
            replace(share.n, stat_name=f"conf.{side}", stat_label=f"{100 * level:g} % exact limit",
                    stat=limit, fmt="no subjects" if limit is None else f"{100 * limit:.0f} %")
            for side, limit in (("low", low), ("high", high))
        ]  # fmt: skip
        row[name] = Rate(share, *limits)
    return row


def totals(columns: Iterable[Column]) -> list[Column]:
    """The columns of the groups and of all, without the levels."""
    return [c for c in columns if c.group2_level == "ALL"]


def number(analysis_id: str, stat: float | None, fmt: str, usubjids: Iterable[str] = (), **where: str) -> Number:
    """A single number over all dosed subjects, for a sentence or a figure."""
    return Number(
        analysis_id=analysis_id, chapter=CHAPTER, population=where.pop("population", POPULATION),
        stat_name=where.pop("stat_name", "n"), stat=stat, fmt=fmt, usubjids=tuple(sorted(usubjids)),
        group1="GROUP", group1_level="ALL", group2="LEVEL", group2_level="ALL", **where,
    )  # fmt: skip


def flagged(frame: pd.DataFrame, conditions: Mapping[str, pd.Series]) -> dict[str, set[str]]:
    """Subjects with at least one row that certainly meets each condition."""
    # fillna(False): an unknown row does not put its subject into a count; unknowns have lines of their own.
    return {
        name: set(frame.loc[condition.astype("boolean").fillna(False), "USUBJID"])
        for name, condition in conditions.items()
    }
