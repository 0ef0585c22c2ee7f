"""One extract as files: most domains CSV, some in the other formats a snapshot may use, the same bytes every time."""

import json
from pathlib import Path

import pandas as pd

from nk521lib.edge.demo_trial.frames import STUDY
from nk521lib.schemas import DOMAINS, kind

FORMAT = {"VS": "xpt", "LB": "parquet", "EG": "parquet", "QS": "json"}
"""Everything else, and every domain of a trial too small for Parquet to pay, is CSV."""

LARGE = 20_000
"""Rows from which a domain is written as Parquet whatever FORMAT says."""

XPT_CLOCK = b"01JAN26:00:00:00"
"""pyreadstat stamps the hour of writing into the header; the demo must not change from hour to hour."""


def write_domain(folder: Path, code: str, frame: pd.DataFrame, stamp: str) -> Path:
    """Write one domain in its format; `stamp` is the ISO moment of extraction."""
    form = "parquet" if len(frame) > LARGE else FORMAT.get(code, "csv")
    path = folder / f"{code.lower()}.{form}"
    {"csv": _csv, "parquet": _parquet, "xpt": write_xpt, "json": _dataset_json}[form](path, code, frame, stamp)
    return path


def _csv(path: Path, code: str, frame: pd.DataFrame, stamp: str) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _parquet(path: Path, code: str, frame: pd.DataFrame, stamp: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def write_xpt(path: Path, code: str, frame: pd.DataFrame, stamp: str) -> None:
    import pyreadstat

    numeric = [c for c in frame if kind(c) in ("whole", "number")]
    plain = frame.astype({c: float if c in numeric else object for c in frame})
    plain = plain.where(plain.notna(), None).astype(dict.fromkeys(numeric, float))
    pyreadstat.write_xport(plain, path, file_label="SYNTHETIC", table_name=code, file_format_version=5)
    data = bytearray(path.read_bytes())
    # Created and modified: 16 bytes each, in the library header and in the member header (SAS TS-140).
    for at in _clocks(data):
        data[at : at + 16] = XPT_CLOCK
    path.write_bytes(data)


def _clocks(data: bytes) -> list[int]:
    record = 80
    member = data.index(b"HEADER RECORD*******DSCRPTR")
    return [record + 64, 2 * record, member + record + 64, member + 2 * record]


def _dataset_json(path: Path, code: str, frame: pd.DataFrame, stamp: str) -> None:
    """Dataset-JSON 1.1, attributes in the order of the standard, one row a line."""
    types = {"whole": "integer", "number": "float", "date": "string", "text": "string"}
    head = {
        "datasetJSONCreationDateTime": stamp, "datasetJSONVersion": "1.1.0", "originator": "NK521 workbook, SYNTHETIC",
        "sourceSystem": {"name": "nk521 demo", "version": "1"}, "studyOID": STUDY, "itemGroupOID": f"IG.{code}",
        "records": len(frame), "name": code, "label": DOMAINS[code].label,
        "columns": [{"itemOID": f"IT.{code}.{c}", "name": c, "label": c, "dataType": types[kind(c)]} for c in frame],
    }  # fmt: skip
    plain = frame.astype(object).where(frame.notna(), None)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in plain.values.tolist())
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "rows": [\n{rows}\n]}}\n'
    path.write_text(text, encoding="utf-8")
