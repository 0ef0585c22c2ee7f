"""Doses: amount, route, spacing, and the level and group they belong to (NKD-020 to NKD-023, NKD-063)."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.checks.check import Check, Study, yes
from nk521lib.chapters.linkage import among, of_subject
from nk521lib.findings import Finding
from nk521lib.terms import Effect, Severity

_BLOCK, _FLAG = Effect.BLOCK, Effect.FLAG


def _amounts_and_routes(study: Study) -> Iterable[Finding]:
    trial, rules, ex = study.cut.params.trial, study.cut.params.data, study.cut["EX"]
    unit = yes(ex["EXDOSU"].str.upper().eq(trial.dose_unit.upper()))
    given = yes(ex["EXDOSE"].ne(0).fillna(True))  # zero says: not given, which is no wrong amount
    problems = {"EXDOSE is missing": yes(ex["EXDOSE"].isna())}
    if trial.levels:
        level = of_subject(ex["USUBJID"], study.subjects["LEVEL"])
        planned = level.map(dict(enumerate(trial.levels, start=1))).astype("Float64")
        ratio = ex["EXDOSE"] * trial.dose_unit_cells / planned
        outside = ~ratio.between(rules.dose_low_factor, rules.dose_high_factor) & ratio.notna()
        routes = {g.id: g.route for g in trial.groups if g.route}
        route = of_subject(ex["USUBJID"], study.group_of).map(routes).astype("string")
        expected = f"{rules.dose_low_factor:g} to {rules.dose_high_factor:g} times the level"
        problems |= {
            f"EXDOSU is not {trial.dose_unit}": given & ex["EXDOSE"].notna() & ~unit,
            f"EXDOSE is outside {expected}": given & unit & yes(outside),
            "EXROUTE is not that of the group": given & route.notna() & ~yes(ex["EXROUTE"].str.upper().eq(route)),
        }
    low, high = dates.earliest(ex["EXSTDTC"]), dates.latest(ex["EXSTDTC"])
    # an amount that cannot be read leaves no known dose, and so no window of its own: its subject's group waits all the same
    known = among(ex["USUBJID"], study.group_of.dropna().index)
    blocks = study.possibly_in_window(ex["USUBJID"], low, high) | (known & ~among(ex["USUBJID"], study.window.index))
    found = []
    for what, wrong in problems.items():
        some = ex[wrong]
        value = (
            some["EXDOSE"].astype("string").fillna("empty")
            + " "
            + some["EXDOSU"].fillna("")
            + " "
            + some["EXROUTE"].fillna("")
        )
        found.append(pd.DataFrame({
            "USUBJID": some["USUBJID"], "SEQ": some["EXSEQ"], "CAUSE": what + some["USUBJID"], "EVIDENCE": value.str.strip(),
            "MESSAGE": f"EX: {what} (" + value.str.strip() + " on " + some["EXSTDTC"].fillna("an unknown day") + ")",
            "BLOCKS": blocks[wrong],
        }))  # fmt: skip
    return AMOUNT.per_cause(study, pd.concat(found, ignore_index=True), "EX")


def _doses_without_a_day(study: Study) -> Iterator[Finding]:
    vague = study.doses[study.doses["DAY"].isna()]
    at = study.subjects.reindex(vague["USUBJID"]).set_index(vague.index)
    yield from SPACING.per_cause(study, pd.DataFrame({
        "USUBJID": vague["USUBJID"], "SEQ": vague["EXSEQ"],
        "MESSAGE": "EX: dose " + vague["DOSENO"].astype("string") + " on " + vague["EXSTDTC"].fillna("an unknown day") + ": it counts as given, on a day from "
        + vague["LOW"].dt.strftime("%Y-%m-%d") + " to " + vague["HIGH"].dt.strftime("%Y-%m-%d")
        + pd.Series("; the day of the first dose is not known", index=vague.index).where(at["TRTSDTF"].notna(), ""),
    }), "EX")  # fmt: skip


def _spacing(study: Study) -> Iterator[Finding]:
    trial, doses = study.cut.params.trial, study.doses
    yield from _doses_without_a_day(study)
    if not trial.dose_days or doses.empty:
        return
    gap = (doses["DAY"] - doses.groupby("USUBJID")["DAY"].shift()).dt.days
    plan = pd.Series(np.diff(trial.dose_days), index=range(2, len(trial.dose_days) + 1), dtype="float64")
    planned = doses["DOSENO"].map(plan).astype("float64")
    same_day = gap.eq(0)
    off = ((gap - planned).abs() > trial.dose_window_days) & ~same_day
    extra = doses["DOSENO"] > len(trial.dose_days)
    day = doses["DAY"].dt.strftime("%Y-%m-%d").fillna("an unknown day")
    number = doses["DOSENO"].astype("string")
    for wrong, message in (
        (
            off,
            "EX: dose "
            + number
            + f" on {{}} is {{}} days after the one before, expected {{}} ± {trial.dose_window_days}",
        ),
        (same_day, "EX: two doses on {}"),
        (extra, "EX: dose " + number + f" on {{}}, {len(trial.dose_days)} are planned"),
    ):
        some = doses[yes(wrong)]
        texts = pd.Series(message, index=doses.index)[some.index]
        filled = [text.format(d, "" if pd.isna(g) else int(g), "" if pd.isna(p) else int(p))
                  for text, d, g, p in zip(texts, day[some.index], gap[some.index], planned[some.index], strict=True)]  # fmt: skip
        yield from SPACING.per_cause(
            study, pd.DataFrame({"USUBJID": some["USUBJID"], "SEQ": some["EXSEQ"], "MESSAGE": filled}), "EX"
        )


def _levels(study: Study) -> Iterator[Finding]:
    trial = study.cut.params.trial
    if not trial.levels:
        return
    subjects = study.subjects
    dosed = subjects[subjects["SAFFL"].eq("Y").fillna(False).astype(bool)]  # no flag: not dosed
    wrong = dosed[yes(dosed["LEVELTRT"] != dosed["LEVEL"])]
    received, assigned = wrong["LEVELTRT"].astype("string"), wrong["LEVEL"].astype("string")
    yield from LEVEL.per_cause(study, pd.DataFrame({
        "USUBJID": wrong.index, "EVIDENCE": "ARMCD " + wrong["ARMCD"],
        "MESSAGE": f"EX: the first dose is that of {trial.level_prefix}" + received + f", assigned is {trial.level_prefix}" + assigned,
    }), "EX")  # fmt: skip
    stray = dosed[yes(dosed["GROUP"].isna() | dosed["LEVEL"].isna())]
    routes = {g.route: g.id for g in trial.groups if g.route}
    first = study.cut["EX"].drop_duplicates("USUBJID").set_index("USUBJID")["EXROUTE"].str.upper()
    for usubjid, arm in stray["ARMCD"].fillna("empty").items():
        # counted at no level: without a route that tells the group, every group waits
        group = routes.get(first.get(usubjid))
        for one in [group] if group else [g.id for g in trial.groups]:
            yield LEVEL.of(f"DM: {usubjid} was dosed, but ARMCD is {arm} and names no dose level", _BLOCK, group=one,
                           domain="DM", usubjid=str(usubjid), evidence=f"ARMCD {arm}")  # fmt: skip


def _after_leaving(study: Study) -> Iterable[Finding]:
    """A dose surely later than a disposition: one of the two dates is wrong, or the person was not in the study."""
    ds, ex = study.cut["DS"], study.cut["EX"]
    left = ds[yes(ds["DSCAT"].str.upper().eq("DISPOSITION EVENT"))]
    left = left.assign(DAY=dates.latest(left["DSSTDTC"])).dropna(subset=["DAY"]).sort_values("DAY", kind="stable")
    left = left.drop_duplicates("USUBJID").set_index("USUBJID")
    day = of_subject(ex["USUBJID"], left["DAY"])
    late = ex[yes(dates.earliest(ex["EXSTDTC"]) > day) & yes(ex["EXDOSE"].ne(0).fillna(True))]
    why = of_subject(late["USUBJID"], left["DSDECOD"])
    return LEFT.per_cause(study, pd.DataFrame({
        "USUBJID": late["USUBJID"], "SEQ": late["EXSEQ"], "CAUSE": late["USUBJID"], "EVIDENCE": "EXSTDTC " + late["EXSTDTC"],
        "MESSAGE": "EX: dose on " + late["EXSTDTC"] + " is after " + why.fillna("the disposition") + " on "
        + day[late.index].dt.strftime("%Y-%m-%d"),
    }), "EX")  # fmt: skip


def _skipped(study: Study) -> Iterator[Finding]:
    """A level dosed before anybody was dosed at the one below, although the committee had opened it.

    A level that nobody opened is NKD-060, and said there alone.
    """
    trial, subjects, adjud = study.cut.params.trial, study.subjects, study.cut["ADJUD"]
    if not trial.levels:
        return
    opened = adjud[yes(adjud["ITEM"].eq("DECISION")) & yes(adjud["VALUE"].eq("OPEN"))]
    dosed = subjects[yes(subjects["SAFFL"].eq("Y")) & subjects["LEVEL"].notna()]
    for group, here in dosed.groupby("GROUP"):
        first = here.groupby("LEVEL")["TRTSDT"].min()
        levels = set(opened.loc[yes(opened["GROUP"].eq(group)), "LEVEL"].dropna())
        for level, day in first.items():
            below = [
                rung for rung in range(trial.start_level, int(level)) if not (rung in first and first[rung] <= day)
            ]
            if below and level in levels:
                named = " and ".join(f"{trial.level_prefix}{rung}" for rung in below)
                yield SKIPPED.of(f"group {group}: {trial.level_prefix}{level} was first dosed on {day:%Y-%m-%d}, {named} had not been",
                                 group=str(group), domain="EX", evidence=f"skipped: {named}")  # fmt: skip


AMOUNT = Check("NKD-020", Severity.ERROR, (_BLOCK, _FLAG), "every dose has an amount near its level, by the group's route",
               "A subject is counted at the assigned level: a wrong amount or route counts for a dose that nobody received",
               _amounts_and_routes)  # fmt: skip
SPACING = Check("NKD-021", Severity.WARNING, (_FLAG,), "doses come weekly, once a day, no more than planned",
                "Once weekly for two cycles of three weeks [P]; two doses on a day may be one record twice", _spacing)  # fmt: skip
LEVEL = Check("NKD-022", Severity.WARNING, (_BLOCK, _FLAG), "the level received is the level assigned",
              "Counted is the assigned level; who was dosed without one would be counted nowhere", _levels)  # fmt: skip
LEFT = Check("NKD-023", Severity.WARNING, (_FLAG,), "no dose is after the subject left",
             "Whoever left the study or failed screening is not dosed; one of the dates is wrong", _after_leaving)  # fmt: skip
SKIPPED = Check("NKD-063", Severity.WARNING, (_FLAG,), "no level is dosed before the one below it",
                "A 3+3 climbs one level at a time; a level that was skipped has no evidence of its own", _skipped)  # fmt: skip
CHECKS = (AMOUNT, SPACING, LEVEL, LEFT, SKIPPED)
