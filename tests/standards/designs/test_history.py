"""Slots by replay of the first doses (rulings.md 3.7)."""

import pytest

from nk521lib.errors import DesignError
from nk521lib.standards.designs import (
    Irregularity,
    LevelCounts,
    Opening,
    ThreePlusThree,
    parse_history,
    propose,
    recommend,
    replay,
)
from nk521lib.terms import Decision

RULES = ThreePlusThree()


def slots(replayed):
    return tuple(counts.slots for counts in replayed.levels)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (3, 0, 0)),
        ("1NNN", (3, 0, 0)),
        ("1NNT", (3, 0, 0)),
        ("1NNTP", (6, 0, 0)),
        ("1NNTNNN 2P", (6, 3, 0)),
        ("1NNN 2TT", (3, 3, 0)),
        ("1NNN 2TT 1N", (6, 3, 0)),
        ("1NNN 2NNN 3NNTN", (3, 3, 6)),
    ],
)
def test_slots_are_those_the_rules_had_opened(text, expected):
    assert slots(replay(parse_history(text), RULES)) == expected


def test_counts_and_latest_level():
    replayed = replay(parse_history("1NNN 2TTP 1NP"), RULES)
    assert replayed.levels == (LevelCounts(4, 0, 1, 6), LevelCounts(2, 2, 1, 3), LevelCounts())
    assert (replayed.latest, replayed.irregularities) == (1, ())
    assert replay((), RULES).latest is None


def test_top_confirmation_opens_six_slots():
    assert slots(replay(parse_history("1NNN 2NNN 3NNNN"), ThreePlusThree(top_confirm6=True))) == (3, 3, 6)


def test_a_cohort_may_be_filled_before_its_outcomes_are_in():
    assert replay(parse_history("1TTN"), RULES).irregularities == ()
    assert replay(parse_history("1NNTTTT"), RULES).irregularities == ()


# history, subject, level -> the rule broken
IMPOSSIBLE = [
    ("2N", 1, "level 1 has 0 DLT of 0 complete and 0 pending, the 3+3 says WAIT: allowed is level 1"),
    ("1NN 2N", 3, "level 1 has 0 DLT of 2 complete and 0 pending, the 3+3 says WAIT: allowed is level 1"),
    (
        "1NNP 2N",
        4,
        "level 1 has 0 DLT of 2 complete and 1 pending, the 3+3 says WAIT: nobody may be dosed now",
    ),
    ("1NNNN", 4, "level 1 has 0 DLT of 3 complete and 0 pending, the 3+3 says ESCALATE: allowed is level 2"),
    ("1NNT 2N", 4, "level 1 has 1 DLT of 3 complete and 0 pending, the 3+3 says EXPAND: allowed is level 1"),
    ("1NNN 3N", 4, "the 3+3 says ESCALATE: allowed is level 2"),
    ("1NTT 2N", 4, "level 1 is exceeded, every level above it is closed"),
    ("1TTNN", 4, "the 3+3 says STOP_NONE: nobody may be dosed now"),
    (
        "1NNN 2TT 1N 2N",
        7,
        "level 1 has 0 DLT of 4 complete and 0 pending, the 3+3 says WAIT: allowed is level 1",
    ),
    ("1NNN 2NNN 3NNNN", 10, "the 3+3 says STOP_TOP: nobody may be dosed now"),
]


@pytest.mark.parametrize(("text", "subject", "rule"), IMPOSSIBLE)
def test_a_history_the_rules_could_not_produce_is_refused(text, subject, rule):
    with pytest.raises(DesignError) as error:
        replay(parse_history(text), RULES)
    level = parse_history(text)[subject - 1][0]
    assert str(error.value).startswith(f"subject {subject} at level {level}: ")
    assert rule in str(error.value)
    assert "\n" not in str(error.value)


def test_an_irregular_history_is_named_and_its_subjects_counted():
    replayed = replay(parse_history("1NNNN 2NNN"), RULES, strict=False)
    assert [(i.position, i.level) for i in replayed.irregularities] == [(3, 1)]
    assert isinstance(replayed.irregularities[0], Irregularity)
    assert replayed.levels[0] == LevelCounts(4, 0, 0, 3)
    assert recommend(replayed.levels, RULES, latest=replayed.latest).decision is Decision.ESCALATE


def test_subjects_dosed_above_an_exceeded_level_are_each_named():
    replayed = replay(parse_history("1NTT 2NN"), RULES, strict=False)
    assert [(i.position, i.rule) for i in replayed.irregularities] == [
        (3, "level 1 is exceeded, every level above it is closed"),
        (4, "level 1 is exceeded, every level above it is closed"),
    ]


