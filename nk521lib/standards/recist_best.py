"""Best overall response over visits, as an ordered list of named events: the first that holds decides.

Source: Eisenhauer et al., Eur J Cancer 2009;45:228, section 4.4 and table 3; spec efficacy.md section 2,
rulings.md 6.4-6.5. Where conventions differ, the choice is a field of BestResponseRules.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from nk521lib.standards.recist_rules import CR, NE, NON_CR_NON_PD, PD, PR, SD

RESPONSES = (CR, PR, SD, NON_CR_NON_PD, PD, NE)
DAY = np.timedelta64(1, "D")


EVENTS = (
    "confirmed CR",
    "confirmed PR",
    "CR",
    "PR",
    "stable for the minimum duration",
    "stable for the minimum duration, no target lesions",
    "progression",
    "stable, but too early to count",
    "no evaluable assessment",
    "no assessment that counts",
)
"""BEST_RULE, in the order in which they are tried: the first two with `confirm`, the next two without."""


@dataclass(frozen=True)
class BestResponseRules:
    """Conventions of best overall response. Days are elapsed days (date minus date).

    confirm : CR and PR need a second assessment `confirm_days` or more later.
    sd_min_days : a stable visit counts from so many days after START (alternative 42).
    max_between : visits other than a response that one confirmation may span (0: consecutive).
    sd_between_pr : such a visit may be SD for a PR (PR-SD-PR); False: only NE may lie between.
    pr_after_cr : an overall PR after an overall CR reads as PR (the CR was one, and confirms as PR), SD or PD.
    """

    confirm: bool = True
    confirm_days: int = 28
    sd_min_days: int = 35
    max_between: int = 1
    sd_between_pr: bool = True
    pr_after_cr: Literal["PR", "SD", "PD"] = "PR"

    def __post_init__(self):
        if self.pr_after_cr not in (PR, SD, PD):
            raise ValueError(f'pr_after_cr is "{self.pr_after_cr}"; expected PR, SD or PD')
        if min(self.confirm_days, self.sd_min_days, self.max_between) < 0:
            raise ValueError("confirm_days, sd_min_days and max_between are 0 or more")


def _checked(responses: pd.DataFrame, subjects: pd.DataFrame) -> None:
    for key in (responses["SUBJECT"], responses["VISIT"], subjects["SUBJECT"]):
        if key.isna().any():
            raise ValueError(f"{key.name} is missing in {int(key.isna().sum())} rows")
    if subjects["SUBJECT"].duplicated().any():
        raise ValueError("subjects: one row per SUBJECT expected")
    if responses.duplicated(["SUBJECT", "VISIT"]).any():
        raise ValueError("responses: one row per SUBJECT and VISIT expected")
    unknown = sorted(set(responses["OVERALL"].dropna().unique()) - set(RESPONSES))
    if unknown:
        raise ValueError(f"OVERALL is {', '.join(unknown)}; expected one of {', '.join(RESPONSES)}")


def _counted_visits(
    responses: pd.DataFrame, subjects: pd.DataFrame, rules: BestResponseRules, cutoff: pd.Timestamp | None
) -> pd.DataFrame:
    """Visits from START up to the first PD, to CENSOR and to the cut-off (both days included), in visit order.

    An undated visit keeps its place in the order: it can be PD or break a confirmation, but span no interval.
    """
    window = subjects[["SUBJECT", "START", "CENSOR"]].assign(S=np.arange(len(subjects)))
    rows = responses[responses["OVERALL"].notna()][["SUBJECT", "VISIT", "DATE", "OVERALL"]]
    rows = rows.merge(window, how="inner", on="SUBJECT", validate="many_to_one")
    outside = rows["DATE"].lt(rows["START"]) | rows["DATE"].gt(rows["CENSOR"])
    if cutoff is not None:
        outside |= rows["DATE"].gt(cutoff)
    rows = rows[~outside].sort_values(["S", "VISIT"], kind="stable", ignore_index=True)
    had_cr = rows["OVERALL"].eq(CR).astype("int64").groupby(rows["S"]).cumsum().gt(0)
    rows["OVERALL"] = rows["OVERALL"].mask(rows["OVERALL"].eq(PR) & had_cr, rules.pr_after_cr)
    is_pd = rows["OVERALL"].eq(PD).astype("int64")
    progressed_before = is_pd.groupby(rows["S"]).cumsum() - is_pd
    return rows[progressed_before.eq(0)].reset_index(drop=True)


def _kinds(rules: BestResponseRules) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What confirms a CR and a PR, and what may lie between the two visits of a confirmation."""
    return {CR: ((CR,), (NE,)), PR: ((CR, PR), (SD, NE) if rules.sd_between_pr else (NE,))}


