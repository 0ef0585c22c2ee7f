"""One snapshot in, one published pack out, or nothing (spec outputs.md sections 1 and 2).

Gate, run the chapters, merge what they found, render, look once more, rename into place: each step is a function of its
own module, this one only puts them in order.
"""

import signal
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat

from nk521lib.edge import chapter_cache, provenance, publish, software
from nk521lib.edge.chapter import read_params
from nk521lib.edge.dispositions_file import read_dispositions
from nk521lib.edge.execution import WALL_SECONDS, Job, Progress, run_notebooks
from nk521lib.edge.exports import check_exports, write_exports
from nk521lib.edge.inputs import find_dispositions
from nk521lib.edge.notebooks import (
    CHAPTERS,
    check_parameters,
    declared_parameters,
    find_notebook,
    read_notebook,
    tidied,
    warnings_printed,
)
from nk521lib.edge.paths import NOTEBOOKS, PROJECT
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.edge.warm import shared_reading
from nk521lib.edge.warm.start import warm_kernels
from nk521lib.errors import ChapterFailed, UsageError


class Terminated(KeyboardInterrupt):
    """SIGTERM: ends a run as Ctrl-C does."""


def silent(chapter: str, done: int, cells: int) -> None:
    """No progress is shown."""


def run(
    snapshot: str,
    params_files: Sequence[str | Path] = (),
    settings: Sequence[str] = (),
    out: str | Path = "reports",
    chapters: Sequence[str] = CHAPTERS,
    workers: int = len(CHAPTERS),
    progress: Progress = silent,
    warn=lambda line: None,
    notebooks: Path = NOTEBOOKS,
    wall_seconds: float = WALL_SECONDS,
    warm: bool = True,
    previous: str = "",
    answers: Path | None = None,
    filing: bool = False,
    conformance: bool = False,
    exports: Collection[str] = (),
    fresh: bool = False,
    say=lambda line: None,
) -> Path:
    """Publish the pack of a snapshot and return its folder.

    snapshot : a folder, or demo:D1, demo:D2, demo:D3. chapters : any of CHAPTERS. progress(chapter, cells done, cells).
    warm : kernels forked from one warm process where the system can do that; False takes stock kernels.
    warn(line) : something the reader should know that does not stop the run. previous : the snapshot to compare with, in the
    same form as snapshot; empty finds the one that the manifest names. answers : a data manager's dispositions.csv; None
    takes the one beside the snapshot, if there is one. filing : also listings and tables
    as XLSX and RTF. conformance : also the page of advice on SDTMIG, which decides nothing.
    exports : any of nk521lib.edge.exports.EXPORTS. fresh : run every chapter, also one that would come out the same as in an
    earlier run. say(line) : what the reader may like to know.
    Raises UsageError, ParamsError (exit 2), SnapshotRejected (3), ChapterFailed, PublishError (1); then nothing is
    published and an earlier pack stays as it was.
    """
    started = datetime.now(UTC)
    chosen = _chosen(chapters, workers)
    check_exports(exports)
    files = [Path(file).absolute() for file in params_files]
    answered = find_dispositions(snapshot, answers)
    disposed = read_dispositions(answered)
    cut = read_snapshot(snapshot, read_params(files, settings), previous)
    paths = {chapter: find_notebook(chapter, notebooks) for chapter in chosen}
    source, before = _absolute(snapshot), _absolute(previous)
    name = publish.pack_name(cut.manifest.snapshot_id, cut.params, whole=chosen == CHAPTERS)
    with _ended_by_sigterm(), publish.claim(Path(out), name) as place:
        given = {"snapshot": source, "params_files": [str(file) for file in files], "settings": list(settings)}
        jobs = _jobs(paths, given, before, place, wall_seconds)
        public = {"snapshot": _public_name(snapshot), "params_files": [file.name for file in files], "out": ""}
        shown = {job.chapter: job.parameters | public for job in jobs}
        for parameters in shown.values():
            parameters |= {"previous": _public_name(previous)} if "previous" in parameters else {}
        library = software.library_sha256()
        keys = {job.chapter: chapter_cache.key_of(job.notebook, shown[job.chapter], cut, library) for job in jobs}
        taken = [] if fresh else chapter_cache.take_all(jobs, keys, place.stored, progress, say, warn)
        with warm_kernels(warm):
            shared_reading.offer(cut, before)
            run_notebooks([job for job in jobs if job.chapter not in taken], workers, progress, meanwhile=_packing)
        _require_complete(jobs, place, warn)
        packing = _packing()
        executed = {job.chapter: tidied(job.executed, shown[job.chapter]) for job in jobs}
        folders = {job.chapter: Path(job.parameters["out"]) for job in jobs}
        made = packing.assemble(cut, paths, executed, folders, disposed, warn)
        packing.write_pack(place.staging, made, paths, executed, filing)
        if conformance:
            packing.write_advice(place.staging, cut, snapshot, paths, len(chosen) == len(CHAPTERS))
        write_exports(place.staging, cut, exports, started)
        facts = provenance.describe(place.staging, cut, chosen, files, settings, started, answered, taken)
        publish.write_text(place.staging / provenance.FILE, provenance.to_json(facts))
        packing.require_contract(
            place.staging, made.results, paths, cut, [source, before, str(place.out), str(PROJECT)], warn
        )
        pack = place.publish()
        chapter_cache.keep_all([job for job in jobs if job.chapter not in taken], keys, place.stored, warn)
        return pack


