"""adae: emergence, imputed dates, grade, relation, DLT as recorded, occurrence (spec safety.md 2-3, rulings.md 1, 5.1-5.2, 5.7)."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.adverse_events import NOT_CODED, derive_adae

T = pd.Timestamp


@pytest.fixture
def one(dosed):
    """The only adae row of a subject dosed on 10 and 17 May 2026."""

    def make(settings=(), **event):
        cut, adsl = dosed(
            AE=[{"AETERM": "x", "AEDECOD": "Nausea", "AETOXGR": "1", "AEREL": "RELATED"} | event], settings=settings
        )
        return derive_adae(cut, adsl).iloc[0]

    return make


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


@pytest.mark.parametrize("start, end, teae, test", ORDER)
def test_emergence_follows_the_order_of_tests(one, start, end, teae, test):
    row = one(AESTDTC=start, AEENDTC=end)
    assert (row["TRTEMFL"] == "Y" if teae else pd.isna(row["TRTEMFL"])) and row["TEAETEST"] == test


def test_worsening_unknown_is_a_choice(one):
    assert pd.isna(one(AESTDTC="2026-05-09", settings=("worsening_unknown=not_teae",))["TRTEMFL"])


def test_a_time_before_the_dose_of_that_day_is_before_it(dosed):
    events = [
        {"AETERM": t, "AESTDTC": at, "AEENDTC": "2026-05-10T09:00"}
        for t, at in (("early", "2026-05-10T07:00"), ("late", "2026-05-10T08:59"))
    ]
    cut, adsl = dosed(days=("2026-05-10T10:00",), AE=events)
    assert derive_adae(cut, adsl)["TRTEMFL"].isna().all()  # both ended before the first dose


def test_a_grade_change_group_that_began_before_counts_only_its_rise(dosed):
    events = [
        {"AETERM": "Anaemia", "AEDECOD": "Anaemia", "AEGRPID": "g", "AETOXGR": grade, "AESTDTC": start, "AEENDTC": end}
        for grade, start, end in (
            ("1", "2026-05-01", "2026-05-12"),
            ("1", "2026-05-13", "2026-05-20"),
            ("2", "2026-05-21", None),
        )
    ]
    cut, adsl = dosed(AE=events)
    assert derive_adae(cut, adsl)["TRTEMFL"].fillna("").tolist() == ["", "", "Y"]


@pytest.mark.parametrize(
    "text, day, part",
    [("2026-05-20", "2026-05-20", None), ("2026-05", "2026-05-10", "D"), ("2026-06", "2026-06-01", "D"), ("2026", "2026-05-10", "M"),
     ("2025", "2025-01-01", "M"), (None, None, None)],
)  # fmt: skip
def test_starts_are_imputed_to_the_first_day_or_the_first_dose(one, text, day, part):
    row = one(AESTDTC=text)
    assert (row["ASTDT"] == T(day) if day else pd.isna(row["ASTDT"])) and (
        row["ASTDTF"] == part if part else pd.isna(row["ASTDTF"])
    )


@pytest.mark.parametrize(
    "text, day",
    [("2026-06", "2026-06-30"), ("2026-09", "2026-09-30"), ("2026", "2026-09-30"), ("2026-07-04", "2026-07-04")],
)
def test_ends_are_imputed_to_the_last_day_but_not_after_the_cutoff(one, text, day):
    assert one(AESTDTC="2026-05-20", AEENDTC=text)["AENDT"] == T(day)


def test_an_imputed_end_is_not_after_death(dosed):
    cut, adsl = dosed(
        AE=[{"AETERM": "x", "AESTDTC": "2026-05-20", "AEENDTC": "2026-06"}], dm={"DTHDTC": "2026-06-12", "DTHFL": "Y"}
    )
    assert derive_adae(cut, adsl)["AENDT"].tolist() == [T("2026-06-12")]


@pytest.mark.parametrize("text, grade", [("1", 1), ("5", 5), ("0", None), ("6", None), ("GRADE 3", None), (None, None)])
def test_only_1_to_5_is_a_grade(one, text, grade):
    found = one(AETOXGR=text)["ATOXGRN"]
    assert pd.isna(found) if grade is None else found == grade


def test_a_severity_word_is_never_a_grade(one):
    assert pd.isna(one(AETOXGR=None, AESEV="SEVERE")["ATOXGRN"])


@pytest.mark.parametrize(
    "said, related, unknown",
    [("RELATED", True, False), ("POSSIBLE", True, False), ("UNLIKELY", False, False), ("NOT RELATED", False, False), (None, True, True),
     ("PROBABLE", True, False), ("NONE", False, False), ("MAYBE", True, True)],
)  # fmt: skip
def test_relation_missing_or_unmapped_counts_as_related_and_is_marked(one, said, related, unknown):
    row = one(AEREL=said)
    assert (row["RELFL"] == "Y" if related else pd.isna(row["RELFL"])) and (
        row["RELMISFL"] == "Y" if unknown else pd.isna(row["RELMISFL"])
    )


@pytest.mark.parametrize("event", [{"AEOUT": "FATAL"}, {"AESDTH": "Y"}, {"AETOXGR": "5"}])
def test_any_one_record_of_death_makes_an_event_fatal(one, event):
    assert one(**event)["FATALFL"] == "Y"


def test_what_is_not_recorded_as_fatal_is_not_flagged(one):
    assert pd.isna(one(AEOUT=None, AESDTH=None, AETOXGR=None)["FATALFL"])


@pytest.mark.parametrize(
    "action, changed, stopped",
    [
        ("DOSE REDUCED", 1, 0),
        ("DRUG INTERRUPTED", 1, 0),
        ("DOSE DELAYED", 1, 0),
        ("DRUG WITHDRAWN", 0, 1),
        ("DOSE NOT CHANGED", 0, 0),
        (None, 0, 0),
    ],
)
def test_actions_are_counted_as_rulings_5_7(one, action, changed, stopped):
    row = one(AEACN=action)
    assert [
        row["DOSCHGFL"] == "Y" if changed else pd.isna(row["DOSCHGFL"]),
        row["STOPFL"] == "Y" if stopped else pd.isna(row["STOPFL"]),
    ] == [True, True]


def test_a_related_serious_event_after_the_window_is_kept_apart(one):
    late = {"AESTDTC": "2026-08-01", "AESER": "Y"}
    assert one(**late)["POSTSAEFL"] == "Y" and pd.isna(one(**late)["TRTEMFL"])
    assert pd.isna(one(**late, AEREL="NOT RELATED")["POSTSAEFL"])
    assert pd.isna(one(**late, settings=("sae_related_always=false",))["POSTSAEFL"])
    assert pd.isna(one(AESTDTC="2026-05-12", AESER="Y")["POSTSAEFL"])


@pytest.mark.parametrize(
    "investigator, joined, committee, dlt, source",
    [("Y", None, None, True, "INVESTIGATOR"), ("N", None, None, False, "INVESTIGATOR"), (None, None, None, False, None), ("Y", "N", None, False, "COMMITTEE"),
     ("N", None, "Y", True, "COMMITTEE"), ("Y", "Y", "N", False, "COMMITTEE")],
)  # fmt: skip
def test_dlt_is_the_committees_word_else_the_investigators(dosed, investigator, joined, committee, dlt, source):
    said = [{"ITEM": "DLT", "VALUE": committee, "AESEQ": 1, "ADJDTC": "2026-06-01"}] if committee else []
    cut, adsl = dosed(
        AE=[{"AETERM": "x", "AESEQ": 1, "AEDLT": investigator, "AEDLTADJ": joined}], **({"ADJUD": said} if said else {})
    )
    row = derive_adae(cut, adsl).iloc[0]
    assert (row["DLTFL"] == "Y" if dlt else pd.isna(row["DLTFL"])) and (
        row["DLTSRC"] == source if source else pd.isna(row["DLTSRC"])
    )


def test_the_latest_committee_row_stands(dosed):
    rows = [{"ITEM": "DLT", "VALUE": v, "AESEQ": 1, "ADJDTC": d} for v, d in (("N", "2026-06-10"), ("Y", "2026-06-01"))]
    cut, adsl = dosed(AE=[{"AETERM": "x", "AESEQ": 1}], ADJUD=rows)
    assert derive_adae(cut, adsl)["DLTFL"].isna().all()


def test_uncoded_and_differently_spelt_terms(dosed):
    terms = ("Nausea", "NAUSEA ", None)
    cut, adsl = dosed(AE=[{"AETERM": "sick", "AEDECOD": t, "AESTDTC": "2026-05-11"} for t in terms])
    found = derive_adae(cut, adsl)
    assert sorted(found["APT"]) == ["NAUSEA", "NAUSEA", "Not coded: sick"] and set(found["ASOC"]) == {NOT_CODED}


@pytest.mark.parametrize(
    "start, dose, days",
    [
        ("2026-05-10", 1, 0),
        ("2026-05-16", 1, 6),
        ("2026-05-17", 2, 0),
        ("2026-06-01", 2, 15),
        ("2026-05-09", None, None),
        ("2026-05", None, None),
    ],
)
def test_onset_is_placed_after_the_last_dose(one, start, dose, days):
    row = one(AESTDTC=start)
    assert pd.isna(row["ADOSENO"]) if dose is None else (row["ADOSENO"], row["ADOSEDY"]) == (dose, days)


def test_first_and_worst_occurrence_flags_stand_on_one_record_each(dosed):
    events = [("Nausea", "1", "2026-05-11"), ("Nausea", "3", "2026-05-20"), ("Vomiting", "2", "2026-05-12")]
    cut, adsl = dosed(
        AE=[{"AETERM": t, "AEDECOD": t, "AESOC": "Gut", "AETOXGR": g, "AESTDTC": d} for t, g, d in events]
    )
    found = derive_adae(cut, adsl)
    flags = {
        c: found.index[found[c].isin(["Y"])].tolist() for c in ("AOCCFL", "AOCCSFL", "AOCCPFL", "AOCCIFL", "AOCCPIFL")
    }
    assert flags == {"AOCCFL": [0], "AOCCSFL": [0], "AOCCPFL": [0, 1], "AOCCIFL": [2], "AOCCPIFL": [1, 2]}


def test_subjects_without_a_dose_are_not_in_adae(make_cut):
    from nk521lib.chapters.subjects import derive_subjects

    cut = make_cut(DM=[{"USUBJID": "S-1"}], AE=[{"USUBJID": "S-1", "AETERM": "x"}])
    assert derive_adae(cut, derive_subjects(cut)).empty
