"""What each table of a snapshot may hold: keys, the variables the chapters read, and the type of every variable.

SDTM is permissive, so a frame may carry more variables than are named here; it always carries at least these, filled
with NA where the source has none. Spec: data.md section 2, rulings.md section 7 (keys).
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """Contract of one domain. `supplements` are SUPP-- names joined to it as columns."""

    code: str
    label: str
    key: tuple[str, ...]
    variables: tuple[str, ...]
    supplements: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("STUDYID", "USUBJID", *self.key, *self.variables, *self.supplements)))


def _domain(code: str, label: str, variables: str, supplements: str = "", key: str = "") -> Domain:
    keys = tuple(key.split()) or ("USUBJID", f"{code}SEQ")
    return Domain(code, label, keys, tuple(variables.split()), tuple(supplements.split()))


DOMAINS: dict[str, Domain] = {
    d.code: d
    for d in (
        _domain("DM", "Demographics", "SUBJID SITEID RFSTDTC RFENDTC RFXSTDTC RFXENDTC RFICDTC DTHDTC DTHFL BRTHDTC "
                "AGE AGEU SEX RACE ETHNIC COUNTRY ARMCD ARM ACTARMCD ACTARM ARMNRS", key="USUBJID"),
        _domain("DS", "Disposition", "DSTERM DSDECOD DSCAT DSSCAT DSSTDTC DSDTC"),
        _domain("IE", "Criteria violated", "IETESTCD IETEST IECAT IEORRES IEDTC"),
        _domain("SV", "Visits done", "VISITNUM VISIT SVSTDTC SVENDTC SVPRESP SVOCCUR", key="USUBJID VISITNUM SVSTDTC"),
        _domain("EX", "Exposure", "EXTRT EXDOSE EXDOSU EXROUTE EXLOT EXSTDTC EXENDTC EXADJ EXVAMT EXVAMTU VISITNUM",
                "EXVIAB EXSTERIL"),
        _domain("AE", "Adverse events", "AETERM AELLT AEDECOD AEBODSYS AESOC AESEV AETOXGR AESER AESDTH AESLIFE "
                "AESHOSP AESDISAB AESCONG AESMIE AEREL AERELNST AEACN AEOUT AESTDTC AEENDTC AEENRTPT AEENTPT AECONTRT "
                "AEGRPID AEDTC", "AEDLT AEDLTADJ AESI AERELPR CRSGR ICANSGR"),
        _domain("CE", "Clinical events", "CETERM CEDECOD CESTDTC CEENDTC"),
        _domain("FA", "Findings about", "FAOBJ FATESTCD FATEST FAORRES FAORRESU FASTRESC FASTRESN FASTRESU FADTC VISITNUM VISIT"),
        _domain("MH", "Medical history", "MHTERM MHDECOD MHCAT MHPRESP MHOCCUR MHSTDTC MHENDTC MHENRF MHENRTPT MHDTC"),
        _domain("CM", "Medications", "CMTRT CMDECOD CMCAT CMDOSE CMDOSU CMDOSFRQ CMROUTE CMINDC CMSTDTC CMENDTC "
                "CMENRTPT CMENRF", "CMLINE CMSTOPRS CMINTENT CMBESRSP CELLTHER"),
        _domain("PR", "Procedures", "PRTRT PRDECOD PRCAT PRINDC PRSTDTC PRENDTC", "PRVOL RTINTENT"),
        _domain("LB", "Laboratory", "LBTESTCD LBTEST LBCAT LBORRES LBORRESU LBSTRESC LBSTRESN LBSTRESU LBORNRLO LBORNRHI "
                "LBSTNRLO LBSTNRHI LBNRIND LBSPEC LBMETHOD LBSTAT LBREASND LBBLFL LBDTC LBTPT LBTPTNUM VISITNUM VISIT"),
        _domain("MB", "Microbiology", "MBTESTCD MBORRES MBORRESU MBSTRESC MBSTRESN MBSTRESU MBDTC"),
        _domain("IS", "Immunogenicity", "ISTESTCD ISORRES ISORRESU ISSTRESC ISSTRESN ISSTRESU ISDTC"),
        _domain("MI", "Microscopic findings", "MITESTCD MISPEC MIORRES MISTRESC MIDTC"),
        _domain("VS", "Vital signs", "VSTESTCD VSTEST VSORRES VSORRESU VSSTRESC VSSTRESN VSSTRESU VSSTAT VSDTC VSTPT VSTPTNUM "
                "VISITNUM VISIT"),
        _domain("EG", "ECG", "EGTESTCD EGTEST EGORRES EGORRESU EGSTRESC EGSTRESN EGSTRESU EGMETHOD EGSTAT EGDTC EGTPT EGTPTNUM "
                "VISITNUM VISIT"),
        _domain("CV", "Cardiovascular findings", "CVTESTCD CVORRES CVORRESU CVSTRESN CVSTRESU CVMETHOD CVDTC"),
        _domain("TU", "Tumour identification", "TULNKID TUTESTCD TUORRES TUSTRESC TULOC TUMETHOD TUEVAL TUEVALID TUACPTFL "
                "VISITNUM VISIT TUDTC"),
        _domain("TR", "Tumour results", "TRLNKID TRGRPID TRTESTCD TRORRES TRORRESU TRSTRESC TRSTRESN TRSTRESU TRSTAT TRREASND "
                "TRMETHOD TREVAL TREVALID TRACPTFL VISITNUM VISIT TRDTC"),
        _domain("RS", "Disease response", "RSTESTCD RSCAT RSORRES RSSTRESC RSSTAT RSEVAL RSEVALID RSACPTFL VISITNUM VISIT RSDTC"),
        _domain("QS", "Questionnaires", "QSTESTCD QSCAT QSORRES QSSTRESC QSSTRESN QSSTAT QSREASND QSDTC VISITNUM VISIT"),
        _domain("SS", "Subject status", "SSTESTCD SSORRES SSSTRESC SSDTC"),
        _domain("DD", "Death details", "DDTESTCD DDORRES DDSTRESC DDDTC"),
        _domain("RP", "Reproductive findings", "RPTESTCD RPORRES RPDTC"),
        _domain("TI", "Trial criteria", "IETESTCD IETEST IECAT TIVERS", key="IETESTCD"),
        _domain("TS", "Trial summary", "TSPARMCD TSPARM TSVAL", key="TSPARMCD TSSEQ"),
        _domain("ATTEST", "Attestations", "IETESTCD VALUE BY ATDTC NOTE", key="USUBJID IETESTCD ATDTC BY"),
        _domain("ADJUD", "Committee", "GROUP LEVEL ITEM VALUE ADJDTC SNAPSHOT AESEQ REASON PROPOSAL DEPARTS PACKSHA ATTENDEES BY",
                key="USUBJID GROUP LEVEL ITEM VALUE ADJDTC SNAPSHOT AESEQ REASON"),
    )
}  # fmt: skip

NOT_SDTM = frozenset({"ATTEST", "ADJUD"})
"""Tables of this workbook's own: they need no STUDYID and no DOMAIN."""

NO_SUBJECT = frozenset({"TI", "TS", "TV", "TA", "TE"})
"""Trial design: no USUBJID."""

SUPP_KEY = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM")
SUPP_COLUMNS = ("STUDYID", *SUPP_KEY, "QVAL")

_WHOLE = re.compile(r"^(?:\w{2}SEQ|TSSEQ|LEVEL|AESEQ)$")
_NUMBER = re.compile(
    r"^(?:AGE|VISITNUM|VISITDY|EXVAMT|EXVIAB|\w{2}(?:STRESN|STNRLO|STNRHI|DOSE|DY|STDY|ENDY|TPTNUM)|PRVOL|CMLINE)$"
)
_DATE = re.compile(r"^\w+DTC$")


def kind(variable: str) -> str:
    """`whole`, `number`, `date` (ISO text) or `text`: the type of a variable, from its SDTM name alone."""
    if _WHOLE.match(variable):
        return "whole"
    if _NUMBER.match(variable):
        return "number"
    return "date" if _DATE.match(variable) else "text"


DTYPE = {"whole": "Int64", "number": "Float64", "date": "string", "text": "string"}
