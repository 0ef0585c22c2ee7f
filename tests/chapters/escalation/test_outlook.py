"""What is open, when a decision can be certain, exact chances, result rows, and what stands beside the proposal (escalation.md sections 3, 4 and 8).

A case that needs no snapshot of its own is a group told beside its test, before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

import pandas as pd
import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.counts import count_chances, count_levels, count_places, percent
from nk521lib.chapters.escalation.evidence import data_currency, notable_events, on_treatment
from nk521lib.chapters.escalation.outlook import (
    chance_of_more_than_planned,
    derive_chances,
    earliest_certain,
    open_subjects,
)
from nk521lib.terms import Decision
from tests.chapters.escalation.conftest import FIRST, Groups, on

group = Groups()


@pytest.fixture(scope="module")
def chapter(make_trial):
    """chapter(case): the snapshot that the group stands in, and the chapter on it."""
    return group.derive(make_trial, lambda cut: (cut, derive_escalation(cut)))


class TestOpenSubjects:
    def test_what_each_outcome_would_change(self, chapter, pending=group("1NTP")):
        (one,) = open_subjects(chapter(pending)[1], pending)
        assert (one.usubjid, one.level, one.days_left) == (f"{pending}03", 1, 0)
        assert (one.resolved.if_clear, one.resolved.if_dlt) == ((Decision.EXPAND,), (Decision.STOP_NONE,))

    def test_in_order_of_the_end_of_their_windows(self, make_trial, day):
        plans = {"S1": {"first": day(20)}, "S2": {"first": day(10)}}
        found = derive_escalation(make_trial(plans, cutoff=day(25)))
        assert [(s.usubjid, s.days_left) for s in open_subjects(found, "A")] == [("S2", 12), ("S1", 22)]


class TestEarliestDay:
    def ask(self, cut, found=None, group="A"):
        when = earliest_certain(found or derive_escalation(cut), group, cut.cutoff)
        return None if when is None else {str(k): v.date().isoformat() for k, v in when.items()}

    def test_one_open_window(self, make_trial, day):
        """A clear subject is known on the last day of the window, a DLT from the day after the cut-off on."""
        plans = {"S1": {}, "S2": {"first": day(15)}, "S3": {"first": day(40)}}
        assert self.ask(make_trial(plans, cutoff=day(60))) == {"ESCALATE": day(67), "EXPAND": day(61)}

    def test_two_open_windows(self, make_trial, day):
        """Two DLTs end it tomorrow; to escalate, both windows must close; to expand, the second may bring the DLT."""
        plans = {"S1": {}, "S2": {"first": day(35)}, "S3": {"first": day(42)}}
        assert self.ask(make_trial(plans, cutoff=day(60))) == {
            "ESCALATE": day(69),
            "EXPAND": day(62),
            "STOP_NONE": day(61),
        }

    def test_certain_now(self, chapter, cleared=group("1NNN")):
        assert self.ask(*chapter(cleared), cleared) == {"ESCALATE": "2028-12-31"}

    def test_not_said_while_places_are_undosed(self, chapter, two=group("1NP")):
        assert self.ask(*chapter(two), two) is None


class TestChances:
    @pytest.mark.parametrize("settings, expected", [(("mtd_min_n=3",), [0.327, 0.505, 0.405, 0.127]), ((), [0.360, 0.626, 0.713, 0.280]),
                                                    (("top_confirm6=true",), [0.988, 0.946, 0.765, 0.284])])  # fmt: skip
    def test_from_the_start_as_in_spec_section_4(self, make_trial, settings, expected):
        cut = make_trial({}, settings=settings)
        chance = derive_chances(cut, derive_escalation(cut))["A"]
        assert chance.start.p_n_over_cap.round(3).tolist() == expected
        assert chance.now.p_n_over_cap.tolist() == chance.start.p_n_over_cap.tolist()  # nobody dosed: now is the start

    def test_from_the_present_state(self, make_group):
        cut = make_group("1NNN 2NNN")
        chances = derive_chances(cut, derive_escalation(cut))
        p3 = 0.08
        more = 1 - (1 - p3) ** 3  # DL3 takes the last three places; any DLT asks for more
        assert chances["A"].now.p_n_over_cap[0] == pytest.approx(more)
        assert 0 < chance_of_more_than_planned(cut, chances)[0] < 1

    def test_not_computed_for_a_crowd(self, make_trial, day):
        crowd = {f"A{i:03d}": {"first": day(1 + i), "seen": ()} for i in range(9)}
        cut = make_trial(crowd)
        chances = derive_chances(cut, derive_escalation(cut))
        assert chances["A"].now is None and chance_of_more_than_planned(cut, chances) is None
        assert {n.fmt for n in count_chances(cut, chances, None) if n.group1_level == "A"} == {"not computed"}

    @pytest.mark.parametrize(
        "value, shown",
        [
            (0.0, "0 %"),
            (0.0099, "< 1 %"),
            (0.01, "1 %"),
            (0.5, "50 %"),
            (0.99, "99 %"),
            (0.991, "> 99 %"),
            (1.0, "100 %"),
            (None, "not computed"),
        ],
    )
    def test_a_small_chance_is_never_shown_as_none(self, value, shown):
        assert percent(value) == shown


OPENED = [{"GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": "EXPAND", "ADJDTC": "2026-01-01"}]


class TestResultRows:
    def test_counts_carry_the_subjects_behind_them(self, chapter, mixed=group("1NTRP")):
        one, two, _ = count_levels(chapter(mixed)[1], mixed)
        assert (one.n.fmt, one.x.fmt, one.m.fmt, one.replaced.fmt) == ("2", "1", "1", "1")
        assert (one.n.usubjids, one.x.usubjids, one.m.usubjids) == (
            (f"{mixed}01", f"{mixed}02"),
            (f"{mixed}02",),
            (f"{mixed}04",),
        )
        assert (two.n.stat, two.low.stat, two.low.fmt, two.above_third.stat) == (0.0, None, "no data", None)

    def test_0_of_3_allows_63_percent_and_0_of_6_39_percent(
        self, chapter, three=group("1NNN"), six=group("1NNNNNN", ADJUD=OPENED)
    ):
        """Spec section 10."""
        assert count_levels(chapter(three)[1], three)[0].upper.stat == pytest.approx(0.6316, abs=1e-4)
        assert count_levels(chapter(six)[1], six)[0].upper.stat == pytest.approx(0.3930, abs=1e-4)

    def test_places(self, chapter, three=group("1NNR")):
        used, cap = count_places(*chapter(three), three)
        assert (used.fmt, cap.fmt, used.usubjids) == ("3", "9", (f"{three}01", f"{three}02", f"{three}03"))


def treated(doses=(1, 8), cutoff=on(10), **records) -> str:
    """A group of one subject, A01."""
    return group("1N", more={"A01": {"first": FIRST, "doses": doses}}, cutoff=cutoff, **records)


HELD = {"GROUP": "A", "ITEM": "DECISION", "VALUE": "HOLD", "ADJDTC": on(9)}
ENDED = {
    "USUBJID": "A01",
    "DSSEQ": 9,
    "DSDECOD": "ADVERSE EVENT",
    "DSCAT": "DISPOSITION EVENT",
    "DSSCAT": "TREATMENT",
    "DSSTDTC": on(9),
}
WITHDRAWN = {"USUBJID": "A01", "AESEQ": 2, "AETERM": "Pain", "AEACN": "DRUG WITHDRAWN", "AESTDTC": on(9)}


class TestBeside:
    def test_late_events_are_listed_up_to_28_days_after_the_last_dose(self, make_trial):
        event = {"USUBJID": "S", "AETERM": "x", "AEDECOD": "Hypotension", "AEREL": "RELATED", "AETOXGR": "3"}
        rows = [event | {"AESTDAY": start, "AEENDAY": start + 1} for start in (29, 50, 51)]
        found = derive_escalation(make_trial({"S": {"seen": (28, 60)}}, AE=rows))
        assert notable_events(found, "LATE")["SEQ"].tolist() == [1, 2]
        assert notable_events(found)["SEQ"].tolist() == [1, 2, 3]
        assert found.status["STATUS"].tolist() == ["CLEAR"]

    def test_on_treatment_at_a_level_that_is_not_settled(
        self,
        chapter,
        usual=treated(),
        held=treated(ADJUD=[HELD]),
        stopped=treated(DS=[ENDED]),
        unsaid=treated(AE=[WITHDRAWN]),
        done=treated(doses=(1, 8, 15, 22, 29, 36), cutoff="2026-06-30"),
    ):
        def rows(name):
            found = on_treatment(*chapter(name))
            return found[found["USUBJID"].str.startswith(name)]

        row = rows(usual).iloc[0]
        assert (row["LEFT"], row["NEXTDT"].date().isoformat(), row["STATE"]) == (4, on(15), "OPEN3")
        assert rows(held)["STATE"].tolist() == ["on hold"]
        assert rows(stopped).empty
        assert rows(unsaid)["WITHDRAWN"].tolist() == ["AE 2"]
        assert rows(done).empty

    def test_how_current_the_data_are(self, make_trial, day):
        found = derive_escalation(cut := make_trial({"S": {"doses": (1, 8), "seen": (10,)}}, cutoff=day(24)))
        row = data_currency(cut, found).iloc[0]
        assert (row["SILENT"], pd.isna(row["LASTLB"]), row["LASTSV"].date().isoformat()) == (14, True, day(10))
