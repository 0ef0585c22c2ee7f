"""adae: emergence, imputed dates, grade, relation, DLT as recorded, occurrence (spec safety.md 2-3, rulings.md 1, 5.1-5.2, 5.7).

Every case is the subject of an event of its own, told before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

from functools import cache

import pandas as pd
import pytest

from nk521lib.chapters.safety.adverse_events import NOT_CODED, derive_adae

T = pd.Timestamp

CASES = {}
"""Name of a subject -> (settings, its records by domain): every case has its own, those of the same settings share a snapshot."""


def case(settings=(), adjud=(), events=None, **event) -> str:
    """Who has this event, or these events where there are several."""
    name = f"S-{len(CASES) + 2}"
    usual = {"AETERM": "x", "AEDECOD": "Nausea", "AETOXGR": "1", "AEREL": "RELATED"}
    CASES[name] = settings, {"AE": [usual | event] if events is None else events, "ADJUD": list(adjud)}
    return name


@pytest.fixture(scope="module")
def adae(dosed):
    """adae(case): its rows of adae; the subject was dosed on 10 and 17 May 2026."""

    @cache
    def derive(settings):
        told = {name: records for name, (others, records) in CASES.items() if others == settings}
        domains = {
            domain: [row | {"USUBJID": name} for name, records in told.items() for row in records[domain]]
            for domain in ("AE", "ADJUD")
        }
        domains = {domain: rows for domain, rows in domains.items() if rows}
        return derive_adae(*dosed(more=dict.fromkeys(told, "A_DL1"), settings=settings, **domains))

    def find(name):
        found = derive(CASES[name][0])
        return found[found["USUBJID"].eq(name)].reset_index(drop=True)

    return find


@pytest.fixture(scope="module")
def one(adae):
    """one(case): its only row."""

    def only(name):
        (found,) = (row for _, row in adae(name).iterrows())
        return found

    return only


#   start               end            TEAE   test   spec safety.md section 3, in its order; window ends 14 June
ORDER = [
    ("2026-05-01", "2026-05-09", False, 2),  # ended before the first dose
    (None, None, True, 3),  # start missing
    ("2026-05-10", None, True, 4),  # the day of the first dose
    ("2026-06-14", None, True, 4),  # last day of the window: last dose + 28
    ("2026-06-15", None, False, 6),  # one day beyond
    ("2026-05-09", None, True, 5),  # began before and goes on, initial grade unknown
    ("2026-05-09", "2026-05-10", True, 5),  # ended on the day of the first dose
    ("2026-05", None, True, 4),  # may have begun on treatment
    ("2026-05", "2026-05-09", False, 2),  # but surely ended before
    ("2026-06", None, True, 4),  # may lie in the window
    ("2026-07", None, False, 6),  # surely after it
    ("2026-04", None, True, 5),  # surely before, ongoing
]
ORDER_CASES = {(start, end): case(AESTDTC=start, AEENDTC=end) for start, end, *_ in ORDER}


@pytest.mark.parametrize("start, end, teae, test", ORDER)
def test_emergence_follows_the_order_of_tests(one, start, end, teae, test):
    row = one(ORDER_CASES[start, end])
    assert (row["TRTEMFL"] == "Y" if teae else pd.isna(row["TRTEMFL"])) and row["TEAETEST"] == test


def test_worsening_unknown_is_a_choice(
    one, before=case(AESTDTC="2026-05-09", settings=("worsening_unknown=not_teae",))
):
    assert pd.isna(one(before)["TRTEMFL"])


def test_a_time_before_the_dose_of_that_day_is_before_it(dosed):
    events = [
        {"AETERM": t, "AESTDTC": at, "AEENDTC": "2026-05-10T09:00"}
        for t, at in (("early", "2026-05-10T07:00"), ("late", "2026-05-10T08:59"))
    ]
    cut, adsl = dosed(days=("2026-05-10T10:00",), AE=events)
    assert derive_adae(cut, adsl)["TRTEMFL"].isna().all()  # both ended before the first dose


GRADE_CHANGES = [
    {"AETERM": "Anaemia", "AEDECOD": "Anaemia", "AEGRPID": "g", "AETOXGR": grade, "AESTDTC": start, "AEENDTC": end}
    for grade, start, end in (
        ("1", "2026-05-01", "2026-05-12"),
        ("1", "2026-05-13", "2026-05-20"),
        ("2", "2026-05-21", None),
    )
]


def test_a_grade_change_group_that_began_before_counts_only_its_rise(adae, changing=case(events=GRADE_CHANGES)):
    assert adae(changing)["TRTEMFL"].fillna("").tolist() == ["", "", "Y"]


STARTS = [
    ("2026-05-20", "2026-05-20", None),
    ("2026-05", "2026-05-10", "D"),
    ("2026-06", "2026-06-01", "D"),
    ("2026", "2026-05-10", "M"),
    ("2025", "2025-01-01", "M"),
    (None, None, None),
]
START_CASES = {text: case(AESTDTC=text) for text, *_ in STARTS}


@pytest.mark.parametrize("text, day, part", STARTS)
def test_starts_are_imputed_to_the_first_day_or_the_first_dose(one, text, day, part):
    row = one(START_CASES[text])
    assert (row["ASTDT"] == T(day) if day else pd.isna(row["ASTDT"])) and (
        row["ASTDTF"] == part if part else pd.isna(row["ASTDTF"])
    )


ENDS = [("2026-06", "2026-06-30"), ("2026-09", "2026-09-30"), ("2026", "2026-09-30"), ("2026-07-04", "2026-07-04")]
END_CASES = {text: case(AESTDTC="2026-05-20", AEENDTC=text) for text, _ in ENDS}


@pytest.mark.parametrize("text, day", ENDS)
def test_ends_are_imputed_to_the_last_day_but_not_after_the_cutoff(one, text, day):
    assert one(END_CASES[text])["AENDT"] == T(day)


def test_an_imputed_end_is_not_after_death(dosed):
    cut, adsl = dosed(
        AE=[{"AETERM": "x", "AESTDTC": "2026-05-20", "AEENDTC": "2026-06"}], dm={"DTHDTC": "2026-06-12", "DTHFL": "Y"}
    )
    assert derive_adae(cut, adsl)["AENDT"].tolist() == [T("2026-06-12")]


GRADES = [("1", 1), ("5", 5), ("0", None), ("6", None), ("GRADE 3", None), (None, None)]
GRADE_CASES = {text: case(AETOXGR=text) for text, _ in GRADES}


@pytest.mark.parametrize("text, grade", GRADES)
def test_only_1_to_5_is_a_grade(one, text, grade):
    found = one(GRADE_CASES[text])["ATOXGRN"]
    assert pd.isna(found) if grade is None else found == grade


def test_a_severity_word_is_never_a_grade(one, severe=case(AETOXGR=None, AESEV="SEVERE")):
    assert pd.isna(one(severe)["ATOXGRN"])


#    said            related  unknown
RELATIONS = [
    ("RELATED",      True,    False),
    ("POSSIBLE",     True,    False),
    ("UNLIKELY",     False,   False),
    ("NOT RELATED",  False,   False),
    (None,           True,    True),
    ("PROBABLE",     True,    False),
    ("NONE",         False,   False),
    ("MAYBE",        True,    True),
]  # fmt: skip
RELATION_CASES = {said: case(AEREL=said) for said, *_ in RELATIONS}


@pytest.mark.parametrize("said, related, unknown", RELATIONS)
def test_relation_missing_or_unmapped_counts_as_related_and_is_marked(one, said, related, unknown):
    row = one(RELATION_CASES[said])
    assert (row["RELFL"] == "Y" if related else pd.isna(row["RELFL"])) and (
        row["RELMISFL"] == "Y" if unknown else pd.isna(row["RELMISFL"])
    )


@pytest.mark.parametrize(
    "fatal", [case(AEOUT="FATAL"), case(AESDTH="Y"), case(AETOXGR="5")], ids=["event0", "event1", "event2"]
)
def test_any_one_record_of_death_makes_an_event_fatal(one, fatal):
    assert one(fatal)["FATALFL"] == "Y"


def test_what_is_not_recorded_as_fatal_is_not_flagged(one, silent=case(AEOUT=None, AESDTH=None, AETOXGR=None)):
    assert pd.isna(one(silent)["FATALFL"])


#    action             changed stopped
ACTIONS = [
    ("DOSE REDUCED",     1, 0),
    ("DRUG INTERRUPTED", 1, 0),
    ("DOSE DELAYED",     1, 0),
    ("DRUG WITHDRAWN",   0, 1),
    ("DOSE NOT CHANGED", 0, 0),
    (None,               0, 0),
]  # fmt: skip
ACTION_CASES = {action: case(AEACN=action) for action, *_ in ACTIONS}


@pytest.mark.parametrize("action, changed, stopped", ACTIONS)
def test_actions_are_counted_as_rulings_5_7(one, action, changed, stopped):
    row = one(ACTION_CASES[action])
    assert [
        row["DOSCHGFL"] == "Y" if changed else pd.isna(row["DOSCHGFL"]),
        row["STOPFL"] == "Y" if stopped else pd.isna(row["STOPFL"]),
    ] == [True, True]


LATE = {"AESTDTC": "2026-08-01", "AESER": "Y"}


def test_a_related_serious_event_after_the_window_is_kept_apart(
    one,
    late=case(**LATE),
    unrelated=case(**LATE, AEREL="NOT RELATED"),
    not_kept=case(**LATE, settings=("sae_related_always=false",)),
    inside=case(AESTDTC="2026-05-12", AESER="Y"),
    after_the_last_dose=case(AESTDTC="2026-05-20", AESER="Y"),
):
    assert one(late)["POSTSAEFL"] == "Y" and pd.isna(one(late)["TRTEMFL"])
    assert pd.isna(one(unrelated)["POSTSAEFL"])
    assert pd.isna(one(not_kept)["POSTSAEFL"])
    assert pd.isna(one(inside)["POSTSAEFL"]) and pd.isna(one(after_the_last_dose)["POSTSAEFL"])


def judge(value, date="2026-06-01"):
    return {"ITEM": "DLT", "VALUE": value, "AESEQ": 1, "ADJDTC": date}


def may_be_dlt(investigator, joined, committee):
    """An event of no grade and no relation, of which investigator and committee may have said something."""
    event = {"AETERM": "x", "AEDLT": investigator, "AEDLTADJ": joined}
    return case(events=[event], adjud=[judge(committee)] if committee else [])


#    investigator, joined, committee  DLT    by
DLTS = [
    ("Y",  None, None, True,  "INVESTIGATOR"),
    ("N",  None, None, False, "INVESTIGATOR"),
    (None, None, None, False, None),
    ("Y",  "N",  None, False, "COMMITTEE"),
    ("N",  None, "Y",  True,  "COMMITTEE"),
    ("Y",  "Y",  "N",  False, "COMMITTEE"),
]  # fmt: skip
DLT_CASES = {row[:3]: may_be_dlt(*row[:3]) for row in DLTS}


@pytest.mark.parametrize("investigator, joined, committee, dlt, source", DLTS)
def test_dlt_is_the_committees_word_else_the_investigators(one, investigator, joined, committee, dlt, source):
    row = one(DLT_CASES[investigator, joined, committee])
    assert (row["DLTFL"] == "Y" if dlt else pd.isna(row["DLTFL"])) and (
        row["DLTSRC"] == source if source else pd.isna(row["DLTSRC"])
    )


def test_the_latest_committee_row_stands(
    one,
    twice=case(events=[{"AETERM": "x"}], adjud=[judge("N", "2026-06-10"), judge("Y", "2026-06-01")]),
):
    assert pd.isna(one(twice)["DLTFL"])


TERMS = [{"AETERM": "sick", "AEDECOD": term, "AESTDTC": "2026-05-11"} for term in ("Nausea", "NAUSEA ", None)]


def test_uncoded_and_differently_spelt_terms(adae, spelt=case(events=TERMS)):
    found = adae(spelt)
    assert sorted(found["APT"]) == ["NAUSEA", "NAUSEA", "Not coded: sick"] and set(found["ASOC"]) == {NOT_CODED}


#    start         dose  days after it
ONSETS = [
    ("2026-05-10", 1,    0),
    ("2026-05-16", 1,    6),
    ("2026-05-17", 2,    0),
    ("2026-06-01", 2,    15),
    ("2026-05-09", None, None),
    ("2026-05",    None, None),
]  # fmt: skip
ONSET_CASES = {start: case(AESTDTC=start) for start, *_ in ONSETS}


@pytest.mark.parametrize("start, dose, days", ONSETS)
def test_onset_is_placed_after_the_last_dose(one, start, dose, days):
    row = one(ONSET_CASES[start])
    assert pd.isna(row["ADOSENO"]) if dose is None else (row["ADOSENO"], row["ADOSEDY"]) == (dose, days)


OCCURRENCES = [
    {"AETERM": term, "AEDECOD": term, "AESOC": "Gut", "AETOXGR": grade, "AESTDTC": start}
    for term, grade, start in (
        ("Nausea", "1", "2026-05-11"),
        ("Nausea", "3", "2026-05-20"),
        ("Vomiting", "2", "2026-05-12"),
    )
]


def test_first_and_worst_occurrence_flags_stand_on_one_record_each(adae, several=case(events=OCCURRENCES)):
    found = adae(several)
    flags = {
        c: found.index[found[c].isin(["Y"])].tolist() for c in ("AOCCFL", "AOCCSFL", "AOCCPFL", "AOCCIFL", "AOCCPIFL")
    }
    assert flags == {"AOCCFL": [0], "AOCCSFL": [0], "AOCCPFL": [0, 1], "AOCCIFL": [2], "AOCCPIFL": [1, 2]}


def test_subjects_without_a_dose_are_not_in_adae(make_cut):
    from nk521lib.chapters.subjects import derive_subjects

    cut = make_cut(DM=[{"USUBJID": "S-1"}], AE=[{"USUBJID": "S-1", "AETERM": "x"}])
    assert derive_adae(cut, derive_subjects(cut)).empty
