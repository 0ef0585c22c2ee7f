"""Bad input, case by case: it stays in a count, is handled by a stated rule, and a finding says so."""

from dataclasses import replace

import pandas as pd
import pytest

from nk521lib.chapters.checks import find_all
from nk521lib.chapters.checks.check import Study
from nk521lib.chapters.cutoff import apply_cutoff
from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.findings import check_safety
from nk521lib.chapters.safety.overview import derive_overview_members, derive_undecided
from nk521lib.chapters.safety.shifts import count_ungraded
from nk521lib.display.tables import safety as show

NO_FAULTS = (
    pd.DataFrame({"domain": [], "variable": [], "expected": [], "row": [], "value": []})
    .astype("string")
    .astype({"row": "Int64"})
)
EVENT = {"AESEQ": 1, "AETERM": "Nausea", "AEDECOD": "NAUSEA", "AESOC": "GI", "AEBODSYS": "GI", "AETOXGR": "2", "AESER": "N",
         "AEREL": "RELATED", "AESTDTC": "2026-05-12", "AEENDTC": "2026-05-13"}  # fmt: skip
LAB = {"LBTESTCD": "ALT", "LBSTRESN": 90.0, "LBSTRESU": "U/L", "LBSTNRLO": 5.0, "LBSTNRHI": 40.0, "LBDTC": "2026-05-12"}


def looked_at(cut):
    """The chapter, and (subject, id) of every finding on the snapshot."""
    found = derive_safety(cut)
    frames, audit, known_after = apply_cutoff(cut)
    whole, cut = cut, replace(cut, frames=frames, audit=audit, known_after=known_after)
    of_chapter = zip(found.findings["usubjid"], found.findings["id"], strict=True)
    return found, {(f.usubjid, f.id) for f in find_all(Study(whole, cut, NO_FAULTS))} | set(of_chapter)


#  what is wrong                                            rows of the overview it is in              findings, any of
EVENTS = [
    ("grade missing", {"AETOXGR": None}, {"ANY", "RELATED", "GRADE_MISSING"}, {"SAF-010", "NKD-030"}),
    ("grade 0", {"AETOXGR": "0"}, {"ANY", "RELATED", "GRADE_MISSING"}, {"SAF-010", "NKD-030"}),
    ("grade 6", {"AETOXGR": "6"}, {"ANY", "RELATED", "GRADE_MISSING"}, {"SAF-010", "NKD-030"}),
    ("relation missing", {"AEREL": None}, {"ANY", "RELATED"}, {"SAF-011"}),
    ("relation of no vocabulary", {"AEREL": "MAYBE"}, {"ANY", "RELATED"}, {"SAF-011"}),
    ("not coded", {"AEDECOD": None, "AESOC": None, "AEBODSYS": None}, {"ANY", "RELATED"}, {"SAF-012", "NKD-033"}),
    ("end before start", {"AEENDTC": "2026-05-11"}, {"ANY", "RELATED"}, {"NKD-010"}),
    ("no date", {"AESTDTC": None, "AEENDTC": None}, {"ANY", "RELATED"}, {"SAF-013"}),
    ("serious without a criterion", {"AESER": "Y", "AESHOSP": "N"}, {"ANY", "RELATED", "SERIOUS"}, {"NKD-031"}),
    ("hostile text", {"AETERM": "<script>x</script>", "AEDECOD": "=1+1 $x_{"}, {"ANY", "RELATED"}, set()),
    ("very long text", {"AETERM": "long " * 4000, "AEDECOD": "long " * 4000}, {"ANY", "RELATED"}, set()),
]  # fmt: skip


EVENT_OF = {wrong: f"S-{n}" for n, (wrong, *_) in enumerate(EVENTS, 1)}


@pytest.fixture(scope="module")
def bad_events(dosed):
    """Who is in which row of the overview, and the findings, with one of EVENTS for each subject."""
    events = [EVENT | change | {"USUBJID": EVENT_OF[wrong]} for wrong, change, *_ in EVENTS]
    cut, _ = dosed(more=dict.fromkeys(EVENT_OF.values(), "A_DL1"), AE=events)
    found, findings = looked_at(cut)
    return derive_overview_members(found.adae, cut), findings


@pytest.mark.parametrize("wrong, change, rows, findings", EVENTS, ids=[case[0] for case in EVENTS])
def test_a_bad_event_stays_in_the_counts_and_is_a_finding(bad_events, wrong, change, rows, findings):
    members, found = bad_events
    assert {name for name, ids in members.items() if EVENT_OF[wrong] in ids} == rows
    assert not findings or {(EVENT_OF[wrong], name) for name in findings} & found


