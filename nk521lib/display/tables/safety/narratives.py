"""The narrative stubs as they stand on a page: heading, reasons, paragraph, records."""

from collections.abc import Iterable, Sequence

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.counts import number
from nk521lib.cut import Cut
from nk521lib.display.narratives import Narrative, write_narratives
from nk521lib.display.say import Html, notice, together
from nk521lib.display.words import day, escape, short_id, subject_link

_MOST = 60
"""Narratives printed in the chapter; the others are on the pages of their subjects."""


def list_narratives(cut: Cut, found: Safety, dlt_events: pd.DataFrame | None = None) -> Html:
    """Every narrative of the snapshot, in the order of subjects. dlt_events : derive_dlt_events of the escalation chapter."""
    narratives = write_narratives(cut, found.adsl, found.adae, found.adlb, found.deaths, dlt_events)
    people = sorted({n.usubjid for n in narratives})
    n = number("narratives", float(len(narratives)), str(len(narratives)), people, variable="NARRATIVE", variable_level="ALL",
               stat_label="narratives")  # fmt: skip
    subjects = number(
        "narratives", float(len(people)), str(len(people)), people, variable="NARRATIVE", variable_level="SUBJECTS"
    )
    if not narratives:
        none = "no dosed subject" if found.order else "nobody dosed"
        return notice([n, f" events need a narrative: {none}, up to {day(cut.cutoff)}."])
    more = (
        f" The first {_MOST} are printed here; the others are on the pages of their subjects."
        if len(narratives) > _MOST
        else ""
    )
    nouns = [" event of " if len(narratives) == 1 else " events of ", " subject" if len(people) == 1 else " subjects"]
    said = notice([n, nouns[0], subjects, f"{nouns[1]}, up to {day(cut.cutoff)}.{more}"])
    return together([said, *(Html(narrative_html(one), one.text) for one in narratives[:_MOST])])


def narrative_html(narrative: Narrative, heading: str = "h3", linked: bool = True) -> str:
    """One narrative as HTML, everything from data escaped. linked : name the subject and lead to the subject's page."""
    who = f"{subject_link(narrative.usubjid, short_id(narrative.usubjid))}: " if linked else ""
    received = f"{narrative.received}; " if linked else ""
    return (
        f'<article class="narrative"><{heading}>{who}{escape(narrative.title)}</{heading}>'
        f'<p class="soft">{escape(received + ", ".join(narrative.reasons))}</p>'
        f"<p>{escape(narrative.text)}</p>"
        f'<p class="soft">Read from {escape(say_records(narrative.sources))}</p></article>'
    )


def say_records(sources: Iterable[str]) -> str:
    """`AE 2; EX 1, 3; DM`: record ids by domain, in the order in which a domain first appears."""
    by_domain: dict[str, list[str]] = {}
    for source in sources:
        domain, _, seq = source.partition(":")
        by_domain.setdefault(domain, []).append(seq)
    return "; ".join(f"{domain} {_in_order(seqs)}".strip() for domain, seqs in by_domain.items())


def _in_order(seqs: Sequence[str]) -> str:
    return ", ".join(sorted({s for s in seqs if s}, key=lambda s: (len(s), s)))
