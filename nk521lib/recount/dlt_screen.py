"""Which adverse events may be a DLT: spec escalation.md section 6, rulings.md 3.1 to 3.3 and 5.1, clause by clause.

Only one question is asked: can it be excluded? What is not known may hold, so plain yes and no suffice here.
"""

from dataclasses import dataclass, field
from datetime import date

from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.recount.people import Person
from nk521lib.recount.records import Row, When, every, rows, upper, when

DLT, CANDIDATE, NONE = "DLT", "CANDIDATE", "NONE"
_RELATION = ("RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED")
_COLUMNS = "USUBJID AESEQ AETERM AEDECOD AETOXGR AEREL AERELPR AEACN AEOUT AESDTH AESTDTC AEENDTC AEGRPID AEDLT AEDLTADJ CRSGR ICANSGR"


@dataclass
class Event:
    """One AE record. onset : in the window; None where it may be. clauses : those that cannot be excluded."""

    person: Person
    row: Row
    term: str
    grade: int | None
    scale: int | None
    related: bool
    fatal: bool
    start: When
    end: When
    episode: list["Event"] = field(default_factory=list)
    onset: bool | None = None
    committee: str | None = None
    judged: date | None = None
    clauses: tuple[str, ...] = ()
    verdict: str = NONE


def read_events(cut: Cut, people: dict[str, Person]) -> dict[str, list[Event]]:
    """AE records of these subjects, with episodes, by USUBJID."""
    params, found = cut.params, {subject: [] for subject in people}
    for row in rows(cut, "AE", _COLUMNS):
        if row["USUBJID"] not in people:
            continue
        term, grade = upper(row["AEDECOD"] or row["AETERM"]) or "", grade_of(row["AETOXGR"])
        scale = (grade_of(row["CRSGR"]) if term in params.terms.crs else
                 grade_of(row["ICANSGR"]) if term in params.terms.icans else None)  # fmt: skip
        fatal = upper(row["AEOUT"]) == "FATAL" or upper(row["AESDTH"]) == "Y" or grade == 5
        found[row["USUBJID"]].append(
            Event(people[row["USUBJID"]], row, term, grade, grade if scale is None else scale, is_related(row, params),
                  fatal, when(row["AESTDTC"]), when(row["AEENDTC"]))
        )  # fmt: skip
    for events in found.values():
        for event in events:
            named = event.row["AEGRPID"]
            event.episode = [e for e in events if e.row["AEGRPID"] == named] if named else [event]
    return found


def grade_of(text: str | None) -> int | None:
    return int(text) if text in ("1", "2", "3", "4", "5") else None


def is_related(row: Row, params: Params) -> bool:
    """To the product or its way of administration; empty or unmapped counts as related."""
    data = params.data
    said, route = upper(row["AEREL"]), upper(row["AERELPR"])
    said = data.relation_map.get(said, said)
    route = {"Y": "RELATED", "N": "NOT RELATED"}.get(route, data.relation_map.get(route, route))
    unmapped = (said is not None and said not in _RELATION) or (route is not None and route not in _RELATION)
    return said is None or unmapped or said in data.related_values or route in data.related_values


def set_onset(event: Event, last: date, worsening_unknown: str) -> None:
    """What began before the first dose has its onset in the window only as a rise in grade."""
    first, dosed_at = event.person.first, event.person.doses[0].at

    def before(e: Event) -> bool:
        by_clock = e.start.at is not None and dosed_at is not None and e.start.low == first and e.start.at < dosed_at
        return (e.start.high is not None and e.start.high < first) or by_clock

    event.onset = event.start.inside(first, last)
    earlier = [e for e in event.episode if before(e)]
    if len(event.episode) == 1 and earlier:
        event.onset = False if worsening_unknown == "not_teae" else None
    elif earlier:
        known = [e.grade for e in earlier if e.grade is not None]
        rose = None if event.grade is None or not known else event.grade > max(known)
        event.onset = False if before(event) else every(event.onset, rose)
    if event.end.high is not None and event.end.high < first:
        event.onset = False


