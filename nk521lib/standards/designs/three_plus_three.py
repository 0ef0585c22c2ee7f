"""The conventional 3+3 from counts: the step at one level, then rules D and T on the ladder of levels.

Integers are counted, never divided: 0 of 1 is not 0 of 3. Nothing here knows a cap or a hold; `recommend` adds
them. Source: spec escalation.md section 3, rulings.md section 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nk521lib.errors import DesignError
from nk521lib.standards.designs.rules import COHORT, EXPANDED, ThreePlusThree
from nk521lib.terms import Decision, LevelState, Step

CLEARED = frozenset({LevelState.CLEARED3, LevelState.CLEARED6})


@dataclass(frozen=True)
class LevelCounts:
    """Subjects of one level: n with complete DLT assessment, x of them with a DLT, m pending (or candidate).

    slots is 0 while the level is unopened, 3 once opened, 6 once the rules (or the committee) asked for more.
    """

    n: int = 0
    x: int = 0
    m: int = 0
    slots: int = 0

    def __post_init__(self) -> None:
        if self.slots not in (0, COHORT, EXPANDED):
            raise DesignError(f"slots is {self.slots}; allowed are 0, {COHORT} and {EXPANDED}")
        if not 0 <= self.x <= self.n or self.m < 0:
            raise DesignError(f"n={self.n}, x={self.x}, m={self.m} cannot occur; allowed is 0 <= x <= n, m >= 0")
        if self.dosed and not self.slots:
            raise DesignError(f"a level with {self.dosed} dosed has 0 slots; allowed are {COHORT} and {EXPANDED}")

    @property
    def dosed(self) -> int:
        return self.n + self.m

    @property
    def unfilled(self) -> int:
        return max(0, self.slots - self.dosed)


def next_step(n: int, x: int, slots: int = COHORT) -> Step:
    """Step of a conventional 3+3 at one dose level, from counts alone.

    n : subjects whose DLT assessment is complete.   x : those with a DLT, 0..n.   slots : 3, or 6 once expanded.
    A level that took more subjects than its slots is judged by all of them (rulings 3.7).
    The ends of the dose ladder are `propose`'s concern, not this function's.
    Source: spec escalation.md section 3; Storer 1989, Korn 1994. Raises DesignError when the counts cannot occur.
    """
    if slots not in (COHORT, EXPANDED):
        raise DesignError(f"slots is {slots}; allowed are {COHORT} and {EXPANDED}")
    if not 0 <= x <= n:
        raise DesignError(f"{x} DLT of {n} subjects cannot occur; allowed is 0 to {max(n, 0)}")
    if x >= 2:
        return Step.DEESCALATE
    if n >= EXPANDED:
        return Step.ESCALATE
    if slots == EXPANDED or n < COHORT:
        return Step.WAIT
    return Step.ESCALATE if x == 0 else Step.EXPAND


def level_state(counts: LevelCounts) -> LevelState:
    """State of a level after its step: 1 of 3 is OPEN6 (rulings 3.8)."""
    if not counts.slots:
        return LevelState.UNOPENED
    step = next_step(counts.n, counts.x, counts.slots)
    if step is Step.DEESCALATE:
        return LevelState.EXCEEDED
    if step is Step.ESCALATE:
        return LevelState.CLEARED6 if counts.n >= EXPANDED else LevelState.CLEARED3
    return LevelState.OPEN6 if step is Step.EXPAND or counts.slots == EXPANDED else LevelState.OPEN3


@dataclass(frozen=True)
class Proposal:
    """What the rules say, before any cap or hold.

    needs: new subjects that the decision asks for at `to_level`; of a WAIT, its unfilled slots.
    """

    step: Step
    decision: Decision
    level: int
    to_level: int | None = None
    mtd: int | None = None
    needs: int = 0


def check_ladder(levels: Sequence[LevelCounts], rules: ThreePlusThree) -> tuple[LevelCounts, ...]:
    """The ladder with the start level open; refused when it has not one entry per level of the rules."""
    if len(levels) != rules.levels:
        raise DesignError(f"{len(levels)} levels given; the design has {rules.levels}")
    ladder = tuple(expand_if_overfilled(counts) for counts in levels)
    start = rules.start_level - 1
    if not any(counts.slots for counts in ladder):
        ladder = (*ladder[:start], LevelCounts(slots=COHORT), *ladder[start + 1 :])
    return ladder


def expand_if_overfilled(counts: LevelCounts) -> LevelCounts:
    """A level at 1 of 3 whose next three are already dosed has nothing to add: it waits for them in 6 slots."""
    asks = counts.slots == COHORT and counts.n >= COHORT and counts.x == 1
    return replace(counts, slots=EXPANDED) if asks and counts.dosed >= EXPANDED else counts


def level_in_play(ladder: Sequence[LevelCounts], latest: int | None = None) -> int:
    """The level that decides: the latest dosed, unless a lower dosed level is unresolved, then the lowest such.

    latest is the level of the latest first dose, by default the highest dosed; its only subjects may have been
    replaced since. Once a lower level that a late DLT had reopened is resolved, the levels above it count again
    (rulings 3.7).
    """
    opened = [level for level, counts in enumerate(ladder, 1) if counts.slots]
    dosed = [level for level in opened if ladder[level - 1].dosed or level == latest]
    if latest is not None and latest not in dosed:
        raise DesignError(f"latest is level {latest}; open are {', '.join(map(str, opened))}")
    if not dosed:
        return opened[0]
    latest = dosed[-1] if latest is None else latest
    states = {level: level_state(ladder[level - 1]) for level in dosed}
    unresolved = [level for level in dosed if level < latest and states[level] not in CLEARED]
    if unresolved:
        return unresolved[0]
    while states[latest] in CLEARED and states.get(latest + 1, LevelState.EXCEEDED) is not LevelState.EXCEEDED:
        latest += 1
    return latest


def propose(levels: Sequence[LevelCounts], rules: ThreePlusThree, latest: int | None = None) -> Proposal:
    """Step of the level in play and the decision that rules D and T make of it.

    levels : counts per level, one entry per level of the rules, from level 1.   latest : see `level_in_play`.
    Source: spec escalation.md section 3.
    """
    ladder = check_ladder(levels, rules)
    level = level_in_play(ladder, latest)
    counts = ladder[level - 1]
    step = next_step(counts.n, counts.x, counts.slots)
    if step is Step.WAIT:
        return Proposal(step, Decision.WAIT, level, level, needs=counts.unfilled)
    if step is Step.EXPAND:
        return Proposal(step, Decision.EXPAND, level, level, needs=EXPANDED - counts.dosed)
    if step is Step.DEESCALATE:
        return _rule_d(ladder, level, rules)
    at_top = level == rules.levels
    if not at_top and level_state(ladder[level]) is not LevelState.EXCEEDED:
        return Proposal(step, Decision.ESCALATE, level, level + 1, needs=COHORT)
    return _rule_t(counts, level, at_top, rules)


def _rule_d(ladder: Sequence[LevelCounts], level: int, rules: ThreePlusThree) -> Proposal:
    """Down from an exceeded level. The level below is cleared, or was never dosed (a start above it)."""
    step = Step.DEESCALATE
    if level == 1:
        return Proposal(step, Decision.STOP_NONE, level)
    below = ladder[level - 2]
    if not below.dosed:
        return Proposal(step, Decision.CONFIRM_LOWER, level, level - 1, needs=COHORT)
    if below.n >= rules.mtd_min_n:
        return Proposal(step, Decision.STOP_MTD, level, mtd=level - 1)
    return Proposal(step, Decision.CONFIRM_LOWER, level, level - 1, needs=max(0, EXPANDED - below.dosed))


def _rule_t(counts: LevelCounts, level: int, at_top: bool, rules: ThreePlusThree) -> Proposal:
    """At a cleared level with nothing above to open: the level above is exceeded, or there is none."""
    step, needs = Step.ESCALATE, max(0, EXPANDED - counts.dosed)
    if at_top and rules.top_confirm6 and counts.n < EXPANDED:
        return Proposal(step, Decision.EXPAND, level, level, needs=needs)
    if at_top:
        return Proposal(step, Decision.STOP_TOP, level)
    if counts.n >= rules.mtd_min_n:
        return Proposal(step, Decision.STOP_MTD, level, mtd=level)
    return Proposal(step, Decision.CONFIRM_LOWER, level, level, needs=needs)
