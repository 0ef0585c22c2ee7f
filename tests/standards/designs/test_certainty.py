import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.errors import DesignError
from nk521lib.standards.designs import (
    LevelCounts,
    ThreePlusThree,
    if_resolved,
    possible_decisions,
    possible_proposals,
    propose,
)
from nk521lib.terms import Decision

RULES = ThreePlusThree()
ESCALATE, EXPAND, WAIT = Decision.ESCALATE, Decision.EXPAND, Decision.WAIT
STOP_NONE, STOP_MTD, CONFIRM = Decision.STOP_NONE, Decision.STOP_MTD, Decision.CONFIRM_LOWER


def at_level_1(n, x, m, slots=3):
    return (LevelCounts(n, x, m, slots), LevelCounts(), LevelCounts())


# spec escalation.md section 3, "Certain vs open": in steps, here after rule D at level 1
EXAMPLES = [
    ((1, 0, 2), (ESCALATE, EXPAND, STOP_NONE)),
    ((2, 1, 1), (EXPAND, STOP_NONE)),
    ((2, 2, 1), (STOP_NONE,)),
    ((5, 0, 1, 6), (ESCALATE,)),
    ((5, 0, 0, 6), (ESCALATE,)),
    ((5, 1, 0, 6), (ESCALATE, STOP_NONE)),
    ((4, 0, 0, 6), (ESCALATE, STOP_NONE)),
    ((0, 0, 0), (ESCALATE, EXPAND, STOP_NONE)),
    ((3, 0, 1), (ESCALATE, EXPAND)),
]


@pytest.mark.parametrize(("counts", "decisions"), EXAMPLES)
def test_possible_decisions_of_the_spec_examples(counts, decisions):
    assert possible_decisions(at_level_1(*counts), RULES) == decisions


def test_possible_decisions_are_those_after_rule_t():
    levels = (LevelCounts(5, 1, 1, 6), LevelCounts(2, 2, 0, 3), LevelCounts())
    assert possible_decisions(levels, RULES, latest=1) == (STOP_MTD, STOP_NONE)


def test_pending_subjects_of_a_lower_level_are_completed_too():
    levels = (LevelCounts(2, 0, 1, 3), LevelCounts(3, 0, 0, 3), LevelCounts())
    proposals = possible_proposals(levels, RULES, latest=2)
    assert [(p.decision, p.to_level) for p in proposals] == [(ESCALATE, 3), (EXPAND, 1)]


def test_what_one_open_subject_would_change():
    resolved = if_resolved(at_level_1(2, 0, 1), RULES, level=1)
    assert (resolved.if_clear, resolved.if_dlt) == ((ESCALATE,), (EXPAND,))
    assert resolved.matters


def test_an_open_subject_that_changes_nothing():
    assert not if_resolved(at_level_1(2, 2, 1), RULES, level=1).matters
    assert not if_resolved(at_level_1(5, 0, 1, 6), RULES, level=1).matters


@pytest.mark.parametrize("level", [0, 2, 4])
def test_nobody_pending_there_is_refused(level):
    with pytest.raises(DesignError, match=f"nobody is pending at level {level}"):
        if_resolved(at_level_1(2, 0, 1), RULES, level=level)


def test_slots_of_a_level_put_on_hold_are_filled_after_it():
    levels = (LevelCounts(2, 0, 1, 3), LevelCounts(2, 0, 0, 3), LevelCounts())
    proposals = possible_proposals(levels, RULES, latest=2)
    assert [(p.decision, p.to_level) for p in proposals] == [(ESCALATE, 3), (EXPAND, 2), (EXPAND, 1)]


@st.composite
def ladders(draw):
    """Levels 1 and 2 in any state that counts allow, level 3 sometimes open."""
    levels = []
    for _ in range(draw(st.integers(1, 3))):
        slots = draw(st.sampled_from([3, 6]))
        n = draw(st.integers(0, slots))
        levels.append(LevelCounts(n, draw(st.integers(0, n)), draw(st.integers(0, slots - n)), slots))
    return (*levels, *[LevelCounts()] * (3 - len(levels)))


@given(ladders())
def test_a_certain_decision_is_that_of_every_completion(levels):
    decisions = possible_decisions(levels, RULES)
    proposal = propose(levels, RULES)
    assert WAIT not in decisions
    if proposal.decision is not WAIT:  # the outcomes known now, if nothing else happened
        assert proposal.decision in decisions
    for level, counts in enumerate(levels, 1):
        if counts.m:
            resolved = if_resolved(levels, RULES, level)
            assert set(resolved.if_clear) | set(resolved.if_dlt) >= set(decisions)
            if len(decisions) == 1:
                assert resolved.if_clear == resolved.if_dlt == decisions


@given(ladders())
def test_complete_outcomes_leave_one_decision(levels):
    proposal = propose(levels, RULES)
    if proposal.decision is not WAIT and not any(counts.m for counts in levels):
        assert possible_decisions(levels, RULES) == (proposal.decision,)
