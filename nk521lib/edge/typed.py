"""From a table as read to a frame of the domain's types, the same for every file format.

Names are upper-cased; two that then coincide are refused. Trailing blanks are padding and empty text is missing, in
every format alike. What a variable's type does not allow (a number with a decimal comma, 30 February, grade 6) becomes
missing and is kept as a fault, so that a check can name it: nothing is coerced in silence.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nk521lib import dates
from nk521lib.chapters.changes import keys_of
from nk521lib.cut import take_rows, with_missing
from nk521lib.errors import SnapshotRejected
from nk521lib.schemas import DOMAINS, DTYPE, NO_SUBJECT, kind

FAULTS = ("domain", "variable", "expected", "row", "value")
"""Columns of a fault frame: `row` is the position in the domain's frame, `value` the text as it stood."""

CODES = {
    "AETOXGR": ("1", "2", "3", "4", "5"),
    "CRSGR": ("0", "1", "2", "3", "4", "5"),
    "ICANSGR": ("0", "1", "2", "3", "4", "5"),
}
"""Variables of a closed list, read as numbers by the chapters: anything else cannot be used."""

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,31}")
_PATTERN = {"number": r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$", "whole": r"^[-+]?[0-9]+(?:\.0*)?$"}
_PLAIN_DATE = (
    r"^[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?$|^[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31)(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?)?$"
)
"""Dates that are surely possible; anything else (29 February, unknown middle parts) is judged by dates.is_malformed."""

_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]"
_WHOLE_LIMIT = 2.0**53  # beyond it a double no longer holds every whole number
_STRING = pd.StringDtype("pyarrow")


@dataclass(frozen=True)
class Typed:
    frame: pd.DataFrame
    variables: frozenset[str]
    faults: list[pd.DataFrame]


def to_frame(file: str, table: pa.Table, domain: str) -> Typed:
    """Frame of `domain`: the file's columns and the contract's, missing ones filled with NA.

    file : its name, for messages. Raises SnapshotRejected for names that are no variable names or coincide.
    """
    names = _names(file, table.schema.names)
    left, columns, faults = table.columns[::-1], {}, []
    del table
    for name in names:
        columns[name], fault = to_type(left.pop(), name)  # typed, a column as read is let go
        if fault is not None:
            faults.append(fault.assign(domain=domain, variable=name))
    frame = pd.DataFrame(columns, copy=False)
    absent = [name for name in (DOMAINS[domain].columns if domain in DOMAINS else ()) if name not in columns]
    return Typed(with_missing(frame, {name: DTYPE[kind(name)] for name in absent}), frozenset(names), faults)


def in_key_order(typed: Typed, domain: str) -> Typed:
    """The same table in the order of its keys, so that nothing depends on how an export happened to write it.

    Where a subject or --SEQ is missing (the table is refused) the order stays; so does that of the trial design, and of the
    committee's rows, of which the last one counts.
    """
    keys = [key for key in keys_of(domain, typed.frame) if key in typed.variables]
    frame = typed.frame
    sure = [key for key in ("USUBJID", f"{domain}SEQ") if key in keys]
    if domain == "ADJUD" or domain in NO_SUBJECT or not keys or bool(frame[sure].isna().any(axis=None)):
        return typed
    codes = [pd.factorize(frame[key], sort=True)[0] for key in keys]
    order = np.lexsort(codes[::-1])
    if bool((order[1:] > order[:-1]).all()):
        return typed
    moved = np.empty(len(order), dtype="int64")
    moved[order] = np.arange(len(order))
    faults = [
        fault.assign(row=pd.array(moved[fault["row"].to_numpy(dtype="int64")], dtype="Int64")) for fault in typed.faults
    ]
    faults = [fault.sort_values("row", kind="stable", ignore_index=True) for fault in faults]
    return Typed(take_rows(frame, order).reset_index(drop=True), typed.variables, faults)


def gather(faults: list[pd.DataFrame]) -> pd.DataFrame:
    """One fault frame (FAULTS) of many."""
    if faults:
        return pd.concat(faults, ignore_index=True)[list(FAULTS)]
    return pd.DataFrame({c: pd.Series(dtype="Int64" if c == "row" else "string") for c in FAULTS})


