"""i3+3 (Liu, Wang & Ji 2020, J Biopharm Stat 30:294): an interval design by counting one DLT less.

x/n below the interval phi +/- halfwidth: up; inside: stay; above: stay when (x - 1)/n is below it, else down.
Elimination as in BOIN.
"""

from nk521lib.standards.designs.advice import Advice, check_counts, elimination_reason, must_eliminate
from nk521lib.terms import ComparatorSays

ROUNDING = 9  # digits: a rate on the edge of the interval is inside it


def advise(n: int, x: int, phi: float, halfwidth: float = 0.05) -> Advice:
    """What i3+3 says after x DLTs of n, and why."""
    check_counts(n, x, phi)
    if must_eliminate(n, x, phi):
        return Advice("i3+3", ComparatorSays.ELIMINATE, elimination_reason(n, x, phi))
    low, high = round((phi - halfwidth) * n, ROUNDING), round((phi + halfwidth) * n, ROUNDING)
    interval = f"{phi - halfwidth:.2f} to {phi + halfwidth:.2f}"
    if x < low:
        return Advice("i3+3", ComparatorSays.ESCALATE, f"{x}/{n} is below {interval}")
    if x <= high:
        return Advice("i3+3", ComparatorSays.STAY, f"{x}/{n} is inside {interval}")
    if x - 1 < low:
        return Advice("i3+3", ComparatorSays.STAY, f"{x}/{n} is above {interval}, {x - 1}/{n} below")
    return Advice("i3+3", ComparatorSays.DEESCALATE, f"{x}/{n} is above {interval}")


def decide(n: int, x: int, phi: float, halfwidth: float = 0.05) -> ComparatorSays:
    """What i3+3 says after x DLTs of n."""
    return advise(n, x, phi, halfwidth).says
