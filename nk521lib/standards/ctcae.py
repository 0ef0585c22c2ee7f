"""Laboratory toxicity grades from values, ranges and baseline (CTCAE; the limits are data, see `ctcae_v5`).

Grade = the highest grade certainly true from what is known (spec rulings.md 5.4): platelets of 60 are grade 2 without
any reference range, a value of 120 without one is not graded. Missing is never normal; every missing grade has a
reason. The worst case beside it takes unknown facts (symptoms, an unknown baseline state, unknown anticoagulation) at
their worse side; it never invents a number.

Limits are compared in the reported unit where the standard prints them in it (mg/dL and mmol/L limits are not exact
conversions), otherwise after conversion by the factors of `units`. Comparison: see `comparison`.
"""

import numpy as np
import pandas as pd

from nk521lib.standards import comparison
from nk521lib.standards.comparison import EQUAL, Measured
from nk521lib.standards.ctcae_v5 import V5
from nk521lib.standards.lab_criteria import Bound, CriteriaSet, Criterion, Limit, When
from nk521lib.standards.units import UNITLESS, factor, spell

NUMBERS = ("VALUE", "LLN", "ULN", "BASE")
RELATIONS = {"VALUE": "RELATION", "BASE": "BASE_RELATION"}
FACTS = ("BASE_ABNORMAL", "ON_ANTICOAGULANT")

NO_CRITERION = "no criterion for this test"
NO_VALUE = "no value"
NEGATIVE = "value below zero"
NO_UNIT = "no unit"
UNKNOWN_UNIT = "unit not known for this test"
NO_LLN = "no lower limit of normal"
NO_ULN = "no upper limit of normal"
NO_BASELINE_STATE = "not known whether the baseline was abnormal"
NO_ANTICOAGULATION = "not known whether on an anticoagulant"
NO_BASE = "no baseline value"
ONLY_A_BOUND = "reported as below or above a number, which leaves the grade open"

_ANSWERS = ("GRADE", "WORST", "POSSIBLE")
_OPERATIONS = {
    "<": comparison.below,
    "<=": comparison.at_most,
    ">": comparison.above,
    ">=": comparison.at_least,
}


def grade(frame: pd.DataFrame, criteria: CriteriaSet = V5) -> pd.DataFrame:
    """Grade laboratory results in both directions.

    frame : one row per result. TEST ("string", codes of the criteria, blood results only), VALUE (Float64); optional,
    absent means missing: UNIT, LLN, ULN and BASE (in the unit of VALUE), BASE_ABNORMAL and ON_ANTICOAGULANT (boolean);
    RELATION and BASE_RELATION (`<` and the like before VALUE and BASE, absent means that they are the number).
    Give BASE_ABNORMAL = False for the baseline record itself and those before it: graded against itself a baseline
    is always 0. ULN and BASE of zero or less are placeholders and count as missing.

    Returns, on the same index: GRADEL, GRADEH (Int64 0 to 4, NA = not graded), WORSTL, WORSTH (the worst case, Int64),
    POSSIBLEL, POSSIBLEH (the highest grade that the record does not exclude, Int64, NA where it cannot be read), REASONL, REASONH (why a direction that the standard grades has no grade) and REASON (the two joined).
    A direction for which the standard has no term has neither grade nor reason.
    Raises ValueError when TEST or VALUE is absent. Source: spec safety.md section 4, rulings.md 5.4-5.5.
    """
    data = _prepare(frame)
    grades = {f"{kind}{side}": np.full(len(data), -1, dtype="int8") for kind in _ANSWERS for side in "LH"}
    reasons = {name: np.full(len(data), None, dtype=object) for name in ("REASONL", "REASONH")}
    for (test, unit), rows in data.groupby(["TEST", "UNIT"], sort=False).indices.items():
        terms = criteria.of(test)
        if not terms:
            reasons["REASONL"][rows] = reasons["REASONH"][rows] = NO_CRITERION
            continue
        chunk = data.iloc[rows]
        for term in terms:
            graded = _grade_term(term, chunk, unit)
            for name in _ANSWERS:
                grades[name + term.direction][rows] = graded[name].fillna(-1).astype("int8")
            reasons["REASON" + term.direction][rows] = graded["REASON"].astype(object)
    out = pd.DataFrame({n: pd.array(g, dtype="Int64") for n, g in grades.items()}, index=frame.index)
    out = out.mask(out < 0)
    for name, why in reasons.items():
        out[name] = pd.array(why, dtype="string")
    return out.assign(REASON=_joined(out["REASONL"], out["REASONH"]))


