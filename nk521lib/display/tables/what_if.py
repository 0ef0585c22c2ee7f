"""What would be proposed if: every outcome of the open subjects."""

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.what_if import outcome_grid
from nk521lib.cut import Cut
from nk521lib.display.proposal import STATUS_WORDS, sentence
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.costs import table_alternatives
from nk521lib.display.words import listed, plural, short_id

__all__ = ["table_alternatives", "table_outcomes"]


def table_outcomes(cut: Cut, found: Escalation) -> Html:
    """Every way the open subjects can end, with the proposal that would follow: the control without a control."""
    rows = []
    for group in found.groups:
        for outcome, supposed in outcome_grid(cut, found, group):
            entry = decide_groups(cut, supposed)["groups"][group]
            ends = listed([f"{short_id(usubjid)} {STATUS_WORDS[status]}" for usubjid, status in outcome.items()])
            rows.append(
                {
                    "Group": group,
                    "If": ends,
                    "then": Cell(sentence(cut.params, entry)),
                    "because": Cell(entry["reason"]),
                }
            )
    return table(
        "outcomes",
        f"{plural(len(rows), 'way', 'ways')} the open subjects can end" if rows else "Outcomes of the open subjects",
        rows,
        note="Groups with more than four open subjects are left out.",
        empty="No group has between one and four open subjects.",
    )
