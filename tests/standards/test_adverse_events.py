"""Spec safety.md section 3, test by test, then rulings 5.1: first dose 10 March 2026 10:00, last dose 20 April."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nk521lib.standards.adverse_events import (
    derive_episodes,
    derive_highest_grade,
    derive_treatment_emergent,
    flag_first_highest,
)

FIRST, LAST = "2026-03-10T10:00", "2026-04-20T09:00"
DATES = ["START_EARLIEST", "START_LATEST", "END_EARLIEST", "END_LATEST", "FIRST_DOSE", "LAST_DOSE"]


def bounds(text):
    """Earliest and latest day or moment of a date written like 2026, 2026-03, 2026-03-10 or with a time."""
    if text is None:
        return None, None
    if len(text) > 7:
        return text, text
    period = pd.Period(text)
    return str(period.start_time.date()), str(period.end_time.date())


def events(*rows, first=FIRST, last=LAST):
    """(start, end, grade) or (start, end, grade, group) or (start, end, grade, group, initial grade)."""
    starts, ends, grades, groups, initials = zip(*[(*row, None, None)[:5] for row in rows], strict=True)
    out = pd.DataFrame({"SUBJECT": pd.array(["1"] * len(rows), dtype="string")})
    for side, dates in (("START", starts), ("END", ends)):
        low, high = zip(*map(bounds, dates), strict=True)
        out[f"{side}_EARLIEST"] = pd.to_datetime(pd.Series(low, dtype=object), format="ISO8601")
        out[f"{side}_LATEST"] = pd.to_datetime(pd.Series(high, dtype=object), format="ISO8601")
    out["FIRST_DOSE"] = pd.Timestamp(first) if first else pd.NaT
    out["LAST_DOSE"] = pd.Timestamp(last) if last else pd.NaT
    out[DATES] = out[DATES].astype("datetime64[s]")
    return out.assign(
        GRADE=pd.array(grades, dtype="Int64"),
        GROUP_ID=pd.array(groups, dtype="string"),
        INITIAL_GRADE=pd.array(initials, dtype="Int64"),
    )


def decided(*rows, first=FIRST, last=LAST, **options):
    got = derive_treatment_emergent(events(*rows, first=first, last=last), **options)
    return list(zip(got["TEAE"].tolist(), got["TEAE_TEST"].tolist(), strict=True))


#   start               end                 TEAE   test
ROWS = [
    ("2026-03-01", "2026-03-09", False, 2),
    (None, "2026-03-09", False, 2),
    ("2026-03-01", "2026-03-10T09:59", False, 2),
    ("2026-03-01", "2026-03-10", True, 5),  # ended that day, perhaps after the dose
    (None, None, True, 3),
    (None, "2026-05-01", True, 3),
    ("2026-03-10T10:00", "2026-03-11", True, 4),
    ("2026-03-10T09:59", "2026-03-10T11:00", True, 5),
    ("2026-03-10", "2026-03-10", True, 4),  # same day, no time
    ("2026-04-01", None, True, 4),
    ("2026-05-18", None, True, 4),  # last dose + 28 days
    ("2026-05-18T23:59", None, True, 4),
    ("2026-05-19", None, False, 6),
    ("2026-03", None, True, 4),  # a possible start on or after the first dose
    ("2026", "2026-12-01", True, 4),
    ("2026-02", "2026-03-05", False, 2),  # every possible start before: tests 2 and 5 decide
    ("2026-02", "2026-03", True, 5),
    ("2026-02", None, True, 5),
    ("2026-05", None, True, 4),
    ("2026-06", None, False, 6),  # every possible start after the window
]


@pytest.mark.parametrize("start, end, teae, test", ROWS)
def test_the_tests_in_their_order(start, end, teae, test):
    assert decided((start, end, 2)) == [(teae, test)]


def test_not_treated_comes_first():
    assert decided((None, None, 2), ("2026-04-01", None, 2), first=None, last=None) == [(False, 1)] * 2


def test_last_dose_not_known_leaves_the_window_open():
    assert decided(("2027-04-01", None, 2), last=None) == [(True, 4)]


@pytest.mark.parametrize("days, teae", [(28, False), (30, True), (90, True)])
def test_window_days_are_the_callers(days, teae):
    assert decided(("2026-05-20", None, 1), window_days=days)[0][0] is teae


def test_unknown_worsening_is_a_stated_choice():
    assert decided(("2026-02-01", None, 2), worsening_unknown=False) == [(False, 6)]


#   grade initial  TEAE                  a collected initial grade decides
@pytest.mark.parametrize("grade, initial, teae", [(3, 2, True), (2, 2, False), (1, 2, False), (None, 2, True)])
def test_collected_initial_grade(grade, initial, teae):
    assert decided(("2026-02-01", None, grade, None, initial))[0][0] is teae


def test_group_that_began_before_needs_a_rise():
    rows = [
        ("2026-02-01", "2026-03-15", 2, "a"),  # its own grade is the initial one
        ("2026-03-15", "2026-03-20", 2, "a"),  # no rise
        ("2026-03-20", "2026-03-25", 3, "a"),  # rise
        ("2026-03-25", None, 1, "a"),  # below again
    ]
    assert decided(*rows) == [(False, 6), (False, 6), (True, 5), (False, 6)]


def test_group_that_began_on_treatment_is_emergent_throughout():
    assert decided(("2026-03-11", "2026-03-12", 2, "a"), ("2026-03-12", None, 1, "a")) == [(True, 4)] * 2


def test_group_rise_after_the_window_is_not_emergent():
    assert decided(("2026-02-01", "2026-06-01", 1, "a"), ("2026-06-01", None, 3, "a"))[1] == (False, 6)


def test_group_with_an_ungraded_record_before_the_dose_has_no_initial_grade():
    rows = [
        ("2026-02-01", "2026-02-05", None, "a"),
        ("2026-02-05", "2026-03-15", 2, "a"),
        ("2026-03-15", None, 1, "a"),
    ]
    assert decided(*rows)[2] == (True, 5)
    assert decided(*rows, worsening_unknown=False)[2] == (False, 6)


def test_group_of_one_is_a_single_record():
    assert decided(("2026-02-01", None, 2, "a")) == [(True, 5)]


def test_groups_of_different_subjects_are_apart():
    frame = events(("2026-02-01", "2026-03-20", 2, "a"), ("2026-03-20", None, 2, "a"))
    frame["SUBJECT"] = pd.array(["1", "2"], dtype="string")
    assert derive_treatment_emergent(frame)["TEAE"].tolist() == [True, True]


def test_one_known_side_of_an_interval_leaves_the_other_open():
    frame = events(("2026-02-01", None, 2))
    frame["START_LATEST"] = frame["START_LATEST"].mask([True])
    assert derive_treatment_emergent(frame)["TEAE"].tolist() == [True]


days = st.one_of(st.none(), st.dates(pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-08-01").date()).map(str))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(days, days, st.sampled_from([1, 2, 3, None])), min_size=1, max_size=10))
def test_always_an_answer_and_a_longer_window_never_removes_one(rows):
    frame = events(*rows)
    short, long = (derive_treatment_emergent(frame, window_days=d) for d in (28, 90))
    assert short["TEAE"].notna().all() and short["TEAE_TEST"].between(1, 6).all()
    assert (long["TEAE"] >= short["TEAE"]).all()


def test_episodes_take_the_worst_grade_over_their_whole_span():
    frame = events(
        ("2026-03-11", "2026-03-12", 1, "a"),
        ("2026-03-20", "2026-03-21", 2, None),
        ("2026-03-12", "2026-03-15", 3, "a"),
        ("2026-03-15", None, None, "a"),
        ("2026-03-22", "2026-03-23", 1, None),
    ).assign(AESEQ=[1, 2, 3, 4, 5])
    got = derive_episodes(frame)
    assert got["AESEQ"].tolist() == [3, 2, 5] and got["GRADE"].tolist() == [3, 2, 1]
    assert got["START_EARLIEST"].dt.day.tolist() == [11, 20, 22]
    assert got["END_LATEST"].isna().tolist() == [True, False, False]
    assert got["RECORDS"].tolist() == [3, 1, 1] and got["GRADES_MISSING"].tolist() == [1, 0, 0]
    assert list(got.columns) == [*frame.columns, "RECORDS", "GRADES_MISSING"]


def test_an_ungraded_episode_stays_ungraded():
    got = derive_episodes(events(("2026-03-11", None, None, "a"), ("2026-03-12", None, None, "a")))
    assert got["GRADE"].isna().tolist() == [True] and got["GRADES_MISSING"].tolist() == [2]


def test_highest_grade_per_subject_and_term_keeps_missing_grades_and_terms():
    frame = pd.DataFrame({
        "SUBJECT": ["1", "1", "1", "2", "2"],
        "TERM": ["Chills", "Chills", "Nausea", None, "Chills"],
        "GRADE": pd.array([1, 3, None, 2, None], dtype="Int64"),
    })  # fmt: skip
    got = derive_highest_grade(frame, ["SUBJECT", "TERM"])
    rows = got.astype(object).where(got.notna(), None).values.tolist()
    assert rows == [["1", "Chills", 3, 2, 0], ["1", "Nausea", None, 1, 1], ["2", "Chills", None, 1, 1],
                    ["2", None, 2, 1, 0]]  # fmt: skip


def test_one_flag_per_key_on_the_first_of_the_highest():
    frame = events(
        ("2026-03-15", None, 2), ("2026-03-12", None, 3), ("2026-03-11", None, 3), ("2026-03-13", None, None),
        ("2026-03-13", None, None),
    ).assign(TERM=["a", "a", "a", "b", "b"])  # fmt: skip
    assert flag_first_highest(frame, ["SUBJECT", "TERM"]).tolist() == [False, False, True, True, False]
