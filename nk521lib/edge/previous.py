"""The snapshot before this one: named on the command line, or found beside it by previous_snapshot_id."""

from pathlib import Path

from nk521lib.edge.manifest_file import MANIFEST, read_manifest
from nk521lib.errors import SnapshotRejected
from nk521lib.manifest import Manifest


def find_previous(folder: Path, manifest: Manifest) -> tuple[Path | None, str]:
    """The folder of the previous snapshot beside `folder`, or why there is none to compare with.

    Both are empty where the manifest names none. A folder of that name comes first, then any whose manifest has that id.
    """
    wanted = manifest.previous_snapshot_id
    if not wanted:
        return None, ""
    beside = folder.absolute().parent
    named = [beside / wanted] if Path(wanted).name == wanted else []
    try:
        others = sorted(path for path in beside.iterdir() if path not in named and path != folder.absolute())
    except OSError:
        others = []
    for path in (*named, *others):
        if (path / MANIFEST).is_file() and not path.is_symlink() and _id(path) == wanted:
            return path, ""
    return (
        None,
        f"previous snapshot {wanted} is not beside this one: nothing was compared with it (--previous DIR names it)",
    )


def unfit(manifest: Manifest, before: Manifest) -> str:
    """Why `before` cannot be the snapshot before this one; empty when it can."""
    if before.study != manifest.study:
        return f"snapshot {before.snapshot_id} is of study {before.study}, this one of {manifest.study}"
    if before.snapshot_id == manifest.snapshot_id:
        return f"snapshot {before.snapshot_id} is this one"
    if before.cutoff_date > manifest.cutoff_date:
        return f"snapshot {before.snapshot_id} has the later cut-off, {before.cutoff_date}; this one {manifest.cutoff_date}"
    return ""


def _id(folder: Path) -> str:
    try:
        return read_manifest(folder)[0].snapshot_id
    except SnapshotRejected:
        return ""
