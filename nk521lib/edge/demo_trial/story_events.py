"""What happened to the demo subjects: adverse events, medications, procedures. Invented; the terms are plain words."""

from typing import NamedTuple

GENERAL = "General disorders and administration site conditions"
GUT = "Gastrointestinal disorders"
IMMUNE = "Immune system disorders"
INJURY = "Injury, poisoning and procedural complications"
METABOLIC = "Metabolism and nutrition disorders"
NERVES = "Nervous system disorders"
BLOOD = "Blood and lymphatic system disorders"
SKIN = "Skin and subcutaneous tissue disorders"
VESSELS = "Vascular disorders"


class Event(NamedTuple):
    """One AE record. `end` empty: ongoing. `serious` names the sub-criterion, as AESHOSP. `label` lets others point here."""

    number: str
    reported: str
    coded: str
    system: str
    grade: str
    related: str
    start: str
    end: str = ""
    serious: str = ""
    action: str = "DOSE NOT CHANGED"
    treated: str = "N"
    dlt: str = ""
    aesi: str = ""
    procedure_related: str = ""
    crs_grade: str = ""
    group: str = ""
    label: str = ""


EVENTS = (
    # Group A, level 1
    Event("001", "Fever", "Pyrexia", GENERAL, "2", "RELATED", "2026-06-01T18:30", "2026-06-02T07:00", treated="Y"),
    Event("001", "Chills", "Chills", GENERAL, "1", "RELATED", "2026-06-01T17:50", "2026-06-01T20:00"),
    Event("001", "Poor appetite", "Decreased appetite", METABOLIC, "1", "POSSIBLE", "2026-06"),  # day never known
    Event("001", "Tiredness", "Fatigue", GENERAL, "2", "POSSIBLE", "2026-06-10", "2026-07-01"),
    Event("001", "Thrombosis of left calf vein", "Deep vein thrombosis", VESSELS, "3", "NOT RELATED", "2026-08-02",
          "2026-08-20", serious="AESHOSP", action="NOT APPLICABLE", treated="Y"),  # after cut-off D2, before its extraction
    Event("004", "Loose stools, 9 a day", "Diarrhoea", GUT, "3", "POSSIBLE", "2026-06-24", "2026-06-26", treated="Y", dlt="N"),
    Event("004", "Nausea", "Nausea", GUT, "2", "RELATED", "2026-06-16", "2026-06-18", treated="Y"),
    Event("004", "Fever", "Pyrexia", GENERAL, "1", "RELATED", "2026-06-22T21:00", "2026-06-23T08:00"),
    Event("004", "Swollen ankles", "Oedema peripheral", GENERAL, "1", "UNLIKELY", "2026-07-10"),
    Event("007", "Pain at puncture site", "Puncture site pain", GENERAL, "1", "NOT RELATED", "2026-06-20", "2026-06-21"),
    Event("007", "Severe tiredness", "Fatigue", GENERAL, "3", "POSSIBLE", "2026-07-06", "2026-07-13", dlt="N", label="fatigue"),
    Event("007", "Chills", "Chills", GENERAL, "1", "RELATED", "2026-06-22T16:00", "2026-06-22T19:00"),
    Event("007", "Constipation", "Constipation", GUT, "1", "NOT RELATED", "2026-07-20", "2026-07-27", treated="Y"),
    # Group A, level 2
    Event("014", "Fever <b>high</b> $x_{38.6}$ 发热", "Pyrexia", GENERAL, "2", "RELATED", "2026-08-10T19:00",
          "2026-08-11T09:00", treated="Y"),
    Event("014", "Rash on trunk", "Rash maculo-papular", SKIN, "1", "POSSIBLE", "2026-08-19", "2026-08-26"),
    Event("018", "Cytokine release syndrome", "Cytokine release syndrome", IMMUNE, "1", "RELATED", "2026-08-24T21:00",
          "2026-08-25T10:00", treated="Y", aesi="Y", crs_grade="1"),
    Event("018", "Headache", "Headache", NERVES, "1", "POSSIBLE", "2026-09-01", "2026-09-02"),
    Event("020", "Reaction during infusion: flush, chills", "Infusion related reaction", INJURY, "2", "RELATED",
          "2026-08-31T10:20", "2026-08-31T12:00", action="DRUG INTERRUPTED", treated="Y", aesi="Y"),
    Event("020", "Nausea", "Nausea", GUT, "1", "RELATED", "2026-09-07", "2026-09-08"),
    Event("020", "Low sodium", "Hyponatraemia", METABOLIC, "1", "NOT RELATED", "2026-09-14"),
    # Group B, level 1
    Event("002", "Belly pain", "Abdominal pain", GUT, "2", "RELATED", "2026-06-11", "2026-06-14", treated="Y", aesi="Y"),
    Event("002", "Fever", "Pyrexia", GENERAL, "1", "RELATED", "2026-06-04T20:00", "2026-06-05T06:00"),
    Event("002", "Nausea", "Nausea", GUT, "2", "RELATED", "2026-06-12", "2026-06-13"),
    Event("005", "Vomiting", "Vomiting", GUT, "1", "POSSIBLE", "2026-06-17", "2026-06-18"),
    Event("005", "Bloated belly", "Abdominal distension", GUT, "2", "NOT RELATED", "2026-06-20"),
    Event("008", "Chemical peritonitis", "Peritonitis", GUT, "3", "RELATED", "2026-07-08", "2026-07-16", serious="AESHOSP",
          action="DRUG WITHDRAWN", treated="Y", dlt="Y", aesi="Y", label="peritonitis"),
    Event("008", "Fever", "Pyrexia", GENERAL, "2", "RELATED", "2026-06-24", "2026-06-25", treated="Y"),
    Event("010", "Leak at catheter site", "Catheter site leak", GENERAL, "2", "POSSIBLE", "2026-07-09", "2026-07-12",
          aesi="Y", procedure_related="Y"),
    Event("010", "Headache", "Headache", NERVES, "1", "", "2026-07-02", "2026-07-03"),  # relation never given
    Event("010", "Severe belly pain", "Abdominal pain", GUT, "3", "RELATED", "2026-08-06", "2026-08-09", treated="Y", aesi="Y"),
    Event("015", "Fever 40.3", "Pyrexia", GENERAL, "3", "RELATED", "2026-08-11T20:00", "2026-08-12T09:00", treated="Y", dlt="N"),
    Event("015", "Anaemia", "Anaemia", BLOOD, "1", "NOT RELATED", "2026-08-08", "2026-08-20", group="15-A"),
    Event("015", "Anaemia", "Anaemia", BLOOD, "2", "POSSIBLE", "2026-08-21", "", group="15-A"),
    Event("017", "Cytokine release syndrome", "Cytokine release syndrome", IMMUNE, "2", "RELATED", "2026-08-25T18:00",
          "2026-08-27T12:00", serious="AESHOSP", treated="Y", aesi="Y", crs_grade="2"),
    Event("017", "Belly pain", "Abdominal pain", GUT, "1", "RELATED", "2026-08-19", "2026-08-20", aesi="Y"),
    Event("017", "Vomiting", "Vomiting", GUT, "2", "RELATED", "2026-09-02", "2026-09-03", treated="Y"),
    Event("021", "Belly pain", "Abdominal pain", GUT, "1", "RELATED", "2026-09-10", "2026-09-11", aesi="Y"),
    Event("021", "Tingling of finger tips", "", "", "1", "POSSIBLE", "2026-09-16"),  # not yet coded
)  # fmt: skip


