"""GCIG CA-125 criteria: efficacy.md section 6, rulings.md 6.11."""

import pandas as pd
import pytest

from nk521lib.standards.ca125 import derive_gcig, derive_interference

START = pd.Timestamp("2026-03-02")


def gcig(samples, mouse=False, interference=False, uln=35.0):
    """Result row; samples `{elapsed day: value}`, a value may be (value, interference)."""
    rows = []
    for day, value in samples.items():
        value, touched = value if isinstance(value, tuple) else (value, interference)
        date = pd.NaT if day is None else START + pd.Timedelta(days=day)
        rows.append({"SUBJECT": "S1", "DATE": date, "VALUE": value, "ULN": uln, "INTERFERENCE": touched})
    frame = pd.DataFrame(rows, columns=["SUBJECT", "DATE", "VALUE", "ULN", "INTERFERENCE"])
    frame = frame.astype({"SUBJECT": "string", "DATE": "datetime64[ns]", "VALUE": "Float64", "ULN": "Float64"})
    frame["INTERFERENCE"] = frame["INTERFERENCE"].astype("boolean")
    subjects = pd.DataFrame({"SUBJECT": pd.array(["S1"], dtype="string"), "START": [START]})
    subjects["MOUSE_ANTIBODY"] = pd.array([mouse], dtype="boolean")
    return derive_gcig(frame, subjects).iloc[0]


LATER = {21: 20, 49: 20}
#   case                                                 evaluable   why
EVALUABLE = [
    (dict(samples={-3: 70} | LATER), True, "evaluable"),  # exactly 2 x ULN
    (dict(samples={-3: 69.9} | LATER), False, "pretreatment value below the multiple of ULN"),
    (dict(samples={-14: 70} | LATER), True, "evaluable"),
    (dict(samples={-15: 70} | LATER), None, "no pretreatment value in the window"),
    (dict(samples={0: 70} | LATER), True, "evaluable"),
    (
        dict(samples={-10: 100, -3: 60} | LATER),
        False,
        "pretreatment value below the multiple of ULN",
    ),  # the last
    (dict(samples={-3: 70} | LATER, uln=None), None, "ULN unknown"),
    (dict(samples={-3: 70} | LATER, mouse=True), False, "mouse antibody received"),
    (dict(samples={-3: 70} | LATER, mouse=None), None, "mouse antibody unknown"),
    (
        dict(samples={-3: 60} | LATER, mouse=None),
        False,
        "pretreatment value below the multiple of ULN",
    ),  # Kleene
    (
        dict(samples={-3: (70, True)} | LATER),
        False,
        "interference with peritoneum or pleura before the pretreatment sample",
    ),
    (dict(samples={-3: (70, None)} | LATER), None, "interference unknown"),
    (dict(samples={-3: 70}), True, "no usable sample after start"),
    (dict(samples={-3: 70, 21: (20, True)}), True, "no usable sample after start"),
]


@pytest.mark.parametrize("case, evaluable, why", EVALUABLE)
def test_who_is_evaluable_for_response(case, evaluable, why):
    row = gcig(**case)
    assert row["EVALUABLE_WHY"] == why
    assert pd.isna(row["EVALUABLE"]) if evaluable is None else row["EVALUABLE"] == evaluable
    if why != "evaluable":
        assert row["RESPONSE"] == "NE" and pd.isna(row["RESPONSE_DATE"])


#   samples                                            response       first day
RESPONSES = [
    ({-3: 200, 21: 100, 49: 100}, "PR", 21),  # exactly 50 %, exactly 28 days
    ({-3: 200, 21: 100, 48: 100}, "AWAITING CONFIRMATION", None),  # 27 days
    ({-3: 200, 21: 100.1, 49: 100}, "AWAITING CONFIRMATION", None),
    ({-3: 200, 21: 100, 35: 120, 49: 100}, "AWAITING CONFIRMATION", None),  # not maintained, low again
    ({-3: 200, 21: 100, 35: 120}, "NO RESPONSE", None),  # not maintained
    ({-3: 200, 21: 100, 35: 120, 49: 100, 77: 90}, "PR", 49),
    ({-3: 200, 21: 35, 49: 35}, "CR", 21),  # ULN itself is normal
    ({-3: 200, 21: 35, 49: 35.1}, "PR", 21),
    ({-3: 200, 21: 90, 35: 30, 63: 30}, "CR", 21),  # the drop began before the normal run
    ({-3: 200, 21: 100}, "AWAITING CONFIRMATION", None),
    (
        {-3: 200, 21: 100, 35: (90, True), 49: 100},
        "NE",
        None,
    ),  # not confirmed over a sample that cannot be used
    ({-3: 200, 21: 100, 49: 100, 60: (90, True)}, "PR", 21),
    ({-3: 200, 21: 150, 35: (90, None)}, "NE", None),  # a response cannot be excluded
    ({-3: 200, 21: 150, None: 90}, "NE", None),  # nor over an undated sample
    ({-3: 200, 21: 150, 35: -4}, "NE", None),
]


