"""Commands about snapshots: check, seal, demo."""

from pathlib import Path
from typing import Annotated

import typer

from nk521lib.cli.screen import show_findings
from nk521lib.cli.shared import (
    Conformance,
    Debug,
    Dispositions,
    Params,
    Previous,
    Settings,
    Snapshot,
    app,
    pairs,
    reported,
    warn,
    writing,
)
from nk521lib.errors import UsageError

_MISSED = {
    "extracted_at": ("no date is compared with the extraction, and every page says so", "2026-10-02T08:00:00+08:00"),
    "previous_snapshot_id": ("nothing is compared with an earlier snapshot (NKD-099)", "S002"),
    "protocol_version": ("every page says that it is not stated", "1.1"),
}
"""Fields of the manifest whose absence a reader notices: what follows from it, and how one is written."""


@app.command()
def check(
    snapshot: Snapshot,
    params: Params = None,
    settings: Settings = None,
    previous: Previous = "",
    dispositions: Dispositions = None,
    conformance: Conformance = False,
    out: Annotated[Path | None, typer.Option(help="Also write the findings to this CSV file.")] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Check anew, also what an earlier check has answered (kept in your own cache folder, or in the one NK521_CACHE names).",
        ),
    ] = False,
    debug: Debug = False,
) -> None:
    """Run the data checks alone. Exit 4 when a finding withholds a proposal, 3 when the snapshot is rejected."""
    with reported(debug):
        from nk521lib.edge import checked
        from nk521lib.edge.inputs import find_dispositions, find_snapshot
        from nk521lib.edge.parameters import read_params

        answers, used = find_dispositions(snapshot, dispositions), read_params(params or (), settings or ())
        if out and out.absolute().parent.resolve() == find_snapshot(snapshot).resolve():
            raise UsageError(f"--out {out}: a snapshot is never written into; name a file elsewhere")
        cut, make = None, lambda: checked.check(snapshot, used, previous, answers)
        if fresh or conformance:
            found, cut = make()
        else:
            found = checked.checked_before(
                snapshot, used, previous, answers, lambda: make()[0], warn, checked.place_of_answers()
            )
        for note in found.notes:
            warn(note)
        show_findings(found)
        if conformance:
            from nk521lib.edge.conformance import advise, count_advice

            print(count_advice(advise(find_snapshot(snapshot), cut)))
        if out:
            with writing(f"--out {out}"):
                out.write_text(found.table, encoding="utf-8")
        if found.blocks:
            raise typer.Exit(4)


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(help="Folder of domain files.")],
    snapshot_id: Annotated[str, typer.Option("--id", help="Unique id, as S003.")],
    cutoff: Annotated[str, typer.Option(help="Cut-off date, as 2026-09-30.")],
    synthetic: Annotated[str, typer.Option(metavar="yes|no", help="Are the data made up?")],
    mapping: Annotated[list[str] | None, typer.Option("--map", metavar="FILE=DOMAIN", help="Domain of a file whose name does not say it.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="FILE", help="A file that is not read; * stands for anything.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other field of the manifest, above all extracted_at=2026-10-02T08:00:00+08:00, previous_snapshot_id=S002 and protocol_version=1.1; encoding.FILE=NAME for a file that is not UTF-8.")] = None,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Make a folder of domain files a snapshot: hash, count and list them in snapshot.json."""
    with reported(debug):
        from nk521lib.edge.seal import seal as write_manifest

        if synthetic not in ("yes", "no"):
            raise UsageError(f"--synthetic {synthetic}: expected yes or no")
        fields = pairs("--set", settings)
        encodings = {
            key.removeprefix("encoding."): fields.pop(key) for key in list(fields) if key.startswith("encoding.")
        }
        sealed = write_manifest(folder, snapshot_id, cutoff, synthetic == "yes", pairs("--map", mapping), ignore or (),
                                fields, encodings)  # fmt: skip
        for name, (consequence, example) in _MISSED.items():
            if getattr(sealed, name) is None:
                warn(f"{name} is not given: {consequence}; to give it, --set {name}={example}")
        print(f"{folder / 'snapshot.json'}: {len(sealed.files)} files, {len(sealed.ignored)} ignored")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where D1, D2, D3 are written.")],
    subjects: Annotated[int | None, typer.Option(help="Instead, one larger trial of the same shape.")] = None,
    debug: Debug = False,
) -> None:
    """Write the synthetic demo snapshots D1, D2, D3: three consecutive cuts of one trial."""
    with reported(debug):
        from nk521lib.edge.demo import write_demo, write_trial

        with writing(str(folder)):
            written = write_trial(folder, subjects) if subjects else write_demo(folder)
        print(written if written is not None else folder)
