"""Findings of the chapter (spec data.md NKD-060 to 062, 032): each with its planted fault, and a clean history without any."""

import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.spacing import derive_spacing, next_dosing
from nk521lib.terms import Effect

OPENED = [
    {"GROUP": "A", "LEVEL": level, "ITEM": "DECISION", "VALUE": "OPEN", "ADJDTC": "2026-01-01"} for level in (1, 2, 3)
]


def findings(cut, finding_id=None):
    return [f for f in derive_escalation(cut).findings if finding_id in (None, f.id)]


def test_a_regular_history_has_no_finding(make_group):
    assert findings(make_group("1NNN 2NNN 3NNN", ADJUD=OPENED)) == []


class TestSpacing:
    @pytest.mark.parametrize("gap, kept", [(14, True), (13, False)])
    def test_sentinel_14_days_between_the_first_two(self, make_trial, day, gap, kept):
        cut = make_trial({"S1": {}, "S2": {"first": day(1 + gap)}})
        assert (findings(cut, "NKD-061") == []) is kept

    @pytest.mark.parametrize("gap, kept", [(7, True), (6, False)])
    def test_7_days_for_those_after(self, make_trial, day, gap, kept):
        cut = make_trial({"S1": {}, "S2": {"first": day(15)}, "S3": {"first": day(15 + gap)}})
        assert (findings(cut, "NKD-061") == []) is kept

    def test_levels_and_groups_are_spaced_apart_from_each_other(self, make_trial, day):
        cut = make_trial({"S1": {}, "S2": {"arm": "B_DL1", "first": day(2)}})
        assert derive_spacing(cut, derive_escalation(cut).status)["GAP"].isna().all()

    def test_a_level_dosed_with_windows_open_below(self, make_group, day):
        early = {
            "A04": {"first": day(29 + 26, "2026-01-05")}
        }  # day 27 of the third subject, whose first dose was on day 29
        cut = make_group("1NNN 2N", more=early, ADJUD=OPENED)
        assert ["1 DLT windows open" in f.message for f in findings(cut, "NKD-061")] == [True]
        on_the_last_day = {"A04": {"first": day(29 + 27, "2026-01-05")}}
        assert findings(make_group("1NNN 2N", more=on_the_last_day, ADJUD=OPENED), "NKD-061") == []

    def test_a_level_opened_without_a_decision_on_record(self, make_group):
        (finding,) = findings(make_group("1NNN 2N"))
        assert (finding.id, finding.effect, "no decision" in finding.message) == ("NKD-061", Effect.FLAG, True)


class TestCounts:
    def test_more_subjects_than_the_cap(self, make_group):
        opened = [*OPENED, {"GROUP": "A", "LEVEL": 3, "ITEM": "DECISION", "VALUE": "EXPAND", "ADJDTC": "2026-01-02"}]
        cut = make_group("1NNN 2NNN 3NNNN", ADJUD=opened)
        assert [f.message for f in findings(cut, "NKD-062")] == ["group A has 10 subjects, the cap is 9"]

    def test_two_levels_open_at_once(self, make_group):
        assert "levels 1 and 2" in findings(make_group("1NNP 2P", ADJUD=OPENED), "NKD-062")[0].message

    def test_more_replacements_than_allowed(self, make_group):
        assert findings(make_group("1NNRN", settings=("max_replacements=1",))) == []
        assert len(findings(make_group("1NRRN", settings=("max_replacements=1",)), "NKD-062")) == 1


EVENT = {
    "USUBJID": "S",
    "AETERM": "Hypotension",
    "AEDECOD": "Hypotension",
    "AEREL": "RELATED",
    "AETOXGR": "3",
    "AESTDAY": 5,
    "AEENDAY": 6,
}


def judge(value, seq=1):
    return {"ADJUD": [{"USUBJID": "S", "ITEM": "DLT", "VALUE": value, "ADJDTC": "2026-05-01", "AESEQ": seq}]}


@pytest.mark.parametrize("event, adjud, words", [
    ({"AESTDAY": 40, "AEENDAY": 41}, judge("Y"), "onset is outside"),
    ({"AEDLT": "Y", "AESTDAY": 40, "AEENDAY": 41}, {}, "listed, not counted"),
    ({"AEDLT": "Y"}, judge("N"), "judged differently"),
    ({}, judge("N"), "meets the machine screen"),
    ({"AEDLTADJ": "N", "AETOXGR": "1"}, {}, "without a row in adjud"),
    ({"AEREL": "CONDITIONAL"}, {}, "not mapped"),
    ({"AEDECOD": "Cytokine release syndrome"}, {}, "no ASTCT grade"),
    ({"AETOXGR": "1"}, judge("PERHAPS"), "expected Y or N"),
    ({"AETOXGR": "1"}, judge("Y", seq=None), "names no event"),
])  # fmt: skip
def test_judgements_that_disagree_or_name_nothing(make_trial, event, adjud, words):
    found = findings(make_trial({"S": {}}, AE=[EVENT | event], **adjud))
    assert any(words in f.message and f.effect is Effect.FLAG for f in found)


def test_a_judgement_of_an_event_that_is_not_there_blocks(make_trial):
    (finding,) = findings(make_trial({"S": {}}, AE=[EVENT | {"AETOXGR": "1"}], **judge("Y", seq=7)))
    assert (finding.effect, finding.group, finding.seq) == (Effect.BLOCK, "A", "7")


def test_a_quiet_event_is_no_finding(make_trial):
    assert findings(make_trial({"S": {}}, AE=[EVENT | {"AETOXGR": "1"}], **judge("N"))) == []


class TestNextDosing:
    def ask(self, cut, group="A"):
        found = derive_escalation(cut)
        review = found.groups[group]
        return next_dosing(cut, found.status, group, review.recommendation, review.withheld)

    def test_open_places_wait_for_the_spacing(self, make_group, day):
        said = self.ask(make_group("1N"))
        assert (said["may"], said["places"], said["day"].date().isoformat()) == (True, 2, day(15, "2026-01-05"))
        said = self.ask(make_group("1NN"))
        assert (said["places"], said["day"].date().isoformat()) == (1, day(22, "2026-01-05"))

    def test_a_new_level_waits_for_the_committee(self, make_group):
        said = self.ask(make_group("1NNN"))
        assert (said["may"], said["level"], said["places"]) == (True, 2, 3)

    @pytest.mark.parametrize(
        "history, why",
        [("1NNP", "all places are filled"), ("1TT", "decision STOP_NONE"), ("1NNNN", "the proposal is withheld")],
    )
    def test_nobody_may_be_dosed(self, make_group, history, why):
        said = self.ask(make_group(history))
        assert (said["may"], said["places"], said["why"]) == (False, 0, why)
