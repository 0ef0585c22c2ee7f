"""What each assumption costs: the proposal and what the rules still need, under every alternative that changes either."""

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.alternatives import (
    Alternative,
    changed_subjects,
    costs_from_here,
    moved,
    under_alternatives,
)
from nk521lib.chapters.escalation.counts import count_costs, truth_label
from nk521lib.cut import Cut
from nk521lib.display.foreseen import say_dosing
from nk521lib.display.proposal import NO_LADDER, STATUS_WORDS, with_withheld
from nk521lib.display.say import Html, show_value
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.words import listed, plural, short_id, window

_AS_SET = "as it stands"


def table_alternatives(cut: Cut, found: Escalation) -> Html:
    """Per group the present answer, then every alternative of an assumption that changes it, each tried alone."""
    tried = list(under_alternatives(cut, found)) if found.groups else []
    stands, *proposals = (_proposals(other) for other in (Alternative(_AS_SET, None, cut, found), *tried))
    rows, seen = [], set()
    for group in found.groups:
        now = _row(Alternative(_AS_SET, None, cut, found), group)
        rows.append(
            now
            | {"Proposal": Cell(stands[group]), "Subjects judged otherwise": Cell("as in the record", status="soft")}
        )
        for other, proposed in zip(tried, proposals, strict=True):
            row = _row(other, group)
            changed = changed_subjects(found, other.found, group)
            proposes = proposed[group] != stands[group] or moved(found, other.found, group)
            if not (proposes or changed or _differs(now, row)):
                continue
            seen.add((other.name, _setting(other.value)))
            said = Cell(proposed[group]) if proposes else Cell("the same", status="soft")
            rows.append(row | {"Proposal": said, "Subjects judged otherwise": _judged(changed)})
    silent = [
        f"{other.name} {_setting(other.value)}" for other in tried if (other.name, _setting(other.value)) not in seen
    ]
    truth, cap = truth_label(cut.params.escalation.pathway_truth), cut.params.escalation.group_cap
    note = (f"Each alternative is tried alone, on this snapshot. Figures are exact, from where the group then stands, at assumed true rates of {truth}: "
            f"subjects at the end, the chance to need more than {cap} and that no level is selected (none tolerated, or a stop at the cap before an MTD is known), and the months that windows and spacing take, "
            f"nobody waited for. Without any effect: {listed(silent)}.")  # fmt: skip
    heading = f"{len(seen)} of {plural(len(tried), 'alternative')} would change a proposal, a status or what the rules still need"
    right = ["Mean subjects", f"More than {cap}", "No level selected", "Mean months left"]
    return table("alternatives", heading, rows, note, right, section="Group", empty=NO_LADDER + ".")


def _row(other: Alternative, group: str) -> dict[str, object]:
    value = _AS_SET if other.name == _AS_SET else _setting(other.value)
    numbers = count_costs(costs_from_here(other.cut, other.found, group), group, other.name, value)
    return {
        "Group": f"Group {group}", "Assumption": other.name, "Set to": Cell("nothing changed", status="soft") if other.name == _AS_SET else value, "Proposal": "",
        "Mean subjects": numbers["mean.n"], f"More than {other.cut.params.escalation.group_cap}": numbers["p.over.cap"],
        "No level selected": numbers["p.none"], "Mean months left": numbers["months"],
    }  # fmt: skip


def _setting(value: object) -> str:
    """A value in words; a window as people say it."""
    if isinstance(value, dict) and set(value) == {"anchor", "days"}:
        return window(value["anchor"], value["days"])
    return show_value(value)


def _differs(now: dict[str, object], then: dict[str, object]) -> bool:
    """Do any of the figures differ as they are shown?"""
    return [str(cell) for cell in list(now.values())[4:8]] != [str(cell) for cell in list(then.values())[4:8]]


def _proposals(other: Alternative) -> dict[str, str]:
    """Per group the proposal in one line, and whether it lets somebody be dosed now."""
    entries = decide_groups(other.cut, other.found)["groups"]
    return {
        group: with_withheld(other.cut.params, entries[group]) + say_dosing(other.cut, other.found, group)
        for group in other.found.groups
    }


def _judged(changed: list[tuple[str, str, str]]) -> Cell:
    if not changed:
        return Cell("none", status="soft")
    return Cell(listed(f"{short_id(usubjid)} {STATUS_WORDS[then]}" for usubjid, _, then in changed))
