"""Unknown never becomes yes or no by accident."""

import numpy as np
import pandas as pd
import pytest

from nk521lib.three_valued import decided, either, known, surely

#        condition      surely holds
HOLDS = [(True, True), (False, False), (pd.NA, False)]


@pytest.mark.parametrize("value, holds", HOLDS)
def test_only_what_is_surely_so_holds(value, holds):
    condition = pd.Series([value], index=["S1"], name="FLAG", dtype="boolean")
    assert surely(condition).tolist() == [holds]
    pd.testing.assert_series_equal(known(condition), pd.Series([holds], index=["S1"], name="FLAG"))


def test_plain_and_object_conditions_are_taken_as_well():
    assert surely(pd.Series([True, False])).tolist() == [True, False]
    assert surely(pd.Series([True, None, False], dtype=object)).tolist() == [True, False, False]
    assert len(surely(pd.Series([], dtype="boolean"))) == 0


#          yes    no     answer
ANSWERS = [
    (True, False, True), (True, pd.NA, True), (True, True, False),
    (False, True, False), (pd.NA, True, False),
    (False, False, pd.NA), (pd.NA, False, pd.NA), (False, pd.NA, pd.NA), (pd.NA, pd.NA, pd.NA),
]  # fmt: skip


@pytest.mark.parametrize("yes, no, expected", ANSWERS)
def test_an_answer_needs_a_reason_for_it(yes, no, expected):
    made = either(*(pd.Series([side], index=["S1"], dtype="boolean") for side in (yes, no)))
    pd.testing.assert_series_equal(made, pd.Series([expected], index=["S1"], dtype="boolean"))


def test_the_conditions_stay_as_they_were():
    yes, no = np.array([True, False]), np.array([False, False])
    made = decided(yes, no, pd.Index(["S1", "S2"]))
    made.loc["S1"] = pd.NA
    assert yes.tolist() == [True, False] and no.tolist() == [False, False]
