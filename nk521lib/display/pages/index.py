"""The front page: per group the proposal and how sure it is, then the headline numbers, then what is open.

Numbers come from result rows and carry their ids; what the pack does not hold is said, never left blank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from nk521lib.cut import Cut
from nk521lib.display.brief import file_name
from nk521lib.display.foreseen import say_possible
from nk521lib.display.pages.shell import PageLink, Shell, render
from nk521lib.display.proposal import STATES, STATUS_OF, STATUS_WORDS, mark, stated
from nk521lib.display.say import MARKS
from nk521lib.display.words import cells, day, short_id
from nk521lib.params import Params
from nk521lib.terms import ComparatorSays, Decision, Effect, LevelState
from nk521lib.three_valued import surely

_COMPARATOR = {
    ComparatorSays.ESCALATE: "up", ComparatorSays.STAY: "stay", ComparatorSays.DEESCALATE: "down",
    ComparatorSays.ELIMINATE: "eliminate",
}  # fmt: skip
_NOT_HERE = "not in this pack"


@dataclass(frozen=True)
class Shown:
    """A value on the page with the ids of its result rows."""

    text: str
    rows: str = ""
    status: str = ""


@dataclass(frozen=True)
class Answer:
    """A chapter's page and the sentences it opens with."""

    page: PageLink
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """What the front page reads: everything is already computed, here it is only put in words."""

    cut: Cut
    results: pd.DataFrame
    findings: pd.DataFrame
    decisions: Mapping[str, Any] | None
    addlt: pd.DataFrame | None
    answers: Sequence[Answer]
    subject_pages: Mapping[str, str]
    absent: Sequence[str]
    recount: Markup | str = ""
    since: Sequence[str] = ()
    foreseen: pd.DataFrame | None = None


def index_page(shell: Shell, pack: Pack) -> str:
    """The page as text."""
    blocks = pack.findings[pack.findings["effect"].eq(Effect.BLOCK)]
    groups = _groups(pack)
    loose = blocks[~blocks["group"].isin(list(groups))]
    return render(
        "index.html.j2", shell, "What the data say", "index.html", kind="index",
        cards=[_card(name, entry, pack, blocks) for name, entry in groups.items()],
        no_decision=_no_decision(pack),
        known_after=_known_after(pack), blocks=list(loose["message"]),
        heads=[*(f"Group {g.id}" if len(g.id) < 3 else g.label for g in pack.cut.params.trial.groups), "All"],
        numbers=headline_numbers(pack.results, pack.cut.params),
        answers=pack.answers, counts=finding_counts(pack.findings), absent=list(pack.absent), subjects=pack.subject_pages,
        recount=pack.recount, since=list(pack.since),
    )  # fmt: skip


def find(results: pd.DataFrame, **where: str) -> pd.Series | None:
    """The one result row with these keys, None when this pack has none."""
    # A row without one of these keys is another row.
    here = np.flatnonzero(np.logical_and.reduce([surely(results[column].eq(value)) for column, value in where.items()]))
    return results.iloc[here[0]] if len(here) else None


def headline_numbers(results: pd.DataFrame, params: Params) -> list[tuple[str, list[Shown]]]:
    """Rows of the headline table: name, then one value per group and one for all; no values when none is in this pack."""
    groups = [*(g.id for g in params.trial.groups), "ALL"]
    rows = [
        ("Screened · eligible · dosed", [_funnel(results, g) for g in groups]),
        ("Any grade 3 or higher treatment-emergent event", [_overview(results, g) for g in groups]),
        (f"Confirmed response of all dosed (exact {100 * params.efficacy.conf_level:.0f} % interval)", [_response(results, g) for g in groups]),
        ("Puncture-free survival, median", [_median(results, g) for g in groups]),
    ]  # fmt: skip
    return [
        (name, [_by_group(value) for value in values] if any(value.rows for value in values) else [])
        for name, values in rows
    ]


def _by_group(value: Shown) -> Shown:
    """A value that is missing where its row has others was not counted for that column."""
    return value if value.rows else Shown("not counted", status="soft")


def finding_counts(findings: pd.DataFrame) -> list[tuple[str, int, str]]:
    """Effect in words, how many, and the effect's code, worst first; nothing that did not occur."""
    words = {
        Effect.BLOCK: "withhold a proposal to dose more", Effect.FLAG: "to look at", Effect.HANDLED: "repaired by a stated rule",
    }  # fmt: skip
    counted = [(words[e], int(findings["effect"].eq(e).sum()), str(e)) for e in words]
    return [item for item in counted if item[1]]


