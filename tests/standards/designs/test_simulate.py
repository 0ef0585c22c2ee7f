"""Simulated trials of each design against exact figures (escalation.md section 10)."""

import json
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from nk521lib.errors import DesignError
from nk521lib.standards.designs import boin
from nk521lib.standards.designs.crm import Crm, guarded, pick_level, plug_in_rates
from nk521lib.standards.designs.isotonic import select_mtd
from nk521lib.standards.designs.operating import characteristics
from nk521lib.standards.designs.simulate import count_sequences, exact_characteristics, simulate, trial_paths
from nk521lib.standards.designs.trials import CrmTrial, OneLevelTrial, distinct_rows
from nk521lib.terms import ComparatorSays

TRUTH = [0.10, 0.25, 0.45]
BOIN, CRM = OneLevelTrial(phi=0.30), CrmTrial(Crm.by_indifference(0.25))
DESIGNS = [BOIN, OneLevelTrial("mTPI-2"), OneLevelTrial("BOIN", 0.25, levels=5, start_level=2), CRM]


def truth_of(design):
    return np.linspace(0.05, 0.5, design.levels)


def plain_boin(outcomes, phi=0.30, levels=3):
    """One BOIN trial with cohorts of 3, loop by loop: the level of each cohort dosed, and the MTD (0 for none)."""
    n, x, level, out_from, doses = [0] * levels, [0] * levels, 0, levels, []
    for dlts in outcomes:
        doses.append(level)
        n[level] += 3
        x[level] += dlts
        says = boin.decide(n[level], x[level], phi)
        if says is ComparatorSays.ELIMINATE:
            out_from = min(out_from, level)
            if level == 0:
                break
        if says is ComparatorSays.ESCALATE and level + 1 < out_from:
            level += 1
        if says in (ComparatorSays.DEESCALATE, ComparatorSays.ELIMINATE):
            level = max(0, level - 1)
    return doses, int(select_mtd(n, x, phi, [k >= out_from for k in range(levels)]))


def test_exact_boin_against_every_trial_played_plainly():
    p_mtd, e_n, e_n_level = [0.0] * 4, 0.0, np.zeros(3)
    trials = {}
    for outcomes in product(range(4), repeat=4):
        doses, mtd = plain_boin(outcomes)
        trials[outcomes[: len(doses)]] = (doses, mtd)  # a stopped trial comes up once for every rest
    for outcomes, (doses, mtd) in trials.items():
        chance = np.prod([binom.pmf(dlts, 3, TRUTH[level]) for dlts, level in zip(outcomes, doses, strict=True)])
        p_mtd[mtd] += chance
        e_n += chance * 3 * len(doses)
        e_n_level += chance * 3 * np.bincount(doses, minlength=3)
    oc = exact_characteristics(OneLevelTrial(n_max=12), TRUTH)
    assert oc.p_mtd[0] == pytest.approx(p_mtd)
    assert oc.e_n[0] == pytest.approx(e_n)
    assert oc.e_n_level[0] == pytest.approx(e_n_level)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.name} {d.levels}")
def test_simulation_agrees_with_the_exact_numbers(design):
    truth = truth_of(design)
    exact, simulated = exact_characteristics(design, truth), simulate(design, truth, 4000, seed=521)
    paths = trial_paths(design)
    # errors from the exact distribution: an event that no trial showed would have an estimated error of 0
    errors = characteristics(paths, paths.probabilities(exact.truth), exact.truth, "", n_sim=4000).mc_error
    for field in ("p_mtd", "e_n", "e_dlt", "e_n_level", "e_dlt_level"):
        difference = np.abs(getattr(exact, field) - getattr(simulated, field))
        assert np.all(difference <= 4.5 * errors[field] + 1e-9), field
    assert (exact.exact, simulated.exact) == (True, False)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.name} {d.levels}")
