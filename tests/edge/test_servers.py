"""How JupyterLab and the app are started: on this machine alone, quiet, with settings of ours and none of the reader's."""

import json
import subprocess
import sys
from pathlib import Path

from nk521lib.edge import servers


def test_both_answer_on_this_machine_alone():
    lab, app = servers.lab_command(Path("notebooks"), 8888, True), servers.app_command(8866, True)
    assert "--ServerApp.ip=127.0.0.1" in lab and "--Voila.ip=127.0.0.1" in app
    assert not [word for word in (*lab, *app) if "0.0.0.0" in word or word.startswith("--no-browser")]
    assert servers.app_command(8866, False)[-1] == "--no-browser" == servers.lab_command(Path("x"), 1, False)[-1]


def test_the_app_may_load_nothing_from_elsewhere():
    policy = servers._HEADERS["headers"]["Content-Security-Policy"]
    assert (
        policy.startswith("default-src 'self'")
        and "http:" not in policy
        and "https:" not in policy
        and "*" not in policy
    )


def test_news_and_updates_are_off_in_settings_of_our_own():
    overrides = json.loads((servers.LAB_SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"] == {"checkForUpdates": False, "fetchNews": "false"}


def test_what_the_app_opens_is_handed_over_as_json(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "elsewhere")
    told = servers.app_environment("demo:D2", [Path("a b.yaml")], ["mtd_min_n=3"], Path("kept"), Path("packs"))
    assert json.loads(told[servers.ASKED_FOR]) == {
        "snapshot": "demo:D2", "params_files": ["a b.yaml"], "settings": ["mtd_min_n=3"], "scenarios": "kept",
        "reports": "packs",
    }  # fmt: skip
    assert told["JUPYTER_PATH"].split(":") == [str(servers.SHARE), "elsewhere"]
    assert (
        servers.APP_NOTEBOOK.is_file() and (servers.SHARE / "voila" / "templates" / "nk521" / "index.html.j2").is_file()
    )


def test_a_misspelt_setting_is_refused_before_anything_opens():
    done = subprocess.run(
        [sys.executable, "-m", "nk521lib.cli", "app", "demo:D3", "--set", "mtd_min=3"], capture_output=True, text=True
    )
    assert done.returncode == 2 and "did you mean mtd_min_n?" in done.stderr
