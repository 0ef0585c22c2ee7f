"""Which folder and which file of answers a command means. Nothing heavy is imported here."""

from pathlib import Path

from nk521lib.edge.paths import DEMO
from nk521lib.errors import SnapshotRejected, UsageError

DISPOSITIONS = "dispositions.csv"
_DEMO_PREFIX = "demo:"


def find_snapshot(snapshot: str | Path) -> Path:
    """The folder that is meant."""
    text = str(snapshot)
    if text.startswith(_DEMO_PREFIX):
        name = text.removeprefix(_DEMO_PREFIX)
        known = sorted(path.name for path in DEMO.iterdir() if path.is_dir()) if DEMO.is_dir() else []
        if name not in known:
            raise UsageError(
                f"{text}: no such demo snapshot, expected {', '.join(f'demo:{k}' for k in known) or 'none'}"
            )
        return DEMO / name
    folder = Path(text)
    if not folder.is_dir():
        raise SnapshotRejected(f"NKD-001 {text}: no such folder")
    return folder


def find_dispositions(snapshot: str, given: Path | None) -> Path | None:
    """The file that was named, else the one beside the snapshot's folder, else none. Raises UsageError: named, not there."""
    if given is not None:
        if not given.is_file():
            raise UsageError(f"--dispositions {given}: no such file")
        return given
    if snapshot.startswith("demo:"):
        return None
    beside = Path(snapshot).absolute().parent / DISPOSITIONS
    return beside if beside.is_file() else None
