"""A sweep gives what single answers give, in order, whoever computes them."""

import pytest

from nk521lib.edge.batch import sweep
from nk521lib.edge.design_answers import answer_oc
from nk521lib.edge.parameters import read_params
from nk521lib.errors import DesignError, UsageError


def test_grid_holds_every_truth_that_does_not_fall():
    assert sweep.grid([0.3, 0.1], 3) == [(0.1, 0.1, 0.1), (0.1, 0.1, 0.3), (0.1, 0.3, 0.3), (0.3, 0.3, 0.3)]


def test_grid_refuses_what_cannot_be_combined():
    with pytest.raises(UsageError, match="different rates"):
        sweep.grid([0.1, 0.1], 3)
    with pytest.raises(DesignError, match="no dose levels"):
        sweep.grid([0.1], 0)


#   truths  seconds each  tasks                    half a second or more a task, none lost, order kept
ROWS = [(10, 0.1, [5, 5]), (11, 0.1, [5, 5, 1]), (3, 2.0, [1, 1, 1]), (4, 0.0, [4]), (0, 0.1, [])]


@pytest.mark.parametrize("truths, seconds, tasks", ROWS)
def test_tasks_are_long_enough_to_be_worth_sending(truths, seconds, tasks):
    given = [(float(n),) for n in range(truths)]
    cut = sweep.cut_into_tasks(given, seconds)
    assert [len(task) for task in cut] == tasks and [truth for task in cut for truth in task] == given


def test_a_sweep_is_its_single_answers_in_order():
    truths = sweep.grid([0.05, 0.25, 0.45], 3)
    params = read_params()
    assert sweep.sweep(truths) == [answer_oc(truth, params) for truth in truths]


def test_a_truth_that_cannot_be_is_refused_as_a_single_answer_would_be():
    with pytest.raises(DesignError):
        sweep.sweep([(0.1, 0.2, 1.5)])


def test_sent_tasks_come_back_in_order(cluster):
    truths = sweep.grid([0.05, 0.25, 0.45], 3)
    tasks = [truths[:4], truths[4:5], truths[5:]]
    asked = ([], [], "3+3", None, "")
    assert sweep._sent(tasks, asked, cluster, lambda done, of: None) == sweep.sweep(truths)
