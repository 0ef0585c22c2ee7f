"""The command `nk521`: parses, calls, prints. Whatever is heavy is imported by the command that needs it.

Exit codes: 0 done, 1 anything else, 2 usage or parameters refused, 3 snapshot rejected, 4 a finding withholds a proposal
(`check`), 130 Ctrl-C, 143 SIGTERM. Problems go to stderr, one line each; a traceback is shown with --debug only.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.errors import SnapshotRejected, UsageError, WorkbookError

app = typer.Typer(
    help="Literate protocol workbook for NK521: from one data snapshot to one published report pack.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

Params = Annotated[list[Path] | None, typer.Option("--params", help="YAML laid over params/nk521.yaml; may be repeated, later ones win.")]  # fmt: skip
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One parameter; wins over every file.")]  # fmt: skip
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable answer.")]
Snapshot = Annotated[str, typer.Argument(help="Folder with snapshot.json, or demo:D1, demo:D2, demo:D3.")]


@app.command()
def run(
    snapshot: Snapshot,
    params: Params = None,
    settings: Settings = None,
    out: Annotated[Path, typer.Option(help="Folder of the packs.")] = Path("reports"),
    chapters: Annotated[str, typer.Option(help="Which chapters, separated by commas.")] = "protocol,screening,escalation,safety,efficacy",
    workers: Annotated[int, typer.Option(help="Chapters run at the same time.")] = 2,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Check a snapshot, run every chapter, publish one pack."""
    with _reported(debug):
        from nk521lib.edge import runner

        chosen = [name.strip() for name in chapters.split(",") if name.strip()]
        with _progress() as progress:
            pack = runner.run(snapshot, params or (), settings or (), out, chosen, workers, progress, _warn)
        print(pack / "index.html")


