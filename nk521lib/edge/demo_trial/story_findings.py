"""What was measured in the demo subjects where it matters: scans, and the values that stand out from the usual ones."""

from typing import NamedTuple

TARGET, NON_TARGET, NEW = "TARGET", "NON-TARGET", "NEW"
BASELINE, WEEK_6, WEEK_12, UNSCHEDULED = (1, "SCREENING"), (9, "WEEK 6"), (10, "WEEK 12"), (2.1, "UNSCHEDULED")


class Scan(NamedTuple):
    """One CT with the investigator's reading (target, non-target, new lesion, overall); no reading at baseline."""

    number: str
    visit: tuple[float, str]
    day: str
    reading: tuple[str, str, str, str] | None = None


STABLE = ("SD", "NON-CR/NON-PD", "N", "SD")
PARTIAL = ("PR", "NON-CR/NON-PD", "N", "PR")

SCANS = (
    Scan("001", BASELINE, "2026-05-22"), Scan("001", WEEK_6, "2026-07-13", PARTIAL), Scan("001", WEEK_12, "2026-08-24", PARTIAL),
    Scan("002", BASELINE, "2026-05-25"), Scan("002", WEEK_6, "2026-07-16", STABLE),
    Scan("002", WEEK_12, "2026-08-27", ("PD", "NON-CR/NON-PD", "N", "PD")),
    Scan("003", BASELINE, "2026-05-26"),
    Scan("004", BASELINE, "2026-06-05"), Scan("004", WEEK_6, "2026-07-27", ("SD", "NON-CR/NON-PD", "Y", "PD")),
    Scan("005", BASELINE, "2026-06-05"), Scan("005", UNSCHEDULED, "2026-06-24", ("SD", "NON-CR/NON-PD", "Y", "PD")),
    Scan("006", BASELINE, "2026-06-08"),
    Scan("007", BASELINE, "2026-06-12"), Scan("007", WEEK_6, "2026-08-03", STABLE), Scan("007", WEEK_12, "2026-09-14", STABLE),
    Scan("008", BASELINE, "2026-06-15"), Scan("008", WEEK_6, "2026-08-04", PARTIAL),  # measured: -25 %, so SD
    Scan("008", WEEK_12, "2026-09-15", STABLE),
    Scan("009", BASELINE, "2026-06-16"),
    Scan("010", BASELINE, "2026-06-20"), Scan("010", WEEK_6, "2026-08-11", ("NE", "NON-CR/NON-PD", "N", "NE")),
    Scan("011", BASELINE, "2026-06-29"), Scan("012", BASELINE, "2026-07-09"), Scan("013", BASELINE, "2026-07-16"),
    Scan("014", BASELINE, "2026-08-01"), Scan("014", WEEK_6, "2026-09-21", PARTIAL),
    Scan("015", BASELINE, "2026-08-03"), Scan("015", WEEK_6, "2026-09-22", STABLE),
    Scan("016", BASELINE, "2026-08-04"),
    Scan("017", BASELINE, "2026-08-08"), Scan("017", WEEK_6, "2026-09-29", STABLE),
    Scan("018", BASELINE, "2026-08-15"), Scan("020", BASELINE, "2026-08-22"), Scan("021", BASELINE, "2026-08-30"),
    Scan("022", BASELINE, "2026-09-19"), Scan("023", BASELINE, "2026-09-21"), Scan("024", BASELINE, "2026-09-24"),
    Scan("025", BASELINE, "2026-09-25"),
)  # fmt: skip


class Lesion(NamedTuple):
    """Sizes in mm at each scan of the subject, in order; None: not evaluable or not yet there. Nodes: short axis."""

    number: str
    link: str
    role: str
    place: str
    sizes: tuple[float | None, ...]


LESIONS = (
    Lesion("001", "T01", TARGET, "LIVER", (42, 28, 26)), Lesion("001", "T02", TARGET, "LUNG", (30, 20, 18)),
    Lesion("001", "T03", TARGET, "LYMPH NODE", (22, 14, 9)),  # sums 94, 62 (-34.0 %), 53 (-43.6 %)
    Lesion("002", "T01", TARGET, "PERITONEUM", (35, 33, 42)), Lesion("002", "T02", TARGET, "PELVIS", (28, 27, 32)),  # 63, 60, 74
    Lesion("003", "T01", TARGET, "LIVER", (51,)),
    Lesion("004", "T01", TARGET, "LIVER", (30, 35)), Lesion("004", "T02", TARGET, "LYMPH NODE", (20, 23)),  # 50, 58
    Lesion("004", "NEW01", NEW, "LIVER", (None, 14)),
    Lesion("005", "T01", TARGET, "LIVER", (40, 41)), Lesion("005", "T02", TARGET, "STOMACH", (28, 29)),
    Lesion("005", "NEW01", NEW, "PERITONEUM", (None, 18)),
    Lesion("006", "T01", TARGET, "PELVIS", (37,)),
    Lesion("007", "T01", TARGET, "LIVER", (38, 34, 35)), Lesion("007", "T02", TARGET, "LUNG", (22, 21, 22)),  # 60, 55, 57
    Lesion("008", "T01", TARGET, "PELVIS", (44, 33, 34)), Lesion("008", "T02", TARGET, "PERITONEUM", (16, 12, 12)),  # 60, 45, 46
    Lesion("009", "T01", TARGET, "LIVER", (26,)),
    Lesion("010", "T01", TARGET, "LIVER", (32, 31)), Lesion("010", "T02", TARGET, "LUNG", (24, None)),
    Lesion("011", "T01", TARGET, "LIVER", (47,)), Lesion("012", "T01", TARGET, "LIVER", (29,)),
    Lesion("013", "T01", TARGET, "LIVER", (55,)),
    Lesion("014", "T01", TARGET, "PELVIS", (50, 33)), Lesion("014", "T02", TARGET, "PERITONEUM", (30, 19)),  # 80, 52 (-35 %)
    Lesion("015", "T01", TARGET, "PELVIS", (36, 35)), Lesion("015", "T02", TARGET, "PERITONEUM", (20, 19)),  # 56, 54
    Lesion("016", "T01", TARGET, "LIVER", (33,)),
    Lesion("017", "T01", TARGET, "LIVER", (41, 39)),
    Lesion("018", "T01", TARGET, "STOMACH", (45,)), Lesion("020", "T01", TARGET, "LUNG", (28,)),
    Lesion("020", "T02", TARGET, "LYMPH NODE", (18,)), Lesion("021", "T01", TARGET, "PELVIS", (33,)),
    Lesion("022", "T01", TARGET, "LUNG", (24,)), Lesion("023", "T01", TARGET, "LIVER", (39,)),
    Lesion("024", "T01", TARGET, "LIVER", (31,)), Lesion("025", "T01", TARGET, "PERITONEUM", (27,)),
)  # fmt: skip


