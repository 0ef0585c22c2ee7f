"""What a group's 3+3 recommends now: the rules' proposal under the cap and a hold, with its certainty and claim.

Source: spec escalation.md sections 3 and 4, rulings.md 3.7 to 3.11, outputs.md sections 1 and 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nk521lib.standards.designs.certainty import possible_decisions
from nk521lib.standards.designs.rules import CapPolicy, ThreePlusThree
from nk521lib.standards.designs.three_plus_three import (
    CLEARED,
    LevelCounts,
    Proposal,
    check_ladder,
    level_state,
    propose,
)
from nk521lib.terms import Claim, Decision, LevelState, Step

OPENS = frozenset({Decision.ESCALATE, Decision.EXPAND, Decision.CONFIRM_LOWER})
STOPS = frozenset({Decision.STOP_NONE, Decision.STOP_MTD, Decision.STOP_TOP})
STOP_OF_CLAIM = {
    Claim.DECLARED: Decision.STOP_MTD,
    Claim.PROVISIONAL: Decision.STOP_MTD,
    Claim.NOT_REACHED: Decision.STOP_TOP,
    Claim.NONE: Decision.STOP_NONE,
}
JSON_FIELDS = (
    *("step", "decision", "would_be", "short_by", "level", "to_level", "n", "x", "m"),
    *("certain", "possible", "mtd", "claim", "reason"),
)


@dataclass(frozen=True)
class Recommendation:
    """The fields of `next --json` (outputs.md section 1), then what the chapter shows beside them.

    states : state per level after the step, before the cap.   unfilled : undosed slots of the level in play.
    needs : new subjects the rules ask for.   highest_cleared : highest cleared level below any exceeded one.
    """

    step: Step
    decision: Decision
    would_be: Decision | None
    short_by: int
    level: int
    to_level: int | None
    n: int
    x: int
    m: int
    certain: bool
    possible: tuple[Decision, ...]
    mtd: int | None
    claim: Claim | None
    reason: str
    states: tuple[LevelState, ...]
    highest_cleared: int | None
    unfilled: int
    needs: int
    hold_because: tuple[str, ...] = ()

    def as_json(self) -> dict:
        """The mapping of `next --json`, in its order."""
        shown = {name: getattr(self, name) for name in JSON_FIELDS}
        return {**shown, "possible": list(self.possible)}


def recommend(
    levels: Sequence[LevelCounts],
    rules: ThreePlusThree,
    dosed: int | None = None,
    hold: Sequence[str] = (),
    latest: int | None = None,
) -> Recommendation:
    """Recommendation of one group.

    levels : counts per level from level 1, slots as `replay` gives them.
    dosed  : subjects that count against the cap, by default all of `levels`; replaced ones count too.
    hold   : why the group is on hold, empty when it is not.
    latest : level of the latest first dose, by default the highest dosed.
    Raises DesignError when the counts do not fit the rules.
    """
    ladder = check_ladder(levels, rules)
    rules_say = propose(ladder, rules, latest)
    counts = ladder[rules_say.level - 1]
    possible = possible_decisions(ladder, rules, latest)
    places = None if rules.active_cap is None else rules.active_cap - _dosed(ladder, dosed)
    short_by = _short_by(rules_say, places)
    stopped_by_cap = short_by > 0 and (rules_say.decision is not Decision.WAIT or (counts.m == 0 and places <= 0))

    decision, would_be, to_level = rules_say.decision, None, rules_say.to_level
    highest = highest_cleared(ladder)
    claim, mtd = None, None
    if stopped_by_cap or decision in STOPS:
        claim, mtd = claim_reached(ladder, rules)
    if stopped_by_cap:
        decision, would_be = Decision.CAP_HOLD, rules_say.decision
        if rules.cap_policy == CapPolicy.HARD_STOP:
            decision, to_level = STOP_OF_CLAIM[claim], None
    reason = _reason(rules_say, ladder, rules, claim, short_by, stopped_by_cap)
    if hold:
        decision, would_be = Decision.HOLD, decision
        reason = f"on hold ({'; '.join(hold)}); without it: {reason}"
    return Recommendation(
        step=rules_say.step,
        decision=decision,
        would_be=would_be,
        short_by=short_by,
        level=rules_say.level,
        to_level=to_level,
        n=counts.n,
        x=counts.x,
        m=counts.m,
        certain=len(possible) == 1,
        possible=possible,
        mtd=mtd,
        claim=claim,
        reason=reason,
        states=_states_after(ladder, rules_say, stopped_by_cap),
        highest_cleared=highest,
        unfilled=counts.unfilled,
        needs=rules_say.needs,
        hold_because=tuple(hold),
    )


def highest_cleared(ladder: Sequence[LevelCounts]) -> int | None:
    """Highest cleared level; levels above an exceeded one are closed and do not count."""
    highest = None
    for level, counts in enumerate(ladder, 1):
        state = level_state(counts)
        if state is LevelState.EXCEEDED:
            break
        if state in CLEARED:
            highest = level
    return highest


def claim_reached(ladder: Sequence[LevelCounts], rules: ThreePlusThree) -> tuple[Claim, int | None]:
    """What may be said now, and the MTD if any, from cleared levels only (rulings 3.10)."""
    highest = highest_cleared(ladder)
    if highest is None:
        return Claim.NONE, None
    above_exceeded = highest < len(ladder) and level_state(ladder[highest]) is LevelState.EXCEEDED
    if not above_exceeded:
        return Claim.NOT_REACHED, None
    enough = ladder[highest - 1].n >= rules.mtd_min_n
    return (Claim.DECLARED if enough else Claim.PROVISIONAL), highest


def _dosed(ladder: Sequence[LevelCounts], dosed: int | None) -> int:
    return sum(counts.dosed for counts in ladder) if dosed is None else dosed


def _short_by(rules_say: Proposal, places: int | None) -> int:
    """Places missing under the cap for what the decision needs (rulings 3.9); a stop needs none."""
    return 0 if places is None or not rules_say.needs else max(0, rules_say.needs - places)


def _states_after(ladder: Sequence[LevelCounts], rules_say: Proposal, stopped_by_cap: bool) -> tuple[LevelState, ...]:
    """States after the step (rulings 3.8): the level that is to be dosed is open, unless the cap holds it."""
    states = [level_state(counts) for counts in ladder]
    if rules_say.decision in OPENS and not stopped_by_cap:
        reopened = ladder[rules_say.to_level - 1].dosed > 0
        states[rules_say.to_level - 1] = LevelState.OPEN6 if reopened else LevelState.OPEN3
    return tuple(states)


def _reason(
    rules_say: Proposal,
    ladder: Sequence[LevelCounts],
    rules: ThreePlusThree,
    claim: Claim | None,
    short_by: int,
    stopped_by_cap: bool,
) -> str:
    level, highest = rules_say.level, highest_cleared(ladder)
    counts = ladder[level - 1]
    parts = [f"{counts.x} of {counts.n} evaluable subjects at DL{level} had a DLT"]
    if not counts.dosed:
        parts = [f"no subject dosed at DL{level} yet"]
    if counts.m:
        parts.append(f"{counts.m} pending")
    if rules_say.decision is Decision.WAIT and counts.unfilled:
        parts.append(f"{counts.unfilled} of {counts.slots} slots at DL{level} not dosed yet")
    if rules_say.decision is Decision.CONFIRM_LOWER:
        parts.append(f"DL{rules_say.to_level} is to be confirmed with {rules_say.needs} more")
    if rules_say.decision is Decision.STOP_NONE:
        parts.append("there is no lower level")
    if stopped_by_cap:
        parts.append(f"the rules would say {rules_say.decision}")
    if short_by:
        parts.append(f"{short_by} more than the cap of {rules.cap} allows")
    if claim is Claim.NOT_REACHED:
        from nk521lib.standards.proportions import clopper_pearson_upper  # needs SciPy; only this sentence needs it

        tested = ladder[highest - 1]
        upper = clopper_pearson_upper(tested.x, tested.n)
        parts.append(f"MTD not reached, highest level tested DL{highest}, n = {tested.n}, true rate up to {upper:.2f}")
    if claim in (Claim.DECLARED, Claim.PROVISIONAL):
        parts.append(f"MTD DL{highest} ({claim.lower()}, n = {ladder[highest - 1].n})")
    if claim is Claim.NONE and stopped_by_cap:
        parts.append("no level is cleared")
    return "; ".join(parts)
