"""Who was dosed, when, with how much, in which group and level; until when each was seen alive."""

import math
from dataclasses import dataclass
from datetime import date, datetime

from nk521lib.cut import Cut
from nk521lib.recount.records import When, at_least, by_subject, rows, upper, when


@dataclass(frozen=True)
class Dose:
    """low, high : the days it can have been given. cells : None where the amount or its unit is not known."""

    low: date
    high: date
    at: datetime | None
    cells: float | None
    seq: int


@dataclass(frozen=True)
class Person:
    """A dosed subject. first : the day of the first dose, the earliest possible where it is not known (`placed` is False then);
    last_day : of the last one, the latest possible. level : assigned; treated, received : group and level of the first dose (rulings.md 3.14)."""

    id: str
    group: str | None
    level: int | None
    treated: str | None
    received: int | None
    doses: tuple[Dose, ...]
    first: date
    placed: bool
    last_day: date
    death: When
    died: bool  # whichever record tells it; `death` is the day of the one that tells it best


def dosed_people(cut: Cut) -> dict[str, Person]:
    """By USUBJID, in the order of DM."""
    trial, data = cut.params.trial, cut.params.data
    arms = {arm: (group.id, level) for group in trial.groups for arm, level in group.arms.items()}
    given: dict[str, list[tuple[When, When, float | None, int]]] = {}
    for row in rows(cut, "EX", "USUBJID EXSEQ EXTRT EXDOSE EXDOSU EXSTDTC EXENDTC"):
        start, end, amount = when(row["EXSTDTC"]), when(row["EXENDTC"]), row["EXDOSE"]
        placebo = "PLACEBO" in (upper(row["EXTRT"]) or "")
        if amount is not None and amount <= 0 and not placebo:
            continue
        known = amount is not None and upper(row["EXDOSU"]) == trial.dose_unit.upper()
        cells = amount * trial.dose_unit_cells if known else None
        given.setdefault(row["USUBJID"], []).append((start, end, cells, row["EXSEQ"]))
    people, told = {}, _deaths(cut)
    for row in rows(cut, "DM", "USUBJID ARMCD ACTARMCD RFSTDTC RFXSTDTC RFXENDTC"):
        subject = row["USUBJID"]
        if subject not in given:
            continue
        stated = _whole(when(row["RFXSTDTC"] or row["RFSTDTC"])), _whole(when(row["RFXENDTC"]))
        doses = _in_order(_doses(given[subject], *stated, cut.cutoff.date()))
        if not doses:
            continue
        first, sure = min(d.low for d in doses), min(d.high for d in doses)
        ends = [_whole(end) for _, end, *_ in given[subject]]
        last = max([*(day for day in ends if day), *(d.high for d in doses)])
        group, level = arms.get(row["ARMCD"], (None, None))
        death, died = _told_best(told.get(subject, [])), subject in told
        received = _received(doses[0].cells, level, trial.levels, data.dose_low_factor, data.dose_high_factor)
        treated = arms.get(row["ACTARMCD"], (group, None))[0]
        people[subject] = Person(
            subject, group, level, treated, received, doses, first, first in (sure, stated[0]), last, death, died
        )
    return people


def _whole(at: When) -> date | None:
    return at.low if at.low == at.high else None


def _doses(records: list, begun: date | None, ended: date | None, cutoff: date) -> list[Dose]:
    """What the record leaves open is narrowed by its end, the cut-off, and the first and last exposure that DM states."""
    days = [day for start, *_ in records if (day := _whole(start))]
    begun = None if begun and days and min(days) < begun else begun
    ended = None if ended and days and max(days) > ended else ended
    spans = []
    for start, end, _, _ in records:
        low, high = start.low, start.high
        if not _whole(start):
            for bound in (cutoff, ended, _whole(end)):
                if bound and (high is None or bound < high) and (low is None or bound >= low):
                    high = bound
            low = begun if begun and begun <= high and (low is None or low < begun) else low
        spans.append([low, high])
    earliest = min((low for low, _ in spans if low), default=None)
    if earliest is None:
        return []
    spans = [[low or earliest, high] for low, high in spans]
    vague = [not _whole(start) for start, *_ in records]
    for edge, stated in ((0, begun), (1, ended)):
        fits = [n for n, span in enumerate(spans) if vague[n] and stated and span[edge] == stated]
        if len(fits) == 1 and not any(not vague[n] and span[0] == stated for n, span in enumerate(spans)):
            spans[fits[0]] = [stated, stated]
    return [
        Dose(low, high, start.at, cells, seq)
        for (low, high), (start, _, cells, seq) in zip(spans, records, strict=True)
    ]


