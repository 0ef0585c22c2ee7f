"""A chapter that would come out the same is taken from the run that made it, proven byte for byte.

What a chapter says is decided by its notebook, the library, Python and its packages, the parameters and the data. One
hash over all of them names an entry: a folder with the executed notebook, the files that the chapter wrote and the list
of their hashes. An entry that differs from its list is damaged; it is removed and the chapter runs. The entries lie
among the packs, because they hold what the packs hold and deserve the same care.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from nk521lib.cut import Cut
from nk521lib.edge.execution import Job, Progress
from nk521lib.edge.software import sha256_of

KEPT = 60
"""Entries that stay: the chapters of a dozen packs."""
_NOTEBOOK, _CHAPTER, _FILES = "notebook.ipynb", "chapter", "files.json"


class DamagedEntry(Exception):
    """A stored chapter is not what was stored."""


def key_of(notebook: nbformat.NotebookNode, shown: Mapping[str, Any], cut: Cut, library: str) -> str:
    """Name of the entry: sha256 over everything that decides what the chapter says.

    shown : its parameters as the published notebook names them. library : `software.library_sha256` as it is now.
    """
    content = {
        "library": library,
        "notebook": nbformat.writes(notebook),
        "shown": shown,
        "parameters": [cut.params.sha256, cut.params.effective(), repr(cut.params.scenario)],
        "snapshot": cut.manifest_sha256,
        "before": cut.compared.manifest_sha256 if cut.compared else "",
        "findings": [repr(finding) for finding in cut.findings],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def take_all(jobs: Sequence[Job], keys: Mapping[str, str], folder: Path, progress: Progress, say, warn) -> list[str]:
    """The chapters that an earlier run has stored; each of their jobs then is as if it had run."""
    taken = []
    for job in jobs:
        try:
            job.executed = take(folder, keys[job.chapter], Path(job.parameters["out"]))
        except DamagedEntry:
            warn(f"{job.chapter}: its stored files are damaged, so it was run again")
        if job.executed is not None:
            taken.append(job.chapter)
            progress(job.chapter, len(job.notebook.cells), len(job.notebook.cells))
    if taken:
        say(f"unchanged since an earlier run, taken from its files: {', '.join(taken)} (--fresh runs them)")
    return taken


def keep_all(jobs: Sequence[Job], keys: Mapping[str, str], folder: Path, warn) -> None:
    """What a published pack was made of is there for the next run. That it cannot be costs time, not the pack."""
    try:
        for job in jobs:
            keep(folder, keys[job.chapter], nbformat.writes(job.executed), Path(job.parameters["out"]))
    except OSError as error:
        warn(f"{folder.name}: cannot be written ({error.strerror}), so the next run makes every chapter again")


def take(folder: Path, key: str, out: Path) -> nbformat.NotebookNode | None:
    """The executed notebook of an entry, with the chapter's files copied to the empty folder `out`; None: no such entry.

    Raises DamagedEntry when it is not what was stored; it is gone then, and `out` is empty.
    """
    entry = folder / key
    if not entry.is_dir():
        return None
    try:
        if json.loads((entry / _FILES).read_text(encoding="utf-8")) != _hashes(entry):
            raise DamagedEntry(key)
        notebook = nbformat.reads((entry / _NOTEBOOK).read_text(encoding="utf-8"), as_version=4)
        shutil.copytree(entry / _CHAPTER, out, dirs_exist_ok=True)
    except (OSError, ValueError, DamagedEntry):
        shutil.rmtree(entry, ignore_errors=True)
        for begun in out.iterdir():
            shutil.rmtree(begun) if begun.is_dir() else begun.unlink()
        raise DamagedEntry(key) from None
    os.utime(entry)
    return notebook


def keep(folder: Path, key: str, notebook: str, made: Path) -> None:
    """Store an executed notebook and the folder of files it wrote, in place of an entry of the same name.

    Raises OSError when it cannot be written; nothing half written is left under the name of an entry.
    """
    folder.mkdir(exist_ok=True, parents=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as place:
        entry = Path(place) / key
        shutil.copytree(made, entry / _CHAPTER)
        (entry / _NOTEBOOK).write_text(notebook, encoding="utf-8")
        (entry / _FILES).write_text(json.dumps(_hashes(entry)), encoding="utf-8")
        shutil.rmtree(folder / key, ignore_errors=True)
        entry.rename(folder / key)
    _make_room(folder)


def _hashes(entry: Path) -> dict[str, str]:
    """sha256 of every file of an entry by name. Raises DamagedEntry where something else than a file lies."""
    found = {}
    for path in sorted(entry.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise DamagedEntry(path.name)
        name = path.relative_to(entry).as_posix()
        if path.is_file() and name != _FILES:
            found[name] = sha256_of(path)
    return found


def _make_room(folder: Path) -> None:
    """Remove the entries used longest ago."""
    entries = sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=lambda p: p.stat().st_mtime_ns)
    for entry in entries[:-KEPT]:
        shutil.rmtree(entry, ignore_errors=True)
