"""Rulings 3.1 to 3.6 and 3.14: one status per dosed subject, each rule at its edge and with its data missing."""

import pandas as pd
import pytest

from nk521lib.chapters.escalation import ADDLT, derive_dlt_events, derive_dlt_status

EVENT = {
    "USUBJID": "S",
    "AETERM": "Hypotension",
    "AEDECOD": "Hypotension",
    "AEREL": "RELATED",
    "AETOXGR": "3",
    "AESTDAY": 5,
    "AEENDAY": 6,
}


def status(make_trial, event=None, settings=(), cutoff="2026-06-30", domains=None, **plan):
    given = {"AE": [EVENT | e for e in (event if isinstance(event, list) else [event])]} if event is not None else {}
    cut = make_trial({"S": plan}, settings=settings, cutoff=cutoff, **given, **(domains or {}))
    row = derive_dlt_status(cut).iloc[0]
    return str(row["STATUS"])


def judge(value, date="2026-04-10", **row):
    return {"ADJUD": [{"USUBJID": "S", "ITEM": "DLT", "VALUE": value, "ADJDTC": date, "AESEQ": 1} | row]}


class TestRuling_3_1_three_judges:
    def test_investigator_yes_in_the_window_counts_at_once(self, make_trial):
        assert status(make_trial, {"AEDLT": "Y"}, cutoff="2026-03-08") == "DLT"

    def test_investigator_yes_counts_although_the_screen_says_no(self, make_trial):
        assert status(make_trial, {"AEDLT": "Y", "AETOXGR": "1", "AEREL": "NOT RELATED"}) == "DLT"

    @pytest.mark.parametrize("said", ["N", None])
    def test_positive_screen_without_investigators_yes_is_a_candidate(self, make_trial, said):
        assert status(make_trial, {"AEDLT": said}) == "CANDIDATE"

    def test_committee_yes_outranks_investigator_no(self, make_trial):
        assert status(make_trial, {"AEDLT": "N"}, domains=judge("Y")) == "DLT"

    def test_committee_no_outranks_investigator_yes(self, make_trial):
        assert status(make_trial, {"AEDLT": "Y"}, domains=judge("N")) == "CLEAR"

    def test_judgement_in_suppae_counts_without_a_row_in_adjud(self, make_trial):
        assert status(make_trial, {"AEDLTADJ": "N"}) == "CLEAR"
        assert status(make_trial, {"AEDLTADJ": "N"}, domains=judge("Y")) == "DLT"

    def test_of_several_judgements_the_latest_date_counts_then_the_last_row(self, make_trial):
        rows = [judge(v, d)["ADJUD"][0] for v, d in (("N", "2026-04-12"), ("Y", "2026-04-10"))]
        assert status(make_trial, {}, domains={"ADJUD": rows}) == "CLEAR"
        rows = [judge(v)["ADJUD"][0] for v in ("N", "Y")]
        assert status(make_trial, {}, domains={"ADJUD": rows}) == "DLT"

    def test_committee_yes_outside_the_window_counts(self, make_trial):
        assert status(make_trial, {"AESTDAY": 40, "AEENDAY": 41}, domains=judge("Y", "2026-04-20")) == "DLT"

    def test_investigator_yes_on_a_date_only_possibly_inside_is_a_candidate(self, make_trial):
        partial = {"AESTDTC": "2026-03", "AEDLT": "Y", "AETOXGR": "1"}
        event = {k: v for k, v in (EVENT | partial).items() if k not in ("AESTDAY", "AEENDAY")} | {
            "AEENDTC": "2026-04-20"
        }
        cut = make_trial({"S": {}}, AE=[event])
        assert derive_dlt_status(cut)["STATUS"][0] == "CANDIDATE"

    def test_investigator_yes_surely_outside_is_late_and_not_counted(self, make_trial):
        cut = make_trial({"S": {}}, AE=[EVENT | {"AESTDAY": 29, "AEENDAY": 30, "AEDLT": "Y"}])
        assert derive_dlt_status(cut)["STATUS"][0] == "CLEAR"
        assert derive_dlt_events(cut)["VERDICT"][0] == "LATE"

    def test_investigator_yes_before_the_first_dose_is_nothing(self, make_trial):
        cut = make_trial({"S": {}}, AE=[EVENT | {"AESTDAY": -9, "AEENDAY": -8, "AEDLT": "Y"}])
        assert derive_dlt_events(cut)["VERDICT"][0] == "NONE"

    def test_dlt_needs_committee_makes_investigators_yes_a_candidate(self, make_trial):
        needs = ("dlt_needs_committee=true",)
        assert status(make_trial, {"AEDLT": "Y"}, settings=needs) == "CANDIDATE"
        assert status(make_trial, {"AEDLT": "Y"}, settings=needs, domains=judge("Y")) == "DLT"

    def test_committee_yes_that_names_no_event_is_not_lost(self, make_trial):
        assert status(make_trial, domains=judge("Y", AESEQ=None)) == "DLT"
        assert status(make_trial, domains=judge("N", AESEQ=None)) == "CLEAR"

    def test_a_value_that_is_neither_yes_nor_no_judges_nothing(self, make_trial):
        assert status(make_trial, {}, domains=judge("MAYBE")) == "CANDIDATE"


