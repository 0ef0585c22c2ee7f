"""What the chapters say of their own tables (SCR, EFF, SAF) and the run of its numbers (RCT): titles and reasons in one place.

These findings are made where the table is; here is what each of them means, so that the page of findings and the list of checks
can say it.
"""

from collections.abc import Iterator

from nk521lib.chapters.checks.check import Check
from nk521lib.terms import Effect, Severity

_BLOCK, _FLAG, _HANDLED = Effect.BLOCK, Effect.FLAG, Effect.HANDLED
_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

#   id         level     effect    what must hold                                                  why, in plain words
_SCREENING = (
    ("SCR-001", _WARNING, _FLAG, "no radiotherapy begins after enrolment", "E06 asks for the weeks before it; radiotherapy during the trial shows in safety and response"),
)  # fmt: skip
_EFFICACY = (
    ("EFF-010", _WARNING, _FLAG, "lesion records have a size in mm or cm and a lesion", "A size without a unit cannot be added to others, a record without a lesion belongs to no sum"),
    ("EFF-011", _WARNING, _FLAG, "a lesion is the same lesion from baseline on, with one possible state", "Response compares each lesion with itself; what cannot be is not evaluable"),
    ("EFF-012", _WARNING, _FLAG, "assessments have a complete date", "Without one an assessment keeps its place in the order but can end no time"),
    ("EFF-013", _WARNING, _FLAG, "no assessment is after the death", "It cannot be of this subject on that day; best response does not read it"),
    ("EFF-014", _INFO, _HANDLED, "assessments after the first progression are counted", "Best response ends with progression (RECIST 1.1), what comes later may be another treatment"),
    ("EFF-015", _WARNING, _FLAG, "a new therapy has a complete start date", "Times are censored at it; of a partial date, or none, the first day it can mean counts, so that no time is made longer"),
    ("EFF-016", _WARNING, _FLAG, "whoever was assessed has lesions at baseline", "Without a baseline there is nothing to compare with: every response is not evaluable"),
    ("EFF-017", _WARNING, _FLAG, "the baseline scan has a complete date", "It is then known as baseline by the name of its visit alone"),
    ("EFF-018", _WARNING, _FLAG, "target lesions are larger than 0 mm at baseline", "A lesion of no size cannot shrink; it may have been entered in place of an unmeasured one"),
    ("EFF-019", _WARNING, _FLAG, "overall responses are those of RECIST 1.1", "Any other word is read as not evaluable where the recorded response is used"),
    ("EFF-020", _WARNING, _FLAG, "every time to an event has an end", "Without a date of event or last contact a subject is in no curve"),
    ("EFF-021", _WARNING, _FLAG, "no event is before the start of its time", "It belongs to the time before treatment, or one of the dates is wrong; it does not count"),
    ("EFF-022", _WARNING, _FLAG, "events that end a time have a known date", "The undated one may have been the earlier"),
    ("EFF-030", _WARNING, _FLAG, "a drainage for relief takes more than a diagnostic amount", "A small volume may be a diagnostic puncture, which ends no puncture-free survival"),
    ("EFF-031", _WARNING, _FLAG, "no drainage for relief is on an infusion day", "It may be the planned drainage before the infusion, which ends no puncture-free survival"),
    ("EFF-032", _WARNING, _FLAG, "drainages have a complete date", "Puncture-free survival ends on a day; one of unknown date makes it uncertain"),
    ("EFF-033", _WARNING, _FLAG, "drainages after the first dose have a purpose", "Too many without one, and puncture-free survival of the group cannot be reported"),
    ("EFF-040", _WARNING, _FLAG, "tumour marker values have a number, a known unit and a date", "A value without them cannot be compared with the baseline and is not used (results with < or > are NKD-042)"),
    ("EFF-050", _WARNING, _FLAG, "answers to the questionnaire are in its range", "An answer that the form does not have is taken as not answered (those of the QLQ-C30 are NKD-080)"),
    ("EFF-051", _WARNING, _FLAG, "the questionnaire has all that its manual gives", "Which items are reversed decides on the sign of the score: it is not guessed"),
)  # fmt: skip
_SAFETY = (
    ("SAF-001", _ERROR, _FLAG, "grades follow the version of CTCAE that the parameters name", "Versions grade the same value differently"),
    ("SAF-010", _WARNING, _FLAG, "adverse events on treatment have a grade", "An event without one is counted as grade missing: it may be the worst of the table"),
    ("SAF-011", _WARNING, _FLAG, "adverse events on treatment have a relation to the product", "Without one an event counts as related, so that none is missed"),
    ("SAF-012", _WARNING, _FLAG, "adverse events on treatment are coded", "An uncoded event is counted under its reported term, beside others that mean the same"),
    ("SAF-013", _WARNING, _FLAG, "adverse events have a start date", "Without one an event counts as having begun on treatment"),
    ("SAF-014", _WARNING, _FLAG, "events that may be of special interest have a grade", "Some are of special interest from a grade on; without it this cannot be told"),
    ("SAF-015", _WARNING, _FLAG, "related serious events after the safety window are listed", "They are outside the tables and must not be outside the view"),
    ("SAF-016", _WARNING, _FLAG, "the committee and the investigator agree about a DLT", "The committee's decision counts; that the two differ is to be seen"),
    ("SAF-020", _WARNING, _FLAG, "laboratory results after the first dose can be graded", "Ungraded is not normal: the shift table counts them as not graded"),
    ("SAF-021", _WARNING, _HANDLED, "on the day of the first dose it is known which result was before it", "The baseline is the last value before the dose; without times the lowest --SEQ is taken as before"),
    ("SAF-022", _WARNING, _FLAG, "QTcF values have a baseline", "The change from baseline decides on some grades; without it only absolute limits do"),
    ("SAF-023", _WARNING, _FLAG, "ECG intervals are in ms, rates in beats/min", "A value in another unit is not used, for it is not guessed which"),
    ("SAF-024", _WARNING, _FLAG, "no lymphodepletion and no cytokine is given after enrolment", "The trial is read as monotherapy (AMB-23): what such a drug does would be counted as the product's"),
    ("SAF-025", _WARNING, _FLAG, "vital signs after the first dose are in the unit of their limits", "A reading in another unit or none passes no limit unseen: 103 may be a fever in F; the unit is not guessed"),
    ("SAF-026", _WARNING, _FLAG, "events on treatment say whether they are serious and what was done with the product", "Such an event is in no count that asks for it; the tables say how many subjects a line may lack"),
)  # fmt: skip
_RUN = (
    ("RCT-001", _ERROR, _BLOCK, "a second implementation counts the same numbers", "Where the two differ one of them is wrong, and no proposal may be read"),
)  # fmt: skip


def _checks() -> Iterator[Check]:
    for where, rows in (
        ("chapters/screening", _SCREENING),
        ("chapters/efficacy", _EFFICACY),
        ("chapters/safety", _SAFETY),
        ("recount", _RUN),
    ):
        for name, severity, effect, says, why in rows:
            yield Check(name, severity, (effect,), says, why, where=where)


CHECKS = tuple(_checks())
