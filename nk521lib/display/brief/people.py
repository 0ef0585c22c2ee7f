"""The subjects of a group on paper: the ladder, the cohorts with their windows, who is open, who is being treated."""

import pandas as pd

from nk521lib.display.brief.material import NOT_HERE, Material, clipped, section, table, text
from nk521lib.display.proposal import SHAPES as SHAPES_ON_SCREEN
from nk521lib.display.proposal import STATES, STATUS_WORDS, either, level_name, unended
from nk521lib.display.words import day, plural, short_id
from nk521lib.terms import Decision, LevelState

SHAPES = SHAPES_ON_SCREEN | {"PENDING": "◇"}
"""A dashed circle and a plain one look alike in small print: what is open is a diamond on paper, filled for a candidate."""


def ladder(material: Material, group: str) -> dict:
    """Highest rung first: counts, state, what so few subjects can show, and the subjects themselves."""
    entry, params = material.entry(group), material.cut.params
    addlt = material.of_group("addlt", group)
    rows = []
    for level in reversed(entry["levels"]):
        number = level["level"]
        low, high = (material.shown("dlt_rate", group, str(number), "DLT", f"conf.{side}") for side in ("low", "high"))
        people = [] if addlt is None else addlt[addlt["LEVELCNT"].eq(number).fillna(False)].itertuples()
        here = "  ▸ in play" if number == entry["level"] else ""
        rows.append({
            "Level": f"{level_name(params, number)}{here}",
            "DLT / complete": f"{level['x']}/{level['n']}" if level["n"] else "nobody",
            "Open": str(level["m"]), "State": _state(level, number, entry),
            "Rate, exact 95 %": f"{low} to {high}" if level["n"] and low else "no data",
            "Subjects": "  ".join(f"{SHAPES[p.STATUS]} {short_id(p.USUBJID)}" for p in people) or "nobody dosed",
        })  # fmt: skip
    legend = ", ".join(f"{SHAPES[status]} {words}" for status, words in STATUS_WORDS.items())
    used = f"{entry['dosed']} of {entry['cap']} places of the group are used."
    return section("The ladder", table(rows, [0, 0, 0, 0, 0, 1], NOT_HERE, note=f"{legend}. {used}", right=["Open"]))


def _state(level, number: int, entry) -> str:
    if level["n"] or level["m"] or level["state"] == LevelState.UNOPENED:
        return STATES[level["state"]]
    opens = entry["decision"] == Decision.ESCALATE and entry["to_level"] == number
    return "would open next" if opens else "nobody dosed yet"


def cohorts(material: Material, group: str) -> dict:
    """One row per dosed subject, in order of the ladder."""
    addlt = material.of_group("addlt", group)
    if addlt is None:
        return section("Cohorts and windows", text(NOT_HERE))
    prefix = material.cut.params.trial.level_prefix
    rows = [
        {
            "Subject": short_id(r.USUBJID), "Level": f"{group}-{prefix}{r.LEVEL}", "Doses": f"{r.NDOSEWIN} ({r.NFULLWIN} full)",
            "DLT window": f"{day(r.ADLTSDT)} to {day(r.ADLTEDT)}", "Status": f"{SHAPES[r.STATUS]} {STATUS_WORDS[r.STATUS]}",
            "Reason": clipped(r.REASON), "Records": clipped(r.SRCIDS, "none", 60),
        }
        for r in addlt.itertuples()
    ]  # fmt: skip
    note = f"Doses in the DLT window. Subject numbers are the last part of {_common(addlt['USUBJID'])}"
    return section(
        f"Cohorts and windows: {plural(len(rows), 'dosed subject')}, each with one status",
        table(rows, [0, 0, 0, 0, 0, 1, 0.75], "Nobody has been dosed in this group.", note=note if rows else ""),
    )


def _common(ids: pd.Series) -> str:
    """The beginning that all ids share, as a reader would write it."""
    starts = sorted({usubjid.rpartition("-")[0] + "-…" for usubjid in ids})
    return " or ".join(starts[:3]) if starts else "the subject id"


