"""Clauses D01 to D10 in the order of spec escalation.md section 6: at the limit, one step beyond, missing."""

import pandas as pd
import pytest

from nk521lib.chapters.escalation import derive_dlt_events

A, B = "A_DL1", "B_DL1"

# fmt: off
ROWS = [
    # name, arm, event, start day, end day (None: open), further fields, clauses, screen (None: cannot be told)
    ("D01 grade 5",                        A, "Sepsis", 5, 6, dict(AETOXGR="5"), "D01;D02", True),
    ("D01 outcome fatal",                  A, "Sepsis", 5, 6, dict(AETOXGR="4", AEOUT="FATAL"), "D01;D02", True),
    ("D01 unrelated death",                A, "Sepsis", 5, 6, dict(AETOXGR="5", AEREL="NOT RELATED"), "", False),
    ("D02 grade 3",                        A, "Hypotension", 5, 6, dict(AETOXGR="3"), "D02", True),
    ("D02 grade 2",                        A, "Hypotension", 5, 25, dict(AETOXGR="2"), "", False),
    ("D02 grade unknown",                  A, "Hypotension", 5, 6, dict(AETOXGR=None), "D02", None),
    ("D02 grade not a grade",              A, "Hypotension", 5, 6, dict(AETOXGR="6"), "D02", None),
    ("D02 diarrhoea 72 h",                 A, "Diarrhoea", 5, 8, dict(AETOXGR="3"), "", False),
    ("D02 diarrhoea 4 days",               A, "Diarrhoea", 5, 9, dict(AETOXGR="3"), "D02", True),
    ("D02 diarrhoea, end unknown",         A, "Diarrhoea", 5, None, dict(AETOXGR="3"), "D02", None),
    ("D02 diarrhoea grade 4 for a day",    A, "Diarrhoea", 5, 6, dict(AETOXGR="4"), "D02", True),
    ("D02 fever, same day",                A, "Pyrexia", 5, 5, dict(AETOXGR="3"), "", False),
    ("D02 fever, next day",                A, "Pyrexia", 5, 6, dict(AETOXGR="3"), "", False),
    ("D02 fever, 2 days",                  A, "Pyrexia", 5, 7, dict(AETOXGR="3"), "D02", True),
    ("D02 fever grade 4",                  A, "Pyrexia", 5, 5, dict(AETOXGR="4"), "D02", True),
    ("D02 laboratory 7 days",              A, "Hypokalaemia", 5, 12, dict(AETOXGR="3"), "", False),
    ("D02 laboratory 8 days",              A, "Hypokalaemia", 5, 13, dict(AETOXGR="3"), "D02", True),
    ("D02 uncoded, grade 3",               A, None, 5, 6, dict(AETOXGR="3", AETERM="felt awful"), "D02", True),
    ("D02 uncoded but listed",             A, None, 5, 8, dict(AETOXGR="3", AETERM="vomiting"), "", False),
    ("D03 lymphopenia never",              A, "Lymphopenia", 5, 25, dict(AETOXGR="4"), "", False),
    ("D03 neutropenia grade 4, 7 days",    A, "Neutropenia", 5, 12, dict(AETOXGR="4"), "", False),
    ("D03 neutropenia grade 4, 8 days",    A, "Neutropenia", 5, 13, dict(AETOXGR="4"), "D03", True),
    ("D03 neutropenia grade 4, open",      A, "Neutropenia", 5, None, dict(AETOXGR="4"), "D03", None),
    ("D03 neutropenia grade 3, 20 days",   A, "Neutropenia", 5, 25, dict(AETOXGR="3"), "", False),
    ("D03 febrile neutropenia",            A, "Febrile neutropenia", 5, 6, dict(AETOXGR="3"), "D03", True),
    ("D03 platelets grade 4, 8 days",      A, "Platelet count decreased", 5, 13, dict(AETOXGR="4"), "D03", True),
    ("D03 platelets grade 3, no bleeding", A, "Platelet count decreased", 5, 13, dict(AETOXGR="3"), "", False),
    ("D03 anaemia grade 4",                A, "Anaemia", 5, 6, dict(AETOXGR="4"), "D03", True),
    ("D03 anaemia grade 3",                A, "Anaemia", 5, 25, dict(AETOXGR="3"), "", False),
    ("D04 CRS grade 3",                    A, "Cytokine release syndrome", 5, 6, dict(AETOXGR="2", CRSGR="3"), "D04", True),
    ("D04 CRS grade 2, 7 days",            A, "Cytokine release syndrome", 5, 12, dict(AETOXGR="3", CRSGR="2"), "", False),
    ("D04 CRS grade 2, 8 days",            A, "Cytokine release syndrome", 5, 13, dict(AETOXGR="2", CRSGR="2"), "D04", True),
    ("D04 CRS by AETOXGR",                 A, "Cytokine release syndrome", 5, 6, dict(AETOXGR="3"), "D04", True),
    ("D04 CRS grade 1",                    A, "Cytokine release syndrome", 5, 25, dict(AETOXGR="1", CRSGR="1"), "", False),
    ("D05 ICANS grade 3",                  A, "Immune effector cell-associated neurotoxicity syndrome", 5, 6, dict(AETOXGR="1", ICANSGR="3"), "D05", True),
    ("D05 ICANS grade 2, 72 h",            A, "Immune effector cell-associated neurotoxicity syndrome", 5, 8, dict(AETOXGR="2", ICANSGR="2"), "", False),
    ("D05 ICANS grade 2, 4 days",          A, "Immune effector cell-associated neurotoxicity syndrome", 5, 9, dict(AETOXGR="2", ICANSGR="2"), "D05", True),
    ("D06 acute GvHD grade 2",             A, "Acute graft versus host disease", 5, 9, dict(AETOXGR="2"), "D06", True),
    ("D06 acute GvHD grade 1",             A, "Acute graft versus host disease", 5, 9, dict(AETOXGR="1"), "", False),
    ("D06 chronic GvHD grade 1",           A, "Chronic graft versus host disease", 5, 9, dict(AETOXGR="1"), "D06", True),
    ("D07 ALT grade 3, 7 days",            A, "Alanine aminotransferase increased", 5, 12, dict(AETOXGR="3"), "", False),
    ("D07 ALT grade 3, 8 days",            A, "Alanine aminotransferase increased", 5, 13, dict(AETOXGR="3"), "D02;D07", True),
    ("D08 peritonitis grade 3",            B, "Peritonitis", 5, 6, dict(AETOXGR="3"), "D02;D08", True),
    ("D08 peritonitis grade 2, 3 days",    B, "Peritonitis", 5, 8, dict(AETOXGR="2"), "", False),
    ("D08 peritonitis grade 2, 4 days",    B, "Peritonitis", 5, 9, dict(AETOXGR="2"), "D08", True),
    ("D08 peritonitis grade 2, group A",   A, "Peritonitis", 5, 9, dict(AETOXGR="2"), "", False),
    ("D08 perforation grade 2",            B, "Intestinal perforation", 5, 6, dict(AETOXGR="2"), "D08", True),
    ("D08 pain grade 3, 48 h",             B, "Abdominal pain", 5, 7, dict(AETOXGR="3"), "D02", True),
    ("D08 pain grade 3, 3 days",           B, "Abdominal pain", 5, 8, dict(AETOXGR="3"), "D02;D08", True),
    ("D08 catheter grade 3",               B, "Catheter site infection", 5, 6, dict(AETOXGR="3"), "D02;D08", True),
    ("D08 catheter grade 2",               B, "Catheter site infection", 5, 25, dict(AETOXGR="2"), "", False),
    ("D09 anaphylaxis grade 3",            A, "Anaphylactic reaction", 5, 5, dict(AETOXGR="3"), "D02;D09", True),
    ("D09 hypersensitivity grade 2",       A, "Hypersensitivity", 5, 9, dict(AETOXGR="2"), "", False),
    ("D09 infusion reaction, 24 h",        A, "Infusion related reaction", 5, 6, dict(AETOXGR="3"), "", False),
    ("D09 infusion reaction, 2 days",      A, "Infusion related reaction", 5, 7, dict(AETOXGR="3"), "D09", True),
    ("D09 infusion reaction grade 4",      A, "Infusion related reaction", 5, 5, dict(AETOXGR="4"), "D09", True),
    ("relation possible",                  A, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL="POSSIBLE"), "D02", True),
    ("relation probable, mapped",          A, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL="PROBABLE"), "D02", True),
    ("relation empty",                     A, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL=None), "D02", True),
    ("relation not mapped",                A, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL="CONDITIONAL"), "D02", True),
    ("relation unlikely",                  A, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL="UNLIKELY"), "", False),
    ("relation to the catheter only",      B, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL="NOT RELATED", AERELPR="Y"), "D02", True),
    ("relation to neither",                B, "Hypotension", 5, 6, dict(AETOXGR="3", AEREL="NOT RELATED", AERELPR="N"), "", False),
    ("onset on day 28",                    A, "Hypotension", 28, 29, dict(AETOXGR="3"), "D02", True),
    ("onset on day 29",                    A, "Hypotension", 29, 30, dict(AETOXGR="3"), "D02", False),
    ("onset on day 1",                     A, "Hypotension", 1, 2, dict(AETOXGR="3"), "D02", True),
    ("onset month only",                   A, "Hypotension", None, 40, dict(AETOXGR="3", AESTDTC="2026-03"), "D02", None),
    ("onset missing",                      A, "Hypotension", None, 40, dict(AETOXGR="3"), "D02", None),
    ("onset missing, ended before day 1",  A, "Hypotension", None, -1, dict(AETOXGR="3"), "D02", False),
    ("began before, initial grade unknown", A, "Hypotension", -3, 9, dict(AETOXGR="3"), "D02", None),
    ("began before, ended before",         A, "Hypotension", -3, -1, dict(AETOXGR="3"), "D02", False),
    ("began before, still going on",       A, "Hypotension", -3, None, dict(AETOXGR="3", AEOUT="NOT RECOVERED/NOT RESOLVED"), "D02", None),
]
# fmt: on


