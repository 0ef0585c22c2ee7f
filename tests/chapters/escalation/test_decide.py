"""From data to decisions.json: the table of spec escalation.md section 3 and rulings 3.7 to 3.13, one test each at least.

A case that needs no snapshot of its own is a group told beside its test, as the default of a parameter, before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

import json
from dataclasses import replace

import pytest

from nk521lib.chapters.escalation import count_statuses, decide_groups, derive_escalation, list_datasets
from nk521lib.chapters.escalation.decide import apply_rules
from nk521lib.findings import Finding
from nk521lib.terms import Effect, Severity
from tests.chapters.escalation.conftest import Groups, on

# fmt: off
TABLE = [
    # history         decision         step          n  x  m  state       to    further
    ("",              "WAIT",          "WAIT",       0, 0, 0, "OPEN3",    1,    {"certain": False}),
    ("1NN",           "WAIT",          "WAIT",       2, 0, 0, "OPEN3",    1,    {"certain": False}),
    ("1NPP",          "WAIT",          "WAIT",       1, 0, 2, "OPEN3",    1,    {"possible": ["ESCALATE", "EXPAND", "STOP_NONE"]}),
    ("1NTP",          "WAIT",          "WAIT",       2, 1, 1, "OPEN3",    1,    {"possible": ["EXPAND", "STOP_NONE"]}),
    ("1TTP",          "STOP_NONE",     "DEESCALATE", 2, 2, 1, "EXCEEDED", None, {"certain": True, "claim": "NONE"}),
    ("1NNN",          "ESCALATE",      "ESCALATE",   3, 0, 0, "CLEARED3", 2,    {"certain": True, "highest_cleared": 1}),
    ("1NNT",          "EXPAND",        "EXPAND",     3, 1, 0, "OPEN6",    1,    {"certain": True}),
    ("1NNT 1NN",      "WAIT",          "WAIT",       5, 1, 0, "OPEN6",    1,    {"certain": False}),
    ("1NNT 1NNN",     "ESCALATE",      "ESCALATE",   6, 1, 0, "CLEARED6", 2,    {"highest_cleared": 1}),
    ("1NNT 1NNT",     "STOP_NONE",     "DEESCALATE", 6, 2, 0, "EXCEEDED", None, {"claim": "NONE"}),
    ("1NNN 2TT",      "CONFIRM_LOWER", "DEESCALATE", 2, 2, 0, "EXCEEDED", 1,    {"certain": True, "claim": None}),
    ("1NNT 1NNN 2TT", "STOP_MTD",      "DEESCALATE", 2, 2, 0, "EXCEEDED", None, {"claim": "DECLARED", "mtd": 1}),
    ("1NNN 2NNN 3NNN", "STOP_TOP",     "ESCALATE",   3, 0, 0, "CLEARED3", None, {"claim": "NOT_REACHED", "mtd": None, "highest_cleared": 3}),
]
# fmt: on


case = Groups()


def entry(cut, group="A"):
    return decide_groups(cut)["groups"][group]


@pytest.fixture(scope="module")
def found(make_trial):
    """found(case): the chapter and decisions.json of the snapshot that it stands in."""

    def derive(cut):
        chapter = derive_escalation(cut)
        return chapter, decide_groups(cut, chapter)["groups"]

    return case.derive(make_trial, derive)


@pytest.fixture(scope="module")
def decided(found):
    """decided(case): its entry of decisions.json, under the name of the group that it was told as."""
    return lambda name: json.loads(json.dumps(found(name)[1][name]).replace(name, name[0]))


@pytest.fixture(scope="module")
def findings(found):
    """findings(case): those about the group."""
    return lambda name: [f for f in found(name)[0].findings if f.group == name or f.usubjid.startswith(name)]


def committee(value, date, group="A", level=1, **row):
    return {"GROUP": group, "LEVEL": level, "ITEM": "DECISION", "VALUE": value, "ADJDTC": date} | row


ESCALATED = [committee("ESCALATE", "2026-01-01", level=level) for level in (1, 2)]
HISTORIES = {row[0]: case(row[0], ADJUD=ESCALATED) for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0] or "nobody")
def test_the_table_of_section_3_from_data(decided, row):
    history, decision, step, n, x, m, state, to_level, further = row
    got = decided(HISTORIES[history])
    assert (got["decision"], got["step"], got["n"], got["x"], got["m"], got["state"], got["to_level"]) == (
        decision,
        step,
        n,
        x,
        m,
        state,
        to_level,
    )
    assert {key: got[key] for key in further} == further
    assert not got["withheld"]


START = "2026-01-05"
LATE_EVENT = {
    "USUBJID": "A02",
    "AETERM": "x",
    "AEDECOD": "Hypotension",
    "AEREL": "RELATED",
    "AETOXGR": "2",
    "AESTDAY": 5,
    "AEENDAY": 6,
}
LATE_YES = {"USUBJID": "A02", "ITEM": "DLT", "VALUE": "Y", "ADJDTC": "2028-01-01", "AESEQ": 1}


class TestRuling_3_7_slots_by_replay:
    def test_a_fourth_subject_in_three_slots_is_a_block_and_is_counted(self, decided, findings, four=case("1NNNN")):
        got = decided(four)
        assert [f.id for f in findings(four) if f.effect is Effect.BLOCK] == ["NKD-060"]
        assert (got["n"], got["decision"], got["withheld"]) == (4, "ESCALATE", True)
        assert "A04" in got["withheld_because"][0]

    @pytest.mark.parametrize("opened", [case("1NNNN", ADJUD=[committee("EXPAND", "2026-02-10")])], ids=["EXPAND"])
    def test_the_committee_may_open_the_places(self, decided, opened):
        assert not decided(opened)["withheld"]
        assert decided(opened)["state"] == "OPEN6"

    def test_an_opening_dated_on_the_day_of_the_dosing_is_not_before_it(
        self, decided, opened=case("1NNNN", ADJUD=[committee("EXPAND", on(43, START))])
    ):
        """Day 43 is that of the fourth subject's first dose."""
        assert decided(opened)["withheld"]

    def test_a_replaced_subject_frees_its_slot(self, decided, replaced=case("1NRNN")):
        got = decided(replaced)
        assert (got["n"], got["decision"], got["dosed"], got["withheld"]) == (3, "ESCALATE", 4, False)
        assert got["subjects"]["NONEVAL"] == ["A02"]

    def test_without_replacement_its_slot_stays_taken(self, make_group):
        got = entry(make_group("1NRN", settings=("replace_nonevaluable=false",)))
        assert (got["n"], got["m"], got["decision"]) == (2, 1, "WAIT")

    def test_a_slot_is_free_only_from_the_day_the_subject_left(
        self, decided, early=case("1NNRN", more={"A04": {"first": on(5 + 28, START)}})
    ):
        """A fourth subject dosed on day 5 of the one that leaves on day 10 took a place that was not there."""
        assert decided(early)["withheld"]

    def test_dosed_above_an_exceeded_level_is_a_block(self, decided, findings, above=case("1TTN 2N")):
        assert any("exceeded" in str(f) for f in findings(above) if f.effect is Effect.BLOCK)
        got = decided(above)
        assert (got["level"], got["decision"], got["withheld"]) == (1, "STOP_NONE", False)  # a stop is never withheld

    def test_a_dlt_known_after_the_level_was_left_puts_that_level_in_play(
        self, decided, left=case("1NNN 2NN", AE=[LATE_EVENT], ADJUD=[LATE_YES])
    ):
        got = decided(left)
        assert (got["level"], got["n"], got["x"], got["decision"], got["to_level"]) == (1, 3, 1, "EXPAND", 1)

    def test_more_subjects_than_any_3_plus_3_are_counted_and_blocked(self, make_trial, day):
        crowd = {f"A{i:03d}": {"first": day(1 + i, "2026-01-05")} for i in range(130)}
        got = entry(make_trial(crowd, cutoff="2028-01-01", settings=("cap_policy=ignore",)))
        assert (got["n"], got["decision"], got["withheld"]) == (130, "ESCALATE", True)
        assert any("more than" in because for because in got["withheld_because"])


