import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.errors import DesignError
from nk521lib.standards.designs import LevelCounts, ThreePlusThree, level_state, next_step, propose
from nk521lib.terms import Decision, LevelState, Step

RULES = ThreePlusThree()

#   n  x  slots  step                  spec escalation.md section 3, row by row
ROWS = [
    # any slots, x >= 2, even if others are pending or undosed
    (2, 2, 3, Step.DEESCALATE),
    (3, 2, 3, Step.DEESCALATE),
    (3, 3, 3, Step.DEESCALATE),
    (4, 2, 6, Step.DEESCALATE),
    (6, 2, 6, Step.DEESCALATE),
    (6, 6, 6, Step.DEESCALATE),
    # 3 slots, n >= 3
    (3, 0, 3, Step.ESCALATE),
    (4, 0, 3, Step.ESCALATE),
    (3, 1, 3, Step.EXPAND),
    (4, 1, 3, Step.EXPAND),
    (5, 1, 3, Step.EXPAND),
    # 3 slots, n < 3
    (0, 0, 3, Step.WAIT),
    (1, 0, 3, Step.WAIT),
    (1, 1, 3, Step.WAIT),
    (2, 0, 3, Step.WAIT),
    (2, 1, 3, Step.WAIT),
    # 6 slots
    (6, 0, 6, Step.ESCALATE),
    (6, 1, 6, Step.ESCALATE),
    (5, 0, 6, Step.WAIT),
    (5, 1, 6, Step.WAIT),
    (3, 1, 6, Step.WAIT),
    # more than the rules asked for: judged by all
    (6, 1, 3, Step.ESCALATE),
    (7, 1, 6, Step.ESCALATE),
]


@pytest.mark.parametrize(("n", "x", "slots", "step"), ROWS)
def test_next_step_follows_the_table(n, x, slots, step):
    assert next_step(n, x, slots) is step


@pytest.mark.parametrize(
    ("n", "x", "slots", "says"),
    [
        (3, 4, 3, "4 DLT of 3 subjects cannot occur; allowed is 0 to 3"),
        (3, -1, 3, "-1 DLT of 3"),
        (-1, 0, 3, "0 DLT of -1 subjects cannot occur; allowed is 0 to 0"),
        (3, 0, 4, "slots is 4; allowed are 3 and 6"),
        (0, 0, 0, "slots is 0"),
    ],
)
def test_counts_that_cannot_occur_are_refused(n, x, slots, says):
    with pytest.raises(DesignError, match=says):
        next_step(n, x, slots)


counts = st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
BOLDNESS = {Step.DEESCALATE: 0, Step.WAIT: 1, Step.EXPAND: 1, Step.ESCALATE: 2}


@given(counts, st.sampled_from([3, 6]))
def test_two_or_more_dlts_never_escalate(nx, slots):
    n, x = nx
    assert (next_step(n, x, slots) is Step.DEESCALATE) == (x >= 2)


@given(counts, st.sampled_from([3, 6]))
def test_one_more_dlt_never_makes_the_step_bolder(nx, slots):
    n, x = nx
    if x < n:
        assert BOLDNESS[next_step(n, x + 1, slots)] <= BOLDNESS[next_step(n, x, slots)]


#   n  x  m  slots  state                       rulings 3.8
STATES = [
    (0, 0, 0, 0, LevelState.UNOPENED),
    (0, 0, 0, 3, LevelState.OPEN3),
    (2, 1, 1, 3, LevelState.OPEN3),
    (3, 0, 0, 3, LevelState.CLEARED3),
    (3, 1, 0, 3, LevelState.OPEN6),
    (3, 1, 2, 6, LevelState.OPEN6),
    (5, 0, 0, 6, LevelState.OPEN6),
    (6, 0, 0, 6, LevelState.CLEARED6),
    (6, 1, 0, 6, LevelState.CLEARED6),
    (2, 2, 1, 3, LevelState.EXCEEDED),
    (6, 2, 0, 6, LevelState.EXCEEDED),
]


@pytest.mark.parametrize(("n", "x", "m", "slots", "state"), STATES)
def test_level_state_is_the_one_after_the_step(n, x, m, slots, state):
    assert level_state(LevelCounts(n, x, m, slots)) is state


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"slots": 4}, "slots is 4; allowed are 0, 3 and 6"),
        ({"n": 2, "x": 3, "slots": 3}, "n=2, x=3, m=0 cannot occur"),
        ({"n": 2, "x": -1, "slots": 3}, "cannot occur"),
        ({"m": -1, "slots": 3}, "cannot occur"),
        ({"m": 1}, "a level with 1 dosed has 0 slots"),
    ],
)
def test_level_counts_that_cannot_be_are_refused(fields, says):
    with pytest.raises(DesignError, match=says):
        LevelCounts(**fields)


def ladder(*levels):
    """Counts from (n, x, m, slots) per level, slots 3 unless given."""
    return tuple(LevelCounts(*level) if len(level) != 2 else LevelCounts(*level, 0, 3) for level in levels)


C3, C6, UP2 = (3, 0, 0, 3), (6, 1, 0, 6), (3, 2, 0, 3)
NONE = ()

