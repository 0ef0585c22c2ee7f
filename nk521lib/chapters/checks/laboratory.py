"""Laboratory results: units, limits, and what was reported against what was converted (NKD-040 to NKD-045)."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from nk521lib.chapters.checks.check import Check, Study, yes
from nk521lib.findings import Finding
from nk521lib.standards import units
from nk521lib.standards.comparison import bounded
from nk521lib.terms import Effect, Severity

_FLAG = Effect.FLAG
_BY_ULN = ("ALT", "AST", "ALP", "GGT", "BILI", "CREAT")
"""Tests that CTCAE and the criteria judge by multiples of the upper limit."""
_MAY_BE_ZERO = ("EOS", "NEUT", "LYM", "WBC", "CD4")
"""Counts that chemotherapy or chance can bring to nothing."""
_BLOOD = ("BLOOD", "SERUM", "PLASMA", "SERUM OR PLASMA", "WHOLE BLOOD")
_SLIP = 10.0
_READ = (
    "USUBJID",
    "LBSEQ",
    "LBTESTCD",
    "LBORRES",
    "LBORRESU",
    "LBSTRESC",
    "LBSTRESN",
    "LBSTRESU",
    "LBSTNRHI",
    "LBSPEC",
    "LBDTC",
)


def _records(lb: pd.DataFrame, message, cause) -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": lb["USUBJID"], "SEQ": lb["LBSEQ"], "MESSAGE": message, "CAUSE": cause})


def _laboratory(study: Study) -> pd.DataFrame:
    """The variables that are read here: what is filtered is copied, and a domain has many more."""
    return study.cut["LB"][list(_READ)]


def _of_test(test: pd.Series, value: Mapping[str, object], dtype: str) -> pd.Series:
    """The value of each record's test; each different test is looked up once."""
    codes, tests = pd.factorize(test)
    found = pd.Series([value.get(one, pd.NA) for one in tests], dtype=dtype)
    return found.reindex(codes).set_axis(test.index)


def _units_and_limits(study: Study) -> Iterator[Finding]:
    lb = _laboratory(study)
    lb = lb[lb["LBTESTCD"].isin(list(units.FACTORS)) & lb["LBSTRESN"].notna()]
    unit = lb["LBSTRESU"].fillna(lb["LBORRESU"])
    known = units.to_standard(lb["LBTESTCD"], lb["LBSTRESN"], unit)["VALUE"].notna()
    strange, named = lb[~known], unit[~known].fillna("empty")
    text = (
        "LB: unit of "
        + strange["LBTESTCD"]
        + " is "
        + named
        + ", which converts to no standard unit; it cannot be graded"
    )
    yield from UNIT.per_cause(study, _records(strange, text, strange["LBTESTCD"] + named), "LB")
    bare = lb[lb["LBTESTCD"].isin(_BY_ULN) & lb["LBSTNRHI"].isna()]
    text = "LB: " + bare["LBTESTCD"] + " without an upper limit (LBSTNRHI); multiples of ULN are unknown"
    yield from UNIT.per_cause(study, _records(bare, text, "limit" + bare["LBTESTCD"]), "LB")
    low = lb[yes((lb["LBSTRESN"] < 0) | ((lb["LBSTRESN"] == 0) & ~lb["LBTESTCD"].isin(_MAY_BE_ZERO)))]
    text = (
        "LB: "
        + low["LBTESTCD"]
        + " is "
        + low["LBSTRESN"].astype("string")
        + " on "
        + low["LBDTC"].fillna("an unknown day")
        + ", expected above 0"
    )
    yield from UNIT.per_cause(study, _records(low, text, "sign" + low["LBTESTCD"]), "LB")


