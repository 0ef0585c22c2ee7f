"""Doses: amount, route, spacing, and the level and group they belong to (NKD-020 to NKD-022, NKD-062)."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.checks.check import Check, Study, yes
from nk521lib.chapters.linkage import of_subject
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
    known = ex["USUBJID"].isin(study.group_of.dropna().index)
    blocks = study.possibly_in_window(ex["USUBJID"], low, high) | (known & ~ex["USUBJID"].isin(study.window.index))
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


def _spacing(study: Study) -> Iterator[Finding]:
    trial, doses = study.cut.params.trial, study.doses
    if not trial.dose_days or doses.empty:
        return
    gap = (doses["DAY"] - doses.groupby("USUBJID")["DAY"].shift()).dt.days
    plan = pd.Series(np.diff(trial.dose_days), index=range(2, len(trial.dose_days) + 1), dtype="float64")
    planned = doses["DOSENO"].map(plan).astype("float64")
    same_day = gap.eq(0)
    off = ((gap - planned).abs() > trial.dose_window_days) & ~same_day
    extra = doses["DOSENO"] > len(trial.dose_days)
    day = doses["DAY"].dt.strftime("%Y-%m-%d")
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


def _places(study: Study) -> Iterator[Finding]:
    trial, cap, subjects = study.cut.params.trial, study.cut.params.escalation.group_cap, study.subjects
    if not trial.levels:
        return
    dosed = subjects[yes(subjects["SAFFL"].eq("Y"))]
    for group in trial.groups:
        here = dosed[yes(dosed["GROUP"].eq(group.id))]
        if len(here) > cap:
            yield PLACES.of(f"group {group.id}: {len(here)} subjects dosed, {cap} are planned", group=group.id, domain="EX",
                            evidence=f"{len(here)} of {cap}")  # fmt: skip
        waiting = here[yes(study.window["END"].reindex(here.index) > study.cut.cutoff)]
        open_levels = sorted(waiting["LEVEL"].dropna().unique())
        if len(open_levels) > 1:
            named = ", ".join(f"{trial.level_prefix}{level}" for level in open_levels)
            yield PLACES.of(f"group {group.id}: DLT windows are open at more than one level ({named})", group=group.id,
                            domain="EX", evidence=named)  # fmt: skip


AMOUNT = Check("NKD-020", Severity.ERROR, (_BLOCK, _FLAG), "every dose has an amount near its level, by the group's route",
               "A subject is counted at the assigned level: a wrong amount or route counts for a dose that nobody received",
               _amounts_and_routes)  # fmt: skip
SPACING = Check("NKD-021", Severity.WARNING, (_FLAG,), "doses come weekly, once a day, no more than planned",
                "Once weekly for two cycles of three weeks [P]; two doses on a day may be one record twice", _spacing)  # fmt: skip
LEVEL = Check("NKD-022", Severity.WARNING, (_BLOCK, _FLAG), "the level received is the level assigned",
              "Counted is the assigned level; who was dosed without one would be counted nowhere", _levels)  # fmt: skip
PLACES = Check("NKD-062", Severity.WARNING, (_FLAG,), "no group is above its cap, no two levels are open at once",
               "9 subjects per group [P]; a level is closed before the next one opens", _places)  # fmt: skip
CHECKS = (AMOUNT, SPACING, LEVEL, PLACES)
