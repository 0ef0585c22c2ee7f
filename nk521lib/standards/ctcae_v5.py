"""CTCAE v5.0, the laboratory terms as data (NCI, published 27 November 2017). No code here: read it as a table.

Every grade text was compared term by term with two public transcriptions that do not depend on each other: the grading
metadata of the R package admiral (29 terms) and an open listing of the whole terminology (CTCAE5 of oncohub).

Names of terms and system organ classes are the published ones; limits are the published numbers, in each unit the
publication prints; wording is ours and printed from the limits. Parts of a grade that are clinical (transfusion,
hospitalisation, intervention) are left out: they can raise a grade, never lower one.

Where a grade can be entered through symptoms at the same numbers, the limit carries CLINICAL: the grade proper
ignores it and the worst case assumes it. Tests are blood results: a urine result must not carry these codes.
"""

from nk521lib.standards.lab_criteria import (
    BASE,
    LLN,
    ULN,
    Bound,
    CriteriaSet,
    Criterion,
    Direction,
    Limit,
    When,
)

LOW, HIGH = Direction.LOW, Direction.HIGH
BLOOD = "Blood and lymphatic system disorders"
INVESTIGATIONS = "Investigations"
METABOLISM = "Metabolism and nutrition disorders"
RENAL = "Renal and urinary disorders"

NO_LIMITS = "no numeric limits in CTCAE v5.0"
UNCORRECTED = "calcium not corrected for albumin"


def _cells(per_litre: float) -> dict[str, float]:
    """A cell count in 10^9/L and per microlitre, both as printed."""
    return {"10^9/L": per_litre, "/uL": 1000 * per_litre}


def _cells_low(*per_litre: float) -> tuple[Limit, ...]:
    return (Limit(1, "<", LLN), *(Limit(g, "<", _cells(n)) for g, n in enumerate(per_litre, start=2)))


def _times_uln(*multiples: float) -> tuple[Limit, ...]:
    return tuple(Limit(g, ">", m * ULN) for g, m in enumerate(multiples, start=1))


def _by_baseline(first_op: str, first: float, *multiples: float) -> tuple[Limit, ...]:
    """Multiples of ULN, or of the baseline value when that was abnormal; at or under ULN nothing is abnormal."""
    over = (">", ULN)
    return (
        Limit(1, ">", ULN, When.BASELINE_NORMAL),
        *(Limit(g, ">", m * ULN, When.BASELINE_NORMAL) for g, m in enumerate(multiples, start=2)),
        Limit(1, first_op, first * BASE, When.BASELINE_ABNORMAL, over),
        *(Limit(g, ">", m * BASE, When.BASELINE_ABNORMAL, over) for g, m in enumerate(multiples, start=2)),
    )


_UNDER = ("<", LLN)
_PANCREATIC = (
    *_times_uln(1, 1.5),
    Limit(3, ">", 5 * ULN),
    Limit(3, ">", 2 * ULN, When.CLINICAL),
    Limit(4, ">", 5 * ULN, When.CLINICAL),
)
_TROPONIN = (Limit(1, ">", ULN), Limit(3, ">", ULN, When.CLINICAL))
_INFARCTION = "grade 3 is the manufacturer's level for myocardial infarction, which a range does not carry"

