"""Whole trials of other designs at this trial's settings: exact where they can be, simulated and said so where not (escalation.md section 10)."""

import pytest

from nk521lib.chapters.escalation.behaviour import (
    SEED,
    SIMULATIONS,
    characteristics_of,
    derive_behaviour,
    options_of,
    trial_of,
)
from nk521lib.standards.designs.simulate import MAX_SEQUENCES, count_sequences


def test_sizes_are_the_cap_and_the_most_a_3plus3_may_need(make_params):
    params = make_params()
    found = list(derive_behaviour(params))
    assert [(one.design, one.size) for one in found] == [("BOIN", 9), ("CRM", 9), ("BOIN", 18), ("CRM", 18)]
    for one in found:
        assert [oc.truth[0].tolist() for oc in one.under] == [list(truth) for truth in params.escalation.oc_truths]
        assert all(
            oc.exact and oc.p_mtd.sum() == pytest.approx(1) and oc.n_values.max() == one.size for oc in one.under
        )


def test_one_size_when_the_cap_is_what_a_3plus3_may_need(make_params):
    assert [one.size for one in derive_behaviour(make_params("group_cap=18"))] == [18, 18]


def test_too_many_sequences_are_simulated_with_their_error(make_params):
    trial = trial_of(make_params(), "CRM", 3, 21)
    assert count_sequences(trial) > MAX_SEQUENCES
    found = characteristics_of(trial, (0.1, 0.2, 0.3))
    assert (found.exact, found.n_sim, found.seed) == (False, SIMULATIONS, SEED) and found.mc_error["e_n"].shape == (1,)


def test_settings_of_the_parameters_reach_the_designs(make_params):
    params = make_params("boin_low=0.5", "mtpi2_halfwidth=0.1", "target_rate=0.25")
    assert options_of(params, "BOIN") == {"low": 0.5, "high": 1.4}
    assert options_of(params, "mTPI-2") == options_of(params, "i3+3") == {"halfwidth": 0.1}
    trial = trial_of(params, "BOIN", 3, 9)
    assert (trial.phi, dict(trial.options)["low"], trial.n_max) == (0.25, 0.5, 9)
