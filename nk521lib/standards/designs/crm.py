"""CRM, the continual reassessment method, and TITE-CRM, in the conventions of the R package dfcrm 0.2-2.1.

Power model p_k = s_k ** exp(b), b ~ Normal(0, variance 1.34); the recommendation reads the plug-in p_k at the
posterior mean of b, not the posterior mean of p_k. A level is picked when its plug-in is closest to phi, the
lower one of ties.
Sources: O'Quigley 1990 (doi:10.2307/2531628); Lee & Cheung 2009 (skeleton, Clinical Trials 6:227);
Cheung & Chappell 2000 (TITE, Biometrics 56:1177); spec escalation.md section 10.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, log

import numpy as np
from numpy.typing import ArrayLike

from nk521lib.errors import DesignError
from nk521lib.standards.designs.advice import Advice
from nk521lib.terms import ComparatorSays

GRID_END, GRID_STEP = (
    10.0,
    0.02,
)  # trapezoid on a smooth integrand: exact to rounding while the posterior SD > .02


def indifference_skeleton(phi: float, halfwidth: float = 0.05, prior_mtd: int = 2, levels: int = 3) -> np.ndarray:
    """Prior rates s_k by indifference intervals: phi at prior_mtd, neighbours where phi -/+ halfwidth meet."""
    low, high = phi - halfwidth, phi + halfwidth
    if not 0 < low < phi < high < 1:
        raise DesignError(f"target {phi} +/- {halfwidth}; allowed is an interval inside 0 to 1")
    if not 1 <= prior_mtd <= levels:
        raise DesignError(f"prior MTD is level {prior_mtd}; allowed are 1 to {levels}")
    ratio = log(high) / log(low)  # below 1: log s of neighbours differ by this factor
    return np.exp(log(phi) * ratio ** (np.arange(1, levels + 1.0) - prior_mtd))


@dataclass(frozen=True)
class Crm:
    """A CRM: target, skeleton (rising), prior variance of b."""

    phi: float
    skeleton: tuple[float, ...]
    prior_variance: float = 1.34

    def __post_init__(self) -> None:
        rates = (0.0, *self.skeleton, 1.0)
        if len(rates) < 3 or any(a >= b for a, b in pairwise(rates)):
            raise DesignError(f"skeleton is {self.skeleton}; allowed are rising rates between 0 and 1")
        if not 0 < self.phi < 1 or self.prior_variance <= 0:
            raise DesignError(f"target {self.phi}, prior variance {self.prior_variance}; allowed are 0-1 and above 0")

    @classmethod
    def by_indifference(
        cls,
        phi: float,
        halfwidth: float = 0.05,
        prior_mtd: int = 2,
        levels: int = 3,
        prior_variance: float = 1.34,
    ) -> "Crm":
        """The skeleton is computed for the target (rulings.md 3.13)."""
        return cls(phi, tuple(indifference_skeleton(phi, halfwidth, prior_mtd, levels).tolist()), prior_variance)


@lru_cache(maxsize=32)
def _grid(design: Crm) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """b on the grid, its log prior, log p and log(1 - p) per level and grid point."""
    b = np.linspace(-GRID_END, GRID_END, round(2 * GRID_END / GRID_STEP) + 1)
    log_p = np.log(design.skeleton)[:, None] * np.exp(b)
    return b, -(b**2) / (2 * design.prior_variance), log_p, np.log(-np.expm1(log_p))


def _posterior_mean(b: np.ndarray, log_density: np.ndarray) -> np.ndarray:
    density = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    return density @ b / density.sum(axis=-1)


def plug_in_rates(design: Crm, n: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Plug-in p per level after x DLTs of n at each level.

    n, x : (levels,) or (many, levels), complete subjects only.   Returns the shape given.
    """
    n, x = _checked_counts(design, n, x)
    b, log_prior, log_p, log_q = _grid(design)
    mean = _posterior_mean(b, log_prior + x @ log_p + (n - x) @ log_q)
    return np.asarray(design.skeleton) ** np.exp(mean)[..., None]