def _card(name: str, entry: Mapping[str, Any], pack: Pack, blocks: pd.DataFrame) -> dict[str, Any]:
    params, decision = pack.cut.params, Decision(entry["decision"])
    withheld = entry.get("withheld", False)
    foreseen = None if pack.foreseen is None else pack.foreseen[pack.foreseen["GROUP"].eq(name).fillna(False)]
    label = next((g.label for g in params.trial.groups if g.id == name), "")
    said, why = stated(params, entry)
    messages = list(
        dict.fromkeys([*entry.get("withheld_because", ()), *blocks.loc[blocks["group"].eq(name), "message"]])
    )
    return {
        "name": f"Group {name}" + (f" · {label}" if label else ""), "reason": why,
        "sentence": said, "status": "stop" if withheld else STATUS_OF[decision],
        "mark": "" if decision is Decision.NOT_APPLICABLE else mark(entry), "shape": MARKS["stop" if withheld else STATUS_OF[decision]],
        "open_to": "" if entry.get("certain", True) else say_possible(params, entry["possible"], foreseen),
        "withheld": withheld, "messages": messages, "hold_because": entry.get("hold_because", ()),
        "ladder": _ladder(name, entry, pack), "facts": _facts(name, entry, pack),
        "paper": "" if decision is Decision.NOT_APPLICABLE else file_name(name),
    }  # fmt: skip


def _ladder(name: str, entry: Mapping[str, Any], pack: Pack) -> list[dict[str, Any]]:
    """Highest level first, as one climbs."""
    states = {level["level"]: level for level in entry.get("levels", ())}
    rungs = []
    for number in range(len(pack.cut.params.trial.levels), 0, -1):
        level = states.get(number, {"state": LevelState.UNOPENED, "n": 0, "x": 0, "m": 0})
        rungs.append({
            "dose": cells(pack.cut.params.trial.levels[number - 1]), "state": _state(level, number, entry),
            "dots": _dots(name, number, pack), "now": number == entry.get("level"),
        })  # fmt: skip
    return rungs


def _state(level: Mapping[str, Any], number: int, entry: Mapping[str, Any]) -> str:
    words = STATES[level["state"]]
    if not level["n"] and not level["m"]:
        opens = entry.get("decision") == Decision.ESCALATE and entry.get("to_level") == number
        return "would open next" if opens else (words if level["state"] == LevelState.UNOPENED else "nobody dosed yet")
    pending = f", {level['m']} open" if level["m"] else ""
    return f"{level['x']}/{level['n']} DLT{pending}; {words}"


def _dots(group: str, level: int, pack: Pack) -> list[dict[str, str]]:
    if pack.addlt is None:
        return []
    here = pack.addlt[pack.addlt["GROUP"].eq(group) & pack.addlt["LEVEL"].eq(level)]
    return [
        {"text": short_id(row.USUBJID), "status": str(row.STATUS), "href": pack.subject_pages.get(row.USUBJID, ""),
         "says": f"{row.USUBJID}: {STATUS_WORDS[row.STATUS]}"}
        for row in here.itertuples()
    ]  # fmt: skip


def _facts(name: str, entry: Mapping[str, Any], pack: Pack) -> list[tuple[str, Shown]]:
    if "dosed" not in entry:
        return []
    used = find(pack.results, analysis_id="places", group1_level=name, stat_name="n")
    facts = [(f"Places used of {entry['cap']}", Shown(str(entry["dosed"]), used["row_id"] if used is not None else ""))]
    facts += _over_cap(name, entry["cap"], pack.results)
    says = entry.get("comparators") or {}
    if says:
        answers = ["nobody complete" if s is None else _COMPARATOR[ComparatorSays(s)] for s in says.values()]
        shown = answers if any(says.values()) else answers[:1]
        facts.append((" · ".join(says), Shown(" · ".join(shown))))
    if entry.get("recorded"):
        facts.append(("Committee's latest record", Shown(_recorded(entry["recorded"]))))
    return facts


