"""Chapter 1 as sentences and tables: who may enter, why not, what is missing, and by when."""

import re
from collections.abc import Iterable

import pandas as pd

from nk521lib.chapters.screening import BY_ID, CRITERIA, Eligibility
from nk521lib.chapters.screening.counts import (
    ENROLLED,
    FAILED,
    OPEN,
    STATUSES,
    count_funnel,
    count_reasons,
    count_status_by_disposition,
    count_statuses,
    derive_disposition,
)
from nk521lib.chapters.screening.evaluate import ELIGIBLE, FAIL, INELIGIBLE, UNDECIDED
from nk521lib.chapters.screening.worksheet import (
    count_group_doubts,
    derive_deviations,
    derive_group_check,
    derive_lapses,
    derive_near_misses,
    derive_open_items,
)
from nk521lib.display.say import Html, headline, notice
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.words import day, escape, listed, plural, subject_link
from nk521lib.params import Params
from nk521lib.results import Number

MAX_WORKSHEETS = 30
"""Worksheets on the page; with more subjects open than that, the rest is found in the table above them."""

NO_CRITERIA = "No criteria were evaluated for this study."
SOURCES = {"M": "data", "T": "attestation", "B": "data may fail, attestation passes"}
_EFFECT_CELL = {FAIL: ("■ fails", "stop"), UNDECIDED: ("○ undecided", "hold")}
_ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def carrying(fragment: Html, *numbers: Number) -> Html:
    """The fragment with the result rows that the words of its heading come from."""
    ids = " ".join(n.row_id for n in numbers)
    return Html(f'<div data-r="{ids}">{fragment.html}</div>', fragment.plain, (*fragment.numbers, *numbers)) if ids else fragment


def _none(found: Eligibility, heading: str) -> str:
    """The heading of an empty table, which must not sound like a result where nothing was evaluated."""
    return heading if len(found.answers) else "Not evaluated"


def for_people(text: object) -> str:
    """Evidence with its dates as people write them."""
    return "not recorded" if pd.isna(text) else _ISO.sub(lambda found: day(found.group()), str(text)).replace("10^9", "10⁹")


def in_words(identifier: str, params: Params) -> str:
    return for_people(BY_ID[identifier].words(params.screening))


def words(identifier: str, params: Params) -> str:
    return f"{identifier}  {in_words(identifier, params)}"


def say_answer(found: Eligibility) -> Html:
    """The answer of the page: how many were screened, and what is known of them."""
    funnel, statuses = count_funnel(found), count_statuses(found)
    screened = [funnel.screened, " subject was screened" if funnel.screened.stat == 1 else " subjects were screened"]
    standing = [funnel.trunk[ENROLLED].n, " enrolled, ", funnel.trunk[FAILED].n, " failed screening, ", funnel.trunk[OPEN].n, " still in screening."]
    if not statuses:
        missing = [name for domain, name in (("ATTEST", "attestations"), ("IE", "recorded violations"), ("TI", "trial criteria")) if not found.cut.has(domain)]
        about = found.cut.params.about["study"].default
        why = f" Criteria are not evaluated: they are those of {about}, and this snapshot of {found.cut.manifest.study} has {listed([f'no {m}' for m in missing])}."
        return headline([*screened, "; whether they were eligible is not judged here."], why=[*standing, why], word="NOT APPLICABLE")
    counts = [statuses[ELIGIBLE].n, " eligible, ", statuses[INELIGIBLE].n, " ineligible, ", statuses[UNDECIDED].n, " undecided."]
    deviating = derive_deviations(found)
    fails, open_ = (deviating.loc[deviating["EFFECT"].eq(e), "USUBJID"].nunique() for e in (FAIL, UNDECIDED))
    mark = ("stop", "DEVIATION") if fails else ("hold", "TO BE SETTLED") if open_ else ("", "")
    by = count_status_by_disposition(found)
    deviation = [" Of the enrolled, ", by[ENROLLED, INELIGIBLE].n, " failed a criterion and ", by[ENROLLED, UNDECIDED].n, " cannot be judged."]
    return headline([*screened, ": ", *counts], mark[0], [*standing, *(deviation if fails or open_ else [])], mark[1])


