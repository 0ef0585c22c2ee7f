"""Comparison with published limits: exact to 12 significant digits, three-valued, and the highest certain grade.

Floating point makes 1.5 x 1.2 smaller than 1.8. Two numbers that agree to one part in 10^12 are therefore the same
number here; no laboratory reports that finely, so nothing real is blurred. A missing side gives NA, never False.
"""

from collections.abc import Mapping

import pandas as pd

AGREE = 1e-12
"""Relative difference under which two numbers are the same number."""


def _nullable(number):
    return number.astype("Float64") if isinstance(number, pd.Series) else number


def above(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value > limit, as nullable boolean; numbers equal to 12 significant digits are not above one another."""
    value, limit = _nullable(value), _nullable(limit)
    return (value - limit) > AGREE * abs(limit)


def at_least(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value >= limit, as nullable boolean."""
    value, limit = _nullable(value), _nullable(limit)
    return (value - limit) >= -AGREE * abs(limit)


def below(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value < limit, as nullable boolean."""
    return ~at_least(value, limit)


def at_most(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value <= limit, as nullable boolean."""
    return ~above(value, limit)


def bounded(text: pd.Series) -> pd.Series:
    """Is a result reported as below or above a number, as <5? Nullable boolean."""
    return text.str.lstrip().str.startswith(("<", ">"))


def highest_certain(entered: Mapping[int, pd.Series]) -> pd.Series:
    """Highest grade whose entry condition is certainly true (Int64).

    entered : for each grade (1 upwards, gaps allowed) whether its lower edge is passed, nullable boolean.
    0 where the lowest grade is certainly not entered and no other is; NA where nothing is certain and the lowest
    grade cannot be decided. Source: spec rulings.md 5.4.
    """
    grades = sorted(entered)
    nothing = ~entered[grades[0]]
    answer = pd.Series(pd.NA, index=nothing.index, dtype="Int64")
    # fillna(False) is right in both masks: only a certain truth may set a grade, an unknown leaves it as it is.
    answer = answer.mask(nothing.fillna(False), 0)
    for grade in grades:
        answer = answer.mask(entered[grade].fillna(False), grade)
    return answer
