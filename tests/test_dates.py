"""Partial dates as intervals (spec data.md section 3)."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib import dates

T = pd.Timestamp
#   text                        earliest       latest         malformed
ROWS = [
    ("2026-03-04", "2026-03-04", "2026-03-04", False),
    ("2026-03", "2026-03-01", "2026-03-31", False),
    ("2026", "2026-01-01", "2026-12-31", False),
    ("2026---03", "2026-01-03", "2026-12-03", False),
    ("2024-02", "2024-02-01", "2024-02-29", False),
    ("2026-03-04T10:30", "2026-03-04", "2026-03-04", False),
    ("2026-03-04T10:30:20+08:00", "2026-03-04", "2026-03-04", False),
    ("2026-03-04T-:15", "2026-03-04", "2026-03-04", False),
    ("--03-04", None, None, False),
    (None, None, None, False),
    ("2026-02-30", None, None, True),
    ("2026-13", None, None, True),
    ("2026-00-10", None, None, True),
    ("2026-03-00", None, None, True),
    ("03/04/2026", None, None, True),
    ("20260304", None, None, True),
    ("2026-1-1", None, None, True),
    ("2026-03-04T24:00", "2026-03-04", "2026-03-04", True),
    ("2026-03-04T10:60", "2026-03-04", "2026-03-04", True),
    ("2026-03-04 10:30", None, None, True),
    ("2026-03-04\n", None, None, True),
]


@pytest.mark.parametrize(("text", "low", "high", "malformed"), ROWS)
def test_a_date_text_is_the_days_it_can_mean(text, low, high, malformed):
    series = pd.Series([text], dtype="string")
    assert dates.is_malformed(series).tolist() == [malformed]
    for found, expected in ((dates.earliest(series)[0], low), (dates.latest(series)[0], high)):
        assert found is pd.NaT if expected is None else found == T(expected)


#   interval                      window                        answer: all inside, none inside, cannot tell
WITHIN = [
    ("2026-03-04", "2026-03-01", "2026-03-31", True),
    ("2026-03-31", "2026-03-01", "2026-03-31", True),
    ("2026-04-01", "2026-03-01", "2026-03-31", False),
    ("2026-03", "2026-03-01", "2026-03-31", True),
    ("2026-03", "2026-03-02", "2026-03-31", None),
    ("2026", "2026-03-01", "2026-03-31", None),
    ("2025", "2026-03-01", "2026-03-31", False),
    (None, "2026-03-01", "2026-03-31", None),
    ("--03-04", "2026-03-01", "2026-03-31", None),
    ("2026-03-04", None, "2026-03-31", None),
    ("2026-04-04", None, "2026-03-31", False),
]


@pytest.mark.parametrize(("text", "first", "last", "answer"), WITHIN)
def test_within_has_three_answers(text, first, last, answer):
    series = pd.Series([text], dtype="string")
    window = [pd.Series([x], dtype="datetime64[s]") for x in (first, last)]
    found = dates.within(dates.earliest(series), dates.latest(series), *window)[0]
    assert found is pd.NA if answer is None else found is answer or found == answer


#   date           reference      study day: day 1 is the reference, there is no day 0
STUDY_DAYS = [("2026-03-10", 1), ("2026-03-09", -1), ("2026-03-11", 2), ("2026-04-06", 28), ("2026-04-07", 29)]


@pytest.mark.parametrize(("day", "number"), STUDY_DAYS)
def test_there_is_no_day_zero(day, number):
    assert dates.study_day(pd.Series([T(day)]), pd.Series([T("2026-03-10")])).tolist() == [number]


def test_study_day_of_a_partial_date_stays_missing():
    assert (
        dates.study_day(dates.exact(pd.Series(["2026-03"], dtype="string")), pd.Series([T("2026-03-10")])).isna().all()
    )


def test_a_moment_needs_a_whole_date_and_time():
    series = pd.Series(["2026-03-04T10:30", "2026-03-04", "2026-03T10:30"], dtype="string")
    assert dates.moment(series).tolist() == [T("2026-03-04 10:30"), pd.NaT, pd.NaT]


@given(st.dates())
def test_a_whole_date_is_its_own_first_and_last_day(day):
    series = pd.Series([day.isoformat()], dtype="string")
    assert dates.earliest(series)[0] == dates.latest(series)[0] == T(day.isoformat())
    assert not dates.is_malformed(series)[0]


@given(st.text(alphabet="0123456789-T:+Z ", max_size=20))
def test_whatever_the_text_the_interval_is_ordered_or_absent(text):
    series = pd.Series([text], dtype="string")
    low, high = dates.earliest(series)[0], dates.latest(series)[0]
    assert (low is pd.NaT) == (high is pd.NaT)
    assert low is pd.NaT or low <= high