def table_funnel(found: Eligibility) -> Html:
    """From screened to dosed; one trunk that splits at assignment."""
    funnel = count_funnel(found)
    rows = [{"Step": "Screened", "Subjects": funnel.screened, "Of": "everyone with a record in DM"}]
    rows += [{"Step": name.capitalize(), "Subjects": funnel.trunk[name], "Of": "screened"} for name in (FAILED, OPEN, ENROLLED)]
    for group in found.cut.params.trial.groups:
        assigned, dosed = funnel.groups[group.id]
        rows.append({"Step": f"Assigned to group {group.id}, {group.label}", "Subjects": assigned, "Of": "enrolled"})
        rows.append({"Step": f"Dosed in group {group.id}", "Subjects": dosed, "Of": f"assigned to group {group.id}"})
    if funnel.unassigned.n.stat:
        rows.append({"Step": "Enrolled without a group", "Subjects": funnel.unassigned, "Of": "enrolled"})
    if not found.cut.params.trial.groups:
        rows = rows[:4]
    heading = f"Of {funnel.screened} screened, {funnel.trunk[ENROLLED].n} enrolled"
    note = f"Data up to {day(found.cut.cutoff)}. Groups exist from assignment on."
    return carrying(table("funnel", heading, rows, note, right=("Subjects",)), funnel.screened, funnel.trunk[ENROLLED].n)


def table_statuses(found: Eligibility) -> Html:
    """Eligibility of the enrolled, the failed and those still in screening."""
    by = count_status_by_disposition(found)
    rows = [
        {"Standing": stage.capitalize()} | {status.capitalize(): by[stage, status] for status in STATUSES}
        for stage in (ENROLLED, OPEN, FAILED)
        if by
    ]
    note = "Eligible: every criterion passes. Ineligible: at least one fails, even if others are undecided. Undecided: no fail, but something is missing."
    return table("statuses", "Eligibility by where the subject stands", rows, note, right=[s.capitalize() for s in STATUSES], empty=NO_CRITERIA)


def table_reasons(found: Eligibility) -> Html:
    """Why subjects fail, most frequent first."""
    rows = [
        {"Criterion": identifier, "In our words": in_words(identifier, found.cut.params), "Subjects": any_, "Only reason": only}
        for identifier, any_, only in count_reasons(found)
    ]
    heading = f"{plural(len(rows), 'criterion', 'criteria')} failed by at least one subject" if rows else _none(found, "No criterion is failed")
    empty = "Nobody fails a criterion." if len(found.answers) else NO_CRITERIA
    return table("reasons", heading, rows, "Of all screened subjects; one subject may fail several.", right=("Subjects", "Only reason"), empty=empty)


def table_open(found: Eligibility) -> Html:
    """Subjects still in screening: what is missing, and until when what is there may serve."""
    items, lapses = derive_open_items(found), derive_lapses(found)
    here = found.adsl[derive_disposition(found.adsl).eq(OPEN)] if len(found.answers) else found.adsl[:0]
    first = lapses.drop_duplicates("USUBJID").set_index("USUBJID")
    rows = []
    for one in here.itertuples():
        mine = items[items["USUBJID"].eq(one.USUBJID)]
        until = first.loc[one.USUBJID] if one.USUBJID in first.index else None
        rows.append(
            {
                "Subject": subject(one.USUBJID),
                "Stands": _status_cell(one.ELIGSTAT),
                "Missing": _missing(mine) if len(mine) else Cell("nothing", status="soft"),
                "Repeat or enrol by": Cell("nothing collected yet", status="soft") if until is None else f"{day(until['LAPSES'])} ({until['EVIDENCE']} of {day(until['COLLECTED'])})",
            }
        )  # fmt: skip
    by = count_status_by_disposition(found)
    counted = (by[OPEN, UNDECIDED].n, by[OPEN, UNDECIDED].N) if rows else ()
    heading = "{} of {} in screening cannot be judged yet".format(*counted) if rows else _none(found, "Nobody is in screening")
    empty = "Nobody is in screening at the cut-off." if len(found.answers) else NO_CRITERIA
    note = f"As if enrolled on {day(found.cut.cutoff)}, the cut-off."
    return carrying(table("open-items", heading, rows, note, empty=empty), *counted)


def _missing(items: pd.DataFrame) -> str:
    """`LVEF (E05j), attestation of I05 and E15`: few words where many criteria lack the same."""
    attest = list(items.loc[items["MISSING"].eq("attestation"), "IETESTCD"])
    review = list(items.loc[items["MISSING"].str.startswith("proof of review"), "IETESTCD"])
    other = items[~items["IETESTCD"].isin([*attest, *review])]
    parts = [f"{for_people(row.MISSING)} ({row.IETESTCD})" for row in other.itertuples()]
    if len(parts) > 6:
        parts = [*parts[:5], f"{len(parts) - 5} more results, see the worksheet"]
    parts += [f"attestation of {_few(attest)}"] if attest else []
    parts += [f"review of {_few(review)}, of which there is no record"] if review else []
    return "; ".join(parts)


def _few(identifiers: list[str]) -> str:
    return listed(identifiers) if len(identifiers) <= 6 else f"{len(identifiers)} criteria"


