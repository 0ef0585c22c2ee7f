"""Every data check can fire, says what it should, does what it should, and is silent on clean data (rulings.md section 7)."""

import pytest

from nk521lib.chapters.checks import CHECKS
from nk521lib.terms import Effect
from tests.chapters.checks.conftest import SITE, site

A1, B1 = "NK521-01-001", "NK521-01-002"
REJECT, BLOCK, FLAG, HANDLED = Effect.REJECT, Effect.BLOCK, Effect.FLAG, Effect.HANDLED


def put(domain, row, **values):
    return lambda study: study[domain][row].update(values)


def add(domain, usubjid=A1, **values):
    return lambda study: study[domain].append({"STUDYID": "NCT07561437", "DOMAIN": domain, "USUBJID": usubjid} | values)


def without(domain, variable):
    return lambda study: [record.pop(variable, None) for record in study[domain]]


def unreadable(*fault):
    return lambda study: study.unreadable(*fault)


def all_of(*plants):
    return lambda study: [plant(study) for plant in plants]


def supplement(idvar, idvarval, qnam, qval):
    return lambda study: study.supplements.append(
        {
            "STUDYID": "NCT07561437",
            "RDOMAIN": "AE",
            "USUBJID": A1,
            "IDVAR": idvar,
            "IDVARVAL": idvarval,
            "QNAM": qnam,
            "QVAL": qval,
        }
    )


DATE, NUMBER, GRADE, TEXT = (
    "an ISO 8601 date",
    "a number as 1234.5",
    "one of 1, 2, 3, 4, 5",
    "text without control characters",
)
DEAD = all_of(
    put("DM", 0, DTHDTC="2026-09-20", DTHFL="Y"),
    add("DS", DSDECOD="DEATH", DSCAT="DISPOSITION EVENT", DSSTDTC="2026-09-20"),
)

