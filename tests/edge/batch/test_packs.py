"""Many snapshots: each fails or is published alone, nothing twice, and a lost worker costs its task only."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from nk521lib.edge import provenance, software
from nk521lib.edge.batch import cluster as engine
from nk521lib.edge.batch import packs
from nk521lib.edge.batch.packs import Order, Outcome, orders, publish_one
from nk521lib.edge.batch.summary import write_summary
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.warm import wire
from nk521lib.errors import ParamsError, UsageError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def snapshots(small_snapshot, tmp_path_factory) -> list[Path]:
    """Three snapshots with an id each, and a folder that is none."""
    from nk521lib.edge.seal import seal

    home = tmp_path_factory.mktemp("many")
    made = []
    for name in ("S901", "S902", "S903"):
        folder = shutil.copytree(small_snapshot, home / name, ignore=shutil.ignore_patterns("snapshot.json"))
        seal(folder, name, "2026-06-30", synthetic=True)
        made.append(folder)
    (home / "bad").mkdir()
    return [*made, home / "bad"]


def test_a_bad_snapshot_is_refused_alone_and_before_anything_is_sent(snapshots, tmp_path):
    sent, refused = orders([str(s) for s in snapshots], [], [], tmp_path)
    assert [Path(order.snapshot).name for order in sent] == ["S901", "S902", "S903"]
    assert [Path(outcome.snapshot).name for outcome in refused] == ["bad"] and "snapshot.json" in refused[0].problems[0]


def test_wrong_parameters_stop_the_batch(snapshots, tmp_path):
    with pytest.raises(ParamsError, match="did you mean mtd_min_n"):
        orders([str(snapshots[0])], [], ["mtd_min=3"], tmp_path)


def test_two_snapshots_of_one_id_are_refused_by_name(snapshots, tmp_path):
    again = shutil.copytree(snapshots[0], tmp_path / "again")
    with pytest.raises(UsageError, match="S901: is the id of 2 of these snapshots"):
        orders([str(snapshots[0]), str(again)], [], [], tmp_path)


def test_keys_name_the_content_not_the_place(snapshots, tmp_path):
    again = shutil.copytree(snapshots[0], tmp_path / "again")
    keys = [orders([str(s)], [], settings, tmp_path)[0][0].key for s, settings in
            ((snapshots[0], []), (again, []), (snapshots[1], []), (snapshots[0], ["mtd_min_n=3"]))]  # fmt: skip
    assert keys[0] == keys[1] and len(set(keys)) == 3


def test_a_folder_that_a_worker_does_not_see_is_named(tmp_path):
    gone = Order(str(tmp_path / "gone"), (), (), str(tmp_path), "k")
    assert "every worker must see it" in publish_one(gone).problems[0]


def test_a_full_disk_fails_its_snapshot_alone_and_leaves_nothing(snapshots, tmp_path, monkeypatch):
    from nk521lib.edge import publish, runner

    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(publish, "write_text", full)
    monkeypatch.setattr(runner, "run_notebooks", lambda *_, **__: None)
    monkeypatch.setattr(
        runner, "_require_complete", lambda jobs, place, warn: publish.write_text(place.staging / "x", "")
    )
    outcome = publish_one(orders([str(snapshots[0])], [], [], tmp_path)[0][0])
    assert outcome.pack == "" and "No space left on device" in outcome.problems[0]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.fixture
def quick_run(monkeypatch):
    """A run that writes only what a batch reads of a pack; on this process's workers only."""
    from nk521lib.edge import runner

    made = []

    def run(snapshot, params_files, settings, out, workers, fresh):
        pack = Path(out) / json.loads((Path(snapshot) / "snapshot.json").read_text())["snapshot_id"]
        pack.mkdir(exist_ok=True)
        decisions = {
            "synthetic": True,
            "cutoff_date": "2026-06-30",
            "groups": {"A": {"decision": "ESCALATE", "to_level": 2}},
        }
        (pack / "decisions.json").write_text(json.dumps(decisions))
        params = packs.read_params(params_files, settings)
        said = packs._content(snapshot, params)
        facts = {
            "snapshot": {name: said[name] for name in ("manifest_sha256", "compared_with")},
            "parameters": {"sha256": params.sha256}, "outputs": provenance.outputs(pack),
        } | {name: said[name] for name in ("dispositions", "chapters", "code")}  # fmt: skip
        (pack / provenance.FILE).write_text(json.dumps(facts))
        made.append(pack.name)
        return pack

    monkeypatch.setattr(runner, "run", run)
    return made


