"""From data to decisions.json: the table of spec escalation.md section 3 and rulings 3.7 to 3.13, one test each at least."""

import json

import pytest

from nk521lib.chapters.escalation import count_statuses, decide_groups, derive_escalation, list_datasets
from nk521lib.findings import Finding
from nk521lib.terms import Effect, Severity

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


def entry(cut, group="A"):
    return decide_groups(cut)["groups"][group]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0] or "nobody")
def test_the_table_of_section_3_from_data(make_group, row):
    history, decision, step, n, x, m, state, to_level, further = row
    got = entry(make_group(history))
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


class TestRuling_3_7_slots_by_replay:
    def test_a_fourth_subject_in_three_slots_is_a_block_and_is_counted(self, make_group):
        cut = make_group("1NNNN")
        found = derive_escalation(cut)
        got = decide_groups(cut, found)["groups"]["A"]
        assert [f.id for f in found.findings if f.effect is Effect.BLOCK] == ["NKD-060"]
        assert (got["n"], got["decision"], got["withheld"]) == (4, "ESCALATE", True)
        assert "A04" in got["withheld_because"][0]

    @pytest.mark.parametrize("value", ["EXPAND"])
    def test_the_committee_may_open_the_places(self, make_group, value):
        opened = [{"GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": value, "ADJDTC": "2026-02-10"}]
        cut = make_group("1NNNN", ADJUD=opened)
        assert not entry(cut)["withheld"]
        assert entry(cut)["state"] == "OPEN6"

    def test_an_opening_dated_on_the_day_of_the_dosing_is_not_before_it(self, make_group, day):
        date = day(43, "2026-01-05")  # first dose of the fourth subject
        opened = [{"GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": "EXPAND", "ADJDTC": date}]
        assert entry(make_group("1NNNN", ADJUD=opened))["withheld"]

    def test_a_replaced_subject_frees_its_slot(self, make_group):
        got = entry(make_group("1NRNN"))
        assert (got["n"], got["decision"], got["dosed"], got["withheld"]) == (3, "ESCALATE", 4, False)
        assert got["subjects"]["NONEVAL"] == ["A02"]

    def test_without_replacement_its_slot_stays_taken(self, make_group):
        got = entry(make_group("1NRN", settings=("replace_nonevaluable=false",)))
        assert (got["n"], got["m"], got["decision"]) == (2, 1, "WAIT")

    def test_a_slot_is_free_only_from_the_day_the_subject_left(self, make_group, day):
        """A fourth subject dosed on day 5 of the one that leaves on day 10 took a place that was not there."""
        early = {"A04": {"first": day(5 + 28, "2026-01-05")}}
        assert entry(make_group("1NNRN", more=early))["withheld"]

    def test_dosed_above_an_exceeded_level_is_a_block(self, make_group):
        cut = make_group("1TTN 2N")
        assert any("exceeded" in str(f) for f in derive_escalation(cut).findings if f.effect is Effect.BLOCK)
        got = entry(cut)
        assert (got["level"], got["decision"], got["withheld"]) == (1, "STOP_NONE", False)  # a stop is never withheld

    def test_a_dlt_known_after_the_level_was_left_puts_that_level_in_play(self, make_group):
        late = [{"USUBJID": "A02", "ITEM": "DLT", "VALUE": "Y", "ADJDTC": "2028-01-01", "AESEQ": 1}]
        event = [
            {
                "USUBJID": "A02",
                "AETERM": "x",
                "AEDECOD": "Hypotension",
                "AEREL": "RELATED",
                "AETOXGR": "2",
                "AESTDAY": 5,
                "AEENDAY": 6,
            }
        ]
        got = entry(make_group("1NNN 2NN", AE=event, ADJUD=late))
        assert (got["level"], got["n"], got["x"], got["decision"], got["to_level"]) == (1, 3, 1, "EXPAND", 1)

    def test_more_subjects_than_any_3_plus_3_are_counted_and_blocked(self, make_trial, day):
        crowd = {f"A{i:03d}": {"first": day(1 + i, "2026-01-05")} for i in range(130)}
        got = entry(make_trial(crowd, cutoff="2028-01-01", settings=("cap_policy=ignore",)))
        assert (got["n"], got["decision"], got["withheld"]) == (130, "ESCALATE", True)
        assert any("more than" in because for because in got["withheld_because"])


