"""A pack is in place whole or not at all, and an older one is never lost."""

import errno
import multiprocessing

import pytest

from nk521lib.edge.publish import claim, superseded_by, write_text
from nk521lib.errors import PublishError


def publish_text(out, text, pack="S1"):
    with claim(out, pack) as place:
        (place.staging / "index.html").write_text(text)
        return place.publish()


def names(out):
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


def test_first_pack_stands_under_its_id(tmp_path):
    pack = publish_text(tmp_path, "one")
    assert pack == tmp_path / "S1" and (pack / "index.html").read_text() == "one"


def test_older_packs_are_renamed_aside_in_order(tmp_path):
    for text in ("one", "two", "three"):
        publish_text(tmp_path, text)
    assert {name: (tmp_path / name / "index.html").read_text() for name in names(tmp_path)} == {
        "S1": "three", "S1~1": "one", "S1~2": "two",
    }  # fmt: skip


def test_more_than_nine_older_packs_keep_their_order(tmp_path):
    for number in range(12):
        publish_text(tmp_path, str(number))
    assert (tmp_path / "S1~11" / "index.html").read_text() == "10"


def test_failure_leaves_no_pack_no_working_file_and_the_older_pack_untouched(tmp_path):
    publish_text(tmp_path, "one")
    with pytest.raises(ZeroDivisionError), claim(tmp_path, "S1") as place:
        (place.staging / "index.html").write_text("half")
        raise ZeroDivisionError
    assert names(tmp_path) == ["S1"] and (tmp_path / "S1" / "index.html").read_text() == "one"
    assert [path.name for path in (tmp_path / ".work").iterdir()] == ["S1.lock"]


@pytest.mark.parametrize(
    "number, says", [(errno.ENOSPC, "No space left on device"), (errno.EROFS, "Read-only file system")]
)
def test_a_full_or_read_only_disk_is_one_line_and_leaves_the_older_pack(tmp_path, monkeypatch, number, says):
    publish_text(tmp_path, "one")

    def full(*_, **__):
        raise OSError(number, says, str(tmp_path / "S1" / "index.html"))

    with (
        pytest.raises(PublishError, match=f"index.html: cannot be written \\({says}\\)"),
        claim(tmp_path, "S1") as place,
    ):
        monkeypatch.setattr("builtins.open", full)
        write_text(place.staging / "index.html", "half")
    monkeypatch.undo()
    assert names(tmp_path) == ["S1"] and (tmp_path / "S1" / "index.html").read_text() == "one"


def test_killed_before_the_commit_nothing_appears(tmp_path):
    (tmp_path / ".work" / "S1" / "pack").mkdir(parents=True)
    (tmp_path / ".work" / "S1" / "pack" / "index.html").write_text("half")
    publish_text(tmp_path, "new")
    assert names(tmp_path) == ["S1"]


@pytest.mark.parametrize("older_in_place", [True, False])
def test_killed_after_the_commit_the_next_run_completes_it(tmp_path, older_in_place):
    """Killed before, or after, the older pack was renamed aside."""
    if older_in_place:
        publish_text(tmp_path, "old")
    ready = tmp_path / ".work" / "S1.ready"
    ready.mkdir(parents=True)
    (ready / "index.html").write_text("committed")
    with claim(tmp_path, "S1"):
        assert (tmp_path / "S1" / "index.html").read_text() == "committed"
        assert names(tmp_path) == (["S1", "S1~1"] if older_in_place else ["S1"])


def test_second_run_to_the_same_place_is_refused_in_one_line(tmp_path):
    with claim(tmp_path, "S1"):
        process = multiprocessing.get_context("spawn").Process(target=_must_be_refused, args=(tmp_path,))
        process.start()
        process.join()
    assert process.exitcode == 0


def _must_be_refused(out):
    try:
        publish_text(out, "intruder")
    except PublishError as error:
        assert "another run is publishing it" in str(error)
    else:
        raise AssertionError("both runs got the place")


def test_runs_to_two_packs_do_not_disturb_each_other(tmp_path):
    with claim(tmp_path, "S1") as first:
        publish_text(tmp_path, "other", pack="S2")
        (first.staging / "index.html").write_text("one")
        first.publish()
    assert names(tmp_path) == ["S1", "S2"]


def test_place_that_cannot_be_written_is_a_publish_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match="cannot be written"), claim(tmp_path / "file", "S1"):
        pass


def test_older_pack_says_by_what_it_is_superseded(tmp_path):
    publish_text(tmp_path, "one")
    publish_text(tmp_path, "two")
    assert superseded_by(tmp_path / "S1~1") == "S1" and superseded_by(tmp_path / "S1") == ""
