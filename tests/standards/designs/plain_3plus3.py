"""A second 3+3, written from spec escalation.md section 3 and rulings.md section 3 with plain loops.

It shares nothing with the package but the terms. It takes regular histories only, as strings per subject in the
order of dosing, [(level, "N" | "T" | "P"), ...], and reads off slots from how many were dosed at a level.
"""

from itertools import product

from nk521lib.terms import Claim, Decision, LevelState, Step


def outcomes_at(history, level):
    return "".join(letter for at, letter in history if at == level)


def state_of(letters):
    """State of one level by the table, and its step."""
    n, x = len(letters.replace("P", "")), letters.count("T")
    slots = 6 if len(letters) > 3 else 3
    if not letters:
        return LevelState.UNOPENED, Step.WAIT
    if x >= 2:
        return LevelState.EXCEEDED, Step.DEESCALATE
    if slots == 3 and n == 3 and x == 0:
        return LevelState.CLEARED3, Step.ESCALATE
    if slots == 3 and n == 3 and x == 1:
        return LevelState.OPEN6, Step.EXPAND
    if slots == 6 and n == 6:
        return LevelState.CLEARED6, Step.ESCALATE
    return (LevelState.OPEN6 if slots == 6 else LevelState.OPEN3), Step.WAIT


def decide(history, levels=3, mtd_min_n=6, top_confirm6=False):
    """(level, step, decision, to_level, mtd) before any cap."""
    level = history[-1][0] if history else 1
    letters = outcomes_at(history, level)
    _, step = state_of(letters)
    if step is Step.WAIT:
        return level, step, Decision.WAIT, level, None
    if step is Step.EXPAND:
        return level, step, Decision.EXPAND, level, None
    if step is Step.ESCALATE:  # up, or rule T
        if level == levels:
            if top_confirm6 and len(letters) == 3:
                return level, step, Decision.EXPAND, level, None
            return level, step, Decision.STOP_TOP, None, None
        above, _ = state_of(outcomes_at(history, level + 1))
        if above is LevelState.UNOPENED:
            return level, step, Decision.ESCALATE, level + 1, None
        assert above is LevelState.EXCEEDED, "a regular history comes down only from an exceeded level"
        if len(letters) >= mtd_min_n:
            return level, step, Decision.STOP_MTD, None, level
        return level, step, Decision.CONFIRM_LOWER, level, None
    if level == 1:  # rule D
        return level, step, Decision.STOP_NONE, None, None
    below, _ = state_of(outcomes_at(history, level - 1))
    if below is LevelState.CLEARED6 or mtd_min_n == 3:
        return level, step, Decision.STOP_MTD, None, level - 1
    assert below is LevelState.CLEARED3, "a regular history goes up only from a cleared level"
    return level, step, Decision.CONFIRM_LOWER, level - 1, None


def completions(history, levels=3):
    """Every history in which pending subjects and the unfilled slots of the level in play have an outcome."""
    level = history[-1][0] if history else 1
    letters = outcomes_at(history, level)
    unfilled = (6 if len(letters) > 3 else 3) - len(letters)
    full = list(history) + [(level, "P")] * unfilled
    open_at = [i for i, (_, letter) in enumerate(full) if letter == "P"]
    for outcome in product("NT", repeat=len(open_at)):
        done = list(full)
        for i, letter in zip(open_at, outcome, strict=True):
            done[i] = (done[i][0], letter)
        yield done


def possible(history, **rules):
    return {decide(done, **rules)[2] for done in completions(history)}


def claim(history, levels, mtd_min_n):
    cleared = []
    for level in range(1, levels + 1):
        state, _ = state_of(outcomes_at(history, level))
        if state is LevelState.EXCEEDED:
            break
        if state in (LevelState.CLEARED3, LevelState.CLEARED6):
            cleared.append(level)
    if not cleared:
        return Claim.NONE, None
    top = cleared[-1]
    above = outcomes_at(history, top + 1) if top < levels else ""
    if state_of(above)[0] is not LevelState.EXCEEDED:
        return Claim.NOT_REACHED, None
    n = len(outcomes_at(history, top).replace("P", ""))
    return (Claim.DECLARED if n >= mtd_min_n else Claim.PROVISIONAL), top


def recommend(history, cap=None, levels=3, mtd_min_n=6, top_confirm6=False):
    """The JSON fields of `next` without its reason, cap policy hold."""
    rules = {"levels": levels, "mtd_min_n": mtd_min_n, "top_confirm6": top_confirm6}
    level, step, decision, to_level, mtd = decide(history, **rules)
    letters = outcomes_at(history, level)
    pending = letters.count("P")
    would_be, short_by = None, 0
    if cap is not None:
        places = cap - len(history)
        if decision in (Decision.ESCALATE, Decision.EXPAND, Decision.CONFIRM_LOWER) and places < 3:
            would_be, decision, short_by = decision, Decision.CAP_HOLD, 3 - places
        if decision is Decision.WAIT:
            unfilled = (6 if len(letters) > 3 else 3) - len(letters)
            if unfilled and unfilled > places:
                short_by = unfilled - places
                if pending == 0 and places <= 0:
                    would_be, decision = Decision.WAIT, Decision.CAP_HOLD
    said, mtd_said = None, None
    if decision in (Decision.STOP_NONE, Decision.STOP_MTD, Decision.STOP_TOP, Decision.CAP_HOLD):
        said, mtd_said = claim(history, levels, mtd_min_n)
        assert decision is Decision.CAP_HOLD or mtd == mtd_said
    can_be = possible(history, **rules)
    return {
        "step": step,
        "decision": decision,
        "would_be": would_be,
        "short_by": short_by,
        "level": level,
        "to_level": to_level,
        "n": len(letters) - pending,
        "x": letters.count("T"),
        "m": pending,
        "certain": len(can_be) == 1,
        "possible": can_be,
        "mtd": mtd_said,
        "claim": said,
    }


def reachable(levels=3, mtd_min_n=6, top_confirm6=False):
    """Every regular history with complete outcomes, cohorts under way included, from none dosed to the end.

    A cohort may be filled although two DLTs are in: its subjects may have been dosed before they were known.
    """
    todo, seen = [()], []
    while todo:
        history = todo.pop()
        seen.append(history)
        level, _, _, to_level, _ = decide(history, levels, mtd_min_n, top_confirm6)
        under_way = len(outcomes_at(history, level)) not in (0, 3, 6)
        for next_level in {to_level, level if under_way else None} - {None}:
            todo += [(*history, (next_level, letter)) for letter in "NT"]
    return seen


def end_probabilities(truth, levels=3, mtd_min_n=6, top_confirm6=False):
    """Exact ends of the walk, cohort by cohort: {(mtd or None, not reached, N, DLTs): probability}."""
    ends = {}

    def walk(history, chance):
        _, _, decision, to_level, mtd = decide(history, levels, mtd_min_n, top_confirm6)
        if to_level is None:
            top = decision is Decision.STOP_TOP
            key = (levels if top else mtd, top, len(history), sum(letter == "T" for _, letter in history))
            ends[key] = ends.get(key, 0) + chance
            return
        for cohort in product("NT", repeat=3):
            odds = chance
            for letter in cohort:
                odds = odds * (truth[to_level - 1] if letter == "T" else 1 - truth[to_level - 1])
            walk((*history, *((to_level, letter) for letter in cohort)), odds)

    walk((), 1)
    return ends