def _conversions(study: Study) -> Iterable[Finding]:
    """LBSTRESN against LBORRES, both in the standard unit; rounding of either may differ by half its last digit."""
    lb, rules = _laboratory(study), study.cut.params.data
    lb = lb[lb["LBSTRESN"].notna() & lb["LBTESTCD"].isin(list(units.FACTORS))]
    reported, digits = _plain_numbers(lb["LBORRES"])
    factor = units.to_standard(lb["LBTESTCD"], pd.Series(1.0, index=lb.index, dtype="Float64"), lb["LBORRESU"])["VALUE"]
    back = units.to_standard(lb["LBTESTCD"], pd.Series(1.0, index=lb.index, dtype="Float64"), lb["LBSTRESU"])["VALUE"]
    expected = reported * factor / back
    rounding = factor / back * (0.5 * np.power(10.0, -digits))
    difference = (lb["LBSTRESN"] - expected).abs()
    wrong = yes((difference > rules.unit_tolerance * expected.abs()) & (difference > rounding))
    some, ratio = lb[wrong], (lb["LBSTRESN"] / expected)[wrong]
    slip = pd.Series(np.where(yes((ratio / _SLIP - 1).abs() < rules.unit_tolerance) | yes((ratio * _SLIP - 1).abs() < rules.unit_tolerance),
                              ", a factor of 10", ""), index=some.index)  # fmt: skip
    text = (
        "LB: " + some["LBTESTCD"] + " was reported as " + some["LBORRES"] + " " + some["LBORRESU"].fillna("") + ", converted to "
        + some["LBSTRESN"].astype("string") + " " + some["LBSTRESU"].fillna("") + ", expected "
        + expected[wrong].astype(float).map("{:.4g}".format).astype("string") + slip
    )  # fmt: skip
    cause = some["LBTESTCD"] + some["LBORRESU"].fillna("") + some["LBSTRESU"].fillna("") + slip
    return CONVERTED.per_cause(study, _records(some, text, cause), "LB")


