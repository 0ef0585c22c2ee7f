"""A group's proposal in one sentence, from its entry in decisions.json (spec outputs.md section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nk521lib.display.words import cells, plural
from nk521lib.params import Params
from nk521lib.terms import Claim, Decision, LevelState

STATUS = {
    Decision.ESCALATE: "go", Decision.EXPAND: "go", Decision.WAIT: "hold", Decision.CONFIRM_LOWER: "hold",
    Decision.STOP_NONE: "stop", Decision.STOP_MTD: "stop", Decision.STOP_TOP: "stop", Decision.CAP_HOLD: "hold",
    Decision.HOLD: "stop", Decision.NOT_APPLICABLE: "",
}  # fmt: skip

WORDS = {
    Decision.ESCALATE: "escalate", Decision.EXPAND: "three more at this level", Decision.WAIT: "wait",
    Decision.CONFIRM_LOWER: "three more at the level below", Decision.STOP_NONE: "stop, no tolerated dose",
    Decision.STOP_MTD: "stop, maximum tolerated dose found", Decision.STOP_TOP: "stop, highest level cleared",
    Decision.CAP_HOLD: "held by the cap", Decision.HOLD: "hold",
}  # fmt: skip

STATES = {
    LevelState.UNOPENED: "not opened", LevelState.OPEN3: "open for 3", LevelState.OPEN6: "open for 6",
    LevelState.CLEARED3: "cleared on 3", LevelState.CLEARED6: "cleared on 6", LevelState.EXCEEDED: "exceeded",
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """sentence in the largest type; mark CERTAIN, OPEN or WITHHELD; status go, hold, stop or none."""

    sentence: str
    mark: str
    status: str
    open_to: str = ""


def say_proposal(entry: Mapping[str, Any], params: Params) -> Proposal:
    """The sentence a committee member reads first. `entry` is one group of decisions.json."""
    decision = Decision(entry["decision"])
    if decision is Decision.NOT_APPLICABLE:
        return Proposal("No dose decision in this study", "", "")
    sentence = _SAY[decision](entry, params)
    if entry.get("withheld"):
        return Proposal(sentence, "WITHHELD", "stop")
    possible = [WORDS[Decision(p)] for p in entry.get("possible", ())]
    open_to = "" if entry.get("certain") else f"Still possible: {' or '.join(possible)}."
    return Proposal(sentence, "CERTAIN" if entry.get("certain") else "OPEN", STATUS[decision], open_to)


def dose(level: int | None, params: Params) -> str:
    """A level as its dose: 3 × 10⁹ cells."""
    levels = params.trial.levels
    if level is None or not 1 <= level <= len(levels):
        return "no level"
    return f"{cells(levels[level - 1])} cells"


def _wait(entry: Mapping[str, Any], params: Params) -> str:
    at = dose(entry.get("level"), params)
    if not entry.get("dosed"):
        return f"Start: 3 subjects at {at}"
    if entry.get("m"):
        return f"Wait at {at}: {plural(entry['m'], 'window')} open"
    return f"Fill the places at {at}"


def _stop_mtd(entry: Mapping[str, Any], params: Params) -> str:
    claim = " (provisional)" if entry.get("claim") == Claim.PROVISIONAL else ""
    return f"Stop: maximum tolerated dose {dose(entry.get('mtd'), params)}{claim}"


def _cap_hold(entry: Mapping[str, Any], params: Params) -> str:
    would = WORDS[Decision(entry["would_be"])] if entry.get("would_be") else "go on"
    return f"Hold: {plural(entry.get('short_by') or 0, 'place')} short to {would}"


def _hold(entry: Mapping[str, Any], params: Params) -> str:
    would = f"; otherwise {WORDS[Decision(entry['would_be'])]}" if entry.get("would_be") else ""
    return f"Hold all new dosing{would}"


_SAY = {
    Decision.ESCALATE: lambda e, p: f"Escalate to {dose(e.get('to_level'), p)}",
    Decision.EXPAND: lambda e, p: f"Three more subjects at {dose(e.get('to_level'), p)}",
    Decision.WAIT: _wait,
    Decision.CONFIRM_LOWER: lambda e, p: f"Go back: three more subjects at {dose(e.get('to_level'), p)}",
    Decision.STOP_NONE: lambda e, p: "Stop: no tolerated dose",
    Decision.STOP_MTD: _stop_mtd,
    Decision.STOP_TOP: lambda e, p: "Stop: highest level cleared, maximum tolerated dose not reached",
    Decision.CAP_HOLD: _cap_hold,
    Decision.HOLD: _hold,
}
