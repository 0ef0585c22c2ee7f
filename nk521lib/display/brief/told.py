"""The narratives of chapter 3, shortened for paper: without the laboratory values around the event."""

import pandas as pd

from nk521lib.chapters.escalation.standing import EVENT_DATES
from nk521lib.chapters.safety.people import derive_deaths
from nk521lib.display.brief.material import Material
from nk521lib.display.narratives import Narrative, write_narratives

_NEEDED = ("adsl", "adae", "adlb")


def narratives_of(material: Material, events: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Text by (USUBJID, record id as `AE:2`) of those events that have a narrative; none where the pack lacks the data."""
    if events.empty or any(name not in material.data for name in _NEEDED):
        return {}
    adsl, adae, adlb = (_only(material.data[name], events["USUBJID"]) for name in _NEEDED)
    deaths = derive_deaths(material.cut, adsl, adae)
    judged = events.rename(columns={new: old for old, new in EVENT_DATES.items()})
    made = write_narratives(material.cut, adsl, adae, adlb, deaths, judged)
    return {(n.usubjid, source): _shortened(n) for n in reversed(made) for source in n.sources}


def _only(frame: pd.DataFrame, usubjids: pd.Series) -> pd.DataFrame:
    return frame[frame["USUBJID"].isin(usubjids.unique())].reset_index(drop=True)


def _shortened(narrative: Narrative) -> str:
    said = [s.text for s in narrative.sentences if not any(source.startswith("LB:") for source in s.sources)]
    return " ".join(said)
