"""A second 3+3, from counts per level: spec escalation.md section 3 and rulings.md 3.7 to 3.10, read with plain loops."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from nk521lib.terms import Claim, Decision, LevelState, Step


class Level(NamedTuple):
    """n complete, x of them with a DLT, m open, and the slots the rules or the committee have opened (0, 3 or 6)."""

    n: int = 0
    x: int = 0
    m: int = 0
    slots: int = 0


class Rules(NamedTuple):
    mtd_min_n: int = 6
    top_confirm6: bool = False
    start: int = 1


class Said(NamedTuple):
    """needs : new subjects the decision asks for; of a WAIT, the slots not filled."""

    level: int
    step: Step
    decision: Decision
    to_level: int | None
    mtd: int | None
    needs: int


def state_of(at: Level) -> tuple[LevelState, Step]:
    """State and step of one level by the table; the rows for 3 slots read n >= 3 (rulings.md 3.7)."""
    if not at.slots:
        return LevelState.UNOPENED, Step.WAIT
    if at.x >= 2:
        return LevelState.EXCEEDED, Step.DEESCALATE
    if at.n >= 6:
        return LevelState.CLEARED6, Step.ESCALATE
    if at.slots == 3 and at.n >= 3:
        return (LevelState.CLEARED3, Step.ESCALATE) if at.x == 0 else (LevelState.OPEN6, Step.EXPAND)
    return (LevelState.OPEN6 if at.slots == 6 else LevelState.OPEN3), Step.WAIT


def opened(ladder: Sequence[Level], rules: Rules) -> list[Level]:
    """The ladder as it stands: the start level is open from the beginning, and 1 of 3 with all six dosed waits for them."""
    made = []
    for number, at in enumerate(ladder, 1):
        slots = at.slots or (3 if number == rules.start and not any(level.slots for level in ladder) else 0)
        made.append(at._replace(slots=6 if slots == 3 and at.n >= 3 and at.x == 1 and at.n + at.m >= 6 else slots))
    return made


def in_play(ladder: Sequence[Level], latest: int | None) -> int:
    """Level of the latest first dose, unless a lower level in use is unresolved (a DLT known late): the lowest such."""
    used = [i for i, at in enumerate(ladder, 1) if at.slots and (at.n + at.m or i == latest)]
    if not used:
        return next(i for i, at in enumerate(ladder, 1) if at.slots)
    level = used[-1] if latest is None else latest
    cleared = (LevelState.CLEARED3, LevelState.CLEARED6)
    for lower in used:
        if lower < level and state_of(ladder[lower - 1])[0] not in cleared:
            return lower
    # Those above a level that was reopened and is resolved again are no longer on hold: their subjects count.
    while state_of(ladder[level - 1])[0] in cleared and level + 1 in used:
        if state_of(ladder[level])[0] is LevelState.EXCEEDED:
            break
        level += 1
    return level


def decide(ladder: Sequence[Level], rules: Rules, latest: int | None = None) -> Said:
    """Step of the level in play and what rules D and T make of it, before cap and hold."""
    ladder = opened(ladder, rules)
    level = in_play(ladder, latest)
    at = ladder[level - 1]
    _, step = state_of(at)
    if step is Step.WAIT:
        return Said(level, step, Decision.WAIT, level, None, max(0, at.slots - at.n - at.m))
    if step is Step.EXPAND:
        return Said(level, step, Decision.EXPAND, level, None, 6 - at.n - at.m)
    if step is Step.DEESCALATE:  # rule D
        if level == 1:
            return Said(level, step, Decision.STOP_NONE, None, None, 0)
        below = ladder[level - 2]
        if below.n + below.m == 0:
            return Said(level, step, Decision.CONFIRM_LOWER, level - 1, None, 3)
        if below.n >= rules.mtd_min_n:
            return Said(level, step, Decision.STOP_MTD, None, level - 1, 0)
        return Said(level, step, Decision.CONFIRM_LOWER, level - 1, None, max(0, 6 - below.n - below.m))
    if level < len(ladder) and state_of(ladder[level])[0] is not LevelState.EXCEEDED:
        return Said(level, step, Decision.ESCALATE, level + 1, None, 3)
    if level == len(ladder):  # rule T at the top
        if rules.top_confirm6 and at.n < 6:
            return Said(level, step, Decision.EXPAND, level, None, max(0, 6 - at.n - at.m))
        return Said(level, step, Decision.STOP_TOP, None, None, 0)
    if at.n >= rules.mtd_min_n:  # rule T below an exceeded level
        return Said(level, step, Decision.STOP_MTD, None, level, 0)
    return Said(level, step, Decision.CONFIRM_LOWER, level, None, max(0, 6 - at.n - at.m))


def completions(ladder: Sequence[Level], level: int) -> Iterator[list[Level]]:
    """Every ladder in which open subjects, and the unfilled slots of the level in play, have an outcome."""
    open_at = [at.m + (max(0, at.slots - at.n - at.m) if i == level else 0) for i, at in enumerate(ladder, 1)]
    for dlts in product(*(range(k + 1) for k in open_at)):
        yield [at._replace(n=at.n + k, x=at.x + x, m=0) for at, k, x in zip(ladder, open_at, dlts, strict=True)]


def possible(ladder: Sequence[Level], rules: Rules, latest: int | None = None) -> set[Decision]:
    """The decisions that the completions lead to; one alone is certain."""
    ladder = opened(ladder, rules)
    found: set[Decision] = set()
    for done in completions(ladder, decide(ladder, rules, latest).level):
        said = decide(done, rules, latest).decision
        found |= possible(done, rules, latest) if said is Decision.WAIT else {said}
    return found


def highest_cleared(ladder: Sequence[Level]) -> int | None:
    best = None
    for number, at in enumerate(ladder, 1):
        state, _ = state_of(at)
        if state is LevelState.EXCEEDED:
            break
        if state in (LevelState.CLEARED3, LevelState.CLEARED6):
            best = number
    return best


def claim(ladder: Sequence[Level], rules: Rules) -> tuple[Claim, int | None]:
    """What may be said of the MTD, from cleared levels only (rulings.md 3.10)."""
    top = highest_cleared(ladder)
    if top is None:
        return Claim.NONE, None
    if top == len(ladder) or state_of(ladder[top])[0] is not LevelState.EXCEEDED:
        return Claim.NOT_REACHED, None
    return (Claim.DECLARED if ladder[top - 1].n >= rules.mtd_min_n else Claim.PROVISIONAL), top


def recommend(
    ladder: Sequence[Level],
    rules: Rules,
    latest: int | None = None,
    dosed: int | None = None,
    cap: int | None = None,
    hard_stop: bool = False,
    held: bool = False,
) -> dict:
    """The decision under the cap and a hold, as fields of decisions.json. cap : None where it is ignored."""
    ladder = opened(ladder, rules)
    said = decide(ladder, rules, latest)
    at, decision, to_level, would_be = ladder[said.level - 1], said.decision, said.to_level, None
    places = None if cap is None else cap - (sum(level.n + level.m for level in ladder) if dosed is None else dosed)
    short_by = max(0, said.needs - places) if places is not None and said.needs else 0
    capped = short_by > 0 and (decision is not Decision.WAIT or (at.m == 0 and places <= 0))
    words, mtd = None, None
    if capped or decision in (Decision.STOP_NONE, Decision.STOP_MTD, Decision.STOP_TOP):
        words, mtd = claim(ladder, rules)
    states = [state_of(level)[0] for level in ladder]
    if not capped and decision in (Decision.ESCALATE, Decision.EXPAND, Decision.CONFIRM_LOWER):
        used = ladder[to_level - 1].n + ladder[to_level - 1].m > 0
        states[to_level - 1] = LevelState.OPEN6 if used else LevelState.OPEN3
    if capped:
        would_be, decision = decision, Decision.CAP_HOLD
        if hard_stop:
            ends = {Claim.NONE: Decision.STOP_NONE, Claim.NOT_REACHED: Decision.STOP_TOP}
            decision, to_level = ends.get(words, Decision.STOP_MTD), None
    if held:
        would_be, decision = decision, Decision.HOLD
    can_be = possible(ladder, rules, latest)
    return {
        "level": said.level, "n": at.n, "x": at.x, "m": at.m, "state": states[said.level - 1], "step": said.step,
        "decision": decision, "certain": len(can_be) == 1, "possible": can_be, "to_level": to_level, "would_be": would_be,
        "short_by": short_by, "mtd": mtd, "claim": words, "highest_cleared": highest_cleared(ladder),
        "levels": [(i, s, level.n, level.x, level.m) for i, (level, s) in enumerate(zip(ladder, states, strict=True), 1)],
    }  # fmt: skip
