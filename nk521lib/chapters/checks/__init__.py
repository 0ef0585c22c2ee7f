"""The data checks of data.md section 5: which there are, and what they find in one snapshot."""

import pandas as pd

from nk521lib.chapters.checks import structure
from nk521lib.chapters.checks.check import Check, Study
from nk521lib.cut import Cut
from nk521lib.findings import Finding

CHECKS: tuple[Check, ...] = structure.CHECKS


def run(cut: Cut, whole: Cut, faults: pd.DataFrame) -> tuple[Finding, ...]:
    study = Study(whole, cut, faults)
    return tuple(finding for check in CHECKS if check.find for finding in check.find(study))
