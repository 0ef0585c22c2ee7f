"""JupyterLab and voila as this project runs them: on 127.0.0.1 only, asking the network nothing, no one's home touched."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nk521lib.edge.paths import PACKAGE

ASKED_FOR = "NK521_WHAT_IF"
"""Environment variable by which the command tells the app what to open, as JSON: snapshot, params_files, settings,
scenarios, reports."""

APP_NOTEBOOK = PACKAGE / "edge" / "workbench" / "what_if_app.ipynb"
SHARE = PACKAGE / "edge" / "workbench" / "share"
HERE = "127.0.0.1"
_POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'; object-src 'none'"
_HEADERS = {"headers": {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}}
"""The page may load nothing but what this machine serves, whatever a library would like to fetch."""

LAB_SETTINGS = PACKAGE / "edge" / "workbench" / "lab_settings"
"""Settings of JupyterLab that are ours: news are a prompt first and a request to the network after it; neither belongs
beside patients' data. Read from the package, so that nothing is written into the reader's own settings."""


def lab_command(folder: Path, port: int, browser: bool) -> list[str]:
    """JupyterLab on the notebooks."""
    return [
        sys.executable, "-m", "jupyterlab", str(folder), f"--ServerApp.ip={HERE}", f"--ServerApp.port={port}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabServerApp.app_settings_dir={LAB_SETTINGS}", f"--LabApp.app_settings_dir={LAB_SETTINGS}",
        *([] if browser else ["--no-browser"]),
    ]  # fmt: skip


def app_command(port: int, browser: bool) -> list[str]:
    """The app in voila: code hidden, a kernel a visit, nothing but this machine may reach it."""
    return [
        sys.executable, "-m", "voila", str(APP_NOTEBOOK), f"--Voila.ip={HERE}", f"--port={port}", "--strip_sources=True",
        "--template=nk521", "--theme=light", "--show_tracebacks=False", f"--Voila.tornado_settings={_HEADERS}",
        "--MappingKernelManager.cull_idle_timeout=7200", *([] if browser else ["--no-browser"]),
    ]  # fmt: skip


def app_environment(
    snapshot: str, files: Sequence[Path], settings: Sequence[str], scenarios: Path, reports: Path
) -> dict[str, str]:
    asked = {
        "snapshot": snapshot,
        "params_files": [str(file) for file in files],
        "settings": list(settings),
        "scenarios": str(scenarios),
        "reports": str(reports),
    }
    paths = [str(SHARE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {ASKED_FOR: json.dumps(asked), "JUPYTER_PATH": os.pathsep.join(paths)}


def replace_by(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """This process becomes the server: its signals and its end are the server's own."""
    os.execve(command[0], list(command), {**os.environ, **(environment or {})})
