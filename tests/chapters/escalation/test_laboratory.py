"""D03 and D07 from laboratory values alone (rulings 3.3, 5.3, 5.6): runs, limits, adjudication, what an AE already carries."""

import pandas as pd
import pytest

from nk521lib.chapters.escalation import derive_dlt_events, derive_dlt_status
from tests.chapters.escalation.conftest import on


def lab(test, *samples, unit=None, uln=40.0, **fields):
    unit = unit or {"NEUT": "10^9/L", "PLAT": "10^9/L", "BILI": "umol/L"}.get(test, "U/L")
    return [
        {"USUBJID": "S", "LBTESTCD": test, "LBSTRESN": value, "LBSTRESU": unit, "LBSTNRHI": uln, "LBDAY": d} | fields
        for d, value in samples
    ]


CASES = {}
"""Name -> (plan, records by domain): every case is a subject of its own in one snapshot, for each is judged by itself."""


def case(rows=(), plan=None, **domains) -> str:
    name = f"S{len(CASES):02d}"
    records = {"LB": rows} | domains
    CASES[name] = (
        ({"seen": (28, 60)} | (plan or {})),
        {d: [r | {"USUBJID": name} for r in rs] for d, rs in records.items()},
    )
    return name


@pytest.fixture(scope="module")
def cut(make_trial):
    domains = {}
    for _, records in CASES.values():
        for domain, rows in records.items():
            domains.setdefault(domain, []).extend(rows)
    return make_trial({name: plan for name, (plan, _) in CASES.items()}, **domains)


@pytest.fixture(scope="module")
def events(cut):
    """events(case): what its laboratory values alone make."""
    found = derive_dlt_events(cut).query("SRC == 'LB'")
    return lambda name: found[found["USUBJID"].eq(name)].reset_index(drop=True)


@pytest.fixture(scope="module")
def status(cut):
    """status(case)"""
    found = derive_dlt_status(cut).set_index("USUBJID")["STATUS"]
    return lambda name: str(found[name])


NORMAL = (-1, 3.0)


RUNS = [
    ([NORMAL, (5, 0.49), (12, 2.0)], False),            # 7 days
    ([NORMAL, (5, 0.49), (13, 2.0)], True),             # 8 days
    ([NORMAL, (5, 0.49), (9, 0.3), (12, 0.5)], False),  # exactly 0.5 is grade 3
    ([NORMAL, (5, 0.49), (9, 0.3)], None),              # no later sample
    ([NORMAL, (5, 0.49), (14, 0.3)], True),             # no later sample, but surely longer than 7 days
    ([NORMAL, (29, 0.3), (40, 2.0)], False),            # began after the window
]  # fmt: skip
RUN_CASES = [case(lab("NEUT", *samples)) for samples, _ in RUNS]


@pytest.mark.parametrize("n", range(len(RUNS)), ids=lambda n: f"samples{n}-{RUNS[n][1]}")
def test_d03_neutrophils_below_half_for_more_than_7_days(events, n):
    found, screen = events(RUN_CASES[n]), RUNS[n][1]
    assert (found["CLAUSES"][0], None if pd.isna(found["SCREEN"][0]) else bool(found["SCREEN"][0])) == ("D03", screen)


UNKNOWN_UNIT = case(lab("NEUT", (5, 0.3), unit="furlongs"))


def test_a_value_without_a_known_unit_makes_no_candidate(events):
    assert events(UNKNOWN_UNIT).empty


FLUID = case(lab("NEUT", NORMAL, (5, 0.3), LBSPEC="ASCITES FLUID"))
BLOOD = case(lab("NEUT", NORMAL, (5, 0.3), LBSPEC="BLOOD"))


def test_a_fluid_is_not_blood(events):
    assert events(FLUID).empty
    assert len(events(BLOOD)) == 1


_REPORTED = [row | {"LBSTRESN": None, "LBORRES": "0.3", "LBORRESU": "10^9/L"} for row in lab("NEUT", (5, None))]
REPORTED = case(_REPORTED)


def test_a_reported_number_stands_in_for_a_missing_standard_one(events):
    assert len(events(REPORTED)) == 1


def written(test, *samples, unit=None, **fields):
    """Samples whose result is text, as `<0.5`, with no standardised number."""
    rows = lab(test, *((day, None) for day, _ in samples), **fields)
    return [
        row | {"LBORRES": text, "LBORRESU": unit or row["LBSTRESU"]}
        for row, (_, text) in zip(rows, samples, strict=True)
    ]


