"""Findings of the chapter (spec data.md NKD-060 to 062, 032): each with its planted fault, and a clean history without any.

A case that needs no snapshot of its own is a subject or a group told beside its test, before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.spacing import derive_spacing, next_dosing
from nk521lib.terms import Effect
from tests.chapters.escalation.conftest import Cases, Groups, on

OPENED = [
    {"GROUP": "A", "LEVEL": level, "ITEM": "DECISION", "VALUE": "OPEN", "ADJDTC": "2026-01-01"} for level in (1, 2, 3)
]


START = "2026-01-05"
subject, group = Cases(), Groups()


@pytest.fixture(scope="module")
def of_subject(make_trial):
    """of_subject(case): the findings about it, in the snapshot that it stands in."""
    found = subject.derive(make_trial, lambda cut: derive_escalation(cut).findings)
    return lambda name: [finding for finding in found(name) if finding.usubjid == name]


@pytest.fixture(scope="module")
def chapter(make_trial):
    """chapter(case): the snapshot that the group stands in, and the chapter on it."""
    return group.derive(make_trial, lambda cut: (cut, derive_escalation(cut)))


@pytest.fixture(scope="module")
def of_group(chapter):
    """of_group(case, id): the findings about the group or its subjects, all or those of one id."""

    def find(name, finding_id=None):
        found = [f for f in chapter(name)[1].findings if f.group == name or f.usubjid.startswith(name)]
        return [f for f in found if finding_id in (None, f.id)]

    return find


def findings(cut, finding_id=None):
    return [f for f in derive_escalation(cut).findings if finding_id in (None, f.id)]


def test_a_regular_history_has_no_finding(make_group):
    assert findings(make_group("1NNN 2NNN 3NNN", ADJUD=OPENED)) == []


def dosed_on(*days) -> str:
    return group("1" + "N" * len(days), more={f"A{n:02d}": {"first": on(d)} for n, d in enumerate(days, 1)})


SENTINELS = {gap: dosed_on(1, 1 + gap) for gap in (14, 13)}
AFTER_SENTINEL = {gap: dosed_on(1, 15, 15 + gap) for gap in (7, 6)}


class TestSpacing:
    @pytest.mark.parametrize("gap, kept", [(14, True), (13, False)])
    def test_sentinel_14_days_between_the_first_two(self, of_group, gap, kept):
        assert (of_group(SENTINELS[gap], "NKD-061") == []) is kept

    @pytest.mark.parametrize("gap, kept", [(7, True), (6, False)])
    def test_7_days_for_those_after(self, of_group, gap, kept):
        assert (of_group(AFTER_SENTINEL[gap], "NKD-061") == []) is kept

    def test_levels_and_groups_are_spaced_apart_from_each_other(self, make_trial, day):
        cut = make_trial({"S1": {}, "S2": {"arm": "B_DL1", "first": day(2)}})
        assert derive_spacing(cut, derive_escalation(cut).status)["GAP"].isna().all()

    def test_a_level_dosed_with_windows_open_below(
        self,
        of_group,
        # The window of the third subject, first dosed on day 29, is open on its day 27 and closed on its last.
        early=group("1NNN 2N", more={"A04": {"first": on(29 + 26, START)}}, ADJUD=OPENED),
        on_the_last_day=group("1NNN 2N", more={"A04": {"first": on(29 + 27, START)}}, ADJUD=OPENED),
    ):
        assert ["1 DLT windows open" in f.message for f in of_group(early, "NKD-061")] == [True]
        assert of_group(on_the_last_day, "NKD-061") == []

    def test_without_any_record_of_the_committee_a_level_above_the_first_is_flagged(self, make_group):
        (finding,) = findings(make_group("1NNN 2N"))
        assert (finding.id, finding.effect, "no decision" in finding.message) == ("NKD-061", Effect.FLAG, True)


OPENED_ON = "2026-03-18"
"""First dose at level 2 of a group told as 1NNN 2N."""


def decided(value, day, level) -> dict:
    return {"GROUP": "A", "LEVEL": level, "ITEM": "DECISION", "VALUE": value, "ADJDTC": day}


STARTED = decided("OPEN", "2026-01-01", 1)
UNOPENED = "no decision of the committee had opened level 2"
AT_LEVEL_2 = {
    "nothing": ([], UNOPENED),
    "opened on the day": ([decided("OPEN", OPENED_ON, 2)], ""),
    "escalated on the day": ([decided("ESCALATE", OPENED_ON, 1)], ""),
    "opened the day after": ([decided("OPEN", "2026-03-19", 2)], UNOPENED),
    "opened in a month that may end later": ([decided("OPEN", "2026-03", 2)], UNOPENED),
    "another level opened": ([decided("ESCALATE", "2026-03-01", 2)], UNOPENED),
    "held before, opened on the day": ([decided("HOLD", "2026-03-01", 1), decided("OPEN", OPENED_ON, 2)], ""),
    "opened, then held the day before": (
        [decided("OPEN", "2026-03-01", 2), decided("HOLD", "2026-03-17", 2)],
        "on hold, the committee recorded HOLD (2026-03-17)",
    ),
    "opened, held on the day": ([decided("OPEN", "2026-03-01", 2), decided("HOLD", OPENED_ON, 2)], ""),
    "stopped, opened too late": (
        [decided("STOP", "2026-03-01", 1), decided("OPEN", "2026-04-01", 2)],
        UNOPENED + "; on hold, the committee recorded STOP (2026-03-01)",
    ),
}  # fmt: skip
AT_LEVEL_2_GROUPS = {name: group("1NNN 2N", ADJUD=[STARTED, *rows]) for name, (rows, _) in AT_LEVEL_2.items()}


class TestOpenedByADecision:
    @pytest.mark.parametrize("name", AT_LEVEL_2)
    def test_a_level_above_the_first_is_dosed_after_a_decision_that_opens_it_and_outside_a_hold(self, of_group, name):
        who, why = AT_LEVEL_2_GROUPS[name], AT_LEVEL_2[name][1]
        expected = (f"{who}04 first dosed at level 2 on {OPENED_ON}: {why}", "NKD-060", Effect.BLOCK)
        assert [(f.message, f.id, f.effect) for f in of_group(who)] == ([expected] if why else [])

    def test_at_the_first_level_only_a_hold_is_broken(
        self, of_group, held=group("1NN", ADJUD=[decided("HOLD", "2026-01-10", 1)])
    ):
        assert [(f.id, "on hold" in f.message) for f in of_group(held)] == [("NKD-060", True)]

    def test_every_subject_dosed_before_the_level_was_opened_is_named(
        self, of_group, late=group("1NNN 2NN", ADJUD=[STARTED, decided("OPEN", "2026-05-01", 2)])
    ):
        assert [f.usubjid[-2:] for f in of_group(late, "NKD-060")] == ["04", "05"]


EXPANDED = {"GROUP": "A", "LEVEL": 3, "ITEM": "DECISION", "VALUE": "EXPAND", "ADJDTC": "2026-01-02"}
ONE_REPLACED = ("max_replacements=1",)


class TestCounts:
    def test_more_subjects_than_the_cap(self, of_group, ten=group("1NNN 2NNN 3NNNN", ADJUD=[*OPENED, EXPANDED])):
        assert [f.message for f in of_group(ten, "NKD-062")] == [f"group {ten} has 10 subjects, the cap is 9"]

    def test_two_levels_open_at_once(self, of_group, two=group("1NNP 2P", ADJUD=OPENED)):
        assert "levels 1 and 2" in of_group(two, "NKD-062")[0].message

    def test_more_replacements_than_allowed(
        self, of_group, one=group("1NNRN", settings=ONE_REPLACED), two=group("1NRRN", settings=ONE_REPLACED)
    ):
        assert of_group(one) == []
        assert len(of_group(two, "NKD-062")) == 1


EVENT = {
    "AETERM": "Hypotension",
    "AEDECOD": "Hypotension",
    "AEREL": "RELATED",
    "AETOXGR": "3",
    "AESTDAY": 5,
    "AEENDAY": 6,
}


def judge(value, seq=1):
    return {"ADJUD": [{"ITEM": "DLT", "VALUE": value, "ADJDTC": "2026-05-01", "AESEQ": seq}]}


def judged(event, adjud) -> str:
    return subject(domains={"AE": [EVENT | event]} | adjud)


DISAGREEING = [
    ({"AESTDAY": 40, "AEENDAY": 41}, judge("Y"), "onset is outside"),
    ({"AEDLT": "Y", "AESTDAY": 40, "AEENDAY": 41}, {}, "listed, not counted"),
    ({"AEDLT": "Y"}, judge("N"), "judged differently"),
    ({}, judge("N"), "meets the machine screen"),
    ({"AEDLTADJ": "N", "AETOXGR": "1"}, {}, "without a row in adjud"),
    ({"AEREL": "CONDITIONAL"}, {}, "not mapped"),
    ({"AEDECOD": "Cytokine release syndrome"}, {}, "no ASTCT grade"),
    ({"AETOXGR": "1"}, judge("PERHAPS"), "expected Y or N"),
    ({"AETOXGR": "1"}, judge("Y", seq=None), "names no event"),
]
DISAGREEING_CASES = [judged(event, adjud) for event, adjud, _ in DISAGREEING]


@pytest.mark.parametrize(
    "n", range(len(DISAGREEING)), ids=[f"event{n}-adjud{n}-{words}" for n, (*_, words) in enumerate(DISAGREEING)]
)
def test_judgements_that_disagree_or_name_nothing(of_subject, n):
    words = DISAGREEING[n][2]
    assert any(words in f.message and f.effect is Effect.FLAG for f in of_subject(DISAGREEING_CASES[n]))


@pytest.fixture
def of_one(make_trial):
    """of_one(event, judgement): the findings on a snapshot of one subject."""

    def ask(event, judgement):
        (row,) = judgement["ADJUD"]
        named = {"USUBJID": "S"}
        return findings(make_trial({"S": {}}, AE=[EVENT | event | named], ADJUD=[row | named]))

    return ask


def test_a_judgement_of_an_event_that_is_not_there_blocks(of_one):
    (finding,) = of_one({"AETOXGR": "1"}, judge("Y", seq=7))
    assert (finding.effect, finding.group, finding.seq) == (Effect.BLOCK, "A", "7")
    assert finding.message == "adjud judges AE 7 of S, an event that was not known by the cut-off"


def test_a_quiet_event_is_no_finding(of_one):
    assert of_one({"AETOXGR": "1"}, judge("N")) == []


class TestNextDosing:
    @pytest.fixture(scope="class")
    def ask(self, chapter):
        def next_of(name):
            cut, found = chapter(name)
            review = found.groups[name]
            return next_dosing(cut, found.status, name, review.recommendation, review.withheld)

        return next_of

    def test_open_places_wait_for_the_spacing(self, ask, one=group("1N"), two=group("1NN")):
        said = ask(one)
        assert (said["may"], said["places"], said["day"].date().isoformat()) == (True, 2, on(15, START))
        said = ask(two)
        assert (said["places"], said["day"].date().isoformat()) == (1, on(22, START))

    def test_a_new_level_waits_for_the_committee(self, ask, cleared=group("1NNN")):
        said = ask(cleared)
        assert (said["may"], said["level"], said["places"]) == (True, 2, 3)

    @pytest.mark.parametrize(
        "history, why",
        [
            (group("1NNP"), "every slot of the level is taken"),
            (group("1TT"), "decision STOP_NONE"),
            (group("1NNNN"), "the proposal is withheld"),
        ],
        ids=["1NNP-every slot of the level is taken", "1TT-decision STOP_NONE", "1NNNN-the proposal is withheld"],
    )
    def test_nobody_may_be_dosed(self, ask, history, why):
        said = ask(history)
        assert (said["may"], said["places"], said["why"]) == (False, 0, why)
