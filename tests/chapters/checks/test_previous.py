"""Against the snapshot before: every rewriting is listed with both values; what a DLT rests on withholds the proposal (NKD-099)."""

import pytest

from nk521lib.terms import Effect
from tests.chapters.checks.conftest import SITE, site

A1, B1, S1 = "NK521-01-001", "NK521-01-002", "NK521-01-003"
BLOCK, FLAG, HANDLED = Effect.BLOCK, Effect.FLAG, Effect.HANDLED


def put(domain, row, **values):
    return lambda study: study[domain][row].update(values)


def drop(domain, **wanted):
    return lambda study: study.records.update(
        {domain: [r for r in study[domain] if any(r.get(name) != value for name, value in wanted.items())]}
    )


def all_of(*plants):
    return lambda study: [plant(study) for plant in plants]


def same(study):
    return None


def no_subject(usubjid):
    return lambda study: [drop(domain, USUBJID=usubjid)(study) for domain in list(study.records)]


GRAVE = put("AE", 0, AETOXGR="3")
ALT = {
    "LBTESTCD": "ALT",
    "LBSTRESU": "U/L",
    "LBSTNRHI": 40.0,
    "LBDTC": "2026-08-10",
    "USUBJID": A1,
    "STUDYID": "NCT07561437",
    "DOMAIN": "LB",
}


def alt(value):
    return lambda study: study["LB"].append(ALT | {"LBSTRESN": value})


#  planted before          planted now                                                       effect group  the message
ROWS = [
    (same, no_subject(B1), BLOCK, "B", f"{B1} was dosed in snapshot T000 and is not in this one"),
    (same, all_of(no_subject(S1), put("DM", 0, ARMNRS=None)), FLAG, "", f"1 subject of snapshot T000, never dosed, not in this one: {S1}"),
    (GRAVE, same, BLOCK, "A", f"AE: {A1} AESEQ 1 since T000: AETOXGR 3 → 2"),
    (same, GRAVE, BLOCK, "A", f"AE: {A1} AESEQ 1 since T000: AETOXGR 2 → 3"),
    (put("AE", 0, AETOXGR="1"), same, FLAG, "A", f"AE: {A1} AESEQ 1 since T000: AETOXGR 1 → 2"),
    (put("AE", 2, AETOXGR="3"), same, FLAG, "A", f"AE: {A1} AESEQ 2 since T000: AETOXGR 3 → 1"),
    (same, put("AE", 0, AETOXGR=None), BLOCK, "A", "AETOXGR 2 → missing"),
    (all_of(GRAVE, put("AE", 0, AEREL="RELATED")), all_of(GRAVE, put("AE", 0, AEREL="UNLIKELY")), BLOCK, "A", "AEREL RELATED → UNLIKELY"),
    (all_of(GRAVE, put("AE", 0, AESTDTC="2026-09-14", AEENDTC="2026-09-15")), GRAVE, BLOCK, "A", "AESTDTC 2026-09-14 → 2026-08-04, AEENDTC 2026-09-15 → 2026-08-06"),
    (put("AE", 0, AEDLT="N"), put("AE", 0, AEDLT="Y"), BLOCK, "A", "AEDLT N → Y"),
    (put("AE", 0, AEACN="DOSE NOT CHANGED"), put("AE", 0, AEACN="DRUG INTERRUPTED"), BLOCK, "A", "AEACN DOSE NOT CHANGED → DRUG INTERRUPTED"),
    (put("AE", 0, AEDECOD="Peritonitis"), put("AE", 0, AEDECOD="Pyrexia"), BLOCK, "A", "AEDECOD Peritonitis → Pyrexia"),
    (put("AE", 0, AETERM="feverish"), same, FLAG, "A", "AETERM feverish → fever"),
    (GRAVE, all_of(GRAVE, drop("AE", USUBJID=A1, AETERM="fever")), BLOCK, "A", f"AE: {A1} AESEQ 1 since T000: gone (Pyrexia, 3, 2026-08-04)"),
    (same, drop("AE", USUBJID=A1, AETERM="rash"), FLAG, "A", f"AE: {A1} AESEQ 2 since T000: gone (Rash, 1, 2026-09-10)"),
    (put("EX", 0, EXDOSE=0.9), same, BLOCK, "A", f"EX: {A1} EXSEQ 1 since T000: EXDOSE 0.9 → 1"),
    (put("EX", 0, EXLOT="L1"), put("EX", 0, EXLOT="L2"), FLAG, "A", "EXLOT L1 → L2"),
    (same, drop("EX", USUBJID=A1, EXSTDTC="2026-08-10"), BLOCK, "A", "gone (NK521, 1, 2026-08-10)"),
    (put("DM", 0, ARMCD="A_DL2"), same, BLOCK, "A", f"DM: {A1} since T000: ARMCD A_DL2 → A_DL1"),
    (put("DM", 0, SEX="M"), same, FLAG, "A", f"DM: {A1} since T000: SEX M → F"),
    (alt(130.0), alt(30.0), BLOCK, "A", "LBSTRESN 130 → 30"),
    (alt(31.0), alt(30.0), FLAG, "A", "LBSTRESN 31 → 30"),
    (put("VS", 0, VSSTRESN=36.5), same, FLAG, "A", f"VS: {A1} VSSEQ 1 since T000: VSSTRESN 36.5 → 36.6"),
    (same, lambda study: study.records.update(ADJUD=[]), BLOCK, "A", "ADJDTC 2026-07-30, SNAPSHOT T000, REASON start since T000: gone"),
    (lambda study: [row.update(AELLT="x") for row in study["AE"]], same, FLAG, "", "AE: AELLT was in snapshot T000 and is not in this one"),
]  # fmt: skip


