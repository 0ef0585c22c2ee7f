"""What belongs beside the answer on the first screen: what the open outcome would change, and what the other group saw."""

from collections.abc import Iterable, Mapping

import pandas as pd

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.evidence import seen_elsewhere
from nk521lib.chapters.escalation.spacing import next_dosing
from nk521lib.chapters.escalation.what_if import FORESEEN, list_foreseen
from nk521lib.cut import Cut
from nk521lib.display.proposal import either, level_name, lower, sentence
from nk521lib.display.words import day, listed, plural, short_id
from nk521lib.params import Params
from nk521lib.terms import Decision, DltStatus


def say_foreseen(cut: Cut, found: Escalation, group: str) -> str:
    """What is still possible, in sentences: for one open subject the proposal either outcome would lead to."""
    return say_possible(cut.params, found.groups[group].recommendation.possible, list_foreseen(cut, found, group))


def say_possible(params: Params, possible: Iterable[str], foreseen: pd.DataFrame | None) -> str:
    """The same from the pack. possible : decisions of the group. foreseen : its rows of `list_foreseen`."""
    if foreseen is None or foreseen.empty:
        return f"Still possible, before the cap: {either(possible)}."
    one = foreseen.iloc[0]
    clear, dlt = (_then(params, foreseen[foreseen["ASSUMED"].eq(end)].iloc[0]) for end in (DltStatus.CLEAR, DltStatus.DLT))  # fmt: skip
    by = f" by {day(one['ADT'])}" if pd.notna(one["ADT"]) else ""
    return f"If {short_id(one['USUBJID'])} clears{by}: {clear}. If a DLT: {dlt}."


def _then(params: Params, row: pd.Series) -> str:
    entry = {key: _plain(row[column]) for column, key in FORESEEN.items()}
    return lower(sentence(params, entry))


def _plain(value: object) -> str | int | None:
    """A cell of the dataset as decisions.json has it; whole numbers may come back from a file with a point."""
    return None if pd.isna(value) else value if isinstance(value, str) else int(value)


def say_elsewhere(cut: Cut, found: Escalation, group: str) -> str:
    """DLTs and deaths of the other groups, for the review of this one; empty when there are none. No rule follows."""
    return say_seen(cut.params, group, {other: seen_elsewhere(found, other) for other in found.groups})


def say_seen(params: Params, group: str, seen: Mapping[str, Iterable]) -> str:
    """The same from the pack. seen : by group, rows with USUBJID LEVEL WHAT."""
    said = []
    for other, rows in seen.items():
        events = [f"{short_id(r.USUBJID)} at {level_name(params, int(r.LEVEL))}, {r.WHAT}" for r in rows]
        said += [f"seen in group {other}: {listed(events)}"] if events and other != group else []
    if not said:
        return ""
    decide = " The groups decide independently." if params.escalation.groups_independent else ""
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
