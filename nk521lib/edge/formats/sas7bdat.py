"""SAS7BDAT data sets."""

from pathlib import Path

import pyarrow as pa
import pyreadstat

from nk521lib.edge.formats import _readstat


def read(path: Path, encoding: str | None) -> pa.Table:
    return _readstat.read(path, encoding, pyreadstat.read_sas7bdat, "SAS7BDAT")
