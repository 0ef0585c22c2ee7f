"""Every way from a state of a 3+3 to its end, cohort by cohort, and the exact probabilities that follow.

Three levels give 154 paths from the start, so nothing about a 3+3 needs simulation. A cohort is dosed in full
before the rules are asked again; pending subjects and unfilled slots come first. The walk takes what the rules
need and ignores the cap, unless the cap policy is hard_stop.
Source: spec escalation.md sections 3 and 4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb, inf

import numpy as np
from numpy.typing import ArrayLike

from nk521lib.standards.designs.history import replay
from nk521lib.standards.designs.notation import parse_history
from nk521lib.standards.designs.operating import (
    OperatingCharacteristics,
    PathSet,
    characteristics,
    check_truth,
)
from nk521lib.standards.designs.pace import Pace
from nk521lib.standards.designs.posterior import UNIFORM
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


@lru_cache(maxsize=256)
def paths_from(state: State, rules: ThreePlusThree, pace: Pace | None = None) -> PathSet:
    """All paths from a state as integer exponents; built once per state, rules and pace."""
    rows, days = [], []
    for end, cohorts in _walk(state, rules):
        dlt, clear, coef = [0] * rules.levels, [0] * rules.levels, 1
        days.append(0 if pace is None else _days(state, cohorts, pace))
        for cohort, dlts in cohorts:
            dlt[cohort.level - 1] += dlts
            clear[cohort.level - 1] += cohort.size - dlts
            coef *= comb(cohort.size, dlts)
        decision, mtd, at_top = how_it_ends(end, rules)
        by_cap = decision is Decision.CAP_HOLD
        n_level, dlt_level = [c.n for c in end.levels], [c.x for c in end.levels]
        rows.append((coef, dlt, clear, n_level, dlt_level, end.dosed, mtd or 0, at_top, by_cap, len(cohorts)))
    return PathSet(*(np.array(c) for c in zip(*rows, strict=True)), days=None if pace is None else np.array(days))


def _days(state: State, cohorts: tuple, pace: Pace) -> int:
    """Days from the state to the end of one path."""
    dosed, total = [counts.dosed for counts in state.levels], 0
    for cohort, _ in cohorts:
        total += pace.days(cohort.pending, cohort.new, dosed[cohort.level - 1])
        dosed[cohort.level - 1] += cohort.new
    return total


def beta_parameters(state: State, prior: tuple[float, float] = UNIFORM) -> tuple[np.ndarray, np.ndarray]:
    """Independent Beta posteriors (a, b) of the levels' rates at a state."""
    n, x = (np.array([getattr(counts, name) for counts in state.levels]) for name in ("n", "x"))
    return prior[0] + x, prior[1] + n - x


def operating_characteristics(
    rules: ThreePlusThree,
    truth: ArrayLike,
    start: str | State = "",
    cap: int | None = None,
    pace: Pace | None = None,
) -> OperatingCharacteristics:
    """Exact operating characteristics of a 3+3 under one or many truths.

    truth : true DLT rate per level, (levels,) or (k, levels).   start : history in notation, or a State.
    cap   : for p_n_over_cap, by default that of the rules.   pace : for e_days.
    Raises DesignError for a truth outside 0 to 1 or a history the rules could not have produced; warns when the
    truth does not rise.
    """
    rates = check_truth(truth, rules.levels)
    paths = paths_from(_as_state(start, rules), rules, pace)
    return characteristics(paths, paths.probabilities(rates), rates, "3+3", rules.cap if cap is None else cap)


def expected_characteristics(
    rules: ThreePlusThree,
    start: str | State = "",
    prior: tuple[float, float] = UNIFORM,
    cap: int | None = None,
) -> OperatingCharacteristics:
    """The same when the true rates are unknown: averaged over independent Beta posteriors at the start state.

    Its `truth` is the posterior means. The prior does not know that rates rise with the level.
    """
    state = _as_state(start, rules)
    a, b = beta_parameters(state, prior)
    paths = paths_from(state, rules)
    weights = paths.prior_probabilities(a, b)[None]
    return characteristics(paths, weights, (a / (a + b))[None], "3+3", rules.cap if cap is None else cap)


def prob_total_over(first: OperatingCharacteristics, second: OperatingCharacteristics, total: int) -> np.ndarray:
    """P(two independent groups together dose more than `total`), one row per truth of the groups."""
    together = first.n_values[:, None] + second.n_values
    joint = first.p_n[:, :, None] * second.p_n[:, None, :]
    return (joint * (together > total)).sum(axis=(1, 2))


def prob_escalate_past(rate: ArrayLike) -> np.ndarray:
    """P(a level of true rate p is passed): 0 of 3, or 1 of 3 and then 0 of 3. Spec escalation.md section 10."""
    rate = np.asarray(rate, dtype=float)
    return (1 - rate) ** 3 + 3 * rate * (1 - rate) ** 5


def _as_state(start: str | State, rules: ThreePlusThree) -> State:
    return state_after(start, rules) if isinstance(start, str) else start