class Value(NamedTuple):
    """A result that replaces (or, at an unscheduled visit, adds to) what the machinery would draw."""

    number: str
    visit: float
    test: str
    result: float | str | None  # None: not done


LABORATORY = (
    Value("003", 1, "ALT", 212.0), Value("003", 1, "AST", 171.0),
    Value("006", 1, "PLAT", 70.0),
    Value("013", 1, "HBSAG", "POSITIVE"), Value("013", 1, "HBVDNA", None),
    Value("002", 1, "BILI", 42.0), Value("002", 2, "BILI", 41.0),  # 2.0 x ULN with Gilbert's syndrome: allowed
    Value("010", 1, "HBVDNA", "<10"),  # an inequality that decides
    Value("010", 1, "HGB", 93.0),  # within 10 % of the limit of 90
    Value("008", 4, "PCT", "<0.05"),
    Value("014", 4, "NEUT", 0.8), Value("014", 4, "WBC", 2.6), Value("014", 4.1, "NEUT", 1.7), Value("014", 4.1, "WBC", 3.7),  # grade 3 on day 15, over five days later
    Value("017", 3, "CRP", 148.0), Value("018", 2, "CRP", 35.0),
    Value("020", 5, "SODIUM", 133.0),
    Value("021", 3, "K", None),  # haemolysed sample
    Value("022", 1, "HIV12AB", None),
    Value("023", 1, "NEUT", 1.55), Value("023", 1, "WBC", 3.6), Value("023", 1, "PLAT", 79.0),  # near misses, both allowed
)  # fmt: skip

UNSCHEDULED_LABS = {("014", 4.1): "2026-08-29"}
"""Visits at which only the values listed above were drawn."""

FEVERS = (
    Value("001", 2, "TEMP", 39.2), Value("002", 2, "TEMP", 38.4), Value("004", 3, "TEMP", 38.2), Value("014", 2, "TEMP", 38.6),
    Value("015", 2, "TEMP", 40.3), Value("017", 3, "TEMP", 39.1), Value("018", 2, "TEMP", 38.5),
)  # fmt: skip
"""Temperatures four hours after a dose."""

MARKERS = {
    "001": ("CEA", (64.0, 41.0, 22.0, 18.0)), "002": ("CA125AG", (820.0, 760.0, 690.0, 1450.0)),
    "004": ("CA19_9AG", (210.0, 260.0, 390.0)), "005": ("CA19_9AG", (95.0,)), "007": ("AFP", (1200.0, 1150.0, 1010.0, 1090.0)),
    "008": ("CA125AG", (540.0, 480.0, 300.0, 310.0)), "010": ("CEA", (12.0, 11.5, 13.1)),
    "014": ("CA125AG", (390.0, 260.0, 150.0)), "015": ("CA125AG", (610.0, 590.0, 575.0)), "017": ("CEA", (88.0, 80.0, 79.0)),
    "018": ("CA19_9AG", (33.0, 30.0)), "020": ("CEA", ("<0.50", "<0.50")), "021": ("CA125AG", (1320.0, 1290.0)),
}  # fmt: skip
"""By subject: the marker of the tumour, before the first dose, day 22, week 6, week 12."""

QTCF = {"011": 486.0, "023": 472.0}
LVEF_NOT_DONE = ("022",)
CYTOLOGY = {"024": "SUSPICIOUS"}
CYTOLOGY_WEEK_6 = {"002": "NEGATIVE", "008": "POSITIVE", "010": "NEGATIVE", "015": "NEGATIVE", "017": "POSITIVE"}
GILBERT = ("002",)
NOT_OF_CHILDBEARING_POTENTIAL_FROM_AGE = 50

FORM_ITEMS = (
    Value("010", 5, "QLQC3004", None), Value("010", 5, "QLQC3005", None),
    Value("004", 9, "QLQC3018", 5.0),  # out of range
)  # fmt: skip

NOT_ATTESTED = {"010": ("E16",), "022": ("I05", "I08", "E15", "E16"), "024": ("I02b", "I05")}
"""Criteria the investigator has not answered."""

ATTESTED_OTHERWISE = {("009", "I02c"): "NO", ("012", "E11a"): "YES"}
"""Answers other than the passing one. (016, E10) is attested NO against a transfusion on file: a conflict to be shown."""

ASCITES = {
    "001": (450, 300, 280), "002": (3200, 900, 2600), "004": (700, 1000), "007": (380, 400, 800), "008": (4100, 1200, 1000),
    "010": (2500, 1900), "014": (650, 350), "015": (3600, 1400), "017": (2900, 1100),
}  # fmt: skip
"""mL at each scan with a reading, baseline first; everybody else has the baseline only."""
