"""The answer of a what-if: the decision before and after, why, and everything that can still happen from there.

Source: spec escalation.md sections 3, 4, 9, 10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nk521lib.chapters.escalation.decide import GroupReview
from nk521lib.chapters.escalation.inquiry import (
    Difference,
    Grounds,
    Inputs,
    entry,
    params_with,
    review_groups,
    same_answer,
    weigh,
)
from nk521lib.chapters.escalation.outlook import present_state
from nk521lib.chapters.escalation.pathways import Pathways
from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.standards.designs import (
    READINGS,
    Node,
    OperatingCharacteristics,
    State,
    ThreePlusThree,
    expected_characteristics,
    operating_characteristics,
    pathway_tree,
    prob_total_over,
    recommend,
)
from nk521lib.standards.designs.posterior import posterior_summary, prob_rate_above
from nk521lib.terms import Decision


@dataclass(frozen=True)
class LevelRate:
    """What the counts of one level say about its true rate: posterior under a uniform prior."""

    level: int
    state: str
    n: int
    x: int
    m: int
    mean: float
    low: float
    high: float
    above_target: float


@dataclass(frozen=True)
class Outlook:
    """What can still happen, under the assumed rates or averaged over what the data leave open.

    ends : chance of each (decision, MTD) at the end, likeliest first.   over_cap, over_planned : of needing more
    subjects than the group's cap, and in all groups together than planned (None unless two groups can be walked).
    """

    ends: tuple[tuple[Decision, int | None, float], ...]
    over_cap: float
    over_planned: float | None
    e_n: float
    n_values: tuple[int, ...]
    p_n: tuple[float, ...]


@dataclass(frozen=True)
class Reading:
    """One of the designs called 3+3: what it would say now, and how it behaves from the start."""

    name: str
    in_force: bool
    decision: Decision
    to_level: int | None
    mtd: int | None
    oc: OperatingCharacteristics


@dataclass(frozen=True)
class Answer:
    """Everything that is shown. before, after : the group as in decisions.json, on record and as asked."""

    inputs: Inputs
    record_params: Params
    params: Params
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    review: GroupReview
    differences: tuple[Difference, ...]
    rates: tuple[LevelRate, ...]
    pathways: Pathways | None
    outlook: Outlook | None
    readings: tuple[Reading, ...]

    @property
    def changed(self) -> bool:
        return not same_answer(self.before, self.after)

    @property
    def notation(self) -> str:
        """The history as `nk521 next` reads it."""
        return self.review.history.notation


def evaluate(cut: Cut, inputs: Inputs, grounds: Grounds) -> Answer:
    """Answer a what-if. grounds : see `inquiry.derive_ground`; nothing else is derived again.

    Raises DesignError for a combination that cannot be, with the reason in words.
    """
    params = params_with(cut.params, inputs.settings)
    record, reviews = review_groups(cut, Inputs(inputs.group), grounds), review_groups(cut, inputs, grounds)
    review = reviews[inputs.group]
    before, after = entry(cut.params, record[inputs.group]), entry(params, review)
    found = () if inputs.is_record else weigh(cut, inputs, grounds, before, after)
    state = present_state(review.history)
    others = [present_state(other.history) for group, other in reviews.items() if group != inputs.group]
    pathways = _pathways(params, inputs, review, state)
    outlook = _outlook(params, inputs, review.history.rules, pathways, state, others)
    rates, readings = level_rates(params, review), _readings(params, inputs, review)
    return Answer(inputs, cut.params, params, before, after, review, found, rates, pathways, outlook, readings)


def level_rates(params: Params, review: GroupReview) -> tuple[LevelRate, ...]:
    """Posterior of each level's true rate."""
    levels, states = review.history.levels, review.recommendation.states
    n, x = np.array([c.n for c in levels]), np.array([c.x for c in levels])
    known, above = posterior_summary(x, n), prob_rate_above(x, n, params.escalation.target_rate)
    columns = zip(*(known[name].tolist() for name in ("mean", "low", "high")), above.tolist(), strict=True)
    return tuple(
        LevelRate(level, str(state), c.n, c.x, c.m, *values)
        for level, (c, state, values) in enumerate(zip(levels, states, columns, strict=True), 1)
    )


def _pathways(params: Params, inputs: Inputs, review: GroupReview, state: State | None) -> Pathways | None:
    """The tree from here. Without assumed rates its `p_truth` is the chance under the prior, so that it can be drawn."""
    if state is None:
        return None
    rules = review.history.rules
    nodes = pathway_tree(rules, state, inputs.rates)
    if inputs.rates is None:
        nodes = tuple(replace(node, p_truth=node.p_prior) for node in nodes)
    return Pathways(review.group, inputs.rates or (), params.escalation.group_cap, nodes)


def _characteristics(rules: ThreePlusThree, inputs: Inputs, state: State | str, cap: int) -> OperatingCharacteristics:
    if inputs.rates is None:
        return expected_characteristics(rules, state, cap=cap)
    return operating_characteristics(rules, inputs.rates, state, cap)


def _outlook(
    params: Params,
    inputs: Inputs,
    rules: ThreePlusThree,
    pathways: Pathways | None,
    state: State | None,
    others: list[State | None],
) -> Outlook | None:
    if state is None or pathways is None:
        return None
    cap = params.escalation.group_cap
    here = _characteristics(rules, inputs, state, cap)
    together = None
    if len(others) == 1 and others[0] is not None:
        there = _characteristics(rules, inputs, others[0], cap)
        together = float(prob_total_over(here, there, params.trial.planned_subjects)[0])
    return Outlook(_ends(pathways.nodes), float(here.p_n_over_cap[0]), together, float(here.e_n[0]),
                   tuple(here.n_values.tolist()), tuple(here.p_n[0].tolist()))  # fmt: skip


def _ends(nodes: Sequence[Node]) -> tuple[tuple[Decision, int | None, float], ...]:
    chances: dict[tuple[Decision, int | None], float] = {}
    for node in nodes:
        if node.leaf:
            key = node.decision, node.mtd
            chances[key] = chances.get(key, 0.0) + node.p_truth
    ranked = sorted(chances.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple((decision, mtd, chance) for (decision, mtd), chance in ranked)


def _readings(params: Params, inputs: Inputs, review: GroupReview) -> tuple[Reading, ...]:
    """The three designs the field calls 3+3, at the same counts; only for the ladder of three that they are named for."""
    history, found = review.history, []
    for name, reading in READINGS.items() if history.rules.levels == 3 else ():
        rules = replace(history.rules, mtd_min_n=reading.mtd_min_n, top_confirm6=reading.top_confirm6)
        then = recommend(history.levels, rules, history.dosed, review.recommendation.hold_because, history.latest)
        oc = _characteristics(rules, inputs, "", params.escalation.group_cap)
        found.append(Reading(name, rules == history.rules, then.decision, then.to_level, then.mtd, oc))
    return tuple(found)
