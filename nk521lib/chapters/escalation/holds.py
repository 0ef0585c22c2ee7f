"""Why a group is on hold: events of the hold rules, and the committee's own HOLD or STOP.

Source: spec escalation.md section 7, rulings.md 3.11. Candidates count; a later OPEN, EXPAND or ESCALATE lifts.
"""

import pandas as pd

from nk521lib.chapters.escalation.committee import decisions, held_by_committee, lifted_after
from nk521lib.chapters.escalation.events import CANDIDATE, DLT
from nk521lib.cut import Cut

_D08_KINDS = ("peritonitis", "perforation", "obstruction", "abdominal_pain", "catheter")


def hold_reasons(cut: Cut, events: pd.DataFrame, committee: pd.DataFrame, group: str) -> tuple[str, ...]:
    """The reasons in words, empty when new subjects may be dosed. events : `derive_dlt_events`."""
    rule, rows = cut.params.escalation.hold_rules, decisions(committee, group)
    mine = events[events["GROUP"].eq(group).fillna(False) & events["VERDICT"].isin([DLT, CANDIDATE])]
    adverse = mine[mine["SRC"].eq("AE")]
    found: list[str] = []
    by_committee = held_by_committee(rows)
    if mine.empty:
        return (by_committee,) if by_committee else ()
    if rule.any_d01:
        deaths = adverse[adverse["FATAL"] & adverse["RELATED"] & adverse["ONSET"].fillna(True)]
        found += _when_reached(deaths, 1, "a related fatal event with onset in the window (D01)", rows)
    terms = cut.params.terms
    severe = adverse[
        adverse["PT"].isin([*terms.crs, *terms.icans]) & (adverse["SCALE"] >= rule.crs_icans_grade).fillna(True)
    ]
    what = f"{rule.crs_icans_subjects} subjects with CRS or ICANS grade {rule.crs_icans_grade}"
    found += _when_reached(severe, rule.crs_icans_subjects, what, rows)
    abdominal = adverse[adverse["CLAUSES"].fillna("").str.contains("D08")]
    for kind in _D08_KINDS:
        same = abdominal[abdominal["PT"].isin(getattr(terms, kind))]
        what = f"{rule.same_d08_subjects} subjects with the same abdominal event ({kind.replace('_', ' ')}, D08)"
        found += _when_reached(same, rule.same_d08_subjects, what, rows)
    return (*found, by_committee) if by_committee else tuple(found)


def _when_reached(events: pd.DataFrame, subjects: int, what: str, rows: pd.DataFrame) -> list[str]:
    """The reason, if enough subjects have the event and the committee did not reopen the group after the latest."""
    if events["USUBJID"].nunique() < subjects:
        return []
    # A death is known from its day, anything else from its onset; what has no day is never surely over.
    day = events["ENDHIGH"].where(events["FATAL"]).fillna(events["HIGH"])
    first = day[day.notna()].groupby(events["USUBJID"]).min()
    # The rule is reached, and reached again, with every further subject.
    since = first.max() if day.notna().all() else pd.NaT
    return [] if lifted_after(rows, since) else [what]
