"""Whose eligibility hangs on an assumption or on an open reading of the protocol, and what one change would do."""

import pandas as pd

from nk521lib.chapters.screening import Eligibility
from nk521lib.chapters.screening.what_if import NO_OTHER_READING, Reading, Supposed, count_supposed, derive_what_if
from nk521lib.display.say import Html, carrying, show_value
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.tables.screening.wording import NO_CRITERIA, none, status_cell, words
from nk521lib.display.words import listed, plural, short_id

_MOVES = 8
"""Subjects named in one cell; of more only the number is given, and the count beside it opens them all."""


def table_what_if(found: Eligibility) -> Html:
    """Each assumption and each open reading tried alone: which criteria and whose eligibility would change."""
    tried = derive_what_if(found)
    rows, still, quiet, numbers = [], [], [], []
    for reading, supposed in tried:
        touched, moved = count_supposed(found, reading, supposed)
        if not len(supposed.effects) and not len(supposed.standing):
            quiet += [touched.n, moved.n]
            still.append(_named(reading))
            continue
        numbers.append(moved.n.stat)
        rows.append(
            {
                "If": _named(reading),
                "instead of": "applied" if reading.left_out else show_value(found.cut.params.about[reading.name].value),
                "Open reading": listed(reading.ambiguities, "none named"),
                "Criteria decided otherwise": _criteria(supposed) or Cell("only what is left out", status="soft"),
                "Subjects touched": touched,
                "Eligibility changes": moved,
                "How": _moves(supposed.standing),
            }
        )
    changing = sum(1 for n in numbers if n)
    heading = (
        f"{changing} of {plural(len(tried), 'other reading')} would change somebody's eligibility"
        if tried
        else none(found, "Nothing to try")
    )
    note = (
        f"Each is tried alone, for all {len(found.adsl)} screened subjects. Nothing changes under: {'; '.join(still) or 'none of them'}. "
        f"No other reading is built for {listed(NO_OTHER_READING)}."
    )
    empty = (
        f"None of {plural(len(tried), 'other reading')} changes an answer: {'; '.join(still)}."
        if tried
        else NO_CRITERIA
    )
    drawn = table(
        "criteria-what-if", heading, rows, note, right=("Subjects touched", "Eligibility changes"), empty=empty
    )
    return carrying(drawn, *quiet)


def table_supposed(found: Eligibility, supposed: Supposed) -> Html:
    """What a supposition would change, subject by subject: eligibility first, then the criteria behind it."""
    after = supposed.standing.set_index("USUBJID")
    rows = []
    for usubjid, mine in supposed.effects.groupby("USUBJID", sort=False):
        moved = usubjid in after.index
        rows.append(
            {
                "Subject": subject(usubjid),
                "Eligibility": status_cell(after.loc[usubjid, "BEFORE"]) if moved else Cell("the same", status="soft"),
                "would be": status_cell(after.loc[usubjid, "AFTER"]) if moved else Cell("the same", status="soft"),
                "Criteria": _list_effects(found, mine),
            }
        )
    rows.sort(key=lambda row: row["would be"].status == "soft")
    heading = f"{plural(len(after), 'subject')} would stand elsewhere, {plural(len(rows), 'subject')} would be answered otherwise somewhere"
    return table("criteria-supposed", heading, rows, empty="No answer about any screened subject would change.")


def _named(reading: Reading) -> str:
    if reading.left_out:
        return f"{reading.left_out} left out"
    return f"{reading.name} = {show_value(reading.value)}"


def _criteria(supposed: Supposed) -> str:
    return ", ".join(dict.fromkeys(supposed.effects["IETESTCD"].sort_values()))


def _moves(standing: pd.DataFrame) -> Cell:
    """`eligible to undecided: 004, 007`."""
    if not len(standing):
        return Cell("no eligibility changes", status="soft")
    parts = [
        f"{before.lower()} to {after.lower()}: "
        + (", ".join(short_id(u) for u in some["USUBJID"]) if len(some) <= _MOVES else plural(len(some), "subject"))
        for (before, after), some in standing.groupby(["BEFORE", "AFTER"], sort=True)
    ]
    return Cell("; ".join(parts))


def _list_effects(found: Eligibility, effects: pd.DataFrame) -> str:
    """`pass → undecided: E14a1, E14a2`; one or two criteria in their own words."""
    few = len(effects) <= 2
    named = lambda ids: "; ".join(words(i, found.cut.params) for i in ids) if few else ", ".join(ids)
    moves = effects.groupby(["BEFORE", "AFTER"], sort=False)["IETESTCD"]
    return "; ".join(f"{before.lower()} → {after.lower()}: {named(ids)}" for (before, after), ids in moves)
