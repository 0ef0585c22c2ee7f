"""The demo trial, subject by subject. Everything here is invented; no patient stands behind any line.

Three extracts of one trial: D1 (cut-off 30 June 2026), D2 (31 July) and D3 (30 September). The answer key, what a
reader should find in each, is nk521lib/demo/README.md.
"""

from typing import NamedTuple

SITE = "01"


def subject_id(number: str) -> str:
    return f"NK521-{SITE}-{number}"


class Extract(NamedTuple):
    """What the database held on one day. `cutoff` comes before `extracted`, so later records are in it too."""

    id: str
    cutoff: str
    extracted: str


EXTRACTS = (
    Extract("D1", "2026-06-30", "2026-07-03"),
    Extract("D2", "2026-07-31", "2026-08-04"),
    Extract("D3", "2026-09-30", "2026-10-05"),
)


class Person(NamedTuple):
    """One screened subject. Dates are ISO days; an empty text means that it never came to that."""

    number: str
    sex: str
    born: str
    tumour: str
    liver_metastasis: str  # Y, N
    lines: int  # failed lines of systemic therapy
    ascites_ml: int
    symptomatic: str  # Y, N
    consent: str
    assessed: str = ""  # day of the screening laboratory, ECG and vital signs
    enrolled: str = ""
    arm: str = ""
    failed: str = ""  # end of screening without enrolment
    why: str = ""  # disposition term
    left: str = ""  # last day on study, where it is not simply the cut-off
    reason: str = ""  # its disposition term
    died: str = ""


#      no   sex  born          tumour              liv lines ml  symp  consent       assessed      enrolled      arm
PEOPLE = (
    Person("001", "M", "1964-03-11", "COLORECTAL CANCER", "Y", 3, 450, "N", "2026-05-19", "2026-05-25", "2026-05-28", "A_DL1"),
    Person("002", "F", "1966-09-02", "OVARIAN CANCER", "N", 3, 3200, "Y", "2026-05-21", "2026-05-28", "2026-06-01", "B_DL1"),
    Person("003", "M", "1969-01-20", "COLORECTAL CANCER", "Y", 2, 600, "N", "2026-05-25", "2026-05-28",
           failed="2026-06-01", why="ALT 5.3 x ULN with liver metastasis"),
    Person("004", "M", "1962-12-05", "GASTRIC CANCER", "Y", 2, 700, "N", "2026-06-02", "2026-06-08", "2026-06-11", "A_DL1",
           died="2026-09-08"),
    Person("005", "F", "1971-07-17", "GASTRIC CANCER", "Y", 3, 2800, "Y", "2026-06-03", "2026-06-09", "2026-06-12", "B_DL1",
           left="2026-06-25", reason="PROGRESSIVE DISEASE", died="2026-08-19"),
    Person("006", "F", "1968-04-30", "OVARIAN CANCER", "N", 3, 1900, "Y", "2026-06-05", "2026-06-09",
           failed="2026-06-11", why="Platelets 70 x 10^9/L"),
    Person("007", "M", "1965-10-23", "LIVER CANCER", "N", 2, 380, "N", "2026-06-09", "2026-06-15", "2026-06-18", "A_DL1"),
    Person("008", "F", "1970-02-14", "OVARIAN CANCER", "N", 4, 4100, "Y", "2026-06-10", "2026-06-16", "2026-06-19", "B_DL1"),
    Person("009", "M", "1973-08-08", "GASTRIC CANCER", "N", 1, 900, "Y", "2026-06-15", "2026-06-17",
           failed="2026-06-18", why="One failed line of systemic therapy"),
    Person("010", "F", "1963-05-26", "COLORECTAL CANCER", "Y", 3, 2500, "Y", "2026-06-17", "2026-06-23", "2026-06-26", "B_DL1"),
    Person("011", "M", "1961-11-15", "LIVER CANCER", "N", 2, 500, "N", "2026-06-26", "2026-06-30",
           failed="2026-07-03", why="QTcF 486 ms"),
    Person("012", "F", "1967-06-03", "GASTRIC CANCER", "N", 2, 1500, "Y", "2026-07-08", "2026-07-10",
           failed="2026-07-13", why="Prednisone 15 mg a day"),
    Person("013", "M", "1972-03-29", "LIVER CANCER", "N", 2, 2100, "Y", "2026-07-14", "2026-07-17",
           failed="2026-07-28", why="HBsAg positive, HBV DNA not available within the screening window"),
    Person("014", "F", "1984-01-09", "OVARIAN CANCER", "N", 3, 650, "N", "2026-07-29", "2026-08-03", "2026-08-07", "A_DL2"),
    Person("015", "F", "1968-10-12", "OVARIAN CANCER", "N", 2, 3600, "Y", "2026-07-30", "2026-08-04", "2026-08-07", "B_DL1"),
    Person("016", "M", "1966-02-21", "GASTRIC CANCER", "Y", 3, 1700, "Y", "2026-08-03", "2026-08-05",
           failed="2026-08-07", why="Red cells transfused on 1 August"),
    Person("017", "M", "1963-04-18", "COLORECTAL CANCER", "Y", 2, 2900, "Y", "2026-08-05", "2026-08-11", "2026-08-14", "B_DL1"),
    Person("018", "M", "1974-09-27", "GASTRIC CANCER", "N", 2, 520, "N", "2026-08-12", "2026-08-18", "2026-08-21", "A_DL2"),
    Person("019", "F", "1969-12-01", "OVARIAN CANCER", "N", 3, 2200, "Y", "2026-08-17", "",
           failed="2026-08-20", why="Consent withdrawn"),
    Person("020", "M", "1960-07-07", "COLORECTAL CANCER", "N", 3, 1100, "N", "2026-08-19", "2026-08-25", "2026-08-28", "A_DL2"),
    Person("021", "F", "1965-03-04", "OVARIAN CANCER", "N", 4, 3900, "Y", "2026-08-27", "2026-09-01", "2026-09-04", "B_DL1"),
    Person("022", "M", "1970-05-19", "GASTRIC CANCER", "N", 2, 800, "N", "2026-09-17", "2026-09-21"),
    Person("023", "F", "1969-08-25", "COLORECTAL CANCER", "Y", 2, 600, "N", "2026-09-18", "2026-09-23"),
    Person("024", "M", "1964-06-11", "LIVER CANCER", "N", 3, 2400, "Y", "2026-09-21", "2026-09-25"),
    Person("025", "F", "1972-11-30", "OVARIAN CANCER", "N", 3, 550, "N", "2026-09-22", "2026-09-28"),
    Person("026", "M", "1967-01-16", "COLORECTAL CANCER", "N", 2, 700, "N", "2026-09-29"),
    Person("027", "F", "1971-04-02", "GASTRIC CANCER", "N", 2, 1800, "Y", "2026-10-02"),  # after the last cut-off
)  # fmt: skip

