"""D03 and D07 from laboratory values alone: rulings.md 3.3, 5.3 and 5.6, sample after sample of one subject."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.recount.people import Person
from nk521lib.recount.records import Beyond, Row, When, above, at_least, by_subject, rows, upper, when

_LIMITS = {"NEUT": (1.5, 1.0, 0.5), "PLAT": (75, 50, 25)}
_BLOOD = ("BLOOD", "SERUM", "PLASMA", "SERUM OR PLASMA", "WHOLE BLOOD")
_PER_LITRE = ("10^9/L", "10*9/L", "X10^9/L", "GI/L", "G/L")


@dataclass(frozen=True)
class Sample:
    seq: int
    test: str
    value: float
    unit: str | None
    lln: float | None
    uln: float | None
    at: When
    post: bool


@dataclass(frozen=True)
class LabEvent:
    """A run of samples beyond a limit, or Hy's law. may : it cannot be excluded that it lasted long enough."""

    kind: str
    start: When
    end: date | None
    last: date
    grade: int | None
    may: bool


def read_samples(cut: Cut, people: dict[str, Person]) -> dict[str, list[Sample]]:
    """By USUBJID, oldest first; those of the dose day are placed by label, then clock, then order (rulings.md 5.3)."""
    columns = (
        "USUBJID LBSEQ LBTESTCD LBSTAT LBSPEC LBSTRESN LBORRES LBSTRESU LBORRESU LBSTNRLO LBSTNRHI LBDTC LBTPT LBTPTNUM"
    )
    kept = [r for r in rows(cut, "LB", columns) if r["USUBJID"] in people and _is_read(r)]
    found = {}
    for subject, records in by_subject(kept).items():
        person, samples = people[subject], []
        for record in records:
            at, value = when(record["LBDTC"]), _value(record)
            if value is not None and at.low is not None:
                standard = record["LBSTRESN"] is not None
                unit = record["LBSTRESU"] if standard else record["LBORRESU"]
                post = _after_first_dose(record, at, person, records)
                samples.append(Sample(record["LBSEQ"], record["LBTESTCD"], value, unit, record["LBSTNRLO"],
                                      record["LBSTNRHI"], at, post))  # fmt: skip
        found[subject] = sorted(samples, key=_order)
    return found


def _order(sample: Sample) -> tuple:
    return sample.at.low, sample.at.at is None, sample.at.at or datetime.min, sample.seq


def lab_events(samples: list[Sample], person: Person, bleeding: list, params: Params) -> list[LabEvent]:
    """bleeding : the subject's bleeding events, which make low platelets count at a lower grade."""
    found: list[LabEvent] = []
    d03, d07 = (params.escalation.dlt_clauses.get(name) for name in ("D03", "D07"))
    of = {test: [s for s in samples if s.test == test] for test in ("NEUT", "PLAT", "ALT", "AST")}
    if d03 and d03.on:
        for test in ("NEUT", "PLAT"):
            graded = [(s, grade) for s in of[test] if s.post and (grade := _low_grade(s)) is not None]
            found += _runs(test, [(s, grade, grade >= d03.grade) for s, grade in graded], d03.days)
            if test == "PLAT":
                runs = _runs(test, [(s, grade, grade >= d03.grade - 1) for s, grade in graded], None)
                found += [run for run in runs if any(overlaps(run, event) for event in bleeding)]
    if d07 and d07.on:
        for test in ("ALT", "AST"):
            before = [s for s in of[test] if not s.post]
            base, limits, judged = before[-1] if before else None, params.escalation.dlt_screen_limits, []
            abnormal = base is not None and bool(above(base.value, base.uln))
            for sample in (s for s in of[test] if s.post):
                times_uln = None if sample.uln is None else limits.alt_uln * sample.uln
                raised = above(sample.value, limits.alt_baseline * base.value if abnormal else times_uln)
                if raised is not None:
                    judged.append((sample, d07.grade, raised))
            found += _runs(test, judged, d07.days)
        found += _hys_law(samples, person, params)
    return found


def overlaps(run: LabEvent, event) -> bool:
    """event : an adverse event; only what surely lies apart does not overlap."""
    later = run.end is not None and event.start.low is not None and event.start.low > run.end
    return not (later or (event.end.high is not None and run.start.low > event.end.high))


