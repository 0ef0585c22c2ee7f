"""Hy's law as FDA's guidance on drug-induced liver injury of 2009: ALT or AST from 3 x ULN, bilirubin, ALP below 2 x ULN.
The guidance says bilirubin above 2 x ULN; rulings.md 5.6 flags from 2 x ULN and keeps the strict reading beside it.
Thirty days and the date of the pair are rulings.md 5.6; R and its limits 5 and 2 are Benichou 1990; calcium is Payne 1973."""

import pandas as pd
import pytest

from nk521lib.standards.hepatic import (
    corrected_calcium,
    derive_corrected_calcium,
    derive_hys_law_status,
    injury_pattern,
    r_ratio,
    screen_hys_law,
)


def labs(*rows):
    """(subject, test, day of January 2026, value as multiple of ULN, relation unless =); ULN 40, none where the multiple is text."""
    return pd.DataFrame({
        "SUBJECT": pd.array([r[0] for r in rows], dtype="string"),
        "TEST": pd.array([r[1] for r in rows], dtype="string"),
        "DATE": pd.to_datetime([pd.Timestamp(2026, 1, 1) + pd.Timedelta(days=r[2] - 1) for r in rows]),
        "VALUE": pd.array([None if r[3] is None else r[3] * 40 for r in rows], dtype="Float64"),
        "RELATION": pd.array([r[4] if len(r) > 4 else None for r in rows], dtype="string"),
        "ULN": pd.array([40.0] * len(rows), dtype="Float64"),
    })  # fmt: skip


def answer(*rows, **options):
    frame = labs(*rows)
    return derive_hys_law_status(frame, screen_hys_law(frame, **options)).iloc[0]["HYS_LAW"]


