"""One synthetic subject at a time: a plan of doses and contacts, changed by what a test says."""

from functools import cache

import pandas as pd
import pytest

FIRST = "2026-03-02"
"""Study day 1 of a subject unless the test says otherwise; the default window ends on 2026-03-29 (day 28)."""


def on(study_day: int, first: str = FIRST) -> str:
    """ISO date of a study day; there is no day 0."""
    return (pd.Timestamp(first) + pd.Timedelta(days=study_day - (study_day > 0))).date().isoformat()


class Cases:
    """The subjects of a module's tests, each judged by itself: those of the same settings and cut-off share one snapshot."""

    def __init__(self):
        self._told = {}  # name -> ((settings, cutoff), plans by subject, records by domain)

    def __call__(self, settings=(), cutoff="2026-06-30", domains=None, **plan) -> str:
        """Name of a new subject. domains : its records, without USUBJID. plan : as `make_trial` has it."""
        name = f"S{len(self._told):03d}"
        records = {code: [row | {"USUBJID": name} for row in rows] for code, rows in (domains or {}).items()}
        self._told[name] = (settings, cutoff), {name: plan}, records
        return name

    def settings_for(self, names) -> tuple[str, ...]:
        """What the snapshot of these cases must be told besides."""
        return ()

    def derive(self, make_trial, derive):
        """found(case): what derive(cut) gives of the snapshot that the case stands in, asked once for each snapshot."""

        @cache
        def found(shared):
            names = [name for name, (kind, *_) in self._told.items() if kind == shared]
            plans, domains = {}, {}
            for _, people, records in map(self._told.get, names):
                plans |= people
                for code, rows in records.items():
                    domains.setdefault(code, []).extend(rows)
            settings, cutoff = shared
            return derive(make_trial(plans, settings=(*settings, *self.settings_for(names)), cutoff=cutoff, **domains))

        return lambda name: found(self._told[name][0])


class Groups(Cases):
    """The groups of a module's tests, beside an empty A and B: groups are independent of each other (rulings 3.7 to 3.12)."""

    def __call__(self, notation, group="A", more=None, settings=(), cutoff="2028-12-31", **domains) -> str:
        """Name of a new group, which is told as `make_group` has it, under the name `group`. A is intravenous, B is not."""
        name = f"{group}{len(self._told):03d}"
        mine = lambda said: name + said[len(group) :] if said and said.startswith(group) else said
        own = lambda row: row | {key: mine(row[key]) for key in ("USUBJID", "GROUP") if key in row}
        plans, records = history(notation, name, {mine(who): changed for who, changed in (more or {}).items()})
        for code, rows in domains.items():
            records[code] = [*map(own, rows), *records.get(code, [])]
        self._told[name] = (settings, cutoff), plans, records
        return name

    def settings_for(self, names) -> tuple[str, ...]:
        routes = {"A": "INTRAVENOUS", "B": "INTRAPERITONEAL"}
        ladder = "{{id: {0}, label: {0}, route: {1}, arms: {{{0}_DL1: 1, {0}_DL2: 2, {0}_DL3: 3}}}}"
        return (f"groups=[{', '.join(ladder.format(name, routes[name[0]]) for name in ('A', 'B', *names))}]",)


@pytest.fixture(scope="session")
def day():
    return on


