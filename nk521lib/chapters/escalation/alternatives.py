"""What each assumption costs: the proposal, and what the design needs from here, under every alternative value.

Each alternative is tried alone on the same snapshot. What a changed value cannot reach is taken over from the answer
that stands: an alternative of the rules needs no new windows, one of the doses needed no new events.
Source: spec escalation.md sections 3 to 5, 7.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nk521lib.chapters.escalation.decide import Escalation, apply_rules
from nk521lib.chapters.escalation.events import Evidence, derive_dlt_events, read_evidence
from nk521lib.chapters.escalation.outlook import present_state, rules_pace
from nk521lib.chapters.escalation.status import derive_dlt_status
from nk521lib.chapters.escalation.window import derive_windows
from nk521lib.cut import Cut
from nk521lib.errors import DesignError
from nk521lib.standards.designs import OperatingCharacteristics, operating_characteristics

PACE, RULES, STATUS, EVENTS, WINDOWS = "pace", "rules", "status", "events", "windows"
REACHES = {
    "dlt_window": WINDOWS, "extend_for_delay": WINDOWS, "full_dose_fraction": WINDOWS, "followup_slack_days": WINDOWS,
    "underdosed_rule": WINDOWS, "tox_missed_doses": EVENTS, "dlt_needs_committee": EVENTS, "dlt_min_doses": STATUS,
    "replace_nonevaluable": STATUS, "mtd_min_n": RULES, "top_confirm6": RULES, "cap_policy": RULES, "cap_basis": RULES,
    "groups_independent": RULES, "sentinel_days": PACE, "next_gap_days": PACE,
}  # fmt: skip
"""The assumptions that can change who counts, what is proposed or how long it takes, and what of the answer they reach
first. The pace changes no proposal."""

_READ_BY_EVENTS = ["USUBJID", "GROUP", "LEVEL", "ADLTSDT", "ADLTEDT", "TRTEDT", "NMISSED", "DEATHIN", "DEATHDT"]
"""Columns of the windows from which events are judged; the others are read by the status alone."""


@dataclass(frozen=True)
class Alternative:
    """One assumption with another value, the cut that carries it, and the chapter's answer under it."""

    name: str
    value: Any
    cut: Cut
    found: Escalation


def under_alternatives(cut: Cut, found: Escalation) -> Iterator[Alternative]:
    """Every alternative of every assumption in `REACHES`, in their order. found : `derive_escalation(cut)`."""
    evidence = read_evidence(cut, found.windows)
    for name, reaches in REACHES.items():
        for value in cut.params.about[name].alternatives:
            other = replace(cut, params=cut.params.having(name, value))
            try:
                yield Alternative(name, value, other, _again(other, found, evidence, reaches))
            except DesignError:
                if cut.params.scenario is None:
                    raise
                # Under this value nobody could be dosed where the scenario imagines subjects: there is no answer.


def _again(cut: Cut, found: Escalation, evidence: Evidence, reaches: str) -> Escalation:
    if reaches == PACE:
        return found
    adsl, windows, events = found.adsl, found.windows, found.events
    if reaches == RULES:
        return apply_rules(cut, adsl, windows, events, found.status, standing=found)
    if reaches == WINDOWS:
        windows = derive_windows(cut, adsl)
    judged_alike = windows[_READ_BY_EVENTS].equals(found.windows[_READ_BY_EVENTS])
    if reaches == EVENTS or not judged_alike:
        events = derive_dlt_events(cut, windows, evidence)
    status = derive_dlt_status(cut, windows, events)
    # A scenario supposes outcomes after the statuses, by its own reading of the value.
    same = cut.params.scenario is None and status.equals(found.status) and events.equals(found.events)
    return replace(found, windows=windows) if same else apply_rules(cut, adsl, windows, events, status)


def costs_from_here(cut: Cut, found: Escalation, group: str) -> OperatingCharacteristics | None:
    """What the rules need from the present state under `pathway_truth`; None where no 3+3 can be walked from it."""
    history = found.groups[group].history
    state, truth = present_state(history), cut.params.escalation.pathway_truth
    if state is None:
        return None
    pace = rules_pace(cut, found, group)
    return operating_characteristics(history.rules, truth, state, cut.params.escalation.group_cap, pace)


def moved(now: Escalation, then: Escalation, group: str) -> bool:
    """Does another value change what is proposed for a group, how sure it is, or what it claims?"""
    before, after = (found.groups[group].recommendation for found in (now, then))
    read = ("decision", "to_level", "possible", "short_by", "claim", "would_be")
    return any(getattr(before, name) != getattr(after, name) for name in read)


def changed_subjects(now: Escalation, then: Escalation, group: str) -> list[tuple[str, str, str]]:
    """Subjects of a group whose status differs: id, status now, status then."""
    if then.status is now.status:
        return []
    before = zip(*(now.status[name].tolist() for name in ("USUBJID", "GROUP", "STATUS")), strict=True)
    after = dict(zip(then.status["USUBJID"].tolist(), then.status["STATUS"].tolist(), strict=True))
    return [(who, was, after[who]) for who, its, was in before if its == group and after[who] != was]