def _is_read(row: Row) -> bool:
    read = row["LBTESTCD"] in ("NEUT", "PLAT", "ALT", "AST", "BILI", "ALP")
    return read and upper(row["LBSTAT"]) != "NOT DONE" and (row["LBSPEC"] is None or upper(row["LBSPEC"]) in _BLOOD)


def _value(row: Row) -> float | None:
    if row["LBSTRESN"] is not None:
        return float(row["LBSTRESN"])
    text = row["LBORRES"] or ""
    return float(text) if text.replace(".", "", 1).isdigit() and not text.startswith(".") else None


def _after_first_dose(record: Row, at: When, person: Person, records: list[Row]) -> bool:
    first = person.first
    if at.low != first or at.high != first:
        return at.low > first
    label = upper(record["LBTPT"]) or ""
    if "PRE-DOSE" in label or "POST-DOSE" in label:
        return "POST-DOSE" in label
    if record["LBTPTNUM"] is not None:
        return record["LBTPTNUM"] > 0
    dosed = min((dose.at for dose in person.doses if dose.at), default=None)
    if at.at and dosed:
        return at.at > dosed
    same = [r["LBSEQ"] for r in records if r["LBTESTCD"] == record["LBTESTCD"]
            and (day := when(r["LBDTC"])).low == first == day.high]  # fmt: skip
    return record["LBSEQ"] > min(same)


def _low_grade(sample: Sample) -> int | None:
    """Grade by the absolute limits of 2 to 4, else 0; None where the unit is not given."""
    if sample.unit is None:
        return None
    if sample.unit.upper() not in _PER_LITRE:
        raise Beyond(f"{sample.test} in {sample.unit}")
    return max([0, *(grade for grade, limit in enumerate(_LIMITS[sample.test], 2) if above(limit, sample.value))])


def _runs(test: str, judged: list[tuple[Sample, int, bool]], days: float | None) -> list[LabEvent]:
    """Stretches of qualifying samples; each ends with the next sample that does not qualify, or not at all."""
    found, run = [], []
    for sample, grade, qualifies in [*judged, (None, 0, False)]:
        if qualifies:
            run.append((sample, grade))
        elif run:
            first, last = run[0][0].at, run[-1][0].at
            if sample is None:
                longest = None
            elif first.at and sample.at.at:
                longest = (sample.at.at - first.at).total_seconds() / 86400
            else:
                longest = (sample.at.high - first.low).days
            end = None if sample is None else sample.at.high
            may = days is None or longest is None or longest > days
            found.append(LabEvent(test, first, end, last.high, max(grade for _, grade in run), may))
            run = []
    return found


def _hys_law(samples: list[Sample], person: Person, params: Params) -> list[LabEvent]:
    safety = params.safety
    until = person.last_day + timedelta(days=safety.teae_end_days)
    after = [s for s in samples if s.post and s.at.low == s.at.high and s.at.low <= until and s.uln is not None]
    before = [s for s in samples if s.test == "ALP" and not s.post]
    alp_dropped = bool(before) and bool(
        at_least(before[-1].value, safety.hy_alp_uln * before[-1].uln) if before[-1].uln else False
    )
    enough = above if safety.hy_bili_strict else at_least
    enzymes = [s for s in after if s.test in ("ALT", "AST") and at_least(s.value, safety.hy_alt_uln * s.uln)]
    bilirubin = [s for s in after if s.test == "BILI" and enough(s.value, safety.hy_bili_uln * s.uln)]
    pairs = []
    for enzyme, bili in product(enzymes, bilirubin):
        one, two = sorted((enzyme.at.low, bili.at.low))
        if (two - one).days > safety.hy_window_days:
            continue
        alp = [s for s in after if s.test == "ALP" and s.at.low <= bili.at.low]
        raised = bool(alp) and at_least(alp[-1].value, safety.hy_alp_uln * alp[-1].uln)
        if alp_dropped or not raised:
            pairs.append((one, two))
    if not pairs:
        return []
    first = min(pairs)[0]
    return [LabEvent("HY", When(first, first), None, max(two for _, two in pairs), None, True)]