class Drug(NamedTuple):
    number: str
    name: str
    category: str
    start: str
    end: str = ""
    dose: float | None = None
    unit: str = ""
    often: str = ""
    route: str = ""
    why: str = ""


PRIOR, CONCOMITANT, SUBSEQUENT = "PRIOR ANTICANCER THERAPY", "CONCOMITANT", "SUBSEQUENT ANTICANCER"

DRUGS = (
    Drug("001", "PARACETAMOL", CONCOMITANT, "2026-06-01", "2026-06-02", 500, "mg", "Q8H", "ORAL", "FEVER"),
    Drug("002", "SPIRONOLACTONE", CONCOMITANT, "2026-05", "", 100, "mg", "QD", "ORAL", "ASCITES"),
    Drug("002", "TRAMADOL", CONCOMITANT, "2026-06-11", "2026-06-14", 50, "mg", "BID", "ORAL", "ABDOMINAL PAIN"),
    Drug("004", "LOPERAMIDE", CONCOMITANT, "2026-06-24", "2026-06-26", 2, "mg", "TID", "ORAL", "DIARRHOEA"),
    Drug("007", "PREDNISONE", CONCOMITANT, "2026-06-01", "2026-06-30", 5, "mg", "BID", "ORAL", "APPETITE"),  # 10 mg: allowed
    Drug("008", "CEFTRIAXONE", CONCOMITANT, "2026-07-08", "2026-07-15", 2, "g", "QD", "INTRAVENOUS", "PERITONITIS"),
    Drug("008", "PACLITAXEL", SUBSEQUENT, "2026-09-18", "", 80, "mg/m2", "QW", "INTRAVENOUS", "OVARIAN CANCER"),
    Drug("010", "BUDESONIDE", CONCOMITANT, "2025-11", "", 0.4, "mg", "BID", "RESPIRATORY (INHALATION)", "ASTHMA"),
    Drug("012", "PREDNISONE", CONCOMITANT, "2026-06-20", "", 15, "mg", "QD", "ORAL", "APPETITE"),
    Drug("014", "PARACETAMOL", CONCOMITANT, "2026-08-10", "2026-08-11", 500, "mg", "Q6H", "ORAL", "FEVER"),
    Drug("015", "PARACETAMOL", CONCOMITANT, "2026-08-11", "2026-08-12", 1000, "mg", "Q8H", "ORAL", "FEVER"),
    Drug("017", "TOCILIZUMAB", CONCOMITANT, "2026-08-26", "2026-08-26", 480, "mg", "ONCE", "INTRAVENOUS", "CYTOKINE RELEASE SYNDROME"),
    Drug("020", "CHLORPHENAMINE", CONCOMITANT, "2026-08-31", "2026-08-31", 10, "mg", "ONCE", "INTRAVENOUS", "INFUSION REACTION"),
    Drug("021", "SPIRONOLACTONE", CONCOMITANT, "2026-08-01", "", 100, "mg", "QD", "ORAL", "ASCITES"),
)  # fmt: skip

