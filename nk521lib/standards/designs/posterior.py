"""What x of n says about the true DLT rate: Beta posteriors per level. Exact intervals are in `proportions`."""

import numpy as np
import scipy  # its parts load themselves when they are first used
from numpy.typing import ArrayLike

from nk521lib.errors import DesignError

UNIFORM = (1.0, 1.0)
Floats = np.ndarray | float


def posterior(x: ArrayLike, n: ArrayLike, prior: tuple[float, float] = UNIFORM) -> tuple[Floats, Floats]:
    """Parameters (a, b) of the Beta posterior of the rate after x DLTs of n. prior: (a, b), both above 0."""
    x, n = np.asarray(x), np.asarray(n)
    if np.any((x < 0) | (x > n)):
        raise DesignError(f"{x} DLT of {n} subjects cannot occur; allowed is 0 <= x <= n")
    if min(prior) <= 0:
        raise DesignError(f"Beta prior is {prior}; both parameters must be above 0")
    return prior[0] + x, prior[1] + n - x


def prob_rate_above(x: ArrayLike, n: ArrayLike, rate: float, prior: tuple[float, float] = UNIFORM) -> Floats:
    """P(true rate > rate | x of n)."""
    return scipy.special.betaincc(*posterior(x, n, prior), rate)


def posterior_summary(
    x: ArrayLike, n: ArrayLike, level: float = 0.95, prior: tuple[float, float] = UNIFORM
) -> dict[str, Floats]:
    """Mean, median and equal-tailed credible limits of the posterior."""
    a, b = posterior(x, n, prior)
    tail = (1 - level) / 2
    return {
        "mean": a / (a + b),
        "median": scipy.special.betaincinv(a, b, 0.5),
        "low": scipy.special.betaincinv(a, b, tail),
        "high": scipy.special.betaincinv(a, b, 1 - tail),
    }
