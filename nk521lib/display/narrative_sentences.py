"""The sentences of one narrative: who, which dose, what, how it was judged, what was done, how it ended, laboratory, death."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from nk521lib.chapters.safety import narratives as facts
from nk521lib.chapters.subjects import dose_order_open
from nk521lib.cut import Cut
from nk521lib.display.narrative_phrases import (
    Record,
    Sentence,
    amount_given,
    dose_record,
    drugs_in_use,
    grade_of,
    known,
    on,
    record_of,
    value_around,
)
from nk521lib.display.words import day, dosed_on, listed, plural

_CRITERIA = {"AESDTH": "death", "AESLIFE": "life-threatening", "AESHOSP": "hospital stay", "AESDISAB": "disability",
             "AESCONG": "birth defect", "AESMIE": "medically important"}  # fmt: skip
_RELATION = {"RELATED": "related to the product", "POSSIBLE": "possibly related to the product",
             "UNLIKELY": "unlikely to be related to the product", "NOT RELATED": "not related to the product"}  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """What is known around one narrative; each method gives its sentences, in the order of a narrative."""

    cut: Cut
    row: Record
    person: Record
    doses: pd.DataFrame | None
    event: Record | None
    death: Record | None
    values: pd.DataFrame | None
    drugs: pd.DataFrame | None

    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences, in the order in which a narrative tells them."""
        parts = [self.who, self.last_dose, self.what, self.judged, self.limiting, self.action, self.medication, self.end,
                 self.laboratory, self.died]  # fmt: skip
        if self.event is None:
            parts = [self.who, self.last_dose, self.what, self.limiting, self.medication, self.laboratory, self.died]
        return tuple(sentence for part in parts for sentence in part())

    @property
    def title(self) -> str:
        if self.event is not None:
            return f"{self.event['APT']}, {grade_of(self.event)}"
        if self.row["SRC"] == "DM":
            cause = None if self.death is None else self.death["CAUSE"]
            return f"Death, {'cause not recorded' if pd.isna(cause) else f'cause recorded: {str(cause).lower()}'}"
        return str(known(self.row["TERM"], "Event without a term"))

    @property
    def reasons(self) -> tuple[str, ...]:
        """In words; the grade limit is printed from the parameters."""
        high = self.cut.params.safety.high_grade
        words = {facts.SPECIAL: f"special interest, grade {high} or higher"}
        return tuple(words.get(reason, reason) for reason in self.row["WHY"].split("; "))

    def who(self) -> Iterator[Sentence]:
        sex = {"M": "A man", "F": "A woman"}.get(self.person["SEX"], "A person whose sex is not recorded")
        age = "of unrecorded age" if pd.isna(self.person["AGE"]) else f"of {self.person['AGE']:g} years"
        level = known(self.row["TRT01A"], "a level that is not known")
        first = self.doses.iloc[0] if self.doses is not None and len(self.doses) else None
        where = "" if first is None or pd.isna(first["EXROUTE"]) else f", {str(first['EXROUTE']).lower()}"
        yield Sentence(
            f"{sex} {age} received {level}{where}, first on {dosed_on(self.person, 'TRTSDT')}.",
            ("DM", *dose_record(first)),
        )

    def last_dose(self) -> Iterator[Sentence]:
        """The dose before the onset, and how long before: what is printed nowhere else."""
        if self.row["SRC"] in ("EX", "ADJUD"):
            return
        dose = self._dose_before()
        if dose is None:
            yield Sentence(
                "The onset is before the first dose." if self._surely_before()
                else "After which dose it began cannot be told: the day of a dose is not known." if self._dated()
                else "After which dose it began cannot be told: its start is not completely known."
            )  # fmt: skip
            return
        amount = amount_given(dose, bool(self.cut.params.trial.levels))
        on = (
            f"on {day(dose['DAY'])}"
            if not pd.isna(dose["DAY"])
            else f"its day not known ({known(dose['EXSTDTC'], 'no date')})"
        )
        yield Sentence(f"The last dose before was dose {dose['DOSENO']}, {on} ({amount}).", dose_record(dose))

    def _dose_before(self) -> pd.Series | None:
        if self.doses is None or not self._dated():
            return None
        if self.event is not None:
            found = self.doses[self.doses["DOSENO"].eq(self.event["ADOSENO"]).fillna(False).astype(bool)]
        else:
            onset = pd.Series([self.row["LOW"]])
            if dose_order_open(self.doses, pd.Series([self.row["USUBJID"]]), onset).any():
                return None
            found = self.doses[self.doses["HIGH"] <= self.row["LOW"]]
        return found.iloc[-1] if len(found) else None

    def _dated(self) -> bool:
        return bool(not pd.isna(self.row["LOW"]) and self.row["LOW"] == self.row["HIGH"])

    def _surely_before(self) -> bool:
        return bool(not pd.isna(self.row["HIGH"]) and self.row["HIGH"] < self.person["TRTSDT"])

    def _since(self) -> str:
        if self.event is None or pd.isna(self.event["ADOSENO"]):
            return ""
        if not pd.isna(self.event["ADOSEHR"]) and self.event["ADOSEHR"] < 72:
            hours = self.event["ADOSEHR"]
            return f", {plural(round(hours), 'hour')} after dose {self.event['ADOSENO']}" if hours >= 1 else (
                f", within an hour of dose {self.event['ADOSENO']}")  # fmt: skip
        if pd.isna(self.event["ADOSEDY"]):
            return f", after dose {self.event['ADOSENO']}"
        days = self.event["ADOSEDY"]
        return f", on the day of dose {self.event['ADOSENO']}" if days == 0 else f", {plural(days, 'day')} after dose {self.event['ADOSENO']}"  # fmt: skip

    def what(self) -> Iterator[Sentence]:
        event, source = self.event, record_of(self.row)
        if event is None:
            yield from self._without_event(source)
            return
        when = on(event["AESTDTC"], event["ASTDY"])
        reported = str(known(event["AETERM"], ""))
        said = f" (reported as “{reported}”)" if reported and reported.upper() != str(event["APT"]).upper() else ""
        scales = [f"ASTCT {name} grade {event[variable]}" for name, variable in (("CRS", "CRSGR"), ("ICANS", "ICANSGR"))
                  if not pd.isna(event[variable])]  # fmt: skip
        also = f", {listed(scales)}" if scales else ""
        yield Sentence(f"{when}{self._since()}, {event['APT']}{said} of {grade_of(event)}{also} began.", source)
        criteria = [text for name, text in _CRITERIA.items() if str(event[name]).upper() == "Y"]
        if str(event["AESER"]).upper() == "Y":
            yield Sentence(f"It was serious ({listed(criteria, 'criterion not recorded')}).", source)
        elif criteria:
            yield Sentence(f"It is not recorded as serious, although a criterion is ({listed(criteria)}).", source)
        elif pd.isna(event["AESER"]):
            yield Sentence("Whether it was serious is not recorded.", source)

    def _without_event(self, source: tuple[str, ...]) -> Iterator[Sentence]:
        if self.row["SRC"] == "DM":
            return  # the death has its own sentence
        when = (
            f"On {day(self.row['LOW'])}"
            if self.row["LOW"] == self.row["HIGH"]
            else "On a day that is not completely known"
        )
        text = {"LB": f"{when} laboratory values alone began to meet the screen: {self.row['TERM']}. No adverse event of this kind is recorded.",
                "EX": f"{when}: {str(self.row['TERM']).lower()}; no adverse event names the reason.",
                "ADJUD": f"{when} the committee judged the subject to have had a dose-limiting toxicity and named no event."}  # fmt: skip
        yield Sentence(text[self.row["SRC"]], source)

    def judged(self) -> Iterator[Sentence]:
        relation = self.event["AREL"]
        if pd.isna(relation):
            text = "Its relation to the product is not recorded; it counts as related"
        elif relation in _RELATION:
            text = f"The investigator judged it {_RELATION[relation]}"
        else:
            text = f"Its relation is recorded as “{str(relation).lower()}”, which is no known category; it counts as related"
        procedure = ", and related to the procedure" if self.event["RELPRFL"] == "Y" else ""
        yield Sentence(f"{text}{procedure}.", record_of(self.row))

    def limiting(self) -> Iterator[Sentence]:
        why = self.row["WHY"].split("; ")
        clauses = (
            ""
            if pd.isna(self.row["CLAUSES"]) or not self.row["CLAUSES"]
            else str(self.row["CLAUSES"]).replace(";", ", ")
        )
        meets = "would meet" if self.row["VERDICT"] == "LATE" else "meets"
        met = f" It {meets} {clauses} of the machine screen." if clauses else ""
        said = (
            None
            if self.event is None
            else {"COMMITTEE": "committee", "INVESTIGATOR": "investigator"}.get(known(self.event["DLTSRC"], ""))
        )
        if facts.LIMITING in why:
            by = f" by the {said}" if said else ""
            yield Sentence(f"It is dose-limiting{by}.{met}", record_of(self.row))
        elif facts.CANDIDATE in why and facts.RECORDED in why:
            yield Sentence(f"The {said or 'investigator'} recorded it as dose-limiting; that its onset lies in the window is not certain, so it "
                           f"is a candidate until the committee decides.{met}", record_of(self.row))  # fmt: skip
        elif facts.CANDIDATE in why:
            subject = "The death" if self.row["SRC"] == "DM" else "It"
            yield Sentence(
                f"{subject} is a candidate for dose-limiting, not decided by the committee.{met}", record_of(self.row)
            )
        elif facts.RECORDED in why:
            yield Sentence(f"It is recorded as dose-limiting by the {said or 'investigator'} and does not count as such in the dose decision, "
                           f"because of its date.{met}", record_of(self.row))  # fmt: skip
        elif self.row["VERDICT"] == "LATE":
            yield Sentence(
                f"It began after the window of the dose decision; inside, it would be a candidate for dose-limiting.{met}",
                record_of(self.row),
            )

    def action(self) -> Iterator[Sentence]:
        action = self.event["AEACN"]
        taken = "is not recorded" if pd.isna(action) else f"is recorded as: {str(action).lower()}"
        treated = {"Y": " It was treated.", "N": " No treatment was given for it."}.get(
            str(self.event["AECONTRT"]).upper(), ""
        )
        yield Sentence(f"The action taken with the product {taken}.{treated}", record_of(self.row))

    def medication(self) -> Iterator[Sentence]:
        if self.row["SRC"] in ("EX", "ADJUD"):
            return
        if not self.cut.has("CM"):
            yield Sentence("The snapshot has no medications (CM).")
        elif pd.isna(self.row["LOW"]) or self.row["LOW"] != self.row["HIGH"]:
            yield Sentence("Which medication was in use then cannot be told.")
        elif self.drugs is None:
            yield Sentence("No medication is recorded as in use then.")
        else:
            given = "; ".join(drugs_in_use(self.drugs))
            yield Sentence(
                f"Medication in use then, or possibly so: {given}.", tuple(f"CM:{n}" for n in self.drugs["CMSEQ"])
            )

    def end(self) -> Iterator[Sentence]:
        event = self.event
        outcome = (
            "Its outcome is not recorded." if pd.isna(event["AEOUT"]) else f"Outcome: {str(event['AEOUT']).lower()}."
        )
        if not pd.isna(event["AEENDTC"]):
            exact = self.row["LOW"] == self.row["HIGH"] and self.row["ENDLOW"] == self.row["ENDHIGH"]
            length = (self.row["ENDLOW"] - self.row["LOW"]).days if exact else None
            lasted = (
                ""
                if length is None or length < 0
                else ", on the day it began"
                if length == 0
                else f", {plural(length, 'day')} later"
            )
            backwards = ", a date before its start" if length is not None and length < 0 else ""
            when = on(event["AEENDTC"], event["AENDY"])
            yield Sentence(f"It ended {when[0].lower()}{when[1:]}{lasted}{backwards}. {outcome}", record_of(self.row))
        elif event["AONGOFL"] == "Y":
            yield Sentence(f"It was ongoing at the cut-off, {day(self.cut.cutoff)}. {outcome}", record_of(self.row))
        else:
            yield Sentence(f"Its end is not recorded. {outcome}", record_of(self.row))

    def laboratory(self) -> Iterator[Sentence]:
        if self.row["SRC"] in ("EX", "ADJUD"):
            return
        rules = self.cut.params.safety
        if pd.isna(self.row["LOW"]) or self.row["LOW"] != self.row["HIGH"]:
            yield Sentence("Laboratory values cannot be placed around it: its date is not completely known.")
            return
        dead = self.row["SRC"] == "DM"
        span = f"{rules.narrative_days_before} days before" + (
            "" if dead else f" and the {rules.narrative_days_after + 1} days from its onset"
        )
        if self.values is None:
            yield Sentence(f"No result of the tests shown here is in the data for the {span}.")
            return
        records = self.values.to_dict("records")
        text = "; ".join(value_around(record, dead) for record in records)
        seqs = [n for record in records for n in (record["BEFORESEQ"], record["AFTERSEQ"]) if not pd.isna(n)]
        how = "Last laboratory values" if dead else "Laboratory, last value before → most abnormal from the onset on"
        yield Sentence(
            f"{how} (in the {span}; CTCAE grade in brackets): {text}.", tuple(f"LB:{n}" for n in dict.fromkeys(seqs))
        )

    def died(self) -> Iterator[Sentence]:
        why = self.row["WHY"].split("; ")
        if self.death is None or (facts.FATAL not in why and facts.DEATH not in why):
            return
        date = self.death["DTHDTC"]
        when = (
            "on a date that is not recorded"
            if pd.isna(date)
            else f"on {day(date)}"
            if len(str(date)) >= 10
            else f"in {date} (date not complete)"
        )
        after = (
            "" if pd.isna(self.death["DAYSLAST"]) else f", {plural(self.death['DAYSLAST'], 'day')} after the last dose"
        )
        cause = (
            "The cause is not recorded."
            if pd.isna(self.death["CAUSE"])
            else f"Cause recorded: {str(self.death['CAUSE']).lower()}."
        )
        told = "" if self.death["SRC"] == "DM" else f" (told by {self.death['SRC']}; DM gives no complete date)"
        yield Sentence(f"The subject died {when}{after}{told}. {cause}", ("DM",))
