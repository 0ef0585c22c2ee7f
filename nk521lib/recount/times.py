"""Event dates: OS, PFS, DOR, puncture-free survival and time to next paracentesis, one subject at a time.

Source: efficacy.md sections 3 and 4, rulings.md 6.6 to 6.10. A time is its last day and a code: 0 event, 1 censored, 2
death before a puncture.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.recount.people import Person, dosed_people, last_alive
from nk521lib.recount.records import Beyond, Row, by_subject, rows, upper, when
from nk521lib.recount.responses import NEEDS, Scan, best_response, counted, scans_of

Time = tuple[date, int]


@dataclass(frozen=True)
class Outcome:
    """best : CBOR, BOR. times : by PARAMCD. A name that is in `beyond` is not recomputed, for the reason there."""

    best: dict[str, str] = field(default_factory=dict)
    times: dict[str, Time] = field(default_factory=dict)
    beyond: dict[str, str] = field(default_factory=dict)


def limits_of(params: Params) -> dict[str, str]:
    """Endpoints whose reading of the parameters is not built here."""
    p, found = params.efficacy, {}
    if p.tte_start != "first_dose":
        found |= dict.fromkeys(("OS", "PFS", "DOR", "PUFS", "TTNP"), f"tte_start = {p.tte_start}")
    if p.clinical_pd_is_event:
        found |= dict.fromkeys(("PFS", "DOR"), "clinical_pd_is_event = true")
    for name, built in (("pufs_start", "first_dose"), ("pufs_event", "therapeutic"), ("unknown_indication", "volume")):
        if getattr(p, name) != built:
            found |= dict.fromkeys(("PUFS", "TTNP"), f"{name} = {getattr(p, name)}")
    return found


def derive_outcomes(cut: Cut) -> dict[str, Outcome]:
    """By USUBJID, every dosed subject."""
    params = cut.params
    tables = {name: by_subject(rows(cut, name, columns)) for name, columns in {
        **NEEDS, "CM": "USUBJID CMCAT CMROUTE CMSTDTC", "DS": "USUBJID DSCAT DSDECOD DSSTDTC",
        "PR": "USUBJID PRTRT PRDECOD PRINDC PRVOL PRSTDTC PROCCUR",
    }.items()}  # fmt: skip
    alive, not_built = last_alive(cut), limits_of(params)
    tumours = cut.has("TR") or cut.has("RS")
    found = {}
    for subject, person in dosed_people(cut).items():
        mine = {name: table.get(subject, []) for name, table in tables.items()}
        outcome = Outcome(beyond=dict(not_built))
        found[subject] = outcome
        _fill(outcome, person, mine, alive.get(subject, person.first), params, tumours, cut.has("PR"))
        for name in outcome.beyond:
            outcome.best.pop(name, None)
            outcome.times.pop(name, None)
    return found


def _fill(
    outcome: Outcome, person: Person, mine: dict, alive: date, params: Params, tumours: bool, punctured: bool
) -> None:
    start, died = person.first, person.death.low
    if not person.placed:
        outcome.beyond.update(
            dict.fromkeys(("CBOR", "BOR", "OS", "PFS", "DOR", "PUFS", "TTNP"), "the day of the first dose is not known")
        )
    if person.died and (died is None or died != person.death.high):
        outcome.beyond.update(dict.fromkeys(("OS", "PFS", "DOR", "PUFS", "TTNP"), "death without a complete date"))
        died = None
    if died and died < start:
        outcome.beyond.update(dict.fromkeys(("OS", "PFS", "DOR", "PUFS", "TTNP"), "death before the first dose"))
    outcome.times["OS"] = (died, 0) if died else (max(alive, start), 1)
    new = [r["CMSTDTC"] for r in mine["CM"] if upper(r["CMCAT"]) in _upper(params.efficacy.subsequent_therapy)]
    undated = any(when(text).low is None for text in new)  # begun on some day after the first dose
    therapy = start if undated else _first_after(start, new)
    if tumours:
        try:
            scans = scans_of(person, mine, params)
        except Beyond as limit:
            outcome.beyond.update(dict.fromkeys(("CBOR", "BOR", "PFS", "DOR"), str(limit)))
        else:
            _progression(outcome, scans, start, died, therapy, mine, params)
    if punctured:
        try:
            days = puncture_days(mine["PR"], start, params)
        except Beyond as limit:
            outcome.beyond.update(dict.fromkeys(("PUFS", "TTNP"), str(limit)))
        else:
            _punctures(outcome, days, start, died, alive, mine, params)


def _progression(outcome, scans: list[Scan], start, died, therapy, mine, params) -> None:
    left = [when(r["DSSTDTC"]) for r in mine["DS"] if upper(r["DSDECOD"]) in params.efficacy.study_exit
            and (upper(r["DSCAT"]) or "DISPOSITION EVENT") == "DISPOSITION EVENT"]  # fmt: skip
    exits = [at.low for at in left if at.low and at.low == at.high]
    kept = counted(scans, min((d for d in (therapy, died, *exits) if d), default=None))
    outcome.best["CBOR"], since = best_response(kept, start, params, confirm=True)
    outcome.best["BOR"], first = best_response(kept, start, params, confirm=False)
    censoring = therapy if params.efficacy.pfs_new_therapy == "censor" else None
    outcome.times["PFS"] = progression_free(scans, start, died, censoring, params)
    if not params.efficacy.confirm_cr_pr:
        since = first if outcome.best["BOR"] in ("CR", "PR") else None
    if since:
        day, code = outcome.times["PFS"]
        outcome.times["DOR"] = (max(day, since), code)


def progression_free(scans: list[Scan], start: date, died, therapy, params: Params) -> Time:
    """First PD or death, unless two scheduled windows before it were missed or a new therapy came first."""
    p = params.efficacy
    event = min((d for d in (next((s.day for s in scans if s.overall == "PD"), None), died) if d), default=None)
    adequate = [s.day for s in scans if s.overall != "NE"]

    def last_before(day: date) -> date:
        return max((d for d in adequate if d < day), default=start)

    censored = []
    if event:
        weeks, last = list(p.imaging_weeks), last_before(event)
        while start + timedelta(days=7 * weeks[-1]) < event:
            weeks.append(weeks[-1] + p.imaging_then_every_weeks)
        slack = timedelta(days=p.imaging_window_days)
        windows = [(start + timedelta(days=7 * w) - slack, start + timedelta(days=7 * w) + slack) for w in weeks]
        if sum(last < opens and closes < event for opens, closes in windows) >= p.missed_n:
            censored.append(last)
    if therapy and (event is None or therapy < event):
        censored.append(last_before(therapy))
    if censored:
        return min(censored), 1
    return (event, 0) if event else (max(adequate, default=start), 1)


def puncture_days(procedures: list[Row], start: date, params: Params) -> list[date]:
    """Days after the first dose with a therapeutic puncture: by purpose, or by the day's volume where it is not known."""
    p, kinds = params.efficacy, _upper(params.terms.drainage)
    volumes: dict[tuple, list] = {}
    for row in procedures:
        if not {upper(row["PRTRT"]), upper(row["PRDECOD"])} & kinds or upper(row["PROCCUR"]) == "N":
            continue
        at = when(row["PRSTDTC"])
        if at.low is None or at.low != at.high:
            raise Beyond("a drainage without a complete date")
        purpose = upper(row["PRINDC"])
        if at.low > start and purpose not in p.other_purposes:
            continuous = "CATHETER" in (upper(row["PRTRT"]) or "")
            volumes.setdefault((at.low, purpose in p.therapeutic_purposes, continuous), []).append(row["PRVOL"])
    days = set()
    for (day, therapeutic, continuous), litres in volumes.items():
        if (therapeutic and not continuous) or None in litres or sum(litres) >= p.ther_min_ml:
            days.add(day)
    return sorted(days)


def _punctures(outcome, days: list[date], start, died, alive, mine, params) -> None:
    punctured = days[0] if days else None
    event = min((d for d in (punctured, died) if d), default=None)
    last = (max(alive, start), 1)
    outcome.times["TTNP"] = last if event is None else (event, 0 if event == punctured else 2)
    outcome.times["PUFS"] = last if event is None else (event, 0)
    names = _upper(params.efficacy.ascites_therapy)
    texts = [r["CMSTDTC"] for r in mine["CM"] if upper(r["CMROUTE"]) == "INTRAPERITONEAL"]
    texts += [r["PRSTDTC"] for r in mine["PR"] if {upper(r["PRTRT"]), upper(r["PRDECOD"])} & names]
    therapy = _first_after(start, texts)
    if params.efficacy.pufs_new_therapy == "censor" and therapy and (event is None or therapy < event):
        outcome.times["PUFS"] = (therapy, 1)


def _first_after(start: date, texts: list[str | None]) -> date | None:
    """First start on or after the first dose; a partial date counts from the first such day it can mean."""
    found = [when(text) for text in texts]
    return min((max(at.low, start) for at in found if at.low and at.high >= start), default=None)


def _upper(names) -> set[str]:
    return {name.upper() for name in names}
