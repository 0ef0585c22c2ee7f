"""SAS transport files, version 5 and 8, some records at a time behind the file's own header.

A file cut short loads without an error: the manifest's row count tells.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from math import inf
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyreadstat

from nk521lib.edge.formats import _readstat
from nk521lib.errors import SnapshotRejected

_RECORD = 80
_PART = 1 << 20
_COUNT = re.compile(rb"HEADER RECORD\*{7}OBSV8   HEADER RECORD!{7} *([0-9]+)")
_MEMBER = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER|V8)  HEADER RECORD!{7}")


def read(path: Path, encoding: str | None) -> pa.Table:
    if path.stat().st_size % _RECORD:
        raise SnapshotRejected(f"{path.name}: cut short, an XPT file is a whole number of {_RECORD}-byte records")
    ask = _readstat.asker(path.name, pyreadstat.read_xport, "SAS XPT", encoding)
    with path.open("rb") as file:
        _, meta = ask(file, metadataonly=True)
        start = file.tell()  # where pyreadstat stopped: the header is behind it
        _refuse_another_member(path.name, file)
        file.seek(0)
        head = file.read(start)
        stored, parts = meta.readstat_variable_types, []
        length = sum(meta.variable_storage_width[name] for name in stored)
        count = _COUNT.match(head[-_RECORD:])
        for records in _in_parts(file, length, int(count[1]) if count else 0):
            values, _ = ask(BytesIO(head + records))
            columns = [_readstat.column(path.name, n, values.pop(n), stored[n]) for n in meta.column_names]
            parts.append(pa.table(columns, names=meta.column_names))
    return pa.concat_tables(parts)


def _refuse_another_member(name: str, file: BinaryIO) -> None:
    """pyreadstat would read the header of a second data set, and its records, as records of the first."""
    for records in iter(lambda: file.read(_PART // _RECORD * _RECORD), b""):
        if any(found.start() % _RECORD == 0 for found in _MEMBER.finditer(records)):
            raise SnapshotRejected(f"{name}: holds more than one data set, expected one in a file")


def _in_parts(file: BinaryIO, length: int, count: int) -> Iterator[bytes]:
    """Whole records of some length, none where there are none.

    count : of the records, which version 8 says; 0 where it is not said. Blank records at the end of the file are then
    padding, but records elsewhere: so that the end of a part makes no difference, it is never blank.
    """
    size, blank = max(1, _PART // length) * length if length else 0, b" " * length
    left = count * length or inf
    while True:
        records = file.read(min(size, left))
        while left == inf and records and records.endswith(blank) and (more := file.read(size)):
            records += more
        yield records
        left -= len(records)
        if not records or len(records) % length or not left:
            return
