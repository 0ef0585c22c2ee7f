"""Records of JSON values as they come, turned into Arrow columns a block at a time.

What a column should hold may only be known when all is read, so what it does hold is noted: the first value of each type.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import Any

import pyarrow as pa

_ROWS = 1 << 14
_SHOWN = 5
_LARGEST = sys.float_info.max
_NUMBERS, _TEXTS = frozenset({int, float, NoneType}), frozenset({str, NoneType})


def beyond(value: object) -> bool:
    """A number that no double holds."""
    return isinstance(value, int | float) and not abs(value) <= _LARGEST


class Column:
    """One column: its blocks, where each type stands first, and whether all text is Unicode."""

    def __init__(self) -> None:
        self.unicode = True
        self._blocks: list[pa.Array] = []
        self._first: dict[type, tuple[int, Any]] = {}
        self._beyond: tuple[int, Any] | None = None

    def add(self, values: Sequence[Any], row: int) -> None:
        """row : number of the first of them."""
        kinds = set(map(type, values))
        for kind in kinds - self._first.keys():
            self._first[kind] = next((n, v) for n, v in enumerate(values, start=row) if type(v) is kind)
        if kinds == {NoneType}:
            self._blocks.append(pa.nulls(len(values)))
        elif kinds <= _NUMBERS:
            self._add_numbers(values, row)
        elif kinds <= _TEXTS:
            self._add_text(values)

    def _add_numbers(self, values: Sequence[Any], row: int) -> None:
        if not all(value is None or abs(value) <= _LARGEST for value in values):
            self._beyond = self._beyond or next((n, v) for n, v in enumerate(values, start=row) if beyond(v))
            return
        self._blocks.append(pa.array([None if value is None else float(value) for value in values], pa.float64()))

    def _add_text(self, values: Sequence[Any]) -> None:
        try:
            self._blocks.append(pa.array(values, pa.string()))
        except (pa.ArrowException, UnicodeEncodeError):
            self.unicode = False

    def fault(self, number: bool) -> tuple[int, Any] | None:
        """Row and value of the first that is no number (no text)."""
        allowed = _NUMBERS if number else _TEXTS
        faults = [first for kind, first in self._first.items() if kind not in allowed]
        if number and self._beyond is not None:
            faults.append(self._beyond)
        return min(faults, key=lambda fault: fault[0], default=None)

    def array(self, kind: pa.DataType) -> pa.ChunkedArray:
        """All of a column without a fault."""
        return pa.chunked_array([block.cast(kind) for block in self._blocks], kind)


class Rows:
    """Rows of a file, the first of which is number 1."""

    def __init__(self) -> None:
        self._waiting: list[Any] = []
        self._done = 0
        self._columns: list[Column] | None = None
        self._widths: dict[int | None, list[int]] = defaultdict(list)  # numbers of the first rows of a width
        self._count: dict[int | None, int] = defaultdict(int)

    @property
    def total(self) -> int:
        return self._done + len(self._waiting)

    def add(self, row: Any) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= _ROWS:
            self._settle()

    def of_another_width(self, width: int) -> tuple[int, list[tuple[int, int | None]]]:
        """How many rows have not this many values, and of the first of them number and width; None is no row at all."""
        self._settle()
        wrong = [found for found in self._count if found != width]
        first = sorted((number, found) for found in wrong for number in self._widths[found])[:_SHOWN]
        return sum(self._count[found] for found in wrong), first

    def columns(self, width: int) -> list[Column]:
        """The columns of rows that all have this width."""
        self._settle()
        return [Column() for _ in range(width)] if self._columns is None else self._columns

    def _settle(self) -> None:
        rows, first = self._waiting, self._done + 1
        if not rows:
            return
        widths = [len(row) if type(row) is list else None for row in rows]
        self._note(widths, first)
        if len(self._count) == 1 and widths[0] is not None:
            self._columns = [Column() for _ in range(widths[0])] if self._columns is None else self._columns
            for column, values in zip(self._columns, zip(*rows, strict=True), strict=True):
                column.add(values, first)
        self._waiting, self._done = [], self._done + len(rows)

    def _note(self, widths: Iterable[int | None], first: int) -> None:
        for number, width in enumerate(widths, start=first):
            self._count[width] += 1
            if len(self._widths[width]) < _SHOWN:
                self._widths[width].append(number)
