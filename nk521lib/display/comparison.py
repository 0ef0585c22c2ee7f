"""A comparison of two cuts in words: lines for a terminal, a mapping for JSON, three lines for the front page."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pandas as pd

from nk521lib.chapters.changes import CHANGED, NEW, VANISHED
from nk521lib.chapters.movements import NOBODY, Move, State, say_change
from nk521lib.display.words import day, listed, plural

NOT_HERE = "The packs hold no source records; compare the snapshots to see which records changed."
FIELDS = {"decision": "decision", "level": "level in play", "n": "evaluable at the level in play", "x": "with a DLT", "m": "open", "state": "state of the level",
          "to_level": "goes to level", "dosed": "dosed", "withheld": "withheld"}  # fmt: skip


class Compared(Protocol):
    old: State
    new: State
    heads: tuple[str, ...]
    changes: pd.DataFrame | None
    moves: tuple[Move, ...]
    decisions: tuple[Move, ...]
    headlines: list[tuple[str, list[tuple[str, str]]]]


def count_changes(changes: pd.DataFrame) -> dict[str, int]:
    """Records new and vanished, values changed, records with a changed value."""
    whole = changes["column"].isna()
    edited = changes[changes["kind"].eq(CHANGED)]
    return {
        "new": int((changes["kind"].eq(NEW) & whole).sum()), "vanished": int((changes["kind"].eq(VANISHED) & whole).sum()),
        "values": len(edited), "changed": len(edited.drop_duplicates(["domain", "usubjid", "key"])),
    }  # fmt: skip


def say_counts(changes: pd.DataFrame) -> str:
    """`812 records new, 2 changed, none vanished`."""
    n = count_changes(changes)
    return f"{plural(n['new'], 'record')} new, {n['changed'] or 'none'} changed, {n['vanished'] or 'none'} vanished"


def by_domain(changes: pd.DataFrame) -> list[tuple[str, int, int, int]]:
    """Domain, records new, values changed, records vanished."""
    rows = []
    for domain, mine in changes.groupby("domain", sort=False):
        n = count_changes(mine)
        if n["new"] or n["values"] or n["vanished"]:
            rows.append((str(domain), n["new"], n["values"], n["vanished"]))
    return rows


def edited(changes: pd.DataFrame) -> list[tuple[str, str]]:
    """Who and what of every changed value and vanished record, and of every variable that came or went."""
    rows = changes[changes["kind"].ne(NEW) | changes["column"].notna()]
    return [("" if pd.isna(row["usubjid"]) else str(row["usubjid"]), _column(row)) for row in rows.to_dict("records")]


def as_lines(found: Compared) -> Iterator[str]:
    """Text for a terminal."""
    yield f"{_named(found.old)} to {_named(found.new)}"
    yield ""
    yield "Decisions"
    yield from _indented(
        [f"{group}: " + "; ".join(changes) for group, changes, _ in decision_lines(found.decisions)] or ["unchanged"]
    )
    for group, _, because in decision_lines(found.decisions):
        yield from _indented([f"  {group} because {line}" for line in because])
    yield ""
    yield f"Subjects ({plural(len(found.moves), 'answer')} moved)"
    for move in found.moves:
        yield from _indented([f"{move.usubjid} {move.kind}: {move.old} to {move.new}"])
        yield from _indented([f"  {line}" for line in move.because])
    yield ""
    yield f"Headline numbers ({' | '.join(found.heads)})"
    for name, values in found.headlines:
        yield from _indented([f"{name}: " + " | ".join(a if a == b else f"{a} to {b}" for a, b in values)])
    yield ""
    if found.changes is None:
        yield NOT_HERE
        return
    yield f"Records: {say_counts(found.changes)}"
    yield from _indented([f"{domain}: {new} new, {plural(values, 'value')} changed, {gone} vanished" for domain, new, values, gone in by_domain(found.changes)])  # fmt: skip
    yield from _indented([f"{who} {what}".strip() for who, what in edited(found.changes)])


def as_json(found: Compared) -> dict[str, Any]:
    """Everything, records in full."""
    move = lambda m: {"kind": m.kind, "usubjid": m.usubjid or None, "group": m.group or None, "old": m.old, "new": m.new, "because": list(m.because)}  # fmt: skip
    names = ["domain", "usubjid", "seq", "key", "column", "old", "new", "kind"]
    records = None
    if found.changes is not None:
        frame = found.changes[names].astype(object)
        records = frame.where(frame.notna(), None).to_dict("records")
    return {
        "old": {"snapshot_id": found.old.name, "cutoff_date": found.old.cutoff}, "new": {"snapshot_id": found.new.name, "cutoff_date": found.new.cutoff},
        "decisions": [move(m) for m in found.decisions], "subjects": [move(m) for m in found.moves],
        "headlines": [{"name": name, "values": [{"column": head, "old": a, "new": b} for head, (a, b) in zip(found.heads, values, strict=True)]}
                      for name, values in found.headlines],
        "counts": None if found.changes is None else count_changes(found.changes), "records": records,
    }  # fmt: skip


def decision_lines(moves: Sequence[Move]) -> list[tuple[str, list[str], tuple[str, ...]]]:
    """Group, what changed in its decision, and the subjects behind it."""
    groups = list(dict.fromkeys(move.group for move in moves))
    return [
        (group, [f"{FIELDS[m.kind]} {m.old} to {m.new}" for m in moves if m.group == group],
         next(m.because for m in moves if m.group == group))
        for group in groups
    ]  # fmt: skip


def three_lines(since: str, changes: pd.DataFrame, moves: Sequence[Move], decisions: Sequence[Move]) -> list[str]:
    """What changed since the snapshot before, for the front page: records, subjects, decisions."""
    statuses = [move for move in moves if move.kind == "DLT status"]
    dosed = [m.usubjid.rpartition("-")[2] for m in statuses if m.old == NOBODY]
    moved = [f"{m.usubjid.rpartition('-')[2]} {m.old} to {m.new}" for m in statuses if m.old != NOBODY]
    parts = [f"newly dosed {listed(dosed)}"] if dosed else []
    parts += [f"DLT status {', '.join(moved)}"] if moved else []
    said = [
        _shortly(group, [m for m in decisions if m.group == group])
        for group in dict.fromkeys(m.group for m in decisions)
    ]
    return [
        f"Since {since}: {say_counts(changes)}.",
        f"Subjects: {'; '.join(parts)}." if parts else "Subjects: nobody newly dosed, no DLT status moved.",
        f"Decisions: {'; '.join(said)}." if said else "Decisions: as before.",
    ]


def _shortly(group: str, moves: Sequence[Move]) -> str:
    """`A WAIT to ESCALATE`, or which counts moved under the same decision."""
    decision = next((m for m in moves if m.kind == "decision"), None)
    if decision:
        return f"{group} {decision.old} to {decision.new}"
    return f"{group} as before, " + ", ".join(f"{FIELDS[m.kind]} from {m.old} to {m.new}" for m in moves)


def _column(row) -> str:
    if not row["key"] and pd.notna(row["column"]) and row["kind"] != CHANGED:
        return f"{row['domain']} {row['column']}: the variable {'is new' if row['kind'] == NEW else 'has vanished'}"
    return say_change(row)


def _named(state: State) -> str:
    return f"{state.name} (data up to {day(state.cutoff)})"


def _indented(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"
