import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from nk521lib.errors import DesignError
from nk521lib.standards.designs import (
    READINGS,
    LevelCounts,
    ThreePlusThree,
    characteristics_of_one,
    expected_characteristics,
    operating_characteristics,
    prob_total_over,
    state_after,
    state_of,
)
from nk521lib.standards.designs.pathways import paths_from, prob_escalate_past

GOLDEN = Path(__file__).parents[2] / "golden" / "designs" / "three_plus_three_by_fractions.json"
TRUTHS = [[0.02, 0.05, 0.08], [0.05, 0.10, 0.20], [0.10, 0.25, 0.45], [0.30, 0.45, 0.60]]
DEFAULT = READINGS["lower level topped up to 6"]

# reading -> chance of more than 9, per truth                                 spec escalation.md section 4
SECTION_4 = {
    "MTD may rest on 3": [0.327, 0.505, 0.405, 0.127],
    "lower level topped up to 6": [0.360, 0.626, 0.713, 0.280],
    "6 also at the top level": [0.988, 0.946, 0.765, 0.284],
}


@pytest.mark.parametrize("reading", READINGS)
def test_section_4_chance_of_more_than_nine_subjects(reading):
    oc = operating_characteristics(READINGS[reading], TRUTHS, cap=9)
    assert oc.p_n_over_cap == pytest.approx(SECTION_4[reading], abs=0.0005)


@pytest.mark.parametrize(("reading", "paths"), zip(READINGS, [43, 118, 154], strict=True))
def test_section_4_every_walk_ends_with_3_to_18_subjects(reading, paths):
    all_paths = paths_from(state_after("", READINGS[reading]), READINGS[reading])
    assert len(all_paths.n) == paths
    assert set(all_paths.n) == {3, 6, 9, 12, 15, 18}


@pytest.mark.parametrize("truths", ["many", "one"])
@pytest.mark.parametrize("row", json.loads(GOLDEN.read_text()), ids=lambda row: f"{row['options']} {row['truth']}")
def test_characteristics_against_exact_fractions_of_the_plain_implementation(row, truths):
    rules = replace(ThreePlusThree(**row["options"]), cap=9)
    if truths == "one":
        shown = characteristics_of_one(rules, row["truth"])
    else:
        shown = operating_characteristics(rules, row["truth"]).as_json()
    none, *levels = row["p_mtd"]
    assert shown["p_mtd"] == pytest.approx({"1": levels[0], "2": levels[1], "3": levels[2], "none": none}, abs=1e-14)
    assert shown["p_n"] == pytest.approx(row["p_n"], abs=1e-14)
    assert shown["p_n_over_cap"] == pytest.approx(row["p_n_over_9"], abs=1e-14)
    assert shown["p_top_not_reached"] == pytest.approx(row["p_top_not_reached"], abs=1e-14)
    assert (shown["e_n"], shown["e_dlt"]) == pytest.approx((row["e_n"], row["e_dlt"]), abs=1e-12)
    assert (shown["design"], shown["exact"]) == ("3+3", True)


# spec escalation.md section 10, "3+3 facts"
@pytest.mark.parametrize(
    ("rate", "chance"),
    [(0.05, 0.973), (0.10, 0.906), (0.20, 0.709), (0.30, 0.494), (0.40, 0.309), (0.50, 0.172)],
)
def test_section_10_chance_to_escalate_past_a_level(rate, chance):
    assert prob_escalate_past(rate) == pytest.approx(chance, abs=0.0005)
    one_level = operating_characteristics(ThreePlusThree(levels=1), [rate])
    assert one_level.p_top_not_reached[0] == pytest.approx(float(prob_escalate_past(rate)), abs=1e-14)


def test_json_has_the_fields_of_the_contract():
    shown = operating_characteristics(DEFAULT, TRUTHS[1]).as_json()
    assert list(shown) == [
        *("design", "exact", "truth", "p_mtd", "p_top_not_reached", "e_n", "p_n", "p_n_over_cap", "e_dlt"),
        "e_n_level",
    ]
    assert shown["p_n_over_cap"] is None
    json.dumps(shown)


