"""A committee's decision, written beside the pack it was taken on: never into the pack, never into a snapshot."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from nk521lib.chapters.escalation.record import COLUMNS, Seen, decision_rows
from nk521lib.edge import provenance, publish
from nk521lib.edge.formats import read_table
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.errors import UsageError
from nk521lib.terms import Decision

_SHORTEST_CODE = 8


def packs_of(reports: Path, snapshot_id: str) -> list[Path]:
    """Packs of a snapshot in a folder: the present one, then those of other parameters, then those that were replaced."""
    found = [file.parent for file in reports.glob(f"*/{provenance.FILE}") if _names(file.parent, snapshot_id)]
    return sorted(found, key=lambda pack: ("~" in pack.name, pack.name != snapshot_id, pack.name))


def groups_of(pack: Path) -> list[str]:
    """Groups of a pack on which there is something to decide."""
    try:
        return [group for group, entry in _decisions(pack)["groups"].items() if entry["decision"] != Decision.NOT_APPLICABLE]  # fmt: skip
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{pack.name}: decisions.json is not what a run writes") from None


def read_seen(pack: Path, group: str, code: str = "", manifest_sha256: str = "") -> Seen:
    """What the committee had before it, after proof that the pack is whole and as published.

    code : the pack's code as printed on the paper; when given it must be this pack's. manifest_sha256 : of the snapshot
    that is open; when given the pack must have been made of it.
    Raises UsageError: altered, incomplete, a what-if, no such group, already decided, or another pack than was meant.
    """
    problems = provenance.verify(pack)
    if problems:
        more = f" (and {len(problems) - 1} more, listed by nk521 verify)" if problems[1:] else ""
        raise UsageError(f"{pack.name}: not as published, nothing is recorded: {problems[0]}{more}")
    facts, decisions = provenance.read(pack), _decisions(pack)
    made_of = facts["snapshot"].get("manifest_sha256", "")
    if manifest_sha256 and manifest_sha256 != made_of:
        raise UsageError(f"{pack.name}: made of another snapshot than the one that is open "
                         f"(manifest {made_of[:12]}, open {manifest_sha256[:12]})")  # fmt: skip
    if "content_sha256" not in facts:
        raise UsageError(
            f"{pack.name}: made by an earlier version, without the hash that a decision carries; run it again"
        )
    missing = [chapter for chapter in CHAPTERS if chapter not in facts["chapters"]]
    if missing:
        raise UsageError(f"{pack.name}: made without {', '.join(missing)}; a decision needs the whole pack")
    if decisions["scenario"]:
        raise UsageError(f"{pack.name}: a what-if, not the record; a decision is taken on the pack of the record")
    if group not in groups_of(pack):
        raise UsageError(
            f"group {group or 'missing'}: {pack.name} decides on {', '.join(groups_of(pack)) or 'no group'}"
        )
    entry, snapshot_id, hashed = decisions["groups"][group], decisions["snapshot_id"], facts["content_sha256"]
    code = code.strip().lower()
    if code and (len(code) < _SHORTEST_CODE or not hashed.startswith(code)):
        raise UsageError(
            f"pack code {code}: the code of {pack.name} is {hashed[:12]}; the paper belongs to another pack"
        )
    if entry["recorded"] and entry["recorded"]["snapshot"] == snapshot_id:
        raise UsageError(f"group {group}: the snapshot already holds the decision on {snapshot_id} "
                         f"({entry['recorded']['value']}, {entry['recorded']['date']})")  # fmt: skip
    seen = Seen(facts["snapshot"]["study"], snapshot_id, decisions["cutoff_date"], group, entry, len(entry["levels"]),
                hashed, tuple(facts["parameters"]["non_default"]), decisions["params_sha256"])  # fmt: skip
    _refuse_second(pack, seen)
    return seen


def record(
    pack: Path, group: str, value: str, reason: str, attendees: str, on: str, by: str, today: date,
    level: int | None = None, code: str = "", earlier: Path | None = None, manifest_sha256: str = "",
) -> tuple[Path, list[dict[str, str]]]:  # fmt: skip
    """Check, build the rows, and write them beside the pack. Returns the file and the new rows.

    earlier : the `adjud` file so far (CSV); its rows stand above the new ones, so that the file written is the whole
    `adjud.csv` of the next snapshot. Raises UsageError.
    """
    with publish.one_at_a_time(pack.parent, "adjud"):  # two members may press the button together
        seen = read_seen(pack, group, code, manifest_sha256)
        rows = decision_rows(seen, value, reason, attendees, on, by, today, level)
        file = record_file(pack)
        known = _rows(file) if file.is_file() else _rows(earlier) if earlier else []
        if file.is_file() and earlier and any(row not in known for row in _rows(earlier)):
            raise UsageError(
                f"{file.name}: written without the rows of {earlier.name}; remove it or leave --earlier out"
            )
        publish.replace_text(file, _csv([*known, *rows]))
    return file, rows


def record_file(pack: Path) -> Path:
    return pack.parent / f"{pack.name}.adjud.csv"


def _refuse_second(pack: Path, seen: Seen) -> None:
    """Nothing is decided twice: neither on this pack nor on another pack of the same snapshot beside it."""
    for file in sorted(pack.parent.glob("*.adjud.csv")):
        for row in _rows(file):
            if (
                row.get("ITEM") != "DECISION"
                or row.get("GROUP") != seen.group
                or row.get("SNAPSHOT") != seen.snapshot_id
            ):
                continue
            raise UsageError(f"group {seen.group}: {file.name} already holds the decision on {seen.snapshot_id} "
                             f"({row['VALUE']}, {row['ADJDTC']}); a later change is a decision on the next snapshot")  # fmt: skip


def _names(pack: Path, snapshot_id: str) -> bool:
    """Does this folder say that it is of this snapshot? One that cannot be read says nothing."""
    try:
        return provenance.read(pack)["snapshot"]["snapshot_id"] == snapshot_id
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _decisions(pack: Path) -> dict:
    try:
        return json.loads((pack / "decisions.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(provenance.unreadable(pack, "decisions.json", error)) from None


def _rows(file: Path) -> list[dict[str, str]]:
    """Rows of a committee file as text, read as strictly as a snapshot's file."""
    if not file.is_file():
        raise UsageError(f"{file.name}: no such file")
    table = read_table(file, "csv", None)
    absent = [name for name in ("GROUP", "ITEM", "VALUE", "ADJDTC") if name not in table.column_names]
    if absent:
        raise UsageError(f"{file.name}: no column {', '.join(absent)}; expected a file of committee rows")
    return [{key: "" if value is None else str(value) for key, value in row.items()} for row in table.to_pylist()]


def _csv(rows: Sequence[dict[str, str]]) -> str:
    heads = [*COLUMNS, *dict.fromkeys(key for row in rows for key in row if key not in COLUMNS)]
    text = io.StringIO()
    writer = csv.DictWriter(text, heads, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
