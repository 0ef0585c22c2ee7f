"""One row per subject (spec data.md sections 3 and 6, rulings.md 3.14 and 6.8)."""

import pandas as pd
import pytest

from nk521lib.chapters import subjects

T = pd.Timestamp


def dose(usubjid, day, amount=1.0, unit="10^9 CELLS", **more):
    return {"USUBJID": usubjid, "EXDOSE": amount, "EXDOSU": unit, "EXSTDTC": day, **more}


def test_who_was_screened_enrolled_and_dosed(make_cut):
    cut = make_cut(
        DM=[{"USUBJID": "S-1", "ARMCD": "A_DL1"}, {"USUBJID": "S-2", "ARMCD": "B_DL2"}, {"USUBJID": "S-3", "ARMNRS": "SCREEN FAILURE"}, {"USUBJID": "S-4"}],
        DS=[{"USUBJID": "S-2", "DSDECOD": "ENROLLED", "DSCAT": "PROTOCOL MILESTONE", "DSSTDTC": "2026-05-02"}],
        EX=[dose("S-1", "2026-05-10"), dose("S-1", "2026-05-17")],
    )  # fmt: skip
    found = subjects.derive_subjects(cut).set_index("USUBJID")
    assert found.loc["S-1", ["GROUP", "LEVEL", "NDOSE", "SAFFL", "ENRLFL", "TRT01A"]].tolist() == [
        "A",
        1,
        2,
        "Y",
        "Y",
        "A-DL1",
    ]
    assert (found.loc["S-1", "TRTSDT"], found.loc["S-1", "TRTDURD"]) == (T("2026-05-10"), 8)
    assert (
        found.loc["S-2", "ENRLFL"] == "Y"
        and found.loc["S-2", "SAFFL"] is pd.NA
        and found.loc["S-2", "TRT01P"] == "B-DL2"
    )
    assert found.loc["S-3", "SCRNFAIL"] == "Y" and found.loc["S-3", "GROUP"] is pd.NA
    assert found.loc["S-4", ["SCRNFAIL", "ENRLFL", "SAFFL", "GROUP"]].isna().all()


#   dose, unit                    level received: the nearest on the log scale (rulings.md 3.14)
LEVELS = [
    (1.0, "10^9 CELLS", 1), (0.5, "10^9 CELLS", 1), (1.2, "10^9 CELLS", 1), (1.8, "10^9 CELLS", 2),
    (3.0, "10^9 CELLS", 2), (6.0, "10^9 CELLS", 3), (60.0, "10^9 CELLS", 3), (1e9, "CELLS", None), (None, "10^9 CELLS", None),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "unit", "level"), LEVELS)
def test_the_level_received_is_read_from_the_dose(make_cut, amount, unit, level):
    cut = make_cut(DM=[{"USUBJID": "S-1", "ARMCD": "A_DL1"}], EX=[dose("S-1", "2026-05-10", amount, unit)])
    found = subjects.derive_doses(cut)["LEVELTRT"][0]
    assert found is pd.NA if level is None else found == level


def test_a_dose_of_zero_was_not_given(make_cut):
    cut = make_cut(DM=[{"USUBJID": "S-1"}], EX=[dose("S-1", "2026-05-10", 0.0), dose("S-1", "2026-05-12")])
    assert subjects.derive_doses(cut)["DAY"].tolist() == [T("2026-05-12")]


FROM_10_MAY, TO_24_MAY = {"RFXSTDTC": "2026-05-10T10:00"}, {"RFXENDTC": "2026-05-24"}
#   doses in the order of EXSEQ         DM               days each can have been given on (-05-)    first, last dose; what is not known
VAGUE = [
    (["05-10", "05", "05-24"], {}, ["10", "01 31", "24"], "01 31 D D"),  # any of them can be the first
    (["05-10", "05", "05-24"], FROM_10_MAY, ["10", "10 31", "24"], "10 31 - D"),
    (["05-10", "05", "05-24"], FROM_10_MAY | TO_24_MAY, ["10", "10 24", "24"], "10 24 - -"),
    (["05", "05-17"], FROM_10_MAY, ["10", "17"], "10 17 - -"),  # only one record can hold the day that DM states
    (["05", "05"], FROM_10_MAY, ["10 31", "10 31"], "10 31 - D"),
    (["05-10", "05"], TO_24_MAY, ["10", "24"], "10 24 - -"),  # and that of the last is told
    (["05-10", "05"], FROM_10_MAY | TO_24_MAY, ["10", "24"], "10 24 - -"),
    (["05-10", None], FROM_10_MAY | TO_24_MAY, ["10", "24"], "10 24 - -"),
    (["05-10", "05-20", "05"], FROM_10_MAY | {"RFXENDTC": "2026-05-15"}, ["10", "20", "10 31"], "10 31 - D"),  # DM is wrong
    (["05-20", "05-10"], {}, ["10", "20"], "10 20 - -"),
]  # fmt: skip


