"""Spec safety.md section 4 row by row: at each limit, one step beyond, missing; then rulings 5.4-5.5 and properties."""

from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nk521lib.standards import ctcae
from nk521lib.standards.ctcae import derive_worst_grade, describe, grade, grade_edges
from nk521lib.standards.ctcae_v5 import NO_LIMITS, UNCORRECTED, V5
from nk521lib.standards.ctcae_v5_ungraded import NOT_BY_NUMBER
from nk521lib.standards.lab_criteria import CriteriaSet, Direction, When
from nk521lib.standards.units import FACTORS, standard_unit

GOLDEN = Path(__file__).parent.parent / "golden" / "ctcae" / "limits_v5.csv"


def graded(test, value, unit=None, **known):
    """The answer for one result, as a dict; NA comes back as None."""
    return graded_at_once([{"TEST": test, "VALUE": value, "UNIT": unit, **known}])[0]


def graded_at_once(results):
    """The answers for many results: what one is graded, no other has a say in."""
    rows = grade(pd.DataFrame(results)).to_dict("records")
    return [{k: None if v is pd.NA else v for k, v in row.items()} for row in rows]


def by_case(cases, result):
    """The answer by case, result(*case) being what is graded."""
    return dict(zip(cases, graded_at_once([result(*case) for case in cases]), strict=True))


def low(*args, **known):
    return graded(*args, **known)["GRADEL"]


def high(*args, **known):
    return graded(*args, **known)["GRADEH"]


# The table, low direction: test, unit, LLN, then (value, grade) at and one step beyond each limit.
LOW_ROWS = [
    ("HGB", "g/L", 120, [(120, 0), (119, 1), (100, 1), (99, 2), (80, 2), (79, 3), (10, 3)]),
    ("NEUT", "10^9/L", 2.0, [(2.0, 0), (1.99, 1), (1.5, 1), (1.49, 2), (1.0, 2), (0.99, 3), (0.5, 3), (0.49, 4)]),
    ("PLAT", "10^9/L", 150, [(150, 0), (149, 1), (75, 1), (74, 2), (50, 2), (49, 3), (25, 3), (24, 4)]),
    ("WBC", "10^9/L", 4.0, [(4.0, 0), (3.9, 1), (3.0, 1), (2.9, 2), (2.0, 2), (1.9, 3), (1.0, 3), (0.9, 4)]),
    ("LYM", "10^9/L", 1.0, [(1.0, 0), (0.9, 1), (0.8, 1), (0.79, 2), (0.5, 2), (0.49, 3), (0.2, 3), (0.19, 4)]),
    ("ALB", "g/L", 35, [(35, 0), (34.9, 1), (30, 1), (29.9, 2), (20, 2), (19.9, 3), (5, 3)]),
    ("K", "mmol/L", 3.5, [(3.5, 0), (3.4, 1), (3.0, 1), (2.9, 3), (2.5, 3), (2.4, 4)]),
    ("SODIUM", "mmol/L", 135, [(135, 0), (134, 1), (130, 1), (129.5, 2), (125, 2), (124.9, 3), (120, 3), (119.9, 4)]),
    ("CACORR", "mmol/L", 2.2, [(2.2, 0), (2.19, 1), (2.0, 1), (1.99, 2), (1.75, 2), (1.74, 3), (1.5, 3), (1.49, 4)]),
]  # fmt: skip


LOW = [(test, unit, lln, *step) for test, unit, lln, steps in LOW_ROWS for step in steps]


@pytest.fixture(scope="module")
def low_answers():
    return by_case(LOW, lambda test, unit, lln, value, _: {"TEST": test, "VALUE": value, "UNIT": unit, "LLN": lln})


@pytest.mark.parametrize("test, unit, lln, value, expected", LOW)
def test_low_rows_of_the_table(low_answers, test, unit, lln, value, expected):
    assert low_answers[test, unit, lln, value, expected]["GRADEL"] == expected


