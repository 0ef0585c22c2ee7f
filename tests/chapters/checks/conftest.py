"""A small clean study on which every data check is silent, and a way to plant one fault in it."""

from copy import deepcopy
from dataclasses import replace
from unittest.mock import patch

import pandas as pd
import pytest

from nk521lib.chapters import checks
from nk521lib.chapters.checks.check import Study
from nk521lib.chapters.cutoff import apply_cutoff
from nk521lib.findings import Finding

A1, B1, S1 = "NK521-01-001", "NK521-01-002", "NK521-01-003"
DOSES = ("2026-08-03", "2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31", "2026-09-07")


def _subject(usubjid, arm, **more):
    return {"STUDYID": "NCT07561437", "DOMAIN": "DM", "USUBJID": usubjid, "SUBJID": usubjid[-3:], "SEX": "F", "AGE": 60.0, "AGEU": "YEARS",
            "ARMCD": arm, "ACTARMCD": arm, "RFICDTC": "2026-07-20", "RFSTDTC": DOSES[0]} | more  # fmt: skip


def _records(domain, usubjids, **values):
    return [{"STUDYID": "NCT07561437", "DOMAIN": domain, "USUBJID": usubjid} | values for usubjid in usubjids]


CLEAN = {
    "DM": [_subject(A1, "A_DL1"), _subject(B1, "B_DL1"), _subject(S1, None, ARMNRS="SCREEN FAILURE", RFSTDTC=None, ACTARMCD=None)],
    "DS": [*_records("DS", (A1, B1, S1), DSDECOD="INFORMED CONSENT OBTAINED", DSCAT="PROTOCOL MILESTONE", DSSTDTC="2026-07-20"),
           *_records("DS", (A1, B1), DSDECOD="ENROLLED", DSCAT="PROTOCOL MILESTONE", DSSTDTC="2026-07-30")],
    "EX": [record for usubjid, route in ((A1, "INTRAVENOUS"), (B1, "INTRAPERITONEAL")) for day in DOSES
           for record in _records("EX", (usubjid,), EXTRT="NK521", EXDOSE=1.0, EXDOSU="10^9 CELLS", EXROUTE=route, EXSTDTC=day)],
    "AE": [*_records("AE", (A1, B1), AETERM="fever", AEDECOD="Pyrexia", AEBODSYS="General disorders", AETOXGR="2", AEREL="RELATED",
                     AESER="N", AESHOSP=None, AESTDTC="2026-08-04", AEENDTC="2026-08-06", AEOUT="RECOVERED/RESOLVED", AEDLT=None, AEDLTADJ=None, AESDTH=None),
           *_records("AE", (A1,), AETERM="rash", AEDECOD="Rash", AEBODSYS="Skin", AETOXGR="1", AEREL="POSSIBLE", AESER="N",
                     AESTDTC="2026-09-10", AEENDTC="2026-09-12", AEOUT="RECOVERED/RESOLVED")],
    "LB": [*_records("LB", (A1,), LBTESTCD="ALT", LBORRES="31", LBORRESU="U/L", LBSTRESC="31", LBSTRESN=31.0, LBSTRESU="U/L", LBSTNRHI=40.0, LBDTC="2026-07-22"),
           *_records("LB", (A1,), LBTESTCD="HGB", LBORRES="11.2", LBORRESU="g/dL", LBSTRESC="112", LBSTRESN=112.0, LBSTRESU="g/L", LBDTC="2026-07-22")],
    "VS": _records("VS", (A1, B1), VSTESTCD="TEMP", VSSTRESN=36.6, VSDTC="2026-09-28"),
    "TR": _records("TR", (A1, B1), TRTESTCD="LDIAM", TRSTRESN=31.0, TREVAL="INVESTIGATOR", TRDTC="2026-07-25"),
    "RS": _records("RS", (A1,), RSTESTCD="OVRLRESP", RSCAT="RECIST 1.1", RSSTRESC="SD", RSEVAL="INVESTIGATOR", RSDTC="2026-09-14"),
    "QS": _records("QS", (A1,), QSTESTCD="QLQC3001", QSORRES="2", QSSTRESN=2.0, QSDTC="2026-08-03", VISITNUM=3.0),
    "PR": _records("PR", (B1,), PRTRT="PARACENTESIS", PRINDC="THERAPEUTIC", PRVOL=1500.0, PRSTDTC="2026-09-02"),
    "SS": _records("SS", (A1, B1), SSTESTCD="SURVSTAT", SSSTRESC="ALIVE", SSDTC="2026-09-28"),
    "ADJUD": [{"USUBJID": None, "GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": "OPEN", "ADJDTC": "2026-07-30", "SNAPSHOT": "T000", "AESEQ": None, "REASON": "start"}],
}  # fmt: skip


