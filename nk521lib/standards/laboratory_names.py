"""Laboratory tests as clinicians name them. The codes are those of CDISC (LBTESTCD)."""

_NAMES = {
    "ALB": "albumin", "ALP": "alkaline phosphatase", "AMYLASE": "amylase", "APTT": "aPTT", "BICARB": "bicarbonate",
    "BILI": "bilirubin", "BILDIR": "direct bilirubin", "CA": "calcium", "CA125AG": "CA-125", "CA19_9AG": "CA 19-9", "CACORR": "corrected calcium", "CAION": "ionised calcium",
    "CD4": "CD4 cells", "CHOL": "cholesterol", "CK": "creatine kinase", "CREAT": "creatinine", "CREATCLR": "creatinine clearance",
    "CRP": "C-reactive protein", "EOS": "eosinophils", "FERRITIN": "ferritin", "FIBRINO": "fibrinogen", "GFRE": "estimated GFR",
    "GGT": "gamma-GT", "GLUC": "glucose", "HAPTOG": "haptoglobin", "HBSAG": "HBsAg", "HBVDNA": "HBV DNA", "HCAB": "HCV antibody", "HCG": "beta-hCG",
    "HGB": "haemoglobin", "HIV12AB": "HIV antibody", "K": "potassium", "LIPASE": "lipase",
    "LYM": "lymphocytes", "METHGB": "methaemoglobin", "MG": "magnesium", "NEUT": "neutrophils", "PCT": "procalcitonin", "PHBLD": "blood pH",
    "PHOS": "phosphate", "PLAT": "platelets", "PROT": "total protein", "PROTEXR": "urine protein", "SODIUM": "sodium", "TRIG": "triglycerides",
    "TROPONI": "troponin I", "TROPONT": "troponin T", "URATE": "urate", "UREAN": "urea nitrogen", "WBC": "white cells",
}  # fmt: skip


def laboratory_name(code: str) -> str:
    """A test within a sentence; a code that is a name of its own (ALT, INR), or that we have no name for, stays as it is."""
    return _NAMES.get(code, code)


def laboratory_title(code: str) -> str:
    """The same at the start of a line; a first word with a capital of its own (aPTT) stays as it is."""
    first, *rest = laboratory_name(code).split(" ")
    return " ".join([first.capitalize() if first.islower() else first, *rest])