#  what is wrong                                 reason shown above the table                    findings, any of
LABS = [
    ("no unit", {"LBSTRESU": None}, "no unit", {"SAF-020"}),
    ("a unit that matches nothing", {"LBSTRESU": "furlong"}, "unit not known for this test", {"NKD-040", "SAF-020"}),
    ("no range", {"LBSTNRHI": None}, "no upper limit of normal", {"NKD-040", "SAF-020"}),
    ("a result below zero", {"LBSTRESN": -1.0}, "value below zero", {"NKD-040"}),
    ("a result as text", {"LBSTRESN": None, "LBSTRESC": "HAEMOLYTIC"}, "result is text", {"SAF-020"}),
]  # fmt: skip


# A finding about results says how many the snapshot holds, so each case has a snapshot of its own.
@pytest.mark.parametrize("wrong, change, reason, findings", LABS, ids=[case[0] for case in LABS])
def test_a_bad_result_is_counted_as_ungraded_with_its_reason(dosed, wrong, change, reason, findings):
    cut, _ = dosed(LB=[LAB | change])
    found, said = looked_at(cut)
    assert [(r["test"], r["why there is no grade"], r["results"].fmt) for r in count_ungraded(found.adlb)] == [
        ("ALT", reason, "1")
    ]
    assert findings & {name for _, name in said}


def test_a_vital_sign_in_another_unit_or_none_is_said_with_its_values(dosed):
    day = {"VSDTC": "2026-05-12"}
    rows = [{"VSTESTCD": "TEMP", "VSSTRESN": 103.0, "VSSTRESU": "F"}, {"VSTESTCD": "SYSBP", "VSSTRESN": 80.0}, {"VSTESTCD": "SYSBP", "VSSTRESN": 85.0},
            {"VSTESTCD": "PULSE", "VSSTRESN": 70.0, "VSSTRESU": "beats/min"}, {"VSTESTCD": "WEIGHT", "VSSTRESN": 60.0}]  # fmt: skip
    cut, adsl = dosed(VS=[row | day for row in rows])
    found = derive_safety(cut)
    said = [
        f.message for f in check_safety(cut, adsl, found.adae, found.adlb, found.advs, found.adeg) if f.id == "SAF-025"
    ]
    assert said == [
        "VS SYSBP: 2 readings after the first dose without a unit (80 to 85), not compared with the limits, which are in mmHg",
        "VS TEMP: 1 reading after the first dose in F (103), not compared with the limits, which are in °C",
    ]


def test_an_event_without_seriousness_or_action_is_said_where_it_may_be_missing(dosed):
    given = EVENT | {"AESER": "Y", "AEACN": "DOSE NOT CHANGED"}
    silent = given | {"USUBJID": "S-2", "AESEQ": 2, "AESER": None, "AEACN": "UNKNOWN"}
    cut, adsl = dosed(more={"S-2": "A_DL1"}, AE=[given, silent])
    found = derive_safety(cut)
    assert derive_undecided(found.adae, cut) == {"SERIOUS": {"S-2"}, "DOSE_CHANGED": {"S-2"}, "STOPPED": {"S-2"}}
    assert "Serious: not recorded for an event of 1 more subject (SAF-026)" in str(show.table_overview(cut, found).html)
    said = [
        f.message for f in check_safety(cut, adsl, found.adae, found.adlb, found.advs, found.adeg) if f.id == "SAF-026"
    ]
    assert said == [
        "AE: 1 treatment-emergent event without seriousness (AESER): it is in no count that asks for it",
        "AE: 1 treatment-emergent event without action taken with the product (AEACN): it is in no count that asks for it",
    ]


def test_a_record_that_is_there_twice_counts_its_subject_once(dosed):
    """Two records of one key refuse the snapshot (NKD-004); the same event under two numbers is two records of one subject."""
    cut, _ = dosed(AE=[EVENT, EVENT | {"AESEQ": 2}])
    found = derive_safety(cut)
    assert len(found.adae) == 2 and derive_overview_members(found.adae, cut)["ANY"] == {"S-1"}


def test_overlapping_records_of_one_term_are_a_finding(dosed):
    cut, _ = dosed(AE=[EVENT, EVENT | {"AESEQ": 2, "AETOXGR": "3"}])
    assert ("S-1", "NKD-034") in looked_at(cut)[1]


@pytest.fixture(scope="module")
def sound(dosed):
    cut, _ = dosed(AE=[EVENT])
    return cut, derive_safety(cut)


@pytest.mark.parametrize("version, mixed", [("5.0", False), ("6.0", True), ("4.03", True), (None, False)])
def test_grades_of_another_ctcae_version_are_a_finding(sound, version, mixed):
    cut, found = sound
    other = replace(cut, manifest=cut.manifest.model_copy(update={"ctcae_version": version}))
    said = check_safety(other, found.adsl, found.adae, found.adlb, found.advs, found.adeg)
    assert ("SAF-001" in {finding.id for finding in said}) is mixed


def test_grades_of_another_ctcae_version_are_a_finding_of_the_chapter(sound):
    cut, _ = sound
    other = replace(cut, manifest=cut.manifest.model_copy(update={"ctcae_version": "6.0"}))
    assert "SAF-001" in set(derive_safety(other).findings["id"])
