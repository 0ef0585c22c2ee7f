"""What an assumption costs: the short way to an alternative gives what the whole derivation gives, no more and no less (escalation.md section 9)."""

from dataclasses import replace

import pandas as pd
import pytest

from nk521lib.chapters.escalation import decide_groups, derive_escalation
from nk521lib.chapters.escalation.alternatives import (
    REACHES,
    changed_subjects,
    costs_from_here,
    moved,
    under_alternatives,
)
from nk521lib.chapters.escalation.outlook import rules_pace
from nk521lib.standards.designs import Pace


def event(name, onset, **more):
    return {
        "USUBJID": name,
        "AETERM": "x",
        "AEDECOD": "Hypotension",
        "AEREL": "RELATED",
        "AETOXGR": "3",
        "AESTDAY": onset,
        "AEENDAY": onset + 1,
    } | more


@pytest.fixture(scope="module")
def trial(make_trial, day):
    """One subject for each assumption to bite on: events about the end of the window, few, low and missed doses, no contact."""
    plans = {
        "A1": {}, "A2": {"first": day(20), "seen": (26,)}, "A3": {"first": day(40), "cells": 0.85},
        "A4": {"first": day(60), "doses": (1, 8)}, "A5": {"first": day(80), "doses": (1, 8, 15)},
        "B1": {"arm": "B_DL1", "doses": (1, 8, 18, 25)}, "B2": {"arm": "B_DL1", "first": day(30)},
        "B3": {"arm": "B_DL2", "first": day(50), "cells": 1.0}, "B4": {"arm": "B_DL2", "first": day(95)},
    }  # fmt: skip
    events = [event("A1", 25, AEDLT="Y"), event("A5", 10, AEACN="DRUG INTERRUPTED", AETOXGR="2"), event("B1", 30, AEDLT="Y"),
              event("B2", 29), event("B4", 3, AEDLT="Y", AETOXGR="2")]  # fmt: skip
    cut = make_trial(plans, cutoff=day(115), AE=events)
    found = derive_escalation(cut)
    return cut, found, list(under_alternatives(cut, found))


#   one assumption of each kind of what it reaches; the windows differ in what the events read of them, or do not
SHORT_WAYS = [
    "extend_for_delay",
    "full_dose_fraction",
    "underdosed_rule",
    "dlt_needs_committee",
    "dlt_min_doses",
    "mtd_min_n",
]


@pytest.mark.parametrize("name", SHORT_WAYS)
def test_the_short_way_gives_what_the_whole_derivation_gives(trial, name):
    other = next(other for other in trial[2] if other.name == name)
    whole = derive_escalation(other.cut)
    pd.testing.assert_frame_equal(other.found.status, whole.status)
    assert decide_groups(other.cut, other.found)["groups"] == decide_groups(other.cut, whole)["groups"]


def test_every_assumption_changes_something_for_somebody(trial):
    """Otherwise the equality above would prove nothing about it."""
    cut, found, tried = trial
    assert {other.name for other in tried} == set(REACHES)
    changed = {
        other.name
        for other in tried
        for group in found.groups
        if moved(found, other.found, group) or changed_subjects(found, other.found, group)
        or costs_from_here(other.cut, other.found, group).e_days != costs_from_here(cut, found, group).e_days
    }  # fmt: skip
    assert set(REACHES) - changed == {"groups_independent", "cap_basis"}


def test_which_subjects_are_judged_otherwise(trial):
    _, found, tried = trial
    by = {(other.name, str(other.value)): other.found for other in tried}
    assert changed_subjects(found, by["dlt_needs_committee", "True"], "A") == [("A1", "DLT", "CANDIDATE")]
    assert changed_subjects(found, by["followup_slack_days", "2"], "A") == [("A2", "PENDING", "CLEAR")]
    assert changed_subjects(found, by["mtd_min_n", "3"], "A") == []


def test_what_the_rules_still_need(make_group):
    """From 0/3 and 0/3 at rates 5, 10 and 20 per cent: the third level is cleared at once in 0.8 cubed."""
    cut = make_group("1NNN 2NNN")
    costs = costs_from_here(cut, derive_escalation(cut), "A")
    assert 1 - costs.p_n_over_cap[0] == pytest.approx(0.8**3)
    crowd = make_group("1PPPPPPP")
    assert costs_from_here(crowd, derive_escalation(crowd), "A") is None


#   window                                            days from first dose to its last day
WINDOWS = [({"anchor": "first_dose", "days": 28}, 28), ({"anchor": "last_dose_cycle1", "days": 28}, 14 + 28),
           ({"anchor": "last_dose", "days": 28}, 35 + 28)]  # fmt: skip


@pytest.mark.parametrize("window, days", WINDOWS)
def test_the_pace_of_windows_and_spacing(make_trial, window, days):
    cut = make_trial({})
    cut = replace(cut, params=cut.params.having("dlt_window", window))
    assert rules_pace(cut) == Pace(days, 14, 7, 0)


def test_open_windows_come_first(make_trial, day):
    cut = make_trial({"A1": {}, "A2": {"first": day(10)}, "B1": {"arm": "B_DL1", "first": day(15)}}, cutoff=day(20))
    found = derive_escalation(cut)
    assert [rules_pace(cut, found, group).open_days for group in "AB"] == [17, 22]
