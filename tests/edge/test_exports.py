"""Exports say what the pack says, in the shapes of the published models (data.md sections 7 and 8)."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nk521lib.edge import provenance, software
from nk521lib.edge.crate import FILE as CRATE
from nk521lib.edge.crate import crate
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


def test_a_dataset_keeps_what_dataset_json_1_1_demands(pack):
    """Required attributes, the allowed ones, patterns and terms of the model of version 1.1."""
    head = json.loads((pack[0] / "data" / "adtte.json").read_text(encoding="utf-8"))
    needed = {
        "datasetJSONCreationDateTime",
        "datasetJSONVersion",
        "itemGroupOID",
        "records",
        "name",
        "label",
        "columns",
    }
    allowed = {"fileOID", "dbLastModifiedDateTime", "originator", "sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef",
               "isReferenceData", "rows"}  # fmt: skip
    assert needed <= set(head) <= needed | allowed
    assert re.fullmatch(
        r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d(:[0-5]\d(\.\d+)?)?([+-]\d\d:[0-5]\d|Z)?",
        head["datasetJSONCreationDateTime"],
    )
    assert re.fullmatch(r"1\.1(\.\d+)?", head["datasetJSONVersion"]) and {"name", "version"} == set(
        head["sourceSystem"]
    )
    oids = [column["itemOID"] for column in head["columns"]]
    assert len(oids) == len(set(oids))
    for column in head["columns"]:
        assert {"itemOID", "name", "label", "dataType"} <= set(column) <= {"itemOID", "name", "label", "dataType", "targetDataType", "length", "displayFormat", "keySequence"}  # fmt: skip
        assert column["dataType"] in {
            "string",
            "integer",
            "decimal",
            "float",
            "double",
            "boolean",
            "datetime",
            "date",
            "time",
            "URI",
        }
        assert column.get("targetDataType", "integer") in {"integer", "decimal"}
        assert ("targetDataType" in column) <= (column["dataType"] in {"decimal", "date", "datetime", "time"})
    assert all(len(row) == len(head["columns"]) for row in head["rows"])


def test_a_dataset_without_records_is_one(make_cut):
    empty = pa.table({"USUBJID": pa.array([], pa.string())})
    said = json.loads(dataset_json(empty, "adae", make_cut(DM=[{"USUBJID": "S1"}])))
    assert said["records"] == 0 and said["rows"] == []


def test_a_dataset_of_an_extract_without_its_moment_is_dated_by_the_cut_off(make_cut):
    cut = make_cut(DM=[{"USUBJID": "S1"}])
    silent = replace(cut, manifest=cut.manifest.model_copy(update={"extracted_at": None}))
    said = json.loads(dataset_json(pa.table({"USUBJID": ["S1"]}), "adae", silent))
    assert said["datasetJSONCreationDateTime"] == "2026-09-30T23:59:59Z"


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


#   class of the ARS 1.0 logical model   slots with cardinality 1, and those that it may have besides
ARS = {
    "ReportingEvent": ("id name mainListOfContents", "version label description otherListsOfContents referenceDocuments terminologyExtensions "
                       "analysisOutputCategorizations analysisSets analysisGroupings dataSubsets methods analyses globalDisplaySections outputs"),
    "ListOfContents": ("name contentsList", "label description"),
    "OrderedListItem": ("name level order", "label description sublist analysisId outputId"),
    "ReferenceDocument": ("id name", "label description location"),
    "AnalysisSet": ("id name", "label description level order condition compoundExpression"),
    "WhereClauseCondition": ("", "dataset variable comparator value"),
    "GroupingFactor": ("id name dataDriven", "label description groupingDataset groupingVariable groups"),
    "AnalysisMethod": ("id name operations", "label description documentRefs codeTemplate"),
    "Operation": ("id name order", "label description referencedOperationRelationships resultPattern"),
    "Analysis": ("id name reason purpose methodId", "version label description categoryIds documentRefs analysisSetId dataSubsetId dataset "
                 "variable orderedGroupings referencedAnalysisOperations programmingCode results"),
    "OrderedGroupingFactor": ("order groupingId resultsByGroup", ""),
    "OperationResult": ("operationId", "resultGroups rawValue formattedValue"),
    "ResultGroup": ("groupingId", "groupId groupValue"),
}  # fmt: skip


def ars_objects(event):
    """(class, object) of everything in a reporting event."""
    yield "ReportingEvent", event
    yield "ListOfContents", event["mainListOfContents"]
    yield from (("OrderedListItem", item) for item in event["mainListOfContents"]["contentsList"]["listItems"])
    yield from (("ReferenceDocument", one) for one in event["referenceDocuments"])
    yield from (("GroupingFactor", one) for one in event["analysisGroupings"])
    for one in event["analysisSets"]:
        yield "AnalysisSet", one
        yield from [("WhereClauseCondition", one["condition"])] if "condition" in one else []
    for method in event["methods"]:
        yield "AnalysisMethod", method
        yield from (("Operation", one) for one in method["operations"])
    for analysis in event["analyses"]:
        yield "Analysis", analysis
        yield from (("OrderedGroupingFactor", one) for one in analysis["orderedGroupings"])
        for result in analysis["results"]:
            yield "OperationResult", result
            yield from (("ResultGroup", one) for one in result["resultGroups"])


def test_every_class_of_the_reporting_event_has_its_required_slots_and_no_other(pack):
    event = json.loads((pack[0] / EVENT).read_text(encoding="utf-8"))
    seen = set()
    for kind, one in ars_objects(event):
        needed, allowed = (set(words.split()) for words in ARS[kind])
        assert needed <= set(one) <= needed | allowed, (kind, one)
        assert all(value is not None for value in one.values()), (kind, one)
        seen.add(kind)
    assert seen == set(ARS)


def test_the_reporting_event_uses_the_terms_of_the_model(pack):
    event = json.loads((pack[0] / EVENT).read_text(encoding="utf-8"))
    reasons = {"SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY"}
    purposes = {f"{kind} OUTCOME MEASURE" for kind in ("PRIMARY", "SECONDARY", "EXPLORATORY")}
    for analysis in event["analyses"]:
        assert analysis["reason"]["controlledTerm"] in reasons and analysis["purpose"]["controlledTerm"] in purposes
    assert all(s["condition"]["comparator"] in {"EQ", "NE", "GT", "GE", "LT", "LE", "IN", "NOTIN"} for s in event["analysisSets"] if "condition" in s)  # fmt: skip


def test_the_reporting_event_refers_only_to_what_it_holds(pack):
    event = json.loads((pack[0] / EVENT).read_text(encoding="utf-8"))
    sets, methods, factors = ({one["id"] for one in event[name]} for name in ("analysisSets", "methods", "analysisGroupings"))  # fmt: skip
    operations = {m["id"]: {o["id"] for o in m["operations"]} for m in event["methods"]}
    ids = [one["id"] for kind, one in ars_objects(event) if "id" in one]
    assert len(ids) == len(set(ids)), "an id names one thing"
    analyses = [a["id"] for a in event["analyses"]]
    assert [i["analysisId"] for i in event["mainListOfContents"]["contentsList"]["listItems"]] == analyses
    assert not any("groups" in factor for factor in event["analysisGroupings"] if factor["dataDriven"])
    for analysis in event["analyses"]:
        assert analysis["analysisSetId"] in sets and analysis["methodId"] in methods
        grouped = {g["groupingId"] for g in analysis["orderedGroupings"]}
        assert grouped <= factors
        for result in analysis["results"]:
            assert result["operationId"] in operations[analysis["methodId"]]
            assert {group["groupingId"] for group in result["resultGroups"]} <= grouped
            assert all(group["groupValue"] for group in result["resultGroups"])
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
    assert graph["results.parquet"]["sha256"] == software.sha256_of(folder / "results.parquet")
    action = graph["#run"]
    assert action["@type"] == "CreateAction" and {r["@id"] for r in action["result"]} == parts

    def references(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else [x for v in value.values() for x in references(v)]
        elif isinstance(value, list):
            yield from (x for v in value for x in references(v))

    inside = {ref for entity in said["@graph"] for ref in references(entity) if not ref.startswith("https:")}
    assert inside <= set(graph), "a reference without its entity"


def test_the_crate_is_flat_json_ld_and_every_name_in_it_is_an_address(pack, make_cut):
    """MUSTs of RO-Crate 1.2: entities with @id and @type, none nested; files by encoded relative addresses, reached from the root."""
    folder, cut = pack
    (folder / "a b #1.csv").write_text("x\n")
    said = crate(folder, cut, AT)
    assert set(said) == {"@context", "@graph"}
    for entity in said["@graph"]:
        assert isinstance(entity["@id"], str) and entity["@type"]
        values = [v for value in entity.values() for v in (value if isinstance(value, list) else [value])]
        assert all(isinstance(v, str | int | float) or set(v) == {"@id"} for v in values), entity["@id"]
    files = [entity["@id"] for entity in said["@graph"] if entity["@type"] == "File"]
    root = next(entity for entity in said["@graph"] if entity["@id"] == "./")
    assert {part["@id"] for part in root["hasPart"]} == set(files) and "a%20b%20%231.csv" in files
    assert not [name for name in files if name.startswith(("/", "..", "file:")) or re.search(r"[\s\\\\]", name)]
    assert date.fromisoformat(root["datePublished"]) == AT.date() and root["license"]["@id"] in {
        e["@id"] for e in said["@graph"]
    }


def test_an_unknown_export_is_refused():
    with pytest.raises(UsageError, match="no such export"):
        check_exports(["pdf"])
