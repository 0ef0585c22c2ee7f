import numpy as np
import pytest
from scipy.stats import beta

from nk521lib.errors import DesignError
from nk521lib.standards.designs.posterior import posterior, posterior_summary, prob_rate_above


# spec escalation.md section 10: posterior P(p > .30)
@pytest.mark.parametrize(("n", "x", "chance"), [(3, 0, 0.24), (3, 1, 0.65), (3, 2, 0.92), (6, 1, 0.33), (6, 2, 0.65)])
def test_section_10_posterior_above_30(n, x, chance):
    assert prob_rate_above(x, n, 0.30) == pytest.approx(chance, abs=0.005)


def test_no_dlt_of_three_by_hand():
    assert prob_rate_above(0, 3, 0.30) == pytest.approx(0.7**4)


def test_levels_at_once_and_another_prior():
    a, b = posterior([0, 1], [3, 6], (0.5, 0.5))
    assert (a.tolist(), b.tolist()) == ([0.5, 1.5], [3.5, 5.5])
    assert prob_rate_above([0, 2], [3, 6], 1 / 3) == pytest.approx(beta.sf(1 / 3, [1, 3], [4, 5]))


def test_summary_by_hand():
    shown = posterior_summary(0, 3)
    assert shown["mean"] == pytest.approx(0.2)
    assert shown["median"] == pytest.approx(1 - 0.5 ** (1 / 4))
    assert shown["high"] == pytest.approx(1 - 0.025 ** (1 / 4))
    assert shown["low"] == pytest.approx(1 - 0.975 ** (1 / 4))


def test_missing_counts_stay_missing():
    assert np.isnan(prob_rate_above(float("nan"), 3, 0.3))


def test_what_cannot_be_is_refused():
    with pytest.raises(DesignError, match="4 DLT of 3 subjects cannot occur"):
        posterior(4, 3)
    with pytest.raises(DesignError, match="both parameters must be above 0"):
        posterior(1, 3, (0, 1))