# High direction at ULN multiples: test, (multiple of ULN, grade), with a normal baseline.
HIGH_ROWS = {
    "ALT": [(1, 0), (1.01, 1), (3, 1), (3.01, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "AST": [(1, 0), (1.01, 1), (3, 1), (3.01, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "ALP": [(1, 0), (1.01, 1), (2.5, 1), (2.51, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "GGT": [(1, 0), (1.01, 1), (2.5, 1), (2.51, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "BILI": [(1, 0), (1.01, 1), (1.5, 1), (1.51, 2), (3, 2), (3.01, 3), (10, 3), (10.1, 4)],
    "CREAT": [(1, 0), (1.01, 1), (1.5, 1), (1.51, 2), (3, 2), (3.01, 3), (6, 3), (6.01, 4)],
    "APTT": [(1, 0), (1.01, 1), (1.5, 1), (1.51, 2), (2.5, 2), (2.51, 3), (99, 3)],
    "CK": [(1, 0), (1.01, 1), (2.5, 1), (2.51, 2), (5, 2), (5.01, 3), (10, 3), (10.1, 4)],
    "LIPASE": [(1, 0), (1.01, 1), (1.5, 1), (1.51, 2), (5, 2), (5.01, 3), (99, 3)],
    "AMYLASE": [(1, 0), (1.01, 1), (1.5, 1), (1.51, 2), (5, 2), (5.01, 3), (99, 3)],
}


HIGH = [(test, *step) for test, steps in HIGH_ROWS.items() for step in steps]
ULNS = [1.2, 37, 40, 104]


@pytest.fixture(scope="module")
def high_answers():
    def result(test, times, _, uln):
        value = float(f"{times * uln:.12g}")
        return {"TEST": test, "VALUE": value, "UNIT": standard_unit(test), "ULN": uln, "BASE_ABNORMAL": False}

    return by_case([(*case, uln) for case in HIGH for uln in ULNS], result)


@pytest.mark.parametrize("uln", ULNS)
@pytest.mark.parametrize("test, times, expected", HIGH)
def test_high_rows_of_the_table_by_uln(high_answers, test, times, expected, uln):
    assert high_answers[test, times, expected, uln]["GRADEH"] == expected


# Abnormal baseline: test, (multiple of baseline, grade); the baseline is above ULN.
ABNORMAL_ROWS = {
    "ALT": [(1, 0), (1.49, 0), (1.5, 1), (3, 1), (3.01, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "AST": [(1, 0), (1.49, 0), (1.5, 1), (3, 1), (3.01, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "ALP": [(1, 0), (1.99, 0), (2, 1), (2.5, 1), (2.51, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "GGT": [(1, 0), (1.99, 0), (2, 1), (2.5, 1), (2.51, 2), (5, 2), (5.01, 3), (20, 3), (20.1, 4)],
    "BILI": [(1, 0), (1.01, 1), (1.5, 1), (1.51, 2), (3, 2), (3.01, 3), (10, 3), (10.1, 4)],
}


ABNORMAL = [(test, *step) for test, steps in ABNORMAL_ROWS.items() for step in steps]


@pytest.fixture(scope="module")
def abnormal_answers():
    known = {"ULN": 40, "BASE": 160, "BASE_ABNORMAL": True}
    return by_case(
        ABNORMAL, lambda test, times, _: {"TEST": test, "VALUE": times * 160, "UNIT": standard_unit(test)} | known
    )


@pytest.mark.parametrize("test, times, expected", ABNORMAL)
def test_abnormal_baseline_switches_to_multiples_of_baseline(abnormal_answers, test, times, expected):
    assert abnormal_answers[test, times, expected]["GRADEH"] == expected


@pytest.mark.parametrize("test", ABNORMAL_ROWS)
def test_a_value_at_uln_is_grade_0_whatever_the_baseline(test):
    for abnormal in (True, False, None):
        assert high(test, 40, standard_unit(test), ULN=40, BASE=10, BASE_ABNORMAL=abnormal) == 0


#   value  BASE  grade        ULN 100; rulings 5.5: the higher of the two scales, baseline scale also under ULN
CREATININE = [
    (90, 60, 0),  # exactly 1.5 x baseline, under ULN
    (91, 60, 2),
    (99, 33, 2),  # exactly 3 x baseline
    (99.1, 33, 3),
    (120, 100, 1),
    (151, 140, 2),
    (301, 300, 3),
    (601, 600, 4),
    (90, None, 0),
    (120, None, 1),
]


@pytest.mark.parametrize("value, base, expected", CREATININE)
def test_creatinine_takes_the_higher_scale(value, base, expected):
    assert high("CREAT", value, "umol/L", ULN=100, BASE=base) == expected


def test_creatinine_without_uln_is_graded_where_the_baseline_alone_is_certain():
    assert high("CREAT", 200, "umol/L", BASE=100) == 2
    assert graded("CREAT", 120, "umol/L", BASE=100)["REASON"] == ctcae.NO_ULN


#   value  on     BASE  grade
INR = [
    (1.2, False, None, 0), (1.21, False, None, 1), (1.5, False, None, 1), (1.51, False, None, 2),
    (2.5, False, None, 2), (2.51, False, None, 3),
    (2.0, True, 2.0, 0), (2.1, True, 2.0, 1), (3.0, True, 2.0, 1), (3.1, True, 2.0, 2),
    (5.0, True, 2.0, 2), (5.1, True, 2.0, 3), (2.1, True, None, None), (2.1, None, 2.0, None),
]  # fmt: skip


@pytest.mark.parametrize("value, on, base, expected", INR)
def test_inr_on_and_off_an_anticoagulant(value, on, base, expected):
    assert high("INR", value, ON_ANTICOAGULANT=on, BASE=base) == expected


def test_inr_says_what_is_missing():
    assert graded("INR", 2.1, ON_ANTICOAGULANT=True)["REASON"] == ctcae.NO_BASE
    assert graded("INR", 2.1, BASE=2.0)["REASON"] == ctcae.NO_ANTICOAGULATION
    assert graded("INR", 2.1, BASE=2.0)["WORSTH"] == 2  # off: above 1.5; on: above the baseline, grade 1


#   test   value  ULN  grade            potassium, sodium, calcium, magnesium in the other direction
OTHER_DIRECTION = [
    ("K", 5.0, 5.0, 0), ("K", 5.1, 5.0, 1), ("K", 5.5, 5.0, 1), ("K", 5.6, 5.0, 2), ("K", 6.0, 5.0, 2),
    ("K", 6.1, 5.0, 3), ("K", 7.0, 5.0, 3), ("K", 7.1, 5.0, 4),
    ("SODIUM", 146, 145, 1), ("SODIUM", 151, 145, 2), ("SODIUM", 156, 145, 3), ("SODIUM", 161, 145, 4),
    ("MG", 1.2, 1.0, 1), ("MG", 1.24, 1.0, 3), ("MG", 3.31, 1.0, 4),
    ("LYM", 4.0, 3.5, 0), ("LYM", 4.1, 3.5, 2), ("LYM", 20.1, 3.5, 3), ("WBC", 100, 10, 0), ("WBC", 101, 10, 3),
]  # fmt: skip


@pytest.mark.parametrize("test, value, uln, expected", OTHER_DIRECTION)
def test_high_direction_in_absolute_numbers(test, value, uln, expected):
    assert high(test, value, standard_unit(test), ULN=uln) == expected


#   value  BASE  abnormal  grade      LLN 2.0 g/L: multiples of LLN, or the fall from an abnormal baseline
FIBRINOGEN = [
    (2.0, 3.0, False, 0), (1.9, 3.0, False, 1), (1.5, 3.0, False, 1), (1.4, 3.0, False, 2), (1.0, 3.0, False, 2),
    (0.9, 3.0, False, 3), (0.5, 3.0, False, 3), (0.49, 3.0, False, 4),
    (1.6, 1.6, True, 0), (1.5, 1.6, True, 1), (1.2, 1.6, True, 2), (0.8, 1.6, True, 3), (0.49, 1.6, True, 4),
    (0.4, None, None, 4),
]  # fmt: skip


@pytest.mark.parametrize("value, base, abnormal, expected", FIBRINOGEN)
def test_fibrinogen(value, base, abnormal, expected):
    lln = None if abnormal is None else 2.0
    assert low("FIBRINO", value, "g/L", LLN=lln, BASE=base, BASE_ABNORMAL=abnormal) == expected


#   test       value  known                 grade low, high
SINGLE_GRADE = [
    ("EOS", 0.6, {"ULN": 0.5, "BASE": 0.5}, None, 1),
    ("EOS", 0.6, {"ULN": 0.5, "BASE": 0.6}, None, 0),
    ("EOS", 0.5, {"ULN": 0.5}, None, 0),
    ("LDH", 251, {"ULN": 250}, None, 1),
    ("METHGB", 1.6, {"ULN": 1.5}, None, 2),  # v5.0 has no grade 1
    ("METHGB", 1.5, {"ULN": 1.5}, None, 0),
    ("TSH", 4.1, {"ULN": 4.0}, None, 1),
    ("BICARB", 21, {"LLN": 22}, 1, None),
    ("HAPTOG", 0.2, {"LLN": 0.3}, 1, None),
    ("URATE", 500, {"ULN": 420}, None, 1),
    ("PROTEXR", 0.15, {"ULN": 0.15}, None, 1),
    ("PHBLD", 7.34, {"LLN": 7.35, "ULN": 7.45}, 1, 0),
    ("PHBLD", 7.29, {"LLN": 7.35, "ULN": 7.45}, 3, 0),
]


@pytest.mark.parametrize("test, value, known, expected_low, expected_high", SINGLE_GRADE)
def test_terms_with_few_grades(test, value, known, expected_low, expected_high):
    got = graded(test, value, standard_unit(test), **known)
    assert (got["GRADEL"], got["GRADEH"]) == (expected_low, expected_high)


#   test      value  known        grade  worst case        symptom_rule = laboratory only
SYMPTOMS = [
    ("K", 3.2, {"LLN": 3.5}, 1, 2),
    ("K", 3.6, {"LLN": 3.5}, 0, 0),
    ("SODIUM", 127, {"LLN": 135}, 2, 3),
    ("SODIUM", 131, {"LLN": 135}, 1, 1),
]


@pytest.mark.parametrize("test, value, known, expected, worst", SYMPTOMS)
def test_symptoms_are_never_read_from_the_laboratory(test, value, known, expected, worst):
    got = graded(test, value, "mmol/L", **known)
    assert (got["GRADEL"], got["WORSTL"]) == (expected, worst)


@pytest.mark.parametrize("times, expected, worst", [(1.6, 2, 2), (2.1, 2, 3), (5.1, 3, 4)])
def test_pancreatic_enzymes_have_a_worst_case(times, expected, worst):
    got = graded("LIPASE", 60 * times, "U/L", ULN=60)
    assert (got["GRADEH"], got["WORSTH"]) == (expected, worst)


#    test, value, unit, what is known, certain grade, highest possible grade
BOUNDS = [
    ("NEUT", 0.5, "10^9/L", {"RELATION": "<"}, 4, 4),
    ("NEUT", 0.5, "10^9/L", {"RELATION": "<="}, 3, 4),  # 0.5 itself is grade 3
    ("PLAT", 25000, "/uL", {"RELATION": "<"}, 4, 4),
    ("PLAT", 60, "10^9/L", {"RELATION": "<"}, 2, 4),
    ("PLAT", 60, "10^9/L", {"RELATION": ">", "LLN": 150}, None, 2),
    ("PLAT", 150, "10^9/L", {"RELATION": ">", "LLN": 150}, 0, 0),
    ("PLAT", 160, "10^9/L", {"RELATION": "<", "LLN": 150}, None, 4),
    ("PLAT", 120, "10^9/L", {}, None, 1),
    ("ALT", 400, "U/L", {"RELATION": ">", "ULN": 40, "BASE_ABNORMAL": False}, 3, 4),
    ("ALT", 10, "U/L", {"RELATION": "<", "ULN": 40, "BASE_ABNORMAL": False}, 0, 0),
    ("ALT", 900, "U/L", {"ULN": 40, "BASE_ABNORMAL": True, "BASE": 100, "BASE_RELATION": ">"}, None, 3),
    ("ALT", 900, "U/L", {"ULN": 40, "BASE_ABNORMAL": True, "BASE": 100, "BASE_RELATION": "<"}, 3, 4),
]  # fmt: skip


@pytest.mark.parametrize("test, value, unit, known, certain, possible", BOUNDS)
def test_a_bound_is_graded_as_far_as_it_is_certain(test, value, unit, known, certain, possible):  # rulings 5.4
    found, side = graded(test, value, unit, **known), "H" if test == "ALT" else "L"
    assert (None if pd.isna(found[f"GRADE{side}"]) else found[f"GRADE{side}"], found[f"POSSIBLE{side}"]) == (
        certain,
        possible,
    )


def test_a_bound_that_leaves_the_grade_open_says_so():
    assert graded("PLAT", 160, "10^9/L", RELATION="<", LLN=150)["REASONL"] == ctcae.ONLY_A_BOUND


def test_platelets_of_60_are_grade_2_without_any_range():  # rulings 5.4
    assert low("PLAT", 60, "10^9/L") == 2


def test_a_value_that_may_be_normal_is_missing_not_0_without_a_range():
    got = graded("PLAT", 120, "10^9/L")
    assert got["GRADEL"] is None and got["REASON"] == ctcae.NO_LLN
    got = graded("K", 4.0, "mmol/L")
    assert got["REASON"] == f"{ctcae.NO_LLN}; {ctcae.NO_ULN}"


def test_unknown_baseline_state_is_not_graded_and_the_worst_case_is_shown():
    got = graded("ALT", 400, "U/L", ULN=40)
    assert got["GRADEH"] is None and got["REASON"] == ctcae.NO_BASELINE_STATE and got["WORSTH"] == 3


def test_abnormal_baseline_without_its_value_is_not_graded():
    assert graded("ALT", 400, "U/L", ULN=40, BASE_ABNORMAL=True)["REASON"] == ctcae.NO_BASE


def test_the_baseline_record_is_graded_by_uln_when_the_caller_says_so():
    known = {"ULN": 40, "BASE": 160}
    assert high("ALT", 160, "U/L", **known, BASE_ABNORMAL=False) == 2
    assert high("ALT", 160, "U/L", **known, BASE_ABNORMAL=True) == 0


UNGRADED = [
    ("HGB", None, "g/L", {"LLN": 120}, ctcae.NO_VALUE),
    ("HGB", 110, None, {"LLN": 120}, ctcae.NO_UNIT),
    ("HGB", 110, "", {"LLN": 120}, ctcae.NO_UNIT),
    ("HGB", 110, "10^9/L", {"LLN": 120}, ctcae.UNKNOWN_UNIT),
    ("ALT", 110, "mmol/L", {"ULN": 40, "BASE_ABNORMAL": False}, ctcae.UNKNOWN_UNIT),
    ("ALT", 110, None, {"ULN": 40, "BASE_ABNORMAL": False}, ctcae.NO_UNIT),
    ("ALT", 110, "U/L", {"ULN": 0, "BASE_ABNORMAL": False}, ctcae.NO_ULN),
    ("HGB", -1, "g/L", {"LLN": 120, "ULN": 160}, ctcae.NEGATIVE),
    ("CA", 2.0, "mmol/L", {"LLN": 2.2}, UNCORRECTED),
    ("GLUC", 15, "mmol/L", {"LLN": 4, "ULN": 6}, NO_LIMITS),
    ("PHOS", 0.2, "mmol/L", {"LLN": 0.8}, NO_LIMITS),
    ("MCV", 90, "fL", {}, ctcae.NO_CRITERION),
    (None, 90, "fL", {}, ctcae.NO_CRITERION),
    ("GFRE", 40, "mL/min", {"LLN": 90}, ctcae.UNKNOWN_UNIT),
]


@pytest.mark.parametrize("test, value, unit, known, reason", UNGRADED)
def test_what_is_not_graded_says_why(test, value, unit, known, reason):
    got = graded(test, value, unit, **known)
    assert got["GRADEH"] is None and reason in (got["REASONL"], got["REASONH"])
    assert reason in got["REASON"]


#   unit      value  grade     haemoglobin: the limits are printed in three units and are not exact conversions
HAEMOGLOBIN = [
    ("g/dL", 9.9, 2),
    ("g/dL", 10.0, 1),
    ("mmol/L", 6.2, 1),
    ("mmol/L", 6.19, 2),
    ("mmol/L", 4.89, 3),
]


@pytest.mark.parametrize("unit, value, expected", HAEMOGLOBIN)
def test_grading_in_the_reported_unit(unit, value, expected):
    assert low("HGB", value, unit, LLN=99) == expected


def test_haemoglobin_increase_in_mmol_is_converted_as_a_monomer():
    uln = 11.0  # a rise of 20 g/L is 20 / 16.114 = 1.2412 mmol/L
    assert high("HGB", uln + 1.241, "mmol/L", ULN=uln) == 1
    assert high("HGB", uln + 1.242, "mmol/L", ULN=uln) == 2


ROWS_OF_GOLDEN = list(pd.read_csv(GOLDEN, dtype={"unit": str}).itertuples(index=False))


@pytest.fixture(scope="module")
def around_limits():
    """The grade in the direction of the limit, a thousandth beyond it, at it, and a thousandth before, by row."""
    results = []
    for row in ROWS_OF_GOLDEN:
        step = -0.001 if row.direction == "L" else 0.001
        known = {
            "LLN": row.limit * 2, "ULN": row.limit / 2, "BASE_ABNORMAL": False, "BASE": row.limit, "ON_ANTICOAGULANT": False
        }  # fmt: skip
        values = row.limit * (1 + step), row.limit, row.limit * (1 - step)
        results += [{"TEST": row.test, "VALUE": value, "UNIT": row.unit} | known for value in values]
    answers = iter(graded_at_once(results))
    return {row: [next(answers)["GRADE" + row.direction] for _ in range(3)] for row in ROWS_OF_GOLDEN}


@pytest.mark.parametrize("row", ROWS_OF_GOLDEN, ids=lambda r: f"{r.test} {r.direction}{r.grade} {r.unit}")
def test_limits_against_the_published_text_typed_twice(around_limits, row):
    beyond, at, before = around_limits[row]
    inclusive = (row.test, row.grade) in {("TRIG", 1), ("PROTEXR", 2), ("PROTEXR", 3)}
    assert beyond == row.grade
    assert before < row.grade
    assert bool(at == row.grade) == inclusive


def test_every_absolute_limit_of_the_data_is_in_the_published_text():
    printed = {(r.test, r.direction, r.grade, r.unit, float(r.limit)) for r in ROWS_OF_GOLDEN}
    ours = {
        (c.test, str(c.direction), limit.grade, unit, float(number))
        for c in V5.criteria
        for limit in c.limits
        if limit.bound.amount and not limit.bound.of and limit.when is not When.CLINICAL
        for unit, number in limit.bound.amount.items()
    }
    # Printed per mm3 only, or in mg/dL only: the other unit is the same number moved by a power of ten.
    moved = {("WBC", "H", 3, "10^9/L", 100.0), ("LYM", "H", 2, "10^9/L", 4.0), ("LYM", "H", 3, "10^9/L", 20.0),
             ("FIBRINO", "L", 4, "g/L", 0.5)}  # fmt: skip
    # "125-129" is printed in whole numbers; half-open it begins below 130 (rulings 5.5).
    assert ours - printed == moved | {("SODIUM", "L", 2, "mmol/L", 130.0)}
    assert printed <= ours


TERMS = pd.read_csv(GOLDEN.with_name("terms_v5.csv"), dtype="string", keep_default_na=False)


@pytest.mark.parametrize("soc, terms", [("Blood and lymphatic system disorders", 12), ("Investigations", 42),
                                        ("Metabolism and nutrition disorders", 26), ("Renal and urinary disorders", 7)])  # fmt: skip
def test_every_term_of_a_laboratory_class_is_graded_or_says_why_not(soc, terms):
    published = set(TERMS.loc[TERMS["soc"] == soc, "term"])
    graded_here, not_graded = {c.term for c in V5.criteria if c.soc == soc}, set(NOT_BY_NUMBER[soc])
    assert len(published) == terms and graded_here | not_graded == published and not graded_here & not_graded
    assert all(NOT_BY_NUMBER[soc].values())


@pytest.mark.parametrize(
    "term, grades", [(t, g) for t, g in zip(TERMS["term"], TERMS["grades_by_number"], strict=True) if g]
)
def test_the_grades_a_number_can_reach_are_the_published_ones(term, grades):
    criteria = [c for c in V5.criteria if c.term == term and c.limits]
    assert criteria
    assert all("".join(sorted({str(limit.grade) for limit in c.limits})) == grades for c in criteria)


def test_a_term_without_numbers_has_a_note_in_place_of_limits():
    without = {c.term for c in V5.criteria if not c.limits and c.note == NO_LIMITS}
    assert without == {"Hyperglycemia", "Hyperphosphatemia", "Hypophosphatemia"}
    assert all(not g for t, g in zip(TERMS["term"], TERMS["grades_by_number"], strict=True) if t in without)


def test_every_criterion_can_be_graded_in_the_standard_unit_of_its_test():
    assert V5.tests <= set(FACTORS)
    for criterion in V5.criteria:
        assert set(criterion.units) <= set(FACTORS[criterion.test])


def test_one_criterion_per_test_and_direction():
    with pytest.raises(ValueError, match="more than one criterion for ALT H"):
        CriteriaSet("x", "", tuple(c for c in V5.criteria if c.test == "ALT") * 2)


@pytest.mark.parametrize("test, unit, lln, uln", [("NEUT", "10^9/L", 1.8, 6.3), ("HGB", "g/dL", 12.0, 16.0), ("ALT", "U/L", 5.0, 40.0),
                                                   ("CREAT", "umol/L", 50.0, 90.0), ("K", "mmol/L", 3.5, 5.1), ("GLUC", "mg/dL", 70.0, 100.0)])  # fmt: skip
def test_edges_are_where_the_grades_change(test, unit, lln, uln):
    edges = grade_edges(test, unit, lln, uln)
    assert edges
    known = {"TEST": test, "UNIT": unit, "LLN": lln, "ULN": uln, "BASE_ABNORMAL": False}
    steps = {"L": (1 + 1e-6, 1 - 1e-6), "H": (1 - 1e-6, 1 + 1e-6)}
    grades = graded_at_once(
        [known | {"VALUE": value * step} for direction, _, value in edges for step in steps[direction]]
    )
    for (direction, expected, _), at, beyond in zip(edges, grades[::2], grades[1::2], strict=True):
        assert at["GRADE" + direction] < expected == beyond["GRADE" + direction]


def test_edges_that_need_a_number_which_is_not_known_are_left_out():
    assert grade_edges("NEUT", "10^9/L", None, None) == [("L", 2, 1.5), ("L", 3, 1.0), ("L", 4, 0.5)]
    assert (
        grade_edges("ALT", "U/L", 5.0, None)
        == []
        == grade_edges("ALT", "furlong", 5.0, 40.0)
        == grade_edges("CRP", "mg/L", None, 5.0)
    )


def test_description_prints_the_limits():
    table = describe().set_index(["TEST", "DIRECTION"])
    assert table.loc[("HGB", "L"), "GRADE3"] == "< 80 g/L | 8 g/dL | 4.9 mmol/L"
    assert table.loc[("CREAT", "H"), "GRADE2"] == "> 1.5 x ULN, or > 1.5 x BASE"
    assert pd.isna(table.loc[("HGB", "L"), "GRADE4"])


def test_column_needed():
    with pytest.raises(ValueError, match="column VALUE is needed"):
        grade(pd.DataFrame({"TEST": ["HGB"]}))


def test_input_untouched_index_kept_and_empty_frame():
    frame = pd.DataFrame({"TEST": ["HGB", "HGB"], "VALUE": [90.0, None], "UNIT": ["g/L", "g/L"]}, index=[5, 5])
    before = frame.copy()
    got = grade(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert list(got.index) == [5, 5] and str(got["GRADEL"].dtype) == "Int64"
    assert len(grade(frame.iloc[:0])) == 0


def test_worst_grade_counts_the_ungraded_beside_it():
    frame = pd.DataFrame({
        "USUBJID": ["1", "1", "1", "2", None],
        "TEST": "PLAT", "VALUE": [60, None, 160, 120, 20], "UNIT": "10^9/L", "LLN": [150, 150, 150, None, 150],
    })  # fmt: skip
    worst = derive_worst_grade(frame.join(grade(frame)), ["USUBJID", "TEST"])
    got = worst[["USUBJID", "GRADEL", "RECORDS", "UNGRADEDL", "UNGRADEDH"]].astype(object)
    assert got.where(got.notna(), None).values.tolist() == [
        ["1", 2, 3, 1, 0],
        ["2", None, 1, 1, 0],
        [None, 4, 1, 0, 0],
    ]


SINGLE = {c.test: c for c in V5.criteria if c.limits}
results = st.fixed_dictionaries({
    "TEST": st.sampled_from(sorted(SINGLE)),
    "VALUE": st.none() | st.floats(0, 1000),
    "LLN": st.none() | st.floats(0.1, 50),
    "ULN": st.none() | st.floats(50, 300),
    "BASE": st.none() | st.floats(0.1, 300),
    "BASE_ABNORMAL": st.sampled_from([True, False, None]),
    "ON_ANTICOAGULANT": st.sampled_from([True, False, None]),
})  # fmt: skip


SMALL = 10
"""Examples of one call to `grade` each: the others are graded at once, as their rows have no say in each other."""


@pytest.fixture(scope="module")
def drawn():
    """240 lists of results as one would be tested after the other: SMALL of them apart, and all of them as one list."""
    lists = []

    @settings(max_examples=240, deadline=None)
    @given(st.lists(results, min_size=1, max_size=30))
    def draw(rows):
        lists.append(rows)

    draw()
    return [*lists[:SMALL], [row for rows in lists for row in rows]]


def test_a_grade_or_a_reason_and_never_both(drawn):
    for rows in drawn:
        _require_a_grade_or_a_reason(rows)


def _require_a_grade_or_a_reason(rows):
    frame = pd.DataFrame(rows).assign(UNIT=[standard_unit(r["TEST"]) for r in rows])
    got = grade(frame)
    for direction in Direction:
        has_term = frame["TEST"].isin({c.test for c in V5.criteria if c.direction is direction})
        grades, worst, why = got["GRADE" + direction], got["WORST" + direction], got["REASON" + direction]
        assert (grades.notna() == why.isna())[has_term].all()
        assert grades.isna()[~has_term].all() and why.isna()[~has_term].all()
        assert (worst >= grades)[grades.notna()].all()


def test_order_of_rows_does_not_matter(drawn):
    random = Random(5)
    for rows in drawn:
        frame = pd.DataFrame(rows).assign(UNIT=[standard_unit(r["TEST"]) for r in rows])
        order = random.sample(range(len(rows)), len(rows))
        pd.testing.assert_frame_equal(grade(frame.iloc[order]), grade(frame).iloc[order])
