"""Who was treated and with what: disposition, demographics, exposure."""

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety import people as counts
from nk521lib.chapters.safety.exposure import count_exposure, list_exposure
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.safety.counted import counted, named


def say_screened(found: Safety) -> Html:
    """Screened, failed, still open, waiting, dosed, in one sentence."""
    n = {number.variable_level: number for number in counts.count_screened(found.adsl)}
    return notice([n["SCREENED"], " subjects were screened: ", n["FAILED"], " failed, ", n["OPEN"], " still in screening, ", n["WAITING"],
                   " enrolled and not dosed, ", n["DOSED"], " dosed. This page is about those who were dosed."])  # fmt: skip


def table_disposition(cut: Cut, found: Safety) -> Html:
    return counted(
        "disposition", "Where the dosed subjects stand", counts.count_disposition(found.adsl, cut), cut, found
    )


def table_demographics(cut: Cut, found: Safety) -> Html:
    return counted("demographics", "Who was dosed", counts.count_demographics(found.adsl, found.advs, cut), cut, found)


def table_exposure(cut: Cut, found: Safety) -> Html:
    dosing = (
        ""
        if cut.params.trial.dose_days
        else " Doses are records of dosing, each of which may stand for a period; relative dose does not apply."
    )
    return counted("exposure", "What was given", count_exposure(found.adex, found.columns, cut), cut, found,
                   "Relative dose: cells given over cells planned at the assigned level, for all planned doses and for those whose day has come. "
                   f"Intensity: the same per week.{dosing}")  # fmt: skip


def list_doses(cut: Cut, found: Safety) -> Html:
    """One row per subject: doses, cells, relative dose, what was not as planned."""
    if len(found.order) > cut.params.safety.figure_max_subjects or not cut.params.trial.dose_days:
        return notice("Doses are not listed subject by subject in a study of this kind; they are in the dataset adex.")
    rows = [
        {"subject": named(e["USUBJID"], found), "received": e["TRT01A"], "doses": f"{e['NDOSE']:g}", "cells, 10⁹": _ratio(e["CUMDOSE"]),
         "of all planned": _ratio(e["RELDOSE"]), "of those due": _ratio(e["RELDUE"]), "intensity": _ratio(e["RDI"]),
         "not as planned": _text(e["ADJUSTED"], "nothing"), "due, not given": _text(e["NOTGIVEN"], "none"), "action recorded": _text(e["ACTION"], "none")}
        for e in list_exposure(found.adex, found.adae, cut).to_dict("records")
    ]  # fmt: skip
    return table("exposure-listing", "Doses of each subject", rows, "Due, not given: numbers of planned doses whose last permitted day is past.",
                 right=["doses", "cells, 10⁹", "of all planned", "of those due", "intensity"], empty="No dose is recorded.")  # fmt: skip


def _ratio(value: object) -> Cell | str:
    return Cell("not known", status="soft") if pd.isna(value) else f"{value:.2f}"


def _text(value: object, nothing: str) -> Cell | str:
    return Cell(nothing, status="soft") if pd.isna(value) else str(value)
