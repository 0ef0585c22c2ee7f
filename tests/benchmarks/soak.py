"""Two hundred kernels one after another from one warm process: memory, handles and processes must stay flat.

    .venv/bin/python tests/benchmarks/soak.py [KERNELS]

Run by hand; it prints a line every tenth of the way and the growth from the second line to the last.
"""

import sys
import time

import psutil
from jupyter_client import KernelManager

from nk521lib.edge.warm.start import warm_kernels

CELL = "import pandas as pd; from nk521lib.params import load_params; len(pd.DataFrame({'x': range(1000)}))"


def one_kernel() -> int:
    """Start a kernel, run a cell, end it. Returns the warm process's number."""
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        client.execute_interactive(CELL, timeout=120, output_hook=lambda message: None)
        return psutil.Process(manager.provisioner.pid).ppid()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def state(warm: int) -> tuple[float, int, float, int, int]:
    """MB and handles of this process, MB, handles and children of the warm one."""
    here, there = psutil.Process(), psutil.Process(warm)
    return (here.memory_info().rss / 1e6, here.num_fds(), there.memory_info().rss / 1e6, there.num_fds(), len(there.children()))  # fmt: skip


def main(kernels: int) -> None:
    begun, states = time.monotonic(), []
    print("kernels  seconds  here MB  here handles  warm MB  warm handles  warm children")
    with warm_kernels() as warm:
        assert warm, "this system starts stock kernels: nothing to soak"
        for number in range(1, kernels + 1):
            process = one_kernel()
            if number % max(1, kernels // 10) == 0:
                states.append(state(process))
                here, handles, there, theirs, children = states[-1]
                print(f"{number:>7} {time.monotonic() - begun:>8.0f} {here:>8.1f} {handles:>13} {there:>8.1f} {theirs:>13} {children:>14}", flush=True)  # fmt: skip
    growth = [last - first for first, last in zip(states[min(1, len(states) - 1)], states[-1], strict=True)]
    print("growth from the second line:", ", ".join(f"{value:+.1f}" for value in growth))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