def _status_cell(status: str) -> Cell:
    shapes = {ELIGIBLE: ("● eligible", "go"), INELIGIBLE: ("■ ineligible", "stop"), UNDECIDED: ("○ undecided", "hold")}
    text, colour = shapes.get(status, ("not judged", "soft"))
    return Cell(text, status=colour)


def worksheets(found: Eligibility) -> Html:
    """One worksheet per subject in screening: what fails or is missing, what to bring, what lapses when, what has passed."""
    here = found.adsl[derive_disposition(found.adsl).eq(OPEN)] if len(found.answers) else found.adsl[:0]
    if not len(here):
        return notice("No worksheets: nobody is in screening at the cut-off." if len(found.answers) else NO_CRITERIA)
    lapses = derive_lapses(found)
    shown = list(here["USUBJID"])[:MAX_WORKSHEETS]
    parts = [_worksheet(found, one, lapses[lapses["USUBJID"].eq(one)], place) for place, one in enumerate(shown, 1)]
    left = len(here) - len(shown)
    more = f"<p>{left} more subjects are in screening; their open items are in the dataset adie.</p>" if left else ""
    numbers = tuple(n for part in parts for n in part.numbers)
    return Html("".join(part.html for part in parts) + more, f"{plural(len(shown), 'worksheet')}", numbers)


def _worksheet(found: Eligibility, usubjid: str, lapses: pd.DataFrame, place: int) -> Html:
    mine = found.answers[found.answers["USUBJID"].eq(usubjid)]
    todo = mine[mine["EFFECT"].isin([FAIL, UNDECIDED]) | mine["CONFLICT"].eq("Y").fillna(False)]
    rows = [
        {
            "Criterion": row.IETESTCD,
            "In our words": in_words(row.IETESTCD, found.cut.params),
            "Stands": _effect_cell(row.EFFECT, row.CONFLICT),
            "Bring": for_people(row.MISSING) if row.EFFECT == UNDECIDED else Cell("settle with the sponsor", status="soft"),
            "On file": for_people(row.EVIDENCE.partition("missing: ")[0].rstrip("; ") or "nothing"),
        }
        for row in todo.itertuples()
    ]
    status = found.adsl.loc[found.adsl["USUBJID"].eq(usubjid), "ELIGSTAT"].iloc[0]
    dates = "".join(
        f"<li>{escape(row.EVIDENCE.capitalize())} of {day(row.COLLECTED)} serve until {day(row.LAPSES)} ({escape(row.FOR)})</li>"
        for row in lapses.itertuples()
    )
    passed = listed(list(mine.loc[~mine["EFFECT"].isin([FAIL, UNDECIDED]), "IETESTCD"]))
    drawn = table(f"worksheet-{place}", f"{usubjid}: {plural(len(rows), 'item')} to settle", rows, empty="Every criterion passes.")
    head = f"<summary>{subject_link(usubjid, usubjid)}: {escape(status.lower())}, {plural(len(rows), 'item')} to settle</summary>"
    body = f"{drawn.html}<ul>{dates}</ul><p class='soft'>Passed or not applicable: {escape(passed)}.</p>"
    return Html(f'<details class="worksheet">{head}{body}</details>', drawn.plain, drawn.numbers)


def _effect_cell(effect: str, conflict: object = pd.NA) -> Cell:
    text, colour = _EFFECT_CELL.get(effect, ("· passes", ""))
    return Cell(text + (", sources disagree" if not pd.isna(conflict) else ""), status=colour)


def table_near_misses(found: Eligibility) -> Html:
    """Passed, but close to the limit."""
    near = derive_near_misses(found)
    rows = [
        {
            "Subject": subject(row.USUBJID),
            "Criterion": words(row.IETESTCD, found.cut.params),
            "Value": for_people(f"{row.VALUE:.4g} {row.UNIT}"),
            "Limit": f"{row.LIMIT:.4g}",
            "Away": f"{100 * row.DISTANCE:.1f} %",
        }
        for row in near.itertuples()
    ]
    share = f"{100 * found.cut.params.screening.almost_fraction:g} %"
    heading = f"{plural(len(rows), 'value')} passed within {share} of the limit" if rows else _none(found, f"No value passed within {share} of its limit")
    empty = "No passing value is that close." if len(found.answers) else NO_CRITERIA
    return table("near-misses", heading, rows, "A repeat could fall on the other side.", right=("Value", "Limit", "Away"), empty=empty)


def table_deviations(found: Eligibility) -> Html:
    """Enrolled subjects with a criterion that fails or cannot be judged."""
    rows = [
        {
            "Subject": subject(row.USUBJID),
            "Criterion": words(row.IETESTCD, found.cut.params),
            "Stands": _effect_cell(row.EFFECT, row.CONFLICT),
            "Evidence": for_people(row.EVIDENCE),
        }
        for row in derive_deviations(found).itertuples()
    ]
    fails = sum(row["Stands"].text.startswith("■") for row in rows)
    heading = f"{plural(len(rows), 'criterion', 'criteria')} of enrolled subjects not passed, {fails} of them failed" if rows else _none(found, "Every enrolled subject passes every criterion")
    empty = "No deviation found." if len(found.answers) else NO_CRITERIA
    return table("deviations", heading, rows, "Each is a finding (NKD-050).", empty=empty)


