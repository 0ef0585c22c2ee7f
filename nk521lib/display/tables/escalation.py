"""Chapter 2 as tables and sentences: the proposal, what is open, who counts, what the counts say."""

import pandas as pd

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.counts import count_levels, count_places
from nk521lib.chapters.escalation.evidence import notable_events
from nk521lib.chapters.escalation.outlook import earliest_certain, open_subjects
from nk521lib.chapters.escalation.spacing import next_dosing
from nk521lib.cut import Cut
from nk521lib.display.foreseen import say_elsewhere, say_foreseen, say_from_when
from nk521lib.display.proposal import (
    IN_WORDS,
    NO_LADDER,
    SHAPES,
    STATUS_COLOURS,
    STATUS_OF,
    STATUS_WORDS,
    either,
    level_name,
    lower,
    mark,
    state_words,
    stated,
)
from nk521lib.display.say import Html, carrying, headline, notice, together
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.tables.clauses import table_clauses as table_clauses
from nk521lib.display.tables.scenario import say_scenario
from nk521lib.display.words import capital, day, listed, plural, short_id
from nk521lib.terms import Decision, Effect


def say_proposals(cut: Cut, found: Escalation) -> Html:
    """The answer of the page: per group what blocks it, the proposal in one sentence, how sure it is, and why."""
    entries = decide_groups(cut, found)["groups"]
    if not found.groups:
        return headline(NO_LADDER, why=capital(found.why) + ".", word="NOT APPLICABLE")
    parts = [*say_scenario(cut), _known_after(cut)]
    for group in cut.params.trial.groups:
        entry = entries[group.id]
        if entry["decision"] == Decision.NOT_APPLICABLE:
            parts.append(headline(f"Group {group.id}: {NO_LADDER.lower()}", why=entry["reason"]))
            continue
        review = found.groups[group.id]
        word = "Withheld until answered" if review.withheld else "To be read first"
        parts += [notice(f"{word}, group {group.id}: {block}", "stop") for block in review.blocks]
        sentence, why = stated(cut.params, entry)
        if not entry["certain"]:
            why += " " + say_foreseen(cut, found, group.id)
        status = "stop" if review.withheld else STATUS_OF[review.recommendation.decision]
        said = headline(f"Group {group.id}, {group.label}: {lower(sentence)}", status, why, mark(entry))
        shown = count_levels(found, group.id)[review.recommendation.level - 1]
        parts.append(carrying(said, shown.n, shown.x, shown.m))
        elsewhere = say_elsewhere(cut, found, group.id)
        parts += [notice(elsewhere)] if elsewhere else []
    return together(parts)


def _known_after(cut: Cut) -> Html:
    """What the extract knows of deaths, serious events, DLTs and high grades after the cut-off, outside every count."""
    known = cut.known_after
    if known.empty:
        return Html("")
    rows = [
        {"Subject": subject(r.usubjid), "Group": Cell(r.group if pd.notna(r.group) else "no group"), "What": r.what, "Date": Cell(day(r.date)),
         "Effect": Cell("blocks the proposal", status="stop") if r.blocks else Cell("shown only", status="soft")}
        for r in known.itertuples()
    ]  # fmt: skip
    return table("known-after", "Known after the cut-off: outside every count on this page", rows)


def table_levels(cut: Cut, found: Escalation) -> Html:
    """The ladder in numbers: DLTs of complete assessments, open and replaced subjects, exact limits, posterior."""
    rows = []
    for group in found.groups:
        for level in reversed(count_levels(found, group)):
            data = bool(level.n.stat)
            rate = (
                Cell(f"{level.x.fmt}/{level.n.fmt}", (level.x, level.n), level.n.usubjids)
                if data
                else Cell("nobody complete", (level.x, level.n), status="soft")
            )
            interval = Cell(
                f"{level.low.fmt} to {level.high.fmt}" if data else "no data",
                (level.low, level.high),
                status="" if data else "soft",
            )
            rows.append({
                "Group": f"Group {group}", "Level": level_name(cut.params, level.level), "State": state_words(found.groups[group], level.level),
                "DLT / complete": rate, "Open": level.m, "Not evaluable": level.replaced, "Exact 95 % interval": interval,
                "One-sided upper": level.upper, "P(rate > 1/3)": level.above_third,
            })  # fmt: skip
    note = ("Exact (Clopper-Pearson) limits; the last column is a posterior under a uniform prior. None of them is the trial's rule: "
            "they say how much so few subjects can show.")  # fmt: skip
    right = ["DLT / complete", "Open", "Not evaluable", "Exact 95 % interval", "One-sided upper", "P(rate > 1/3)"]
    return table(
        "levels",
        "The ladder of each group, and what its counts can and cannot say",
        rows,
        note,
        right,
        section="Group",
        empty=NO_LADDER + ".",
    )


