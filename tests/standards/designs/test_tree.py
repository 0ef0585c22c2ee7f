"""The tree of paths and its exact chances (escalation.md section 4)."""

import pytest

from nk521lib.errors import DesignError
from nk521lib.standards.designs import (
    READINGS,
    LevelCounts,
    ThreePlusThree,
    expected_characteristics,
    operating_characteristics,
    pathway_tree,
    state_of,
)
from nk521lib.terms import Decision

DEFAULT = READINGS["lower level topped up to 6"]
TRUTH = [0.10, 0.25, 0.45]


@pytest.mark.parametrize(("reading", "paths"), zip(READINGS, [43, 118, 154], strict=True))
def test_three_levels_have_at_most_154_paths(reading, paths):
    assert sum(node.leaf for node in pathway_tree(READINGS[reading], fold=False)) == paths


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("history", ["", "1NP", "1NNT", "1NNN 2TTP", "1NNN 2TT 1NP"])
def test_leaves_carry_the_operating_characteristics(history, fold):
    leaves = [node for node in pathway_tree(DEFAULT, history, TRUTH, fold=fold) if node.leaf]
    oc, prior = operating_characteristics(DEFAULT, TRUTH, history), expected_characteristics(DEFAULT, history)
    for mtd in (1, 2):
        assert sum(leaf.p_truth for leaf in leaves if leaf.mtd == mtd) == pytest.approx(oc.p_mtd[0, mtd])
        assert sum(leaf.p_prior for leaf in leaves if leaf.mtd == mtd) == pytest.approx(prior.p_mtd[0, mtd])
    top = [leaf for leaf in leaves if leaf.decision is Decision.STOP_TOP]
    assert sum(leaf.p_truth for leaf in top) == pytest.approx(oc.p_top_not_reached[0])
    assert all(leaf.mtd is None and leaf.to_level is None for leaf in top)
    assert sum(leaf.p_truth for leaf in leaves) == pytest.approx(1)


def test_folding_keeps_apart_what_still_matters():
    """Level 2, on hold above a reopened level 1, has one complete without DLT and one pending."""
    levels = (LevelCounts(3, 1, 0, 3), LevelCounts(1, 0, 1, 3), LevelCounts())
    state = state_of(levels, DEFAULT, latest=2)
    folded, full = (pathway_tree(DEFAULT, state, TRUTH, fold=fold) for fold in (True, False))
    for decision in (Decision.STOP_MTD, Decision.STOP_NONE, Decision.STOP_TOP):
        sums = [sum(n.p_truth for n in nodes if n.leaf and n.decision is decision) for nodes in (folded, full)]
        assert sums[0] == pytest.approx(sums[1])
    assert [node.dlts for node in folded if node.parent == 0] == [(0,), (1,)]


def test_parents_come_first_and_children_share_their_probability():
    nodes = pathway_tree(DEFAULT, "1NN", TRUTH)
    assert (nodes[0].parent, nodes[0].dlts, nodes[0].size) == (None, (), 0)
    for node in nodes:
        assert nodes[node.id] is node
        assert node.parent is None or node.parent < node.id
        children = [child for child in nodes if child.parent == node.id]
        assert bool(children) != node.leaf
        if children:
            assert sum(child.p_truth for child in children) == pytest.approx(node.p_truth)
            assert sum(child.p_prior for child in children) == pytest.approx(node.p_prior)
            assert sum(len(child.dlts) for child in children) == children[0].size + 1


def test_first_cohort_folded():
    nodes = pathway_tree(DEFAULT, "", TRUTH)
    first = [(n.dlts, n.decision, n.level, n.to_level) for n in nodes if n.parent == 0]
    assert first == [
        ((0,), Decision.ESCALATE, 1, 2),
        ((1,), Decision.EXPAND, 1, 1),
        ((2, 3), Decision.STOP_NONE, 1, None),
    ]


def test_without_a_truth_only_the_prior_gives_probabilities():
    nodes = pathway_tree(DEFAULT, "1NNN 2NNN")
    assert {node.p_truth for node in nodes} == {None}
    assert [node.p_prior for node in nodes if node.parent == 0] == pytest.approx([0.25, 0.25, 0.5])


def test_a_hard_cap_ends_a_branch():
    hard = ThreePlusThree(cap=3, cap_policy="hard_stop")
    ends = {(n.dlts, n.decision, n.mtd) for n in pathway_tree(hard) if n.leaf}
    assert ends == {
        ((0,), Decision.CAP_HOLD, None),
        ((1,), Decision.CAP_HOLD, None),
        ((2, 3), Decision.STOP_NONE, None),
    }


def test_a_truth_for_another_ladder_is_refused():
    with pytest.raises(DesignError, match="2 true rates given; the design has 3 levels"):
        pathway_tree(DEFAULT, truth=[0.1, 0.2])
