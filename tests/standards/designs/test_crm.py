import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.errors import DesignError
from nk521lib.standards.designs.crm import (
    Crm,
    advise,
    guarded,
    indifference_skeleton,
    pick_level,
    plug_in_rates,
    tite_plug_in_rates,
    tite_weights,
)
from nk521lib.terms import ComparatorSays

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "designs" / "crm_by_quad.json").read_text())
DESIGN = Crm.by_indifference(0.25)

# n, x -> plug-in p, pick before guards                spec escalation.md section 10, from dfcrm 0.2-2.1
SECTION_10 = [
    ((3, 0, 0), (0, 0, 0), (0.0230, 0.0595, 0.1211), 3),
    ((3, 0, 0), (1, 0, 0), (0.3169, 0.4233, 0.5257), 1),
    ((6, 0, 0), (1, 0, 0), (0.1791, 0.2762, 0.3819), 2),
    ((6, 0, 0), (2, 0, 0), (0.3279, 0.4342, 0.5358), 1),
    ((3, 3, 0), (0, 1, 0), (0.1311, 0.2187, 0.3208), 2),
    ((3, 6, 0), (0, 2, 0), (0.1638, 0.2584, 0.3634), 2),
    ((3, 3, 3), (0, 0, 0), (0.0014, 0.0073, 0.0253), 3),
    ((3, 3, 3), (0, 0, 2), (0.1233, 0.2089, 0.3100), 2),
]


def test_section_10_skeleton_against_dfcrm():
    assert indifference_skeleton(0.25) == pytest.approx([0.1567, 0.25, 0.3545], abs=0.00005)


@pytest.mark.parametrize(("n", "x", "rates", "pick"), SECTION_10)
def test_section_10_plug_in_rates_and_picks_against_dfcrm(n, x, rates, pick):
    ours = plug_in_rates(DESIGN, n, x)
    assert ours == pytest.approx(rates, abs=0.00005)
    assert pick_level(DESIGN, ours) == pick


@pytest.mark.parametrize("row", GOLDEN["rows"], ids=lambda row: f"{row['x']} of {row['n']}")
def test_plug_in_rates_against_adaptive_quadrature(row):
    design = Crm(0.25, tuple(GOLDEN["skeleton"]), GOLDEN["variance"])
    assert plug_in_rates(design, row["n"], row["x"]) == pytest.approx(row["rates"], abs=1e-7)


def test_many_data_sets_at_once_are_each_alone():
    n, x = (np.array([row[k] for row in SECTION_10]) for k in (0, 1))
    together = plug_in_rates(DESIGN, n, x)
    assert together == pytest.approx(np.array([plug_in_rates(DESIGN, a, b) for a, b in zip(n, x, strict=True)]))
    assert pick_level(DESIGN, together).tolist() == [row[3] for row in SECTION_10]


def test_skeleton_neighbours_meet_at_the_indifference_interval():
    """Where p of the prior MTD is phi + halfwidth, p of the level below is phi - halfwidth."""
    low, mid, _ = indifference_skeleton(0.25, 0.05)
    power = np.log(0.30) / np.log(mid)
    assert low**power == pytest.approx(0.20)


@pytest.mark.parametrize(
    ("pick", "current", "tried", "last_dlt", "expected"),
    [(3, 1, 1, False, 2), (3, 2, 2, False, 3), (3, 1, 2, False, 3), (2, 1, 1, True, 1), (1, 2, 2, True, 1)],
)
def test_guards(pick, current, tried, last_dlt, expected):
    assert guarded(pick, current, tried, last_dlt) == expected


# n, x, current, last DLT -> says, pick
ADVICE = [
    ((3, 0, 0), (0, 0, 0), 1, False, ComparatorSays.ESCALATE, 2),
    ((3, 0, 0), (1, 0, 0), 1, False, ComparatorSays.STAY, 1),
    ((6, 0, 0), (1, 0, 0), 1, False, ComparatorSays.ESCALATE, 2),
    ((6, 0, 0), (1, 0, 0), 1, True, ComparatorSays.STAY, 1),
    ((3, 3, 3), (0, 0, 2), 3, True, ComparatorSays.DEESCALATE, 2),
]


@pytest.mark.parametrize(("n", "x", "current", "last_dlt", "says", "pick"), ADVICE)
def test_advice_under_the_guards(n, x, current, last_dlt, says, pick):
    advice = advise(DESIGN, n, x, current, last_dlt)
    assert (advice.design, advice.says, advice.pick) == ("CRM", says, pick)


