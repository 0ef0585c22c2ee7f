"""A forked kernel is a stock kernel, only sooner; and none is ever left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import psutil
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from nk521lib.edge.warm import process, wire
from nk521lib.edge.warm.kernel import __file__ as kernel_source
from nk521lib.edge.warm.provisioner import ForkedProcess, fork_kernel
from nk521lib.edge.warm.start import NAME, Warm, _chosen, warm_kernels

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not wire.available(), reason="warm kernels need Linux: run this there"),
]

CELLS = (
    "import sys, os, matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd",
    "plt.plot([1, 3, 2])",
    "plt.bar([1, 2], [3, 4]); plt.show(); plt.plot([2, 1]); print('between')",
    "matplotlib.get_backend()",
    "pd.DataFrame({f'column_{n}': [n] for n in range(40)})",
    "pd.get_option('display.max_columns')",
    "print('out'); print('err', file=sys.stderr)",
    "import warnings; warnings.warn('seen once')",
    "sys.path, sys.argv[0], os.getcwd(), sys.flags.safe_path, sorted(k for k in os.environ if 'NUM_THREADS' in k)",
    "os.getpgid(0) == os.getpid() == os.getsid(0)",
    "import signal; signal.getsignal(signal.SIGINT) is not signal.SIG_IGN, signal.getsignal(signal.SIGTERM)",
    "!echo from a shell",
    "open(0).read()",
    "from nk521lib.edge.chapter import open_chapter; len(open_chapter('demo:D3').frames)",
    "1 / 0",
)


@pytest.fixture(scope="module")
def kernels():
    with warm_kernels() as warm:
        assert warm
        yield


@contextmanager
def light_process():
    """A warm process that has imported next to nothing, and what a test needs to ask it for kernels."""
    warm = Warm.start(["ipykernel.kernelapp", "ipykernel.ipkernel"])
    with _chosen(NAME, warm.name):
        try:
            yield warm
        finally:
            if warm.process.poll() is None:
                warm.end()


@contextmanager
def started():
    """A kernel manager with its kernel running, and a client."""
    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ran(*sources: str) -> nbformat.NotebookNode:
    notebook = new_notebook(cells=[new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)])
    NotebookClient(notebook, timeout=60, allow_errors=True, kernel_name="python3").execute()
    return notebook


def outputs(notebook: nbformat.NotebookNode) -> list:
    return [cell.outputs for cell in notebook.cells]


def value(manager: KernelManager, client, expression: str) -> str:
    reply = client.execute_interactive(
        "", user_expressions={"value": expression}, timeout=60, output_hook=lambda m: None
    )
    return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]


def gone(pid: int, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_every_cell_gives_what_a_stock_kernel_gives_images_included(kernels):
    forked = ran(*CELLS)
    with warm_kernels(False):
        stock = ran(*CELLS)
    for ours, theirs, source in zip(outputs(forked), outputs(stock), CELLS, strict=True):
        if source != "1 / 0":  # its traceback is coloured; the same error is enough
            texts = [str(outputs).replace(str(os.getpid()), "") for outputs in (ours, theirs)]
            assert _without_numbers(texts[0]) == _without_numbers(texts[1]), source
    images = [len([o for o in cell if "image/png" in o.get("data", {})]) for cell in outputs(forked)]
    assert images[1:3] == [1, 2]
    assert outputs(forked)[-1][0].ename == outputs(stock)[-1][0].ename == "ZeroDivisionError"


def _without_numbers(text: str) -> str:
    """Addresses in memory and the folder of a cell's own file name differ between any two kernels."""
    return re.sub(r"0x[0-9a-f]+|ipykernel_\d+/\d+", "", text)


def test_two_forks_do_not_draw_the_same_random_numbers(kernels):
    draw = "import random, uuid, numpy; (random.random(), numpy.random.random(), uuid.uuid4().hex)"
    one, two = (outputs(ran(draw))[0][0]["data"]["text/plain"] for _ in range(2))
    assert not set(one.strip("()").split(", ")) & set(two.strip("()").split(", "))


def test_the_warm_process_has_one_thread_and_the_kernel_is_its_child(kernels):
    with started() as (manager, _):
        assert isinstance(manager.provisioner.process, ForkedProcess)
        parent = psutil.Process(manager.provisioner.pid).parent()
        assert "nk521lib.edge.warm.process" in parent.cmdline() and parent.num_threads() == 1


def test_two_kernels_at_once_do_not_meet(kernels):
    with started() as (one, first), started() as (two, second):
        assert one.connection_file != two.connection_file
        assert value(one, first, "__import__('os').getpid()") == str(one.provisioner.pid)
        assert value(two, second, "__import__('os').getpid()") == str(two.provisioner.pid) != str(one.provisioner.pid)


