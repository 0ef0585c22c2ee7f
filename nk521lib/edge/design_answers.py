"""Answers of `nk521 next` and `nk521 oc`: the trial's parameters handed to the published designs.

The JSON keys are those of spec outputs.md section 1, the same for every design. A design other than the 3+3 says
ESCALATE, STAY, DEESCALATE or ELIMINATE in both `step` and `decision`, knows no claim, and leaves pending subjects out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from nk521lib.errors import DesignError, UsageError
from nk521lib.params import Params
from nk521lib.standards.designs import ThreePlusThree, characteristics_of_one, parse_history, recommend_after
from nk521lib.terms import ComparatorSays, Outcome

DESIGNS = {"3+3": "3+3", "boin": "BOIN", "mtpi2": "mTPI-2", "crm": "CRM"}
"""As typed on the command line, as printed."""


def rules_of(params: Params, levels: int | None = None, cap: int | None = None) -> ThreePlusThree:
    """The 3+3 of the parameters, for their own ladder and cap unless others are given."""
    trial, rules = params.trial, params.escalation
    count = levels or len(trial.levels)
    if not count:
        raise DesignError("this study's parameters have no dose levels, so no design applies")
    return ThreePlusThree(
        levels=count, mtd_min_n=rules.mtd_min_n, top_confirm6=rules.top_confirm6, cap_policy=rules.cap_policy,
        cap=rules.group_cap if cap is None else cap, start_level=min(trial.start_level, count),
    )  # fmt: skip


def answer_next(history: str, params: Params, design: str = "3+3", group: str | None = None) -> dict[str, Any]:
    """What a design says after a history in notation. Raises DesignError when it cannot occur."""
    _known(design)
    ids = [g.id for g in params.trial.groups]
    if group is not None and group not in ids:
        raise UsageError(f"--group {group}: no such group, expected {', '.join(ids) or 'none'}")
    if design == "3+3":
        return recommend_after(history, rules_of(params)).as_json()
    return _comparator(history, params, design)


def answer_oc(
    truth: Sequence[float], params: Params, design: str = "3+3", cap: int | None = None, start: str = ""
) -> dict[str, Any]:
    """Operating characteristics of a design under one truth, from the start or from a history."""
    _known(design)
    rules = rules_of(params, len(truth), cap)
    if design == "3+3":
        return characteristics_of_one(rules, truth, start)
    size = params.escalation.group_cap if cap is None else cap
    # The chapter brings pandas with it; the 3+3, asked most often, answers without.
    from nk521lib.chapters.escalation.behaviour import characteristics_of, trial_of

    found = characteristics_of(trial_of(params, DESIGNS[design], len(truth), size), list(truth), start)
    return replace(found, p_n_over_cap=found.p_n[:, found.n_values > size].sum(axis=1)).as_json()


def _comparator(history: str, params: Params, design: str) -> dict[str, Any]:
    subjects, levels = parse_history(history), len(params.trial.levels)
    rules_of(params)  # refuses a study without levels
    above = [level for level, _ in subjects if level > levels]
    if above:
        raise DesignError(f'history "{history}": level {above[0]} does not exist; allowed are 1 to {levels}')
    level = subjects[-1][0] if subjects else params.trial.start_level
    here = [outcome for at, outcome in subjects if at == level]
    n, x, m = len(here) - here.count(Outcome.PENDING), here.count(Outcome.DLT), here.count(Outcome.PENDING)
    shared = {"would_be": None, "short_by": 0, "level": level, "n": n, "x": x, "m": m, "mtd": None, "claim": None}
    if not any(outcome is not Outcome.PENDING for _, outcome in subjects):
        return _ordered({"step": "STAY", "decision": "STAY", "to_level": level, "certain": not m, "possible": ["STAY"],
                         "reason": "no complete subject yet"} | shared)  # fmt: skip
    said, why = _advice(subjects, level, params, design)
    possible = sorted({str(_advice(full, level, params, design)[0]) for full in _completions(subjects)})
    to_level = {ComparatorSays.ESCALATE: min(level + 1, levels), ComparatorSays.STAY: level}.get(
        said, max(level - 1, 1)
    )
    return _ordered({"step": str(said), "decision": str(said), "to_level": to_level, "certain": len(possible) == 1,
                     "possible": possible, "reason": why} | shared)  # fmt: skip


def _advice(subjects, level: int, params: Params, design: str) -> tuple[ComparatorSays, str]:
    complete = [(at, outcome) for at, outcome in subjects if outcome is not Outcome.PENDING]
    ladder = range(1, len(params.trial.levels) + 1)
    n = [sum(at == rung for at, _ in complete) for rung in ladder]
    x = [sum(at == rung and outcome is Outcome.DLT for at, outcome in complete) for rung in ladder]
    last_dlt = bool(complete) and complete[-1][1] is Outcome.DLT
    name = DESIGNS[design]
    from nk521lib.chapters.escalation.behaviour import model_of, options_of
    from nk521lib.standards.designs.comparators import advise_all

    options = {} if design == "crm" else {name: options_of(params, name)}
    advice = advise_all(n, x, level, last_dlt, model_of(params, len(n)), options)[name]
    return advice.says, advice.why


def _completions(subjects) -> Iterator[list]:
    """The history with every way its pending subjects can end; in one level the order of outcomes matters little."""
    open_at = [i for i, (_, outcome) in enumerate(subjects) if outcome is Outcome.PENDING]
    for outcomes in product((Outcome.NO_DLT, Outcome.DLT), repeat=len(open_at)):
        full = list(subjects)
        for i, outcome in zip(open_at, outcomes, strict=True):
            full[i] = (full[i][0], outcome)
        yield full


def _known(design: str) -> None:
    if design not in DESIGNS:
        raise UsageError(f"--design {design}: unknown design, expected {', '.join(DESIGNS)}")


def _ordered(answer: dict[str, Any]) -> dict[str, Any]:
    keys = ("step", "decision", "would_be", "short_by", "level", "to_level", "n", "x", "m", "certain", "possible",
            "mtd", "claim", "reason")  # fmt: skip
    return {key: answer[key] for key in keys}
