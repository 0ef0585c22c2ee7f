import pandas as pd
import pytest

from nk521lib.standards.units import FACTORS, factor, spell, standard_unit, to_standard


def strings(*values):
    return pd.Series(list(values), dtype="string")


#   reported         one spelling
SPELLINGS = [
    ("10^9/L", "10^9/L"),
    ("10*9/L", "10^9/L"),
    ("10⁹/L", "10^9/L"),
    ("THOU/uL", "10^9/L"),
    ("GI/L", "10^9/L"),
    ("/mm3", "/uL"),
    ("\u00b5mol/L", "umol/L"),
    ("\u03bcmol/L", "umol/L"),
    (" mg/dL ", "mg/dL"),
    ("IU/L", "U/L"),
    ("furlong", "furlong"),
]


@pytest.mark.parametrize("reported, one", SPELLINGS)
def test_variants_of_a_unit_have_one_spelling(reported, one):
    assert spell(strings(reported))[0] == one


def test_a_missing_or_blank_unit_stays_missing():
    assert spell(strings(None, "", "  ")).isna().all()


def test_giga_per_litre_is_not_gram_per_litre():
    assert list(spell(strings("G/L", "g/L"))) == ["10^9/L", "g/L"]
    assert factor("HGB", "10^9/L") is None
    assert factor("PLAT", "g/L") is None


#   test      value  unit       standard value, unit          origin
CONVERSIONS = [
    ("CREAT", 1.0, "mg/dL", 88.4, "umol/L"),  # spec protocol.md section 7
    ("BILI", 3.0, "mg/dL", 51.3, "umol/L"),  # spec protocol.md section 7
    ("HGB", 10.0, "g/dL", 100.0, "g/L"),
    ("HGB", 5.0, "mmol/L", 80.57, "g/L"),  # 16.114 g/mmol, monomer
    ("NEUT", 1500.0, "/mm3", 1.5, "10^9/L"),
    ("PLAT", 75.0, "K/uL", 75.0, "10^9/L"),
    ("ALT", 1.0, "ukat/L", 60.0, "U/L"),  # 1 katal = 6 x 10^7 U
    ("CA", 4.0078, "mg/dL", 1.0, "mmol/L"),  # atomic weight 40.078
    ("K", 4.0, "mEq/L", 4.0, "mmol/L"),
    ("CA", 5.0, "mEq/L", 2.5, "mmol/L"),
]


@pytest.mark.parametrize("test, value, unit, standard, standard_in", CONVERSIONS)
def test_conversion_to_the_standard_unit(test, value, unit, standard, standard_in):
    got = to_standard(strings(test), pd.Series([value], dtype="Float64"), strings(unit)).iloc[0]
    assert got["VALUE"] == pytest.approx(standard, rel=1e-12)
    assert got["UNIT"] == standard_in


def test_an_unknown_pair_is_never_guessed():
    got = to_standard(
        strings("ALT", "FOO", "HGB", None),
        pd.Series([1, 1, 1, 1], dtype="Float64"),
        strings("mmol/L", "g/L", None, "g/L"),
    )
    assert got.isna().all().all()


def test_tests_without_a_unit_may_leave_it_out():
    got = to_standard(strings("INR", "INR"), pd.Series([1.2, 1.3], dtype="Float64"), strings(None, "RATIO"))
    assert list(got["VALUE"]) == [1.2, 1.3]


@pytest.mark.parametrize("test", FACTORS)
def test_the_standard_unit_has_factor_one_and_every_spelling_is_its_own(test):
    assert factor(test, standard_unit(test)) == 1.0
    units = strings(*FACTORS[test])
    assert list(spell(units)) == list(units)


def test_index_and_input_are_left_alone():
    value = pd.Series([1.0, 2.0], index=[7, 7], dtype="Float64")
    test, unit = (strings(*x).set_axis([7, 7]) for x in (("HGB", "HGB"), ("g/dL", "g/dl")))
    assert list(to_standard(test, value, unit).index) == [7, 7]
    assert list(value) == [1.0, 2.0] and list(unit) == ["g/dL", "g/dl"]
