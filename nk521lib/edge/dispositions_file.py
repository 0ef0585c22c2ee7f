"""dispositions.csv: the answers of a data manager, beside the snapshots they speak of or where --dispositions says."""

import re
from pathlib import Path

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.checks.dispositions import ANSWERS, MARK
from nk521lib.edge.formats import read_table
from nk521lib.errors import SnapshotRejected, UsageError

_KEY = re.compile(rf"[^{MARK}]+{MARK}[0-9a-f]{{8}}")


def read_dispositions(path: Path | None) -> pd.DataFrame:
    """The answers, as text columns KEY, WHO, WHEN, WHY; none without a file. Raises UsageError, one line per problem."""
    if path is None:
        return pd.DataFrame({name: pd.Series(dtype="string") for name in ANSWERS})
    try:
        table = read_table(path, "csv").to_pandas().astype("string")
    except SnapshotRejected as error:
        raise UsageError(*error.problems) from None
    table.columns = [name.upper() for name in table.columns]
    if sorted(table.columns) != sorted(ANSWERS):
        raise UsageError(f"{path.name}: its columns are {', '.join(table.columns)}, expected {', '.join(ANSWERS)}")
    whole_days = dates.exact(table["WHEN"]).notna()
    problems = []
    for line, (row, dated) in enumerate(zip(table.fillna("").to_dict("records"), whole_days, strict=True), start=2):
        problems += [f"{path.name} line {line}: {name} is empty" for name in ANSWERS if not row[name].strip()]
        if row["KEY"] and not _KEY.fullmatch(row["KEY"]):
            problems.append(f"{path.name} line {line}: KEY is {row['KEY'][:60]!r}, expected a key as nk521 check prints it, "
                            "NKD-033/AE/NK521-01-021/2#1a2b3c4d")  # fmt: skip
        if row["WHEN"] and not dated:
            problems.append(f"{path.name} line {line}: WHEN is {row['WHEN'][:20]!r}, expected a day as 2026-10-06")
    if problems:
        raise UsageError(*problems)
    return table[list(ANSWERS)]