_BOUND = [
    (written("NEUT", (5, "<0.5"), (12, "<0.5"), (14, "2.0")), "NEUT <0.5 10^9/L, 9 days", 4, True),
    (written("NEUT", (5, "<0.5")), "NEUT <0.5 10^9/L, not ended", 4, None),
    (written("NEUT", (5, "<=0.5")), None, None, None),  # 0.5 itself is grade 3
    (written("PLAT", (5, "20000"), (20, "90000"), unit="/uL"), "PLAT 20 10^9/L, 15 days", 4, True),
    (written("PLAT", (5, "<25"), (8, "<60"), (20, ">100")), "PLAT <25 10^9/L, 15 days", 4, True),  # <60 may be grade 4 still
    (written("PLAT", (5, "<25"), (8, ">60")), "PLAT <25 10^9/L, 3 days", 4, False),
    (written("ALT", (5, ">400"), (14, ">250")), "ALT >400 U/L, not ended", 3, True),
    (written("ALT", (5, ">150")), None, None, None),  # may be up to 5 x ULN, or above it
    (written("ALT", (-1, ">100"), (5, "200"), (14, "20")), None, None, None),  # three times a baseline above 100 is not passed
    (written("ALT", (-1, "<10"), (5, "300"), (14, "20")), "ALT 300 U/L, 9 days", 3, True),
]  # fmt: skip
BOUND_CASES = [case(rows) for rows, *_ in _BOUND]


@pytest.mark.parametrize("n", range(len(_BOUND)), ids=lambda n: _BOUND[n][0][0]["LBORRES"] + f" {n}")
def test_a_bound_qualifies_where_it_surely_does(events, n):  # rulings 5.4
    found, (_, term, grade, screen) = events(BOUND_CASES[n]), _BOUND[n]
    if term is None:
        assert found.empty
        return
    assert (found["TERM"][0], found["GRADE"][0]) == (term, grade)
    assert (None if pd.isna(found["SCREEN"][0]) else bool(found["SCREEN"][0])) is screen


_HY = [*lab("ALP", (5, 50.0)), *written("ALT", (5, ">400"))]
BILIRUBIN_MG = case([*_HY, *written("BILI", (5, "5"), unit="mg/dL", uln=21.0)])
BILIRUBIN_LOW = case([*_HY, *written("BILI", (5, "1"), unit="mg/dL", uln=21.0)])


def test_hys_law_takes_the_limit_into_the_reported_unit(events):  # 5 mg/dL is 85.5 umol/L, ULN 21
    assert "Hy's law pattern" in set(events(BILIRUBIN_MG)["TERM"])
    assert not events(BILIRUBIN_LOW)["TERM"].str.startswith("Hy's").any()


_TWO = lab("NEUT", (1, 3.0), (1, 0.3))
#    samples of day 1                                                 is one after the dose?
DOSE_DAY = [
    (case(lab("NEUT", (1, 0.3))), 0),
    (case(_TWO), 1),
    (case(lab("NEUT", (1, 0.3), LBTPTNUM=1.0)), 1),
    (case([_TWO[0], _TWO[1] | {"LBTPTNUM": -1.0}]), 0),
]


def test_of_the_dose_day_the_first_sample_is_before_the_dose(events):
    assert [len(events(name)) for name, _ in DOSE_DAY] == [after for _, after in DOSE_DAY]


def _at(time):
    row = {"LBTESTCD": "NEUT", "LBSTRESN": 0.3, "LBSTRESU": "10^9/L", "LBDTC": f"2026-03-02T{time}"}
    return case([row], plan={"clock": "T10:00", "seen": (28,)})


BEFORE, AFTER = _at("09:59"), _at("10:01")


def test_clock_times_tell_before_from_after(events):
    assert (len(events(BEFORE)), len(events(AFTER))) == (0, 1)


_LOW_PLATELETS = lab("PLAT", (-1, 200.0), (5, 40.0), (9, 100.0))
_BLEED = {"AETERM": "x", "AEDECOD": "Epistaxis", "AETOXGR": "1", "AEREL": "NOT RELATED", "AESTDAY": 9, "AEENDAY": 9}
BLEEDING = case(_LOW_PLATELETS, AE=[_BLEED])
BLEEDING_LATER = case(_LOW_PLATELETS, AE=[_BLEED | {"AESTDAY": 10, "AEENDAY": 10}])
NOT_BLEEDING = case(_LOW_PLATELETS)