#  id       effect  group  what is planted                                              words of the message
PLANTED = [
    ("NKD-002", REJECT, "", lambda s: s.records.pop("EX"), "EX: no such domain in the snapshot; it is required"),
    ("NKD-002", REJECT, "", without("AE", "AETERM"), "AE: AETERM not in the file; required"),
    ("NKD-003", REJECT, "", put("AE", 0, STUDYID="NK999"), "STUDYID has 2 values, expected one"),
    ("NKD-003", REJECT, "", put("AE", 0, DOMAIN="CM"), "AE: DOMAIN is CM, expected AE"),
    ("NKD-003", FLAG, "", lambda s: s.settings.append("study=NCT1"), "the snapshot is of study NCT07561437, the parameters are for NCT1"),
    ("NKD-004", REJECT, "", all_of(put("AE", 0, AESEQ=1), put("AE", 1, AESEQ=1), put("AE", 2, AESEQ=1)), "AE: the same key more than once, USUBJID NK521-01-001, AESEQ 1"),
    ("NKD-004", REJECT, "", put("DM", 2, USUBJID=A1), "DM: the same key more than once, USUBJID NK521-01-001"),
    ("NKD-004", REJECT, "", lambda s: s["ADJUD"].append(dict(s["ADJUD"][0])), "ADJUD: the same key more than once, GROUP A, LEVEL 1"),
    ("NKD-005", REJECT, "", add("VS", "NK521-01-009", VSTESTCD="TEMP", VSDTC="2026-08-03"), "NK521-01-009 is in VS but not in DM"),
    ("NKD-006", REJECT, "", unreadable("EX", "EXSTDTC", 5, "2026-02-30", DATE), 'EX: EXSTDTC is "2026-02-30", expected an ISO 8601 date (NK521-01-001, EXSEQ 6)'),
    ("NKD-006", BLOCK, "A", unreadable("AE", "AEENDTC", 0, "06AUG2026", DATE), 'AE: AEENDTC is "06AUG2026", expected an ISO 8601 date'),
    ("NKD-006", FLAG, "A", unreadable("AE", "AEDTC", 0, "06AUG2026", DATE), 'AE: AEDTC is "06AUG2026"'),
    ("NKD-006", FLAG, "B", unreadable("PR", "PRSTDTC", 0, "x", DATE), 'PR: PRSTDTC is "x"'),
    ("NKD-007", FLAG, "A", put("DM", 0, AGEU=None), "DM: AGE without AGEU"),
    ("NKD-008", HANDLED, "", unreadable("AE", "AETERM", 0, "be\ufffdll", TEXT), "AE: AETERM is"),
    ("NKD-009", REJECT, "", unreadable("EX", "EXDOSE", 5, "1,0", NUMBER), 'EX: EXDOSE is "1,0", expected a number as 1234.5'),
    ("NKD-009", REJECT, "", unreadable("AE", "AESEQ", 0, "one", "a whole number"), 'AE: AESEQ is "one", expected a whole number'),
    ("NKD-009", BLOCK, "A", unreadable("LB", "LBSTRESN", 0, "3,1", NUMBER), 'LB: LBSTRESN is "3,1", expected a number as 1234.5 (NK521-01-001, LBSEQ 1)'),
    ("NKD-009", FLAG, "A", unreadable("VS", "VSSTRESN", 0, "36,6", NUMBER), 'VS: VSSTRESN is "36,6"'),
    ("NKD-010", BLOCK, "A", put("AE", 0, AEENDTC="2026-08-03"), "AE: AEENDTC 2026-08-03 is before AESTDTC 2026-08-04"),
    ("NKD-010", BLOCK, "A", put("AE", 0, AESTDTC="2026-08-04T12:00", AEENDTC="2026-08-04T11:00"), "AE: AEENDTC 2026-08-04T11:00 is before"),
    ("NKD-010", FLAG, "A", put("AE", 2, AEENDTC="2026-09-09"), "AE: AEENDTC 2026-09-09 is before"),
    ("NKD-010", FLAG, "A", add("CM", CMTRT="x", CMSTDTC="2026-08-04", CMENDTC="2026-07"), "CM: CMENDTC 2026-07 is before"),
    ("NKD-011", FLAG, "A", put("AE", 0, AEDTC="2026-10-05"), "AE: AEDTC 2026-10-05 is after the extraction"),
    ("NKD-011", FLAG, "A", all_of(DEAD), "VS: VSDTC 2026-09-28 is after the death"),
    ("NKD-012", FLAG, "A", put("DM", 0, RFSTDTC="2026-08-02"), "DM: RFSTDTC 2026-08-02 is not the first dose (2026-08-03)"),
    ("NKD-012", FLAG, "A", put("LB", 0, LBDTC="2026-07-19"), "DM: consent on 2026-07-20 is after the first study record (2026-07-19)"),
    ("NKD-013", FLAG, "A", put("DS", 3, DSSTDTC="2026-08-04"), "EX: first dose on 2026-08-03 is before enrolment on 2026-08-04"),
    ("NKD-013", FLAG, "A", put("DS", 0, DSSTDTC="2026-08-04"), "EX: first dose on 2026-08-03 is before consent on 2026-08-04"),
    ("NKD-014", BLOCK, "A", add("AE", AETERM="x", AEDECOD="X", AESTDTC="2026-10-01", AESER="Y", AESDTH=None, AESHOSP="Y", AEREL="RELATED"), "after the cut-off: serious and related: X on 2026-10-01"),
    ("NKD-014", FLAG, "A", add("AE", AETERM="x", AEDECOD="X", AESTDTC="2026-10-01", AETOXGR="4", AEREL="UNLIKELY"), "after the cut-off: Grade 4: X on 2026-10-01"),
    ("NKD-014", BLOCK, "B", put("DM", 1, DTHDTC="2026-10-01", DTHFL="Y"), "after the cut-off: death on 2026-10-01"),
    ("NKD-015", HANDLED, "", add("MH", MHTERM="x", MHSTDTC="2019"), "MH: MHSTDTC is partial in 1 record, as 2019"),
    ("NKD-016", FLAG, "A", lambda s: [add("SV", VISITNUM=float(n), SVSTDTC=f"2026-08-{d}")(s) for n, d in ((1, "03"), (2, "17"), (3, "10"))],
     "SV: visit 3 on 2026-08-10 is before an earlier-numbered visit (2026-08-17)"),
    ("NKD-017", FLAG, "A", lambda s: [r.update(BRTHDTC="1966-01-02", SITEID="01") for r in s["DM"][:2]],
     f"DM: {A1}, {B1} have the same birth date, sex and site (1966-01-02 F 01); one person or two?"),
    ("NKD-017", FLAG, "A", put("DM", 1, SUBJID="001"), f"DM: {A1}, {B1} have the same number (SUBJID) and site (001)"),
    ("NKD-023", FLAG, "A", lambda s: s["DS"].append({"USUBJID": A1, "DSCAT": "DISPOSITION EVENT", "DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDTC": "2026-09-06", "STUDYID": "NCT07561437", "DOMAIN": "DS"}),
     "EX: dose on 2026-09-07 is after WITHDRAWAL BY SUBJECT on 2026-09-06"),
    ("NKD-020", BLOCK, "A", put("EX", 0, EXDOSE=None), "EX: EXDOSE is missing"),
    ("NKD-020", BLOCK, "A", put("EX", 0, EXDOSE=0.49), "EX: EXDOSE is outside 0.5 to 1.2 times the level (0.49 10^9 CELLS INTRAVENOUS on 2026-08-03)"),
    ("NKD-020", BLOCK, "A", put("EX", 0, EXDOSE=1.21), "EX: EXDOSE is outside 0.5 to 1.2 times the level"),
    ("NKD-020", FLAG, "A", put("EX", 5, EXDOSE=3.0), "EX: EXDOSE is outside"),
    ("NKD-020", BLOCK, "A", put("EX", 0, EXDOSU="CELLS"), "EX: EXDOSU is not 10^9 CELLS"),
    ("NKD-020", BLOCK, "B", put("EX", 6, EXROUTE="INTRAVENOUS"), "EX: EXROUTE is not that of the group"),
    ("NKD-020", BLOCK, "B", put("EX", 6, EXROUTE=None), "EX: EXROUTE is not that of the group"),
    ("NKD-021", FLAG, "A", put("EX", 5, EXSTDTC="2026-09-10"), "EX: dose 6 on 2026-09-10 is 10 days after the one before, expected 7 ± 2"),
    ("NKD-021", FLAG, "A", put("EX", 5, EXSTDTC="2026-08-31"), "EX: two doses on 2026-08-31"),
    ("NKD-021", FLAG, "A", add("EX", EXTRT="NK521", EXDOSE=1.0, EXDOSU="10^9 CELLS", EXROUTE="INTRAVENOUS", EXSTDTC="2026-09-14"), "EX: dose 7 on 2026-09-14, 6 are planned"),
    ("NKD-021", FLAG, "A", all_of(put("DM", 0, RFXSTDTC="2026-08-03", RFXENDTC="2026-08-24"), put("EX", 1, EXSTDTC="2026-08")), "EX: dose 2 on 2026-08: it counts as given, on a day from 2026-08-03 to"),
    ("NKD-021", FLAG, "A", all_of(put("DM", 0, RFSTDTC=None), put("EX", 0, EXSTDTC="2026")), "from 2026-01-01 to 2026-09-30; the day of the first dose is not known"),
    ("NKD-022", FLAG, "A", lambda s: [r.update(EXDOSE=3.0) for r in s["EX"] if r["USUBJID"] == A1], "EX: the first dose is that of DL2, assigned is DL1"),
    ("NKD-022", BLOCK, "A", put("DM", 0, ARMCD=None, ACTARMCD=None), "DM: NK521-01-001 was dosed, but ARMCD is empty and names no dose level"),
    ("NKD-030", BLOCK, "A", unreadable("AE", "AETOXGR", 0, "6", GRADE), 'AE: Pyrexia from 2026-08-04: AETOXGR is "6", expected one of 1, 2, 3, 4, 5'),
    ("NKD-030", FLAG, "A", unreadable("AE", "AETOXGR", 2, "6", GRADE), 'AE: Rash from 2026-09-10: AETOXGR is "6"'),
    ("NKD-030", BLOCK, "A", put("AE", 0, AETOXGR="5"), "AE: Pyrexia from 2026-08-04: fatal, but DM has no death"),
    ("NKD-030", FLAG, "A", put("AE", 2, AEOUT="FATAL"), "AE: Rash from 2026-09-10: fatal, but DM has no death"),
    ("NKD-030", BLOCK, "A", put("DM", 0, DTHFL="Y"), "DM: died, but DS, DD and AE have no record of the death"),
    ("NKD-030", BLOCK, "A", add("DS", DSDECOD="DEATH", DSCAT="DISPOSITION EVENT", DSSTDTC="2026-08-20"), "DS: died on 2026-08-20, but DM has no death"),
    ("NKD-030", FLAG, "A", add("DS", DSDECOD="DEATH", DSCAT="DISPOSITION EVENT", DSSTDTC="2026-09-20"), "DS: died on 2026-09-20, but DM has no death"),
    ("NKD-030", FLAG, "A", put("SS", 0, SSSTRESC="DEAD"), "SS: found dead on 2026-09-28, but DM has no death"),
    ("NKD-031", FLAG, "A", put("AE", 0, AESER="Y"), "AE: Pyrexia from 2026-08-04: AESER is Y without a criterion of seriousness"),
    ("NKD-031", FLAG, "A", put("AE", 0, AESHOSP="Y"), "AE: Pyrexia from 2026-08-04: a criterion of seriousness is Y, AESER is not"),
    ("NKD-032", FLAG, "A", put("AE", 0, AEDLT="Y", AETOXGR="1"), "the investigator says DLT, the grade is 1"),
    ("NKD-032", FLAG, "A", put("AE", 0, AEDLT="Y", AEREL="NOT RELATED"), "the investigator says DLT, the relation is NOT RELATED"),
    ("NKD-032", FLAG, "A", put("AE", 0, AEDLT="Y", AESTDTC="2026-09-01", AEENDTC=None), "the investigator says DLT, outside the window"),
    ("NKD-033", FLAG, "A", put("AE", 0, AEDECOD=None), "AE: fever from 2026-08-04: AEDECOD is empty"),
    ("NKD-033", FLAG, "A", put("AE", 0, AEBODSYS=None), "AE: Pyrexia from 2026-08-04: AEBODSYS is empty"),
    ("NKD-034", FLAG, "A", add("AE", AETERM="fever", AEDECOD="Pyrexia", AEBODSYS="x", AETOXGR="3", AEREL="RELATED", AESTDTC="2026-08-05"), "overlaps an earlier record of the same term with another grade (2, then 3)"),
    ("NKD-035", FLAG, "", without("AE", "AETOXGR"), "AE: no AETOXGR in the file, none of 3 events has a CTCAE grade"),
    ("NKD-036", FLAG, "A", put("AE", 0, AEREL="MAYBE"), "AEREL is MAYBE, expected RELATED, POSSIBLE, UNLIKELY, NOT RELATED or a code of relation_map"),
    ("NKD-037", FLAG, "", all_of(lambda s: s.records.update(AE=[]), lambda s: s.settings.append("required_variables={}")), "AE: 2 subjects were dosed and no adverse event is known: the file holds no record"),
    ("NKD-038", FLAG, "A", put("AE", 0, AEDLTADJ="Y"), "AEDLTADJ is Y, but no adjud row says who decided it and when"),
    ("NKD-039", BLOCK, "A", supplement("AESEQ", "9", "AEDLT", "Y"), "SUPPAE: AEDLT belongs to AESEQ 9, which AE does not have"),
    ("NKD-039", FLAG, "A", supplement("AESEQ", "9", "AEDLT", "N"), "SUPPAE: AEDLT belongs to AESEQ 9, which AE does not have"),
    ("NKD-039", FLAG, "A", supplement("AENO", "1", "AESI", "Y"), "SUPPAE: AESI belongs to AENO 1, which AE does not have"),
    ("NKD-040", FLAG, "A", put("LB", 0, LBSTRESU="mg/bottle"), "LB: unit of ALT is mg/bottle, which converts to no standard unit"),
    ("NKD-040", FLAG, "A", put("LB", 0, LBSTNRHI=None), "LB: ALT without an upper limit (LBSTNRHI)"),
    ("NKD-040", FLAG, "A", put("LB", 0, LBSTRESN=0.0, LBORRES="0"), "LB: ALT is 0.0 on 2026-07-22, expected above 0"),
    ("NKD-041", FLAG, "A", put("LB", 1, LBSTRESN=11.2), "LB: HGB was reported as 11.2 g/dL, converted to 11.2 g/L, expected 112, a factor of 10"),
    ("NKD-041", FLAG, "A", put("LB", 0, LBSTRESN=34.0), "LB: ALT was reported as 31 U/L, converted to 34.0 U/L, expected 31"),
    ("NKD-042", FLAG, "A", put("LB", 0, LBORRES="<5", LBSTRESC="<5", LBSTRESN=None), "LB: ALT is <5: it decides only where the comparison is certain"),
    ("NKD-043", HANDLED, "A", put("LB", 1, LBSTRESN=6.95, LBSTRESU="mmol/L"), "LB: HGB is given in mmol/L; read as g/L"),
    ("NKD-044", FLAG, "A", put("LB", 1, LBSTRESN=11.2, LBORRES="11.2", LBORRESU="g/L"), "LB: HGB is 11.2 g/L on 2026-07-22, plausible are 30 to 250 g/L; in g/dL or mmol/L it would be plausible"),
    ("NKD-044", FLAG, "A", add("LB", LBTESTCD="CREAT", LBSTRESN=0.9, LBSTRESU="umol/L", LBSTNRHI=100.0, LBDTC="2026-08-03"), "in mg/dL or mmol/L it would be plausible"),
    ("NKD-045", FLAG, "A", put("LB", 1, LBORRES="11,2"), "LB: HGB was reported as 11,2, with a comma; expected a decimal point"),
    ("NKD-063", FLAG, "A", all_of(lambda s: [r.update(EXDOSE=3.0) for r in s["EX"] if r["USUBJID"] == A1], put("DM", 0, ARMCD="A_DL2"), put("ADJUD", 0, LEVEL=2)),
     "group A: DL2 was first dosed on 2026-08-03, DL1 had not been"),
    ("NKD-072", FLAG, "A", put("TR", 0, TRDTC="2026-07-05"), "TR: the last scan before the first dose is 29 days old, expected at most 28"),
    ("NKD-072", FLAG, "A", put("TR", 0, TRDTC="2026-08-04"), "TR: no scan before the first dose on 2026-08-03"),
    ("NKD-073", FLAG, "A", put("RS", 0, RSSTRESC="CHECK"), "RS: OVRLRESP is CHECK on 2026-09-14, expected CR, PR, SD, PD, NON-CR/NON-PD, NE"),
    ("NKD-080", FLAG, "A", put("QS", 0, QSSTRESN=5.0), "QS: QLQC3001 is 5 on 2026-08-03, expected 1 to 4; the item is missing"),
    ("NKD-080", FLAG, "A", add("QS", QSTESTCD="QLQC3001", QSSTRESN=2.0, QSDTC="2026-08-03", VISITNUM=3.0), "QS: QLQC3001 is there twice at visit 3.0"),
    ("NKD-080", FLAG, "A", all_of(DEAD, put("VS", 0, VSDTC="2026-09-01"), put("SS", 0, SSDTC="2026-09-01"), put("QS", 0, QSDTC="2026-09-21")), "QS: form of 2026-09-21 is after the death"),
    ("NKD-081", FLAG, "B", put("PR", 0, PRINDC=None), "PR: PARACENTESIS on 2026-09-02 without a purpose (PRINDC)"),
    ("NKD-081", FLAG, "B", put("PR", 0, PRVOL=None), "PR: PARACENTESIS on 2026-09-02 without a volume (PRVOL)"),
    ("NKD-090", FLAG, "A", all_of(put("DM", 0, DTHFL="Y"), put("SS", 0, SSSTRESC="DEAD")), "SS: the subject is DEAD, DM has no death date (DTHDTC)"),
]  # fmt: skip