@pytest.fixture(scope="session")
def make_trial(make_cut):
    """make_trial(subjects, AE=[…], …) -> Cut.

    subjects : name -> dict(arm="A_DL1", first=FIRST, doses=(1, 8, 15, 22), cells=1.0 or list, seen=(28,), dm={}): planned
    days of doses and visits, and what DM says besides. Records of further domains name subjects by the same names; day numbers in `…DAY` keys
    (AESTDAY=5) become dates of that subject.
    """

    def make(subjects, cutoff="2026-06-30", settings=(), **domains):
        plans = {name: {"arm": "A_DL1", "first": FIRST, "doses": (1, 8, 15, 22), "cells": None, "seen": (28,)} | plan
                 for name, plan in subjects.items()}  # fmt: skip
        dm, ex, sv = [], [], []
        for name, plan in plans.items():
            group, level = plan["arm"].split("_DL")
            amount = plan["cells"] if plan["cells"] is not None else {"1": 1.0, "2": 3.0, "3": 6.0}[level]
            amounts = amount if isinstance(amount, list | tuple) else [amount] * len(plan["doses"])
            dm.append({"USUBJID": name, "SUBJID": name, "ARMCD": plan["arm"], "SEX": "F"} | plan.get("dm", {}))
            for study_day, cells in zip(plan["doses"], amounts, strict=True):
                date = on(study_day, plan["first"]) + plan.get("clock", "")
                if date[:10] <= cutoff:
                    route = "INTRAVENOUS" if group.startswith("A") else "INTRAPERITONEAL"
                    ex.append(
                        {
                            "USUBJID": name,
                            "EXTRT": "NK521",
                            "EXDOSE": cells,
                            "EXDOSU": "10^9 CELLS",
                            "EXROUTE": route,
                            "EXSTDTC": date,
                        }
                    )
            for number, study_day in enumerate(plan["seen"], 1):
                if on(study_day, plan["first"]) <= cutoff:
                    sv.append({"USUBJID": name, "VISITNUM": float(number), "SVSTDTC": on(study_day, plan["first"])})
        given = {code: [_dated(row, plans) for row in rows] for code, rows in domains.items()}
        ex += given.pop("EX", [])
        sv += given.pop("SV", [])
        return make_cut(cutoff=cutoff, settings=settings, DM=dm, EX=ex, SV=sv, **given)

    return make


def _dated(row: dict, plans: dict) -> dict:
    out = {}
    for key, value in row.items():
        if key.endswith("DAY"):
            first = plans[row["USUBJID"]]["first"] if row.get("USUBJID") in plans else FIRST
            key, value = key.removesuffix("DAY") + "DTC", on(value, first)
        out[key] = value
    return out


def history(notation, group, more) -> tuple[dict, dict]:
    """Plans by subject and records by domain of a regular history told in outcome notation, as `make_group` has it."""
    plans, ae, ds, start = {}, [], [], 0
    for token in notation.split():
        for letter in token[1:]:
            name = f"{group}{len(plans) + 1:02d}"
            first = on(start + 1, "2026-01-05")
            plans[name] = {"arm": f"{group}_DL{token[0]}", "first": first} | more.get(name, {})
            if letter == "T":
                ae.append({"USUBJID": name, "AETERM": "Hypotension", "AEDECOD": "Hypotension", "AEREL": "RELATED", "AETOXGR": "3",
                           "AEDLT": "Y", "AESTDAY": 5, "AEENDAY": 6})  # fmt: skip
            if letter == "P":
                plans[name] |= {"seen": ()}
            if letter == "R":
                plans[name] |= {"doses": (1,)}
                ds.append(
                    {"USUBJID": name, "DSCAT": "DISPOSITION EVENT", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDAY": 10}
                )
            start += 14
        start += 30
    return plans, {"AE": ae, "DS": ds}


@pytest.fixture(scope="session")
def make_group(make_trial):
    """make_group("1NNN 2NT P", group="A", more={…}, **domains) -> Cut: a regular history told in outcome notation.

    A token is a level and letters in order of first dose: N clear, T DLT by the investigator, P no contact at the end
    of the window, R left early (to be replaced). Cohorts follow each other, all windows closed, subjects 14 days apart.
    more : subject name -> changes of its plan. Names are A01, A02, …
    """

    def make(notation, group="A", settings=(), cutoff="2028-12-31", more=None, subjects=None, **domains):
        plans, records = history(notation, group, more or {})
        for code, rows in records.items():
            domains[code] = [*domains.get(code, []), *rows]
        return make_trial((subjects or {}) | plans, cutoff=cutoff, settings=settings, **domains)

    return make