def _subject(row) -> str:
    return row[0].replace(" ", "_")


@pytest.fixture(scope="module")
def screened(make_trial) -> pd.DataFrame:
    """One subject per row of the table, screened together: the screen knows no neighbours."""
    events = []
    for row in ROWS:
        _, _, term, start, end, fields, _, _ = row
        event = {
            "USUBJID": _subject(row),
            "AETERM": term or "x",
            "AEDECOD": term,
            "AEREL": "RELATED",
            "AESTDTC": None,
            "AEENDTC": None,
        }
        event |= {"AESTDAY": start} if start is not None else {}
        event |= {"AEENDAY": end} if end is not None else {}
        events.append(
            {k: v for k, v in event.items() if not (k[:6] in ("AESTDT", "AEENDT") and f"{k[:4]}DAY" in event)} | fields
        )
    subjects = {_subject(row): {"arm": row[1], "seen": (28, 60)} for row in ROWS}
    return derive_dlt_events(make_trial(subjects, AE=events)).query("SRC == 'AE'").set_index("USUBJID")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_clause_by_clause(screened, row):
    event = screened.loc[_subject(row)]
    assert (event["CLAUSES"], None if pd.isna(event["SCREEN"]) else bool(event["SCREEN"])) == (row[6], row[7])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_cannot_be_told_is_a_candidate_and_never_clear(screened, row):
    """Rulings 3.3: screen positive or undecided is CANDIDATE; without investigator and committee nothing is a DLT."""
    expected = "CANDIDATE" if row[7] is not False else "LATE" if row[0] == "onset on day 29" else "NONE"
    assert screened.loc[_subject(row), "VERDICT"] == expected


