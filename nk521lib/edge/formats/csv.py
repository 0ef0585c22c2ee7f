"""Comma-separated text, read strictly: every line has the header's number of fields, every quote is in its place.

Everything is text; only an empty field is missing, so NA, null and 001 stay what they are.
"""

import csv
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from nk521lib.errors import SnapshotRejected

_SHOWN = 5
_FIRST_LINE = re.compile(rb"[^\r\n]*")
_QUOTE = ord('"')
_BESIDE_A_QUOTE = np.isin(np.arange(256), [ord(character) for character in '",\n\r'])
_BLOCK = 4 << 20


def read(path: Path, encoding: str | None) -> pa.Table:
    """Text columns in the order of the header. encoding : UTF-8 (with or without BOM) unless the manifest names one."""
    name = path.name
    data = _as_utf8(name, path.read_bytes(), encoding)
    header = _header(name, data)
    _check_quotes(name, data)
    table, bad = _parse(name, data, len(header))
    word = "line" if data.count(b"\n") <= table.num_rows + len(bad) + 1 else "row"
    problems = [f"{name} {word} {row}: {found} fields, expected {len(header)}" for row, found in bad[:_SHOWN]]
    if len(bad) > _SHOWN:
        problems.append(f"{name}: {len(bad) - _SHOWN} more lines with a wrong number of fields")
    if not bad:
        problems += [f"{name} {word} {row}: blank, expected {len(header)} fields" for row in _blank_rows(table)]
    if problems:
        raise SnapshotRejected(*problems)
    return table.rename_columns(header)


def _as_utf8(name: str, data: bytes, encoding: str | None) -> bytes:
    """The file's text as UTF-8 bytes without BOM, after proof that it is text in the encoding it claims."""
    if not data:
        raise SnapshotRejected(f"{name}: the file is empty, expected at least a header line")
    if encoding or not _is_utf8(data):
        data = _decoded(name, data, encoding).encode()
    if b"\0" in data:
        raise SnapshotRejected(f"{name} line {_line(data, data.index(0))}: NUL byte, expected text")
    return data.removeprefix(b"\xef\xbb\xbf")


def _is_utf8(data: bytes) -> bool:
    """Proof in place: decoding would hold the whole text a second time."""
    offsets = pa.py_buffer(np.array([0, len(data)], dtype="int64"))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decoded(name: str, data: bytes, encoding: str | None) -> str:
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "" if encoding else "; if it is in another encoding, the manifest must say which"
        raise SnapshotRejected(f"{name} line {line}: not {encoding or 'UTF-8'} text{hint}") from None
    except LookupError:
        raise SnapshotRejected(f"{name}: {encoding} is not a known encoding, expected for example gb18030") from None


def _header(name: str, data: bytes) -> list[str]:
    try:
        header = next(csv.reader([_FIRST_LINE.match(data)[0].decode()], strict=True), [])
    except csv.Error:
        raise SnapshotRejected(f"{name} line 1: the header is not well-formed CSV") from None
    if not header:
        raise SnapshotRejected(f"{name} line 1: blank, expected a header")
    return header


def _check_quotes(name: str, data: bytes) -> None:
    """Quotes must open at the start of a field, close at its end, and be doubled inside.

    In well-formed text the quotes at even positions (0, 2, …) open a field or are the second of a doubled pair, those
    at odd positions close it or are the first of a pair: an opening quote has a quote before it only where that one
    closes, a closing one a quote after it only where that one opens. A parser that is lenient here shifts or swallows fields.
    """
    if data.count(b'"') % 2:
        last = data.rindex(b'"')
        raise SnapshotRejected(f"{name} line {_line(data, last)}: a quote is opened and never closed")
    text, seen = np.frombuffer(data, dtype=np.uint8), 0
    for start in range(0, len(text), _BLOCK):
        where = np.flatnonzero(text[start : start + _BLOCK] == _QUOTE) + start
        opens = (np.arange(len(where)) + seen) % 2 == 0
        beside = np.where(opens, where - 1, where + 1)
        outside = (beside < 0) | (beside == len(text))
        well = outside | _BESIDE_A_QUOTE[text[np.where(outside, 0, beside)]]
        if not well.all():
            raise SnapshotRejected(f"{name} line {_line(data, where[~well].min())}: a stray quote inside a field")
        seen += len(where)


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, int(position)) + 1


def _parse(name: str, data: bytes, width: int) -> tuple[pa.Table, list[tuple[int, int]]]:
    """The rows, and (row, fields found) of every row with a wrong number of fields."""
    names = [str(position) for position in range(width)]
    if data[_FIRST_LINE.match(data).end() :] in (b"", b"\n", b"\r", b"\r\n"):
        return pa.table({column: pa.array([], pa.string()) for column in names}), []
    bad: list[tuple[int, int]] = []

    def refuse(row) -> str:
        bad.append((row.number, row.actual_columns))
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            # one thread: only then does Arrow know the number of a row
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names, skip_rows=1, block_size=8 << 20),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refuse
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""],
                strings_can_be_null=True, quoted_strings_can_be_null=True,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid as error:
        raise SnapshotRejected(f"{name}: not well-formed CSV ({error})") from None
    return table, bad


def _blank_rows(table: pa.Table) -> list[int]:
    """Rows without any value. Arrow pads a blank line with missing values; it is not a record."""
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.itercolumns():
        if not blank.any():
            return []
        blank &= column.is_null().to_numpy()
    return [int(row) + 2 for row in np.flatnonzero(blank)[:_SHOWN]]
