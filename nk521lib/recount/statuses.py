"""The DLT status of each dosed subject a second time: escalation.md sections 2 and 5, rulings.md 3.1 to 3.6."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.recount.dlt_screen import CANDIDATE, DLT, NONE, Event, read_events, set_clauses, set_onset, set_verdict
from nk521lib.recount.people import Person, dosed_people, last_alive
from nk521lib.recount.records import Beyond, When, at_least, by_subject, rows, some, upper, when
from nk521lib.recount.samples import LabEvent, lab_events, overlaps, read_samples
from nk521lib.terms import DltStatus

_CARRIED_BY = {"NEUT": ("neutropenia", "febrile_neutropenia"), "PLAT": ("thrombocytopenia",), "ALT": ("transaminases",),
               "AST": ("transaminases",), "HY": ("transaminases",)}  # fmt: skip


@dataclass(frozen=True)
class Status:
    """status : None where this implementation does not know how to read the subject, `beyond` says why.

    known : day from which the outcome was known; for a NONEVAL the day its slot was free.
    """

    person: Person
    status: DltStatus | None
    known: date | None
    events: tuple[Event, ...] = ()
    beyond: str = ""


@dataclass(frozen=True)
class Judgement:
    value: str
    day: date | None


def limits_of(params: Params) -> str:
    """The reading of the parameters that is not built here, empty when all are."""
    rule = params.escalation
    said = {"dlt_window.anchor": (rule.dlt_window.anchor, "first_dose"), "extend_for_delay": (rule.extend_for_delay, False),
            "underdosed_rule": (rule.underdosed_rule, "noneval")}  # fmt: skip
    return "; ".join(f"{name} = {value}" for name, (value, built) in said.items() if value != built)


def derive_statuses(cut: Cut) -> dict[str, Status]:
    """By USUBJID: dosed subjects with a group and a level."""
    people = {s: p for s, p in dosed_people(cut).items() if p.group is not None and p.level is not None and p.placed}
    not_built = limits_of(cut.params)
    if not people:
        return {}
    if not_built:
        return {s: Status(p, None, None, beyond=not_built) for s, p in people.items()}
    records = {
        "DS": by_subject(rows(cut, "DS", "USUBJID DSCAT DSSCAT DSDECOD DSSTDTC")),
        "SS": by_subject(rows(cut, "SS", "USUBJID SSORRES SSSTRESC SSDTC")),
        "EX": by_subject(rows(cut, "EX", "USUBJID EXSEQ EXDOSE EXADJ EXSTDTC")),
    }
    events, samples = read_events(cut, people), read_samples(cut, people)
    judged, contacts, alive = read_judgements(cut), _contacts(cut), last_alive(cut)
    found = {}
    for subject, person in people.items():
        mine = {name: table.get(subject, []) for name, table in records.items()}
        try:
            found[subject] = _one(cut, person, mine, events[subject], samples.get(subject, []), judged.get(subject, {}),
                                  contacts.get(subject, []), alive.get(subject))  # fmt: skip
        except Beyond as limit:
            found[subject] = Status(person, None, None, beyond=str(limit))
    return found


def read_judgements(cut: Cut) -> dict[str, dict[int | None, Judgement]]:
    """Per subject and AESEQ (None: no event named) the committee's row in force: the latest date, then the last row."""
    said = [r for r in rows(cut, "ADJUD", "USUBJID ITEM VALUE ADJDTC AESEQ")
            if upper(r["ITEM"]) == "DLT" and upper(r["VALUE"]) in ("Y", "N")]  # fmt: skip
    found: dict = defaultdict(dict)
    for row in sorted(said, key=lambda r: when(r["ADJDTC"]).low or date.min):
        found[row["USUBJID"]][row["AESEQ"]] = Judgement(upper(row["VALUE"]), when(row["ADJDTC"]).low)
    return found


def _contacts(cut: Cut) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    for domain, variable, status, not_done in (("SV", "SVSTDTC", "SVOCCUR", "N"), ("VS", "VSDTC", "VSSTAT", "NOT DONE"),
                                               ("LB", "LBDTC", "LBSTAT", "NOT DONE"), ("EX", "EXSTDTC", "", "")):  # fmt: skip
        for row in rows(cut, domain, f"USUBJID {variable} {status}"):
            if not status or upper(row[status]) != not_done:
                found.setdefault(row["USUBJID"], []).append(row[variable])
    return {subject: [d for text in set(texts) if (d := when(text).low)] for subject, texts in found.items()}