class TestRulings_3_8_to_3_10_labels_cap_claim:
    def test_five_clear_of_six_is_certain_while_it_waits(
        self,
        decided,
        waiting=case("1NNN 2NTN 2NN"),
        opened=case("1NNNNN", ADJUD=[committee("EXPAND", "2026-01-10")]),
    ):
        got = decided(waiting)
        assert (got["decision"], got["certain"]) == ("WAIT", False)
        got = decided(opened)
        assert (got["n"], got["x"], got["decision"], got["certain"], got["possible"]) == (
            5,
            0,
            "WAIT",
            True,
            ["ESCALATE"],
        )

    def test_cap_hold_names_the_decision_and_the_places_missing(self, make_group, decided, nine=case("1NNT 1NNN 2NNT")):
        got = entry(make_group("1NNT 1NNN 2NN", settings=("group_cap=9",)))
        assert (got["decision"], got["short_by"]) == ("WAIT", 0)
        got = decided(nine)
        assert (got["dosed"], got["decision"], got["would_be"], got["short_by"], got["to_level"]) == (
            9,
            "CAP_HOLD",
            "EXPAND",
            3,
            2,
        )
        assert (got["claim"], got["mtd"], got["highest_cleared"]) == ("NOT_REACHED", None, 1)

    def test_a_replaced_subject_uses_a_place_of_the_cap(self, make_group, decided, replaced=case("1NNRN 2NNN")):
        assert decided(replaced)["short_by"] == 1
        assert entry(make_group("1NNRN 2NNN", settings=("cap_basis=evaluable",)))["short_by"] == 0

    def test_enrolled_subjects_may_count_instead(self, make_group):
        enrolled = {f"E{i}": {"arm": "A_DL1", "doses": (), "seen": ()} for i in range(4)}
        ds = [
            {"USUBJID": name, "DSCAT": "PROTOCOL MILESTONE", "DSDECOD": "ENROLLED", "DSSTDTC": "2026-01-02"}
            for name in enrolled
        ]
        got = entry(make_group("1NNN", subjects=enrolled, DS=ds, settings=("cap_basis=enrolled",)))
        assert (got["dosed"], got["decision"], got["short_by"]) == (7, "CAP_HOLD", 1)

    def test_cap_can_be_ignored_or_stop(self, make_group):
        assert entry(make_group("1NNT 1NNN 2NNT", settings=("cap_policy=ignore",)))["decision"] == "EXPAND"
        assert entry(make_group("1NNT 1NNN 2NNT", settings=("cap_policy=hard_stop",)))["decision"] == "STOP_TOP"

    def test_provisional_claim_when_the_cap_prevents_confirmation(self, make_group):
        got = entry(make_group("1NNN 2NNT 2TN", settings=("group_cap=8",)))
        assert (got["decision"], got["would_be"], got["claim"], got["mtd"], got["short_by"]) == (
            "CAP_HOLD",
            "CONFIRM_LOWER",
            "PROVISIONAL",
            1,
            3,
        )
        assert got["levels"][0]["state"] == "CLEARED3"

    def test_mtd_min_n_and_top_confirm6_change_the_end(self, make_group):
        assert entry(make_group("1NNN 2TT", settings=("mtd_min_n=3",)))["decision"] == "STOP_MTD"
        assert (
            entry(make_group("1NNN 2NNN 3NNN", settings=("top_confirm6=true", "group_cap=18")))["decision"] == "EXPAND"
        )


