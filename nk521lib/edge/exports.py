"""What a run publishes beside its pack when it is asked for: datasets in Dataset-JSON 1.1, results as ARS, an RO-Crate."""

import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from nk521lib.cut import Cut
from nk521lib.edge.crate import FILE as CRATE
from nk521lib.edge.crate import crate
from nk521lib.edge.provenance import to_json
from nk521lib.edge.publish import write_text
from nk521lib.edge.reporting_event import FILE as EVENT
from nk521lib.edge.reporting_event import reporting_event
from nk521lib.edge.software import version_line
from nk521lib.errors import UsageError

ARS, RO_CRATE, DATASET_JSON = "ars", "ro-crate", "dataset-json"
EXPORTS = (DATASET_JSON, ARS, RO_CRATE)
"""In the order in which they are written: the crate describes the others."""


def check_exports(asked: Collection[str]) -> None:
    unknown = [name for name in asked if name not in EXPORTS]
    if unknown:
        raise UsageError(f"{unknown[0]}: no such export, expected some of {', '.join(EXPORTS)}")


def write_exports(pack: Path, cut: Cut, asked: Collection[str], published: datetime) -> None:
    """From the pack's own files, so that an export says what the pack says. published : when, for the crate alone."""
    if DATASET_JSON in asked:
        for path in sorted((pack / "data").glob("*.parquet")):
            write_text(path.with_suffix(".json"), dataset_json(pq.read_table(path), path.stem, cut))
    if ARS in asked:
        write_text(pack / EVENT, to_json(reporting_event(cut, pq.read_table(pack / "results.parquet").to_pandas())))
    if RO_CRATE in asked:
        write_text(pack / CRATE, to_json(crate(pack, cut, published)))


def dataset_json(table: pa.Table, name: str, cut: Cut) -> str:
    """One analysis dataset as Dataset-JSON 1.1: attributes in the order of the standard, one record a line.

    Dates are ISO text with targetDataType integer (ADaM numeric dates). The creation time is that of the extract (where
    it is not given, the end of the cut-off), so that the same data give the same bytes.
    """
    m, code = cut.manifest, name.upper()
    columns = [_column(code, field) for field in table.schema]
    head = {
        "datasetJSONCreationDateTime": m.extracted_at or f"{m.cutoff_date}T23:59:59Z", "datasetJSONVersion": "1.1.0", "originator": cut.params.trial.title,
        "sourceSystem": {"name": "nk521lib", "version": version_line()}, "studyOID": m.study, "itemGroupOID": f"IG.{code}",
        "records": table.num_rows, "name": code, "label": code, "columns": columns,
    }  # fmt: skip
    values = [[_value(v) for v in table[field.name].to_pylist()] for field in table.schema]
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in zip(*values, strict=True))
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "rows": [\n{rows}\n]}}\n'


def _column(code: str, field: pa.Field) -> dict[str, Any]:
    found = {"itemOID": f"IT.{code}.{field.name}", "name": field.name, "label": field.name, "dataType": "string"}
    kind = field.type
    if pa.types.is_boolean(kind):
        return found | {"dataType": "boolean"}
    if pa.types.is_integer(kind):
        return found | {"dataType": "integer"}
    if pa.types.is_floating(kind):
        return found | {"dataType": "double"}
    if pa.types.is_date(kind):
        return found | {"dataType": "date", "targetDataType": "integer", "displayFormat": "E8601DA."}
    if pa.types.is_timestamp(kind):
        return found | {"dataType": "datetime", "targetDataType": "integer", "displayFormat": "E8601DT."}
    return found


def _value(value: Any) -> Any:
    if value is None or value != value:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if isinstance(value, bool | int | float | str) else str(value)