def test_d03_platelets_grade_3_with_bleeding(events):
    assert list(events(BLEEDING)["VERDICT"]) == ["CANDIDATE"]
    assert events(BLEEDING_LATER).empty
    assert events(NOT_BLEEDING).empty


TRANSAMINASES = [
    ([(-1, 30.0), (5, 201.0), (13, 40.0)], 40.0, True),    # above 5 x ULN for 8 days
    ([(-1, 30.0), (5, 201.0), (12, 40.0)], 40.0, False),   # 7 days
    ([(-1, 30.0), (5, 200.0), (13, 40.0)], 40.0, "none"),  # exactly 5 x ULN
    ([(-1, 80.0), (5, 241.0), (13, 90.0)], 40.0, True),    # abnormal baseline: above 3 x baseline
    ([(-1, 80.0), (5, 240.0), (13, 90.0)], 40.0, "none"),  # exactly 3 x baseline, although 6 x ULN
    ([(5, 201.0), (13, 40.0)], 40.0, True),                # no baseline: the range decides
    ([(-1, 30.0), (5, 201.0), (13, 40.0)], None, "none"),  # no range: cannot be judged, never a candidate by itself
]  # fmt: skip
TRANSAMINASE_CASES = [case(lab("ALT", *samples, uln=uln)) for samples, uln, _ in TRANSAMINASES]


@pytest.mark.parametrize(
    "n", range(len(TRANSAMINASES)), ids=lambda n: "samples{n}-{1}-{2}".format(*TRANSAMINASES[n], n=n)
)
def test_d07_transaminases(events, n):
    found, screen = events(TRANSAMINASE_CASES[n]), TRANSAMINASES[n][-1]
    assert ("none" if found.empty else bool(found["SCREEN"][0])) == screen


HYS_LAW = [
    (40.0, 100.0, True),    # 2 x ULN exactly
    (39.9, 100.0, False),
    (40.0, 200.0, False),   # ALP 2 x ULN explains it
    (40.0, None, True),     # ALP unknown
]  # fmt: skip


def _hys_law(bilirubin, alp):
    alkaline = lab("ALP", (7, alp), uln=100.0) if alp else []
    return case(lab("ALT", (5, 120.0), (8, 30.0)) + lab("BILI", (7, bilirubin), uln=20.0) + alkaline)


HYS_LAW_CASES = {(bilirubin, alp): _hys_law(bilirubin, alp) for bilirubin, alp, _ in HYS_LAW}


@pytest.mark.parametrize("bilirubin, alp, candidate", HYS_LAW)
def test_d07_hys_law(events, bilirubin, alp, candidate):
    found = events(HYS_LAW_CASES[bilirubin, alp])
    assert list(found["VERDICT"]) == (["CANDIDATE"] if candidate else [])


LAST_DAY, TOO_LATE = (case(lab("ALT", (began, 120.0)) + lab("BILI", (35, 60.0), uln=20.0)) for began in (28, 29))


def test_hys_law_begins_in_the_window_by_its_first_sample(events):
    assert list(events(LAST_DAY)["VERDICT"]) == ["CANDIDATE"]
    assert list(events(TOO_LATE)["VERDICT"]) == ["LATE"]


def judged(value, study_day):
    return {"ADJUD": [{"ITEM": "DLT", "VALUE": value, "ADJDTC": on(study_day), "AESEQ": None}]}


LOW = lab("NEUT", NORMAL, (5, 0.4), (14, 0.3), (20, 2.0))
#    judged on the day   status
JUDGED = [
    (case(LOW, **judged("N", 14)), "CLEAR"),
    (case(LOW, **judged("N", 4)), "CANDIDATE"),  # dated before the first qualifying sample
    (case(LOW, **judged("N", 13)), "CANDIDATE"),  # a qualifying sample after it reopens
    (case(LOW, **judged("Y", 14)), "DLT"),
]


def test_a_judgement_without_aeseq_covers_what_began_by_its_date(status):
    assert [status(name) for name, _ in JUDGED] == [expected for _, expected in JUDGED]


_HYPOTENSION = {"AETERM": "x", "AEDECOD": "Hypotension", "AETOXGR": "3", "AEREL": "RELATED", "AESTDAY": 5, "AEENDAY": 6}
EVENT_JUDGED = case(AE=[_HYPOTENSION], **judged("N", 40))
YES_JUDGED = case(AE=[_HYPOTENSION | {"AEDLT": "Y"}], **judged("N", 40))


