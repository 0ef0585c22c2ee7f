"""Was it looked for? Expected assessments that are not in the data, and how far each subject was watched."""

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.counts import number
from nk521lib.chapters.safety.expected import NAMES, count_expected, derive_followed
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import table
from nk521lib.display.tables.safety.counted import named
from nk521lib.display.words import day, listed

_NO_SCHEDULE = "This study has no schedule of doses in the parameters, so nothing can be expected of a day."


def table_expected(cut: Cut, found: Safety) -> Html:
    """Expected and found, per kind of assessment, counted in doses."""
    if not cut.params.trial.dose_days:
        return notice(_NO_SCHEDULE)
    rows = count_expected(found.expected)
    complete = len(found.expected) and found.expected["SEEN"].fillna(False).all()
    heading = (
        "Every expected assessment is in the data" if complete else "Expected assessments that are not in the data"
    )
    return table("expected", heading, rows, "Counted per administered dose. An absent assessment is not a normal one.",
                 right=["expected", "in the data", "not in the data", "date does not tell"], empty="No dose, so nothing was expected.")  # fmt: skip


def table_not_found(cut: Cut, found: Safety) -> Html:
    """Per subject, the doses for which an expected assessment is not in the data."""
    absent = found.expected[~found.expected["SEEN"].fillna(True)]
    if not cut.params.trial.dose_days or absent.empty:
        return notice("No expected assessment is absent." if cut.params.trial.dose_days else _NO_SCHEDULE)
    rows = [
        {"subject": named(str(usubjid), found), "received": some["TRT01A"].iloc[0], "assessment": NAMES[str(domain)],
         "not in the data for dose": listed([str(n) for n in some["DOSENO"]])}
        for (usubjid, domain), some in absent.groupby(["USUBJID", "DOMAIN"], sort=False)
    ]  # fmt: skip
    return table("not-found", "Who was not assessed when", rows)


def table_watched(cut: Cut, found: Safety) -> Html:
    """Subjects whose last sign of life is before the end of the safety window."""
    followed = derive_followed(cut, found.adsl)
    gaps = followed[followed["GAP"].isna() | (followed["GAP"] > 0).fillna(False)].sort_values(
        "GAP", ascending=False, kind="stable"
    )
    count = number("watched", float(len(gaps)), str(len(gaps)), gaps["USUBJID"], variable="GAP", variable_level=">0")
    said = notice(
        [
            count,
            " dosed subjects were last seen before the end of their safety window or the cut-off: later events may not be known yet.",
        ]
    )
    if len(found.order) > cut.params.safety.figure_max_subjects or gaps.empty:
        return said
    rows = [
        {"subject": named(g["USUBJID"], found), "received": g["TRT01A"], "last dose": day(g["TRTEDT"]), "last seen": day(g["LSTALVDT"]),
         "window or cut-off": day(g["WINEND"]), "days not watched": "not known" if pd.isna(g["GAP"]) else str(g["GAP"])}
        for g in gaps.to_dict("records")
    ]  # fmt: skip
    listing = table("watched", "How far the window was watched", rows, right=["days not watched"])
    return Html(said.html + listing.html, f"{said.plain}\n{listing.plain}", (*said.numbers, *listing.numbers))
