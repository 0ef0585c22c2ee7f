"""Which date ends the time of each subject, and by which named rule: events against censoring.

Dates arrive as candidates, each with its rule; the engine knows order, not medicine. The rule for an event after
missed assessments is here too, because it needs the whole schedule. Spec efficacy.md section 3, rulings.md 6.6-6.7.
"""

import numpy as np
import pandas as pd

EVENT, CENSOR, LAST = "event", "censor", "last"
KINDS = (EVENT, CENSOR, LAST)
NO_CANDIDATE = "no date to end at"
EVENT_UNDATED = "event of unknown date"


def _checked(candidates: pd.DataFrame, subjects: pd.DataFrame) -> None:
    unknown = sorted(set(candidates["KIND"].dropna().unique()) - set(KINDS))
    if unknown or candidates["KIND"].isna().any():
        raise ValueError(f"KIND is {', '.join(unknown) or 'missing'}; expected one of {', '.join(KINDS)}")
    if subjects["SUBJECT"].duplicated().any() or subjects["SUBJECT"].isna().any():
        raise ValueError("subjects: one row per SUBJECT expected")
    stranger = ~candidates["SUBJECT"].isin(subjects["SUBJECT"])
    if stranger.any():
        raise ValueError(f"candidates: {int(stranger.sum())} rows of subjects that are not in subjects")


def _earliest(candidates: pd.DataFrame, by: str) -> pd.DataFrame:
    """First candidate of each subject by a date column; of equal dates, the one listed first."""
    ordered = candidates.sort_values(["S", by], kind="stable")
    return ordered.drop_duplicates("S").set_index("S")[["DATE", "APPLIES", "RULE"]]


