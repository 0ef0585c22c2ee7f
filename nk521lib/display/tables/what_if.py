"""What would be proposed if: every outcome of the open subjects, every alternative of an assumption."""

from typing import Any

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.what_if import outcome_grid, under_alternatives
from nk521lib.cut import Cut
from nk521lib.display.proposal import STATUS_WORDS, sentence
from nk521lib.display.say import Html, show_value
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.words import listed, plural, short_id


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


def table_alternatives(cut: Cut, found: Escalation) -> Html:
    """What each assumption costs: the proposals that would change under an alternative that a reader might prefer."""
    now = decide_groups(cut, found)["groups"]
    tried = under_alternatives(cut) if found.groups else []
    changed = [
        (name, value, groups) for name, value, groups in tried if any(_moved(now[g], groups[g]) for g in found.groups)
    ]
    rows = [
        {"Assumption": name, "Instead of": show_value(cut.params.about[name].value), "with": show_value(value)}
        | {f"Group {g}": _said(cut, now[g], groups[g], name, value) for g in found.groups}
        for name, value, groups in changed
    ]
    return table(
        "alternatives",
        f"{len(changed)} of {plural(len(tried), 'alternative')} would change a proposal",
        rows,
        note="Each alternative is tried alone, on this snapshot.",
        empty=f"None of {plural(len(tried), 'alternative')} changes a proposal or its certainty on this snapshot.",
    )


def _moved(now: dict[str, Any], then: dict[str, Any]) -> bool:
    return any(now.get(key) != then.get(key) for key in ("decision", "to_level", "possible", "short_by", "claim"))


def _said(cut: Cut, now: dict[str, Any], then: dict[str, Any], name: str, value: Any) -> Cell:
    if not _moved(now, then):
        return Cell("the same", status="soft")
    return Cell(sentence(cut.params.having(name, value), then))
