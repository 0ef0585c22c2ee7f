"""The tree of everything that can happen from a state of a 3+3, as plain records with exact probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp

import scipy  # its parts load themselves when they are first used

from nk521lib.errors import DesignError
from nk521lib.standards.designs.pathways import beta_parameters
from nk521lib.standards.designs.posterior import UNIFORM
from nk521lib.standards.designs.rules import ThreePlusThree
from nk521lib.standards.designs.three_plus_three import level_state, propose
from nk521lib.standards.designs.walk import Cohort, State, after_cohort, as_state, how_it_ends, next_cohort
from nk521lib.terms import Decision, LevelState


@dataclass(frozen=True)
class Node:
    """One node of the tree: the outcome of a cohort and what the rules then say.

    dlts     : DLT counts of the cohort that lead here, of `size` outcomes; several when folded.
    n, x     : complete assessments and DLTs at `level`.   dosed : subjects dosed by then, on all levels.
    decision : what the rules say here; of a leaf, how it ends (CAP_HOLD when a hard cap ends it).
    p_truth  : probability from the root under the given true rates, None without them.   p_prior : under Beta priors.
    """

    id: int
    parent: int | None
    level: int
    dlts: tuple[int, ...]
    size: int
    n: int
    x: int
    dosed: int
    decision: Decision
    to_level: int | None
    mtd: int | None
    leaf: bool
    p_truth: float | None
    p_prior: float


def pathway_tree(
    rules: ThreePlusThree,
    start: str | State = "",
    truth: Sequence[float] | None = None,
    prior: tuple[float, float] = UNIFORM,
    fold: bool = True,
) -> tuple[Node, ...]:
    """The tree of everything that can happen, parents before children; node 0 is the present.

    start : history in notation, or a State.   truth : true DLT rate per level.   prior : Beta of every rate.
    fold  : DLT counts of a cohort after which everything is alike share a node.
    """
    if truth is not None and len(truth) != rules.levels:
        raise DesignError(f"{len(truth)} true rates given; the design has {rules.levels} levels")
    state = as_state(start, rules)
    nodes: list[Node] = []
    to_visit: list[tuple] = [(None, state, None, (), 1.0 if truth is not None else None, 1.0)]
    while to_visit:
        parent, state, cohort, dlts, p_truth, p_prior = to_visit.pop()
        following = next_cohort(state, rules)
        node = _node(len(nodes), parent, state, rules, cohort, dlts, p_truth, p_prior, leaf=following is None)
        nodes.append(node)
        children = []
        for group in _alike(state, following, rules, fold) if following else ():
            chances = [_cohort_probability(state, following, d, truth, prior) for d in group]
            by_truth = None if truth is None else p_truth * sum(chance[0] for chance in chances)
            by_prior = p_prior * sum(chance[1] for chance in chances)
            children.append((node.id, after_cohort(state, following, group[0]), following, group, by_truth, by_prior))
        to_visit += reversed(children)
    return tuple(nodes)


def _node(id, parent, state, rules, cohort, dlts, p_truth, p_prior, leaf) -> Node:
    rules_say = propose(state.levels, rules, state.latest)
    level = cohort.level if cohort else rules_say.level
    decision, to_level, mtd = rules_say.decision, rules_say.to_level, rules_say.mtd
    if leaf:
        decision, mtd, at_top = how_it_ends(state, rules)
        to_level, mtd = None, None if at_top else mtd
    here = state.levels[level - 1]
    size = cohort.size if cohort else 0
    counts = (here.n, here.x, state.dosed)
    return Node(id, parent, level, dlts, size, *counts, decision, to_level, mtd, leaf, p_truth, p_prior)


def _alike(state: State, cohort: Cohort, rules: ThreePlusThree, fold: bool) -> list[tuple[int, ...]]:
    """DLT counts of a cohort, those together after which everything that can follow is the same."""
    if not fold:
        return [(dlts,) for dlts in range(cohort.size + 1)]
    groups: dict[tuple, list[int]] = {}
    for dlts in range(cohort.size + 1):
        after = after_cohort(state, cohort, dlts)
        groups.setdefault((propose(after.levels, rules, after.latest), _what_counts(after)), []).append(dlts)
    return [tuple(group) for group in groups.values()]


def _what_counts(state: State) -> tuple:
    """Per level what the future depends on: of an exceeded level and of one cleared with 6, the state alone."""
    states = [level_state(counts) for counts in state.levels]
    final = (LevelState.EXCEEDED, LevelState.CLEARED6)
    return tuple(s if s in final and not c.m else c for s, c in zip(states, state.levels, strict=True))


def _cohort_probability(
    state: State, cohort: Cohort, dlts: int, truth: Sequence[float] | None, prior: tuple[float, float]
) -> tuple[float | None, float]:
    """Probability of `dlts` in the cohort under the true rates, and under the Beta posterior of its level."""
    clear, ways = cohort.size - dlts, comb(cohort.size, dlts)
    a, b = (parameter[cohort.level - 1] for parameter in beta_parameters(state, prior))
    by_prior = ways * exp(scipy.special.betaln(a + dlts, b + clear) - scipy.special.betaln(a, b))
    if truth is None:
        return None, by_prior
    rate = truth[cohort.level - 1]
    return ways * rate**dlts * (1 - rate) ** clear, by_prior
