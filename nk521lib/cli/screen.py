"""Findings on the screen: grouped by what they do, counted, with the key that an answer needs; colour only on a terminal."""

import os
import sys
from typing import TYPE_CHECKING

from nk521lib.cli.shared import printable
from nk521lib.terms import Effect

if TYPE_CHECKING:
    import pandas as pd

    from nk521lib.cut import Cut

_SAYS = {
    Effect.REJECT: ("refuses the snapshot", "31;1"),
    Effect.BLOCK: ("withholds the proposal of its group until settled or acknowledged", "31;1"),
    Effect.FLAG: ("to look at; changes nothing", "33"),
    Effect.HANDLED: ("read on by a stated rule, or counted", "2"),
}


def show_findings(cut: "Cut", found: "pd.DataFrame") -> None:
    """Print the findings (findings.COLUMNS, no missing values, `key` the finding's key) and their count."""
    m = cut.manifest
    compared = f"compared with {cut.compared.snapshot_id}" if cut.compared else "not compared with an earlier snapshot"
    print(
        f"{m.snapshot_id} of {m.study}, cut-off {m.cutoff_date}, {'SYNTHETIC' if m.synthetic else 'real data'}, {compared}"
    )
    for effect, (says, colour) in _SAYS.items():
        here = found[found["effect"].eq(effect)]
        if here.empty:
            continue
        print(f"\n{_paint(f'{effect} {len(here)}', colour)}  {says}")
        for row in here.to_dict("records"):
            place = _place(row)
            message = row["message"].removeprefix(f"{row['domain']}: ") if place else row["message"]
            print(printable(f"  {row['id']}  {place}{message}"))
            print(_paint(printable(f"           {row['key']}"), "2"))
            if row["disposition"]:
                print(printable(f"           {row['disposition']}"))
    counted = [f"{int(found['effect'].eq(effect).sum())} {effect}" for effect in list(_SAYS)[1:]]
    answered = int(found["disposition"].ne("").sum())
    tail = f"; {answered} answered, acknowledged or lapsed" if answered else ""
    print(
        f"\n{m.snapshot_id}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}: {', '.join(counted)}{tail}"
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
