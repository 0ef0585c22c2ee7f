"""CDISC Dataset-JSON 1.1, as one .json object or as .ndjson (first line metadata, then one array per record)."""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from nk521lib.errors import SnapshotRejected

_TEXT = frozenset({"string", "datetime", "date", "time", "URI"})
_NUMBER = frozenset({"integer", "float", "double"})
_LARGEST = sys.float_info.max
_SHOWN = 5


def read(path: Path, encoding: str | None) -> pa.Table:
    """Columns by their declared dataType: text, or double for integer, float, double; decimal is text in JSON."""
    if encoding:
        raise SnapshotRejected(f"{path.name}: JSON is UTF-8, the manifest may not declare an encoding")
    name = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
        head, rows = _lines(name, text) if path.suffix.lower() == ".ndjson" else _object(name, text)
    except UnicodeDecodeError:
        raise SnapshotRejected(f"{name}: not UTF-8 text") from None
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SnapshotRejected(f"{name}{where}: not JSON, or cut short") from None
    columns = _declared(name, head)
    _check_rows(name, head, rows, len(columns))
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pa.Table.from_arrays(
        [_column(name, *column, list(given)) for column, given in zip(columns, values, strict=True)],
        names=[column for column, _ in columns],
    )


def _load(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise json.JSONDecodeError("a name given twice", text[:0], 0)
        return found

    def no_constant(constant: str) -> None:
        raise json.JSONDecodeError(f"{constant} is not JSON", text[:0], 0)

    return json.loads(text, object_pairs_hook=once, parse_constant=no_constant)


def _object(name: str, text: str) -> tuple[dict[str, Any], list]:
    head = _load(text)
    if not isinstance(head, dict) or not isinstance(head.get("rows", []), list):
        raise SnapshotRejected(f"{name}: expected one object with columns and rows")
    return head, head.get("rows", [])


def _lines(name: str, text: str) -> tuple[dict[str, Any], list]:
    lines = iter(text.split("\n"))
    head = _load(next(lines, ""))
    if not isinstance(head, dict):
        raise SnapshotRejected(f"{name} line 1: expected the object that names the columns")
    rows = []
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            rows.append(_load(line))
        except json.JSONDecodeError:
            raise SnapshotRejected(f"{name} line {number}: not a JSON array, or cut short") from None
    return head, rows


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


def _check_rows(name: str, head: dict[str, Any], rows: list, width: int) -> None:
    records = head.get("records")
    problems = []
    if type(records) is not int or records != len(rows):
        problems.append(f"{name}: records is {records!r}, the file holds {len(rows)} rows")
    wrong = [(number, row) for number, row in enumerate(rows, start=1) if type(row) is not list or len(row) != width]
    for number, row in wrong[:_SHOWN]:
        found = f"{len(row)} values" if isinstance(row, list) else "no array"
        problems.append(f"{name} row {number}: {found}, expected {width}")
    if len(wrong) > _SHOWN:
        problems.append(f"{name}: {len(wrong) - _SHOWN} more rows of a wrong length")
    if problems:
        raise SnapshotRejected(*problems)


def _column(file: str, name: str, declared: str, values: list) -> pa.Array:
    number = declared in _NUMBER
    allowed = {int, float, type(None)} if number else {str, type(None)}
    if {type(value) for value in values} <= allowed:
        if not number:
            return _text(file, name, values)
        if all(value is None or abs(value) <= _LARGEST for value in values):
            return pa.array([None if value is None else float(value) for value in values], pa.float64())
    row, value = next((row, v) for row, v in enumerate(values, start=1)
                      if type(v) not in allowed or (number and v is not None and not abs(v) <= _LARGEST))  # fmt: skip
    raise SnapshotRejected(f"{file} row {row}: {name} is {_short(value)}, expected dataType {declared}")


def _text(file: str, name: str, values: list) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowException, UnicodeEncodeError):
        raise SnapshotRejected(f"{file}: column {name} holds text that is not Unicode") from None


def _short(value: object) -> str:
    if isinstance(value, int | float) and not abs(value) <= _LARGEST:
        return "beyond any double"
    return repr(value)[:40]
