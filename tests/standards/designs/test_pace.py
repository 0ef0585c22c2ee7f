"""Expected time: days of a cohort by hand, then the mean over paths against the tree walked node by node (escalation.md section 7)."""

import pytest

from nk521lib.errors import DesignError
from nk521lib.standards.designs import Pace, ThreePlusThree, operating_characteristics, pathway_tree
from nk521lib.standards.designs.simulate import exact_characteristics
from nk521lib.standards.designs.trials import OneLevelTrial

PACE = Pace(follow_up=28, first_gap=14, next_gap=7, open_days=10)
TRUTH = [0.10, 0.25, 0.45]

#   pending  new  dosed before  days
COHORTS = [
    (0, 3, 0, 14 + 7 + 28), (0, 3, 3, 7 + 7 + 28), (0, 2, 0, 14 + 28), (0, 1, 0, 28), (0, 1, 2, 28),
    (2, 0, 3, 10), (1, 1, 2, 28), (0, 0, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("pending, new, dosed_before, days", COHORTS)
def test_days_of_a_cohort(pending, new, dosed_before, days):
    assert PACE.days(pending, new, dosed_before) == days


def test_an_open_outcome_may_take_longest():
    assert Pace(follow_up=28, open_days=40).days(pending=1, new=1, dosed_before=2) == 40


def test_without_a_dlt_three_cohorts_and_nothing_else():
    oc = operating_characteristics(ThreePlusThree(), [0, 0, 0], pace=PACE)
    assert oc.e_days.tolist() == [3 * 49]
    assert operating_characteristics(ThreePlusThree(), [0, 0, 1], "1NNN 2NNN", pace=PACE).e_days.tolist() == [49 + 42]


@pytest.mark.parametrize("history", ["", "1NNP", "1NNN 2NTP", "1NTN 1N"])
def test_the_mean_over_paths_is_the_sum_over_the_tree(history):
    rules = ThreePlusThree()
    oc = operating_characteristics(rules, TRUTH, history, pace=PACE)
    nodes = pathway_tree(rules, history, TRUTH, fold=False)
    total = 0.0
    for node in nodes[1:]:
        new = node.dosed - nodes[node.parent].dosed
        # at its level: everybody complete by then, less this cohort, and the open ones of now
        total += node.p_truth * PACE.days(node.size - new, new, node.n - new)
    assert oc.e_days[0] == pytest.approx(total)


def test_no_pace_no_days():
    assert operating_characteristics(ThreePlusThree(), TRUTH).e_days is None
    assert exact_characteristics(OneLevelTrial(n_max=6), TRUTH).e_days is None


def test_a_negative_number_of_days_is_refused():
    with pytest.raises(DesignError, match="pace has -1 days; allowed is 0 or more"):
        Pace(28, next_gap=-1)