def _recorded(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    value, at = row.get("value") or row.get("VALUE"), row.get("date") or row.get("ADJDTC")
    said = f"{value}, {day(at[:10])}" if at else str(value)
    return f"{said}, ◆ against the proposal ({row['proposal']})" if row.get("departs") else said


def _over_cap(name: str, cap: int, results: pd.DataFrame) -> list[tuple[str, Shown]]:
    """One line for all assumed truths, in their order."""
    rows = results[results["analysis_id"].eq("p_over_cap") & results["group1_level"].eq(name)]
    if rows.empty:
        return []
    truths = ", ".join(label.removesuffix(" %") for label in rows["variable_level"])
    return [(f"Chance of needing more than {cap}, if the true DLT rates are {truths} %",
             Shown(" · ".join(rows["fmt"]), " ".join(rows["row_id"])))]  # fmt: skip


def _groups(pack: Pack) -> Mapping[str, Any]:
    """Entries of decisions.json; none when no group has anything to decide."""
    groups = pack.decisions["groups"] if pack.decisions else {}
    nothing = all(entry["decision"] == Decision.NOT_APPLICABLE for entry in groups.values())
    return {} if nothing else groups


def _no_decision(pack: Pack) -> str:
    if pack.decisions is None:
        return "The escalation chapter is not in this pack, so no dose is proposed here."
    if _groups(pack):
        return ""
    reasons = dict.fromkeys(entry.get("reason", "") for entry in pack.decisions["groups"].values())
    return f"No dose decision: {'; '.join(filter(None, reasons)) or 'the parameters name no groups with dose levels'}."


def _known_after(pack: Pack) -> list[str]:
    frame = pack.cut.known_after
    if frame.empty:
        return []
    return [
        f"{row.usubjid}: {row.what}, {day(row.date)}" + (f" (group {row.group})" if pd.notna(row.group) and row.group else "")
        for row in frame.itertuples()
    ]  # fmt: skip


def _n_of(results: pd.DataFrame, **where: str) -> tuple[str, str] | None:
    n, size = find(results, stat_name="n", **where), find(results, stat_name="N", **where)
    if n is None or size is None:
        return None
    said = f"{n['fmt']}/{size['fmt']}" if n["fmt"].isdecimal() else n["fmt"]
    return said, f"{n['row_id']} {size['row_id']}"


def _group(level: str) -> dict[str, str]:
    return {"group1_level": level}


def _funnel(results: pd.DataFrame, group: str) -> Shown:
    """Before assignment a subject has no group, so a group shows its dosed subjects only."""
    if group != "ALL":
        dosed = find(results, analysis_id="screening_funnel", variable_level="DOSED", stat_name="n", group1_level=group)
        return Shown(_NOT_HERE, status="soft") if dosed is None else Shown(f"{dosed['fmt']} dosed", dosed["row_id"])
    screened = find(results, analysis_id="screening_funnel", stat_name="N", group1_level="")
    eligible = find(
        results, analysis_id="screening_status", population="SCREENED", variable_level="ELIGIBLE", stat_name="n"
    )
    dosed = find(results, analysis_id="ae_overview", stat_name="N", group1_level="ALL")
    steps = [(screened, _NOT_HERE), (eligible, "not assessed"), (dosed, _NOT_HERE)]
    return Shown(
        " · ".join(otherwise if step is None else step["fmt"] for step, otherwise in steps),
        " ".join(step["row_id"] for step, _ in steps if step is not None),
    )


def _overview(results: pd.DataFrame, group: str) -> Shown:
    where = {"analysis_id": "ae_overview", "variable_level": "GRADE3", "group1_level": group}
    found = _n_of(results, **where, group2_level="ALL") or _n_of(results, **where)
    if not found:
        return Shown(_NOT_HERE, status="soft")
    # "None of grade 3" means little where the grade is missing.
    ungraded = find(results, **where | {"variable_level": "GRADE_MISSING"}, stat_name="n")
    if ungraded is None or not ungraded["stat"]:
        return Shown(*found)
    return Shown(f"{found[0]}, {ungraded['fmt']} without a grade", f"{found[1]} {ungraded['row_id']}")


def _response(results: pd.DataFrame, group: str) -> Shown:
    where = {
        "analysis_id": "rate_orr",
        "variable": "CBOR",
        "population": "ITT",
        "group1_level": group,
        "group2_level": "ALL",
    }
    found = _n_of(results, **where)
    if not found:
        return Shown(_NOT_HERE, status="soft")
    low, high = (find(results, **where, stat_name=name) for name in ("conf.low", "conf.high"))
    if low is None or high is None or pd.isna(low["stat"]) or pd.isna(high["stat"]):
        return Shown(*found)
    interval = f" ({100 * low['stat']:.0f} to {100 * high['stat']:.0f} %)"
    return Shown(found[0] + interval, f"{found[1]} {low['row_id']} {high['row_id']}")


def _median(results: pd.DataFrame, group: str) -> Shown:
    row = find(results, analysis_id="km_pufs", stat_name="median", group1_level=group, group2_level="ALL")
    if row is None:
        return Shown(_NOT_HERE, status="soft")
    words = {"NE": "not reached", "n<5": "fewer than 5 subjects"}
    unit = " days" if pd.notna(row["stat"]) and "d" not in row["fmt"] else ""
    return Shown(words.get(row["fmt"], row["fmt"] + unit), row["row_id"])
