"""Exact operating characteristics of a 3+3 under one truth, in plain Python.

The same numbers as `operating_characteristics`, which takes many truths at once; whoever asks about one does not wait
for NumPy. Source: spec escalation.md section 4, outputs.md section 1.
"""

import warnings
from collections.abc import Iterable, Sequence
from math import fsum, prod
from typing import Any

from nk521lib.errors import DesignError
from nk521lib.standards.designs.rules import ThreePlusThree
from nk521lib.standards.designs.walk import State, as_state, every_path

NOT_RISING = "truth does not rise with the level"


def characteristics_of_one(rules: ThreePlusThree, truth: Sequence[float], start: str | State = "") -> dict[str, Any]:
    """The mapping of `OperatingCharacteristics.as_json`.

    truth : true DLT rate per level, (levels,).   start : history in notation, or a State.
    Raises DesignError for a truth outside 0 to 1 or a history the rules could not have produced; warns when the truth
    does not rise.
    """
    rates = _checked(truth, rules.levels)
    paths = list(every_path(as_state(start, rules), rules))
    chances = [path.orderings * prod(p**dlt * (1 - p) ** clear for p, (dlt, clear) in zip(rates, path.outcomes, strict=True)) for path in paths]  # fmt: skip

    def mean(values: Iterable[float]) -> float:
        return fsum(chance * value for chance, value in zip(chances, values, strict=True))

    levels, sizes = range(rules.levels), sorted({path.end.dosed for path in paths})
    dosed = [[counts.n for counts in path.end.levels] for path in paths]
    return {
        "design": "3+3",
        "exact": True,
        "truth": rates,
        "p_mtd": {str(level or "none"): mean(path.mtd == level for path in paths) for level in (*range(1, rules.levels + 1), 0)},
        "p_top_not_reached": mean(path.top_not_reached for path in paths),
        "e_n": mean(path.end.dosed for path in paths),
        "p_n": {str(size): mean(path.end.dosed == size for path in paths) for size in sizes},
        "p_n_over_cap": None if rules.cap is None else mean(path.end.dosed > rules.cap for path in paths),
        "e_dlt": mean(sum(counts.x for counts in path.end.levels) for path in paths),
        "e_n_level": [mean(n[level] for n in dosed) for level in levels],
    }  # fmt: skip


def _checked(truth: Sequence[float], levels: int) -> list[float]:
    rates = [float(rate) for rate in truth]
    if len(rates) != levels:
        raise DesignError(f"truth has shape ({len(rates)},); allowed is one rate per level, {levels} of them")
    outside = [rate for rate in rates if not 0 <= rate <= 1]
    if outside:
        raise DesignError(f"truth {outside[0]:g} is not a rate; allowed are 0 to 1")
    if rates != sorted(rates):
        warnings.warn(NOT_RISING, stacklevel=3)
    return rates
