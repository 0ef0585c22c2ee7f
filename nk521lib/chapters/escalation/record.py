"""The committee's decision on a group as `adjud` rows for the next snapshot, with the proposal that it saw.

Pure: an entry of decisions.json and what the committee said go in, rows come out. A decision that departs from the
proposal is allowed and marked. Source: spec escalation.md section 3, rulings.md sections 1 and 3.11, outputs.md section 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nk521lib.errors import UsageError
from nk521lib.terms import Decision

VALUES = ("ESCALATE", "EXPAND", "OPEN", "DEESCALATE", "HOLD", "STOP")
"""What a committee may decide (rulings.md section 1). OPEN: dosing at the level goes on, or goes on again."""

COLUMNS = ("STUDYID", "USUBJID", "GROUP", "LEVEL", "ITEM", "VALUE", "ADJDTC", "SNAPSHOT", "AESEQ", "REASON",
           "PROPOSAL", "DEPARTS", "PACKSHA", "ATTENDEES", "BY")  # fmt: skip

_LONGEST = 2000
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Seen:
    """What lay before the committee: one group of one pack. entry : of decisions.json. levels : of the ladder."""

    study: str
    snapshot_id: str
    cutoff: str
    group: str
    entry: Mapping[str, Any]
    levels: int
    pack_sha256: str
    changed: tuple[str, ...] = ()
    params_sha256: str = ""

    @property
    def proposal(self) -> str:
        """The proposal as it goes on record: codes, level, certainty, and settings that differ from default."""
        entry = self.entry
        stays = entry["to_level"] is None or entry["decision"] == Decision.WAIT
        parts = [
            f"{entry['decision']} at level {entry['level']}"
            if stays
            else f"{entry['decision']} to level {entry['to_level']}"
        ]
        parts += [f"would be {entry['would_be']}"] if entry["would_be"] else []
        parts.append("withheld" if entry["withheld"] else "certain" if entry["certain"] else "not certain")
        parts += [f"settings changed: {', '.join(self.changed)}"] if self.changed else []
        return ", ".join(parts)


def usual_level(entry: Mapping[str, Any], value: str) -> int:
    """The level a decision is about when nobody names one: an expansion where it is proposed, else the level in play."""
    expands = value == "EXPAND" and entry["decision"] in (Decision.EXPAND, Decision.CONFIRM_LOWER)
    return entry["to_level"] if expands else entry["level"]


def departs(entry: Mapping[str, Any], value: str, level: int) -> bool:
    """Is this decision another one than the proposal? A proposal that is withheld asks to hold."""
    decision = Decision(entry["decision"])
    if entry["withheld"] or decision in (Decision.HOLD, Decision.CAP_HOLD):
        return value != "HOLD"
    if decision in (Decision.STOP_NONE, Decision.STOP_MTD, Decision.STOP_TOP):
        return value != "STOP"
    asked = {Decision.ESCALATE: "ESCALATE", Decision.EXPAND: "EXPAND", Decision.CONFIRM_LOWER: "EXPAND", Decision.WAIT: "OPEN"}  # fmt: skip
    return (value, level) != (asked[decision], usual_level(entry, asked[decision]))


def decision_rows(
    seen: Seen, value: str, reason: str, attendees: str, on: str, by: str, today: date, level: int | None = None
) -> list[dict[str, str]]:
    """Rows of COLUMNS, as text; an ESCALATE also opens the level above, as a row of its own.

    value : of VALUES, in any case. on : the day of the decision, as 2026-10-07. level : else the usual one.
    Raises UsageError, one line per problem, when something is missing or cannot be.
    """
    value = value.strip().upper()
    if value not in VALUES:
        raise UsageError(f"decision {value or 'missing'}: expected {', '.join(v.lower() for v in VALUES)}")
    level = usual_level(seen.entry, value) if level is None else level
    texts = {"reason": reason, "attendees": attendees, "by": by}
    problems = [problem for name, text in texts.items() for problem in _faults(name, text)]
    problems += _impossible(seen, value, level) + _wrong_day(seen, on, today)
    if problems:
        raise UsageError(*problems)
    said = {name: " ".join(text.split()) for name, text in texts.items()}
    row = {
        "STUDYID": seen.study, "USUBJID": "", "GROUP": seen.group, "LEVEL": str(level), "ITEM": "DECISION", "VALUE": value,
        "ADJDTC": on, "SNAPSHOT": seen.snapshot_id, "AESEQ": "", "REASON": said["reason"], "PROPOSAL": seen.proposal,
        "DEPARTS": "Y" if departs(seen.entry, value, level) else "N", "PACKSHA": seen.pack_sha256,
        "ATTENDEES": said["attendees"], "BY": said["by"],
    }  # fmt: skip
    return [row, row | {"LEVEL": str(level + 1), "VALUE": "OPEN"}] if value == "ESCALATE" else [row]


def _faults(name: str, text: str) -> list[str]:
    text = text.strip()
    if not text:
        return [f"{name}: missing; a decision is recorded with its reason, who was present and who records it"]
    if len(text) > _LONGEST:
        return [f"{name}: {len(text)} characters, at most {_LONGEST} are recorded"]
    if text.startswith(_FORMULA):
        return [f"{name}: begins with {text[0]!r}, which a spreadsheet takes for a formula; begin with a word"]
    if any(not (c.isprintable() or c.isspace()) for c in text):
        return [f"{name}: holds a control character"]
    return []


def _impossible(seen: Seen, value: str, level: int) -> list[str]:
    if not 1 <= level <= seen.levels:
        return [f"level {level}: group {seen.group} has the levels 1 to {seen.levels}"]
    if value == "ESCALATE" and level == seen.levels:
        return [f"escalate from level {level}: it is the highest level of group {seen.group}"]
    if value == "DEESCALATE" and level == 1:
        return ["deescalate from level 1: there is no level below it; expected stop or hold"]
    return []


def _wrong_day(seen: Seen, on: str, today: date) -> list[str]:
    try:
        day = date.fromisoformat(on.strip()) if len(on.strip()) == 10 else None
    except ValueError:
        day = None
    if day is None:
        return [f"date {on or 'missing'}: expected a whole day, as 2026-10-07"]
    if day > today:
        return [f"date {on}: lies after today, {today.isoformat()}"]
    if day < date.fromisoformat(seen.cutoff):
        return [f"date {on}: before the cut-off of the snapshot, {seen.cutoff}"]
    return []