@pytest.mark.parametrize("strict", [True, False])
def test_a_level_that_does_not_exist_is_always_refused(strict):
    with pytest.raises(DesignError, match="subject 4: level 4 does not exist; allowed are 1 to 3"):
        replay(parse_history("1NNN 4N"), RULES, strict=strict)


def test_a_late_dlt_is_judged_by_what_was_known_at_each_dosing():
    history = parse_history("1NNT 2NNN")
    known = ["", "P", "PP", "NNN", "NNNP", "NNNPP"]
    replayed = replay(history, RULES, known=known)
    assert replayed.irregularities == ()
    proposal = propose(replayed.levels, RULES, replayed.latest)
    assert (proposal.decision, proposal.to_level, proposal.needs) == (Decision.EXPAND, 1, 3)


def test_nobody_may_go_on_at_a_level_held_by_a_late_dlt():
    history = parse_history("1NNT 2NN")
    replayed = replay(history, RULES, known=["", "P", "PP", "NNN", "NNTN"], strict=False)
    assert [i.position for i in replayed.irregularities] == [4]
    assert "the 3+3 says EXPAND: allowed is level 1" in replayed.irregularities[0].rule


def test_with_known_outcomes_nobody_is_dosed_after_two_dlts():
    with pytest.raises(DesignError, match="subject 3 at level 1: level 1 has 2 DLT of 2 complete"):
        replay(parse_history("1TTN"), RULES, known=["", "T", "TT"])
    assert replay(parse_history("1TTN"), RULES, known=["", "P", "TP"]).irregularities == ()


@pytest.mark.parametrize("known", [["", "N"], ["", "N", "N"], ["N", "N", "NN"]])
def test_known_outcomes_of_another_shape_are_refused(known):
    with pytest.raises(DesignError, match="known: give one text per subject"):
        replay(parse_history("1NNN"), RULES, known=known)


def test_a_committee_may_expand_a_cleared_level():
    history = parse_history("1NNNNNN")
    assert replay(history, RULES, openings=[Opening(3, 1, 6)]).irregularities == ()
    late = replay(history, RULES, openings=[Opening(5, 1, 6)], strict=False)
    assert [i.position for i in late.irregularities] == [3, 4]


def test_a_committee_may_open_the_next_level_while_one_waits():
    history = parse_history("1NNP 2NN")
    assert replay(history, RULES, openings=[Opening(3, 2, 3)]).irregularities == ()


def test_an_opening_does_not_outlive_a_late_dlt_below():
    history = parse_history("1NNT 2NN")
    known = ["", "P", "PP", "NNN", "NNTN"]
    replayed = replay(history, RULES, known=known, openings=[Opening(3, 2, 3)], strict=False)
    assert [i.position for i in replayed.irregularities] == [4]


def test_a_committee_cannot_open_a_closed_level():
    history = parse_history("1NTT 2N")
    replayed = replay(history, RULES, openings=[Opening(3, 2, 3)], strict=False)
    assert [i.position for i in replayed.irregularities] == [3]


def test_slots_opened_after_the_last_subject_count():
    replayed = replay(parse_history("1NNT"), RULES, openings=[Opening(3, 1, 6)])
    proposal = propose(replayed.levels, RULES, replayed.latest)
    assert (proposal.decision, proposal.needs) == (Decision.WAIT, 3)


def test_a_replaced_subject_frees_the_slot_and_is_dosed_all_the_same():
    replayed = replay([(1, "N"), (1, "-"), (1, "N"), (1, "N"), (2, "-")], RULES)
    assert replayed.levels == (LevelCounts(3, 0, 0, 3), LevelCounts(slots=3), LevelCounts())
    assert (replayed.latest, replayed.dosed, replayed.irregularities) == (2, 5, ())
    proposal = propose(replayed.levels, RULES, replayed.latest)
    assert (proposal.level, proposal.decision, proposal.needs) == (2, Decision.WAIT, 3)


def test_a_subject_replaced_after_the_level_was_left_counted_then():
    history = [(1, "N"), (1, "N"), (1, "-"), (2, "N")]
    assert replay(history, RULES, known=["", "P", "PP", "NNN"]).irregularities == ()
    with pytest.raises(DesignError, match="subject 4 at level 2: level 1 has 0 DLT of 2 complete"):
        replay(history, RULES, known=["", "P", "PP", "NN-"])


def test_a_letter_that_is_no_outcome_is_refused():
    with pytest.raises(DesignError, match='outcome "X"; allowed are N, T, P and - for replaced'):
        replay([(1, "X")], RULES)