def test_advice_says_why():
    assert advise(DESIGN, (3, 0, 0), (0, 0, 0), 1).why == (
        "plug-in rates DL1 0.023, DL2 0.059, DL3 0.121; closest to 0.25 is DL3, held at DL2 (no untried level is skipped)"
    )
    assert "(after a DLT in the last subject)" in advise(DESIGN, (6, 0, 0), (1, 0, 0), 1, True).why
    assert "held" not in advise(DESIGN, (3, 0, 0), (1, 0, 0), 1).why


def test_without_any_complete_subject_nobody_goes_up():
    assert advise(DESIGN, (0, 0, 0), (0, 0, 0), 1).pick == 1


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=20))
def test_full_weights_are_the_crm(subjects):
    level, dlt = zip(*subjects, strict=True)
    n = [level.count(k) for k in (1, 2, 3)]
    x = [subjects.count((k, True)) for k in (1, 2, 3)]
    by_subject = tite_plug_in_rates(DESIGN, level, dlt, [1.0] * len(level))
    assert by_subject == pytest.approx(plug_in_rates(DESIGN, n, x), abs=1e-9)


def test_no_follow_up_at_all_is_the_prior():
    assert tite_plug_in_rates(DESIGN, [1, 1], [False, False], [0, 0]) == pytest.approx(DESIGN.skeleton)
    assert tite_plug_in_rates(DESIGN, [], [], []) == pytest.approx(DESIGN.skeleton)


def test_more_follow_up_without_dlt_lowers_the_rates():
    rates = [tite_plug_in_rates(DESIGN, [1, 1, 1], [False] * 3, [1, 1, w])[0] for w in (0, 0.25, 0.5, 1)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(plug_in_rates(DESIGN, (3, 0, 0), (0, 0, 0))[0])


def test_a_dlt_has_full_weight_whenever_it_came():
    weights = tite_weights([0, 7, 14, 28, 40, 3], 28, [False, False, False, False, False, True])
    assert weights.tolist() == [0, 0.25, 0.5, 1, 1, 1]


def test_tite_advice_uses_the_rates_given():
    rates = tite_plug_in_rates(DESIGN, [1, 1, 1], [False] * 3, [1, 1, 0.5])
    advice = advise(DESIGN, (3, 0, 0), (0, 0, 0), 1, rates=rates)
    assert (advice.design, advice.says) == ("TITE-CRM", ComparatorSays.ESCALATE)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: indifference_skeleton(0.03), r"target 0.03 \+/- 0.05"),
        (lambda: indifference_skeleton(0.25, prior_mtd=4), "prior MTD is level 4; allowed are 1 to 3"),
        (lambda: Crm(0.25, (0.2, 0.1)), "skeleton is"),
        (lambda: Crm(0.25, ()), "skeleton is"),
        (lambda: Crm(0.25, (0.2, 1.0)), "skeleton is"),
        (lambda: Crm(1.25, (0.1, 0.2)), "target 1.25"),
        (lambda: Crm(0.25, (0.1, 0.2), 0), "prior variance 0"),
        (lambda: plug_in_rates(DESIGN, (3, 0), (0, 0)), "counts of shapes"),
        (lambda: plug_in_rates(DESIGN, (3, 0, 0), (4, 0, 0)), "cannot occur"),
        (lambda: plug_in_rates(DESIGN, (3, 0, 0), (float("nan"), 0, 0)), "cannot occur"),
        (lambda: tite_weights([1], 0, [False]), "window 0"),
        (lambda: tite_weights([-1], 28, [False]), "follow-up"),
        (lambda: tite_weights([float("nan")], 28, [False]), "follow-up"),
        (lambda: tite_plug_in_rates(DESIGN, [1], [False, True], [1]), "1 levels, 2 outcomes, 1 weights"),
        (lambda: tite_plug_in_rates(DESIGN, [4], [False], [1]), "allowed are 1 to 3"),
        (lambda: tite_plug_in_rates(DESIGN, [1], [False], [1.5]), "allowed are 0 to 1"),
        (lambda: advise(DESIGN, (3, 0, 0), (0, 0, 0), 4), "current level is 4"),
    ],
)
def test_what_a_crm_cannot_be_is_refused(call, says):
    with pytest.raises(DesignError, match=says):
        call()
