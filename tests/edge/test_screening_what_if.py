"""The live what-if on criteria: an answer for each change, refusals in words, hostile text as text, nothing in a report."""

import pytest

from nk521lib.chapters.screening import derive_eligibility
from nk521lib.edge.screening_what_if import STATIC, CriteriaWhatIf, try_criteria

HOSTILE = "<img src=x onerror=alert(1)>"
LB = [{"USUBJID": HOSTILE, "LBTESTCD": "HGB", "LBSTRESN": 95.0, "LBSTRESU": "g/L", "LBDTC": "2026-09-25"}]
DM = [{"STUDYID": "NCT07561437", "USUBJID": HOSTILE, "SEX": "M", "BRTHDTC": "1970-05-05"}]


@pytest.fixture(scope="module")
def found(make_cut):
    return derive_eligibility(make_cut(DM=DM, LB=LB))


@pytest.fixture
def control(found):
    return CriteriaWhatIf(found)


def set_to(control, name, text):
    control.name.value = name
    control.value.value = text


def test_a_change_is_marked_as_no_record_and_names_who_would_stand_elsewhere(control):
    assert "this is the record" in control.answer.value
    set_to(control, "hgb_min", "96")
    assert control.changes == {"hgb_min": 96.0}
    assert "WHAT IF, not the record" in control.answer.value and "E14a3" in control.answer.value
    assert "<img" not in control.answer.value


def test_changes_add_up_and_are_taken_back_one_by_one_or_all(control):
    set_to(control, "hgb_min", "96")
    set_to(control, "lab_window_days", "3")
    assert control.changes == {"hgb_min": 96.0, "lab_window_days": 3}
    set_to(control, "hgb_min", "90")
    assert control.changes == {"lab_window_days": 3}
    control.reset.click()
    assert control.changes == {} and "this is the record" in control.answer.value


@pytest.mark.parametrize("text", ["low", "-5", "[1", HOSTILE])
def test_a_value_that_cannot_be_is_refused_in_words_and_changes_nothing(control, text):
    set_to(control, "hgb_min", text)
    assert control.changes == {} and "Not a value" in control.answer.value and "<img" not in control.answer.value


def test_alternatives_are_offered(control):
    control.name.value = "gilbert_rule"
    assert list(control.value.options) == ["uln", "mg_dl", "either", "both"]
    control.name.value = "window_inclusive"
    assert list(control.value.options) == ["true", "false"]


def test_a_report_has_the_table_and_a_web_page_a_sentence(found, control, tmp_path):
    assert STATIC in try_criteria(found, str(tmp_path)).html
    assert isinstance(try_criteria(found), CriteriaWhatIf)
    assert STATIC in control._repr_mimebundle_()["text/html"]
