"""Certain or open: the decisions that every completion of pending subjects and undosed slots can lead to.

Source: spec escalation.md section 3 ("Certain vs open decisions"), rulings.md 3.8. The cap plays no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from nk521lib.errors import DesignError
from nk521lib.standards.designs.rules import ThreePlusThree
from nk521lib.standards.designs.three_plus_three import LevelCounts, Proposal, check_ladder, propose
from nk521lib.terms import Decision


@dataclass(frozen=True)
class IfResolved:
    """What one open subject's outcome would change: the decisions possible after no DLT and after a DLT."""

    level: int
    if_clear: tuple[Decision, ...]
    if_dlt: tuple[Decision, ...]

    @property
    def matters(self) -> bool:
        return self.if_clear != self.if_dlt


def possible_proposals(
    levels: Sequence[LevelCounts], rules: ThreePlusThree, latest: int | None = None
) -> tuple[Proposal, ...]:
    """The distinct proposals (decision, to_level, mtd) over all completions, fewest new DLTs first.

    Pending subjects of every level are completed, and the unfilled slots of the level in play: never WAIT.
    """
    ladder = check_ladder(levels, rules)
    in_play = propose(ladder, rules, latest).level
    open_outcomes = [c.m + (c.unfilled if level == in_play else 0) for level, c in enumerate(ladder, 1)]
    # two DLTs exceed a level, so a third changes nothing: this keeps the product small however many are open
    new_dlts = sorted(product(*(range(min(k, 2) + 1) for k in open_outcomes)), key=lambda dlts: (sum(dlts), dlts))
    seen: dict[tuple, Proposal] = {}
    for dlts in new_dlts:
        completed = [replace(c, n=c.n + k, x=c.x + x, m=0) for c, k, x in zip(ladder, open_outcomes, dlts, strict=True)]
        after = propose(completed, rules, latest)
        # a level above that a late DLT had put on hold may have slots to fill once this one is resolved
        proposals = possible_proposals(completed, rules, latest) if after.decision is Decision.WAIT else (after,)
        for proposal in proposals:
            seen.setdefault((proposal.decision, proposal.to_level, proposal.mtd), proposal)
    return tuple(seen.values())


def possible_decisions(
    levels: Sequence[LevelCounts], rules: ThreePlusThree, latest: int | None = None
) -> tuple[Decision, ...]:
    """The decisions still possible, after rules D and T and before the cap; one alone is certain."""
    return tuple(dict.fromkeys(p.decision for p in possible_proposals(levels, rules, latest)))


def if_resolved(
    levels: Sequence[LevelCounts], rules: ThreePlusThree, level: int, latest: int | None = None
) -> IfResolved:
    """What the outcome of one pending subject at `level` would leave possible, the other open ones open.

    Raises DesignError when nobody is pending there.
    """
    pending = levels[level - 1].m if 1 <= level <= len(levels) else 0
    if not pending:
        raise DesignError(f"nobody is pending at level {level}")

    def after(dlt: int) -> tuple[Decision, ...]:
        counts = levels[level - 1]
        resolved = replace(counts, n=counts.n + 1, x=counts.x + dlt, m=counts.m - 1)
        return possible_decisions([*levels[: level - 1], resolved, *levels[level:]], rules, latest)

    return IfResolved(level, if_clear=after(0), if_dlt=after(1))
