"""Which events need a narrative, and the values and drugs around them.

Every case is a subject told beside its test, before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

from dataclasses import dataclass

import pandas as pd
import pytest

from nk521lib.chapters.safety.adverse_events import derive_adae
from nk521lib.chapters.safety.laboratory import derive_adlb
from nk521lib.chapters.safety.narratives import derive_medication_around, derive_narrated, derive_values_around
from nk521lib.chapters.safety.people import derive_deaths

EVENT = {
    "AESEQ": 1,
    "AETERM": "x",
    "AEDECOD": "NAUSEA",
    "AESTDTC": "2026-05-12",
    "AETOXGR": "2",
    "AESER": "N",
    "AEREL": "RELATED",
}
VERDICTS = ["USUBJID", "SRC", "SEQ", "TERM", "VERDICT", "CLAUSES", "LOW", "HIGH", "ENDLOW", "ENDHIGH"]


CASES = {}
"""Name of a subject -> what is recorded of it: every case has its own, and one snapshot holds all."""


@dataclass(frozen=True)
class Case:
    """verdicts : its rows as derive_dlt_events gives them, without the subject; None where no dose decision was made."""

    verdicts: list | None
    dm: dict
    records: dict


def case(event=None, verdicts=None, dm=None, **records) -> str:
    """Who has an event like EVENT but for what is said, or none."""
    name = f"S-{len(CASES) + 2}"
    CASES[name] = Case(verdicts, dm or {}, ({"AE": [EVENT | event]} if event is not None else {}) | records)
    return name


def serious(*samples, medication=(), **event) -> str:
    return case({"AESER": "Y"} | event, LB=list(samples), CM=list(medication))


@dataclass(frozen=True)
class Found:
    """The narratives with the dose decision (`verdicts`) and without it, and what is around those without."""

    judged: pd.DataFrame
    plain: pd.DataFrame
    values: pd.DataFrame
    medication: pd.DataFrame


@pytest.fixture(scope="module")
def found(dosed):
    domains = {}
    for name, told in CASES.items():
        for domain, rows in told.records.items():
            domains.setdefault(domain, []).extend(row | {"USUBJID": name} for row in rows)
    dms = {name: told.dm for name, told in CASES.items()}
    cut, adsl = dosed(more=dict.fromkeys(CASES, "A_DL1"), dms=dms, **domains)
    adae = derive_adae(cut, adsl)
    deaths = derive_deaths(cut, adsl, adae)
    verdicts = pd.DataFrame(
        [[name, *row] for name, told in CASES.items() for row in told.verdicts or ()], columns=VERDICTS
    ).astype({"SEQ": "Int64", "VERDICT": "string", "CLAUSES": "string"} | dict.fromkeys(VERDICTS[-4:], "datetime64[s]"))
    plain = derive_narrated(cut, adsl, adae, deaths)
    values = derive_values_around(plain, derive_adlb(cut, adsl), cut)
    return Found(
        derive_narrated(cut, adsl, adae, deaths, verdicts), plain, values, derive_medication_around(plain, cut)
    )


@pytest.fixture(scope="module")
def narrated(found):
    """narrated(case): its narratives."""

    def of(name):
        rows = found.plain if CASES[name].verdicts is None else found.judged
        return rows[rows["USUBJID"].eq(name)]

    return of


@pytest.fixture(scope="module")
def values(found):
    """values(case): what derive_values_around places beside its narratives."""

    def of(name):
        rows = found.values[found.values["ROW"].isin(found.plain.index[found.plain["USUBJID"].eq(name)])]
        columns = ["PARAMCD", "BEFORE", "BEFOREGR", "AFTER", "AFTERGR", "AFTERDY"]
        return [tuple(None if pd.isna(v) else v for v in row) for row in rows[columns].itertuples(index=False)]

    return of


@pytest.fixture(scope="module")
def medication(found):
    """medication(case): the drugs beside its narratives."""
    return lambda name: found.medication[found.medication["USUBJID"].eq(name)]


#  what the record says                                      reasons
EVENTS = [
    ({}, None),
    ({"AESER": "Y"}, "serious"),
    ({"AESHOSP": "Y"}, "not recorded as serious, a criterion is"),
    ({"AEDLT": "Y"}, "dose-limiting"),
    ({"AEDECOD": "PERITONITIS", "AETOXGR": "3"}, None),  # counts in group B only
    ({"AEDECOD": "CYTOKINE RELEASE SYNDROME", "AETOXGR": "2"}, None),  # one grade below
    ({"AEDECOD": "CYTOKINE RELEASE SYNDROME", "AETOXGR": "3"}, "special interest, high grade"),
    ({"AEDECOD": "CYTOKINE RELEASE SYNDROME", "AETOXGR": None}, "special interest, grade not recorded"),
    ({"AEDECOD": "CYTOKINE RELEASE SYNDROME", "AETOXGR": "6"}, "special interest, grade not recorded"),
    ({"AEOUT": "FATAL"}, "fatal"),
    ({"AESER": "Y", "AESDTH": "Y", "AEDLT": "Y"}, "serious; dose-limiting; fatal"),
]  # fmt: skip
EVENT_CASES = [case(event) for event, _ in EVENTS]


@pytest.mark.parametrize("n", range(len(EVENTS)), ids=[f"event{n}-{why}" for n, (_, why) in enumerate(EVENTS)])
def test_an_event_has_a_narrative_for_its_reasons(narrated, n):
    why = EVENTS[n][1]
    assert list(narrated(EVENT_CASES[n])["WHY"]) == ([] if why is None else [why])


def verdict_of_event(verdict):
    return ["AE", 1, "NAUSEA", verdict, "D02", *["2026-05-12"] * 2, None, None]


#    verdict      recorded  reasons
JUDGED = [
    ("DLT",       "Y",      "dose-limiting"),
    ("CANDIDATE", None,     "candidate for dose-limiting"),
    ("NONE",      None,     None),
    ("LATE",      None,     None),
    ("LATE",      "Y",      "recorded as dose-limiting"),
    ("CANDIDATE", "Y",      "candidate for dose-limiting; recorded as dose-limiting"),
]  # fmt: skip
JUDGED_CASES = {row: case({"AEDLT": row[1]}, [verdict_of_event(row[0])]) for row in JUDGED}


@pytest.mark.parametrize("verdict, said, why", JUDGED)
def test_the_dose_decision_says_what_is_dose_limiting_where_it_is_given(narrated, verdict, said, why):
    rows = narrated(JUDGED_CASES[verdict, said, why])
    assert list(rows["WHY"]) == ([] if why is None else [why])
    assert why is None or rows["CLAUSES"].iloc[0] == "D02"


NO_EVENT = [
    ["LB", 9, "NEUT 0.4, 8 days", "CANDIDATE", "D03", *["2026-05-14"] * 2, None, None],
    ["LB", 12, "PLAT 20", "NONE", "D03", *["2026-05-14"] * 2, None, None],
]


def test_findings_that_no_event_carries_have_their_own_narrative(narrated, samples=case(verdicts=NO_EVENT)):
    assert narrated(samples)[["SRC", "SEQ", "WHY"]].values.tolist() == [["LB", 9, "candidate for dose-limiting"]]


DIED = {"DTHFL": "Y", "DTHDTC": "2026-06-01"}
DEATH_CANDIDATE = [["DM", None, "Death", "CANDIDATE", "D01", *["2026-06-01"] * 2, None, None]]


def test_a_death_without_a_fatal_event_has_its_own_narrative_and_one_with_it_has_not(
    narrated,
    died=case({}, dm=DIED),
    candidate=case({}, DEATH_CANDIDATE, dm=DIED),
    fatal=case({"AEOUT": "FATAL"}, DEATH_CANDIDATE, dm=DIED),
):
    assert narrated(died)["WHY"].tolist() == ["death"]
    assert narrated(candidate)["WHY"].tolist() == ["death; candidate for dose-limiting"]
    assert narrated(fatal)["WHY"].tolist() == ["candidate for dose-limiting; fatal"]


def lab(day, value, test="NEUT", **more):
    return {
        "LBTESTCD": test,
        "LBSTRESN": value,
        "LBSTRESU": "10^9/L",
        "LBSTNRLO": 2.0,
        "LBSTNRHI": 7.0,
        "LBDTC": day,
    } | more


SAMPLES = [
    lab("2026-04-27", 9.9),  # 15 days before is one beyond
    lab("2026-04-28", 3.0),
    lab("2026-05-11", 2.5),
    lab("2026-05-12", 1.2),
    lab("2026-05-20", 0.8),
    lab("2026-05-26", 0.9),  # the 14th day after
    lab("2026-05-27", 0.1),  # one beyond
]


def test_the_value_before_is_the_last_and_the_one_after_the_worst(
    values,
    all_of_them=serious(*SAMPLES),
    too_early=serious(SAMPLES[0]),
    before=serious(SAMPLES[1]),
    on_the_day=serious(SAMPLES[3]),
    after=serious(SAMPLES[-2]),
):
    assert values(all_of_them) == [("NEUT", 2.5, 0, 0.8, 3, 8)]
    assert values(too_early) == []
    assert values(before) == [("NEUT", 3.0, 0, None, None, None)]
    assert values(on_the_day) == [("NEUT", None, None, 1.2, 2, 0)]
    assert values(after) == [("NEUT", None, None, 0.9, 3, 14)]


def test_on_the_day_of_onset_the_times_decide_where_both_are_known(
    values,
    morning=case({"AESER": "Y", "AESTDTC": "2026-05-12T18:00"}, LB=[lab("2026-05-12T08:10", 1.2)]),
    night=case({"AESER": "Y", "AESTDTC": "2026-05-12T18:00"}, LB=[lab("2026-05-12T20:00", 1.2)]),
    no_time=case({"AESER": "Y", "AESTDTC": "2026-05-12T18:00"}, LB=[lab("2026-05-12", 1.2)]),
):
    assert values(morning) == [("NEUT", 1.2, 2, None, None, None)]
    assert values(night) == values(no_time) == [("NEUT", None, None, 1.2, 2, 0)]


def test_of_equal_grades_the_one_furthest_from_the_value_before(
    values,
    several=serious(lab("2026-05-11", 4.0), lab("2026-05-13", 3.9), lab("2026-05-15", 6.5), lab("2026-05-17", 5.0)),
):
    assert values(several)[0][3] == 6.5


POTASSIUM = {"test": "K", "LBSTRESU": "mmol/L", "LBSTNRLO": 3.5, "LBSTNRHI": 5.1}


def test_a_test_that_is_not_listed_appears_when_it_is_severe(
    values,
    mild=serious(lab("2026-05-13", 5.9, **POTASSIUM)),
    severe=serious(lab("2026-05-13", 6.1, **POTASSIUM)),
):
    assert values(mild) == []
    assert values(severe) == [("K", None, None, 6.1, 3, 1)]


def test_nothing_is_placed_around_an_onset_that_is_not_known(
    narrated,
    values,
    medication,
    month=serious(lab("2026-05-13", 0.4), AESTDTC="2026-05"),
    missing=serious(medication=[{"CMTRT": "A", "CMSTDTC": "2026-05-01"}], AESTDTC=None),
):
    assert len(narrated(month)) == len(narrated(missing)) == 1
    assert values(month) == []
    assert medication(missing).empty


#    start        end           used
USE = [
    ("2026-05-01", "2026-05-11", False),
    ("2026-05-01", "2026-05-12", True),
    ("2026-05-20", None,         True),
    ("2026-05-21", None,         False),
    ("2026-05",    None,         True),
    (None,         None,         True),
    ("2026-04",    "2026-05",    True),
]  # fmt: skip
USE_CASES = {
    (start, end): serious(medication=[{"CMTRT": "A", "CMSTDTC": start, "CMENDTC": end}], AEENDTC="2026-05-20")
    for start, end, _ in USE
}


@pytest.mark.parametrize("start, end, used", USE)
def test_medication_that_may_have_been_in_use(medication, start, end, used):
    assert len(medication(USE_CASES[start, end])) == used


def test_prior_anticancer_therapy_is_no_medication_of_the_event(
    narrated, medication, prior=serious(medication=[{"CMTRT": "A", "CMCAT": "PRIOR ANTICANCER THERAPY"}])
):
    assert len(narrated(prior)) == 1
    assert medication(prior).empty
