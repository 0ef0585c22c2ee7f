"""Every way from a state of a 3+3 to its end, cohort by cohort, in whole numbers.

Three levels give 154 paths from the start, so nothing about a 3+3 needs simulation. A cohort is dosed in full
before the rules are asked again; pending subjects and unfilled slots come first. The walk takes what the rules
need and ignores the cap, unless the cap policy is hard_stop.
Source: spec escalation.md sections 3 and 4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import comb, inf, prod

from nk521lib.standards.designs.history import replay
from nk521lib.standards.designs.notation import parse_history
from nk521lib.standards.designs.recommendation import STOPS, claim_reached, highest_cleared
from nk521lib.standards.designs.rules import COHORT, EXPANDED, CapPolicy, ThreePlusThree
from nk521lib.standards.designs.three_plus_three import LevelCounts, check_ladder, propose
from nk521lib.terms import Claim, Decision


@dataclass(frozen=True)
class State:
    """Where a group stands: counts per level, level of the latest first dose, subjects dosed (replaced ones too)."""

    levels: tuple[LevelCounts, ...]
    latest: int | None
    dosed: int


@dataclass(frozen=True)
class Cohort:
    """Outcomes still to come at one level: pending subjects, and new ones to be dosed into `slots`."""

    level: int
    pending: int
    new: int
    slots: int

    @property
    def size(self) -> int:
        return self.pending + self.new


def state_after(text: str, rules: ThreePlusThree) -> State:
    """State after a history in notation; DesignError when the rules could not have produced it."""
    replayed = replay(parse_history(text), rules)
    return state_of(replayed.levels, rules, replayed.latest)


def state_of(
    levels: Sequence[LevelCounts], rules: ThreePlusThree, latest: int | None = None, dosed: int | None = None
) -> State:
    """State from counts; latest is by default the highest dosed level, dosed the subjects in `levels`."""
    ladder = check_ladder(levels, rules)
    at = [level for level, counts in enumerate(ladder, 1) if counts.dosed]
    highest = at[-1] if at else None
    return State(ladder, latest or highest, sum(c.dosed for c in ladder) if dosed is None else dosed)


def next_cohort(state: State, rules: ThreePlusThree) -> Cohort | None:
    """The outcomes that come next: pending ones, then unfilled slots, then the cohort the rules ask for.

    None at the end of the walk. Only a hard cap keeps a cohort from being dosed, or cuts the filling of slots.
    """
    rules_say = propose(state.levels, rules, state.latest)
    here = state.levels[rules_say.level - 1]
    hard = rules.cap is not None and rules.cap_policy == CapPolicy.HARD_STOP
    places = max(0, rules.cap - state.dosed) if hard else inf
    elsewhere = [level for level, c in enumerate(state.levels, 1) if c.m and level != rules_say.level]
    if elsewhere:
        there = state.levels[elsewhere[0] - 1]
        return Cohort(elsewhere[0], there.m, 0, there.slots)
    fill = min(here.unfilled, places) if rules_say.decision is Decision.WAIT else 0
    if here.m + fill:
        return Cohort(rules_say.level, here.m, fill, here.slots)
    if rules_say.decision in STOPS or rules_say.needs > places or rules_say.decision is Decision.WAIT:
        return None
    reopened = state.levels[rules_say.to_level - 1].dosed > 0
    return Cohort(rules_say.to_level, 0, rules_say.needs, EXPANDED if reopened else COHORT)


def after_cohort(state: State, cohort: Cohort, dlts: int) -> State:
    """The state once the cohort's outcomes are in, `dlts` of them DLTs."""
    counts = state.levels[cohort.level - 1]
    counts = replace(
        counts, n=counts.n + cohort.size, x=counts.x + dlts, m=counts.m - cohort.pending, slots=cohort.slots
    )
    levels = (*state.levels[: cohort.level - 1], counts, *state.levels[cohort.level :])
    return State(levels, cohort.level if cohort.new else state.latest, state.dosed + cohort.new)


def how_it_ends(state: State, rules: ThreePlusThree) -> tuple[Decision, int | None, bool]:
    """How a walk ends: decision, MTD (the top level for STOP_TOP), and whether the top was cleared without MTD."""
    rules_say = propose(state.levels, rules, state.latest)
    if rules_say.decision in STOPS:
        at_top = rules_say.decision is Decision.STOP_TOP
        return rules_say.decision, rules.levels if at_top else rules_say.mtd, at_top
    claim, mtd = claim_reached(state.levels, rules)
    at_top = claim is Claim.NOT_REACHED and highest_cleared(state.levels) == rules.levels
    return Decision.CAP_HOLD, rules.levels if at_top else mtd, at_top


def _walk(state: State, rules: ThreePlusThree, cohorts: tuple = ()) -> Iterator[tuple[State, tuple]]:
    """Every way to the end: the last state, and (cohort, DLTs) along the way."""
    cohort = next_cohort(state, rules)
    if cohort is None:
        yield state, cohorts
        return
    for dlts in range(cohort.size + 1):
        yield from _walk(after_cohort(state, cohort, dlts), rules, (*cohorts, (cohort, dlts)))


@dataclass(frozen=True)
class Path:
    """One way to the end. cohorts : (cohort, DLTs) in order. mtd : level selected, 0 for none."""

    cohorts: tuple[tuple[Cohort, int], ...]
    end: State
    mtd: int
    top_not_reached: bool
    by_cap: bool

    @property
    def orderings(self) -> int:
        """Orderings of outcomes that follow the path."""
        return prod(comb(cohort.size, dlts) for cohort, dlts in self.cohorts)

    @property
    def outcomes(self) -> list[tuple[int, int]]:
        """Outcomes to come at each level: with a DLT, without. They are the exponents of p and 1 - p."""
        dlt, clear = [0] * len(self.end.levels), [0] * len(self.end.levels)
        for cohort, dlts in self.cohorts:
            dlt[cohort.level - 1] += dlts
            clear[cohort.level - 1] += cohort.size - dlts
        return list(zip(dlt, clear, strict=True))


def every_path(state: State, rules: ThreePlusThree) -> Iterator[Path]:
    """All ways to the end, fewest DLTs first at every cohort."""
    for end, cohorts in _walk(state, rules):
        decision, mtd, at_top = how_it_ends(end, rules)
        yield Path(cohorts, end, mtd or 0, at_top, decision is Decision.CAP_HOLD)


def as_state(start: str | State, rules: ThreePlusThree) -> State:
    """A history in notation, or a state as it is."""
    return state_after(start, rules) if isinstance(start, str) else start
