"""The page of chapter 1: what it says on an ordinary snapshot, without criteria, and without anybody; hostile text is text."""

from dataclasses import replace
from functools import cache

import pytest

from nk521lib.chapters.screening import derive_eligibility
from nk521lib.display.figures import screening as draw
from nk521lib.display.tables import screening as show

SHOWN = [show.say_answer, show.table_funnel, show.table_statuses, show.table_reasons, show.table_open, show.worksheets, show.table_lapses,
         show.table_near_misses, show.table_deviations, show.table_queries, show.table_group_check, show.table_what_if, draw.plot_funnel, draw.plot_matrix]  # fmt: skip
HOSTILE = '<script>alert("x")</script> $x_{ 发热'
S = "NK521-01-001"


def subject(**more):
    return {"STUDYID": "NCT07561437", "USUBJID": S, "SEX": "M", "BRTHDTC": "1970-05-05", **more}


@pytest.fixture(scope="module")
def found(make_cut):
    attest = [{"USUBJID": S, "IETESTCD": "E15", "VALUE": "NO", "BY": HOSTILE, "ATDTC": "2026-09-20"}]
    lb = [{"USUBJID": S, "LBTESTCD": "PLAT", "LBORRES": HOSTILE, "LBORRESU": HOSTILE, "LBDTC": "2026-09-25"},
          {"USUBJID": S, "LBTESTCD": "HGB", "LBSTRESN": 80.0, "LBSTRESU": "g/L", "LBDTC": "2026-09-25"}]  # fmt: skip
    mh = [{"USUBJID": S, "MHTERM": "STROKE", "MHSTDTC": "2026-03"}]
    other = subject() | {"USUBJID": HOSTILE}
    return derive_eligibility(
        make_cut(
            DM=[subject(), other],
            LB=lb,
            MH=mh,
            ATTEST=attest,
            AE=[{"USUBJID": S, "AETERM": HOSTILE, "AETOXGR": "2", "AESTDTC": "2026-09-01"}],
        )
    )


@pytest.fixture(scope="module")
def elsewhere(make_cut):
    cut = make_cut(DM=[subject(STUDYID="CDISCPILOT01")])
    return derive_eligibility(replace(cut, manifest=cut.manifest.model_copy(update={"study": "CDISCPILOT01"})))


@pytest.fixture(scope="module")
def nobody(make_cut):
    return derive_eligibility(make_cut())


@pytest.fixture(scope="module")
def made_of(found):
    """made_of(part): the part as it is shown, made once for the tests that look at it."""
    return cache(lambda part: part(found))


@pytest.mark.parametrize("part", SHOWN, ids=lambda part: part.__name__)
def test_hostile_text_is_shown_as_text(made_of, part):
    made = made_of(part)
    assert "<script" not in made.html and made.html.strip()


@pytest.mark.parametrize("part", SHOWN, ids=lambda part: part.__name__)
def test_every_number_of_a_part_is_on_the_page_with_its_row(made_of, part):
    made = made_of(part)
    assert all(number.row_id in made.html for number in made.numbers)


@pytest.mark.parametrize("part", SHOWN, ids=lambda part: part.__name__)
def test_a_study_without_criteria_and_a_trial_without_subjects_say_so(elsewhere, nobody, part):
    assert part(elsewhere).html.strip() and part(nobody).html.strip()


def test_the_answer_counts_and_says_what_is_missing(found, elsewhere):
    assert show.say_answer(found).plain.startswith("2 subjects were screened: 0 eligible, 1 ineligible, 1 undecided.")
    plain = show.say_answer(elsewhere).plain
    assert (
        "not judged here" in plain
        and "CDISCPILOT01 has no attestations, no recorded violations and no trial criteria" in plain
    )


def test_what_was_not_evaluated_does_not_sound_like_a_result(elsewhere):
    for part in (
        show.table_reasons,
        show.table_open,
        show.table_lapses,
        show.table_near_misses,
        show.table_deviations,
        show.table_queries,
    ):
        assert "Not evaluated" in part(elsewhere).html, part.__name__


def test_a_worksheet_says_what_to_bring_in_words(found):
    html = show.worksheets(found).html
    assert "left open by: stroke 2026-03" in html and "LVEF" in html and "10⁹/L" in html
    assert "Ecg" not in html and ": 0 items" not in html


def test_the_criteria_table_is_printed_from_the_declaration(make_params):
    html = show.table_criteria(make_params("lvef_min=45.0")).html
    assert "LVEF below 45 %" in html and html.count("<tr") > 55


def test_evidence_dates_are_written_for_people():
    assert show.for_people("ALT 12 U/L, 2026-10-19") == "ALT 12 U/L, 19 Oct 2026"


def test_who_fails_is_drawn_however_much_is_undecided(found):
    assert "E14a3: 1 fail" in draw.plot_matrix(found).plain