def _in_order(doses: list[Dose]) -> tuple[Dose, ...]:
    """By day; of days that overlap, in the order of the records."""
    reached, keyed = date.min, []
    for dose in sorted(doses, key=lambda dose: dose.seq or 0):
        reached = max(reached, dose.low)
        keyed.append((reached if reached <= dose.high else dose.low, dose.seq or 0, dose))
    return tuple(dose for *_, dose in sorted(keyed, key=lambda one: one[:2]))


def _deaths(cut: Cut) -> dict[str, list[When]]:
    """Days of death by USUBJID as DM, DS, fatal events and survival contacts tell them, in that order."""
    found: dict[str, list[When]] = {}

    def tell(subject: str, at: When) -> None:
        found.setdefault(subject, []).append(at)

    for row in rows(cut, "DM", "USUBJID DTHDTC DTHFL"):
        if row["DTHFL"] == "Y" or row["DTHDTC"] is not None:
            tell(row["USUBJID"], when(row["DTHDTC"]))
    for row in rows(cut, "DS", "USUBJID DSDECOD DSSTDTC"):
        if upper(row["DSDECOD"]) == "DEATH":
            tell(row["USUBJID"], when(row["DSSTDTC"]))
    for row in rows(cut, "AE", "USUBJID AEOUT AESDTH AETOXGR AEENDTC"):
        if upper(row["AEOUT"]) == "FATAL" or upper(row["AESDTH"]) == "Y" or row["AETOXGR"] == "5":
            tell(row["USUBJID"], when(row["AEENDTC"]))
    for row in rows(cut, "SS", "USUBJID SSORRES SSSTRESC SSDTC"):
        if upper(row["SSSTRESC"] or row["SSORRES"]) == "DEAD":
            tell(row["USUBJID"], When(None, when(row["SSDTC"]).high))
    return found


def _told_best(told: list[When]) -> When:
    """The first complete day, else the first date at all."""
    whole = [at for at in told if at.low and at.low == at.high]
    return next(iter([*whole, *(at for at in told if at.high), *told]), When())


def _received(cells, level, levels, low, high) -> int | None:
    if level and at_least(cells, low * levels[level - 1]) and at_least(high * levels[level - 1], cells):
        return level
    if not levels or not cells:
        return None
    return min(range(1, len(levels) + 1), key=lambda number: abs(math.log(cells / levels[number - 1])))


_CONTACTS = "SV.SVSTDTC EX.EXSTDTC LB.LBDTC VS.VSDTC EG.EGDTC CV.CVDTC QS.QSDTC TU.TUDTC TR.TRDTC RS.RSDTC PR.PRSTDTC " \
            "AE.AESTDTC AE.AEENDTC CM.CMSTDTC"  # fmt: skip
_NOT_SEEN = ("DEATH", "LOST TO FOLLOW-UP", "COMPLETED", "OTHER", "STUDY TERMINATED BY SPONSOR")


def last_alive(cut: Cut) -> dict[str, date]:
    """Latest day on or before the cut-off on which a record shows the subject alive (rulings.md 6.8)."""
    cutoff, found = cut.cutoff.date(), {}

    def seen(subject: str, texts: set[str]) -> None:
        days = [day for day in (when(text).low for text in texts) if day and day <= cutoff]
        if days:
            found[subject] = max([*days, found.get(subject, days[0])])

    for name in _CONTACTS.split():
        domain, variable = name.split(".")
        for subject, records in by_subject(rows(cut, domain, f"USUBJID {variable}")).items():
            seen(subject, {record[variable] for record in records})
    for record in rows(cut, "DS", "USUBJID DSDECOD DSSTDTC"):
        if upper(record["DSDECOD"]) not in _NOT_SEEN:
            seen(record["USUBJID"], {record["DSSTDTC"]})
    for record in rows(cut, "SS", "USUBJID SSORRES SSSTRESC SSDTC"):
        if upper(record["SSSTRESC"] or record["SSORRES"]) == "ALIVE":
            seen(record["USUBJID"], {record["SSDTC"]})
    return found
