"""Worst CTCAE v5.0 grade of the tests that a DLT can rest on: the table of safety.md section 4, rulings.md 5.4 and 5.5."""

import math
from datetime import timedelta

from nk521lib.cut import Cut
from nk521lib.recount.people import dosed_people
from nk521lib.recount.records import Beyond
from nk521lib.recount.samples import Sample, read_samples

TABLE = {
    ("HGB", "L"): (100, 80), ("NEUT", "L"): (1.5, 1.0, 0.5), ("PLAT", "L"): (75, 50, 25), ("WBC", "L"): (3.0, 2.0, 1.0),
    ("LYM", "L"): (0.8, 0.5, 0.2), ("ALB", "L"): (30, 20), ("CACORR", "L"): (2.0, 1.75, 1.5),
    ("ALT", "H"): ((1, 3, 5, 20), (1.5, 3, 5, 20)), ("AST", "H"): ((1, 3, 5, 20), (1.5, 3, 5, 20)),
    ("ALP", "H"): ((1, 2.5, 5, 20), (2.0, 2.5, 5, 20)), ("BILI", "H"): ((1, 1.5, 3, 10), (1, 1.5, 3, 10)),
    ("CREAT", "H"): (), ("K", "H"): (5.5, 6.0, 7.0), ("K", "L"): (), ("SODIUM", "L"): (), ("INR", "H"): (1.2, 1.5, 2.5),
    ("APTT", "H"): (1, 1.5, 2.5),
}  # fmt: skip
"""Limits of grades 2 to 4 in standard units, or multiples of ULN (and of an abnormal baseline) from grade 1."""

DECISIVE = (("NEUT", "L"), ("PLAT", "L"), ("ALT", "H"), ("AST", "H"), ("BILI", "H"))
"""Tests that D03, D07 and Hy's law read."""
_PER_LITRE = ("10^9/L", "10*9/L", "X10^9/L", "GI/L", "G/L")

Graded = dict[tuple[str, str, str], int | str | None]


def worst_grades(cut: Cut) -> Graded:
    """(USUBJID, test, direction) -> worst grade from first dose to the end of the safety window, None where none can be
    told; the reason as text where it is not recomputed. Only for subjects with a sample in the window."""
    people, found = dosed_people(cut), {}
    for subject, samples in read_samples(cut, people).items():
        until = people[subject].last_day + timedelta(days=cut.params.safety.teae_end_days)
        for test, direction in DECISIVE:
            mine = [s for s in samples if s.test == test]
            post = [s for s in mine if s.post and s.at.low <= until]
            if (post or mine) and not people[subject].placed:
                found[subject, test, direction] = "the day of the first dose is not known"
            elif post:
                before = [s for s in mine if not s.post]
                try:
                    found[subject, test, direction] = _worst(post, before[-1] if before else None, direction)
                except Beyond as limit:
                    found[subject, test, direction] = str(limit)
    return found


def _worst(post: list[Sample], base: Sample | None, direction: str) -> int | None:
    if any(s.at.low != s.at.high for s in post):
        raise Beyond("a sample without a complete date")
    units = {s.unit for s in (*post, *([base] if base else []))}
    if post[0].test in ("NEUT", "PLAT") and any(unit is None or unit.upper() not in _PER_LITRE for unit in units):
        raise Beyond(f"{post[0].test} in {', '.join(sorted(map(str, units)))}")
    if len(units) > 1 or None in units:
        raise Beyond("units that differ or are missing")
    if base is not None and direction == "H" and base.sign and base.over(base.uln) is not False:
        raise Beyond(f"a baseline {base.sign}{base.value:g}")
    grades = [_certain(s, base, direction) for s in post]
    return max((grade for grade in grades if grade is not None), default=None)


def _certain(sample: Sample, base: Sample | None, direction: str) -> int | None:
    """Grade of the result; of a bound the lowest of its two ends, unless one of them has none or only the other is 0."""
    before, above = math.nextafter(sample.value, -math.inf), math.nextafter(sample.value, math.inf)
    ends = {
        "": (sample.value,), "<": (-math.inf, before), "<=": (-math.inf, sample.value),
        ">": (above, math.inf), ">=": (sample.value, math.inf),
    }[sample.sign]  # fmt: skip
    found = [lab_grade(_row(sample, end), base and _row(base, base.value), sample.test, direction) for end in ends]
    return None if None in found or (min(found) == 0 < max(found)) else min(found)


def _row(sample: Sample, value: float) -> dict:
    return {"LBSTRESN": value, "LBSTNRLO": sample.lln, "LBSTNRHI": sample.uln, "pre": not sample.post}


def lab_grade(row, base, test, direction, is_base=False):
    """Highest grade certainly true (rulings.md 5.4, 5.5); None where it cannot be told."""
    value, low, high = row["LBSTRESN"], row["LBSTNRLO"], row["LBSTNRHI"]
    if direction == "L" and test in ("K", "SODIUM"):
        if test == "K":
            return 4 if value < 2.5 else 3 if value < 3.0 else None if low is None else int(value < low)
        return (
            4 if value < 120 else 3 if value < 125 else 2 if value < 130 else None if low is None else int(value < low)
        )
    if direction == "L":
        worse = [grade for grade, limit in enumerate(TABLE[test, direction], 2) if value < limit]
        return max(worse) if worse else None if low is None else int(value < low)
    if test == "K":
        worse = [grade for grade, limit in enumerate(TABLE[test, direction], 2) if value > limit]
        return max(worse) if worse else None if high is None else int(value > high)
    if high is None:
        return None
    if test == "CREAT":
        by_uln = sum(value > m * high for m in (1, 1.5, 3, 6))
        start = None if base is None else base["LBSTRESN"]
        by_base = 0 if start is None else 3 if value > 3 * start else 2 if value > 1.5 * start else 0
        return max(by_uln, by_base)
    if test == "INR":
        return sum(value > m for m in (1.2, 1.5, 2.5))
    if test == "APTT":
        return sum(value > m * high for m in TABLE[test, direction])
    normal, abnormal = TABLE[test, direction]
    if is_base or row["pre"]:
        return sum(value > m * high for m in normal)
    if base is None or base["LBSTNRHI"] is None:
        return None
    if base["LBSTRESN"] <= base["LBSTNRHI"]:
        return sum(value > m * high for m in normal)
    if value <= high:
        return 0
    start = base["LBSTRESN"]
    first = value > start * abnormal[0] if test == "BILI" else value >= start * abnormal[0]
    return int(first) + sum(value > start * m for m in abnormal[1:])
