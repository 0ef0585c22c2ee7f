"""The package against the second implementation, which shares nothing with it but the terms (escalation.md section 3)."""

from functools import cache

import plain_3plus3 as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nk521lib.standards.designs import ThreePlusThree, possible_decisions, recommend, replay
from nk521lib.terms import Outcome

SETTINGS = [
    {"mtd_min_n": 3},
    {"mtd_min_n": 6},
    {"mtd_min_n": 6, "top_confirm6": True},
    {"mtd_min_n": 3, "top_confirm6": True, "levels": 2},
    {"mtd_min_n": 6, "levels": 1},
]


@cache
def recommended(levels, rules, latest):
    """Thousands of histories lead to a few hundred states, and the answer to a state is one."""
    return recommend(levels, rules, latest=latest)


@cache
def answered(history, rules):
    """A history with its last subject otherwise is a history of its own: each is asked about once."""
    replayed = replay(history, rules)
    return recommended(replayed.levels, rules, replayed.latest)


def both(history, options, cap):
    rules = ThreePlusThree(cap=cap, **options)
    ours = answered(tuple(history), rules).as_json()
    del ours["reason"]
    assert len(ours["possible"]) == len(set(ours["possible"]))
    return {**ours, "possible": set(ours["possible"])}, plain.recommend(history, cap=cap, **options)


@pytest.mark.parametrize("options", SETTINGS)
def test_every_reachable_history_up_to_18_subjects_agrees(options):
    histories = plain.reachable(**options)
    assert max(map(len, histories)) == 6 * options.get("levels", 3)
    for number, history in enumerate(histories):
        ours, theirs = both(history, options, cap=(None, 9)[number % 2])
        assert ours == theirs, history


@st.composite
def histories_with_pending(draw):
    """A regular history whose cohort under way, or a filled one at the end, has pending subjects."""
    options = draw(st.sampled_from(SETTINGS))
    history = []
    for _ in range(draw(st.integers(0, 18))):
        level, _, _, to_level, _ = plain.decide(history, **options)
        under_way = len(plain.outcomes_at(history, level)) not in (0, 3, 6)
        allowed = sorted({to_level, level if under_way else None} - {None})
        full = history and not under_way and to_level == level and plain.outcomes_at(history, level)[-1] == "P"
        waits = plain.state_of(plain.outcomes_at(history, level))[1] == "WAIT" and not under_way and history
        if not allowed or full or waits:
            break
        history.append((draw(st.sampled_from(allowed)), draw(st.sampled_from("NNNTP"))))
    return history, options


@settings(max_examples=500)
@given(histories_with_pending(), st.sampled_from([None, 3, 9, 12]))
def test_random_histories_with_pending_subjects_agree(drawn, cap):
    history, options = drawn
    ours, theirs = both(history, options, cap)
    assert ours == theirs


@given(histories_with_pending())
def test_possible_decisions_agree_with_every_completion(drawn):
    history, options = drawn
    rules = ThreePlusThree(**options)
    replayed = replay(history, rules)
    ours = possible_decisions(replayed.levels, rules, replayed.latest)
    assert set(ours) == plain.possible(history, **options)


BOLDNESS = {"DEESCALATE": 0, "WAIT": 1, "EXPAND": 1, "ESCALATE": 2}


@pytest.mark.parametrize("options", SETTINGS[:3])
def test_a_dlt_instead_of_none_never_doses_higher(options):
    rules = ThreePlusThree(**options)
    for history in plain.reachable(**options):
        if not history or history[-1][1] == Outcome.DLT:
            continue
        worse = (*history[:-1], (history[-1][0], "T"))
        a, b = answered(history, rules), answered(worse, rules)
        assert (b.to_level or 0) <= (a.to_level or rules.levels)
        assert BOLDNESS[b.step] <= BOLDNESS[a.step]