DEATH = {
    "USUBJID": "A01",
    "AETERM": "Sepsis",
    "AEDECOD": "Sepsis",
    "AEREL": "RELATED",
    "AETOXGR": "5",
    "AEOUT": "FATAL",
    "AESTDAY": 20,
    "AEENDAY": 24,
}


UNDATED_DEATH = {key: value for key, value in DEATH.items() if key not in ("AESTDAY", "AEENDAY")}
DEATH_NO_DLT = {"USUBJID": "A01", "ITEM": "DLT", "VALUE": "N", "ADJDTC": "2028-01-01", "AESEQ": 1}
#    committee row after the death    does it still hold?
AFTER_DEATH = [
    ("OPEN", "2026-01-29", False),
    ("ESCALATE", "2028-01-01", False),
    ("EXPAND", "2026-01-28", True),
    ("DEESCALATE", "2028-01-01", True),
]
HELD = {row: case("1NNN", AE=[DEATH], ADJUD=[committee(*row[:2])]) for row in AFTER_DEATH}


def crs(subject, grade="4"):
    return {
        "USUBJID": subject,
        "AETERM": "CRS",
        "AEDECOD": "Cytokine release syndrome",
        "AEREL": "RELATED",
        "AETOXGR": "2",
        "CRSGR": grade,
        "AESTDAY": 2,
        "AEENDAY": 6,
    }