ALP = ("1", "ALP", 10, 1.0)
#   rows                                                                       answer
SCREEN = [
    ([("1", "ALT", 10, 3.0), ("1", "BILI", 10, 2.0), ALP], "Y"),  # at both limits
    ([("1", "AST", 10, 3.0), ("1", "BILI", 10, 2.0), ALP], "Y"),
    ([("1", "ALT", 10, 2.99), ("1", "BILI", 10, 2.0), ALP], "N"),
    ([("1", "ALT", 10, 3.0), ("1", "BILI", 10, 1.99), ALP], "N"),
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 40, 4.0), ALP], "Y"),  # 30 days apart
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 41, 4.0), ALP], "N"),  # 31 days apart
    ([("1", "BILI", 10, 4.0), ("1", "ALT", 40, 9.0), ALP], "Y"),  # any order
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0), ("1", "ALP", 10, 2.0)], "N"),
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0), ("1", "ALP", 10, 1.99)], "Y"),
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0), ("1", "ALP", 9, 2.5)], "N"),  # last before
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0), ("1", "ALP", 11, 1.0)], "U"),  # only after
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0)], "U"),
    ([("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0), ("1", "ALP", 10, None)], "U"),
    ([("1", "ALT", 10, 9.0), ("2", "BILI", 10, 4.0), ALP], None),  # not the same subject
    ([("1", "ALT", 10, 9.0), ALP], None),  # bilirubin never judged: not screened, not negative
    ([("1", "ALT", 10, None), ("1", "BILI", 10, 4.0), ALP], None),
    ([("1", "ALT", 10, 10.0, ">"), ("1", "BILI", 10, 2.0, ">="), ALP], "Y"),
    ([("1", "ALT", 10, 10.0, ">"), ("1", "BILI", 10, 4.0), ("1", "ALP", 10, 2.0, "<")], "Y"),
    ([("1", "ALT", 10, 10.0, ">"), ("1", "BILI", 10, 4.0), ("1", "ALP", 10, 1.0, ">")], "U"),
    ([("1", "ALT", 10, 3.0, "<"), ("1", "BILI", 10, 4.0), ALP], "N"),
    ([("1", "ALT", 10, 2.0, ">"), ("1", "BILI", 10, 1.0), ALP], "N"),
    ([("1", "ALT", 10, 2.0, ">"), ("1", "BILI", 10, 4.0), ALP], None),  # may be high enough
    ([("1", "ALT", 10, 5.0), ("1", "BILI", 10, 1.5, ">"), ALP], None),
]  # fmt: skip


@pytest.mark.parametrize("rows, expected", SCREEN)
def test_hys_law_screen(rows, expected):
    got = answer(*rows)
    assert got is pd.NA if expected is None else got == expected


def test_strict_bilirubin_is_the_alternative():
    rows = [("1", "ALT", 10, 3.0), ("1", "BILI", 10, 2.0), ALP]
    assert (answer(*rows), answer(*rows, strict_bilirubin=True)) == ("Y", "N")


def test_high_baseline_alp_drops_the_clause_and_says_so():
    frame = labs(("1", "ALT", 10, 9.0), ("1", "BILI", 10, 4.0), ("1", "ALP", 10, 5.0))
    high = pd.Series([True], index=["1"], dtype="boolean")
    got = screen_hys_law(frame, baseline_alp_high=high).iloc[0]
    assert (got["HYS_LAW"], got["ALP_CLAUSE"]) == ("Y", "dropped")
    unknown = screen_hys_law(frame, baseline_alp_high=pd.Series([pd.NA], index=["1"], dtype="boolean")).iloc[0]
    assert (unknown["HYS_LAW"], unknown["ALP_CLAUSE"]) == ("N", "not met")


def test_the_date_is_the_later_of_the_pair():
    frame = labs(("1", "BILI", 5, 4.0), ("1", "ALT", 20, 9.0), ("1", "ALP", 4, 1.0))
    pair = screen_hys_law(frame).iloc[0]
    assert (pair["FIRST_DATE"].day, pair["DATE"].day, pair["ALP_DATE"].day) == (5, 20, 4)
    assert (pair["TRANSAMINASE_XULN"], pair["BILI_XULN"], pair["ALP_XULN"]) == (9.0, 4.0, 1.0)


def test_best_answer_per_subject_and_no_pairs_at_all():
    frame = labs(
        ("1", "ALT", 10, 9.0), ("1", "BILI", 9, 4.0), ("1", "BILI", 12, 4.0), ("1", "ALP", 12, 1.0),
        ("2", "ALT", 10, 1.0), ("2", "BILI", 9, 1.0),
    )  # fmt: skip
    pairs = screen_hys_law(frame)
    assert list(pairs["HYS_LAW"]) == ["U", "Y"]
    status = derive_hys_law_status(frame, pairs)
    assert list(status["HYS_LAW"]) == ["Y", "N"] and status["DATE"].isna().tolist() == [False, True]
    nobody = labs(("2", "ALT", 10, 1.0), ("2", "BILI", 9, 1.0))
    assert len(screen_hys_law(nobody)) == 0
    assert list(derive_hys_law_status(nobody, screen_hys_law(nobody))["HYS_LAW"]) == ["N"]


#   ALT xULN  ALP xULN  R     pattern
RATIO = [(5, 1, 5.0, "HEPATOCELLULAR"), (4.9, 1, 4.9, "MIXED"), (2.1, 1, 2.1, "MIXED"), (2, 1, 2.0, "CHOLESTATIC"),
         (None, 1, None, None), (5, None, None, None), (5, 0, None, None)]  # fmt: skip


@pytest.mark.parametrize("alt, alp, ratio, pattern", RATIO)
def test_r_ratio_and_pattern(alt, alp, ratio, pattern):
    one = pd.Series([1.0], dtype="Float64")
    got = r_ratio(pd.Series([alt], dtype="Float64"), one, pd.Series([alp], dtype="Float64"), one)
    assert got[0] is pd.NA if ratio is None else got[0] == pytest.approx(ratio)
    found = injury_pattern(got)[0]
    assert found is pd.NA if pattern is None else found == pattern


#   Ca    albumin  corrected         measured + 0.02 x (40 - albumin), only below 40 g/L
CALCIUM = [
    (2.0, 40, 2.0),
    (2.0, 45, 2.0),
    (2.0, 39, 2.02),
    (2.0, 20, 2.4),
    (2.0, None, None),
    (None, 20, None),
]


@pytest.mark.parametrize("calcium, albumin, expected", CALCIUM)
def test_corrected_calcium(calcium, albumin, expected):
    got = corrected_calcium(pd.Series([calcium], dtype="Float64"), pd.Series([albumin], dtype="Float64"))[0]
    assert got is pd.NA if expected is None else got == pytest.approx(expected)


#   day of the albumin results     day used     calcium on day 10
NEAREST = [
    ([10], 10),
    ([9], 9),
    ([11], 11),
    ([9, 11], 9),
    ([8], None),
    ([12], None),
    ([9, 10], 10),
    ([], None),
]


@pytest.mark.parametrize("days, used", NEAREST)
def test_albumin_of_the_same_or_the_next_day(days, used):
    rows = [
        ("1", "CA", 10, 2.0 / 40),
        *(("1", "ALB", day, 30 / 40) for day in days),
        ("2", "ALB", 10, 20 / 40),
    ]
    got = derive_corrected_calcium(labs(*rows)).iloc[0]
    assert got["ALB_DATE"] is pd.NaT if used is None else got["ALB_DATE"].day == used
    assert got["CACORR"] is pd.NA if used is None else got["CACORR"] == pytest.approx(2.2)


def test_calcium_rows_keep_their_order_and_index():
    frame = labs(("2", "CA", 12, 0.05), ("1", "CA", 10, 0.05), ("1", "ALB", 10, 0.75)).set_axis([9, 3, 4])
    frame.loc[9, "DATE"] = pd.NaT
    got = derive_corrected_calcium(frame)
    assert list(got.index) == [9, 3] and list(got["SUBJECT"]) == ["2", "1"]
    assert got["CACORR"].isna().tolist() == [True, False]
