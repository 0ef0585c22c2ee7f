"""What-if on criteria: the short way must give what the whole derivation under other parameters gives."""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nk521lib.chapters.screening import derive_eligibility
from nk521lib.chapters.screening.what_if import (
    LEFT_OUT,
    NO_OTHER_READING,
    Reading,
    count_supposed,
    derive_reads,
    derive_what_if,
    list_readings,
    suppose,
)
from nk521lib.terms import Tag

sys.path.insert(0, str(Path(__file__).parent))

from random_screening import CUTOFF, random_frames

KEYS = ["USUBJID", "IETESTCD"]


@pytest.fixture(scope="module")
def found(make_cut, make_params):
    """Random subjects who crowd the limits, so that most readings matter to somebody."""
    frames = random_frames(60, make_params(), 7)
    return derive_eligibility(make_cut(cutoff=CUTOFF, **{d: rows for d, rows in frames.items() if rows}))


@pytest.fixture(scope="module")
def reads(found):
    return derive_reads(found)


def whole_way(found, params):
    """Criteria decided otherwise, and eligibility before and after, by deriving everything again."""
    then = derive_eligibility(replace(found.cut, params=params))
    both = found.answers[[*KEYS, "EFFECT"]].merge(then.answers[[*KEYS, "EFFECT"]], on=KEYS, validate="one_to_one")
    standing = found.adsl[["USUBJID", "ELIGSTAT"]].merge(
        then.adsl[["USUBJID", "ELIGSTAT"]], on="USUBJID", validate="one_to_one"
    )
    return {tuple(r) for r in both.to_numpy() if r[2] != r[3]}, {tuple(r) for r in standing.to_numpy() if r[1] != r[2]}


def told(supposed):
    return {tuple(r) for r in supposed.effects.to_numpy()}, {tuple(r) for r in supposed.standing.to_numpy()}


#   one parameter of each kind of step: every window, scans, history, a criterion's own limit, an anchor
CHOSEN = [("window_inclusive", False), ("assessor", "INDEPENDENT ASSESSOR"), ("surgery_rule", "any_in_window"), ("crcl_source", "reported"),
          ("enrol_date_source", "first_dose")]  # fmt: skip


@pytest.mark.parametrize("name, value", CHOSEN, ids=[name for name, _ in CHOSEN])
def test_a_reading_changes_what_deriving_everything_again_changes(found, reads, name, value):
    params = found.cut.params.having(name, value)
    expected = whole_way(found, params)
    assert told(suppose(found, reads, params)) == expected
    assert expected[0], "the reading decides nothing here, so the comparison could not fail"


def test_nothing_changed_changes_nothing(found, reads):
    assert told(suppose(found, reads, found.cut.params)) == (set(), set())


def only(found, usubjid, criterion, effect):
    """The same answers, but this subject passes everything except one criterion."""
    mine = found.answers["USUBJID"].eq(usubjid)
    answers = found.answers.assign(EFFECT=found.answers["EFFECT"].mask(mine, "PASS"))
    answers["EFFECT"] = answers["EFFECT"].mask(mine & answers["IETESTCD"].eq(criterion), effect)
    status = {"PASS": "ELIGIBLE", "FAIL": "INELIGIBLE", "UNDECIDED": "UNDECIDED"}[effect]
    adsl = found.adsl.assign(ELIGSTAT=found.adsl["ELIGSTAT"].mask(found.adsl["USUBJID"].eq(usubjid), status))
    return replace(found, answers=answers, adsl=adsl)


@pytest.mark.parametrize("effect, before", [("FAIL", "INELIGIBLE"), ("UNDECIDED", "UNDECIDED")])
def test_a_criterion_left_out_frees_whom_it_alone_held_back(found, reads, effect, before):
    supposed = suppose(only(found, "R-00003", "I00", effect), reads, found.cut.params, ["I00"])
    assert supposed.standing.to_numpy().tolist() == [["R-00003", before, "ELIGIBLE"]] and not len(supposed.effects)


def test_eligibility_follows_the_criterion_that_is_decided_otherwise(found, reads):
    params = found.cut.params.having("qtc_method", "QTcB")
    changed = suppose(found, reads, params).effects.iloc[0]
    supposed = suppose(only(found, changed["USUBJID"], "E05c", changed["BEFORE"]), reads, params)
    status = {"PASS": "ELIGIBLE", "FAIL": "INELIGIBLE", "UNDECIDED": "UNDECIDED"}
    assert changed["IETESTCD"] == "E05c"
    assert [
        changed["USUBJID"],
        status[changed["BEFORE"]],
        status[changed["AFTER"]],
    ] in supposed.standing.to_numpy().tolist()


def test_every_assumption_and_every_open_reading_is_tried(make_params):
    params = make_params()
    readings = list_readings(params)
    tried = {r.name for r in readings}
    assumed = {
        e.name for e in params.about.values() if e.section == "screening" and e.tag is Tag.ASSUMPTION and e.alternatives
    }
    assert assumed <= tried
    for name in assumed:
        assert [r.value for r in readings if r.name == name] == list(params.about[name].alternatives)
    about_criteria = {
        a.id for a in params.ambiguities if any(params.about[n].section == "screening" for n in a.parameters)
    }
    answered = {i for r in readings for i in r.ambiguities} | set(NO_OTHER_READING) | set(LEFT_OUT)
    assert about_criteria - {"AMB-22"} <= answered  # AMB-22 plans for early deaths; no criterion is read otherwise
    assert Reading("bili_gilbert_uln", 1.5, ("AMB-07",)) in readings


def test_the_value_in_use_is_not_offered_and_the_default_is(make_params):
    values = [r.value for r in list_readings(make_params("lab_window_days=7")) if r.name == "lab_window_days"]
    assert values == [14, 28]
    assert not [r for r in list_readings(make_params("bili_gilbert_uln=1.5")) if r.name == "bili_gilbert_uln"]


def test_counts_carry_the_people(found, reads):
    reading = Reading("lab_window_days", 7)
    supposed = suppose(found, reads, found.cut.params.having("lab_window_days", 7))
    touched, moved = count_supposed(found, reading, supposed)
    assert set(touched.n.usubjids) == set(supposed.effects["USUBJID"]) and touched.N.stat == 60
    assert set(moved.n.usubjids) == set(supposed.standing["USUBJID"])
    dropped, _ = count_supposed(found, Reading("", None, ("AMB-05",), "E13"), supposed)
    assert (dropped.n.variable, dropped.n.variable_level) == ("LEFT OUT", "E13")


def test_the_record_is_untouched(found, reads):
    before = found.answers.copy(), found.facts.copy()
    suppose(found, reads, found.cut.params.having("window_inclusive", False))
    pd.testing.assert_frame_equal(found.answers, before[0])
    pd.testing.assert_frame_equal(found.facts, before[1])


def test_a_study_without_criteria_and_nobody_screened_have_nothing_to_try(make_cut):
    cut = make_cut(DM=[{"STUDYID": "X", "USUBJID": "X-1"}])
    other = derive_eligibility(replace(cut, manifest=cut.manifest.model_copy(update={"study": "X"})))
    assert derive_what_if(other) == [] and derive_what_if(derive_eligibility(make_cut())) == []
