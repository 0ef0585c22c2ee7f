"""Three-valued logic for criteria: the facts as a criterion reads them, comparison, and `if_`.

All answers are nullable booleans: True, False, or NA where the data cannot tell. Compounds are pandas' own `&`, `|`, `~`.
"""

import pandas as pd

from nk521lib.standards.comparison import Measured
from nk521lib.three_valued import either

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Relation of 1/x, given that of x."""


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
