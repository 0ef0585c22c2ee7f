"""A group's history replayed from the data: who was dosed in what order, which slots were open, what was irregular.

Source: spec rulings.md 3.7, escalation.md section 7.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from nk521lib.chapters.escalation.committee import decisions
from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.standards.designs import (
    Irregularity,
    LevelCounts,
    Opening,
    ThreePlusThree,
    format_history,
    level_state,
    replay,
)
from nk521lib.standards.designs.history import REPLACED
from nk521lib.standards.designs.rules import COHORT, EXPANDED
from nk521lib.standards.designs.three_plus_three import CLEARED
from nk521lib.terms import DltStatus, Outcome

REPLAYED = 120
"""Subjects of one group that are replayed in full; a 3+3 never doses so many, and those beyond are counted."""

_OUTCOME = {DltStatus.DLT: Outcome.DLT, DltStatus.CLEAR: Outcome.NO_DLT}


@dataclass(frozen=True)
class GroupHistory:
    """subjects : rows of addlt in order of first dose, replaced ones too; the position of an irregularity is a row of it.

    levels, latest, irregularities : as `replay` gives them; replaced subjects free their slot and are not counted.
    dosed : subjects that use a place under the cap. notation : as `1NNN 2NNT`, pending as P, replaced left out.
    before : for each subject the notation of those dosed before, with the outcomes as they were known that day.
    """

    group: str
    rules: ThreePlusThree
    subjects: pd.DataFrame
    levels: tuple[LevelCounts, ...]
    latest: int | None
    irregularities: tuple[Irregularity, ...]
    dosed: int
    notation: str
    before: tuple[str, ...]


def rules_of(params: Params) -> ThreePlusThree:
    """The trial's 3+3 as the designs library reads it."""
    rule, trial = params.escalation, params.trial
    return ThreePlusThree(
        levels=len(trial.levels),
        mtd_min_n=rule.mtd_min_n,
        top_confirm6=rule.top_confirm6,
        cap=rule.group_cap,
        cap_policy=rule.cap_policy,
        start_level=trial.start_level,
    )


def derive_history(
    cut: Cut, status: pd.DataFrame, committee: pd.DataFrame, adsl: pd.DataFrame, group: str
) -> GroupHistory:
    """Replay the group's first doses against the rules, with the outcomes as known on each day.

    status : `derive_dlt_status`. committee : `read_committee`. adsl : `derive_subjects`, for the basis of the cap.
    A subject that is not evaluable and not replaced keeps its slot and stays pending for good.
    """
    rules, params = rules_of(cut.params), cut.params
    mine = status[status["GROUP"].eq(group).fillna(False)]
    mine = mine.sort_values(["ADLTSDT", "LEVELCNT", "USUBJID"], kind="stable").reset_index(drop=True)
    outcomes = (
        mine["STATUS"].map(_OUTCOME).fillna(Outcome.PENDING).mask(mine["REPLFL"].notna(), REPLACED).astype("string")
    )
    history = list(zip(mine["LEVELCNT"].astype(int), outcomes, strict=True))
    first = history[:REPLAYED]
    known = _known(mine.head(REPLAYED), outcomes.head(REPLAYED))
    replayed = replay(
        first, rules, known=known,
        openings=_openings(decisions(committee, group), mine["ADLTSDT"], rules.levels), strict=False,
    )  # fmt: skip
    irregular = replayed.irregularities
    if params.escalation.backfill:
        # Backfill doses extra subjects at levels that are cleared: there they break no rule.
        irregular = tuple(i for i in irregular if level_state(replayed.levels[i.level - 1]) not in CLEARED)
    levels, latest = replayed.levels, replayed.latest
    if len(history) > REPLAYED:
        levels, latest = _count(history, replayed.levels), history[-1][0]
        irregular += (
            Irregularity(REPLAYED, history[REPLAYED][0], f"more than {REPLAYED} subjects dosed in one group"),
        )
    at = [level for level, _ in first]
    before = tuple(_written(zip(at, letters, strict=False)) for letters in known)
    places = _places_used(mine, adsl, group, params, levels)
    return GroupHistory(group, rules, mine, levels, latest, irregular, places, _written(first), before)


def _written(history: Iterable[tuple[int, str]]) -> str:
    return format_history([(level, Outcome(letter)) for level, letter in history if letter != REPLACED])


def _known(mine: pd.DataFrame, outcomes: pd.Series) -> list[str]:
    """For each subject, one letter for each one dosed before: its outcome as known on the day of the first dose.

    A DLT is known from the day after its onset, a clear subject from the last day of its window, a replaced one from
    the day its slot was free; until then each of them was pending.
    """
    since, seen = mine["KNOWNDT"].fillna(mine["FREEDT"]), []
    for position, today in enumerate(mine["ADLTSDT"]):
        before, known = outcomes.iloc[:position], since.iloc[:position]
        was_known = (known < today).where(before.eq(Outcome.DLT), known <= today)
        seen.append("".join(before.where(was_known, Outcome.PENDING)))
    return seen


def _openings(rows: pd.DataFrame, dosed_on: pd.Series, levels: int) -> Iterable[Opening]:
    """Slots that the committee opened, in force for subjects dosed after the day of the row."""
    slots = {"OPEN": COHORT, "EXPAND": EXPANDED}
    rows = rows[rows["VALUE"].isin(slots) & rows["LEVEL"].between(1, levels).fillna(False) & rows["LASTDAY"].notna()]
    return [
        Opening(int((dosed_on <= row.LASTDAY).sum()), int(row.LEVEL), slots[row.VALUE]) for row in rows.itertuples()
    ]


def _count(history: list[tuple[int, str]], replayed: tuple[LevelCounts, ...]) -> tuple[LevelCounts, ...]:
    """Counts of a history too long for any 3+3: every level with more than a cohort is taken as expanded."""
    frame = pd.DataFrame(history, columns=["LEVEL", "OUTCOME"])
    counts = []
    for level, known in enumerate(replayed, 1):
        here = frame.loc[frame["LEVEL"].eq(level), "OUTCOME"].value_counts()
        clear, dlt, pending = (int(here.get(outcome, 0)) for outcome in (Outcome.NO_DLT, Outcome.DLT, Outcome.PENDING))
        dosed = clear + dlt + pending
        slots = EXPANDED if dosed > COHORT else COHORT if dosed else 0
        counts.append(LevelCounts(clear + dlt, dlt, pending, max(slots, known.slots)))
    return tuple(counts)


def _places_used(
    mine: pd.DataFrame, adsl: pd.DataFrame, group: str, params: Params, levels: tuple[LevelCounts, ...]
) -> int:
    basis = params.escalation.cap_basis
    if basis == "dosed":
        return len(mine)
    if basis == "enrolled":
        return int((adsl["GROUP"].eq(group) & adsl["ENRLFL"].eq("Y")).fillna(False).sum())
    return sum(counts.dosed for counts in levels)
