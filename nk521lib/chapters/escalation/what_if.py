"""What would be proposed if a subject's status were another: the same rules on changed statuses, nothing stored.

Source: spec escalation.md section 9. The snapshot and the record are never touched; `suppose` gives another
`Escalation`, which every table and figure of the chapter can show.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pandas as pd

from nk521lib.chapters.escalation.comparators import compare_designs
from nk521lib.chapters.escalation.course import OPEN
from nk521lib.chapters.escalation.decide import Escalation, decide_groups
from nk521lib.chapters.escalation.history import derive_history
from nk521lib.chapters.escalation.outlook import open_subjects
from nk521lib.chapters.escalation.supposed import change_statuses
from nk521lib.cut import Cut
from nk521lib.errors import DesignError
from nk521lib.standards.designs import recommend
from nk521lib.terms import Decision, DltStatus

FORESEEN = {
    "DECISION": "decision", "TOLEVEL": "to_level", "WOULDBE": "would_be", "SHORTBY": "short_by", "CAP": "cap", "MTD": "mtd",
    "CLAIM": "claim", "HIGHEST": "highest_cleared", "STATE": "state", "N": "n", "M": "m",
}  # fmt: skip
"""What a proposal is put in words from: columns of the dataset and keys of decisions.json."""

GRID = 4
"""Open subjects up to which every outcome is listed: 16 rows."""


def suppose(cut: Cut, found: Escalation, group: str, changes: Mapping[str, DltStatus]) -> Escalation:
    """The chapter's answer with the given subjects' statuses changed, a hold of the record left as it is.

    found : `derive_escalation(cut)`. changes : status per USUBJID.
    Raises DesignError for a subject who is not dosed in this group.
    """
    status, review = found.status, found.groups[group]
    strangers = sorted(set(changes) - set(status.loc[status["GROUP"].eq(group).fillna(False), "USUBJID"]))
    if strangers:
        raise DesignError(f"{', '.join(strangers)}: not dosed in group {group}, so there is no status to change")
    changed = change_statuses(status, changes, cut.params.escalation.replace_nonevaluable)
    history = derive_history(cut, changed, found.committee, found.adsl, group)
    then = recommend(history.levels, history.rules, history.dosed, review.recommendation.hold_because, history.latest)
    advice = compare_designs(history, then.level, cut.params, cut.cutoff)
    supposed = replace(review, history=history, recommendation=then, advice=advice)
    return replace(found, status=changed, groups={**found.groups, group: supposed})


def list_foreseen(cut: Cut, found: Escalation, *groups: str) -> pd.DataFrame:
    """Where a group waits for one subject alone, what either outcome would lead to; no row for any other group.

    GROUP USUBJID, ADT last day of the window (NaT when it is over), ASSUMED the outcome, then the group's entry of
    decisions.json under it: FORESEEN names its columns.
    """
    rows = []
    for group in groups:
        recommendation, waiting = found.groups[group].recommendation, open_subjects(found, group)
        if len(waiting) != 1 or recommendation.unfilled or recommendation.decision is Decision.HOLD:
            continue
        (one,) = waiting
        for end in (DltStatus.CLEAR, DltStatus.DLT):
            entry = decide_groups(cut, suppose(cut, found, group, {one.usubjid: end}))["groups"][group]
            said = {column: entry[key] for column, key in FORESEEN.items()}
            rows.append({"GROUP": group, "USUBJID": one.usubjid, "ADT": one.ends if one.days_left else pd.NaT, "ASSUMED": str(end)} | said)  # fmt: skip
    frame = pd.DataFrame(rows, columns=["GROUP", "USUBJID", "ADT", "ASSUMED", *FORESEEN])
    texts = dict.fromkeys(("GROUP", "USUBJID", "ASSUMED", "DECISION", "WOULDBE", "CLAIM", "STATE"), "string")
    return frame.astype(dict.fromkeys(FORESEEN, "Int64") | texts | {"ADT": "datetime64[s]"})


def outcome_grid(cut: Cut, found: Escalation, group: str) -> list[tuple[dict[str, DltStatus], Escalation]]:
    """Every way the open subjects of a group can end, and what the rules would then say; empty above `GRID` subjects."""
    subjects = found.groups[group].history.subjects
    waiting = subjects.loc[subjects["STATUS"].isin(OPEN), "USUBJID"].tolist()
    if not 0 < len(waiting) <= GRID:
        return []
    ways = product((DltStatus.CLEAR, DltStatus.DLT), repeat=len(waiting))
    outcomes = [dict(zip(waiting, ends, strict=True)) for ends in ways]
    return [(outcome, suppose(cut, found, group, outcome)) for outcome in outcomes]