V5 = CriteriaSet("5.0", "2017-11-27", (
    Criterion("Anemia", BLOOD, "HGB", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"g/L": 100, "g/dL": 10.0, "mmol/L": 6.2}),
        Limit(3, "<", {"g/L": 80, "g/dL": 8.0, "mmol/L": 4.9}))),
    Criterion("Eosinophilia", BLOOD, "EOS", HIGH, (Limit(1, ">", BASE, also=(">", ULN)),)),
    Criterion("Leukocytosis", BLOOD, "WBC", HIGH, (Limit(3, ">", _cells(100)),)),
    Criterion("Methemoglobinemia", BLOOD, "METHGB", HIGH, (Limit(2, ">", ULN),)),

    Criterion("Activated partial thromboplastin time prolonged", INVESTIGATIONS, "APTT", HIGH,
              _times_uln(1, 1.5, 2.5)),
    Criterion("Alanine aminotransferase increased", INVESTIGATIONS, "ALT", HIGH, _by_baseline(">=", 1.5, 3, 5, 20)),
    Criterion("Alkaline phosphatase increased", INVESTIGATIONS, "ALP", HIGH, _by_baseline(">=", 2, 2.5, 5, 20)),
    Criterion("Aspartate aminotransferase increased", INVESTIGATIONS, "AST", HIGH, _by_baseline(">=", 1.5, 3, 5, 20)),
    Criterion("Blood bicarbonate decreased", INVESTIGATIONS, "BICARB", LOW, (Limit(1, "<", LLN),)),
    Criterion("Blood bilirubin increased", INVESTIGATIONS, "BILI", HIGH, _by_baseline(">", 1, 1.5, 3, 10)),
    Criterion("Blood lactate dehydrogenase increased", INVESTIGATIONS, "LDH", HIGH, _times_uln(1)),
    Criterion("Cardiac troponin I increased", INVESTIGATIONS, "TROPONI", HIGH, _TROPONIN, _INFARCTION),
    Criterion("Cardiac troponin T increased", INVESTIGATIONS, "TROPONT", HIGH, _TROPONIN, _INFARCTION),
    Criterion("CD4 lymphocytes decreased", INVESTIGATIONS, "CD4", LOW, _cells_low(0.5, 0.2, 0.05)),
    Criterion("Cholesterol high", INVESTIGATIONS, "CHOL", HIGH, (
        Limit(1, ">", ULN),
        Limit(2, ">", {"mmol/L": 7.75, "mg/dL": 300}),
        Limit(3, ">", {"mmol/L": 10.34, "mg/dL": 400}),
        Limit(4, ">", {"mmol/L": 12.92, "mg/dL": 500}))),
    Criterion("CPK increased", INVESTIGATIONS, "CK", HIGH, _times_uln(1, 2.5, 5, 10)),
    Criterion("Creatinine increased", INVESTIGATIONS, "CREAT", HIGH, (
        *_times_uln(1, 1.5, 3, 6),
        Limit(2, ">", 1.5 * BASE),
        Limit(3, ">", 3 * BASE)), note="the higher of the two scales; the baseline scale applies under ULN too"),
    Criterion("Fibrinogen decreased", INVESTIGATIONS, "FIBRINO", LOW, (
        Limit(1, "<", LLN, When.BASELINE_NORMAL),
        Limit(2, "<", 0.75 * LLN, When.BASELINE_NORMAL),
        Limit(3, "<", 0.5 * LLN, When.BASELINE_NORMAL),
        Limit(4, "<", 0.25 * LLN, When.BASELINE_NORMAL),
        Limit(1, "<", BASE, When.BASELINE_ABNORMAL, _UNDER),
        Limit(2, "<=", 0.75 * BASE, When.BASELINE_ABNORMAL, _UNDER),
        Limit(3, "<=", 0.5 * BASE, When.BASELINE_ABNORMAL, _UNDER),
        Limit(4, "<=", 0.25 * BASE, When.BASELINE_ABNORMAL, _UNDER),
        Limit(4, "<", {"mg/dL": 50, "g/L": 0.5}))),
    Criterion("GGT increased", INVESTIGATIONS, "GGT", HIGH, _by_baseline(">=", 2, 2.5, 5, 20)),
    Criterion("Haptoglobin decreased", INVESTIGATIONS, "HAPTOG", LOW, (Limit(1, "<", LLN),)),
    Criterion("Hemoglobin increased", INVESTIGATIONS, "HGB", HIGH, (
        Limit(1, ">", ULN),
        Limit(2, ">", ULN + {"g/dL": 2, "g/L": 20}),
        Limit(3, ">", ULN + {"g/dL": 4, "g/L": 40})), note="v5.0 says an increase of so much and not from where: taken above ULN"),
    Criterion("INR increased", INVESTIGATIONS, "INR", HIGH, (
        Limit(1, ">", {"1": 1.2}, When.NO_ANTICOAGULANT),
        Limit(2, ">", {"1": 1.5}, When.NO_ANTICOAGULANT),
        Limit(3, ">", {"1": 2.5}, When.NO_ANTICOAGULANT),
        Limit(1, ">", BASE, When.ON_ANTICOAGULANT),
        Limit(2, ">", 1.5 * BASE, When.ON_ANTICOAGULANT),
        Limit(3, ">", 2.5 * BASE, When.ON_ANTICOAGULANT))),
    Criterion("Lipase increased", INVESTIGATIONS, "LIPASE", HIGH, _PANCREATIC),
    Criterion("Lymphocyte count decreased", INVESTIGATIONS, "LYM", LOW, _cells_low(0.8, 0.5, 0.2)),
    Criterion("Lymphocyte count increased", INVESTIGATIONS, "LYM", HIGH, (
        Limit(2, ">", _cells(4)),
        Limit(3, ">", _cells(20)))),
    Criterion("Neutrophil count decreased", INVESTIGATIONS, "NEUT", LOW, _cells_low(1.5, 1.0, 0.5)),
    Criterion("Platelet count decreased", INVESTIGATIONS, "PLAT", LOW, _cells_low(75, 50, 25)),
    Criterion("Serum amylase increased", INVESTIGATIONS, "AMYLASE", HIGH, _PANCREATIC),
    Criterion("Thyroid stimulating hormone increased", INVESTIGATIONS, "TSH", HIGH, (Limit(1, ">", ULN),)),
    Criterion("White blood cell decreased", INVESTIGATIONS, "WBC", LOW, _cells_low(3, 2, 1)),

    Criterion("Acidosis", METABOLISM, "PHBLD", LOW, (Limit(1, "<", LLN), Limit(3, "<", {"1": 7.3}))),
    Criterion("Alkalosis", METABOLISM, "PHBLD", HIGH, (Limit(1, ">", ULN), Limit(3, ">", {"1": 7.5}))),
    Criterion("Hypercalcemia", METABOLISM, "CACORR", HIGH, (
        Limit(1, ">", ULN),
        Limit(2, ">", {"mmol/L": 2.9, "mg/dL": 11.5}),
        Limit(3, ">", {"mmol/L": 3.1, "mg/dL": 12.5}),
        Limit(4, ">", {"mmol/L": 3.4, "mg/dL": 13.5}))),
    Criterion("Hypercalcemia", METABOLISM, "CAION", HIGH, (
        Limit(1, ">", ULN),
        Limit(2, ">", {"mmol/L": 1.5}),
        Limit(3, ">", {"mmol/L": 1.6}),
        Limit(4, ">", {"mmol/L": 1.8}))),
    Criterion("Hypercalcemia", METABOLISM, "CA", HIGH, note=UNCORRECTED),
    Criterion("Hyperglycemia", METABOLISM, "GLUC", HIGH, note=NO_LIMITS),
    Criterion("Hyperkalemia", METABOLISM, "K", HIGH, (
        Limit(1, ">", ULN),
        Limit(2, ">", {"mmol/L": 5.5}),
        Limit(3, ">", {"mmol/L": 6.0}),
        Limit(4, ">", {"mmol/L": 7.0}))),
    Criterion("Hypermagnesemia", METABOLISM, "MG", HIGH, (
        Limit(1, ">", ULN),
        Limit(3, ">", {"mmol/L": 1.23, "mg/dL": 3.0}),
        Limit(4, ">", {"mmol/L": 3.30, "mg/dL": 8.0}))),
    Criterion("Hypernatremia", METABOLISM, "SODIUM", HIGH, (
        Limit(1, ">", ULN),
        Limit(2, ">", {"mmol/L": 150}),
        Limit(3, ">", {"mmol/L": 155}),
        Limit(4, ">", {"mmol/L": 160}))),
    Criterion("Hyperphosphatemia", METABOLISM, "PHOS", HIGH, note=NO_LIMITS),
    Criterion("Hypertriglyceridemia", METABOLISM, "TRIG", HIGH, (
        Limit(1, ">=", {"mmol/L": 1.71, "mg/dL": 150}),
        Limit(2, ">", {"mmol/L": 3.42, "mg/dL": 300}),
        Limit(3, ">", {"mmol/L": 5.7, "mg/dL": 500}),
        Limit(4, ">", {"mmol/L": 11.4, "mg/dL": 1000}))),
    Criterion("Hyperuricemia", METABOLISM, "URATE", HIGH, (
        Limit(1, ">", ULN),
        Limit(3, ">", ULN, When.CLINICAL))),
    Criterion("Hypoalbuminemia", METABOLISM, "ALB", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"g/L": 30, "g/dL": 3.0}),
        Limit(3, "<", {"g/L": 20, "g/dL": 2.0}))),
    Criterion("Hypocalcemia", METABOLISM, "CACORR", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"mmol/L": 2.0, "mg/dL": 8.0}),
        Limit(3, "<", {"mmol/L": 1.75, "mg/dL": 7.0}),
        Limit(4, "<", {"mmol/L": 1.5, "mg/dL": 6.0}))),
    Criterion("Hypocalcemia", METABOLISM, "CAION", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"mmol/L": 1.0}),
        Limit(3, "<", {"mmol/L": 0.9}),
        Limit(4, "<", {"mmol/L": 0.8}))),
    Criterion("Hypocalcemia", METABOLISM, "CA", LOW, note=UNCORRECTED),
    Criterion("Hypoglycemia", METABOLISM, "GLUC", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"mmol/L": 3.0, "mg/dL": 55}),
        Limit(3, "<", {"mmol/L": 2.2, "mg/dL": 40}),
        Limit(4, "<", {"mmol/L": 1.7, "mg/dL": 30}))),
    Criterion("Hypokalemia", METABOLISM, "K", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", LLN, When.CLINICAL),
        Limit(3, "<", {"mmol/L": 3.0}),
        Limit(4, "<", {"mmol/L": 2.5}))),
    Criterion("Hypomagnesemia", METABOLISM, "MG", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"mmol/L": 0.5, "mg/dL": 1.2}),
        Limit(3, "<", {"mmol/L": 0.4, "mg/dL": 0.9}),
        Limit(4, "<", {"mmol/L": 0.3, "mg/dL": 0.7}))),
    Criterion("Hyponatremia", METABOLISM, "SODIUM", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"mmol/L": 130}),
        Limit(3, "<", {"mmol/L": 130}, When.CLINICAL),
        Limit(3, "<", {"mmol/L": 125}),
        Limit(4, "<", {"mmol/L": 120}))),
    Criterion("Hypophosphatemia", METABOLISM, "PHOS", LOW, note=NO_LIMITS),

    Criterion("Chronic kidney disease", RENAL, "GFRE", LOW, (
        Limit(1, "<", LLN),
        Limit(2, "<", {"mL/min/1.73m2": 60}),
        Limit(3, "<", {"mL/min/1.73m2": 30}),
        Limit(4, "<", {"mL/min/1.73m2": 15})), note="per 1.73 m2: a Cockcroft-Gault clearance in mL/min is not graded"),
    Criterion("Proteinuria", RENAL, "PROTEXR", HIGH, (
        Limit(1, ">=", Bound("ULN")),
        Limit(2, ">=", {"g/day": 1.0}),
        Limit(3, ">=", {"g/day": 3.5})), note="24-hour excretion, adults; dipstick grades are not numbers"),
))  # fmt: skip
"""Every term of CTCAE v5.0 whose grades rest on a laboratory number, and those that look so but have no limits."""
