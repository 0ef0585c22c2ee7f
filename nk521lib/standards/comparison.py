"""Comparison with published limits: exact to 12 significant digits, three-valued, and the highest certain grade.

Floating point makes 1.5 x 1.2 smaller than 1.8. Two numbers that agree to one part in 10^12 are therefore the same
number here; no laboratory reports that finely, so nothing real is blurred. A missing side gives NA, never False.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nk521lib.three_valued import surely

AGREE = 1e-12
"""Relative difference under which two numbers are the same number."""


def above(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value > limit, as nullable boolean; numbers equal to 12 significant digits are not above one another."""
    difference, blur, missing, index = _difference(value, limit)
    return pd.Series(pd.arrays.BooleanArray((difference > blur) & ~missing, missing), index=index)


def at_least(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value >= limit, as nullable boolean."""
    difference, blur, missing, index = _difference(value, limit)
    return pd.Series(pd.arrays.BooleanArray((difference >= -blur) & ~missing, missing), index=index)


def _difference(
    value: pd.Series | float, limit: pd.Series | float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.Index]:
    """value - limit, what counts as no difference, where either side is missing (bool), and the index of the answer."""
    if isinstance(value, pd.Series) and isinstance(limit, pd.Series) and not value.index.equals(limit.index):
        value, limit = value.align(limit)
    index = value.index if isinstance(value, pd.Series) else limit.index
    one, other = (np.broadcast_to(floats(side), len(index)) for side in (value, limit))
    with np.errstate(invalid="ignore"):  # no finite difference, no error
        return one - other, AGREE * abs(other), np.isnan(one) | np.isnan(other), index


def floats(number: pd.Series | float) -> np.ndarray | float:
    """Plain floats, NaN where there is none."""
    if not isinstance(number, pd.Series):
        return np.nan if number is pd.NA else float(number)
    return number.astype("Float64").to_numpy("float64", na_value=np.nan)


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
    lowest = entered[grades[0]]
    highest = np.zeros(len(lowest), dtype="int64")
    for grade in grades:
        highest[surely(entered[grade])] = grade  # only a certain truth may set a grade
    undecided = (highest == 0) & ~surely(~lowest)
    return pd.Series(pd.arrays.IntegerArray(highest, undecided), index=lowest.index)
