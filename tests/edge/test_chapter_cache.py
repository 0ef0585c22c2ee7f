"""A chapter that would come out the same is not run again, and the pack is the same to the byte."""

import json
import shutil

import nbformat
import pandas as pd
import pytest

from nk521lib.cut import Compared, Cut
from nk521lib.edge import chapter_cache, provenance, software
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.runner import run
from nk521lib.errors import ChapterFailed
from nk521lib.findings import Finding
from nk521lib.manifest import Manifest
from nk521lib.params import load_params
from nk521lib.terms import Effect, Severity

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]


class Watch:
    """What a run says of the chapters: which were run, which were taken."""

    def __init__(self):
        self.ran, self.said, self.warned = set(), [], []

    def progress(self, chapter, done, cells):
        if done == 0:
            self.ran.add(chapter)

    def run(self, *args, **kwargs):
        self.ran, self.said, self.warned = set(), [], []
        return run(*args, **kwargs, progress=self.progress, say=self.said.append, warn=self.warned.append)


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture(scope="module")
def first(small_snapshot, make_chapters, tmp_path_factory):
    """Notebooks, and the folder of packs after a first run of everything with them."""
    home = tmp_path_factory.mktemp("first")
    notebooks = make_chapters(home / "n")
    run(str(small_snapshot), out=home / "o", notebooks=notebooks)
    return notebooks, home / "o"


@pytest.fixture
def again(first, tmp_path, small_snapshot, watch):
    """again(…): a run after the first one, in a copy of its folder. Returns the pack."""
    out = shutil.copytree(first[1], tmp_path / "o", symlinks=True)

    def go(snapshot=small_snapshot, notebooks=first[0], **more):
        return watch.run(str(snapshot), out=out, notebooks=notebooks, **more)

    go.stored = out / ".cache"
    return go


def _taken(pack):
    return json.loads((pack / provenance.FILE).read_text())["run"].get("from_cache", [])


def _content(pack):
    return {p.relative_to(pack): p.read_bytes() for p in pack.rglob("*") if p.is_file() and p.name != provenance.FILE}


@pytest.fixture(scope="module")
def second(first, small_snapshot, tmp_path_factory):
    """The pack of a second run, in a copy of the folder of the first one, and what that run said."""
    out, watch = shutil.copytree(first[1], tmp_path_factory.mktemp("second") / "o", symlinks=True), Watch()
    return watch.run(str(small_snapshot), out=out, notebooks=first[0]), watch


def test_second_run_takes_every_chapter_and_gives_the_same_bytes(first, second):
    pack, watch = second
    assert watch.ran == set() and _taken(pack) == list(CHAPTERS)
    assert watch.said == [f"unchanged since an earlier run, taken from its files: {', '.join(CHAPTERS)} (--fresh runs them)"]  # fmt: skip
    assert _content(pack) == _content(first[1] / "S900") and watch.warned == []


def test_an_older_pack_is_moved_aside_never_overwritten(first, second):
    pack, before = second[0], first[1] / "S900"
    moved = pack.with_name("S900~1")
    assert pack.name == before.name and _content(moved) == _content(before)
    assert (moved / provenance.FILE).read_bytes() == (before / provenance.FILE).read_bytes()


def test_fresh_runs_everything(again, watch):
    pack = again(fresh=True)
    assert watch.ran == set(CHAPTERS) and _taken(pack) == [] and watch.said == []


def test_only_the_changed_notebook_runs(again, watch, make_chapters, make_notebook, tmp_path):
    pack = again(notebooks=make_chapters(tmp_path / "m", safety=make_notebook("safety", "1 + 1")))
    assert watch.ran == {"safety"} and _taken(pack) == [chapter for chapter in CHAPTERS if chapter != "safety"]


def test_a_damaged_entry_is_said_and_its_chapter_runs_again(first, again, watch):
    _damage_byte(max(again.stored.iterdir(), key=lambda entry: entry.stat().st_mtime_ns))
    pack = again()
    assert len(watch.ran) == 1 and watch.warned == [f"{min(watch.ran)}: its stored files are damaged, so it was run again"]  # fmt: skip
    assert _content(pack) == _content(first[1] / "S900")
    again()
    assert watch.ran == set() and watch.warned == []


def test_a_failed_run_stores_nothing(small_snapshot, make_chapters, make_notebook, tmp_path, watch):
    notebooks = make_chapters(tmp_path / "n", safety=make_notebook("safety", "1 / 0"))
    with pytest.raises(ChapterFailed):
        watch.run(str(small_snapshot), out=tmp_path / "o", chapters=("protocol", "safety"), notebooks=notebooks)
    assert not list((tmp_path / "o").glob(".cache/*"))


