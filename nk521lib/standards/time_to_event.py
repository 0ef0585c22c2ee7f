"""Which date ends the time of each subject, and by which named rule: events against censoring.

Dates arrive as candidates, each with its rule; the engine knows order, not medicine. The rule for an event after
missed assessments is here too, because it needs the whole schedule. Spec efficacy.md section 3, rulings.md 6.6-6.7.
"""

import numpy as np
import pandas as pd

EVENT, POSSIBLE, CENSOR, LAST = "event", "possible event", "censor", "last"
KINDS = (EVENT, POSSIBLE, CENSOR, LAST)
NO_CANDIDATE = "no date to end at"
EVENT_UNDATED, POSSIBLE_UNDATED = "event of unknown date", "possible event of unknown date"
_DAY_SECONDS = 86_400


def _checked(candidates: pd.DataFrame, subjects: pd.DataFrame) -> None:
    unknown = sorted(set(candidates["KIND"].dropna().unique()) - set(KINDS))
    if unknown or candidates["KIND"].isna().any():
        raise ValueError(f"KIND is {', '.join(unknown) or 'missing'}; expected one of {', '.join(KINDS)}")
    if subjects["SUBJECT"].duplicated().any() or subjects["SUBJECT"].isna().any():
        raise ValueError("subjects: one row per SUBJECT expected")
    stranger = ~candidates["SUBJECT"].isin(subjects["SUBJECT"])
    if stranger.any():
        raise ValueError(f"candidates: {int(stranger.sum())} rows of subjects that are not in subjects")


def _first(rows: np.ndarray, day: np.ndarray, who: np.ndarray, subjects: int) -> np.ndarray:
    """Position of each subject's first candidate among `rows` (boolean) by `day`; of equal days the one listed first; -1 without any."""
    at = np.flatnonzero(rows)
    at = at[np.lexsort((day[at], who[at]))]  # stable
    people, first = np.unique(who[at], return_index=True)
    found = np.full(subjects, -1)
    found[people] = at[first]
    return found


def derive_time_to_event(candidates: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """One row per subject of `subjects`, in its order: when the time ended and why.

    subjects   : SUBJECT, START datetime64.
    candidates : SUBJECT, DATE datetime64, KIND, RULE string; optional APPLIES datetime64, the day a censoring rule
        comes into force when that is later than the date it assigns (new therapy on day 100 censors at the scan
        of day 85). KIND event; possible event (may lie after START or not, so it has no DATE); censor (ends the time unless an event came first); last (last contact: only when
        nothing else ends it).

    The earliest event stands unless a censoring rule came into force before it; on the same day the event stands.
    Of several censoring rules in force the earliest date counts, and of equal dates the rule listed first.

    Returns SUBJECT, START, DATE, CNSR Int64 (0 event, 1 censored), RULE, AVAL Int64 (days, DATE - START + 1), and
    counts that call for a finding: UNDATED_EVENTS (possible ones too), EVENTS_BEFORE_START. An event before START does
    not count; a censoring date before START becomes START. An undated event with no dated one, an unknown START or no
    candidate leave DATE, CNSR and AVAL missing, with the reason as RULE. Raises ValueError for an unknown KIND.
    """
    _checked(candidates, subjects)
    out = subjects[["SUBJECT", "START"]].reset_index(drop=True)
    who, n = pd.Index(out["SUBJECT"]).get_indexer(candidates["SUBJECT"]), len(out)
    start, date = _days(out["START"]), _days(candidates["DATE"])
    kind, rule = (candidates[name].to_numpy(object) for name in ("KIND", "RULE"))
    is_event, dated, early = kind == EVENT, ~np.isnat(date), date < start[who]
    applies = _days(candidates["APPLIES"]) if "APPLIES" in candidates else date
    applies = np.where(is_event | np.isnat(applies), date, applies)
    date = np.where(early & ~is_event, start[who], date)

    event = _first(is_event & dated & ~early, applies, who, n)
    has_event = event >= 0
    event_day = np.where(has_event, _taken(applies, event), np.datetime64("NaT"))
    in_force = (kind == CENSOR) & dated & ~(applies >= event_day[who])  # no event: always in force
    censor = _first(in_force, date, who, n)
    last = _first((kind == LAST) & dated, date, who, n)

    certain = np.bincount(who[is_event & ~dated], minlength=n)
    undated = certain + np.bincount(who[kind == POSSIBLE], minlength=n)
    ends = np.where(censor >= 0, censor, np.where(has_event, event, last))
    unknown = ((undated > 0) & ~has_event) | np.isnat(start)
    ended = (ends >= 0) & ~unknown
    end_day = np.where(ended, _taken(date, ends), np.datetime64("NaT"))
    reasons = [EVENT_UNDATED, POSSIBLE_UNDATED]
    without_date = np.select([certain > 0, undated > 0], reasons, NO_CANDIDATE)
    length = (end_day - start).astype("int64") // _DAY_SECONDS + 1
    out["DATE"] = pd.Series(end_day, dtype=candidates["DATE"].dtype)
    out["CNSR"] = _whole(~(has_event & (censor < 0)), ended)
    out["RULE"] = pd.Series(np.where(ended, _taken(rule, ends), without_date), dtype="string")
    out["AVAL"] = _whole(length, ended)
    out["UNDATED_EVENTS"] = pd.array(undated, dtype="Int64")
    out["EVENTS_BEFORE_START"] = pd.array(np.bincount(who[is_event & early], minlength=n), dtype="Int64")
    return out


def _days(column: pd.Series) -> np.ndarray:
    return column.to_numpy("datetime64[s]")


def _taken(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """values[at]; where `at` is -1 the answer is not to be used."""
    return values[at] if len(values) else np.full(len(at), None).astype(values.dtype)


def _whole(number: np.ndarray, there: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Int64 with NA where there is none."""
    return pd.arrays.IntegerArray(np.where(there, number, 0).astype("int64"), ~there)


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
