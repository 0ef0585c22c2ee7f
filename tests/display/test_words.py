"""Words that must not break at the end of a line, and words that keep their capitals."""

import pytest

from nk521lib.display.words import capital, unbroken

#  before                                 after
UNBROKEN = [
    ("<td>A-DL1</td>", "<td>A-\u2060DL1</td>"), ("at B-DL2 and (A-DL3)", "at B-\u2060DL2 and (A-\u2060DL3)"),
    ("3 × 10⁹ cells", "3\u00a0×\u00a010⁹ cells"),
    ('<td headers="x-A-DL1" id="A-DL1">', '<td headers="x-A-DL1" id="A-DL1">'),
    ("NK521-01-001, IEC-HS, E-cadherin", "NK521-01-001, IEC-HS, E-cadherin"),
]  # fmt: skip


@pytest.mark.parametrize("before, after", UNBROKEN)
def test_a_dose_and_a_level_are_one_word_and_names_of_things_stay(before, after):
    assert unbroken(before) == after


def test_a_sentence_starts_with_a_capital_and_keeps_its_others():
    assert [capital(text) for text in ("ECOG and LVEF", "laboratory values", "")] == [
        "ECOG and LVEF",
        "Laboratory values",
        "",
    ]
