"""MTD by isotonic regression, as BOIN and the interval designs select it.

Rates (x + .05)/(n + .1), weights 1/variance of the Beta(.05 + x, .05 + n - x) posterior, pooled to rise; the dose
closest to the target, ties broken by adding k * 1e-10 to dose k. Untried and eliminated doses are excluded.
Source: Liu & Yuan 2015; conventions of the R package BOIN 2.7.2; spec escalation.md section 10.
"""

import numpy as np
from numpy.typing import ArrayLike

from nk521lib.errors import DesignError

TIE = 1e-10


def isotonic_rates(n: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Isotonic rates per dose for many trials at once; NaN at doses nobody received.

    n, x : (many, doses) or (doses,).   Weighted least squares under rising order, by the min-max formula
    (Robertson 1988): the largest over starts j <= k of the smallest over ends l >= k of the mean of doses j..l.
    """
    n, x = np.asarray(n, dtype=float), np.asarray(x, dtype=float)
    if n.shape != x.shape or not np.all((x >= 0) & (x <= n)):
        raise DesignError(f"n {n.tolist()} and x {x.tolist()}; allowed is 0 <= x <= n in equal shapes")
    doses = n.shape[-1]
    tried = n > 0
    rate = (x + 0.05) / (n + 0.1)
    variance = (x + 0.05) * (n - x + 0.05) / ((n + 0.1) ** 2 * (n + 1.1))
    weight = np.where(tried, 1 / variance, 0.0)
    zero = np.zeros((*n.shape[:-1], 1))
    sum_w = np.concatenate([zero, np.cumsum(weight, axis=-1)], axis=-1)
    sum_wr = np.concatenate([zero, np.cumsum(weight * rate, axis=-1)], axis=-1)
    fitted = np.full(n.shape, np.nan)
    for k in range(doses):
        best = np.full(n.shape[:-1], -np.inf)
        for j in range(k + 1):
            smallest = np.full(n.shape[:-1], np.inf)
            for end in range(k, doses):
                total = sum_w[..., end + 1] - sum_w[..., j]
                with np.errstate(divide="ignore", invalid="ignore"):
                    mean = (sum_wr[..., end + 1] - sum_wr[..., j]) / total
                smallest = np.where(tried[..., k], np.minimum(smallest, mean), smallest)
            best = np.maximum(best, smallest)
        fitted[..., k] = np.where(tried[..., k], best, np.nan)
    return fitted


def select_mtd(n: ArrayLike, x: ArrayLike, phi: float, eliminated: ArrayLike | None = None) -> np.ndarray:
    """MTD per trial, 1..doses, 0 for none.

    n, x : (many, doses) or (doses,).   eliminated : same shape, doses that are out.
    Only doses tried and not out take part in the regression.
    """
    n, x = np.asarray(n, dtype=float), np.asarray(x, dtype=float)
    out = np.zeros(n.shape, dtype=bool) if eliminated is None else np.asarray(eliminated, dtype=bool)
    rates = isotonic_rates(np.where(out, 0, n), np.where(out, 0, x))
    admitted = ~np.isnan(rates)
    # the k-th admitted dose gets k ties, so that of equal rates below the target the higher dose wins
    distance = np.abs(rates + TIE * np.cumsum(admitted, axis=-1) - phi)
    pick = np.argmin(np.where(admitted, distance, np.inf), axis=-1) + 1
    return np.where(admitted.any(axis=-1), pick, 0)
