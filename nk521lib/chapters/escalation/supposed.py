"""A scenario laid over the statuses of the record: the same rows with other statuses, and rows that are only imagined.

Source: spec escalation.md section 9. The snapshot is never touched; without a scenario nothing changes.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nk521lib.chapters.escalation.course import OPEN, imagined_name
from nk521lib.cut import Cut
from nk521lib.errors import DesignError, ParamsError
from nk521lib.params import Params
from nk521lib.standards.designs import parse_history
from nk521lib.terms import DltStatus, Outcome

_STATUS = {Outcome.DLT: DltStatus.DLT, Outcome.NO_DLT: DltStatus.CLEAR, Outcome.PENDING: DltStatus.PENDING}


def said_of(params: Params) -> dict[str, Any] | None:
    """What decisions.json says of the scenario; None for the record."""
    asked = params.scenario
    if asked is None:
        return None
    changed = {entry.name: entry.value for entry in params.non_default}
    return {"note": asked.note, "statuses": dict(asked.statuses), "imagined": {g: list(c) for g, c in asked.imagined.items()},
            "settings": changed}  # fmt: skip


def suppose_statuses(cut: Cut, status: pd.DataFrame) -> pd.DataFrame:
    """`derive_dlt_status` with the scenario of the parameters laid over it, and IMAGINED (boolean).

    Laid over once: rows that carry it already are given back as they are.
    Raises ParamsError for a subject or group that is not there.
    """
    asked = cut.params.scenario
    if "IMAGINED" in status:
        return status
    wanted = {usubjid: DltStatus(s) for usubjid, s in asked.statuses.items()}
    strangers = sorted(wanted.keys() - set(status["USUBJID"]))
    if strangers:
        raise ParamsError(f"scenario: {', '.join(strangers)}: not dosed at a level, so there is no status to change")
    out = change_statuses(status, wanted, cut.params.escalation.replace_nonevaluable)
    out["IMAGINED"] = pd.Series(False, index=out.index, dtype="boolean")
    for group, cohorts in asked.imagined.items():
        if group not in {g.id for g in cut.params.trial.groups}:
            raise ParamsError(f"scenario: imagined: there is no group {group}")
        for cohort in cohorts:
            rows = _imagined(cut, out, group, cohort)
            out = pd.concat([out, rows.reindex(columns=out.columns).astype(out.dtypes)], ignore_index=True)
    return out


def change_statuses(status: pd.DataFrame, wanted: Mapping[str, DltStatus], replace_nonevaluable: bool) -> pd.DataFrame:
    """The same rows with the given subjects' statuses changed, and the reason saying so."""
    new = status["USUBJID"].map(dict(wanted)).astype("string")
    untouched = new.isna()
    replaced = pd.Series("Y", index=new.index, dtype="string").where(
        new.eq(DltStatus.NONEVAL).fillna(False) & replace_nonevaluable
    )
    evaluable = pd.Series("Y", index=new.index, dtype="string").where(new.isin([DltStatus.DLT, DltStatus.CLEAR]))
    # An imagined outcome is known no earlier than a real one could be, so that no earlier dosing turns irregular.
    known = status["KNOWNDT"].fillna(status["ADLTEDT"]).where(~new.isin(OPEN).fillna(False))
    reason = "WHAT IF: supposed; recorded as " + status["STATUS"] + ", " + status["REASON"].fillna("no reason")
    return status.assign(
        STATUS=new.fillna(status["STATUS"]),
        REASON=status["REASON"].where(untouched, reason),
        EVALFL=status["EVALFL"].where(untouched, evaluable),
        REPLFL=status["REPLFL"].where(untouched, replaced),
        KNOWNDT=status["KNOWNDT"].where(untouched, known),
        DAYSLEFT=status["DAYSLEFT"].where(untouched | new.isin(OPEN).fillna(False)),
    )


def window_length(params: Params) -> int:
    """Days from an imagined first dose to the last day of its window, doses as planned."""
    window, trial = params.escalation.dlt_window, params.trial
    if window.anchor == "first_dose":
        return window.days
    wanted = trial.cycle1_doses if window.anchor == "last_dose_cycle1" else len(trial.dose_days)
    return trial.dose_days[wanted - 1] + window.days - 1


def _imagined(cut: Cut, status: pd.DataFrame, group: str, cohort: str) -> pd.DataFrame:
    """Rows of one imagined cohort, dosed on the day after everything before it is known."""
    mine = status[status["GROUP"].eq(group).fillna(False)]
    number, length = int(mine["IMAGINED"].sum()), window_length(cut.params)
    first = max([cut.cutoff, *mine["ADLTEDT"].dropna()]) + pd.Timedelta(days=1)
    ends = first + pd.Timedelta(days=length - 1)
    rows = []
    for place, (level, outcome) in enumerate(parse_history(cohort), 1):
        if level > len(cut.params.trial.levels):
            raise DesignError(f"scenario: imagined {cohort}: there is no level {level}")
        complete = outcome is not Outcome.PENDING
        rows.append({
            "USUBJID": imagined_name(group, number + place), "GROUP": group, "LEVEL": level, "LEVELCNT": level,
            "ADLTSDT": first, "ADLTEDT": ends, "NDOSEWIN": 0, "STATUS": str(_STATUS[outcome]),
            "REASON": "WHAT IF: imagined, nobody was dosed", "SRCIDS": "scenario", "NFULLWIN": 0, "EVALFL": "Y" if complete else pd.NA,
            "DAYSLEFT": pd.NA if complete else (ends - cut.cutoff).days, "KNOWNDT": ends if complete else pd.NaT,
            "NDUE": 0, "NMISSED": 0, "IMAGINED": True,
        })  # fmt: skip
    return pd.DataFrame(rows)