LINES = {
    "COLORECTAL CANCER": ("FOLFOX", "FOLFIRI", "REGORAFENIB", "TRIFLURIDINE"),
    "GASTRIC CANCER": ("SOX", "PACLITAXEL", "APATINIB", "IRINOTECAN"),
    "OVARIAN CANCER": ("CARBOPLATIN", "DOXORUBICIN", "GEMCITABINE", "TOPOTECAN"),
    "LIVER CANCER": ("LENVATINIB", "SORAFENIB", "REGORAFENIB", "FOLFOX"),
}
"""Systemic therapies in the order of their lines."""

STOP_REASONS = ("PROGRESSIVE DISEASE", "TOXICITY", "PROGRESSIVE DISEASE", "PROGRESSIVE DISEASE")


class Procedure(NamedTuple):
    """`ml` is what came out; None: nobody wrote it down."""

    number: str
    name: str
    purpose: str
    start: str
    end: str = ""
    ml: float | None = None
    intent: str = ""


TAP, CATHETER, RADIOTHERAPY = "PARACENTESIS", "CATHETER DRAINAGE", "RADIOTHERAPY"

PROCEDURES = (
    Procedure("001", "COLECTOMY", "COLON CANCER", "2024-02-14"),
    Procedure("001", RADIOTHERAPY, "BONE PAIN", "2026-03-02", "2026-03-06", intent="PALLIATIVE"),
    Procedure("001", TAP, "DIAGNOSTIC", "2026-05-22", ml=40),
    Procedure("001", TAP, "DIAGNOSTIC", "2026-07-13", ml=50),
    Procedure("002", TAP, "THERAPEUTIC", "2026-05-12", ml=2600),
    Procedure("002", TAP, "THERAPEUTIC", "2026-08-20", ml=2500),
    Procedure("005", TAP, "THERAPEUTIC", "2026-06-28", ml=2200),
    Procedure("007", TAP, "SYMPTOM RELIEF", "2026-09-02", ml=900),
    Procedure("008", TAP, "DIAGNOSTIC", "2026-07-09", ml=60),
    Procedure("010", CATHETER, "THERAPEUTIC", "2026-08-21", ml=620),
    Procedure("010", CATHETER, "THERAPEUTIC", "2026-08-22", ml=700),
    Procedure("010", CATHETER, "THERAPEUTIC", "2026-08-23", ml=550),
    Procedure("015", TAP, "", "2026-09-20", ml=800),  # purpose not recorded
    Procedure("016", "RED BLOOD CELL TRANSFUSION", "ANAEMIA", "2026-08-01", "2026-08-01"),
    Procedure("017", TAP, "SAMPLING", "2026-09-22", ml=30),
    Procedure("021", "CATHETER CARE", "CATHETER CARE", "2026-09-16", ml=0),
)  # fmt: skip

PROTOCOL_DRAINAGE = {1: 1800, 2: 900, 3: 500}
"""Group B: mL drained through the catheter before the first doses (day 1 is before the first dose)."""
