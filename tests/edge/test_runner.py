"""The whole path on a small snapshot with tiny notebooks: published complete, or not at all."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest

from nk521lib.edge import contract, provenance
from nk521lib.edge.runner import run
from nk521lib.errors import ChapterFailed, ParamsError, PublishError, SnapshotRejected, UsageError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]

ONE = ("safety",)


def packs(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) if out.is_dir() else []


def working_files(out: Path) -> list[str]:
    folder = out / ".work"
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock") if folder.is_dir() else []


@pytest.fixture(scope="module")
def published(small_snapshot, make_chapters, tmp_path_factory):
    """Two runs of everything, one after the other, into two places."""
    home = tmp_path_factory.mktemp("published")
    notebooks = make_chapters(home / "notebooks")
    return [run(str(small_snapshot), out=home / out, notebooks=notebooks) for out in ("one", "two")]


def test_every_file_of_the_contract_is_there(published):
    names = {path.relative_to(published[0]).as_posix() for path in published[0].rglob("*") if path.is_file()}
    assert names >= {
        "index.html", "findings.html", "00_protocol.html", "01_screening.html", "02_escalation.html", "03_safety.html",
        "04_efficacy.html", "results.parquet", "findings.csv", "cutoff.csv", "decisions.json", "provenance.json",
        "subjects/NK521-01-001.html", "notebooks/03_safety.ipynb",
    }  # fmt: skip


def test_two_runs_give_the_same_bytes_but_for_the_run_block(published):
    for path in sorted(published[0].rglob("*")):
        other = published[1] / path.relative_to(published[0])
        if path.is_file() and path.name != "provenance.json":
            assert path.read_bytes() == other.read_bytes(), path.name
    facts = [json.loads((pack / "provenance.json").read_text()) for pack in published]
    for fact in facts:
        assert fact.pop("run").keys() == {"started", "finished"}
    assert facts[0] == facts[1]


def test_every_number_shown_has_its_row_with_the_subjects_behind_it(published):
    rows = pd.read_parquet(published[0] / "results.parquet").set_index("row_id")
    shown = set(re.findall(r'data-r="([^"]+)"', (published[0] / "03_safety.html").read_text()))
    ids = {row for group in shown for row in group.split()}
    assert ids and ids <= set(rows.index)
    n = rows[rows["analysis_id"].eq("safety_ae") & rows["stat_name"].eq("n")].iloc[0]
    assert n["fmt"] == "1" and list(n["usubjids"]) == ["NK521-01-001"]


def test_hostile_words_of_the_data_show_as_text(published):
    for name in ("03_safety.html", "subjects/NK521-01-001.html"):
        page = (published[0] / name).read_text()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script" not in page
        assert "$x_{" in page and "发热" in page and "=HYPERLINK(" in page


def test_subjects_are_linked_to_their_pages(published):
    assert 'href="subjects/NK521-01-001.html"' in (published[0] / "03_safety.html").read_text()


def test_every_page_names_its_data_and_says_synthetic(published):
    manifest = json.loads((published[0] / "provenance.json").read_text())["snapshot"]["manifest_sha256"]
    for page in published[0].rglob("*.html"):
        text = page.read_text()
        for expected in ("S900", "30 Jun 2026", "SYNTHETIC DATA", manifest[:12], "nk521lib 0.", "default-src 'none'"):
            assert expected in text, (page.name, expected)


def test_no_file_holds_a_path_of_this_machine(published, small_snapshot):
    for path in published[0].rglob("*"):
        if path.suffix in (".html", ".ipynb", ".json", ".csv"):
            assert (
                str(small_snapshot.parent) not in path.read_text() and str(published[0].parent) not in path.read_text()
            )
    notebook = nbformat.read(published[0] / "notebooks" / "03_safety.ipynb", as_version=4)
    injected = next(c for c in notebook.cells if c.get("id") == "injected-parameters")
    assert "snapshot = 'S900'" in injected.source and "out = ''" in injected.source


def test_pack_verifies_until_a_file_changes(published):
    assert provenance.verify(published[1]) == []
    page = published[1] / "index.html"
    before = page.read_text()
    page.write_text(before + " ")
    assert provenance.verify(published[1])[0].startswith("index.html: sha256")
    page.write_text(before)


def test_part_of_the_chapters_goes_to_a_place_of_its_own_and_says_so(small_snapshot, make_chapters, tmp_path):
    pack = run(str(small_snapshot), out=tmp_path, chapters=ONE, notebooks=make_chapters(tmp_path / "n"))
    assert re.fullmatch(r"S900\+[0-9a-f]{8}", pack.name)
    for name in ("index.html", "03_safety.html", "findings.html", "subjects/NK521-01-002.html"):
        assert "Chapters not in this pack: protocol, screening, escalation, efficacy." in (pack / name).read_text()
    assert not (pack / "decisions.json").exists()


def test_changed_setting_is_named_on_every_page(small_snapshot, make_chapters, tmp_path):
    notebooks = make_chapters(tmp_path / "n")
    pack = run(str(small_snapshot), settings=["mtd_min_n=3"], out=tmp_path / "o", chapters=ONE, notebooks=notebooks)
    for page in pack.rglob("*.html"):
        assert re.search(r"<code>mtd_min_n</code> = <b>3</b> \(default 6\)", page.read_text()), page.name


FAILING = {
    "protocol": ("1 / 0", "00_protocol.ipynb, cell extra-1: ZeroDivisionError: division by zero"),
    "screening": ("import sys; sys.exit(0)", "01_screening.ipynb: cell extra-1 ended in an error"),
    "safety": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "03_safety.ipynb, cell extra-1: its kernel died"),
    "efficacy": (None, "04_efficacy.ipynb: the last cell did not print the end marker"),
}  # fmt: skip


@pytest.fixture(scope="module")
def failed(small_snapshot, make_chapters, make_notebook, tmp_path_factory):
    """One run in which each of these chapters fails on its own: what it says, and where it was to publish."""
    home = tmp_path_factory.mktemp("failed")
    broken = {
        name: make_notebook(name, cell) if cell else make_notebook(name, end=False)
        for name, (cell, _) in FAILING.items()
    }
    with pytest.raises(ChapterFailed) as failed:
        run(str(small_snapshot), out=home / "o", chapters=tuple(broken), notebooks=make_chapters(home / "n", **broken))
    return failed.value.problems, home / "o"


@pytest.mark.parametrize("chapter", ["protocol", "screening", "safety"])
def test_failing_chapter_is_named_with_cell_and_cause_and_nothing_is_published(failed, chapter):
    problems, out = failed
    assert next(line for line in problems if chapter in line.split(":")[0]).startswith(FAILING[chapter][1])
    assert len(problems) == len(FAILING) + 1
    assert packs(out) == [] and working_files(out) == []
    kept = list((out / ".failed").rglob(f"*_{chapter}.ipynb"))
    assert len(kept) == 1 and "extra-1" in kept[0].read_text()


def test_notebook_that_takes_too_long_is_stopped(small_snapshot, make_chapters, make_notebook, tmp_path):
    notebooks = make_chapters(tmp_path / "n", safety=make_notebook("safety", "import time; time.sleep(300)"))
    with pytest.raises(ChapterFailed, match=r"03_safety\.ipynb, cell .*: stopped after 6 s"):
        run(str(small_snapshot), out=tmp_path / "o", chapters=ONE, notebooks=notebooks, wall_seconds=6)


def test_notebook_without_its_end_is_not_published(failed):
    problems, out = failed
    assert FAILING["efficacy"][1] in problems and packs(out) == []


@pytest.fixture(scope="module")
def refused(small_snapshot, make_chapters, make_notebook, tmp_path_factory):
    """One run of a chapter that shows what no pack may hold: the problems named, and where it was to publish."""
    home = tmp_path_factory.mktemp("refused")
    cells = ("Html('<p data-r=\"nowhere-1\">7 of 9</p>', '7 of 9')", "Html(f'<p>{snapshot}</p>', 'x')")
    notebooks = make_chapters(home / "n", safety=make_notebook("safety", *cells))
    with pytest.raises(PublishError) as refused:
        run(str(small_snapshot), out=home / "o", chapters=ONE, notebooks=notebooks)
    return refused.value.problems, home / "o"


def test_number_without_a_row_stops_the_pack(refused):
    problems, out = refused
    assert "03_safety.html: shows a number without a result row (nowhere-1)" in problems
    assert packs(out) == []


def test_path_of_this_machine_stops_the_pack(refused):
    problems, out = refused
    assert "03_safety.html: holds a path of this machine" in problems and packs(out) == []


def test_refusals_come_before_any_kernel_and_leave_nothing(small_snapshot, make_chapters, tmp_path):
    notebooks, out = make_chapters(tmp_path / "n"), tmp_path / "o"
    with pytest.raises(SnapshotRejected):
        run(str(tmp_path / "nowhere"), out=out, notebooks=notebooks)
    with pytest.raises(ParamsError, match="did you mean dlt_window"):
        run(str(small_snapshot), settings=["dlt_windw=3"], out=out, notebooks=notebooks)
    with pytest.raises(UsageError, match="unknown chapter, expected protocol"):
        run(str(small_snapshot), chapters=["saftey"], out=out, notebooks=notebooks)
    with pytest.raises(UsageError, match="expected 1 or more"):
        run(str(small_snapshot), workers=0, out=out, notebooks=notebooks)
    assert not out.exists()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_leaves_no_pack_no_kernel_and_no_working_file(
    small_snapshot, make_chapters, make_notebook, tmp_path, number, code
):
    started = tmp_path / "started"
    cell = f"import pathlib, os, time; pathlib.Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(300)"
    notebooks = make_chapters(tmp_path / "n", safety=make_notebook("safety", cell))
    program = (
        "import signal\nfrom functools import partial\nfrom pathlib import Path\nfrom nk521lib import cli\nfrom nk521lib.edge import runner\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell starts what it puts behind with Ctrl-C ignored
        f"runner.run = partial(runner.run, notebooks=Path({str(notebooks)!r}))\n"
        "cli.main()\n"
    )
    script = tmp_path / "interrupted.py"
    script.write_text(program)
    command = [
        sys.executable,
        str(script),
        "run",
        str(small_snapshot),
        "--out",
        str(tmp_path / "o"),
        "--chapters",
        "safety",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (started.exists() and started.read_text()) and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    kernel = int(started.read_text())
    os.kill(process.pid, number)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == code and messages == "stopped; nothing was published\n"
    assert not psutil.pid_exists(kernel) or psutil.Process(kernel).status() == psutil.STATUS_ZOMBIE
    assert packs(tmp_path / "o") == [] and working_files(tmp_path / "o") == []


def test_contract_names_what_a_page_must_not_hold(tmp_path):
    import pyarrow as pa

    page = (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'"><p data-r="x-1">1</p>'
        '<a href="http://x" onclick="y()">x</a><script>1</script><a href="gone.html">y</a><a href="#nowhere">z</a>'
    )
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "bare.html").write_text("<p>/srv/me</p>")
    results = pa.table({"row_id": pa.array(["x-2"], pa.string())})
    pages = contract.read_pages(tmp_path)
    problems = contract.breaches(tmp_path, pages, ["index.html", "03_safety.html"], results, ["/srv/me"])
    assert problems == [
        "03_safety.html: is missing",
        "bare.html: has no Content-Security-Policy",
        "index.html: shows a number without a result row (x-1)",
        "index.html: refers to 'http://x'",
        "index.html: links to 'gone.html', which is not there",
        "index.html: links to '#nowhere', which is not there",
        "index.html: holds the handler onclick",
        "index.html: holds a script",
        "bare.html: holds a path of this machine",
    ]
    assert contract.rows_not_shown(pages, results) == ["x-2"]
