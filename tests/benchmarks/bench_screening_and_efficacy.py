"""Every criterion for every screened subject, and from lesions to best response and times, on growing trials."""

import math
import time

import numpy as np
import pandas as pd

from nk521lib.chapters.screening import derive_eligibility
from nk521lib.chapters.screening.what_if import derive_reads, suppose
from nk521lib.edge.chapter import open_chapter
from nk521lib.standards.recist import derive_responses
from nk521lib.standards.recist_best import BestResponseRules, derive_best_response
from nk521lib.standards.recist_rules import RecistRules
from nk521lib.standards.time_to_event import EVENT, LAST, derive_time_to_event

VISITS, START = 10, np.datetime64("2026-01-05")


def bench_screening(scale):
    scale("screening", prepare=lambda folder: open_chapter(str(folder)), run=derive_eligibility)


def bench_one_reading_of_the_criteria(line):
    """What the live control waits for: one limit changed, on the demo."""
    found = derive_eligibility(open_chapter("demo:D3"))
    reads = derive_reads(found)
    for name, value in (("hgb_min", 100.0), ("lab_window_days", 21), ("window_inclusive", False)):
        begin = time.perf_counter()
        suppose(found, reads, found.cut.params.having(name, value))
        line(f"what if {name} = {value}, D3", f"{1000 * (time.perf_counter() - begin):.0f}", "ms")


def lesions_of(subjects: int) -> pd.DataFrame:
    """Two targets, one of them a node, and a non-target over a baseline and `VISITS` visits."""
    rng, each = np.random.default_rng(1), 3 * (VISITS + 1)
    s, v = np.repeat(np.arange(subjects), each), np.tile(np.repeat(np.arange(VISITS + 1), 3), subjects)
    lesion = np.tile(np.arange(3), subjects * (VISITS + 1))
    size = rng.uniform(10, 60, 3 * subjects)[3 * s + lesion] * rng.choice([0, 0.6, 0.7, 0.9, 1, 1.2], len(s))
    names = np.array(["T1", "T2", "N1"])[lesion]
    return pd.DataFrame(
        {
            "SUBJECT": pd.array(np.array([f"S{i:06d}" for i in range(subjects)])[s], dtype="string"),
            "VISIT": pd.array(v, dtype="Int64"),
            "LESION": pd.array(names, dtype="string"),
            "PART": pd.array(names, dtype="string"),
            "ROLE": pd.array(np.array(["TARGET", "TARGET", "NON-TARGET"])[lesion], dtype="string"),
            "NODE": pd.array(lesion == 1, dtype="boolean"),
            "DIAMETER": pd.array(np.where(lesion < 2, size.round(1), np.nan), dtype="Float64"),
            "STATE": pd.array(np.where(lesion == 2, "PRESENT", None), dtype="string"),
            "EVALUABLE": pd.array([pd.NA] * len(s), dtype="boolean"),
            "DATE": pd.Series(START + v * 42).astype("datetime64[s]"),
        }
    )


def from_lesions_to_times(lesions: pd.DataFrame) -> pd.DataFrame:
    later = derive_responses(lesions, RecistRules())
    later = later[later["VISIT"].gt(0)]
    people = later[["SUBJECT"]].drop_duplicates(ignore_index=True)
    people = people.assign(
        START=pd.Timestamp(START).as_unit("s"), CENSOR=pd.Series(pd.NaT, people.index, dtype="datetime64[s]")
    )
    derive_best_response(
        later[["SUBJECT", "VISIT", "DATE", "OVERALL"]], people, BestResponseRules(), pd.Timestamp("2028-01-01")
    )
    progressed = later[later["OVERALL"].eq("PD")]
    ends = [
        some[["SUBJECT", "DATE"]].assign(KIND=kind, RULE=kind) for some, kind in ((progressed, EVENT), (later, LAST))
    ]
    return derive_time_to_event(pd.concat(ends, ignore_index=True), people[["SUBJECT", "START"]])


def bench_from_lesions_to_times(line):
    """RECIST, best response and time to progression of 100,000 subjects with 10 visits."""
    seconds = {}
    for subjects in (10_000, 100_000):
        lesions = lesions_of(subjects)
        begin = time.perf_counter()
        from_lesions_to_times(lesions)
        seconds[subjects] = time.perf_counter() - begin
        line(f"lesions to response and time, {subjects:,} subjects x {VISITS} visits", f"{seconds[subjects]:.3g}", "s",
             f"{subjects / seconds[subjects]:,.0f} subjects per s")  # fmt: skip
    growth = math.log(seconds[100_000] / seconds[10_000]) / math.log(10)
    line("lesions to response and time, growth 10,000 to 100,000", f"{growth:.2f}", "exponent", "1 is linear")
