"""Laboratory units: how they are spelt, and exact factors to one standard unit per test.

A (test, unit) pair that is not in the table is unknown: it converts to NA, it is never guessed. Spelling is
case-sensitive where case carries meaning (G/L is giga per litre, g/L is gram per litre).

Factors are the ones laboratories print: creatinine 88.4, bilirubin 17.1 and haemoglobin 16.114 (monomer with one
iron atom, 16 114 g/mol) are conventions; the others follow from molar masses or are powers of ten.
"""

import numpy as np
import pandas as pd

CREATININE_UMOL_PER_MG_DL = 88.4
BILIRUBIN_UMOL_PER_MG_DL = 17.1
HAEMOGLOBIN_G_PER_MMOL = 16.114
CALCIUM_MG_DL_PER_MMOL = 4.0078
MAGNESIUM_MG_DL_PER_MMOL = 2.4305
GLUCOSE_MG_DL_PER_MMOL = 18.016
CHOLESTEROL_MG_DL_PER_MMOL = 38.67
TRIGLYCERIDE_MG_DL_PER_MMOL = 88.57
URATE_UMOL_PER_MG_DL = 59.48
PHOSPHATE_MG_DL_PER_MMOL = 3.0974

_SPELLINGS = {
    "10^9/L": ("10*9/L", "10**9/L", "x10^9/L", "x10*9/L", "10E9/L", "x10E9/L", "10e9/L", "10⁹/L", "GI/L", "G/L",
               "10^3/uL", "10*3/uL", "x10^3/uL", "x10*3/uL", "10E3/uL", "10³/uL", "K/uL", "THOU/uL", "10^3/mm3",
               "10*3/mm3"),
    "/uL": ("cells/uL", "/mm3", "cells/mm3", "cells/mm^3", "/mm^3", "10^6/L", "10*6/L", "x10^6/L", "10^3/mL"),
    "g/L": ("g/l",),
    "g/dL": ("g/dl", "G/DL", "g/100mL"),
    "mg/dL": ("mg/dl", "MG/DL"),
    "mg/L": ("mg/l",),
    "mmol/L": ("mmol/l", "MMOL/L", "mM"),
    "umol/L": ("umol/l", "UMOL/L", "uM"),
    "mEq/L": ("meq/L", "mEq/l", "MEQ/L", "mval/L"),
    "U/L": ("u/L", "U/l", "IU/L", "IU/l", "UI/L"),
    "ukat/L": ("ukat/l",),
    "nkat/L": ("nkat/l",),
    "s": ("sec", "SEC", "seconds", "SECONDS"),
    "1": ("RATIO", "ratio", "INR", "pH", "NO UNITS", "fraction of 1"),
    "mIU/L": ("mU/L", "uIU/mL", "uU/mL"),
    "ng/mL": ("ug/L", "ng/ml"),
    "ng/L": ("pg/mL", "pg/ml"),
    "mL/min/1.73m2": ("mL/min/1.73m^2", "mL/min/1.73 m2", "ml/min/1.73m2"),
    "g/day": ("g/24h", "g/24 h", "g/24hr", "g/d"),
    "mg/day": ("mg/24h", "mg/24 h", "mg/24hr", "mg/d"),
    "%": (),
}  # fmt: skip
_SPELT = {variant: unit for unit, variants in _SPELLINGS.items() for variant in (unit, *variants)}

_CELLS = {"10^9/L": 1.0, "/uL": 0.001}
_ENZYME = {"U/L": 1.0, "ukat/L": 60.0, "nkat/L": 0.06}
_ION = {"mmol/L": 1.0, "mEq/L": 1.0}
_CALCIUM = {"mmol/L": 1.0, "mg/dL": 1 / CALCIUM_MG_DL_PER_MMOL, "mEq/L": 0.5}
_TROPONIN = {"ng/L": 1.0, "ng/mL": 1000.0}

