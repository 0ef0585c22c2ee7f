"""Event and censoring rules: efficacy.md section 3, rulings.md 6.6-6.7."""

import pandas as pd
import pytest

from nk521lib.standards.time_to_event import (
    derive_missed_assessments,
    derive_time_to_event,
    scheduled_weeks,
)

START = pd.Timestamp("2026-03-02")
NAT = pd.Series([pd.NaT], dtype="datetime64[ns]")


def day(n):
    """Date of study day n (day 1 is START); None is NaT."""
    return pd.NaT if n is None else START + pd.Timedelta(days=n - 1)


def result(*candidates, start=START):
    """Candidates (kind, rule, day) or (kind, rule, day, day it applies from)."""
    rows = [("S1", kind, rule, day(d), day(more[0]) if more else pd.NaT) for kind, rule, d, *more in candidates]
    frame = pd.DataFrame(rows, columns=["SUBJECT", "KIND", "RULE", "DATE", "APPLIES"])
    frame = frame.astype(dict.fromkeys(["SUBJECT", "KIND", "RULE"], "string"))
    frame = frame.astype(dict.fromkeys(["DATE", "APPLIES"], "datetime64[ns]"))
    subjects = pd.DataFrame({"SUBJECT": pd.array(["S1"], dtype="string"), "START": [start]})
    return derive_time_to_event(frame, subjects).iloc[0]


PD_90, DEATH_120 = ("event", "PD", 90), ("event", "death", 120)
LAST_80 = ("last", "last adequate scan", 80)
#   candidates                                                                 CNSR   AVAL   rule
CASES = [
    ([PD_90, DEATH_120, LAST_80], 0, 90, "PD"),
    ([DEATH_120, PD_90], 0, 90, "PD"),
    ([LAST_80], 1, 80, "last adequate scan"),
    ([DEATH_120, ("censor", "new therapy", 85, 100)], 1, 85, "new therapy"),  # therapy, then death
    ([PD_90, ("censor", "new therapy", 85, 100)], 0, 90, "PD"),  # in force only after the PD
    ([PD_90, ("censor", "new therapy", 85, 90)], 0, 90, "PD"),  # on the day of the PD: event
    ([PD_90, ("censor", "new therapy", 85, 89)], 1, 85, "new therapy"),
    (
        [DEATH_120, ("censor", "gap", 43, 110), ("censor", "new therapy", 85, 100)],
        1,
        43,
        "gap",
    ),  # earliest date
    ([DEATH_120, ("censor", "no baseline", 1), ("censor", "gap", 43, 110)], 1, 1, "no baseline"),
    ([("censor", "b", 43), ("censor", "a", 43)], 1, 43, "b"),  # equal dates: the rule listed first
    ([("censor", "new therapy", 50), LAST_80], 1, 50, "new therapy"),
    ([("event", "PD", 1)], 0, 1, "PD"),  # day 1
    ([("last", "last contact", 30), ("last", "day 1", 1)], 1, 1, "day 1"),
    ([("censor", "scan", -9), LAST_80], 1, 1, "scan"),  # a censoring date before START is START
]


@pytest.mark.parametrize("candidates, cnsr, aval, rule", CASES)
def test_which_date_ends_the_time(candidates, cnsr, aval, rule):
    row = result(*candidates)
    assert (row["CNSR"], row["AVAL"], row["RULE"], row["DATE"]) == (cnsr, aval, rule, day(aval))


def test_an_undated_event_is_never_a_censoring():
    row = result(("event", "death", None), LAST_80)
    assert pd.isna(row["CNSR"]) and pd.isna(row["AVAL"]) and pd.isna(row["DATE"])
    assert (row["RULE"], row["UNDATED_EVENTS"]) == ("event of unknown date", 1)
    assert result(("event", "death", None), PD_90)["UNDATED_EVENTS"] == 1
    assert result(("event", "death", None), PD_90)["AVAL"] == 90


def test_what_may_be_an_event_leaves_the_time_unknown_until_a_dated_event_ends_it():
    row = result(("possible event", "puncture", None), LAST_80)
    assert pd.isna(row["CNSR"]) and pd.isna(row["DATE"])
    assert (row["RULE"], row["UNDATED_EVENTS"]) == ("possible event of unknown date", 1)
    certain = result(("possible event", "puncture", None), ("event", "death", None), LAST_80)
    assert (certain["RULE"], certain["UNDATED_EVENTS"]) == ("event of unknown date", 2)
    assert result(("possible event", "puncture", None), PD_90)["AVAL"] == 90


def test_nothing_known_stays_missing():
    row = result()
    assert pd.isna(row["CNSR"]) and row["RULE"] == "no date to end at"
    assert pd.isna(result(PD_90, start=pd.NaT)["AVAL"]) and pd.isna(result(PD_90, start=pd.NaT)["CNSR"])


def test_an_event_before_the_start_is_counted_and_does_not_end_the_time():
    row = result(("event", "drainage", 0), ("event", "drainage", 40), LAST_80)
    assert (row["AVAL"], row["EVENTS_BEFORE_START"]) == (40, 1)


def test_every_subject_has_a_row_in_the_order_given():
    subjects = pd.DataFrame({"SUBJECT": pd.array(["B", "A"], dtype="string"), "START": [START, START]})
    frame = pd.DataFrame({"SUBJECT": ["A"], "KIND": ["event"], "RULE": ["death"], "DATE": [day(5)]})
    out = derive_time_to_event(frame, subjects)
    assert out["SUBJECT"].tolist() == ["B", "A"] and out["CNSR"].isna().tolist() == [True, False]


