"""Rulings 3.1 to 3.6 and 3.14: one status per dosed subject, each rule at its edge and with its data missing.

Every case is a subject told beside its test, as the default of a parameter, before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

import pandas as pd
import pytest

from nk521lib.chapters.escalation import ADDLT, derive_dlt_events, derive_dlt_status
from tests.chapters.escalation.conftest import Cases, on

EVENT = {
    "AETERM": "Hypotension",
    "AEDECOD": "Hypotension",
    "AEREL": "RELATED",
    "AETOXGR": "3",
    "AESTDAY": 5,
    "AEENDAY": 6,
}
UNDATED = {key: value for key, value in EVENT.items() if key not in ("AESTDAY", "AEENDAY")}

tell = Cases()


def case(event=None, domains=None, **plan) -> str:
    """A subject, with an event like EVENT but for what is said."""
    return tell(domains=({} if event is None else {"AE": [EVENT | event]}) | (domains or {}), **plan)


def by(study_day, *told, **plan) -> str:
    """A subject whose study day is that of the cut-off."""
    return case(*told, cutoff=on(28), first=on(29 - study_day), **plan)


def judge(value, date="2026-04-10", **row):
    return {"ADJUD": [{"ITEM": "DLT", "VALUE": value, "ADJDTC": date, "AESEQ": 1} | row]}


def leave(day=20, decod="PROGRESSIVE DISEASE", **row):
    return {"DS": [{"DSCAT": "DISPOSITION EVENT", "DSDECOD": decod, "DSSTDAY": day} | row]}


@pytest.fixture(scope="module")
def found(make_trial):
    """found(case): events and statuses of the snapshot that it stands in."""

    def derive(cut):
        events = derive_dlt_events(cut)
        return events, derive_dlt_status(cut, events=events).set_index("USUBJID")

    return tell.derive(make_trial, derive)


@pytest.fixture(scope="module")
def row(found):
    """row(case): its row of the addlt dataset."""
    return lambda name: found(name)[1].loc[name]


@pytest.fixture(scope="module")
def status(row):
    return lambda name: str(row(name)["STATUS"])


@pytest.fixture(scope="module")
def event(found):
    """event(case): its only event."""

    def only(name):
        events, _ = found(name)
        (event,) = events[events["USUBJID"].eq(name)].to_dict("records")
        return event

    return only


NEEDS = ("dlt_needs_committee=true",)


class TestRuling_3_1_three_judges:
    def test_investigator_yes_in_the_window_counts_at_once(self, status, yes=by(7, {"AEDLT": "Y"})):
        assert status(yes) == "DLT"

    def test_investigator_yes_counts_although_the_screen_says_no(
        self, status, mild=case({"AEDLT": "Y", "AETOXGR": "1", "AEREL": "NOT RELATED"})
    ):
        assert status(mild) == "DLT"

    @pytest.mark.parametrize("said", [case({"AEDLT": "N"}), case({"AEDLT": None})], ids=["N", "None"])
    def test_positive_screen_without_investigators_yes_is_a_candidate(self, status, said):
        assert status(said) == "CANDIDATE"

    def test_committee_yes_outranks_investigator_no(self, status, judged=case({"AEDLT": "N"}, judge("Y"))):
        assert status(judged) == "DLT"

    def test_committee_no_outranks_investigator_yes(self, status, judged=case({"AEDLT": "Y"}, judge("N"))):
        assert status(judged) == "CLEAR"

    def test_judgement_in_suppae_counts_without_a_row_in_adjud(
        self, status, alone=case({"AEDLTADJ": "N"}), beside=case({"AEDLTADJ": "N"}, judge("Y"))
    ):
        assert status(alone) == "CLEAR"
        assert status(beside) == "DLT"

    def test_of_several_judgements_the_latest_date_counts_then_the_last_row(
        self,
        status,
        dated=case({}, {"ADJUD": judge("N", "2026-04-12")["ADJUD"] + judge("Y", "2026-04-10")["ADJUD"]}),
        equal=case({}, {"ADJUD": judge("N")["ADJUD"] + judge("Y")["ADJUD"]}),
    ):
        assert status(dated) == "CLEAR"
        assert status(equal) == "DLT"

    def test_committee_yes_outside_the_window_counts(
        self, status, outside=case({"AESTDAY": 40, "AEENDAY": 41}, judge("Y", "2026-04-20"))
    ):
        assert status(outside) == "DLT"

    def test_investigator_yes_on_a_date_only_possibly_inside_is_a_candidate(
        self,
        status,
        partial=tell(
            domains={"AE": [UNDATED | {"AESTDTC": "2026-03", "AEENDTC": "2026-04-20", "AEDLT": "Y", "AETOXGR": "1"}]}
        ),
    ):
        assert status(partial) == "CANDIDATE"

    def test_investigator_yes_surely_outside_is_late_and_not_counted(
        self, status, event, late=case({"AESTDAY": 29, "AEENDAY": 30, "AEDLT": "Y"})
    ):
        assert status(late) == "CLEAR"
        assert event(late)["VERDICT"] == "LATE"

    def test_investigator_yes_before_the_first_dose_is_nothing(
        self, event, early=case({"AESTDAY": -9, "AEENDAY": -8, "AEDLT": "Y"})
    ):
        assert event(early)["VERDICT"] == "NONE"

    def test_dlt_needs_committee_makes_investigators_yes_a_candidate(
        self,
        status,
        alone=case({"AEDLT": "Y"}, settings=NEEDS),
        judged=case({"AEDLT": "Y"}, judge("Y"), settings=NEEDS),
    ):
        assert status(alone) == "CANDIDATE"
        assert status(judged) == "DLT"

    def test_committee_yes_that_names_no_event_is_not_lost(
        self, status, yes=case(domains=judge("Y", AESEQ=None)), no=case(domains=judge("N", AESEQ=None))
    ):
        assert status(yes) == "DLT"
        assert status(no) == "CLEAR"

    def test_a_value_that_is_neither_yes_nor_no_judges_nothing(self, status, maybe=case({}, judge("MAYBE"))):
        assert status(maybe) == "CANDIDATE"


MILD = {"AETOXGR": "2", "AEACN": "DRUG WITHDRAWN", "AESTDAY": 9, "AEENDAY": 12}
OFF = ("dlt_clauses={D10: {on: false, grade: 1}}",)
LOST = {"EX": [{"EXDOSE": 0.0, "EXDOSU": "10^9 CELLS", "EXADJ": "ADVERSE EVENT", "EXSTDAY": d} for d in (15, 22)]}


class TestRuling_3_2_toxicity_stop:
    def test_two_planned_doses_not_given_for_related_toxicity_is_a_candidate(
        self, status, event, stopped=case(MILD, doses=(1, 8))
    ):
        assert event(stopped)["CLAUSES"] == "D10"
        assert status(stopped) == "CANDIDATE"

    def test_one_missed_dose_is_not_d10(
        self,
        status,
        one=case(MILD, doses=(1, 8, 15)),
        enough=case(MILD, doses=(1, 8, 15), settings=("tox_missed_doses=1",)),
    ):
        assert status(one) == "CLEAR"
        assert status(enough) == "CANDIDATE"

    def test_an_unrelated_stop_is_not_evaluable(
        self, status, unrelated=case(MILD | {"AEREL": "NOT RELATED"}, doses=(1, 8))
    ):
        assert status(unrelated) == "NONEVAL"

    def test_would_be_nonevaluable_with_one_dose_lost_to_toxicity_is_a_candidate(
        self,
        status,
        lost=case(MILD, doses=(1, 8), settings=OFF),
        judged=case(MILD, judge("N"), doses=(1, 8), settings=OFF),
    ):
        assert status(lost) == "CANDIDATE"
        assert status(judged) == "NONEVAL"

    def test_left_early_after_a_reduced_dose_is_a_candidate(
        self,
        status,
        left=case(MILD | {"AEACN": "DOSE REDUCED"}, leave(20, "WITHDRAWAL BY SUBJECT"), doses=(1, 8, 15)),
    ):
        assert status(left) == "CANDIDATE"

    def test_the_reason_may_be_exadj(
        self,
        status,
        lost=case(domains=LOST, doses=(1, 8)),
        no=case(domains=LOST | judge("N", AESEQ=None), doses=(1, 8)),
        no_too_early=case(domains=LOST | judge("N", "2026-03-20", AESEQ=None), doses=(1, 8)),
        yes=case(domains=LOST | judge("Y", AESEQ=None), doses=(1, 8)),
        other=case(domains={"EX": [record | {"EXADJ": "MANUFACTURING"} for record in LOST["EX"]]}, doses=(1, 8)),
    ):
        assert status(lost) == "CANDIDATE"
        assert status(no) == "NONEVAL"
        assert status(no_too_early) == "CANDIDATE"
        assert status(yes) == "DLT"
        assert status(other) == "NONEVAL"

    def test_doses_cut_for_toxicity_below_the_number_of_d10(
        self,
        status,
        cut=case(
            domains={"EX": [{"EXDOSE": 0.4, "EXDOSU": "10^9 CELLS", "EXADJ": "TOXICITY", "EXSTDAY": 8}]}, doses=(1,)
        ),
    ):
        assert status(cut) == "CANDIDATE"

    def test_a_planned_dose_is_missed_only_when_its_last_permitted_day_has_passed(
        self,
        status,
        day_23=by(23, MILD, doses=(1, 8)),  # the dose of day 22 may be given on day 24
        day_24=by(24, MILD, doses=(1, 8)),
    ):
        assert status(day_23) == "PENDING"
        assert status(day_24) == "CANDIDATE"


def death(source, domains=None) -> str:
    """A subject who died in the window, as one source says it."""
    records, plan = {
        "DM": ({}, {"dm": {"DTHFL": "Y", "DTHDTC": "2026-03-20"}}),
        "DS": ({"DS": [{"DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH", "DSSTDTC": "2026-03-20"}]}, {}),
        "SS": ({"SS": [{"SSSTRESC": "DEAD", "SSDTC": "2026-03-28"}]}, {"seen": ()}),
        "AE": ({"AE": [EVENT | {"AEREL": "NOT RELATED", "AEOUT": "FATAL", "AETOXGR": None}]}, {}),
    }[source]
    return case(domains=records | (domains or {}), **plan)


IN_MARCH = {"EX": [{"EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-03"}]}


def vague(dm, *doses) -> str:
    """A subject with a dose on an unknown day of March, besides those of the days given."""
    return case(domains=IN_MARCH, doses=doses, dm=dm)


BEGUN = {"RFXSTDTC": "2026-03-02"}


class TestDosesWithoutADay:
    @pytest.mark.parametrize(
        "subject, status_, counted",
        [
            (vague(BEGUN | {"RFXENDTC": "2026-03-20"}, 1, 8), "CLEAR", (3, 3)),  # surely in the window: it counts
            (vague(BEGUN, 1, 8), "PENDING", (2, 2)),  # the last two days of March are after the window
            (vague(BEGUN, 1, 8, 15), "CLEAR", (3, 3)),  # enough without it
            (vague(BEGUN, 1), "NONEVAL", (1, 1)),  # too few with it
        ],
    )
    def test_one_counts_where_it_surely_lies_in_the_window(self, row, subject, status_, counted):
        found = row(subject)
        assert (found["STATUS"], (found["NDOSEWIN"], found["NFULLWIN"])) == (status_, counted)

    def test_without_the_day_of_the_first_there_is_no_window(self, found, lost=vague({}, 3, 10)):
        _, status = found(lost)
        assert lost not in status.index


DEATHS = ("DM", "DS", "SS", "AE")
DIED = {source: death(source) for source in DEATHS}
DIED_JUDGED = {(s, said): death(s, judge(said, AESEQ=1 if s == "AE" else None)) for s in DEATHS for said in "NY"}
PARTLY_DATED = {
    when: {last: case(dm={"DTHFL": "Y", "DTHDTC": when}, seen=(last,)) for last in (21, 28, 29)}
    for when in ("2026", "2026-03")
}
"""By date of death: last study day on which the subject was seen, in a window that ends on 2026-03-29."""
PARTLY_DATED_WITH_SLACK = case(dm={"DTHFL": "Y", "DTHDTC": "2026-03"}, seen=(27,), settings=("followup_slack_days=7",))
SEEN_AFTER = {
    "VS": {"VSDTC": "2026-03-30"},
    "LB": {"LBDTC": "2026-03-30"},
    "SV": {"SVSTDTC": "2026-03-30"},
}
NO_CONTACT = [
    ("VS", {"VSDTC": "2026-03-30", "VSSTAT": "NOT DONE"}),
    ("LB", {"LBDTC": "2026-03-30", "LBSTAT": "NOT DONE"}),
    ("SV", {"SVSTDTC": "2026-03-30", "SVOCCUR": "N"}),
    ("AE", {"AESTDTC": "2026-04-02", "AEREL": "UNLIKELY"}),
    ("VS", {"VSDTC": None}),
]


class TestRuling_3_4_and_3_5_end_of_window:
    def test_window_end_on_the_cut_off_date_is_complete(self, status, on_it=by(28), before=by(27)):
        assert status(on_it) == "CLEAR"
        assert status(before) == "PENDING"

    def test_contact_on_the_last_day_is_enough_and_the_day_before_is_not(
        self,
        status,
        last_day=case(seen=(28,)),
        day_before=case(seen=(27,)),
        slack=case(seen=(27,), settings=("followup_slack_days=1",)),
    ):
        assert status(last_day) == "CLEAR"
        assert status(day_before) == "PENDING"
        assert status(slack) == "CLEAR"

    @pytest.mark.parametrize(
        "contact",
        [case(seen=(), domains={domain: [record]}) for domain, record in SEEN_AFTER.items()],
        ids=[f"{domain}-row{n}" for n, domain in enumerate(SEEN_AFTER)],
    )
    def test_contacts_are_read_from_sv_vs_lb_and_ex(self, status, contact, dose=case(seen=(), doses=(1, 8, 15, 28))):
        assert status(contact) == "CLEAR"
        assert status(dose) == "CLEAR"

    @pytest.mark.parametrize(
        "none",
        [case(seen=(), domains={domain: [record]}) for domain, record in NO_CONTACT],
        ids=[f"{domain}-row{n}" for n, (domain, _) in enumerate(NO_CONTACT)],
    )
    def test_what_was_not_done_or_is_no_contact_domain_does_not_count(self, status, none):
        assert status(none) == "PENDING"

    def test_left_early_is_not_evaluable_from_the_exit_date(self, row, left=by(21, domains=leave(), doses=(1, 8))):
        found = row(left)
        assert (found["STATUS"], found["FREEDT"].date().isoformat(), found["REPLFL"]) == ("NONEVAL", on(27), "Y")
        assert "DS:1" in found["SRCIDS"]

    def test_leaving_on_the_last_day_is_not_early(
        self, status, day_before=case(domains=leave(27)), last_day=case(domains=leave(28))
    ):
        assert status(day_before) == "NONEVAL"
        assert status(last_day) == "CLEAR"

    @pytest.mark.parametrize(
        "done",
        [case(domains=leave(20, "COMPLETED")), case(domains=leave(20, "SCREEN FAILURE"))],
        ids=["COMPLETED", "SCREEN FAILURE"],
    )
    def test_completion_is_no_exit(self, status, done):
        assert status(done) == "CLEAR"

    def test_a_milestone_is_no_exit(self, status, milestone=case(domains=leave(DSCAT="PROTOCOL MILESTONE"))):
        assert status(milestone) == "CLEAR"

    def test_an_exit_of_unknown_date_leaves_the_subject_open(
        self,
        status,
        lost=case(
            domains={"DS": [{"DSCAT": "DISPOSITION EVENT", "DSDECOD": "LOST TO FOLLOW-UP", "DSSTDTC": "2026-03"}]}
        ),
    ):
        assert status(lost) == "PENDING"

    def test_no_replacement_when_the_parameter_says_so(
        self, row, left=case(domains=leave(), doses=(1,), settings=("replace_nonevaluable=false",))
    ):
        assert row(left)[["STATUS", "REPLFL"]].isna().tolist() == [False, True]

    @pytest.mark.parametrize("source", DEATHS)
    def test_any_death_in_the_window_is_a_candidate_whatever_its_source(self, status, source):
        assert status(DIED[source]) == "CANDIDATE"

    @pytest.mark.parametrize("source", DEATHS)
    @pytest.mark.parametrize("value, then", [("N", "NONEVAL"), ("Y", "DLT")])
    def test_a_death_is_not_evaluable_only_after_an_adjudicated_no(self, status, source, value, then):
        assert status(DIED_JUDGED[source, value]) == then

    def test_a_judgement_dated_before_the_death_does_not_cover_it(
        self, status, judged=death("DS", judge("N", "2026-03-19", AESEQ=None))
    ):
        assert status(judged) == "CANDIDATE"

    def test_a_death_after_the_window_changes_nothing(
        self,
        status,
        died=case(domains={"DS": [{"DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH", "DSSTDTC": "2026-03-30"}]}),
    ):
        assert status(died) == "CLEAR"

    def test_a_death_of_unknown_date_may_lie_in_the_window(
        self, status, died=case(dm={"DTHFL": "Y"}), seen_after=case(dm={"DTHFL": "Y"}, seen=(28, 40))
    ):
        assert status(died) == "CANDIDATE"
        assert status(seen_after) == "CLEAR"  # seen alive after the window

    @pytest.mark.parametrize("when", PARTLY_DATED)
    def test_a_death_of_partial_date_is_a_candidate_unless_the_subject_was_seen_after_the_window(self, status, when):
        last_seen = PARTLY_DATED[when]
        assert {day: status(died) for day, died in last_seen.items()} == {21: "CANDIDATE", 28: "CANDIDATE", 29: "CLEAR"}

    def test_slack_in_the_follow_up_does_not_clear_a_death_that_may_lie_in_the_window(self, status):
        assert status(PARTLY_DATED_WITH_SLACK) == "CANDIDATE"


CELLS = [1.0, 0.8, 0.8, 0.5]


class TestRuling_3_6_doses:
    def test_dlt_beats_nonevaluable(self, status, left=case({"AEDLT": "Y"}, leave(10, "ADVERSE EVENT"), doses=(1,))):
        assert status(left) == "DLT"

    def test_three_full_doses_are_needed(
        self,
        status,
        three=case(doses=(1, 8, 15)),
        two=case(doses=(1, 8)),
        two_enough=case(doses=(1, 8), settings=("dlt_min_doses=2",)),
    ):
        assert status(three) == "CLEAR"
        assert status(two) == "NONEVAL"
        assert status(two_enough) == "CLEAR"

    def test_too_few_doses_while_the_window_is_open_is_pending(self, status, two=by(27, doses=(1, 8))):
        assert status(two) == "PENDING"

    def test_a_dose_after_the_window_does_not_count(self, status, third_late=case(doses=(1, 8, 29))):
        assert status(third_late) == "NONEVAL"

    def test_full_means_80_percent_of_the_assigned_cells(
        self,
        status,
        full=case(cells=CELLS),
        less=case(cells=[1.0, 0.8, 0.79, 0.5]),
        stricter=case(cells=CELLS, settings=("full_dose_fraction=0.9",)),
    ):
        assert status(full) == "CLEAR"
        assert status(less) == "NONEVAL"
        assert status(stricter) == "NONEVAL"

    def test_an_unknown_amount_is_neither_full_nor_not(
        self, status, perhaps=case(cells=[1.0, 1.0, None, 0.5]), too_few=case(cells=[1.0, 0.5, None, 0.5])
    ):
        assert status(perhaps) == "PENDING"
        assert status(too_few) == "NONEVAL"

    def test_underdosed_with_a_dlt_still_counts_at_the_assigned_level(
        self, row, dlt=case({"AEDLT": "Y"}, arm="A_DL2", cells=1.0)
    ):
        found = row(dlt)
        assert (found["STATUS"], found["LEVEL"], found["LEVELTRT"], found["LEVELCNT"]) == ("DLT", 2, 1, 2)

    def test_underdosed_may_count_at_the_level_received(
        self, row, clear=case(arm="A_DL2", cells=1.0, settings=("underdosed_rule=level_received",))
    ):
        found = row(clear)
        assert (found["STATUS"], found["LEVEL"], found["LEVELCNT"]) == ("CLEAR", 2, 1)


RECEIVED = {cells: case(arm="A_DL2", cells=cells) for cells in (1.5, 1.49, 3.6, 4.5)}


class TestRuling_3_14_level_received:
    @pytest.mark.parametrize("cells, level", [(1.5, 2), (1.49, 1), (3.6, 2), (4.5, 3)])
    def test_first_dose_within_half_to_1_2_of_the_assigned_is_the_assigned_level(self, row, cells, level):
        assert row(RECEIVED[cells])["LEVELTRT"] == level


LAST_OF_CYCLE_1 = ("dlt_window={anchor: last_dose_cycle1, days: 28}",)
DELAYED = (1, 10, 16, 22)


class TestWindows:
    @pytest.fixture(scope="class")
    def last_day(self, row):
        return lambda name: row(name)["ADLTEDT"].date().isoformat()

    def test_28_days_end_on_study_day_28_and_day_29_is_another_window(
        self, last_day, usual=case(), other=case(settings=("dlt_window={anchor: first_dose, days: 29}",))
    ):
        assert last_day(usual) == on(28)
        assert last_day(other) == on(29)

    def test_after_the_last_dose_of_cycle_1_or_of_all(
        self,
        last_day,
        of_cycle_1=case(doses=(1, 8, 17, 22), settings=LAST_OF_CYCLE_1),
        of_all=case(doses=(1, 8, 15, 22, 29, 37), settings=("dlt_window={anchor: last_dose, days: 28}",)),
    ):
        assert last_day(of_cycle_1) == on(44)
        assert last_day(of_all) == on(64)

    def test_while_the_anchor_dose_is_to_come_its_planned_day_stands_for_it(
        self, last_day, waiting=case(doses=(1, 8), settings=LAST_OF_CYCLE_1)
    ):
        assert last_day(waiting) == on(42)

    def test_a_subject_who_left_has_had_the_last_dose(
        self, last_day, left=case(domains=leave(60), doses=(1, 8), settings=LAST_OF_CYCLE_1)
    ):
        assert last_day(left) == on(35)

    def test_extension_for_delay_moves_the_end_by_the_latest_delay(
        self, last_day, extended=case(doses=DELAYED, settings=("extend_for_delay=true",)), usual=case(doses=DELAYED)
    ):
        assert last_day(extended) == on(30)
        assert last_day(usual) == on(28)

    def test_21_days_turn_the_same_event_from_dlt_to_late(
        self,
        status,
        in_28=case({"AEDLT": "Y", "AESTDAY": 25, "AEENDAY": 26}),
        in_21=case(
            {"AEDLT": "Y", "AESTDAY": 25, "AEENDAY": 26}, settings=("dlt_window={anchor: first_dose, days: 21}",)
        ),
    ):
        assert status(in_28) == "DLT"
        assert status(in_21) == "CLEAR"


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
    named = {"USUBJID": "S"}
    cut = make_trial({"S": {}}, AE=[EVENT | named], ADJUD=[judged | named for judged in judge("N")["ADJUD"]])
    before = {code: frame.copy(deep=True) for code, frame in cut.frames.items()}
    derive_dlt_status(cut)
    for code, frame in cut.frames.items():
        pd.testing.assert_frame_equal(frame, before[code])
