"""D03 and D07 from laboratory values alone (rulings 3.3, 5.3, 5.6): runs, limits, adjudication, what an AE already carries."""

import pandas as pd
import pytest

from nk521lib.chapters.escalation import derive_dlt_events, derive_dlt_status


def lab(test, *samples, unit=None, uln=40.0, **fields):
    unit = unit or {"NEUT": "10^9/L", "PLAT": "10^9/L", "BILI": "umol/L"}.get(test, "U/L")
    return [
        {"USUBJID": "S", "LBTESTCD": test, "LBSTRESN": value, "LBSTRESU": unit, "LBSTNRHI": uln, "LBDAY": d} | fields
        for d, value in samples
    ]


def events(make_trial, rows, settings=(), cutoff="2026-06-30", **domains):
    cut = make_trial({"S": {"seen": (28, 60)}}, LB=rows, settings=settings, cutoff=cutoff, **domains)
    return derive_dlt_events(cut).query("SRC == 'LB'").reset_index(drop=True)


def status(make_trial, rows, **more):
    return str(derive_dlt_status(make_trial({"S": {"seen": (28, 60)}}, LB=rows, **more))["STATUS"][0])


NORMAL = (-1, 3.0)


@pytest.mark.parametrize("samples, screen", [
    ([NORMAL, (5, 0.49), (12, 2.0)], False),            # 7 days
    ([NORMAL, (5, 0.49), (13, 2.0)], True),             # 8 days
    ([NORMAL, (5, 0.49), (9, 0.3), (12, 0.5)], False),  # exactly 0.5 is grade 3
    ([NORMAL, (5, 0.49), (9, 0.3)], None),              # no later sample
    ([NORMAL, (5, 0.49), (14, 0.3)], True),             # no later sample, but surely longer than 7 days
    ([NORMAL, (29, 0.3), (40, 2.0)], False),            # began after the window
])  # fmt: skip
def test_d03_neutrophils_below_half_for_more_than_7_days(make_trial, samples, screen):
    found = events(make_trial, lab("NEUT", *samples))
    assert (found["CLAUSES"][0], None if pd.isna(found["SCREEN"][0]) else bool(found["SCREEN"][0])) == ("D03", screen)


def test_a_value_without_a_known_unit_makes_no_candidate(make_trial):
    assert events(make_trial, lab("NEUT", (5, 0.3), unit="furlongs")).empty


def test_a_fluid_is_not_blood(make_trial):
    assert events(make_trial, lab("NEUT", NORMAL, (5, 0.3), LBSPEC="ASCITES FLUID")).empty
    assert len(events(make_trial, lab("NEUT", NORMAL, (5, 0.3), LBSPEC="BLOOD"))) == 1


def test_a_reported_number_stands_in_for_a_missing_standard_one(make_trial):
    rows = [row | {"LBSTRESN": None, "LBORRES": "0.3", "LBORRESU": "10^9/L"} for row in lab("NEUT", (5, None))]
    assert len(events(make_trial, rows)) == 1
    assert events(make_trial, [row | {"LBORRES": "<0.3"} for row in rows]).empty


def test_of_the_dose_day_the_first_sample_is_before_the_dose(make_trial):
    assert events(make_trial, lab("NEUT", (1, 0.3))).empty
    assert len(events(make_trial, lab("NEUT", (1, 3.0), (1, 0.3)))) == 1
    assert len(events(make_trial, lab("NEUT", (1, 0.3), LBTPTNUM=1.0))) == 1
    labelled = lab("NEUT", (1, 3.0), (1, 0.3))
    assert events(make_trial, [labelled[0], labelled[1] | {"LBTPTNUM": -1.0}]).empty


def test_clock_times_tell_before_from_after(make_trial):
    def at(time):
        rows = [
            {"USUBJID": "S", "LBTESTCD": "NEUT", "LBSTRESN": 0.3, "LBSTRESU": "10^9/L", "LBDTC": f"2026-03-02T{time}"}
        ]
        cut = make_trial({"S": {"clock": "T10:00"}}, LB=rows)
        return len(derive_dlt_events(cut).query("SRC == 'LB'"))

    assert (at("09:59"), at("10:01")) == (0, 1)


def test_d03_platelets_grade_3_with_bleeding(make_trial):
    low = lab("PLAT", (-1, 200.0), (5, 40.0), (9, 100.0))
    bleed = {
        "USUBJID": "S",
        "AETERM": "x",
        "AEDECOD": "Epistaxis",
        "AETOXGR": "1",
        "AEREL": "NOT RELATED",
        "AESTDAY": 9,
        "AEENDAY": 9,
    }
    assert list(events(make_trial, low, AE=[bleed])["VERDICT"]) == ["CANDIDATE"]
    assert events(make_trial, low, AE=[bleed | {"AESTDAY": 10, "AEENDAY": 10}]).empty
    assert events(make_trial, low).empty


@pytest.mark.parametrize("samples, uln, screen", [
    ([(-1, 30.0), (5, 201.0), (13, 40.0)], 40.0, True),    # above 5 x ULN for 8 days
    ([(-1, 30.0), (5, 201.0), (12, 40.0)], 40.0, False),   # 7 days
    ([(-1, 30.0), (5, 200.0), (13, 40.0)], 40.0, "none"),  # exactly 5 x ULN
    ([(-1, 80.0), (5, 241.0), (13, 90.0)], 40.0, True),    # abnormal baseline: above 3 x baseline
    ([(-1, 80.0), (5, 240.0), (13, 90.0)], 40.0, "none"),  # exactly 3 x baseline, although 6 x ULN
    ([(5, 201.0), (13, 40.0)], 40.0, True),                # no baseline: the range decides
    ([(-1, 30.0), (5, 201.0), (13, 40.0)], None, "none"),  # no range: cannot be judged, never a candidate by itself
])  # fmt: skip
def test_d07_transaminases(make_trial, samples, uln, screen):
    found = events(make_trial, lab("ALT", *samples, uln=uln))
    assert ("none" if found.empty else bool(found["SCREEN"][0])) == screen