def table_open(cut: Cut, found: Escalation) -> Html:
    """Each open subject: until when, and what the outcome would change while the others stay open."""
    rows = []
    for group in found.groups:
        for one in open_subjects(found, group):
            left = plural(one.days_left, "day") if one.days_left else "window over"
            rows.append({
                "Group": f"Group {group}", "Subject": subject(one.usubjid, short_id(one.usubjid)),
                "Level": f"{cut.params.trial.level_prefix}{one.level}", "Status": _status(one.status), "Waits for": one.reason,
                "Window ends": Cell(day(one.ends)), "Left": Cell(left),
                "If no DLT": either(one.resolved.if_clear), "If a DLT": either(one.resolved.if_dlt),
            })  # fmt: skip
    heading = (
        f"{plural(len(rows), 'outcome')} open, and what each would change"
        if rows
        else "No outcome is open"
        if found.groups
        else "Open outcomes"
    )
    return table("open", heading, rows, "Decisions after the ends of the ladder and before the cap; the other open subjects stay open.",
                 section="Group", empty="Every dosed subject has a complete assessment or was replaced." if found.groups else f"{NO_LADDER}.")  # fmt: skip


def say_when_certain(cut: Cut, found: Escalation) -> Html:
    """The earliest day each decision can become certain, per group."""
    parts = []
    for group in found.groups:
        when = earliest_certain(found, group, cut.cutoff)
        if when is None:
            text = "slots of the level are still undosed or many subjects are open, so no day can be named yet"
        elif found.groups[group].recommendation.certain:
            text = f"the decision is certain now: {either(tuple(when))}"
        else:
            text = "before the cap, " + listed(
                f"{IN_WORDS[d]} on {day(date)} at the earliest"
                for d, date in sorted(when.items(), key=lambda item: item[1])
            )
        parts.append(notice(f"Group {group}: {text}."))
    return together(parts) if parts else notice(NO_LADDER + ".")


def table_cohorts(cut: Cut, found: Escalation) -> Html:
    """One row per dosed subject: doses, window, status with its reason and the records behind it."""
    rows = [
        {
            "Cohort": f"Group {r.GROUP}, {level_name(cut.params, int(r.LEVEL))}", "Subject": subject(r.USUBJID, short_id(r.USUBJID)),
            "Doses": f"{r.NDOSEWIN} ({r.NFULLWIN} full)", "From": Cell(day(r.ADLTSDT)), "To": Cell(day(r.ADLTEDT)),
            "Status": _status(r.STATUS), "Reason": r.REASON, "Records": Cell(r.SRCIDS, status="soft"),
        }
        for r in found.status.itertuples()
    ]  # fmt: skip
    note = "Doses in the DLT window, those of at least the full-dose fraction in brackets. Records: domain and sequence number."
    return table(
        "cohorts",
        f"{plural(len(rows), 'dosed subject')}, each with one status",
        rows,
        note,
        section="Cohort",
        empty="Nobody has been dosed at a level.",
    )


def _status(status: str) -> Cell:
    return Cell(f"{SHAPES[status]} {STATUS_WORDS[status]}", status=STATUS_COLOURS[status])


_SAYS = {
    "DLT": ("■ DLT", "stop"),
    "CANDIDATE": ("◆ candidate", "hold"),
    "LATE": ("after the window", "soft"),
    "NONE": ("no DLT", ""),
}
_BASIS = {"COMMITTEE": "committee", "INVESTIGATOR": "investigator", "MACHINE": "machine screen"}


