"""The what-if answers as the chapter itself would under a scenario: same rules, other road (spec escalation.md section 9)."""

import json
from dataclasses import replace
from itertools import product

import pytest

from nk521lib.chapters.escalation import decide_groups, derive_escalation, suppose
from nk521lib.chapters.escalation.answer import evaluate
from nk521lib.chapters.escalation.inquiry import (
    Inputs,
    asked_in,
    deciding_statuses,
    derive_ground,
    entry,
    next_cohort_size,
    params_with,
    review_groups,
)
from nk521lib.errors import DesignError, ParamsError
from nk521lib.params.scenario import Scenario
from nk521lib.standards.designs import READINGS
from nk521lib.terms import Decision, DltStatus

EVENT = {"AETERM": "x", "AEDECOD": "Hypotension", "AEREL": "RELATED", "AETOXGR": "3"}
CLEAR, DLT, PENDING, NONEVAL = DltStatus.CLEAR, DltStatus.DLT, DltStatus.PENDING, DltStatus.NONEVAL


@pytest.fixture(scope="module")
def cut(make_trial, day):
    """Group A: 1NNN, then DL2 with one clear and one candidate; group B: one DLT, two open."""
    plans = {"A1": {}, "A2": {"first": day(15)}, "A3": {"first": day(22)}, "A4": {"arm": "A_DL2", "first": day(60)},
             "A5": {"arm": "A_DL2", "first": day(74)},
             "B1": {"arm": "B_DL1"}, "B2": {"arm": "B_DL1", "first": day(80)}, "B3": {"arm": "B_DL1", "first": day(87)}}  # fmt: skip
    events = [EVENT | {"USUBJID": "A5", "AESTDTC": day(80), "AEENDTC": day(82)},
              EVENT | {"USUBJID": "B1", "AESTDTC": day(6), "AEENDTC": day(9), "AEDLT": "Y"}]  # fmt: skip
    return make_trial(plans, cutoff=day(104), AE=events)


@pytest.fixture(scope="module")
def grounds(cut):
    kept = {}

    def give(settings, whole=False):
        if settings and not whole:
            settings = deciding_statuses(cut.params, settings, give(()))
        if settings not in kept:
            kept[settings] = derive_ground(cut, settings)
        return kept[settings]

    return give


def by_scenario(cut, inputs):
    """The same question down the other road: a scenario in the parameters, the whole chapter derived."""
    params = params_with(cut.params, inputs.settings)
    asked = Scenario(format=1, software="x", snapshot_id="T001", snapshot_sha256="0" * 64, params_sha256=params.settings_sha256,
                     statuses={u: str(s) for u, s in inputs.statuses}, imagined=dict(inputs.imagined), rates=inputs.rates)  # fmt: skip
    return replace(cut, params=replace(params, scenario=asked))


def same(cut, grounds, inputs):
    fast = {
        g: entry(params_with(cut.params, inputs.settings), r) for g, r in review_groups(cut, inputs, grounds).items()
    }
    asked = by_scenario(cut, inputs)
    found = derive_escalation(asked)
    slow = decide_groups(asked, found)["groups"]
    assert {g: v | {"subjects": None} for g, v in fast.items()} == {g: v | {"subjects": None} for g, v in slow.items()}
    for group in fast:
        kept = {s: sorted(ids) for s, ids in slow[group]["subjects"].items()}
        assert {s: sorted(ids) for s, ids in fast[group]["subjects"].items()} == kept
        assert fast[group]["comparators"] == slow[group]["comparators"]
    return fast, found


def test_nothing_asked_is_the_record(cut, grounds):
    fast, found = same(cut, grounds, Inputs("A"))
    assert fast["A"]["n"], fast["A"]["m"] == (1, 1)
    answer = evaluate(cut, Inputs("A"), grounds)
    assert answer.before == answer.after and not answer.differences and not answer.changed
    assert answer.notation == found.groups["A"].history.notation == "1NNN 2NP"
    assert asked_in(cut) == (cut, Inputs("A"))


WAYS = [dict(zip(("A5", "B2", "B3"), ends, strict=True)) for ends in product((CLEAR, DLT, NONEVAL), (CLEAR, DLT), (PENDING, DLT))]  # fmt: skip


@pytest.mark.parametrize("way", WAYS[::3], ids=lambda way: "-".join(way.values()))
def test_other_statuses_give_what_the_chapter_gives(cut, grounds, way):
    inputs = Inputs("B", statuses=tuple(sorted(way.items())))
    fast, _ = same(cut, grounds, inputs)
    for group in ("A", "B"):
        mine = {u: s for u, s in way.items() if u.startswith(group)}
        supposed = suppose(cut, grounds(()).found, group, mine)
        assert supposed.groups[group].recommendation == review_groups(cut, inputs, grounds)[group].recommendation
        assert fast[group]["decision"] == supposed.groups[group].recommendation.decision


