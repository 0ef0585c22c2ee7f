"""Adverse events a second time: treatment-emergent or not, and the rows of the overview (safety.md sections 1 to 3, 7, 9)."""

from datetime import timedelta

from nk521lib.cut import Cut
from nk521lib.recount.dlt_screen import grade_of
from nk521lib.recount.people import Person, dosed_people
from nk521lib.recount.records import Row, rows, upper, when

OVERVIEW = ("ANY", "RELATED", "GRADE3", "GRADE_MISSING", "SERIOUS", "FATAL", "DOSE_CHANGED", "STOPPED", "AESI", "DLT")
_COLUMNS = (
    "USUBJID AESEQ AETERM AEDECOD AETOXGR AESER AESDTH AEREL AEACN AEOUT AESTDTC AEENDTC AEGRPID AEDLT AEDLTADJ AESI"
)


def read_grades(cut: Cut) -> dict[tuple[str, int], int | None]:
    """(USUBJID, AESEQ) -> grade as reported, of dosed subjects."""
    people = dosed_people(cut)
    found = rows(cut, "AE", "USUBJID AESEQ AETOXGR")
    return {(r["USUBJID"], r["AESEQ"]): grade_of(r["AETOXGR"]) for r in found if r["USUBJID"] in people}


def columns(cut: Cut) -> dict[tuple[str, str], set[str]]:
    """(group, level) as received -> subjects, with ALL for totals."""
    people = dosed_people(cut)
    found: dict[tuple[str, str], set[str]] = {("ALL", "ALL"): set(people)}
    for subject, person in people.items():
        for key in ((person.treated, str(person.received)), (person.treated, "ALL")):
            found.setdefault(key, set()).add(subject)
    return found


def overview(cut: Cut) -> dict[str, set[str]]:
    """Row of the overview -> subjects with such a treatment-emergent event."""
    people, found = dosed_people(cut), {name: set() for name in OVERVIEW}
    events = [r for r in rows(cut, "AE", _COLUMNS) if r["USUBJID"] in people]
    judged, episodes = _judged(cut), {}
    for row in events:
        if row["AEGRPID"]:
            episodes.setdefault((row["USUBJID"], row["AEGRPID"]), []).append(row)
    for row in events:
        person = people[row["USUBJID"]]
        episode = episodes.get((row["USUBJID"], row["AEGRPID"]), [row])
        if not is_emergent(row, episode, person, cut):
            continue
        grade, said = grade_of(row["AETOXGR"]), upper(row["AEREL"]) or ""
        unrelated = cut.params.data.relation_map.get(said, said) in ("UNLIKELY", "NOT RELATED")
        action = upper(row["AEACN"])
        holds = {
            "ANY": True, "RELATED": not unrelated, "GRADE3": (grade or 0) >= 3, "GRADE_MISSING": grade is None,
            "SERIOUS": upper(row["AESER"]) == "Y", "STOPPED": action == "DRUG WITHDRAWN", "AESI": is_aesi(row, person, cut),
            "FATAL": upper(row["AEOUT"]) == "FATAL" or upper(row["AESDTH"]) == "Y" or grade == 5,
            "DOSE_CHANGED": action in ("DOSE REDUCED", "DRUG INTERRUPTED", "DOSE DELAYED"),
            "DLT": (judged.get((person.id, row["AESEQ"])) or upper(row["AEDLTADJ"]) or upper(row["AEDLT"])) == "Y",
        }  # fmt: skip
        for name, yes in holds.items():
            if yes:
                found[name].add(person.id)
    return found


def is_emergent(row: Row, episode: list[Row], person: Person, cut: Cut) -> bool:
    """The order of tests of safety.md section 3; a record of one episode by its rise in grade (rulings.md 5.1)."""
    params, start, end = cut.params.safety, when(row["AESTDTC"]), when(row["AEENDTC"])
    if end.high is not None and end.high < person.first:
        return False
    if start.low is None:
        return True
    before = _surely_before(row, person)
    in_window = not before and start.low <= person.last_day + timedelta(days=params.teae_end_days)
    earlier = [grade_of(r["AETOXGR"]) for r in episode if _surely_before(r, person)]
    if len(episode) > 1 and earlier:
        grade = grade_of(row["AETOXGR"])
        if before or not in_window:
            return False
        if None in earlier or grade is None:
            return params.worsening_unknown == "teae"
        return grade > max(earlier)
    return in_window or (before and params.worsening_unknown == "teae")


def _surely_before(row: Row, person: Person) -> bool:
    start, dose = when(row["AESTDTC"]), person.doses[0].at
    if start.high is None:
        return False
    by_clock = start.at is not None and dose is not None and start.low == person.first and start.at < dose
    return start.high < person.first or by_clock


def is_aesi(row: Row, person: Person, cut: Cut) -> bool:
    """By the term file, the kind's group and lowest grade, or by the investigator's flag."""
    safety, grade = cut.params.safety, grade_of(row["AETOXGR"])
    for kind in safety.aesi:
        least, groups = safety.aesi_min_grade.get(kind), safety.aesi_groups.get(kind)
        if (upper(row["AEDECOD"]) or "") in cut.params.terms.aesi_terms[kind]:
            here = groups is None or person.treated in groups
            if here and (least is None or (grade is not None and grade >= least)):
                return True
    return row["AESI"] == "Y"


def _judged(cut: Cut) -> dict[tuple[str, int], str]:
    said = [
        r for r in rows(cut, "ADJUD", "USUBJID ITEM VALUE ADJDTC AESEQ") if upper(r["ITEM"]) == "DLT" and r["AESEQ"]
    ]
    ordered = sorted(said, key=lambda r: r["ADJDTC"] or "")
    return {(r["USUBJID"], r["AESEQ"]): upper(r["VALUE"]) for r in ordered}
