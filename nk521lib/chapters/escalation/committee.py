"""What the committee recorded: judgements of events, decisions on levels, acknowledgements of findings.

Source: spec rulings.md sections 1, 3.1, 3.3, 3.12, data.md section 4. Of several rows for one item the latest date
counts, then the last row.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut, read_once

OPENS = ("OPEN", "EXPAND", "ESCALATE")
"""Decisions by which a committee lets dosing go on: they end a hold."""

STOPS = ("HOLD", "STOP")

SEEN = ("PROPOSAL", "DEPARTS", "PACKSHA", "ATTENDEES", "BY")
"""What `nk521 record` adds to a decision: the proposal that was on the table and whether it was departed from (Y, N)."""


@read_once
def read_committee(cut: Cut) -> pd.DataFrame:
    """All rows in the order in which they count: ITEM VALUE in capitals; DAY LASTDAY the days a row
    can be dated (NaT where undated); ROW of the file."""
    adjud = cut["ADJUD"]
    out = adjud[["USUBJID", "GROUP", "LEVEL", "AESEQ", "SNAPSHOT", "REASON", *SEEN]].copy()
    for name in ("ITEM", "VALUE"):
        out[name] = adjud[name].str.upper().str.strip()
    out["DAY"], out["LASTDAY"], out["ROW"] = (
        dates.earliest(adjud["ADJDTC"]),
        dates.latest(adjud["ADJDTC"]),
        range(len(adjud)),
    )
    return out.sort_values(["DAY", "ROW"], na_position="first", kind="stable").reset_index(drop=True)


def judgements(committee: pd.DataFrame) -> pd.DataFrame:
    """The judgement in force per event: USUBJID AESEQ (NA for one that names no event) COMMITTEE (Y, N) ADJDT."""
    rows = committee[committee["ITEM"].eq("DLT").fillna(False) & committee["VALUE"].isin(["Y", "N"])]
    last = rows.drop_duplicates(["USUBJID", "AESEQ"], keep="last")
    return last.rename(columns={"VALUE": "COMMITTEE", "DAY": "ADJDT"})[["USUBJID", "AESEQ", "COMMITTEE", "ADJDT"]]


def decisions(committee: pd.DataFrame, group: str) -> pd.DataFrame:
    """The decisions on the levels of one group, oldest first."""
    mine = committee["ITEM"].eq("DECISION").fillna(False) & committee["GROUP"].eq(group).fillna(False)
    return committee[mine].reset_index(drop=True)


def recorded(committee: pd.DataFrame, group: str) -> dict | None:
    """The latest decision of a group as it goes into decisions.json; None where there is none."""
    rows = decisions(committee, group)
    if rows.empty:
        return None
    row = rows.iloc[-1].astype(object).where(rows.iloc[-1].notna(), None)
    return {
        "value": row["VALUE"],
        "level": None if row["LEVEL"] is None else int(row["LEVEL"]),
        "date": row["DAY"].date().isoformat() if row["DAY"] is not None else None,
        "snapshot": row["SNAPSHOT"],
        "reason": row["REASON"],
        "proposal": row["PROPOSAL"],
        "departs": None if row["DEPARTS"] is None else row["DEPARTS"] == "Y",
    }


def held_by_committee(rows: pd.DataFrame) -> str | None:
    """Why the committee's own rows hold a group, in words; None when they do not."""
    held = rows[rows["VALUE"].isin(STOPS)]
    if held.empty:
        return None
    last = held.iloc[-1]
    later = rows.loc[held.index[-1] + 1 :]
    if later["VALUE"].isin(OPENS).any():
        return None
    when = "undated" if pd.isna(last["DAY"]) else last["DAY"].date().isoformat()
    return f"the committee recorded {last['VALUE']} ({when})"


def held_on(rows: pd.DataFrame, day: pd.Timestamp) -> str | None:
    """Why the committee's rows held the group on a day, in words: a hold surely dated before it, not lifted by then."""
    before = rows["VALUE"].isin(STOPS) & (rows["LASTDAY"] < day)
    lifted = rows["VALUE"].isin(OPENS) & (rows["DAY"] <= day)
    return held_by_committee(rows[before | lifted].reset_index(drop=True))


def opened_by(rows: pd.DataFrame, level: int, day: pd.Timestamp) -> bool:
    """Had a decision surely dated on or before the day opened the level? An escalation opens the one above its own."""
    opens = rows["VALUE"].isin(["OPEN", "EXPAND"]) & rows["LEVEL"].eq(level)
    escalates = rows["VALUE"].eq("ESCALATE") & rows["LEVEL"].eq(level - 1)
    return bool(((opens | escalates).fillna(False) & (rows["LASTDAY"] <= day)).any())


def lifted_after(rows: pd.DataFrame, since: pd.Timestamp) -> bool:
    """Did the committee let dosing go on after `since`? What has no date is never surely later."""
    return bool((rows["VALUE"].isin(OPENS) & (rows["DAY"] > since)).any())
