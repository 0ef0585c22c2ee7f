"""Cut-off rules of data.md section 3 and rulings.md section 4, in their order; cut-off 30 September 2026."""

import pandas as pd
import pytest

from nk521lib.chapters.cutoff import AUDIT, apply_cutoff
from nk521lib.chapters.known_after import COLUMNS

A1, A2 = "NK521-01-001", "NK521-01-002"


def subject(usubjid=A1, **more):
    return {"USUBJID": usubjid, "ARMCD": "A_DL1", "ACTARMCD": "A_DL1", "RFICDTC": "2026-07-20", **more}


def event(usubjid=A1, **more):
    return {"USUBJID": usubjid, "AETERM": "fever", "AEDECOD": "Pyrexia", "AETOXGR": "2", "AEREL": "RELATED", "AESER": "N",
            "AESTDTC": "2026-08-04"} | more  # fmt: skip


@pytest.fixture
def cut(make_cut):
    def cut(settings=(), **domains):
        return apply_cutoff(make_cut(cutoff="2026-09-30", settings=settings, **({"DM": [subject()]} | domains)))

    return cut


def values(frame, variable):
    return frame[variable].tolist()


#  consent          stays?
CONSENT = [
    ("2026-09-30", True),
    ("2026-10-01", False),
    ("2026-09", True),
    ("2026-10", False),
    ("2026", True),
    (None, True),
]


@pytest.mark.parametrize("consent, stays", CONSENT)
def test_a_subject_whose_earliest_possible_consent_is_after_the_cutoff_leaves_all_domains(cut, consent, stays):
    frames, audit, _ = cut(
        DM=[subject(), subject(A2, RFICDTC=consent)], AE=[event(), event(A2)], MH=[{"USUBJID": A2, "MHTERM": "x"}]
    )
    assert (A2 in values(frames["DM"], "USUBJID")) is stays
    assert (A2 in values(frames["AE"], "USUBJID")) is stays
    assert (A2 in values(frames["MH"], "USUBJID")) is stays
    assert (len(audit) == 0) is stays


def test_the_ds_milestone_counts_as_consent_too(cut):
    ds = [{"USUBJID": A1, "DSDECOD": "INFORMED CONSENT OBTAINED", "DSSTDTC": "2026-10-02"}]
    frames, _, _ = cut(DM=[subject(RFICDTC=None)], DS=ds)
    assert frames["DM"].empty
    frames, _, _ = cut(DM=[subject()], DS=ds)  # the earlier of two consents
    assert len(frames["DM"]) == 1


#  domain, date variable, other variables
DATED = [("AE", "AESTDTC"), ("LB", "LBDTC"), ("EX", "EXSTDTC"), ("SV", "SVSTDTC"), ("CM", "CMSTDTC"), ("QS", "QSDTC"), ("ATTEST", "ATDTC"),
         ("IE", "IEDTC"), ("DS", "DSSTDTC"), ("DD", "DDDTC")]  # fmt: skip


@pytest.mark.parametrize("domain, variable", DATED)
def test_a_record_leaves_only_if_its_earliest_possible_day_is_after_the_cutoff(cut, domain, variable):
    dates = ["2026-09-30", "2026-10-01", "2026-09", "2026-10", "2026-10-01T08:00", None]
    frames, audit, _ = cut(**{domain: [{"USUBJID": A1, variable: day} for day in dates]})
    assert values(frames[domain], variable) == ["2026-09-30", "2026-09", pd.NA]
    assert audit["old"].tolist() == ["2026-10-01", "2026-10", "2026-10-01T08:00"]
    assert set(audit["rule"]) == {"dated after the cut-off: the record leaves"}
    assert list(audit.columns) == list(AUDIT)


def test_trial_design_and_undated_history_stay(cut):
    frames, audit, _ = cut(TI=[{"IETESTCD": "I01"}], MH=[{"USUBJID": A1, "MHTERM": "x"}])
    assert len(frames["TI"]) == len(frames["MH"]) == 1
    assert audit.empty


#  end            end after the cut   ongoing at  outcome
ENDS = [
    ("2026-09-30", "2026-09-30", pd.NA, "RECOVERED/RESOLVED"), ("2026-10-01", pd.NA, "ONGOING", "NOT RECOVERED/NOT RESOLVED"),
    ("2026-09", "2026-09", pd.NA, "RECOVERED/RESOLVED"), ("2026-10", pd.NA, "ONGOING", "NOT RECOVERED/NOT RESOLVED"),
    (None, pd.NA, pd.NA, "RECOVERED/RESOLVED"),
]  # fmt: skip


