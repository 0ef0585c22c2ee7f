"""How jupyter_client gets a kernel from the warm process; chosen by JUPYTER_DEFAULT_PROVISIONER_NAME.

Only an ordinary Python kernel of this interpreter is forked. Anything else (another command, another interpreter, other
variables that shape a Python process, a warm process that cannot be
reached or whose library has changed since) starts the stock way.
"""

import json
import os
import select
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from nk521lib.edge.warm import wire
from nk521lib.edge.warm.start import Warm

SECONDS = 120.0
"""How long the warm process may take to import everything."""
_STOCK = ("-m", "ipykernel_launcher")


class ForkedProcess:
    """A forked kernel with the part of subprocess.Popen that jupyter_client uses.

    Its number stays taken until the exit code has been fetched here, so a signal never meets a stranger.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection, pid: int):
        self._connection, self.pid, self.returncode = connection, pid, None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self._fetch()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("forked kernel", timeout)
            self._fetch()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _fetch(self) -> None:
        try:
            self.returncode = wire.receive(self._connection)[0]["exit"]
        except (OSError, EOFError):
            self.returncode = -signal.SIGKILL  # the warm process has gone, and its kernels with it
        self._connection.close()


class WarmProvisioner(LocalProvisioner):
    """The stock provisioner, with a fork in place of a start where that gives the same kernel."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        process = fork_kernel(cmd, self._scrub_kwargs(kwargs))
        if process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = process, process.pid, process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info


def fork_kernel(command: list[str], options: dict[str, Any]) -> ForkedProcess | None:
    """The kernel as a fork of the warm process; nothing where the stock way must be taken."""
    known = {"env", "cwd", "stdout", "stderr", "independent"}
    if not wire.available() or options.keys() - known or options.get("independent"):
        return None
    if not os.path.exists(command[0]) or not os.path.samefile(command[0], sys.executable):
        return None
    if tuple(command[1:3]) != _STOCK:
        return None
    request = {
        "arguments": command[3:],
        "folder": str(options.get("cwd") or Path.cwd()),
        "environment": dict(options.get("env") or os.environ),
    }
    try:
        streams = [_handle(options.get("stdout"), 1), _handle(options.get("stderr"), 2)]
        connection = wire.connect(os.environ.get(wire.VARIABLE) or _own().name, SECONDS)
    except (OSError, ValueError):
        return None
    try:
        wire.send(connection, request, streams)
        answer, _ = wire.receive(connection)
    except (OSError, EOFError, json.JSONDecodeError):
        answer = {}
    if "pid" not in answer:
        connection.close()
        return None
    return ForkedProcess(connection, answer["pid"])


@lru_cache(maxsize=1)
def _own() -> Warm:
    """The warm process of this process, where no other was named: started with the first kernel, ended with the process."""
    return Warm.start()


def _handle(stream: Any, default: int) -> int:
    """The handle behind what subprocess.Popen would take for a stream. Raises ValueError for a pipe still to be made."""
    number = default if stream is None else stream if isinstance(stream, int) else stream.fileno()
    if number < 0:
        raise ValueError("a pipe is wanted")
    return number
