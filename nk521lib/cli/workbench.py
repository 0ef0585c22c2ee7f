"""Commands that open something to work in: lab."""

import sys

from nk521lib.cli.shared import app


@app.command()
def lab() -> None:
    """Open the notebooks in JupyterLab, on this machine only."""
    import os

    from nk521lib.edge.paths import NOTEBOOKS

    private = ["--ServerApp.ip=127.0.0.1", "--LabApp.news_url=None"]
    quiet = ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # neither asks the network anything
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(NOTEBOOKS), *private, *quiet])
