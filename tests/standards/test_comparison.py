import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.standards.comparison import above, at_least, at_most, below, highest_certain

UP_TO_12_DIGITS = st.decimals(min_value="0.001", max_value="100000", places=3)


def floats(*values):
    return pd.Series(list(values), dtype="Float64")


def booleans(*values):
    return pd.Series(list(values), dtype="boolean")


def test_one_point_eight_is_not_above_one_point_five_times_one_point_two():
    assert 1.8 > 1.5 * 1.2  # what floating point says
    assert not above(floats(1.8), 1.5 * floats(1.2))[0]
    assert at_most(floats(1.8), 1.5 * floats(1.2))[0]


@pytest.mark.parametrize("compare", [above, at_least, below, at_most])
def test_a_missing_side_gives_neither_yes_nor_no(compare):
    assert compare(floats(None, 1.0), floats(1.0, None)).isna().all()
    assert compare(pd.Series([float("nan")]), 1.0).isna().all()


@given(value=UP_TO_12_DIGITS, times=st.sampled_from(["0.25", "1.5", "2.5", "3", "20"]), unit=UP_TO_12_DIGITS)
def test_comparison_equals_decimal_arithmetic(value, times, unit):
    from decimal import Decimal

    limit = Decimal(times) * unit
    x, bound = floats(float(value)), float(times) * floats(float(unit))
    expected = (value > limit, value >= limit, value < limit, value <= limit)
    assert tuple(bool(f(x, bound)[0]) for f in (above, at_least, below, at_most)) == expected


#   1     2      3      grade
ROWS = [
    (False, False, False, 0),
    (True, False, False, 1),
    (True, True, False, 2),
    (True, True, True, 3),
    (None, None, None, pd.NA),
    (None, True, False, 2),
    (None, False, False, pd.NA),
    (True, None, None, 1),
    (False, None, None, 0),
    (False, True, False, 2),
]


@pytest.mark.parametrize("one, two, three, grade", ROWS)
def test_highest_grade_certainly_true(one, two, three, grade):
    got = highest_certain({3: booleans(three), 1: booleans(one), 2: booleans(two)})[0]
    assert got is pd.NA if grade is pd.NA else got == grade


@given(st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=8))
def test_learning_more_never_lowers_a_grade(rows):
    columns = [booleans(*column) for column in zip(*rows, strict=True)]
    known = highest_certain(dict(enumerate(columns, start=1)))
    for answer in (True, False):
        later = highest_certain({g: c.fillna(answer) for g, c in enumerate(columns, start=1)})
        assert (later >= known)[known.notna()].all()