FACTORS: dict[str, dict[str, float]] = {
    "HGB": {"g/L": 1.0, "g/dL": 10.0, "mmol/L": HAEMOGLOBIN_G_PER_MMOL},
    **{test: _CELLS for test in ("NEUT", "PLAT", "WBC", "LYM", "EOS", "CD4")},
    **{test: _ENZYME for test in ("ALT", "AST", "ALP", "GGT", "CK", "LDH", "LIPASE", "AMYLASE")},
    "BILI": {"umol/L": 1.0, "mg/dL": BILIRUBIN_UMOL_PER_MG_DL},
    "CREAT": {"umol/L": 1.0, "mg/dL": CREATININE_UMOL_PER_MG_DL, "mmol/L": 1000.0},
    "ALB": {"g/L": 1.0, "g/dL": 10.0},
    "K": _ION,
    "SODIUM": _ION,
    "BICARB": _ION,
    "CA": _CALCIUM,
    "CACORR": _CALCIUM,
    "CAION": _CALCIUM,
    "MG": {"mmol/L": 1.0, "mg/dL": 1 / MAGNESIUM_MG_DL_PER_MMOL, "mEq/L": 0.5},
    "PHOS": {"mmol/L": 1.0, "mg/dL": 1 / PHOSPHATE_MG_DL_PER_MMOL},
    "GLUC": {"mmol/L": 1.0, "mg/dL": 1 / GLUCOSE_MG_DL_PER_MMOL},
    "CHOL": {"mmol/L": 1.0, "mg/dL": 1 / CHOLESTEROL_MG_DL_PER_MMOL},
    "TRIG": {"mmol/L": 1.0, "mg/dL": 1 / TRIGLYCERIDE_MG_DL_PER_MMOL},
    "URATE": {"umol/L": 1.0, "mg/dL": URATE_UMOL_PER_MG_DL, "mmol/L": 1000.0},
    "INR": {"1": 1.0},
    "PHBLD": {"1": 1.0},
    "APTT": {"s": 1.0},
    "FIBRINO": {"g/L": 1.0, "mg/dL": 0.01, "g/dL": 10.0},
    "HAPTOG": {"g/L": 1.0, "mg/dL": 0.01},
    "METHGB": {"%": 1.0},
    "TSH": {"mIU/L": 1.0},
    "TROPONI": _TROPONIN,
    "TROPONT": _TROPONIN,
    "GFRE": {"mL/min/1.73m2": 1.0},
    "PROTEXR": {"g/day": 1.0, "mg/day": 0.001},
}
"""Per test: unit -> factor to the standard unit, which is the first one listed."""

UNITLESS = frozenset({"INR", "PHBLD"})
"""Tests whose unit may be missing, because they have none."""


def spell(unit: pd.Series) -> pd.Series:
    """One spelling per unit ("string"): µ as u, blanks off, known variants mapped; an unknown unit stays as it is."""
    codes, reported = pd.factorize(unit.astype("string"))  # a column holds few spellings: clean each of them once
    clean = (text.strip().replace("\u00b5", "u").replace("\u03bc", "u") for text in reported)
    spelt = pd.array([_SPELT.get(text, text) or pd.NA for text in clean], dtype="string")
    return pd.Series(spelt.take(codes, allow_fill=True), index=unit.index, name=unit.name)


def standard_unit(test: str) -> str | None:
    """Standard unit of a test, or None for a test that is not in the table."""
    return next(iter(FACTORS[test])) if test in FACTORS else None


def factor(test: str, unit: str, to: str | None = None) -> float | None:
    """Factor from `unit` (as spelt by `spell`) to `to`, or to the standard unit; None when a pair is unknown."""
    known = FACTORS.get(test, {})
    to = standard_unit(test) if to is None else to
    if unit not in known or to not in known:
        return None
    return 1.0 if unit == to else known[unit] / known[to]


def to_standard(test: pd.Series, value: pd.Series, unit: pd.Series) -> pd.DataFrame:
    """Values in the standard unit of their test.

    test, unit : "string". value : Float64, one row each, same index.
    Returns VALUE (Float64) and UNIT ("string"); both NA where the pair (test, unit) is unknown or the unit missing.
    """
    spelt = spell(unit)
    spelt = spelt.mask(spelt.isna() & test.isin(UNITLESS), "1")
    which = _positions(test, _TESTS)
    factors = _FACTOR[which, _positions(spelt, _UNITS)]
    unknown = np.isnan(factors)
    factor = pd.Series(pd.arrays.FloatingArray(np.where(unknown, 1.0, factors), unknown), index=value.index)
    standard = _STANDARD.take(np.where(unknown, -1, which), allow_fill=True)
    return pd.DataFrame({"VALUE": value.astype("Float64") * factor, "UNIT": pd.Series(standard, index=value.index)})


def between(test: pd.Series, unit: pd.Series, to: pd.Series) -> pd.Series:
    """Factor from one unit to another for each record (Float64); 1 between two that are spelt alike, NA where unknown."""
    one = pd.Series(1.0, index=test.index, dtype="Float64")
    found = to_standard(test, one, unit)["VALUE"] / to_standard(test, one, to)["VALUE"]
    return found.mask(spell(unit).eq(spell(to)).fillna(False), 1.0)  # a unit that is missing equals none


def _positions(text: pd.Series, known: dict[str, int]) -> np.ndarray:
    """Place of every text in `known`, the last for any other; each different text is looked up once."""
    codes, distinct = pd.factorize(text)
    return np.array([*(known.get(one, len(known)) for one in distinct), len(known)])[codes]


_TESTS = {test: place for place, test in enumerate(FACTORS)}
_UNITS = {unit: place for place, unit in enumerate(sorted({unit for known in FACTORS.values() for unit in known}))}
_STANDARD = pd.array([standard_unit(test) for test in FACTORS], dtype="string")
_FACTOR = np.full((len(_TESTS) + 1, len(_UNITS) + 1), np.nan)  # one more row and column: of what is unknown
for _test, _known in FACTORS.items():
    for _unit, _value in _known.items():
        _FACTOR[_TESTS[_test], _UNITS[_unit]] = _value
