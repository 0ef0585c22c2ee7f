"""CDISC Dataset-JSON 1.1, as one .json object or as .ndjson (first line metadata, then one array per record)."""

from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from nk521lib.edge.formats._json_rows import Column, Rows, beyond
from nk521lib.edge.formats._json_stream import NotJson, Stream, load
from nk521lib.errors import SnapshotRejected

_TEXT = frozenset({"string", "datetime", "date", "time", "URI"})
_NUMBER = frozenset({"integer", "float", "double"})


def read(path: Path, encoding: str | None) -> pa.Table:
    """Columns by their declared dataType: text, or double for integer, float, double; decimal is text in JSON."""
    if encoding:
        raise SnapshotRejected(f"{path.name}: JSON is UTF-8, the manifest may not declare an encoding")
    name, rows = path.name, Rows()
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            head = _lines(name, file, rows) if path.suffix.lower() == ".ndjson" else _object(name, file, rows)
    except UnicodeDecodeError:
        raise SnapshotRejected(f"{name}: not UTF-8 text") from None
    except (NotJson, RecursionError) as error:
        where = f" line {error.line}" if isinstance(error, NotJson) else ""
        raise SnapshotRejected(f"{name}{where}: not JSON, or cut short") from None
    columns = _declared(name, head)
    _check_rows(name, head, rows, len(columns))
    return pa.Table.from_arrays(
        [_column(name, *column, found) for column, found in zip(columns, rows.columns(len(columns)), strict=True)],
        names=[column for column, _ in columns],
    )


def _object(name: str, file: TextIO, rows: Rows) -> dict[str, Any]:
    """The metadata; the records go to `rows`."""
    stream, head, listed = Stream(file), {}, True
    if stream.next() != "{":
        stream.value()
        stream.end()
        raise SnapshotRejected(f"{name}: expected one object with columns and rows")
    for member in stream.members():
        if member in head:
            raise stream.broken()
        if member == "rows" and stream.next() == "[":
            head[member] = None
            for row in stream.items():
                rows.add(row)
        else:
            head[member] = stream.value()
            listed &= member != "rows"
    stream.end()
    if not listed:
        raise SnapshotRejected(f"{name}: expected one object with columns and rows")
    return head


def _lines(name: str, file: TextIO, rows: Rows) -> dict[str, Any]:
    head = load(file.readline(), 1)
    if not isinstance(head, dict):
        raise SnapshotRejected(f"{name} line 1: expected the object that names the columns")
    for number, line in enumerate(file, start=2):
        if not line.strip():
            continue
        try:
            rows.add(load(line, number))
        except NotJson:
            raise SnapshotRejected(f"{name} line {number}: not a JSON array, or cut short") from None
    return head


def _declared(name: str, head: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, dataType) of every column."""
    version = head.get("datasetJSONVersion")
    if not isinstance(version, str) or not version.startswith("1.1"):
        raise SnapshotRejected(f"{name}: datasetJSONVersion is {version!r}, expected 1.1")
    columns, problems = [], []
    given = head.get("columns")
    for position, column in enumerate(given if isinstance(given, list) else [], start=1):
        if not isinstance(column, dict) or not isinstance(column.get("name"), str):
            problems.append(f"{name}: column {position} has no name")
        elif column.get("dataType") not in _TEXT | _NUMBER | {"decimal"}:
            problems.append(f"{name}: column {column['name']} has dataType {column.get('dataType')!r}, expected "
                            f"{', '.join(sorted(_TEXT | _NUMBER | {'decimal'}))}")  # fmt: skip
        else:
            columns.append((column["name"], column["dataType"]))
    if not problems and not columns:
        problems.append(f"{name}: no columns are declared")
    if problems:
        raise SnapshotRejected(*problems)
    return columns


def _check_rows(name: str, head: dict[str, Any], rows: Rows, width: int) -> None:
    records, problems = head.get("records"), []
    if type(records) is not int or records != rows.total:
        problems.append(f"{name}: records is {records!r}, the file holds {rows.total} rows")
    wrong, first = rows.of_another_width(width)
    for number, found in first:
        values = "no array" if found is None else f"{found} values"
        problems.append(f"{name} row {number}: {values}, expected {width}")
    if wrong > len(first):
        problems.append(f"{name}: {wrong - len(first)} more rows of a wrong length")
    if problems:
        raise SnapshotRejected(*problems)


def _column(file: str, name: str, declared: str, found: Column) -> pa.ChunkedArray:
    fault = found.fault(number=declared in _NUMBER)
    if fault is not None:
        row, value = fault
        raise SnapshotRejected(f"{file} row {row}: {name} is {_short(value)}, expected dataType {declared}")
    if not found.unicode:
        raise SnapshotRejected(f"{file}: column {name} holds text that is not Unicode")
    return found.array(pa.float64() if declared in _NUMBER else pa.string())


def _short(value: object) -> str:
    return "beyond any double" if beyond(value) else repr(value)[:40]
