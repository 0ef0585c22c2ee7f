"""The conventional 3+3 as data: the few settings by which the designs called "3+3" differ.

Sources: Storer 1989 (doi:10.2307/2531693); Korn 1994 (doi:10.1002/sim.4780131802); spec escalation.md
sections 3 and 4, rulings.md section 3.
"""

from dataclasses import dataclass
from enum import StrEnum

from nk521lib.errors import DesignError

COHORT = 3
EXPANDED = 6


class CapPolicy(StrEnum):
    """What happens when the next cohort does not fit under the cap on subjects."""

    HOLD = "hold"
    HARD_STOP = "hard_stop"
    IGNORE = "ignore"


@dataclass(frozen=True)
class ThreePlusThree:
    """One 3+3 design on a ladder of dose levels numbered 1..levels.

    cohort         : subjects per cohort; 3, or it is another design.
    mtd_min_n      : subjects an MTD must rest on, 3 or 6. With 6 the level below an exceeded one is topped up.
    top_confirm6   : expand the top level to 6 before stopping there.
    cap            : most subjects that may be dosed, None for no cap.
    cap_policy     : hold (propose nothing beyond the cap, say what is missing), hard_stop (end with the claim
                     reached), ignore.
    start_level    : level of the first cohort.
    """

    levels: int = 3
    cohort: int = COHORT
    mtd_min_n: int = EXPANDED
    top_confirm6: bool = False
    cap: int | None = None
    cap_policy: CapPolicy = CapPolicy.HOLD
    start_level: int = 1

    def __post_init__(self) -> None:
        if self.levels < 1:
            raise DesignError(f"levels is {self.levels}; a design has at least 1")
        if self.cohort != COHORT:
            raise DesignError(f"cohort is {self.cohort}; a 3+3 has cohorts of {COHORT}")
        if self.mtd_min_n not in (COHORT, EXPANDED):
            raise DesignError(f"mtd_min_n is {self.mtd_min_n}; allowed are {COHORT} and {EXPANDED}")
        if self.cap is not None and self.cap < 1:
            raise DesignError(f"cap is {self.cap}; allowed is at least 1, or none")
        if self.cap_policy not in set(CapPolicy):
            raise DesignError(f"cap_policy is {self.cap_policy!r}; allowed are {', '.join(CapPolicy)}")
        if not 1 <= self.start_level <= self.levels:
            raise DesignError(f"start_level is {self.start_level}; allowed are 1 to {self.levels}")

    @property
    def active_cap(self) -> int | None:
        """The cap if this design heeds it."""
        return None if self.cap_policy == CapPolicy.IGNORE else self.cap


READINGS: dict[str, ThreePlusThree] = {
    "MTD may rest on 3": ThreePlusThree(mtd_min_n=3),
    "lower level topped up to 6": ThreePlusThree(mtd_min_n=6),
    "6 also at the top level": ThreePlusThree(mtd_min_n=6, top_confirm6=True),
}
"""The three designs that the field calls 3+3, for three levels; `dataclasses.replace` gives other ladders."""