def _checked_counts(design: Crm, n: ArrayLike, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    n, x = np.asarray(n, dtype=float), np.asarray(x, dtype=float)
    if n.shape != x.shape or n.shape[-1:] != (len(design.skeleton),):
        raise DesignError(f"counts of shapes {n.shape} and {x.shape}; allowed is one per level: {len(design.skeleton)}")
    if not np.all((x >= 0) & (x <= n)):
        raise DesignError(f"{x.tolist()} DLT of {n.tolist()} cannot occur; allowed is 0 <= x <= n at every level")
    return n, x


def tite_weights(follow_up: ArrayLike, window: float, dlt: ArrayLike) -> np.ndarray:
    """TITE weights min(t / window, 1), and 1 for a DLT. follow_up and window in the same unit."""
    follow_up, dlt = np.asarray(follow_up, dtype=float), np.asarray(dlt, dtype=bool)
    if window <= 0 or not np.all(follow_up >= 0):
        raise DesignError(f"window {window}, follow-up {follow_up.tolist()}; allowed are above 0 and at least 0")
    return np.where(dlt, 1.0, np.minimum(follow_up / window, 1.0))


def tite_plug_in_rates(design: Crm, level: Sequence[int], dlt: Sequence[bool], weight: Sequence[float]) -> np.ndarray:
    """Plug-in p per level from subjects with weights: likelihood prod (w p)^y (1 - w p)^(1 - y).

    level : 1..levels, dlt, weight : one per subject. All follow-up 0 gives the prior.
    """
    at, y, w = np.asarray(level, dtype=int) - 1, np.asarray(dlt, dtype=bool), np.asarray(weight, dtype=float)
    if not at.shape == y.shape == w.shape:
        raise DesignError(f"{at.size} levels, {y.size} outcomes, {w.size} weights; allowed is one of each per subject")
    if np.any((at < 0) | (at >= len(design.skeleton))):
        raise DesignError(f"levels {sorted(set((at + 1).tolist()))}; allowed are 1 to {len(design.skeleton)}")
    if not np.all((w >= 0) & (w <= 1)):
        raise DesignError(f"weights {w.tolist()}; allowed are 0 to 1")
    b, log_prior, log_p, log_q = _grid(design)
    full = w == 1  # 1 - p loses its digits near p = 1, log_q does not
    partial = np.log1p(-np.where(full, 0.0, w)[:, None] * np.exp(log_p[at]))
    no_dlt = np.where(full[:, None], log_q[at], partial)
    mean = _posterior_mean(b, log_prior + np.where(y[:, None], log_p[at], no_dlt).sum(axis=0))
    return np.asarray(design.skeleton) ** exp(mean)


def pick_level(design: Crm, rates: ArrayLike) -> np.ndarray | int:
    """Level (1..levels) whose rate is closest to the target, before guards; the lower one of ties."""
    distance = np.abs(np.asarray(rates) - design.phi)
    pick = np.argmin(distance, axis=-1) + 1
    return int(pick) if np.ndim(pick) == 0 else pick


def guarded(pick: ArrayLike, current: ArrayLike, highest_tried: ArrayLike, last_dlt: ArrayLike) -> np.ndarray:
    """The pick under the guards: no untried level is skipped, nobody goes up after a DLT in the last subject."""
    pick = np.minimum(pick, np.asarray(highest_tried) + 1)
    return np.where(np.asarray(last_dlt, dtype=bool), np.minimum(pick, current), pick)


def advise(
    design: Crm,
    n: ArrayLike,
    x: ArrayLike,
    current: int,
    last_dlt: bool = False,
    rates: ArrayLike | None = None,
) -> Advice:
    """What the CRM says at level `current` after x DLTs of n per level, and why.

    last_dlt : the last complete subject had a DLT.   rates : plug-in rates to use instead (TITE-CRM); n then
    says at which levels a subject counts as tried, pending ones included.
    """
    counts, _ = _checked_counts(design, n, x)
    if not 1 <= current <= len(design.skeleton):
        raise DesignError(f"current level is {current}; allowed are 1 to {len(design.skeleton)}")
    name = "CRM" if rates is None else "TITE-CRM"
    rates = plug_in_rates(design, n, x) if rates is None else np.asarray(rates)
    free = pick_level(design, rates)
    highest_tried = max([0, *(np.flatnonzero(counts) + 1).tolist()])
    pick = int(guarded(free, current, highest_tried, last_dlt))
    shown = ", ".join(f"DL{level} {rate:.3f}" for level, rate in enumerate(rates, 1))
    why = f"plug-in rates {shown}; closest to {design.phi:g} is DL{free}"
    if pick != free:
        guard = "after a DLT in the last subject" if last_dlt and pick == current else "no untried level is skipped"
        why += f", held at DL{pick} ({guard})"
    if pick > current:
        says = ComparatorSays.ESCALATE
    else:
        says = ComparatorSays.STAY if pick == current else ComparatorSays.DEESCALATE
    return Advice(name, says, why, pick)
