"""`snapshot.json`: what a snapshot says of itself (spec data.md section 1)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMATS = {".csv": "csv", ".xpt": "xpt", ".sas7bdat": "sas7bdat", ".parquet": "parquet",
           ".json": "dataset-json", ".ndjson": "dataset-ndjson"}  # fmt: skip

_HASH, _DAY = r"^[0-9a-f]{64}$", r"^\d{4}-\d{2}-\d{2}$"
_FILE, _DOMAIN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$", r"^[A-Z][A-Z0-9]{1,7}$"
_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
FORMS = {
    _HASH: "64 of the characters 0-9 a-f", _DAY: "a day as 2026-09-30",
    _FILE: "a plain file name of letters, digits, _ . and -", _DOMAIN: "a domain as AE or SUPPAE",
    _ID: "at most 40 letters, digits, _ and -, as S003",
}  # fmt: skip
"""Each pattern in words."""

_Hash = Annotated[str, Field(pattern=_HASH)]
_IsoDay = Annotated[str, Field(pattern=_DAY)]
_Count = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileEntry(_Model):
    """One domain file. `encoding` only where a CSV is not UTF-8."""

    name: Annotated[str, Field(pattern=_FILE)]
    domain: Annotated[str, Field(pattern=_DOMAIN)]
    format: Literal["csv", "xpt", "sas7bdat", "parquet", "dataset-json", "dataset-ndjson"]
    rows: _Count
    columns: _Count
    sha256: _Hash
    bytes: _Count
    encoding: str | None = None


class IgnoredFile(_Model):
    """A file that lies in the folder and is not read; its hash proves which one it was."""

    name: str
    sha256: _Hash
    bytes: _Count


class Manifest(_Model):
    """What is None was not given, and is said to be so wherever it would stand."""

    snapshot_id: Annotated[str, Field(pattern=_ID)]
    study: str
    cutoff_date: _IsoDay
    extracted_at: str | None = None
    synthetic: bool
    files: tuple[FileEntry, ...]
    ignored: tuple[IgnoredFile, ...] = ()
    source_system: dict[str, Any] | None = None
    sdtmig_version: str | None = None
    ct_version: str | None = None
    meddra_version: str | None = None
    ctcae_version: str | None = None
    protocol_version: str | None = None
    previous_snapshot_id: str | None = None
    prepared_by: str | None = None
    notes: str | None = None