def abdominal(*terms):
    """Related Grade 3 events, the first of B01, the second of B02."""
    return [
        {
            "USUBJID": f"B{n:02d}",
            "AETERM": term,
            "AEDECOD": term,
            "AEREL": "RELATED",
            "AETOXGR": "3",
            "AESTDAY": 2,
            "AEENDAY": 9,
        }
        for n, term in enumerate(terms, 1)
    ]


class TestRuling_3_11_hold:
    def test_a_related_death_in_the_window_holds_also_as_a_candidate(self, decided, died=case("1NNN", AE=[DEATH])):
        got = decided(died)
        assert (got["decision"], got["would_be"], got["m"], got["withheld"]) == ("HOLD", "WAIT", 1, False)
        assert got["hold_because"] == ["a related fatal event with onset in the window (D01)"]

    def test_an_unrelated_death_is_a_candidate_and_no_hold(
        self, decided, died=case("1NNN", AE=[DEATH | {"AEREL": "NOT RELATED"}])
    ):
        got = decided(died)
        assert (got["decision"], got["m"], got["hold_because"]) == ("WAIT", 1, [])

    def test_a_death_judged_no_dlt_holds_nothing(self, decided, judged=case("1NNN", AE=[DEATH], ADJUD=[DEATH_NO_DLT])):
        assert decided(judged)["hold_because"] == []

    def test_the_rule_can_be_switched_off(self, make_group):
        off = ("hold_rules={any_d01: false, crs_icans_grade: 4, crs_icans_subjects: 2, same_d08_subjects: 2}",)
        assert entry(make_group("1NNN", AE=[DEATH], settings=off))["decision"] == "WAIT"

    @pytest.mark.parametrize("value, date, held", AFTER_DEATH)
    def test_it_ends_only_by_a_later_open_expand_or_escalate(self, decided, value, date, held):
        assert (decided(HELD[value, date, held])["decision"] == "HOLD") is held

    def test_a_death_without_a_day_is_never_surely_over(
        self, decided, died=case("1NNN", AE=[UNDATED_DEATH], ADJUD=[committee("OPEN", "2028-01-01")])
    ):
        assert decided(died)["decision"] == "HOLD"

    def test_of_two_deaths_the_one_without_a_day_keeps_the_hold(
        self,
        decided,
        one=case("1NNN", AE=[DEATH], ADJUD=[committee("OPEN", "2028-01-01")]),
        both=case("1NNN", AE=[DEATH, UNDATED_DEATH | {"USUBJID": "A02"}], ADJUD=[committee("OPEN", "2028-01-01")]),
    ):
        assert (decided(one)["decision"], decided(both)["decision"]) == ("WAIT", "HOLD")

    def test_two_subjects_with_crs_grade_4(
        self,
        decided,
        one=case("1NNN", AE=[crs("A01"), crs("A01")]),
        one_lower=case("1NNN", AE=[crs("A01"), crs("A02", "3")]),
        two=case("1NNN", AE=[crs("A01"), crs("A02")]),
    ):
        assert decided(one)["hold_because"] == []
        assert decided(one_lower)["hold_because"] == []
        assert "CRS" in decided(two)["hold_because"][0]

    def test_two_subjects_with_the_same_abdominal_event(
        self,
        decided,
        same=case("1NNN", group="B", AE=abdominal("Peritonitis", "Peritonitis bacterial")),
        other=case("1NNN", group="B", AE=abdominal("Peritonitis", "Abdominal pain")),
    ):
        assert "peritonitis" in decided(same)["hold_because"][0]
        assert decided(other)["hold_because"] == []

    def test_the_committees_own_hold_outranks_every_decision(
        self,
        decided,
        held=case("1NNN 2TT", ADJUD=[committee("HOLD", "2028-01-01")]),
        later=case("1NNN", ADJUD=[committee("STOP", "2028-01-01"), committee("OPEN", "2028-02-01")]),
        still=case("1NNN", ADJUD=[committee("HOLD", None), committee("DEESCALATE", "2028-02-01")]),
    ):
        got = decided(held)
        assert (got["decision"], got["would_be"], got["to_level"], got["recorded"]["value"]) == (
            "HOLD",
            "CONFIRM_LOWER",
            1,
            "HOLD",
        )
        assert decided(later)["decision"] == "ESCALATE"
        assert "undated" in decided(still)["hold_because"][0]

    def test_the_other_group_is_not_held(self, make_group):
        cut = make_group("1NNN", AE=[DEATH], subjects={"B01": {"arm": "B_DL1"}})
        assert entry(cut, "B")["decision"] == "WAIT"


