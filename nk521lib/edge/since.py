"""What changed since the snapshot before, in the three lines of the front page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pandas as pd

from nk521lib.chapters.cutoff import apply_cutoff
from nk521lib.chapters.escalation import decide_groups, derive_escalation
from nk521lib.chapters.movements import State, decision_moves, derive_movements
from nk521lib.cut import Cut
from nk521lib.display.comparison import three_lines
from nk521lib.display.words import day
from nk521lib.recount.decisions import derive_decisions
from nk521lib.recount.statuses import derive_statuses


def since_previous(cut: Cut, decisions: Mapping[str, Any] | None, addlt: pd.DataFrame | None) -> Sequence[str]:
    """What changed since the snapshot before this one, as the front page says it; nothing when none is compared with.

    The statuses and proposals of the snapshot before come from the second implementation, which has them at once; where it
    does not know how to read a subject, the chapter is asked.
    """
    if cut.compared is None or cut.compared.extract is None or decisions is None:
        return ()
    whole = cut.compared.extract
    frames, audit, known_after = apply_cutoff(whole)
    before = replace(whole, frames=frames, audit=audit, known_after=known_after)
    one = _quickly(before) or _from_chapter(before)
    nothing = pd.DataFrame()
    two = State(cut.manifest.snapshot_id, cut.manifest.cutoff_date, decisions, nothing if addlt is None else addlt)
    moves = derive_movements(one, two, None)
    moved = [
        move for move in decision_moves(one, two, moves) if move.kind != "withheld"
    ]  # findings are not looked for again
    since = f"{whole.manifest.snapshot_id}, data up to {day(whole.manifest.cutoff_date)}"
    return three_lines(since, cut.compared.changes, moves, moved)


def _quickly(before: Cut) -> State | None:
    found = derive_statuses(before)
    groups = derive_decisions(before, found)
    if any(status.status is None for status in found.values()) or any(
        isinstance(entry, str) for entry in groups.values()
    ):
        return None
    names = ("USUBJID", "GROUP", "LEVEL", "STATUS", "REASON", "SRCIDS", "ADLTSDT", "ADLTEDT")
    rows = [
        (s.person.id, s.person.group, s.person.level, str(s.status), pd.NA, pd.NA, s.person.first, pd.NaT)
        for s in found.values()
    ]
    entries = {
        group: {name: str(v) if isinstance(v, StrEnum) else v for name, v in entry.items()}
        for group, entry in groups.items()
    }
    manifest = before.manifest
    return State(
        manifest.snapshot_id, manifest.cutoff_date, {"groups": entries}, pd.DataFrame(rows, columns=list(names))
    )


def _from_chapter(before: Cut) -> State:
    found = derive_escalation(before)
    return State(before.manifest.snapshot_id, before.manifest.cutoff_date, decide_groups(before, found), found.status)
