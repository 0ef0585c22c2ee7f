"""Parameter files from disk: the base file of the project and what is laid over it."""

from collections.abc import Sequence
from pathlib import Path

from nk521lib import __version__
from nk521lib.edge.paths import PARAMS
from nk521lib.errors import ParamsError
from nk521lib.params import Params, load_params

SOFTWARE = f"nk521lib {__version__}"
"""The version as a scenario names it."""


def read_params(files: Sequence[str | Path] = (), settings: Sequence[str] = ()) -> Params:
    """params/nk521.yaml with the given files and key=value settings laid over it.

    Raises ParamsError: a problem in a file or setting; a scenario that another version of this software saved.
    """
    params = load_params(_text(PARAMS), [_text(Path(file)) for file in files], settings)
    if params.scenario is not None and params.scenario.software != SOFTWARE:
        raise ParamsError(
            f"this scenario was saved by {params.scenario.software}, this is {SOFTWARE}: its answer may be another; "
            f"open it with the version that made it, or ask the question again"
        )
    return params


def _text(path: Path) -> tuple[str, str]:
    try:
        return path.name, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ParamsError(f"{path}: cannot be read as parameters ({reason})") from None
