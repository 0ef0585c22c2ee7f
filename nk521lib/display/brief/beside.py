"""What stands beside the proposal on paper: exposure and lots, other designs, assumptions and their cost, data, decisions."""

import re

import pandas as pd

from nk521lib.chapters.escalation.committee import decisions, read_committee
from nk521lib.display.brief.material import NOT_HERE, Material, clipped, items, section, table, text
from nk521lib.display.proposal import CONTACT, level_name, silence
from nk521lib.display.say import show_value
from nk521lib.display.words import day, plural, short_id, window
from nk521lib.terms import ComparatorSays, Effect, Step

_DESIGN_SAYS = {
    ComparatorSays.ESCALATE: "up", ComparatorSays.STAY: "stay", ComparatorSays.DEESCALATE: "down",
    ComparatorSays.ELIMINATE: "down, level eliminated",
}  # fmt: skip
_SAME_WAY = {Step.ESCALATE: ("ESCALATE",), Step.EXPAND: ("STAY",), Step.DEESCALATE: ("DEESCALATE", "ELIMINATE")}
_EXPOSURE = {
    "NDOSE": "Doses, median (range)", "CUMDOSE": "Cells, 10⁹, median (range)",
    "RELDUE": "Given over due so far, median (range)",
}  # fmt: skip
_ASSUMED = {
    "dlt_window": "DLT window", "dlt_min_doses": "Full doses in the window to be evaluable",
    "full_dose_fraction": "Share of the assigned cells that is a full dose", "mtd_min_n": "Subjects that an MTD must rest on",
    "top_confirm6": "Six subjects at the top level too", "cap_policy": "When the places are used up",
}  # fmt: skip
_WINDOW = re.compile(r"anchor (\w+); days (\d+)")
_WIDTHS = {"Assumption": 0, "Set to": 1.1, "Proposal": 2.1, "Subjects judged otherwise": 1.2}
"""Of the table of alternatives, as shares of the line; its figures are narrow."""
MOST_FINDINGS = 8
MOST_ALTERNATIVES = 8


def exposure(material: Material, group: str) -> dict:
    """Doses and cells by level, then the lots after which an event came."""
    trial = material.cut.params.trial
    heads = [(f"{group}-{trial.level_prefix}{n}", str(n)) for n in range(1, len(trial.levels) + 1)] + [(f"{group} total", "ALL")]  # fmt: skip
    rows = []
    for variable, label in _EXPOSURE.items():
        row = {head: _spread(material, group, level, variable) for head, level in heads}
        rows.append({"": label} | {head: value for head, value in row.items() if value} if any(row.values()) else None)
    rows = [row for row in rows if row]
    shown = table(rows, [1.6, *(1 for _ in range(len(rows[0]) - 1))] if rows else [], NOT_HERE, right=list(rows[0])[1:] if rows else [])  # fmt: skip
    return section("Exposure and lots", shown, _lots(material, group), _masking(material, group))


def _spread(material: Material, group: str, level: str, variable: str) -> str:
    median, low, high = (material.shown("exposure", group, level, variable, stat) for stat in ("median", "min", "max"))
    return "" if median is None else f"{median} ({low} to {high})" if low != high else str(median)


def _lots(material: Material, group: str) -> dict | None:
    """Lots given in this group, and those after a dose of which a DLT or candidate came."""
    addlt, results = material.of_group("addlt", group), material.results
    given = results[results["analysis_id"].eq("lot_subjects").fillna(False)]
    if addlt is None or given.empty:
        return None
    here = set(addlt["USUBJID"])
    mine = [lot for lot, ids in zip(given["variable_level"], given["usubjids"], strict=True) if here & set(ids)]
    after_lot = results[results["analysis_id"].eq("lot_events").fillna(False)]
    ill = dict(zip(after_lot["variable_level"], after_lot["usubjids"], strict=True))
    hits = [f"{clipped(lot, longest=40)} ({', '.join(sorted(map(short_id, ill[lot])))})" for lot in mine if len(ill.get(lot, ()))]  # fmt: skip
    after = f"A DLT or candidate, of either group, came after a dose of {', '.join(hits)}." if hits else "No DLT or candidate of any group came after a dose of them."  # fmt: skip
    return text(f"{plural(len(mine), 'lot')} given in this group. {after}")


