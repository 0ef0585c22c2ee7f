"""Notebooks through papermill, several at a time, each with its own kernel, and no kernel left behind.

Workers are threads: the work is done by the kernels, and one import of papermill serves them all. The kernel is the
stock one of the `python3` kernelspec; JUPYTER_DEFAULT_PROVISIONER_NAME may choose another way to start it.
"""

import asyncio
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import nbformat
import psutil
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook
from traitlets.config import Config

from nk521lib.edge.notebooks import cell_name, incompleteness
from nk521lib.edge.paths import PROJECT

WALL_SECONDS = 1800.0
"""A notebook that takes longer than this is stopped."""
START_SECONDS = 120
_GRACE_SECONDS = 30.0


@dataclass
class Job:
    """One notebook to run. `problem` is empty after a complete run; `executed` is what there is to look at.

    `cell` is the cell that runs or ran last: after a kernel's death papermill marks every cell completed, so we keep our
    own record.
    """

    chapter: str
    path: Path
    notebook: nbformat.NotebookNode = field(repr=False)
    parameters: dict[str, Any]
    wall_seconds: float = WALL_SECONDS
    executed: nbformat.NotebookNode | None = field(default=None, repr=False)
    problem: str = ""
    client: PapermillNotebookClient | None = field(default=None, repr=False)
    cell: str = ""
    started: float | None = None
    done: bool = False

    def failed(self, cause: str) -> None:
        where = f", cell {self.cell}" if self.cell else ""
        self.problem = f"{self.path.name}{where}: {cause}"


Progress = Callable[[str, int, int], None]
"""progress(chapter, cells done, cells): called from the workers."""


class _Watched(Engine):
    """The nbclient engine with the client kept where the run can see it: for inspection, time limit and Ctrl-C."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, job: Job, progress: Progress, **_ignored) -> None:
        job.executed = nb_man.nb
        with tempfile.TemporaryDirectory(prefix="nk521-") as folder:
            job.client = _client(nb_man, kernel_name, job, progress, folder)
            job.client.execute()


def _client(nb_man, kernel_name: str, job: Job, progress: Progress, folder: str) -> PapermillNotebookClient:
    cells, ends = len(nb_man.nb.cells), time.monotonic() + job.wall_seconds
    return PapermillNotebookClient(
        nb_man,
        kernel_name=kernel_name,
        startup_timeout=START_SECONDS,
        timeout_func=lambda cell: max(1, ends - time.monotonic()),
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(PROJECT)}},
        config=_private_sockets(folder),
        on_cell_start=lambda cell, cell_index: setattr(job, "cell", cell_name(cell)),
        on_cell_complete=lambda cell, cell_index: progress(job.chapter, cell_index + 1, cells),
    )


def _private_sockets(folder: str) -> Config:
    """Talk to the kernel through sockets that only this user can open: a TCP port could be read by others here."""
    if os.name != "posix":
        return Config()
    return Config(
        KernelManager={"transport": "ipc", "connection_file": f"{folder}/kernel.json", "ip": f"{folder}/kernel"}
    )


papermill_engines.register("nk521", _Watched)


def run_notebooks(
    jobs: Sequence[Job], workers: int, progress: Progress, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Run all jobs; each then has `executed` and `problem`. Whatever ends this call early also ends every kernel.

    meanwhile : done once while the kernels work.
    """
    # They log at length what we report in one line of our own.
    for name in ("papermill", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    waiting: Queue[Job] = Queue()
    for job in sorted(jobs, key=lambda job: -len(job.notebook.cells)):  # the longest first, so that all end together
        waiting.put(job)
    try:
        for _ in range(workers):
            threading.Thread(target=_work, args=(waiting, progress), daemon=True).start()
        meanwhile()
        # Not thread.join: interrupted by Ctrl-C it takes a running thread for a finished one.
        while not all(job.done for job in jobs):
            time.sleep(0.02)
            _end_overdue(jobs)
    finally:
        with waiting.mutex:
            waiting.queue.clear()
        _end_kernels(jobs)


def _work(waiting: Queue[Job], progress: Progress) -> None:
    try:
        while True:
            job = waiting.get_nowait()
            job.started = time.monotonic()
            try:
                progress(job.chapter, 0, len(job.notebook.cells))
                _run(job, progress)
            finally:
                job.done = True
    except Empty:
        _close_loop()


def _close_loop() -> None:
    """nbclient leaves this thread's event loop open, with the tasks of a kernel that died still in it."""
    loop = ensure_event_loop()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


def _run(job: Job, progress: Progress) -> None:
    try:
        job.executed = execute_notebook(
            job.notebook, None, job.parameters, engine_name="nk521", progress_bar=False, job=job, progress=progress
        )
    except PapermillExecutionError as error:
        job.failed(f"{error.ename}: {_first_line(error.evalue)}")
    except CellTimeoutError:
        job.failed(f"stopped after {job.wall_seconds:g} s, the limit of one notebook")
    except DeadKernelError:
        job.failed("its kernel died (out of memory, or killed)")
    except Exception as error:  # noqa: BLE001 - a worker must hand every failure back to the run, whatever it is
        job.failed(f"{type(error).__name__}: {_first_line(str(error))}")
    else:
        job.cell = ""
        cause = incompleteness(job.executed)
        if cause:
            job.failed(cause)


def _first_line(text: str) -> str:
    """One printable line: control characters of a hostile value must not reach a terminal."""
    line = next((line for line in text.splitlines() if line.strip()), "no message")
    return "".join(c if c.isprintable() else " " for c in line)[:300]


def _end_overdue(jobs: Sequence[Job]) -> None:
    """A kernel that hangs where its client's own time limit does not reach is ended from outside."""
    for job in jobs:
        if job.started is not None and not job.done:
            over = time.monotonic() - job.started - job.wall_seconds - START_SECONDS - _GRACE_SECONDS
            if over > 0:
                for process in _processes(job):
                    process.kill()


def _end_kernels(jobs: Sequence[Job]) -> None:
    """Kill what still runs until the workers have noticed; a kernel just being started is caught by the next round."""
    give_up = time.monotonic() + 10.0
    while any(job.started and not job.done for job in jobs) and time.monotonic() < give_up:
        for job in jobs:
            for process in _processes(job):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        time.sleep(0.05)


def _processes(job: Job) -> Iterator[psutil.Process]:
    manager = getattr(job.client, "km", None)
    pid = getattr(getattr(manager, "provisioner", None), "pid", None)
    if pid:
        with suppress(psutil.NoSuchProcess):
            kernel = psutil.Process(pid)
            yield from kernel.children(recursive=True)
            yield kernel