def test_a_forked_kernel_can_be_interrupted_restarted_and_ended(kernels):
    with started() as (manager, client):
        asked = client.execute("import time; print('runs'); time.sleep(60)")
        while client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
            pass  # until the cell runs
        manager.interrupt_kernel()
        replies = iter(lambda: client.get_shell_msg(timeout=10), None)
        reply = next(reply for reply in replies if reply["parent_header"].get("msg_id") == asked)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        first = manager.provisioner.pid
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        assert gone(first) and manager.provisioner.pid != first and manager.is_alive()
        last = manager.provisioner.pid
    assert gone(last)


def test_exit_codes_come_back():
    with light_process():
        for end, code in (("import os; os._exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL)):
            with started() as (manager, client):
                forked = manager.provisioner.process
                client.execute(end)
                assert forked.wait(timeout=10) == code == forked.poll()


def test_a_killed_warm_process_takes_its_kernels_along_and_the_next_kernel_is_stock():
    with light_process() as warm, started() as (manager, _):
        kernel, forked = manager.provisioner.pid, manager.provisioner.process
        warm.process.kill()
        warm.process.wait()
        assert gone(kernel) and forked.wait(timeout=10) == -signal.SIGKILL
        with started() as (after, _):
            assert isinstance(after.provisioner.process, subprocess.Popen)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_no_process_behind(number):
    program = (
        "from nk521lib.edge.warm.start import NAME, Warm, _chosen\nfrom jupyter_client import KernelManager\n"
        "warm = Warm.start(['ipykernel.kernelapp'])\n"
        "with _chosen(NAME, warm.name):\n"
        "    manager = KernelManager(); manager.start_kernel()\n"
        "    client = manager.client(); client.start_channels(); client.wait_for_ready(timeout=60)\n"
        '    client.execute_interactive(\'import subprocess; held = subprocess.Popen(["sleep", "300"]); print(held.pid)\')\n'
        "    print(warm.process.pid, manager.provisioner.pid, flush=True)\n"
        "    import time; time.sleep(300)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for _ in range(2) for pid in parent.stdout.readline().split()]
    assert len(pids) == 3 and all(psutil.pid_exists(pid) for pid in pids)
    parent.send_signal(number)
    parent.communicate()
    assert [pid for pid in pids if not gone(pid)] == []


def test_ending_leaves_no_process_no_socket_and_no_handle():
    handles = lambda: {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{fd}")}  # fmt: skip
    with light_process() as warm:
        pass
    before = len(handles())
    with light_process() as warm:
        connection = wire.connect(warm.name, 10)
        connection.close()
    assert len(handles()) <= before and warm.process.returncode is not None
    with open("/proc/net/unix") as sockets:
        assert warm.name not in sockets.read()


def test_no_warm_takes_stock_kernels_even_where_a_warm_process_is(kernels):
    with warm_kernels(False) as warm, started() as (manager, _):
        assert not warm and isinstance(manager.provisioner.process, subprocess.Popen)


@pytest.mark.parametrize(
    "command, options",
    [
        (["/bin/sh", "-m", "ipykernel_launcher"], {}),
        ([sys.executable, "-m", "another_kernel"], {}),
        ([sys.executable, "-m", "ipykernel_launcher"], {"stdout": subprocess.PIPE}),
        ([sys.executable, "-m", "ipykernel_launcher"], {"independent": True}),
        ([sys.executable, "-m", "ipykernel_launcher"], {"preexec_fn": print}),
        ([sys.executable, "-m", "ipykernel_launcher"], {"env": {"PYTHONHASHSEED": "7"}}),
    ],
)
def test_anything_but_an_ordinary_kernel_is_left_to_the_stock_way(kernels, command, options):
    assert fork_kernel(command, options) is None


def test_no_fork_beside_a_thread_nor_of_code_that_has_changed(tmp_path):
    import threading

    warm = process.WarmProcess(listener=None, lifeline=0)
    warm._environment, warm._stamp = {}, process.code_stamp()
    held = threading.Event()
    thread = threading.Thread(target=held.wait)
    thread.start()
    assert warm._refusal({"environment": {}}, [1, 2]) == "another thread runs here"
    held.set()
    thread.join()
    (tmp_path / "module.py").write_text("one")
    stamp = process.code_stamp(tmp_path, tmp_path / "lock")
    (tmp_path / "lock").write_text("a")
    assert process.code_stamp(tmp_path, tmp_path / "lock") != stamp
    assert kernel_source in {path for path, *_ in warm._stamp}


def test_changed_code_is_refused(monkeypatch):
    warm = process.WarmProcess(listener=None, lifeline=0)
    warm._environment, warm._stamp = {}, ("other",)
    monkeypatch.setattr(process, "threads", lambda: 1)
    assert warm._refusal({"environment": {}}, [1, 2]) == "the library has changed"
    assert warm._refusal({"environment": {"PYTHONPATH": "/x"}}, [1, 2]).startswith("other variables")
    assert warm._refusal({"environment": {}}, []) == "two streams are needed"
