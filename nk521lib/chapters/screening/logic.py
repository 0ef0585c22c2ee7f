"""Three-valued logic for criteria: comparison of measured values that may be inequalities, and `if_`.

All answers are nullable booleans: True, False, or NA where the data cannot tell. Compounds are pandas' own `&`, `|`, `~`.
"""

from dataclasses import dataclass

import pandas as pd

from nk521lib.standards import comparison

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
    relation = x.relation
    # fillna(False): a missing value or relation must match no branch, so that its answer stays NA.
    return (
        pd.Series(pd.NA, index=x.value.index, dtype="boolean")
        .mask(relation.eq("=").fillna(False), holds)
        .mask((relation.eq("<") & ~passed).fillna(False), False)
        .mask((relation.eq("<=") & ~holds).fillna(False), False)
        .mask((relation.eq(">") & reached).fillna(False), True)
        .mask((relation.eq(">=") & holds).fillna(False), True)
    )


def if_(condition: pd.Series, then: pd.Series, otherwise: pd.Series) -> pd.Series:
    """`then` where the condition holds, `otherwise` where it does not; unknown only where the branch would matter."""
    # Two branches that agree decide without the condition; an unknown branch agrees with nothing.
    agreed = then.where((then == otherwise).fillna(False))
    return agreed.mask(condition.fillna(False), then).mask((~condition).fillna(False), otherwise)


def agree(one: pd.Series, other: pd.Series) -> pd.Series:
    """The answer that two possible readings share, else unknown."""
    return one.where((one == other).fillna(False))  # an unknown reading agrees with nothing


def unless(void: pd.Series, fails: pd.Series) -> pd.Series:
    """A failing value stays; a passing one is unknown where it is, or may be, void."""
    return fails.mask((~fails & void).fillna(True) & ~fails.fillna(True), pd.NA)


def known(condition: pd.Series) -> pd.Series:
    """Where a three-valued condition surely holds: the one place where unknown becomes "not shown"."""
    return condition.astype("boolean").fillna(False).astype(bool)