@pytest.mark.parametrize("bilirubin, alp, candidate", [
    (40.0, 100.0, True),    # 2 x ULN exactly
    (39.9, 100.0, False),
    (40.0, 200.0, False),   # ALP 2 x ULN explains it
    (40.0, None, True),     # ALP unknown
])  # fmt: skip
def test_d07_hys_law(make_trial, bilirubin, alp, candidate):
    rows = (
        lab("ALT", (5, 120.0), (8, 30.0))
        + lab("BILI", (7, bilirubin), uln=20.0)
        + (lab("ALP", (7, alp), uln=100.0) if alp else [])
    )
    found = events(make_trial, rows)
    assert list(found["VERDICT"]) == (["CANDIDATE"] if candidate else [])


def test_hys_law_begins_in_the_window_by_its_first_sample(make_trial):
    rows = lab("ALT", (28, 120.0)) + lab("BILI", (35, 60.0), uln=20.0)
    assert list(events(make_trial, rows)["VERDICT"]) == ["CANDIDATE"]
    rows = lab("ALT", (29, 120.0)) + lab("BILI", (35, 60.0), uln=20.0)
    assert list(events(make_trial, rows)["VERDICT"]) == ["LATE"]


def judged(value, date):
    return {"ADJUD": [{"USUBJID": "S", "ITEM": "DLT", "VALUE": value, "ADJDTC": date, "AESEQ": None}]}


def test_a_judgement_without_aeseq_covers_what_began_by_its_date(make_trial, day):
    low = lab("NEUT", NORMAL, (5, 0.4), (14, 0.3), (20, 2.0))
    assert status(make_trial, low, **judged("N", day(14))) == "CLEAR"
    assert status(make_trial, low, **judged("N", day(4))) == "CANDIDATE"  # dated before the first qualifying sample
    assert status(make_trial, low, **judged("N", day(13))) == "CANDIDATE"  # a qualifying sample after it reopens
    assert status(make_trial, low, **judged("Y", day(14))) == "DLT"


def test_it_never_covers_an_adverse_event_nor_an_investigators_yes(make_trial, day):
    event = {
        "USUBJID": "S",
        "AETERM": "x",
        "AEDECOD": "Hypotension",
        "AETOXGR": "3",
        "AEREL": "RELATED",
        "AESTDAY": 5,
        "AEENDAY": 6,
    }
    assert status(make_trial, [], AE=[event], **judged("N", day(40))) == "CANDIDATE"
    assert status(make_trial, [], AE=[event | {"AEDLT": "Y"}], **judged("N", day(40))) == "DLT"


def test_an_adverse_event_of_the_same_kind_carries_the_samples(make_trial):
    """The run is laboratory-only unless such an event counts, was judged, or is known to be unrelated at that grade."""
    low = lab("NEUT", NORMAL, (5, 0.4), (14, 0.3), (20, 2.0))
    event = {
        "USUBJID": "S",
        "AETERM": "x",
        "AEDECOD": "Neutropenia",
        "AETOXGR": "4",
        "AEREL": "RELATED",
        "AESTDAY": 5,
        "AEENDAY": 20,
    }
    assert events(make_trial, low, AE=[event]).empty
    assert events(make_trial, low, AE=[event | {"AEREL": "NOT RELATED"}]).empty
    assert len(events(make_trial, low, AE=[event | {"AEREL": "NOT RELATED", "AETOXGR": "3"}])) == 1
    assert len(events(make_trial, low, AE=[event | {"AEENDAY": 10}])) == 1  # as reported it was too short to count
    assert len(events(make_trial, low, AE=[event | {"AESTDAY": 40, "AEENDAY": 50, "AEREL": "NOT RELATED"}])) == 1
    no = [{"USUBJID": "S", "ITEM": "DLT", "VALUE": "N", "ADJDTC": "2026-04-10", "AESEQ": 1}]
    assert status(make_trial, low, AE=[event], ADJUD=no) == "CLEAR"


@pytest.mark.parametrize(
    "clause, rows",
    [("D03", lab("NEUT", NORMAL, (5, 0.3))), ("D07", lab("ALT", (5, 900.0)) + lab("BILI", (5, 90.0), uln=20.0))],
)
def test_the_clauses_can_be_switched_off(make_trial, clause, rows):
    assert len(events(make_trial, rows))
    assert events(make_trial, rows, settings=(f"dlt_clauses={{{clause}: {{on: false, grade: 3}}}}",)).empty
    assert events(make_trial, rows, settings=("dlt_clauses={}",)).empty


def test_partial_sample_dates_stay_open(make_trial):
    rows = [{"USUBJID": "S", "LBTESTCD": "NEUT", "LBSTRESN": 0.3, "LBSTRESU": "10^9/L", "LBDTC": "2026-04"}]
    found = events(make_trial, rows)
    assert list(found["ONSET"]) == [False]
    assert events(make_trial, [rows[0] | {"LBDTC": "2026-03"}]).empty  # may be before the first dose
