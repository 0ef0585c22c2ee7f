"""Which quality-of-life instrument is in use, where its answers are in QS, and what its scores mean.

Spec: efficacy.md section 7. Item numbers only. Codes of FACIT-AI items are the parameter `facit_ai_code`; those of EQ-5D-5L are
CDISC's questionnaire terminology: EQ5D0201 to EQ5D0205 the dimensions, EQ5D0206 the scale.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from nk521lib.params import Params
from nk521lib.standards import eq5d_5l, facit_ai, qlq_c30
from nk521lib.standards.questionnaire import Ranges, check_answers


@dataclass(frozen=True)
class Score:
    """One score of an instrument. shown : within the profile figure."""

    code: str
    name: str
    low: float = 0
    high: float = 100
    lower_is_better: bool = False
    shown: bool = False


@dataclass(frozen=True)
class Instrument:
    """items : QSTESTCD -> item column. derive : forms and parameters to one column per score.

    reads : how its scores are read, for the note under the table. text_of : a score and the column that says it in words.
    """

    name: str
    items: Mapping[str, str]
    ranges: Ranges
    scores: tuple[Score, ...]
    derive: Callable[[pd.DataFrame, Params], pd.DataFrame]
    reads: str
    text_of: tuple[str, str] | None = None

    @property
    def codes(self) -> list[str]:
        return [score.code for score in self.scores]

    @property
    def names(self) -> dict[str, str]:
        return {score.code: score.name for score in self.scores}

    @property
    def lower_is_better(self) -> frozenset[str]:
        return frozenset(score.code for score in self.scores if score.lower_is_better)

    def check(self, forms: pd.DataFrame) -> pd.DataFrame:
        """Answers out of range, as `check_answers` lists them."""
        return check_answers(forms, self.ranges)


_SHOWN = ("QL2", "PF2", "FA", "PA", "AP", "SUMMARY")
_QLQ = Instrument(
    "QLQ-C30",
    {f"QLQC30{n:02d}": f"Q{n}" for n in range(1, 31)},
    qlq_c30.RANGES,
    (
        *(
            Score(s.code, s.name, lower_is_better=s.kind == qlq_c30.SYMPTOM, shown=s.code in _SHOWN)
            for s in qlq_c30.SCALES
        ),
        Score("SUMMARY", "Summary score", shown=True),
    ),
    lambda forms, params: qlq_c30.derive_scores(forms),
    "Scores 0 to 100; functions, global health and summary: higher is better, symptoms: higher is worse",
)
_FACIT = Instrument(
    "FACIT-AI",
    {},  # by the study's own codes, see instrument_in_use
    facit_ai.RANGES,
    (Score("AI", "Ascites index", 0, 52, shown=True), Score("AIN", "Items answered", 0, 13)),
    lambda forms, params: facit_ai.derive_scores(forms, params.efficacy.facit_ai_reversed),
    "Ascites index 0 to 52, higher is better; more than half of the items make a score. Validated in ovarian malignant ascites",
)
_EQ5D = Instrument(
    "EQ-5D-5L",
    {f"EQ5D020{n}": item for n, item in enumerate(eq5d_5l.RANGES, 1)},
    eq5d_5l.RANGES,
    (
        *(Score(code, name, 1, 5, lower_is_better=True, shown=True) for code, name in eq5d_5l.DIMENSIONS.items()),
        Score("VAS", "Visual analogue scale", shown=True),
        Score("INDEX", "Index from the value set", -1, 1),
    ),
    lambda forms, params: eq5d_5l.derive_scores(forms, params.efficacy.eq5d_value_set),
    "Levels 1 to 5: higher is worse; visual analogue scale 0 to 100: higher is better. The index needs a country's value set",
    text_of=("INDEX", "PROFILE"),
)
INSTRUMENTS = {one.name: one for one in (_QLQ, _FACIT, _EQ5D)}


def instrument_in_use(params: Params) -> Instrument:
    instrument, code = INSTRUMENTS[params.efficacy.hrqol_instrument], params.efficacy.facit_ai_code
    if instrument is not _FACIT:
        return instrument
    return replace(_FACIT, items={f"{code}{n:02d}": item for n, item in enumerate(facit_ai.RANGES, 1)})
