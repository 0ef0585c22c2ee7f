"""QS: QLQ-C30 answers by item number (no wording) and ECOG performance status."""

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial.cast import Cast, positions
from nk521lib.edge.demo_trial.frames import KNOWN, finished, iso, taken
from nk521lib.edge.demo_trial.measurements import replace_values
from nk521lib.edge.demo_trial.story_findings import Value

ITEMS = [f"QLQC30{number:02d}" for number in range(1, 31)]
FORM_VISITS = ("C1D1", "C2D1", "WEEK 6", "WEEK 12", "WEEK 18", "WEEK 24")
ECOG_VISITS = ("SCREENING", "C2D1", "WEEK 6", "WEEK 12", "WEEK 18", "WEEK 24")


def derive_qs(
    cast: Cast, rng: np.random.Generator, answers: tuple[Value, ...] = (), prefix_of_id: str = ""
) -> pd.DataFrame:
    """Answers drawn round a burden of the subject's own; item missing or out of range where the story says so."""
    forms = cast.visits[cast.visits["VISIT"].isin(FORM_VISITS)].reset_index(drop=True)
    burden = rng.normal(0, 0.5, len(cast.people))[positions(forms["USUBJID"])]
    felt = 1.9 + burden[:, None] + rng.normal(0, 0.5, (len(forms), 30))
    score = np.clip(np.round(felt), 1, 4)
    score[:, 28:] = np.clip(np.round(7.2 - 1.4 * felt[:, 28:]), 1, 7)  # the two items on health and quality of life
    items = _rows(forms, ITEMS, score, "EORTC QLQ-C30 V3.0")
    items = replace_values(items, "QS", answers, prefix_of_id)
    status = cast.visits[cast.visits["VISIT"].isin(ECOG_VISITS)].reset_index(drop=True)
    grade = np.clip(np.round(rng.normal(1.0, 0.35, (len(status), 1))), 0, 2)
    return finished(pd.concat([items, _rows(status, ["ECOG101"], grade, "ECOG")], ignore_index=True), "QS")


def _rows(visits: pd.DataFrame, codes: list[str], score: np.ndarray, category: str) -> pd.DataFrame:
    visit, item = np.repeat(np.arange(len(visits)), len(codes)), np.tile(np.arange(len(codes)), len(visits))
    whole = score.ravel().astype(int)
    return pd.DataFrame({
        "USUBJID": taken(visits["USUBJID"], visit),
        "QSTESTCD": taken(codes, item),
        "QSCAT": taken([category], np.zeros(len(visit), dtype=int)),
        "QSORRES": taken([str(n) for n in range(8)], whole),
        "QSSTRESN": pd.Series(pd.array(whole.astype(float), dtype="Float64")),
        "QSDTC": taken(iso(visits["DAY"]), visit),
        "VISITNUM": pd.Series(pd.array(visits["VISITNUM"].to_numpy()[visit], dtype="Float64")),
        "VISIT": taken(visits["VISIT"], visit),
        KNOWN: pd.Series(visits["DAY"].to_numpy()[visit]),
    })  # fmt: skip
