"""The page of a batch: every snapshot with what became of it, failures first, and a link to each pack."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nk521lib.display.pages.batch import Line, batch_page
from nk521lib.edge.batch.packs import Outcome
from nk521lib.edge.publish import write_text
from nk521lib.edge.software import version_line

FILE = "batch.html"


def write_summary(out: Path, outcomes: Sequence[Outcome]) -> Path:
    """Write the page beside the packs, in place of an earlier one."""
    lines = [_line(out, outcome) for outcome in outcomes]
    path = out / FILE
    being_written = path.with_suffix(".html.part")
    write_text(being_written, batch_page(lines, version_line()))
    being_written.rename(path)
    return path


@dataclass(frozen=True)
class _Facts:
    synthetic: bool
    cutoff: str
    said: tuple[str, ...]


def _line(out: Path, outcome: Outcome) -> Line:
    name = Path(outcome.snapshot).name
    if not outcome.pack:
        return Line(name, problems=outcome.problems)
    facts = _facts(out / outcome.pack)
    return Line(name, outcome.pack, facts.cutoff, facts.synthetic, facts.said, note="published before" if outcome.there_already else "")  # fmt: skip


def _facts(pack: Path) -> _Facts:
    decisions = json.loads((pack / "decisions.json").read_text(encoding="utf-8"))
    return _Facts(decisions["synthetic"], decisions["cutoff_date"], tuple(_said(id, entry) for id, entry in decisions["groups"].items()))  # fmt: skip


def _said(group: str, entry: dict) -> str:
    """A group's proposal in one line; a withheld one says that it is."""
    if entry.get("withheld"):
        return f"Group {group}: withheld"
    where = "at" if entry["decision"] in ("WAIT", "EXPAND") else "to"
    to = f" {where} level {entry['to_level']}" if entry.get("to_level") else ""
    sure = "" if entry.get("certain", True) else ", not certain"
    return f"Group {group}: {entry['decision']}{to}{sure}"