def _first_row(flag: pd.Series | np.ndarray, subject: np.ndarray, n: int) -> np.ndarray:
    """Per subject, the number of the first row flagged, -1 without one."""
    flagged = np.flatnonzero(np.asarray(flag, dtype=bool))
    who, first = np.unique(subject[flagged], return_index=True)
    rows = np.full(n, -1)
    rows[who] = flagged[first]
    return rows


def _confirmed_by(
    rows: pd.DataFrame, kind: tuple[str, ...], spanned: tuple[str, ...], rules: BestResponseRules
) -> np.ndarray:
    """Row number of the earliest visit that confirms each row as a response of this kind, -1 without one.

    Every visit between the two is of the kind, except `max_between` that may be one of `spanned`.
    Visits are compared at distance 1, 2, … within a subject: as many array passes as the longest history.
    """
    subject, date = rows["S"].to_numpy(), rows["DATE"].to_numpy()
    responds = rows["OVERALL"].isin(kind).to_numpy(dtype=bool)
    other = np.cumsum(~responds)
    breaking = np.cumsum(~responds & ~rows["OVERALL"].isin(spanned).to_numpy(dtype=bool))
    confirmed_by = np.full(len(rows), -1)
    first = np.flatnonzero(responds)
    distance = 1
    while len(first):
        first = first[first + distance < len(rows)]
        second = first + distance
        first, second = first[same := subject[first] == subject[second]], second[same]
        few = other[second - 1] - other[first] <= rules.max_between
        unbroken = few & (breaking[second - 1] == breaking[first])  # what is broken stays broken further on
        first, second = first[unbroken], second[unbroken]
        apart = (date[second] - date[first]) >= rules.confirm_days * DAY  # NaT: no interval, False
        done = responds[second] & apart
        confirmed_by[first[done]] = second[done]
        first = first[~done]
        distance += 1
    return confirmed_by


def _events(rows: pd.DataFrame, confirmed_by: dict[str, np.ndarray], rules: BestResponseRules) -> list[tuple]:
    """(name, response, rows where it holds) in the order of EVENTS; "no assessment that counts" is what is left."""
    overall = rows["OVERALL"]
    stable = overall.isin([CR, PR, SD, NON_CR_NON_PD])
    long_enough = stable & (rows["DATE"] - rows["START"]).ge(pd.Timedelta(days=rules.sd_min_days))
    # SD does not exist for a subject without target lesions: NON-CR/NON-PD takes its place
    some_non_target_only = overall.eq(NON_CR_NON_PD).groupby(rows["S"]).transform("any")
    no_targets = some_non_target_only & ~overall.isin([PR, SD]).groupby(rows["S"]).transform("any")
    if rules.confirm:
        best = [("confirmed CR", CR, confirmed_by[CR] >= 0), ("confirmed PR", PR, confirmed_by[PR] >= 0)]
    else:
        best = [("CR", CR, overall.eq(CR)), ("PR", PR, overall.eq(PR))]
    return [
        *best,
        ("stable for the minimum duration", SD, long_enough & ~no_targets),
        ("stable for the minimum duration, no target lesions", NON_CR_NON_PD, long_enough & no_targets),
        ("progression", PD, overall.eq(PD)),
        ("stable, but too early to count", NE, stable),
        ("no evaluable assessment", NE, overall.eq(NE)),
    ]


