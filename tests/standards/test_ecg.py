"""QT correction by hand; categories of ICH E14 section 3.2 (value > 450, > 480, > 500 ms; change > 30, > 60 ms); CTCAE v5.0
grades of QTc (450 to 480, 481 to 500, from 501 or a rise above 60 ms) made half-open as rulings.md 5.5 says."""

import pandas as pd
import pytest

from nk521lib.standards import ecg


def floats(*values):
    return pd.Series(list(values), dtype="Float64")


#   QT   RR    QTcF           QTcB               worked by hand: 400 / 0.8^(1/3), 400 / 0.8^(1/2)
CORRECTED = [(400, 800, 430.887, 447.214), (400, 1000, 400.0, 400.0), (360, 512, 450.0, 503.115)]


@pytest.mark.parametrize("qt, rr, fridericia, bazett", CORRECTED)
def test_corrected_qt_against_hand_calculation(qt, rr, fridericia, bazett):
    assert ecg.qtcf(floats(qt), floats(rr))[0] == pytest.approx(fridericia, abs=5e-4)
    assert ecg.qtcb(floats(qt), floats(rr))[0] == pytest.approx(bazett, abs=5e-4)


def test_rr_and_heart_rate():
    assert list(ecg.rr_from_heart_rate(floats(60, 75))) == [1000, 800]
    assert ecg.heart_rate_from_rr(ecg.rr_from_heart_rate(floats(72)))[0] == pytest.approx(72)


def test_missing_or_impossible_intervals_stay_missing():
    assert ecg.qtcf(floats(None, 400, 400), floats(800, None, 0)).isna().all()
    assert ecg.rr_from_heart_rate(floats(None, 0, -1)).isna().all()


#   ms    category                change  category           at, one step beyond, missing
VALUES = [(450, "<= 450 ms"), (450.1, "> 450 to 480 ms"), (480, "> 450 to 480 ms"), (481, "> 480 to 500 ms"),
          (500, "> 480 to 500 ms"), (500.1, "> 500 ms"), (None, None)]  # fmt: skip
CHANGES = [(-20, "<= 30 ms"), (30, "<= 30 ms"), (31, "> 30 to 60 ms"), (60, "> 30 to 60 ms"), (61, "> 60 ms"),
           (None, None)]  # fmt: skip


@pytest.mark.parametrize("value, category", VALUES)
def test_e14_category(value, category):
    got = ecg.e14_category(floats(value))[0]
    assert got is pd.NA if category is None else got == category


@pytest.mark.parametrize("change, category", CHANGES)
def test_e14_change_category(change, category):
    got = ecg.e14_change_category(floats(change))[0]
    assert got is pd.NA if category is None else got == category


#   QTc  baseline grade
QTC = [(449, 440, 0), (450, 440, 1), (480, 440, 1), (480.5, 440, 2), (500, 440, 2), (501, 450, 3), (470, 410, 1),
       (471, 410, 3), (430, 369, 3), (449, None, 0), (501, None, 3), (None, 410, None)]  # fmt: skip


@pytest.mark.parametrize("qtc, baseline, expected", QTC)
def test_qtc_grade(qtc, baseline, expected):
    got = ecg.grade_qtc(floats(qtc), floats(baseline)).iloc[0]
    assert got["GRADE"] is pd.NA if expected is None else got["GRADE"] == expected
    assert (got["REASON"] is pd.NA) == (qtc is not None and baseline is not None)


def test_mean_of_replicates_counts_the_missing():
    frame = pd.DataFrame({
        "ID": ["1", "1", "1", "2", None],
        "VALUE": pd.array([400, 410, None, None, 450], dtype="Float64"),
    })  # fmt: skip
    got = ecg.derive_replicate_mean(frame, ["ID"])
    assert got["VALUE"].tolist() == [405, pd.NA, 450]
    assert got["READINGS"].tolist() == [2, 0, 1] and got["MISSING"].tolist() == [1, 1, 0]
