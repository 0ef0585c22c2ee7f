"""EQ-5D-5L: five dimensions of five levels, the visual analogue scale, and an index from a value set that is given.

A profile such as 11111 is the five levels in their order. The index is a country's valuation of the profile; no value
set is held here, because each has its own licence and country. Source: EuroQol Group; spec efficacy.md section 7.
"""

from collections.abc import Mapping

import pandas as pd

from nk521lib.standards.questionnaire import other_columns, require_items, valid_answers

DIMENSIONS = {
    "MO": "Mobility",
    "SC": "Self-care",
    "UA": "Usual activities",
    "PD": "Pain and discomfort",
    "AD": "Anxiety and depression",
}
RANGES = {dimension: (1, 5) for dimension in DIMENSIONS} | {"VAS": (0, 100)}


def check_value_set(value_set: Mapping[str, float]) -> None:
    """Raises ValueError for a key that is no profile: five digits, each 1 to 5."""
    for profile in value_set:
        if len(profile) != 5 or set(profile) - set("12345"):
            raise ValueError(f'value set: "{profile}" is no profile; expected five digits from 1 to 5, as 11111')


def derive_scores(forms: pd.DataFrame, value_set: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The form's columns other than items, MO SC UA PD AD (levels 1-5, higher is worse), VAS (0-100), PROFILE, INDEX.

    forms : one row per form, columns MO SC UA PD AD VAS, or missing. PROFILE (string) exists only with all five levels;
    INDEX (Float64) only where the value set has that profile. Raises ValueError for an absent item column or a bad key.
    """
    require_items(forms, RANGES)
    check_value_set(value_set or {})
    answers = valid_answers(forms, RANGES)
    levels = answers[list(DIMENSIONS)].astype("Int64").astype("string")
    profile = levels["MO"]
    for dimension in list(DIMENSIONS)[1:]:
        profile = profile + levels[dimension]
    out = forms[other_columns(forms, RANGES)].join(answers)
    out["PROFILE"] = profile.astype("string")
    out["INDEX"] = profile.map(dict(value_set or {})).astype("Float64")
    return out
