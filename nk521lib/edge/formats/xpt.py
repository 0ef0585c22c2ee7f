"""SAS transport files, version 5 and 8. A file cut short loads without an error: the manifest's row count tells."""

from pathlib import Path

import pyarrow as pa
import pyreadstat

from nk521lib.edge.formats import _readstat
from nk521lib.errors import SnapshotRejected

_RECORD = 80


def read(path: Path, encoding: str | None) -> pa.Table:
    if path.stat().st_size % _RECORD:
        raise SnapshotRejected(f"{path.name}: cut short, an XPT file is a whole number of {_RECORD}-byte records")
    return _readstat.read(path, encoding, pyreadstat.read_xport, "SAS XPT")
