import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from nk521lib.standards.proportions import (
    clopper_pearson,
    clopper_pearson_lower,
    clopper_pearson_upper,
    wilson,
)


# spec escalation.md section 10: no DLT of 3 and of 6, one-sided 95 %
@pytest.mark.parametrize(("x", "n", "upper"), [(0, 3, 0.63), (0, 6, 0.39)])
def test_section_10_upper_limits_without_events(x, n, upper):
    assert clopper_pearson_upper(x, n) == pytest.approx(upper, abs=0.005)
    assert clopper_pearson_upper(x, n) == pytest.approx(1 - 0.05 ** (1 / n))


@given(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.8, 0.95]),
)
def test_limits_against_scipy_binomtest(xn, level):
    x, n = xn
    test = binomtest(x, n)
    exact, score = (test.proportion_ci(level, method) for method in ("exact", "wilson"))
    assert clopper_pearson(x, n, level) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert wilson(x, n, level) == pytest.approx((score.low, score.high), abs=1e-9)
    assert clopper_pearson_lower(x, n, level) == pytest.approx(
        binomtest(x, n, alternative="greater").proportion_ci(level, "exact").low, abs=1e-9
    )


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_tail_at_the_limit_is_2_5_percent(xn):
    x, n = xn
    low, high = clopper_pearson(x, n)
    if x > 0:
        assert binom.sf(x - 1, n, low) == pytest.approx(0.025)
    if x < n:
        assert binom.cdf(x, n, high) == pytest.approx(0.025)


def test_edges_are_0_and_1():
    assert clopper_pearson(0, 5)[0] == 0
    assert clopper_pearson(5, 5)[1] == 1
    assert clopper_pearson_lower(0, 5) == 0
    assert clopper_pearson_upper(5, 5) == 1


def test_scalars_give_floats_and_arrays_arrays():
    assert isinstance(clopper_pearson(1, 3)[0], float)
    low, high = clopper_pearson([0, 1, 3], 3)
    assert low.shape == high.shape == (3,)
    assert (low[1], high[1]) == clopper_pearson(1, 3)


def test_missing_counts_and_no_subjects_have_no_limits():
    for limits in (clopper_pearson([np.nan, 0], [3, 0]), wilson([np.nan, 0], [3, 0])):
        assert np.isnan(limits).all()
    assert np.isnan(clopper_pearson_upper(0, 0))
    assert np.isnan(clopper_pearson_lower(0, 0))


@pytest.mark.parametrize(
    ("x", "n", "level", "says"),
    [
        (4, 3, 0.95, "4 events of 3"),
        ([0, -1], 3, 0.95, "-1 events of 3"),
        (1, 3, 1.0, "confidence level is 1.0"),
    ],
)
def test_what_cannot_be_is_refused(x, n, level, says):
    with pytest.raises(ValueError, match=says):
        clopper_pearson(x, n, level)


R_LIMITS = json.loads(
    (Path(__file__).parent.parent / "golden" / "survival" / "survival_R.json").read_text(encoding="utf-8")
)["clopper_pearson"]


@pytest.mark.parametrize("x, n, low, high", R_LIMITS)
def test_limits_against_R_binom_test(x, n, low, high):
    assert clopper_pearson(x, n) == pytest.approx((low, high), abs=1e-8)