def derive_worst_grade(graded: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Worst grade per key and direction over the graded records, with the ungraded counted beside it.

    graded : the frame given to `grade` joined with its answer; `by` : key columns (missing keys are kept).
    Returns one row per key: GRADEL, GRADEH, WORSTL, WORSTH (NA when nothing was graded), RECORDS, UNGRADEDL and
    UNGRADEDH (records whose grade in that direction is missing although the standard has one).
    """
    counted = graded.assign(
        RECORDS=1,
        UNGRADEDL=(graded["GRADEL"].isna() & graded["REASONL"].notna()).astype("Int64"),
        UNGRADEDH=(graded["GRADEH"].isna() & graded["REASONH"].notna()).astype("Int64"),
    )
    keys = counted.groupby(by, dropna=False, sort=True)
    worst = keys[["GRADEL", "GRADEH", "WORSTL", "WORSTH"]].max()
    return worst.join(keys[["RECORDS", "UNGRADEDL", "UNGRADEDH"]].sum().astype("Int64")).reset_index()


def grade_edges(
    test: str, unit: str | None, lln: float | None, uln: float | None, criteria: CriteriaSet = V5
) -> list[tuple[str, int, float]]:
    """Where the grades of a test begin, as (direction L or H, grade, value in `unit`): for lines and bands behind values.

    unit : as spelt by `units.spell`. Edges that need a number which is not given, a baseline that was abnormal, an
    anticoagulant or symptoms are left out; of several ways into a grade the first that is reached counts.
    """
    known = {"LLN": lln, "ULN": uln}
    found: dict[tuple[str, int], float] = {}
    for term in criteria.of(test):
        spelt = unit or ("1" if test in UNITLESS else "")
        in_unit, scale = _grading_unit(term, spelt)
        for limit in term.limits if scale else ():
            if limit.when not in (None, When.BASELINE_NORMAL, When.NO_ANTICOAGULANT) or limit.also:
                continue
            bound, base = limit.bound, 0.0
            if bound.of:
                if known.get(bound.of) is None:
                    continue
                base = bound.times * known[bound.of] * scale
            value = (base + (bound.amount[in_unit] if bound.amount else 0.0)) / scale
            key, first = (str(term.direction), limit.grade), max if term.direction == "L" else min
            found[key] = first(found.get(key, value), value)
    return [(direction, grade, value) for (direction, grade), value in sorted(found.items())]


def describe(criteria: CriteriaSet = V5) -> pd.DataFrame:
    """The criteria as a table for readers: TEST, DIRECTION, TERM, SOC, GRADE1 to GRADE4 in our words, NOTE."""
    rows = [
        {"TEST": c.test, "DIRECTION": str(c.direction), "TERM": c.term, "SOC": c.soc}
        | {f"GRADE{g}": c.wording(g) or pd.NA for g in (1, 2, 3, 4)}
        | {"NOTE": c.note or pd.NA}
        for c in criteria.criteria
    ]
    return pd.DataFrame(rows).astype("string")


def _prepare(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that grading reads, typed, absent ones missing; empty text for a missing test or unit."""
    absent = {"TEST", "VALUE"} - set(frame.columns)
    if absent:
        raise ValueError(f"grade: column {', '.join(sorted(absent))} is needed; got {', '.join(map(str, frame))}")
    frame = frame.reset_index(drop=True)
    data = pd.DataFrame({"TEST": frame["TEST"].astype("string").fillna("")})
    unit = spell(frame["UNIT"]) if "UNIT" in frame else pd.Series(pd.NA, index=data.index, dtype="string")
    data["UNIT"] = unit.mask(unit.isna() & data["TEST"].isin(UNITLESS), "1").fillna("")
    for name in NUMBERS:
        data[name] = frame[name].astype("Float64") if name in frame else pd.array([pd.NA] * len(data), "Float64")
    for name in FACTS:
        data[name] = frame[name].astype("boolean") if name in frame else pd.array([pd.NA] * len(data), "boolean")
    for name in RELATIONS.values():
        data[name] = frame[name].astype("string").fillna(EQUAL) if name in frame else EQUAL
    for name in ("ULN", "BASE"):
        data[name] = data[name].mask(data[name] <= 0)
    data["NEGATIVE"] = (data["VALUE"] < 0).fillna(False)  # a missing value is not negative: it is missing
    data["VALUE"] = data["VALUE"].mask(data["NEGATIVE"])
    return data


def _grade_term(term: Criterion, chunk: pd.DataFrame, unit: str) -> pd.DataFrame:
    """GRADE, WORST and REASON of one term for results of one test in one unit."""
    in_unit, scale = _grading_unit(term, unit)
    if not term.limits or scale is None:
        nothing = pd.Series(pd.NA, index=chunk.index, dtype="Int64")
        why = term.note if not term.limits else UNKNOWN_UNIT if unit else NO_UNIT
        return pd.DataFrame(dict.fromkeys(_ANSWERS, nothing) | {"REASON": why})
    if scale != 1.0:
        chunk = chunk.assign(**{name: chunk[name] * scale for name in NUMBERS})
    passed = [_passed(limit, chunk, in_unit) for limit in term.limits]
    facts = {when: _fact(when, chunk) for when in term.conditions}
    # Worst case: an unknown fact is taken as true, which can only open further ways into a grade.
    worst = {
        when: pd.Series(True, chunk.index) if when is When.CLINICAL else f.fillna(True) for when, f in facts.items()
    }
    certain = _entered(term, passed, facts)
    found = pd.DataFrame({
        "GRADE": comparison.highest_certain(certain), "WORST": comparison.highest_certain(_entered(term, passed, worst)),
        "POSSIBLE": comparison.highest_possible(certain).mask(chunk["VALUE"].isna()),
    })  # fmt: skip
    return found.assign(REASON=_reason(term, chunk).where(found["GRADE"].isna()))


def _grading_unit(term: Criterion, unit: str) -> tuple[str, float | None]:
    """Unit in which the term is graded and the factor to it; None when the unit cannot be used."""
    if not term.units or unit in term.units:
        return unit, 1.0 if factor(term.test, unit) is not None else None
    return term.units[0], factor(term.test, unit, to=term.units[0])


def _passed(limit: Limit, chunk: pd.DataFrame, unit: str) -> pd.Series:
    """Is VALUE beyond the limit's number (and beyond the second one, where it has one)? Three-valued."""
    value = _reported("VALUE", chunk)
    passed = _OPERATIONS[limit.op](value, _number(limit.bound, chunk, unit))
    if limit.also:
        op, bound = limit.also
        passed = passed & _OPERATIONS[op](value, _number(bound, chunk, unit))
    return passed


def _number(bound: Bound, chunk: pd.DataFrame, unit: str) -> pd.Series | Measured | float:
    amount = bound.amount[unit] if bound.amount else 0.0
    if bound.of in RELATIONS and not amount:
        return bound.times * _reported(bound.of, chunk)
    return bound.times * chunk[bound.of] + amount if bound.of else amount


def _reported(name: str, chunk: pd.DataFrame) -> pd.Series | Measured:
    """The column with the relations before its numbers, where any has one: most results are plain numbers."""
    relation = chunk[RELATIONS[name]]
    return chunk[name] if relation.eq(EQUAL).all() else Measured(chunk[name], relation)


def _fact(when: When, chunk: pd.DataFrame) -> pd.Series:
    """Does the condition hold, as far as the record tells? Symptoms are never read from a laboratory value."""
    match when:
        case When.BASELINE_ABNORMAL:
            return chunk["BASE_ABNORMAL"]
        case When.BASELINE_NORMAL:
            return ~chunk["BASE_ABNORMAL"]
        case When.ON_ANTICOAGULANT:
            return chunk["ON_ANTICOAGULANT"]
        case When.NO_ANTICOAGULANT:
            return ~chunk["ON_ANTICOAGULANT"]
        case When.CLINICAL:
            return pd.Series(False, index=chunk.index, dtype="boolean")


def _entered(term: Criterion, passed: list[pd.Series], facts: dict[When, pd.Series]) -> dict[int, pd.Series]:
    """Grade -> whether any of its limits is passed under the facts, three-valued."""
    entered: dict[int, pd.Series] = {}
    for limit, beyond in zip(term.limits, passed, strict=True):
        way = beyond & facts[limit.when] if limit.when else beyond
        entered[limit.grade] = entered[limit.grade] | way if limit.grade in entered else way
    return entered


def _reason(term: Criterion, chunk: pd.DataFrame) -> pd.Series:
    """The first thing that is missing, in the order in which a person would go and look for it."""
    why = pd.Series(pd.NA, index=chunk.index, dtype="string")
    absent = [(chunk["NEGATIVE"], NEGATIVE), (chunk["VALUE"].isna(), NO_VALUE)]
    for name, text in (("LLN", NO_LLN), ("ULN", NO_ULN)):
        if name in term.references:
            absent.append((chunk[name].isna(), text))
    if When.BASELINE_ABNORMAL in term.conditions:
        absent.append((chunk["BASE_ABNORMAL"].isna(), NO_BASELINE_STATE))
    if When.ON_ANTICOAGULANT in term.conditions:
        absent.append((chunk["ON_ANTICOAGULANT"].isna(), NO_ANTICOAGULATION))
    if "BASE" in term.references:
        absent.append((chunk["BASE"].isna(), NO_BASE))
    bound = chunk["RELATION"].ne(EQUAL) | (chunk["BASE_RELATION"].ne(EQUAL) if "BASE" in term.references else False)
    absent.append((bound, ONLY_A_BOUND))
    for is_absent, text in reversed(absent):  # the first of the list is written last and stays
        why = why.mask(is_absent, text)
    return why


def _joined(low: pd.Series, high: pd.Series) -> pd.Series:
    both = low + "; " + high
    return low.fillna(high).mask(low.ne(high) & low.notna() & high.notna(), both)
