"""Findings on the screen: grouped by what they do, counted, with the key that an answer needs; colour only on a terminal."""

import os
import sys
from typing import TYPE_CHECKING

from nk521lib.cli.shared import printable
from nk521lib.terms import Effect

if TYPE_CHECKING:
    from nk521lib.edge.checked import Checked

_SAYS = {
    Effect.REJECT: ("refuses the snapshot", "31;1"),
    Effect.BLOCK: ("withholds a proposal of its group to dose more until settled or acknowledged", "31;1"),
    Effect.FLAG: ("to look at; changes nothing", "33"),
    Effect.HANDLED: ("read on by a stated rule, or counted", "2"),
}


def show_findings(checked: "Checked") -> None:
    """Print the findings and their count."""
    print(checked.about)
    found = checked.findings
    for effect, (says, colour) in _SAYS.items():
        here = [row for row in found if row["effect"] == effect]
        if not here:
            continue
        print(f"\n{_paint(f'{effect} {len(here)}', colour)}  {says}")
        for row in here:
            place = _place(row)
            message = row["message"].removeprefix(f"{row['domain']}: ") if place else row["message"]
            print(printable(f"  {row['id']}  {place}{message}"))
            print(_paint(printable(f"           {row['key']}"), "2"))
            if row["disposition"]:
                print(printable(f"           {row['disposition']}"))
    counted = [f"{sum(row['effect'] == effect for row in found)} {effect}" for effect in list(_SAYS)[1:]]
    answered = sum(row["disposition"] != "" for row in found)
    tail = f"; {answered} answered, acknowledged or lapsed" if answered else ""
    print(
        f"\n{checked.snapshot_id}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}: {', '.join(counted)}{tail}"
    )


def _place(row: dict[str, str]) -> str:
    """Whose and which record, unless the message begins by saying so."""
    group = f"group {row['group']}" if row["group"] and row["effect"] == Effect.BLOCK else ""
    seq = f"{row['domain']} {row['seq']}" if row["seq"] else ""
    parts = [part for part in (group, row["usubjid"], seq) if part and part not in row["message"]]
    return " ".join(parts) + ": " if parts else ""


def _paint(text: str, colour: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
