"""What every command shares: its options, how a failure is said, how a line is made safe to print."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.errors import UsageError, WorkbookError

app = typer.Typer(
    help="Literate protocol workbook for NK521: from one data snapshot to one published report pack.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

Params = Annotated[list[Path] | None, typer.Option("--params", help="YAML laid over params/nk521.yaml; may be repeated, later ones win.")]  # fmt: skip
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One parameter; wins over every file.")]  # fmt: skip
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable answer.")]
Snapshot = Annotated[str, typer.Argument(help="Folder with snapshot.json, or demo:D1, demo:D2, demo:D3.")]

Previous = Annotated[str, typer.Option("--previous", metavar="SNAPSHOT", help="Snapshot to compare with; by default the one named in snapshot.json, if it lies beside this one.")]  # fmt: skip

Conformance = Annotated[bool, typer.Option("--conformance", help="Also ask the SDTMIG rules of pointblank, as advice that decides nothing.")]  # fmt: skip
Dispositions = Annotated[Path | None, typer.Option(metavar="FILE", help="Answers to findings (KEY, WHO, WHEN, WHY); by default dispositions.csv beside the snapshot.")]  # fmt: skip


@contextmanager
def reported(debug: bool) -> Iterator[None]:
    """Turn every failure into lines on stderr and the exit code of its kind."""
    try:
        yield
    except WorkbookError as error:
        if debug:
            raise
        for problem in error.problems:
            print(printable(problem), file=sys.stderr)
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
        print(printable(f"unexpected {type(error).__name__}: {first} (--debug shows where)"), file=sys.stderr)
        raise typer.Exit(1) from None


@contextmanager
def writing(place: str) -> Iterator[None]:
    """Whatever the system refuses is one line about this place."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{place}: cannot be written ({error.strerror})") from None


def warn(line: str) -> None:
    print(f"note: {printable(line)}", file=sys.stderr)


def printable(text: str) -> str:
    """One line without control characters: a value from the data must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for item in given or ():
        key, separator, value = item.partition("=")
        if not separator or not key or not value:
            raise UsageError(f"{option} {item}: expected two names with = between them")
        if key in pairs:
            raise UsageError(f"{option} {key}: given twice")
        pairs[key] = value
    return pairs