def test_what_is_published_is_not_run_again_unless_asked_or_changed(snapshots, tmp_path, quick_run, monkeypatch):
    code = {"nk521lib": "0", "git_commit": "a", "git_dirty": False, "lock_sha256": "b"}
    monkeypatch.setattr(software, "code_version", lambda: code)
    (order,) = orders([str(snapshots[0])], [], [], tmp_path)[0]
    first, second = publish_one(order), publish_one(order)
    assert (first.pack, first.there_already, second.pack, second.there_already) == ("S901", False, "S901", True)
    assert quick_run == ["S901"]
    publish_one(orders([str(snapshots[0])], [], [], tmp_path, again=True)[0][0])
    (tmp_path / "S901" / "decisions.json").write_text("{}")
    publish_one(order)
    assert quick_run == ["S901"] * 3, "asked for again; damaged since"
    for changed in ({"git_commit": "c"}, {"git_dirty": True}):
        monkeypatch.setattr(software, "code_version", lambda changed=changed: code | changed)
        publish_one(order)
    assert quick_run == ["S901"] * 5, "other code; code that no commit names"


def test_a_pack_is_made_again_when_answers_or_the_snapshot_before_come_beside_its_data(
    snapshots, tmp_path, quick_run, monkeypatch
):
    from nk521lib.edge.seal import seal

    code = {"nk521lib": "0", "git_commit": "a", "git_dirty": False, "lock_sha256": "b"}
    monkeypatch.setattr(software, "code_version", lambda: code)
    home, out = tmp_path / "home", tmp_path / "out"
    out.mkdir()
    folder = shutil.copytree(snapshots[1], home / "S902", ignore=shutil.ignore_patterns("snapshot.json"))
    seal(folder, "S902", "2026-06-30", synthetic=True, fields={"previous_snapshot_id": "S901"})
    (order,) = orders([str(folder)], [], [], out)[0]
    keys = [order.key]
    assert not publish_one(order).there_already and publish_one(order).there_already

    shutil.copytree(snapshots[0], home / "S901")
    keys.append(orders([str(folder)], [], [], out)[0][0].key)
    assert not publish_one(order).there_already and publish_one(order).there_already

    (home / "dispositions.csv").write_text("KEY,WHO,WHEN,WHY\n")
    keys.append(orders([str(folder)], [], [], out)[0][0].key)
    assert not publish_one(order).there_already and publish_one(order).there_already
    assert quick_run == ["S902"] * 3 and len(set(keys)) == 3


def test_what_a_pack_is_compared_by_stands_in_its_provenance(snapshots, make_cut, tmp_path):
    """The fields are those that provenance.json has, so that a real pack can ever be the same."""
    facts = provenance.describe(tmp_path, make_cut(), packs.CHAPTERS, [], [], datetime.now(UTC))
    said = packs._content(str(snapshots[0]), packs.read_params([], []))
    assert said.keys() - {"parameters"} <= facts.keys() | facts["snapshot"].keys()


def test_summary_names_failures_first_and_links_every_pack(snapshots, tmp_path, quick_run):
    order = orders([str(snapshots[0])], [], [], tmp_path)[0][0]
    made = publish_one(order)
    failed = Outcome(str(snapshots[3]), problems=("no <b>snapshot</b>.json",))
    page = write_summary(tmp_path, [made, failed]).read_text()
    assert "1 of 2 snapshots published" in page and 'href="S901/index.html"' in page
    assert "Group A: ESCALATE to level 2" in page and "no &lt;b&gt;snapshot&lt;/b&gt;.json" in page
    assert page.index("Not published") < page.index(">Published<") and "default-src 'none'" in page


def test_scheduler_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setattr(engine, "REACH_SECONDS", 1)
    with (
        pytest.raises(UsageError, match=r"--scheduler tcp://127\.0\.0\.1:1: cannot be reached"),
        engine.open_cluster("tcp://127.0.0.1:1"),
    ):
        pass


class _Answers:
    """A client whose workers answer as told."""

    def __init__(self, version, facts=None):
        self._answers = {"version": version, "_facts": facts}

    def scheduler_info(self, n_workers=0):
        return {"workers": {"w1": {}}}

    def run(self, function, *_, on_error):
        return {"w1": self._answers[function.__name__]}


