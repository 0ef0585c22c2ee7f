"""Operating characteristics from a set of paths: probabilities are polynomials in the true rates.

A path is a coefficient and, per level, how many outcomes were a DLT and how many were not; for k true-rate
vectors its probability is one product of powers. Nothing here knows which design made the paths.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy  # its parts load themselves when they are first used
from numpy.typing import ArrayLike

from nk521lib.errors import DesignError
from nk521lib.standards.designs.one_truth import NOT_RISING


@dataclass(frozen=True, eq=False)
class PathSet:
    """P paths of a design on L levels.

    coef (P,)                  : number of orderings of outcomes that follow the path
    dlt, clear (P, L)          : outcomes from the given state on, the exponents of p and 1 - p
    n_level, dlt_level (P, L)  : subjects and DLTs at the end, history included
    n (P,)                     : subjects dosed at the end
    mtd (P,)                   : level selected, 0 for none; top_not_reached (P,): top selected without an MTD
    by_cap (P,)                : ended by a hard cap;  cohorts (P,): cohorts from the given state on
    days (P,)                  : days from the given state on, where a pace was given
    """

    coef: np.ndarray
    dlt: np.ndarray
    clear: np.ndarray
    n_level: np.ndarray
    dlt_level: np.ndarray
    n: np.ndarray
    mtd: np.ndarray
    top_not_reached: np.ndarray
    by_cap: np.ndarray
    cohorts: np.ndarray
    days: np.ndarray | None = None

    @property
    def levels(self) -> int:
        return self.dlt.shape[1]

    @cached_property
    def n_values(self) -> np.ndarray:
        return np.flatnonzero(np.bincount(self.n))

    @cached_property
    def _exponents(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Per level the distinct (dlt, clear) pairs, and which of them each path has."""
        pairs = [
            np.unique(np.stack([d, c], 1), axis=0, return_inverse=True)
            for d, c in zip(self.dlt.T, self.clear.T, strict=True)
        ]
        return [(unique[:, 0], unique[:, 1], inverse) for unique, inverse in pairs]

    @cached_property
    def quantities(self) -> np.ndarray:
        """What is averaged over paths, one row per path: MTD and size indicators, counts by level, scalars."""
        mtd = self.mtd[:, None] == np.arange(self.levels + 1)
        sizes = self.n[:, None] == self.n_values
        scalars = [self.top_not_reached, self.by_cap, self.n, self.cohorts, self.dlt_level.sum(axis=1)]
        return np.column_stack([mtd, sizes, self.n_level, self.dlt_level, *scalars]).astype(float)

    def probabilities(self, truth: np.ndarray) -> np.ndarray:
        """Probability of each path (k, P) under k true-rate vectors (k, L)."""
        total = np.broadcast_to(self.coef.astype(float), (len(truth), len(self.coef)))
        for rate, (dlt, clear, inverse) in zip(truth.T, self._exponents, strict=True):
            total = total * (rate[:, None] ** dlt * (1 - rate[:, None]) ** clear)[:, inverse]
        return total

    def prior_probabilities(self, a: ArrayLike, b: ArrayLike) -> np.ndarray:
        """Probability of each path (P,) when the levels' rates are independent Beta(a, b), arrays (L,)."""
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        return self.coef * np.exp(
            (scipy.special.betaln(a + self.dlt, b + self.clear) - scipy.special.betaln(a, b)).sum(axis=1)
        )