MILD = {"AETOXGR": "2", "AEACN": "DRUG WITHDRAWN", "AESTDAY": 9, "AEENDAY": 12}


DEATHS = {
    "DM": lambda make_trial, **k: _with_death(make_trial, **k),
    "DS": lambda make_trial, **k: make_trial({"S": {}}, DS=[{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH", "DSSTDTC": "2026-03-20"}], **k),
    "SS": lambda make_trial, **k: make_trial({"S": {"seen": ()}}, SS=[{"USUBJID": "S", "SSSTRESC": "DEAD", "SSDTC": "2026-03-28"}], **k),
    "AE": lambda make_trial, **k: make_trial({"S": {}}, AE=[EVENT | {"AEREL": "NOT RELATED", "AEOUT": "FATAL", "AETOXGR": None}], **k),
}  # fmt: skip


class TestRuling_3_2_toxicity_stop:
    def test_two_planned_doses_not_given_for_related_toxicity_is_a_candidate(self, make_trial):
        cut = make_trial({"S": {"doses": (1, 8)}}, AE=[EVENT | MILD])
        assert derive_dlt_events(cut)["CLAUSES"][0] == "D10"
        assert derive_dlt_status(cut)["STATUS"][0] == "CANDIDATE"

    def test_one_missed_dose_is_not_d10(self, make_trial):
        assert status(make_trial, MILD, doses=(1, 8, 15)) == "CLEAR"
        assert status(make_trial, MILD, doses=(1, 8, 15), settings=("tox_missed_doses=1",)) == "CANDIDATE"

    def test_an_unrelated_stop_is_not_evaluable(self, make_trial):
        assert status(make_trial, MILD | {"AEREL": "NOT RELATED"}, doses=(1, 8)) == "NONEVAL"

    def test_would_be_nonevaluable_with_one_dose_lost_to_toxicity_is_a_candidate(self, make_trial):
        off = ("dlt_clauses={D10: {on: false, grade: 1}}",)
        assert status(make_trial, MILD, doses=(1, 8), settings=off) == "CANDIDATE"
        assert status(make_trial, MILD, doses=(1, 8), settings=off, domains=judge("N")) == "NONEVAL"

    def test_left_early_after_a_reduced_dose_is_a_candidate(self, make_trial):
        left = {
            "DS": [{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDAY": 20}]
        }
        assert status(make_trial, MILD | {"AEACN": "DOSE REDUCED"}, domains=left, doses=(1, 8, 15)) == "CANDIDATE"

    def test_the_reason_may_be_exadj(self, make_trial):
        lost = {
            "EX": [
                {"USUBJID": "S", "EXDOSE": 0.0, "EXDOSU": "10^9 CELLS", "EXADJ": "ADVERSE EVENT", "EXSTDAY": d}
                for d in (15, 22)
            ]
        }
        assert status(make_trial, domains=lost, doses=(1, 8)) == "CANDIDATE"
        assert status(make_trial, domains=lost | judge("N", AESEQ=None), doses=(1, 8)) == "NONEVAL"
        assert status(make_trial, domains=lost | judge("N", "2026-03-20", AESEQ=None), doses=(1, 8)) == "CANDIDATE"
        assert status(make_trial, domains=lost | judge("Y", AESEQ=None), doses=(1, 8)) == "DLT"
        other = {"EX": [row | {"EXADJ": "MANUFACTURING"} for row in lost["EX"]]}
        assert status(make_trial, domains=other, doses=(1, 8)) == "NONEVAL"

    def test_doses_cut_for_toxicity_below_the_number_of_d10(self, make_trial):
        cut_dose = {"EX": [{"USUBJID": "S", "EXDOSE": 0.4, "EXDOSU": "10^9 CELLS", "EXADJ": "TOXICITY", "EXSTDAY": 8}]}
        assert status(make_trial, domains=cut_dose, doses=(1,)) == "CANDIDATE"

    def test_a_planned_dose_is_missed_only_when_its_last_permitted_day_has_passed(self, make_trial):
        assert (
            status(make_trial, MILD, doses=(1, 8), cutoff="2026-03-24") == "PENDING"
        )  # day 23: day 22 may be given on day 24
        assert status(make_trial, MILD, doses=(1, 8), cutoff="2026-03-25") == "CANDIDATE"


class TestRuling_3_4_and_3_5_end_of_window:
    def test_window_end_on_the_cut_off_date_is_complete(self, make_trial):
        assert status(make_trial, cutoff="2026-03-29") == "CLEAR"
        assert status(make_trial, cutoff="2026-03-28") == "PENDING"

    def test_contact_on_the_last_day_is_enough_and_the_day_before_is_not(self, make_trial):
        assert status(make_trial, seen=(28,)) == "CLEAR"
        assert status(make_trial, seen=(27,)) == "PENDING"
        assert status(make_trial, seen=(27,), settings=("followup_slack_days=1",)) == "CLEAR"

    @pytest.mark.parametrize(
        "domain, row",
        [("VS", {"VSDTC": "2026-03-30"}), ("LB", {"LBDTC": "2026-03-30"}), ("SV", {"SVSTDTC": "2026-03-30"})],
    )
    def test_contacts_are_read_from_sv_vs_lb_and_ex(self, make_trial, domain, row):
        assert status(make_trial, seen=(), domains={domain: [{"USUBJID": "S"} | row]}) == "CLEAR"
        assert status(make_trial, seen=(), doses=(1, 8, 15, 28)) == "CLEAR"

    @pytest.mark.parametrize("domain, row", [("VS", {"VSDTC": "2026-03-30", "VSSTAT": "NOT DONE"}), ("LB", {"LBDTC": "2026-03-30", "LBSTAT": "NOT DONE"}),
                                             ("SV", {"SVSTDTC": "2026-03-30", "SVOCCUR": "N"}), ("AE", {"AESTDTC": "2026-04-02", "AEREL": "UNLIKELY"}),
                                             ("VS", {"VSDTC": None})])  # fmt: skip
    def test_what_was_not_done_or_is_no_contact_domain_does_not_count(self, make_trial, domain, row):
        assert status(make_trial, seen=(), domains={domain: [{"USUBJID": "S"} | row]}) == "PENDING"

    def leave(self, day=20, decod="PROGRESSIVE DISEASE", **row):
        return {"DS": [{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": decod, "DSSTDAY": day} | row]}

    def test_left_early_is_not_evaluable_from_the_exit_date(self, make_trial):
        cut = make_trial({"S": {"doses": (1, 8)}}, cutoff="2026-03-22", **self.leave())
        row = derive_dlt_status(cut).iloc[0]
        assert (row["STATUS"], row["FREEDT"].date().isoformat(), row["REPLFL"]) == ("NONEVAL", "2026-03-21", "Y")
        assert "DS:1" in row["SRCIDS"]

    def test_leaving_on_the_last_day_is_not_early(self, make_trial):
        assert status(make_trial, domains=self.leave(27)) == "NONEVAL"
        assert status(make_trial, domains=self.leave(28)) == "CLEAR"

    @pytest.mark.parametrize("decod", ["COMPLETED", "SCREEN FAILURE"])
    def test_completion_is_no_exit(self, make_trial, decod):
        assert status(make_trial, domains=self.leave(20, decod)) == "CLEAR"

    def test_a_milestone_is_no_exit(self, make_trial):
        assert status(make_trial, domains=self.leave(DSCAT="PROTOCOL MILESTONE")) == "CLEAR"

    def test_an_exit_of_unknown_date_leaves_the_subject_open(self, make_trial):
        exit_ = {
            "DS": [{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "LOST TO FOLLOW-UP", "DSSTDTC": "2026-03"}]
        }
        assert status(make_trial, domains=exit_) == "PENDING"

    def test_no_replacement_when_the_parameter_says_so(self, make_trial):
        cut = make_trial({"S": {"doses": (1,)}}, settings=("replace_nonevaluable=false",), **self.leave())
        assert derive_dlt_status(cut)[["STATUS", "REPLFL"]].iloc[0].isna().tolist() == [False, True]

    @pytest.mark.parametrize("source", DEATHS)
    def test_any_death_in_the_window_is_a_candidate_whatever_its_source(self, make_trial, source):
        assert derive_dlt_status(DEATHS[source](make_trial))["STATUS"][0] == "CANDIDATE"

    @pytest.mark.parametrize("source", DEATHS)
    @pytest.mark.parametrize("value, then", [("N", "NONEVAL"), ("Y", "DLT")])
    def test_a_death_is_not_evaluable_only_after_an_adjudicated_no(self, make_trial, source, value, then):
        seq = 1 if source == "AE" else None
        assert derive_dlt_status(DEATHS[source](make_trial, **judge(value, AESEQ=seq)))["STATUS"][0] == then

    def test_a_judgement_dated_before_the_death_does_not_cover_it(self, make_trial):
        cut = DEATHS["DS"](make_trial, **judge("N", "2026-03-19", AESEQ=None))
        assert derive_dlt_status(cut)["STATUS"][0] == "CANDIDATE"

    def test_a_death_after_the_window_changes_nothing(self, make_trial):
        died = {"DS": [{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH", "DSSTDTC": "2026-03-30"}]}
        assert status(make_trial, domains=died) == "CLEAR"

    def test_a_death_of_unknown_date_may_lie_in_the_window(self, make_trial):
        cut = _with_death(make_trial, dated=None)
        assert derive_dlt_status(cut)["STATUS"][0] == "CANDIDATE"
        cut = _with_death(make_trial, dated=None, plan={"seen": (28, 40)})
        assert derive_dlt_status(cut)["STATUS"][0] == "CLEAR"  # seen alive after the window


def _with_death(make_trial, dated="2026-03-20", plan=None, **domains):
    cut = make_trial({"S": plan or {}}, **domains)
    cut.frames["DM"].loc[0, ["DTHFL", "DTHDTC"]] = ["Y", pd.NA if dated is None else dated]
    return cut


class TestRuling_3_6_doses:
    def test_dlt_beats_nonevaluable(self, make_trial):
        left = {"DS": [{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "ADVERSE EVENT", "DSSTDAY": 10}]}
        assert status(make_trial, {"AEDLT": "Y"}, doses=(1,), domains=left) == "DLT"

    def test_three_full_doses_are_needed(self, make_trial):
        assert status(make_trial, doses=(1, 8, 15)) == "CLEAR"
        assert status(make_trial, doses=(1, 8)) == "NONEVAL"
        assert status(make_trial, doses=(1, 8), settings=("dlt_min_doses=2",)) == "CLEAR"

    def test_too_few_doses_while_the_window_is_open_is_pending(self, make_trial):
        assert status(make_trial, doses=(1, 8), cutoff="2026-03-28") == "PENDING"

    def test_a_dose_after_the_window_does_not_count(self, make_trial):
        assert status(make_trial, doses=(1, 8, 29)) == "NONEVAL"

    def test_full_means_80_percent_of_the_assigned_cells(self, make_trial):
        assert status(make_trial, cells=[1.0, 0.8, 0.8, 0.5]) == "CLEAR"
        assert status(make_trial, cells=[1.0, 0.8, 0.79, 0.5]) == "NONEVAL"
        assert status(make_trial, cells=[1.0, 0.8, 0.8, 0.5], settings=("full_dose_fraction=0.9",)) == "NONEVAL"

    def test_an_unknown_amount_is_neither_full_nor_not(self, make_trial):
        assert status(make_trial, cells=[1.0, 1.0, None, 0.5]) == "PENDING"
        assert status(make_trial, cells=[1.0, 0.5, None, 0.5]) == "NONEVAL"

    def test_underdosed_with_a_dlt_still_counts_at_the_assigned_level(self, make_trial):
        cut = make_trial({"S": {"arm": "A_DL2", "cells": 1.0}}, AE=[EVENT | {"AEDLT": "Y"}])
        row = derive_dlt_status(cut).iloc[0]
        assert (row["STATUS"], row["LEVEL"], row["LEVELTRT"], row["LEVELCNT"]) == ("DLT", 2, 1, 2)

    def test_underdosed_may_count_at_the_level_received(self, make_trial):
        cut = make_trial({"S": {"arm": "A_DL2", "cells": 1.0}}, settings=("underdosed_rule=level_received",))
        row = derive_dlt_status(cut).iloc[0]
        assert (row["STATUS"], row["LEVEL"], row["LEVELCNT"]) == ("CLEAR", 2, 1)


class TestRuling_3_14_level_received:
    @pytest.mark.parametrize("cells, level", [(1.5, 2), (1.49, 1), (3.6, 2), (4.5, 3)])
    def test_first_dose_within_half_to_1_2_of_the_assigned_is_the_assigned_level(self, make_trial, cells, level):
        cut = make_trial({"S": {"arm": "A_DL2", "cells": cells}})
        assert derive_dlt_status(cut)["LEVELTRT"][0] == level


class TestWindows:
    def last_day(self, make_trial, *settings, **plan):
        cut = make_trial({"S": plan}, settings=settings)
        return derive_dlt_status(cut)["ADLTEDT"][0].date().isoformat()

    def test_28_days_end_on_study_day_28_and_day_29_is_another_window(self, make_trial, day):
        assert self.last_day(make_trial) == day(28)
        assert self.last_day(make_trial, "dlt_window={anchor: first_dose, days: 29}") == day(29)

    def test_after_the_last_dose_of_cycle_1_or_of_all(self, make_trial, day):
        assert self.last_day(
            make_trial, "dlt_window={anchor: last_dose_cycle1, days: 28}", doses=(1, 8, 17, 22)
        ) == day(44)
        assert self.last_day(
            make_trial, "dlt_window={anchor: last_dose, days: 28}", doses=(1, 8, 15, 22, 29, 37)
        ) == day(64)

    def test_while_the_anchor_dose_is_to_come_its_planned_day_stands_for_it(self, make_trial, day):
        assert self.last_day(make_trial, "dlt_window={anchor: last_dose_cycle1, days: 28}", doses=(1, 8)) == day(42)

    def test_a_subject_who_left_has_had_the_last_dose(self, make_trial, day):
        left = [{"USUBJID": "S", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "PROGRESSIVE DISEASE", "DSSTDAY": 60}]
        cut = make_trial(
            {"S": {"doses": (1, 8)}}, settings=("dlt_window={anchor: last_dose_cycle1, days: 28}",), DS=left
        )
        assert derive_dlt_status(cut)["ADLTEDT"][0].date().isoformat() == day(35)

    def test_extension_for_delay_moves_the_end_by_the_latest_delay(self, make_trial, day):
        assert self.last_day(make_trial, "extend_for_delay=true", doses=(1, 10, 16, 22)) == day(30)
        assert self.last_day(make_trial, doses=(1, 10, 16, 22)) == day(28)

    def test_21_days_turn_the_same_event_from_dlt_to_late(self, make_trial):
        event = {"AEDLT": "Y", "AESTDAY": 25, "AEENDAY": 26}
        assert status(make_trial, event) == "DLT"
        assert status(make_trial, event, settings=("dlt_window={anchor: first_dose, days: 21}",)) == "CLEAR"


def test_addlt_has_the_columns_of_the_contract(make_trial):
    """outputs.md section 3."""
    frame = derive_dlt_status(make_trial({"S": {}, "T": {"arm": "B_DL3"}}))
    assert tuple(frame.columns[: len(ADDLT)]) == ADDLT
    assert frame["SRCIDS"][0] == "EX:1;EX:2;EX:3;EX:4"
    assert frame[["GROUP", "LEVEL", "NDOSEWIN"]].values.tolist() == [["A", 1, 4], ["B", 3, 4]]
    assert frame.loc[0, "DAYSLEFT"] is pd.NA and frame.loc[0, "EVALFL"] == "Y"


def test_days_left_count_to_the_last_day_of_the_window(make_trial):
    assert derive_dlt_status(make_trial({"S": {}}, cutoff="2026-03-24"))["DAYSLEFT"][0] == 5
    assert derive_dlt_status(make_trial({"S": {"seen": ()}}))["DAYSLEFT"][0] == 0


def test_nobody_dosed_gives_no_row(make_trial, make_cut):
    assert derive_dlt_status(make_trial({})).empty
    assert derive_dlt_status(make_cut(DM=[{"USUBJID": "S", "ARMCD": "A_DL1"}])).empty


def test_input_frames_are_not_changed(make_trial):
    cut = make_trial({"S": {}}, AE=[EVENT], **judge("N"))
    before = {code: frame.copy(deep=True) for code, frame in cut.frames.items()}
    derive_dlt_status(cut)
    for code, frame in cut.frames.items():
        pd.testing.assert_frame_equal(frame, before[code])
