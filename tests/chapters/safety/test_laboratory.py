"""adlb: graded in the reported unit where it has a range, baseline, window, worst, corrected calcium, anticoagulants (rulings.md 5.2-5.5)."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.laboratory import NO_ALBUMIN, NOT_BLOOD, NOT_DONE, derive_adlb
from nk521lib.chapters.safety.laboratory_values import plain_number
from nk521lib.standards import ctcae

AFTER = "2026-05-20"


def alt(value, day, high=40.0, **more):
    return {
        "LBTESTCD": "ALT",
        "LBSTRESN": value,
        "LBSTRESU": "U/L",
        "LBSTNRLO": 7.0,
        "LBSTNRHI": high,
        "LBDTC": day,
    } | more


def neut(value, day, low=1.8, **more):
    return {"LBTESTCD": "NEUT", "LBSTRESN": value, "LBSTRESU": "10^9/L", "LBSTNRLO": low, "LBDTC": day} | more


@pytest.fixture
def adlb(dosed):
    def make(*rows, **more):
        cut, adsl = dosed(LB=list(rows), **more)
        return derive_adlb(cut, adsl)

    return make


def test_baseline_is_the_last_value_before_the_first_dose(adlb):
    found = adlb(alt(20.0, "2026-05-01"), alt(30.0, "2026-05-10"), alt(None, "2026-05-10T06:00"), alt(50.0, AFTER))
    assert found.loc[found["ABLFL"].isin(["Y"]), "AVAL"].tolist() == [30.0]
    assert found["CHG"].iloc[-1] == 20.0 and found["CHG"].iloc[0] is pd.NA


def test_an_abnormal_baseline_is_graded_by_uln_and_later_values_by_baseline(adlb):
    found = adlb(
        alt(100.0, "2026-05-09"),
        alt(149.0, "2026-05-15"),
        alt(150.0, "2026-05-16"),
        alt(301.0, AFTER),
        alt(40.0, "2026-05-22"),
    )
    assert found["ATOXGRH"].tolist() == [1, 0, 1, 2, 0]


def test_without_a_baseline_the_grade_that_needs_it_is_missing_not_zero(adlb):
    found = adlb(alt(60.0, AFTER))
    assert found["ATOXGRH"].isna().all() and found["REASONH"].tolist() == [ctcae.NO_BASELINE_STATE]


def test_reported_unit_and_range_win_over_rounded_standard_ones(adlb):
    reported = {"LBORRES": "9.9", "LBORRESU": "g/dL", "LBORNRLO": "11.5", "LBORNRHI": "15.0"}
    standard = {"LBTESTCD": "HGB", "LBSTRESN": 6.2, "LBSTRESU": "mmol/L", "LBSTNRLO": 7.1, "LBDTC": AFTER}
    found = adlb(standard | reported)
    assert (
        found["ATOXGRL"].tolist() == [2]
        and found["AVAL"].iloc[0] == pytest.approx(6.2 * 16.114)
        and found["AVALU"].tolist() == ["g/L"]
    )


def test_a_reported_value_without_range_gives_way_to_the_standardised_one(adlb):
    row = {
        "LBTESTCD": "HGB",
        "LBORRES": "11.0",
        "LBORRESU": "g/dL",
        "LBSTRESN": 110.0,
        "LBSTRESU": "g/L",
        "LBSTNRLO": 115.0,
        "LBDTC": AFTER,
    }
    assert adlb(row)["ATOXGRL"].tolist() == [1]


@pytest.mark.parametrize("value, grade, reason", [("7.9", 3, None), ("11.0", None, ctcae.NO_LLN)])
def test_an_unconverted_value_is_graded_as_far_as_is_certain(adlb, value, grade, reason):
    row = adlb({"LBTESTCD": "HGB", "LBORRES": value, "LBORRESU": "g/dL", "LBDTC": AFTER}).iloc[0]
    assert row["AVAL"] == float(value) * 10
    assert (pd.isna(row["ATOXGRL"]) if grade is None else row["ATOXGRL"] == grade) and (
        pd.isna(row["REASONL"]) if reason is None else row["REASONL"] == reason
    )


@pytest.mark.parametrize(
    "more, reason",
    [({"LBSTRESU": "bananas"}, ctcae.UNKNOWN_UNIT), ({"LBSTRESU": None}, ctcae.NO_UNIT), ({"LBSTRESN": None}, ctcae.NO_VALUE),
     ({"LBSTRESN": None, "LBSTAT": "NOT DONE"}, NOT_DONE), ({"LBSTRESN": None, "LBSTRESC": "HAEMOLYTIC"}, "result is text"),
         ({"LBSTRESN": None, "LBSTRESC": "<5"}, ctcae.ONLY_A_BOUND),
     ({"LBSPEC": "URINE"}, NOT_BLOOD), ({"LBCAT": "URINALYSIS"}, NOT_BLOOD)],
)  # fmt: skip
def test_a_result_that_cannot_be_graded_has_its_reason_and_no_grade(adlb, more, reason):
    found = adlb(neut(3.0, AFTER) | more)
    assert found["ATOXGRL"].isna().all() and found["REASONL"].tolist() == [reason] and found["ANL01FL"].isna().all()


def test_a_bound_is_graded_where_it_is_certain_and_is_no_number(adlb):  # rulings 5.4
    found = adlb(neut(None, "2026-05-09", LBSTRESC=">1.8"), neut(None, AFTER, LBORRES="<500", LBORRESU="/uL"))
    assert found[["BTOXGRL", "ATOXGRL"]].iloc[1].tolist() == [0, 4] and found["WORSTLFL"].iloc[1] == "Y"
    assert found[["AVAL", "BASE", "CHG"]].isna().all(axis=None)
    assert (found["ABOUNDREL"] + found["ABOUND"].astype("string")).tolist() == [">1.8", "<0.5"]


def test_a_baseline_that_is_a_bound_says_whether_it_was_abnormal(adlb):
    found = adlb(alt(None, "2026-05-09", LBSTRESC="<10"), alt(None, AFTER, LBSTRESC=">400"))
    assert found[["BTOXGRH", "ATOXGRH"]].iloc[1].tolist() == [0, 3]


def test_a_reported_value_without_range_takes_the_standard_one_into_its_unit(adlb):
    bilirubin = {"LBTESTCD": "BILI", "LBORRESU": "mg/dL", "LBSTRESU": "umol/L", "LBSTNRHI": 20.52}  # 1.2 mg/dL
    found = adlb(bilirubin | {"LBORRES": "1.2", "LBDTC": "2026-05-09"}, bilirubin | {"LBORRES": "1.9", "LBDTC": AFTER})
    assert found["ATOXGRH"].tolist() == [0, 2]


def test_worst_of_the_window_is_the_earliest_of_ties_per_direction(adlb):
    found = adlb(
        neut(0.9, "2026-05-09"),
        neut(0.8, "2026-05-12"),
        neut(0.6, "2026-05-13"),
        neut(2.0, "2026-05-14"),
        neut(0.4, "2026-06-15"),
    )
    assert found.loc[found["WORSTLFL"].isin(["Y"]), "LBDTC"].tolist() == ["2026-05-12"]


def test_the_window_ends_28_days_after_the_last_dose(adlb):
    found = adlb(neut(0.4, "2026-06-14"), neut(0.4, "2026-06-15"))
    assert found["ONTRTFL"].fillna("").tolist() == ["Y", ""]


def calcium(value, albumin, day=AFTER, albumin_day=AFTER):
    return [
        {"LBTESTCD": "CA", "LBSTRESN": value, "LBSTRESU": "mmol/L", "LBSTNRLO": 2.11, "LBSTNRHI": 2.52, "LBDTC": day},
        {"LBTESTCD": "ALB", "LBSTRESN": albumin, "LBSTRESU": "g/L", "LBSTNRLO": 40.0, "LBDTC": albumin_day},
    ]


def test_calcium_is_graded_only_when_corrected(adlb):
    found = adlb(*calcium(2.0, 30.0)).set_index("PARAMCD")
    assert (
        found.loc["CACORR", "AVAL"] == pytest.approx(2.2)
        and found.loc["CACORR", "ATOXGRL"] == 0
        and pd.isna(found.loc["CA", "ATOXGRL"])
    )


@pytest.mark.parametrize("albumin_day, gradable", [("2026-05-21", True), ("2026-05-22", False)])
def test_corrected_calcium_needs_albumin_within_a_day(adlb, albumin_day, gradable):
    row = adlb(*calcium(2.0, 40.0, albumin_day=albumin_day)).set_index("PARAMCD").loc["CACORR"]
    assert row["ATOXGRL"] == 1 if gradable else (pd.isna(row["ATOXGRL"]) and row["REASONL"] == NO_ALBUMIN)


#  CM start      end           INR grade on 20 May with baseline 2.0: 2.6 is 1.3 x baseline, 2.6 absolute is grade 3
DRUGS = [
    ("2026-05-01", None, 1),
    ("2026-05-01", "2026-05-20", 1),
    ("2026-05-01", "2026-05-19", 3),
    ("2026-05-21", None, 3),
    ("2026-05", None, None),
]


@pytest.mark.parametrize("start, end, grade", DRUGS)
def test_inr_is_graded_by_baseline_on_an_anticoagulant(adlb, start, end, grade):
    inr = [
        {"LBTESTCD": "INR", "LBSTRESN": v, "LBSTRESU": "1", "LBSTNRHI": 1.2, "LBDTC": d}
        for v, d in ((2.0, "2026-05-09"), (2.6, AFTER))
    ]
    found = adlb(*inr, CM=[{"CMTRT": "warfarin", "CMDECOD": "WARFARIN", "CMSTDTC": start, "CMENDTC": end}])[
        "ATOXGRH"
    ].iloc[-1]
    assert pd.isna(found) if grade is None else found == grade


def test_without_medications_in_the_snapshot_anticoagulation_is_unknown(adlb):
    inr = [
        {"LBTESTCD": "INR", "LBSTRESN": v, "LBSTRESU": "1", "LBDTC": d} for v, d in ((1.0, "2026-05-09"), (2.6, AFTER))
    ]
    row = adlb(*inr).iloc[-1]
    assert pd.isna(row["ATOXGRH"]) and row["REASONH"] == ctcae.NO_ANTICOAGULATION


@pytest.mark.parametrize(
    "text, number",
    [
        ("3.5", 3.5),
        (" 4 ", 4.0),
        ("-1e-2", -0.01),
        ("<5", None),
        ("1,5", None),
        ("", None),
        (None, None),
        ("nan", None),
    ],
)
def test_only_a_plain_number_is_a_number(text, number):
    found = plain_number(pd.Series([text], dtype="string")).iloc[0]
    assert pd.isna(found) if number is None else found == number


def test_sodium_symptoms_are_not_read_from_the_laboratory(dosed):
    row = {"LBTESTCD": "SODIUM", "LBSTRESN": 127.0, "LBSTRESU": "mmol/L", "LBSTNRLO": 135.0, "LBDTC": AFTER}
    grades = {}
    for rule in ("laboratory_only", "worst_case"):
        cut, adsl = dosed(LB=[row], settings=(f"symptom_rule={rule}",))
        grades[rule] = derive_adlb(cut, adsl)[["ATOXGRL", "WTOXGRL"]].iloc[0].tolist()
    assert grades == {"laboratory_only": [2, 3], "worst_case": [3, 3]}
