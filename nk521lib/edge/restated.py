"""The escalation chapter said again, when the self-check of the run withholds a proposal that the chapter could read.

The chapter ran before the check and says what it found. Its page is rendered from what it would have said had it known:
the same functions, asked once more with the difference as what blocks the group. The notebook of the pack stays as it
ran and says above its first answer that it is in doubt.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import nbformat
import pandas as pd
from nbformat.v4 import new_markdown_cell

from nk521lib.chapters.escalation import Escalation, derive_escalation
from nk521lib.chapters.escalation.standing import list_standing
from nk521lib.cut import Cut
from nk521lib.display.minutes import minutes
from nk521lib.display.say import Html
from nk521lib.display.tables.escalation import say_proposals, table_dosing
from nk521lib.display.tables.escalation_outlook import table_committee

_SAYINGS: tuple[Callable[[Cut, Escalation], Html], ...] = (say_proposals, table_dosing, table_committee, minutes)
"""Everything of the chapter that says what may be done next; the answer first."""
_ANSWER = 'class="headline'


def restate(
    notebook: nbformat.NotebookNode, cut: Cut, newly: Mapping[str, tuple[str, ...]]
) -> tuple[nbformat.NotebookNode, dict[str, pd.DataFrame]]:
    """The notebook with outputs that know of the differences, and the chapter's datasets on how the groups stand.

    newly : what now withholds a group, by group.
    """
    found = derive_escalation(cut)
    groups = {g: replace(r, blocks=(*r.blocks, *newly.get(g, ()))) for g, r in found.groups.items()}
    held = replace(found, groups=groups)
    said = {say(cut, found).html: say(cut, held).html for say in _SAYINGS}
    return _with_outputs(notebook, said, say_proposals(cut, held).html), list_standing(cut, held)


def _with_outputs(notebook: nbformat.NotebookNode, said: Mapping[str, str], answer: str) -> nbformat.NotebookNode:
    """said : new words by old ones. A headline of other words than ours gives way to the answer too."""

    def again(html: str) -> str:
        for old, new in said.items():
            html = html.replace(old, new)
        return answer if _ANSWER in html and answer not in html else html

    changed = nbformat.from_dict(notebook)
    for cell in changed.cells:
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = again("".join(output.data["text/html"]))
    return changed


def newly_withheld(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Why each group is withheld now, of those that the chapter could read. before, after : decisions.json."""
    entries = after["groups"] if after else {}
    return {
        group: tuple(b for b in entry["withheld_because"] if b not in before["groups"][group]["withheld_because"])
        for group, entry in entries.items()
        if entry.get("withheld") and entry["withheld_because"] != before["groups"][group]["withheld_because"]
    }


def in_doubt(notebook: nbformat.NotebookNode, newly: Mapping[str, tuple[str, ...]]) -> nbformat.NotebookNode:
    """The notebook as it ran, with the doubt as its second cell."""
    lines = [f"- Group {group}: {because}" for group, all_of_it in newly.items() for because in all_of_it]
    text = "\n".join(
        ["**In doubt.** A second implementation does not confirm this chapter, which ran before it was asked. "
         "No proposal below is to be read as one.", "", *lines]
    )  # fmt: skip
    marked = nbformat.from_dict(notebook)
    marked.cells.insert(1, new_markdown_cell(text, id="in-doubt"))
    return marked
