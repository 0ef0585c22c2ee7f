import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.standards.comparison import (
    Measured,
    above,
    at_least,
    at_most,
    below,
    highest_certain,
    highest_possible,
    read_results,
)

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


def listed(series):
    return [None if value is pd.NA else bool(value) for value in series]


#    value relation  > 10    >= 10
INEQUALITIES = [
    (10.0, "=", False, True), (10.1, "=", True, True), (9.9, "=", False, False),
    (10.0, "<", False, False), (10.1, "<", None, None), (9.9, "<", False, False),
    (10.0, "<=", False, None), (9.9, "<=", False, False), (10.1, "<=", None, None),
    (10.0, ">", True, True), (9.9, ">", None, None), (10.1, ">", True, True),
    (10.0, ">=", None, True), (9.9, ">=", None, None), (10.1, ">=", True, True),
    (None, "=", None, None), (10.0, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize("value, relation, over, reached", INEQUALITIES)
def test_an_inequality_decides_only_where_it_is_certain(value, relation, over, reached):
    x = Measured(pd.Series([value], dtype="Float64"), pd.Series([relation], dtype="string"))
    opposite = lambda answer: [None if answer[0] is None else not answer[0]]
    assert listed(above(x, 10.0)) == [over] and listed(at_most(x, 10.0)) == opposite([over])
    assert listed(at_least(x, 10.0)) == [reached] and listed(below(x, 10.0)) == opposite([reached])


def test_an_unknown_limit_decides_nothing():
    x = Measured(pd.Series([5.0], dtype="Float64"), pd.Series(["="], dtype="string"))
    assert listed(above(x, pd.Series([pd.NA], dtype="Float64"))) == [None]


RELATIONS = ["=", "<", "<=", ">", ">="]
RESULT = st.tuples(st.integers(-3, 3), st.sampled_from(RELATIONS))


def stands_for(number, relation):
    """Numbers that a result can mean, on a grid fine and wide enough for numbers of -3 to 3."""
    grid = [n / 4 for n in range(-20, 21)]
    return [
        n
        for n in grid
        if {"=": n == number, "<": n < number, "<=": n <= number, ">": n > number, ">=": n >= number}[relation]
    ]


@given(value=RESULT, limit=RESULT)
def test_two_bounds_decide_what_every_pair_of_their_numbers_decides(value, limit):
    one, other = (
        Measured(floats(number), pd.Series([relation], dtype="string")) for number, relation in (value, limit)
    )
    pairs = [(x, y) for x in stands_for(*value) for y in stands_for(*limit)]
    for compare, holds in ((above, [x > y for x, y in pairs]), (at_least, [x >= y for x, y in pairs])):
        assert listed(compare(one, other)) == [True if all(holds) else None if any(holds) else False]


def test_results_are_read_with_their_sign_and_words_are_not_numbers():
    texts = pd.Series(["5", "<0.5", " >= 1e3 ", "≤ .5", "HAEMOLYTIC", "1,5", None], dtype="string")
    found = read_results(texts)
    assert [None if pd.isna(n) else n for n in found.value] == [5, 0.5, 1000, 0.5, None, None, None]
    assert [None if pd.isna(r) else r for r in found.relation] == ["=", "<", ">=", "<=", None, None, None]


def test_the_highest_possible_grade_is_the_highest_that_is_not_excluded():
    entered = {1: booleans(True, None, False), 2: booleans(True, None, False), 3: booleans(None, False, False)}
    assert highest_possible(entered).tolist() == [3, 2, 0]


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
