"""The lanes of one subject: doses, drainages, events by grade, medication, tumour, laboratory with grades, vital signs, ECG."""

from nk521lib.cut import Cut
from nk521lib.display.figures.base import GRADE, LINE, OKABE_ITO, SOFT, STOP
from nk521lib.display.figures.profile.lanes import LANE, TALL, Lanes
from nk521lib.display.figures.profile.records import VITALS, Course, Track
from nk521lib.display.words import cells, short_id

_EARLIEST = -35.0
"""Days before the first dose that are shown; screening lies there."""
_EVENTS, _DRUGS, _TESTS = 40, 16, 18
_AFTER = 60.0
"""Days from the last record to the cut-off up to which the empty time is drawn too."""
_VOLUME_WIDTH = 26.0
_THERAPEUTIC = ("THERAPEUTIC", "SYMPTOM RELIEF")
_FLAGS = {"serious": "AESER", "DLT": "DLTFL", "special interest": "AESIFL", "fatal": "FATALFL"}
CAPTION = ("Time runs from the first dose. Light band: DLT window; dashed line: cut-off; arrow: going on; cross: death; hollow: date not complete. "
           "Circles carry the CTCAE grade, ? where it is missing; small dots are values of grade 0, hollow ones without a grade. Shaded: normal "
           "range; each line fills its own range of values. Triangles: drainage, filled when therapeutic. Vital signs: the day's highest temperature and pulse, lowest pressure and "
           "saturation, longest QTcF; ! outside the limits.")  # fmt: skip


def draw_profile(cut: Cut, course: Course) -> str:
    """One SVG. What the subject has no record of, or the pack no dataset for, is named at its end: nothing is left out in silence."""
    lanes, cutoff = Lanes(*_span(cut, course)), course.day(cut.cutoff)
    _dosing(lanes, cut, course)
    _events(lanes, course, cutoff)
    _medication(lanes, course, cutoff)
    _tumour(lanes, course)
    _laboratory(lanes, cut, course)
    _measured(lanes, course)
    shown = {"adverse event": course.events, "medication": course.drugs, "tumour": course.sums or course.responses,
             "laboratory": course.laboratory, "vital signs": course.vitals, "ECG": course.qtcf}  # fmt: skip
    absent = [name for name, records in shown.items() if not records]
    if absent:
        lanes.y += 4
        lanes.words(lanes.lane(), f"No record shown of: {', '.join(absent)}.")
    window = cut.params.escalation.dlt_window
    band = (0.0, window.days - 1.0) if window.anchor == "first_dose" and cut.params.trial.levels else None
    alt = f"Course of subject {short_id(str(course.person['USUBJID']))} on one time axis; the same records are in the tables below"
    return lanes.drawing(band, cutoff, alt, "profile")


def _span(cut: Cut, course: Course) -> tuple[float, float]:
    """From the earliest record shown to the cut-off, or to shortly after the last record where that ended long before."""
    rows = [*course.doses, *course.drainages, *course.events, *course.responses]
    tracks = [*course.laboratory.values(), *course.vitals.values(), *(t for t in (course.sums, course.qtcf) if t)]
    days = [row["DAY"] for row in rows if row["DAY"] is not None] + [p[0] for track in tracks for p in track.points]
    cutoff = course.day(cut.cutoff)
    ends = [min(event["END"], cutoff) for event in course.events if event["END"] is not None]
    died = [course.day(course.person["DTHDT"])] if course.person["DTHDT"] == course.person["DTHDT"] else []
    last = max([28.0, *days, *ends, *died])
    return max(_EARLIEST, min([-7.0, *days])) - 1, (cutoff if cutoff <= last + _AFTER else last) + 3


def _dosing(lanes: Lanes, cut: Cut, course: Course) -> None:
    amounts = {dose["CELLS"] for dose in course.doses} if cut.params.trial.levels else set()
    note = ""
    if amounts:
        same = len(amounts) == 1 and None not in amounts
        note = f"{cells(float(next(iter(amounts))))} cells each" if same else "amounts differ or unknown"
    middle = lanes.lane("Doses", note)
    for dose in course.doses:
        lanes.mark(dose["DAY"], middle - 1, "tick")
    for dose in course.doses if len(course.doses) <= 30 else ():
        lanes.text(dose["DAY"], middle + 14, str(dose["DOSENO"]), colour=SOFT)
    lanes.y += 8
    if course.person["DTHDT"] == course.person["DTHDT"]:
        died = course.day(course.person["DTHDT"])
        lanes.mark(died, middle, "cross")
        lanes.text(died, middle + 14, "death", "end")
    drained = [row for row in course.drainages if lanes.shows(row["DAY"])]
    if not drained:
        return
    middle, last, lift = lanes.lane("Drainage, mL"), float("-inf"), 0.0
    for row in drained:
        therapeutic = str(row["PRINDC"]).upper() in _THERAPEUTIC
        lanes.mark(row["DAY"], middle, "down", OKABE_ITO[0], OKABE_ITO[0] if therapeutic else "white")
        # A volume that would lie on the one before it is written a line lower.
        near = lanes.x(row["DAY"]) - last < _VOLUME_WIDTH
        lift, last = (10 - lift if near else 0.0), lanes.x(row["DAY"])
        lanes.text(row["DAY"], middle + 14 + lift, "?" if row["PRVOL"] is None else f"{row['PRVOL']:g}", colour=SOFT)
    lanes.y += 18


