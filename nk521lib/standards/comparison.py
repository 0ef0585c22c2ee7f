"""Comparison with published limits: exact to 12 significant digits, three-valued, and the highest certain grade.

Floating point makes 1.5 x 1.2 smaller than 1.8. Two numbers that agree to one part in 10^12 are therefore the same
number here; no laboratory reports that finely, so nothing real is blurred. A missing side gives NA, never False.

A result may be a bound, as `<0.05`: it answers only where every number that it can stand for gives the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nk521lib.three_valued import surely

AGREE = 1e-12
"""Relative difference under which two numbers are the same number."""


EQUAL = "="
_RESULT = r"^\s*(?P<relation><=|>=|<|>|≤|≥)?\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$"
_RELATION = {"≤": "<=", "≥": ">="}


@dataclass(frozen=True)
class Measured:
    """A value as reported. relation : "=", or "<", "<=", ">", ">=" for results such as `<0.05`; NA without a value."""

    value: pd.Series
    relation: pd.Series

    def __rmul__(self, times: float) -> "Measured":
        """Times a number above zero, as in 3 * baseline."""
        return Measured(times * self.value, self.relation)


def read_results(text: pd.Series) -> Measured:
    """Results written as a number, with or without a sign before it; NA for anything else (each different text read once)."""
    codes, distinct = pd.factorize(text.astype("string"), use_na_sentinel=False)
    parts = pd.Series(distinct, dtype="string").str.extract(_RESULT)
    number = pd.to_numeric(parts["number"]).astype("Float64")
    relation = parts["relation"].replace(_RELATION).fillna(EQUAL).where(number.notna()).astype("string")
    return Measured(*(part.take(codes).set_axis(text.index) for part in (number, relation)))


def above(value: pd.Series | Measured, limit: pd.Series | Measured | float) -> pd.Series:
    """value > limit, as nullable boolean; numbers equal to 12 significant digits are not above one another."""
    return _compared(value, limit, strict=True)


def at_least(value: pd.Series | Measured, limit: pd.Series | Measured | float) -> pd.Series:
    """value >= limit, as nullable boolean."""
    return _compared(value, limit, strict=False)


def _compared(value: pd.Series | Measured, limit: pd.Series | Measured | float, strict: bool) -> pd.Series:
    number, bound = (side.value if isinstance(side, Measured) else side for side in (value, limit))
    difference, blur, missing, index = _difference(number, bound)
    holds = difference > blur if strict else difference >= -blur
    fails = ~holds
    # A bound moves the difference only up, as x > 5 does, or only down; an open one never lets it touch its own number.
    moves = [
        _moves(side, index, turned) for side, turned in ((value, False), (limit, True)) if isinstance(side, Measured)
    ]
    if moves:
        up, open_up, down, open_down = (np.logical_or.reduce(way) for way in zip(*moves, strict=True))
        holds = np.where(open_up, difference >= -blur, holds) & ~down
        fails = np.where(open_down, difference <= blur, fails) & ~up
    return pd.Series(pd.arrays.BooleanArray(holds & ~missing, missing | ~(holds | fails)), index=index)


def _moves(side: Measured, index: pd.Index, turned: bool) -> tuple[np.ndarray, ...]:
    """May a comparison's difference be larger than from this side's number, surely so, smaller, surely so? turned : the limit."""
    relation = side.relation.reindex(index).to_numpy(object, na_value="")
    over, from_, under, up_to, unknown = (relation == sign for sign in (">", ">=", "<", "<=", ""))
    over, from_, under, up_to = (under, up_to, over, from_) if turned else (over, from_, under, up_to)
    return over | from_ | unknown, over, under | up_to | unknown, under


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


def below(value: pd.Series | Measured, limit: pd.Series | Measured | float) -> pd.Series:
    """value < limit, as nullable boolean."""
    return ~at_least(value, limit)


def at_most(value: pd.Series | Measured, limit: pd.Series | Measured | float) -> pd.Series:
    """value <= limit, as nullable boolean."""
    return ~above(value, limit)


def bounded(text: pd.Series) -> pd.Series:
    """Is a result reported as below or above a number, as <5? Nullable boolean."""
    return text.str.lstrip().str.startswith(("<", ">", *_RELATION))


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


def highest_possible(entered: Mapping[int, pd.Series]) -> pd.Series:
    """Highest grade that is not certainly excluded (Int64), 0 where all are. entered : as in `highest_certain`."""
    highest = np.zeros(len(next(iter(entered.values()))), dtype="int64")
    for grade in sorted(entered):
        highest[~surely(~entered[grade])] = grade
    return pd.Series(highest, index=next(iter(entered.values())).index, dtype="Int64")
