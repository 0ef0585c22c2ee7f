"""Each subject once at the worst grade (spec escalation.md section 8): all and related, ever and in the window."""

import pandas as pd

from nk521lib.chapters.safety.worst_grade import LEVELS, count_worst_grades
from nk521lib.results import Column

COLUMNS = [Column("A total", ("S1", "S2", "S3", "S4"), "A", "ALL")]


def _adae(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["USUBJID", "ATOXGRN", "RELFL", "AESTDTC", "TRTEMFL"])
    return frame.astype({"ATOXGRN": "Int64"} | dict.fromkeys(("USUBJID", "RELFL", "AESTDTC", "TRTEMFL"), "string"))


def _counts(adae, addlt=None, scope="ALL") -> list[str]:
    found = count_worst_grades(adae, addlt, COLUMNS)
    return [found[scope, level, "A total"].n.fmt for level in LEVELS]


def test_a_subject_counts_at_the_worst_grade_and_ungraded_events_do_not_lower_it():
    adae = _adae(("S1", 1, "Y", "2026-03-02", "Y"), ("S1", 3, None, "2026-03-03", "Y"), ("S2", None, "Y", "2026-03-02", "Y"),
                 ("S3", None, None, "2026-03-02", "Y"), ("S3", 2, "Y", "2026-03-02", "Y"), ("S4", 5, "Y", "2026-03-02", None))  # fmt: skip
    assert _counts(adae) == ["0", "0", "1", "1", "0", "1"]  # S4's event is not treatment-emergent
    assert _counts(adae, scope="RELATED") == ["0", "0", "0", "1", "1", "1"]


def test_an_onset_that_only_may_lie_in_the_window_is_not_counted_there():
    window = pd.DataFrame({"USUBJID": ["S1", "S2", "S3"], "ADLTSDT": pd.to_datetime(["2026-03-02"] * 3),
                           "ADLTEDT": pd.to_datetime(["2026-03-29"] * 3)})  # fmt: skip
    adae = _adae(("S1", 3, "Y", "2026-03-29", "Y"), ("S2", 3, "Y", "2026-03-30", "Y"), ("S3", 3, "Y", "2026-03", "Y"),
                 ("S4", 3, "Y", "2026-03-05", "Y"))  # fmt: skip
    assert _counts(adae, window, "WINDOW")[2] == "1"


def test_without_windows_nothing_is_said_of_them():
    assert {scope for scope, _, _ in count_worst_grades(_adae(), None, COLUMNS)} == {"ALL", "RELATED"}
