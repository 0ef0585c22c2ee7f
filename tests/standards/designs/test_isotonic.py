"""Isotonic estimates of the comparators (escalation.md section 10)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.errors import DesignError
from nk521lib.standards.designs.isotonic import isotonic_rates, select_mtd


def pooled(n, x):
    """Pool adjacent violators, one trial, plain."""
    blocks = []
    for size, dlts in zip(n, x, strict=True):
        if size:
            variance = (dlts + 0.05) * (size - dlts + 0.05) / ((size + 0.1) ** 2 * (size + 1.1))
            blocks.append([(dlts + 0.05) / (size + 0.1), 1 / variance, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (r1, w1, k1), (r2, w2, k2) = blocks[-2:]
            blocks[-2:] = [[(r1 * w1 + r2 * w2) / (w1 + w2), w1 + w2, k1 + k2]]
    rates = iter([rate for rate, _, k in blocks for _ in range(k)])
    return [next(rates) if size else float("nan") for size in n]


trial = st.lists(st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=6)


@given(trial)
def test_min_max_formula_is_pooling_of_adjacent_violators(levels):
    n, x = zip(*levels, strict=True)
    assert isotonic_rates(n, x) == pytest.approx(pooled(n, x), nan_ok=True)


# n, x -> MTD at phi .30, by hand
@pytest.mark.parametrize(
    ("n", "x", "out", "mtd"),
    [
        ((3, 6, 9), (0, 1, 3), None, 3),
        ((3, 6, 3), (0, 2, 2), None, 2),
        ((3, 6, 3), (0, 2, 3), (False, False, True), 2),
        ((6, 3, 0), (1, 2, 0), None, 1),
        ((3, 0, 0), (3, 0, 0), (True, True, True), 0),
        ((3, 3, 0), (0, 0, 0), None, 2),  # equal rates below the target: the tie goes up
        ((3, 3, 3), (2, 2, 2), None, 1),  # equal rates above the target: the tie goes down
        ((0, 0, 0), (0, 0, 0), None, 0),
    ],
)
def test_selected_dose(n, x, out, mtd):
    assert select_mtd(n, x, 0.30, out) == mtd


def test_many_trials_at_once():
    n, x = np.array([[3, 6, 9], [3, 3, 3]]), np.array([[0, 1, 3], [2, 2, 2]])
    assert select_mtd(n, x, 0.30).tolist() == [3, 1]


def test_an_eliminated_dose_lends_no_data_to_the_regression():
    with_out = select_mtd([3, 6, 3], [1, 0, 3], 0.30, [False, False, True])
    assert with_out == select_mtd([3, 6], [1, 0], 0.30)


def test_counts_that_cannot_occur_are_refused():
    with pytest.raises(DesignError, match="allowed is 0 <= x <= n in equal shapes"):
        isotonic_rates([3, 3], [4, 0])
    with pytest.raises(DesignError, match="equal shapes"):
        isotonic_rates([3, 3], [1])
