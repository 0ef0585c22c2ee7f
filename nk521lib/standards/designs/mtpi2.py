"""Interval designs by unit probability mass: mTPI-2, the older mTPI, and keyboard.

[0, 1] is cut into intervals, one of them the target phi +/- halfwidth; the interval with the largest posterior
mass per length under Beta(1 + x, 1 + n - x) says up, stay or down by its side of the target. The designs differ in
the cut: mTPI takes one interval a side; mTPI-2 intervals as wide as the target, the last one shorter; keyboard
the same without the shorter ones. Elimination as in BOIN.
Sources: Ji 2010 (doi:10.1177/1740774510382799); Guo 2017 (doi:10.1016/j.cct.2017.04.006); Yan, Mandrekar & Yuan 2017
(doi:10.1158/1078-0432.CCR-17-0220); spec escalation.md section 10.
"""

import numpy as np
import scipy  # its parts load themselves when they are first used

from nk521lib.errors import DesignError
from nk521lib.standards.designs.advice import Advice, check_counts, elimination_reason, must_eliminate
from nk521lib.standards.designs.posterior import posterior
from nk521lib.terms import ComparatorSays

DESIGNS = ("mTPI-2", "mTPI", "keyboard")
ROUNDING = 9  # digits: .25 - 2 * .1 must not leave a sliver of an interval


def interval_edges(phi: float, halfwidth: float = 0.05, design: str = "mTPI-2") -> np.ndarray:
    """Edges of the intervals, rising; one interval is [phi - halfwidth, phi + halfwidth]."""
    low, high = round(phi - halfwidth, ROUNDING), round(phi + halfwidth, ROUNDING)
    if not 0 < low < high < 1:
        raise DesignError(f"target {phi} +/- {halfwidth}; allowed is an interval inside 0 to 1")
    if design not in DESIGNS:
        raise DesignError(f"design {design!r}; allowed are {', '.join(DESIGNS)}")
    if design == "mTPI":
        return np.array([0.0, low, high, 1.0])
    width = high - low
    below = low - width * np.arange(int(round(low / width, ROUNDING)) + 1)
    above = high + width * np.arange(int(round((1 - high) / width, ROUNDING)) + 1)
    edges = np.concatenate([below[::-1], above])
    if design == "mTPI-2":
        edges = np.concatenate([[0.0], edges, [1.0]])
    return np.unique(np.round(edges, ROUNDING))


def advise(n: int, x: int, phi: float, halfwidth: float = 0.05, design: str = "mTPI-2") -> Advice:
    """What the interval design says after x DLTs of n, and why."""
    check_counts(n, x, phi)
    edges = interval_edges(phi, halfwidth, design)
    if must_eliminate(n, x, phi):
        return Advice(design, ComparatorSays.ELIMINATE, elimination_reason(n, x, phi))
    density = np.diff(scipy.special.betainc(*posterior(x, n), edges)) / np.diff(edges)
    heaviest = int(np.argmax(density))
    low, high = edges[heaviest], edges[heaviest + 1]
    why = f"{x}/{n}: heaviest interval {low:.2f} to {high:.2f}, target {phi - halfwidth:.2f} to {phi + halfwidth:.2f}"
    if high < phi:
        return Advice(design, ComparatorSays.ESCALATE, why)
    if low > phi:
        return Advice(design, ComparatorSays.DEESCALATE, why)
    return Advice(design, ComparatorSays.STAY, why)


def decide(n: int, x: int, phi: float, halfwidth: float = 0.05, design: str = "mTPI-2") -> ComparatorSays:
    """What the interval design says after x DLTs of n."""
    return advise(n, x, phi, halfwidth, design).says
