"""What SAS XPT and SAS7BDAT share: pyreadstat asked for values, and its columns as Arrow arrays, text padding still on.

pyreadstat makes an object of every value, many times the size of the file: both formats are read a part at a time.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from pyreadstat import PyreadstatError, ReadstatError

from nk521lib.errors import SnapshotRejected

_TWICE = "column .* is duplicated"
_REFUSED = (ReadstatError, PyreadstatError, UnicodeDecodeError, ValueError, TypeError, UserWarning)
"""TypeError: a broken header."""


def asker(file: str, reader: Callable, kind: str, encoding: str | None) -> Callable[..., tuple[dict[str, list], Any]]:
    """A function from (source, options) to values by column, and metadata. Raises SnapshotRejected.

    encoding : overrides the one the file names (XPT names none: UTF-8 is expected).
    """

    def ask(source: Path | BinaryIO, **options: Any) -> tuple[dict[str, list], Any]:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", message=_TWICE)  # it would be given a name that is not in the file
                return reader(
                    source, encoding=encoding, disable_datetime_conversion=True, output_format="dict", **options
                )
        except _REFUSED as error:
            reason = "text is not in the declared encoding" if isinstance(error, UnicodeDecodeError) else str(error)
            reason = reason.splitlines()[0].split(", renamed to")[0]
            raise SnapshotRejected(f"{file}: not readable as {kind} ({reason})") from None

    return ask


def column(file: str, name: str, values: list, stored: str) -> pa.Array:
    """Text or doubles. stored : what the file says of it, "string" or a kind of number."""
    if stored != "string":
        return pa.array(np.asarray(values, dtype=float), from_pandas=True)  # NaN is SAS's missing number
    try:
        return pa.array(values, pa.string(), from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError):
        raise SnapshotRejected(f"{file}: column {name} holds text that cannot be decoded") from None
