"""The result rows as a CDISC Analysis Results Standard (ARS) 1.0 reporting event: one operation result per row.

Class and attribute names are those of the published logical model (ReportingEvent, AnalysisSet, GroupingFactor,
AnalysisMethod, Operation, Analysis, OperationResult, ResultGroup); spec data.md section 8. No statistical analysis plan exists,
so the reason of every analysis is DATA DRIVEN.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from nk521lib.cut import Cut

FILE = "reporting_event.json"
REASON = {"controlledTerm": "DATA DRIVEN"}
_PURPOSE = {
    "safety": "PRIMARY OUTCOME MEASURE",
    "escalation": "PRIMARY OUTCOME MEASURE",
    "efficacy": "SECONDARY OUTCOME MEASURE",
}
_FLAGS = {"SAF": "SAFFL", "SAFETY": "SAFFL", "ITT": "ITTFL", "EFF": "EFFFL", "DLT": "DLTEVFL", "ENROLLED": "ENRLFL"}
_GROUPING = {"GROUP": "Treatment group", "LEVEL": "Dose level"}
_KEYS = ["analysis_id", "chapter", "population", "variable"]


def reporting_event(cut: Cut, results: pd.DataFrame) -> dict[str, Any]:
    """results : rows of results.parquet. Every row becomes one OperationResult with its value at full precision, as text."""
    rows = results.astype({c: "string" for c in _KEYS}).fillna({c: "" for c in _KEYS})
    rows = rows.assign(ANALYSIS=[_analysis_id(key) for key in rows[_KEYS].itertuples(index=False)])
    manifest = cut.manifest
    analyses = [_analysis(name, mine) for name, mine in rows.groupby("ANALYSIS", sort=False)]
    return {
        "id": f"RE.{manifest.snapshot_id}", "version": 1, "name": f"{cut.params.trial.title}, snapshot {manifest.snapshot_id}",
        "mainListOfContents": {"name": "Analyses of this pack", "label": "LOPA", "contentsList": {"listItems": [
            {"name": a["name"], "level": 1, "order": n, "analysisId": a["id"]} for n, a in enumerate(analyses, 1)
        ]}},
        "referenceDocuments": [
            {"id": "RD.SNAPSHOT", "name": f"snapshot.json of {manifest.snapshot_id}, sha256 {cut.manifest_sha256}", "location": "provenance.json"},
            {"id": "RD.PARAMETERS", "name": f"effective parameters, sha256 {cut.params.sha256}", "location": "provenance.json"},
        ],
        "analysisSets": [_set(name, n) for n, name in enumerate(dict.fromkeys(rows["population"]), 1)],
        "analysisGroupings": list(_groupings(rows, ("group1", "group2", "variable"))),
        "methods": [_method(name, mine) for name, mine in rows.groupby("analysis_id", sort=False)],
        "analyses": analyses,
    }  # fmt: skip


def _analysis_id(key: Iterable[str]) -> str:
    return "AN." + ".".join(part.replace(" ", "_") for part in key if part)


def _set(name: str, order: int) -> dict[str, Any]:
    """A population by its flag in ADSL; one without a flag is named only."""
    found: dict[str, Any] = {
        "id": f"AS.{name or 'NONE'}",
        "name": name or "no population",
        "label": name or "no population",
        "level": 1,
        "order": order,
    }
    if name.upper() in _FLAGS:
        found["condition"] = {"dataset": "ADSL", "variable": _FLAGS[name.upper()], "comparator": "EQ", "value": ["Y"]}
    return found


def _groupings(rows: pd.DataFrame, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each factor that rows are grouped by. Its groups are the values that occur, so the results name them and it does not."""
    for factor in dict.fromkeys(factor for column in columns for factor in _factors(rows, column)):
        yield {
            "id": f"GF.{factor}", "name": factor, "label": _GROUPING.get(factor, factor), "groupingVariable": factor, "dataDriven": True,
        }  # fmt: skip


def _method(analysis_id: str, rows: pd.DataFrame) -> dict[str, Any]:
    """The operations that make one kind of result, in the order in which they occur."""
    named = rows[["stat_name", "stat_label"]].drop_duplicates("stat_name").fillna("")
    return {
        "id": f"MT.{analysis_id}", "name": analysis_id, "label": analysis_id, "description": f"result rows {analysis_id} of results.parquet",
        "operations": [{"id": f"MT.{analysis_id}.{name}", "name": name, "label": label or name, "order": n}
                       for n, (name, label) in enumerate(named.itertuples(index=False), 1)],
    }  # fmt: skip


def _analysis(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    first = rows.iloc[0]
    factors = [c for c in ("group1", "group2", "variable") if _factors(rows, c)]
    groupings = dict.fromkeys(f"GF.{value}" for c in factors for value in _factors(rows, c))
    return {
        "id": name, "version": 1, "name": " ".join(part for part in first[_KEYS] if part), "reason": REASON,
        "purpose": {"controlledTerm": _PURPOSE.get(first["chapter"], "EXPLORATORY OUTCOME MEASURE")},
        **({"variable": first["variable"]} if first["variable"] else {}), "analysisSetId": f"AS.{first['population'] or 'NONE'}",
        "orderedGroupings": [{"order": n, "groupingId": factor, "resultsByGroup": True} for n, factor in enumerate(groupings, 1)],
        "methodId": f"MT.{first['analysis_id']}",
        "results": [_result(row) for row in rows.to_dict("records")],
    }  # fmt: skip


def _factors(rows: pd.DataFrame, column: str) -> list[str]:
    named = rows.loc[rows[column].map(_given) & rows[f"{column}_level"].map(_given), column]
    return [str(value) for value in named.unique()]


def _result(row: dict[str, Any]) -> dict[str, Any]:
    """rawValue is left out where the number does not exist; formattedValue says so in words."""
    found: dict[str, Any] = {"operationId": f"MT.{row['analysis_id']}.{row['stat_name']}", "resultGroups": [
        {"groupingId": f"GF.{row[c]}", "groupValue": str(row[f"{c}_level"])}
        for c in ("group1", "group2", "variable") if _given(row[c]) and _given(row[f"{c}_level"])
    ]}  # fmt: skip
    if pd.notna(row["stat"]):
        found["rawValue"] = repr(float(row["stat"]))
    return found | {"formattedValue": row["fmt"]}


def _given(value: object) -> bool:
    return not pd.isna(value) and value != ""
