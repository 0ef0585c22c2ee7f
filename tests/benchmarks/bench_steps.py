"""What each step costs, on the demo and on larger trials of the same shape. Run with `make bench`; nothing passes or fails.

Machines differ and are noisy: compare figures of one run with each other, not with another day's.
"""

import numpy as np
import pandas as pd
import pytest

from nk521lib.chapters import efficacy, escalation, safety, screening
from nk521lib.edge.chapter import open_chapter
from nk521lib.edge.demo import write_trial
from nk521lib.standards.ctcae import grade
from nk521lib.standards.designs import ThreePlusThree, operating_characteristics

SUBJECTS = 1000


@pytest.fixture(scope="module")
def cut():
    return open_chapter("demo:D3")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return write_trial(tmp_path_factory.mktemp("large"), SUBJECTS)


@pytest.fixture(scope="module")
def large_cut(large):
    return open_chapter(str(large))


def bench_open_demo(benchmark):
    benchmark(open_chapter, "demo:D3")


def bench_open_1000_subjects(benchmark, large):
    benchmark.pedantic(open_chapter, (str(large),), rounds=3)


CHAPTERS = {
    "screening": screening.derive_eligibility,
    "escalation": escalation.derive_escalation,
    "safety": safety.derive_safety,
    "efficacy": efficacy.derive_efficacy,
}


@pytest.mark.parametrize("chapter", CHAPTERS)
def bench_chapter_demo(benchmark, cut, chapter):
    benchmark.pedantic(CHAPTERS[chapter], (cut,), rounds=3)


@pytest.mark.parametrize("chapter", CHAPTERS)
def bench_chapter_1000_subjects(benchmark, large_cut, chapter):
    benchmark.pedantic(CHAPTERS[chapter], (large_cut,), rounds=2)


def bench_grade_100000_results(benchmark):
    rng = np.random.default_rng(1)
    n = 100_000
    frame = pd.DataFrame(
        {
            "TEST": pd.array(rng.choice(["HGB", "NEUT", "PLAT", "ALT", "BILI", "K"], n), dtype="string"),
            "VALUE": pd.array(rng.uniform(0.5, 200, n), dtype="Float64"),
            "UNIT": pd.array(["10^9/L"] * n, dtype="string"),
            "LLN": pd.array([1.5] * n, dtype="Float64"),
            "ULN": pd.array([40.0] * n, dtype="Float64"),
            "BASE": pd.array([20.0] * n, dtype="Float64"),
            "BASE_ABNORMAL": pd.array([False] * n, dtype="boolean"),
            "ON_ANTICOAGULANT": pd.array([False] * n, dtype="boolean"),
        }
    )
    benchmark.pedantic(grade, (frame,), rounds=5)


def bench_exact_characteristics_of_10000_truths(benchmark):
    truths = np.sort(np.random.default_rng(1).uniform(0, 0.6, (10_000, 3)), axis=1)
    benchmark(operating_characteristics, ThreePlusThree(cap=9), truths)