@pytest.mark.parametrize("days, dm, each, treated", VAGUE)
def test_a_dose_without_a_day_was_given_all_the_same(make_cut, days, dm, each, treated):
    given = [dose("S-1", day and f"2026-{day}", EXSEQ=n) for n, day in enumerate(days, 1)]
    cut = make_cut(DM=[{"USUBJID": "S-1", "ARMCD": "A_DL1", **dm}], EX=given)
    doses, (subject,) = subjects.derive_doses(cut), subjects.derive_subjects(cut).to_dict("records")
    spans = [[span.split()[0], span.split()[-1]] for span in each]
    assert [[d.strftime("%d") for d in span] for span in zip(doses["LOW"], doses["HIGH"], strict=True)] == spans
    assert [d is not pd.NaT for d in doses["DAY"]] == [low == high for low, high in spans]
    assert doses["DOSENO"].tolist() == list(range(1, len(days) + 1)) and subject["NDOSE"] == len(days)
    first, last, *unknown = treated.split()
    assert [subject[v].strftime("%d") for v in ("TRTSDT", "TRTEDT")] == [first, last]
    assert ["-" if pd.isna(subject[v]) else subject[v] for v in ("TRTSDTF", "TRTEDTF")] == unknown
    assert pd.isna(subject["TRTDURD"]) is (unknown != ["-", "-"])


def test_last_known_alive_takes_contacts_and_no_announcements(make_cut):
    cut = make_cut(
        DM=[{"USUBJID": "S-1"}],
        DS=[{"USUBJID": "S-1", "DSDECOD": "LOST TO FOLLOW-UP", "DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2026-08-01"},
            {"USUBJID": "S-1", "DSDECOD": "PROGRESSIVE DISEASE", "DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2026-06-20"}],
        LB=[{"USUBJID": "S-1", "LBDTC": "2026-06-10"}, {"USUBJID": "S-1", "LBDTC": "2026-12-01"}],
        SS=[{"USUBJID": "S-1", "SSSTRESC": "UNKNOWN", "SSDTC": "2026-07-01"}],
    )  # fmt: skip
    assert subjects.derive_subjects(cut)["LSTALVDT"].tolist() == [T("2026-06-20")]


def test_a_partial_contact_counts_with_its_earliest_day(make_cut):
    cut = make_cut(DM=[{"USUBJID": "S-1"}], AE=[{"USUBJID": "S-1", "AESTDTC": "2026-06"}])
    assert subjects.derive_subjects(cut)["LSTALVDT"].tolist() == [T("2026-06-01")]


def test_table_columns_are_levels_group_overall(make_cut):
    cut = make_cut(
        DM=[{"USUBJID": "S-1", "ARMCD": "A_DL1"}, {"USUBJID": "S-2", "ARMCD": "A_DL2"}],
        EX=[dose("S-1", "2026-05-10"), dose("S-2", "2026-05-10", 3.0)],
    )
    made = subjects.columns(subjects.derive_subjects(cut), cut)
    assert [(c.label, c.usubjids) for c in made] == [
        ("A-DL1", ("S-1",)), ("A-DL2", ("S-2",)), ("A total", ("S-1", "S-2")), ("B total", ()), ("Overall", ("S-1", "S-2")),
    ]  # fmt: skip


def test_a_study_without_levels_has_its_groups_as_columns(make_cut):
    arms = "groups=[{id: Pbo, label: Placebo, route: null, arms: {Pbo: null}}]"
    cut = make_cut(settings=("levels=[]", arms), DM=[{"USUBJID": "S-1", "ARMCD": "Pbo"}])
    assert [c.label for c in subjects.columns(subjects.derive_subjects(cut), cut)] == ["Placebo", "Overall"]


def test_nobody_at_all_is_no_error(make_cut):
    cut = make_cut()
    assert len(subjects.derive_subjects(cut)) == 0
    assert [c.usubjids for c in subjects.columns(subjects.derive_subjects(cut), cut)] == [(), (), ()]


def test_a_placebo_of_dose_zero_was_given_and_any_other_zero_was_not(make_cut):
    cut = make_cut(
        DM=[{"USUBJID": "S-1"}, {"USUBJID": "S-2"}],
        EX=[dose("S-1", "2026-05-10", 0.0) | {"EXTRT": "PLACEBO"}, dose("S-2", "2026-05-10", 0.0)],
    )
    assert subjects.derive_doses(cut)["USUBJID"].tolist() == ["S-1"]


def test_treatment_ends_with_the_last_day_of_a_record_that_stands_for_a_period(make_cut):
    cut = make_cut(
        DM=[{"USUBJID": "S-1"}, {"USUBJID": "S-2"}],
        EX=[dose("S-1", "2026-05-10") | {"EXENDTC": "2026-06-09"}, dose("S-2", "2026-05-10")],
    )
    assert subjects.derive_subjects(cut)["TRTEDT"].tolist() == [T("2026-06-09"), T("2026-05-10")]


