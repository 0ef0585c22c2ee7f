import json

import pytest

from nk521lib.errors import DesignError
from nk521lib.standards.designs import LevelCounts, ThreePlusThree, recommend, recommend_after
from nk521lib.terms import Claim, Decision, LevelState, Step

CAP9 = ThreePlusThree(cap=9)
UNOPENED, OPEN3, OPEN6 = LevelState.UNOPENED, LevelState.OPEN3, LevelState.OPEN6
CLEARED3, CLEARED6, EXCEEDED = LevelState.CLEARED3, LevelState.CLEARED6, LevelState.EXCEEDED
D = Decision

# history -> step, decision, to_level, claim, mtd, states           escalation.md section 3, rulings 3.8 and 3.10
HISTORIES = [
    ("", "WAIT", "WAIT", 1, None, None, (OPEN3, UNOPENED, UNOPENED)),
    ("1NP", "WAIT", "WAIT", 1, None, None, (OPEN3, UNOPENED, UNOPENED)),
    ("1NNN", "ESCALATE", "ESCALATE", 2, None, None, (CLEARED3, OPEN3, UNOPENED)),
    ("1NNT", "EXPAND", "EXPAND", 1, None, None, (OPEN6, UNOPENED, UNOPENED)),
    ("1NNTN", "WAIT", "WAIT", 1, None, None, (OPEN6, UNOPENED, UNOPENED)),
    ("1NNTNNN", "ESCALATE", "ESCALATE", 2, None, None, (CLEARED6, OPEN3, UNOPENED)),
    ("1TT", "DEESCALATE", "STOP_NONE", None, "NONE", None, (EXCEEDED, UNOPENED, UNOPENED)),
    ("1NNN 2TT", "DEESCALATE", "CONFIRM_LOWER", 1, None, None, (OPEN6, EXCEEDED, UNOPENED)),
    ("1NNN 2TTN 1N", "WAIT", "WAIT", 1, None, None, (OPEN6, EXCEEDED, UNOPENED)),
    ("1NNN 2TTN 1NNT", "ESCALATE", "STOP_MTD", None, "DECLARED", 1, (CLEARED6, EXCEEDED, UNOPENED)),
    ("1NNN 2TTN 1NTT", "DEESCALATE", "STOP_NONE", None, "NONE", None, (EXCEEDED, EXCEEDED, UNOPENED)),
    ("1NNTNNN 2TT", "DEESCALATE", "STOP_MTD", None, "DECLARED", 1, (CLEARED6, EXCEEDED, UNOPENED)),
    ("1NNN 2NNN 3NNN", "ESCALATE", "STOP_TOP", None, "NOT_REACHED", None, (CLEARED3, CLEARED3, CLEARED3)),
    ("1NNN 2NNN 3TT", "DEESCALATE", "CONFIRM_LOWER", 2, None, None, (CLEARED3, OPEN6, EXCEEDED)),
    ("1NNN 2NNN 3TT 2NTT", "DEESCALATE", "CONFIRM_LOWER", 1, None, None, (OPEN6, EXCEEDED, EXCEEDED)),
]


@pytest.mark.parametrize(("text", "step", "decision", "to_level", "claim", "mtd", "states"), HISTORIES)
def test_recommendation_without_a_cap(text, step, decision, to_level, claim, mtd, states):
    says = recommend_after(text, ThreePlusThree())
    assert (says.step, says.decision, says.to_level) == (Step(step), D(decision), to_level)
    assert (says.claim, says.mtd) == (claim, mtd)
    assert says.states == states
    assert (says.would_be, says.short_by) == (None, 0)


# history, cap 9 -> decision, would_be, short_by, to_level, claim, mtd, highest_cleared         rulings 3.9 and 3.10
CAPPED = [
    ("1NNTNNN 2NNN", "CAP_HOLD", "ESCALATE", 3, 3, "NOT_REACHED", None, 2),
    ("1NNTNNN 2NNT", "CAP_HOLD", "EXPAND", 3, 2, "NOT_REACHED", None, 1),
    ("1NNN 2NNN 3NTT", "CAP_HOLD", "CONFIRM_LOWER", 3, 2, "PROVISIONAL", 2, 2),
    ("1NNN 2NNN 3TT", "CAP_HOLD", "CONFIRM_LOWER", 2, 2, "PROVISIONAL", 2, 2),
    ("1NNN 2NNN 3NNN", "STOP_TOP", None, 0, None, "NOT_REACHED", None, 3),
    ("1NNN 2NNTNP", "WAIT", None, 0, 2, None, None, 1),
    ("1NNTNNN 2NNP", "WAIT", None, 0, 2, None, None, 1),
    ("1NNN 2TTN 1NNN", "STOP_MTD", None, 0, None, "DECLARED", 1, 1),
]


