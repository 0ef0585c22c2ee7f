"""BOIN, the Bayesian optimal interval design (Liu & Yuan 2015, doi:10.1111/rssc.12089).

Conventions of the R package BOIN 2.7.2: phi1 = 0.6 phi, phi2 = 1.4 phi, elimination at .95 from 3 subjects.
Source: spec escalation.md section 10.
"""

from math import log
from typing import NamedTuple

from nk521lib.errors import DesignError
from nk521lib.standards.designs.advice import Advice, check_counts, elimination_reason, must_eliminate
from nk521lib.terms import ComparatorSays


class Boundaries(NamedTuple):
    """Escalate when x/n <= escalate, de-escalate when x/n >= deescalate."""

    escalate: float
    deescalate: float


def boundaries(phi: float, low: float = 0.6, high: float = 1.4) -> Boundaries:
    """The two boundaries for target rate phi; low, high: phi1 and phi2 as multiples of phi."""
    phi1, phi2 = low * phi, high * phi
    if not 0 < phi1 < phi < phi2 < 1:
        raise DesignError(f"target {phi} with phi1 {phi1:g} and phi2 {phi2:g}; allowed is 0 < phi1 < phi < phi2 < 1")
    return Boundaries(
        escalate=log((1 - phi1) / (1 - phi)) / log(phi * (1 - phi1) / (phi1 * (1 - phi))),
        deescalate=log((1 - phi) / (1 - phi2)) / log(phi2 * (1 - phi) / (phi * (1 - phi2))),
    )


def advise(n: int, x: int, phi: float, low: float = 0.6, high: float = 1.4) -> Advice:
    """What BOIN says after x DLTs of n, and why."""
    check_counts(n, x, phi)
    limits = boundaries(phi, low, high)
    if must_eliminate(n, x, phi):
        return Advice("BOIN", ComparatorSays.ELIMINATE, elimination_reason(n, x, phi))
    if x <= limits.escalate * n:
        return Advice("BOIN", ComparatorSays.ESCALATE, f"{x}/{n} <= {limits.escalate:.4f}")
    if x >= limits.deescalate * n:
        return Advice("BOIN", ComparatorSays.DEESCALATE, f"{x}/{n} >= {limits.deescalate:.4f}")
    return Advice("BOIN", ComparatorSays.STAY, f"{limits.escalate:.4f} < {x}/{n} < {limits.deescalate:.4f}")


def decide(n: int, x: int, phi: float) -> ComparatorSays:
    """What BOIN says after x DLTs of n."""
    return advise(n, x, phi).says
