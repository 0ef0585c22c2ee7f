"""True, False and unknown, over whole columns: what surely holds, and an answer made from what surely does and does not.

Nullable booleans are pandas' own, with NA for unknown; `&`, `|` and `~` on them are Kleene's.
"""

import numpy as np
import pandas as pd


def surely(condition: pd.Series) -> np.ndarray:
    """Where a three-valued condition certainly holds (bool): unknown becomes "not shown"."""
    if condition.dtype == bool:
        return condition.to_numpy()
    return condition.astype("boolean").array.to_numpy(dtype=bool, na_value=False)


def known(condition: pd.Series) -> pd.Series:
    """`surely` as a column (bool), with the condition's index."""
    return pd.Series(surely(condition), index=condition.index, name=condition.name)


def either(yes: pd.Series, no: pd.Series) -> pd.Series:
    """True where `yes` surely holds, False where `no` surely does, else unknown (boolean); where both do, False."""
    return decided(surely(yes), surely(no), yes.index)


def decided(yes: np.ndarray, no: np.ndarray, index: pd.Index) -> pd.Series:
    """The same from plain booleans."""
    return pd.Series(pd.arrays.BooleanArray(yes & ~no, ~(yes | no)), index=index)
