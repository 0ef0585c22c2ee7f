"""The command `nk521`: parses, calls, prints. Whatever is heavy is imported by the command that needs it.

Exit codes: 0 done, 1 anything else, 2 usage or parameters refused, 3 snapshot rejected, 4 a finding withholds a proposal
(`check`), 130 Ctrl-C, 143 SIGTERM. Problems go to stderr, one line each; a traceback is shown with --debug only.
"""

import gc

from nk521lib.cli import comparing, designs, many, packs, snapshots, workbench
from nk521lib.cli.shared import app

__all__ = ["app", "comparing", "designs", "main", "many", "packs", "snapshots", "workbench"]


def main() -> None:
    """Entry point of the console script."""
    # Thousands of small frames: collecting as often as usual costs a tenth of the time.
    gc.set_threshold(20_000, 25, 25)
    app()