@dataclass(frozen=True, eq=False)
class OperatingCharacteristics:
    """What a design does under k truths on L levels; every array has k rows.

    p_mtd (k, L + 1)  : column 0 none, then levels; a top level cleared without an MTD counts as top and is
                        given apart in p_top_not_reached.
    p_n (k, V)        : distribution of the number dosed over n_values (V,).   p_n_over_cap: None without a cap.
    p_by_cap          : ended by a hard cap.   e_cohorts: expected cohorts still to come, one DLT window each.
    e_days            : expected days still to come at a pace, None without one.
    mc_error          : Monte Carlo standard errors by field, when simulated.
    """

    design: str
    exact: bool
    truth: np.ndarray
    p_mtd: np.ndarray
    p_top_not_reached: np.ndarray
    p_by_cap: np.ndarray
    e_n: np.ndarray
    n_values: np.ndarray
    p_n: np.ndarray
    p_n_over_cap: np.ndarray | None
    e_dlt: np.ndarray
    e_n_level: np.ndarray
    e_dlt_level: np.ndarray
    e_cohorts: np.ndarray
    e_days: np.ndarray | None = None
    mc_error: dict[str, np.ndarray] | None = None
    n_sim: int | None = None
    seed: int | None = None

    def as_json(self, row: int = 0) -> dict:
        """The mapping of `oc --json` (outputs.md section 1) for one truth."""
        none, *levels = self.p_mtd[row].tolist()
        shown = {
            "design": self.design,
            "exact": self.exact,
            "truth": self.truth[row].tolist(),
            "p_mtd": {**{str(level): p for level, p in enumerate(levels, 1)}, "none": none},
            "p_top_not_reached": float(self.p_top_not_reached[row]),
            "e_n": float(self.e_n[row]),
            "p_n": dict(zip(map(str, self.n_values.tolist()), self.p_n[row].tolist(), strict=True)),
            "p_n_over_cap": None if self.p_n_over_cap is None else float(self.p_n_over_cap[row]),
            "e_dlt": float(self.e_dlt[row]),
            "e_n_level": self.e_n_level[row].tolist(),
        }
        if self.mc_error is not None:
            errors = {name: self.mc_error[name][row].tolist() for name in ("p_mtd", "e_n", "e_dlt", "e_n_level")}
            errors["p_mtd"] = dict(zip(shown["p_mtd"], [*errors["p_mtd"][1:], errors["p_mtd"][0]], strict=True))
            shown |= {"mc_error": errors, "n_sim": self.n_sim, "seed": self.seed}
        return shown


def check_truth(truth: ArrayLike, levels: int) -> np.ndarray:
    """True rates as (k, levels). Raises DesignError outside 0 to 1; rates that do not rise are allowed, with a warning."""
    rates = np.atleast_2d(np.asarray(truth, dtype=float))
    if rates.ndim != 2 or rates.shape[1] != levels:
        raise DesignError(f"truth has shape {np.shape(truth)}; allowed is one rate per level, {levels} of them")
    outside = ~((rates >= 0) & (rates <= 1))
    if outside.any():
        raise DesignError(f"truth {rates[outside][0]:g} is not a rate; allowed are 0 to 1")
    if np.any(np.diff(rates, axis=1) < 0):
        warnings.warn(NOT_RISING, stacklevel=3)
    return rates


def characteristics(
    paths: PathSet,
    weights: np.ndarray,
    truth: np.ndarray,
    design: str,
    cap: int | None = None,
    n_sim: int | None = None,
    seed: int | None = None,
) -> OperatingCharacteristics:
    """Averages of the paths' quantities under weights (k, P) that sum to 1 in each row.

    n_sim, seed : the weights are frequencies of that many simulated trials; standard errors are added.
    """
    means = weights @ paths.quantities
    fields = _by_field(paths, means)
    over_cap = None if cap is None else fields["p_n"][:, paths.n_values > cap].sum(axis=1)
    mc_error = None
    if n_sim is not None:
        variance = weights @ paths.quantities**2 - means**2
        mc_error = _by_field(paths, np.sqrt(np.maximum(variance, 0) / n_sim))  # rounding may leave -1e-17
    return OperatingCharacteristics(
        design=design,
        exact=n_sim is None,
        truth=truth,
        n_values=paths.n_values,
        p_n_over_cap=over_cap,
        e_days=None if paths.days is None else weights @ paths.days,
        mc_error=mc_error,
        n_sim=n_sim,
        seed=seed,
        **fields,
    )


def _by_field(paths: PathSet, values: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of `PathSet.quantities` by the field they fill."""
    widths = [paths.levels + 1, len(paths.n_values), paths.levels, paths.levels]
    blocks = np.split(values, np.cumsum(widths), axis=1)
    named = dict(zip(("p_mtd", "p_n", "e_n_level", "e_dlt_level"), blocks, strict=False))
    return named | dict(zip(("p_top_not_reached", "p_by_cap", "e_n", "e_cohorts", "e_dlt"), blocks[-1].T, strict=True))
