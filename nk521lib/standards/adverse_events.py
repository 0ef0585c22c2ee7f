"""Treatment-emergent adverse events, episodes from grade-change records, and highest grades per subject and term.

Dates come as intervals: START_EARLIEST and START_LATEST are the first and last moment a (partial) start can mean,
END_EARLIEST and END_LATEST likewise; NaT in both is a missing date. A moment at exactly midnight is read as a day
without a time. An end that is missing is an event that may still be going on.
"""

import pandas as pd

DAY = pd.Timedelta(days=1)
INSTANT = pd.Timedelta(seconds=1)

TREATMENT_EMERGENT = [
    "not treated",
    "ended before the first dose",
    "start date missing",
    "started on treatment or within the window",
    "began before the first dose and worsened, or may have",
    "none of the other tests",
]
"""The tests in their order; TEAE_TEST is the place (from 1) of the one that decided."""


def derive_treatment_emergent(
    events: pd.DataFrame, *, window_days: int = 28, worsening_unknown: bool = True
) -> pd.DataFrame:
    """Is each event treatment-emergent, and which test says so?

    events : one row per record. SUBJECT, START_EARLIEST, START_LATEST, END_EARLIEST, END_LATEST, FIRST_DOSE, LAST_DOSE
    (datetime64; LAST_DOSE NaT = treatment not known to have ended), GRADE (Int64); optional GROUP_ID ("string",
    grade-change records of one episode) and INITIAL_GRADE (Int64, the grade at the first dose, if collected).
    window_days : last day of the window is the day of the last dose + window_days.
    worsening_unknown : what an event is that began before the first dose and may have worsened since.

    Returns TEAE (boolean, never missing) and TEAE_TEST (Int64, 1 to 6), on the index of `events`. The tests, in order:
    1 not treated: no. 2 every possible end before the first dose: no. 3 start missing: yes. 4 a possible start on or
    after the first dose and a possible start within the window: yes. 5 began before the first dose, ended on or after
    it or is going on, and rose above its initial grade, or the initial grade of a single record is unknown: yes.
    6 otherwise: no. In a group that surely began before the first dose test 4 does not apply: a record that starts on
    treatment is emergent (test 5) only when its grade is above the highest before the first dose, and as
    `worsening_unknown` when either is missing. A group of one is a single record.
    Source: PHUSE WP-087; spec safety.md section 3, rulings.md 5.1.
    """
    first, last = events["FIRST_DOSE"], events["LAST_DOSE"]
    start_low, start_high = events["START_EARLIEST"], _last_moment(events["START_LATEST"])
    end_high = _last_moment(events["END_LATEST"])

    before = start_high < first
    window_end = last.dt.normalize() + pd.Timedelta(days=window_days) + DAY
    # Neither surely before nor surely after: a side of the interval that is not known leaves it possible.
    in_window = ~before & ~(start_low >= window_end)
    goes_on = end_high.isna() | (end_high >= first)
    grouped, rose = _rise(events, before, worsening_unknown)

    answers = [
        (first.isna(), False),
        (end_high.notna() & (end_high < first), False),
        (events["START_EARLIEST"].isna() & events["START_LATEST"].isna(), True),
        (in_window & ~grouped, True),
        ((in_window & grouped & rose) | (before & goes_on & ~grouped & rose), True),
        (pd.Series(True, index=events.index), False),
    ]
    teae = pd.Series(pd.NA, index=events.index, dtype="boolean")
    test = pd.Series(pd.NA, index=events.index, dtype="Int64")
    for number, (applies, answer) in enumerate(answers, start=1):
        decides = applies & test.isna()
        teae, test = teae.mask(decides, answer), test.mask(decides, number)
    return pd.DataFrame({"TEAE": teae, "TEAE_TEST": test})