def table_queries(found: Eligibility) -> Html:
    """Where data, attestation and IE say different things: both values, nothing resolved."""
    rows = found.answers
    picked = rows[rows["CONFLICT"].eq("Y").fillna(False) | rows["CLASH"].fillna(False).astype(bool)]
    said = lambda value: Cell("says nothing", status="soft") if pd.isna(value) else "condition holds" if value else "condition does not hold"
    shown = [
        {
            "Subject": subject(row.USUBJID),
            "Criterion": words(row.IETESTCD, found.cut.params),
            "Data": said(row.DATA),
            "Attestation": "contradicts itself" if row.CLASH else said(row.ATTESTED),
            "IE": said(row.RECORDED),
            "Decided": _effect_cell(row.EFFECT),
            "Evidence": for_people(row.EVIDENCE),
        }
        for row in picked.itertuples()
    ]
    heading = f"{plural(len(shown), 'answer')} on which the sources disagree" if shown else _none(found, "The sources agree everywhere")
    empty = "No disagreement found." if len(rows) else NO_CRITERIA
    return table("queries", heading, shown, "Each is a query to the site (NKD-051).", empty=empty)


def table_group_check(found: Eligibility) -> Html:
    """The recorded group against the ascites on file; it never changes the group."""
    check = derive_group_check(found)
    rows = []
    for row in check.itertuples():
        unclear = "○ unclassified, to be attested" if not pd.isna(row.VOLUME) else "○ no volume on file"
        verdict = Cell(unclear, status="hold") if pd.isna(row.FITS) else Cell("● fits", status="go") if row.AGREES else Cell(f"■ points at {row.FITS}", status="stop")
        rows.append(
            {
                "Subject": subject(row.USUBJID),
                "Group": row.GROUP,
                "Volume, mL": row.VOLUME if pd.isna(row.VOLUME) else f"{row.VOLUME:g}",
                "Depth, cm": row.DEPTH if pd.isna(row.DEPTH) else f"{row.DEPTH:g}",
                "Symptoms": row.SYMPTOM if pd.isna(row.SYMPTOM) else "yes" if row.SYMPTOM else "no",
                "Recorded group": verdict,
            }
        )
    doubts = count_group_doubts(found)
    heading = f"{doubts.n} of {doubts.N} assignments not borne out by the ascites on file" if rows else "No assignment to check"
    empty = "No subject has a group, or the study has no such groups."
    drawn = table("group-check", heading, rows, "Last finding on or before first dose.", right=("Volume, mL", "Depth, cm"), empty=empty)
    return carrying(drawn, *([doubts.n, doubts.N] if rows else []))


def table_lapses(found: Eligibility) -> Html:
    """Evidence of subjects in screening, in the order in which it expires."""
    lapses = derive_lapses(found) if len(found.answers) else derive_lapses(found)[:0]
    rows = [
        {
            "Subject": subject(row.USUBJID),
            "Evidence": row.EVIDENCE,
            "Oldest of": day(row.COLLECTED),
            "Serves until": day(row.LAPSES),
            "For": row.FOR,
            "": Cell("■ lapsed", status="stop") if left < 0 else Cell(f"{left} days left"),
        }
        for row, left in zip(lapses.itertuples(), (lapses["LAPSES"] - found.cut.cutoff).dt.days, strict=True)
    ]
    heading = f"The first evidence to lapse does so on {rows[0]['Serves until']}" if rows else _none(found, "No evidence is waiting to lapse")
    return table("lapses", heading, rows, f"Days counted from the cut-off, {day(found.cut.cutoff)}.", empty="Nobody in screening has dated evidence." if len(found.answers) else NO_CRITERIA)


def table_criteria(params: Params) -> Html:
    """Every criterion as it is evaluated: our words, who decides, the facts it reads. Printed from the declaration."""
    rows: Iterable[dict] = (
        {
            "Criterion": c.id,
            "In our words": in_words(c.id, params) + (f" ({c.note})" if c.note else ""),
            "Decided by": SOURCES[c.source],
            "Reads": ", ".join(c.needs + c.supports).replace("_", " ").lower() or Cell("attestation only", status="soft"),
            "Kind": c.kind.lower(),
        }
        for c in CRITERIA
    )
    return table("criteria", f"{len(CRITERIA)} criteria, in protocol order", list(rows), section="Kind")