def table_events(cut: Cut, found: Escalation, *verdicts: str, name: str = "events") -> Html:
    """Events that count, may count, or were judged or marked: three judges side by side."""
    events = notable_events(found, *verdicts)
    rows = [
        {
            "Subject": subject(e.USUBJID, short_id(e.USUBJID)), "Level": f"{e.GROUP}-{cut.params.trial.level_prefix}{e.LEVEL}",
            "Event": _or(e.TERM, "uncoded event"), "Grade": _or(e.SCALE, "unknown") if e.SRC in ("AE", "LB") else Cell("none", status="soft"),
            "Onset": Cell(_onset(e)), "Related": _related(e), "Screen": _screen(e), "Investigator": _or(e.INVESTIG, "blank"),
            "Committee": _or(e.COMMITTEE, "not judged"), "Counts as": Cell(*_SAYS[e.VERDICT][:1], status=_SAYS[e.VERDICT][1]),
            "By": _BASIS[e.BASIS] if e.VERDICT != "NONE" or e.BASIS == "COMMITTEE" else Cell("nobody", status="soft"),
            "Record": Cell(e.SRC if pd.isna(e.SEQ) else f"{e.SRC} {e.SEQ}", status="soft"),
        }
        for e in events.itertuples()
    ]  # fmt: skip
    counting = int(events["VERDICT"].eq("DLT").sum()), int(events["VERDICT"].eq("CANDIDATE").sum())
    heading = f"{plural(counting[0], 'DLT event')} and {plural(counting[1], 'candidate')} among the events that were judged, marked or of grade 3 and more"
    if verdicts:
        heading = f"{plural(len(events), 'event')} after the DLT window, listed and never counted"
    note = "The committee's judgement outranks the investigator's, and both the machine screen. A candidate counts as open, never as a DLT."
    return table(name, heading, rows, note, empty="No such event.")


def _or(value: object, missing: str) -> Cell:
    return Cell(missing, status="soft") if pd.isna(value) else Cell(str(value))


def _onset(event) -> str:
    if pd.isna(event.LOW):
        return "no date"
    return day(event.LOW) if event.LOW == event.HIGH else f"{day(event.LOW)} to {day(event.HIGH)}"


def _related(event) -> Cell:
    if pd.isna(event.RELATED):
        return Cell("not asked", status="soft")
    return Cell("yes" if event.RELATED else "no")


def _screen(event) -> Cell:
    ids = "" if pd.isna(event.CLAUSES) else event.CLAUSES.replace(";", ", ")
    if pd.isna(event.SCREEN):
        return Cell(f"{ids} cannot be told".strip(), status="hold")
    if event.SCREEN:
        return Cell(ids or "yes")
    outside = ids and pd.notna(event.AFTER) and event.AFTER
    return Cell(f"would meet {ids} inside the window") if outside else Cell("no", status="soft")


def table_dosing(cut: Cut, found: Escalation) -> Html:
    """For the coordinator: may a new subject be dosed, where, how many, from which day."""
    rows = []
    for group, review in found.groups.items():
        said = next_dosing(cut, found.status, group, review.recommendation, review.withheld)
        used, cap = count_places(cut, found, group)
        rows.append({
            "Group": f"Group {group}", "New subjects": Cell("yes, if the committee agrees" if said["may"] else "no", status="go" if said["may"] else "hold"),
            "Level": level_name(cut.params, said["level"]) if said["may"] else "none",
            "Slots to dose": str(said["places"]), "Not before": say_from_when(cut, said),
            "Why": said["why"], "Places used": Cell(f"{used.fmt}/{cap.fmt}", (used, cap), used.usubjids),
        })  # fmt: skip
    return table("dosing", "Who may be dosed next, and from which day", rows, "Spacing counts from the latest first dose at the level.",
                 right=["Slots to dose", "Places used"], empty=NO_LADDER + ".")  # fmt: skip


def table_findings(found: Escalation) -> Html:
    """What this chapter's checks noticed."""
    rows = [
        {"Finding": f.id, "Effect": Cell(str(f.effect), status="stop" if f.effect is Effect.BLOCK else "hold"), "Group": f.group or "all",
         "Message": f.message, "Acknowledged": Cell(f.disposition or "no", status="" if f.disposition else "soft"),
         "To acknowledge, record": Cell(f"ACK {f.id}#{f.fingerprint}") if f.effect is Effect.BLOCK else Cell("nothing", status="soft")}
        for f in found.findings
    ]  # fmt: skip
    return table(
        "escalation-findings",
        f"{plural(len(rows), 'finding')} on openings, spacing, caps and judgements",
        rows,
        empty="Nothing to report.",
    )
