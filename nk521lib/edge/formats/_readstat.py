"""What SAS XPT and SAS7BDAT share: pyreadstat's columns as an Arrow table, text padding still on."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyreadstat import PyreadstatError, ReadstatError

from nk521lib.errors import SnapshotRejected


def read(path: Path, encoding: str | None, reader: Callable, kind: str) -> pa.Table:
    """Text and double columns. encoding : overrides the one the file names (XPT names none: UTF-8 is expected)."""
    try:
        columns, meta = reader(str(path), encoding=encoding, disable_datetime_conversion=True, output_format="dict")
    except (
        ReadstatError,
        PyreadstatError,
        UnicodeDecodeError,
        ValueError,
        TypeError,
    ) as error:  # TypeError: a broken header
        reason = "text is not in the declared encoding" if isinstance(error, UnicodeDecodeError) else str(error)
        raise SnapshotRejected(f"{path.name}: not readable as {kind} ({reason.splitlines()[0]})") from None
    return pa.table(
        {
            name: _column(path.name, name, columns[name], meta.readstat_variable_types[name])
            for name in meta.column_names
        }
    )


def _column(file: str, name: str, values, stored: str) -> pa.Array:
    if stored != "string":
        return pa.array(np.asarray(values, dtype=float), from_pandas=True)  # NaN is SAS's missing number
    try:
        return pa.array([None if value is None or value != value else value for value in values], pa.string())
    except (pa.ArrowException, UnicodeEncodeError):
        raise SnapshotRejected(f"{file}: column {name} holds text that cannot be decoded") from None
