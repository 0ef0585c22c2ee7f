"""Commands that open something to work in: lab, app. Both on this machine only, and neither asks the network anything."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nk521lib.cli.shared import Debug, Params, Settings, app, reported

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; another free one where it is taken.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")]


@app.command()
def lab(port: Port = 8888, browser: Browser = True) -> None:
    """Open the notebooks in JupyterLab, on this machine only."""
    from nk521lib.edge.paths import NOTEBOOKS
    from nk521lib.edge.servers import lab_command, replace_by

    replace_by(lab_command(NOTEBOOKS, port, browser))


@app.command("app")
def what_if(
    snapshot: Annotated[str, typer.Argument(help="Folder with snapshot.json, or demo:D1, demo:D2, demo:D3.")] = "demo:D3",
    params: Params = None,
    settings: Settings = None,
    scenarios: Annotated[Path, typer.Option(help="Folder where scenarios are saved.")] = Path("scenarios"),
    reports: Annotated[Path, typer.Option(help="Folder of the packs that a decision is recorded against.")] = Path("reports"),
    port: Port = 8866,
    browser: Browser = True,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Open the what-if workbench for people who do not code: `what would we decide if …`, without touching the record; and a form for the decision taken."""
    with reported(debug):
        from nk521lib.edge.parameters import read_params
        from nk521lib.edge.servers import app_command, app_environment, replace_by

        files = [file.absolute() for file in params or ()]
        read_params(files, settings or ())  # refused here, in one line, rather than in the page
        source = snapshot if snapshot.startswith("demo:") else str(Path(snapshot).absolute())
        asked = app_environment(source, files, settings or (), scenarios.absolute(), reports.absolute())
        print(f"The what-if workbench opens on http://127.0.0.1:{port} (Ctrl-C ends it)", file=sys.stderr)
        replace_by(app_command(port, browser), asked)
