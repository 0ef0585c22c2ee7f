"""Regular histories for the second 3+3 of `nk521lib.recount.three_plus_three`, which shares nothing with the designs library.

A history is one letter per subject in the order of dosing, [(level, "N" | "T" | "P"), ...]; slots are read off from how
many were dosed at a level.
"""

from itertools import product

from nk521lib.recount import three_plus_three as second
from nk521lib.recount.three_plus_three import Level, Rules
from nk521lib.terms import Decision


def outcomes_at(history, level):
    return "".join(letter for at, letter in history if at == level)


def ladder_of(history, levels=3):
    ladder = []
    for level in range(1, levels + 1):
        letters = outcomes_at(history, level)
        n = len(letters.replace("P", ""))
        slots = 6 if len(letters) > 3 else 3 if letters or (level == 1 and not history) else 0
        ladder.append(Level(n, letters.count("T"), len(letters) - n, slots))
    return ladder


def state_of(letters):
    return second.state_of(ladder_of([(1, letter) for letter in letters], 1)[0] if letters else Level())


def decide(history, levels=3, mtd_min_n=6, top_confirm6=False):
    """(level, step, decision, to_level, mtd) before any cap."""
    said = second.decide(
        ladder_of(history, levels), Rules(mtd_min_n, top_confirm6), history[-1][0] if history else None
    )
    return said.level, said.step, said.decision, said.to_level, said.mtd


def possible(history, levels=3, mtd_min_n=6, top_confirm6=False):
    return second.possible(
        ladder_of(history, levels), Rules(mtd_min_n, top_confirm6), history[-1][0] if history else None
    )


def recommend(history, cap=None, levels=3, mtd_min_n=6, top_confirm6=False):
    """The JSON fields of `next` without its reason, cap policy hold."""
    latest = history[-1][0] if history else None
    said = second.recommend(ladder_of(history, levels), Rules(mtd_min_n, top_confirm6), latest, cap=cap)
    return {name: said[name] for name in ("step", "decision", "would_be", "short_by", "level", "to_level", "n", "x", "m",
                                          "certain", "possible", "mtd", "claim")}  # fmt: skip


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
