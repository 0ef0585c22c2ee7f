"""Narrative stubs: one paragraph for each event that a clinician must describe, made of sentences that name their records.

`write_narratives` is pure: frames in, text parts and record ids out; a page, a listing and a PDF print the same sentences.
Every sentence says what is recorded; what is not recorded is said to be so. Nothing is concluded: that is the clinician's part.
Source: ICH E3 section 12.3.2.
"""

from dataclasses import dataclass

import pandas as pd

from nk521lib.chapters.safety import narratives as facts
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut
from nk521lib.display.narrative_phrases import Sentence, known
from nk521lib.display.narrative_sentences import Writer


@dataclass(frozen=True)
class Narrative:
    """One paragraph. group : the assigned group. received : group and level received. title : term and grade.

    reasons : why this event has a narrative. onset : first possible day, NaT where no date is recorded. sources : all records.
    """

    usubjid: str
    group: str
    received: str
    title: str
    reasons: tuple[str, ...]
    onset: pd.Timestamp
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source for sentence in self.sentences for source in sentence.sources))


def write_narratives(
    cut: Cut,
    adsl: pd.DataFrame,
    adae: pd.DataFrame,
    adlb: pd.DataFrame,
    deaths: pd.DataFrame,
    dlt_events: pd.DataFrame | None = None,
) -> list[Narrative]:
    """A narrative for every SAE, DLT, DLT candidate, event of special interest of grade 3 or more, and death of a dosed subject.

    adsl : derive_subjects(cut). adae, adlb, deaths : of derive_safety(cut). dlt_events : derive_dlt_events(cut) of the
    escalation chapter; without it candidates are not known and a DLT is an event recorded as one. In the order of subjects,
    then onset. One group only: `[n for n in write_narratives(…) if n.group == "A"]`.
    """
    narrated = facts.derive_narrated(cut, adsl, adae, deaths, dlt_events)
    if narrated.empty:
        return []
    values = dict(list(facts.derive_values_around(narrated, adlb, cut).groupby("ROW")))
    drugs = dict(list(facts.derive_medication_around(narrated, cut).groupby("ROW")))
    doses = dict(list(derive_doses(cut).groupby("USUBJID")))
    events = adae.merge(cut["AE"][["USUBJID", "AESEQ", *facts.CRITERIA, "AECONTRT"]], on=["USUBJID", "AESEQ"], how="left",
                        validate="many_to_one")  # fmt: skip
    event_of = {(e["USUBJID"], e["AESEQ"]): e for e in events.to_dict("records")}
    person_of = {p["USUBJID"]: p for p in adsl.to_dict("records")}
    death_of = {d["USUBJID"]: d for d in deaths.to_dict("records")}
    made = []
    for place, row in enumerate(narrated.to_dict("records")):
        usubjid = row["USUBJID"]
        writer = Writer(
            cut, row, person_of[usubjid], doses.get(usubjid), event_of.get((usubjid, row["SEQ"])) if row["SRC"] == "AE" else None,
            death_of.get(usubjid), values.get(place), drugs.get(place),
        )  # fmt: skip
        made.append(Narrative(
            usubjid, known(row["GROUP"], ""), known(row["TRT01A"], "level not known"), writer.title, writer.reasons, row["LOW"],
            writer.sentences(),
        ))  # fmt: skip
    return made
