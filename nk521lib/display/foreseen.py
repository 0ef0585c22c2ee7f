"""What belongs beside the answer on the first screen: what the open outcome would change, and what the other group saw."""

from collections.abc import Mapping

import pandas as pd

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.evidence import seen_elsewhere
from nk521lib.chapters.escalation.outlook import open_subjects
from nk521lib.chapters.escalation.spacing import next_dosing
from nk521lib.chapters.escalation.what_if import suppose
from nk521lib.cut import Cut
from nk521lib.display.proposal import either, level_name, sentence
from nk521lib.display.words import day, listed, plural, short_id
from nk521lib.terms import Decision, DltStatus


def say_foreseen(cut: Cut, found: Escalation, group: str) -> str:
    """What is still possible, in sentences: for one open subject the proposal either outcome would lead to."""
    review = found.groups[group]
    waiting, recommendation = open_subjects(found, group), review.recommendation
    if len(waiting) != 1 or recommendation.unfilled or recommendation.decision is Decision.HOLD:
        return f"Still possible, before the cap: {either(recommendation.possible)}."
    (one,) = waiting
    clear, dlt = (_then(cut, found, group, one.usubjid, end) for end in (DltStatus.CLEAR, DltStatus.DLT))
    by = f" by {day(one.ends)}" if one.days_left else ""
    return f"If {short_id(one.usubjid)} clears{by}: {clear}. If a DLT: {dlt}."


def _then(cut: Cut, found: Escalation, group: str, usubjid: str, end: DltStatus) -> str:
    entry = decide_groups(cut, suppose(cut, found, group, {usubjid: end}))["groups"][group]
    said = sentence(cut.params, entry)
    return said[0].lower() + said[1:]


def say_elsewhere(cut: Cut, found: Escalation, group: str) -> str:
    """DLTs and deaths of the other groups, for the review of this one; empty when there are none. No rule follows."""
    said = []
    for other in found.groups:
        rows = seen_elsewhere(found, other) if other != group else ()
        events = [f"{short_id(r.USUBJID)} at {level_name(cut.params, int(r.LEVEL))}, {r.WHAT}" for r in rows]
        said += [f"seen in group {other}: {listed(events)}"] if events else []
    if not said:
        return ""
    decide = " The groups decide independently." if cut.params.escalation.groups_independent else ""
    return f"For the review of group {group}, {'; '.join(said)}.{decide}"


def say_dosing(cut: Cut, found: Escalation, group: str) -> str:
    """What follows a proposal in one line: how many may be dosed on it and from when; empty where it says so itself."""
    review = found.groups[group]
    said = next_dosing(cut, found.status, group, review.recommendation, review.withheld)
    if not said["may"]:
        return "; nobody new may be dosed" if review.recommendation.decision is Decision.WAIT else ""
    later = pd.notna(said["day"]) and said["day"] > cut.cutoff
    return f"; {plural(said['places'], 'new subject')}" + (f", not before {day(said['day'])}" if later else "")


def say_from_when(cut: Cut, dosing: Mapping) -> str:
    """From which day the next subject may be dosed. dosing : the answer of `next_dosing`."""
    if not dosing["may"]:
        return "not now"
    if pd.isna(dosing["day"]):
        return "the committee's decision"
    kept = dosing["day"] <= cut.cutoff
    return f"no waiting, spacing kept since {day(dosing['day'])}" if kept else day(dosing["day"])
