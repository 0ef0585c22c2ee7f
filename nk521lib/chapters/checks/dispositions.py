"""A data manager's answers to findings: they carry over to later snapshots and lapse when the record behind them changes.

An answer is a line of dispositions.csv: the finding's key, who, when, why. It changes nothing that a finding does: a refused
snapshot stays refused, and a withheld proposal is released by the committee's ACK row alone (rulings.md 3.12).
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.terms import Effect

ANSWERS = ("KEY", "WHO", "WHEN", "WHY")
"""Columns of dispositions.csv."""
MARK = "#"
_NOT_CLEARED = "; the proposal stays withheld until the committee acknowledges it (ADJUD, ITEM ACK)"


def derive_keys(findings: pd.DataFrame, cut: Cut) -> pd.Series:
    """The key of every finding: id/domain/subject or group/record, then # and eight signs of what stands behind it.

    The part before the mark names the finding, the part after it changes with the message, its evidence and every value of the
    record (but its --SEQ). findings : frame of nk521lib.findings.COLUMNS, its `key` naming the record where --SEQ does not.
    """
    text = findings.astype("string").fillna("")
    records = _records(text, cut)
    names, marks = [], []
    for row, record in zip(text.to_dict("records"), records, strict=True):
        places = (row["id"], row["domain"], row["usubjid"] or row["group"], row["seq"] or row["key"])
        names.append("/".join(place.replace(MARK, "") for place in places if place))
        behind = "\x1f".join((*places, row["message"], row["evidence"], record))
        marks.append(hashlib.sha256(behind.encode()).hexdigest()[:8])
    keys = [name + MARK + mark for name, mark in zip(names, marks, strict=True)]
    return pd.Series(keys, index=findings.index, dtype="string")


def dispose(findings: pd.DataFrame, cut: Cut, answers: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The findings with their keys and answers, and the keys of answers that fit no finding any more.

    answers : ANSWERS, text; of several to one key the last counts. An answer whose finding is still there but with another
    mark has lapsed: the finding says so and is open again.
    """
    findings = findings.assign(key=derive_keys(findings, cut))
    given = {row["KEY"]: row for row in answers.to_dict("records")}
    present = set(findings["key"])
    lapsed = {key.rpartition(MARK)[0]: row for key, row in given.items() if key not in present}
    said = []
    for row in findings.fillna("").to_dict("records"):
        answer, old = given.get(row["key"]), lapsed.get(row["key"].rpartition(MARK)[0])
        parts = [row["disposition"]] if row["disposition"] else []
        if answer is not None:
            held = _NOT_CLEARED if row["effect"] == Effect.BLOCK else ""
            parts.append(f"answered by {answer['WHO']} on {answer['WHEN']}: {answer['WHY']}{held}")
        elif old is not None:
            parts.append(f"the answer of {old['WHO']} on {old['WHEN']} has lapsed: the record has changed since")
        said.append("; ".join(parts) or pd.NA)
    named = {key.rpartition(MARK)[0] for key in present}
    unused = [key for key in given if key not in present and key.rpartition(MARK)[0] not in named]
    return findings.assign(disposition=pd.array(said, dtype="string")), unused


def _records(findings: pd.DataFrame, cut: Cut) -> Iterable[str]:
    """Every value of each finding's record as one text; empty where it names no single record."""
    found = pd.Series("", index=findings.index, dtype="string")
    for domain, some in findings[findings["usubjid"].ne("")].groupby("domain"):
        own = f"{domain}SEQ"
        if domain not in cut.frames or (domain != "DM" and own not in cut[domain]):
            continue
        frame = cut[domain]
        frame = frame[frame["USUBJID"].isin(some["usubjid"])]
        names = sorted(cut.variables[domain] & set(frame.columns) - {own})
        key = frame["USUBJID"] + "\x1f" + (frame[own].astype("string").fillna("") if domain != "DM" else "")
        text = frame[names].astype("string").fillna("").agg("\x1f".join, axis=1) if len(frame) else key
        by_key = dict(zip(key, text, strict=True))
        asked = some["usubjid"] + "\x1f" + (some["seq"] if domain != "DM" else "")
        found.loc[some.index] = [by_key.get(one, "") for one in asked]
    return found