# A refusal, a finding about the snapshot, one that sees two subjects or a group, and one whose cause another fault has too,
# for one cause is one finding: these are planted into a study alone.
SHARED_CAUSE = "LB: HGB is 11.2 g/L"
ALONE = {
    n
    for n, (check, _, group, _, words) in enumerate(PLANTED)
    if not group or check in ("NKD-017", "NKD-063") or words.startswith(SHARED_CAUSE)
}
TOGETHER = [n for n in range(len(PLANTED)) if n not in ALONE]


@pytest.fixture(scope="module")
def together(studies):
    """Findings by row of PLANTED, for faults of one subject: planted into one snapshot, a study for each."""
    about, rest = studies([PLANTED[n][3] for n in TOGETHER])
    return dict(zip(TOGETHER, about, strict=True)), rest


@pytest.mark.parametrize("n", range(len(PLANTED)), ids=[f"{row[0]} {str(row[4])[:45]}" for row in PLANTED])
def test_a_planted_fault_is_found_once_and_does_what_it_should(study, together, n):
    check, effect, group, plant, words = PLANTED[n]
    found = [finding for finding in (study(plant) if n in ALONE else together[0][n]) if finding.id == check]
    assert len(found) == 1, found
    assert found[0].effect is effect
    assert found[0].group == group
    words = words if n in ALONE else words.replace(SITE, site(TOGETHER.index(n)))
    assert words in found[0].message


