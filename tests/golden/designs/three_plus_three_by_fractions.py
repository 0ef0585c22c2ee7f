"""Exact rational operating characteristics of the 3+3, by the plain second implementation.

Prints three_plus_three_by_fractions.json. Run from this folder:
    python three_plus_three_by_fractions.py > three_plus_three_by_fractions.json
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "standards" / "designs"))
import plain_3plus3 as plain

TRUTHS = [
    ("0.02", "0.05", "0.08"),
    ("0.05", "0.10", "0.20"),
    ("0.10", "0.25", "0.45"),
    ("0.30", "0.45", "0.60"),
]
READINGS = [{"mtd_min_n": 3}, {"mtd_min_n": 6}, {"mtd_min_n": 6, "top_confirm6": True}]


def summary(truth, options):
    ends = plain.end_probabilities([Fraction(rate) for rate in truth], **options)
    assert sum(ends.values()) == 1
    total = lambda keep: float(sum(p for end, p in ends.items() if keep(*end)))
    mean = lambda value: float(sum(p * value(*end) for end, p in ends.items()))
    return {
        "options": options,
        "truth": [float(rate) for rate in truth],
        "p_mtd": [total(lambda mtd, *_, k=k: mtd == k) for k in (None, 1, 2, 3)],
        "p_top_not_reached": total(lambda mtd, top, n, x: top),
        "p_n": {str(size): total(lambda mtd, top, n, x, s=size: n == s) for size in range(3, 19, 3)},
        "p_n_over_9": total(lambda mtd, top, n, x: n > 9),
        "e_n": mean(lambda mtd, top, n, x: n),
        "e_dlt": mean(lambda mtd, top, n, x: x),
    }


if __name__ == "__main__":
    print(json.dumps([summary(truth, options) for options in READINGS for truth in TRUTHS], indent=1))
