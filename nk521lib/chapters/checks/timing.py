"""Dates that contradict each other, the cut-off, the extraction or a death (NKD-010 to NKD-016)."""

from collections.abc import Iterable, Iterator

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.checks.check import Check, Study, count, yes
from nk521lib.chapters.cutoff import LATE_RECORD
from nk521lib.chapters.linkage import of_subject
from nk521lib.findings import Finding
from nk521lib.schemas import NOT_SDTM
from nk521lib.terms import Effect, Severity

_BLOCK, _FLAG, _HANDLED = Effect.BLOCK, Effect.FLAG, Effect.HANDLED
_DECISIVE = ("AE", "EX")
"""Domains whose dates move a record in or out of the DLT window."""
_AFTER_DEATH = ("DS", "DD", "DM", "SS", "QS", *NOT_SDTM)
"""Domains that may speak after the death, and QS, whose forms NKD-080 judges."""
_WHOLE_DAY = len("2026-09-30")
_SCREENING = (("LB", "LBDTC"), ("VS", "VSDTC"), ("EG", "EGDTC"), ("CV", "CVDTC"), ("QS", "QSDTC"))


def _end_before_start(study: Study) -> Iterator[Finding]:
    for domain, frame in study.whole.frames.items():
        start, end = f"{domain}STDTC", f"{domain}ENDTC"
        if start not in frame or end not in frame:
            continue
        both = frame[frame[start].notna() & frame[end].notna()]
        if both.empty:
            continue
        low, high = dates.earliest(both[start]), dates.latest(both[end])
        # with both times known, the end may also be earlier on the same day
        wrong = both[yes(high < low) | yes(dates.moment(both[end]) < dates.moment(both[start]))]
        records = pd.DataFrame({
            "USUBJID": wrong["USUBJID"], "SEQ": wrong.get(f"{domain}SEQ", ""), "CAUSE": wrong["USUBJID"],
            "MESSAGE": f"{domain}: {end} " + wrong[end] + f" is before {start} " + wrong[start],
            "EVIDENCE": start + " " + wrong[start] + "; " + end + " " + wrong[end],
        })  # fmt: skip
        if domain in _DECISIVE:
            first, last = dates.earliest(wrong[end]), dates.latest(wrong[start])
            records["BLOCKS"] = study.possibly_in_window(wrong["USUBJID"], first, last)
        yield from ORDER.per_cause(study, records, domain)


def _too_late(study: Study) -> Iterator[Finding]:
    """After the extraction: impossible. After the cut-off: cut, and counted here. After death: impossible too."""
    at, died = study.whole.manifest.extracted_at, study.died_on_record
    extracted = pd.Timestamp(at[:10]) if at else pd.NaT
    if not at:
        yield FUTURE.of("snapshot.json does not give extracted_at: no date was compared with the extraction", _HANDLED)
    for domain, frame in study.whole.frames.items():
        if "USUBJID" not in frame:
            continue
        dead = of_subject(frame["USUBJID"], died)
        for variable in sorted(v for v in study.whole.variables[domain] if v.endswith("DTC")):
            low = dates.earliest(frame[variable])
            late = yes(low > extracted)
            if late.any():
                yield from FUTURE.per_cause(
                    study, _dated(frame[late], domain, variable, "is after the extraction"), domain
                )
            written = variable == f"{domain}DTC" and f"{domain}STDTC" in frame
            late = yes(low > dead) & yes(low <= study.cut.cutoff)
            # when an event was written down may well be after the death
            if late.any() and domain not in _AFTER_DEATH and not written:
                yield from FUTURE.per_cause(study, _dated(frame[late], domain, variable, "is after the death"), domain)
    audit = study.cut.audit
    left = audit[audit["rule"].eq(LATE_RECORD)]
    if len(left):
        each = ", ".join(f"{domain} {n}" for domain, n in left.groupby("domain").size().items())
        yield FUTURE.of(f"{count(len(left), 'record')} of {count(left['usubjid'].nunique(), 'subject')} dated after the cut-off, "
                        f"left out: {each}", _HANDLED, evidence=each)  # fmt: skip


def _dated(some: pd.DataFrame, domain: str, variable: str, what: str) -> pd.DataFrame:
    return pd.DataFrame({
        "USUBJID": some["USUBJID"], "SEQ": some.get(f"{domain}SEQ", ""), "CAUSE": some["USUBJID"],
        "MESSAGE": f"{domain}: {variable} " + some[variable] + f" {what}", "EVIDENCE": variable + " " + some[variable],
    })  # fmt: skip


def _partial(study: Study) -> Iterator[Finding]:
    for domain, frame in study.cut.frames.items():
        for variable in sorted(v for v in study.cut.variables[domain] if v.endswith("DTC") and v in frame):
            partial = yes(frame[variable].str.len() < _WHOLE_DAY)
            if partial.any():
                yield PARTIAL.of(
                    f"{domain}: {variable} is partial in {count(int(partial.sum()), 'record')}, as {frame.loc[partial, variable].iloc[0]}; used as the days it can mean",
                    domain=domain, key=variable, evidence=f"{int(partial.sum())} of {int(frame[variable].notna().sum())}",
                )  # fmt: skip