def test_a_folder_that_cannot_be_written_costs_the_speed_only(first, small_snapshot, tmp_path, watch):
    (tmp_path / ".cache").write_text("a file where the folder should be")
    pack = watch.run(str(small_snapshot), out=tmp_path, chapters=("safety",), notebooks=first[0])
    assert provenance.verify(pack) == [] and any("next run" in line for line in watch.warned)


@pytest.fixture
def key(base_params):
    """key(…): the name of an entry of one chapter, with one thing changed."""

    def make(source="1", shown=None, settings=(), manifest="0" * 64, before=None, findings=(), library="this"):
        manifested = Manifest(snapshot_id="T001", study="NCT07561437", cutoff_date="2026-09-30",
                              extracted_at="2026-09-30T12:00:00+08:00", synthetic=True, files=())  # fmt: skip
        cut = Cut(manifested, manifest, load_params(base_params, (), settings), {}, {}, pd.DataFrame(), pd.DataFrame(), findings=findings, compared=before)  # fmt: skip
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="a")])
        return chapter_cache.key_of(notebook, shown or {"snapshot": "T001"}, cut, library)

    return make


def test_the_same_has_the_same_name_and_whatever_decides_a_chapter_gives_another(key):
    finding = Finding("NKD-030", Severity.WARNING, Effect.FLAG, "one")
    names = [
        key(),
        key(source="2"),
        key(shown={"snapshot": "T001", "settings": ["mtd_min_n=6"]}),
        key(settings=("mtd_min_n=3",)),
        key(manifest="1" * 64),
        key(before=Compared("T000", "2" * 64, pd.DataFrame(), None)),
        key(findings=(finding,)),
    ]
    names.append(key(library="another"))
    assert len(set(names)) == len(names)
    assert key() == names[0]


def test_the_library_is_read_anew_by_every_run(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("1")
    monkeypatch.setattr(software, "PACKAGE", tmp_path)
    monkeypatch.setattr(software, "LOCK", tmp_path.parent / "no.lock")
    before = software.library_sha256()
    assert software.library_sha256() == before
    (tmp_path / "a.py").write_text("2")
    assert software.library_sha256() != before


def _damage_byte(entry):
    file = entry / "chapter" / "results.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _damage_link(entry):
    file = entry / "chapter" / "results.parquet"
    file.rename(entry.parent / "elsewhere.parquet")
    file.symlink_to(entry.parent / "elsewhere.parquet")


@pytest.mark.parametrize(
    "damage",
    [
        _damage_byte,
        _damage_link,
        lambda entry: (entry / "notebook.ipynb").unlink(),
        lambda entry: (entry / "chapter" / "adxx.parquet").write_bytes(b"x"),
        lambda entry: (entry / "files.json").write_text("{"),
        lambda entry: (entry / "files.json").write_text("[]"),
        lambda entry: (entry / "files.json").unlink(),
    ],
    ids=["byte", "link", "file gone", "file more", "list cut", "list empty", "list gone"],
)
def test_an_entry_that_is_not_what_was_stored_is_removed(tmp_path, damage):
    made, out = tmp_path / "made", tmp_path / "out"
    made.mkdir(), out.mkdir()
    (made / "results.parquet").write_bytes(b"numbers")
    chapter_cache.keep(tmp_path / "c", "k", nbformat.writes(nbformat.v4.new_notebook()), made)
    assert chapter_cache.take(tmp_path / "c", "other", out) is None
    damage(tmp_path / "c" / "k")
    with pytest.raises(chapter_cache.DamagedEntry):
        chapter_cache.take(tmp_path / "c", "k", out)
    assert not (tmp_path / "c" / "k").exists() and list(out.iterdir()) == []


def test_a_sound_entry_gives_back_what_was_stored(tmp_path):
    made, out = tmp_path / "made", tmp_path / "out"
    (made / "data").mkdir(parents=True), out.mkdir()
    (made / "data" / "adsl.parquet").write_bytes(b"rows")
    notebook = nbformat.v4.new_notebook()
    chapter_cache.keep(tmp_path / "c", "k", nbformat.writes(notebook), made)
    assert chapter_cache.take(tmp_path / "c", "k", out) == notebook
    assert (out / "data" / "adsl.parquet").read_bytes() == b"rows"


def test_the_entries_used_longest_ago_make_room(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    for number in range(chapter_cache.KEPT + 3):
        chapter_cache.keep(tmp_path / "c", f"{number:064x}", "{}", made)
    names = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert len(names) == chapter_cache.KEPT and names[0] == f"{3:064x}"
