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


def describe(domain: str, frame: pd.DataFrame) -> pd.Series:
    """Each record in a few words: what it is about, its result, its day."""
    said = pd.Series("", index=frame.index, dtype="string")
    for endings in (_TOPICS, _RESULTS, _DATES):
        name = next((f"{domain}{e}" for e in endings if f"{domain}{e}" in frame), None)
        if name is not None:
            value = _text(frame[name])
            said = said.str.cat(value.fillna(""), sep=", ").str.removeprefix(", ").str.removesuffix(", ")
    return said


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
    pairs = match_records(domain, before, after, keys, common)
    both = pairs.dropna()
    one, two = before.iloc[both["OLD"].to_numpy(dtype=int)], after.iloc[both["NEW"].to_numpy(dtype=int)]
    differs = _differ(one, two, common)
    changes = []
    for position, name in enumerate(common):
        here = differs[:, position]
        if name != f"{domain}SEQ" and here.any():  # a number given anew changes nothing
            text = {"old": _text(one.loc[here, name]).array, "new": _text(two.loc[here, name]).array}
            changes.append(_rows(domain, two[here], keys).assign(column=name, kind=CHANGED, **text, _at=position,
                                 old_row=one.index[here], new_row=two.index[here]))  # fmt: skip
    gone = before.iloc[pairs.loc[pairs["NEW"].isna(), "OLD"].to_numpy(dtype=int)]
    come = after.iloc[pairs.loc[pairs["OLD"].isna(), "NEW"].to_numpy(dtype=int)]
    changes += [
        _rows(domain, gone, keys).assign(old=describe(domain, gone).array, kind=VANISHED, old_row=gone.index, _at=-1),
        _rows(domain, come, keys).assign(new=describe(domain, come).array, kind=NEW, new_row=come.index, _at=-1),
    ]
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


def match_records(
    domain: str, old: pd.DataFrame, new: pd.DataFrame, keys: Sequence[str], common: Sequence[str]
) -> pd.DataFrame:
    """Which record of `new` each record of `old` is: OLD and NEW, Int64 positions by iloc, each once; NA where there is none."""
    keys = [key for key in keys if key in common]
    settled = [_alike(old, new, common)]
    content = [name for name in common if name != f"{domain}SEQ"]
    for names, guarded in ((content, False), (keys, True)):
        if min(len(old), len(new)) == sum(map(len, settled)):
            break  # one side has nothing left to find
        left, right = (_rest(frame, settled, side) for frame, side in ((old, "OLD"), (new, "NEW")))
        again = _pair(old.iloc[left], new.iloc[right], names)
        again = pd.DataFrame({"OLD": left[again["OLD"].to_numpy()], "NEW": right[again["NEW"].to_numpy()]})
        if guarded and len(again):
            again = again[~_about_something_else(domain, old.iloc[again["OLD"]], new.iloc[again["NEW"]])]
        settled.append(again)
    left, right = (_rest(frame, settled, side) for frame, side in ((old, "OLD"), (new, "NEW")))
    found = [*settled, pd.DataFrame({"OLD": left}), pd.DataFrame({"NEW": right})]
    return pd.concat([one.reindex(columns=["OLD", "NEW"]).astype("Int64") for one in found], ignore_index=True)


def _alike(old: pd.DataFrame, new: pd.DataFrame, common: Sequence[str]) -> pd.DataFrame:
    """Positions of the records with the same value everywhere, missing and missing alike: nearly all, so it must be quick."""
    if old.empty or new.empty or not common:
        return pd.DataFrame({"OLD": [], "NEW": []}, dtype="int64")
    sides = []
    for side, frame in (("OLD", old), ("NEW", new)):
        columns = pa.Table.from_pandas(frame[list(common)], preserve_index=False).columns
        text = pc.binary_join_element_wise(*(pc.cast(c, pa.large_string()) for c in columns), pa.scalar(_SEPARATOR, pa.large_string()),
                                           null_handling="replace", null_replacement=_NOTHING)  # fmt: skip
        sides.append(_numbered(text.to_pandas(), side))
    return _joined(*sides)


def _pair(old: pd.DataFrame, new: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Positions of records with the same values in `names`; the nth of several alike is the nth."""
    if old.empty or new.empty or not names:
        return pd.DataFrame({"OLD": [], "NEW": []}, dtype="int64")
    sides = []
    for side, frame in (("OLD", old), ("NEW", new)):
        text = _text(frame[names[0]]).fillna("")
        for name in names[1:]:
            text = text + _SEPARATOR + _text(frame[name]).fillna("")
        sides.append(_numbered(text.reset_index(drop=True), side))
    return _joined(*sides)


def _numbered(text: pd.Series, side: str) -> pd.DataFrame:
    return pd.DataFrame({"TEXT": text, "NTH": text.groupby(text).cumcount(), side: range(len(text))})


def _joined(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return old.merge(new, on=["TEXT", "NTH"], validate="one_to_one")[["OLD", "NEW"]]


def _rest(frame: pd.DataFrame, settled: Sequence[pd.DataFrame], side: str):
    taken = pd.Index(pd.concat([pairs[side] for pairs in settled]).astype("int64"))
    return pd.RangeIndex(len(frame)).difference(taken).to_numpy()


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
    own = f"{domain}SEQ"
    key = pd.Series("", index=frame.index, dtype="string")
    for name in keys:
        if name not in ("USUBJID", "RDOMAIN") and name in frame:
            value = _text(frame[name])
            key = key.mask(value.notna(), key + ", " + name + " " + value.fillna(""))
    nothing = pd.Series(pd.NA, index=frame.index, dtype="string")
    return pd.DataFrame({
        "domain": domain, "usubjid": frame.get("USUBJID", nothing), "seq": _text(frame[own]) if own in frame else nothing,
        "key": key.str.removeprefix(", "),
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
