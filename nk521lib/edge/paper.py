"""The committee's papers of a pack: gathered from what the pack already holds, set, and written beside the pages."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nk521lib.chapters.safety.timing import safety_set
from nk521lib.chapters.safety.worst_grade import count_worst_grades
from nk521lib.chapters.subjects import columns
from nk521lib.cut import Cut
from nk521lib.display.brief import ANALYSES, Material, brief_of, file_name
from nk521lib.edge import provenance, software
from nk521lib.edge.brief import set_brief
from nk521lib.edge.filing.content import tables_of
from nk521lib.results import Fraction, Number
from nk521lib.terms import Decision

ROWS = "ae_worst_grade-"
"""Beginning of the ids of result rows that stand on the paper and on no page."""

_READ = ("addlt", "addltev", "adstand", "adgroup", "adae", "adlb", "adforesn")

Worst = Mapping[tuple[str, str, str], Fraction]


def count_worst(cut: Cut, adsl: pd.DataFrame, tables: Mapping[str, pa.Table]) -> Worst:
    """Subjects at their worst grade; nothing when the run made no adverse events or the trial has no dose levels.

    adsl : derive_subjects; the pack's own has all its columns only when every chapter ran.
    """
    if "adae" not in tables or "addlt" not in tables or not cut.params.trial.levels:
        return {}
    return count_worst_grades(_frame(tables["adae"]), _frame(tables["addlt"]), columns(safety_set(adsl), cut))


def numbers(worst: Worst) -> Iterator[Number]:
    for share in worst.values():
        yield from share


def write_briefs(
    pack: Path,
    cut: Cut,
    adsl: pd.DataFrame,
    decisions: Mapping[str, Any] | None,
    results: pa.Table,
    findings: pd.DataFrame,
    tables: Mapping[str, pa.Table],
    worst: Worst,
    left_out: Sequence[str],
    escalation: str = "",
) -> None:
    """committee_A.pdf and its like, one per group that has a dose decision. The pack's data files must be written before.

    escalation : body of that chapter's page, from which its table of alternatives is taken as it was shown.
    """
    groups = _decided(decisions)
    if not groups:
        return
    data = {"adsl": adsl} | {name: _frame(tables[name]) for name in _READ if name in tables}
    content = provenance.content_sha256(pack)
    material = Material(
        cut,
        decisions,
        _read(results),
        findings,
        data,
        worst,
        content,
        software.version_line(),
        tuple(left_out),
        _alternatives(escalation),
    )
    for group in groups:
        (pack / file_name(group)).write_bytes(set_brief(brief_of(material, group)))


def _read(results: pa.Table) -> pd.DataFrame:
    """The result rows that the paper reads; the others, with the subjects behind them, cost time."""
    return results.filter(pc.is_in(results["analysis_id"], value_set=pa.array(ANALYSES))).to_pandas()


def _alternatives(page: str) -> tuple[tuple[str, ...], ...]:
    """Heads and rows of the table of alternatives; nothing where the page has none."""
    start = page.find('<div id="alternatives">')
    found = tables_of(page[start : page.find("</table>", start) + 8]) if start >= 0 else []
    return (found[0].heads, *found[0].rows) if found else ()


def promised(pack: Path) -> list[str]:
    """The papers that this pack must have, by its own decisions."""
    path = pack / "decisions.json"
    return [file_name(group) for group in _decided(json.loads(path.read_text(encoding="utf-8")))] if path.is_file() else []  # fmt: skip


def _decided(decisions: Mapping[str, Any] | None) -> list[str]:
    entries = decisions["groups"] if decisions else {}
    return [group for group, entry in entries.items() if entry["decision"] != Decision.NOT_APPLICABLE]


def _frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(date_as_object=False)
