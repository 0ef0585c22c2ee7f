"""One table of screening facts: a row per subject, and for every fact what it rests on.

A criterion reads facts only, so it can be one readable expression. `FACTS` documents them; evidence.py the suffixes.
"""

import pandas as pd

from nk521lib.chapters.screening.evidence import Screened
from nk521lib.chapters.screening.facts_findings import FINDINGS
from nk521lib.chapters.screening.facts_history import (
    HISTORY,
    derive_exempt_autoimmune,
    derive_unresolved_events,
    liver,
)
from nk521lib.chapters.screening.facts_laboratory import LABORATORY, blood
from nk521lib.chapters.screening.facts_therapy import THERAPY, blood_products

FACTS = {
    "AGE_LOW": "youngest possible age in completed years at enrolment (AGE_HIGH the oldest)",
    "ASCITES_PRESENT": "ascites volume on file above zero",
    "CYTOLOGY_POSITIVE": "tumour cells in ascites",
    "FAILED_LINES": "numbered lines of prior anticancer therapy that ended by failure",
    "MEASURABLE_LESION": "lesion that RECIST 1.1 calls measurable, on CT or MRI",
    "ECOG": "performance status 0 to 5",
    "UNRESOLVED_EVENT": "adverse events of Grade 2 or more still open at enrolment (support only)",
    "CHILDBEARING": "woman of childbearing potential",
    "SERUM_HCG_POSITIVE": "serum pregnancy test",
    "CONSENT_FIRST": "consent on or before the first screening record",
    "SYMPTOMATIC_CNS": "symptomatic metastasis of the central nervous system",
    "CARCINOMATOUS_MENINGITIS": "carcinomatous meningitis",
    "OTHER_MALIGNANCY": "another malignancy in the window",
    "AUTOIMMUNE": "active autoimmune disease",
    "AUTOIMMUNE_EXEMPT": "autoimmune disease that the protocol may exempt (support only)",
    "HIV_POSITIVE": "HIV test",
    "IMMUNODEFICIENCY": "acquired or congenital immunodeficiency",
    "TRANSPLANT": "organ transplant",
    "SEVERE_ARRHYTHMIA": "severe arrhythmia",
    "SEVERE_CONDUCTION": "severe conduction abnormality",
    "QTC": "corrected QT interval, ms, mean of replicates",
    "ACUTE_CORONARY": "acute coronary syndrome in the window",
    "HEART_FAILURE": "congestive heart failure in the window",
    "AORTIC_DISSECTION": "aortic dissection in the window",
    "STROKE": "stroke in the window",
    "OTHER_GRADE3_VASCULAR": "other Grade 3 or higher cardiovascular or cerebrovascular event in the window",
    "NYHA": "NYHA class 1 to 4",
    "LVEF": "left ventricular ejection fraction, %",
    "SBP": "systolic pressure, mmHg (support only)",
    "DBP": "diastolic pressure, mmHg (support only)",
    "OTHER_SEVERE_VASCULAR": "other severe cardiovascular or cerebrovascular disease",
    "RADICAL_RADIOTHERAPY": "radical radiotherapy in the window",
    "PALLIATIVE_RADIOTHERAPY": "palliative radiotherapy in the window, or any of unknown intent",
    "UNRECOVERED_SURGERY": "not recovered from major surgery or trauma",
    "TRIAL_DRUG": "investigational drug or device in the window",
    "CELL_THERAPY": "cellular antineoplastic therapy in the window",
    "ANTICANCER": "other antineoplastic therapy in the window",
    "BLOOD_PRODUCT": "transfusion, erythropoietin or growth factor in the window",
    "STEROID": "systemic steroid above the limit on a day of the window",
    "IMMUNOMODULATOR": "immunomodulator in the window",
    "HBSAG_POSITIVE": "HBsAg",
    "HBV_DNA_DETECTED": "HBV DNA detected",
    "HBV_DNA_ABOVE_ULN": "HBV DNA above its upper limit",
    "HCV_ANTIBODY": "HCV antibody",
    "HCV_RNA_DETECTED": "HCV RNA detected",
    "PD1_HYPERSENSITIVITY": "hypersensitivity or intolerance to a PD-1 antibody",
    "NEUT": "neutrophils, 10^9/L",
    "PLAT": "platelets, 10^9/L",
    "HGB": "haemoglobin, g/L",
    "ALT": "ALT, U/L",
    "AST": "AST, U/L",
    "BILI": "bilirubin, umol/L",
    "CREAT": "creatinine, umol/L",
    "CRCL_LOW": "creatinine clearance, mL/min (CRCL_HIGH under the other possible age)",
    "CREATCLR": "reported creatinine clearance, mL/min",
    "LIVER_METASTASIS": "liver metastasis",
    "LIVER_PRIMARY": "primary liver cancer",
    "GILBERT": "Gilbert's syndrome",
    "GILBERT_REVIEWED": "history reviewed for Gilbert's syndrome",
}  # fmt: skip
"""Every fact a criterion may need, in protocol order, with what it means."""


def derive_facts(screened: Screened) -> pd.DataFrame:
    """One row per screened subject, index USUBJID in the order of `screened`: anchors, facts, and what each rests on."""
    return pd.concat(derive_parts(screened), axis=1)


def derive_parts(screened: Screened) -> list[pd.DataFrame]:
    """The same, step by step. A step that was taken before with the same parameters gives the same frame again."""
    return [screened.anchors, *(screened.once(step) for step in STEPS)]


def _voided(screened: Screened) -> pd.DataFrame:
    """TEST_VOID: was the sample drawn on or after a product that raises its value? GILBERT_REVIEWED."""
    drawn, products, gilbert = screened.once(blood), screened.once(blood_products), screened.once(liver)["GILBERT"]
    attested = screened.attested  # the proof of review of E14b3
    signed = attested.loc[attested["VALUE"].notna() & attested["IETESTCD"].eq("E14b3"), "USUBJID"]
    reviewed = pd.Series(screened.subjects.isin(signed), index=screened.subjects, dtype="boolean")
    void = {
        f"{test}_VOID": _void(drawn[f"{test}_DT"], products[f"{test}_VOID_FROM"]) for test in ("NEUT", "PLAT", "HGB")
    }
    return pd.DataFrame({**void, "GILBERT_REVIEWED": reviewed | gilbert.notna()})


def _void(drawn: pd.Series, product_from: pd.Series) -> pd.Series:
    """Was the sample drawn on or after a product that raises it? False where there was no such product."""
    return (drawn >= product_from).astype("boolean")


STEPS = (*FINDINGS, derive_exempt_autoimmune, derive_unresolved_events, *HISTORY, *THERAPY, *LABORATORY, _voided)
