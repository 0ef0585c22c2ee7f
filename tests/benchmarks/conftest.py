"""The frame of the benchmarks: which sizes are measured, how, and the small table that `make bench` leaves behind.

    def bench_grading(scale):
        scale("laboratory grading", prepare=lambda trial: grading_frame(trial), run=grade)

measures `run(prepare(trial))` on trials of growing size and gives time, subjects per second, peak memory against the size
of the trial's files, and the exponent with which the time grows (1 is linear). `line` writes any other figure.

NK521_BENCH_SUBJECTS  sizes, default 1000,10000; for the long run 1000,10000,100000
NK521_BENCH_DATA      folder where drawn trials are kept for another run, default a temporary one
"""

import math
import os
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from nk521lib.edge.demo import write_trial

TABLE = Path("reports") / "bench.md"
_HEAD = ("figure", "value", "unit", "ratio")
_lines: list[tuple[str, str, str, str]] = []


def sizes() -> list[int]:
    return sorted(int(size) for size in os.environ.get("NK521_BENCH_SUBJECTS", "1000,10000").split(","))


@pytest.fixture(scope="session")
def trial(tmp_path_factory) -> Callable[[int], Path]:
    """trial(subjects): the folder of a drawn trial of that size, written once."""
    kept = os.environ.get("NK521_BENCH_DATA")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("trials")

    def written(subjects: int) -> Path:
        there = folder / f"T{subjects}"
        return there if (there / "snapshot.json").exists() else write_trial(folder, subjects)

    return written


@pytest.fixture(scope="session")
def line() -> Callable[..., None]:
    """line(figure, value, unit, ratio=""): one line of the table."""
    return lambda figure, value, unit, ratio="": _lines.append((figure, str(value), unit, str(ratio)))


@pytest.fixture
def scale(trial, line) -> Callable[..., None]:
    """Measure one step on trials of growing size; see the top of this file."""

    def measure(
        step: str,
        prepare: Callable[[Path], Any],
        run: Callable[[Any], Any],
        rounds: int = 2,
        rows: Callable | None = None,
    ) -> None:
        times = {}
        for subjects in sizes():
            folder = trial(subjects)
            given = prepare(folder)
            seconds, memory = min(measured(run, given) for _ in range(rounds))
            data = sum(path.stat().st_size for path in folder.iterdir())
            times[subjects] = seconds
            line(f"{step}, {subjects:,} subjects", f"{seconds:.3g}", "s", f"{subjects / seconds:,.0f} subjects per s")
            if rows:
                line(f"{step}, {rows(given):,} rows", f"{rows(given) / seconds:,.0f}", "rows per s")
            line(f"{step}, peak memory", f"{memory / 1e6:,.0f}", "MB", f"{memory / data:.1f} x the files")
        if len(times) > 1:
            first, last = min(times), max(times)
            exponent = math.log(times[last] / times[first]) / math.log(last / first)
            line(f"{step}, growth {first:,} to {last:,}", f"{exponent:.2f}", "exponent", "1 is linear")

    return measure


def measured(run: Callable[[Any], Any], given: Any) -> tuple[float, int]:
    """Seconds, and bytes by which this process grew at most meanwhile."""
    process, peak, over = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.005):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.perf_counter()
    kept = run(given)
    seconds = time.perf_counter() - start
    over.set()
    watcher.join()
    peak[0] = max(peak[0], process.memory_info().rss)
    del kept
    return seconds, max(0, peak[0] - before)


def pytest_terminal_summary(terminalreporter) -> None:
    if not _lines:
        return
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"  # fmt: skip
    rows = [_HEAD, ("---",) * 4, *_lines]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(f"{text}\n\nMachine: {machine}.\n", encoding="utf-8")
    terminalreporter.write_line(f"\n{text}\n\nMachine: {machine}. Also in {TABLE}")
