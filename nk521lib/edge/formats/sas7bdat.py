"""SAS7BDAT data sets, a few columns at a time: their records stand in pages that may be compressed."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyreadstat

from nk521lib.edge.formats import _readstat
from nk521lib.errors import SnapshotRejected

_TEXT_CELL, _NUMBER_CELL = 72, 32
"""Bytes that a value of pyreadstat's takes beside its text: an object and a place in a list."""
_SHARE = 1.5
"""How many times the size of the records the values in hand may take."""


def read(path: Path, encoding: str | None) -> pa.Table:
    ask = _readstat.asker(path.name, pyreadstat.read_sas7bdat, "SAS7BDAT", encoding)
    _, meta = ask(path, metadataonly=True)
    stored, columns = meta.readstat_variable_types, {}
    for names in _in_parts(stored, meta.variable_storage_width):
        values, _ = ask(path, usecols=names)
        for name in names:
            columns[name] = _readstat.column(path.name, name, values.pop(name), stored[name])
    try:
        return pa.table([columns[name] for name in meta.column_names], names=meta.column_names)
    except pa.ArrowInvalid as error:
        raise SnapshotRejected(f"{path.name}: not readable as SAS7BDAT ({error})") from None


def _in_parts(stored: dict[str, str], width: dict[str, int]) -> Iterator[list[str]]:
    """Names in order, so many that their values take at most _SHARE of the records' bytes, or one."""
    most, part, size = _SHARE * sum(width[name] for name in stored), [], 0
    for name, kind in stored.items():
        cell = _TEXT_CELL + width[name] if kind == "string" else _NUMBER_CELL
        if part and size + cell > most:
            yield part
            part, size = [], 0
        part.append(name)
        size += cell
    if part:
        yield part
