"""From text to the declared type: what is read, what becomes a fault, and that nothing is coerced in silence."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.cut import take_rows
from nk521lib.edge.typed import in_key_order, to_frame, to_type
from nk521lib.errors import SnapshotRejected


def read(name, values):
    column = pa.chunked_array(
        [pa.array(values, pa.string() if not values or isinstance(values[0], str | None) else None)]
    )
    series, faults = to_type(column, name)
    return series.tolist(), [] if faults is None else faults[["row", "value"]].to_numpy().tolist()


#  variable     text      value     a fault?
TEXTS = [
    ("LBSTRESN", "12.5", 12.5, False), ("LBSTRESN", "-3", -3.0, False), ("LBSTRESN", ".5", 0.5, False), ("LBSTRESN", "007", 7.0, False),
    ("LBSTRESN", " ", pd.NA, False), ("LBSTRESN", "", pd.NA, False), ("LBSTRESN", "12.5  ", 12.5, False),
    ("LBSTRESN", "1,5", pd.NA, True), ("LBSTRESN", "1e3", pd.NA, True), ("LBSTRESN", "abc", pd.NA, True), ("LBSTRESN", "<5", pd.NA, True),
    ("LBSTRESN", "NaN", pd.NA, True), ("LBSTRESN", "inf", pd.NA, True), ("LBSTRESN", " 5", pd.NA, True), ("LBSTRESN", "٣", pd.NA, True),
    ("AESEQ", "3", 3, False), ("AESEQ", "3.0", 3, False), ("AESEQ", "3.5", pd.NA, True), ("AESEQ", "three", pd.NA, True),
    ("AESEQ", "99999999999999999999", pd.NA, True),
    ("AESTDTC", "2026-03", "2026-03", False), ("AESTDTC", "2026-02-30", pd.NA, True), ("AESTDTC", "03/04/2026", pd.NA, True),
    ("AESTDTC", "2028-02-29", "2028-02-29", False), ("AESTDTC", "2026-02-29", pd.NA, True), ("AESTDTC", "2026---03", "2026---03", False),
    ("AETOXGR", "3", "3", False), ("AETOXGR", "6", pd.NA, True), ("AETOXGR", "0", pd.NA, True), ("AETOXGR", "GRADE 3", pd.NA, True),
    ("AETERM", "NA", "NA", False), ("AETERM", "发热  ", "发热", False), ("AETERM", " fever", " fever", False), ("AETERM", "   ", pd.NA, False),
    ("AETERM", "line\nbreak", "line\nbreak", False), ("AETERM", "be\x07ll", "be\ufffdll", True),
]  # fmt: skip


@pytest.mark.parametrize("name, text, value, fault", TEXTS)
def test_text_is_read_by_the_type_of_its_variable(name, text, value, fault):
    values, faults = read(name, ["", text])
    assert values[1] is value if value is pd.NA else values[1] == value
    assert bool(faults) is fault


def test_a_fault_keeps_the_row_and_the_text_as_it_stood():
    assert read("LBSTRESN", ["1", "1,5", "", "2e2"])[1] == [[1, "1,5"], [3, "2e2"]]


#  variable     stored number   value
STORED = [("AETOXGR", 3.0, "3"), ("AETERM", 1.5, "1.5"), ("AESEQ", 4.0, 4), ("LBSTRESN", 7, 7.0), ("AGE", 63, 63.0)]


@pytest.mark.parametrize("name, stored, value", STORED)
def test_numbers_that_the_file_stores_become_the_declared_type(name, stored, value):
    assert read(name, [stored, None])[0] == [value, pd.NA] or read(name, [stored, None])[0][0] == value


@pytest.mark.parametrize(
    "name, stored", [("AESEQ", 4.5), ("LBSTRESN", float("inf")), ("LBSTRESN", float("nan")), ("AESTDTC", 24000.0)]
)
def test_stored_numbers_that_do_not_fit_are_faults(name, stored):
    values, faults = read(name, [stored])
    assert values == [pd.NA]
    assert len(faults) == 1


@given(st.floats(allow_nan=False, allow_infinity=False).map(lambda x: format(x, ".12f")))
def test_any_plainly_written_number_is_read_as_python_reads_it(text):
    assert read("LBSTRESN", [text]) == ([float(text)], [])


def test_names_are_read_in_upper_case_and_may_not_coincide():
    frame = to_frame("ae.csv", pa.table({"usubjid": ["1"], "AeTerm": ["x"]}), "AE").frame
    assert frame.loc[0, "USUBJID"] == "1"
    assert frame.loc[0, "AETERM"] == "x"
    with pytest.raises(SnapshotRejected, match=r"ae\.csv: column AETERM is there more than once \(AETERM, AETerm\)"):
        to_frame("ae.csv", pa.table([["x"], ["y"]], names=["AETERM", "AETerm"]), "AE")


@pytest.mark.parametrize("name", ["", "A B", "1A", "_A", "A-B", "__index_level_0__", "Ä", "A" * 33, "A\n"])
def test_names_that_are_no_variable_names_are_refused(name):
    with pytest.raises(SnapshotRejected, match="is not a variable name"):
        to_frame("ae.csv", pa.table([["x"]], names=[name]), "AE")


def typed(*records):
    columns = list(zip(*records, strict=True))
    table = pa.table(
        {
            name: pa.array(list(values), pa.string())
            for name, values in zip(("USUBJID", "AESEQ", "AETOXGR"), columns, strict=True)
        }
    )
    return to_frame("ae.csv", table, "AE")


@given(st.permutations([("A", "1", "2"), ("A", "2", "6"), ("A", "10", "3"), ("B", "1", "7"), ("B", "2", "1")]))
def test_records_stand_in_the_order_of_their_keys_and_faults_move_along(records):
    ordered = in_key_order(typed(*records), "AE")
    assert list(zip(ordered.frame["USUBJID"], ordered.frame["AESEQ"], strict=True)) == [
        ("A", 1),
        ("A", 2),
        ("A", 10),
        ("B", 1),
        ("B", 2),
    ]
    assert ordered.faults[0][["row", "value"]].to_numpy().tolist() == [[1, "6"], [3, "7"]]


def test_without_its_keys_a_table_stays_as_it_is():
    assert in_key_order(typed(("B", "1", "2"), ("A", None, "2")), "AE").frame["USUBJID"].tolist() == ["B", "A"]


def test_variables_that_a_file_does_not_have_share_their_memory_and_cannot_be_written_to():
    frame = to_frame("lb.csv", pa.table({"LBSEQ": ["1", "2"], "LBORRES": ["x", None]}), "LB").frame
    low, high = frame["LBSTNRLO"].array, frame["VISITNUM"].array
    assert np.shares_memory(low._data, high._data)
    with pytest.raises(ValueError, match="read-only"):
        low[0] = 1.0
    frame["LBSTNRLO"] = 5.0  # a column can still be put in its place
    assert frame["VISITNUM"].isna().all()


@given(st.lists(st.sampled_from([None, "1", "2"]), max_size=6), st.data())
def test_rows_taken_are_those_of_iloc(values, data):
    table = pa.table({"LBSEQ": pa.array(values, pa.string()), "LBTEST": pa.nulls(len(values), pa.string())})
    frame = to_frame("lb.csv", table, "LB").frame
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))), dtype=bool)
    pd.testing.assert_frame_equal(take_rows(frame, truth), frame[truth])
    order = np.array(data.draw(st.permutations(range(len(values)))), dtype=int)
    pd.testing.assert_frame_equal(take_rows(frame, order), frame.iloc[order])
