"""Chapters' parts become one: what agrees is joined, what contradicts is refused."""

import pandas as pd
import pyarrow as pa
import pytest

from nk521lib.edge.datasets import join_subjects, merge_datasets, merge_results, to_csv, to_table
from nk521lib.errors import PublishError
from nk521lib.results import Number, to_frame


def part(**columns) -> pd.DataFrame:
    return pd.DataFrame({name: pd.array(values) for name, values in columns.items()})


def test_parts_of_adsl_are_joined_on_the_subject():
    joined = join_subjects(
        part(USUBJID=["1", "2"], AGE=[60, 61]), part(USUBJID=["2", "1"], AGE=[61, 60], X=["b", "a"]), "c"
    )
    assert joined.to_dict("list") == {"USUBJID": ["1", "2"], "AGE": [60, 61], "X": ["a", "b"]}


def test_subject_of_one_part_only_keeps_what_is_known():
    joined = join_subjects(part(USUBJID=["1"], AGE=[60]), part(USUBJID=["1", "2"], AGE=[60, 61]), "c")
    assert joined["USUBJID"].tolist() == ["1", "2"] and joined["AGE"].tolist() == [60, 61]


@pytest.mark.parametrize("left, right", [(60, 61), (60, None), (None, 60)])
def test_shared_column_that_differs_is_refused(left, right):
    with pytest.raises(PublishError, match="adsl: AGE of 1 differs between chapters"):
        join_subjects(part(USUBJID=["1"], AGE=pd.array([left], "Int64")), part(USUBJID=["1"], AGE=pd.array([right], "Int64")), "c")  # fmt: skip


def test_missing_on_both_sides_agrees():
    side = part(USUBJID=["1"], AGE=pd.array([None], "Int64"))
    assert len(join_subjects(side, side, "c")) == 1


def test_two_rows_of_one_subject_are_refused():
    with pytest.raises(PublishError, match="more than one row for 1"):
        join_subjects(part(USUBJID=["1", "1"]), part(USUBJID=["1"]), "safety")


def test_days_are_dates_in_parquet_and_a_time_of_day_is_refused():
    table = to_table(part(ADT=pd.to_datetime(["2026-05-01", None])), "adtte")
    assert table.schema.field("ADT").type == pa.date32()
    with pytest.raises(PublishError, match="ADT holds a time of day"):
        to_table(part(ADT=pd.to_datetime(["2026-05-01T10:00"])), "adtte")


@pytest.fixture
def folders(tmp_path, make_cut):
    """Two chapters' folders with one result row each."""
    cut = make_cut()

    def write(chapter, analysis, snapshot=cut.manifest_sha256):
        (tmp_path / chapter / "data").mkdir(parents=True, exist_ok=True)
        number = Number(analysis, chapter, "SAF", "n", 1.0, "1", ("X-1",))
        to_frame([number], snapshot, cut.params.sha256).to_parquet(tmp_path / chapter / "results.parquet", index=False)
        return tmp_path / chapter

    return cut, write


def test_results_keep_the_order_of_the_chapters(folders):
    cut, write = folders
    both = {name: write(name, name) for name in ("screening", "safety")}
    merged = merge_results(both, cut)
    assert merged["chapter"].to_pylist() == ["screening", "safety"]
    assert merged["usubjids"].to_pylist() == [["X-1"], ["X-1"]]


def test_chapter_that_read_another_snapshot_is_refused(folders):
    cut, write = folders
    with pytest.raises(PublishError, match=r"safety: snapshot_sha256 .* is not that of this run"):
        merge_results({"safety": write("safety", "a", "f" * 64)}, cut)


def test_one_row_id_from_two_chapters_is_refused(folders):
    cut, write = folders
    one = write("safety", "a")
    with pytest.raises(PublishError, match="given by more than one chapter"):
        merge_results({"safety": one, "efficacy": one}, cut)


def test_dataset_of_two_chapters_is_refused(folders):
    _, write = folders
    both = {name: write(name, name) for name in ("screening", "safety")}
    for folder in both.values():
        part(USUBJID=["1"]).to_parquet(folder / "data" / "adae.parquet", index=False)
    with pytest.raises(PublishError, match="adae: written by screening and by safety"):
        merge_datasets(both)


@pytest.mark.parametrize(
    "value, written",
    [("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("@x", "'@x"), ("-x", "'-x"), ("-5", "-5"), ("+1.5", "+1.5"), ("5", "5"), ("-", "'-")],
)  # fmt: skip
def test_spreadsheet_opens_a_hostile_cell_as_text(value, written):
    assert to_csv(pd.DataFrame({"old": [value]})).splitlines()[1] == written
