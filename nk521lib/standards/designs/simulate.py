"""Whole trials of BOIN, the other one-level designs and the CRM: exact where cohorts are few, else simulated.

One engine runs many trials side by side. Fed with every sequence of cohort outcomes it gives exact paths; fed with
random outcomes, a simulation with its Monte Carlo error. Trials run to n_max without early stopping, other than
elimination of the lowest level.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from nk521lib.errors import DesignError
from nk521lib.standards.designs.notation import count_outcomes, parse_history
from nk521lib.standards.designs.operating import (
    OperatingCharacteristics,
    PathSet,
    characteristics,
    check_truth,
)
from nk521lib.standards.designs.trials import Design, Trials, distinct_rows
from nk521lib.terms import Outcome

MAX_SEQUENCES = 50_000


Draw = Callable[[int, int, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""(cohort number, its size, level per trial) -> (DLTs per trial, last subject's DLT per trial)."""


def _begin(design: Design, history: str, many: int) -> Trials:
    """`many` trials that all start with the history; its pending subjects are refused."""
    subjects = parse_history(history)
    n, x, m = count_outcomes(subjects, design.levels)
    if any(m):
        raise DesignError(f'history "{history}" has pending subjects; {design.name} trials allow outcomes N and T')
    if len(subjects) > design.n_max:
        raise DesignError(f'history "{history}" has {len(subjects)} subjects; allowed are {design.n_max}')
    level, last = (subjects[-1][0], subjects[-1][1]) if subjects else (design.start_level, None)
    trials = Trials(
        n=np.tile(n, (many, 1)),
        x=np.tile(x, (many, 1)),
        level=np.full(many, level - 1),
        out_from=np.full(many, design.levels),
        last_dlt=np.full(many, last is Outcome.DLT),
        cohorts=np.zeros(many, dtype=int),
    )
    if subjects:
        design.move(trials)
    return trials


def _run(design: Design, history: str, many: int, draw: Draw) -> Trials:
    trials = _begin(design, history, many)
    for number, size in enumerate(_cohort_sizes(design, history)):
        running, at = trials.running, (trials.rows, trials.level)
        dlts, last_dlt = draw(number, size, trials.level)
        trials.n[at] += size * running
        trials.x[at] += dlts * running
        trials.last_dlt = last_dlt
        trials.cohorts += running
        design.move(trials)
    return trials


def _cohort_sizes(design: Design, history: str) -> list[int]:
    full, rest = divmod(design.n_max - len(parse_history(history)), design.cohort)
    return [design.cohort] * full + [rest] * (rest > 0)


def _outcomes(size: int, reads_last_outcome: bool) -> list[tuple[int, bool, int]]:
    """What a cohort can show: (DLTs, last subject's DLT, orderings)."""
    if not reads_last_outcome:
        return [(dlts, False, comb(size, dlts)) for dlts in range(size + 1)]
    last_clear = [(dlts, False, comb(size - 1, dlts)) for dlts in range(size)]
    return last_clear + [(dlts, True, comb(size - 1, dlts - 1)) for dlts in range(1, size + 1)]


def count_sequences(design: Design, history: str = "") -> int:
    """Sequences of cohort outcomes to the end of the trial; exact results need at most MAX_SEQUENCES."""
    total = 1
    for size in _cohort_sizes(design, history):
        total *= len(_outcomes(size, design.reads_last_outcome))
    return total


@lru_cache(maxsize=32)
def trial_paths(design: Design, history: str = "") -> PathSet:
    """Every path of the design as integer exponents. Raises DesignError when they are too many."""
    sequences = count_sequences(design, history)
    if sequences > MAX_SEQUENCES:
        raise DesignError(f"{sequences} outcome sequences; exact results allow {MAX_SEQUENCES}, simulate instead")
    outcomes = [_outcomes(size, design.reads_last_outcome) for size in _cohort_sizes(design, history)]
    choice = np.array(list(product(*(range(len(shown)) for shown in outcomes))), dtype=int)
    tables = [np.array(shown) for shown in outcomes]

    def draw(number: int, size: int, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shown = tables[number][choice[:, number]]
        return shown[:, 0], shown[:, 1].astype(bool)

    begun, ended = _begin(design, history, 1), _run(design, history, len(choice), draw)
    # a stopped trial ignores the rest of its sequence: that rest is shared out so that its path counts once
    coef = np.ones(len(choice))
    for number, table in enumerate(tables):
        coef *= np.where(ended.cohorts > number, table[choice[:, number], 2], 1 / len(table))
    return _fold(design, coef, ended, begun)


def _fold(design: Design, coef: np.ndarray, ended: Trials, begun: Trials) -> PathSet:
    """Paths that end alike, with the same counts and the same levels eliminated, as one."""
    ends = np.column_stack([ended.n, ended.x, ended.out_from, ended.cohorts])
    _, first, which = distinct_rows(ends)
    ended = ended.take(first)
    never = np.zeros(len(first), dtype=bool)
    return PathSet(
        coef=np.bincount(which, weights=coef),
        dlt=ended.x - begun.x,
        clear=ended.n - ended.x - (begun.n - begun.x),
        n_level=ended.n,
        dlt_level=ended.x,
        n=ended.n.sum(axis=1),
        mtd=design.select(ended),
        top_not_reached=never,
        by_cap=never,
        cohorts=ended.cohorts,
    )


def exact_characteristics(design: Design, truth: ArrayLike, history: str = "") -> OperatingCharacteristics:
    """Exact operating characteristics under one or many truths (k, levels)."""
    rates = check_truth(truth, design.levels)
    paths = trial_paths(design, history)
    return characteristics(paths, paths.probabilities(rates), rates, design.name)


def simulate(design: Design, truth: ArrayLike, n_sim: int, seed: int, history: str = "") -> OperatingCharacteristics:
    """Simulated operating characteristics under one truth (levels,), with Monte Carlo standard errors.

    The same seed gives the same numbers. Raises DesignError for a truth or history the design cannot have.
    """
    rates = check_truth(truth, design.levels)
    if len(rates) != 1 or n_sim < 2:
        raise DesignError(f"{len(rates)} truths, {n_sim} trials; a simulation takes one truth and at least 2 trials")
    rng = np.random.default_rng(seed)

    def draw(number: int, size: int, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        dlts = rng.binomial(size, rates[0, level])
        if not design.reads_last_outcome:
            return dlts, np.zeros(len(dlts), dtype=bool)
        return dlts, rng.random(len(dlts)) * size < dlts

    begun, ended = _begin(design, history, 1), _run(design, history, n_sim, draw)
    paths = _fold(design, np.ones(n_sim), ended, begun)
    weights = paths.coef[None] / n_sim
    return characteristics(paths, weights, rates, design.name, n_sim=n_sim, seed=seed)
