"""What scoring manuals have in common: whole-number answers within the range of their item; anything else is no answer."""

from collections.abc import Mapping

import pandas as pd

Ranges = Mapping[str, tuple[int, int]]
"""Item column -> lowest and highest answer."""


def require_items(forms: pd.DataFrame, ranges: Ranges) -> None:
    """Raises ValueError when an item has no column."""
    absent = [item for item in ranges if item not in forms]
    if absent:
        first, *_, last = ranges
        raise ValueError(f"forms: no column {', '.join(absent)}; expected {first} to {last}")


def valid_answers(forms: pd.DataFrame, ranges: Ranges) -> pd.DataFrame:
    """Answers as Float64, anything that is not a whole number within the item's range missing."""
    answers = forms[list(ranges)].astype("Float64")
    for item, (lowest, highest) in ranges.items():
        valid = answers[item].between(lowest, highest) & answers[item].mod(1).eq(0)
        answers[item] = answers[item].where(valid.fillna(False))  # a missing answer stays missing either way
    return answers


def other_columns(forms: pd.DataFrame, ranges: Ranges) -> list[str]:
    """Columns that say which form it is."""
    return [column for column in forms if column not in ranges]


def check_answers(forms: pd.DataFrame, ranges: Ranges) -> pd.DataFrame:
    """Answers out of range: the form's columns other than items, ITEM, VALUE. Scoring takes them as missing."""
    require_items(forms, ranges)
    keys = other_columns(forms, ranges)
    given, valid = forms[list(ranges)].astype("Float64"), valid_answers(forms, ranges)
    parts = []
    for item in ranges:
        wrong = given[item].notna() & valid[item].isna()
        parts.append(forms.loc[wrong, keys].assign(ITEM=item, VALUE=given.loc[wrong, item]))
    return pd.concat(parts, ignore_index=True).astype({"ITEM": "string", "VALUE": "Float64"})