DISPOSITION_OF_FAILURE = {"019": "WITHDRAWAL BY SUBJECT"}
"""Everybody else who fails screening leaves with SCREEN FAILURE."""


TREATMENT_ENDED = {"008": ("ADVERSE EVENT", "2026-07-16")}
"""Dosing stopped for good while the subject stays on study. Six doses given: COMPLETED, on the day of the sixth."""


class Course(NamedTuple):
    """Doses of one subject: first day, study days given, and what was not as planned {dose number: (part, why)}."""

    number: str
    first: str
    days: tuple[int, ...]
    adjusted: dict[int, tuple[float, str]] = {}  # noqa: RUF012  (read only)


COURSES = (
    Course("001", "2026-06-01", (1, 8, 15, 22, 29, 36)),
    Course("002", "2026-06-04", (1, 8, 15, 23, 29, 36)),
    Course("004", "2026-06-15", (1, 8, 15, 22, 30, 36)),
    Course("005", "2026-06-16", (1,)),  # 12 days after 002: the sentinel gap is 14
    Course("007", "2026-06-22", (1, 8, 15, 22, 29, 36), {2: (0.85, "LOT SIZE")}),
    Course("008", "2026-06-23", (1, 8, 15)),  # stopped by the DLT
    Course("010", "2026-06-30", (1, 8, 16, 22, 29, 36), {3: (0.7, "LOW CELL YIELD")}),
    Course("014", "2026-08-10", (1, 8, 15, 22, 29, 36)),
    Course("015", "2026-08-11", (1, 8, 15, 22, 29, 36)),
    Course("017", "2026-08-18", (1, 8, 15, 22, 29, 36)),
    Course("018", "2026-08-24", (1, 8, 15, 23, 29, 36)),
    Course("020", "2026-08-31", (1, 8, 15, 22, 29, 36)),
    Course("021", "2026-09-08", (1, 8, 15, 22)),
)

MISSED_VISITS = (("010", 10, "WEEK 12"),)


class Committee(NamedTuple):
    """One line of the committee's record, known from `date` on. `event` names the AE by its label in story_events."""

    date: str
    item: str
    value: str
    group: str
    level: int | None
    reason: str
    number: str = ""
    event: str = ""
    snapshot: str = ""


COMMITTEE = (
    Committee("2026-05-25", "DECISION", "OPEN", "A", 1, "Trial start"),
    Committee("2026-05-25", "DECISION", "OPEN", "B", 1, "Trial start"),
    Committee("2026-07-16", "DLT", "Y", "B", 1, "Chemical peritonitis, related, grade 3", "008", "peritonitis"),
    Committee(
        "2026-08-06", "DLT", "N", "A", 1, "Fatigue of the disease, present before the trial", "007", "fatigue", "D2"
    ),
    Committee("2026-08-06", "DECISION", "ESCALATE", "A", 1, "0 of 3 after adjudication", snapshot="D2"),
    Committee("2026-08-06", "DECISION", "OPEN", "A", 2, "Level 2 opened", snapshot="D2"),
    Committee("2026-08-06", "DECISION", "EXPAND", "B", 1, "1 of 3: three more at level 1", snapshot="D2"),
)


class LateEdit(NamedTuple):
    """A value that extracts up to `last_seen` show as it was first typed; later ones show it corrected."""

    last_seen: str
    domain: str
    number: str
    where: dict[str, object]
    variable: str
    first_typed: object


LATE_EDITS = (
    LateEdit("D1", "AE", "001", {"AEDECOD": "Pyrexia"}, "AETOXGR", "1"),
    LateEdit("D1", "LB", "004", {"LBTESTCD": "ALB", "VISITNUM": 2}, "LBSTRESN", 43.0),
    LateEdit("D2", "CM", "002", {"CMTRT": "SPIRONOLACTONE"}, "CMDOSE", 40.0),
)