def pending(material: Material, group: str) -> dict:
    """Who is open, until when, and what each outcome would leave possible."""
    addlt, standing = material.of_group("addlt", group), material.of_group("adstand", group)
    if addlt is None or standing is None:
        return section("Outcomes still open", text(NOT_HERE))
    open_ = addlt[addlt["STATUS"].isin(["PENDING", "CANDIDATE"])].sort_values(["ADLTEDT", "USUBJID"])
    after = standing.set_index("USUBJID")
    rows = []
    for r in open_.itertuples():
        left = plural(int(r.DAYSLEFT), "day") + " left" if pd.notna(r.DAYSLEFT) and r.DAYSLEFT else "window over"
        rows.append({
            "Subject": f"{SHAPES[r.STATUS]} {short_id(r.USUBJID)}", "Waits for": clipped(r.REASON),
            "Window ends": f"{day(r.ADLTEDT)}, {left}", "If no DLT": _after(after, r.USUBJID, "IFCLEAR"),
            "If a DLT": _after(after, r.USUBJID, "IFDLT"),
        })  # fmt: skip
    note = "Each taken alone, while the other open subjects stay open; before the cap." if rows else ""
    title = f"Outcomes still open: {plural(len(rows), 'subject')}" if rows else "No outcome is open"
    return section(
        title, table(rows, [0, 1, 0, 1, 1], "Every dosed subject is complete or was replaced.", note=note),
        _when(material, group), _next(material, group),
    )  # fmt: skip


def _after(standing: pd.DataFrame, usubjid: str, column: str) -> str:
    codes = standing[column].get(usubjid)
    return "not computed" if codes is None or pd.isna(codes) else either(str(codes).split("|"))


def _when(material: Material, group: str) -> dict | None:
    """The earliest day on which each decision can become certain; silent where it is certain or cannot be said."""
    facts = material.of_group("adgroup", group)
    if facts is None or material.entry(group)["certain"]:
        return None
    rows = facts[facts["ITEM"].eq("CERTAIN")].sort_values(["ADT", "VALUE"])
    said = "; ".join(f"{either([r.VALUE])} on {day(r.ADT)} at the earliest" for r in rows.itertuples())
    return text(f"Can become certain, before the cap: {said}.") if said else None


def _next(material: Material, group: str) -> dict | None:
    """May a new subject be dosed, where, and from which day."""
    facts, entry = material.of_group("adgroup", group), material.entry(group)
    rows = facts[facts["ITEM"].eq("DOSING")] if facts is not None else []
    if not len(rows):
        return None
    row = rows.iloc[0]
    if entry["withheld"]:
        return text("No new subject may be dosed now: the proposal is withheld.")
    if row["NAME"] != "may":
        return text(f"No new subject may be dosed now: {row['WHY']}.")
    at, places = level_name(material.cut.params, entry["to_level"]), plural(int(row["VALUE"]), "new subject")
    since = f", not before {day(row['ADT'])}" if pd.notna(row["ADT"]) else ""
    return text(f"If the committee agrees, {places} may be dosed at {at}{since} ({row['WHY']}).")


def on_treatment(material: Material, group: str) -> dict:
    """Subjects still dosed at a level that is not settled, with the choice to record."""
    standing = material.of_group("adstand", group)
    if standing is None:
        return section("On treatment now", text(NOT_HERE))
    going = standing[standing["STATE"].notna()]
    rows = [
        {
            "Subject": short_id(r.USUBJID), "Level is": STATES.get(r.STATE, r.STATE), "Doses given": str(r.NDOSE), "Left": str(r.NLEFT),
            "Next due": _due(r, material.cut.cutoff), "Decision": "□ continue   □ reduce   □ stop",
        }
        for r in going.itertuples()
    ]  # fmt: skip
    empty = "Nobody is on treatment at a level that is open, held or exceeded."
    return section("On treatment now, at a level that is not settled", table(rows, [0, 1, 0, 0, 1, 0], empty, right=["Doses given", "Left"]))  # fmt: skip


def _due(row, cutoff: pd.Timestamp) -> str:
    if pd.notna(row.WITHDRAWN):
        return unended(row.WITHDRAWN)
    date = row.NEXTDT
    return day(date) + (", before the cut-off and not on record" if pd.notna(date) and date <= cutoff else "")