def _events(lanes: Lanes, course: Course, cutoff: float) -> None:
    if not course.events:
        return
    lanes.section("Adverse events")

    def when(event):
        return (event["DAY"] if event["DAY"] is not None else float("-inf"), event["AESEQ"] or 0)

    # An unknown grade may be the highest: it is never the one that is left out.
    ranked = sorted(course.events, key=lambda e: (-(e["ATOXGRN"] or 9), *when(e)))
    for event in sorted(ranked[:_EVENTS], key=when):
        grade, known, end = event["ATOXGRN"], event["DAY"] is not None, event["END"]
        said = [name for name, flag in _FLAGS.items() if str(event[flag]).upper() == "Y"]
        middle = lanes.lane(str(event["APT"]).capitalize(), ", ".join(said))
        if end is not None and end < lanes.first:
            lanes.words(middle, f"ended on day {end:g}")
            continue
        start = event["DAY"] if known else 0.0
        until = max(start, cutoff if end is None else end)
        lanes.bar(start, until, middle, LINE if grade is None else GRADE[grade])
        if end is None:
            _open_end(lanes, until, middle, event["AONGOFL"] == "Y")
        lanes.grade(start, middle, grade, hollow=not known or event["ASTDTF"] is not None)
    if len(course.events) > _EVENTS:
        lanes.lane(f"and {len(course.events) - _EVENTS} more, of lower grade")


def _open_end(lanes: Lanes, day: float, middle: float, ongoing: bool) -> None:
    if ongoing:
        lanes.mark(day, middle, "arrow", SOFT, SOFT)
    else:
        lanes.text(day, middle + 3, "end ?", "end")


def _medication(lanes: Lanes, course: Course, cutoff: float) -> None:
    # A start that nobody recorded lies before what is shown; an end that nobody recorded is drawn as open.
    by_name: dict[str, list[tuple[float, float, dict]]] = {}
    for drug in course.drugs:
        start = lanes.first if drug["DAY"] is None else drug["DAY"]
        until = max(start, cutoff if drug["END"] is None else drug["END"])
        if until >= lanes.first and start <= lanes.last:
            by_name.setdefault(drug["NAME"], []).append((start, until, drug))
    if not by_name:
        return
    lanes.section("Medication")
    ordered = sorted(by_name.items(), key=lambda item: (min(start for start, _, _ in item[1]), item[0]))
    for name, periods in ordered[:_DRUGS]:
        reasons = [drug["CMINDC"] for _, _, drug in periods if drug["CMINDC"]]
        middle = lanes.lane(name, reasons[0].lower() if reasons else "", LANE - 2)
        for start, until, drug in periods:
            lanes.bar(start, until, middle, OKABE_ITO[5], 5)
            if not drug["EXACT"] and start > lanes.first:
                lanes.dots([(start, middle)], hollow=True)
            if drug["END"] is None:
                _open_end(lanes, until, middle, drug["ONGOING"])
    if len(ordered) > _DRUGS:
        lanes.lane(f"and {len(ordered) - _DRUGS} more drugs")


def _tumour(lanes: Lanes, course: Course) -> None:
    dated = [row for row in course.responses if row["DAY"] is not None]
    if course.sums is None and not dated:
        return
    lanes.section("Tumour")
    if course.sums is not None:
        _spark(lanes, course.sums, plain=True)
    if dated:
        middle = lanes.lane("Response in use")
        for row in dated:
            lanes.text(row["DAY"], middle + 3, row["AVALC"] or "?")


def _laboratory(lanes: Lanes, cut: Cut, course: Course) -> None:
    if not course.laboratory:
        return
    listed = [test for test in cut.params.safety.narrative_tests if test in course.laboratory]
    others = [test for test, track in course.laboratory.items() if track.grade and test not in listed]
    others.sort(key=lambda test: (-course.laboratory[test].grade, test))
    lanes.section("Laboratory")
    for test in [*listed, *others][:_TESTS]:
        _spark(lanes, course.laboratory[test])


def _measured(lanes: Lanes, course: Course) -> None:
    if not course.vitals and course.qtcf is None:
        return
    lanes.section("Vital signs and ECG")
    for test in VITALS:
        if test in course.vitals:
            _spark(lanes, course.vitals[test], plain=True)
    if course.qtcf is not None:
        _spark(lanes, course.qtcf)


def _spark(lanes: Lanes, track: Track, plain: bool = False) -> None:
    """A line of values with the normal range behind it and the grades above 0 written on it. plain : the test has no grades."""
    points = [point for point in track.points if lanes.shows(point[0])]
    values = [point[1] for point in points]
    if not points:
        return
    note = f"{values[0]:.4g} → {values[-1]:.4g}, {len(values)} values" if len(values) > 1 else f"{values[0]:.4g}"
    middle = lanes.lane(track.label, note, TALL)
    low, spread, room = min(values), max(values) - min(values), TALL - 9

    def height(value: float) -> float:
        return round(middle + room / 2 - room * (value - low) / spread, 1) if spread else middle

    top, bottom = middle - TALL / 2 + 2, middle + TALL / 2 - 2
    if spread and (track.low is not None or track.high is not None):
        floor = bottom if track.low is None else min(max(height(track.low), top), bottom)
        ceiling = top if track.high is None else min(max(height(track.high), top), bottom)
        lanes.band(floor, ceiling)
    if len(points) > 1:
        lanes.line([(day, height(value)) for day, value, _, _ in points])
    lanes.dots([(day, height(value)) for day, value, grade, _ in points if grade == 0 or (plain and grade is None)])
    lanes.dots([(day, height(value)) for day, value, grade, _ in points if grade is None and not plain], hollow=True)
    for day, value, grade, notable in points:
        if grade:
            lanes.grade(day, height(value), grade)
        if notable:
            lanes.text(day, height(value) + 3, "\u2009 !", "start", STOP)
