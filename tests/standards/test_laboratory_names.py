import pytest

from nk521lib.standards import ctcae_v5, units
from nk521lib.standards.laboratory_names import laboratory_name, laboratory_title

OWN_NAMES = {"ALT", "AST", "INR", "LDH", "TSH"}
"""Codes that are what clinicians say."""


@pytest.mark.parametrize(("code", "within", "first"), [
    ("NEUT", "neutrophils", "Neutrophils"), ("CACORR", "corrected calcium", "Corrected calcium"), ("ALT", "ALT", "ALT"),
    ("APTT", "aPTT", "aPTT"), ("PHBLD", "blood pH", "Blood pH"), ("CD4", "CD4 cells", "CD4 cells"), ("CA19_9AG", "CA 19-9", "CA 19-9"),
    ("CA125AG", "CA-125", "CA-125"), ("CEA", "CEA", "CEA"), ("XYZ", "XYZ", "XYZ"),
])  # fmt: skip
def test_a_test_has_the_clinicians_name_and_an_unknown_code_keeps_its_own(code, within, first):
    assert (laboratory_name(code), laboratory_title(code)) == (within, first)


def test_every_test_that_is_graded_or_converted_has_a_name():
    known = {criterion.test for criterion in ctcae_v5.V5.criteria} | set(units.FACTORS)
    assert {code for code in known if laboratory_name(code) == code} == OWN_NAMES


def test_no_two_tests_share_a_name():
    codes = set(units.FACTORS)
    assert len({laboratory_name(code) for code in codes}) == len(codes)
