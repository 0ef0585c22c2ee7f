"""What can still happen: what each open subject would change, when a decision can be certain, chances of the cap.

Source: spec escalation.md sections 3, 4, 10, rulings.md 3.8.
"""

from dataclasses import dataclass, replace
from itertools import product

import pandas as pd

from nk521lib.chapters.escalation.decide import Escalation
from nk521lib.chapters.escalation.history import GroupHistory
from nk521lib.cut import Cut
from nk521lib.standards.designs import (
    OperatingCharacteristics,
    Pace,
    State,
    if_resolved,
    operating_characteristics,
    possible_decisions,
    prob_total_over,
    state_of,
)
from nk521lib.standards.designs.certainty import IfResolved
from nk521lib.standards.designs.rules import EXPANDED
from nk521lib.terms import Decision, DltStatus

FORESEEN = 6
"""Open subjects up to which every order of outcomes is looked at."""


@dataclass(frozen=True)
class OpenSubject:
    """One subject whose outcome is not known: until when, how many days, and what it would change."""

    usubjid: str
    level: int
    status: str
    reason: str
    ends: pd.Timestamp
    days_left: int
    resolved: IfResolved


def open_subjects(found: Escalation, group: str) -> list[OpenSubject]:
    """The pending and candidate subjects of a group, in order of the end of their windows."""
    history, mine = found.groups[group].history, found.groups[group].history.subjects
    read = ["USUBJID", "LEVELCNT", "STATUS", "REASON", "ADLTEDT", "DAYSLEFT"]
    rows = mine.loc[mine["STATUS"].isin([DltStatus.PENDING, DltStatus.CANDIDATE]), read]
    if rows.empty:
        return []
    rows = rows.sort_values(["ADLTEDT", "USUBJID"])
    per_level = {
        int(level): if_resolved(history.levels, history.rules, int(level), history.latest)
        for level in rows["LEVELCNT"].unique()
    }
    return [
        OpenSubject(
            r.USUBJID, int(r.LEVELCNT), r.STATUS, r.REASON, r.ADLTEDT, int(r.DAYSLEFT), per_level[int(r.LEVELCNT)]
        )
        for r in rows.itertuples()
    ]


def earliest_certain(found: Escalation, group: str, cutoff: pd.Timestamp) -> dict[Decision, pd.Timestamp] | None:
    """The earliest day each decision can become certain; None where that cannot be said.

    A DLT can become known on the day after the cut-off, no DLT on the last day of the window, what waits for a
    contact or for the committee on the day after the cut-off. Not said while slots are undosed, or for more than
    `FORESEEN` open subjects.
    """
    review = found.groups[group]
    subjects, history = open_subjects(found, group), review.history
    if review.recommendation.certain:
        return {review.recommendation.possible[0]: cutoff}
    if review.recommendation.unfilled or len(subjects) > FORESEEN:
        return None
    tomorrow = cutoff + pd.Timedelta(days=1)
    best: dict[Decision, pd.Timestamp] = {}
    for dlts in product((False, True), repeat=len(subjects)):
        days = [tomorrow if dlt or s.days_left == 0 else s.ends for s, dlt in zip(subjects, dlts, strict=True)]
        levels = list(history.levels)
        for day, subject, dlt in sorted(zip(days, subjects, dlts, strict=True), key=lambda item: item[0]):
            counts = levels[subject.level - 1]
            levels[subject.level - 1] = replace(counts, n=counts.n + 1, x=counts.x + dlt, m=counts.m - 1)
            possible = possible_decisions(levels, history.rules, history.latest)
            if len(possible) == 1:
                best[possible[0]] = min(day, best.get(possible[0], day))
                break
    return best


def rules_pace(cut: Cut, found: Escalation | None = None, group: str = "") -> Pace:
    """Days that windows and spacing ask for, and until the group's open windows are over; none are open from the start.

    A window that waits for a later dose runs from that dose's planned day.
    """
    rule, days = cut.params.escalation, cut.params.trial.dose_days
    anchors = {"first_dose": 1, "last_dose_cycle1": cut.params.trial.cycle1_doses, "last_dose": len(days)}
    length = days[anchors[rule.dlt_window.anchor] - 1] - 1 + rule.dlt_window.days
    left = [one.days_left for one in open_subjects(found, group)] if found is not None else []
    return Pace(length, rule.sentinel_days, rule.next_gap_days, max(left, default=0))


@dataclass(frozen=True)
class Chances:
    """Exact behaviour of the design under each truth of `oc_truths`, from the start and from the present state.

    now is None where the present state is none that a 3+3 can be walked from.
    """

    group: str
    start: OperatingCharacteristics
    now: OperatingCharacteristics | None


def present_state(history: GroupHistory) -> State | None:
    """Where a group stands, for walking on; None where more subjects are open at a level than a 3+3 has slots."""
    if max(counts.m for counts in history.levels) > EXPANDED:
        return None
    return state_of(history.levels, history.rules, history.latest, history.dosed)


def derive_chances(cut: Cut, found: Escalation) -> dict[str, Chances]:
    """Operating characteristics of every group, exact; the cap counts only in `p_n_over_cap`."""
    truths, cap = cut.params.escalation.oc_truths, cut.params.escalation.group_cap
    made = {}
    for group, review in found.groups.items():
        history = review.history
        state = present_state(history)
        now = None
        if state is not None:
            now = operating_characteristics(history.rules, truths, state, cap, rules_pace(cut, found, group))
        start = operating_characteristics(history.rules, truths, "", cap, rules_pace(cut))
        made[group] = Chances(group, start, now)
    return made


def chance_of_more_than_planned(cut: Cut, chances: dict[str, Chances]) -> list[float] | None:
    """Per truth, the chance that all groups together dose more than planned; None unless there are two, both walkable."""
    present = [c.now for c in chances.values()]
    if len(present) != 2 or None in present:
        return None
    return prob_total_over(*present, cut.params.trial.planned_subjects).tolist()
