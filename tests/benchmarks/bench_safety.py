"""Laboratory grading at size: results of 10,000 and 100,000 subjects, ten of the commonest tests each, both directions.

Then the laboratory dataset and the subjects' pages of whole drawn trials.
"""

import numpy as np
import pandas as pd
import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.laboratory import derive_adlb
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.display.pages.profile import profile_sections
from nk521lib.edge.chapter import open_chapter
from nk521lib.standards.ctcae import derive_worst_grade, grade

TESTS = {"HGB": ("g/L", 120, 160), "NEUT": ("10^9/L", 1.8, 6.3), "PLAT": ("10^9/L", 150, 400), "LYM": ("10^9/L", 1.0, 3.5),
         "ALT": ("U/L", 5, 40), "AST": ("U/L", 5, 40), "BILI": ("umol/L", 3, 21), "CREAT": ("umol/L", 50, 90), "K": ("mmol/L", 3.5, 5.1),
         "SODIUM": ("mmol/L", 135, 145)}  # fmt: skip


def results(subjects: int) -> pd.DataFrame:
    """One result of each test per subject, a third of them outside the normal range, one in fifty without a range."""
    rng = np.random.default_rng(1)
    n = subjects * len(TESTS)
    code = np.tile(np.arange(len(TESTS)), subjects)
    low, high = (np.array([limits[place] for limits in TESTS.values()], dtype=float)[code] for place in (1, 2))
    value = rng.uniform(0.5 * low, 1.4 * high)
    known = rng.uniform(size=n) > 0.02
    return pd.DataFrame({
        "USUBJID": pd.array(np.repeat([f"S-{i}" for i in range(subjects)], len(TESTS)), dtype="string"),
        "TEST": pd.array(np.array(list(TESTS))[code], dtype="string"), "VALUE": pd.array(value, dtype="Float64"),
        "UNIT": pd.array(np.array([t[0] for t in TESTS.values()])[code], dtype="string"),
        "LLN": pd.array(low, dtype="Float64"), "ULN": pd.Series(high, dtype="Float64").where(known).array,
        "BASE": pd.array((low + high) / 2, dtype="Float64"), "BASE_ABNORMAL": pd.array(rng.uniform(size=n) > 0.9, dtype="boolean"),
    })  # fmt: skip


@pytest.mark.parametrize("subjects", [10_000, 100_000])
def bench_grading(line, benchmark, subjects):
    frame = results(subjects)
    graded = benchmark.pedantic(grade, (frame,), rounds=3)
    assert len(graded) == len(frame) and graded["GRADEH"].notna().any()
    seconds = benchmark.stats.stats.min
    line(f"laboratory grading, {subjects:,} subjects", f"{seconds:.2f}", "s", f"{len(frame) / seconds:,.0f} rows per s")


def bench_worst_grades(line, benchmark):
    frame = results(100_000)
    benchmark.pedantic(derive_worst_grade, (frame.join(grade(frame)), ["USUBJID", "TEST"]), rounds=1)
    line("worst grade per subject and test, 100,000 subjects", f"{benchmark.stats.stats.min:.2f}", "s")


def bench_adlb(scale):
    """The whole laboratory dataset of drawn trials: values, timing, baseline, grades, worst of the window."""

    def opened(folder):
        cut = open_chapter(str(folder))
        return cut, derive_subjects(cut)

    scale(
        "adlb", prepare=opened, run=lambda given: derive_adlb(*given), rounds=1, rows=lambda given: len(given[0]["LB"])
    )


def bench_profiles(scale):
    """Every subject's page section: the course drawn and the narratives written."""

    def derived(folder):
        cut = open_chapter(str(folder))
        return cut, derive_subjects(cut), derive_safety(cut).datasets

    scale("subject profiles", prepare=derived, run=lambda given: profile_sections(*given), rounds=1)
