"""Three-valued logic for criteria: comparison of measured values that may be inequalities, and `if_`.

All answers are nullable booleans: True, False, or NA where the data cannot tell. Compounds are pandas' own `&`, `|`, `~`.
"""

from dataclasses import dataclass

import pandas as pd

from nk521lib.standards import comparison
from nk521lib.three_valued import decided, either, surely

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Relation of 1/x, given that of x."""


@dataclass(frozen=True)
class Measured:
    """A value as reported. relation : "=", or "<", "<=", ">", ">=" for results such as `<0.05`."""

    value: pd.Series
    relation: pd.Series


class Facts:
    """The facts of all subjects by name, as a criterion reads them: `s.ALT`, `s.LIVER_METASTASIS`."""

    def __init__(self, frame: pd.DataFrame):
        self._frame = frame

    def __getattr__(self, name: str) -> pd.Series | Measured:
        if name.startswith("_") or name not in self._frame:
            raise AttributeError(f"no screening fact {name}")
        value = self._frame[name]
        relation = f"{name}_OP"
        return Measured(value, self._frame[relation]) if relation in self._frame else value


def above(x: pd.Series | Measured, limit) -> pd.Series:
    """x > limit; for an inequality only where it is certain either way."""
    return _certain(x, limit, comparison.above)


def at_least(x: pd.Series | Measured, limit) -> pd.Series:
    """x >= limit; for an inequality only where it is certain either way."""
    return _certain(x, limit, comparison.at_least)


def below(x: pd.Series | Measured, limit) -> pd.Series:
    return ~at_least(x, limit)


def at_most(x: pd.Series | Measured, limit) -> pd.Series:
    return ~above(x, limit)


def _certain(x: pd.Series | Measured, limit, compare) -> pd.Series:
    if isinstance(x, pd.Series):
        return compare(x, limit)
    holds, reached, passed = (
        compare(x.value, limit),
        comparison.at_least(x.value, limit),
        comparison.above(x.value, limit),
    )
    # A missing value or relation matches no branch, so that its answer stays NA.
    relation = x.relation.to_numpy(object, na_value="")
    equal, under, up_to, over, from_ = (relation == sign for sign in ("=", "<", "<=", ">", ">="))
    return decided(
        ((equal | from_) & surely(holds)) | (over & surely(reached)),
        ((equal | up_to) & surely(~holds)) | (under & surely(~passed)),
        x.value.index,
    )


def if_(condition: pd.Series, then: pd.Series, otherwise: pd.Series) -> pd.Series:
    """`then` where the condition holds, `otherwise` where it does not; unknown only where the branch would matter."""
    # The last term: two branches that agree decide without the condition.
    return (condition & then) | (~condition & otherwise) | (then & otherwise)


def agree(one: pd.Series, other: pd.Series) -> pd.Series:
    """The answer that two possible readings share, else unknown."""
    return either(one & other, ~(one | other))


def unless(void: pd.Series, fails: pd.Series) -> pd.Series:
    """A failing value stays; a passing one is unknown where it is, or may be, void."""
    return fails.mask((~fails & void).fillna(True) & ~fails.fillna(True), pd.NA)
