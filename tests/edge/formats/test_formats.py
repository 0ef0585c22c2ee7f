"""The same content in every format gives the same typed frame; a file cut short in any format is caught."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nk521lib.edge.formats import _json_rows, _json_stream, read_table, sas7bdat, xpt
from nk521lib.edge.typed import to_frame
from nk521lib.errors import SnapshotRejected

COLUMNS = ["STUDYID", "DOMAIN", "USUBJID", "LBSEQ", "LBTESTCD", "LBORRES", "LBSTRESN", "LBDTC"]
ROWS = [
    ["NK521", "LB", "NK521-01-001", 1, "ALT", "31", 31.0, "2026-08-03T07:30"],
    ["NK521", "LB", "NK521-01-001", 2, "CREAT", "<0.05", None, "2026-08"],
    ["NK521", "LB", "NK521-01-002", 1, "HGB", "NA", 101.5, None],
]
FORMATS = {"lb.csv": "csv", "lb.xpt": "xpt", "lb8.xpt": "xpt", "lb.parquet": "parquet",
           "lb.json": "dataset-json", "lb.ndjson": "dataset-ndjson", "lb.sas7bdat": "sas7bdat"}  # fmt: skip
SAS7BDAT = Path(__file__).resolve().parents[2] / "golden" / "formats" / "lb.sas"
"""ROWS, written by make_sas7bdat.R beside it; nothing in Python writes the format."""


def write_csv(path):
    lines = [
        ",".join(COLUMNS),
        *(",".join("" if v is None else f"{v:g}" if isinstance(v, float) else str(v) for v in row) for row in ROWS),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_xpt(path):
    frame = pd.DataFrame(
        [["" if v is None and c != "LBSTRESN" else v for c, v in zip(COLUMNS, row, strict=True)] for row in ROWS],
        columns=COLUMNS,
    )
    pyreadstat.write_xport(
        frame.astype({"LBSTRESN": float}), str(path), file_format_version=8 if path.stem.endswith("8") else 5
    )


def write_parquet(path):
    columns = [pa.array(list(values)) for values in zip(*ROWS, strict=True)]
    pq.write_table(pa.Table.from_arrays(columns, names=COLUMNS), path)


def dataset_json():
    types = {"LBSEQ": "integer", "LBSTRESN": "double", "LBDTC": "datetime"}
    columns = [{"itemOID": f"IT.LB.{c}", "name": c, "label": c, "dataType": types.get(c, "string")} for c in COLUMNS]
    return {"datasetJSONCreationDateTime": "2026-10-01T00:00:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.LB",
            "records": len(ROWS), "name": "LB", "label": "Laboratory", "columns": columns}  # fmt: skip


def write_json(path):
    head = dataset_json()
    if path.suffix == ".json":
        path.write_text(json.dumps(head | {"rows": ROWS}), encoding="utf-8")
    else:
        path.write_text("\n".join(json.dumps(line) for line in (head, *ROWS)) + "\n", encoding="utf-8")


def copy_sas7bdat(path):
    shutil.copyfile(SAS7BDAT, path)


WRITERS = {
    ".sas7bdat": copy_sas7bdat,
    ".csv": write_csv,
    ".xpt": write_xpt,
    ".parquet": write_parquet,
    ".json": write_json,
    ".ndjson": write_json,
}


@pytest.fixture
def written(tmp_path):
    def written(name):
        path = tmp_path / name
        WRITERS[path.suffix](path)
        return path

    return written


@pytest.mark.parametrize("name", FORMATS)
def test_same_content_gives_the_same_typed_frame(written, name):
    expected = to_frame("lb.csv", read_table(written("lb.csv"), "csv"), "LB").frame
    found = to_frame(name, read_table(written(name), FORMATS[name]), "LB")
    pd.testing.assert_frame_equal(found.frame, expected)
    assert found.faults == []


def test_the_typed_frame_is_what_was_written(written):
    frame = to_frame("lb.csv", read_table(written("lb.csv"), "csv"), "LB").frame
    assert frame["LBORRES"].tolist() == ["31", "<0.05", "NA"]
    assert frame["LBSTRESN"].tolist() == [31.0, pd.NA, 101.5]
    assert frame["LBDTC"].tolist() == ["2026-08-03T07:30", "2026-08", pd.NA]
    assert str(frame["LBSEQ"].dtype) == "Int64"
    assert str(frame["LBSTRESN"].dtype) == "Float64"
    assert frame["LBTEST"].isna().all()  # of the contract, not in the file


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("name", [n for n in FORMATS if "csv" not in n])
def test_a_file_cut_short_is_refused_or_has_fewer_rows_than_the_manifest_says(written, name, share):
    path = written(name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    try:
        table = read_table(path, FORMATS[name])
    except SnapshotRejected as error:
        assert all(problem.startswith(name) for problem in error.problems)
    else:
        assert table.num_rows < len(ROWS)  # the manifest's row count then refuses it


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_file_is_refused(tmp_path, name):
    with pytest.raises(SnapshotRejected, match=name):
        read_table(tmp_path / name, FORMATS[name])


@pytest.mark.parametrize("name", ["lb.xpt", "lb.parquet", "lb.json", "lb.ndjson", "lb.sas7bdat"])
def test_rubbish_is_refused_by_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"rubbish " * 20)
    with pytest.raises(SnapshotRejected, match=name):
        read_table(path, FORMATS[name])


def test_a_column_that_an_xpt_file_names_twice_is_refused(tmp_path):
    path = tmp_path / "ae.xpt"
    pyreadstat.write_xport(pd.DataFrame({"AETERM": ["x"], "AELOCX": ["y"]}), str(path), file_format_version=5)
    path.write_bytes(path.read_bytes().replace(b"AELOCX", b"AETERM"))
    with pytest.raises(SnapshotRejected, match=r"ae\.xpt: not readable as SAS XPT \(column 'AETERM' is duplicated\)"):
        read_table(path, "xpt")


def test_xpt_of_two_data_sets_is_refused(tmp_path):
    path = tmp_path / "ae.xpt"
    pyreadstat.write_xport(pd.DataFrame({"AETERM": ["x"] * 7}), str(path), file_format_version=5)
    path.write_bytes(path.read_bytes() + path.read_bytes()[3 * 80 :])
    with pytest.raises(SnapshotRejected, match=r"ae\.xpt: holds more than one data set, expected one in a file"):
        read_table(path, "xpt")


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("part", [1, 20, 50, 1 << 20])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the size of a part is the same for all
@given(values=st.lists(st.sampled_from(["", "x", "fever"]), max_size=30), number=st.booleans())
def test_xpt_read_in_parts_is_what_it_is_at_once(tmp_path_factory, monkeypatch, version, part, values, number):
    """Blank records are padding at the end of a file only, wherever a part ends."""
    monkeypatch.setattr(xpt, "_PART", part)
    path = tmp_path_factory.mktemp("xpt") / "ae.xpt"
    frame = pd.DataFrame({"AETERM": pd.Series(values, dtype="str"), "AELOC": pd.Series(values[::-1], dtype="str")})
    frame = frame.assign(AESEQ=np.arange(len(values)) / 7) if number else frame
    pyreadstat.write_xport(frame, str(path), file_format_version=version)
    whole, meta = pyreadstat.read_xport(str(path), output_format="dict")
    assert read_table(path, "xpt").to_pydict() == {name: whole[name] for name in meta.column_names}


def test_sas7bdat_read_a_column_at_a_time_is_what_it_is_at_once(written, monkeypatch):
    whole = read_table(written("lb.sas7bdat"), "sas7bdat")
    monkeypatch.setattr(sas7bdat, "_SHARE", 0)
    assert read_table(written("lb.sas7bdat"), "sas7bdat") == whole


@pytest.mark.parametrize(
    "values, kind",
    [(pa.array([True]), "bool"), (pa.array([1], pa.date32()), "date32"), (pa.array([1], pa.timestamp("s")), "timestamp"),
     (pa.array([[1]]), "list")],
)  # fmt: skip
def test_parquet_dates_truth_values_and_lists_are_refused(tmp_path, values, kind):
    path = tmp_path / "lb.parquet"
    pq.write_table(pa.table({"LBDTC": values}), path)
    with pytest.raises(SnapshotRejected, match=f"column LBDTC is of type {kind}"):
        read_table(path, "parquet")


def test_parquet_of_pandas_with_categories_and_missing_numbers(tmp_path):
    path = tmp_path / "lb.parquet"
    pd.DataFrame({"LBTESTCD": pd.Categorical(["ALT", None]), "LBSTRESN": [1.5, np.nan]}).to_parquet(path)
    assert read_table(path, "parquet").to_pydict() == {"LBTESTCD": ["ALT", None], "LBSTRESN": [1.5, None]}


#              change to the metadata or rows                           what the message says
BAD_JSON = [
    (lambda j: j.update(datasetJSONVersion="1.0.0"), "datasetJSONVersion is '1.0.0', expected 1.1"),
    (lambda j: j.update(records=99), "records is 99, the file holds 3 rows"),
    (lambda j: j.pop("records"), "records is None"),
    (lambda j: j.update(columns=[]), "no columns are declared"),
    (lambda j: j["columns"][3].update(dataType="whole"), "column LBSEQ has dataType 'whole'"),
    (lambda j: j["columns"][0].pop("name"), "column 1 has no name"),
    (lambda j: j["rows"][1].pop(), "row 2: 7 values, expected 8"),
    (lambda j: j["rows"][0].__setitem__(3, "1"), "row 1: LBSEQ is '1', expected dataType integer"),
    (lambda j: j["rows"][2].__setitem__(3, True), "row 3: LBSEQ is True, expected dataType integer"),
    (lambda j: j["rows"][2].__setitem__(4, 5), "row 3: LBTESTCD is 5, expected dataType string"),
    (lambda j: j["rows"][2].__setitem__(3, 10**400), "row 3: LBSEQ is beyond any double, expected dataType integer"),
]


@pytest.mark.parametrize("change, message", BAD_JSON)
def test_dataset_json_that_contradicts_itself_is_refused(tmp_path, change, message):
    content = json.loads(json.dumps(dataset_json() | {"rows": ROWS}))
    change(content)
    path = tmp_path / "lb.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SnapshotRejected) as refused:
        read_table(path, "dataset-json")
    assert message in refused.value.problems[0]


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": NaN}', "[1, 2]", '"text"', "[" * 100_000, ""])
def test_json_with_doubled_names_constants_or_another_shape_is_refused(tmp_path, text):
    path = tmp_path / "lb.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotRejected, match=r"lb\.json"):
        read_table(path, "dataset-json")


def test_a_line_separator_inside_text_does_not_cut_an_ndjson_record(tmp_path):
    path = tmp_path / "lb.ndjson"
    head = dataset_json() | {"records": 1, "columns": [{"name": "LBORRES", "dataType": "string"}]}
    path.write_text(json.dumps(head) + "\n" + '["a\u2028b\x85c"]\n', encoding="utf-8")
    assert read_table(path, "dataset-ndjson").to_pydict() == {"LBORRES": ["a\u2028b\x85c"]}


@pytest.fixture
def tiny_windows(monkeypatch):
    """Every way in which a window may cut a file, and every block a few rows."""
    monkeypatch.setattr(_json_stream, "_WINDOW", 3)
    monkeypatch.setattr(_json_rows, "_ROWS", 2)


@pytest.mark.usefixtures("tiny_windows")
@pytest.mark.parametrize("name", ["lb.json", "lb.ndjson"])
def test_dataset_json_read_in_windows_is_what_it_is_at_once(written, name):
    expected = read_table(written("lb.csv"), "csv")
    found = read_table(written(name), FORMATS[name])
    pd.testing.assert_frame_equal(to_frame(name, found, "LB").frame, to_frame("lb.csv", expected, "LB").frame)


@pytest.mark.usefixtures("tiny_windows")
@pytest.mark.parametrize("change, message", BAD_JSON)
def test_dataset_json_that_contradicts_itself_is_refused_in_windows_too(tmp_path, change, message):
    test_dataset_json_that_contradicts_itself_is_refused(tmp_path, change, message)


@pytest.mark.parametrize("order", [["rows", "columns"], ["columns", "rows"]])
@pytest.mark.usefixtures("tiny_windows")
def test_rows_may_come_before_the_columns_that_name_them(tmp_path, order):
    content = dataset_json() | {"rows": ROWS}
    first = {name: content.pop(name) for name in order}
    path = tmp_path / "lb.json"
    path.write_text(json.dumps(first | content, indent=1), encoding="utf-8")
    assert read_table(path, "dataset-json").column("LBTESTCD").to_pylist() == ["ALT", "CREAT", "HGB"]


#              rows                                        what is said of the first fault
FAULTY_ROWS = [
    ([["a", 1], ["b", 2], ["c", "3"], ["d", 4], ["e", True]], "lb.json row 3: B is '3', expected dataType integer"),
    ([["a", 1], ["b", None], ["c", 3], [None, 4], [5, 5]], "lb.json row 5: A is 5, expected dataType string"),
    ([["a", 1], ["b", 2], ["c", 3], ["d", "4"], [5, 5]], "lb.json row 5: A is 5, expected dataType string"),
    ([["a", 1], ["b"], "x", ["d"], [], ["f", 1, 2], ["g"], [5, 5]], "lb.json row 2: 1 values, expected 2"),
    ([["a", [1]], ["b", 2]], "lb.json row 1: B is [1], expected dataType integer"),
    ([["a", 1e300], ["b", 10**400]], "lb.json row 2: B is beyond any double, expected dataType integer"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("rows, message", FAULTY_ROWS)
def test_the_first_fault_is_named_wherever_a_block_ends(tmp_path, monkeypatch, rows, message, size):
    monkeypatch.setattr(_json_rows, "_ROWS", size)
    columns = [{"name": "A", "dataType": "string"}, {"name": "B", "dataType": "integer"}]
    path = tmp_path / "lb.json"
    head = {"datasetJSONVersion": "1.1.0", "columns": columns, "records": len(rows)}
    path.write_text(json.dumps(head | {"rows": rows}), encoding="utf-8")
    with pytest.raises(SnapshotRejected) as refused:
        read_table(path, "dataset-json")
    assert refused.value.problems[0] == message


@pytest.mark.parametrize(
    "cut",
    [
        "[1, 2]",
        '{"rows": [["a"]',
        '{"rows": [["a"] ["b"]]}',
        '{"rows": [["a"],]}',
        '{"rows": []} x',
        '{"a": 1,}',
        '{"a" 1}',
        "{1: 1}",
    ],
)
def test_json_that_is_not_quite_json_is_refused_with_its_line(tmp_path, cut):
    path = tmp_path / "lb.json"
    path.write_text("\n" + cut, encoding="utf-8")
    with pytest.raises(SnapshotRejected, match=r"lb\.json( line 2: not JSON, or cut short|: expected one object)"):
        read_table(path, "dataset-json")


@pytest.mark.parametrize("name", ["lb.json", "lb.ndjson"])
def test_a_number_of_thousands_of_digits_is_beyond_any_double(tmp_path, name):
    path = tmp_path / name
    head = json.dumps({"datasetJSONVersion": "1.1.0", "columns": [{"name": "A", "dataType": "integer"}], "records": 1})
    row = f"[{'9' * 5000}]"
    path.write_text(f'{head[:-1]}, "rows": [{row}]}}' if name == "lb.json" else f"{head}\n{row}\n", encoding="utf-8")
    with pytest.raises(SnapshotRejected, match=r"row 1: A is beyond any double, expected dataType integer"):
        read_table(path, FORMATS[name])


def test_an_encoding_may_not_be_declared_where_the_format_fixes_it(written):
    for name in ("lb.parquet", "lb.json"):
        with pytest.raises(SnapshotRejected, match="may not declare an encoding"):
            read_table(written(name), FORMATS[name], "gb18030")