# levels, latest, rules -> level, step, decision, to_level, mtd, needs
PROPOSALS = {
    "nobody dosed": ([NONE, NONE, NONE], None, {}, (1, "WAIT", "WAIT", 1, None, 3)),
    "a level opens the next": ([C3, NONE, NONE], 1, {}, (1, "ESCALATE", "ESCALATE", 2, None, 3)),
    "1 of 3 is expanded": ([(3, 1), NONE, NONE], 1, {}, (1, "EXPAND", "EXPAND", 1, None, 3)),
    "expansion counts those dosed": ([(4, 1, 1, 3), NONE, NONE], 1, {}, (1, "EXPAND", "EXPAND", 1, None, 1)),
    "six dosed have nothing to add": ([(3, 1, 3, 3), NONE, NONE], 1, {}, (1, "WAIT", "WAIT", 1, None, 0)),
    "rule D at level 1": ([UP2, NONE, NONE], 1, {}, (1, "DEESCALATE", "STOP_NONE", None, None, 0)),
    "rule D above 6": ([C6, UP2, NONE], 2, {}, (2, "DEESCALATE", "STOP_MTD", None, 1, 0)),
    "rule D above 3": ([C3, UP2, NONE], 2, {}, (2, "DEESCALATE", "CONFIRM_LOWER", 1, None, 3)),
    "rule D above 4": ([(4, 0), UP2, NONE], 2, {}, (2, "DEESCALATE", "CONFIRM_LOWER", 1, None, 2)),
    "rule D, MTD may rest on 3": (
        [C3, UP2, NONE],
        2,
        {"mtd_min_n": 3},
        (2, "DEESCALATE", "STOP_MTD", None, 1, 0),
    ),
    "rule D again": ([C3, (6, 2, 0, 6), UP2], 2, {}, (2, "DEESCALATE", "CONFIRM_LOWER", 1, None, 3)),
    "rule D after confirmation": ([C6, UP2, NONE], 1, {}, (1, "ESCALATE", "STOP_MTD", None, 1, 0)),
    "rule T below an exceeded level with 3": (
        [C3, UP2, NONE],
        1,
        {},
        (1, "ESCALATE", "CONFIRM_LOWER", 1, None, 3),
    ),
    "rule T at the top": ([C3, C3, C3], 3, {}, (3, "ESCALATE", "STOP_TOP", None, None, 0)),
    "rule T, top to be confirmed": (
        [C3, C3, C3],
        3,
        {"top_confirm6": True},
        (3, "ESCALATE", "EXPAND", 3, None, 3),
    ),
    "rule T, top confirmed": (
        [C3, C3, C6],
        3,
        {"top_confirm6": True},
        (3, "ESCALATE", "STOP_TOP", None, None, 0),
    ),
    "late DLT, lower level back in play": ([(3, 1), C3, NONE], 2, {}, (1, "EXPAND", "EXPAND", 1, None, 3)),
    "late DLTs exceed level 1": ([UP2, C3, NONE], 2, {}, (1, "DEESCALATE", "STOP_NONE", None, None, 0)),
    "late candidate holds those above": ([(2, 0, 1, 3), C3, NONE], 2, {}, (1, "WAIT", "WAIT", 1, None, 0)),
    "resolved again, the levels above count": (
        [C6, C3, NONE],
        1,
        {},
        (2, "ESCALATE", "ESCALATE", 3, None, 3),
    ),
    "resolved again, level above unfinished": ([C6, (1, 0), NONE], 1, {}, (2, "WAIT", "WAIT", 2, None, 2)),
    "resolved again below an exceeded one": (
        [C6, C3, UP2],
        1,
        {},
        (2, "ESCALATE", "CONFIRM_LOWER", 2, None, 3),
    ),
    "the only subject of a new level was replaced": (
        [C3, (0, 0), NONE],
        2,
        {},
        (2, "WAIT", "WAIT", 2, None, 3),
    ),
    "the first subject of a confirmation was replaced": (
        [(3, 0, 0, 6), UP2, NONE],
        1,
        {},
        (1, "WAIT", "WAIT", 1, None, 3),
    ),
    "start above, lower never dosed": (
        [NONE, UP2, NONE],
        2,
        {"start_level": 2},
        (2, "DEESCALATE", "CONFIRM_LOWER", 1, None, 3),
    ),
}


@pytest.mark.parametrize("case", PROPOSALS)
def test_propose_follows_rules_d_and_t(case):
    levels, latest, options, (level, step, decision, to_level, mtd, needs) = PROPOSALS[case]
    says = propose(ladder(*levels), ThreePlusThree(**options), latest)
    assert (says.level, says.step, says.decision) == (level, Step(step), Decision(decision))
    assert (says.to_level, says.mtd, says.needs) == (to_level, mtd, needs)


def test_latest_is_by_default_the_highest_dosed_level():
    assert propose(ladder(C6, UP2, NONE), RULES) == propose(ladder(C6, UP2, NONE), RULES, latest=2)


def test_start_level_is_open_before_anyone_is_dosed():
    says = propose(ladder(NONE, NONE, NONE), ThreePlusThree(start_level=2))
    assert (says.level, says.decision) == (2, Decision.WAIT)


def test_a_ladder_of_another_height_is_refused():
    with pytest.raises(DesignError, match="2 levels given; the design has 3"):
        propose(ladder(C3, NONE), RULES)


def test_latest_must_be_an_open_level():
    with pytest.raises(DesignError, match="latest is level 3; open are 1, 2"):
        propose(ladder(C3, C3, NONE), RULES, latest=3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"levels": 0}, "levels is 0"),
        ({"cohort": 2}, "cohort is 2; a 3\\+3 has cohorts of 3"),
        ({"mtd_min_n": 4}, "mtd_min_n is 4; allowed are 3 and 6"),
        ({"cap": 0}, "cap is 0"),
        ({"cap_policy": "maybe"}, "cap_policy is 'maybe'; allowed are hold, hard_stop, ignore"),
        ({"start_level": 4}, "start_level is 4; allowed are 1 to 3"),
        ({"start_level": 0}, "start_level is 0"),
    ],
)
def test_rules_that_are_no_3plus3_are_refused(options, says):
    with pytest.raises(DesignError, match=says):
        ThreePlusThree(**options)
