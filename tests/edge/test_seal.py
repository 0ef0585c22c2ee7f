"""Sealing turns a folder of exports into a snapshot, the same way every time, or says why it cannot."""

import json

import pytest

from nk521lib.edge.seal import seal
from nk521lib.errors import UsageError

DM = "STUDYID,DOMAIN,USUBJID\nNK521,DM,NK521-01-001\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dm.csv").write_text(DM, encoding="utf-8")
    return tmp_path


def refused(folder, **options) -> list[str]:
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(UsageError) as error:
        seal(folder, options.pop("snapshot_id", "S001"), options.pop("cutoff", "2026-09-30"), True, **options)
    assert sorted(path.name for path in folder.iterdir()) == before  # nothing is written, nothing half
    return list(error.value.problems)


def test_sealing_lists_every_file_with_hash_bytes_rows_and_columns(folder):
    (folder / "tu_onco.csv").write_text("STUDYID,USUBJID,TUSEQ\nNK521,1,1\nNK521,1,2\n", encoding="utf-8")
    (folder / "README.md").write_text("x", encoding="utf-8")
    manifest = seal(
        folder,
        "S001",
        "2026-09-30",
        True,
        mapping={"tu_onco.csv": "TU"},
        ignore=["*.md"],
        fields={"extracted_at": "2026-10-02T08:00:00+08:00"},
    )
    assert [(f.name, f.domain, f.rows, f.columns) for f in manifest.files] == [
        ("dm.csv", "DM", 1, 3),
        ("tu_onco.csv", "TU", 2, 3),
    ]
    assert [f.name for f in manifest.ignored] == ["README.md"]
    assert manifest.study == "NK521"
    assert manifest.notes is None


def test_sealing_twice_writes_the_same_bytes(folder):
    seal(folder, "S001", "2026-09-30", True)
    once = (folder / "snapshot.json").read_bytes()
    seal(folder, "S001", "2026-09-30", True)
    assert (folder / "snapshot.json").read_bytes() == once


def test_a_field_that_is_not_given_stays_missing(folder):
    """Nobody may read the day of the cut-off as the day of the extraction."""
    seal(folder, "S001", "2026-09-30", True)
    assert json.loads((folder / "snapshot.json").read_text()).keys() == {
        "snapshot_id", "study", "cutoff_date", "synthetic", "files", "ignored",
    }  # fmt: skip


def test_other_manifest_fields_are_kept(folder):
    manifest = seal(
        folder,
        "S001",
        "2026-09-30",
        False,
        fields={"study": "NCT07561437", "prepared_by": "DM group", "notes": "Weekly cut."},
    )
    assert (manifest.study, manifest.prepared_by) == ("NCT07561437", "DM group")
    assert manifest.notes == "Weekly cut."


def test_an_encoding_is_declared_and_used(folder):
    (folder / "ae.csv").write_bytes("STUDYID,AETERM\nNK521,发热\n".encode("gb18030"))
    assert seal(folder, "S001", "2026-09-30", True, encodings={"ae.csv": "gb18030"}).files[0].encoding == "gb18030"
    (folder / "snapshot.json").unlink()
    assert "not UTF-8 text" in refused(folder)[0]


REFUSED = [
    ({"mapping": {"ae.csv": "AE"}}, "ae.csv: no such file"),
    ({"ignore": ["ae.csv"]}, "--ignore ae.csv: no such file"),
    ({"fields": {"files": []}}, "--set files: sealing works this out itself"),
    ({"fields": {"studdy": "x"}}, "studdy: unknown field"),
    ({"cutoff": "30.9.2026"}, 'cutoff_date is "30.9.2026", expected a day as 2026-09-30'),
    ({"cutoff": "2026-02-30"}, "cutoff_date is 2026-02-30, expected a day of the calendar"),
    ({"snapshot_id": "../x"}, 'snapshot_id is "../x", expected at most 40 letters, digits, _ and -, as S003'),
    ({"fields": {"extracted_at": "2026-09-29T08:00:00+08:00"}}, "cutoff_date 2026-09-30 is after the extraction"),
    ({"mapping": {"dm.csv": "DEMOGRAPHICS"}}, "dm.csv: DEMOGRAPHICS is not a domain; --map dm.csv=DOMAIN"),
]


@pytest.mark.parametrize("options, message", REFUSED)
def test_wrong_options_are_refused_by_name(folder, options, message):
    assert any(problem.startswith(message) for problem in refused(folder, **options))


def test_files_that_are_no_domain_are_refused_with_what_to_type(folder):
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "tr_onco.csv").write_text("A\n1\n", encoding="utf-8")
    (folder / "sub").mkdir()
    problems = refused(folder)
    assert any("notes.txt: not a data file" in p and "--ignore notes.txt" in p for p in problems)
    assert any("tr_onco.csv: TR_ONCO is not a domain; --map tr_onco.csv=DOMAIN" in p for p in problems)
    assert any("sub: a snapshot holds plain files only" in p for p in problems)


def test_two_files_of_one_domain_and_an_unreadable_one_are_refused(folder):
    (folder / "demog.csv").write_text(DM, encoding="utf-8")
    (folder / "ae.csv").write_text("A,B\n1\n", encoding="utf-8")
    problems = refused(folder, mapping={"demog.csv": "DM"})
    assert "DM: 2 files say they hold it (demog.csv, dm.csv); --ignore all but one" in problems
    assert "ae.csv line 2: 1 fields, expected 2" in problems


def test_several_studies_need_a_name(folder):
    (folder / "ae.csv").write_text("STUDYID\nNK999\n", encoding="utf-8")
    assert refused(folder) == ["STUDYID has 2 values; name the study with --set study=…"]


def test_a_folder_without_a_data_file_is_no_snapshot(folder):
    """Whatever is said of it."""
    nothing = [f"{folder}: nothing to seal, no file is read (.csv, .xpt, .sas7bdat, .parquet, .json, .ndjson)"]
    assert refused(folder, ignore=["dm.csv"], fields={"study": "X"}) == nothing
    (folder / "dm.csv").unlink()
    assert refused(folder) == nothing


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a folder"):
        seal(tmp_path / "nowhere", "S001", "2026-09-30", True)