@pytest.mark.parametrize("end, kept, ongoing, outcome", ENDS)
def test_an_end_after_the_cutoff_is_open_again(cut, end, kept, ongoing, outcome):
    frames, audit, _ = cut(AE=[event(AEENDTC=end, AEOUT="RECOVERED/RESOLVED")])
    assert values(frames["AE"], "AEENDTC") == [kept]
    assert values(frames["AE"], "AEENRTPT") == [ongoing]
    assert values(frames["AE"], "AEENTPT") == [pd.NA if ongoing is pd.NA else "2026-09-30"]
    assert values(frames["AE"], "AEOUT") == [outcome]
    changed = {"AEENDTC", "AEENRTPT", "AEENTPT", "AEOUT"} if ongoing is not pd.NA else set()
    assert set(audit["variable"]) == changed


def test_open_ends_of_medications_too_and_the_original_stays_in_the_audit(cut):
    frames, audit, _ = cut(CM=[{"USUBJID": A1, "CMTRT": "x", "CMSTDTC": "2026-08-01", "CMENDTC": "2026-10-05"}])
    assert frames["CM"].loc[0, "CMENRTPT"] == "ONGOING"
    assert audit.iloc[0].tolist() == [
        "CM",
        A1,
        "1",
        "CMENDTC",
        "2026-10-05",
        pd.NA,
        "ends after the cut-off: ongoing at the cut-off",
    ]


def test_a_death_after_the_cutoff_has_not_happened(cut):
    frames, audit, known = cut(
        DM=[subject(DTHDTC="2026-10-03", DTHFL="Y")],
        AE=[event(AETOXGR="5", AEOUT="FATAL", AESDTH="Y", AESER="Y", AEENDTC="2026-10-03"), event(AESDTH="N")],
        DS=[{"USUBJID": A1, "DSDECOD": "DEATH", "DSSTDTC": "2026-10-03"}],
        DD=[{"USUBJID": A1, "DDTESTCD": "PRCDTH"}],
    )
    assert frames["DM"].loc[0, ["DTHDTC", "DTHFL"]].isna().all()
    first = frames["AE"].loc[0]
    assert first[["AETOXGR", "AESDTH", "AEENDTC"]].isna().all()
    assert first["AEOUT"] == "NOT RECOVERED/NOT RESOLVED"
    assert frames["AE"].loc[1, "AESDTH"] == "N"
    assert frames["DS"].empty
    assert frames["DD"].empty
    assert "fatal after the cut-off" in set(audit["rule"])
    assert known[["usubjid", "group", "what", "blocks"]].to_numpy().tolist() == [[A1, "A", "death", True]]


#  death date     surely after the cut-off?
@pytest.mark.parametrize(
    "day, after", [("2026-09-30", False), ("2026-10-01", True), ("2026-09", False), ("2026-10", True), ("2026", False)]
)
def test_only_a_death_surely_after_the_cutoff_is_undone(cut, day, after):
    frames, _, known = cut(DM=[subject(DTHDTC=day, DTHFL="Y")], AE=[event(AETOXGR="5", AEOUT="FATAL")])
    assert (frames["DM"].loc[0, "DTHFL"] is pd.NA) is after
    assert (frames["AE"].loc[0, "AETOXGR"] is pd.NA) is after
    assert (len(known) == 1) is after


@pytest.mark.parametrize(
    "elsewhere",
    [{"DS": [{"USUBJID": A1, "DSDECOD": "DEATH", "DSSTDTC": "2026-10-03"}]}, {"SS": [{"USUBJID": A1, "SSSTRESC": "DEAD", "SSDTC": "2026-10-03"}]},
     {"AE": [event(AEOUT="FATAL", AEENDTC="2026-10-03")]}],
)  # fmt: skip
def test_a_death_flag_without_date_is_dated_by_the_record_of_the_death(cut, elsewhere):
    frames, _, known = cut(DM=[subject(DTHFL="Y")], **elsewhere)
    assert frames["DM"].loc[0, "DTHFL"] is pd.NA
    assert known["what"].tolist() == ["death"]


