"""Words that must not break at the end of a line, and words that keep their capitals."""

import pandas as pd
import pytest

from nk521lib.display.words import capital, moment, unbroken, unit

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


#   as recorded      for people
UNITS = [("10^9/L", "10⁹/L"), ("umol/L", "µmol/L"), ("ug/L", "µg/L"), ("U/L", "U/L"), ("C", "°C"), ("%", "%"), (None, "no unit"), (pd.NA, "no unit")]  # fmt: skip


@pytest.mark.parametrize("recorded, shown", UNITS)
def test_units_are_written_as_people_write_them(recorded, shown):
    assert unit(recorded) == shown


MOMENTS = [("2026-06-01T14:30", "1 Jun 2026 14:30"), ("2026-06-01", "1 Jun 2026"), ("2026-06", "2026-06 (not complete)"), (None, "no date")]  # fmt: skip


@pytest.mark.parametrize("recorded, shown", MOMENTS)
def test_moments_are_days_for_people_and_partial_ones_stay(recorded, shown):
    assert moment(recorded) == shown


def test_markers_and_shifts_of_grade_do_not_break():
    assert " " not in unbroken("CA 19-9")
    assert unbroken("Sodium: 0 → 3, 12 → 9") == "Sodium: 0\u00a0→\u00a03, 12 → 9"
