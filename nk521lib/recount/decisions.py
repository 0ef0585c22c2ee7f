"""The proposal of each group a second time: slots by replay, rules, cap, hold (escalation.md sections 3, 4, 7; rulings.md 3)."""

from collections.abc import Sequence
from datetime import date

from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.recount.dlt_screen import CANDIDATE, DLT
from nk521lib.recount.records import rows, upper, when
from nk521lib.recount.statuses import Status
from nk521lib.recount.three_plus_three import Level, Rules, decide, recommend, state_of
from nk521lib.terms import DltStatus, LevelState

_LETTER = {DltStatus.DLT: "T", DltStatus.CLEAR: "N"}
_GOES_ON = ("OPEN", "EXPAND", "ESCALATE")
MOST = 30
"""Subjects of one group beyond which the completions are not walked through here."""


def derive_decisions(cut: Cut, statuses: dict[str, Status]) -> dict[str, dict | str]:
    """Per group with a ladder the fields of decisions.json, or why they are not recomputed."""
    found: dict[str, dict | str] = {}
    for group in cut.params.trial.groups:
        if cut.params.trial.levels and any(level is not None for level in group.arms.values()):
            mine = [s for s in statuses.values() if s.person.group == group.id]
            found[group.id] = limits_of(cut.params, mine) or _one(cut, group.id, mine)
    return found


def limits_of(params: Params, mine: Sequence[Status]) -> str:
    """What is not built here, empty when everything is."""
    rule = params.escalation
    unread = [s.person.id for s in mine if s.status is None]
    said = [f"status of {unread[0]} not recomputed"] if unread else []
    said += [] if rule.groups_independent else ["groups_independent = false"]
    said += [] if rule.cap_basis != "enrolled" else ["cap_basis = enrolled"]
    said += [f"more than {MOST} subjects in one group"] if len(mine) > MOST else []
    return "; ".join(said)


def _one(cut: Cut, group: str, mine: list[Status]) -> dict:
    params = cut.params
    rule, top = params.escalation, len(params.trial.levels)
    rules = Rules(rule.mtd_min_n, rule.top_confirm6, params.trial.start_level)
    order = sorted(mine, key=lambda s: (s.person.first, s.person.level, s.person.id))
    said = _committee(cut, group)
    outcomes = [_outcome(status, rule.replace_nonevaluable) for status in order]
    slots = replay(order, outcomes, said, rules, top)
    levels = [status.person.level for status in order]
    ladder = _count(levels, outcomes, slots)
    dosed = len(order) if rule.cap_basis == "dosed" else sum(at.n + at.m for at in ladder)
    cap = None if rule.cap_policy == "ignore" else rule.group_cap
    held = bool(hold_reasons(order, said, params))
    answer = recommend(ladder, rules, levels[-1] if levels else None, dosed, cap, rule.cap_policy == "hard_stop", held)
    return {"dosed": dosed, **answer}


def replay(order: list[Status], outcomes: list[str], said: list, rules: Rules, top: int) -> list[int]:
    """Slots per level: each first dose against what the rules asked for, with the outcomes known on that day (rulings.md 3.7)."""
    slots = [0] * top
    slots[rules.start - 1] = 3
    dlts_below: dict[int, int] = {}
    for i, status in enumerate(order):
        today, level = status.person.first, status.person.level
        known = [_known_then(order[k], outcomes[k], today) for k in range(i)]
        opened = _open(slots, said, today)
        ladder = _count([s.person.level for s in order[:i]], known, slots)
        below = sum(at.x for at in ladder[: level - 1])
        fresh = level in opened and below <= dlts_below.setdefault(level, below)
        closed = any(state_of(at)[0] is LevelState.EXCEEDED for at in ladder[: level - 1])
        at = ladder[level - 1]
        unfilled = at.slots > at.n + at.m
        asked = decide(ladder, rules, order[i - 1].person.level if i else None)
        by_rule = asked.to_level == level and asked.needs > 0 and not closed
        regular = not closed and ((unfilled and fresh) or by_rule)
        slots[level - 1] = 6 if regular and at.n + at.m and not unfilled else max(at.slots, 3)
    _open(slots, said, date.max)
    return slots


