"""The number of a laboratory result: in the standard unit for analysis, in the reported one for grading.

Source: data.md section 2 (units), rulings.md 2.9, safety.md section 4 (limits are not exact conversions).
"""

import numpy as np
import pandas as pd

from nk521lib.standards import units
from nk521lib.standards.comparison import EQUAL, read_results

_BLOOD = frozenset(
    {"BLOOD", "SERUM", "PLASMA", "SERUM OR PLASMA", "SERUM/PLASMA", "WHOLE BLOOD", "VENOUS BLOOD", "ARTERIAL BLOOD"}
)
_FACTORS = {(test, unit): factor for test, known in units.FACTORS.items() for unit, factor in known.items()}


def derive_values(lb: pd.DataFrame) -> pd.DataFrame:
    """On the index of `lb` (RangeIndex):

    AVAL, AVALU, ANRLO, ANRHI : the standardised result in the standard unit of its test; the reported one, converted, where
    there is no standardised result; as standardised where the test has no unit table.
    GVALUE, GUNIT, GLLN, GULN : what is graded: the reported result where it is a number in a known unit and brings a reference
    range, else the standardised one, else the reported one with the standardised range in its unit. GFACTOR : from GUNIT to
    the standard unit. GRELATION : `<` and the like before GVALUE, else =.
    ABOUND : in AVALU, the number that a result without AVAL is reported to be below or above; ABOUNDREL : on which side.
    BLOOD : a blood result, as far as the record tells.
    """
    test = lb["LBTESTCD"]
    result = read_results(lb["LBORRES"].fillna(lb["LBSTRESC"]))
    of_record = result.value.notna() & lb["LBORRES"].isna()  # the standardised text is all there is
    reported = result.value.mask(of_record)
    low, high = (plain_number(lb[c]) for c in ("LBORNRLO", "LBORNRHI"))
    unit, standard_unit = units.spell(lb["LBORRESU"]), units.spell(lb["LBSTRESU"])
    known = _factor(test, unit).notna()
    standard = lb["LBSTRESN"].fillna(result.value.where(of_record))
    standardised = standard.notna()
    relation = result.relation.fillna(EQUAL)
    converted = units.between(test, standard_unit, unit)
    borrowed_low, borrowed_high = (lb[side] * converted for side in ("LBSTNRLO", "LBSTNRHI"))
    use_reported = reported.notna() & known & (low.notna() | high.notna())
    only_reported = ~standardised & reported.notna() & ~use_reported
    report = (use_reported | only_reported).astype(bool)
    out = pd.DataFrame({
        "GVALUE": reported.where(report, standard), "GUNIT": unit.where(report, standard_unit),
        "GLLN": low.mask(only_reported, low.fillna(borrowed_low)).where(report, lb["LBSTNRLO"]),
        "GULN": high.mask(only_reported, high.fillna(borrowed_high)).where(report, lb["LBSTNRHI"]), "GRELATION": relation,
    })  # fmt: skip
    out["GFACTOR"] = _factor(test, out["GUNIT"])

    value = standard.fillna(reported)
    value_unit = standard_unit.where(standardised, unit)
    factor = _factor(test, value_unit)
    untabled = ~test.isin(units.FACTORS.keys())
    number = (value * factor).mask(untabled, value)
    bound = relation.ne(EQUAL) & lb["LBSTRESN"].isna()  # a standardised number stands for itself
    out["AVAL"], out["ABOUND"], out["ABOUNDREL"] = number.mask(bound), number.where(bound), relation.where(bound)
    standard = test.map({name: units.standard_unit(name) for name in units.FACTORS}).astype("string")
    out["AVALU"] = standard.mask(untabled, value_unit)
    range_factor = factor.mask(untabled, 1.0)
    for name, side, own in (
        ("ANRLO", "LBSTNRLO", low.fillna(borrowed_low)),
        ("ANRHI", "LBSTNRHI", high.fillna(borrowed_high)),
    ):
        out[name] = lb[side].where(standardised, own) * range_factor
    specimen, category = lb["LBSPEC"].str.upper().str.strip(), lb["LBCAT"].str.upper()
    urine = category.str.contains("URIN", regex=False).fillna(False)
    out["BLOOD"] = ((specimen.isna() & ~urine) | specimen.isin(_BLOOD)).astype(bool)
    return out


def plain_number(text: pd.Series) -> pd.Series:
    """Float64 where the text is a plain number, NA for anything else: "<5" is not 5."""
    if pd.api.types.is_numeric_dtype(text.dtype):
        return text.astype("Float64")
    found = read_results(text)
    return found.value.where(found.relation.eq(EQUAL).fillna(False))  # what is no number has no relation


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