@pytest.mark.parametrize(
    "version, facts, says",
    [
        (ModuleNotFoundError("nk521lib"), None, "worker w1: nk521lib is not installed there; make its environment"),
        ("0.1.0", ImportError("libz"), "worker w1: nk521lib cannot be loaded there"),
        ("0.1.0", engine._facts() | {"pandas": "2.0"}, "worker w1: pandas is 2.0, here "),
        ("0.1.0", engine._facts() | {"git commit": "0" * 40}, "worker w1: git commit is 000"),
    ],
)
def test_a_worker_that_would_give_other_bytes_is_named(version, facts, says):
    with pytest.raises(UsageError) as refused:
        engine._require_workers(_Answers(version, facts), "tcp://x")
    assert says in refused.value.problems[0] and len(refused.value.problems) == 1


def test_a_scheduler_without_workers_is_one_line(scheduler, monkeypatch):
    monkeypatch.setattr(engine, "REACH_SECONDS", 2)
    monkeypatch.setattr(engine.Client, "scheduler_info", lambda self, n_workers=0: {"workers": {}})
    monkeypatch.setattr(engine.Client, "wait_for_workers", lambda self, n, timeout: (_ for _ in ()).throw(TimeoutError))
    with (
        pytest.raises(UsageError, match="has no workers; start some with: dask worker tcp://"),
        engine.open_cluster(scheduler),
    ):
        pass


def _family_at_work(nanny):
    """A worker under ``nanny`` whose warmed process has a kernel now, with all its descendants; empty when there is none.

    Looked for downwards from the nanny: elsewhere on the machine processes come and go while they are listed.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        for worker in psutil.Process(nanny).children():
            for process in worker.children():
                if "nk521lib.edge.warm.process" in process.cmdline() and process.children():
                    return [worker, *worker.children(recursive=True)]
    return []


@pytest.mark.skipif(not wire.available(), reason="no warmed process on this system, so no kernel to catch at work")
def test_a_worker_killed_in_the_middle_costs_only_its_task(cluster, snapshots, tmp_path):
    """Packs on two real workers; one is killed while it runs, its nanny starts another, nothing is left behind."""
    sent, _ = orders([str(s) for s in snapshots[:2]], [], [], tmp_path, again=True)
    killed, over = [], threading.Event()

    def kill_one_that_works():
        while not killed and not over.wait(0.02):
            for family in filter(None, map(_family_at_work, ours)):
                killed.extend(process.pid for process in family)
                os.kill(family[0].pid, signal.SIGKILL)
                return

    with engine.open_cluster(cluster) as client:
        ours = {info["pid"] for info in client.run(lambda: {"pid": os.getppid()}).values()}
        killer = threading.Thread(target=kill_one_that_works)
        killer.start()
        outcomes = packs.publish_all(client, sent, lambda done, of: None)
        over.set()
        killer.join()
    assert killed and [outcome.pack for outcome in outcomes] == ["S901", "S902"]
    assert all(provenance.verify(tmp_path / outcome.pack) == [] for outcome in outcomes)
    time.sleep(1)
    assert [
        pid for pid in killed if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ] == []
    assert [p for p in (tmp_path / ".work").iterdir() if p.suffix != ".lock"] == []


def test_the_command_publishes_every_chapter_on_a_worker_of_its_own(snapshots, tmp_path):
    """The notebooks themselves, on the embedded cluster, as somebody would type it."""
    words = ["batch", str(snapshots[0]), str(tmp_path / "nowhere"), "--out", str(tmp_path / "o"), "--workers", "1"]
    done = subprocess.run([sys.executable, "-m", "nk521lib.cli", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("nowhere: not published: ")
    pack = tmp_path / "o" / "S901"
    assert provenance.verify(pack) == [] and provenance.read(pack)["chapters"] == list(CHAPTERS)
    assert (tmp_path / "o" / "batch.html").read_text(encoding="utf-8").count("S901/index.html") == 1


def test_workers_of_the_embedded_cluster_keep_no_samples_of_their_stack():
    """They would hold a quarter of an hour of them, and a worker's memory would not be flat until then."""
    with engine.open_cluster(workers=1) as client:
        callbacks = client.run(lambda dask_worker: list(dask_worker.periodic_callbacks))
    assert callbacks and not any(name.startswith("profile") for names in callbacks.values() for name in names)
