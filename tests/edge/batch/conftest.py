"""A scheduler and two workers, started with the engine's ordinary commands on this machine."""

import json
import os
import subprocess
import sys
import time

import pytest
from dask.distributed import Client

from nk521lib.edge.warm import wire
from nk521lib.edge.warm.start import CHOICE


def start(*words: str) -> subprocess.Popen:
    """As from a shell of its own: a worker must warm a process itself, not use one that these tests have warmed."""
    own = {name: value for name, value in os.environ.items() if name not in (wire.VARIABLE, CHOICE)}
    with open(os.devnull, "w") as nothing:
        return subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=nothing, stderr=nothing, env=own)


def started_worker(address: str, *words: str) -> subprocess.Popen:
    return start("worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", *words)


TINY = """from functools import partial
from pathlib import Path

from nk521lib.edge import runner

runner.run = partial(runner.run, notebooks=Path({notebooks!r}))
"""


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory):
    """Address of a scheduler that has no worker yet."""
    said = tmp_path_factory.mktemp("scheduler") / "address.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(said))
    process = start("scheduler", *words)
    until = time.monotonic() + 60
    while not (said.exists() and said.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    yield json.loads(said.read_text())["address"]
    end(process)


@pytest.fixture(scope="session")
def cluster(scheduler, make_chapters, tmp_path_factory):
    """Address of a scheduler with two workers. Whatever worker stands in for a lost one, it runs the tiny notebooks too."""
    home = tmp_path_factory.mktemp("workers")
    (home / "tiny.py").write_text(TINY.format(notebooks=str(make_chapters(home / "notebooks"))), encoding="utf-8")
    workers = [started_worker(scheduler, "--preload", str(home / "tiny.py")) for _ in range(2)]
    with Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)
    yield scheduler
    for worker in workers:
        end(worker)