@pytest.mark.parametrize(("text", "decision", "would_be", "short_by", "to_level", "claim", "mtd", "highest"), CAPPED)
def test_recommendation_under_a_cap_of_9(text, decision, would_be, short_by, to_level, claim, mtd, highest):
    says = recommend_after(text, CAP9)
    assert (says.decision, says.would_be, says.short_by) == (decision, would_be, short_by)
    assert (says.to_level, says.claim, says.mtd) == (to_level, claim, mtd)
    assert says.highest_cleared == highest
    assert says.certain == (len(says.possible) == 1)


def test_possible_lists_decisions_before_the_cap():
    says = recommend_after("1NNTNNN 2NNN", CAP9)
    assert (says.possible, says.certain) == ((D.ESCALATE,), True)


def test_the_level_that_the_cap_keeps_from_confirmation_stays_cleared():
    assert recommend_after("1NNN 2NNN 3TTN", CAP9).states == (CLEARED3, CLEARED3, EXCEEDED)
    assert recommend_after("1NNTNNN 2NNN", CAP9).states == (CLEARED6, CLEARED3, UNOPENED)
    assert recommend_after("1NNTNNN 2NNT", CAP9).states == (CLEARED6, OPEN6, UNOPENED)
    top6 = ThreePlusThree(cap=9, top_confirm6=True)
    says = recommend_after("1NNN 2NNN 3NNN", top6)
    assert (says.decision, says.would_be, says.states[2]) == (D.CAP_HOLD, D.EXPAND, CLEARED3)
    assert recommend_after("1NNN 2NNN 3NNN", ThreePlusThree(top_confirm6=True)).states[2] is OPEN6


OPEN2 = (LevelCounts(6, 1, 0, 6), LevelCounts(2, 0, 0, 3), LevelCounts())
OPEN2_PENDING = (LevelCounts(6, 1, 0, 6), LevelCounts(1, 0, 1, 3), LevelCounts())
OPEN3_AT_6 = (LevelCounts(4, 1, 0, 6), LevelCounts(), LevelCounts())


# levels, dosed (replaced subjects count) -> decision, would_be, short_by         rulings 3.9, WAIT
@pytest.mark.parametrize(
    ("levels", "dosed", "decision", "would_be", "short_by"),
    [
        (OPEN2, 8, "WAIT", None, 0),
        (OPEN2, 9, "CAP_HOLD", "WAIT", 1),
        (OPEN2, 10, "CAP_HOLD", "WAIT", 2),
        (OPEN2_PENDING, 8, "WAIT", None, 0),
        (OPEN2_PENDING, 9, "WAIT", None, 1),
        (OPEN3_AT_6, 7, "WAIT", None, 0),
        (OPEN3_AT_6, 8, "WAIT", None, 1),
        (OPEN3_AT_6, 9, "CAP_HOLD", "WAIT", 2),
    ],
)
def test_waiting_with_unfilled_slots_under_the_cap(levels, dosed, decision, would_be, short_by):
    says = recommend(levels, CAP9, dosed=dosed)
    assert (says.decision, says.would_be, says.short_by) == (decision, would_be, short_by)


@pytest.mark.parametrize(
    ("dosed", "decision", "short_by"), [(6, "ESCALATE", 0), (7, "CAP_HOLD", 1), (9, "CAP_HOLD", 3)]
)
def test_replaced_subjects_count_against_the_cap(dosed, decision, short_by):
    levels = (LevelCounts(3, 0, 0, 3), LevelCounts(3, 0, 0, 3), LevelCounts())
    says = recommend(levels, CAP9, dosed=dosed)
    assert (says.decision, says.short_by) == (decision, short_by)


def test_a_claim_is_made_from_cleared_levels_only():
    confirming = (LevelCounts(5, 0, 0, 6), LevelCounts(3, 2, 0, 3), LevelCounts())
    says = recommend(confirming, CAP9, dosed=9, latest=1)
    assert (says.decision, says.would_be, says.claim, says.mtd) == (D.CAP_HOLD, D.WAIT, Claim.NONE, None)
    assert (says.possible, says.certain) == ((D.STOP_MTD,), True)
    assert "no level is cleared" in says.reason


def test_levels_above_an_exceeded_one_are_closed_and_claim_nothing():
    late = (LevelCounts(3, 2, 0, 3), LevelCounts(3, 0, 0, 3), LevelCounts())
    says = recommend(late, CAP9)
    assert (says.level, says.decision, says.claim, says.highest_cleared) == (1, D.STOP_NONE, Claim.NONE, None)