def derive_time_to_event(candidates: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """One row per subject of `subjects`, in its order: when the time ended and why.

    subjects   : SUBJECT, START datetime64.
    candidates : SUBJECT, DATE datetime64, KIND, RULE string; optional APPLIES datetime64, the day a censoring rule
        comes into force when that is later than the date it assigns (new therapy on day 100 censors at the scan
        of day 85). KIND event; censor (ends the time unless an event came first); last (last contact: only when
        nothing else ends it).

    The earliest event stands unless a censoring rule came into force before it; on the same day the event stands.
    Of several censoring rules in force the earliest date counts, and of equal dates the rule listed first.

    Returns SUBJECT, START, DATE, CNSR Int64 (0 event, 1 censored), RULE, AVAL Int64 (days, DATE - START + 1), and
    counts that call for a finding: UNDATED_EVENTS, EVENTS_BEFORE_START. An event before START does not count; a
    censoring date before START becomes START. An undated event with no dated one, an unknown START or no
    candidate leave DATE, CNSR and AVAL missing, with the reason as RULE. Raises ValueError for an unknown KIND.
    """
    _checked(candidates, subjects)
    start = subjects[["SUBJECT", "START"]].reset_index(drop=True)
    if "APPLIES" not in candidates:
        candidates = candidates.assign(APPLIES=candidates["DATE"])
    rows = candidates[["SUBJECT", "DATE", "APPLIES", "KIND", "RULE"]].merge(
        start.assign(S=start.index), how="left", on="SUBJECT", validate="many_to_one"
    )
    is_event, dated = rows["KIND"].eq(EVENT), rows["DATE"].notna()
    early = rows["DATE"].lt(rows["START"])
    rows["APPLIES"] = rows["APPLIES"].where(~is_event & rows["APPLIES"].notna(), rows["DATE"])
    rows["DATE"] = rows["DATE"].mask(early & ~is_event, rows["START"])

    def count(flag: pd.Series) -> pd.array:
        return pd.array(np.bincount(rows.loc[flag, "S"], minlength=len(start)), dtype="Int64")

    event = _earliest(rows[is_event & dated & ~early], "APPLIES").reindex(start.index)
    event_day = event["APPLIES"].reindex(rows["S"]).set_axis(rows.index)
    in_force = rows["KIND"].eq(CENSOR) & dated & ~rows["APPLIES"].ge(event_day)  # no event: always in force
    censor = _earliest(rows[in_force], "DATE").reindex(start.index)
    last = _earliest(rows[rows["KIND"].eq(LAST) & dated], "DATE").reindex(start.index)

    undated = count(is_event & ~dated)
    censored, has_event = censor["DATE"].notna(), event["DATE"].notna()
    unknown = (pd.Series(undated).gt(0) & ~has_event) | start["START"].isna()
    out = start.copy()
    out["DATE"] = censor["DATE"].where(censored, event["DATE"].where(has_event, last["DATE"])).mask(unknown)
    rule = censor["RULE"].where(censored, event["RULE"].where(has_event, last["RULE"])).astype("string")
    ended = out["DATE"].notna()
    out["CNSR"] = (~(has_event & ~censored)).astype("Int64").where(ended)
    without_date = pd.Series(np.where(pd.Series(undated).gt(0), EVENT_UNDATED, NO_CANDIDATE), dtype="string")
    out["RULE"] = rule.where(ended, without_date)
    out["AVAL"] = ((out["DATE"] - out["START"]).dt.days + 1).astype("Int64")
    out["UNDATED_EVENTS"] = undated
    out["EVENTS_BEFORE_START"] = count(is_event & early)
    return out


def scheduled_weeks(every: int, until: int, then_every: int, through: int) -> list[int]:
    """Weeks of assessment: every so many weeks up to `until`, then less often, up to week `through` or beyond it.

    scheduled_weeks(6, 24, 12, 60) is 6, 12, 18, 24, 36, 48, 60.
    """
    if min(every, then_every) <= 0:
        raise ValueError(f"intervals are {every} and {then_every} weeks; expected more than 0")
    weeks = list(range(every, until + 1, every))
    while not weeks or weeks[-1] < through:
        weeks.append((weeks[-1] if weeks else 0) + (then_every if weeks and weeks[-1] >= until else every))
    return weeks


def derive_missed_assessments(
    events: pd.DataFrame, adequate: pd.DataFrame, weeks: list[int], slack_days: int, missed_n: int
) -> pd.DataFrame:
    """Does an event follow a gap of scheduled windows without an adequate assessment?

    events   : SUBJECT, START (day the weeks count from), EVENT datetime64; one row each.
    adequate : SUBJECT, DATE of assessments that could be evaluated.   weeks : of the schedule, ascending.
    A window is week x 7 days after START, +/- slack_days, both ends included. Missed are the windows that lie
    wholly between the last adequate assessment before the event (none: START) and the event; such windows always
    follow one another.

    Returns SUBJECT, LAST_ADEQUATE (NaT: none), MISSED Int64, GAP boolean (MISSED >= missed_n), APPLIES (last day of
    the missed_n-th missed window; NaT without a gap). EVENT or START missing: MISSED and GAP missing. Raises
    ValueError when the weeks end before an event. Source: rulings.md 6.6.
    """
    if events["SUBJECT"].duplicated().any():
        raise ValueError("events: one row per SUBJECT expected")
    if missed_n < 1:
        raise ValueError(f"missed_n is {missed_n}; expected 1 or more")
    before = adequate[["SUBJECT", "DATE"]].merge(events[["SUBJECT", "EVENT"]], on="SUBJECT", validate="many_to_one")
    last = before[before["DATE"].lt(before["EVENT"])].groupby("SUBJECT")["DATE"].max()
    out = events[["SUBJECT"]].reset_index(drop=True).astype({"SUBJECT": "string"})
    start, event = events["START"].reset_index(drop=True), events["EVENT"].reset_index(drop=True)
    out["LAST_ADEQUATE"] = last.reindex(out["SUBJECT"]).astype(events["EVENT"].dtype).to_numpy()
    opens = np.asarray(weeks) * 7 - slack_days
    closes = np.asarray(weeks) * 7 + slack_days
    known = start.notna() & event.notna()
    event_day = (event - start).dt.days.where(known, 0).to_numpy()
    last_day = (out["LAST_ADEQUATE"].where(out["LAST_ADEQUATE"].ge(start), start) - start).dt.days
    last_day = last_day.where(known, 0).to_numpy()
    if len(out) and event_day.max() > closes.max(initial=0):
        raise ValueError(
            f"an event lies {event_day.max()} days after START, the schedule ends on day {closes.max(initial=0)}"
        )
    first_open = np.searchsorted(opens, last_day, side="right")
    missed = np.maximum(np.searchsorted(closes, event_day, side="left") - first_open, 0)
    out["MISSED"] = pd.Series(missed, dtype="Int64").where(known)
    out["GAP"] = out["MISSED"].ge(missed_n)
    closing = closes[np.minimum(first_open + missed_n - 1, len(closes) - 1)]
    has_gap = out["GAP"].fillna(False).astype(bool)  # unknown: no date to give, GAP itself stays missing
    out["APPLIES"] = (start + pd.to_timedelta(closing, unit="D")).where(has_gap)
    return out