rising = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)
ANYWHERE = ["", "1N", "1NP", "1NNT", "1NNTP", "1NNN 2TTP", "1NNN 2NNN 3P", "1TTP"]
STARTS = [(reading, history) for reading in READINGS for history in ANYWHERE]
STARTS += [(reading, "1NNN 2TT 1NP") for reading, rules in READINGS.items() if rules.mtd_min_n == 6]


@pytest.mark.parametrize(("reading", "history"), STARTS)
@given(truth=rising)
def test_probabilities_sum_to_one_and_levels_to_the_total(reading, history, truth):
    oc = operating_characteristics(READINGS[reading], truth, history, cap=9)
    for distribution in (oc.p_mtd, oc.p_n):
        assert distribution.sum() == pytest.approx(1, abs=1e-9)
        assert distribution.min() >= 0
    assert oc.e_n[0] == pytest.approx(oc.e_n_level.sum(), abs=1e-9)
    assert oc.e_n[0] == pytest.approx(float((oc.p_n * oc.n_values).sum()), abs=1e-9)
    assert oc.e_dlt[0] == pytest.approx(oc.e_dlt_level.sum(), abs=1e-9)
    assert oc.p_by_cap[0] == 0


@pytest.mark.parametrize("truth", [[0, 0, 0], [1, 1, 1], [0, 0, 1]])
def test_rates_of_0_and_1_are_exact(truth):
    oc = operating_characteristics(DEFAULT, truth)
    mtd = {(0, 0, 0): 3, (1, 1, 1): 0, (0, 0, 1): 2}[tuple(truth)]
    assert oc.p_mtd[0].tolist() == [float(k == mtd) for k in range(4)]


def test_conditional_on_a_history_is_the_tree_below_it():
    """P(past level 1) x P(... | 1NNN) + the rest of level 1 must give the whole."""
    truth = [0.1, 0.25, 0.45]
    whole = operating_characteristics(DEFAULT, truth)
    first = binom.pmf(range(4), 3, truth[0])
    parts = [operating_characteristics(DEFAULT, truth, f"1{'T' * x}{'N' * (3 - x)}") for x in range(4)]
    assert sum(p * part.p_mtd[0] for p, part in zip(first, parts, strict=True)) == pytest.approx(whole.p_mtd[0])
    assert sum(p * part.e_n[0] for p, part in zip(first, parts, strict=True)) == pytest.approx(whole.e_n[0])


def test_pending_subjects_are_resolved_first():
    truth = [0.1, 0.25, 0.45]
    now = operating_characteristics(DEFAULT, truth, "1NNP", cap=9)
    after = [operating_characteristics(DEFAULT, truth, text, cap=9) for text in ("1NNN", "1NNT")]
    assert now.p_n_over_cap[0] == pytest.approx(0.9 * after[0].p_n_over_cap[0] + 0.1 * after[1].p_n_over_cap[0])
    assert now.e_cohorts[0] == pytest.approx(1 + 0.9 * after[0].e_cohorts[0] + 0.1 * after[1].e_cohorts[0])


def test_a_pending_subject_at_an_exceeded_level_counts_but_decides_nothing():
    truth = [0.1, 0.25, 0.45]
    oc, settled = (operating_characteristics(DEFAULT, truth, text) for text in ("1NNN 2TTP", "1NNN 2TTN"))
    assert oc.p_mtd == pytest.approx(settled.p_mtd)
    assert oc.e_n == pytest.approx(settled.e_n)
    assert oc.e_dlt == pytest.approx(settled.e_dlt + 0.25)


def test_pending_subjects_above_a_level_reopened_by_a_late_dlt():
    levels = (LevelCounts(3, 1, 0, 3), LevelCounts(0, 0, 3, 3), LevelCounts())
    oc = operating_characteristics(DEFAULT, [0.1, 0.25, 0.45], state_of(levels, DEFAULT, latest=2))
    assert oc.p_n.sum() == pytest.approx(1)
    assert oc.p_mtd[0, 0] >= 1 - 0.9**3  # a second DLT at level 1 ends it
    assert oc.n_values.min() == 9


