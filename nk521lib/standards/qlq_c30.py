"""EORTC QLQ-C30 version 3.0 scoring: scales and summary score from item numbers. No item wording.

Source: Fayers et al., EORTC QLQ-C30 Scoring Manual, 3rd edition 2001; Giesinger et al., J Clin Epidemiol
2016;69:79 (summary score); spec efficacy.md section 7, rulings.md 5.9.
"""

from dataclasses import dataclass

import pandas as pd

from nk521lib.standards.questionnaire import check_answers, other_columns, require_items, valid_answers

ITEMS = tuple(f"Q{n}" for n in range(1, 31))
FUNCTION, SYMPTOM, GLOBAL = "function", "symptom", "global"


@dataclass(frozen=True)
class Scale:
    """Items (by number), and the difference between the highest and the lowest answer."""

    code: str
    name: str
    items: tuple[int, ...]
    kind: str
    range: int = 3

    @property
    def columns(self) -> list[str]:
        return [f"Q{n}" for n in self.items]


SCALES = (
    Scale("QL2", "Global health status", (29, 30), GLOBAL, range=6),
    Scale("PF2", "Physical functioning", (1, 2, 3, 4, 5), FUNCTION),
    Scale("RF2", "Role functioning", (6, 7), FUNCTION),
    Scale("EF", "Emotional functioning", (21, 22, 23, 24), FUNCTION),
    Scale("CF", "Cognitive functioning", (20, 25), FUNCTION),
    Scale("SF", "Social functioning", (26, 27), FUNCTION),
    Scale("FA", "Fatigue", (10, 12, 18), SYMPTOM),
    Scale("NV", "Nausea and vomiting", (14, 15), SYMPTOM),
    Scale("PA", "Pain", (9, 19), SYMPTOM),
    Scale("DY", "Dyspnoea", (8,), SYMPTOM),
    Scale("SL", "Insomnia", (11,), SYMPTOM),
    Scale("AP", "Appetite loss", (13,), SYMPTOM),
    Scale("CO", "Constipation", (16,), SYMPTOM),
    Scale("DI", "Diarrhoea", (17,), SYMPTOM),
    Scale("FI", "Financial difficulties", (28,), SYMPTOM),
)
NOT_IN_SUMMARY = ("QL2", "FI")
HIGHEST = {f"Q{n}": 1 + scale.range for scale in SCALES for n in scale.items}
RANGES = {item: (1, HIGHEST[item]) for item in ITEMS}


def check_items(forms: pd.DataFrame) -> pd.DataFrame:
    """Answers out of range: the form's columns other than items, ITEM, VALUE. Scoring takes them as missing."""
    return check_answers(forms, RANGES)


def _score(scale: Scale, answers: pd.DataFrame) -> pd.Series:
    items = answers[scale.columns]
    enough = items.notna().sum(axis=1) * 2 >= len(scale.items)
    position = (items.mean(axis=1).astype("Float64") - 1) / scale.range
    score = (1 - position) * 100 if scale.kind == FUNCTION else position * 100
    return score.where(enough)


def derive_scores(forms: pd.DataFrame) -> pd.DataFrame:
    """Scores 0-100 (Float64) per form: the columns other than items, one column per scale code, SUMMARY.

    forms : one row per form, columns Q1 … Q30 with answers 1-4 (Q29, Q30: 1-7) or missing, any further columns.
    A scale needs at least half of its items; the rest are taken to be like those answered. Functions and global
    health: higher is better; symptoms: higher is worse. SUMMARY: mean of 13 scales, symptoms reversed, without
    global health and finances; only when all 13 exist. Raises ValueError when an item column is absent.
    """
    require_items(forms, RANGES)
    answers = valid_answers(forms, RANGES)
    out = forms[other_columns(forms, RANGES)].copy()
    for scale in SCALES:
        out[scale.code] = _score(scale, answers)
    summed = [scale for scale in SCALES if scale.code not in NOT_IN_SUMMARY]
    better = pd.concat([100 - out[s.code] if s.kind == SYMPTOM else out[s.code] for s in summed], axis=1)
    out["SUMMARY"] = better.mean(axis=1).astype("Float64").where(better.notna().all(axis=1))
    return out