def test_exact_probabilities_sum_to_one(design):
    oc = exact_characteristics(design, [truth_of(design), [0.0] * design.levels, [1.0] * design.levels])
    assert oc.p_mtd.sum(axis=1) == pytest.approx(1)
    assert oc.p_n.sum(axis=1) == pytest.approx(1)
    assert oc.e_n_level.sum(axis=1) == pytest.approx(oc.e_n)
    assert oc.n_values.max() == 18


def test_an_elimination_of_the_lowest_level_stops_the_trial():
    oc = exact_characteristics(BOIN, [1.0, 1.0, 1.0])
    assert (oc.e_n[0], oc.p_mtd[0, 0], oc.e_cohorts[0]) == (3, 1, 1)


def test_the_same_seed_gives_the_same_numbers():
    first, again, other = (simulate(BOIN, TRUTH, 500, seed).as_json() for seed in (1, 1, 2))
    assert first == again != other


def test_monte_carlo_error_is_that_of_a_proportion():
    oc = simulate(BOIN, TRUTH, 1000, seed=3)
    assert oc.mc_error["p_mtd"] == pytest.approx(np.sqrt(oc.p_mtd * (1 - oc.p_mtd) / 1000))


def test_json_of_a_simulation_carries_its_error():
    shown = json.loads(json.dumps(simulate(CRM, TRUTH, 100, seed=7).as_json()))
    assert (shown["n_sim"], shown["seed"], shown["exact"], shown["design"]) == (100, 7, False, "CRM")
    assert shown["p_n_over_cap"] is None
    assert list(shown["mc_error"]) == ["p_mtd", "e_n", "e_dlt", "e_n_level"]
    assert list(shown["mc_error"]["p_mtd"]) == list(shown["p_mtd"]) == ["1", "2", "3", "none"]


