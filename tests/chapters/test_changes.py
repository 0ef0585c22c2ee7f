"""Two extracts of one trial: what is new, changed, vanished, each difference once, with its old and new value."""

import pandas as pd
import pytest

from nk521lib.chapters.changes import CHANGED, COLUMNS, NEW, VANISHED, derive_changes

A1, B1 = "NK521-01-001", "NK521-01-002"


def event(seq, usubjid=A1, **more):
    return {
        "USUBJID": usubjid,
        "AESEQ": seq,
        "AETERM": "fever",
        "AEDECOD": "Pyrexia",
        "AETOXGR": "2",
        "AESTDTC": "2026-08-04",
    } | more


def told(found: pd.DataFrame) -> list[tuple]:
    kept = found[["domain", "usubjid", "key", "column", "old", "new", "kind"]].astype(object)
    return list(kept.where(kept.notna(), None).itertuples(index=False, name=None))


EVENT = event(1)
RASH = event(2, AETERM="rash", AEDECOD="Rash", AETOXGR="1", AESTDTC="2026-08-10")
#   records before     after                                                  what is said: key, column, old, new, kind
ROWS = [
    ([EVENT, RASH], [EVENT, RASH], []),
    ([EVENT, RASH], [RASH, EVENT], []),
    ([EVENT], [event(1, AETOXGR="3")], [("AESEQ 1", "AETOXGR", "2", "3", CHANGED)]),
    ([EVENT], [event(1, AETOXGR=None)], [("AESEQ 1", "AETOXGR", "2", None, CHANGED)]),
    ([event(1, AETOXGR=None)], [EVENT], [("AESEQ 1", "AETOXGR", None, "2", CHANGED)]),
    ([EVENT], [EVENT, RASH], [("AESEQ 2", None, None, "Rash, 1, 2026-08-10", NEW)]),
    ([EVENT, RASH], [EVENT], [("AESEQ 2", None, "Rash, 1, 2026-08-10", None, VANISHED)]),
    ([EVENT, RASH], [RASH | {"AESEQ": 1}, EVENT | {"AESEQ": 2}], []),  # numbered anew
    ([EVENT, RASH], [RASH | {"AESEQ": 1}], [("AESEQ 1", None, "Pyrexia, 2, 2026-08-04", None, VANISHED)]),
    ([EVENT], [RASH | {"AESEQ": 1}], [("AESEQ 1", None, None, "Rash, 1, 2026-08-10", NEW), ("AESEQ 1", None, "Pyrexia, 2, 2026-08-04", None, VANISHED)]),
    ([EVENT], [event(1, AEDECOD="Chills")], [("AESEQ 1", "AEDECOD", "Pyrexia", "Chills", CHANGED)]),
    ([EVENT], [event(1, usubjid=B1)], [("AESEQ 1", None, "Pyrexia, 2, 2026-08-04", None, VANISHED), ("AESEQ 1", None, None, "Pyrexia, 2, 2026-08-04", NEW)]),
    ([event(1, AEDLT="N")], [event(1, AEDLT="Y")], [("AESEQ 1", "AEDLT", "N", "Y", CHANGED)]),
    ([EVENT], [event(1, AEDLT="Y")], [("AESEQ 1", "AEDLT", None, "Y", CHANGED)]),
    ([], [EVENT], [("AESEQ 1", None, None, "Pyrexia, 2, 2026-08-04", NEW)]),
    ([EVENT, EVENT], [EVENT], [("AESEQ 1", None, "Pyrexia, 2, 2026-08-04", None, VANISHED)]),
]  # fmt: skip


@pytest.mark.parametrize("before, after, expected", ROWS)
def test_each_difference_is_said_once_with_both_values(make_cut, before, after, expected):
    columns = dict.fromkeys(event(1), pd.NA)
    old, new = (
        make_cut(AE=[columns | r for r in records] or pd.DataFrame(columns=list(columns)))
        for records in (before, after)
    )
    found = derive_changes(old, new)
    assert list(found.columns) == list(COLUMNS)
    assert [row[2:] for row in told(found)] == expected


def test_positions_lead_back_to_the_records(make_cut):
    old, new = make_cut(AE=[RASH, EVENT]), make_cut(AE=[event(1, AETOXGR="4"), RASH])
    (row,) = derive_changes(old, new).itertuples()
    assert (old["AE"]["AETOXGR"].iloc[row.old_row], new["AE"]["AETOXGR"].iloc[row.new_row]) == ("2", "4")


def test_a_column_that_only_one_extract_has_is_one_row(make_cut):
    old, new = make_cut(AE=[EVENT | {"AEACN": "NONE"}] * 1), make_cut(AE=[EVENT])
    assert told(derive_changes(old, new)) == [("AE", None, "", "AEACN", None, None, VANISHED)]
    assert told(derive_changes(new, old)) == [("AE", None, "", "AEACN", None, None, NEW)]


def test_tables_without_a_number_are_told_apart_by_their_keys(make_cut):
    said = {"USUBJID": A1, "IETESTCD": "I05", "VALUE": "YES", "BY": "dr", "ATDTC": "2026-07-20"}
    old = make_cut(ATTEST=[said], ADJUD=[{"USUBJID": A1, "ITEM": "DLT", "VALUE": "Y"}])
    new = make_cut(ATTEST=[said | {"VALUE": "NO"}], ADJUD=[{"USUBJID": A1, "ITEM": "DLT", "VALUE": "N"}])
    found = told(derive_changes(old, new))
    assert found[0] == ("ATTEST", A1, "IETESTCD I05, ATDTC 2026-07-20, BY dr", "VALUE", "YES", "NO", CHANGED)
    assert {(row[0], row[6]) for row in found[1:]} == {("ADJUD", VANISHED), ("ADJUD", NEW)}


def test_a_whole_table_that_vanished_is_its_records(make_cut):
    found = derive_changes(make_cut(DM=[{"USUBJID": A1}], AE=[EVENT, RASH]), make_cut(DM=[{"USUBJID": A1}]))
    assert found["kind"].tolist() == [VANISHED] * 2
    assert found["domain"].tolist() == ["AE"] * 2


def test_the_inputs_are_left_as_they_are(make_cut):
    old, new = make_cut(AE=[EVENT]), make_cut(AE=[RASH])
    before = old["AE"].copy(), new["AE"].copy()
    derive_changes(old, new)
    pd.testing.assert_frame_equal(old["AE"], before[0])
    pd.testing.assert_frame_equal(new["AE"], before[1])
