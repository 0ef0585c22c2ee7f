"""What a subject's page shows above the records: the course on one time axis, and the narratives."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from nk521lib.chapters.escalation.standing import EVENT_DATES
from nk521lib.chapters.safety.people import derive_deaths
from nk521lib.cut import Cut
from nk521lib.display.figures.profile import courses, draw_profile
from nk521lib.display.figures.profile.draw import CAPTION
from nk521lib.display.narratives import Narrative, write_narratives
from nk521lib.display.tables.safety.narratives import narrative_html
from nk521lib.display.words import day, escape

PROFILED = ("adae", "adlb", "advs", "adeg", "adtr", "adrs", "addltev")
"""Datasets that the sections read."""


def profile_sections(cut: Cut, adsl: pd.DataFrame, datasets: Mapping[str, pd.DataFrame]) -> dict[str, Markup]:
    """HTML by USUBJID for every dosed subject.

    adsl : derive_subjects. datasets : analysis datasets by name, as published; what is absent leaves its section out, and
    without `adae` and `adlb` there are no narratives.
    """
    told: dict[str, list[Narrative]] = {}
    if "adae" in datasets and "adlb" in datasets:
        adae, judged = datasets["adae"], datasets.get("addltev")
        if judged is not None:
            judged = judged.rename(columns={published: name for name, published in EVENT_DATES.items()})
        for one in write_narratives(cut, adsl, adae, datasets["adlb"], derive_deaths(cut, adsl, adae), judged):
            told.setdefault(one.usubjid, []).append(one)
    caption = f"{CAPTION} Cut-off {day(cut.cutoff)}."
    return {
        usubjid: Markup(
            f'<figure class="profile">{draw_profile(cut, course)}<figcaption>{escape(caption)}</figcaption></figure>'
            + _narratives(told.get(usubjid, []))
        )
        for usubjid, course in courses(cut, adsl, datasets).items()
    }


def _narratives(narratives: list[Narrative]) -> str:
    if not narratives:
        return ""
    return "<h2>Narratives</h2>" + "".join(narrative_html(one, linked=False) for one in narratives)
