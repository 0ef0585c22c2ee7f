"""Chapter 1: who may enter, why not, and what is still unknown.

facts.py turns records into facts, criteria.py is the protocol's list as one table over facts, evaluate.py decides.
"""

import pandas as pd

from nk521lib.chapters.screening.baseline import BASELINE, derive_baseline
from nk521lib.chapters.screening.checks import check_screening
from nk521lib.chapters.screening.criteria import BY_ID, CRITERIA
from nk521lib.chapters.screening.evaluate import ADIE, Eligibility, criteria_apply, derive_answers, derive_eligibility
from nk521lib.chapters.screening.facts import FACTS, derive_facts
from nk521lib.findings import to_frame

__all__ = [
    "ADIE", "BASELINE", "BY_ID", "CRITERIA", "FACTS", "Eligibility", "check_screening", "criteria_apply", "derive_answers", "derive_baseline",
    "derive_eligibility", "derive_facts", "list_datasets",
]  # fmt: skip


def list_datasets(found: Eligibility) -> dict[str, pd.DataFrame]:
    """What the chapter publishes: adsl with ELIGSTAT and baseline, adie where criteria were evaluated, and its findings."""
    adsl = found.adsl.drop(columns=["ANCHOR", "ANCHOR_IS"])
    adsl = adsl.merge(derive_baseline(found.screened), on="USUBJID", how="left", validate="one_to_one")
    made = {"adsl": adsl, "findings": to_frame(check_screening(found))}
    return made | ({"adie": found.adie} if len(found.answers) else {})
