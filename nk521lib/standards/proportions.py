"""Exact intervals and simple posteriors of a binomial proportion. Arrays in, arrays out; scalars give floats.

Sources: Clopper & Pearson 1934 (doi:10.1093/biomet/26.4.404); Wilson 1927 (doi:10.1080/01621459.1927.10502953).
"""

import numpy as np
import scipy  # its parts load themselves when they are first used
from numpy.typing import ArrayLike

Limits = tuple[np.ndarray | float, np.ndarray | float]


def _counts(x: ArrayLike, n: ArrayLike, level: float) -> tuple[np.ndarray, np.ndarray]:
    x, n = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(n, dtype=float))
    impossible = (x < 0) | (x > n)  # a comparison with a missing count is not true: missing stays missing
    if impossible.any():
        at = np.argwhere(impossible)[0]
        raise ValueError(f"{x[tuple(at)]:g} events of {n[tuple(at)]:g}; allowed is 0 <= x <= n")
    if not 0 < level < 1:
        raise ValueError(f"confidence level is {level}; allowed is between 0 and 1")
    return x, n


def _plain(values: np.ndarray) -> np.ndarray | float:
    return float(values) if values.ndim == 0 else values


def clopper_pearson(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> Limits:
    """Exact two-sided interval: Beta quantiles, 0 below when x = 0, 1 above when x = n.

    x events of n, arrays that broadcast; missing (NaN) counts, and n = 0, give NaN limits.
    Raises ValueError for counts that cannot occur. Source: spec efficacy.md (ORR, DCR).
    """
    x, n = _counts(x, n, level)
    return _lower(x, n, (1 - level) / 2), _upper(x, n, (1 - level) / 2)


def clopper_pearson_upper(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> np.ndarray | float:
    """Exact one-sided upper limit: 0 of 3 still allows a rate of .63 at 95 %."""
    x, n = _counts(x, n, level)
    return _upper(x, n, 1 - level)


def clopper_pearson_lower(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> np.ndarray | float:
    """Exact one-sided lower limit."""
    x, n = _counts(x, n, level)
    return _lower(x, n, 1 - level)


def _lower(x: np.ndarray, n: np.ndarray, tail: float) -> np.ndarray | float:
    limit = scipy.special.betaincinv(np.where(x > 0, x, np.nan), n - x + 1, tail)
    return _plain(np.where((x == 0) & (n > 0), 0.0, limit))


def _upper(x: np.ndarray, n: np.ndarray, tail: float) -> np.ndarray | float:
    limit = scipy.special.betaincinv(x + 1, np.where(x < n, n - x, np.nan), 1 - tail)
    return _plain(np.where((x == n) & (n > 0), 1.0, limit))


def wilson(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> Limits:
    """Wilson score interval, without continuity correction; n = 0 or missing gives NaN."""
    x, n = _counts(x, n, level)
    z = scipy.special.ndtri((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (x + z**2 / 2) / (n + z**2)
        half = z / (n + z**2) * np.sqrt(x * (n - x) / n + z**2 / 4)
    return _plain(centre - half), _plain(centre + half)