#   what else tells the death that DM dates 3 October                                 stays
TOLD = [
    ("DS", {"DSDECOD": "DEATH"}, False), ("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2026"}, False),
    ("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2026-09-20"}, True), ("DS", {"DSDECOD": "ENROLLED"}, True),
    ("SS", {"SSSTRESC": "DEAD"}, False), ("SS", {"SSSTRESC": "ALIVE"}, True),
]  # fmt: skip


@pytest.mark.parametrize("domain, record, stays", TOLD)
def test_no_record_of_a_death_after_the_cutoff_is_left(cut, domain, record, stays):
    frames, _, _ = cut(DM=[subject(DTHDTC="2026-10-03", DTHFL="Y")], **{domain: [{"USUBJID": A1, **record}]})
    assert len(frames[domain]) == stays


def test_dm_dates_are_those_of_the_doses_up_to_the_cutoff(cut):
    doses = [
        {"USUBJID": A1, "EXDOSE": 1.0, "EXSTDTC": day}
        for day in ("2026-09-22T10:00", "2026-09-29T10:00", "2026-10-06T10:00")
    ]
    frames, audit, _ = cut(
        DM=[subject(RFSTDTC="2026-09-22", RFXSTDTC="2026-09-22", RFXENDTC="2026-10-06", RFENDTC="2026-10-20"),
            subject(A2, RFSTDTC="2026-10-06", RFXSTDTC="2026-10-06", RFXENDTC="2026-10-06")],
        EX=[*doses, {"USUBJID": A2, "EXDOSE": 1.0, "EXSTDTC": "2026-10-06"}],
    )  # fmt: skip
    dm = frames["DM"].set_index("USUBJID")
    assert dm.loc[A1, ["RFSTDTC", "RFXENDTC", "RFENDTC", "ACTARMCD", "ARMCD"]].tolist() == [
        "2026-09-22",
        "2026-09-29T10:00",
        pd.NA,
        "A_DL1",
        "A_DL1",
    ]
    assert dm.loc[A2, ["RFSTDTC", "RFXSTDTC", "RFXENDTC", "ACTARMCD"]].isna().all()
    assert dm.loc[A2, "ARMCD"] == "A_DL1"  # nothing says that enrolment was later
    assert "dosing after the cut-off: as known from the doses up to it" in set(audit["rule"])


def test_an_arm_assigned_after_the_cutoff_is_not_known_and_a_later_screen_failure_neither(cut):
    frames, _, _ = cut(
        DM=[subject(), subject(A2, ARMCD=None, ACTARMCD=None, ARMNRS="SCREEN FAILURE")],
        DS=[
            {"USUBJID": A1, "DSDECOD": "ENROLLED", "DSSTDTC": "2026-10-01"},
            {"USUBJID": A2, "DSDECOD": "SCREEN FAILURE", "DSSTDTC": "2026-10-01"},
        ],
    )
    assert frames["DM"]["ARMCD"].isna().all()
    assert frames["DM"]["ARMNRS"].isna().all()


def adjudication(**more):
    return {
        "USUBJID": A1,
        "GROUP": "A",
        "ITEM": "DLT",
        "VALUE": "Y",
        "AESEQ": 1,
        "ADJDTC": "2026-09-28",
        "SNAPSHOT": "T000",
    } | more


#  date           snapshot   counts?          (this snapshot is T001)
@pytest.mark.parametrize("day, snapshot, counts", [("2026-09-30", "T000", True), ("2026-10-02", "T000", False), ("2026-10-02", "T001", True),
                                                   ("2026-10", None, False), ("2026-09", None, True), (None, None, True)])  # fmt: skip
def test_an_adjudication_counts_by_date_or_by_snapshot(cut, day, snapshot, counts):
    frames, _, known = cut(AE=[event(AEDLTADJ="Y")], ADJUD=[adjudication(ADJDTC=day, SNAPSHOT=snapshot)])
    assert (len(frames["ADJUD"]) == 1) is counts
    assert (frames["AE"].loc[0, "AEDLTADJ"] is pd.NA) is not counts
    assert known["what"].tolist() == ([] if counts else ["committee decided: DLT"])


def test_an_aedltadj_without_an_adjud_row_follows_its_event(cut):
    frames, _, _ = cut(AE=[event(AEDLTADJ="Y"), event(AEDLTADJ="N", AESTDTC="2026-10-02")], ADJUD=[])
    assert values(frames["AE"], "AEDLTADJ") == ["Y"]