#   settings                                                imagined, after A5 is clear
QUESTIONS = [
    ({"mtd_min_n": 3}, ()),
    ({"dlt_window": {"anchor": "first_dose", "days": 21}}, ()),
    ({"dlt_min_doses": 2, "full_dose_fraction": 1.0}, ()),
    ({"cap_policy": "hard_stop", "group_cap": 5}, ()),
    ({"cap_basis": "enrolled", "groups_independent": False}, ("2N",)),
    ({}, ("2N", "3NNN")),
    ({"top_confirm6": True}, ("2T", "2NNP")),
    ({"dlt_window": {"anchor": "last_dose", "days": 28}}, ()),
    ({"dlt_window": {"anchor": "first_dose", "days": 20}}, ("2P",)),
]


@pytest.mark.parametrize(("settings", "imagined"), QUESTIONS)
def test_settings_and_imagined_subjects_give_what_the_chapter_gives(cut, grounds, settings, imagined):
    inputs = Inputs("A").with_status("A5", CLEAR).with_imagined("A", imagined)
    for name, value in settings.items():
        inputs = inputs.with_setting(cut.params, name, value)
    fast, found = same(cut, grounds, inputs)
    imagined_rows = found.status[found.status["IMAGINED"]]
    assert len(imagined_rows) == sum(len(cohort) - 1 for cohort in imagined)
    assert fast["A"]["dosed"] == 5 + len(imagined_rows)
    assert asked_in(by_scenario(cut, inputs))[1] == inputs


def test_a_clause_that_no_event_meets_can_be_switched_off_without_deriving_again(cut, grounds):
    usual = cut.params.about["dlt_clauses"].value
    for clause in usual:
        off = Inputs("A").with_setting(cut.params, "dlt_clauses", usual | {clause: usual[clause] | {"on": False}})
        kept = deciding_statuses(cut.params, off.settings, grounds(()))
        assert (kept == ()) == (clause not in ("D02", "D10")), clause
        if kept == ():
            derived = derive_ground(cut, off.settings)
            assert derived.courses == grounds(()).courses and derived.found.events.equals(grounds(()).found.events)


def test_which_difference_flips_the_decision_is_said(cut, grounds):
    """B: 1 of 1 with a DLT, two open. One more DLT ends the group; a clear one beside it changes nothing."""
    answer = evaluate(cut, Inputs("B", statuses=(("B2", DLT), ("B3", CLEAR))), grounds)
    assert answer.before["decision"] == Decision.WAIT and answer.after["decision"] == Decision.STOP_NONE
    assert {d.key: (d.alone, d.needed) for d in answer.differences} == {"B2": (True, True), "B3": (False, False)}


def test_the_outlook_is_exact_under_assumed_rates_and_averaged_without(cut, grounds):
    """A at 2NP with one place not dosed: at rates 0 nothing ever happens, and the walk ends at the top with 9."""
    sure = evaluate(cut, Inputs("A", rates=(0.0, 0.0, 0.0)), grounds)
    assert sure.outlook.ends[0] == (Decision.STOP_TOP, None, 1.0) and sum(p for *_, p in sure.outlook.ends) == 1
    assert sure.outlook.e_n == 9 and sure.outlook.over_cap == 0
    open_ = evaluate(cut, Inputs("A"), grounds)
    assert sum(p for *_, p in open_.outlook.ends) == pytest.approx(1) and 0 < open_.outlook.over_cap < 1
    assert open_.outlook.over_planned is not None and [r.level for r in open_.rates] == [1, 2, 3]
    assert [reading.name for reading in open_.readings] == list(READINGS) and sum(
        r.in_force for r in open_.readings
    ) == 1


def test_who_can_be_imagined_next_is_said_or_why_nobody_can(cut, grounds):
    def asked(inputs):
        return next_cohort_size(review_groups(cut, inputs, grounds)[inputs.group])

    assert asked(Inputs("A")) == (2, 1)
    assert asked(Inputs("A").with_status("A5", CLEAR).with_imagined("A", ["2N"])) == (3, 3)
    assert asked(Inputs("B")) == "the rules wait for 2 open outcomes: suppose them first"
    assert asked(Inputs("B").with_status("B2", DLT)) == "the rules have stopped here, so nobody can be dosed"


def test_what_the_rules_would_not_dose_cannot_be_imagined(cut, grounds):
    wrong = Inputs("A").with_imagined("A", ["3NNN"])
    with pytest.raises(DesignError, match="no subject can be imagined at level 3 now"):
        evaluate(cut, wrong, grounds)
    with pytest.raises(DesignError, match="no subject can be imagined at level 3 now"):
        derive_escalation(by_scenario(cut, wrong))


def test_a_scenario_of_strangers_is_refused_by_name(cut):
    with pytest.raises(ParamsError, match="scenario: A9: not dosed at a level"):
        derive_escalation(by_scenario(cut, Inputs("A").with_status("A9", DLT)))
    with pytest.raises(ParamsError, match="there is no group C"):
        derive_escalation(by_scenario(cut, Inputs("A").with_imagined("C", ["1NNN"])))


def test_a_setting_back_at_its_value_is_no_difference(cut):
    there = Inputs("A").with_setting(cut.params, "mtd_min_n", 3)
    assert json.loads(dict(there.settings)["mtd_min_n"]) == 3 and there.setting(cut.params, "mtd_min_n") == 3
    assert there.with_setting(cut.params, "mtd_min_n", 6) == Inputs("A") and Inputs("A").is_record