def test_of_faults_of_subjects_little_is_said_beside_them(together):
    """What was cut off and which dates are partial; and of the one cause that two subjects have."""
    said = [finding for finding in together[1] if not finding.message.startswith(SHARED_CAUSE)]
    assert {finding.id for finding in said} == {"NKD-011", "NKD-015"}


def test_without_a_day_of_extraction_no_date_is_after_it(study):
    def plant(planted):
        planted.manifest["extracted_at"] = None
        planted["AE"][0]["AEDTC"] = "2026-10-05"

    said = [(finding.effect, finding.message) for finding in study(plant)]
    assert said == [(HANDLED, "snapshot.json does not give extracted_at: no date was compared with the extraction")]


def test_the_clean_study_has_no_finding(study):
    assert study() == []


def test_a_death_that_only_an_event_implies_is_one_finding(study):
    """Not one more for every record after that day: the event is wrong, or DM is."""
    form = put("QS", 0, QSDTC="2026-09-21")
    found = study(all_of(put("AE", 0, AEOUT="FATAL", AEENDTC="2026-08-05"), form))
    assert [(finding.id, finding.usubjid) for finding in found] == [("NKD-030", found[0].usubjid)]
    assert "fatal, but DM has no death" in found[0].message


def test_every_check_made_here_has_a_planted_fault():
    made_here = {check.id for check in CHECKS if not check.where}
    assert made_here == {row[0] for row in PLANTED} | {"NKD-099"}  # the last in test_previous.py


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_every_check_says_what_it_looks_for_why_and_where(check):
    assert check.says
    assert check.why
    assert check.effects
    assert bool(check.where) != bool(check.find or check.refuse)


