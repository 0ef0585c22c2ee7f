"""Kernel time of the what-if, from a control's change to new numbers and figures, one figure per kind of control.

Aim: median below 30 ms and 95th percentile below 60 ms for the numbers, below 150 ms with every figure redrawn. Nothing
passes or fails; the percentiles are printed as extra figures of each benchmark.
"""

import itertools
import statistics
import time

import pytest

from nk521lib.chapters.escalation.answer import evaluate
from nk521lib.edge.chapter import open_chapter
from nk521lib.edge.workbench import Workbench

ROUNDS = 60


@pytest.fixture(scope="module")
def workbench(tmp_path_factory):
    made = Workbench(open_chapter("demo:D3"), tmp_path_factory.mktemp("scenarios"))
    made.group.value = "B"
    made.wait_until_prepared()
    return made


def _status(w, turn):
    w.subjects["B"].rows["NK521-01-021"].value = ("CLEAR", "DLT", "NONEVAL", "")[turn % 4]


def _rate(w, turn):
    w.rates.assume.value = True
    w.rates.sliders[1].value = 0.05 + 0.01 * (turn % 40)


def _cap(w, turn):
    w.rule.cap.value = 6 + turn % 12


CONTROLS = {
    "a subject's status": _status,
    "a true rate dragged": _rate,
    "the cap dragged": _cap,
    "the target dragged": lambda w, turn: setattr(w.rule.target, "value", 0.2 + 0.01 * (turn % 15)),
    "the DLT window": lambda w, turn: setattr(w.rule.choices["dlt_window"], "value", turn % 5),
    "a clause": lambda w, turn: setattr(w.rule.clauses["D02"], "value", bool(turn % 2)),
    "MTD on 3 or 6": lambda w, turn: setattr(w.rule.choices["mtd_min_n"], "value", turn % 2),
    "the group": lambda w, turn: setattr(w.group, "value", "AB"[turn % 2]),
}


@pytest.mark.parametrize("control", CONTROLS)
def bench_control_to_redrawn_page(benchmark, workbench, control):
    """The whole answer with every figure and table redrawn, as the kernel sends it."""
    turns, took = itertools.count(1), []

    def press():
        begun = time.perf_counter()
        CONTROLS[control](workbench, next(turns))
        took.append(1000 * (time.perf_counter() - begun))

    workbench.reset.click()
    benchmark.pedantic(press, rounds=ROUNDS, warmup_rounds=2)
    workbench.reset.click()
    benchmark.extra_info |= {
        "median ms": round(statistics.median(took), 1),
        "95th ms": round(sorted(took)[int(0.95 * len(took))], 1),
    }


@pytest.mark.parametrize("control", CONTROLS)
def bench_control_to_new_numbers(benchmark, workbench, control):
    """The answer alone, before anything is drawn."""
    workbench.reset.click()
    CONTROLS[control](workbench, 1)
    asked = workbench.inputs
    benchmark.pedantic(evaluate, (workbench.cut, asked, workbench._grounds), rounds=ROUNDS, warmup_rounds=2)
    workbench.reset.click()
