"""Where the project's own files are: found from this package, never from the caller's folder."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
PROJECT = PACKAGE.parent
NOTEBOOKS = PROJECT / "notebooks"
PARAMS = PROJECT / "params" / "nk521.yaml"
DEMO = PACKAGE / "demo"
LOCK = PROJECT / "requirements.lock"
