"""What `nk521 check` says of a snapshot, and the answers it has given before.

An answer is decided by the snapshot, the one before it, the parameters, the answers to findings and the software. One
hash over all of them names a stored answer; every file is proven to be what its manifest says before it is looked up.
Nothing heavy is imported until there is something to derive. The answers name subjects: they lie in a folder of the user
alone, never in the one the command was called from.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nk521lib.edge import publish
from nk521lib.edge.inputs import DISPOSITIONS, find_snapshot
from nk521lib.edge.manifest_file import read_manifest, verify
from nk521lib.edge.previous import find_previous
from nk521lib.edge.software import library_sha256, sha256_of
from nk521lib.errors import SnapshotRejected
from nk521lib.params import Params
from nk521lib.terms import Effect

if TYPE_CHECKING:
    from nk521lib.cut import Cut

PLACE = "NK521_CACHE"
"""The environment variable that names another folder than the user's own cache; empty: nothing is stored."""
KEPT = 40
"""Answers that stay."""
AGAIN = "unchanged since an earlier check, its answer is shown again (--fresh checks anew)"
DAMAGED = "the stored answer is damaged, so the snapshot was checked anew"


@dataclass(frozen=True)
class Checked:
    """snapshot_id, about : the snapshot in a word and in a line. findings : rows of findings.COLUMNS, all text.

    table : the same as CSV, as findings.csv of a pack. notes : what the reader should know besides.
    """

    snapshot_id: str
    about: str
    findings: tuple[dict[str, str], ...]
    table: str
    notes: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        return any(row["effect"] == Effect.BLOCK for row in self.findings)


def check(snapshot: str, params: Params, previous: str, answers: Path | None) -> tuple[Checked, "Cut"]:
    """Read the snapshot and make every data check. answers : dispositions.csv. Raises as read_snapshot does."""
    from nk521lib.chapters.checks.dispositions import dispose
    from nk521lib.display.say import compared_with
    from nk521lib.edge.datasets import to_csv
    from nk521lib.edge.dispositions_file import read_dispositions
    from nk521lib.edge.every_check import find_every
    from nk521lib.edge.snapshot import read_snapshot

    disposed = read_dispositions(answers)
    cut = read_snapshot(snapshot, params, previous)
    found, unused = dispose(find_every(cut), cut, disposed)
    m = cut.manifest
    about = f"{m.snapshot_id} of {m.study}, cut-off {m.cutoff_date}, {'SYNTHETIC' if m.synthetic else 'real data'}, {compared_with(cut)}"
    rows = tuple(found.fillna("").to_dict("records"))
    notes = tuple(f"{DISPOSITIONS}: {key} answers no finding of this snapshot" for key in unused)
    return Checked(m.snapshot_id, about, rows, to_csv(found), notes), cut


def checked_before(
    snapshot: str, params: Params, previous: str, answers: Path | None, make: Callable[[], Checked], say: Callable[[str], None],
    folder: Path | None,
) -> Checked:  # fmt: skip
    """The stored answer of an earlier check of exactly this, else what `make` says, stored for the next time.

    folder : where answers lie; without one nothing is stored. Raises whatever `make` raises; a refusal is not stored.
    """
    if folder is None:
        return make()
    key = key_of(snapshot, params, previous, answers)
    try:
        stored = _take(folder / f"{key}.json")
    except ValueError:
        stored = None
        say(DAMAGED)
    if stored is not None:
        say(AGAIN)
        return stored
    made = make()
    _keep(folder, key, made)
    return made


def place_of_answers() -> Path | None:
    """The folder that the user's environment means; none where it is told to be none, or where nobody's home is known."""
    named, cache = os.environ.get(PLACE), os.environ.get("XDG_CACHE_HOME", "")
    if named is not None:
        return Path(named).absolute() / "checks" if named else None
    try:
        return (Path(cache) if cache.startswith("/") else Path.home() / ".cache") / "nk521" / "checks"
    except RuntimeError:
        return None


def key_of(snapshot: str, params: Params, previous: str, answers: Path | None) -> str:
    """sha256 over everything that decides the answer. Raises UsageError or SnapshotRejected where there is no snapshot."""
    folder = find_snapshot(snapshot)
    if previous:
        before, why = find_snapshot(previous), "named"
    else:
        before, why = find_previous(folder, read_manifest(folder)[0])
    content = {
        "library": library_sha256(),
        "snapshot": _state(folder, params),
        "before": [why, _state(before, params) if before else []],
        "parameters": [params.sha256, params.effective(), repr(params.scenario)],
        "answers": [answers.name, sha256_of(answers)] if answers else [],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _state(folder: Path, params: Params) -> list[str]:
    """What a snapshot is now: its name, its manifest, and every file that is not what the manifest says."""
    try:
        manifest, sha256 = read_manifest(folder)
    except SnapshotRejected as error:
        return [folder.name, *error.problems]
    return [folder.name, sha256, *verify(folder, manifest, params)]


def _take(path: Path) -> Checked | None:
    """Raises ValueError when it is not what was stored; it is gone then."""
    if not _ours_alone(path.parent) or not path.is_file():
        return None
    try:
        proof, _, text = path.read_text(encoding="utf-8").partition("\n")
        if proof != hashlib.sha256(text.encode()).hexdigest():
            raise ValueError(path.name)
    except (OSError, ValueError):
        path.unlink(missing_ok=True)
        raise ValueError(path.name) from None
    os.utime(path)
    stored = json.loads(text)
    return Checked(**stored | {"findings": tuple(stored["findings"]), "notes": tuple(stored["notes"])})


def _keep(folder: Path, key: str, made: Checked) -> None:
    """Store an answer. That it cannot be written costs time the next time, nothing else."""
    text = json.dumps(asdict(made), ensure_ascii=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours_alone(folder):
            return
        publish.replace_text(folder / f"{key}.json", f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}")
        for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _ours_alone(folder: Path) -> bool:
    """Nobody else may read what names subjects, nor lay an answer there for us to believe."""
    try:
        found = folder.stat()
    except OSError:
        return False
    if os.name != "posix":  # a user's own folder is private there by other means than a mode
        return True
    return found.st_uid == os.getuid() and not found.st_mode & 0o077