def test_replaced_subjects_count_as_dosed():
    levels = (LevelCounts(3, 0, 0, 3), LevelCounts(), LevelCounts())
    oc = operating_characteristics(DEFAULT, [0.1, 0.2, 0.3], state_of(levels, DEFAULT, dosed=4), cap=9)
    plain = operating_characteristics(DEFAULT, [0.1, 0.2, 0.3], "1NNN", cap=8)
    assert oc.e_n == pytest.approx(plain.e_n + 1)
    assert oc.p_n_over_cap == pytest.approx(plain.p_n_over_cap)


def test_a_hard_cap_is_never_passed():
    hard = replace(DEFAULT, cap=9, cap_policy="hard_stop")
    oc = operating_characteristics(hard, TRUTHS)
    free = operating_characteristics(DEFAULT, TRUTHS, cap=9)
    assert oc.n_values.max() == 9
    assert oc.p_by_cap == pytest.approx(free.p_n_over_cap)
    assert oc.p_mtd.sum(axis=1) == pytest.approx(1)
    assert oc.p_n_over_cap == pytest.approx(0)


def test_a_hard_cap_cuts_the_filling_of_slots():
    hard = replace(DEFAULT, cap=5, cap_policy="hard_stop")
    oc = operating_characteristics(hard, [0.1, 0.2, 0.3], "1NNN 2N")
    assert oc.n_values.tolist() == [5]
    top = replace(hard, levels=2, cap=6, top_confirm6=True)
    assert operating_characteristics(top, [0, 0], "1NNN 2NNN").p_top_not_reached.tolist() == [1]


@given(rising, st.tuples(st.floats(0.3, 3), st.floats(0.3, 3)))
def test_prior_average_is_the_average_over_truths(_, prior):
    """Beta-binomial predictive against the definition by quadrature over one level's rate."""
    one = ThreePlusThree(levels=1)
    oc = expected_characteristics(one, "1N", prior)
    grid = beta.ppf((np.arange(4000) + 0.5) / 4000, prior[0], prior[1] + 1)
    by_truth = operating_characteristics(one, grid[:, None], "1N")
    assert oc.p_mtd[0] == pytest.approx(by_truth.p_mtd.mean(axis=0), abs=2e-3)
    assert oc.truth[0, 0] == pytest.approx(prior[0] / (sum(prior) + 1))


def test_both_groups_together():
    first = operating_characteristics(DEFAULT, TRUTHS)
    second = operating_characteristics(DEFAULT, TRUTHS, "1NNT")
    both = prob_total_over(first, second, 18)
    for row in range(len(TRUTHS)):
        by_hand = sum(
            p * q
            for n, p in zip(first.n_values, first.p_n[row], strict=True)
            for m, q in zip(second.n_values, second.p_n[row], strict=True)
            if n + m > 18
        )
        assert both[row] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        ([0.1, 0.2], "truth has shape \\(2,\\); allowed is one rate per level, 3 of them"),
        ([0.1, 0.2, 1.2], "truth 1.2 is not a rate; allowed are 0 to 1"),
        ([0.1, -0.2, 0.3], "truth -0.2 is not a rate"),
        ([0.1, float("nan"), 0.3], "truth nan is not a rate"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(truth, says):
    with pytest.raises(DesignError, match=says):
        operating_characteristics(DEFAULT, truth)


def test_a_truth_that_does_not_rise_is_warned_about_and_used():
    with pytest.warns(UserWarning, match="truth does not rise with the level"):
        oc = operating_characteristics(DEFAULT, [0.3, 0.2, 0.1])
    assert oc.p_mtd.sum() == pytest.approx(1)


def test_a_history_the_rules_could_not_produce_is_refused():
    with pytest.raises(DesignError, match="subject 3 at level 2"):
        operating_characteristics(DEFAULT, [0.1, 0.2, 0.3], "1NN 2N")
