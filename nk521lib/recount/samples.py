"""D03 and D07 from laboratory values alone: rulings.md 3.3, 5.3 and 5.6, sample after sample of one subject."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from math import isfinite

from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.recount.people import Person
from nk521lib.recount.records import Beyond, Row, When, above, at_least, by_subject, rows, upper, when

_LIMITS = {"NEUT": (1.5, 1.0, 0.5), "PLAT": (75, 50, 25)}
_BLOOD = ("BLOOD", "SERUM", "PLASMA", "SERUM OR PLASMA", "WHOLE BLOOD")
_PER_LITRE = ("10^9/L", "10*9/L", "X10^9/L", "GI/L", "G/L")
_SIGNS = {"<=": "<=", ">=": ">=", "≤": "<=", "≥": ">=", "<": "<", ">": ">"}
_UMOL_PER_MG = {"BILI": 17.1}


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
    sign: str = ""
    """The result is below or above the value, as <0.5, where the record says so."""

    def over(self, limit: float | None, or_at: bool = False) -> bool | None:
        """Is it above the limit (or at it)? None where not every number that it can be gives the same answer."""
        higher, reached = above(self.value, limit), at_least(self.value, limit)
        if limit is None:
            return None
        answer = reached if or_at else higher
        if self.sign == "<":
            return None if higher else False
        if self.sign == "<=":
            return None if answer else False
        if self.sign == ">":
            return True if reached else None
        if self.sign == ">=":
            return True if answer else None
        return answer


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
        "USUBJID LBSEQ LBTESTCD LBSTAT LBSPEC LBSTRESN LBSTRESC LBORRES LBSTRESU LBORRESU LBSTNRLO LBSTNRHI LBORNRLO LBORNRHI "
        "LBDTC LBTPT LBTPTNUM"
    )
    kept = [r for r in rows(cut, "LB", columns) if r["USUBJID"] in people and _is_read(r)]
    found = {}
    for subject, records in by_subject(kept).items():
        person, samples = people[subject], []
        for record in records:
            at, sign, number = when(record["LBDTC"]), *_result(record["LBORRES"] or record["LBSTRESC"])
            standard = record["LBSTRESN"] is not None or record["LBORRES"] is None
            value = float(record["LBSTRESN"]) if record["LBSTRESN"] is not None else number
            if value is not None and at.low is not None:
                value, unit, low, high = _as_one_unit(record, value, standard)
                post = _after_first_dose(record, at, person, records)
                samples.append(Sample(record["LBSEQ"], record["LBTESTCD"], value, unit, low, high, at, post, sign))
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
            graded = [(s, grades) for s in of[test] if s.post and (grades := _low_grades(s)) is not None]
            found += _runs(test, _reaching(graded, d03.grade), d03.days)
            if test == "PLAT":
                runs = _runs(test, _reaching(graded, d03.grade - 1), None)
                found += [run for run in runs if any(overlaps(run, event) for event in bleeding)]
    if d07 and d07.on:
        for test in ("ALT", "AST"):
            before = [s for s in of[test] if not s.post]
            base, limits, judged = before[-1] if before else None, params.escalation.dlt_screen_limits, []
            abnormal = base is not None and bool(base.over(base.uln))
            for sample in (s for s in of[test] if s.post):
                times_uln = None if sample.uln is None else limits.alt_uln * sample.uln
                if abnormal and (base.sign or base.unit != sample.unit):
                    raise Beyond(f"{test} against a baseline {base.sign}{base.value:g} {base.unit}")
                raised = sample.over(limits.alt_baseline * base.value if abnormal else times_uln)
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


def _result(text: str | None) -> tuple[str, float | None]:
    """Sign and number of a result as written; no number for words."""
    text = (text or "").strip()
    sign = next((sign for sign in _SIGNS if text.startswith(sign)), "")
    try:
        number = float(text[len(sign) :].strip())
    except ValueError:
        return "", None
    return _SIGNS.get(sign, ""), number if isfinite(number) else None


def _as_one_unit(row: Row, value: float, standard: bool) -> tuple[float, str | None, float | None, float | None]:
    """Value, unit and range of a record: of a reported number its own range, else the standardised one in that unit."""
    unit, low, high = row["LBSTRESU"], row["LBSTNRLO"], row["LBSTNRHI"]
    if standard:
        return value, unit, low, high
    reported, factor = row["LBORRESU"], _UMOL_PER_MG.get(row["LBTESTCD"])
    own = [number for _, number in (_result(row["LBORNRLO"]), _result(row["LBORNRHI"]))]
    if own != [None, None] or unit is None or upper(unit) == upper(reported):
        same = unit is not None and upper(unit) == upper(reported)
        return (
            value,
            reported,
            *(mine if mine is not None or not same else said for mine, said in zip(own, (low, high), strict=True)),
        )
    if factor and (upper(reported), upper(unit)) == ("MG/DL", "UMOL/L"):
        return value * factor, unit, low, high
    return value, reported, None, None


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


def _low_grades(sample: Sample) -> tuple[int, int] | None:
    """Highest grade of 2 to 4 that is certain and highest that is possible, else 0; None where the unit is not given."""
    if sample.unit is None:
        return None
    if sample.unit.upper() not in _PER_LITRE:
        raise Beyond(f"{sample.test} in {sample.unit}")
    high_enough = {grade: sample.over(limit, or_at=True) for grade, limit in enumerate(_LIMITS[sample.test], 2)}
    return (
        max([0, *(grade for grade, answer in high_enough.items() if answer is False)]),
        max([0, *(grade for grade, answer in high_enough.items() if answer is not True)]),
    )


def _reaching(graded: list[tuple[Sample, tuple[int, int]]], least: int) -> list[tuple[Sample, int, bool]]:
    """Samples of which it is known whether they reach the grade, each with its certain grade and the answer."""
    return [(s, sure, sure >= least) for s, (sure, possible) in graded if sure >= least or possible < least]


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
        before[-1].over(safety.hy_alp_uln * before[-1].uln, or_at=True) if before[-1].uln else False
    )
    enzymes = [s for s in after if s.test in ("ALT", "AST") and s.over(safety.hy_alt_uln * s.uln, or_at=True)]
    strict = safety.hy_bili_strict
    bilirubin = [s for s in after if s.test == "BILI" and s.over(safety.hy_bili_uln * s.uln, or_at=not strict)]
    pairs = []
    for enzyme, bili in product(enzymes, bilirubin):
        one, two = sorted((enzyme.at.low, bili.at.low))
        if (two - one).days > safety.hy_window_days:
            continue
        alp = [s for s in after if s.test == "ALP" and s.at.low <= bili.at.low]
        raised = bool(alp) and alp[-1].over(safety.hy_alp_uln * alp[-1].uln, or_at=True)
        if alp_dropped or not raised:
            pairs.append((one, two))
    if not pairs:
        return []
    first = min(pairs)[0]
    return [LabEvent("HY", When(first, first), None, max(two for _, two in pairs), None, True)]
