"""Every inclusion and exclusion criterion, in protocol order, as one table (spec protocol.md sections 6-7).

A criterion says what its condition is; whether that lets a subject in is decided once, in evaluate.py. Operators are
the protocol's own: `>` and `>=` differ at the limit. The numbers come from the screening parameters.
"""

import pandas as pd

from nk521lib.chapters.screening.criterion import Criterion, Kind, Limit, Source
from nk521lib.chapters.screening.logic import Facts, agree, if_, unless
from nk521lib.params.models import Screening
from nk521lib.standards.comparison import above, at_least, at_most, below
from nk521lib.standards.units import BILIRUBIN_UMOL_PER_MG_DL

IN, OUT = Kind.INCLUSION, Kind.EXCLUSION
M, T, B = Source.DATA, Source.ATTESTATION, Source.BOTH


def _age_in_range(s: Facts, p: Screening) -> pd.Series:
    """Both possible ages must agree."""
    fits = lambda age: at_least(age, p.age_min) & at_most(age, p.age_max)
    return agree(fits(s.AGE_LOW), fits(s.AGE_HIGH))


def _liver_relief(s: Facts, p: Screening) -> pd.Series:
    """Does the limit for liver metastasis apply? Primary liver cancer only as AMB-09 is read."""
    return s.LIVER_METASTASIS | s.LIVER_PRIMARY if p.liver_primary_relief else s.LIVER_METASTASIS


def _transaminase(name: str):
    """Above the general limit; with liver metastasis at or above its own limit instead (AMB-08)."""

    def holds(s: Facts, p: Screening) -> pd.Series:
        value, uln = getattr(s, name), getattr(s, f"{name}_ULN")
        return if_(
            _liver_relief(s, p), at_least(value, p.alt_liver_metastasis_uln * uln), above(value, p.alt_uln * uln)
        )

    return holds


def _bilirubin(s: Facts, p: Screening) -> pd.Series:
    """Gilbert's limit replaces the general one (AMB-07) and is read as `gilbert_rule` says (AMB-06)."""
    over_uln = above(s.BILI, p.bili_gilbert_uln * s.BILI_ULN)
    over_mg_dl = above(s.BILI, p.bili_gilbert_mg_dl * BILIRUBIN_UMOL_PER_MG_DL)
    gilbert_limit = {
        "uln": over_uln, "mg_dl": over_mg_dl, "either": over_uln | over_mg_dl, "both": over_uln & over_mg_dl,
    }[p.gilbert_rule]  # fmt: skip
    # A complete history review that names no Gilbert's syndrome says that there is none.
    gilbert = s.GILBERT.mask(s.GILBERT.isna() & s.GILBERT_REVIEWED, False)
    return if_(gilbert, gilbert_limit, above(s.BILI, p.bili_uln * s.BILI_ULN))


def _clearance(s: Facts, p: Screening) -> pd.Series:
    if p.crcl_source == "reported":
        return below(s.CREATCLR, p.crcl_min)
    return agree(below(s.CRCL_LOW, p.crcl_min), below(s.CRCL_HIGH, p.crcl_min))


def _hepatitis_b(s: Facts, p: Screening) -> pd.Series:
    """AMB-10: surface antigen together with detectable DNA (which a value above the limit of normal is too)."""
    active = s.HBV_DNA_ABOVE_ULN if p.hbv_rule == "above_uln_only" else s.HBV_DNA_DETECTED | s.HBV_DNA_ABOVE_ULN
    return s.HBSAG_POSITIVE & active


def _hepatitis_c(s: Facts, p: Screening) -> pd.Series:
    return s.HCV_ANTIBODY & s.HCV_RNA_DETECTED if p.hcv_rule == "rna_confirmed" else s.HCV_ANTIBODY


def _enough_lines(s: Facts, p: Screening) -> pd.Series:
    """Enough failed lines on file, or unknown: too few records never prove too few lines (rulings.md 2.7)."""
    enough = at_least(s.FAILED_LINES, p.lines_min)
    return enough.where(enough)


