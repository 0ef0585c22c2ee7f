"""What the chapters left in their folders becomes one set of files: results, analysis datasets, findings, decisions."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nk521lib import findings as finding_rows
from nk521lib.cut import Cut
from nk521lib.errors import PublishError, because
from nk521lib.results import Number
from nk521lib.results import to_frame as number_rows

_FORMULA = ("=", "@", "\t", "\r")


def merge_results(folders: Mapping[str, Path], cut: Cut) -> pa.Table:
    """The chapters' result rows under each other, in the order of the chapters.

    Raises PublishError when a chapter saw another snapshot or other parameters than the gate did, or when two chapters
    give two different numbers the same row id.
    """
    tables = []
    for chapter, folder in folders.items():
        table = _read(folder / "results.parquet", chapter)
        for column, expected in (("snapshot_sha256", cut.manifest_sha256), ("params_sha256", cut.params.sha256)):
            seen = set(table[column].unique().to_pylist())
            if seen - {expected}:
                raise PublishError(f"{chapter}: {column} {sorted(seen - {expected})[0][:12]} is not that of this run "
                                   f"({expected[:12]}): the input changed while it was read")  # fmt: skip
        tables.append(table)
    merged = pa.concat_tables(tables, promote_options="permissive")
    counts = pc.value_counts(merged["row_id"])
    twice = [item["values"] for item in counts.to_pylist() if item["counts"] > 1]
    if twice:
        raise PublishError(f"result row {twice[0]} is given by more than one chapter")
    return merged


def with_numbers(results: pa.Table, numbers: Iterable[Number], cut: Cut) -> pa.Table:
    """The result rows with further numbers, counted after the chapters, under them."""
    frame = number_rows(numbers, cut.manifest_sha256, cut.params.sha256)
    if frame.empty:
        return results
    more = pa.Table.from_pandas(frame, preserve_index=False)
    return pa.concat_tables([results, more.select(results.column_names)], promote_options="permissive")


def merge_datasets(folders: Mapping[str, Path]) -> dict[str, pa.Table]:
    """Analysis datasets by name. `adsl` is put together from the chapters' parts; any other belongs to one chapter."""
    frames: dict[str, tuple[str, pd.DataFrame]] = {}
    for chapter, folder in folders.items():
        for path in sorted((folder / "data").glob("*.parquet")):
            name = path.stem
            frame = _read(path, chapter).to_pandas()
            if name == "findings":
                continue
            if name in frames and name != "adsl":
                raise PublishError(f"{name}: written by {frames[name][0]} and by {chapter}")
            frames[name] = (chapter, join_subjects(frames[name][1], frame, chapter) if name in frames else frame)
    return {name: to_table(frame, name) for name, (_, frame) in sorted(frames.items())}


def join_subjects(left: pd.DataFrame, right: pd.DataFrame, chapter: str) -> pd.DataFrame:
    """One row per subject with the columns of both. What both have must be the same, missing for missing."""
    for frame in (left, right):
        if frame["USUBJID"].duplicated().any():
            raise PublishError(f"adsl of {chapter}: more than one row for {frame.loc[frame['USUBJID'].duplicated(), 'USUBJID'].iloc[0]}")  # fmt: skip
    both = left.index[left["USUBJID"].isin(right["USUBJID"])]
    one = left.loc[both].set_index("USUBJID")
    two = right.set_index("USUBJID").reindex(one.index)
    for column in one.columns.intersection(two.columns):
        a, b = one[column].astype(object), two[column].astype(object)
        differs = ~((a.isna() & b.isna()) | (a.notna() & b.notna() & (a.where(a.notna(), None) == b.where(b.notna(), None))))  # fmt: skip
        if differs.any():
            raise PublishError(f"adsl: {column} of {one.index[differs][0]} differs between chapters "
                               f"({int(differs.sum())} subjects; last: {chapter})")  # fmt: skip
    new = [c for c in right.columns if c not in left.columns]
    joined = left.merge(right[["USUBJID", *new]], on="USUBJID", how="left", validate="one_to_one")
    missing = right[~right["USUBJID"].isin(left["USUBJID"])]
    return pd.concat([joined, missing], ignore_index=True) if len(missing) else joined


def to_table(frame: pd.DataFrame, name: str) -> pa.Table:
    """An analysis dataset for parquet: --DT columns as dates (ADaM), the rest as it is."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for index, field in enumerate(table.schema):
        if field.name.endswith("DT") and pa.types.is_timestamp(field.type):
            days = table[field.name].cast(pa.date32())
            # The cast drops a time of day in silence.
            if pc.any(pc.not_equal(days.cast(field.type), table[field.name])).as_py():
                raise PublishError(f"{name}: {field.name} holds a time of day, expected a date")
            table = table.set_column(index, field.name, days)
    return table


def merge_findings(folders: Mapping[str, Path], cut: Cut) -> pd.DataFrame:
    """The data checks of the gate and those of the chapters, each once, worst effect first."""
    frames = [finding_rows.to_frame(cut.findings)]
    for chapter, folder in folders.items():
        path = folder / "data" / "findings.parquet"
        if path.exists():
            frames.append(_read(path, chapter).to_pandas())
    merged = finding_rows.in_order(pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True))
    return finding_rows.one_per_cause(merged)


def read_decisions(folders: Mapping[str, Path]) -> dict | None:
    """What the escalation chapter decided; None when it is not in this run."""
    path = folders["escalation"] / "decisions.json" if "escalation" in folders else None
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PublishError(f"escalation: decisions.json cannot be read ({because(error)})") from None


def to_csv(frame: pd.DataFrame) -> str:
    """CSV that a spreadsheet opens as text: a cell that would start a formula gets an apostrophe in front."""
    guarded = frame.copy()
    for column in guarded.columns:
        text = guarded[column].astype("string")
        risky = text.str.startswith(_FORMULA) | text.str.match(r"[+-](?![\d.]+$)")
        guarded[column] = text.mask(risky.fillna(False), "'" + text)  # a missing cell starts no formula
    return guarded.to_csv(index=False, lineterminator="\n")


def write_parquet(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def _read(path: Path, chapter: str) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise PublishError(f"{chapter}: {path.name} cannot be read ({because(error)})") from None
