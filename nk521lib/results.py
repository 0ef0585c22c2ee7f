"""Result rows: one row per number shown, with the subjects behind it (spec outputs.md section 5).

A table or figure is drawn from these rows, so every number on a page exists as data and can be traced and tested
without rendering. `row_id` is a short stable name made from the row's own keys; pages carry it as data-r.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace

import pandas as pd

KEYS = ("analysis_id", "chapter", "population", "group1", "group1_level", "group2", "group2_level",
        "variable", "variable_level", "stat_name")  # fmt: skip
COLUMNS = (*KEYS[:-1], "stat_name", "stat_label", "stat", "fmt", "n_subjects", "usubjids",
           "snapshot_sha256", "params_sha256", "row_id")  # fmt: skip


@dataclass(frozen=True)
class Number:
    """One displayed number. `stat` is None where it does not exist, and `fmt` says so in words ("NE", "n<5")."""

    analysis_id: str
    chapter: str
    population: str
    stat_name: str
    stat: float | None
    fmt: str
    usubjids: tuple[str, ...] = ()
    group1: str = ""
    group1_level: str = ""
    group2: str = ""
    group2_level: str = ""
    variable: str = ""
    variable_level: str = ""
    stat_label: str = ""

    @property
    def row_id(self) -> str:
        text = "\x1f".join(str(getattr(self, key)) for key in KEYS)
        return f"{self.analysis_id}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"

    def __str__(self) -> str:
        return self.fmt


@dataclass(frozen=True)
class Column:
    """A column of a table: whose numbers it holds. `usubjids` is the denominator."""

    label: str
    usubjids: tuple[str, ...]
    group1_level: str = ""
    group2_level: str = ""

    @property
    def where(self) -> dict[str, str]:
        named = {"group1_level": self.group1_level, "group2_level": self.group2_level}
        return named | {"group1": "GROUP" if self.group1_level else "", "group2": "LEVEL" if self.group2_level else ""}


@dataclass(frozen=True)
class Fraction:
    """n of N subjects: three result rows (n, N, p) that a cell shows as one."""

    n: Number
    N: Number
    p: Number

    def __iter__(self) -> Iterator[Number]:
        return iter((self.n, self.N, self.p))

    @property
    def fmt(self) -> str:
        """`3/7`; a word in place of the count stands alone."""
        return f"{self.n.fmt}/{self.N.fmt}" if self.n.fmt.isdecimal() else self.n.fmt


def percent(share: float) -> str:
    """A whole percentage; what is not none of them is never `0 %`, what is not all of them never `100 %`."""
    shown = f"{100 * share:.0f} %"
    if shown == "0 %" and share > 0:
        return "< 1 %"
    return "> 99 %" if shown == "100 %" and share < 1 else shown


def fraction(column: Column, members: Collection[str], **where: str) -> Fraction:
    """Count `members` within a column. where : analysis_id, chapter, population, variable, variable_level."""
    inside = tuple(sorted(set(members) & set(column.usubjids)))
    n, size = len(inside), len(column.usubjids)
    shared = Number(
        stat_name="n", stat_label="subjects", stat=float(n), fmt=str(n), usubjids=inside, **column.where, **where
    )
    whole = replace(
        shared, stat_name="N", stat_label="of", stat=float(size), fmt=str(size), usubjids=tuple(sorted(column.usubjids))
    )
    p = n / size if size else None
    share = replace(shared, stat_name="p", stat_label="proportion", stat=p, fmt=percent(p) if size else "no subjects")
    return Fraction(shared, whole, share)


def to_frame(numbers: Iterable[Number], snapshot_sha256: str = "", params_sha256: str = "") -> pd.DataFrame:
    """All rows in the contract's columns; the same number given twice is kept once, two different ones are an error."""
    seen: dict[str, Number] = {}
    for number in numbers:
        known = seen.setdefault(number.row_id, number)
        if known != number:
            raise ValueError(f"two different numbers for {number.row_id}: {known.fmt} and {number.fmt}")
    rows = [
        asdict(n) | {"row_id": key, "n_subjects": len(n.usubjids), "usubjids": list(n.usubjids)}
        for key, n in seen.items()
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["snapshot_sha256"], frame["params_sha256"] = snapshot_sha256, params_sha256
    text = [c for c in COLUMNS if c not in ("stat", "n_subjects", "usubjids")]
    return frame.astype(dict.fromkeys(text, "string") | {"stat": "Float64", "n_subjects": "Int64"})
