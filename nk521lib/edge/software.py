"""Which software this is: version, commit, packages, and one hash over all that decides what it says.

Nothing heavy is imported here: a command that only looks up an answer asks this first.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from nk521lib.edge.paths import LOCK, PACKAGE, PROJECT
from nk521lib.edge.warm.wire import shaping

_SOURCE = ("nk521lib", "notebooks", "params", "pyproject.toml", "requirements.lock")


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_version() -> dict[str, Any]:
    """Package version, git commit and whether the sources differ from it; null where this is no git checkout."""
    return {"nk521lib": metadata.version("nk521lib"), "git_commit": _git("rev-parse", "HEAD"), "git_dirty": _dirty(),
            "lock_sha256": sha256_of(LOCK) if LOCK.exists() else None}  # fmt: skip


def version_line() -> str:
    """The version as the foot of a page names it."""
    code = code_version()
    if not code["git_commit"]:
        return f"nk521lib {code['nk521lib']}"
    return f"nk521lib {code['nk521lib']} (commit {code['git_commit'][:10]}{', changed since' if code['git_dirty'] else ''})"


def packages() -> dict[str, str]:
    """Versions of the packages this library is built on, by name."""
    names = {re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0] for line in metadata.requires("nk521lib") or ()}
    found = {}
    for name in sorted(names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def library_sha256() -> str:
    """Over the library's own files, data included, the lock, and what else decides what its code does here.

    Read anew by every run: a process that lives long must not name what newer code made after the older.
    """
    files = sorted(p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    digest = hashlib.sha256()
    for path in (*files, LOCK):
        if path.is_file():
            digest.update(f"{path.relative_to(PACKAGE.parent).as_posix()} {sha256_of(path)}\n".encode())
    digest.update(
        json.dumps([platform.python_version(), platform.platform(), packages(), shaping(os.environ)]).encode()
    )
    return digest.hexdigest()


def _dirty() -> bool | None:
    changes = _git("status", "--porcelain", "--", *_SOURCE)
    return None if changes is None else bool(changes)


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(PROJECT), *words], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