def _chosen(chapters: Sequence[str], workers: int) -> tuple[str, ...]:
    unknown = [chapter for chapter in chapters if chapter not in CHAPTERS]
    if unknown:
        raise UsageError(f"--chapters {unknown[0]}: unknown chapter, expected {', '.join(CHAPTERS)}")
    if not chapters:
        raise UsageError(f"--chapters: nothing to run, expected some of {', '.join(CHAPTERS)}")
    if workers < 1:
        raise UsageError(f"--workers {workers}: expected 1 or more")
    return tuple(chapter for chapter in CHAPTERS if chapter in chapters)


def _jobs(
    paths: Mapping[str, Path], given: dict[str, Any], previous: str, place: publish.Place, wall_seconds: float
) -> list[Job]:
    """Parameters are checked here, before papermill, which would only log a misspelt one and run with the default.

    The previous snapshot goes to the chapters that ask for it.
    """
    jobs = []
    for chapter, path in paths.items():
        folder = place.scratch / chapter
        folder.mkdir()
        notebook, parameters = read_notebook(path), given | {"out": str(folder)}
        if previous and "previous" in declared_parameters(notebook, path.name):
            parameters |= {"previous": previous}
        check_parameters(notebook, path.name, parameters)
        jobs.append(Job(chapter, path, notebook, parameters, wall_seconds))
    return jobs


def _packing() -> ModuleType:
    """It takes as long to import as a snapshot takes to read, and nothing needs it before the kernels have ended."""
    from nk521lib.edge import packing

    return packing


def _require_complete(jobs: Sequence[Job], place: publish.Place, warn) -> None:
    failed = [job for job in jobs if job.problem]
    if failed:
        texts = {job.path.name: nbformat.writes(job.executed) for job in failed if job.executed is not None}
        kept = publish.keep_for_inspection(place, texts)
        lines = [job.problem for job in failed]
        raise ChapterFailed(*lines, f"nothing is published; the executed notebooks are in {kept}")
    for job in jobs:
        for cell in warnings_printed(job.executed):
            warn(f"{job.path.name}, cell {cell}: printed a warning; run the notebook to read it")


def _absolute(snapshot: str) -> str:
    """As the chapters, which run elsewhere, can find it."""
    return snapshot if not snapshot or snapshot.startswith("demo:") else str(Path(snapshot).absolute())


def _public_name(snapshot: str) -> str:
    """How a published notebook names its snapshot: without the path of this machine."""
    return snapshot if snapshot.startswith("demo:") else Path(snapshot).absolute().name


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does: kernels first, then the working folder."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number, frame):
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
