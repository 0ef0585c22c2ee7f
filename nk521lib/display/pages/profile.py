"""What a subject's page shows above the records: the course on one time axis, and the narratives."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from nk521lib.chapters.safety.people import derive_deaths
from nk521lib.cut import Cut
from nk521lib.display.figures.profile import courses, draw_profile
from nk521lib.display.figures.profile.draw import CAPTION
from nk521lib.display.narratives import Narrative, write_narratives
from nk521lib.display.tables.safety.narratives import narrative_html
from nk521lib.display.words import day, escape


def profile_sections(
    cut: Cut, adsl: pd.DataFrame, datasets: Mapping[str, pd.DataFrame], dlt_events: pd.DataFrame | None = None
) -> dict[str, Markup]:
    """HTML by USUBJID for every dosed subject.

    adsl : derive_subjects. datasets : analysis datasets by name, as published; what is absent leaves its section out, and
    without `adae` and `adlb` there are no narratives. dlt_events : derive_dlt_events, or None.
    """
    told: dict[str, list[Narrative]] = {}
    if "adae" in datasets and "adlb" in datasets:
        adae = datasets["adae"]
        for one in write_narratives(cut, adsl, adae, datasets["adlb"], derive_deaths(cut, adsl, adae), dlt_events):
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
    return "<h2>Narratives</h2>" + "".join(narrative_html(one, "h3", linked=False) for one in narratives)
