"""What a pack says of its making, and whether it still is what was published."""

import json

import pytest

from nk521lib.edge import provenance, software


@pytest.fixture
def pack(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "index.html").write_text("a")
    (tmp_path / "data" / "adsl.parquet").write_bytes(b"b")
    (tmp_path / provenance.FILE).write_text(provenance.to_json({"outputs": provenance.outputs(tmp_path)}))
    return tmp_path


def test_sha256_of_a_file_against_the_published_digest_of_abc(tmp_path):
    (tmp_path / "x").write_text("abc")
    assert software.sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_outputs_list_every_file_but_the_provenance_itself(pack):
    assert [item["name"] for item in provenance.outputs(pack)] == ["data/adsl.parquet", "index.html"]


def test_untouched_pack_verifies(pack):
    assert provenance.verify(pack) == []


def test_every_kind_of_change_is_named(pack):
    (pack / "index.html").write_text("changed")
    (pack / "data" / "adsl.parquet").unlink()
    (pack / "extra.txt").write_text("x")
    problems = provenance.verify(pack)
    assert [problem.partition(":")[0] for problem in problems] == ["data/adsl.parquet", "extra.txt", "index.html"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"outputs": 3}', "not json"])
def test_unreadable_provenance_is_said_in_one_line(tmp_path, text):
    (tmp_path / provenance.FILE).write_text(text)
    assert len(provenance.verify(tmp_path)) == 1


def test_code_version_names_no_machine():
    text = json.dumps([software.code_version(), software.packages(), software.version_line()])
    assert "/" not in text and software.code_version()["nk521lib"] in software.version_line()


def test_the_content_hash_is_of_what_a_pack_says_not_of_how_it_is_drawn(tmp_path):
    pack = tmp_path / "S001"
    (pack / "data").mkdir(parents=True)
    (pack / "data" / "adsl.parquet").write_bytes(b"one")
    (pack / "decisions.json").write_text("{}")
    before = provenance.content_sha256(pack)
    (pack / "committee_A.pdf").write_bytes(b"paper")
    (pack / "index.html").write_text("page")
    assert provenance.content_sha256(pack) == before
    for name in ("decisions.json", "data/adsl.parquet", "findings.csv"):
        (pack / name).write_bytes(b"other")
        assert provenance.content_sha256(pack) != before, name
        before = provenance.content_sha256(pack)
