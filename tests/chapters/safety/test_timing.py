"""Before or after the first dose, in the safety window or not (rulings.md 5.2, 5.3); doses on 10 and 17 May, window to 14 June."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.timing import derive_timing


def timing(dosed, days=("2026-05-10", "2026-05-17"), **domains):
    (prefix,) = domains
    cut, adsl = dosed(days=days, **domains)
    return derive_timing(cut, adsl, cut[prefix], prefix)


#    LBDTC               before  window
DAYS = [
    ("2026-05-09", True, False),
    ("2026-05-11", False, True),
    ("2026-06-14", False, True),
    ("2026-06-15", False, False),
    ("2026-04", True, False),
    ("2026-05", None, None),
    ("2026-06", False, None),
    ("2026-07", False, False),
    (None, None, None),
]


@pytest.mark.parametrize("text, before, window", DAYS)
def test_days_lie_before_in_or_after_three_valued(dosed, text, before, window):
    row = timing(dosed, LB=[{"LBTESTCD": "ALT", "LBDTC": text}]).iloc[0]
    for found, expected in ((row["PREDOSE"], before), (row["ONTRT"], window)):
        assert pd.isna(found) if expected is None else found == expected


def test_a_single_record_of_the_dose_day_is_before_the_dose(dosed):
    found = timing(dosed, LB=[{"LBTESTCD": "ALT", "LBDTC": "2026-05-10"}])
    assert found["PREDOSE"].tolist() == [True] and found["BYSEQ"].tolist() == [False]


def test_of_several_the_lowest_sequence_is_before_and_the_rest_after(dosed):
    rows = [{"LBTESTCD": "ALT", "LBDTC": "2026-05-10", "LBSEQ": n} for n in (7, 3, 9)]
    found = timing(dosed, LB=rows)
    assert found["PREDOSE"].tolist() == [False, True, False] and found["BYSEQ"].all()


def test_timepoint_labels_decide_before_clock_and_sequence(dosed):
    rows = [
        {"VSTESTCD": "TEMP", "VSTPT": label, "VSDTC": "2026-05-10T12:00"}
        for label in ("PRE-DOSE", "4 H POST-DOSE", "END OF INFUSION")
    ]
    found = timing(dosed, days=("2026-05-10T10:00",), VS=rows)
    assert found["PREDOSE"].tolist() == [True, False, False]


def test_times_decide_when_both_are_known(dosed):
    rows = [{"LBTESTCD": "ALT", "LBDTC": f"2026-05-10T{t}"} for t in ("09:59", "10:00", "10:01")]
    assert timing(dosed, days=("2026-05-10T10:00",), LB=rows)["PREDOSE"].tolist() == [True, False, False]


def test_a_posture_is_a_series_of_its_own_and_no_timepoint_of_the_dose(dosed):
    rows = [
        {"VSTESTCD": "SYSBP", "VSTPT": p, "VSTPTNUM": 815.0, "VSDTC": "2026-05-10"}
        for p in ("AFTER LYING DOWN FOR 5 MINUTES", "AFTER STANDING FOR 1 MINUTE")
    ]
    found = timing(dosed, VS=rows)
    assert found["PREDOSE"].tolist() == [True, True] and found["SERIES"].nunique() == 2


def test_a_number_without_a_label_is_hours_from_the_dose(dosed):
    rows = [{"VSTESTCD": "TEMP", "VSTPTNUM": n, "VSDTC": "2026-05-10"} for n in (0.0, 4.0)]
    assert timing(dosed, VS=rows)["PREDOSE"].tolist() == [True, False]
