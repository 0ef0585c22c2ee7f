"""The words and thresholds of RECIST 1.1, shared by the modules that apply them.

Source: Eisenhauer et al., Eur J Cancer 2009;45:228 (RECIST 1.1); spec efficacy.md section 2, rulings.md 6.2-6.4.
"""

from dataclasses import dataclass, fields
from typing import Literal

CR, PR, SD, PD, NE = "CR", "PR", "SD", "PD", "NE"
NON_CR_NON_PD = "NON-CR/NON-PD"
NONE = "NONE"
"""No lesion of that kind at baseline: not the same as NE, lesions that could not be evaluated."""

TARGET, NON_TARGET, NEW = "TARGET", "NON-TARGET", "NEW"
ROLES = (TARGET, NON_TARGET, NEW)

PRESENT, ABSENT = "PRESENT", "ABSENT"
EQUIVOCAL, UNEQUIVOCAL, UNEQUIVOCAL_PD = "EQUIVOCAL", "UNEQUIVOCAL", "UNEQUIVOCAL PD"
TOO_SMALL, MERGED = "TOO SMALL", "MERGED"
STATES = {
    TARGET: (PRESENT, ABSENT, TOO_SMALL, MERGED, NE),
    NON_TARGET: (PRESENT, ABSENT, EQUIVOCAL, UNEQUIVOCAL, UNEQUIVOCAL_PD, MERGED, NE),
    NEW: (PRESENT, ABSENT, EQUIVOCAL, UNEQUIVOCAL, UNEQUIVOCAL_PD, NE),
}
"""What STATE may say, by ROLE. A target needs none when it has a DIAMETER."""

YES, NO = "YES", "NO"
NEW_LESION = (YES, NO, EQUIVOCAL, NE)

NM_PER_MM = 1_000_000
"""Diameters are compared as whole nanometres, so that a threshold is met exactly or not at all."""

THOUSANDTHS = 1_000
"""Percentages are compared as whole thousandths of a percent, for the same reason."""


@dataclass(frozen=True)
class RecistRules:
    """Thresholds of the target response. Millimetres and percent.

    cr_then_pr : what a non-nodal lesion seen again after a target CR makes of the visit, when the sum alone is
        not PD. "pd": PD at any size (RECIST 1.1 table 3, note). "plain": judged by the sum only. "query": NE,
        until somebody has said whether the CR was one.
    """

    pr_drop_pct: float = 30.0
    pd_rise_pct: float = 20.0
    pd_rise_mm: float = 5.0
    node_normal_mm: float = 10.0
    too_small_mm: float = 5.0
    cr_then_pr: Literal["pd", "plain", "query"] = "pd"

    def __post_init__(self):
        if self.cr_then_pr not in ("pd", "plain", "query"):
            raise ValueError(f'cr_then_pr is "{self.cr_then_pr}"; expected pd, plain or query')
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "cr_then_pr" and not value > 0:
                raise ValueError(f"{field.name} is {value}; expected a number above 0")