ACK = {"USUBJID": "A04", "GROUP": "A", "ITEM": "ACK", "VALUE": "NKD-060", "ADJDTC": "2028-01-01", "REASON": None}
NOT_COVERED = [
    {"VALUE": "NKD-061"},
    {"USUBJID": "A03"},
    {"GROUP": "B"},
    {"USUBJID": None, "ADJDTC": "2026-01-06"},
]


class TestRuling_3_12_acknowledged:
    def test_an_acknowledged_block_is_a_flag_and_withholds_nothing(
        self, findings, acknowledged=case("1NNNN", ADJUD=[ACK | {"REASON": "amendment 2"}])
    ):
        (finding,) = [f for f in findings(acknowledged) if f.id == "NKD-060"]
        assert (finding.effect, "amendment 2" in finding.disposition) == (Effect.FLAG, True)

    @pytest.mark.parametrize(
        "other",
        [case("1NNNN", ADJUD=[ACK | change]) for change in NOT_COVERED],
        ids=[f"change{n}" for n in range(len(NOT_COVERED))],
    )
    def test_another_finding_subject_group_or_an_earlier_date_is_not_covered(self, decided, other):
        assert decided(other)["withheld"]

    def test_a_row_for_the_group_covers_what_was_dosed_by_then(
        self, decided, acknowledged=case("1NNNN", ADJUD=[ACK | {"USUBJID": None}])
    ):
        assert not decided(acknowledged)["withheld"]

    def test_with_a_fingerprint_it_lapses_when_the_value_behind_changes(self, make_group):
        """A04's first dose moves: the same subject dosed against the rules, on another day."""
        ack = {"USUBJID": "A04", "GROUP": "A", "ITEM": "ACK", "ADJDTC": "2028-01-01", "REASON": "amendment 2"}
        (finding,) = [f for f in derive_escalation(make_group("1NNNN")).findings if f.id == "NKD-060"]
        row = ack | {"VALUE": f"NKD-060#{finding.fingerprint}"}
        assert not entry(make_group("1NNNN", ADJUD=[row]))["withheld"]
        assert not entry(
            make_group("1NNNN 1P", ADJUD=[row | {"USUBJID": None}, ack | {"USUBJID": "A05", "VALUE": "NKD-060"}])
        )["withheld"]
        moved = {"A04": {"first": "2026-02-17"}}
        assert entry(make_group("1NNNN", more=moved, ADJUD=[row]))["withheld"]
        assert entry(make_group("1NNNN", ADJUD=[row | {"VALUE": "NKD-060#00000000"}]))["withheld"]