def _masking(material: Material, group: str) -> dict | None:
    standing = material.of_group("adstand", group)
    if standing is None:
        return None
    some = standing[standing["MASKING"].notna()]
    said = "; ".join(f"{short_id(r.USUBJID)} {clipped(r.MASKING, longest=120)}" for r in some.itertuples())
    return text(f"Drugs in use in the window that may mask an event: {said or 'none on record'}.")


def designs(material: Material, group: str) -> dict:
    """What other designs say at the level in play, and why they differ from the 3+3."""
    facts, entry = material.of_group("adgroup", group), material.entry(group)
    rows = []
    for r in facts[facts["ITEM"].eq("DESIGN")].itertuples() if facts is not None else ():
        same = _SAME_WAY.get(Step(entry["step"]))
        beside = "the 3+3 waits" if same is None else "the same way" if r.VALUE in same else "differs"
        rows.append({"Design": r.NAME, "Says": _DESIGN_SAYS.get(r.VALUE, r.VALUE), "Beside the 3+3": beside, "Why": clipped(r.WHY)})  # fmt: skip
    rate = material.cut.params.escalation.target_rate
    note = (f"Advice at a target DLT rate of {rate:g} [A], at the present data, before the ends of the ladder. The 3+3 counts against a fixed "
            "table and has no target; the others compare the observed rate with theirs, so they part where the table is stricter or milder.")  # fmt: skip
    empty = "Nobody at the level in play has a complete assessment, so no other design has anything to say."
    return section(f"What other designs would say (the 3+3 step is {entry['step'].lower()})", table(rows, [0, 0, 0, 1], empty, note=note if rows else ""))  # fmt: skip


def assumptions(material: Material, group: str) -> dict:
    """The assumptions that this proposal rests on, with their alternatives, and what they and the cap may cost."""
    params = material.cut.params
    rows = [
        {"Assumed": f"{says} [{about.tag}]", "In use": clipped(_value(about.value), longest=90) + (" (changed)" if about.differs else ""),
         "Could also be": clipped(" | ".join(_value(a) for a in about.alternatives) or "–", longest=160), "Name": name}
        for name, says in _ASSUMED.items()
        for about in [params.about[name]]
    ]  # fmt: skip
    chances = material.results[material.results["analysis_id"].eq("p_over_cap").fillna(False) & material.results["group1_level"].eq(group).fillna(False)]  # fmt: skip
    cost = "; ".join(f"{r.fmt} if the true DLT rates are {r.variable_level}" for r in chances.itertuples())
    return section(
        "What is assumed, and what it may cost",
        table(rows, [1, 0.8, 1, 0], NOT_HERE),
        text(f"Chance that the rules need more than the {material.entry(group)['cap']} places of this group, from here: {cost}.") if cost else None,
        *_costs(material, group),
    )  # fmt: skip


def _value(value: object) -> str:
    return _words(show_value(value))


def _words(text: str) -> str:
    """A window as a sentence says it: 28 days from first dose."""
    return _WINDOW.sub(lambda found: window(found[1], found[2]), text)


def _costs(material: Material, group: str) -> list[dict | None]:
    """The alternatives that change something in this group, as chapter 2 lists them, those that change the proposal first."""
    if not material.alternatives:
        return []
    heads, *rows = material.alternatives
    mine, here = [], False
    for row in rows:
        if len(row) == 1:
            here = row[0] == f"Group {group}"
        elif here:
            mine.append(dict(zip(heads, row, strict=True)))
    now, others = mine[:1], sorted(mine[1:], key=lambda row: row.get("Proposal") == "the same")
    shown = now + others[:MOST_ALTERNATIVES]
    cut_off = len(others) - MOST_ALTERNATIVES
    note = "Each tried alone, exact, from where the group then stands" + (f"; {cut_off} more in chapter 02." if cut_off > 0 else ".")  # fmt: skip
    note += " No level selected: none is tolerated, or the cap stops the group before an MTD is known."
    right = [head for head in heads if head.startswith(("Mean", "More", "No level"))]
    widths = [_WIDTHS.get(head, 0.62) for head in heads]
    clean = [{head: clipped(_words(value), longest=120) for head, value in row.items()} for row in shown]
    return [table(clean, widths, "No alternative changes anything.", note=note, right=right)]


