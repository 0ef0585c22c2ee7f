"""What almost failed, who entered in spite of a criterion, which sources disagree, and what lapses when."""

from collections.abc import Iterable

import pandas as pd

from nk521lib.chapters.screening import CRITERIA, Eligibility
from nk521lib.chapters.screening.worksheet import (
    count_group_doubts,
    derive_deviations,
    derive_group_check,
    derive_lapses,
    derive_near_misses,
)
from nk521lib.display.say import Html, carrying
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.tables.screening.wording import (
    NO_CRITERIA,
    SOURCES,
    effect_cell,
    for_people,
    in_words,
    none,
    words,
)
from nk521lib.display.words import day, plural
from nk521lib.params import Params


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
    heading = (
        f"{plural(len(rows), 'value')} passed within {share} of the limit"
        if rows
        else none(found, f"No value passed within {share} of its limit")
    )
    empty = "No passing value is that close." if len(found.answers) else NO_CRITERIA
    return table(
        "near-misses",
        heading,
        rows,
        "A repeat could fall on the other side.",
        right=("Value", "Limit", "Away"),
        empty=empty,
    )


def table_deviations(found: Eligibility) -> Html:
    """Enrolled subjects with a criterion that fails or cannot be judged."""
    rows = [
        {
            "Subject": subject(row.USUBJID),
            "Criterion": words(row.IETESTCD, found.cut.params),
            "Stands": effect_cell(row.EFFECT, row.CONFLICT),
            "Evidence": for_people(row.EVIDENCE),
        }
        for row in derive_deviations(found).itertuples()
    ]
    fails = sum(row["Stands"].text.startswith("■") for row in rows)
    heading = (
        f"{plural(len(rows), 'criterion', 'criteria')} of enrolled subjects not passed, {fails} of them failed"
        if rows
        else none(found, "Every enrolled subject passes every criterion")
    )
    empty = "No deviation found." if len(found.answers) else NO_CRITERIA
    return table("deviations", heading, rows, "Each is a finding (NKD-050).", empty=empty)


def table_queries(found: Eligibility) -> Html:
    """Where data, attestation and IE say different things: both values, nothing resolved."""
    rows = found.answers
    picked = rows[rows["CONFLICT"].eq("Y").fillna(False) | rows["CLASH"].fillna(False).astype(bool)]
    said = lambda value: (
        Cell("says nothing", status="soft")
        if pd.isna(value)
        else "condition holds"
        if value
        else "condition does not hold"
    )
    shown = [
        {
            "Subject": subject(row.USUBJID),
            "Criterion": words(row.IETESTCD, found.cut.params),
            "Data": said(row.DATA),
            "Attestation": "contradicts itself" if row.CLASH else said(row.ATTESTED),
            "IE": said(row.RECORDED),
            "Decided": effect_cell(row.EFFECT),
            "Evidence": for_people(row.EVIDENCE),
        }
        for row in picked.itertuples()
    ]
    heading = (
        f"{plural(len(shown), 'answer')} on which the sources disagree"
        if shown
        else none(found, "The sources agree everywhere")
    )
    empty = "No disagreement found." if len(rows) else NO_CRITERIA
    return table("queries", heading, shown, "Each is a query to the site (NKD-051).", empty=empty)


def table_group_check(found: Eligibility) -> Html:
    """The recorded group against the ascites on file; it never changes the group."""
    check = derive_group_check(found)
    rows = []
    for row in check.itertuples():
        unclear = "○ unclassified, to be attested" if not pd.isna(row.VOLUME) else "○ no volume on file"
        verdict = (
            Cell(unclear, status="hold")
            if pd.isna(row.FITS)
            else Cell("● fits", status="go")
            if row.AGREES
            else Cell(f"■ points at {row.FITS}", status="stop")
        )
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
    heading = (
        f"{doubts.n} of {doubts.N} assignments not borne out by the ascites on file"
        if rows
        else "No assignment to check"
    )
    empty = "No subject has a group, or the study has no such groups."
    drawn = table(
        "group-check",
        heading,
        rows,
        "Last finding on or before first dose.",
        right=("Volume, mL", "Depth, cm"),
        empty=empty,
    )
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
            "Days left": Cell("■ lapsed", status="stop") if left < 0 else str(left),
        }
        for row, left in zip(lapses.itertuples(), (lapses["LAPSES"] - found.cut.cutoff).dt.days, strict=True)
    ]
    heading = (
        f"The first evidence to lapse does so on {rows[0]['Serves until']}"
        if rows
        else none(found, "No evidence is waiting to lapse")
    )
    return table(
        "lapses",
        heading,
        rows,
        f"Days counted from the cut-off, {day(found.cut.cutoff)}.",
        empty="Nobody in screening has dated evidence." if len(found.answers) else NO_CRITERIA,
    )


def table_criteria(params: Params) -> Html:
    """Every criterion as it is evaluated: our words, who decides, the facts it reads. Printed from the declaration."""
    rows: Iterable[dict] = (
        {
            "Criterion": c.id,
            "In our words": in_words(c.id, params) + (f" ({c.note})" if c.note else ""),
            "Decided by": SOURCES[c.source],
            "Reads": ", ".join(c.needs + c.supports).replace("_", " ").lower()
            or Cell("attestation only", status="soft"),
            "Kind": c.kind.lower(),
        }
        for c in CRITERIA
    )
    return table("criteria", f"{len(CRITERIA)} criteria, in protocol order", list(rows), section="Kind")