def test_what_cannot_be_read_is_refused():
    subjects = pd.DataFrame({"SUBJECT": pd.array(["S1"], dtype="string"), "START": [START]})
    frame = pd.DataFrame({"SUBJECT": ["S1"], "KIND": ["death"], "RULE": ["death"], "DATE": [day(5)]})
    with pytest.raises(ValueError, match="KIND is death"):
        derive_time_to_event(frame, subjects)
    with pytest.raises(ValueError, match="KIND is missing"):
        derive_time_to_event(frame.assign(KIND=pd.array([pd.NA], dtype="string")), subjects)
    with pytest.raises(ValueError, match="not in subjects"):
        derive_time_to_event(frame.assign(KIND="event", SUBJECT="S2"), subjects)
    with pytest.raises(ValueError, match="one row per SUBJECT"):
        derive_time_to_event(frame.assign(KIND="event"), pd.concat([subjects, subjects]))


# ---- missed assessments ----------------------------------------------------------------------------------------------


def test_scheduled_weeks_change_their_interval():
    assert scheduled_weeks(6, 24, 12, 60) == [6, 12, 18, 24, 36, 48, 60]
    assert scheduled_weeks(6, 24, 12, 61)[-1] == 72
    assert scheduled_weeks(6, 0, 12, 18) == [6, 18]
    with pytest.raises(ValueError, match="more than 0"):
        scheduled_weeks(0, 24, 12, 60)


def missed(event, *scans, missed_n=2):
    """Elapsed days since START of the event and of the adequate scans. Windows: 35-49, 77-91, 119-133, 161-175, …"""

    def at(n):
        return pd.NaT if n is None else START + pd.Timedelta(days=n)

    events = pd.DataFrame({"SUBJECT": pd.array(["S1"], dtype="string"), "START": [START], "EVENT": [at(event)]})
    events["EVENT"] = events["EVENT"].astype("datetime64[ns]")
    adequate = pd.DataFrame({"SUBJECT": pd.array(["S1"] * len(scans), dtype="string"), "DATE": [at(s) for s in scans]})
    adequate["DATE"] = adequate["DATE"].astype("datetime64[ns]")
    return derive_missed_assessments(events, adequate, scheduled_weeks(6, 24, 12, 60), 7, missed_n).iloc[0]


#   event   adequate scans      missed windows   gap
GAPS = [
    (134, [42], 2, True),  # weeks 12 and 18 wholly between
    (133, [42], 1, False),  # week 18 not yet over on the day of the event
    (134, [], 3, True),  # from the first dose
    (92, [], 2, True),
    (91, [], 1, False),
    (134, [34], 3, True),  # a scan before the window of week 6 leaves it missed
    (134, [35], 2, True),  # on its first day it does not
    (134, [42, 84], 1, False),
    (134, [42, 76], 2, True),  # off-schedule, but the window of week 12 is after it
    (134, [42, 77], 1, False),
    (260, [168], 1, False),  # 12-weekly: week 36 (245-259)
    (344, [168], 2, True),  # weeks 36 and 48
    (42, [42], 0, False),
    (134, [42, 134], 2, True),  # the scan that shows the event does not close the gap before it
    (10, [], 0, False),
    (134, [42, 140], 2, True),  # a later scan does not close the gap
]


@pytest.mark.parametrize("event, scans, windows, gap", GAPS)
def test_windows_missed_before_an_event(event, scans, windows, gap):
    row = missed(event, *scans)
    assert (row["MISSED"], row["GAP"]) == (windows, gap)
    assert pd.isna(row["APPLIES"]) == (not gap)


def test_gap_applies_from_the_end_of_the_window_that_completes_it():
    row = missed(200, 42)
    assert row["LAST_ADEQUATE"] == START + pd.Timedelta(days=42)
    assert row["APPLIES"] == START + pd.Timedelta(days=133)
    assert missed(200, 42, missed_n=1)["APPLIES"] == START + pd.Timedelta(days=91)


def test_missing_event_leaves_the_gap_unknown_and_a_short_schedule_is_refused():
    row = missed(None, 42)
    assert pd.isna(row["MISSED"]) and pd.isna(row["GAP"]) and pd.isna(row["APPLIES"])
    with pytest.raises(ValueError, match="schedule ends"):
        missed(1000, 42)
    with pytest.raises(ValueError, match="missed_n"):
        missed(100, 42, missed_n=0)


def test_nobody_has_no_time_in_the_usual_columns():
    subjects = pd.DataFrame({"SUBJECT": pd.Series(dtype="string"), "START": pd.Series(dtype="datetime64[s]")})
    candidates = pd.DataFrame({"SUBJECT": pd.Series(dtype="string"), "DATE": pd.Series(dtype="datetime64[s]"),
                               "KIND": pd.Series(dtype="string"), "RULE": pd.Series(dtype="string")})  # fmt: skip
    out = derive_time_to_event(candidates, subjects)
    one = derive_time_to_event(candidates, pd.DataFrame({"SUBJECT": ["S1"], "START": pd.to_datetime(["2026-01-01"])}))
    assert len(out) == 0 and list(out) == list(one)
    assert {c: str(out[c].dtype) for c in ("DATE", "CNSR", "RULE", "AVAL", "UNDATED_EVENTS")} == {
        "DATE": "datetime64[s]", "CNSR": "Int64", "RULE": "string", "AVAL": "Int64", "UNDATED_EVENTS": "Int64",
    }  # fmt: skip
