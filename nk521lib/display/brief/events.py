"""Events on paper: DLTs, candidates and late events in short narratives, and adverse events by grade and relation."""

from collections.abc import Mapping

import pandas as pd

from nk521lib.chapters.safety.overview import OVERVIEW
from nk521lib.chapters.safety.people import derive_deaths
from nk521lib.chapters.safety.worst_grade import LEVELS
from nk521lib.display.brief.material import NOT_HERE, Material, clipped, items, section, table, text
from nk521lib.display.brief.told import narratives_of
from nk521lib.display.foreseen import say_seen
from nk521lib.display.proposal import lower
from nk521lib.display.words import day, plural, short_id

_VERDICTS = {"DLT": "■ DLT", "CANDIDATE": "◆ Candidate", "LATE": "After the window"}
_BASIS = {"COMMITTEE": "by the committee", "INVESTIGATOR": "by the investigator", "MACHINE": "by the machine screen"}
_SAYS = {"Y": "yes", "N": "no"}
_OVERVIEW = ("SERIOUS", "FATAL", "DOSE_CHANGED", "STOPPED", "AESI", "GRADE_MISSING")
_OVERVIEW_SAYS = {"FATAL": "With a fatal event"}
"""Where deaths stand beside it."""
MOST_TOLD = 12
"""Narratives on paper; a group of nine has fewer, and what is beyond them is counted."""


def narratives(material: Material, group: str) -> dict:
    """One short paragraph per event, those that count first."""
    events, title = material.of_group("addltev", group), "DLTs, candidates and late events"
    if events is None:
        return section(title, text(NOT_HERE))
    told = events[events["VERDICT"].isin(list(_VERDICTS))]
    told = told.assign(RANK=told["VERDICT"].map(list(_VERDICTS).index)).sort_values("RANK", kind="stable")
    stories = narratives_of(material, told.head(MOST_TOLD))
    lines = [_told(event, material, stories) for event in told.head(MOST_TOLD).itertuples()]
    more = len(told) - len(lines)
    judged = events[events["VERDICT"].eq("NONE") & events["COMMITTEE"].eq("N").fillna(False)]
    cleared = "; ".join(f"{short_id(e.USUBJID)} {clipped(e.TERM, longest=80)}, grade {_or(e.SCALE)}" for e in judged.itertuples())  # fmt: skip
    return section(
        title,
        items(lines, "No DLT, no candidate and no late event is on record in this group."),
        text(f"{more} more are in the pack's chapter 02.") if more else None,
        text(f"Judged no DLT by the committee: {cleared}.") if cleared else None,
    )


def _told(event, material: Material, stories: Mapping[tuple[str, str], str]) -> str:
    """What happened to whom, when, how bad, who says what, what is unknown: as chapter 3 tells it, else from the row alone."""
    record = f"{event.SRC}{'' if pd.isna(event.SEQ) else f':{event.SEQ}'}"
    at = f"{short_id(event.USUBJID)} at {event.GROUP}-{material.cut.params.trial.level_prefix}{event.LEVEL}"
    judges = (
        f"Investigator: {_said(event.INVESTIG)}; committee: {_said(event.COMMITTEE)}; machine screen: {_screen(event)}."
    )
    story = stories.get((event.USUBJID, record)) or _from_row(event, material)
    return f"{_VERDICTS[event.VERDICT]}, {at}, {_BASIS.get(event.BASIS, event.BASIS)}. {clipped(story, longest=1200)} {judges} Record {record}."


def _from_row(event, material: Material) -> str:
    first = material.data["addlt"].set_index("USUBJID")["ADLTSDT"].get(event.USUBJID)
    relation = "relation not asked" if pd.isna(event.RELATED) else "related" if event.RELATED else "not related"
    dose = " A dose was missed, reduced or stopped for it." if pd.notna(event.DOSECHG) and event.DOSECHG else ""
    return (
        f"{clipped(event.TERM, 'Event without a term')}, grade {_or(event.SCALE)}, {relation}, from {_span(event.ASTLODT, event.ASTHIDT)}"
        f"{_study_day(event, first)}, {_end(event)}.{dose}"
    )  # fmt: skip


def _or(value: object, missing: str = "unknown") -> str:
    return missing if pd.isna(value) else str(value)


def _said(value: object) -> str:
    return "blank" if pd.isna(value) else _SAYS.get(str(value), str(value))


def _screen(event) -> str:
    clauses = str(event.CLAUSES).replace(";", ", ") if pd.notna(event.CLAUSES) and event.CLAUSES else ""
    if pd.isna(event.SCREEN):
        return f"cannot be told{f', {clauses}' if clauses else ''}"
    if event.SCREEN:
        return f"meets {clauses or 'it'}"
    return f"would meet {clauses} inside the window" if clauses and pd.notna(event.AFTER) and event.AFTER else "does not meet it"  # fmt: skip


def _span(low: object, high: object) -> str:
    if pd.isna(low):
        return "an unknown day"
    return day(low) if low == high else f"a day between {day(low)} and {day(high)}"


