"""One truth in plain Python says what the arrays say (escalation.md section 4, outputs.md section 1)."""

import warnings
from dataclasses import replace

import pytest

from nk521lib.errors import DesignError
from nk521lib.standards.designs import (
    READINGS,
    CapPolicy,
    ThreePlusThree,
    characteristics_of_one,
    operating_characteristics,
)

STARTS = ["", "1NNN", "1NNN 2NNP", "1NNT", "1NNN 2NNT 2N", "1NNN 2NNN 3TP"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("policy", CapPolicy)
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.filterwarnings("ignore:truth does not rise")
def test_one_truth_says_what_many_say(reading, policy, start):
    rules = replace(READINGS[reading], cap=9, cap_policy=policy)
    for truth in ([0.1, 0.25, 0.45], [0, 0.5, 1], [0.3, 0.3, 0.1]):
        one, many = (
            characteristics_of_one(rules, truth, start),
            operating_characteristics(rules, truth, start).as_json(),
        )
        assert list(one) == list(many)
        for name, value in many.items():
            assert one[name] == (value if isinstance(value, str) else pytest.approx(value, abs=1e-12)), name
            assert not isinstance(value, dict) or list(one[name]) == list(value)


def test_without_a_cap_nothing_is_over_it():
    assert characteristics_of_one(ThreePlusThree(levels=2), [0.1, 0.2])["p_n_over_cap"] is None


@pytest.mark.parametrize("truth", [[0.1, 0.2], [0.1, 1.2, 0.3], [0.1, -0.5, 0.3], [0.1, float("nan"), 0.3]])
def test_a_truth_is_refused_in_the_same_words(truth):
    rules, said = ThreePlusThree(levels=3), []
    for ask in (characteristics_of_one, operating_characteristics):
        with pytest.raises(DesignError) as refused:
            ask(rules, truth)
        said.append(str(refused.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(("truth", "doubts"), [([0.3, 0.2, 0.4], 1), ([0.2, 0.2, 0.4], 0)])
def test_a_truth_that_does_not_rise_is_answered_with_a_warning(truth, doubts):
    for ask in (characteristics_of_one, operating_characteristics):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ask(ThreePlusThree(levels=3), truth)
        assert len(caught) == doubts