class TestRulings_3_8_to_3_10_labels_cap_claim:
    def test_five_clear_of_six_is_certain_while_it_waits(self, make_group):
        got = entry(make_group("1NNN 2NTN 2NN"))
        assert (got["decision"], got["certain"]) == ("WAIT", False)
        opened = [{"GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": "EXPAND", "ADJDTC": "2026-01-10"}]
        got = entry(make_group("1NNNNN", ADJUD=opened))
        assert (got["n"], got["x"], got["decision"], got["certain"], got["possible"]) == (
            5,
            0,
            "WAIT",
            True,
            ["ESCALATE"],
        )

    def test_cap_hold_names_the_decision_and_the_places_missing(self, make_group):
        got = entry(make_group("1NNT 1NNN 2NN", settings=("group_cap=9",)))
        assert (got["decision"], got["short_by"]) == ("WAIT", 0)
        got = entry(make_group("1NNT 1NNN 2NNT"))
        assert (got["dosed"], got["decision"], got["would_be"], got["short_by"], got["to_level"]) == (
            9,
            "CAP_HOLD",
            "EXPAND",
            3,
            2,
        )
        assert (got["claim"], got["mtd"], got["highest_cleared"]) == ("NOT_REACHED", None, 1)

    def test_a_replaced_subject_uses_a_place_of_the_cap(self, make_group):
        assert entry(make_group("1NNRN 2NNN"))["short_by"] == 1
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


def committee(value, date, group="A", level=1, **row):
    return {"GROUP": group, "LEVEL": level, "ITEM": "DECISION", "VALUE": value, "ADJDTC": date} | row


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


class TestRuling_3_11_hold:
    def test_a_related_death_in_the_window_holds_also_as_a_candidate(self, make_group):
        got = entry(make_group("1NNN", AE=[DEATH]))
        assert (got["decision"], got["would_be"], got["m"], got["withheld"]) == ("HOLD", "WAIT", 1, False)
        assert "D01" in got["hold_because"][0]

    def test_an_unrelated_death_is_a_candidate_and_no_hold(self, make_group):
        got = entry(make_group("1NNN", AE=[DEATH | {"AEREL": "NOT RELATED"}]))
        assert (got["decision"], got["m"], got["hold_because"]) == ("WAIT", 1, [])

    def test_a_death_judged_no_dlt_holds_nothing(self, make_group):
        judged = [{"USUBJID": "A01", "ITEM": "DLT", "VALUE": "N", "ADJDTC": "2028-01-01", "AESEQ": 1}]
        assert entry(make_group("1NNN", AE=[DEATH], ADJUD=judged))["hold_because"] == []

    def test_the_rule_can_be_switched_off(self, make_group):
        off = ("hold_rules={any_d01: false, crs_icans_grade: 4, crs_icans_subjects: 2, same_d08_subjects: 2}",)
        assert entry(make_group("1NNN", AE=[DEATH], settings=off))["decision"] == "WAIT"

    @pytest.mark.parametrize("value, date, held", [("OPEN", "2026-01-29", False), ("ESCALATE", "2028-01-01", False), ("EXPAND", "2026-01-28", True),
                                                    ("DEESCALATE", "2028-01-01", True)])  # fmt: skip
    def test_it_ends_only_by_a_later_open_expand_or_escalate(self, make_group, value, date, held):
        got = entry(make_group("1NNN", AE=[DEATH], ADJUD=[committee(value, date)]))
        assert (got["decision"] == "HOLD") is held

    def test_a_death_without_a_day_is_never_surely_over(self, make_group):
        undated = {k: v for k, v in DEATH.items() if k not in ("AESTDAY", "AEENDAY")}
        assert entry(make_group("1NNN", AE=[undated], ADJUD=[committee("OPEN", "2028-01-01")]))["decision"] == "HOLD"

    def crs(self, subject, grade="4"):
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

    def test_two_subjects_with_crs_grade_4(self, make_group):
        assert entry(make_group("1NNN", AE=[self.crs("A01"), self.crs("A01")]))["hold_because"] == []
        assert entry(make_group("1NNN", AE=[self.crs("A01"), self.crs("A02", "3")]))["hold_because"] == []
        assert "CRS" in entry(make_group("1NNN", AE=[self.crs("A01"), self.crs("A02")]))["hold_because"][0]

    def test_two_subjects_with_the_same_abdominal_event(self, make_group):
        def abdominal(subject, term):
            return {
                "USUBJID": subject,
                "AETERM": term,
                "AEDECOD": term,
                "AEREL": "RELATED",
                "AETOXGR": "3",
                "AESTDAY": 2,
                "AEENDAY": 9,
            }

        same = make_group(
            "1NNN", group="B", AE=[abdominal("B01", "Peritonitis"), abdominal("B02", "Peritonitis bacterial")]
        )
        assert "peritonitis" in entry(same, "B")["hold_because"][0]
        other = make_group("1NNN", group="B", AE=[abdominal("B01", "Peritonitis"), abdominal("B02", "Abdominal pain")])
        assert entry(other, "B")["hold_because"] == []

    def test_the_committees_own_hold_outranks_every_decision(self, make_group):
        got = entry(make_group("1NNN 2TT", ADJUD=[committee("HOLD", "2028-01-01")]))
        assert (got["decision"], got["would_be"], got["to_level"], got["recorded"]["value"]) == (
            "HOLD",
            "CONFIRM_LOWER",
            1,
            "HOLD",
        )
        later = [committee("STOP", "2028-01-01"), committee("OPEN", "2028-02-01")]
        assert entry(make_group("1NNN", ADJUD=later))["decision"] == "ESCALATE"
        still = [committee("HOLD", None), committee("DEESCALATE", "2028-02-01")]
        assert "undated" in entry(make_group("1NNN", ADJUD=still))["hold_because"][0]

    def test_the_other_group_is_not_held(self, make_group):
        cut = make_group("1NNN", AE=[DEATH], subjects={"B01": {"arm": "B_DL1"}})
        assert entry(cut, "B")["decision"] == "WAIT"


