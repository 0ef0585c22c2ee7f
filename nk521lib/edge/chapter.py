"""The two ends of every notebook: open a snapshot with its parameters, and write what the chapter found."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.display.say import Html, numbers_in
from nk521lib.edge.paths import PARAMS
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.errors import ParamsError
from nk521lib.params import Params, load_params
from nk521lib.results import to_frame

END_MARKER = "END OF CHAPTER"


def read_params(files: Sequence[str | Path] = (), settings: Sequence[str] = ()) -> Params:
    """params/nk521.yaml with the given files and key=value settings laid over it."""
    return load_params(_text(PARAMS), [_text(Path(file)) for file in files], settings)


def open_chapter(snapshot: str, params_files: Sequence[str] = (), settings: Sequence[str] = ()) -> Cut:
    """The snapshot, checked, typed and cut at its cut-off, with its parameters."""
    return read_snapshot(snapshot, read_params(params_files, settings))


def close_chapter(
    cut: Cut,
    chapter: str,
    out: str,
    shown: Iterable[Html],
    datasets: Mapping[str, pd.DataFrame] | None = None,
    decisions: Mapping[str, Any] | None = None,
) -> Html:
    """Write the chapter's result rows, datasets and decisions to `out` (nothing when it is empty); the end marker."""
    rows = to_frame(numbers_in(*shown), cut.manifest_sha256, cut.params.sha256)
    datasets = datasets or {}
    if out:
        folder = Path(out)
        (folder / "data").mkdir(parents=True, exist_ok=True)
        rows.to_parquet(folder / "results.parquet", index=False)
        for name, frame in datasets.items():
            frame.to_parquet(folder / "data" / f"{name}.parquet", index=False)
        if decisions is not None:
            (folder / "decisions.json").write_text(
                json.dumps(decisions, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
    kept = f"{len(rows)} numbers with the subjects behind them; datasets: {', '.join(datasets) or 'none'}"
    return Html(f'<p class="end">{END_MARKER} {chapter}: {kept}</p>', f"{END_MARKER} {chapter}: {kept}")


def _text(path: Path) -> tuple[str, str]:
    try:
        return path.name, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ParamsError(f"{path}: cannot be read as parameters ({reason})") from None
