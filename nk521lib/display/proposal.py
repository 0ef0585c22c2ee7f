"""The proposal of a group in one sentence, its mark and its colour; shared by the chapter and the front page."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nk521lib.display.words import capital, cells, day, listed, plural
from nk521lib.params import Params
from nk521lib.terms import Decision

NO_LADDER = "Dose escalation does not apply to this study"
STATUS_OF = {
    Decision.ESCALATE: "go", Decision.EXPAND: "go", Decision.CONFIRM_LOWER: "go", Decision.WAIT: "hold",
    Decision.CAP_HOLD: "hold", Decision.HOLD: "stop", Decision.STOP_NONE: "stop", Decision.STOP_MTD: "stop",
    Decision.STOP_TOP: "stop", Decision.NOT_APPLICABLE: "",
}  # fmt: skip
NO_PROPOSAL = "No proposal, withheld until answered"
SHAPES = {"CLEAR": "○", "DLT": "■", "PENDING": "◌", "CANDIDATE": "◆", "NONEVAL": "✕"}
STATUS_WORDS = {
    "CLEAR": "clear",
    "DLT": "DLT",
    "PENDING": "window open",
    "CANDIDATE": "candidate",
    "NONEVAL": "not evaluable",
}
STATUS_COLOURS = {"CLEAR": "go", "DLT": "stop", "PENDING": "hold", "CANDIDATE": "hold", "NONEVAL": "soft"}
IN_WORDS = {
    "ESCALATE": "escalate", "EXPAND": "expand this level", "WAIT": "wait", "CONFIRM_LOWER": "confirm the lower level",
    "STOP_NONE": "stop without a tolerated dose", "STOP_MTD": "stop with an MTD", "STOP_TOP": "stop without reaching the MTD",
    "CAP_HOLD": "hold at the cap", "HOLD": "on hold",
}  # fmt: skip
STATES = {
    "UNOPENED": "not opened", "OPEN3": "open", "OPEN6": "open for 6", "CLEARED3": "cleared on 3", "CLEARED6": "cleared on 6",
    "EXCEEDED": "exceeded",
}  # fmt: skip


def level_name(params: Params, level: int | None) -> str:
    """`3 × 10⁹ cells (DL2)`."""
    if level is None:
        return "no level"
    return f"{cells(params.trial.levels[level - 1])} cells ({params.trial.level_prefix}{level})"


def state_words(group: Any, level: int) -> str:
    """State of a level in words; one that nobody was dosed at is not called open. group : a GroupReview."""
    rec, counts = group.recommendation, group.history.levels[level - 1]
    if counts.dosed or rec.states[level - 1] == "UNOPENED":
        return STATES[rec.states[level - 1]]
    return "would open next" if rec.to_level == level and rec.decision == Decision.ESCALATE else "nobody dosed yet"


def either(decisions: Iterable[str]) -> str:
    """Decisions in words: `escalate, expand this level or stop without a tolerated dose`."""
    *others, last = (IN_WORDS[str(d)] for d in decisions)
    return f"{', '.join(others)} or {last}" if others else last


def end_words(prefix: str, decision: str, mtd: int | None) -> str:
    """How a walk through the rules ends, in a few words."""
    words = {
        Decision.STOP_MTD: f"MTD {prefix}{mtd}", Decision.STOP_NONE: "no tolerated dose", Decision.STOP_TOP: "MTD not reached",
        Decision.CAP_HOLD: "hard cap",
    }  # fmt: skip
    return words[Decision(decision)]


def step_words(params: Params, node: Any) -> str:
    """What the rules say at a node of the pathway tree, short enough for a line of it."""
    prefix = params.trial.level_prefix
    if node.leaf:
        return f"end: {end_words(prefix, node.decision, node.mtd)}"
    to = f"{prefix}{node.to_level}"
    return {Decision.ESCALATE: f"up to {to}", Decision.EXPAND: f"expand {to} to 6", Decision.CONFIRM_LOWER: f"down, {to} to 6",
            Decision.WAIT: "wait"}.get(node.decision, f"later: {IN_WORDS[str(node.decision)]}")  # fmt: skip


def sentence(params: Params, group: Mapping[str, Any]) -> str:
    """The sentence a committee member reads first. group : one entry of decisions.json."""
    decision = group["decision"]
    if decision == Decision.HOLD:
        return f"On hold: {listed(group['hold_because'])}"
    if decision == Decision.CAP_HOLD:
        would = _free(params, group, group["would_be"])
        short = plural(group["short_by"], "place")
        return f"Hold at the cap of {group['cap']}, {short} short; without the cap: {would[0].lower()}{would[1:]}"
    return _free(params, group, decision)


def stated(params: Params, group: Mapping[str, Any]) -> tuple[str, str]:
    """What stands in the largest type, and why. A proposal that is withheld is no headline: it is told below it."""
    said, why = sentence(params, group), capital(group.get("reason", "")).rstrip(".") + "."
    if group["decision"] == Decision.CAP_HOLD:
        why += " " + _at_the_cap(params)
    if not group.get("withheld"):
        return said, why
    return NO_PROPOSAL, f"The rules would give: {lower(said)}. {why}"


def _at_the_cap(params: Params) -> str:
    """What a committee can do there (escalation.md section 4)."""
    options = ["amend the protocol", "stop with the claim reached"]
    options += ["use places that the other group leaves free"] if len(params.trial.groups) > 1 else []
    return f"For the committee: {', '.join(options[:-1])} or {options[-1]}."


def with_withheld(params: Params, group: Mapping[str, Any]) -> str:
    """The proposal in one line of a form or a table; that it is withheld comes before it."""
    said = sentence(params, group)
    return f"withheld; the rules would give: {lower(said)}" if group.get("withheld") else said


def unended(record: str) -> str:
    """In place of the next due day. record : the event that withdrew the product, as `AE 2`."""
    return f"product withdrawn for {record}, end of treatment not recorded"


CONTACT = ("Contact: the latest visit, vital sign, laboratory sample or dose (SV, VS, LB, EX). Last known alive: the latest record of any kind "
           "that shows it, a survival contact included.")  # fmt: skip
"""What the dates of a table on the age of the data mean."""


def silence(days: int | None, died: str | None, on: pd.Timestamp | None) -> str:
    """Days since the last contact; of the dead, that they died. died : flag of death. on : its day, where it is known."""
    if pd.notna(died) and died == "Y":
        return f"died {day(on, 'on a day not known')}"
    return "no contact" if pd.isna(days) else str(days)


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def mark(group: Mapping[str, Any]) -> str:
    """The word beside the sentence."""
    if group["decision"] == Decision.NOT_APPLICABLE:
        return "NOT APPLICABLE"
    if group["withheld"]:
        return "WITHHELD"
    if group["decision"] == Decision.HOLD:
        return "ON HOLD"
    return "CERTAIN" if group["certain"] else "OPEN"


def _free(params: Params, group: Mapping[str, Any], decision: str) -> str:
    at = level_name(params, group.get("to_level"))
    words = {
        Decision.ESCALATE: lambda: f"Escalate to {at}",
        Decision.EXPAND: lambda: f"Expand {at} to six subjects",
        Decision.CONFIRM_LOWER: lambda: f"Return to {at} and confirm it with six subjects",
        Decision.WAIT: lambda: f"Wait at {at}: {_waiting(group)}",
        Decision.STOP_NONE: lambda: "Stop: no tolerated dose, no maximum tolerated dose",
        Decision.STOP_MTD: lambda: f"Stop: maximum tolerated dose {level_name(params, group['mtd'])}, {str(group['claim']).lower()}",
        # A hard cap stops as at the top, below it too.
        Decision.STOP_TOP: lambda: f"Stop at the {'top' if group['highest_cleared'] == len(params.trial.levels) else 'cap'}: "
                                   "maximum tolerated dose not reached, highest level tested "
                                   + level_name(params, group["highest_cleared"]),
        Decision.NOT_APPLICABLE: lambda: "Dose escalation does not apply",
    }  # fmt: skip
    return words[Decision(decision)]()


def _waiting(group: Mapping[str, Any]) -> str:
    """What a WAIT waits for. Six slots from the state of the level, three otherwise."""
    slots = 6 if group["state"] in ("OPEN6", "CLEARED6") else 3
    free = max(0, slots - group["n"] - group["m"])
    open_ = plural(group["m"], "outcome") + " open" if group["m"] else ""
    undosed = plural(free, "slot") + " not dosed yet" if free else ""
    return listed([part for part in (open_, undosed) if part], none="nothing is open")