def _study_day(event, first: object) -> str:
    if pd.isna(event.ASTLODT) or event.ASTLODT != event.ASTHIDT or first is None or pd.isna(first):
        return ""
    days = (pd.Timestamp(event.ASTLODT) - pd.Timestamp(first)).days
    return f" (day {days + 1 if days >= 0 else days})"


def _end(event) -> str:
    if pd.notna(event.AENLODT):
        return f"to {_span(event.AENLODT, event.AENHIDT)}"
    return "ongoing at the cut-off" if pd.notna(event.ONGOING) and event.ONGOING else "end not recorded"


def known_after(material: Material, group: str) -> list[str]:
    """What the extract knows of after the cut-off, of this group or of nobody's group."""
    known = material.cut.known_after
    if known.empty:
        return []
    mine = known[known["group"].eq(group).fillna(False) | known["group"].isna()]
    return [
        f"{short_id(r.usubjid)}: {clipped(r.what)}, {day(r.date)}" + (" (blocks the proposal)" if r.blocks else "")
        for r in mine.itertuples()
    ]


def seen_elsewhere(material: Material, group: str) -> str:
    """DLTs and deaths of the other groups, for the review of this one; empty when there are none."""
    facts = material.data.get("adgroup")
    if facts is None:
        return ""
    rows = facts[facts["ITEM"].eq("SEEN")].rename(columns={"NAME": "USUBJID", "VALUE": "LEVEL", "WHY": "WHAT"})
    return say_seen(material.cut.params, group, {other: list(mine.itertuples()) for other, mine in rows.groupby("GROUP")})  # fmt: skip


def _deaths(material: Material, group: str) -> dict:
    """Everybody of the group who died, whatever the cause, also where no fatal event is recorded."""
    if any(name not in material.data for name in ("adsl", "adae")):
        return text(f"Deaths: {lower(NOT_HERE)}")
    deaths = derive_deaths(material.cut, material.data["adsl"], material.data["adae"])
    mine = deaths[deaths["GROUP"].eq(group).fillna(False)]
    said = "; ".join(_death(r) for r in mine.itertuples())
    return text(f"Died, at any time up to the cut-off: {said or 'nobody'}.")


def _death(row) -> str:
    on = day(row.DTHDT, f"{_or(row.DTHDTC, 'an unknown day')} (not complete)")
    after = "" if pd.isna(row.DAYSLAST) else f", {plural(int(row.DAYSLAST), 'day')} after the last dose"
    return f"{short_id(row.USUBJID)} ({row.TRT01A}) on {on}{after}, cause: {clipped(row.CAUSE, longest=80).lower()}"


def by_grade(material: Material, group: str) -> dict:
    """Each subject once at the worst grade, in brackets for related events; then the kinds of event."""
    title = "Deaths, and adverse events by grade and relation"
    if not material.worst:
        return section(title, _deaths(material, group), text(NOT_HERE))
    trial = material.cut.params.trial
    labels = [f"{group}-{trial.level_prefix}{n}" for n in range(1, len(trial.levels) + 1)] + [f"{group} total"]
    labels = [label for label in labels if ("ALL", "1", label) in material.worst]
    rows = []
    for level in LEVELS:
        name = "No grade recorded" if level == "MISSING" else f"Worst grade {level}"
        row = {"Subjects": name} | {label: _pair(material, "ALL", level, label) for label in labels}
        rows.append(row | {"In the DLT window": _pair(material, "WINDOW", level, labels[-1])})
    for kind in _OVERVIEW:
        levels = [label.rpartition(trial.level_prefix)[2] for label in labels[:-1]] + ["ALL"]
        shown = [material.shown("ae_overview", group, level, "TRTEMFL", "n", kind) or "not counted" for level in levels]
        rows.append(
            {"Subjects": _OVERVIEW_SAYS.get(kind, OVERVIEW[kind])}
            | dict(zip(labels, shown, strict=True))
            | {"In the DLT window": "–"}
        )
    sizes = [material.worst["ALL", "1", label].N.fmt for label in labels]
    note = ("Treatment-emergent events, every subject once at the worst grade; in brackets the same over related events alone, so that a subject "
            "may stand there at a lower grade (a missing relation counts as related). "
            f"Subjects dosed: {', '.join(f'{label} {n}' for label, n in zip(labels, sizes, strict=True))}. The lower rows are not split by window.")  # fmt: skip
    return section(title, _deaths(material, group), table(rows, [1.6, *(1 for _ in labels), 1.2], NOT_HERE, note=note, right=[*labels, "In the DLT window"]))  # fmt: skip


def _pair(material: Material, scope: str, level: str, label: str) -> str:
    related = "RELATED" if scope == "ALL" else f"{scope} RELATED"
    every, some = (material.worst.get((name, level, label)) for name in (scope, related))
    return "not known" if every is None or some is None else f"{every.n.fmt} ({some.n.fmt})"
