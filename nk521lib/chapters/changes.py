"""What differs between two extracts of one study: records new, changed and vanished, with the old and the new value.

Records are found again by their key (rulings.md section 7). A record whose every value but --SEQ is the same is the same
record: extracts often number anew. Values that SUPP-- brought to their parent are compared there, once.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nk521lib.cut import Cut
from nk521lib.schemas import DOMAINS, SUPP_KEY

NEW, CHANGED, VANISHED = "new", "changed", "vanished"
COLUMNS = ("domain", "usubjid", "seq", "key", "column", "old", "new", "kind", "old_row", "new_row")

_SEPARATOR, _NOTHING = "\x1f", "\x1e"
_TOPICS = ("TESTCD", "DECOD", "TRT", "TERM", "OBJ")
_RESULTS = ("ORRES", "TOXGR", "DOSE", "VAL")
_DATES = ("STDTC", "DTC")


def derive_changes(old: Cut, new: Cut) -> pd.DataFrame:
    """One row per difference, by domain (a table's SUPP-- after it), subject, record and column.

    old, new : two cuts, or two studies as extracted, of one trial; nothing is changed in them. Columns, all text but the last two:

    domain : the table's code. usubjid : NA in trial design tables. seq : --SEQ in the new extract, in the old one where the record
    vanished; NA where the domain has none. key : the record's key but USUBJID, as `AESEQ 3` or `VISITNUM 2, SVSTDTC 2026-08-03`.
    column : the variable that changed; NA for a whole record. old, new : the values as text, NA for missing; of a whole
    record that vanished (is new) the old (new) text describes it, as `Pyrexia, 2026-08-04`.
    kind : `new` or `vanished` for a whole record, `changed` for one value of it (also from or to missing). A variable that only one of
    the extracts has is one row with its column and an empty key, `new` or `vanished`.
    old_row, new_row : Int64 positions of the record in old.frames[domain] and new.frames[domain], NA where it is not there.
    """
    order = list(DOMAINS)
    found = sorted(
        {*old.frames, *new.frames},
        key=lambda d: (order.index(p) if (p := d.removeprefix("SUPP")) in order else len(order), d),
    )
    parts = [part for domain in found for part in _of_domain(domain, old, new)]
    types = {c: "Int64" if c.endswith("_row") else "string" for c in COLUMNS}
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype=t) for c, t in types.items()})
    return pd.concat([part.reindex(columns=list(COLUMNS)).astype(types) for part in parts], ignore_index=True)


def keys_of(domain: str, frame: pd.DataFrame) -> tuple[str, ...]:
    """The variables that tell the records of a domain apart (rulings.md section 7)."""
    if domain.startswith("SUPP"):
        return SUPP_KEY
    if domain == "ADJUD":
        return tuple(frame.columns)
    if domain in DOMAINS:
        return DOMAINS[domain].key
    return ("USUBJID", f"{domain}SEQ") if f"{domain}SEQ" in frame else ()


def describe(domain: str, frame: pd.DataFrame) -> list[str]:
    """Each record in a few words: what it is about, its result, its day."""
    found = [
        next((f"{domain}{e}" for e in endings if f"{domain}{e}" in frame), None)
        for endings in (_TOPICS, _RESULTS, _DATES)
    ]
    columns = [_texts(frame[name]) for name in found if name is not None]
    return (
        [", ".join(value for value in row if value) for row in zip(*columns, strict=True)]
        if columns
        else [""] * len(frame)
    )


def _of_domain(domain: str, old: Cut, new: Cut) -> Iterator[pd.DataFrame]:
    before, after = (_own_rows(domain, cut) for cut in (old, new))
    # a qualifier that nobody has yet is a value not given, no missing variable
    joined = frozenset(DOMAINS[domain].supplements) if domain in DOMAINS else frozenset()
    had, has = (cut.variables.get(domain, frozenset()) | joined for cut in (old, new))
    if domain in old.frames and domain in new.frames:
        for names, kind in ((sorted(had - has), VANISHED), (sorted(has - had), NEW)):
            if names:
                yield pd.DataFrame({"column": names, "key": "", "kind": kind}).assign(domain=domain)
    common = [name for name in after.columns if name in had and name in has and name in before]
    if before[common].equals(after[common]):
        return
    keys = keys_of(domain, after)
    left, right, alike = match_records(domain, before, after, keys, common)
    differs = _differ(before.iloc[left[alike:]], after.iloc[right[alike:]], common)
    differs[:, [name == f"{domain}SEQ" for name in common]] = False  # a number given anew changes nothing
    touched = differs.any(axis=1)
    differs, one, two = differs[touched], before.iloc[left[alike:][touched]], after.iloc[right[alike:][touched]]
    rows, changes = _rows(domain, two, keys), []
    for position in np.flatnonzero(differs.any(axis=0)):
        here, name = differs[:, position], common[position]
        text = {"old": _text(one.loc[here, name]).array, "new": _text(two.loc[here, name]).array}
        changes.append(rows[here].assign(column=name, kind=CHANGED, **text, _at=position,
                                         old_row=one.index[here], new_row=two.index[here]))  # fmt: skip
    gone, come = before.iloc[_others(len(before), left)], after.iloc[_others(len(after), right)]
    if len(gone):
        said = describe(domain, gone)
        changes.append(_rows(domain, gone, keys).assign(old=said, kind=VANISHED, old_row=gone.index, _at=-1))
    if len(come):
        said = describe(domain, come)
        changes.append(_rows(domain, come, keys).assign(new=said, kind=NEW, new_row=come.index, _at=-1))
    if changes:
        found = pd.concat(changes)
        found["_n"] = pd.to_numeric(found["seq"]).astype("Float64")
        yield found.sort_values(["usubjid", "_n", "key", "kind", "_at"], kind="stable", na_position="first")


def _own_rows(domain: str, cut: Cut) -> pd.DataFrame:
    """The domain's frame with positions as index, without the supplements that the parent's own columns show."""
    frame = cut[domain] if domain in cut.frames or domain in DOMAINS else pd.DataFrame()
    frame = frame.reset_index(drop=True)
    parent = domain.removeprefix("SUPP")
    if parent == domain or frame.empty:
        return frame
    shown = set(DOMAINS[parent].supplements) & cut.variables.get(parent, frozenset()) if parent in DOMAINS else set()
    return frame[~frame["QNAM"].isin(list(shown)).astype(bool)]


Pairs = tuple[np.ndarray, np.ndarray]
"""Positions by iloc in the old and in the new frame, each at most once."""


def match_records(
    domain: str, old: pd.DataFrame, new: pd.DataFrame, keys: Sequence[str], common: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, int]:
    """The records found in both frames, as `Pairs`, and how many of them, the first ones, have the same value everywhere."""
    left, right = _alike(old, new, common)
    alike = len(left)
    content = [name for name in common if name != f"{domain}SEQ"]
    for names, guarded in ((content, False), ([key for key in keys if key in common], True)):
        rest, others = _others(len(old), left), _others(len(new), right)
        if not len(rest) or not len(others):
            break  # one side has nothing left to find
        ours, theirs = _pair(old.iloc[rest], new.iloc[others], names)
        ours, theirs = rest[ours], others[theirs]
        if guarded and len(ours):
            same = ~_about_something_else(domain, old.iloc[ours], new.iloc[theirs])
            ours, theirs = ours[same], theirs[same]
        left, right = np.r_[left, ours], np.r_[right, theirs]
    return left, right, alike


def _alike(old: pd.DataFrame, new: pd.DataFrame, common: Sequence[str]) -> Pairs:
    """Records with the same value everywhere, missing and missing alike: nearly all, so it must be quick."""
    if old.empty or new.empty or not common:
        return _joined([], [])
    sides = []
    for frame in (old, new):
        columns = pa.Table.from_pandas(frame[list(common)], preserve_index=False).columns
        text = pc.binary_join_element_wise(*(pc.cast(c, pa.large_string()) for c in columns), pa.scalar(_SEPARATOR, pa.large_string()),
                                           null_handling="replace", null_replacement=_NOTHING)  # fmt: skip
        sides.append(text.to_numpy())
    return _joined(*sides)


def _pair(old: pd.DataFrame, new: pd.DataFrame, names: Sequence[str]) -> Pairs:
    """Records with the same values in `names`; the nth of several alike is the nth."""
    if old.empty or new.empty or not names:
        return _joined([], [])
    texts = lambda frame: zip(*(_texts(frame[name]) for name in names), strict=True)
    return _joined(*([_SEPARATOR.join(value or "" for value in row) for row in texts(frame)] for frame in (old, new)))


def _joined(old: Sequence[str], new: Sequence[str]) -> Pairs:
    """Positions of equal texts, in the order of `old`; the nth of several equal ones is the nth."""
    codes = pd.factorize(np.array([*old, *new], dtype=object))[0]
    nth = [_nth(side) for side in (codes[: len(old)], codes[len(old) :])]
    each = np.r_[nth[0], nth[1]] * (len(codes) + 1) + codes
    _, left, right = np.intersect1d(each[: len(old)], each[len(old) :], assume_unique=True, return_indices=True)
    order = np.argsort(left)
    return left[order], right[order]


def _nth(codes: np.ndarray) -> np.ndarray:
    """How many of the same code come before."""
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    counted = np.arange(len(codes)) - np.repeat(begins, np.diff(begins, append=len(codes)))
    nth = np.empty(len(codes), dtype="int64")
    nth[order] = counted
    return nth


def _others(size: int, taken: np.ndarray) -> np.ndarray:
    """The positions that are not taken."""
    free = np.ones(size, dtype=bool)
    free[taken] = False
    return np.flatnonzero(free)


def _about_something_else(domain: str, old: pd.DataFrame, new: pd.DataFrame):
    """Records that share a number but neither topic nor day: the number was given anew, they are two records."""
    other = []
    for endings in (_TOPICS, _DATES):
        name = next((f"{domain}{e}" for e in endings if f"{domain}{e}" in old and f"{domain}{e}" in new), None)
        if name is None:
            return pd.Series(False, index=range(len(old))).to_numpy()
        other.append(name)
    return _differ(old, new, other).all(axis=1)


def _rows(domain: str, frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    own, nothing = f"{domain}SEQ", pd.Series(pd.NA, index=frame.index, dtype="string")
    names = [name for name in keys if name not in ("USUBJID", "RDOMAIN") and name in frame]
    texts = zip(*(_texts(frame[name]) for name in names), strict=True) if names else [()] * len(frame)
    said = [
        ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True) if value is not None)
        for row in texts
    ]
    return pd.DataFrame({
        "domain": domain, "usubjid": frame.get("USUBJID", nothing), "seq": _text(frame[own]) if own in frame else nothing,
        "key": pd.Series(said, index=frame.index, dtype="string"),
    })  # fmt: skip


def _differ(one: pd.DataFrame, two: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Where the values of two frames of records, one under the other, are not the same; missing and missing are.

    bool, one row a record and one column a name.
    """
    left, right = (frame[list(names)].to_numpy(dtype=object, na_value=None) for frame in (one, two))
    return (left != right).astype(bool)


def _text(values: pd.Series) -> pd.Series:
    text = values.astype("string")
    return text.str.removesuffix(".0") if values.dtype == "Float64" else text


def _texts(values: pd.Series) -> np.ndarray:
    """The same as plain text, None for missing."""
    return _text(values).to_numpy(object, na_value=None)