def _one(cut, person, mine, events, samples, judged, contacts, alive) -> Status:
    params, cutoff = cut.params, cut.cutoff.date()
    rule = params.escalation
    last = person.first + timedelta(days=rule.dlt_window.days - 1)
    surely = [dose for dose in person.doses if dose.high <= last]
    perhaps = [dose for dose in person.doses if dose.low <= last]
    least = rule.full_dose_fraction * params.trial.levels[person.level - 1]
    full = [dose for dose in surely if at_least(dose.cells, least)]
    full_perhaps = [dose for dose in perhaps if at_least(dose.cells, least) is not False]
    due = [person.first + timedelta(days=day - 1) for day in params.trial.dose_days]
    due = [day for day in due if day <= last and day + timedelta(days=params.trial.dose_window_days) <= cutoff]
    missed = max(0, len(due) - len(perhaps))

    for event in events:
        said = judged.get(event.row["AESEQ"])
        event.committee = said.value if said else _yes_or_no(event.row["AEDLTADJ"])
        event.judged = said.day if said else None
        set_onset(event, last, params.safety.worsening_unknown)
        set_clauses(event, events, missed, params)
        set_verdict(event, rule.dlt_needs_committee)
    general = judged.get(None)
    changes = (*params.terms.doses_missed, *params.terms.doses_reduced)
    changed = [e for e in events if e.related and upper(e.row["AEACN"]) in changes]
    spoilt = any(e.onset is not False and e.committee is None for e in changed)
    verdicts = [e.verdict for e in events]
    onsets = [e.start.low or e.judged for e in events if e.verdict == DLT]
    cleared = [e.judged for e in events if e.committee == "N" and e.onset is not False and e.clauses]

    bleeding = [e for e in events if e.term in params.terms.bleeding]
    for run in lab_events(samples, person, bleeding, params):
        if not _carried(run, events, params):
            verdict = _run_verdict(run, general, run.start.inside(person.first, last))
            verdicts.append(verdict)
            onsets += [run.start.low] if verdict == DLT else []
            covered = general is not None and general.day is not None and run.start.high <= general.day
            may = run.may and run.start.inside(person.first, last) is not False
            cleared += [general.day] if verdict == NONE and covered and general.value == "N" and may else []

    dead, death_day = _death(person, mine, events, alive, last, cutoff)
    judged_no_dlt = False
    if dead is not False:
        fatal = sorted((e for e in events if e.fatal and e.committee), key=lambda e: e.committee)
        said = (
            Judgement(fatal[-1].committee, fatal[-1].judged)
            if fatal
            else general
            if _covers(general, death_day)
            else None
        )
        verdicts.append(CANDIDATE if said is None else DLT if said.value == "Y" else NONE)
        judged_no_dlt = said is not None and said.value == "N"
        cleared += [said.day] if judged_no_dlt else []
        onsets += [death_day] if verdicts[-1] == DLT else []

    if not changed:
        lost = [r for r in mine["EX"] if upper(r["EXADJ"]) in params.terms.toxicity_reasons
                and when(r["EXSTDTC"]).inside(person.first, last) is not False]  # fmt: skip
        if lost:
            d10, final = rule.dlt_clauses.get("D10"), max((when(r["EXSTDTC"]).high or date.max) for r in lost)
            many = bool(d10 and d10.on) and sum(r["EXDOSE"] == 0 for r in lost) >= rule.tox_missed_doses
            said = general if _covers(general, final) else None
            verdicts.append((DLT if said.value == "Y" else NONE) if said else CANDIDATE if many else NONE)
            onsets += [when(lost[0]["EXSTDTC"]).low] if verdicts[-1] == DLT else []
            cleared += [said.day] if said and said.value == "N" and many else []
            spoilt = spoilt or said is None
    if general and general.value == "Y":
        verdicts.append(DLT)
        onsets.append(general.day)

    left, left_on = _exit(mine["DS"], last)
    slack = timedelta(days=rule.followup_slack_days)
    if DLT in verdicts:
        days = [day for day in onsets if day]
        return Status(person, DltStatus.DLT, min(days) if days else last, tuple(events))
    if CANDIDATE in verdicts or (left and spoilt):
        return Status(person, DltStatus.CANDIDATE, None, tuple(events))
    if judged_no_dlt:
        return Status(person, DltStatus.NONEVAL, left_on if left else death_day, tuple(events))
    if left:
        return Status(person, DltStatus.NONEVAL, left_on, tuple(events))
    if last > cutoff or left is None or not any(day >= last - slack for day in contacts):
        return Status(person, DltStatus.PENDING, None, tuple(events))
    if len(full_perhaps) < rule.dlt_min_doses:
        return Status(
            person, DltStatus.CANDIDATE if spoilt else DltStatus.NONEVAL, None if spoilt else last, tuple(events)
        )
    if len(full) < rule.dlt_min_doses:
        return Status(person, DltStatus.PENDING, None, tuple(events))
    return Status(person, DltStatus.CLEAR, max([last, *(day for day in cleared if day)]), tuple(events))


