"""Words and cells that the tables of chapter 1 share."""

import re

import pandas as pd

from nk521lib.chapters.screening import BY_ID, Eligibility
from nk521lib.chapters.screening.evaluate import ELIGIBLE, FAIL, INELIGIBLE, UNDECIDED
from nk521lib.display.tables.base import Cell
from nk521lib.display.words import day
from nk521lib.params import Params

MAX_WORKSHEETS = 30
"""Worksheets on the page; with more subjects open than that, the rest is found in the table above them."""

NO_CRITERIA = "No criteria were evaluated for this study."
SOURCES = {"M": "data", "T": "attestation", "B": "data may fail, attestation passes"}
EFFECT_CELL = {FAIL: ("■\u00a0fails", "stop"), UNDECIDED: ("○\u00a0undecided", "hold")}
ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def none(found: Eligibility, heading: str) -> str:
    """The heading of an empty table, which must not sound like a result where nothing was evaluated."""
    return heading if len(found.answers) else "Not evaluated"


def for_people(text: object) -> str:
    """Evidence with its dates as people write them."""
    return (
        "not recorded" if pd.isna(text) else ISO.sub(lambda found: day(found.group()), str(text)).replace("10^9", "10⁹")
    )


def in_words(identifier: str, params: Params) -> str:
    return for_people(BY_ID[identifier].words(params.screening))


def words(identifier: str, params: Params) -> str:
    return f"{identifier}  {in_words(identifier, params)}"


def status_cell(status: str) -> Cell:
    shapes = {
        ELIGIBLE: ("●\u00a0eligible", "go"),
        INELIGIBLE: ("■\u00a0ineligible", "stop"),
        UNDECIDED: ("○\u00a0undecided", "hold"),
    }
    text, colour = shapes.get(status, ("not judged", "soft"))
    return Cell(text, status=colour)


def effect_cell(effect: str, conflict: object = pd.NA) -> Cell:
    text, colour = EFFECT_CELL.get(effect, ("· passes", ""))
    return Cell(text + (", sources disagree" if not pd.isna(conflict) else ""), status=colour)