def test_ids_are_unique_and_in_order():
    ids = [check.id for check in CHECKS]
    assert ids == sorted(set(ids))


#  planted in one record                                                    silent: at the limit, or not enough is known
SILENT = [
    (put("AE", 0, AEENDTC="2026-08"), "NKD-010"), (put("AE", 0, AESTDTC=None), "NKD-010"),
    (put("EX", 0, EXDOSE=0.5), "NKD-020"), (put("EX", 0, EXDOSE=1.2), "NKD-020"), (put("EX", 0, EXDOSE=0.0), "NKD-020"),
    (put("EX", 5, EXSTDTC="2026-09-09"), "NKD-021"), (put("EX", 5, EXSTDTC="2026-09-05"), "NKD-021"),
    (put("TR", 0, TRDTC="2026-07-06"), "NKD-072"), (put("TR", 0, TRDTC="2026-08-03"), "NKD-072"), (put("TR", 0, TRDTC="2026-07"), "NKD-072"),
    (put("RS", 0, RSSTRESC=None), "NKD-073"), (put("QS", 0, QSSTRESN=None, QSORRES=None), "NKD-080"),
    (put("AE", 0, AEREL=None), "NKD-036"), (put("AE", 0, AEREL="PROBABLE"), "NKD-036"),
    (put("AE", 0, AEDLT="Y", AETOXGR=None), "NKD-032"), (put("AE", 0, AEDLT="Y", AESTDTC="2026-08-30", AEENDTC=None), "NKD-032"),
    (put("AE", 0, AEDLT="Y", AESTDTC="2026-08", AEENDTC=None), "NKD-032"),
    (put("LB", 0, LBSTRESN=32.5), "NKD-041"), (put("LB", 0, LBORRES=None), "NKD-041"), (put("LB", 0, LBORRESU=None), "NKD-041"),
    (put("LB", 1, LBSTRESN=30.0, LBORRES=None), "NKD-044"), (put("LB", 1, LBSTRESN=250.0, LBORRES=None), "NKD-044"), (put("LB", 1, LBSTRESN=29.9, LBORRES=None, LBSPEC="ASCITES FLUID"), "NKD-044"),
    (put("DS", 3, DSCAT="DISPOSITION EVENT", DSDECOD="COMPLETED", DSSTDTC="2026-09-07"), "NKD-023"), (put("DS", 3, DSCAT="DISPOSITION EVENT", DSSTDTC="2026-09"), "NKD-023"),
    (lambda s: [add("SV", VISITNUM=2.0, SVSTDTC=f"2026-08-{d}")(s) for d in ("17", "10")], "NKD-016"), (lambda s: [r.update(BRTHDTC="1966") for r in s["DM"]], "NKD-017"),
    (put("SS", 0, SSSTRESC="UNKNOWN"), "NKD-090"), (supplement("AESEQ", "1", "AEDLT", "Y"), "NKD-039"),
    (supplement("AETERM", "fever", "AEDLT", "Y"), "NKD-039"), (supplement(None, None, "AEDLT", "Y"), "NKD-039"),
]  # fmt: skip


