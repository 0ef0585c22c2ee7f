"""Commands about report packs: run, verify, record."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.cli.shared import (
    Conformance,
    Debug,
    Dispositions,
    Params,
    Previous,
    Settings,
    Snapshot,
    app,
    printable,
    reported,
    warn,
)
from nk521lib.errors import SnapshotRejected, UsageError


@app.command()
def run(
    snapshot: Snapshot,
    params: Params = None,
    settings: Settings = None,
    out: Annotated[Path, typer.Option(help="Folder of the packs.")] = Path("reports"),
    chapters: Annotated[str, typer.Option(help="Which chapters, separated by commas.")] = "protocol,screening,escalation,safety,efficacy",
    workers: Annotated[int, typer.Option(help="Chapters run at the same time.")] = 5,
    warm: Annotated[bool, typer.Option("--warm/--no-warm", help="Fork kernels from one warm process (Linux), or start stock ones.")] = True,
    previous: Previous = "",
    dispositions: Dispositions = None,
    filing: Annotated[bool, typer.Option("--filing", help="Also listings and tables as XLSX and RTF.")] = False,
    conformance: Conformance = False,
    dataset_json: Annotated[bool, typer.Option("--dataset-json", help="Also the analysis datasets in Dataset-JSON 1.1.")] = False,
    ars: Annotated[bool, typer.Option("--ars", help="Also the results in the shape of CDISC ARS 1.0.")] = False,
    ro_crate: Annotated[bool, typer.Option("--ro-crate", help="Also a description of the run as an RO-Crate.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run every chapter, also one that nothing has changed for since an earlier run.")] = False,
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
                    answers=dispositions,
                    filing=filing,
                    conformance=conformance,
                    exports=[
                        name
                        for name, asked in (("dataset-json", dataset_json), ("ars", ars), ("ro-crate", ro_crate))
                        if asked
                    ],
                    fresh=fresh,
                    say=warn,
                )
        print(pack / "index.html")


@app.command()
def verify(pack: Annotated[Path, typer.Argument(help="Folder of a published pack.")], debug: Debug = False) -> None:
    """Hash a pack's files again and compare with its provenance; say how old it is and what is newer beside it."""
    with reported(debug):
        from datetime import date

        from nk521lib.edge import currency, provenance

        pack = pack.absolute()
        problems = provenance.verify(pack)
        if problems:
            raise SnapshotRejected(*problems)
        print(f"{pack.name}: as published, content {provenance.content_sha256(pack)}")
        for line in currency.say_currency(pack, date.today()):
            print(printable(line))


@app.command()
def record(
    pack: Annotated[Path, typer.Argument(help="Folder of the pack that the committee decided on.")],
    group: Annotated[str | None, typer.Option(help="Group the decision is on.")] = None,
    decision: Annotated[str | None, typer.Option(help="escalate, expand, open, deescalate, hold or stop; open: dosing at the level goes on.")] = None,
    level: Annotated[int | None, typer.Option(help="Level the decision is about; else the one in play, or the one to be expanded.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; a decision against the proposal must say it.")] = None,
    attendees: Annotated[str | None, typer.Option(help="Who was present.")] = None,
    on: Annotated[str | None, typer.Option("--date", help="Day of the decision, as 2026-10-07.")] = None,
    by: Annotated[str | None, typer.Option(help="Who records it.")] = None,
    code: Annotated[str | None, typer.Option(help="Code of the pack as printed on the paper; must be this pack's.")] = None,
    earlier: Annotated[Path | None, typer.Option(help="The committee's file so far (CSV); its rows are put above the new ones.")] = None,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Write the committee's decision as adjud rows for the next snapshot, beside the pack. Asks for what is not given."""
    with reported(debug):
        from datetime import date

        from nk521lib.edge import record as recording

        pack = pack.absolute()
        group = _asked("--group", group, f"Group ({', '.join(recording.groups_of(pack))})")
        if code is None and sys.stdin.isatty():
            code = typer.prompt("Code of the pack on the paper, empty if it is not at hand", default="", show_default=False)  # fmt: skip
        seen = recording.read_seen(pack, group, code or "")
        print(printable(f"Proposal seen: {seen.proposal}"))
        decision = _asked("--decision", decision, "Decision (escalate, expand, open, deescalate, hold, stop)")
        reason = _asked("--reason", reason, "Reason")
        attendees = _asked("--attendees", attendees, "Present")
        on = _asked("--date", on, "Date of the decision, as 2026-10-07")
        by = _asked("--by", by, "Recorded by")
        file, rows = recording.record(pack, group, decision, reason, attendees, on, by, date.today(), level, code or "", earlier)  # fmt: skip
        for row in rows:
            print(printable(f"{row['VALUE']} level {row['LEVEL']}, group {row['GROUP']}, {row['ADJDTC']}"))
        if rows[0]["DEPARTS"] == "Y":
            print("This decision departs from the proposal; every later pack says so.")
        print(f"{file}: put these rows into adjud.csv of the next snapshot before it is sealed")


def _asked(option: str, given: str | None, question: str) -> str:
    """What was given, else the answer to a question on a terminal; a pipe is told what is missing."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"{option}: missing; {question.lower()}")
    return typer.prompt(question)


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
