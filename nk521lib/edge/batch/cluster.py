"""The engine: an embedded cluster of this machine, or an existing one by its address, checked before any work is sent.

The embedded one listens on 127.0.0.1 only, and like every dask cluster without TLS it trusts whoever can reach it.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata

import dask
from dask.distributed import Client, LocalCluster, WorkerPlugin
from distributed.comm import get_address_host_port

from nk521lib.edge.software import code_version, packages
from nk521lib.edge.warm.start import warm_kernels
from nk521lib.errors import UsageError

REACH_SECONDS = 10
HERE = "127.0.0.1"
_SETTINGS = {
    "distributed.comm.timeouts.connect": REACH_SECONDS,
    # A worker would look at its stack a hundred times a second, and keep a quarter of an hour of that: 150 MB.
    "distributed.worker.profile.enabled": False,
}
_DISTRIBUTION = "nk521lib"


class WarmWorker(WorkerPlugin):
    """One warm process for each worker, for as long as the worker lives."""

    name = "nk521-warm"

    def __init__(self, warm: bool = True):
        self.warm = warm

    def setup(self, worker) -> None:
        self._open = ExitStack()
        self._open.enter_context(warm_kernels(self.warm))

    def teardown(self, worker) -> None:
        self._open.close()

    def __getstate__(self) -> dict:
        return {"warm": self.warm}


@contextmanager
def open_cluster(address: str | None = None, workers: int | None = None) -> Iterator[Client]:
    """A client whose workers all have this library in this version.

    address : of a running scheduler, tcp://host:port; nothing starts a cluster here, with one worker a core.
    Raises UsageError, one line per problem, each with what to do.
    """
    for name in ("distributed", "distributed.worker", "distributed.nanny", "distributed.scheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said in one line of our own
    with ExitStack() as opened, dask.config.set(_SETTINGS):
        if address is None:
            count = workers or os.cpu_count() or 1
            target = opened.enter_context(
                LocalCluster(
                    n_workers=count, threads_per_worker=1, host=HERE, dashboard_address=f"{HERE}:0",
                    silence_logs=logging.CRITICAL,
                )
            )  # fmt: skip
        else:
            target = address
        client = opened.enter_context(_client(target, address))
        if address is not None:
            _require_workers(client, address)
        yield client


def _client(target, address: str | None) -> Client:
    if address is not None:
        try:  # a client with an address it cannot read would say so in a traceback of its own when it goes
            get_address_host_port(address)
        except ValueError:
            raise UsageError(f"--scheduler {address}: expected an address as tcp://host:8786") from None
    try:
        return Client(target, timeout=REACH_SECONDS, set_as_default=False)
    except (OSError, ValueError):
        raise UsageError(f"--scheduler {address}: cannot be reached; is `dask scheduler` running there?") from None


def _require_workers(client: Client, address: str) -> None:
    """Each worker has this library, of this version, built on the same packages."""
    if not client.scheduler_info(n_workers=-1)["workers"]:
        try:
            client.wait_for_workers(1, timeout=REACH_SECONDS)
        except TimeoutError:
            raise UsageError(f"--scheduler {address}: has no workers; start some with: dask worker {address}") from None
    found = client.run(metadata.version, _DISTRIBUTION, on_error="return")
    absent = [name for name, version in found.items() if isinstance(version, BaseException)]
    if absent:
        raise UsageError(*(f"worker {name}: nk521lib is not installed there; make its environment from requirements.lock" for name in absent))  # fmt: skip
    problems = []
    ours = _facts()
    for name, theirs in client.run(_facts, on_error="return").items():
        if isinstance(theirs, BaseException):
            problems.append(f"worker {name}: nk521lib cannot be loaded there ({theirs})")
            continue
        other = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
        problems += [f"worker {name}: {key} is {theirs.get(key)}, here {ours.get(key)}; make all environments from one requirements.lock" for key in other[:3]]  # fmt: skip
    if problems:
        raise UsageError(*problems)


def _facts() -> dict[str, object]:
    """What must be the same everywhere for the same bytes to come out."""
    code = code_version()
    return {"nk521lib": code["nk521lib"], "git commit": code["git_commit"], "requirements.lock": code["lock_sha256"], **packages()}  # fmt: skip