def data(material: Material, group: str) -> dict:
    """How old the latest record of each subject is, and what the data checks found."""
    standing, findings = material.of_group("adstand", group), material.findings
    rows = []
    for r in standing.sort_values(["SILENTDY", "USUBJID"], ascending=[False, True], na_position="first").itertuples() if standing is not None else ():  # fmt: skip
        rows.append({
            "Subject": short_id(r.USUBJID), "Latest event": day(r.LASTAEDT, "none"), "Laboratory": day(r.LASTLBDT, "none"),
            "Visit": day(r.LASTSVDT, "none"), "Contact": day(r.LASTCDT, "none"),
            "Days silent": silence(r.SILENTDY, r.DTHFL, r.DTHDT), "Known alive": day(r.LSTALVDT, "not known"),
        })  # fmt: skip
    mine = findings[findings["group"].eq(group).fillna(False) | findings["group"].fillna("").eq("")]
    open_ = mine[mine["effect"].isin([str(Effect.BLOCK), str(Effect.FLAG)])]
    own = open_[open_["group"].eq(group).fillna(False)]
    listed = [_finding(r) for r in own.head(MOST_FINDINGS).itertuples()]
    rest = len(open_) - len(listed)
    return section(
        "How current the data are, and what is open in them",
        table(
            rows,
            [0, 1, 1, 1, 1, 0, 1],
            "No subject of this group has been dosed.",
            note=CONTACT if rows else "",
            right=["Days silent"],
        ),
        _recounted(material),
        text(f"Open findings: {len(own)} of this group, {len(open_) - len(own)} that concern nobody's group or both."),
        items(listed, "None names this group."),
        text(f"{rest} more are listed in findings.html.") if rest else None,
    )


def _recounted(material: Material) -> dict | None:
    """How many of the pack's decisive numbers a second implementation found the same."""
    same, whole = (material.shown("recount", "", "", "", stat) for stat in ("n", "N"))
    return text(f"{same} of {whole} decisive numbers were recomputed by a second implementation with the same result.") if whole else None  # fmt: skip


def _finding(row) -> str:
    """With the key that leads to the record, unless the message names the subject."""
    named = pd.notna(row.usubjid) and row.usubjid and str(row.usubjid) not in str(row.message)
    record = f" {row.domain}:{row.seq}" if pd.notna(row.domain) and pd.notna(row.seq) and row.seq else ""
    who = f" ({short_id(row.usubjid)}{record})" if named else ""
    blocks = ", withholds the proposal" if row.effect == Effect.BLOCK else ""
    return f"{row.id} {clipped(row.message)}{who}{blocks}"


def earlier(material: Material, group: str) -> dict:
    """Every decision of the committee on this group, oldest first, with the proposal it saw."""
    cut = material.cut
    rows = []
    for r in decisions(read_committee(cut), group).itertuples():
        level = None if pd.isna(r.LEVEL) else int(r.LEVEL)
        seen = clipped(r.PROPOSAL, "not on record", 90)
        against = "  ◆ against it" if pd.notna(r.DEPARTS) and r.DEPARTS == "Y" else ""
        rows.append({
            "Date": day(r.DAY), "Decision": clipped(r.VALUE), "Level": level_name(cut.params, level), "Snapshot": clipped(r.SNAPSHOT, "none"),
            "Reason": clipped(r.REASON, "none given"), "Proposal then": seen + against,
        })  # fmt: skip
    return section("Earlier decisions", table(rows, [0, 0, 0, 0, 1, 1], "The snapshot holds no decision of the committee on this group."))  # fmt: skip
