"""The demo's files: what is packaged is what the generator writes, three extracts of one trial, and larger ones."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from nk521lib.edge.chapter import read_params
from nk521lib.edge.demo import make_trial, write_demo, write_trial
from nk521lib.edge.demo_trial import story
from nk521lib.edge.demo_trial.cast import tell_story
from nk521lib.edge.demo_trial.extract import extract
from nk521lib.edge.demo_trial.files import XPT_CLOCK, write_xpt
from nk521lib.edge.demo_trial.story import subject_id as subject
from nk521lib.edge.demo_trial.trial import story_records
from nk521lib.edge.formats import read_table
from nk521lib.edge.paths import DEMO
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.manifest import FORMATS
from nk521lib.schemas import DOMAINS

SNAPSHOTS = ("D1", "D2", "D3")


@pytest.fixture(scope="module")
def params():
    return read_params()


@pytest.fixture(scope="module")
def cuts(demo_compared):
    return {name: demo_compared(name) for name in SNAPSHOTS}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


def table(path: Path) -> pd.DataFrame:
    return read_table(path, FORMATS[path.suffix], None).to_pandas()


# The files


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_packaged_snapshot_is_what_the_generator_writes(written, name):
    packaged, again = DEMO / name, written / name
    assert [p.name for p in sorted(packaged.iterdir())] == [p.name for p in sorted(again.iterdir())]
    for path in packaged.iterdir():
        if path.suffix == ".parquet":  # names the library version that wrote it: compared by content
            assert pq.read_table(path).equals(pq.read_table(again / path.name)), path.name
        elif path.name != "snapshot.json":
            assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_writing_twice_gives_the_same_bytes(written, tmp_path):
    write_demo(tmp_path)
    for path in sorted(written.rglob("*.*")):
        assert path.read_bytes() == (tmp_path / path.relative_to(written)).read_bytes(), path.name


@pytest.mark.parametrize("number, name", enumerate(SNAPSHOTS))
def test_the_manifest_says_synthetic_and_names_its_predecessor(number, name):
    manifest = json.loads((DEMO / name / "snapshot.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True
    assert manifest["notes"].startswith("SYNTHETIC")
    assert manifest["snapshot_id"] == name
    assert manifest.get("previous_snapshot_id") == (SNAPSHOTS[number - 1] if number else None)
    assert manifest["cutoff_date"] == story.EXTRACTS[number].cutoff


def test_every_reader_is_exercised():
    formats = {FORMATS[p.suffix] for p in (DEMO / "D3").iterdir() if p.name != "snapshot.json"}
    assert formats == {"csv", "parquet", "xpt", "dataset-json"}


def test_the_demo_is_small():
    assert sum(p.stat().st_size for p in DEMO.rglob("*.*")) < 1_000_000


def test_an_xpt_file_carries_no_hour_of_writing(tmp_path):
    frame = pd.DataFrame({"USUBJID": pd.array([subject("001")], dtype="string"), "VSSEQ": pd.array([1], dtype="Int64")})
    write_xpt(tmp_path / "vs.xpt", "VS", frame, "")
    data = (tmp_path / "vs.xpt").read_bytes()
    assert data.count(XPT_CLOCK) == 4
    assert data.count(b"SAS     ") >= 2


def test_what_was_written_to_xpt_is_read_back_as_it_was(cuts):
    cast = tell_story()
    vs = extract(cast, story_records(cast), pd.Timestamp(story.EXTRACTS[-1].extracted))["VS"]
    known = vs[vs["VSDTC"].str.slice(0, 10).le(story.EXTRACTS[-1].cutoff)].reset_index(drop=True)
    read = cuts["D3"]["VS"][list(vs)].reset_index(drop=True)
    pd.testing.assert_frame_equal(read, known, check_dtype=False)


def test_a_dataset_json_file_has_the_attributes_of_the_standard_in_order():
    head = json.loads((DEMO / "D3" / "qs.json").read_text(encoding="utf-8"))
    assert list(head) == ["datasetJSONCreationDateTime", "datasetJSONVersion", "originator", "sourceSystem", "studyOID",
                          "itemGroupOID", "records", "name", "label", "columns", "rows"]  # fmt: skip
    assert head["records"] == len(head["rows"])
    assert {len(row) for row in head["rows"]} == {len(head["columns"])}


def test_no_questionnaire_wording_is_in_the_repository():
    columns = set(table(DEMO / "D3" / "qs.json"))
    assert not columns & {"QSTEST", "QSTERM"}


# Three extracts of one trial


@pytest.mark.parametrize("earlier, later", [("D1", "D2"), ("D2", "D3")])
def test_later_extracts_hold_the_earlier_records(earlier, later):
    for path in sorted((DEMO / earlier).iterdir()):
        code = path.stem.upper()
        if path.name == "snapshot.json" or code not in DOMAINS or code in ("DM", "TS"):
            continue
        keys = [k for k in DOMAINS[code].key if k in table(path)]
        before, after = table(path)[keys], table(DEMO / later / path.name)[keys]
        shared = before.merge(after, how="left", on=keys, indicator=True)
        assert shared["_merge"].eq("both").all(), code


def changed_values(earlier: str, later: str) -> set[tuple[str, str, str]]:
    """(domain, subject, variable) of every value of a kept record that reads differently in the later extract."""
    found = set()
    for path in sorted((DEMO / earlier).iterdir()):
        code = path.stem.upper()
        if code not in DOMAINS or code in ("DM", "TS", "TI"):
            continue
        keys = list(DOMAINS[code].key)
        both = table(path).merge(table(DEMO / later / path.name), on=keys, suffixes=("_old", "_new"))
        for column in set(table(path)) - set(keys):
            old, new = both[f"{column}_old"].astype(object), both[f"{column}_new"].astype(object)
            differs = (old != new) & ~(old.isna() & new.isna())
            found |= {(code, s[-3:], column) for s in both.loc[differs, "USUBJID"]}
    return found


@pytest.mark.parametrize(
    "earlier, later, edits",
    [
        ("D1", "D2", {("AE", "001", "AETOXGR"), ("LB", "004", "LBSTRESN"), ("LB", "004", "LBORRES")}),
        ("D2", "D3", {("CM", "002", "CMDOSE")}),
    ],
)
def test_only_the_late_edits_and_closed_ends_change_a_record(earlier, later, edits):
    closing = {"AEENDTC", "AEENRTPT", "AEOUT", "CMENDTC", "CMENRTPT", "PRENDTC"}
    assert {change for change in changed_values(earlier, later) if change[2] not in closing} == edits


def test_extracts_hold_what_came_after_their_cut_off(cuts):
    assert cuts["D1"].known_after.empty
    after = cuts["D2"].known_after
    assert after[["usubjid", "domain", "blocks"]].values.tolist() == [[subject("001"), "AE", False]]
    assert cuts["D3"].known_after.empty


def test_who_consented_after_the_cut_off_leaves_every_domain(cuts):
    assert subject("027") in set(table(DEMO / "D3" / "dm.csv")["USUBJID"])
    assert len(cuts["D3"]["DM"]) == 26
    assert all(subject("027") not in set(cuts["D3"][code].get("USUBJID", [])) for code in ("DM", "DS"))


# Larger trials


def test_a_drawn_trial_has_the_shape_of_the_demo():
    frames = make_trial(60, seed=3)
    assert len(frames["DM"]) == 60
    demo = {p.stem.upper() for p in (DEMO / "D3").iterdir()} - {"SNAPSHOT", "IE"}
    assert demo <= set(frames)
    for code in demo - {"DM", "TS"}:
        assert set(table(next((DEMO / "D3").glob(f"{code.lower()}.*")))) <= set(frames[code]) | {"AEDLTADJ"}, code
        keys = [k for k in DOMAINS[code].key if k in frames[code]] if code in DOMAINS else []
        assert not keys or not frames[code].duplicated(keys).any(), code


def test_a_drawn_trial_is_the_same_for_the_same_seed():
    one, again, other = make_trial(40, seed=1), make_trial(40, seed=1), make_trial(40, seed=2)
    assert all(one[code].equals(again[code]) for code in one)
    assert not one["LB"].equals(other["LB"])


def test_a_drawn_trial_is_a_snapshot(tmp_path, params):
    cut = read_snapshot(write_trial(tmp_path, 50), params)
    assert cut.manifest.synthetic
    assert cut.manifest.snapshot_id == "T50"
    assert len(cut["DM"]) == 50
