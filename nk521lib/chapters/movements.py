"""What moved between two cuts of the trial, and the records that moved it: statuses, outcomes, decisions.

Pure on what the chapters derived of each cut. A record moved a subject's answer when it is new, changed or vanished and is one
that the answer is read from; time itself moves a window, and that is said as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nk521lib.chapters.changes import CHANGED, NEW

NOBODY = "not dosed"
_TIMES = {"OS": "death", "PFS": "progression or death", "DOR": "end of response", "PUFS": "puncture or death"}
_READS = {"best response": ("TU", "TR", "RS", "CM"), "OS": ("DM", "DS", "DD", "SS", "AE"), "PFS": ("TU", "TR", "RS", "DM", "DS"),
          "DOR": ("TU", "TR", "RS", "DM", "DS"), "PUFS": ("PR", "DM", "DS")}  # fmt: skip
_ENTRY = ("decision", "level", "n", "x", "m", "state", "to_level", "dosed", "withheld")
_LISTED = 4


@dataclass(frozen=True)
class State:
    """One cut as the chapters read it; a dataset that is not there is an empty frame.

    addlt, adrs, adtte, adsl, adie : the published datasets. decisions : content of decisions.json. cutoff : ISO date.
    """

    name: str
    cutoff: str
    decisions: Mapping[str, Any] | None = None
    addlt: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    adrs: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    adtte: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    adsl: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    adie: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


@dataclass(frozen=True)
class Move:
    """kind : what moved, as `DLT status`. because : the records, or the passing of time, one line each."""

    kind: str
    usubjid: str
    group: str
    old: str
    new: str
    because: tuple[str, ...] = ()


def derive_movements(old: State, new: State, changes: pd.DataFrame | None) -> list[Move]:
    """Subjects first, in the order of the newer cut. changes : `derive_changes`, None where the records are not at hand."""
    by_subject = {} if changes is None else dict(list(changes.groupby("usubjid")))
    nothing = pd.DataFrame({c: [] for c in ("domain", "seq", "key", "column", "old", "new", "kind")}, dtype="string")
    of = lambda usubjid: by_subject.get(usubjid, nothing)
    return [*_statuses(old, new, of), *_responses(old, new, of), *_events(old, new, of), *_eligibility(old, new)]


def decision_moves(old: State, new: State, moves: list[Move]) -> list[Move]:
    """Per group every field of the decision that differs, and the subjects whose status moved it."""
    found = []
    before, after = ((state.decisions or {}).get("groups", {}) for state in (old, new))
    for group in dict.fromkeys([*before, *after]):
        one, two = before.get(group, {}), after.get(group, {})
        because = tuple(
            f"{m.usubjid}: {m.old} to {m.new}" for m in moves if m.kind == "DLT status" and m.group == group
        )
        for name in _ENTRY:
            if one.get(name) != two.get(name):
                found.append(Move(name, "", group, _say(one.get(name)), _say(two.get(name)), because))
    return found


def say_change(row: Mapping[str, Any]) -> str:
    """A row of `derive_changes` in words: `AE 3 AETOXGR: 2 to 3`, `EX 1 is new: NK521, 3, 2026-08-10`."""
    # A committee's row is all key; what it is begins with its item.
    key = str(row["key"]).partition("ITEM ")[2] if row["domain"] == "ADJUD" else row["key"]
    seq = f" {row['seq']}" if pd.notna(row["seq"]) else f" ({key})" if key else ""
    if row["kind"] == CHANGED:
        values = [("nothing" if pd.isna(v) else str(v)) for v in (row["old"], row["new"])]
        return f"{row['domain']}{seq} {row['column']}: {values[0]} to {values[1]}"
    text = row["new"] if row["kind"] == NEW else row["old"]
    word = "is new" if row["kind"] == NEW else "has vanished"
    return f"{row['domain']}{seq} {word}" + (f": {text}" if pd.notna(text) and text else "")


def _eligibility(old: State, new: State) -> Iterator[Move]:
    one, two = (_by(state.adsl, "ELIGSTAT") for state in (old, new))
    effects = [_effects(state.adie) for state in (old, new)]
    for usubjid, status in two.items():
        if one.get(usubjid, "not screened") == status or usubjid not in one:
            continue
        criteria = [
            name for who, name in effects[1] if who == usubjid and effects[0].get((who, name)) != effects[1][who, name]
        ]
        turns: dict[str, list[str]] = {}
        for name in criteria:
            turn = f"{effects[0].get((usubjid, name), 'not asked')} to {effects[1][usubjid, name]}"
            turns.setdefault(turn, []).append(name)
        because = tuple(f"{_few(names)}: {turn}" for turn, names in turns.items())
        yield Move("eligibility", usubjid, _group(new, usubjid), one[usubjid], status, because)


def _few(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= _LISTED else f"{len(names)} criteria, {names[0]} to {names[-1]}"


def _statuses(old: State, new: State, of) -> Iterator[Move]:
    one, two = _rows(old.addlt), _rows(new.addlt)
    for usubjid in dict.fromkeys([*two, *one]):
        before, after = one.get(usubjid), two.get(usubjid)
        said = [NOBODY if row is None else str(row["STATUS"]) for row in (before, after)]
        if said[0] != said[1]:
            group = str((after or before)["GROUP"])
            yield Move("DLT status", usubjid, group, *said, tuple(_why_status(before, after, of(usubjid), old.cutoff)))


def _why_status(before, after, changes: pd.DataFrame, cutoff: str) -> Iterator[str]:
    if before is None:
        yield f"first dose {_iso(after['ADLTSDT'])}, level {after['LEVEL']}"
    read = {
        item
        for row in (before, after)
        if row is not None and pd.notna(row["SRCIDS"])
        for item in row["SRCIDS"].split(";")
    }
    for row in changes.to_dict("records"):
        named = f"{row['domain']}:{row['seq']}" in read and row["domain"] not in ("EX", "DM")
        if named or row["domain"] in ("ADJUD", "SUPPAE"):
            yield say_change(row)
    if after is not None and _iso(after["ADLTEDT"]) > cutoff and after["STATUS"] in ("CLEAR", "NONEVAL"):
        yield f"window ended {_iso(after['ADLTEDT'])}"
    elif (
        before is not None
        and after is not None
        and before["STATUS"] == "PENDING"
        and after["STATUS"] in ("CLEAR", "NONEVAL")
    ):
        yield f"window ended {_iso(after['ADLTEDT'])}, now followed to its end"
    if after is not None and after["STATUS"] not in ("CLEAR", "PENDING") and pd.notna(after["REASON"]):
        yield str(after["REASON"])


def _responses(old: State, new: State, of) -> Iterator[Move]:
    for name, words in (("CBOR", "best response, confirmed"), ("BOR", "best response")):
        one, two = (_by(_param(state.adrs, name), "AVALC") for state in (old, new))
        for usubjid, value in two.items():
            if usubjid in one and one[usubjid] != value:
                because = _grouped(of(usubjid), _READS["best response"])
                yield Move(words, usubjid, _group(new, usubjid), one[usubjid], value, tuple(because))


def _events(old: State, new: State, of) -> Iterator[Move]:
    for name, what in _TIMES.items():
        one, two = (_by(_param(state.adtte, name), "CNSR") for state in (old, new))
        dated = _by(_param(new.adtte, name), "ADT")
        for usubjid, code in two.items():
            before = one.get(usubjid)
            if (before is None and code != "0") or before == code:
                continue
            at = dated[usubjid][:10]
            changes = of(usubjid)
            here = changes[
                changes["domain"].isin(_READS[name]) & changes["new"].str.contains(at, regex=False).fillna(False)
            ]
            because = tuple(_grouped(here, _READS[name])) or (f"on {at}",)
            words = {"0": f"{what} on {at}", "1": "no event", "None": "no date"}
            yield Move(
                name,
                usubjid,
                _group(new, usubjid),
                "no event" if before != "0" else "event",
                words.get(code, code),
                because,
            )


def _grouped(changes: pd.DataFrame, domains: tuple[str, ...]) -> Iterator[str]:
    """New records by day and domain, `2026-08-27: 6 TR, 4 RS`; changed and vanished ones in full, up to a few."""
    mine = changes[changes["domain"].isin(domains)]
    new = mine[mine["kind"].eq(NEW)]
    days = new["new"].str.extract(r"(\d{4}-\d{2}-\d{2})", expand=False).fillna("no day")
    for day, rows in new.groupby(days, sort=True):
        counted = rows["domain"].value_counts(sort=False)
        yield f"{day}: " + ", ".join(f"{n} new {domain}" for domain, n in counted.items())
    others = [say_change(row) for row in mine[mine["kind"].ne(NEW)].to_dict("records")]
    yield from others[:_LISTED]
    if len(others) > _LISTED:
        yield f"and {len(others) - _LISTED} more changed records"


def _rows(frame: pd.DataFrame) -> dict[str, dict]:
    return {} if frame.empty else {row["USUBJID"]: row for row in frame.to_dict("records")}


def _by(frame: pd.DataFrame, column: str) -> dict[str, str]:
    """USUBJID -> value as text; "None" where it is missing. Nothing where the dataset has no such column."""
    if frame.empty or column not in frame:
        return {}
    return {u: "None" if pd.isna(v) else str(v) for u, v in zip(frame["USUBJID"], frame[column], strict=True)}


def _param(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["PARAMCD"].eq(name)] if "PARAMCD" in frame else frame


def _effects(adie: pd.DataFrame) -> dict[tuple[str, str], str]:
    if adie.empty:
        return {}
    return dict(zip(zip(adie["USUBJID"], adie["IETESTCD"], strict=True), adie["EFFECT"], strict=True))


def _group(state: State, usubjid: str) -> str:
    group = _by(state.adsl, "GROUP").get(usubjid, "None")
    return "" if group == "None" else group


def _iso(day) -> str:
    return "no date" if pd.isna(day) else str(day)[:10]


def _say(value: Any) -> str:
    return "none" if value is None else "yes" if value is True else "no" if value is False else str(value)
