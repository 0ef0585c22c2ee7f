"""FACIT-AI, the 13-item ascites index: one score, 0 to 52, higher is better. Item numbers only, no wording.

Which items are reversed stands in the manual, which belongs to the licence holder, and is not known here: it is given
as an argument, and without it there is no score. The rest is the general rule of FACIT scoring: a reversed item counts
4 minus its answer; with more than half of the items answered, the sum is scaled up to all of them.
Source: Gynecol Oncol 2013;128:187; spec efficacy.md section 7.
"""

from collections.abc import Collection

import pandas as pd

from nk521lib.standards.questionnaire import other_columns, require_items, valid_answers

HIGHEST = 4
RANGES = {f"AI{n}": (0, HIGHEST) for n in range(1, 14)}


def derive_scores(forms: pd.DataFrame, reversed_items: Collection[int] | None) -> pd.DataFrame:
    """The form's columns other than items, AI (Float64, 0-52) and AIN, the number of items answered (missing for none).

    forms : one row per form, columns AI1 … AI13 with answers 0-4 or missing. reversed_items : numbers of the items that
    the manual reverses; None where they are not known, and then AI is missing. Seven answers or more give a score.
    Raises ValueError when an item column is absent or a reversed item does not exist.
    """
    require_items(forms, RANGES)
    strangers = sorted(set(reversed_items or ()) - set(range(1, len(RANGES) + 1)))
    if strangers:
        raise ValueError(f"reversed item {strangers[0]} does not exist; FACIT-AI has items 1 to {len(RANGES)}")
    answers = valid_answers(forms, RANGES)
    for number in reversed_items or ():
        answers[f"AI{number}"] = HIGHEST - answers[f"AI{number}"]
    answered = answers.notna().sum(axis=1).astype("Int64")
    out = forms[other_columns(forms, RANGES)].copy()
    mean = answers.mean(axis=1).astype("Float64")
    enough = (answered * 2 > len(RANGES)) & (reversed_items is not None)
    out["AI"] = (mean * len(RANGES)).where(enough)
    out["AIN"] = answered.mask(answered.eq(0)).astype("Float64")
    return out