def _reference_dates(study: Study) -> Iterator[Finding]:
    dm, subjects = study.whole["DM"], study.subjects
    ex = study.whole["EX"]
    given = ex[yes(ex["EXDOSE"].gt(0).fillna(True))]  # a dose of unknown amount was given
    low, high = (day(given["EXSTDTC"]).groupby(given["USUBJID"]).min() for day in (dates.earliest, dates.latest))
    first = low.where(low.eq(high))
    stated, dosed = dates.exact(dm["RFSTDTC"]), of_subject(dm["USUBJID"], first)
    wrong = dm[yes(stated != dosed) & stated.notna() & dosed.notna()]
    yield from REFERENCE.per_cause(study, pd.DataFrame({
        "USUBJID": wrong["USUBJID"],
        "MESSAGE": "DM: RFSTDTC " + wrong["RFSTDTC"] + " is not the first dose (" + dosed[wrong.index].dt.strftime("%Y-%m-%d") + ")",
    }), "DM")  # fmt: skip
    seen = pd.concat([study.cut[d][["USUBJID"]].assign(DAY=dates.latest(study.cut[d][v])) for d, v in _SCREENING])
    earliest = seen.groupby("USUBJID")["DAY"].min().reindex(subjects.index)
    late = subjects[yes(subjects["RFICDT"] > earliest)]
    yield from REFERENCE.per_cause(study, pd.DataFrame({
        "USUBJID": late.index,
        "MESSAGE": "DM: consent on " + late["RFICDT"].dt.strftime("%Y-%m-%d") + " is after the first study record ("
        + earliest[late.index].dt.strftime("%Y-%m-%d") + ")",
    }), "DM")  # fmt: skip


def _dose_too_early(study: Study) -> Iterator[Finding]:
    subjects = study.subjects
    for variable, what in (("RFICDT", "consent"), ("ENROLDT", "enrolment")):
        early = subjects[yes(subjects["TRTSDT"] < subjects[variable])]
        yield from EARLY_DOSE.per_cause(study, pd.DataFrame({
            "USUBJID": early.index,
            "MESSAGE": "EX: first dose on " + early["TRTSDT"].dt.strftime("%Y-%m-%d") + f" is before {what} on "
            + early[variable].dt.strftime("%Y-%m-%d"),
        }), "EX")  # fmt: skip


def _grave_after(study: Study) -> Iterable[Finding]:
    known = study.cut.known_after
    return AFTER.per_cause(study, pd.DataFrame({
        "USUBJID": known["usubjid"], "SEQ": known["seq"],
        "MESSAGE": "after the cut-off: " + known["what"] + " on " + known["date"],
        "BLOCKS": known["blocks"].astype(bool), "EVIDENCE": known["what"] + " " + known["date"],
    }), "AE")  # fmt: skip


def _visit_order(study: Study) -> Iterable[Finding]:
    """A visit that is surely before one with a lower number; one message a subject, its first such visit."""
    sv = study.cut["SV"].assign(LOW=lambda f: dates.earliest(f["SVSTDTC"]), HIGH=lambda f: dates.latest(f["SVSTDTC"]))
    sv = sv.dropna(subset=["VISITNUM", "LOW"]).sort_values(["USUBJID", "VISITNUM"], kind="stable")
    by = sv.groupby("USUBJID")
    seen = by["LOW"].cummax().groupby(sv["USUBJID"]).shift()
    # the lowest of several visits with one number stands for all: they may come in any order
    lower = by["VISITNUM"].shift() < sv["VISITNUM"]
    wrong = sv[yes(sv["HIGH"] < seen) & yes(lower)]
    number = wrong["VISITNUM"].astype(float).map("{:g}".format).astype("string")
    return VISITS.per_cause(study, pd.DataFrame({
        "USUBJID": wrong["USUBJID"], "CAUSE": wrong["USUBJID"], "EVIDENCE": "VISITNUM " + number + " " + wrong["SVSTDTC"],
        "MESSAGE": "SV: visit " + number + " on " + wrong["SVSTDTC"] + " is before an earlier-numbered visit ("
        + seen[wrong.index].dt.strftime("%Y-%m-%d") + ")",
    }), "SV")  # fmt: skip


ORDER = Check("NKD-010", Severity.ERROR, (_BLOCK, _FLAG), "no end is before its start",
              "Durations decide on DLTs; a record with its dates swapped may lie in or out of the window", _end_before_start)  # fmt: skip
FUTURE = Check("NKD-011", Severity.WARNING, (_FLAG, _HANDLED), "no date is after the extraction, the cut-off or the death",
               "What lies after the cut-off is not known at it; what lies after the extraction or the death is a wrong date",
               _too_late)  # fmt: skip
REFERENCE = Check("NKD-012", Severity.WARNING, (_FLAG,), "RFSTDTC is the first dose; consent is before the first study record",
                  "Study days count from the first dose; nothing may be done for the study before consent (I09)",
                  _reference_dates)  # fmt: skip
EARLY_DOSE = Check("NKD-013", Severity.WARNING, (_FLAG,), "no dose is before consent or enrolment",
                   "A dose before consent is a serious breach, or one of the dates is wrong", _dose_too_early)  # fmt: skip
AFTER = Check("NKD-014", Severity.ERROR, (_BLOCK, _FLAG), "nothing grave is known after the cut-off",
              "A related serious event, a DLT or any death after the cut-off overtakes the proposal until the committee has "
              "acknowledged it (rulings section 4)", _grave_after)  # fmt: skip
PARTIAL = Check("NKD-015", Severity.INFO, (_HANDLED,), "partial dates are counted",
                "A partial date stays an interval: it decides only what all its days decide", _partial)  # fmt: skip
VISITS = Check("NKD-016", Severity.WARNING, (_FLAG,), "visits follow each other in the order of their numbers",
               "A visit out of order has a wrong date or a wrong number, and its results stand at the wrong time", _visit_order)  # fmt: skip
CHECKS = (ORDER, FUTURE, REFERENCE, EARLY_DOSE, AFTER, PARTIAL, VISITS)
