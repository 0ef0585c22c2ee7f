"""A group's course as plain records, and where it leaves the group: one replay for the record and for a what-if.

A what-if asks hundreds of times a minute, so nothing here touches a frame. Days are counted as `date.toordinal` does.
Source: spec rulings.md 3.7, escalation.md sections 4, 7, 9.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nk521lib.errors import DesignError
from nk521lib.params import Params
from nk521lib.standards.designs import (
    Irregularity,
    LevelCounts,
    Opening,
    ThreePlusThree,
    format_history,
    level_state,
    parse_history,
    replay,
)
from nk521lib.standards.designs.history import REPLACED
from nk521lib.standards.designs.rules import COHORT, EXPANDED
from nk521lib.standards.designs.three_plus_three import CLEARED
from nk521lib.terms import DltStatus, Outcome

REPLAYED = 120
"""Subjects of one group that are replayed in full; a 3+3 never doses so many, and those beyond are counted."""

OPEN = (DltStatus.PENDING, DltStatus.CANDIDATE)
_OUTCOME = {DltStatus.DLT: Outcome.DLT, DltStatus.CLEAR: Outcome.NO_DLT}
_STATUS = {Outcome.DLT: DltStatus.DLT, Outcome.NO_DLT: DltStatus.CLEAR, Outcome.PENDING: DltStatus.PENDING}


@dataclass(frozen=True, slots=True)
class Dosed:
    """One dosed subject: level it counts at, status, replaced (its slot is free), first and last day of its window,
    the day its outcome was known and the day its slot became free (None while neither has happened)."""

    usubjid: str
    level: int
    status: DltStatus
    replaced: bool
    first: int
    ends: int
    known: int | None
    freed: int | None
    imagined: bool = False

    @property
    def outcome(self) -> str:
        return REPLACED if self.replaced else _OUTCOME.get(self.status, Outcome.PENDING)

    @property
    def complete(self) -> bool:
        return self.status in _OUTCOME and not self.replaced

    def supposed(self, status: DltStatus, replace_nonevaluable: bool) -> "Dosed":
        """The subject with another status. An imagined outcome is known no earlier than a real one could be, so that
        no earlier dosing turns irregular."""
        known = None if status in OPEN else self.ends if self.known is None else self.known
        replaced = status is DltStatus.NONEVAL and replace_nonevaluable
        return replace(self, status=status, replaced=replaced, known=known)


@dataclass(frozen=True)
class Course:
    """Dosed subjects in order of first dose. openings : (last day, level, slots) of what the committee opened.
    enrolled : subjects enrolled into the group, dosed or not."""

    group: str
    subjects: tuple[Dosed, ...]
    openings: tuple[tuple[int, int, int], ...]
    enrolled: int

    def supposing(self, statuses: Mapping[str, DltStatus], replace_nonevaluable: bool) -> "Course":
        """The same course with other statuses; ids that are not of this group are passed over."""
        if not any(s.usubjid in statuses for s in self.subjects):
            return self
        changed = [
            s.supposed(statuses[s.usubjid], replace_nonevaluable) if s.usubjid in statuses else s for s in self.subjects
        ]
        return replace(self, subjects=tuple(changed))

    def imagining(self, cohorts: Sequence[str], today: int, window_days: int) -> "Course":
        """The course with imagined cohorts after it, each as `2NNT`: dosed once everything before is known.

        today : the cut-off. window_days : from first dose to the last day of the window.
        """
        subjects, number = list(self.subjects), 0
        for cohort in cohorts:
            first = max([today, *(s.ends for s in subjects)]) + 1
            for level, outcome in parse_history(cohort):
                number += 1
                ends, status = first + window_days - 1, _STATUS[outcome]
                known = None if outcome is Outcome.PENDING else ends
                name = imagined_name(self.group, number)
                subjects.append(Dosed(name, level, status, False, first, ends, known, None, imagined=True))
        return self if not number else replace(self, subjects=tuple(subjects))


def imagined_name(group: str, number: int) -> str:
    """The id of an imagined subject; it says that nobody is behind it."""
    return f"IMAGINED-{group}-im{number}"


@dataclass(frozen=True)
class Standing:
    """Where a course leaves its group: counts per level, level of the latest first dose, what was irregular.

    dosed : subjects that use a place under the cap. notation : as `1NNN 2NNT`, pending as P, replaced left out.
    before : for each subject the notation of those dosed before, with the outcomes as they were known that day.
    """

    group: str
    rules: ThreePlusThree
    course: Course
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


def follow(course: Course, params: Params) -> Standing:
    """Replay the first doses against the rules, with the outcomes as known on each day.

    A subject that is not evaluable and not replaced keeps its slot and stays pending for good.
    Raises DesignError when an imagined subject is one whom the rules would not dose there.
    """
    rules = rules_of(params)
    history = [(s.level, s.outcome) for s in course.subjects]
    first = history[:REPLAYED]
    known = _known(course.subjects[:REPLAYED])
    replayed = replay(first, rules, known=known, openings=_openings(course, rules.levels), strict=False)
    _refuse_imagined(course, replayed.irregularities)
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
    dosed = _places_used(course, params.escalation.cap_basis, levels)
    return Standing(course.group, rules, course, levels, latest, irregular, dosed, _written(first), before)


def _written(history: Iterable[tuple[int, str]]) -> str:
    return format_history([(level, Outcome(letter)) for level, letter in history if letter != REPLACED])


def _refuse_imagined(course: Course, irregularities: Sequence[Irregularity]) -> None:
    for irregular in irregularities:
        subject = course.subjects[irregular.position]
        if subject.imagined:
            raise DesignError(f"no subject can be imagined at level {irregular.level} now: {irregular.rule}")


def _known(subjects: Sequence[Dosed]) -> list[str]:
    """For each subject, one letter for each one dosed before: its outcome as known on the day of the first dose.

    A DLT is known from the day after its onset, a clear subject from the last day of its window, a replaced one from
    the day its slot was free; until then each of them was pending.
    """
    return [
        "".join(_as_known(before, subject.first) for before in subjects[:position])
        for position, subject in enumerate(subjects)
    ]


def _as_known(subject: Dosed, today: int) -> str:
    since, outcome = subject.freed if subject.known is None else subject.known, subject.outcome
    if since is None:
        return Outcome.PENDING
    was_known = since < today if outcome == Outcome.DLT else since <= today
    return outcome if was_known else Outcome.PENDING


def _openings(course: Course, levels: int) -> list[Opening]:
    """Slots that the committee opened, in force for subjects dosed after the day of the row."""
    return [
        Opening(sum(s.first <= day for s in course.subjects), level, slots)
        for day, level, slots in course.openings
        if 1 <= level <= levels
    ]


def _count(history: Sequence[tuple[int, str]], replayed: tuple[LevelCounts, ...]) -> tuple[LevelCounts, ...]:
    """Counts of a history too long for any 3+3: every level with more than a cohort is taken as expanded."""
    counts = []
    for level, known in enumerate(replayed, 1):
        here = [outcome for at, outcome in history if at == level]
        clear, dlt, pending = (here.count(outcome) for outcome in (Outcome.NO_DLT, Outcome.DLT, Outcome.PENDING))
        dosed = clear + dlt + pending
        slots = EXPANDED if dosed > COHORT else COHORT if dosed else 0
        counts.append(LevelCounts(clear + dlt, dlt, pending, max(slots, known.slots)))
    return tuple(counts)


def _places_used(course: Course, basis: str, levels: tuple[LevelCounts, ...]) -> int:
    if basis == "dosed":
        return len(course.subjects)
    if basis == "enrolled":
        return course.enrolled + sum(s.imagined for s in course.subjects)
    return sum(counts.dosed for counts in levels)
