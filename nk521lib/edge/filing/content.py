"""What is filed, apart from any file format: tables as shown on the pages, listings of the datasets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html.parser import HTMLParser

import pyarrow as pa

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b\u2060]")


@dataclass(frozen=True)
class Listing:
    """One table or listing. rows : text, or None where nothing is recorded; a row of one text heads the rows below it."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    notes: tuple[str, ...] = ()

    def only(self, heads: Sequence[str], most: int) -> "Listing":
        """The same with some columns, and as many records as anybody prints."""
        at = [self.heads.index(head) for head in heads if head in self.heads]
        rows = tuple(tuple(row[i] for i in at) for row in self.rows[:most])
        left = len(self.rows) - len(rows)
        more = (f"{left:,} further records are in listings.xlsx.",) if left else ()
        return replace(self, heads=tuple(self.heads[i] for i in at), rows=rows, notes=(*self.notes, *more))


@dataclass(frozen=True)
class Document:
    """Several listings of one origin. programme : identification, under each of them. marks : said above each of them."""

    title: str
    listings: tuple[Listing, ...]
    programme: str
    marks: str
    made: datetime


def plain(text: str) -> str:
    """One line without control characters and without what only guides line breaks on a page."""
    return " ".join(_CONTROL.sub("", text).split())


def listing_of(name: str, table: pa.Table) -> Listing:
    """A dataset as text: dates as ISO, whole numbers without a decimal point, lists joined by blanks."""
    columns = [_texts(column) for column in table.itercolumns()]
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    said = "record" if len(rows) == 1 else "records"
    return Listing(name, f"Dataset {name}: {len(rows):,} {said}", tuple(table.column_names), rows, ("As in the pack's data; an empty cell is a missing value.",))  # fmt: skip


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    return [None if value is None else _text(value) for value in column.to_pylist()]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if (value.hour, value.minute, value.second) == (0, 0, 0) else value.isoformat()
    if isinstance(value, list):
        return " ".join(map(str, value))
    return plain(str(value))


def tables_of(html: str) -> list[Listing]:
    """Every table of a page that this package drew, in order. html : sanitised, as it is published."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.tables


class _Reader(HTMLParser):
    """Reads the tables of a page; the subjects listed under a count stay on the page, the count is what is filed."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tables: list[Listing] = []
        self._table: dict | None = None
        self._row: list[tuple[str, int]] | None = None
        self._text: list[str] | None = None
        self._hidden, self._kind, self._name = 0, "", ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if tag == "div" and given.get("id"):
            self._name = given["id"]
        elif tag == "table":
            self._table = (
                {"title": "", "above": [], "heads": [], "rows": [], "notes": []} if "gt_table" in classes else None
            )
        elif self._table is None:
            return
        elif tag == "tr":
            self._row, self._kind = [], "spanners" if "gt_spanner_row" in classes else "heads" if "gt_col_headings" in classes else "row"  # fmt: skip
        elif tag in ("td", "th"):
            self._text, self._hidden = [], 0
            self._span = (int(given.get("colspan") or 1), int(given.get("rowspan") or 1))
            if "gt_title" in classes or "gt_sourcenote" in classes:
                self._kind = "title" if "gt_title" in classes else "note"
        elif tag == "details":
            self._hidden = 0
        elif tag == "br" and self._text is not None:
            self._text.append(" ")

    def handle_data(self, data):
        if self._text is not None and not self._hidden:
            self._text.append(data)

    def handle_endtag(self, tag):
        if self._table is None:
            return
        if tag == "summary":
            self._hidden = 1  # what follows inside this details element is the list of subjects
        elif tag == "details":
            self._hidden = 0
        elif tag in ("td", "th") and self._text is not None and self._row is not None:
            self._row.append((plain("".join(self._text)), *self._span))
            self._text = None
        elif tag == "tr" and self._row is not None:
            self._close_row()
        elif tag == "table":
            self._close_table()

    def _close_row(self) -> None:
        table, row = self._table, self._row
        texts = tuple(text for text, *_ in row)
        if self._kind == "title":
            table["title"] = " ".join(texts)
        elif self._kind == "note":
            table["notes"].append(" ".join(texts))
        elif self._kind == "spanners":
            table["above"] = row
        elif self._kind == "heads":
            table["heads"] = _heads(table["above"], row)
        else:
            table["rows"].append(texts)
        self._row = None

    def _close_table(self) -> None:
        table = self._table
        heads = table["heads"] or tuple(text for text, *_ in table["above"])
        self.tables.append(
            Listing(self._name, table["title"] or self._name, tuple(heads), tuple(table["rows"]), tuple(table["notes"]))
        )
        self._table = None


def _heads(above: list[tuple[str, int, int]], below: list[tuple[str, int, int]]) -> tuple[str, ...]:
    """Two rows of heads as one: a head that reaches down stands alone, the others carry what spans them."""
    if not above:
        return tuple(text for text, *_ in below)
    rest, heads = iter(below), []
    for text, across, down in above:
        heads += [text] if down > 1 else [f"{text}: {next(rest)[0]}".removeprefix(": ") for _ in range(across)]
    return tuple(heads)