class Planted:
    """The clean study with a fault in it.

    records : rows by domain. faults : what typing could not read. supplements : rows of SUPPAE. manifest :
    fields of it that differ.
    """

    def __init__(self):
        self.records, self.faults, self.settings, self.supplements = deepcopy(CLEAN), [], [], []
        self.manifest = {}

    def __getitem__(self, domain):
        return self.records.setdefault(domain, [])

    def unreadable(self, domain, variable, row, value, expected):
        self.records[domain][row][variable] = None
        self.faults.append({"domain": domain, "variable": variable, "expected": expected, "row": row, "value": value})


def _found(make_cut, planted, before=None, not_compared="", only=None) -> list[Finding]:
    settings = (
        "required_domains=[DM, EX, AE]",
        "required_variables={DM: [USUBJID], AE: [AETERM]}",
        *planted.settings,
    )
    whole = make_cut(cutoff="2026-09-30", settings=settings, **planted.records)
    whole = replace(whole, manifest=whole.manifest.model_copy(update=planted.manifest))
    faults = pd.DataFrame(planted.faults, columns=["domain", "variable", "expected", "row", "value"]).astype(
        {"row": "Int64"}
    )
    faults = faults.astype({c: "string" for c in ("domain", "variable", "expected", "value")})
    if planted.supplements:
        frame = pd.DataFrame(planted.supplements).astype("string")
        whole.frames["SUPPAE"], whole.variables["SUPPAE"] = frame, frozenset(frame.columns)
    if refused := checks.refusals(Study(whole, whole, faults)):
        return refused
    frames, audit, known_after = apply_cutoff(whole)
    cut = replace(whole, frames=frames, audit=audit, known_after=known_after)
    previous = None
    if before is not None:
        previous = make_cut(cutoff="2026-09-15", settings=settings, **before.records)
        previous = replace(previous, manifest=previous.manifest.model_copy(update={"snapshot_id": "T000"}))
    wanted = tuple(check for check in checks.CHECKS if only in (None, check.id))
    assert wanted, f"there is no check {only}"
    with patch.object(checks, "CHECKS", wanted):
        return list(checks.find_all(Study(whole, cut, faults, previous, not_compared)))


def _planted(plant):
    planted = Planted()
    plant(planted)
    return planted


@pytest.fixture(scope="session")
def study(make_cut):
    """study(plant): the findings of the clean study after plant has changed it; refusals alone where there are any.

    before : plants into the previous snapshot; without it there is none. only : id of the one check to make, where a test
    looks at no other.
    """

    def study(plant=lambda planted: None, before=None, not_compared="", only=None) -> list[Finding]:
        return _found(make_cut, _planted(plant), None if before is None else _planted(before), not_compared, only)

    return study


SITE = "NK521-01-"


def site(n):
    """What the names of the subjects of the n-th study begin with, where many stand side by side."""
    return f"NK521-{n + 10}-"


def _side_by_side(plants):
    """The clean study once for each plant, at a site of its own, in one snapshot."""
    whole = Planted()
    whole.records = {}
    for n, one in enumerate(map(_planted, plants)):
        assert not one.settings, "a setting is the whole snapshot's"
        here = lambda row, n=n: row | {name: row[name].replace(SITE, site(n)) for name in ("USUBJID",) if row.get(name)}
        numbered = lambda row, n=n: row | {"SUBJID": f"{n + 10}-{row['SUBJID']}"}
        whole.faults += [fault | {"row": fault["row"] + len(whole[fault["domain"]])} for fault in one.faults]
        whole.supplements += map(here, one.supplements)
        for domain, rows in one.records.items():
            rows = map(numbered, rows) if domain == "DM" else rows
            # What is said of a group stands once, or the same key would be there twice.
            whole[domain].extend(row for row in map(here, rows) if domain != "ADJUD" or row not in whole[domain])
    return whole


@pytest.fixture(scope="session")
def studies(make_cut):
    """studies(plants): for each plant the findings about subjects of its study, all studies in one snapshot; and the rest.

    For faults of a subject's own records. What concerns a group or the snapshot is planted alone, into `study`.
    befores : what is planted into the snapshot before, study by study.
    """

    def studies(plants, befores=None) -> tuple[list[list[Finding]], list[Finding]]:
        found = _found(make_cut, _side_by_side(plants), befores and _side_by_side(befores))
        sites = [site(n) for n in range(len(plants))]
        about = [[finding for finding in found if finding.usubjid.startswith(name)] for name in sites]
        return about, [finding for finding in found if not finding.usubjid.startswith(tuple(sites))]

    return studies
