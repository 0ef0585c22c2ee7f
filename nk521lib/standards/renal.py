"""Creatinine clearance by Cockcroft-Gault, and the body weights it may be given."""

import pandas as pd

from nk521lib.standards.units import CREATININE_UMOL_PER_MG_DL

CM_PER_INCH = 2.54


def cockcroft_gault(
    age: pd.Series, weight: pd.Series, creatinine: pd.Series, female: pd.Series, unit: str = "umol/L"
) -> pd.Series:
    """Creatinine clearance in mL/min: (140 - age) x kg x (0.85 if female) / (72 x creatinine in mg/dL).

    age : completed years. weight : kg (whichever weight the reader has chosen; ascites and oedema raise it).
    creatinine : serum, in `unit` (umol/L or mg/dL; 88.4 umol/L are 1 mg/dL). female : nullable boolean.
    Returns Float64; NA where anything is missing, creatinine or weight is not above zero, or age is not in 0 to 139.
    Raises ValueError for another unit. Source: Cockcroft and Gault, Nephron 1976;16:31; spec protocol.md section 7.
    """
    if unit not in ("umol/L", "mg/dL"):
        raise ValueError(f"cockcroft_gault: unit {unit!r}; expected umol/L or mg/dL")
    age, weight, creatinine = (s.astype("Float64") for s in (age, weight, creatinine))
    mg_dl = creatinine / CREATININE_UMOL_PER_MG_DL if unit == "umol/L" else creatinine
    female = female.astype("boolean")
    sex = pd.Series(1.0, index=age.index, dtype="Float64").mask(female, 0.85).mask(female.isna())
    possible = (mg_dl > 0) & (weight > 0) & age.between(0, 139)
    return ((140 - age) * weight * sex / (72 * mg_dl.where(mg_dl > 0))).where(possible)


def ideal_weight(height: pd.Series, female: pd.Series) -> pd.Series:
    """Ideal body weight in kg from height in cm: 50 (45.5 if female) + 2.3 per inch over 60 (Devine 1974)."""
    female = female.astype("boolean")
    base = pd.Series(50.0, index=height.index, dtype="Float64").mask(female, 45.5).mask(female.isna())
    return base + 2.3 * (height.astype("Float64") / CM_PER_INCH - 60)
