"""How long a walk through a 3+3 takes at least: spacing of first doses and follow-up, nobody and nothing waited for."""

from dataclasses import dataclass

from nk521lib.errors import DesignError


@dataclass(frozen=True)
class Pace:
    """Days that the design itself needs; accrual and meetings come on top.

    follow_up : from a first dose until its outcome is in.   first_gap : between the first two first doses of a level.
    next_gap : between later ones.   open_days : until the outcomes that are open now are in.
    """

    follow_up: int
    first_gap: int = 0
    next_gap: int = 0
    open_days: int = 0

    def __post_init__(self) -> None:
        shortest = min(self.follow_up, self.first_gap, self.next_gap, self.open_days)
        if shortest < 0:
            raise DesignError(f"pace has {shortest} days; allowed is 0 or more")

    def days(self, pending: int, new: int, dosed_before: int) -> int:
        """Days until the outcomes of `pending` subjects and `new` ones are in; `dosed_before` were dosed at the level.

        The first new subject is dosed at once, as if its distance to those dosed before were kept.
        """
        waiting = self.open_days if pending else 0
        if not new:
            return waiting
        gaps = [self.next_gap] * (new - 1)
        if gaps and not dosed_before:
            gaps[0] = self.first_gap
        return max(waiting, sum(gaps) + self.follow_up)
