"""Acute graft-versus-host disease: MAGIC stages of the organs and the overall grade (Harris et al., BBMT 2016;22:4).

Adult criteria. Missing inputs stay missing: a stage or grade is the highest certainly true. Biliary obstruction, liver
metastases and bowel obstruction confound all of these: whether a sign is GvHD is the investigator's decision.
"""

import pandas as pd

from nk521lib.standards.comparison import above, at_least, highest_certain


def skin_stage(rash_percent: pd.Series, erythroderma_with_bullae: pd.Series) -> pd.Series:
    """Stage 0-4 from the body surface with active rash (%): 0 none, 1 below 25, 2 to 50, 3 above 50, 4 bullae."""
    bullae = erythroderma_with_bullae.astype("boolean")
    return highest_certain({
        1: above(rash_percent, 0) | bullae,
        2: at_least(rash_percent, 25) | bullae,
        3: above(rash_percent, 50) | bullae,
        4: bullae,
    })  # fmt: skip


def liver_stage(bilirubin_mg_dl: pd.Series) -> pd.Series:
    """Stage 0-4 from total bilirubin (mg/dL): below 2, 2 to 3, above 3 to 6, above 6 to 15, above 15."""
    return highest_certain({
        1: at_least(bilirubin_mg_dl, 2),
        2: above(bilirubin_mg_dl, 3),
        3: above(bilirubin_mg_dl, 6),
        4: above(bilirubin_mg_dl, 15),
    })  # fmt: skip


def upper_gi_stage(persistent: pd.Series) -> pd.Series:
    """Stage 1 when anorexia, nausea or vomiting persist, else 0 (boolean in)."""
    return highest_certain({1: persistent.astype("boolean")})


def lower_gi_stage(
    stool_ml_per_day: pd.Series, severe: pd.Series, episodes_per_day: pd.Series | None = None
) -> pd.Series:
    """Stage 0-4 from stool volume (mL/day): below 500, to below 1000, to 1500, above 1500; 4 when severe.

    severe : severe abdominal pain with or without ileus, or grossly bloody stool (boolean).
    episodes_per_day : where counted, the worse of the two decides: below 3, 3 to 4, 5 to 7, above 7.
    """
    severe = severe.astype("boolean")
    stages = {
        1: at_least(stool_ml_per_day, 500) | severe,
        2: at_least(stool_ml_per_day, 1000) | severe,
        3: above(stool_ml_per_day, 1500) | severe,
        4: severe,
    }
    if episodes_per_day is not None:
        for stage, reached in ((1, at_least(episodes_per_day, 3)), (2, at_least(episodes_per_day, 5)), (3, above(episodes_per_day, 7))):  # fmt: skip
            stages[stage] |= reached
    return highest_certain(stages)


def overall_grade(skin: pd.Series, liver: pd.Series, upper_gi: pd.Series, lower_gi: pd.Series) -> pd.Series:
    """Overall grade 0 to 4 (Int64) from the stages of the four organs.

    I: skin 1-2 only. II: skin 3, liver 1, upper GI 1 or lower GI 1. III: liver or lower GI 2-3. IV: skin, liver or
    lower GI 4. Source: spec safety.md section 6.
    """
    skin, liver, upper_gi, lower_gi = (s.astype("Int64") for s in (skin, liver, upper_gi, lower_gi))
    return highest_certain({
        1: (skin >= 1) | (liver >= 1) | (upper_gi >= 1) | (lower_gi >= 1),
        2: (skin >= 3) | (liver >= 1) | (upper_gi >= 1) | (lower_gi >= 1),
        3: (skin >= 4) | (liver >= 2) | (lower_gi >= 2),
        4: (skin >= 4) | (liver >= 4) | (lower_gi >= 4),
    })  # fmt: skip
