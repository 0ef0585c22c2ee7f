"""A grid of true DLT rates, cut into tasks that are long enough to be worth sending."""

import math
import time
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

from nk521lib.edge.design_answers import answer_oc
from nk521lib.edge.parameters import read_params
from nk521lib.errors import DesignError, UsageError

TASK_SECONDS = 0.5
"""A task takes at least this long: what the engine adds to each, some milliseconds, then does not matter."""
HERE_SECONDS = 3.0
"""A grid that takes less than this is done in this process: a cluster would take as long to start."""

Answers = list[dict[str, Any]]
Progress = Callable[[int, int], None]


def grid(rates: Sequence[float], levels: int) -> list[tuple[float, ...]]:
    """Every truth over the levels made of these rates that does not fall from one level to the next.

    Raises UsageError when there is nothing to combine.
    """
    if not rates or len(set(rates)) != len(rates):
        raise UsageError(
            f"--grid {','.join(f'{rate:g}' for rate in rates)}: expected different rates, as 0.05,0.20,0.35"
        )
    if not levels:
        raise DesignError("this study's parameters have no dose levels, so no design applies")
    return list(combinations_with_replacement(sorted(rates), levels))


def cut_into_tasks(truths: Sequence[tuple[float, ...]], seconds_each: float) -> list[list[tuple[float, ...]]]:
    """Neighbouring truths in tasks of TASK_SECONDS or more."""
    size = max(1, math.ceil(TASK_SECONDS / max(seconds_each, 1e-9)))
    return [list(truths[start : start + size]) for start in range(0, len(truths), size)]


def sweep(
    truths: Sequence[tuple[float, ...]],
    params_files: Sequence[Path] = (),
    settings: Sequence[str] = (),
    design: str = "3+3",
    cap: int | None = None,
    start: str = "",
    scheduler: str | None = None,
    progress: Progress = lambda done, of: None,
) -> Answers:
    """Operating characteristics under every truth, in the order given; the same whoever computes them.

    Raises DesignError, UsageError as one answer would.
    """
    asked = ([str(Path(file).absolute()) for file in params_files], list(settings), design, cap, start)
    began = time.perf_counter()
    first = answer_some(truths[:2], *asked)  # the first pays what is computed once
    again = time.perf_counter()
    answer_some(truths[1:2] or truths[:1], *asked)
    each = time.perf_counter() - again
    if scheduler is None and (again - began) + each * len(truths) < HERE_SECONDS:
        return first + answer_some(truths[2:], *asked)
    return first + _sent(cut_into_tasks(truths[2:], each), asked, scheduler, progress)


def answer_some(
    truths: Sequence[tuple[float, ...]],
    params_files: Sequence[str],
    settings: Sequence[str],
    design: str,
    cap: int | None,
    start: str,
) -> Answers:
    """The answers of one task."""
    params = read_params(params_files, settings)
    return [answer_oc(truth, params, design, cap, start) for truth in truths]


def _sent(
    tasks: Sequence[Sequence[tuple[float, ...]]], asked: tuple, scheduler: str | None, progress: Progress
) -> Answers:
    from dask.distributed import as_completed

    from nk521lib.edge.batch.cluster import open_cluster

    with open_cluster(scheduler) as client:
        futures = [client.submit(answer_some, task, *asked, pure=False) for task in tasks]
        for number, _ in enumerate(as_completed(futures, loop=client.loop), 1):
            progress(number, len(tasks))
        return [answer for part in client.gather(futures) for answer in part]