def _awaiting(rows: pd.DataFrame, best: pd.Series, rules: BestResponseRules) -> np.ndarray:
    """Per subject, were follow-up to go on: could the next visit confirm a response better than `best`?"""
    subject, awaiting = rows["S"].to_numpy(), np.zeros(len(best), dtype=bool)
    for code, (kind, spanned) in _kinds(rules).items():
        responds = rows["OVERALL"].isin(kind).astype(bool)
        breaks = ~responds & ~rows["OVERALL"].isin(spanned).astype(bool)
        others_after, breaks_after = (
            flag.astype("int64").iloc[::-1].groupby(rows["S"]).cumsum().reindex(rows.index) - flag
            for flag in (~responds, breaks)
        )
        waiting = responds & others_after.le(rules.max_between) & breaks_after.eq(0)
        better = [CR] if code == CR else [CR, PR]
        here = _first_row(waiting, subject, len(best)) >= 0
        awaiting |= here & ~best.isin(better).to_numpy(dtype=bool)
    return awaiting


def derive_best_response(
    responses: pd.DataFrame,
    subjects: pd.DataFrame,
    rules: BestResponseRules | None = None,
    cutoff: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Best overall response, one row per subject of `subjects`, in its order.

    responses : SUBJECT, VISIT (orders the visits), DATE datetime64, OVERALL; rows with OVERALL missing (baseline)
        are no assessment, rows of other subjects are left out. The output of recist.derive_responses serves.
    subjects : SUBJECT; START first treatment; CENSOR the date after which nothing counts (new therapy, death,
        exit; NaT: followed on). An assessment on that very day counts.

    Returns SUBJECT, BEST, BEST_RULE (the event that decided, as in EVENTS), BEST_DATE and BEST_VISIT (first visit
    that decides), CONFIRM_DATE, RESPONSE_DATE (first CR or PR of the earliest confirmed pair, or with
    confirm=False the first CR or PR), AWAITING boolean (a better response may still be confirmed), ASSESSMENTS and
    UNDATED Int64. Raises ValueError for unknown codes and repeated keys.
    """
    rules = rules or BestResponseRules()
    _checked(responses, subjects)
    rows = _counted_visits(responses, subjects, rules, cutoff)
    subject, n = rows["S"].to_numpy(), len(subjects)
    confirmed_by = {code: _confirmed_by(rows, *kind, rules) for code, kind in _kinds(rules).items()}
    events = _events(rows, confirmed_by, rules)

    rank, deciding = np.full(n, len(events)), np.full(n, -1)
    for i in reversed(range(len(events))):  # the first of the list is written last, and stays
        _, _, holds = events[i]
        first = _first_row(holds, subject, n)
        rank, deciding = np.where(first >= 0, i, rank), np.where(first >= 0, first, deciding)
    out = pd.DataFrame({"SUBJECT": subjects["SUBJECT"].to_numpy()}).astype({"SUBJECT": "string"})
    codes = np.array([code for _, code, _ in events] + [NE], dtype=object)
    names = np.array([name for name, _, _ in events] + ["no assessment that counts"], dtype=object)
    out["BEST"] = pd.array(codes[rank], dtype="string")
    out["BEST_RULE"] = pd.array(names[rank], dtype="string")

    def at_row(column: str, row: np.ndarray) -> pd.Series:
        return rows[column].reindex(np.where(row >= 0, row, len(rows))).reset_index(drop=True)

    out["BEST_DATE"], out["BEST_VISIT"] = at_row("DATE", deciding), at_row("VISIT", deciding)
    second = np.full(n, -1)
    for code, partner in confirmed_by.items() if rules.confirm else ():
        decided = out["BEST"].eq(code).to_numpy(dtype=bool)
        second[decided] = partner[deciding[decided]]
    out["CONFIRM_DATE"] = at_row("DATE", second)
    responds = confirmed_by[PR] >= 0 if rules.confirm else rows["OVERALL"].isin([CR, PR])
    out["RESPONSE_DATE"] = at_row("DATE", _first_row(responds, subject, n))

    followed = subjects["CENSOR"].isna().to_numpy()
    if cutoff is not None:
        followed = followed | subjects["CENSOR"].gt(cutoff).to_numpy()
    awaiting = rules.confirm & followed & _awaiting(rows, out["BEST"], rules)
    out["AWAITING"] = pd.array(awaiting, dtype="boolean")
    out["ASSESSMENTS"] = pd.array(np.bincount(subject, minlength=n), dtype="Int64")
    out["UNDATED"] = pd.array(np.bincount(subject[rows["DATE"].isna()], minlength=n), dtype="Int64")
    return out
