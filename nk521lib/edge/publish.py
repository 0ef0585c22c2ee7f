"""Put a finished pack in place, or nothing (spec outputs.md section 2).

All work is done in `<out>/.work/<pack>/`, on the file system of the pack itself. The one step that commits is the rename
of that folder to `<out>/.work/<pack>.ready`; whatever is interrupted after it is completed by the next run, whatever is
interrupted before it is thrown away. A pack that is there already is renamed to `<pack>~1`, `~2`, …, never overwritten.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from nk521lib.errors import PublishError
from nk521lib.params import Params

_WORK = ".work"
_STORED = ".cache"
FAILED = ".failed"


def pack_name(snapshot_id: str, params: Params, whole: bool) -> str:
    """The snapshot's id; anything but all chapters (`whole`) with default parameters carries the parameters' hash."""
    plain = whole and not params.non_default and params.scenario is None
    return snapshot_id if plain else f"{snapshot_id}+{params.sha256[:8]}"


@dataclass(frozen=True)
class Place:
    """Where one pack is made and where it will stand."""

    out: Path
    pack: str

    @property
    def target(self) -> Path:
        return self.out / self.pack

    @property
    def staging(self) -> Path:
        """The pack while it is made; what is in here at publish() is what gets published."""
        return self.out / _WORK / self.pack / "pack"

    @property
    def scratch(self) -> Path:
        """Working files of the same run that are not published."""
        return self.out / _WORK / self.pack / "scratch"

    @property
    def failed(self) -> Path:
        """Executed notebooks of a run that failed, kept for inspection until the next failure."""
        return self.out / FAILED / self.pack

    @property
    def stored(self) -> Path:
        """Chapters of earlier runs, shared by all packs of the folder."""
        return self.out / _STORED

    @property
    def _ready(self) -> Path:
        return self.out / _WORK / f"{self.pack}.ready"

    def publish(self) -> Path:
        """Commit the staged pack and put it in place."""
        self.staging.rename(self._ready)
        return self._settle()

    def recover(self) -> bool:
        """Finish what an interrupted run had committed, throw away what it had not. True when a pack was put in place."""
        shutil.rmtree(self.staging.parent, ignore_errors=True)
        if not self._ready.exists():
            return False
        self._settle()
        return True

    def _settle(self) -> Path:
        if self.target.exists():
            self.target.rename(_next_free(self.target))
        self._ready.rename(self.target)
        return self.target


@contextmanager
def claim(out: Path, pack: str) -> Iterator[Place]:
    """Hold a pack's place for one run. A second run to the same place is refused; it may be tried again later.

    Leaves no working file behind, whatever happens inside.
    Raises PublishError: the place is taken, or cannot be written.
    """
    place = Place(out.absolute(), pack)
    with _lock_file(out, pack) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublishError(f"{pack}: another run is publishing it to {out} right now; try again when it has ended") from None  # fmt: skip
        place.recover()
        try:
            place.staging.mkdir(parents=True)
            place.scratch.mkdir()
            yield place
        except OSError as error:
            where = Path(error.filename).name if error.filename else str(out)
            raise PublishError(f"{where}: cannot be written ({error.strerror})") from error
        finally:
            shutil.rmtree(place.staging.parent, ignore_errors=True)


@contextmanager
def one_at_a_time(out: Path, name: str) -> Iterator[None]:
    """Wait for whoever holds this name in the folder, then hold it. Raises PublishError: the folder cannot be written."""
    with _lock_file(out, name) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_file(out: Path, name: str) -> TextIO:
    """Open; a lock on it ends when it is closed."""
    try:
        (out / _WORK).mkdir(parents=True, exist_ok=True)
        return open(out / _WORK / f"{name}.lock", "a")
    except OSError as error:
        raise PublishError(f"{out}: cannot be written ({error.strerror})") from None


def keep_for_inspection(place: Place, files: dict[str, str]) -> Path:
    """Write the notebooks of a failed run beside the packs, in place of those of the failure before."""
    shutil.rmtree(place.failed, ignore_errors=True)
    place.failed.mkdir(parents=True)
    for name, text in files.items():
        (place.failed / name).write_text(text, encoding="utf-8")
    return place.failed


def write_text(path: Path, text: str) -> None:
    """UTF-8 with line feeds on every system, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def replace_text(path: Path, text: str) -> None:
    """As write_text, but whoever reads the file meanwhile sees the old or the new one, never a part."""
    draft = path.with_name(f"{path.name}.draft")
    write_text(draft, text)
    draft.replace(path)


def superseded_by(pack: Path) -> str:
    """The newer pack of the same snapshot beside this one, if this is a renamed older one."""
    name, tilde, number = pack.name.rpartition("~")
    if not tilde or not number.isdigit():
        return ""
    later = [path.name for path in _asides(pack.parent / name) if int(path.name.rpartition("~")[2]) > int(number)]
    return name if (pack.parent / name).exists() else (later[-1] if later else "")


def _asides(target: Path) -> list[Path]:
    """`target~1`, `target~2`, … that exist, in order."""
    found = [p for p in target.parent.glob(f"{target.name}~*") if p.name.rpartition("~")[2].isdigit()]
    return sorted(found, key=lambda path: int(path.name.rpartition("~")[2]))


def _next_free(target: Path) -> Path:
    asides = _asides(target)
    number = int(asides[-1].name.rpartition("~")[2]) + 1 if asides else 1
    return target.with_name(f"{target.name}~{number}")


def total_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not os.path.islink(file))