# What withholds a proposal is said of each subject; the rest is one message per table, and is planted into a study alone.
WITHHOLDING = [n for n, (*_, effect, _, words) in enumerate(ROWS) if effect is BLOCK and "REASON" not in words]


@pytest.fixture(scope="module")
def withholding(studies):
    """Findings by row of ROWS that withholds, planted into one pair of snapshots, a study for each."""
    about, rest = studies([ROWS[n][1] for n in WITHHOLDING], [ROWS[n][0] for n in WITHHOLDING])
    assert [finding for finding in rest if finding.id == "NKD-099" and finding.effect is not HANDLED] == []
    return dict(zip(WITHHOLDING, about, strict=True))


@pytest.mark.parametrize("n", range(len(ROWS)), ids=[str(row[4])[-45:] for row in ROWS])
def test_a_rewriting_is_found_once_and_does_what_it_should(study, withholding, n):
    before, now, effect, group, words = ROWS[n]
    said = withholding[n] if n in withholding else study(now, before, only="NKD-099")
    found = [finding for finding in said if finding.id == "NKD-099" and finding.effect is not HANDLED]
    assert [(f.effect, f.group) for f in found] == [(effect, group)], found
    assert (words.replace(SITE, site(WITHHOLDING.index(n))) if n in withholding else words) in found[0].message


#  before                                now: progress, not a rewriting
QUIET = [
    (put("AE", 0, AEENDTC=None, AEENRTPT="ONGOING", AEOUT="NOT RECOVERED/NOT RESOLVED"), put("AE", 0, AEENRTPT=None)),
    (put("DM", 0, RFENDTC="2026-08-31"), put("DM", 0, RFENDTC="2026-09-07")),
    (drop("EX", USUBJID=A1, EXSTDTC="2026-09-07"), same),
    (no_subject(B1), same),
    (put("AE", 0, AEDLT=None), put("AE", 0, AEDLT="N")),
]  # fmt: skip


@pytest.mark.parametrize("before, now", QUIET)
def test_what_becomes_known_is_only_counted(study, before, now):
    found = study(now, before, only="NKD-099")
    assert [finding.effect for finding in found] == [HANDLED], found
    assert found[0].message.startswith("compared with snapshot T000: ")


def test_many_rewritten_records_of_a_table_are_one_message_that_lists_them(study):
    found = study(same, lambda s: [row.update(VSSTRESN=36.0) for row in s["VS"]], only="NKD-099")
    (finding,) = [f for f in found if f.effect is FLAG]
    assert finding.message == f"VS: 2 records of 2 subjects changed since T000, first {A1} VSSEQ 1: VSSTRESN 36 → 36.6"
    assert finding.evidence == f"{A1} VSSEQ 1: VSSTRESN 36 → 36.6; {B1} VSSEQ 1: VSSTRESN 36 → 36.6"


def test_an_acknowledgement_clears_it_until_the_value_changes_again(study):
    ack = {
        "USUBJID": A1,
        "ITEM": "ACK",
        "VALUE": "NKD-099",
        "ADJDTC": "2026-09-30",
        "SNAPSHOT": "T001",
        "REASON": "source data seen",
    }
    found = study(lambda s: s["ADJUD"].append(dict.fromkeys(s["ADJUD"][0]) | ack), GRAVE)
    assert BLOCK not in {finding.effect for finding in found}


def test_a_previous_snapshot_that_is_named_and_not_there_is_said(study):
    assert [str(f) for f in study(not_compared="previous snapshot T000 is not beside this one")] == [
        "NKD-099 previous snapshot T000 is not beside this one"
    ]