def test_supplements_leave_with_their_parent_and_stay_without_one(make_cut):
    whole = make_cut(cutoff="2026-09-30", DM=[subject()], AE=[event(), event(AESTDTC="2026-10-02")])
    rows = [("AESEQ", "1"), ("AESEQ", "2"), ("AESEQ", "9"), ("AETERM", "fever"), (None, None)]
    supp = pd.DataFrame(
        [{"RDOMAIN": "AE", "USUBJID": A1, "IDVAR": i, "IDVARVAL": v, "QNAM": "X", "QVAL": "Y"} for i, v in rows]
    ).astype("string")
    whole.frames["SUPPAE"] = supp
    frames, audit, _ = apply_cutoff(whole)
    assert frames["SUPPAE"]["IDVARVAL"].tolist() == ["1", "9", "fever", pd.NA]
    assert audit["domain"].tolist() == ["AE", "SUPPAE"]


#  what the event is                                                     said                        blocks
KNOWN = [
    ({"AESER": "Y"}, "serious and related: Pyrexia", True),
    ({"AESER": "Y", "AEREL": None}, "serious and related: Pyrexia", True),
    ({"AESER": "Y", "AEREL": "MAYBE"}, "serious and related: Pyrexia", True),
    ({"AESER": "Y", "AEREL": "UNLIKELY"}, "serious, not related: Pyrexia", False),
    ({"AESER": "Y", "AEREL": "NONE"}, "serious, not related: Pyrexia", False),
    ({"AEDLT": "Y"}, "DLT: Pyrexia", True),
    ({"AETOXGR": "4"}, "Grade 4: Pyrexia", False),
    ({"AETOXGR": "4", "AESER": "Y", "AEREL": "UNLIKELY"}, "serious, not related, Grade 4: Pyrexia", False),
    ({"AETOXGR": "4", "AESER": "Y", "AEDLT": "Y"}, "DLT, serious and related, Grade 4: Pyrexia", True),
    ({"AETOXGR": "3"}, None, None),
    ({"AESTDTC": "2026-09-30", "AESER": "Y"}, None, None),
    ({"AESTDTC": "2026-10", "AESER": "Y"}, "serious and related: Pyrexia", True),
]  # fmt: skip


@pytest.mark.parametrize("more, what, blocks", KNOWN)
def test_grave_events_after_the_cutoff_are_known_and_outside_every_count(cut, more, what, blocks):
    frames, _, known = cut(AE=[event(AESTDTC="2026-10-02") | more])
    assert known["what"].tolist() == ([] if what is None else [what])
    assert known["blocks"].tolist() == ([] if what is None else [blocks])
    assert list(known.columns) == list(COLUMNS)
    assert len(frames["AE"]) == (more.get("AESTDTC") == "2026-09-30")


def test_a_grave_event_of_a_subject_who_consented_later_is_known_too(cut):
    frames, _, known = cut(DM=[subject(RFICDTC="2026-10-01")], AE=[event(AESTDTC="2026-10-05", AESER="Y")])
    assert frames["AE"].empty
    assert known["group"].tolist() == ["A"]


def test_as_extracted_changes_nothing(make_cut):
    whole = make_cut(cutoff="2026-09-30", settings=("cutoff_rule=as_extracted",), DM=[subject(RFICDTC="2026-10-01")],
                     AE=[event(AESTDTC="2026-10-05", AESER="Y")])  # fmt: skip
    frames, audit, known = apply_cutoff(whole)
    assert frames == whole.frames
    assert audit.empty
    assert known.empty
    assert list(audit.columns) == list(AUDIT)


def test_the_study_as_extracted_is_left_as_it_was(make_cut):
    whole = make_cut(
        cutoff="2026-09-30",
        DM=[subject(DTHDTC="2026-10-03")],
        AE=[event(AEENDTC="2026-10-02"), event(AESTDTC="2026-10-02")],
    )
    before = {domain: frame.copy(deep=True) for domain, frame in whole.frames.items()}
    apply_cutoff(whole)
    for domain, frame in before.items():
        pd.testing.assert_frame_equal(whole.frames[domain], frame)


@pytest.mark.parametrize(
    "domains",
    [{"DM": []}, {"DM": [subject()]}, {"DM": [subject()], "AE": [], "EX": [], "ADJUD": [], "DS": [], "DD": []}],
)
def test_an_empty_study_is_cut_without_complaint(cut, domains):
    frames, audit, known = cut(**domains)
    assert frames.keys() == domains.keys()
    assert audit.empty
    assert known.empty
