"""Apache Parquet. A flipped byte is only noticed where pages carry checksums; the manifest's sha256 covers the rest."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from nk521lib.errors import SnapshotRejected


def read(path: Path, encoding: str | None) -> pa.Table:
    """The file's own columns; what pandas notes in the metadata (an index, its dtypes) is not believed."""
    if encoding:
        raise SnapshotRejected(f"{path.name}: Parquet text is UTF-8, the manifest may not declare an encoding")
    try:
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read(use_threads=True)
        table.validate(full=True)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise SnapshotRejected(f"{path.name}: not readable as Parquet ({str(error).splitlines()[0]})") from None
    return table.replace_schema_metadata(None)
