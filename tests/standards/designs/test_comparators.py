"""BOIN, mTPI-2, mTPI, keyboard and i3+3: the tables of spec escalation.md section 10, then their properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.errors import DesignError
from nk521lib.standards.designs import boin, i3p3, mtpi2
from nk521lib.standards.designs.comparators import advise_all, disagrees
from nk521lib.standards.designs.crm import Crm
from nk521lib.standards.designs.decision_table import ONE_LEVEL_DESIGNS, decision_table, move_table
from nk521lib.terms import ComparatorSays, Step

E, S, D, DU = (
    ComparatorSays.ESCALATE,
    ComparatorSays.STAY,
    ComparatorSays.DEESCALATE,
    ComparatorSays.ELIMINATE,
)


@pytest.mark.parametrize(
    ("phi", "escalate", "deescalate"),
    [(0.20, 0.1572, 0.2385), (0.25, 0.1968, 0.2984), (0.30, 0.2365, 0.3585), (0.33, 0.2604, 0.3947)],
)
def test_section_10_boin_boundaries(phi, escalate, deescalate):
    assert boin.boundaries(phi) == pytest.approx((escalate, deescalate), abs=0.00005)


SECTION_10_TABLES = [
    ("BOIN", 3, [E, S, D, DU]),
    ("BOIN", 6, [E, E, S, D, DU, DU, DU]),
    ("BOIN", 9, [E, E, E, S, D, DU, DU, DU, DU, DU]),
    ("mTPI-2", 3, [E, S, D, DU]),
    ("mTPI-2", 6, [E, E, S, D, DU, DU, DU]),
    ("mTPI-2", 9, [E, E, E, S, D, DU, DU, DU, DU, DU]),
]


@pytest.mark.parametrize(("design", "n", "row"), SECTION_10_TABLES)
def test_section_10_decision_tables(design, n, row):
    assert list(decision_table(design, 0.30)[n]) == row


def test_section_10_mtpi_stays_at_3_of_6():
    assert mtpi2.decide(6, 3, 0.30, design="mTPI") is S


def test_section_10_where_designs_disagree():
    assert [boin.decide(6, 2, 0.30), mtpi2.decide(6, 2, 0.30), boin.decide(6, 2, 0.25)] == [S, S, D]
    assert boin.decide(3, 1, 0.25) is D


def test_traps_one_of_three_at_target_25_and_30():
    assert [boin.decide(3, 1, 0.25), mtpi2.decide(3, 1, 0.25)] == [D, D]
    assert [boin.decide(3, 1, 0.30), mtpi2.decide(3, 1, 0.30)] == [S, S]


@pytest.mark.parametrize("design", ONE_LEVEL_DESIGNS)
@pytest.mark.parametrize("phi", [0.20, 0.25, 0.30, 0.33])
def test_one_more_dlt_never_makes_a_design_bolder(design, phi):
    table = decision_table(design, phi, 12)
    assert list(table) == list(range(1, 13))
    order = [E, S, D, DU]
    for n, row in table.items():
        assert len(row) == n + 1
        ranks = [order.index(says) for says in row]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("design", ONE_LEVEL_DESIGNS)
def test_nothing_is_eliminated_below_three_subjects(design):
    assert decision_table(design, 0.25)[2][2] is D
    assert decision_table(design, 0.25)[3][3] is DU


@pytest.mark.parametrize(
    ("design", "edges"),
    [
        ("mTPI-2", [0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1]),
        ("mTPI", [0, 0.25, 0.35, 1]),
        ("keyboard", [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]),
    ],
)
def test_interval_edges_at_target_30(design, edges):
    assert mtpi2.interval_edges(0.30, 0.05, design) == pytest.approx(edges)


def test_edges_that_meet_0_or_1_leave_no_sliver():
    assert mtpi2.interval_edges(0.25).tolist()[:3] == [0, 0.1, 0.2]
    assert mtpi2.interval_edges(0.25, design="keyboard").tolist()[0] == 0
    assert mtpi2.interval_edges(0.75).tolist()[-2:] == [0.9, 1]


#    n  x  says    i3+3 with phi .30 +/- .05: below, lower edge, upper edge, one less below, above
I3P3 = [(9, 2, E), (4, 1, S), (20, 7, S), (2, 1, S), (3, 1, S), (6, 3, D), (3, 3, DU)]


@pytest.mark.parametrize(("n", "x", "says"), I3P3)
def test_i3p3_counts_one_dlt_less(n, x, says):
    assert i3p3.decide(n, x, 0.30) is says


def test_every_design_says_why():
    assert boin.advise(3, 0, 0.30).why == "0/3 <= 0.2365"
    assert boin.advise(3, 1, 0.30).why == "0.2365 < 1/3 < 0.3585"
    assert boin.advise(3, 2, 0.30).why == "2/3 >= 0.3585"
    assert boin.advise(3, 3, 0.30).why == "P(rate > 0.3 | 3 of 3) = 0.992 > 0.95"
    assert mtpi2.advise(6, 3, 0.30).why == "3/6: heaviest interval 0.45 to 0.55, target 0.25 to 0.35"
    assert i3p3.advise(2, 1, 0.30).why == "1/2 is above 0.25 to 0.35, 0/2 below"


@pytest.mark.parametrize("advise", [boin.advise, mtpi2.advise, i3p3.advise])
@pytest.mark.parametrize(
    ("n", "x", "phi", "says"),
    [
        (0, 0, 0.3, "0 DLT of 0 subjects cannot be judged"),
        (3, 4, 0.3, "4 DLT of 3 subjects"),
        (3, -1, 0.3, "-1 DLT of 3 subjects"),
        (3, 1, 0.0, "target rate is 0.0"),
        (3, 1, 1.0, "target rate is 1.0"),
    ],
)
def test_counts_and_targets_that_cannot_be_are_refused(advise, n, x, phi, says):
    with pytest.raises(DesignError, match=says):
        advise(n, x, phi)


def test_options_that_make_no_interval_are_refused():
    with pytest.raises(DesignError, match="allowed is 0 < phi1 < phi < phi2 < 1"):
        boin.boundaries(0.80)
    with pytest.raises(DesignError, match=r"target 0.03 \+/- 0.05"):
        mtpi2.interval_edges(0.03)
    with pytest.raises(DesignError, match="design 'mTPI-3'; allowed are mTPI-2, mTPI, keyboard"):
        mtpi2.interval_edges(0.3, design="mTPI-3")
    with pytest.raises(DesignError, match=r"design 'CCD'; allowed are BOIN, mTPI-2, mTPI, keyboard, i3\+3"):
        decision_table("CCD", 0.3)


def test_options_reach_the_design():
    assert decision_table("BOIN", 0.30, 9, low=0.2, high=1.8)[6][1] is S
    assert decision_table("mTPI-2", 0.30, 9, halfwidth=0.1)[6] != ()


def test_move_table_is_the_decision_table_in_numbers():
    moves = move_table("BOIN", 0.30, 6)
    assert moves[3, :4].tolist() == [1, 0, -1, -2]
    assert moves[0].tolist() == [0] * 7
    assert moves[2, 3:].tolist() == [0] * 4


def test_all_comparators_at_the_present_data():
    says = advise_all([3, 6, 0], [0, 2, 0], current=2, last_dlt=False, model=Crm.by_indifference(0.30))
    assert {name: advice.says for name, advice in says.items()} == {"BOIN": S, "mTPI-2": S, "CRM": S}
    assert [disagrees(Step.DEESCALATE, advice.says) for advice in says.values()] == [True] * 3


def test_nothing_complete_at_the_level_means_stay():
    says = advise_all([3, 0, 0], [0, 0, 0], current=2, last_dlt=False, model=Crm.by_indifference(0.30))
    assert {advice.says for advice in says.values()} == {S}
    assert {advice.why for advice in says.values()} == {"no complete subject at DL2"}


@pytest.mark.parametrize(("step", "agreeing"), [(Step.ESCALATE, {E}), (Step.EXPAND, {S}), (Step.DEESCALATE, {D, DU})])
def test_disagreement_with_the_step(step, agreeing):
    assert {says for says in ComparatorSays if disagrees(step, says) is False} == agreeing


def test_while_the_3plus3_waits_nobody_disagrees():
    assert {disagrees(Step.WAIT, says) for says in ComparatorSays} == {None}


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.floats(0.1, 0.4))
def test_interval_designs_see_a_rate_on_the_right_side(nx, phi):
    """Whatever the design, no DLT never goes down and all DLTs never go up."""
    n, x = nx
    for advise in ONE_LEVEL_DESIGNS.values():
        if x == 0:
            assert advise(n, x, phi).says in (E, S)
        if x == n:
            assert advise(n, x, phi).says in (S, D, DU)