@pytest.mark.parametrize(
    ("text", "decision", "claim", "mtd"),
    [
        ("1NNN 2NNN 3NTT", "STOP_MTD", "PROVISIONAL", 2),
        ("1NNTNNN 2NNN", "STOP_TOP", "NOT_REACHED", None),
        ("1NNN 2NNN 3NNP", "WAIT", None, None),
    ],
)
def test_a_hard_stop_ends_with_the_claim_reached(text, decision, claim, mtd):
    says = recommend_after(text, ThreePlusThree(cap=9, cap_policy="hard_stop"))
    assert (says.decision, says.claim, says.mtd) == (decision, claim, mtd)
    assert says.to_level == (3 if decision == "WAIT" else None)


def test_a_hard_stop_with_nothing_cleared_ends_with_none():
    says = recommend_after("1NNT", ThreePlusThree(cap=3, cap_policy="hard_stop"))
    assert (says.decision, says.would_be, says.short_by, says.claim) == (D.STOP_NONE, D.EXPAND, 3, Claim.NONE)


def test_an_ignored_cap_changes_nothing():
    assert recommend_after("1NNTNNN 2NNN", ThreePlusThree(cap=9, cap_policy="ignore")) == recommend_after(
        "1NNTNNN 2NNN", ThreePlusThree()
    )


@pytest.mark.parametrize(
    ("text", "would_be", "to_level", "short_by"),
    [
        ("1NNN", "ESCALATE", 2, 0),
        ("1NNTNNN 2NNN", "CAP_HOLD", 3, 3),
        ("1TT", "STOP_NONE", None, 0),
        ("1NP", "WAIT", 1, 0),
    ],
)
def test_a_hold_outranks_every_decision(text, would_be, to_level, short_by):
    free, held = recommend_after(text, CAP9), recommend_after(text, CAP9, hold=["a death in the window"])
    assert (held.decision, held.would_be, held.to_level, held.short_by) == (
        D.HOLD,
        would_be,
        to_level,
        short_by,
    )
    for field in ("step", "claim", "mtd", "possible", "certain", "states", "highest_cleared"):
        assert getattr(held, field) == getattr(free, field)
    assert held.hold_because == ("a death in the window",)
    assert held.reason == f"on hold (a death in the window); without it: {free.reason}"


def test_json_has_the_fields_of_the_contract_in_order():
    shown = recommend_after("1NNTNNN 2NNN", CAP9).as_json()
    assert json.loads(json.dumps(shown)) == {
        "step": "ESCALATE",
        "decision": "CAP_HOLD",
        "would_be": "ESCALATE",
        "short_by": 3,
        "level": 2,
        "to_level": 3,
        "n": 3,
        "x": 0,
        "m": 0,
        "certain": True,
        "possible": ["ESCALATE"],
        "mtd": None,
        "claim": "NOT_REACHED",
        "reason": "0 of 3 evaluable subjects at DL2 had a DLT; the rules would say ESCALATE; "
        "3 more than the cap of 9 allows; MTD not reached, highest level tested DL2, n = 3, true rate up to 0.63",
    }
    assert list(shown) == [
        *("step", "decision", "would_be", "short_by", "level", "to_level", "n", "x", "m"),
        *("certain", "possible", "mtd", "claim", "reason"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no subject dosed at DL1 yet; 3 of 3 slots at DL1 not dosed yet"),
        ("1NNN 2NNN", "0 of 3 evaluable subjects at DL2 had a DLT"),
        ("1NP", "0 of 1 evaluable subjects at DL1 had a DLT; 1 pending; 1 of 3 slots at DL1 not dosed yet"),
        ("1NNN 2TT", "2 of 2 evaluable subjects at DL2 had a DLT; DL1 is to be confirmed with 3 more"),
        ("1TT", "2 of 2 evaluable subjects at DL1 had a DLT; there is no lower level"),
        ("1NNTNNN 2TT", "2 of 2 evaluable subjects at DL2 had a DLT; MTD DL1 (declared, n = 6)"),
    ],
)
def test_reason_in_words(text, reason):
    assert recommend_after(text, CAP9).reason == reason


def test_unfilled_and_needed_subjects():
    says = recommend_after("1NNTP", CAP9)
    assert (says.unfilled, says.needs) == (2, 2)
    says = recommend_after("1NNT", CAP9)
    assert (says.unfilled, says.needs) == (0, 3)


def test_counts_that_do_not_fit_the_rules_are_refused():
    with pytest.raises(DesignError, match="1 levels given; the design has 3"):
        recommend((LevelCounts(3, 0, 0, 3),), CAP9)
