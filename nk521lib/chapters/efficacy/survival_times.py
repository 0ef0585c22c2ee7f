"""OS, PFS and DOR: which date ends each subject's time, and by which rule of the tables. Spec: efficacy.md section 3, rulings.md 6.5-6.8.

Each rule is a name; RULES says what the name means as EVNTDESC (what happened) and CNSDTDSC (what the censoring date is).
"""

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.standards.recist_rules import NE, PD
from nk521lib.standards.time_to_event import (
    CENSOR,
    EVENT,
    LAST,
    derive_missed_assessments,
    derive_time_to_event,
    scheduled_weeks,
)

PROGRESSION, DEATH, CLINICAL = "progression", "death", "clinical progression"
THERAPY, GAP, NO_SCAN, LAST_SCAN, LAST_ALIVE = (
    "new therapy", "missed assessments", "no adequate scan", "last adequate scan", "last known alive",
)  # fmt: skip
PUNCTURE, UNSAID_PUNCTURE, UNKNOWN_PUNCTURE, ASCITES_THERAPY = (
    "therapeutic puncture",
    "puncture of unknown purpose",
    "puncture of unknown purpose and volume",
    "new ascites therapy",
)

_DAY = "datetime64[s]"

RULES = {
    PROGRESSION: ("PROGRESSIVE DISEASE", None),
    DEATH: ("DEATH", None),
    CLINICAL: ("CLINICAL PROGRESSION", None),
    PUNCTURE: ("THERAPEUTIC PUNCTURE", None),
    UNSAID_PUNCTURE: ("PUNCTURE OF UNKNOWN PURPOSE", None),
    UNKNOWN_PUNCTURE: ("PUNCTURE OF UNKNOWN PURPOSE AND VOLUME", None),
    THERAPY: ("NEW ANTICANCER THERAPY", "LAST ADEQUATE SCAN BEFORE IT, ELSE DAY 1"),
    GAP: ("EVENT AFTER MISSED ASSESSMENTS", "LAST ADEQUATE SCAN BEFORE THE GAP, ELSE DAY 1"),
    NO_SCAN: ("NO EVENT, NO ADEQUATE SCAN", "DAY 1"),
    LAST_SCAN: ("NO EVENT", "LAST ADEQUATE SCAN"),
    LAST_ALIVE: ("NO EVENT", "LAST KNOWN ALIVE"),
    ASCITES_THERAPY: ("NEW ASCITES THERAPY", "ITS START"),
}


def candidate(
    subjects: pd.Series, date: pd.Series, kind: str, rule: str, applies: pd.Series | None = None
) -> pd.DataFrame:
    """Candidate rows of the engine (standards.time_to_event) where there is a date."""
    there = date.notna().to_numpy()
    day = date.astype(_DAY).array[there]
    return _rows(subjects[there], day, day if applies is None else applies.astype(_DAY).array[there], kind, rule)


def undated(subjects: pd.Series, rule: str) -> pd.DataFrame:
    """Events of unknown date, one per subject, as candidate rows."""
    nothing = pd.Series(pd.NaT, index=subjects.index, dtype=_DAY).array
    return _rows(subjects, nothing, nothing, EVENT, rule)


def _rows(subjects: pd.Series, date, applies, kind: str, rule: str) -> pd.DataFrame:
    words = {
        "KIND": pd.array([kind] * len(subjects), dtype="string"),
        "RULE": pd.array([rule] * len(subjects), dtype="string"),
    }
    return pd.DataFrame({"SUBJECT": subjects.astype("string").array, "DATE": date, **words, "APPLIES": applies})


def deaths(facts: pd.DataFrame) -> pd.DataFrame:
    """Death as event; a death whose day is not known stays an event of unknown date."""
    dated = candidate(facts["USUBJID"], facts["DTHDT"], EVENT, DEATH)
    dead_some_day = facts["DTHFL"].eq("Y").fillna(False) & facts["DTHDT"].isna()
    if not dead_some_day.any():
        return dated
    return pd.concat([dated, undated(facts.loc[dead_some_day, "USUBJID"], DEATH)], ignore_index=True)


def engine_subjects(facts: pd.DataFrame, start: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"SUBJECT": facts["USUBJID"].array, "START": start.array}).astype(
        {"SUBJECT": "string", "START": _DAY}
    )


def derive_os(facts: pd.DataFrame) -> pd.DataFrame:
    last = facts["LSTALVDT"].fillna(facts["TTESTDT"])
    rows = pd.concat([deaths(facts), candidate(facts["USUBJID"], last, LAST, LAST_ALIVE)], ignore_index=True)
    return end_times(rows, engine_subjects(facts, facts["TTESTDT"]), "OS")


def adequate_scans(visits: pd.DataFrame) -> pd.DataFrame:
    """Dated assessments that could be evaluated: SUBJECT DATE."""
    good = visits[visits["OVRLRESP"].ne(NE) & visits["ADT"].notna()]
    return pd.DataFrame({"SUBJECT": good["USUBJID"].array, "DATE": good["ADT"].array}).astype(
        {"SUBJECT": "string", "DATE": _DAY}
    )