def _plain_numbers(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Value and number of decimals of results written as plain numbers, NA for others (each different text read once)."""
    codes, distinct = pd.factorize(text)
    found = pd.Series(distinct, dtype="string").str.extract(r"^([0-9]+(?:\.([0-9]*))?)$")
    value = pd.to_numeric(found[0]).astype("Float64").reindex(codes).set_axis(text.index)
    return value, found[1].str.len().fillna(0).astype("Float64").reindex(codes).set_axis(text.index)


def _inequalities(study: Study) -> Iterable[Finding]:
    lb = _laboratory(study)
    text = lb["LBSTRESC"].fillna(lb["LBORRES"])
    some = lb[yes(bounded(text))]
    message = (
        "LB: " + some["LBTESTCD"] + " is " + text[some.index] + ": it decides only where the comparison is certain"
    )
    return INEQUALITY.per_cause(study, _records(some, message, some["LBTESTCD"]), "LB")


def _other_units(study: Study) -> Iterable[Finding]:
    lb = _laboratory(study)
    lb = lb[lb["LBTESTCD"].isin(list(units.FACTORS)) & lb["LBSTRESN"].notna() & lb["LBSTRESU"].notna()]
    standard = _of_test(lb["LBTESTCD"], {test: units.standard_unit(test) for test in units.FACTORS}, "string")
    known = units.to_standard(lb["LBTESTCD"], lb["LBSTRESN"], lb["LBSTRESU"])["VALUE"].notna()
    other = known & yes(units.spell(lb["LBSTRESU"]).ne(standard))
    some = lb[other]
    text = "LB: " + some["LBTESTCD"] + " is given in " + some["LBSTRESU"] + "; read as " + standard[other]
    return OTHER_UNIT.per_cause(study, _records(some, text, some["LBTESTCD"] + some["LBSTRESU"]), "LB")


def _implausible(study: Study) -> Iterable[Finding]:
    """A value that no living patient is likely to have, and the unit in which it would be an ordinary one."""
    ranges = study.cut.params.data.plausible
    lb = _laboratory(study).drop(columns=["LBORRES", "LBSTRESC", "LBSTNRHI"])
    blood = lb["LBSPEC"].isna() | lb["LBSPEC"].str.upper().isin(_BLOOD)  # ascites and urine have ranges of their own
    lb = lb[lb["LBTESTCD"].isin(list(ranges)) & yes(lb["LBSTRESN"] > 0) & blood]
    unit = lb["LBSTRESU"].fillna(lb["LBORRESU"])
    value = units.to_standard(lb["LBTESTCD"], lb["LBSTRESN"], unit)["VALUE"]
    low, high = (_of_test(lb["LBTESTCD"], {t: r[side] for t, r in ranges.items()}, "Float64") for side in (0, 1))
    some = lb[yes((value < low) | (value > high))]
    cause = some["LBTESTCD"] + unit[some.index].fillna("")
    shown = some[~cause.duplicated()]  # of records with one cause, which may be most of a domain, one is described
    says = []
    for test, number, name in zip(shown["LBTESTCD"], shown["LBSTRESN"], units.spell(unit[shown.index]), strict=True):
        other = [
            u
            for u, factor in units.FACTORS[test].items()
            if u != name and ranges[test][0] <= number * factor <= ranges[test][1]
        ]
        says.append(f"; in {' or '.join(other)} it would be plausible" if other else "")
    text = (
        "LB: " + shown["LBTESTCD"] + " is " + shown["LBSTRESN"].astype(float).map("{:g}".format).astype("string") + " "
        + unit[shown.index].fillna("") + " on " + shown["LBDTC"].fillna("an unknown day") + ", plausible are "
        + low[shown.index].astype(float).map("{:g}".format).astype("string") + " to "
        + high[shown.index].astype(float).map("{:g}".format).astype("string") + " "
        + _of_test(shown["LBTESTCD"], {t: units.standard_unit(t) for t in ranges}, "string")
        + pd.Series(says, index=shown.index, dtype="string")
    )  # fmt: skip
    return PLAUSIBLE.per_cause(study, _records(some, text.reindex(some.index), cause), "LB")


def _decimal_commas(study: Study) -> Iterable[Finding]:
    lb = _laboratory(study)
    some = lb[yes(lb["LBORRES"].str.fullmatch(r"[0-9]+,[0-9]+"))]
    text = (
        "LB: "
        + some["LBTESTCD"]
        + " was reported as "
        + some["LBORRES"]
        + ", with a comma; expected a decimal point as 1234.5"
    )
    return COMMA.per_cause(study, _records(some, text, "comma" + some["LBTESTCD"].fillna("")), "LB")


UNIT = Check("NKD-040", Severity.WARNING, (_FLAG,), "laboratory results have a known unit, a limit where one is needed, and are positive",
             "What cannot be converted or compared cannot be graded, and ungraded is not normal", _units_and_limits)  # fmt: skip
CONVERTED = Check("NKD-041", Severity.WARNING, (_FLAG,), "the converted result is the reported one in other units",
                  "g/dL taken for g/L is a factor of 10: a severe anaemia, or none", _conversions)  # fmt: skip
INEQUALITY = Check("NKD-042", Severity.INFO, (_FLAG,), "results with < or > are noted",
                   "They keep their sign and decide only certain comparisons", _inequalities)  # fmt: skip
OTHER_UNIT = Check("NKD-043", Severity.INFO, (Effect.HANDLED,), "results in another unit than the usual one are noted",
                   "They are converted by a stated factor before they are compared with a limit in that unit", _other_units)  # fmt: skip
PLAUSIBLE = Check("NKD-044", Severity.WARNING, (_FLAG,), "results are such as a living patient can have",
                  "g/dL called g/L, or mg/dL called umol/L, looks like the worst value of the trial, or hides it", _implausible)  # fmt: skip
COMMA = Check("NKD-045", Severity.WARNING, (_FLAG,), "reported results are written with a decimal point",
              "1,5 may be 1.5 or 15: it is not read, and cannot be compared with the converted result", _decimal_commas)  # fmt: skip
CHECKS = (UNIT, CONVERTED, INEQUALITY, OTHER_UNIT, PLAUSIBLE, COMMA)