def one(make_trial, *events, settings=(), arm=A, **plan):
    made = [
        {"USUBJID": "S", "AETERM": "x", "AEDECOD": "Hypotension", "AEREL": "RELATED", "AETOXGR": "3"} | event
        for event in events
    ]
    cut = make_trial({"S": {"arm": arm} | plan}, AE=made, settings=settings)
    return derive_dlt_events(cut).query("SRC == 'AE'").reset_index(drop=True)


def test_times_decide_24_hours_when_both_are_known(make_trial):
    start = {"AEDECOD": "Pyrexia", "AESTDTC": "2026-03-06T10:00"}
    within = one(make_trial, start | {"AEENDTC": "2026-03-07T10:00"}, start | {"AEENDTC": "2026-03-07T10:01"})
    assert list(within["SCREEN"]) == [False, True]


def test_an_event_of_day_1_before_the_dose_by_the_clock_is_not_in_the_window(make_trial):
    events = one(
        make_trial,
        {"AESTDTC": "2026-03-02T08:00", "AEENDTC": "2026-03-02T09:00"},
        {"AESTDTC": "2026-03-02T11:00", "AEENDTC": "2026-03-03"},
        clock="T10:00",
    )
    assert pd.isna(events["ONSET"][0])  # it went on past the dose: it may have worsened then
    assert events["ONSET"][1]


