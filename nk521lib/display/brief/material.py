"""What a brief is written from, and the small pieces it is made of."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.results import Fraction

LONGEST = 240
"""Characters of one piece of recorded text on paper; the pages and the datasets have all of it."""

_RUN = re.compile(r"[^\s\u200b]{30,}")
ANALYSES = ("dlt_rate", "ae_overview", "exposure", "lot_subjects", "lot_events", "p_over_cap", "recount")
"""Result rows that are read here, by analysis_id."""

NOT_HERE = "Not in this pack."
_KEYS = ("analysis_id", "group1_level", "group2_level", "variable", "variable_level", "stat_name")


@dataclass(frozen=True)
class Material:
    """What the pack holds, already decided and counted.

    decisions : content of decisions.json. results : result rows. findings : rows of findings.csv. data : analysis
    datasets by name, those that the run made. worst : `count_worst_grades` (empty without adae). pack_sha256 : the
    hash of the pack's content that is printed on the paper. software : as the foot of a page names it.
    left_out : chapters that this run did not make. alternatives : heads and rows of that table of chapter 2, as shown.
    """

    cut: Cut
    decisions: Mapping[str, Any]
    results: pd.DataFrame = field(repr=False)
    findings: pd.DataFrame = field(repr=False)
    data: Mapping[str, pd.DataFrame] = field(repr=False)
    worst: Mapping[tuple[str, str, str], Fraction] = field(repr=False)
    pack_sha256: str
    software: str
    left_out: Sequence[str] = ()
    alternatives: tuple[tuple[str, ...], ...] = ()

    def of_group(self, name: str, group: str) -> pd.DataFrame | None:
        """A dataset's rows of one group; None when the pack has no such dataset."""
        frame = self.data.get(name)
        return None if frame is None else frame[frame["GROUP"].eq(group).fillna(False)]

    def entry(self, group: str) -> Mapping[str, Any]:
        return self.decisions["groups"][group]

    @cached_property
    def _displayed(self) -> dict[tuple[str, ...], str]:
        keys = self.results[list(_KEYS)].fillna("")
        return dict(zip(keys.itertuples(index=False, name=None), self.results["fmt"], strict=True))

    def shown(self, analysis: str, group: str, level: str, variable: str, stat: str, row: str = "") -> str | None:
        """A result row as it is displayed; None when this pack has none with these keys."""
        return self._displayed.get((analysis, group, level, variable, row, stat))


def clipped(value: object, missing: str = "not recorded", longest: int = LONGEST) -> str:
    """Recorded text for paper: one line, cut where it is very long (which is said), breakable where it has no blanks."""
    if value is None or pd.isna(value):
        return missing
    text = " ".join(str(value).split())
    if len(text) > longest:
        text = f"{text[:longest].rstrip()} … (cut here, {len(text):,} characters)"
    return _RUN.sub(lambda run: "\u200b".join(re.findall(r".{1,12}", run[0])), text)


def table(
    rows: Iterable[Mapping[str, object]],
    widths: Sequence[float],
    empty: str,
    caption: str = "",
    note: str = "",
    right: Sequence[str] = (),
) -> dict:
    """A table block. widths : share of the line per column, 0 for as wide as needed. right : heads aligned right."""
    rows = list(rows)
    if not rows:
        return {"kind": "text", "text": empty}
    heads = list(rows[0])
    return {
        "kind": "table", "caption": caption, "heads": heads, "widths": list(widths), "right": [h in right for h in heads],
        "rows": [[str(row[head]) for head in heads] for row in rows], "note": note,
    }  # fmt: skip


def text(words: str) -> dict:
    return {"kind": "text", "text": words}


def items(lines: Iterable[str], empty: str) -> dict:
    lines = list(lines)
    return {"kind": "list", "items": lines} if lines else text(empty)


def section(title: str, *blocks: dict | None) -> dict:
    return {"title": title, "blocks": [block for block in blocks if block]}
