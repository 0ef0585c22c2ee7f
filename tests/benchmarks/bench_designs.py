"""What a dose-finding question costs: exact 3+3 figures, whole trials of other designs, the drawn tree. Run with `make bench`."""

import numpy as np
import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.alternatives import under_alternatives
from nk521lib.display.figures.pathways import plot_pathways
from nk521lib.edge.chapter import open_chapter
from nk521lib.standards.designs import ThreePlusThree, operating_characteristics, recommend_after, state_after
from nk521lib.standards.designs.crm import Crm
from nk521lib.standards.designs.pathways import paths_from
from nk521lib.standards.designs.simulate import simulate
from nk521lib.standards.designs.trials import CrmTrial, OneLevelTrial

RULES, TRUTH = ThreePlusThree(cap=9), [0.10, 0.25, 0.45]


@pytest.fixture(scope="module")
def found():
    cut = open_chapter("demo:D3")
    return cut, derive_escalation(cut)


def bench_10000_truths_from_a_state(benchmark):
    truths = np.sort(np.random.default_rng(1).uniform(0, 0.6, (10_000, 3)), axis=1)
    benchmark(operating_characteristics, RULES, truths, state_after("1NNN 2NNT", RULES))


def bench_one_truth_from_a_state(benchmark):
    benchmark(operating_characteristics, RULES, TRUTH, state_after("1NNN 2NNT", RULES))


def bench_build_all_pathways(benchmark):
    benchmark(paths_from.__wrapped__, state_after("", RULES), RULES)


def bench_next_step_of_a_history(benchmark):
    benchmark(recommend_after, "1NNN 2NTN 2PPP", RULES)


def bench_10000_boin_trials_of_18(benchmark):
    benchmark(simulate, OneLevelTrial("BOIN", n_max=18), TRUTH, 10_000, 1)


def bench_1000_crm_trials_of_18(benchmark):
    benchmark(simulate, CrmTrial(Crm.by_indifference(0.25), n_max=18), TRUTH, 1_000, 1)


def bench_draw_the_tree_of_a_group(benchmark, found):
    benchmark.pedantic(plot_pathways, (*found, None, "B"), rounds=5, warmup_rounds=1)


def bench_every_alternative_of_every_assumption(benchmark, found):
    benchmark.pedantic(lambda: list(under_alternatives(*found)), rounds=2)