@pytest.mark.parametrize("samples, response, first", RESPONSES)
def test_response(samples, response, first):
    row = gcig(samples)
    assert row["RESPONSE"] == response
    assert pd.isna(row["RESPONSE_DATE"]) if first is None else (row["RESPONSE_DATE"] - START).days == first


#   samples                                            progression   first day
PROGRESSIONS = [
    ({-3: 30, 21: 70, 28: 70}, True, 21),  # normal before: twice ULN, a week apart
    ({-3: 30, 21: 70, 27: 70}, False, None),
    ({-3: 30, 21: 69.9, 28: 70}, False, None),
    ({-3: 30, 21: 70, 28: 69}, False, None),  # not confirmed
    ({-3: 200, 21: 80, 42: 160, 49: 160}, True, 42),  # never normal: twice the lowest
    ({-3: 200, 21: 80, 42: 159, 49: 160}, False, None),
    ({-3: 60, 21: 120, 28: 120}, True, 21),  # the pretreatment value is the lowest
    ({-3: 200, 21: 35, 42: 70, 49: 70}, True, 42),  # normalised: twice ULN, not twice the lowest
    ({-3: 200, 21: 20, 42: 60, 49: 60}, False, None),
    ({-3: 30, 21: 70, 28: (70, True)}, None, None),  # cannot be excluded
    ({-3: 30, 21: 70, 25: (70, True), 28: 70}, True, 21),
    ({21: 70, 28: 70}, None, None),  # no pretreatment value
    ({-3: 30}, None, None),
    ({-3: (30, True), 21: 70, 28: 70}, None, None),
]


@pytest.mark.parametrize("samples, progression, first", PROGRESSIONS)
def test_progression(samples, progression, first):
    row = gcig(samples)
    assert pd.isna(row["PROGRESSION"]) if progression is None else row["PROGRESSION"] == progression
    assert pd.isna(row["PROGRESSION_DATE"]) if first is None else (row["PROGRESSION_DATE"] - START).days == first


def test_mouse_antibody_leaves_progression_unanswered():
    assert pd.isna(gcig({-3: 30, 21: 70, 28: 70}, mouse=True)["PROGRESSION"])
    assert pd.isna(gcig({-3: 30, 21: 70, 28: 70}, mouse=None)["PROGRESSION"])


def test_interference_within_28_days_before_a_sample():
    def dates(*days):
        when = [pd.NaT if d is None else START + pd.Timedelta(days=d) for d in days]
        return pd.DataFrame({"SUBJECT": pd.array(["S1"] * len(days), dtype="string"), "DATE": when}).astype(
            {"DATE": "datetime64[ns]"}
        )

    samples = dates(-1, 0, 28, 29)
    assert derive_interference(samples, dates(0)).tolist() == [False, True, True, False]
    assert derive_interference(samples, dates()).tolist() == [False] * 4
    assert derive_interference(samples, dates(), complete=False).isna().all()
    undated = derive_interference(samples, dates(0, None))
    assert undated.isna().tolist() == [True, False, False, True]
    assert derive_interference(dates(None), dates()).isna().all()


def test_subjects_without_samples_have_a_row_and_repeated_ones_are_refused():
    row = gcig({})
    assert row["RESPONSE"] == "NE" and pd.isna(row["PROGRESSION"]) and row["USABLE"] == 0
    subjects = pd.DataFrame({"SUBJECT": ["S1", "S1"], "START": START, "MOUSE_ANTIBODY": False})
    samples = pd.DataFrame({"SUBJECT": [], "DATE": [], "VALUE": [], "ULN": [], "INTERFERENCE": []})
    with pytest.raises(ValueError, match="one row per SUBJECT"):
        derive_gcig(samples, subjects)