def _outcome(status: Status, replace: bool) -> str:
    """N, T, P, or - for a subject who is replaced and not counted."""
    if status.status is DltStatus.NONEVAL and replace:
        return "-"
    return _LETTER.get(status.status, "P")


def _known_then(status: Status, outcome: str, today: date) -> str:
    """A DLT is known from the day after its onset, the others from the day their outcome or free slot was."""
    if status.known is None or outcome == "P":
        return "P"
    return outcome if status.known < today or (outcome != "T" and status.known == today) else "P"


def _count(levels: list[int], outcomes: list[str], slots: list[int]) -> list[Level]:
    made = []
    for number, opened in enumerate(slots, 1):
        here = [outcome for level, outcome in zip(levels, outcomes, strict=True) if level == number]
        made.append(Level(here.count("N") + here.count("T"), here.count("T"), here.count("P"), opened))
    return made


def _committee(cut: Cut, group: str) -> list[tuple[date | None, date | None, str, int | None]]:
    """Decisions on the group's levels in the order in which they count: first and last day they can be dated, value, level."""
    columns = "GROUP LEVEL ITEM VALUE ADJDTC"
    mine = [r for r in rows(cut, "ADJUD", columns) if upper(r["ITEM"]) == "DECISION" and r["GROUP"] == group]
    dated = [(when(r["ADJDTC"]).low, when(r["ADJDTC"]).high, upper(r["VALUE"]), r["LEVEL"]) for r in mine]
    return sorted(dated, key=lambda row: row[0] or date.min)


def _open(slots: list[int], said: list, today: date) -> set[int]:
    """Slots that the committee opened before this day; the levels they concern."""
    concerned = set()
    for _, last, value, level in said:
        if value in ("OPEN", "EXPAND") and level and 1 <= level <= len(slots) and last and last < today:
            slots[level - 1] = max(slots[level - 1], 3 if value == "OPEN" else 6)
            concerned.add(level)
    return concerned


def hold_reasons(mine: list[Status], said: list, params: Params) -> list[str]:
    """Events of the hold rules, candidates too, and a HOLD or STOP of the committee that nothing later lifted."""
    rule, terms = params.escalation.hold_rules, params.terms
    counted = [e for status in mine for e in status.events if e.verdict in (DLT, CANDIDATE)]
    tests = []
    if rule.any_d01:
        tests.append(("D01", 1, [e for e in counted if e.fatal and e.related and e.onset is not False]))
    severe = [e for e in counted if e.term in (*terms.crs, *terms.icans)
              and (e.scale is None or e.scale >= rule.crs_icans_grade)]  # fmt: skip
    tests.append(("CRS or ICANS", rule.crs_icans_subjects, severe))
    for kind in ("peritonitis", "perforation", "obstruction", "abdominal_pain", "catheter"):
        same = [e for e in counted if "D08" in e.clauses and e.term in getattr(terms, kind)]
        tests.append((f"D08 {kind}", rule.same_d08_subjects, same))
    found = []
    for name, needed, events in tests:
        first: dict[str, date | None] = {}
        for event in events:
            day = event.end.high if event.fatal and event.end.high else event.start.high
            known = [d for d in (first.get(event.person.id), day) if d]
            first[event.person.id] = min(known, default=None)
        unknown = any((e.end.high if e.fatal and e.end.high else e.start.high) is None for e in events)
        since = None if unknown or not first else max(first.values())
        lifted = since is not None and any(value in _GOES_ON and day and day > since for day, _, value, _ in said)
        if len(first) >= needed and not lifted:
            found.append(name)
    held = [i for i, (_, _, value, _) in enumerate(said) if value in ("HOLD", "STOP")]
    if held and not any(value in _GOES_ON for _, _, value, _ in said[held[-1] + 1 :]):
        found.append("committee")
    return found


ENTRY = ("dosed", "level", "n", "x", "m", "state", "step", "decision", "certain", "possible", "to_level", "would_be", "short_by",
         "mtd", "claim", "highest_cleared")  # fmt: skip
"""Fields of a group's entry in decisions.json that are recomputed, beside those of its levels."""
