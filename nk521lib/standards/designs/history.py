"""A history replayed under the 3+3: which slots the rules had opened, and what they could not have produced.

Source: rulings.md 3.7. The cap plays no part: a committee may amend it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nk521lib.errors import DesignError
from nk521lib.standards.designs.notation import parse_history
from nk521lib.standards.designs.recommendation import Recommendation, recommend
from nk521lib.standards.designs.rules import COHORT, EXPANDED, ThreePlusThree
from nk521lib.standards.designs.three_plus_three import LevelCounts, level_state, propose
from nk521lib.terms import LevelState, Outcome

REPLACED = "-"
"""Outcome, in a history to replay, of a dosed subject who was replaced: the slot is free, the subject not counted."""


@dataclass(frozen=True)
class Opening:
    """Slots that a committee opened: at `level`, in force for subjects from `position` (0 = the first) on."""

    position: int
    level: int
    slots: int


@dataclass(frozen=True)
class Irregularity:
    """A subject whom the rules would not have dosed there. position counts from 0; rule says what was broken."""

    position: int
    level: int
    rule: str


@dataclass(frozen=True)
class Replay:
    """Counts and slots per level, level of the latest first dose (None before the first), what was irregular.

    dosed : subjects in the history, replaced ones included.
    """

    levels: tuple[LevelCounts, ...]
    latest: int | None
    dosed: int
    irregularities: tuple[Irregularity, ...] = ()


def replay(
    history: Iterable[tuple[int, str]],
    rules: ThreePlusThree,
    *,
    known: Sequence[str] | None = None,
    openings: Iterable[Opening] = (),
    strict: bool = True,
) -> Replay:
    """Slots per level by replaying each first dose against the rules.

    history  : (level, outcome) per subject in the order of first dose; N, T, P as known now, - for replaced.
    known    : per subject, one letter for each subject before: the outcomes as known on the day of its first dose.
               Without it, outcomes known now were known then, but a cohort may be filled before its outcomes are
               in, so `1TTN` is regular.
    openings : slots that the committee opened beyond the rules.
    strict   : refuse an irregular history; otherwise name its irregularities and count the subjects.

    Raises DesignError: a level that does not exist, `known` of the wrong shape, and, when strict, the first
    irregularity.
    """
    subjects = [(level, _outcome(letter)) for level, letter in history]
    for position, (level, _) in enumerate(subjects):
        if not 1 <= level <= rules.levels:
            raise DesignError(f"subject {position + 1}: level {level} does not exist; allowed are 1 to {rules.levels}")
    if known is not None and [len(seen) for seen in known] != list(range(len(subjects))):
        raise DesignError("known: give one text per subject, with one letter for each subject before it")

    openings = sorted(openings, key=lambda opening: opening.position)
    slots = [0] * rules.levels
    slots[rules.start_level - 1] = COHORT
    dlts_below: dict[int, int] = {}  # per level, DLTs known below it when it was first dosed
    irregularities = []
    for position, (level, _) in enumerate(subjects):
        before = subjects[:position]
        if known is not None:
            before = [(at, _outcome(letter)) for (at, _), letter in zip(before, known[position], strict=True)]
        by_committee = _open_by_committee(slots, openings, position)
        ladder = _count(before, slots)
        below = sum(counts.x for counts in ladder[: level - 1])
        rule = _broken_rule(
            level,
            ladder,
            before[-1][0] if before else None,
            rules,
            may_fill=known is None,
            opened=level in by_committee and below <= dlts_below.setdefault(level, below),
        )
        if rule:
            irregularities.append(Irregularity(position, level, rule))
            if strict:
                raise DesignError(f"subject {position + 1} at level {level}: {rule}")
        here = ladder[level - 1]
        asked_for_more = not rule and here.dosed and not here.unfilled
        slots[level - 1] = EXPANDED if asked_for_more else max(here.slots, COHORT)
    _open_by_committee(slots, openings, len(subjects))
    return Replay(_count(subjects, slots), subjects[-1][0] if subjects else None, len(subjects), tuple(irregularities))


def recommend_after(text: str, rules: ThreePlusThree, hold: Sequence[str] = ()) -> Recommendation:
    """Recommendation after a history in notation. Raises DesignError when the rules could not have produced it."""
    replayed = replay(parse_history(text), rules)
    return recommend(replayed.levels, rules, hold=hold, latest=replayed.latest)


def _outcome(letter: str) -> Outcome | None:
    """None for a replaced subject. Raises DesignError for a letter that is no outcome."""
    if letter not in (*Outcome, REPLACED):
        raise DesignError(f'outcome "{letter}"; allowed are {", ".join(Outcome)} and {REPLACED} for replaced')
    return None if letter == REPLACED else Outcome(letter)


def _open_by_committee(slots: list[int], openings: Sequence[Opening], position: int) -> set[int]:
    """Apply the openings in force before the subject at `position`; the levels they concern."""
    in_force = [opening for opening in openings if opening.position <= position]
    for opening in in_force:
        slots[opening.level - 1] = max(slots[opening.level - 1], opening.slots)
    return {opening.level for opening in in_force}


def _count(subjects: Sequence[tuple[int, Outcome | None]], slots: Sequence[int]) -> tuple[LevelCounts, ...]:
    ladder = []
    for level, opened in enumerate(slots, 1):
        outcomes = [outcome for at, outcome in subjects if at == level and outcome is not None]
        pending, dlts = outcomes.count(Outcome.PENDING), outcomes.count(Outcome.DLT)
        ladder.append(LevelCounts(n=len(outcomes) - pending, x=dlts, m=pending, slots=opened))
    return tuple(ladder)


def _broken_rule(
    level: int,
    ladder: Sequence[LevelCounts],
    latest: int | None,
    rules: ThreePlusThree,
    may_fill: bool,
    opened: bool,
) -> str | None:
    """Why the next subject may not be dosed at `level`, in words; None when it may.

    may_fill : a cohort under way may be filled whatever its outcomes.   opened : a committee opened the level.
    """
    closed_by = [at for at in range(1, level) if level_state(ladder[at - 1]) is LevelState.EXCEEDED]
    if closed_by:
        return f"level {closed_by[0]} is exceeded, every level above it is closed"
    if ladder[level - 1].unfilled and (opened or (may_fill and level == latest)):
        return None
    rules_say = propose(ladder, rules, latest)
    allowed = rules_say.to_level if rules_say.needs else None
    if level == allowed:
        return None
    here = ladder[rules_say.level - 1]
    found = f"level {rules_say.level} has {here.x} DLT of {here.n} complete and {here.m} pending"
    where = "nobody may be dosed now" if allowed is None else f"allowed is level {allowed}"
    return f"{found}, the 3+3 says {rules_say.decision}: {where}"