@app.command()
def check(
    snapshot: Snapshot,
    params: Params = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="Also write the findings to this CSV file.")] = None,
    debug: Debug = False,
) -> None:
    """Run the data checks alone. Exit 4 when a finding withholds a proposal, 3 when the snapshot is rejected."""
    with _reported(debug):
        from nk521lib.edge.chapter import read_params
        from nk521lib.edge.datasets import to_csv
        from nk521lib.edge.snapshot import read_snapshot
        from nk521lib.findings import to_frame
        from nk521lib.terms import Effect

        cut = read_snapshot(snapshot, read_params(params or (), settings or ()))
        found = to_frame(cut.findings)
        for row in found.fillna("").itertuples():
            record = " ".join(filter(None, (row.usubjid, row.domain, row.seq)))
            print(
                f"{row.effect:<7} {row.id} {record + ': ' if record else ''}{row.message.removeprefix(row.domain + ': ')}"
            )
        print(f"{cut.manifest.snapshot_id}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}")
        if out:
            out.write_text(to_csv(found), encoding="utf-8")
        if found["effect"].eq(Effect.BLOCK).any():
            raise typer.Exit(4)  # fmt: skip


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(help="Folder of domain files.")],
    snapshot_id: Annotated[str, typer.Option("--id", help="Unique id, as S003.")],
    cutoff: Annotated[str, typer.Option(help="Cut-off date, as 2026-09-30.")],
    synthetic: Annotated[str, typer.Option(metavar="yes|no", help="Are the data made up?")],
    mapping: Annotated[list[str] | None, typer.Option("--map", metavar="FILE=DOMAIN", help="Domain of a file whose name does not say it.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="FILE", help="A file that is not read; * stands for anything.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other field of the manifest; encoding.FILE=NAME for a file that is not UTF-8.")] = None,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Make a folder of domain files a snapshot: hash, count and list them in snapshot.json."""
    with _reported(debug):
        from nk521lib.edge.seal import seal as write_manifest

        if synthetic not in ("yes", "no"):
            raise UsageError(f"--synthetic {synthetic}: expected yes or no")
        fields = _pairs("--set", settings)
        encodings = {
            key.removeprefix("encoding."): fields.pop(key) for key in list(fields) if key.startswith("encoding.")
        }
        at = fields.pop("extracted_at", None)
        sealed = write_manifest(folder, snapshot_id, cutoff, synthetic == "yes", _pairs("--map", mapping), ignore or (),
                                fields, encodings, at)  # fmt: skip
        print(f"{folder / 'snapshot.json'}: {len(sealed.files)} files, {len(sealed.ignored)} ignored")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where D1, D2, D3 are written.")],
    subjects: Annotated[int | None, typer.Option(help="Instead, one larger trial of the same shape.")] = None,
    debug: Debug = False,
) -> None:
    """Write the synthetic demo snapshots D1, D2, D3: three consecutive cuts of one trial."""
    with _reported(debug):
        from nk521lib.edge.demo import write_demo, write_trial

        written = write_trial(folder, subjects) if subjects else write_demo(folder)
        print(written if written is not None else folder)


@app.command("next")
def next_dose(
    history: Annotated[str, typer.Argument(help='Outcomes so far, as "1NNN 2NNT": a level, then one letter per subject; N no DLT, T DLT, P pending.')],
    group: Annotated[str | None, typer.Option(help="Group the answer is for.")] = None,
    design: Annotated[str, typer.Option(help="3+3, boin, mtpi2 or crm.")] = "3+3",
    params: Params = None,
    settings: Settings = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """What the design says after these outcomes."""
    with _reported(debug):
        from nk521lib.edge.design_answers import answer_next
        from nk521lib.edge.parameters import read_params

        answer = answer_next(history, read_params(params or (), settings or ()), design, group)
        print(json.dumps(answer) if as_json else _said(answer, group))


@app.command()
def oc(
    truth: Annotated[str, typer.Option(help="True DLT rate per level, as 0.10,0.25,0.40.")],
    design: Annotated[str, typer.Option(help="3+3, boin, mtpi2 or crm.")] = "3+3",
    cap: Annotated[int | None, typer.Option(help="Most subjects of a group; the sample size of boin, mtpi2 and crm.")] = None,
    start: Annotated[str, typer.Option("--from", help='Start from a history, as "1NNN".')] = "",
    params: Params = None,
    settings: Settings = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Operating characteristics of a design: how often it finds which dose, and with how many subjects."""
    with _reported(debug):
        from nk521lib.edge.design_answers import answer_oc
        from nk521lib.edge.parameters import read_params

        answer = answer_oc(_rates(truth), read_params(params or (), settings or ()), design, cap, start)
        print(json.dumps(answer) if as_json else _characteristics(answer))


@app.command()
def verify(pack: Annotated[Path, typer.Argument(help="Folder of a published pack.")], debug: Debug = False) -> None:
    """Hash a pack's files again and compare with its provenance; say by what it is superseded."""
    with _reported(debug):
        from nk521lib.edge import provenance, publish

        pack = pack.absolute()
        problems = provenance.verify(pack)
        if problems:
            raise SnapshotRejected(*problems)
        newer = publish.superseded_by(pack)
        print(f"{pack.name}: as published" + (f"; superseded by {newer}" if newer else ""))


@app.command()
def lab() -> None:
    """Open the notebooks in JupyterLab, on this machine only."""
    import os

    from nk521lib.edge.paths import NOTEBOOKS

    private = ["--ServerApp.ip=127.0.0.1", "--LabApp.news_url=None"]
    quiet = ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # neither asks the network anything
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(NOTEBOOKS), *private, *quiet])


def main() -> None:
    """Entry point of the console script."""
    app()


@contextmanager
def _reported(debug: bool) -> Iterator[None]:
    """Turn every failure into lines on stderr and the exit code of its kind."""
    try:
        yield
    except WorkbookError as error:
        if debug:
            raise
        for problem in error.problems:
            print(_printable(problem), file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt as error:
        print("stopped; nothing was published", file=sys.stderr)
        raise typer.Exit(143 if type(error).__name__ == "Terminated" else 130) from None
    except (typer.Exit, SystemExit):
        raise
    except Exception as error:
        if debug:
            raise
        first = str(error).splitlines()[0] if str(error) else ""
        print(_printable(f"unexpected {type(error).__name__}: {first} (--debug shows where)"), file=sys.stderr)
        raise typer.Exit(1) from None


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


def _warn(line: str) -> None:
    print(f"note: {_printable(line)}", file=sys.stderr)


def _printable(text: str) -> str:
    """One line without control characters: a value from the data must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for item in given or ():
        key, separator, value = item.partition("=")
        if not separator or not key or not value:
            raise UsageError(f"{option} {item}: expected two names with = between them")
        if key in pairs:
            raise UsageError(f"{option} {key}: given twice")
        pairs[key] = value
    return pairs


def _rates(text: str) -> list[float]:
    rates = []
    for part in text.split(","):
        try:
            rates.append(float(part))
        except ValueError:
            raise UsageError(f"--truth {text}: {part!r} is not a rate; expected numbers as 0.10,0.25,0.40") from None
    return rates


def _said(answer: dict, group: str | None) -> str:
    where = f"Group {group}: " if group else ""
    to = f" to level {answer['to_level']}" if answer["to_level"] else ""
    would = f" (would be {answer['would_be']}, {answer['short_by']} places short)" if answer["would_be"] else ""
    sure = "certain" if answer["certain"] else "still possible: " + ", ".join(answer["possible"])
    mtd = f"\nMTD level {answer['mtd']}, {answer['claim']}" if answer["mtd"] else ""
    counts = f"level {answer['level']}: {answer['x']} of {answer['n']} with a DLT, {answer['m']} pending"
    return f"{where}{answer['decision']}{to}{would}, {sure}\n{counts}\n{answer['reason']}{mtd}"


def _characteristics(answer: dict) -> str:
    how = "exact" if answer["exact"] else f"{answer['n_sim']} simulated trials, seed {answer['seed']}"
    lines = [f"{answer['design']}, {how}; true DLT rates {', '.join(f'{rate:g}' for rate in answer['truth'])}"]
    lines += [f"P(MTD = level {level})  {p:.4f}" for level, p in answer["p_mtd"].items() if level != "none"]
    lines += [f"P(no MTD)           {answer['p_mtd']['none']:.4f}", f"E(N)                {answer['e_n']:.3f}"]
    if answer["p_n_over_cap"] is not None:
        lines.append(f"P(N above the cap)  {answer['p_n_over_cap']:.4f}")
    return "\n".join([*lines, f"E(DLT)              {answer['e_dlt']:.3f}"])


if __name__ == "__main__":
    main()
