"""One strict reader per file format: file in, Arrow table of text and number columns out, or a reason why not.

A reader guesses nothing: it returns what the file holds, as text or as the numbers the format itself stores, with
columns named as in the file. Types, names and keys are judged afterwards, the same for every format (edge/typed.py).
"""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pyarrow as pa

from nk521lib.errors import SnapshotRejected

_MODULES = {
    "csv": "csv", "xpt": "xpt", "sas7bdat": "sas7bdat", "parquet": "parquet",
    "dataset-json": "dataset_json", "dataset-ndjson": "dataset_json",
}  # fmt: skip


def read_table(path: Path, form: str, encoding: str | None = None) -> pa.Table:
    """The table in one file.

    form : one of manifest.FORMATS. encoding : of the text, where it is not what the format says of itself.
    Raises SnapshotRejected, one line per problem, each beginning with the file's name.
    """
    _give_memory_back()
    read: Callable[[Path, str | None], pa.Table] = import_module(f"{__name__}.{_MODULES[form]}").read
    try:
        table = read(path, encoding)
    except OSError as error:
        raise SnapshotRejected(f"{path.name}: cannot be read ({error.strerror or 'unreadable'})") from None
    except MemoryError:
        raise SnapshotRejected(f"{path.name}: does not fit into memory") from None
    return _only_text_and_numbers(path.name, table)


def _give_memory_back() -> None:
    """Take jemalloc where Arrow has it and nobody chose: its default keeps a third more of what is freed, and takes longer."""
    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def _only_text_and_numbers(name: str, table: pa.Table) -> pa.Table:
    """Refuse dates, truth values and nested values: SDTM has text and numbers, and dates are ISO 8601 text."""
    problems, columns = [], []
    for field, column in zip(table.schema, table.itercolumns(), strict=True):
        kind = field.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = kind.value_type
        if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            column = column.cast(pa.string())
        elif pa.types.is_decimal(kind) or pa.types.is_floating(kind):
            column = column.cast(pa.float64())
        elif pa.types.is_integer(kind):
            column = column.cast(pa.int64())
        elif not pa.types.is_string(kind):
            expected = "ISO 8601 text" if pa.types.is_temporal(kind) else "text or numbers"
            problems.append(f"{name}: column {field.name} is of type {kind}, expected {expected}")
        columns.append(column)
    if problems:
        raise SnapshotRejected(*problems)
    return pa.Table.from_arrays(columns, names=table.schema.names)
