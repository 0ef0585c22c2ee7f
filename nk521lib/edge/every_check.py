"""Every data check of a study at once: those of the gate and those that the chapters make (`nk521 check`)."""

import pandas as pd

from nk521lib.chapters import efficacy, escalation, safety, screening
from nk521lib.cut import Cut
from nk521lib.findings import in_order, one_per_cause, to_frame


def find_every(cut: Cut) -> pd.DataFrame:
    """The findings of the snapshot as its pack will hold them: findings.COLUMNS, worst effect first."""
    frames = [
        to_frame(cut.findings),
        to_frame(screening.check_screening(screening.derive_eligibility(cut))),
        to_frame(escalation.derive_escalation(cut).findings),
        safety.derive_safety(cut).findings,
        efficacy.derive_efficacy(cut).findings,
    ]
    return one_per_cause(in_order(pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)))