def to_type(column: pa.ChunkedArray, name: str) -> tuple[pd.Series, pd.DataFrame | None]:
    """One column in the type its name declares, and its faults (expected, row, value) where there are any."""
    form = kind(name)
    text = _text(column)
    if form in _PATTERN:
        return _as_number(column, text, form)
    if form == "date":
        bad, expected = _malformed(text), "an ISO 8601 date"
    elif name in CODES:
        known = pc.is_in(text, value_set=pa.array(CODES[name]))
        bad, expected = _mask(pc.and_(pc.invert(known), pc.is_valid(text))), f"one of {', '.join(CODES[name])}"
    else:
        bad = _mask(pc.fill_null(pc.match_substring_regex(text, _CONTROL), False))
        if bad.any():
            shown = pc.replace_substring_regex(text, _CONTROL, "\ufffd")
            return _series(shown), _faults(shown, bad, "text without control characters")
        return _series(text), None
    if not bad.any():
        return _series(text), None
    return _series(pc.if_else(pa.array(bad), pa.scalar(None, pa.string()), text)), _faults(text, bad, expected)


def _names(file: str, given: list[str]) -> list[str]:
    names = [name.upper() for name in given]
    problems = [f"{file}: column name {name!r} is not a variable name (a letter, then letters, digits or _, at most 32)"
                for name in given if not _NAME.fullmatch(name.upper())]  # fmt: skip
    for name in sorted({name for name in names if names.count(name) > 1}):
        alike = ", ".join(g for g in given if g.upper() == name)
        problems.append(f"{file}: column {name} is there more than once ({alike}); names are read in upper case")
    if problems:
        raise SnapshotRejected(*problems)
    return names


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As text, without padding; empty text is missing. A whole number loses its .0: 3.0 is "3"."""
    text = pc.cast(column, pa.string())
    if pa.types.is_string(column.type):
        text = pc.ascii_rtrim(text, characters=" ")
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return text


def _malformed(text: pa.ChunkedArray) -> np.ndarray:
    bad = _mask(pc.invert(pc.fill_null(pc.match_substring_regex(text, _PLAIN_DATE), True)))
    if bad.any():
        bad[bad] = dates.is_malformed(_series(text.filter(pa.array(bad)))).to_numpy(dtype=bool)
    return bad


def _as_number(column: pa.ChunkedArray, text: pa.ChunkedArray, form: str) -> tuple[pd.Series, pd.DataFrame | None]:
    """Numbers stored as text must be written plainly; all must be finite, and whole where the variable is."""
    number, good = column, pc.is_valid(column)
    if pa.types.is_string(column.type):
        good = pc.or_kleene(pc.match_substring_regex(text, _PATTERN[form]), pc.is_null(text))
        number = pc.if_else(good, text, pa.scalar(None, pa.string()))
    number = pc.cast(number, pa.float64())
    fits = pc.is_finite(number)
    if form == "whole":
        fits = pc.and_(fits, pc.and_(pc.equal(pc.round(number), number), pc.less(pc.abs(number), _WHOLE_LIMIT)))
    bad = _mask(pc.invert(pc.and_(good, pc.fill_null(fits, True)))) & _mask(pc.is_valid(text))
    values = np.where(bad, 0.0, number.fill_null(0.0).to_numpy())
    missing = _mask(pc.is_null(number)) | bad
    expected = "a whole number" if form == "whole" else "a number as 1234.5"
    array = (pd.arrays.IntegerArray(values.astype("int64"), missing) if form == "whole"
             else pd.arrays.FloatingArray(values, missing))  # fmt: skip
    return pd.Series(array, copy=False), _faults(text, bad, expected) if bad.any() else None


def _mask(answer: pa.ChunkedArray) -> np.ndarray:
    return answer.to_numpy().astype(bool)


def _series(text: pa.ChunkedArray) -> pd.Series:
    return pd.Series(_STRING.__from_arrow__(text), copy=False)


def _faults(text: pa.ChunkedArray, bad: np.ndarray, expected: str) -> pd.DataFrame:
    rows = bad.nonzero()[0]
    values = _series(text.filter(pa.array(bad)))
    return pd.DataFrame({"row": pd.array(rows, dtype="Int64"), "value": values}).assign(
        expected=pd.Series([expected] * len(rows), dtype="string")
    )
