"""The trial before it becomes SDTM: people, doses, visits and what happened, as frames the machinery reads."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial import story, story_events, story_findings
from nk521lib.edge.demo_trial.frames import days, told

DOSE_VISITS = {1: (2, "C1D1"), 2: (3, "C1D8"), 3: (4, "C1D15"), 4: (5, "C2D1"), 5: (7, "C2D8"), 6: (8, "C2D15")}
OTHER_VISITS = {28: (6, "DAY 28"), 43: (9, "WEEK 6"), 85: (10, "WEEK 12"), 127: (11, "WEEK 18"), 169: (12, "WEEK 24")}
"""Study day -> VISITNUM, VISIT."""

CELLS = {"1": 1.0, "2": 3.0, "3": 6.0}
"""10^9 cells by the level that ends an arm code."""


@dataclass(frozen=True)
class Cast:
    """Everything a synthetic trial is made of.

    people : one row per screened subject (columns of story.Person, with USUBJID, TRTSDT and END, the last day seen)
    doses : USUBJID DOSENO DAY PART (of the assigned cells) EXADJ
    visits : USUBJID VISITNUM VISIT DAY DOSENO, those that took place
    events, drugs, procedures, scans, lesions : the rows of the story's tables, with USUBJID
    """

    people: pd.DataFrame
    doses: pd.DataFrame
    visits: pd.DataFrame
    events: pd.DataFrame
    drugs: pd.DataFrame
    procedures: pd.DataFrame
    scans: pd.DataFrame
    lesions: pd.DataFrame


def tell_story() -> Cast:
    """The demo trial, from its tables."""
    people = _identified(told(story.PEOPLE))
    dates = ["BORN", "CONSENT", "ASSESSED", "ENROLLED", "FAILED", "LEFT", "DIED"]
    people = people.assign(**{c: days(people[c]) for c in dates})
    people["FAILCODE"] = people["NUMBER"].map(story.DISPOSITION_OF_FAILURE).fillna("SCREEN FAILURE")
    people["FAILCODE"] = people["FAILCODE"].astype("string").where(people["FAILED"].notna())
    courses = pd.DataFrame(
        [(c.number, c.first, day, n, *c.adjusted.get(n, (1.0, None)))
         for c in story.COURSES for n, day in enumerate(c.days, 1)],
        columns=["NUMBER", "FIRST", "STUDYDAY", "DOSENO", "PART", "EXADJ"],
    )  # fmt: skip
    doses = _identified(courses)
    doses["DAY"] = days(doses.pop("FIRST").astype("string")) + pd.to_timedelta(doses.pop("STUDYDAY") - 1, unit="D")
    doses["EXADJ"] = doses["EXADJ"].astype("string")
    people["TRTSDT"] = people["USUBJID"].map(doses.groupby("USUBJID")["DAY"].min())
    people["END"] = last_day_seen(people, days(pd.Series([story.EXTRACTS[-1].extracted], dtype="string"))[0])
    scans = _identified(told(story_findings.SCANS))
    scans["VISITNUM"], scans["VISIT"] = zip(*scans["VISIT"], strict=True)
    return Cast(
        people=people,
        doses=doses,
        visits=plan_visits(people, doses, missed=_identified(pd.DataFrame(
            story.MISSED_VISITS, columns=["NUMBER", "VISITNUM", "VISIT"]))),
        events=_identified(told(story_events.EVENTS)),
        drugs=_identified(told(story_events.DRUGS)),
        procedures=_identified(told(story_events.PROCEDURES)),
        scans=scans.assign(DAY=days(scans["DAY"])),
        lesions=_identified(told(story_findings.LESIONS)),
    )  # fmt: skip


def _identified(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(USUBJID=("NK521-" + story.SITE + "-" + frame["NUMBER"]).astype("string"))


def last_day_seen(people: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    """The day before death, the day of leaving the study, of screen failure, or today: what comes first."""
    ends = people[["LEFT", "FAILED"]].assign(DIED=people["DIED"] - pd.Timedelta(days=1), TODAY=today)
    return ends.min(axis=1)


def plan_visits(people: pd.DataFrame, doses: pd.DataFrame, missed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Screening, every dose, day 28, week 6 and later visits up to the last day seen; less those that were missed."""
    screening = people.loc[people["ASSESSED"].notna(), ["USUBJID", "ASSESSED"]].rename(columns={"ASSESSED": "DAY"})
    screening = screening.assign(VISITNUM=1.0, VISIT="SCREENING", DOSENO=0)
    dosing = doses[["USUBJID", "DAY", "DOSENO"]].copy()
    dosing["VISITNUM"] = dosing["DOSENO"].map({n: float(v[0]) for n, v in DOSE_VISITS.items()})
    dosing["VISIT"] = dosing["DOSENO"].map({n: v[1] for n, v in DOSE_VISITS.items()})
    dosed = people.loc[people["TRTSDT"].notna(), ["USUBJID", "TRTSDT"]]
    later = [
        pd.DataFrame({"USUBJID": dosed["USUBJID"], "DAY": dosed["TRTSDT"] + pd.Timedelta(days=day - 1),
                      "VISITNUM": float(number), "VISIT": name, "DOSENO": 0})
        for day, (number, name) in OTHER_VISITS.items()
    ]  # fmt: skip
    visits = pd.concat([screening, dosing, *later], ignore_index=True)
    visits["DAY"] = visits["DAY"].astype("datetime64[s]")
    end = visits["USUBJID"].map(people.set_index("USUBJID")["END"])
    visits = visits[visits["DAY"] <= end]
    if missed is not None:
        key = ["USUBJID", "VISITNUM"]
        was_missed = visits.set_index(key).index.isin(missed.astype({"VISITNUM": float}).set_index(key).index)
        visits = visits[~was_missed]
    return visits.astype({"USUBJID": "string", "VISIT": "string"}).sort_values(
        ["USUBJID", "DAY", "VISITNUM"], kind="stable", ignore_index=True
    )


def positions(keys: pd.Series) -> np.ndarray:
    """Whole number per distinct key, in order of appearance."""
    return pd.factorize(keys)[0]
