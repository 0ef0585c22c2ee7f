"""Chapter 2, dose escalation: who counts, what the 3+3 proposes for each group, how sure it is.

Spec: escalation.md, rulings.md section 3. `derive_escalation(cut)` does everything once; `decide_groups(cut)` is the
content of decisions.json; `derive_dlt_status(cut)` the addlt dataset.
"""

from nk521lib.chapters.escalation.decide import (
    Escalation,
    GroupReview,
    count_statuses,
    decide_groups,
    derive_escalation,
    list_datasets,
)
from nk521lib.chapters.escalation.events import derive_dlt_events
from nk521lib.chapters.escalation.standing import list_standing
from nk521lib.chapters.escalation.status import ADDLT, derive_dlt_status
from nk521lib.chapters.escalation.what_if import suppose
from nk521lib.chapters.escalation.window import derive_windows

__all__ = [
    "ADDLT",
    "Escalation",
    "GroupReview",
    "count_statuses",
    "decide_groups",
    "derive_dlt_events",
    "derive_dlt_status",
    "derive_escalation",
    "derive_windows",
    "list_datasets",
    "list_standing",
    "suppose",
]
