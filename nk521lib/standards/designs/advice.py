"""What a comparator design says at one level, and why. Advisory: never the rule of the trial."""

from dataclasses import dataclass

from nk521lib.errors import DesignError
from nk521lib.standards.designs.posterior import prob_rate_above
from nk521lib.terms import ComparatorSays

ELIMINATE_ABOVE = 0.95
ELIMINATE_MIN_N = 3


@dataclass(frozen=True)
class Advice:
    """design, what it says before the ends of the ladder, the reason in words; pick: level a model points at."""

    design: str
    says: ComparatorSays
    why: str
    pick: int | None = None


def check_counts(n: int, x: int, phi: float) -> None:
    """Refuse counts and targets that cannot be."""
    if n < 1 or not 0 <= x <= n:
        raise DesignError(f"{x} DLT of {n} subjects cannot be judged; allowed is n >= 1 and 0 <= x <= n")
    if not 0 < phi < 1:
        raise DesignError(f"target rate is {phi}; allowed is between 0 and 1")


def must_eliminate(n: int, x: int, phi: float, cutoff: float = ELIMINATE_ABOVE) -> bool:
    """Eliminate the level and those above: n >= 3 and P(rate > phi | x of n, uniform prior) above the cutoff."""
    return n >= ELIMINATE_MIN_N and bool(prob_rate_above(x, n, phi) > cutoff)


def elimination_reason(n: int, x: int, phi: float) -> str:
    return f"P(rate > {phi:g} | {x} of {n}) = {prob_rate_above(x, n, phi):.3f} > {ELIMINATE_ABOVE:g}"