def test_safety_columns_follow_the_arm_received_efficacy_columns_the_arm_assigned(make_cut):
    arms = "groups=[{id: Hi, label: high, route: null, arms: {Hi: null}}, {id: Lo, label: low, route: null, arms: {Lo: null}}]"
    cut = make_cut(
        settings=("levels=[]", arms),
        DM=[{"USUBJID": "S-1", "ARMCD": "Hi", "ACTARMCD": "Lo"}, {"USUBJID": "S-2", "ARMCD": "Hi"}],
    )
    adsl = subjects.derive_subjects(cut)
    assert [c.usubjids for c in subjects.columns(adsl, cut)] == [("S-2",), ("S-1",), ("S-1", "S-2")]
    assert [c.usubjids for c in subjects.columns(adsl, cut, received=False)] == [("S-1", "S-2"), (), ("S-1", "S-2")]


#   DSSCAT                 does the event end the subject's part in the study?
ENDS = [(None, "COMPLETED"), ("STUDY PARTICIPATION", "COMPLETED"), ("TREATMENT", None), ("STUDY TREATMENT", None)]


@pytest.mark.parametrize(("subcategory", "status"), ENDS)
def test_the_end_of_treatment_is_not_the_end_of_the_study(make_cut, subcategory, status):
    event = {
        "USUBJID": "S-1",
        "DSDECOD": "COMPLETED",
        "DSCAT": "DISPOSITION EVENT",
        "DSSCAT": subcategory,
        "DSSTDTC": "2026-06-20",
    }
    found = subjects.derive_subjects(make_cut(DM=[{"USUBJID": "S-1"}], DS=[event]))["EOSSTT"][0]
    assert found is pd.NA if status is None else found == status


DEATH = {"DSDECOD": "DEATH", "DSCAT": "DISPOSITION EVENT"}
#   records of the death                                                                                 day known
DEATHS = [
    ({"DM": {"DTHFL": "Y", "DTHDTC": "2026-09-08"}, "DS": DEATH | {"DSSTDTC": "2026-09-09"}}, "2026-09-08"),
    ({"DS": DEATH | {"DSSTDTC": "2026-09-24"}}, "2026-09-24"),
    ({"DM": {"DTHFL": "Y"}, "DS": DEATH | {"DSSTDTC": "2026-09-24"}}, "2026-09-24"),
    ({"DM": {"DTHFL": "Y", "DTHDTC": "2026-09"}}, None),
    ({"DS": DEATH}, None),
    ({"AE": {"AEOUT": "FATAL", "AEENDTC": "2026-09-24"}}, "2026-09-24"),
    ({"SS": {"SSSTRESC": "DEAD", "SSDTC": "2026-09-24"}}, None),  # found dead: on that day or before it
    ({"SS": {"SSORRES": "DEAD"}}, None),
]


def test_whoever_any_record_gives_as_dead_is_dead(make_cut):
    names = [f"S-{n}" for n in range(len(DEATHS))]
    tables = {domain: [] for domain in ("DS", "AE", "SS")}
    for name, (records, _) in zip(names, DEATHS, strict=True):
        for domain in tables:
            tables[domain] += [{"USUBJID": name, **records[domain]}] if domain in records else []
    people = [{"USUBJID": name, **records.get("DM", {})} for name, (records, _) in zip(names, DEATHS, strict=True)]
    found = subjects.derive_subjects(make_cut(DM=[*people, {"USUBJID": "ALIVE"}], **tables)).set_index("USUBJID")
    assert found["DTHFL"].isna().pipe(lambda alive: list(alive[alive].index)) == ["ALIVE"]
    assert found.loc[names, "DTHDT"].tolist() == [pd.NaT if day is None else T(day) for _, day in DEATHS]


def test_nobody_leaves_twice(make_cut):
    event = {"USUBJID": "S-1", "DSCAT": "DISPOSITION EVENT"}
    cut = make_cut(
        DM=[{"USUBJID": "S-1"}],
        DS=[event | {"DSDECOD": "DEATH", "DSSTDTC": "2026-08-19"}, event | {"DSDECOD": "COMPLETED", "DSSCAT": "TREATMENT", "DSSTDTC": "2026-06-01"},
            event | {"DSDECOD": "PROGRESSIVE DISEASE", "DSSCAT": "STUDY", "DSSTDTC": "2026-06-25"}],
    )  # fmt: skip
    left = subjects.derive_subjects(cut).loc[0]
    assert (left["EOSSTT"], left["EOSDT"], left["DTHDT"]) == ("PROGRESSIVE DISEASE", T("2026-06-25"), T("2026-08-19"))
