"""What is missing and by when: the open items of each subject, and a worksheet a coordinator can act on."""

import pandas as pd

from nk521lib.chapters.screening import Eligibility
from nk521lib.chapters.screening.counts import (
    OPEN,
    count_status_by_disposition,
    derive_disposition,
)
from nk521lib.chapters.screening.evaluate import FAIL, UNDECIDED
from nk521lib.chapters.screening.worksheet import (
    derive_lapses,
    derive_open_items,
)
from nk521lib.display.say import Html, carrying, notice
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.tables.screening.wording import (
    MAX_WORKSHEETS,
    NO_CRITERIA,
    effect_cell,
    for_people,
    in_words,
    none,
    status_cell,
)
from nk521lib.display.words import capital, day, escape, listed, plural, subject_link


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
                "Stands": status_cell(one.ELIGSTAT),
                "Missing": _missing(mine) if len(mine) else Cell("nothing", status="soft"),
                "Repeat or enrol by": Cell("nothing collected yet", status="soft") if until is None else f"{day(until['LAPSES'])} ({until['EVIDENCE']} of {day(until['COLLECTED'])})",
            }
        )  # fmt: skip
    by = count_status_by_disposition(found)
    counted = (by[OPEN, UNDECIDED].n, by[OPEN, UNDECIDED].N) if rows else ()
    heading = (
        "{} of {} in screening cannot be judged yet".format(*counted) if rows else none(found, "Nobody is in screening")
    )
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
            "Stands": effect_cell(row.EFFECT, row.CONFLICT),
            "Bring": for_people(row.MISSING)
            if row.EFFECT == UNDECIDED
            else Cell("settle with the sponsor", status="soft"),
            "On file": for_people(row.EVIDENCE.partition("missing: ")[0].rstrip("; ") or "nothing"),
        }
        for row in todo.itertuples()
    ]
    status = found.adsl.loc[found.adsl["USUBJID"].eq(usubjid), "ELIGSTAT"].iloc[0]
    dates = "".join(
        f"<li>{escape(capital(row.EVIDENCE))} of {day(row.COLLECTED)}: until {day(row.LAPSES)} ({escape(row.FOR)})</li>"
        for row in lapses.itertuples()
    )
    passed = listed(list(mine.loc[~mine["EFFECT"].isin([FAIL, UNDECIDED]), "IETESTCD"]))
    open_items = f"{plural(len(rows), 'item')} to settle" if rows else "nothing to settle"
    drawn = table(f"worksheet-{place}", f"{usubjid}: {open_items}", rows, empty="Every criterion passes.")
    head = f"<summary>{subject_link(usubjid, usubjid)}: {escape(status.lower())}, {open_items}</summary>"
    body = f"{drawn.html}<ul>{dates}</ul><p class='soft'>Passed or not applicable: {escape(passed)}.</p>"
    return Html(f'<details class="worksheet">{head}{body}</details>', drawn.plain, drawn.numbers)