class TestRuling_3_12_acknowledged:
    def test_an_acknowledged_block_is_a_flag_and_withholds_nothing(self, make_group):
        ack = {
            "USUBJID": "A04",
            "GROUP": "A",
            "ITEM": "ACK",
            "VALUE": "NKD-060",
            "ADJDTC": "2028-01-01",
            "REASON": "amendment 2",
        }
        found = derive_escalation(make_group("1NNNN", ADJUD=[ack]))
        (finding,) = [f for f in found.findings if f.id == "NKD-060"]
        assert (finding.effect, "amendment 2" in finding.disposition) == (Effect.FLAG, True)

    @pytest.mark.parametrize(
        "change", [{"VALUE": "NKD-061"}, {"USUBJID": "A03"}, {"GROUP": "B"}, {"USUBJID": None, "ADJDTC": "2026-01-06"}]
    )
    def test_another_finding_subject_group_or_an_earlier_date_is_not_covered(self, make_group, change):
        ack = {
            "USUBJID": "A04",
            "GROUP": "A",
            "ITEM": "ACK",
            "VALUE": "NKD-060",
            "ADJDTC": "2028-01-01",
            "REASON": None,
        } | change
        assert entry(make_group("1NNNN", ADJUD=[ack]))["withheld"]

    def test_a_row_for_the_group_covers_what_was_dosed_by_then(self, make_group):
        ack = {"USUBJID": None, "GROUP": "A", "ITEM": "ACK", "VALUE": "NKD-060", "ADJDTC": "2028-01-01", "REASON": None}
        assert not entry(make_group("1NNNN", ADJUD=[ack]))["withheld"]

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


class TestRuling_3_13_comparators:
    @pytest.mark.parametrize("history, boin, mtpi2, crm", [("1NNN", "ESCALATE", "ESCALATE", "ESCALATE"), ("1NNT", "STAY", "STAY", "STAY"),
                                                           ("1NTT", "DEESCALATE", "DEESCALATE", "STAY")])  # fmt: skip
    def test_at_target_30(self, make_group, history, boin, mtpi2, crm):
        """Sections 10: 0/3 up, 1/3 stay, 2/3 down; the CRM has no level below the first."""
        assert entry(make_group(history))["comparators"] == {"BOIN": boin, "mTPI-2": mtpi2, "CRM": crm}

    def test_at_target_25_one_of_three_goes_down(self, make_group):
        assert entry(make_group("1NNT", settings=("target_rate=0.25",)))["comparators"]["BOIN"] == "DEESCALATE"

    def test_pending_subjects_are_left_out(self, make_group):
        assert entry(make_group("1NNP"))["comparators"]["BOIN"] == entry(make_group("1NN"))["comparators"]["BOIN"]
        assert entry(make_group("1PP"))["comparators"] == {"BOIN": None, "mTPI-2": None, "CRM": None}


class TestBlocks:
    def block(self, **where):
        return Finding("NKD-020", Severity.ERROR, Effect.BLOCK, "dose missing", **where)

    def with_findings(self, cut, *findings):
        object.__setattr__(cut, "findings", findings)
        return cut

    @pytest.mark.parametrize("where, a, b", [({"group": "A"}, True, False), ({"group": "B"}, False, True), ({}, True, True), ({"usubjid": "A01"}, True, False),
                                             ({"usubjid": "nobody"}, True, True)])  # fmt: skip
    def test_a_block_withholds_its_group_or_every_group_when_it_names_none(self, make_group, where, a, b):
        cut = self.with_findings(make_group("1NNN", subjects={"B01": {"arm": "B_DL1"}}), self.block(**where))
        assert (entry(cut, "A")["withheld"], entry(cut, "B")["withheld"]) == (a, b)

    def test_a_flag_withholds_nothing(self, make_group):
        cut = self.with_findings(make_group("1NNN"), Finding("NKD-061", Severity.WARNING, Effect.FLAG, "x", group="A"))
        assert not entry(cut)["withheld"]

    def test_a_dosed_subject_on_no_ladder_blocks(self, make_trial):
        cut = make_trial({"S": {}})
        cut.frames["DM"].loc[0, "ARMCD"] = "C_DL1"
        assert entry(cut)["withheld"]
        cut = make_trial(
            {"S": {"doses": ()}}, EX=[{"USUBJID": "S", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-03"}]
        )
        assert "no dose with a full date" in entry(cut)["withheld_because"][0]


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
