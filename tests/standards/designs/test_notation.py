"""Outcomes as `1NNN 2NNT` (outputs.md section 1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.errors import DesignError
from nk521lib.standards.designs import count_outcomes, format_history, parse_history
from nk521lib.terms import Outcome

N, T, P = Outcome.NO_DLT, Outcome.DLT, Outcome.PENDING


def test_a_token_is_a_level_and_one_letter_per_subject():
    assert parse_history("1NN 2NTP") == ((1, N), (1, N), (2, N), (2, T), (2, P))


def test_nobody_dosed_is_the_empty_text():
    assert parse_history("") == parse_history("  ") == ()
    assert format_history(()) == ""


def test_a_level_may_come_again():
    assert format_history(parse_history("1NNN 2TT 1NNN")) == "1NNN 2TT 1NNN"
    assert format_history(parse_history("1NN 1N")) == "1NNN"


@pytest.mark.parametrize("text", ["NNN", "1", "0NNN", "01NNN", "1NNX", "1nnn", "1NNN2NNT", "-1N", "1NNN,2N", "1.5N"])
def test_what_is_not_understood_is_named(text):
    with pytest.raises(DesignError, match="is not understood; write a level") as error:
        parse_history(f"1NNN {text}")
    assert f'"{text}"' in str(error.value)
    assert "\n" not in str(error.value)


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from(list(Outcome)))))
def test_what_is_printed_is_read_back(history):
    assert parse_history(format_history(history)) == tuple(history)


def test_counts_per_level():
    assert count_outcomes(parse_history("1NNN 2TTP 1N"), 3) == ([4, 2, 0], [0, 2, 0], [0, 1, 0])
    with pytest.raises(DesignError, match="level 4 does not exist; allowed are 1 to 3"):
        count_outcomes(parse_history("4N"), 3)
