import pandas as pd
import pytest

from nk521lib.standards.renal import cockcroft_gault, ideal_weight


def clearance(age, weight, creatinine, female, unit="umol/L"):
    numbers = (pd.Series([x], dtype="Float64") for x in (age, weight, creatinine))
    got = cockcroft_gault(*numbers, pd.Series([female], dtype="boolean"), unit)[0]
    return None if got is pd.NA else got


#   age  kg  umol/L  female  mL/min          by hand: (140 - age) x kg x (0.85) / (72 x mg/dL)
ROWS = [
    (40, 72, 88.4, False, 100.0),
    (40, 72, 88.4, True, 85.0),
    (68, 50, 88.4, False, 50.0),
    (68, 60, 132.6, True, 34.0),
    (None, 72, 88.4, False, None),
    (40, None, 88.4, False, None),
    (40, 72, None, False, None),
    (40, 72, 88.4, None, None),
    (40, 72, 0, False, None),
    (40, 0, 88.4, False, None),
    (140, 72, 88.4, False, None),
]


@pytest.mark.parametrize("age, weight, creatinine, female, expected", ROWS)
def test_cockcroft_gault_against_hand_calculation(age, weight, creatinine, female, expected):
    got = clearance(age, weight, creatinine, female)
    assert got is None if expected is None else got == pytest.approx(expected, rel=1e-12)


def test_mg_dl_gives_the_same_and_another_unit_is_refused():
    assert clearance(40, 72, 1.0, False, "mg/dL") == pytest.approx(100.0)
    with pytest.raises(ValueError, match="expected umol/L or mg/dL"):
        clearance(40, 72, 1.0, False, "mmol/L")


#   cm      female   kg              Devine: 60 inches are 152.4 cm
DEVINE = [
    (152.4, False, 50.0),
    (152.4, True, 45.5),
    (177.8, False, 73.0),
    (None, True, None),
    (170, None, None),
]


@pytest.mark.parametrize("height, female, expected", DEVINE)
def test_ideal_weight_against_hand_calculation(height, female, expected):
    got = ideal_weight(pd.Series([height], dtype="Float64"), pd.Series([female], dtype="boolean"))[0]
    assert got is pd.NA if expected is None else got == pytest.approx(expected)
