"""Terms of CTCAE v5.0 that rest on a test or a finding and that no number of one blood sample can grade, each with the reason.

Together with the criteria of `ctcae_v5` they are every term of the classes named here: a term that is missing from both
has been forgotten, not judged. Grade texts compared as in `ctcae_v5`.
"""

from nk521lib.standards.ctcae_v5 import BLOOD, INVESTIGATIONS, METABOLISM, RENAL

CLINICAL = "grades are symptoms, interventions or consequences"
NO_NUMBER = "grades say present, or abnormal, and give no number"
NOT_LABORATORY = "measured, but not in the laboratory"
WITH_OTHER_FINDINGS = "a number counts only together with other findings"
MARROW = "a biopsy, not a blood test"
URINE = "urine: the codes graded here are blood results"

NOT_BY_NUMBER: dict[str, dict[str, str]] = {
    BLOOD: {
        "Bone marrow hypocellular": MARROW,
        "Disseminated intravascular coagulation": WITH_OTHER_FINDINGS,
        "Febrile neutropenia": WITH_OTHER_FINDINGS,
        "Hemolysis": WITH_OTHER_FINDINGS,
        "Hemolytic uremic syndrome": WITH_OTHER_FINDINGS,
        "Lymph node pain": CLINICAL,
        "Thrombotic thrombocytopenic purpura": WITH_OTHER_FINDINGS,
        "Blood and lymphatic system disorders - Other, specify": CLINICAL,
    },
    INVESTIGATIONS: {
        "Blood antidiuretic hormone abnormal": NO_NUMBER,
        "Blood corticotrophin decreased": NO_NUMBER,
        "Blood gonadotrophin abnormal": NO_NUMBER,
        "Blood prolactin abnormal": NO_NUMBER,
        "Growth hormone abnormal": NO_NUMBER,
        "Pancreatic enzymes decreased": "which enzyme is not said, and grade 1 is below LLN without symptoms only",
        "Carbon monoxide diffusing capacity decreased": NOT_LABORATORY,
        "Ejection fraction decreased": NOT_LABORATORY,
        "Electrocardiogram QT corrected interval prolonged": "an ECG interval: graded by `ecg.grade_qtc`",
        "Electrocardiogram T wave abnormal": NOT_LABORATORY,
        "Forced expiratory volume decreased": NOT_LABORATORY,
        "Urine output decreased": NOT_LABORATORY,
        "Vital capacity abnormal": NOT_LABORATORY,
        "Weight gain": NOT_LABORATORY,
        "Weight loss": NOT_LABORATORY,
        "Investigations - Other, specify": CLINICAL,
    },
    METABOLISM: {
        "Alcohol intolerance": CLINICAL,
        "Anorexia": CLINICAL,
        "Dehydration": CLINICAL,
        "Glucose intolerance": CLINICAL,
        "Hyperlipidemia": CLINICAL,
        "Iron overload": CLINICAL,
        "Obesity": NOT_LABORATORY,
        "Tumor lysis syndrome": NO_NUMBER,
        "Metabolism and nutrition disorders - Other, specify": CLINICAL,
    },
    RENAL: {
        "Acute kidney injury": CLINICAL,
        "Glucosuria": URINE,
        "Hematuria": URINE,
        "Hemoglobinuria": URINE,
        "Nephrotic syndrome": CLINICAL,
    },
}
"""Class -> term -> why it has no criterion. Of the renal class only the terms that name a laboratory finding."""