def derive_pfs(cut: Cut, facts: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    return end_times(_progression_rows(cut, facts, visits), engine_subjects(facts, facts["TTESTDT"]), "PFS")


def derive_dor(cut: Cut, facts: pd.DataFrame, visits: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """Responders only, from the first response of the (confirmed) pair; ends as PFS does."""
    first = best.set_index("USUBJID")["RESPONSE_DATE"].reindex(facts["USUBJID"])
    start = pd.Series(first.array, index=facts.index).astype(_DAY)
    responds = facts["USUBJID"].isin(best.loc[best["BEST"].isin(["CR", "PR"]), "USUBJID"])
    responders, rows = facts[responds], _progression_rows(cut, facts, visits)
    rows = rows[rows["SUBJECT"].isin(responders["USUBJID"])]
    return end_times(rows, engine_subjects(responders, start[responds]), "DOR")


def _progression_rows(cut: Cut, facts: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Everything that can end PFS, as candidates of the engine."""
    p, who, start = cut.params.efficacy, facts["USUBJID"], facts["TTESTDT"]
    scans = adequate_scans(visits)
    progression = _earliest(visits[visits["OVRLRESP"].eq(PD)], who)
    clinical = facts["CLINPDDT"].where(progression.isna() & p.clinical_pd_is_event)
    events = [
        candidate(who, progression, EVENT, PROGRESSION),
        deaths(facts),
        _undated_progression(visits, progression, who),
        candidate(who, clinical, EVENT, CLINICAL),
    ]
    first_event = pd.concat([progression, facts["DTHDT"], clinical], axis=1).min(axis=1).astype(_DAY)
    gap = derive_gaps(cut, facts, first_event, scans)
    before_gap = gap["LAST_ADEQUATE"].fillna(start).where(gap["GAP"].fillna(False))  # an unknown gap censors nobody
    last = scans.groupby("SUBJECT")["DATE"].max().reindex(who).set_axis(who.index).astype(_DAY)
    rows = [*events, candidate(who, before_gap, CENSOR, GAP, gap["APPLIES"])]
    if p.pfs_new_therapy == "censor":
        rows.append(
            candidate(
                who,
                _last_before(scans, facts["NEWTHDT"], who).fillna(start).where(facts["NEWTHDT"].notna()),
                CENSOR,
                THERAPY,
                facts["NEWTHDT"],
            )
        )
    rows += [candidate(who, last, LAST, LAST_SCAN), candidate(who, start.where(last.isna()), LAST, NO_SCAN)]
    return pd.concat(rows, ignore_index=True)


def derive_gaps(cut: Cut, facts: pd.DataFrame, event: pd.Series, scans: pd.DataFrame) -> pd.DataFrame:
    """standards' derive_missed_assessments on this trial's schedule, counted from the first dose (rulings.md 6.6)."""
    p = cut.params.efficacy
    frame = pd.DataFrame({"SUBJECT": facts["USUBJID"].array, "START": facts["TRTSDT"].array, "EVENT": event.array})
    frame = frame.astype({"SUBJECT": "string", "START": _DAY, "EVENT": _DAY})
    # An event of a time before the first dose lies before every window; the furthest one decides how long the schedule must be.
    furthest = (frame["EVENT"] - frame["START"]).dt.days.max()
    through = 1 if pd.isna(furthest) else max(int(furthest) // 7 + 2, 1)
    first = p.imaging_weeks
    weeks = [
        *first,
        *(
            first[-1] + w
            for w in scheduled_weeks(
                p.imaging_then_every_weeks, 0, p.imaging_then_every_weeks, max(through - first[-1], 1)
            )
        ),
    ]
    out = derive_missed_assessments(frame, scans, weeks, p.imaging_window_days, p.missed_n)
    return out.set_axis(facts.index)


def _earliest(rows: pd.DataFrame, who: pd.Series) -> pd.Series:
    first = rows.dropna(subset=["ADT"]).groupby("USUBJID")["ADT"].min()
    return pd.Series(first.reindex(who).array, index=who.index).astype(_DAY)


def _undated_progression(visits: pd.DataFrame, progression: pd.Series, who: pd.Series) -> pd.DataFrame:
    """Progression on a scan whose day is not known, of subjects without a dated one: an event of unknown date."""
    some = visits.loc[visits["OVRLRESP"].eq(PD) & visits["ADT"].isna(), "USUBJID"].drop_duplicates()
    some = some[~some.isin(who[progression.notna()])]
    return undated(some, PROGRESSION)


def _last_before(scans: pd.DataFrame, day: pd.Series, who: pd.Series) -> pd.Series:
    """Last adequate scan before a subject's day."""
    limit = pd.Series(day.array, index=who.array).reindex(scans["SUBJECT"]).array
    before = scans[scans["DATE"].lt(pd.Series(limit, index=scans.index))]
    return pd.Series(before.groupby("SUBJECT")["DATE"].max().reindex(who).array, index=who.index).astype(_DAY)


def end_times(rows: pd.DataFrame, subjects: pd.DataFrame, paramcd: str) -> pd.DataFrame:
    """The engine's answer in ADaM words: USUBJID PARAMCD STARTDT ADT AVAL CNSR EVNTDESC CNSDTDSC RULE and the engine's counts."""
    times = derive_time_to_event(rows, subjects)
    out = times.rename(columns={"SUBJECT": "USUBJID", "START": "STARTDT", "DATE": "ADT"})
    out.insert(1, "PARAMCD", pd.Series(paramcd, index=out.index, dtype="string"))
    out["EVNTDESC"] = (
        out["RULE"].map({k: v[0] for k, v in RULES.items()}).fillna(out["RULE"].str.upper()).astype("string")
    )
    out["CNSDTDSC"] = out["RULE"].map({k: v[1] for k, v in RULES.items()}).astype("string")
    return out
