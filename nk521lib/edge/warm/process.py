"""The warm process: imports once, then forks a kernel for each that is asked for, and ends with whoever started it.

It has one thread, no event loop, no ZeroMQ context and has run nothing of Arrow's or dask's, so a fork inherits no lock that
another thread holds. What the chapters import is imported; matplotlib's pyplot is not, because its import fixes how
plots are shown, and that is the kernel's to say.
"""

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nk521lib.edge.paths import LOCK, PACKAGE
from nk521lib.edge.warm import shared_reading, wire
from nk521lib.edge.warm.kernel import become_kernel, leave_parent

PRELOADED = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "IPython.core.completer", "pandas",
    "matplotlib.figure", "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg",
    "nk521lib.edge.chapter", "nk521lib.chapters.screening", "nk521lib.chapters.escalation",
    "nk521lib.chapters.safety", "nk521lib.chapters.efficacy", "nk521lib.display.figures.protocol",
    "nk521lib.display.figures.screening", "nk521lib.display.figures.escalation", "nk521lib.display.figures.safety",
    "nk521lib.display.figures.efficacy", "nk521lib.display.tables.protocol", "nk521lib.display.tables.screening",
    "nk521lib.display.tables.escalation", "nk521lib.display.tables.safety", "nk521lib.display.tables.efficacy",
)  # fmt: skip
_REQUEST_SECONDS = 10.0


def threads() -> int:
    """Threads of this process, those of C libraries included."""
    return len(os.listdir("/proc/self/task"))


def code_stamp(package: Path = PACKAGE, lock: Path = LOCK) -> tuple[tuple[str, int, int], ...]:
    """Changes when a source file of the library or the lock changes."""
    files = [path for path in (lock, *package.rglob("*.py")) if path.is_file()]
    return tuple(sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@dataclass(eq=False)
class _Kernel:
    """One forked kernel: its number, a handle on it, and the connection that it lives by."""

    pid: int
    process: int
    connection: socket.socket

    def end(self) -> None:
        """Kill whatever is left of it and its own children, and give its number back."""
        for kill, number in ((os.killpg, self.pid), (os.kill, self.pid)):
            with suppress(ProcessLookupError):
                kill(number, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.process)
        self.connection.close()


@dataclass
class WarmProcess:
    """listener : where kernels are asked for. lifeline : a pipe; when its other end closes, everything here ends."""

    listener: socket.socket
    lifeline: int
    kernels: list[_Kernel] = field(default_factory=list)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def serve(self, preloaded: Iterable[str] = ()) -> None:
        """preloaded : modules to import in place of what the chapters need."""
        stamp = code_stamp()
        for module in preloaded or PRELOADED:
            importlib.import_module(module)
        if not preloaded:
            importlib.import_module("nk521lib.edge.warm.rehearsal").rehearse()
        gc.set_threshold(20_000, 25, 25)  # a chapter makes thousands of small frames
        gc.collect()
        gc.freeze()
        self._stamp, self._environment = stamp, dict(os.environ)
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self.lifeline, selectors.EVENT_READ, sys.exit)
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
        try:
            while True:
                for key, _ in self.selector.select():
                    key.data()
        finally:
            for kernel in self.kernels:
                kernel.end()

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        connection.settimeout(_REQUEST_SECONDS)
        streams: list[int] = []
        try:
            if not wire.same_user(connection):
                return connection.close()
            request, streams = wire.receive(connection, handles=2)
            if request.get("keep"):
                shared_reading.keep(streams.pop())
                return connection.close()
            refusal = self._refusal(request, streams)
            if refusal:
                wire.send(connection, {"refused": refusal})
                return connection.close()
            kernel = self._fork(request, streams, connection)
            wire.send(connection, {"pid": kernel.pid})
        except (OSError, EOFError, ValueError):
            connection.close()  # nobody is there to be told
        finally:
            for handle in streams:
                os.close(handle)

    def _refusal(self, request: dict, streams: list[int]) -> str:
        if len(streams) != 2:
            return "two streams are needed"
        if wire.shaping(request["environment"]) != wire.shaping(self._environment):
            return "other variables than those this process was started with"
        if threads() != 1:
            return "another thread runs here"
        if code_stamp() != self._stamp:
            return "the library has changed"
        return ""

    def _fork(self, request: dict, streams: list[int], connection: socket.socket) -> _Kernel:
        parent = os.getpid()
        ready, tell = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        pid = os.fork()
        if pid == 0:
            leave_parent(parent)
            os.close(tell)
            os.close(ready)
            self._forget(connection)
            become_kernel(request, streams)
        os.close(tell)
        os.read(ready, 1)  # ends when the child has a session of its own
        os.close(ready)
        kernel = _Kernel(pid, os.pidfd_open(pid), connection)
        self.kernels.append(kernel)
        self.selector.register(kernel.process, selectors.EVENT_READ, lambda: self._ended(kernel))
        self.selector.register(connection, selectors.EVENT_READ, lambda: self._abandoned(kernel))
        return kernel

    def _forget(self, connection: socket.socket) -> None:
        """In the fork: the handles of the warm process are not the kernel's."""
        self.selector.close()
        self.listener.close()
        os.close(self.lifeline)
        connection.close()
        for other in self.kernels:
            os.close(other.process)
            other.connection.close()

    def _ended(self, kernel: _Kernel) -> None:
        """Say the exit code. The process stays unburied until the other side has closed: its number is not given away."""
        self.selector.unregister(kernel.process)
        status = os.waitid(os.P_PID, kernel.pid, os.WEXITED | os.WNOWAIT)
        code = status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
        with suppress(OSError):  # it closes next
            wire.send(kernel.connection, {"exit": code})

    def _abandoned(self, kernel: _Kernel) -> None:
        """The client has closed its end, or is no more."""
        self.selector.unregister(kernel.connection)
        if kernel.process in self.selector.get_map():
            self.selector.unregister(kernel.process)
        self.kernels.remove(kernel)
        kernel.end()


def main(listener: str, lifeline: str, *preloaded: str) -> None:
    if sys.path[0] == "/":
        del sys.path[0]  # a folder of the start, not of the kernels
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # read by ipykernel's import; a kernel ends when this process does
    WarmProcess(socket.socket(fileno=int(listener)), int(lifeline)).serve(preloaded)


if __name__ == "__main__":
    main(*sys.argv[1:])
