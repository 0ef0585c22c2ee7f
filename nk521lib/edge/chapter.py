"""The two ends of every notebook: open a snapshot with its parameters, and write what the chapter found."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.display.say import Html, numbers_in
from nk521lib.edge.parameters import read_params
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.results import to_frame

__all__ = ["END_MARKER", "close_chapter", "open_chapter", "read_params"]

END_MARKER = "END OF CHAPTER"


def open_chapter(
    snapshot: str, params_files: Sequence[str] = (), settings: Sequence[str] = (), previous: str | None = None
) -> Cut:
    """The snapshot, checked, typed and cut at its cut-off, with its parameters.

    previous : only a chapter that proposes a dose needs the comparison with the snapshot before; empty finds it beside this one.
    """
    return read_snapshot(snapshot, read_params(params_files, settings), previous)


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