def _not_pregnant(s: Facts, p: Screening) -> pd.Series:
    """The serum test decides once potential is certain; a status that is unknown leaves it unknown."""
    return (~s.SERUM_HCG_POSITIVE).where(s.CHILDBEARING.fillna(False))


def _fact(name: str):
    """The condition is the fact itself."""
    return lambda s, p: getattr(s, name)


def _woman(s: Facts, p: Screening) -> pd.Series:
    return s.CHILDBEARING


CRITERIA: tuple[Criterion, ...] = (
    Criterion("I00", IN, M, "Age {p.age_min} to {p.age_max} years", ("AGE_LOW",), _age_in_range),
    Criterion("I01", IN, B, "Pathology-proven relapsed or refractory advanced solid tumour"),
    Criterion("I02a", IN, B, "Malignant ascites is present", ("ASCITES_PRESENT",), _fact("ASCITES_PRESENT")),
    Criterion("I02b", IN, B, "Tumour cells are identifiable in ascites", ("CYTOLOGY_POSITIVE",), _fact("CYTOLOGY_POSITIVE")),
    Criterion("I02c", IN, B, "At least {p.lines_min} lines of standard therapy have failed", ("FAILED_LINES",),
              _enough_lines, short_is_open=True),
    Criterion("I03", IN, M, "At least one measurable lesion by RECIST 1.1 on CT or MRI", ("MEASURABLE_LESION",), _fact("MEASURABLE_LESION")),
    Criterion("I04", IN, M, "ECOG 0 to {p.ecog_max}", ("ECOG",), lambda s, p: at_most(s.ECOG, p.ecog_max)),
    Criterion("I05", IN, T, "Life expectancy of at least {p.life_expectancy_months:g} months"),
    Criterion("I06", IN, B, "Toxicity of prior therapy is back to Grade 1 or less, or to baseline", supports=("UNRESOLVED_EVENT",)),
    Criterion("I07a", IN, M, "Woman of childbearing potential: serum pregnancy test negative within {p.pregnancy_window_days} days",
              ("CHILDBEARING", "SERUM_HCG_POSITIVE"), _not_pregnant, _woman),
    Criterion("I07b", IN, T, "Woman of childbearing potential: not lactating", applies=_woman),
    Criterion("I07c", IN, T, "Agrees to contraception until 6 months after the last dose"),
    Criterion("I08", IN, T, "Able to comply"),
    Criterion("I09", IN, M, "Written consent on or before the first screening procedure", ("CONSENT_FIRST",), _fact("CONSENT_FIRST")),
    Criterion("E01a", OUT, B, "Symptomatic metastasis of the central nervous system", ("SYMPTOMATIC_CNS",), _fact("SYMPTOMATIC_CNS")),
    Criterion("E01b", OUT, B, "Carcinomatous meningitis", ("CARCINOMATOUS_MENINGITIS",), _fact("CARCINOMATOUS_MENINGITIS")),
    Criterion("E02", OUT, B, "Other malignancy within {p.e02_years} years", ("OTHER_MALIGNANCY",), _fact("OTHER_MALIGNANCY")),
    Criterion("E03", OUT, B, "Active, known or suspected autoimmune disease", ("AUTOIMMUNE",), _fact("AUTOIMMUNE"),
              supports=("AUTOIMMUNE_EXEMPT",)),
    Criterion("E04a", OUT, M, "HIV test positive", ("HIV_POSITIVE",), _fact("HIV_POSITIVE")),
    Criterion("E04b", OUT, B, "Other acquired or congenital immunodeficiency", ("IMMUNODEFICIENCY",), _fact("IMMUNODEFICIENCY")),
    Criterion("E04c", OUT, B, "Organ transplantation", ("TRANSPLANT",), _fact("TRANSPLANT")),
    Criterion("E05a", OUT, B, "Severe arrhythmia that needs intervention", ("SEVERE_ARRHYTHMIA",), _fact("SEVERE_ARRHYTHMIA")),
    Criterion("E05b", OUT, B, "Severe conduction abnormality that needs intervention", ("SEVERE_CONDUCTION",), _fact("SEVERE_CONDUCTION")),
    Criterion("E05c", OUT, M, "QTc above {p.qtc_max:g} ms", ("QTC",), lambda s, p: above(s.QTC, p.qtc_max),
              limit=Limit("QTC", lambda s, p: p.qtc_max, "ms")),
    Criterion("E05d", OUT, B, "Acute coronary syndrome within {p.e05_months} months", ("ACUTE_CORONARY",), _fact("ACUTE_CORONARY")),
    Criterion("E05e", OUT, B, "Congestive heart failure within {p.e05_months} months", ("HEART_FAILURE",), _fact("HEART_FAILURE")),
    Criterion("E05f", OUT, B, "Aortic dissection within {p.e05_months} months", ("AORTIC_DISSECTION",), _fact("AORTIC_DISSECTION")),
    Criterion("E05g", OUT, B, "Stroke within {p.e05_months} months", ("STROKE",), _fact("STROKE")),
    Criterion("E05h", OUT, B, "Other cardiovascular or cerebrovascular event of Grade 3 or more within {p.e05_months} months",
              ("OTHER_GRADE3_VASCULAR",), _fact("OTHER_GRADE3_VASCULAR")),
    Criterion("E05i", OUT, B, "NYHA class {p.nyha_excluded_from} or higher", ("NYHA",), lambda s, p: at_least(s.NYHA, p.nyha_excluded_from)),
    Criterion("E05j", OUT, M, "LVEF below {p.lvef_min:g} %", ("LVEF",), lambda s, p: below(s.LVEF, p.lvef_min),
              limit=Limit("LVEF", lambda s, p: p.lvef_min, "%")),
    Criterion("E05k", OUT, B, "Uncontrolled hypertension", supports=("SBP", "DBP")),
    Criterion("E05l", OUT, B, "Any other severe cardiovascular or cerebrovascular disease", ("OTHER_SEVERE_VASCULAR",), _fact("OTHER_SEVERE_VASCULAR")),
    Criterion("E06a", OUT, M, "Radical radiotherapy within {p.radical_rt_days} days", ("RADICAL_RADIOTHERAPY",), _fact("RADICAL_RADIOTHERAPY")),
    Criterion("E06b", OUT, M, "Local palliative radiotherapy within {p.palliative_rt_days} days", ("PALLIATIVE_RADIOTHERAPY",), _fact("PALLIATIVE_RADIOTHERAPY")),
    Criterion("E07", OUT, B, "Not fully recovered from major surgery or trauma within {p.surgery_days} days", ("UNRECOVERED_SURGERY",), _fact("UNRECOVERED_SURGERY")),
    Criterion("E08", OUT, B, "Other investigational drug or device within {p.trial_drug_days} days", ("TRIAL_DRUG",), _fact("TRIAL_DRUG")),
    Criterion("E09a", OUT, M, "Cellular antineoplastic therapy within {p.cell_therapy_years} year before dosing", ("CELL_THERAPY",), _fact("CELL_THERAPY")),
    Criterion("E09b", OUT, M, "Other antineoplastic therapy within {p.anticancer_days} days before dosing", ("ANTICANCER",), _fact("ANTICANCER")),
    Criterion("E10", OUT, M, "Transfusion, erythropoietin, G-CSF or GM-CSF within {p.e10_days} days", ("BLOOD_PRODUCT",), _fact("BLOOD_PRODUCT")),
    Criterion("E11a", OUT, M, "Systemic corticosteroid above {p.steroid_max_mg:g} mg prednisone equivalent a day within {p.steroid_days} days",
              ("STEROID",), _fact("STEROID"), note="inhaled and topical steroids are exempt unless autoimmune disease is active (E11x)"),
    Criterion("E11b", OUT, M, "Other immunomodulator within {p.steroid_days} days", ("IMMUNOMODULATOR",), _fact("IMMUNOMODULATOR")),
    Criterion("E12a", OUT, M, "HBsAg positive with HBV DNA detectable or above its upper limit",
              ("HBSAG_POSITIVE", "HBV_DNA_DETECTED"), _hepatitis_b),
    Criterion("E12b", OUT, M, "HCV antibody positive", ("HCV_ANTIBODY",), _hepatitis_c, supports=("HCV_RNA_DETECTED",)),
    Criterion("E13", OUT, B, "Known hypersensitivity or intolerance to a PD-1 antibody", ("PD1_HYPERSENSITIVITY",), _fact("PD1_HYPERSENSITIVITY")),
    Criterion("E14a1", OUT, M, "Neutrophils below {p.anc_min:g} x 10^9/L", ("NEUT",), lambda s, p: unless(s.NEUT_VOID, below(s.NEUT, p.anc_min)),
              limit=Limit("NEUT", lambda s, p: p.anc_min, "10^9/L")),
    Criterion("E14a2", OUT, M, "Platelets below {p.platelets_min:g} x 10^9/L", ("PLAT",), lambda s, p: unless(s.PLAT_VOID, below(s.PLAT, p.platelets_min)),
              limit=Limit("PLAT", lambda s, p: p.platelets_min, "10^9/L")),
    Criterion("E14a3", OUT, M, "Haemoglobin below {p.hgb_min:g} g/L", ("HGB",), lambda s, p: unless(s.HGB_VOID, below(s.HGB, p.hgb_min)),
              limit=Limit("HGB", lambda s, p: p.hgb_min, "g/L")),
    Criterion("E14b1", OUT, M, "ALT above {p.alt_uln:g} x ULN; with liver metastasis {p.alt_liver_metastasis_uln:g} x ULN or more instead",
              ("ALT", "ALT_ULN", "LIVER_METASTASIS"), _transaminase("ALT"), limit=Limit("ALT", lambda s, p: _relieved(s, p, s.ALT_ULN), "U/L")),
    Criterion("E14b2", OUT, M, "AST above {p.alt_uln:g} x ULN; with liver metastasis {p.alt_liver_metastasis_uln:g} x ULN or more instead",
              ("AST", "AST_ULN", "LIVER_METASTASIS"), _transaminase("AST"), limit=Limit("AST", lambda s, p: _relieved(s, p, s.AST_ULN), "U/L")),
    Criterion("E14b3", OUT, M, "Bilirubin above {p.bili_uln:g} x ULN; with Gilbert's syndrome above {p.bili_gilbert_uln:g} x ULN instead",
              ("BILI", "BILI_ULN", "GILBERT"), _bilirubin, limit=Limit("BILI", lambda s, p: p.bili_uln * s.BILI_ULN, "umol/L")),
    Criterion("E14c1", OUT, M, "Creatinine above {p.creat_uln:g} x ULN", ("CREAT", "CREAT_ULN"), lambda s, p: above(s.CREAT, p.creat_uln * s.CREAT_ULN),
              limit=Limit("CREAT", lambda s, p: p.creat_uln * s.CREAT_ULN, "umol/L")),
    Criterion("E14c2", OUT, M, "Creatinine clearance below {p.crcl_min:g} mL/min", ("CRCL_LOW",), _clearance, supports=("CREATCLR",),
              limit=Limit("CRCL_LOW", lambda s, p: p.crcl_min, "mL/min")),
    Criterion("E15", OUT, T, "Any uncertain factor that affects safety or compliance"),
    Criterion("E16", OUT, T, "Other severe or uncontrolled disease, active infection, abnormal finding or altered mental state that raises risk"),
)  # fmt: skip
"""The whole list. E11x is no criterion but the exemption inside E11a."""

BY_ID = {criterion.id: criterion for criterion in CRITERIA}


def _relieved(s: Facts, p: Screening, uln: pd.Series) -> pd.Series:
    times = pd.Series(p.alt_uln, index=uln.index, dtype="Float64").mask(
        _liver_relief(s, p).fillna(False), p.alt_liver_metastasis_uln
    )
    return times * uln  # the general limit until a liver metastasis is known
