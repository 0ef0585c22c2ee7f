"""Golden survival numbers by exact arithmetic: fractions for the estimates, 50-digit decimals for the limits.

Beside the numbers of R (survival.R), and without its rounding; nothing here is copied from the library under test. Run
with any Python 3.11 or later, no package needed: `python make_survival.py` writes survival.json beside itself.

Data. "aml": survival in acute myelogenous leukaemia, Miller 1997, as in R's survival::aml. "freireich": remission
in weeks, Freireich et al., Blood 1963;21:699, as in Cox 1972. "competing": made up for this purpose.
"""

import json
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

getcontext().prec = 50
Z = Decimal("1.9599639845400542355245944305205515279555")  # upper 2.5 % point of the standard normal

SURVIVAL = {
    "aml maintained": "9 13 13+ 18 23 28+ 31 34 45+ 48 161+",
    "aml nonmaintained": "5 5 8 8 12 16+ 23 27 30 33 43 45",
    "freireich 6-MP": "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+",
    "freireich placebo": "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23",
}
# one letter a subject's end: a the cause of interest, b the competing one, + censored
COMPETING = {
    "competing": "3a 5b 5a 8+ 11a 14b 14+ 20a 26b 31a 31a 40+ 52a",
    "competing, all observed": "1a 2b 3a 4b 5a 6a 7b 8a",
}


def decimal(value):
    return Decimal(value.numerator) / Decimal(value.denominator)


def log_log(value, se_log):
    """Limits from the standard error of the logarithm; none at 0 and 1."""
    if value in (0, 1):
        return None, None
    log = decimal(value).ln()
    spread = (Z * se_log / -log).exp()
    return (log * spread).exp(), (log / spread).exp()


def number(value):
    if value is None:
        return None
    return float(decimal(value)) if isinstance(value, Fraction) else float(value)


def quantile(rows, column, level):
    """First time at the level or below; in the middle of a stretch on the level when an event ends it."""
    for i, row in enumerate(rows):
        if row[column] is not None and row[column] <= level:
            following = [r["time"] for r in rows[i + 1 :] if r["events"]]
            if row[column] == level and following:
                return (row["time"] + following[0]) / 2
            return row["time"]
    return None


def kaplan_meier(text):
    subjects = [(int(word.rstrip("+")), not word.endswith("+")) for word in text.split()]
    survival, greenwood, rows = Fraction(1), Fraction(0), []
    for time in sorted({t for t, _ in subjects}):
        n = sum(t >= time for t, _ in subjects)
        d = sum(t == time and event for t, event in subjects)
        survival *= 1 - Fraction(d, n)
        se_log = None
        if d < n:
            greenwood += Fraction(d, n * (n - d))
            se_log = decimal(greenwood).sqrt()
        lower, upper = log_log(survival, se_log)
        se = None if survival == 0 else decimal(survival) * se_log
        rows.append(
            {
                "time": time,
                "at_risk": n,
                "events": d,
                "survival": survival,
                "se": se,
                "lower": lower,
                "upper": upper,
            }
        )
    half = Fraction(1, 2)
    median = [
        quantile(rows, "survival", half),
        *(quantile(rows, c, Decimal("0.5")) for c in ("lower", "upper")),
    ]
    return {
        "data": text,
        "median": median,
        "rows": [
            [
                r["time"],
                r["at_risk"],
                r["events"],
                *(number(r[c]) for c in ("survival", "se", "lower", "upper")),
            ]
            for r in rows
        ],
    }


def aalen_johansen(text):
    subjects = [(int(word[:-1]), word[-1]) for word in text.split()]
    steps, survival, incidence, rows = [], Fraction(1), Fraction(0), []
    for time in sorted({t for t, _ in subjects}):
        n = sum(t >= time for t, _ in subjects)
        d = sum(t == time and end in "ab" for t, end in subjects)
        d_a = sum(t == time and end == "a" for t, end in subjects)
        incidence += survival * Fraction(d_a, n)
        steps.append((n, d, d_a, survival, incidence))
        survival *= 1 - Fraction(d, n)
        variance = Fraction(0)
        for n_j, d_j, a_j, before, reached in steps:  # the double sum as printed by Marubini and Valsecchi
            rest = incidence - reached
            if rest:
                variance += rest**2 * Fraction(d_j, n_j * (n_j - d_j))
            variance += before**2 * Fraction(n_j - a_j, n_j) * Fraction(a_j, n_j**2)
            variance -= 2 * rest * before * Fraction(a_j, n_j**2)
        se = decimal(variance).sqrt()
        lower, upper = log_log(incidence, se / decimal(incidence) if incidence else None)
        rows.append([time, n, d_a, d - d_a, number(incidence), number(se), number(lower), number(upper)])
    return {"data": text, "rows": rows}


def main():
    golden = {
        "survival": {name: kaplan_meier(text) for name, text in SURVIVAL.items()},
        "cumulative_incidence": {name: aalen_johansen(text) for name, text in COMPETING.items()},
    }
    Path(__file__).with_name("survival.json").write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
