"""Exports say what the pack says, in the shapes of the published models (data.md sections 7 and 8)."""

import json
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nk521lib.edge import provenance
from nk521lib.edge.crate import FILE as CRATE
from nk521lib.edge.exports import EXPORTS, check_exports, dataset_json, write_exports
from nk521lib.edge.formats import read_table
from nk521lib.edge.reporting_event import FILE as EVENT
from nk521lib.errors import UsageError
from nk521lib.results import Column, Number, fraction, to_frame

AT = datetime(2026, 10, 6, 12, tzinfo=UTC)
FRAME = pd.DataFrame({
    "USUBJID": pd.array(["S1", "S2"], dtype="string"), "ADT": pd.array([pd.Timestamp("2026-07-01"), pd.NaT], dtype="datetime64[s]"),
    "AVAL": pd.array([0.1 + 0.2, None], dtype="Float64"), "CNSR": pd.array([0, None], dtype="Int64"), "TERM": pd.array(['发热 "$x_{', None], dtype="string"),
})  # fmt: skip


def numbers():
    column = Column("A", ("S1", "S2"), "A", "1")
    where = dict(chapter="safety", population="SAF", variable="AE", variable_level="ANY")
    median = Number("km_os", "efficacy", "ITT", "median", None, "NE", ("S1",), group1="GROUP", group1_level="A")
    return [
        *fraction(column, {"S1"}, analysis_id="ae_overview", **where),
        median,
        Number("recount", "recount", "", "n", 3.0, "3"),
    ]


@pytest.fixture
def pack(tmp_path, make_cut):
    cut = make_cut(DM=[{"USUBJID": "S1"}])
    (tmp_path / "data").mkdir()
    from nk521lib.edge.datasets import to_table

    pq.write_table(to_table(FRAME, "adtte"), tmp_path / "data" / "adtte.parquet")
    to_frame(numbers()).to_parquet(tmp_path / "results.parquet")
    write_exports(tmp_path, cut, EXPORTS, AT)
    return tmp_path, cut


def test_a_dataset_reads_back_as_it_was(pack):
    folder, _ = pack
    path = folder / "data" / "adtte.json"
    head = json.loads(path.read_text(encoding="utf-8"))
    order = ["datasetJSONCreationDateTime", "datasetJSONVersion", "originator", "sourceSystem", "studyOID", "itemGroupOID", "records",
             "name", "label", "columns", "rows"]  # fmt: skip
    assert list(head) == order and head["records"] == len(head["rows"]) == 2
    types = {c["name"]: (c["dataType"], c.get("targetDataType")) for c in head["columns"]}
    assert (
        types["ADT"] == ("date", "integer") and types["AVAL"] == ("double", None) and types["CNSR"] == ("integer", None)
    )
    table = read_table(path, "dataset-json", None).to_pydict()
    assert (
        table["ADT"] == ["2026-07-01", None]
        and table["AVAL"] == [0.1 + 0.2, None]
        and table["TERM"] == ['发热 "$x_{', None]
    )


def test_a_dataset_without_records_is_one(make_cut):
    empty = pa.table({"USUBJID": pa.array([], pa.string())})
    said = json.loads(dataset_json(empty, "adae", make_cut(DM=[{"USUBJID": "S1"}])))
    assert said["records"] == 0 and said["rows"] == []


def test_every_result_row_is_one_operation_result_at_full_precision(pack):
    event = json.loads((pack[0] / EVENT).read_text(encoding="utf-8"))
    found = [
        (r["operationId"].rpartition(".")[2], r.get("rawValue"), r["formattedValue"])
        for a in event["analyses"]
        for r in a["results"]
    ]
    assert sorted(found, key=str) == sorted(
        ((n.stat_name, None if n.stat is None else repr(n.stat), n.fmt) for n in numbers()), key=str
    )
    overview = next(a for a in event["analyses"] if a["methodId"] == "MT.ae_overview")
    assert overview["results"][0]["resultGroups"] == [
        {"groupingId": "GF.GROUP", "groupValue": "A"}, {"groupingId": "GF.LEVEL", "groupValue": "1"}, {"groupingId": "GF.AE", "groupValue": "ANY"},
    ]  # fmt: skip
    assert overview["reason"] == {"controlledTerm": "DATA DRIVEN"} and overview["purpose"] == {
        "controlledTerm": "PRIMARY OUTCOME MEASURE"
    }


def test_the_reporting_event_refers_only_to_what_it_holds(pack):
    """Attributes and references of the ARS 1.0 logical model."""
    event = json.loads((pack[0] / EVENT).read_text(encoding="utf-8"))
    assert set(event) <= {"id", "version", "name", "label", "description", "mainListOfContents", "otherListsOfContents", "referenceDocuments", "terminologyExtensions",
                          "analysisOutputCategorizations", "analysisSets", "analysisGroupings", "dataSubsets", "methods", "analyses",
                          "globalDisplaySections", "outputs"}  # fmt: skip
    sets, methods = ({one["id"] for one in event[name]} for name in ("analysisSets", "methods"))
    groupings = {g["id"]: {x["label"] for x in g["groups"]} for g in event["analysisGroupings"]}
    operations = {o["id"] for m in event["methods"] for o in m["operations"]}
    ids = [a["id"] for a in event["analyses"]]
    assert (
        len(ids) == len(set(ids))
        and [i["analysisId"] for i in event["mainListOfContents"]["contentsList"]["listItems"]] == ids
    )
    for analysis in event["analyses"]:
        assert analysis["analysisSetId"] in sets and analysis["methodId"] in methods
        assert {g["groupingId"] for g in analysis["orderedGroupings"]} <= set(groupings)
        for result in analysis["results"]:
            assert result["operationId"] in operations
            assert all(group["groupValue"] in groupings[group["groupingId"]] for group in result["resultGroups"])
    saf = next(s for s in event["analysisSets"] if s["id"] == "AS.SAF")
    assert saf["condition"] == {"dataset": "ADSL", "variable": "SAFFL", "comparator": "EQ", "value": ["Y"]}


def test_the_crate_has_what_ro_crate_asks_of_it(pack):
    folder, _ = pack
    said = json.loads((folder / CRATE).read_text(encoding="utf-8"))
    graph = {entity["@id"]: entity for entity in said["@graph"]}
    assert said["@context"] == "https://w3id.org/ro/crate/1.2/context" and len(graph) == len(said["@graph"])
    descriptor, root = graph[CRATE], graph["./"]
    assert descriptor["@type"] == "CreativeWork" and descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    assert root["@type"] == "Dataset" and root["datePublished"] == "2026-10-06" and "SYNTHETIC" in root["description"]
    assert {"name", "description", "license"} <= set(root)
    parts = {part["@id"] for part in root["hasPart"]}
    assert parts == {"data/adtte.parquet", "data/adtte.json", "results.parquet", EVENT, provenance.FILE}
    assert graph["results.parquet"]["sha256"] == provenance.sha256_of(folder / "results.parquet")
    action = graph["#run"]
    assert action["@type"] == "CreateAction" and {r["@id"] for r in action["result"]} == parts

    def references(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else [x for v in value.values() for x in references(v)]
        elif isinstance(value, list):
            yield from (x for v in value for x in references(v))

    inside = {ref for entity in said["@graph"] for ref in references(entity) if not ref.startswith("https:")}
    assert inside <= set(graph), "a reference without its entity"


def test_an_unknown_export_is_refused():
    with pytest.raises(UsageError, match="no such export"):
        check_exports(["pdf"])