@pytest.fixture(scope="module")
def silent(studies):
    """Findings by row of SILENT, planted into one snapshot, a study for each; and one study without a fault beside them."""
    return studies([*(plant for plant, _ in SILENT), lambda study: None])


@pytest.mark.parametrize("n", range(len(SILENT)), ids=lambda n: f"plant{n}-{SILENT[n][1]}")
def test_at_the_limit_or_without_proof_a_check_is_silent(silent, n):
    about, rest = silent
    anywhere = [finding for found in (*about, rest) for finding in found]
    assert [finding for finding in anywhere if finding.id == SILENT[n][1]] == []


def test_a_clean_study_beside_others_has_no_finding(silent):
    assert silent[0][-1] == []


def test_one_cause_in_many_records_is_one_finding_that_names_some_and_counts_all(study):
    def plant(planted):
        for n in range(40):
            add(
                "LB",
                LBTESTCD="ALT",
                LBORRES="31",
                LBORRESU="U/L",
                LBSTRESN=31.0,
                LBSTRESU="U/L",
                LBDTC=f"2026-08-{n % 28 + 1:02d}",
            )(planted)

    found = [finding for finding in study(plant) if finding.id == "NKD-040"]
    assert [str(finding) for finding in found] == [
        "NKD-040 LB: ALT without an upper limit (LBSTNRHI); multiples of ULN are unknown; 39 more such records, this subject in all"
    ]
    assert found[0].evidence.endswith("…")


def test_a_study_without_levels_has_no_proposal_to_withhold(study):
    def plant(planted):
        put("AE", 0, AEENDTC="2026-08-03")(planted)
        planted.settings += ["levels=[]", "groups=[{id: A, label: a, route: null, arms: {A_DL1: null, B_DL1: null}}]"]

    found = study(plant)
    assert [finding.effect for finding in found if finding.id == "NKD-010"] == [FLAG]
    assert not [finding for finding in found if finding.effect is BLOCK]