def test_exact_crm_against_trials_played_plainly():
    """Every exact CRM path of two cohorts, its level sequence recomputed subject set by subject set."""
    design = CrmTrial(Crm.by_indifference(0.25), n_max=6)
    paths = trial_paths(design)
    expected = {}
    for (x1, last1), (x2, last2) in product([(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (3, 1)], repeat=2):
        ways1, ways2 = (
            {(0, 0): 1, (1, 0): 2, (1, 1): 1, (2, 0): 1, (2, 1): 2, (3, 1): 1}[c] for c in ((x1, last1), (x2, last2))
        )
        pick = pick_level(design.model, plug_in_rates(design.model, (3, 0, 0), (x1, 0, 0)))
        level = int(guarded(pick, 1, 1, last1))
        n, x = [3, 0, 0], [x1, 0, 0]
        n[level - 1] += 3
        x[level - 1] += x2
        mtd = min(
            int(pick_level(design.model, plug_in_rates(design.model, n, x))),
            max(k + 1 for k in range(3) if n[k]),
        )
        key = (*n, *x, mtd)
        expected[key] = expected.get(key, 0) + ways1 * ways2
    ours = {
        (*n, *x, mtd): coef
        for n, x, mtd, coef in zip(
            paths.n_level.tolist(),
            paths.dlt_level.tolist(),
            paths.mtd.tolist(),
            paths.coef.tolist(),
            strict=True,
        )
    }
    assert ours == pytest.approx(expected)


@pytest.mark.parametrize("largest", [9, 10**9])  # the keys of large counts do not fit into one number
def test_distinct_rows_are_those_of_numpy(largest):
    rows = np.random.default_rng(5).integers(0, 3, (200, 4)) * (largest // 2)
    distinct, first, which = distinct_rows(rows)
    assert distinct.tolist() == np.unique(rows, axis=0).tolist()
    assert rows[first].tolist() == distinct.tolist()
    assert distinct[which].tolist() == rows.tolist()


def test_a_crm_never_selects_a_level_that_nobody_received():
    oc = exact_characteristics(CrmTrial(Crm.by_indifference(0.25), n_max=3), [0.0, 0.0, 0.0])
    assert oc.p_mtd[0].tolist() == [0, 1, 0, 0]


def test_a_history_is_continued_at_the_level_the_design_chooses():
    oc = exact_characteristics(OneLevelTrial(n_max=6), [0.0, 1.0, 1.0], "1NNN")
    assert oc.e_n_level[0].tolist() == [3, 3, 0]
    whole = exact_characteristics(BOIN, TRUTH)
    chances = [0.729, 0.243, 0.027, 0.001]
    parts = [exact_characteristics(BOIN, TRUTH, f"1{'T' * x}{'N' * (3 - x)}") for x in range(4)]
    assert sum(c * p.p_mtd[0] for c, p in zip(chances, parts, strict=True)) == pytest.approx(whole.p_mtd[0])
    assert sum(c * p.e_n[0] for c, p in zip(chances, parts, strict=True)) == pytest.approx(whole.e_n[0])


def test_a_crm_history_ends_with_its_last_outcome():
    design = CrmTrial(Crm.by_indifference(0.25), n_max=7)
    up = exact_characteristics(design, [0.0, 0.0, 0.0], "1TNNNNN")
    held = exact_characteristics(design, [0.0, 0.0, 0.0], "1NNNNNT")
    assert (up.e_n_level[0].tolist(), held.e_n_level[0].tolist()) == ([6, 1, 0], [7, 0, 0])


def test_a_last_cohort_may_be_smaller():
    assert exact_characteristics(OneLevelTrial(n_max=10), [0.0, 0.0, 0.0]).e_n[0] == 10
    assert count_sequences(OneLevelTrial(n_max=10)) == 4**3 * 2
    assert count_sequences(CrmTrial(CRM.model, n_max=10)) == 6**3 * 2


def test_a_finished_history_has_nothing_to_come():
    oc = exact_characteristics(OneLevelTrial(n_max=3), TRUTH, "1NNT")
    assert (oc.e_n[0], oc.e_cohorts[0], oc.p_mtd[0, 1]) == (3, 0, 1)


def test_options_reach_the_design():
    shy = OneLevelTrial(options=(("low", 0.1), ("high", 1.4)), n_max=9)  # 1 of 6 no longer goes up
    assert exact_characteristics(OneLevelTrial(n_max=9), TRUTH, "1NNTNNN").e_n_level[0] == pytest.approx([6, 3, 0])
    assert exact_characteristics(shy, TRUTH, "1NNTNNN").e_n_level[0] == pytest.approx([9, 0, 0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: OneLevelTrial(start_level=4), "start_level is 4 of 3 levels"),
        (lambda: OneLevelTrial(levels=0), "start_level is 1 of 0 levels"),
        (lambda: OneLevelTrial(cohort=0), "cohort 0 of 18 subjects"),
        (lambda: CrmTrial(CRM.model, n_max=2), "cohort 3 of 2 subjects"),
        (lambda: exact_characteristics(BOIN, TRUTH, "1NNP"), "BOIN trials allow outcomes N and T"),
        (lambda: exact_characteristics(BOIN, TRUTH, "4N"), "level 4 does not exist; allowed are 1 to 3"),
        (
            lambda: exact_characteristics(OneLevelTrial(n_max=3), TRUTH, "1NNNN"),
            "has 4 subjects; allowed are 3",
        ),
        (
            lambda: exact_characteristics(OneLevelTrial(n_max=60), TRUTH),
            "outcome sequences; exact results allow 50000",
        ),
        (lambda: simulate(BOIN, [TRUTH, TRUTH], 100, 1), "2 truths, 100 trials"),
        (lambda: simulate(BOIN, TRUTH, 1, 1), "1 truths, 1 trials"),
        (lambda: simulate(OneLevelTrial("CCD"), TRUTH, 10, 1), "design 'CCD'"),
    ],
)
def test_what_cannot_be_run_is_refused(call, says):
    with pytest.raises(DesignError, match=says):
        call()