def test_it_never_covers_an_adverse_event_nor_an_investigators_yes(status):
    assert status(EVENT_JUDGED) == "CANDIDATE"
    assert status(YES_JUDGED) == "DLT"


_NEUTROPENIA = {
    "AETERM": "x",
    "AEDECOD": "Neutropenia",
    "AETOXGR": "4",
    "AEREL": "RELATED",
    "AESTDAY": 5,
    "AEENDAY": 20,
}
#    the event beside the samples                                       laboratory events left
CARRIED = [
    (case(LOW, AE=[_NEUTROPENIA]), 0),
    (case(LOW, AE=[_NEUTROPENIA | {"AEREL": "NOT RELATED"}]), 0),
    (case(LOW, AE=[_NEUTROPENIA | {"AEREL": "NOT RELATED", "AETOXGR": "3"}]), 1),
    (case(LOW, AE=[_NEUTROPENIA | {"AEENDAY": 10}]), 1),  # as reported it was too short to count
    (case(LOW, AE=[_NEUTROPENIA | {"AESTDAY": 40, "AEENDAY": 50, "AEREL": "NOT RELATED"}]), 1),
]
_NO = {"ITEM": "DLT", "VALUE": "N", "AESEQ": 1}
_PAIR = lab("ALT", (5, 160.0)) + lab("BILI", (12, 60.0), uln=20.0)
_RAISED_ALT = _NEUTROPENIA | {"AEDECOD": "Alanine aminotransferase increased", "AETOXGR": "2", "AEENDAY": 8}
#    the samples, the event that the committee judged no DLT                                  status
CARRIED_AND_JUDGED = [
    (case(LOW, AE=[_NEUTROPENIA], ADJUD=[_NO | {"ADJDTC": on(14)}]), "CLEAR"),
    (case(LOW, AE=[_NEUTROPENIA | {"AETOXGR": "3"}], ADJUD=[_NO | {"ADJDTC": on(14)}]), "CANDIDATE"),  # a higher grade
    (case(LOW, AE=[_NEUTROPENIA], ADJUD=[_NO | {"ADJDTC": on(10)}]), "CANDIDATE"),  # a qualifying sample after it
    (case(LOW, AE=[_NEUTROPENIA | {"AEDLTADJ": "N"}]), "CANDIDATE"),  # nobody knows which samples were seen
    (case(_PAIR, AE=[_RAISED_ALT], ADJUD=[_NO | {"ADJDTC": on(20)}]), "CANDIDATE"),  # the pair was never judged
]  # fmt: skip


def test_an_adverse_event_of_the_same_kind_carries_the_samples(events, status):
    """The run is laboratory-only unless such an event counts, was judged, or is known to be unrelated at that grade."""
    assert [len(events(name)) for name, _ in CARRIED] == [left for _, left in CARRIED]


def test_a_no_on_an_event_covers_its_own_grade_and_samples_up_to_its_day(status):
    assert [status(name) for name, _ in CARRIED_AND_JUDGED] == [expected for _, expected in CARRIED_AND_JUDGED]


#    clause  samples that meet it
CLAUSES = {"D03": lab("NEUT", NORMAL, (5, 0.3)), "D07": lab("ALT", (5, 900.0)) + lab("BILI", (5, 90.0), uln=20.0)}
CLAUSE_CASES = {clause: case(rows) for clause, rows in CLAUSES.items()}


@pytest.mark.parametrize("clause", CLAUSES)
def test_the_clauses_can_be_switched_off(make_trial, events, clause):
    assert len(events(CLAUSE_CASES[clause]))
    for setting in (f"dlt_clauses={{{clause}: {{on: false, grade: 3}}}}", "dlt_clauses={}"):
        off = make_trial({"S": {"seen": (28, 60)}}, LB=CLAUSES[clause], settings=(setting,))
        assert derive_dlt_events(off).query("SRC == 'LB'").empty


_PARTIAL = {"LBTESTCD": "NEUT", "LBSTRESN": 0.3, "LBSTRESU": "10^9/L"}
SOME_DAY, MAYBE_BEFORE = case([_PARTIAL | {"LBDTC": "2026-04"}]), case([_PARTIAL | {"LBDTC": "2026-03"}])


def test_partial_sample_dates_stay_open(events):
    assert list(events(SOME_DAY)["ONSET"]) == [False]
    assert events(MAYBE_BEFORE).empty  # may be before the first dose
