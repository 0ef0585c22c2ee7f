"""Commands about report packs: run, verify."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.cli.shared import Debug, Params, Previous, Settings, Snapshot, app, reported, warn
from nk521lib.errors import SnapshotRejected


@app.command()
def run(
    snapshot: Snapshot,
    params: Params = None,
    settings: Settings = None,
    out: Annotated[Path, typer.Option(help="Folder of the packs.")] = Path("reports"),
    chapters: Annotated[str, typer.Option(help="Which chapters, separated by commas.")] = "protocol,screening,escalation,safety,efficacy",
    workers: Annotated[int, typer.Option(help="Chapters run at the same time.")] = 2,
    warm: Annotated[bool, typer.Option("--warm/--no-warm", help="Fork kernels from one warm process (Linux), or start stock ones.")] = True,
    previous: Previous = "",
    debug: Debug = False,
) -> None:  # fmt: skip
    """Check a snapshot, run every chapter, publish one pack."""
    with reported(debug):
        from nk521lib.edge.warm.start import warm_kernels

        with warm_kernels(warm):  # it gets ready while this process imports and reads
            from nk521lib.edge import runner

            chosen = [name.strip() for name in chapters.split(",") if name.strip()]
            with _progress() as progress:
                pack = runner.run(
                    snapshot,
                    params or (),
                    settings or (),
                    out,
                    chosen,
                    workers,
                    progress,
                    warn,
                    warm=warm,
                    previous=previous,
                )
        print(pack / "index.html")


@app.command()
def verify(pack: Annotated[Path, typer.Argument(help="Folder of a published pack.")], debug: Debug = False) -> None:
    """Hash a pack's files again and compare with its provenance; say by what it is superseded."""
    with reported(debug):
        from nk521lib.edge import provenance, publish

        pack = pack.absolute()
        problems = provenance.verify(pack)
        if problems:
            raise SnapshotRejected(*problems)
        newer = publish.superseded_by(pack)
        print(f"{pack.name}: as published" + (f"; superseded by {newer}" if newer else ""))


@contextmanager
def _progress() -> Iterator:
    """A bar per chapter on a terminal; silence in a pipe."""
    if not sys.stderr.isatty():
        yield lambda chapter, done, cells: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    shown = Progress(TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f} cells"),
                     TimeElapsedColumn(), console=Console(stderr=True), transient=True)  # fmt: skip
    tasks: dict = {}

    def progress(chapter: str, done: int, cells: int) -> None:
        if chapter not in tasks:
            tasks[chapter] = shown.add_task(chapter, total=cells)
        shown.update(tasks[chapter], completed=done, total=cells)

    with shown:
        yield progress
