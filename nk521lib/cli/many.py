"""Commands over many: batch, and the progress that many things share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.cli.shared import Debug, Params, Settings, app, reported, writing
from nk521lib.errors import PublishError

Scheduler = Annotated[str | None, typer.Option(metavar="ADDRESS", help="A running dask scheduler, as tcp://host:8786; without it a cluster is started on this machine.")]  # fmt: skip


@app.command()
def batch(
    snapshots: Annotated[list[str], typer.Argument(metavar="SNAPSHOT…", help="Folders with snapshot.json, each with an id of its own.")],
    params: Params = None,
    settings: Settings = None,
    out: Annotated[Path, typer.Option(help="Folder of the packs; every worker must see it.")] = Path("reports"),
    scheduler: Scheduler = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Workers of the cluster on this machine; one a core by default.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Run also what the folder of packs holds already.")] = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Publish the packs of many snapshots. One that fails, fails alone; what is published already is not run again."""
    with reported(debug):
        from nk521lib.edge.batch.cluster import open_cluster
        from nk521lib.edge.batch.packs import Outcome, orders, publish_all
        from nk521lib.edge.batch.summary import write_summary

        sent, outcomes = orders(list(dict.fromkeys(snapshots)), params or (), settings or (), out, again)
        with writing(f"--out {out}"):
            out.mkdir(parents=True, exist_ok=True)
        if sent:
            with open_cluster(scheduler, workers) as client, counted("snapshots") as progress:
                outcomes += publish_all(client, sent, progress)
        print(write_summary(out, outcomes))
        failed: list[Outcome] = [outcome for outcome in outcomes if not outcome.pack]
        if failed:
            raise PublishError(*(f"{Path(o.snapshot).name}: not published: {_first(o.problems)}" for o in failed))


def _first(problems: tuple[str, ...]) -> str:
    return problems[0] + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; silence in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    shown = Progress(BarColumn(), TextColumn("{task.completed:.0f} of {task.total:.0f} " + what), TimeElapsedColumn(),
                     TimeRemainingColumn(), console=Console(stderr=True), transient=True)  # fmt: skip
    task = shown.add_task(what, total=None)
    with shown:
        yield lambda done, of: shown.update(task, completed=done, total=of)
