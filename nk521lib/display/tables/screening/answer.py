"""Chapter 1 in numbers: the answer, the funnel, who stands where and what stood in the way."""

from nk521lib.chapters.screening import Eligibility
from nk521lib.chapters.screening.counts import (
    ENROLLED,
    FAILED,
    OPEN,
    STATUSES,
    count_funnel,
    count_reasons,
    count_status_by_disposition,
    count_statuses,
)
from nk521lib.chapters.screening.evaluate import ELIGIBLE, FAIL, INELIGIBLE, UNDECIDED
from nk521lib.chapters.screening.worksheet import (
    derive_deviations,
)
from nk521lib.display.say import Html, carrying, headline
from nk521lib.display.tables.base import table
from nk521lib.display.tables.screening.wording import NO_CRITERIA, in_words, none
from nk521lib.display.words import day, listed, plural


def say_answer(found: Eligibility) -> Html:
    """The answer of the page: how many were screened, and what is known of them."""
    funnel, statuses = count_funnel(found), count_statuses(found)
    screened = [funnel.screened, " subject was screened" if funnel.screened.stat == 1 else " subjects were screened"]
    standing = [
        funnel.trunk[ENROLLED].n,
        " enrolled, ",
        funnel.trunk[FAILED].n,
        " failed screening, ",
        funnel.trunk[OPEN].n,
        " still in screening.",
    ]
    if not statuses:
        missing = [
            name
            for domain, name in (("ATTEST", "attestations"), ("IE", "recorded violations"), ("TI", "trial criteria"))
            if not found.cut.has(domain)
        ]
        about = found.cut.params.about["study"].default
        why = f" Criteria are not evaluated: they are those of {about}, and this snapshot of {found.cut.manifest.study} has {listed([f'no {m}' for m in missing])}."
        return headline(
            [*screened, "; whether they were eligible is not judged here."], why=[*standing, why], word="NOT APPLICABLE"
        )
    counts = [
        statuses[ELIGIBLE].n,
        " eligible, ",
        statuses[INELIGIBLE].n,
        " ineligible, ",
        statuses[UNDECIDED].n,
        " undecided.",
    ]
    deviating = derive_deviations(found)
    fails, open_ = (deviating.loc[deviating["EFFECT"].eq(e), "USUBJID"].nunique() for e in (FAIL, UNDECIDED))
    mark = ("stop", "DEVIATION") if fails else ("hold", "TO BE SETTLED") if open_ else ("", "")
    by = count_status_by_disposition(found)
    deviation = [
        " Of the enrolled, ",
        by[ENROLLED, INELIGIBLE].n,
        " failed a criterion and ",
        by[ENROLLED, UNDECIDED].n,
        " cannot be judged.",
    ]
    return headline([*screened, ": ", *counts], mark[0], [*standing, *(deviation if fails or open_ else [])], mark[1])


def table_funnel(found: Eligibility) -> Html:
    """From screened to dosed; one trunk that splits at assignment."""
    funnel = count_funnel(found)
    rows = [{"Step": "Screened", "Subjects": funnel.screened, "Of": "everyone with a record in DM"}]
    rows += [
        {"Step": name.capitalize(), "Subjects": funnel.trunk[name], "Of": "screened"}
        for name in (FAILED, OPEN, ENROLLED)
    ]
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
    return carrying(
        table("funnel", heading, rows, note, right=("Subjects",)), funnel.screened, funnel.trunk[ENROLLED].n
    )


def table_statuses(found: Eligibility) -> Html:
    """Eligibility of the enrolled, the failed and those still in screening."""
    by = count_status_by_disposition(found)
    rows = [
        {"Standing": stage.capitalize()} | {status.capitalize(): by[stage, status] for status in STATUSES}
        for stage in (ENROLLED, OPEN, FAILED)
        if by
    ]
    note = "Eligible: every criterion passes. Ineligible: at least one fails, even if others are undecided. Undecided: no fail, but something is missing."
    return table(
        "statuses",
        "Eligibility by where the subject stands",
        rows,
        note,
        right=[s.capitalize() for s in STATUSES],
        empty=NO_CRITERIA,
    )


def table_reasons(found: Eligibility) -> Html:
    """Why subjects fail, most frequent first."""
    rows = [
        {
            "Criterion": identifier,
            "In our words": in_words(identifier, found.cut.params),
            "Subjects": any_,
            "Only reason": only,
        }
        for identifier, any_, only in count_reasons(found)
    ]
    heading = (
        f"{plural(len(rows), 'criterion', 'criteria')} failed by at least one subject"
        if rows
        else none(found, "No criterion is failed")
    )
    empty = "Nobody fails a criterion." if len(found.answers) else NO_CRITERIA
    return table(
        "reasons",
        heading,
        rows,
        "Of all screened subjects; one subject may fail several.",
        right=("Subjects", "Only reason"),
        empty=empty,
    )
