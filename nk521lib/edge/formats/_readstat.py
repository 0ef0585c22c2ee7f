"""What SAS XPT and SAS7BDAT share: pyreadstat's columns as an Arrow table, text padding still on."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyreadstat import PyreadstatError, ReadstatError

from nk521lib.errors import SnapshotRejected

_TEXT_CELL, _NUMBER_CELL = 72, 32
"""Bytes that a value of pyreadstat's takes beside its text: an object and a place in a list."""
_SHARE = 1.5
"""How many times the size of the records the values in hand may take."""
_TWICE = "column .* is duplicated"


def read(path: Path, encoding: str | None, reader: Callable, kind: str) -> pa.Table:
    """Text and double columns. encoding : overrides the one the file names (XPT names none: UTF-8 is expected).

    pyreadstat makes an object of every value, many times the size of the file: the file is read a few columns at a time.
    """

    def ask(**what: Any) -> tuple[dict[str, list], Any]:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", message=_TWICE)  # it would be given a name that is not in the file
                return reader(
                    str(path), encoding=encoding, disable_datetime_conversion=True, output_format="dict", **what
                )
        except (
            ReadstatError,
            PyreadstatError,
            UnicodeDecodeError,
            ValueError,
            TypeError,
            UserWarning,
        ) as error:  # TypeError: a broken header
            reason = "text is not in the declared encoding" if isinstance(error, UnicodeDecodeError) else str(error)
            reason = reason.split(", renamed to")[0]
            raise SnapshotRejected(f"{path.name}: not readable as {kind} ({reason.splitlines()[0]})") from None

    _, meta = ask(metadataonly=True)
    stored, columns = meta.readstat_variable_types, {}
    for names in _in_parts(stored, meta.variable_storage_width):
        values, _ = ask(usecols=names)
        for name in names:
            columns[name] = _column(path.name, name, values.pop(name), stored[name])
    try:
        return pa.table([columns[name] for name in meta.column_names], names=meta.column_names)
    except pa.ArrowInvalid as error:
        raise SnapshotRejected(f"{path.name}: not readable as {kind} ({error})") from None


def _in_parts(stored: dict[str, str], width: dict[str, int]) -> Iterator[list[str]]:
    """Names of columns, in order, of which a part's values take at most _SHARE of the records' bytes; or one column."""
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


def _column(file: str, name: str, values: list, stored: str) -> pa.Array:
    if stored != "string":
        return pa.array(np.asarray(values, dtype=float), from_pandas=True)  # NaN is SAS's missing number
    try:
        return pa.array(values, pa.string(), from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError):
        raise SnapshotRejected(f"{file}: column {name} holds text that cannot be decoded") from None
