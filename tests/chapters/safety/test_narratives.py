"""Which events need a narrative, and the values and drugs around them."""

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


def judged(*rows):
    """Rows as derive_dlt_events gives them."""
    frame = pd.DataFrame(rows, columns=VERDICTS)
    return frame.astype(
        {"SEQ": "Int64", "VERDICT": "string", "CLAUSES": "string"} | dict.fromkeys(VERDICTS[-4:], "datetime64[s]")
    )


def narrated(dosed, event=None, verdicts=None, **domains):
    cut, adsl = dosed(**({"AE": [EVENT | event]} if event is not None else {}), **domains)
    adae = derive_adae(cut, adsl)
    return cut, derive_narrated(cut, adsl, adae, derive_deaths(cut, adsl, adae), verdicts)


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


@pytest.mark.parametrize("event, why", EVENTS)
def test_an_event_has_a_narrative_for_its_reasons(dosed, event, why):
    _, rows = narrated(dosed, event)
    assert list(rows["WHY"]) == ([] if why is None else [why])


@pytest.mark.parametrize(
    "verdict, said, why",
    [("DLT", "Y", "dose-limiting"), ("CANDIDATE", None, "candidate for dose-limiting"), ("NONE", None, None), ("LATE", None, None),
     ("LATE", "Y", "recorded as dose-limiting"), ("CANDIDATE", "Y", "candidate for dose-limiting; recorded as dose-limiting")],
)  # fmt: skip
def test_the_dose_decision_says_what_is_dose_limiting_where_it_is_given(dosed, verdict, said, why):
    _, rows = narrated(
        dosed, {"AEDLT": said}, judged(["S-1", "AE", 1, "NAUSEA", verdict, "D02", *["2026-05-12"] * 2, None, None])
    )
    assert list(rows["WHY"]) == ([] if why is None else [why])
    assert why is None or rows["CLAUSES"].iloc[0] == "D02"


def test_findings_that_no_event_carries_have_their_own_narrative(dosed):
    _, rows = narrated(dosed, None, judged(["S-1", "LB", 9, "NEUT 0.4, 8 days", "CANDIDATE", "D03", *["2026-05-14"] * 2, None, None],
                                           ["S-1", "LB", 12, "PLAT 20", "NONE", "D03", *["2026-05-14"] * 2, None, None]))  # fmt: skip
    assert rows[["SRC", "SEQ", "WHY"]].values.tolist() == [["LB", 9, "candidate for dose-limiting"]]


def test_a_death_without_a_fatal_event_has_its_own_narrative_and_one_with_it_has_not(dosed):
    died = {"DTHFL": "Y", "DTHDTC": "2026-06-01"}
    candidate = judged(["S-1", "DM", None, "Death", "CANDIDATE", "D01", *["2026-06-01"] * 2, None, None])
    assert narrated(dosed, {}, dm=died)[1]["WHY"].tolist() == ["death"]
    assert narrated(dosed, {}, candidate, dm=died)[1]["WHY"].tolist() == ["death; candidate for dose-limiting"]
    assert narrated(dosed, {"AEOUT": "FATAL"}, candidate, dm=died)[1]["WHY"].tolist() == [
        "candidate for dose-limiting; fatal"
    ]


def lab(day, value, test="NEUT", **more):
    return {
        "LBTESTCD": test,
        "LBSTRESN": value,
        "LBSTRESU": "10^9/L",
        "LBSTNRLO": 2.0,
        "LBSTNRHI": 7.0,
        "LBDTC": day,
    } | more


def around(dosed, *samples, settings=(), **event):
    cut, rows = narrated(dosed, {"AESER": "Y"} | event, LB=list(samples), settings=settings)
    adlb = derive_adlb(cut, dosed(LB=list(samples))[1])
    found = derive_values_around(rows, adlb, cut)
    return [
        tuple(None if pd.isna(v) else v for v in row)
        for row in found[["PARAMCD", "BEFORE", "BEFOREGR", "AFTER", "AFTERGR", "AFTERDY"]].itertuples(index=False)
    ]


def test_the_value_before_is_the_last_and_the_one_after_the_worst(dosed):
    samples = [lab("2026-04-27", 9.9), lab("2026-04-28", 3.0), lab("2026-05-11", 2.5), lab("2026-05-12", 1.2), lab("2026-05-20", 0.8),
               lab("2026-05-26", 0.9), lab("2026-05-27", 0.1)]  # fmt: skip
    assert around(dosed, *samples) == [("NEUT", 2.5, 0, 0.8, 3, 8)]  # 26 May is the 14th day after, 27 May one beyond
    assert around(dosed, samples[0]) == []  # 15 days before is one beyond
    assert around(dosed, samples[1]) == [("NEUT", 3.0, 0, None, None, None)]
    assert around(dosed, samples[-2]) == [("NEUT", None, None, 0.9, 3, 14)]


def test_of_equal_grades_the_one_furthest_from_the_value_before(dosed):
    assert (
        around(dosed, lab("2026-05-11", 4.0), lab("2026-05-13", 3.9), lab("2026-05-15", 6.5), lab("2026-05-17", 5.0))[
            0
        ][3]
        == 6.5
    )


def test_a_test_that_is_not_listed_appears_when_it_is_severe(dosed):
    potassium = {"LBSTRESU": "mmol/L", "LBSTNRLO": 3.5, "LBSTNRHI": 5.1}
    assert around(dosed, lab("2026-05-13", 5.9, "K", **potassium)) == []
    assert around(dosed, lab("2026-05-13", 6.1, "K", **potassium)) == [("K", None, None, 6.1, 3, 1)]


def test_nothing_is_placed_around_an_onset_that_is_not_known(dosed):
    assert around(dosed, lab("2026-05-13", 0.4), AESTDTC="2026-05") == []
    cut, rows = narrated(dosed, {"AESER": "Y", "AESTDTC": None}, CM=[{"CMTRT": "A", "CMSTDTC": "2026-05-01"}])
    assert derive_medication_around(rows, cut).empty


@pytest.mark.parametrize(
    "start, end, used",
    [("2026-05-01", "2026-05-11", False), ("2026-05-01", "2026-05-12", True), ("2026-05-20", None, True), ("2026-05-21", None, False),
     ("2026-05", None, True), (None, None, True), ("2026-04", "2026-05", True)],
)  # fmt: skip
def test_medication_that_may_have_been_in_use(dosed, start, end, used):
    cut, rows = narrated(
        dosed, {"AESER": "Y", "AEENDTC": "2026-05-20"}, CM=[{"CMTRT": "A", "CMSTDTC": start, "CMENDTC": end}]
    )
    assert len(derive_medication_around(rows, cut)) == used


def test_prior_anticancer_therapy_is_no_medication_of_the_event(dosed):
    cut, rows = narrated(dosed, {"AESER": "Y"}, CM=[{"CMTRT": "A", "CMCAT": "PRIOR ANTICANCER THERAPY"}])
    assert derive_medication_around(rows, cut).empty