def test_grade_changes_of_one_episode_count_from_the_rise(make_trial):
    """Rulings 5.1: with AEGRPID a record after the first dose counts only above the highest grade before it."""
    rose = one(
        make_trial,
        {"AEGRPID": "G", "AETOXGR": "2", "AESTDAY": -3, "AEENDAY": 4},
        {"AEGRPID": "G", "AESTDAY": 4, "AEENDAY": 9},
    )
    assert list(rose["SCREEN"]) == [False, True]
    same = one(make_trial, {"AEGRPID": "G", "AESTDAY": -3, "AEENDAY": 4}, {"AEGRPID": "G", "AESTDAY": 4, "AEENDAY": 9})
    assert list(same["SCREEN"]) == [False, False]


def test_exemptions_hold_over_the_whole_episode(make_trial):
    """A grade 4 record of the same episode voids the exemption of grade 3."""
    events = one(make_trial, {"AEDECOD": "Vomiting", "AEGRPID": "G", "AESTDAY": 5, "AEENDAY": 6},
                 {"AEDECOD": "Vomiting", "AEGRPID": "G", "AETOXGR": "4", "AESTDAY": 6, "AEENDAY": 7})  # fmt: skip
    assert list(events["SCREEN"]) == [True, True]
    mild = one(make_trial, {"AEDECOD": "Vomiting", "AEGRPID": "G", "AESTDAY": 5, "AEENDAY": 6},
               {"AEDECOD": "Vomiting", "AEGRPID": "G", "AETOXGR": "2", "AESTDAY": 6, "AEENDAY": 20})  # fmt: skip
    assert list(mild["SCREEN"]) == [False, False]


def test_low_platelets_count_with_bleeding_at_the_same_time(make_trial):
    low = {"AEDECOD": "Thrombocytopenia", "AESTDAY": 5, "AEENDAY": 9}
    bleed = {"AEDECOD": "Epistaxis", "AETOXGR": "1", "AEREL": "NOT RELATED"}
    assert list(one(make_trial, low, bleed | {"AESTDAY": 9, "AEENDAY": 9})["CLAUSES"]) == ["D03", ""]
    assert list(one(make_trial, low, bleed | {"AESTDAY": 10, "AEENDAY": 10})["CLAUSES"]) == ["", ""]


def test_a_clause_can_be_switched_off_and_moved(make_trial):
    clauses = "dlt_clauses={D02: {on: %s, grade: %d, days: 7}}"
    event = {"AESTDAY": 5, "AEENDAY": 6}
    assert list(one(make_trial, event, settings=(clauses % ("false", 3),))["CLAUSES"]) == [""]
    assert list(one(make_trial, event, settings=(clauses % ("true", 4),))["CLAUSES"]) == [""]
    assert list(one(make_trial, event, settings=(clauses % ("true", 2),))["CLAUSES"]) == ["D02"]


def test_a_clause_without_days_asks_for_no_duration(make_trial):
    event = {"AEDECOD": "Neutropenia", "AETOXGR": "4", "AESTDAY": 5, "AEENDAY": 5}
    assert list(one(make_trial, event, settings=("dlt_clauses={D03: {on: true, grade: 4}}",))["CLAUSES"]) == ["D03"]


def test_worsening_of_unknown_date_can_be_left_out(make_trial):
    event = {"AESTDAY": -3, "AEENDAY": 9}
    assert list(one(make_trial, event, settings=("worsening_unknown=not_teae",))["SCREEN"]) == [False]


def test_a_grade_of_another_scale_is_read_for_its_own_event_alone(make_trial):
    """A fever that carries the grade of the CRS it belongs to is judged as a fever, by its own grade."""
    fever = {"AEDECOD": "Pyrexia", "AESTDAY": 5, "AEENDAY": 5, "CRSGR": "1"}
    events = one(make_trial, fever, fever | {"AETOXGR": "4", "CRSGR": "2"}, fever | {"AETOXGR": None})
    assert [None if pd.isna(s) else s for s in events["SCREEN"]] == [False, True, None]
