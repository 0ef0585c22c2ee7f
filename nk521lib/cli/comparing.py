"""The command that says what changed: compare."""

import json
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.cli.shared import Debug, Json, Params, Settings, app, printable, reported


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="The older snapshot (a folder, demo:D2), or the older pack.")],
    new: Annotated[str, typer.Argument(help="The newer one, of the same kind.")],
    params: Params = None,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option(help="Also write it as a page to this HTML file.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what changed between two snapshots or packs: records, statuses, decisions, headline numbers, and what moved them."""
    with reported(debug):
        from nk521lib.display import comparison as said
        from nk521lib.display.pages.comparison import comparison_page
        from nk521lib.edge import comparison, publish, software
        from nk521lib.edge.parameters import read_params

        given = read_params(params or (), settings or ())
        found = comparison.compare(old, new, given)
        if out:
            study = f"{given.trial.title} · {given.trial.study}"
            publish.write_text(out, comparison_page(found, study, software.version_line(), found.synthetic))
        if as_json:
            print(json.dumps(said.as_json(found), ensure_ascii=False, indent=1))
        else:
            for line in said.as_lines(found):
                print(printable(line))
