"""The number of a laboratory result: in the standard unit for analysis, in the reported one for grading.

Source: data.md section 2 (units), rulings.md 2.9, safety.md section 4 (limits are not exact conversions).
"""

import numpy as np
import pandas as pd

from nk521lib.standards import units

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_BLOOD = frozenset(
    {"BLOOD", "SERUM", "PLASMA", "SERUM OR PLASMA", "SERUM/PLASMA", "WHOLE BLOOD", "VENOUS BLOOD", "ARTERIAL BLOOD"}
)
_FACTORS = {(test, unit): factor for test, known in units.FACTORS.items() for unit, factor in known.items()}


def derive_values(lb: pd.DataFrame) -> pd.DataFrame:
    """On the index of `lb` (RangeIndex):

    AVAL, AVALU, ANRLO, ANRHI : the standardised result in the standard unit of its test; the reported one, converted, where
    there is no standardised result; as standardised where the test has no unit table.
    GVALUE, GUNIT, GLLN, GULN : what is graded: the reported result where it is a number in a known unit and brings a reference
    range, else the standardised one, else the reported one without a range. GFACTOR : from GUNIT to the standard unit.
    BLOOD : a blood result, as far as the record tells.
    """
    test = lb["LBTESTCD"]
    reported, low, high = (plain_number(lb[c]) for c in ("LBORRES", "LBORNRLO", "LBORNRHI"))
    unit, standard_unit = units.spell(lb["LBORRESU"]), units.spell(lb["LBSTRESU"])
    known = _factor(test, unit).notna()
    standardised = lb["LBSTRESN"].notna()
    use_reported = reported.notna() & known & (low.notna() | high.notna())
    only_reported = ~standardised & reported.notna() & ~use_reported
    report = (use_reported | only_reported).astype(bool)
    out = pd.DataFrame({
        "GVALUE": reported.where(report, lb["LBSTRESN"]), "GUNIT": unit.where(report, standard_unit),
        "GLLN": low.where(report, lb["LBSTNRLO"]), "GULN": high.where(report, lb["LBSTNRHI"]),
    })  # fmt: skip
    # A reported number without its own range may borrow the standardised range only in the very same unit.
    same_unit = (only_reported & (unit == standard_unit).fillna(False)).astype(bool)
    out["GLLN"], out["GULN"] = out["GLLN"].mask(same_unit, lb["LBSTNRLO"]), out["GULN"].mask(same_unit, lb["LBSTNRHI"])
    out["GFACTOR"] = _factor(test, out["GUNIT"])

    value = lb["LBSTRESN"].fillna(reported)
    value_unit = standard_unit.where(standardised, unit)
    factor = _factor(test, value_unit)
    untabled = ~test.isin(units.FACTORS.keys())
    out["AVAL"] = (value * factor).mask(untabled, value)
    standard = test.map({name: units.standard_unit(name) for name in units.FACTORS}).astype("string")
    out["AVALU"] = standard.mask(untabled, value_unit)
    range_factor = factor.mask(untabled, 1.0)
    for name, side, own in (("ANRLO", "LBSTNRLO", low), ("ANRHI", "LBSTNRHI", high)):
        out[name] = lb[side].where(standardised, own) * range_factor
    specimen, category = lb["LBSPEC"].str.upper().str.strip(), lb["LBCAT"].str.upper()
    urine = category.str.contains("URIN", regex=False).fillna(False)
    out["BLOOD"] = ((specimen.isna() & ~urine) | specimen.isin(_BLOOD)).astype(bool)
    return out


def plain_number(text: pd.Series) -> pd.Series:
    """Float64 where the text is a plain number, NA for anything else: "<5" is not 5."""
    if pd.api.types.is_numeric_dtype(text.dtype):
        return text.astype("Float64")
    codes, distinct = pd.factorize(text)  # results repeat: each different text is read once
    clean = pd.Series(distinct, dtype="string").str.strip()
    numbers = pd.to_numeric(clean.where(clean.str.fullmatch(_NUMBER).fillna(False))).astype("Float64")
    return pd.Series(numbers.array.take(codes, allow_fill=True), index=text.index)


def _factor(test: pd.Series, unit: pd.Series) -> pd.Series:
    """Factor to the standard unit of the test; NA where the pair is unknown."""
    filled = unit.mask(unit.isna() & test.isin(units.UNITLESS), "1")
    # A study has few tests and few units: each pair is looked up once.
    of_test, tests = pd.factorize(test)
    of_unit, spelt = pd.factorize(filled)
    table = [[_FACTORS.get((name, u), np.nan) for u in spelt] + [np.nan] for name in tests] + [
        [np.nan] * (len(spelt) + 1)
    ]
    return pd.Series(np.array(table)[of_test, of_unit], index=test.index).astype("Float64")