COMPARED = [
    ("1NNN", "ESCALATE", "ESCALATE", "ESCALATE"),
    ("1NNT", "STAY", "STAY", "STAY"),
    ("1NTT", "DEESCALATE", "DEESCALATE", "STAY"),
]
COMPARED_CASES = {row[0]: case(row[0]) for row in COMPARED}


class TestRuling_3_13_comparators:
    @pytest.mark.parametrize("history, boin, mtpi2, crm", COMPARED)
    def test_at_target_30(self, decided, history, boin, mtpi2, crm):
        """Sections 10: 0/3 up, 1/3 stay, 2/3 down; the CRM has no level below the first."""
        assert decided(COMPARED_CASES[history])["comparators"] == {"BOIN": boin, "mTPI-2": mtpi2, "CRM": crm}

    def test_at_target_25_one_of_three_goes_down(self, make_group):
        assert entry(make_group("1NNT", settings=("target_rate=0.25",)))["comparators"]["BOIN"] == "DEESCALATE"

    def test_pending_subjects_are_left_out(self, decided, one=case("1NNP"), none=case("1NN"), only=case("1PP")):
        assert decided(one)["comparators"]["BOIN"] == decided(none)["comparators"]["BOIN"]
        assert decided(only)["comparators"] == {"BOIN": None, "mTPI-2": None, "CRM": None}