def _yes_or_no(text: str | None) -> str | None:
    return upper(text) if upper(text) in ("Y", "N") else None


def _covers(said: Judgement | None, day: date | None) -> bool:
    return said is not None and said.day is not None and day is not None and day <= said.day


def _run_verdict(run: LabEvent, general: Judgement | None, onset: bool | None) -> str:
    if _covers(general, run.start.high) and (general.value == "Y" or run.last <= general.day):
        return DLT if general.value == "Y" else NONE
    return CANDIDATE if run.may and onset is not False else NONE


def _carried(run: LabEvent, events: list[Event], params: Params) -> bool:
    """Does an adverse event of the same kind and time already stand for it?

    One that counts does; one known to be unrelated does for its own grade; one judged no DLT for its own grade and for
    samples up to the day of the judgement.
    """
    names = [term for kind in _CARRIED_BY[run.kind] for term in getattr(params.terms, kind)]
    for event in events:
        if event.term in names and overlaps(run, event):
            as_high = run.grade is not None and event.grade is not None and event.grade >= run.grade
            if not event.related:
                stands = as_high
            elif event.verdict in (DLT, CANDIDATE):
                stands = True
            else:
                stands = (
                    event.committee is not None and as_high and event.judged is not None and run.last <= event.judged
                )
            if stands:
                return True
    return False


def _death(person, mine, events, alive, last, cutoff) -> tuple[bool | None, date | None]:
    """In the window? A source that says when decides; the day is the earliest latest day of the sources."""
    told = [person.death] if person.died else []
    told += [when(r["DSSTDTC"]) for r in mine["DS"] if upper(r["DSDECOD"]) == "DEATH"]
    told += [When(e.end.low or e.start.low, e.end.high) for e in events if e.fatal]
    told += [When(None, when(r["SSDTC"]).high) for r in mine["SS"] if upper(r["SSSTRESC"] or r["SSORRES"]) == "DEAD"]
    answers = []
    for at in told:
        low = max([day for day in (at.low, alive) if day], default=None)
        high = at.high or cutoff
        answers.append((True if high <= last else False if low and low > last else None, high))
    decided = [pair for pair in answers if pair[0] is not None] or answers
    return some(*(answer for answer, _ in decided)), min((high for _, high in decided), default=None)


def _exit(dispositions: list, last: date) -> tuple[bool | None, date | None]:
    """Left early: a disposition event, other than completion or death, before the last day of the window."""
    answers, days = [], []
    for row in dispositions:
        ends = upper(row["DSCAT"]) == "DISPOSITION EVENT" and "TREATMENT" not in (upper(row["DSSCAT"]) or "")
        if ends and upper(row["DSDECOD"]) not in ("COMPLETED", "DEATH", "SCREEN FAILURE"):
            at = when(row["DSSTDTC"])
            before = None if at.low is None else True if at.high < last else False if at.low >= last else None
            answers.append(before)
            days += [at.low] if before is not False and at.low else []
    return some(*answers), min(days, default=None)
