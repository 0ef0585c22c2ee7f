"""The paths of a 3+3 as integer exponents, and the exact probabilities that follow for many truths at once.

Source: spec escalation.md sections 3 and 4.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from nk521lib.standards.designs.operating import OperatingCharacteristics, PathSet, characteristics, check_truth
from nk521lib.standards.designs.pace import Pace
from nk521lib.standards.designs.posterior import UNIFORM
from nk521lib.standards.designs.rules import ThreePlusThree
from nk521lib.standards.designs.walk import State, as_state, every_path


@lru_cache(maxsize=256)
def paths_from(state: State, rules: ThreePlusThree, pace: Pace | None = None) -> PathSet:
    """All paths from a state as integer exponents; built once per state, rules and pace."""
    rows, days = [], []
    for path in every_path(state, rules):
        dlt, clear = zip(*path.outcomes, strict=True)
        n_level, dlt_level = zip(*((c.n, c.x) for c in path.end.levels), strict=True)
        rows.append((path.orderings, dlt, clear, n_level, dlt_level, path.end.dosed, path.mtd, path.top_not_reached,
                     path.by_cap, len(path.cohorts)))  # fmt: skip
        days.append(0 if pace is None else _days(state, path.cohorts, pace))
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
    paths = paths_from(as_state(start, rules), rules, pace)
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
    state = as_state(start, rules)
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
