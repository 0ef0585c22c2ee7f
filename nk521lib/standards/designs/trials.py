"""Trials run by a comparator design, many side by side: their state, and how each design moves and selects."""

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np

from nk521lib.errors import DesignError
from nk521lib.standards.designs import crm
from nk521lib.standards.designs.decision_table import MOVE, move_table
from nk521lib.standards.designs.isotonic import select_mtd
from nk521lib.terms import ComparatorSays

ELIMINATE = MOVE[ComparatorSays.ELIMINATE]


@dataclass
class Trials:
    """Trials under way, arrays over trials; levels count from 0 here. out_from: lowest eliminated level."""

    n: np.ndarray
    x: np.ndarray
    level: np.ndarray
    out_from: np.ndarray
    last_dlt: np.ndarray
    cohorts: np.ndarray

    def take(self, rows: np.ndarray) -> "Trials":
        """The trials at `rows` alone."""
        return Trials(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def running(self) -> np.ndarray:
        return self.out_from > 0

    @property
    def rows(self) -> np.ndarray:
        return np.arange(len(self.level))


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct rows of counts >= 0, where each first occurs, and which of them every row is.

    One number per row sorts ten times faster than rows, as long as it fits.
    """
    sizes = rows.max(axis=0).astype(object) + 1  # Python integers: their product cannot overflow
    if sizes.prod() >= 2**62:
        return np.unique(rows, axis=0, return_index=True, return_inverse=True)
    key = np.ravel_multi_index(tuple(rows.T), tuple(int(size) for size in sizes))
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], first, which


class Design(Protocol):
    """What the engine asks of a design: name and sizes, the next level of every trial, the final selection."""

    name: str
    levels: int
    n_max: int
    cohort: int
    start_level: int
    reads_last_outcome: bool

    def move(self, trials: Trials) -> None: ...

    def select(self, trials: Trials) -> np.ndarray: ...


def _check_sizes(levels: int, n_max: int, cohort: int, start_level: int) -> None:
    if levels < 1 or not 1 <= start_level <= levels:
        raise DesignError(f"start_level is {start_level} of {levels} levels; allowed is a level of the design")
    if not 1 <= cohort <= n_max:
        raise DesignError(f"cohort {cohort} of {n_max} subjects; allowed is 1 <= cohort <= n_max")


@dataclass(frozen=True)
class OneLevelTrial:
    """A trial by a design of `decision_table.ONE_LEVEL_DESIGNS`; MTD by isotonic regression.

    options : what the design's `advise` takes beside the target, as (("low", 0.6), ("high", 1.4)).
    """

    name: str = "BOIN"
    phi: float = 0.30
    levels: int = 3
    n_max: int = 18
    cohort: int = 3
    start_level: int = 1
    options: tuple[tuple[str, float], ...] = ()
    reads_last_outcome = False

    def __post_init__(self) -> None:
        _check_sizes(self.levels, self.n_max, self.cohort, self.start_level)

    def move(self, trials: Trials) -> None:
        at = (trials.rows, trials.level)
        says = move_table(self.name, self.phi, self.n_max, **dict(self.options))[trials.n[at], trials.x[at]]
        trials.out_from = np.where(says == ELIMINATE, np.minimum(trials.out_from, trials.level), trials.out_from)
        highest_open = np.maximum(np.minimum(trials.out_from, self.levels) - 1, 0)
        trials.level = np.clip(trials.level + np.sign(says), 0, highest_open)

    def select(self, trials: Trials) -> np.ndarray:
        out = np.arange(self.levels) >= trials.out_from[:, None]
        return select_mtd(trials.n, trials.x, self.phi, out)


@dataclass(frozen=True)
class CrmTrial:
    """A trial by the CRM with its guards; the final pick is never above the highest level tried."""

    model: crm.Crm
    n_max: int = 18
    cohort: int = 3
    start_level: int = 1
    name = "CRM"
    reads_last_outcome = True

    def __post_init__(self) -> None:
        _check_sizes(self.levels, self.n_max, self.cohort, self.start_level)

    @property
    def levels(self) -> int:
        return len(self.model.skeleton)

    def _picks(self, trials: Trials) -> np.ndarray:
        """Level picked (from 1) per trial, the model fitted once per distinct set of counts."""
        counts = np.concatenate([trials.n, trials.x], axis=1)
        distinct, _, which = distinct_rows(counts)
        rates = crm.plug_in_rates(self.model, distinct[:, : self.levels], distinct[:, self.levels :])
        return crm.pick_level(self.model, rates)[which]

    def move(self, trials: Trials) -> None:
        picks = self._picks(trials)
        trials.level = crm.guarded(picks, trials.level + 1, self._highest_tried(trials), trials.last_dlt) - 1

    def select(self, trials: Trials) -> np.ndarray:
        return np.minimum(self._picks(trials), self._highest_tried(trials))

    def _highest_tried(self, trials: Trials) -> np.ndarray:
        return ((trials.n > 0) * np.arange(1, self.levels + 1)).max(axis=1)
