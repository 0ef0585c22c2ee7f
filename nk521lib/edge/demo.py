"""`nk521 demo`: write the packaged demo snapshots again, or a larger synthetic trial of the same shape.

Everything is invented and marked SYNTHETIC. The same call writes the same bytes, whatever the day or the machine
(Parquet files name the library version that wrote them).
"""

from pathlib import Path

import pandas as pd

from nk521lib.edge.demo_trial import story
from nk521lib.edge.demo_trial.cast import tell_story
from nk521lib.edge.demo_trial.drawn import LARGE_TRIAL, draw_trial
from nk521lib.edge.demo_trial.extract import extract
from nk521lib.edge.demo_trial.files import write_domain
from nk521lib.edge.demo_trial.trial import SEED, story_records
from nk521lib.edge.seal import seal

NOTES = "SYNTHETIC: invented subjects and values, made by `nk521 demo`. No patient data."
FIELDS = {
    "study": "NCT07561437", "source_system": {"name": "nk521 demo", "version": "1"}, "sdtmig_version": "3.4",
    "ct_version": "2025-09-26", "meddra_version": "none, made-up terms", "ctcae_version": "5.0", "protocol_version": "1.0",
    "prepared_by": "nk521 demo", "notes": NOTES,
}  # fmt: skip
EVENING = "T18:00:00+08:00"


def write_demo(folder: str | Path, subjects: int | None = None) -> Path:
    """Write D1, D2 and D3 into `folder`, each a sealed snapshot; with `subjects`, one larger trial instead.

    Later extracts hold the records of the earlier ones, but for the ordinary corrections of story.LATE_EDITS.
    Returns where they are. Raises UsageError where a folder already holds other files of the same domains.
    """
    folder = Path(folder)
    if subjects is not None:
        return write_trial(folder, subjects)
    cast = tell_story()
    records = story_records(cast)
    order = [one.id for one in story.EXTRACTS]
    for number, one in enumerate(story.EXTRACTS):
        uncorrected = [edit for edit in story.LATE_EDITS if order.index(edit.last_seen) >= number]
        frames = extract(cast, records, pd.Timestamp(one.extracted), uncorrected)
        _write_snapshot(folder / one.id, frames, one, previous=order[number - 1] if number else None)
    return folder


def write_trial(folder: str | Path, subjects: int, seed: int = SEED) -> Path:
    """Write one sealed snapshot of a drawn trial into `folder`/T<subjects>, and return that folder."""
    one = LARGE_TRIAL._replace(id=f"T{subjects}")
    _write_snapshot(Path(folder) / one.id, make_trial(subjects, seed), one, previous=None)
    return Path(folder) / one.id


def make_trial(n_subjects: int, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Domain code -> frame of a drawn trial with `n_subjects` screened subjects, of the same shape as the demo.

    A stress test and a benchmark, not a simulation: doses and outcomes are drawn, no escalation rule is followed.
    """
    cast, records = draw_trial(n_subjects, seed)
    return extract(cast, records, pd.Timestamp(LARGE_TRIAL.extracted))


def _write_snapshot(folder: Path, frames: dict[str, pd.DataFrame], one: story.Extract, previous: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stamp = one.extracted + EVENING
    for code, frame in frames.items():
        write_domain(folder, code, frame, stamp)
    fields = FIELDS | ({"previous_snapshot_id": previous} if previous else {})
    seal(folder, one.id, one.cutoff, synthetic=True, fields=fields | {"extracted_at": stamp})
