"""A real browser on a real server: headless Chromium, everything on this machine. Skipped, saying so, where there is none."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
PATIENCE = 240_000
"""Milliseconds: a loaded machine is no failure."""


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: sudo apt-get install -y chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def free_port():
    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def serving():
    """serving(command, port, home, **environment): a server until the block ends, with a home of its own."""

    @contextmanager
    def serve(command, port: int, home: Path, **environment):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "NK521"))}
        own = {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
               "IPYTHONDIR": str(home / "ipython"), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}  # fmt: skip
        log = home / "server.log"
        with open(log, "wb") as told:
            server = subprocess.Popen(
                command, cwd=home, env=clean | own | environment, stdout=told, stderr=told, start_new_session=True
            )
            try:
                _wait_for(f"http://127.0.0.1:{port}/", server, log)
                yield
            finally:
                os.killpg(server.pid, signal.SIGTERM)
                try:
                    server.wait(30)
                except subprocess.TimeoutExpired:
                    os.killpg(server.pid, signal.SIGKILL)
                    server.wait()

    return serve


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < ends:
        if server.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text(errors='replace')[-2000:]}")
        try:
            # A connection is enough: a page of voila would start a kernel that nobody uses.
            socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server does not answer")


class Watched:
    """A page, what it asked of whom, and what it complained of."""

    def __init__(self, browser, url: str, height: int = 720):
        self.page = browser.new_page(viewport={"width": 1280, "height": height})
        self.page.set_default_timeout(PATIENCE)
        self.requests, self.errors = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.goto(url, timeout=PATIENCE)

    def wait_for(self, selector: str) -> None:
        self.sees(self.page.locator(selector), required=True)

    def sees(self, wanted, required: bool, seconds: float = 30) -> bool:
        """Whether it is on the page in time. What must be there gets all the patience; the page is told if it is not."""
        from playwright.sync_api import TimeoutError as TooLate

        try:
            wanted.first.wait_for(timeout=PATIENCE if required else seconds * 1000)
        except TooLate:
            if required:
                shown = self.page.inner_text("body")[-3000:]
                pytest.fail(f"{wanted} is not on the page. Errors: {self.errors}. The page says:\n{shown}")
            return False
        return True

    @property
    def outside(self) -> list[str]:
        here = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(here)]


@pytest.fixture(scope="session")
def watched(browser):
    return lambda url, **screen: Watched(browser, url, **screen)


@pytest.fixture(scope="session")
def python():
    return sys.executable
