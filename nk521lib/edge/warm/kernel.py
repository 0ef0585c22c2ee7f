"""A fork of the warm process becomes an ordinary ipykernel: from here on nothing tells it from a stock one.

Whatever a fresh process would have had anew is made anew: session, streams, folder, environment, signals, exit handlers,
random numbers; and what a library chose at its import, because no kernel was there yet, is chosen again.
"""

import atexit
import ctypes
import os
import signal
import sys
import weakref
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def leave_parent(parent: int) -> None:
    """A session of its own, as a stock kernel has, and an end when the warm process ends, however that ends."""
    os.setsid()
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def become_kernel(request: dict[str, Any], streams: Sequence[int]) -> None:
    """Run the kernel that `request` describes, and end the process with it. streams : handles for stdout and stderr."""
    code = 1
    try:
        _fresh_process(request, streams)
        _fresh_libraries()
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # noqa: BLE001 - nothing stands above a process's own end
        sys.excepthook(*sys.exc_info())
    finally:
        _end(code)


def _fresh_process(request: dict[str, Any], streams: Sequence[int]) -> None:
    atexit._clear()  # those registered so far belong to the warm process
    weakref.finalize._registry.clear()
    weakref.finalize._registered_with_atexit = False
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN if number is signal.SIGPIPE else signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, number in ((nothing, 0), (streams[0], 1), (streams[1], 2)):
        os.dup2(handle, number)
    for handle in {nothing, *streams} - {0, 1, 2}:
        os.close(handle)
    os.environ.clear()
    os.environ.update(request["environment"], JPY_PARENT_PID=str(os.getppid()))
    os.chdir(request["folder"])
    sys.argv = [find_spec("ipykernel_launcher").origin, *request["arguments"]]


def _fresh_libraries() -> None:
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "pandas" in sys.modules:
        # pandas takes a process without a kernel for a terminal and then fits a frame's columns to its width.
        sys.modules["pandas"].set_option("display.max_columns", 20)


def _end(code: int) -> None:
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        os._exit(code)