def derive_episodes(events: pd.DataFrame) -> pd.DataFrame:
    """One row per episode: records that share SUBJECT and GROUP_ID become one at their worst grade.

    events : as for `derive_treatment_emergent`, GROUP_ID may be missing (such a record is its own episode).
    Returns, in order of first appearance, the columns of the worst record (the first of several equally bad; a known
    grade before a missing one) with START_* of the earliest record and END_* of the last to start (missing if that
    one has no end), and RECORDS and GRADES_MISSING (Int64), so that a worst grade over an ungraded record is seen.
    """
    order = pd.Series(range(len(events)), index=events.index)
    episode = events.groupby(["SUBJECT", "GROUP_ID"], dropna=False, sort=False).ngroup()
    # Without a group id each record is an episode of its own.
    episode = episode.where(events["GROUP_ID"].notna(), -1 - order)
    rows = events.assign(_ORDER=order, _EPISODE=episode)
    key = "_EPISODE"
    by_start = rows.sort_values(["START_EARLIEST", "START_LATEST", "_ORDER"], na_position="first")
    by_grade = rows.sort_values(["GRADE", "_ORDER"], ascending=[False, True], na_position="last")
    out = by_grade.drop_duplicates(key)
    # The spans belong to the episode, not to its worst record: they replace that record's own dates.
    starts, ends = ["START_EARLIEST", "START_LATEST"], ["END_EARLIEST", "END_LATEST"]
    spans = by_start.drop_duplicates(key)[[key, *starts]].merge(
        by_start.drop_duplicates(key, keep="last")[[key, *ends]], on=key, validate="one_to_one"
    )
    counts = rows.assign(RECORDS=1, GRADES_MISSING=rows["GRADE"].isna()).groupby(key)
    counts = counts[["RECORDS", "GRADES_MISSING"]].sum().astype("Int64").reset_index()
    out = out.drop(columns=starts + ends).merge(spans, on=key, validate="one_to_one")
    out = out.merge(counts, on=key, validate="one_to_one")
    first_seen = rows.groupby(key)["_ORDER"].min().rename("_FIRST").reset_index()
    out = out.merge(first_seen, on=key, validate="one_to_one").sort_values("_FIRST", ignore_index=True)
    return out[[*events.columns, "RECORDS", "GRADES_MISSING"]]


def derive_highest_grade(events: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Highest grade per key, each key once: GRADE (NA when no record has one), RECORDS, GRADES_MISSING (Int64).

    by : such as SUBJECT and TERM; a missing key is a group of its own, never dropped.
    """
    keys = events.assign(RECORDS=1, GRADES_MISSING=events["GRADE"].isna()).groupby(by, dropna=False, sort=True)
    highest = keys[["GRADE"]].max().astype("Int64")
    return highest.join(keys[["RECORDS", "GRADES_MISSING"]].sum().astype("Int64")).reset_index()


def flag_first_highest(events: pd.DataFrame, by: list[str]) -> pd.Series:
    """True on one record per key: the highest grade, then the earliest start, then the order of the rows (boolean).

    A key with ungraded records only has its flag on the first of them, so that no key disappears from a count.
    """
    order = events.reset_index(drop=True).assign(_ORDER=range(len(events)))
    order = order.sort_values(["GRADE", "START_EARLIEST", "_ORDER"], ascending=[False, True, True], na_position="last")
    flags = pd.Series(False, index=range(len(events)), dtype="boolean")
    flags[order.drop_duplicates(by)["_ORDER"].to_numpy()] = True
    return flags.set_axis(events.index)


def _last_moment(moments: pd.Series) -> pd.Series:
    """The last moment meant: the end of the day where no time is known."""
    return moments.mask(moments == moments.dt.normalize(), moments + DAY - INSTANT)


def _rise(events: pd.DataFrame, before: pd.Series, unknown: bool) -> tuple[pd.Series, pd.Series]:
    """Which records belong to an episode of several that began before the first dose, and which rose since."""
    grade = events["GRADE"].astype("Int64")
    collected = pd.Series(pd.NA, index=events.index, dtype="Int64")
    initial = events["INITIAL_GRADE"].astype("Int64") if "INITIAL_GRADE" in events else collected
    grouped = pd.Series(False, index=events.index)
    if "GROUP_ID" in events:
        rows = events.assign(
            _SIZE=1,
            _BEFORE=before,
            _GRADE_BEFORE=grade.where(before),
            _UNGRADED=before & grade.isna(),
        ).groupby(["SUBJECT", "GROUP_ID"], dropna=False)
        several = events["GROUP_ID"].notna() & (rows["_SIZE"].transform("size") > 1)
        grouped = several & rows["_BEFORE"].transform("any")
        # One ungraded record before the first dose leaves the initial grade unknown, whatever the others say.
        highest = rows["_GRADE_BEFORE"].transform("max").mask(rows["_UNGRADED"].transform("any"))
        initial = initial.mask(grouped, highest)
    rose = (grade > initial).fillna(unknown)  # unknown worsening is a stated choice of the caller
    return grouped.astype(bool), rose.astype(bool)