def set_clauses(event: Event, others: list[Event], missed: int, params: Params) -> None:
    """The clauses in force that cannot be excluded, whatever is unknown. others : the subject's events."""
    rule, terms, event.clauses = params.escalation, params.terms, ()
    if not event.related:
        return
    limits, term = rule.dlt_screen_limits, event.term
    route = next((g.route for g in params.trial.groups if g.id == event.person.group), None)

    def named(*lists: str) -> bool:
        return any(term in getattr(terms, name) for name in lists)

    def grade(least: int, value: int | None = event.grade) -> bool:
        return value is None or value >= least

    def exactly(value: int, own: str | None = None) -> bool:
        said = own_grade(own) if own else event.grade
        return said is None or said == value

    def own_grade(variable: str) -> int | None:
        said = grade_of(event.row[variable])
        return event.grade if said is None else said

    def longer(days: float | None, least: int) -> bool:
        return days is None or _may_last(event, days, least, whole=False)

    def to_the_end(days: float | None) -> bool:
        return days is None or _may_last(event, days, 3, whole=True)

    worst = None if any(e.scale is None for e in event.episode) else max(e.scale for e in event.episode)
    bled = any(e.term in terms.bleeding and not _apart(event, e) for e in others)
    haematological = named("neutropenia", "febrile_neutropenia", "thrombocytopenia", "anaemia", "white_cells")
    elsewhere = named("crs", "icans", "gvhd_acute", "gvhd_chronic", "infusion_reaction")

    def d02(least, days):
        exempt = (
            (named("gi_exempt") and not longer(limits.gi_improves_days, 3))
            or (named("fever") and not to_the_end(limits.fever_resolves_days))
            or (named("laboratory") and not to_the_end(days))
        )
        return grade(least) and not haematological and not elsewhere and (grade(4, worst) or not exempt)

    def d03(least, days):
        lasts = named("neutropenia", "thrombocytopenia") and grade(least) and longer(days, 4)
        bleeds = named("thrombocytopenia") and grade(least - 1) and bled
        return lasts or bleeds or named("febrile_neutropenia") or (named("anaemia") and grade(least))

    def d08(least, days):
        peritonitis = named("peritonitis") and (grade(least) or (exactly(least - 1) and longer(days, 2)))
        pain = named("abdominal_pain") and grade(least) and longer(limits.pain_days, 3)
        catheter = named("catheter") and grade(least)
        inside = upper(route) == "INTRAPERITONEAL"
        return inside and (peritonitis or pain or catheter or named("perforation", "obstruction"))

    def d09(least, days):
        infusion = named("infusion_reaction") and (grade(4, worst) or to_the_end(limits.fever_resolves_days))
        return grade(least) and (named("allergic") or infusion)

    def on_scale(variable, least, days):
        own = own_grade(variable)
        return grade(least, own) or (exactly(least - 1, variable) and longer(days, 2))

    judge = {
        "D01": lambda g, d: event.fatal,
        "D02": d02,
        "D03": d03,
        "D04": lambda g, d: named("crs") and on_scale("CRSGR", g, d),
        "D05": lambda g, d: named("icans") and on_scale("ICANSGR", g, d),
        "D06": lambda g, d: named("gvhd_chronic") or (named("gvhd_acute") and grade(g)),
        "D07": lambda g, d: named("transaminases") and grade(g) and longer(d, 3),
        "D08": d08,
        "D09": d09,
        "D10": lambda g, d: upper(event.row["AEACN"]) in terms.doses_missed and missed >= rule.tox_missed_doses,
    }
    held = [name for name, c in rule.dlt_clauses.items() if c.on and judge[name](c.grade, c.days)]
    event.clauses = tuple(sorted(held))


def set_verdict(event: Event, needs_committee: bool) -> None:
    """Committee before investigator before machine."""
    said = upper(event.row["AEDLT"])
    if event.committee:
        event.verdict = DLT if event.committee == "Y" else NONE
    elif event.onset is False:
        event.verdict = NONE
    elif said == "Y":
        event.verdict = DLT if event.onset and not needs_committee else CANDIDATE
    else:
        event.verdict = CANDIDATE if event.clauses else NONE


def _may_last(event: Event, days: float, least: int, whole: bool) -> bool:
    """Can the episode have lasted more than so many days at this grade? whole : from its first such day to its very end."""
    severe = [e for e in event.episode if e.scale is None or e.scale >= least]
    ending = event.episode if whole else severe
    if not severe:
        return True
    if all(e.start.at for e in severe) and all(e.end.at for e in ending):
        lasted = (max(e.end.at for e in ending) - min(e.start.at for e in severe)).total_seconds() / 86400
        return max(lasted, 0) > days
    if any(e.start.low is None for e in severe) or any(e.end.high is None for e in ending):
        return True
    return max(0, (max(e.end.high for e in ending) - min(e.start.low for e in severe)).days) > days


def _apart(one: Event, two: Event) -> bool:
    """Surely not at the same time."""
    after = one.end.high is not None and two.start.low is not None and two.start.low > one.end.high
    return after or (two.end.high is not None and one.start.low is not None and one.start.low > two.end.high)
