"""What may be in the repository: synthetic data only, a lock without hosts, and no trace of anybody's machine."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nk521lib.edge import software

ROOT = Path(__file__).resolve().parent.parent
DATA = {".csv", ".parquet", ".xpt", ".sas7bdat", ".ndjson"}


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        pytest.skip("not a git checkout, so there is nothing committed to look at")
    return done.stdout


def _committed() -> list[Path]:
    return [ROOT / name for name in _git("ls-files", "-z").split("\0") if name and (ROOT / name).is_file()]


def test_every_committed_data_file_belongs_to_a_synthetic_snapshot_or_a_golden_table():
    for path in _committed():
        if path.suffix in DATA:
            name = path.relative_to(ROOT).as_posix()
            assert name.startswith(("nk521lib/demo/", "tests/golden/")), name
    manifests = [path for path in _committed() if path.name == "snapshot.json"]
    assert sorted(path.parent.name for path in manifests) == ["D1", "D2", "D3"]
    assert all(json.loads(path.read_text(encoding="utf-8"))["synthetic"] is True for path in manifests)


@pytest.mark.parametrize("name", ["reports/S001/index.html", "snapshots/S001/dm.csv", "scenarios/mine.yaml", ".venv/x"])
def test_packs_snapshots_and_scenarios_are_ignored_by_git(name):
    assert _git("check-ignore", name).strip() == name


def test_the_lock_pins_by_hash_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==\S+", lock, re.MULTILINE)
    assert len(pins) > 100 and "://" not in lock
    for block in re.split(r"\n(?=[a-z0-9])", lock.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_conda_route_takes_the_same_lock():
    assert "- -r requirements.lock" in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_nothing_committed_names_a_path_of_a_machine():
    # Spelt so that this file does not match itself.
    path = re.compile(r"(?<![\w.])/(?:home|roo[t]|Users|wor[k])/[\w.]+")
    for file in _committed():
        if file.suffix in {".py", ".ipynb", ".md", ".yaml", ".yml", ".toml", ".json", ".cfg", ""}:
            found = path.search(file.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{file.relative_to(ROOT)}: {found and found[0]}"


def test_cleaning_leaves_published_packs(tmp_path):
    """Everything it removes is made again by itself; a pack that a committee decided on is not."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in (".venv/x", "reports/S001/index.html", "reports/.cache/x", "nk521lib/__pycache__/x", "tests/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["make", "-C", str(tmp_path), "clean"], check=True, capture_output=True)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["Makefile", "reports/S001/index.html", "tests/x.py"]


#   what the interpreter lacks            what a reader is told
SETUPS = [
    ("ensurepip", "sudo apt-get install -y python3-venv"),
    ("version_info", "Python 3.11, 3.12 or 3.13 is needed"),
]


@pytest.mark.parametrize(("lacks", "told"), SETUPS)
def test_a_missing_piece_of_python_is_named_with_the_line_to_type(tmp_path, lacks, told):
    python = tmp_path / "python3"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *{lacks}*) exit 1;; esac\nexec "{sys.executable}" "$@"\n', encoding="utf-8"
    )
    python.chmod(0o755)
    command = ["make", "-C", str(ROOT), f"PYTHON={python}", f"VENV={tmp_path}/venv", f"{tmp_path}/venv/.ready"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0 and told in done.stdout
    assert not (tmp_path / "venv").exists()


def test_the_readmes_example_is_what_the_command_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    history, answer = re.search(r'\$ \.venv/bin/nk521 next "([^"]*)"\n(.*?)```', readme, re.DOTALL).groups()
    command = [sys.executable, "-m", "nk521lib.cli", "next", history]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == answer


@pytest.mark.parametrize("page", ["README.md", "GLOSSARY.md"])
def test_every_file_a_page_names_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(
        r"`((?:nk521lib|notebooks|params|tests|standards|chapters|edge)/[\w./]*)`", text
    )
    assert named
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "nk521lib" / name).exists(), name


def test_the_version_is_the_newest_of_the_changelog():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert software.code_version()["nk521lib"] == headings[0]
    assert f'\nversion = "{headings[0]}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