class TestBlocks:
    def block(self, **where):
        return Finding("NKD-020", Severity.ERROR, Effect.BLOCK, "dose missing", **where)

    @pytest.fixture(scope="class")
    def entry_with(self, make_group):
        """entry_with(finding, group): the decision on one snapshot where a finding of its files comes with it."""
        cut = make_group("1NNN", subjects={"B01": {"arm": "B_DL1"}})
        found = derive_escalation(cut)

        def decide(finding, group):
            with_it = replace(cut, findings=(finding,))
            ruled = apply_rules(with_it, found.adsl, found.windows, found.events, found.status)
            return decide_groups(with_it, ruled)["groups"][group]

        return decide

    @pytest.mark.parametrize("where, a, b", [({"group": "A"}, True, False), ({"group": "B"}, False, True), ({}, True, True), ({"usubjid": "A01"}, True, False),
                                             ({"usubjid": "nobody"}, True, True)])  # fmt: skip
    def test_a_block_withholds_its_group_or_every_group_when_it_names_none(self, entry_with, where, a, b):
        assert [entry_with(self.block(**where), group)["withheld"] for group in "AB"] == [a, b]

    def test_a_flag_withholds_nothing(self, entry_with):
        flag = Finding("NKD-061", Severity.WARNING, Effect.FLAG, "x", group="A")
        assert not entry_with(flag, "A")["withheld"]

    def test_a_finding_of_the_files_reaches_the_decision_from_the_data(self, make_group):
        cut = replace(make_group("1NNN"), findings=(self.block(group="A"),))
        assert entry(cut)["withheld"]

    def test_a_dosed_subject_on_no_ladder_blocks(self, make_trial):
        cut = make_trial({"S": {}})
        cut.frames["DM"].loc[0, "ARMCD"] = "C_DL1"
        assert entry(cut)["withheld"]
        cut = make_trial(
            {"S": {"doses": ()}}, EX=[{"USUBJID": "S", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-03"}]
        )
        assert "the day of the first dose is not known" in entry(cut)["withheld_because"][0]


class TestGroups:
    def test_groups_are_independent(self, make_group):
        cut = make_group("1TT", subjects={f"B{i}": {"arm": "B_DL1", "first": f"2026-0{i}-01"} for i in (1, 2, 3)})
        assert (entry(cut, "A")["decision"], entry(cut, "B")["decision"]) == ("STOP_NONE", "ESCALATE")

    def test_or_the_second_may_not_rise_above_the_first(self, make_group):
        dependent = ("groups_independent=false",)
        three = {f"B{i}": {"arm": "B_DL1", "first": f"2026-0{i}-01"} for i in (1, 2, 3)}
        got = entry(make_group("1NNN", subjects=three, settings=dependent), "B")
        assert (got["decision"], got["would_be"]) == ("HOLD", "ESCALATE")
        assert entry(make_group("1NNN 2NNN", subjects=three, settings=dependent), "B")["decision"] == "ESCALATE"

    def test_no_groups_or_no_levels_is_not_applicable(self, make_trial):
        none = make_trial({}, settings=("levels=[]", "groups=[{id: X, label: x, route: null, arms: {P: null}}]"))
        assert entry(none, "X") == {"decision": "NOT_APPLICABLE", "reason": derive_escalation(none).why}
        assert decide_groups(make_trial({}, settings=("groups=[]",)))["groups"] == {}
        assert set(list_datasets(derive_escalation(none))) == {"findings"}

    def test_a_group_without_levels_beside_one_with(self, make_trial):
        mixed = (
            "groups=[{id: A, label: a, route: null, arms: {A_DL1: 1}}, {id: X, label: x, route: null, arms: {P: null}}]",
        )
        groups = decide_groups(make_trial({"S": {}}, settings=mixed))["groups"]
        assert (groups["A"]["decision"], groups["X"]["decision"]) == ("WAIT", "NOT_APPLICABLE")


CONTRACT = ["dosed", "cap", "level", "n", "x", "m", "state", "step", "decision", "certain", "possible", "to_level", "would_be", "short_by", "mtd", "claim",
            "highest_cleared", "hold_because", "withheld", "withheld_because", "recorded", "reason", "rule", "subjects", "levels", "comparators"]  # fmt: skip


def test_decisions_json_has_the_shape_of_the_contract(make_group):
    """outputs.md section 4, and nothing in it that JSON cannot say."""
    cut = make_group("1NNN 2NT", ADJUD=[committee("OPEN", "2026-01-01", SNAPSHOT="S1", REASON="start")])
    found = derive_escalation(cut)
    decisions = decide_groups(cut, found)
    assert list(decisions) == ["snapshot_id", "cutoff_date", "synthetic", "params_sha256", "scenario", "groups"]
    assert list(decisions["groups"]["A"]) == CONTRACT
    assert json.loads(json.dumps(decisions)) == decisions
    assert decisions["groups"]["A"]["recorded"] == {
        "value": "OPEN",
        "level": 1,
        "date": "2026-01-01",
        "snapshot": "S1",
        "reason": "start",
        "proposal": None,
        "departs": None,
    }
    assert [level["level"] for level in decisions["groups"]["A"]["levels"]] == [1, 2, 3]
    assert count_statuses(decisions) == len(found.status) == 5
    assert set(list_datasets(found)) == {"addlt", "adsl", "findings"}


def test_backfill_at_a_cleared_level_breaks_no_rule(make_group):
    assert entry(make_group("1NNN 2NNN 1N", settings=("group_cap=18",)))["withheld"]
    assert not entry(make_group("1NNN 2NNN 1N", settings=("group_cap=18", "backfill=true")))["withheld"]
