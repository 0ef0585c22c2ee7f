"""What the page shows as data: funnel, reasons, worksheet, lapses, near misses, deviations, groups, findings."""

import pandas as pd
import pytest

from nk521lib.chapters import screening
from nk521lib.chapters.records import derive_episodes
from nk521lib.chapters.screening import counts, worksheet
from nk521lib.terms import Effect, Severity

CUTOFF, DAY = "2026-09-30", "2026-09-25"
DS = "PROTOCOL MILESTONE"


def who(n, **more):
    return {
        "STUDYID": "NCT07561437",
        "USUBJID": f"S-{n}",
        "SEX": "M",
        "BRTHDTC": "1970-05-05",
        "RFICDTC": "2026-09-01",
        **more,
    }


def lab(n, test, value, unit, uln=None, day=DAY):
    return {"USUBJID": f"S-{n}", "LBTESTCD": test, "LBSTRESN": value, "LBSTRESU": unit, "LBSTNRHI": uln, "LBDTC": day}


@pytest.fixture(scope="module")
def found(make_cut):
    """Six subjects: 1 and 2 enrolled in A and B, 3 enrolled without a group, 4 failed, 5 and 6 in screening."""
    dm = [who(1, ARMCD="A_DL1"), who(2, ARMCD="B_DL1"), who(3), who(4, ARMNRS="SCREEN FAILURE"), who(5), who(6)]
    ds = [{"USUBJID": f"S-{n}", "DSDECOD": "ENROLLED", "DSCAT": DS, "DSSTDTC": "2026-09-28"} for n in (1, 2, 3)]
    ds += [{"USUBJID": "S-4", "DSDECOD": "SCREEN FAILURE", "DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2026-09-29"}]
    ex = [{"USUBJID": "S-1", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXROUTE": "INTRAVENOUS", "EXSTDTC": "2026-09-29"}]
    lb = [lab(1, "PLAT", 70.0, "10^9/L"), lab(4, "PLAT", 60.0, "10^9/L"), lab(4, "HGB", 80.0, "g/L"), lab(5, "PLAT", 82.5, "10^9/L"),
          lab(6, "PLAT", 82.6, "10^9/L", day="2026-09-20"), lab(5, "NEUT", 1.5, "10^9/L")]  # fmt: skip
    fa = [{"USUBJID": f"S-{n}", "FAOBJ": "ASCITES", "FATESTCD": t, "FASTRESN": v, "FAORRES": o, "FADTC": DAY}
          for n, volume, felt in ((1, 1000.0, "Y"), (2, 1000.1, "N")) for t, v, o in (("VOLUME", volume, str(volume)), ("SYMPTOM", None, felt))]  # fmt: skip
    attest = [
        {"USUBJID": "S-5", "IETESTCD": "E15", "VALUE": v, "BY": b, "ATDTC": DAY} for b, v in (("A", "NO"), ("B", "YES"))
    ]
    attest += [{"USUBJID": "S-5", "IETESTCD": "E99", "VALUE": "NO", "BY": "A", "ATDTC": DAY}]
    ie = [{"USUBJID": "S-5", "IETESTCD": "E14a2", "IEORRES": "Y"}]
    return screening.derive_eligibility(
        make_cut(cutoff=CUTOFF, DM=dm, DS=ds, EX=ex, LB=lb, FA=fa, ATTEST=attest, IE=ie)
    )


def test_the_funnel_has_one_trunk_that_splits_at_assignment(found):  # rulings.md section 9
    funnel = counts.count_funnel(found)
    assert {stage: part.fmt for stage, part in funnel.trunk.items()} == {
        "screen failure": "1/6",
        "in screening": "2/6",
        "enrolled": "3/6",
    }
    assert {group: (a.fmt, d.fmt) for group, (a, d) in funnel.groups.items()} == {
        "A": ("1/3", "1/1"),
        "B": ("1/3", "0/1"),
    }
    assert funnel.unassigned.n.usubjids == ("S-3",)


def test_statuses_add_up_to_the_screened(found):
    parts = counts.count_statuses(found)
    assert {status: part.n.usubjids for status, part in parts.items()}["INELIGIBLE"] == ("S-1", "S-4")
    assert sum(part.n.stat for part in parts.values()) == 6


def test_reasons_are_ranked_and_the_only_reason_is_told_apart(found):
    ranked = [(i, any_.n.usubjids, only.n.usubjids) for i, any_, only in counts.count_reasons(found)]
    assert ranked == [("E14a2", ("S-1", "S-4"), ("S-1",)), ("E14a3", ("S-4",), ())]


def test_near_is_up_to_and_including_the_fraction_of_the_limit(found):
    near = worksheet.derive_near_misses(found)
    assert near[["USUBJID", "IETESTCD"]].values.tolist() == [
        ["S-5", "E14a1"],
        ["S-5", "E14a2"],
    ]  # 82.5 is 10 %, 82.6 is more
    assert near["DISTANCE"].tolist() == [0.0, 0.1]


def test_evidence_lapses_with_its_oldest_piece(found):
    lapses = worksheet.derive_lapses(found).set_index("USUBJID")
    assert lapses["LAPSES"].dt.strftime("%Y-%m-%d").to_dict() == {"S-6": "2026-10-04", "S-5": "2026-10-09"}


def test_deviations_are_the_enrolled_with_fails_first(found):
    rows = worksheet.derive_deviations(found)
    assert set(rows["USUBJID"]) == {"S-1", "S-2", "S-3"}
    assert rows.iloc[0][["USUBJID", "IETESTCD", "EFFECT"]].tolist() == ["S-1", "E14a2", "FAIL"]


def test_open_items_are_those_of_subjects_in_screening(found):
    items = worksheet.derive_open_items(found)
    assert set(items["USUBJID"]) == {"S-5", "S-6"} and items["MISSING"].notna().all()
    assert items.set_index(["USUBJID", "IETESTCD"]).loc[("S-6", "E05j"), "MISSING"] == "LVEF"


def test_AMB_19_volume_and_symptom_cross_check_the_group(found):
    check = worksheet.derive_group_check(found).set_index("USUBJID")
    assert check.loc["S-1", "FITS"] == "A" and check.loc["S-1", "AGREES"]  # 1000 mL is small, felt or not
    assert pd.isna(check.loc["S-2", "FITS"])  # above 1000 mL without symptoms fits neither
    assert worksheet.count_group_doubts(found).n.usubjids == ("S-2",)


def test_findings_name_deviations_contradictions_strangers(found):
    made = screening.check_screening(found)
    say = lambda identifier, level, subject: [
        f.message for f in made if (f.id, f.level, f.usubjid) == (identifier, level, subject)
    ]
    assert say("NKD-050", Severity.ERROR, "S-1") == ["S-1 is enrolled and fails E14a2"]
    assert len(say("NKD-050", Severity.WARNING, "S-2")) == 1
    assert any("attestations contradict" in m for m in say("NKD-051", Severity.WARNING, "S-5"))
    assert any('IETESTCD is "E99"' in m for m in say("NKD-051", Severity.WARNING, "S-5"))
    assert "S-5 E14a2: has an IE record but does not fail (data NO, IE YES)" in say("NKD-051", Severity.WARNING, "S-5")
    assert "S-4 E14a2: fails and has no IE record (data YES)" in say("NKD-051", Severity.WARNING, "S-4")
    assert {f.effect for f in made} == {Effect.FLAG}
    assert {f.group for f in made if f.usubjid == "S-1"} == {"A"}


TOLD = {}
"""Subject -> records by domain: cases that are each subject's own, in one snapshot."""


def case(**records) -> str:
    """S-11, S-12, … : a subject with these records, given without its name."""
    n = len(TOLD) + 11
    TOLD[f"S-{n}"] = {"DM": [who(n)]} | records
    return f"S-{n}"


@pytest.fixture(scope="module")
def told(make_cut):
    """The chapter on all cases, and its findings."""
    domains = {}
    for name, records in TOLD.items():
        for domain, rows in records.items():
            domains.setdefault(domain, []).extend(row | {"USUBJID": name} for row in rows)
    found = screening.derive_eligibility(make_cut(cutoff=CUTOFF, **domains))
    return found, screening.check_screening(found)


@pytest.fixture(scope="module")
def said(told):
    """said(case, id): the messages of its findings of that id."""
    return lambda name, identifier: [f.message for f in told[1] if (f.usubjid, f.id) == (name, identifier)]


CLEARANCES = case(
    LB=[lab(1, "CREAT", 60.0, "umol/L"), lab(1, "CREATCLR", 45.0, "mL/min")],
    VS=[{"VSTESTCD": "WEIGHT", "VSSTRESN": 60.0, "VSSTRESU": "kg", "VSDTC": DAY}],
)


def test_derived_and_reported_clearance_on_two_sides_of_the_limit_is_a_finding(said):
    assert said(CLEARANCES, "NKD-041") == [f"{CLEARANCES}: derived and reported clearance disagree about 50 mL/min"]


def test_datasets_are_those_of_the_contract(found):
    made = screening.list_datasets(found)
    assert list(made["adie"].columns) == screening.ADIE and len(made["adie"]) == 6 * len(screening.CRITERIA)
    assert set(made["adsl"]["ELIGSTAT"]) <= {"ELIGIBLE", "INELIGIBLE", "UNDECIDED"}
    assert made["adie"]["EVIDENCE"].notna().all() and set(made["adie"]["CONFLICT"].dropna()) <= {"Y"}


@pytest.fixture(scope="module")
def elsewhere(make_cut):
    """Another study without criteria on record."""
    from dataclasses import replace

    cut = make_cut(DM=[who(1)], AE=[{"USUBJID": "S-1"}])
    return screening.derive_eligibility(
        replace(cut, manifest=cut.manifest.model_copy(update={"study": "CDISCPILOT01"}))
    )


def test_another_study_gets_the_funnel_and_no_answers(elsewhere):
    assert not len(elsewhere.answers) and elsewhere.adsl["ELIGSTAT"].isna().all()
    assert counts.count_funnel(elsewhere).screened.stat == 1
    assert counts.count_statuses(elsewhere) == {} and screening.check_screening(elsewhere) == []
    assert "adie" not in screening.list_datasets(elsewhere)


@pytest.mark.parametrize("records", [{}, {"DM": []}])
def test_nobody_screened_is_no_error(make_cut, records):
    nobody = screening.derive_eligibility(make_cut(**records))
    assert counts.count_funnel(nobody).screened.stat == 0 and len(worksheet.derive_near_misses(nobody)) == 0
    assert screening.check_screening(nobody) == []


def test_every_standing_is_counted_by_where_the_subject_stands(found, elsewhere):
    by = counts.count_status_by_disposition(found)
    assert by["enrolled", "INELIGIBLE"].n.usubjids == ("S-1",) and by["screen failure", "INELIGIBLE"].n.usubjids == (
        "S-4",
    )
    assert sum(part.n.stat for part in by.values()) == 6
    assert counts.count_status_by_disposition(elsewhere) == {}


def test_a_deviation_by_missing_answers_is_one_warning_that_names_them(found):
    made = [f for f in screening.check_screening(found) if f.id == "NKD-050" and f.usubjid == "S-3"]
    assert (
        [f.level for f in made] == [Severity.WARNING] and "I05" in made[0].message and "attestation" in made[0].evidence
    )


IE = {"IETESTCD": "E15", "IEORRES": "Y"}
SAID = {"IETESTCD": "E05g", "VALUE": "NO", "BY": "A", "ATDTC": DAY}
STROKE = {"MHTERM": "STROKE", "MHSTDTC": DAY}
#    subject, criterion, words of the finding
DISAGREE = [
    (case(IE=[IE]), "E15", "E15: has an IE record and is undecided (IE YES)"),
    (
        case(IE=[IE], ATTEST=[SAID], MH=[STROKE]),
        "E05g",
        "E05g: sources disagree (data YES, attestation NO)",
    ),
    (
        case(IE=[IE | {"IETESTCD": "I07a", "IEORRES": "N"}]),
        "I07a",
        "I07a: has an IE record but does not fail (IE NO)",
    ),
]


def test_sources_that_disagree_are_said_with_both_values(told):
    for name, criterion, words in DISAGREE:
        key = f"IETESTCD={criterion}"
        assert f"{name} {words}" in [f.message for f in told[1] if f.id == "NKD-051" and f.key == key]


NO_UNIT = case(LB=[lab(1, "PLAT", 70.0, "furlong")])
TWO_RESULTS = case(LB=[lab(2, "ALT", 30.0, "U/L", 40.0), lab(2, "ALT", 50.0, "U/L", 40.0)])


def test_results_that_cannot_be_used_or_told_apart_are_findings(said):
    assert said(NO_UNIT, "NKD-040") == [f"{NO_UNIT}: platelets cannot be used: 70 furlong"]
    assert said(TWO_RESULTS, "NKD-040") == [
        f"{TWO_RESULTS}: several ALT results of one day without times; the least favourable is used"
    ]


def test_results_that_can_be_used_are_no_findings(told):
    assert {f.usubjid for f in told[1] if f.id == "NKD-040"} == {NO_UNIT, TWO_RESULTS}


def test_enrolment_by_the_confirmation_of_eligibility(make_cut):
    ds = [
        {"USUBJID": "S-1", "DSDECOD": "ELIGIBILITY CONFIRMED", "DSCAT": DS, "DSSTDTC": day}
        for day in ("2026-09-12", "2026-09-10")
    ]
    settings = ("enrol_date_source=eligibility_confirmed",)
    facts = screening.derive_eligibility(make_cut(cutoff=CUTOFF, settings=settings, DM=[who(1), who(2)], DS=ds)).facts
    assert facts["ANCHOR"].dt.strftime("%Y-%m-%d").tolist() == ["2026-09-10", CUTOFF]


def test_a_trial_without_both_routes_has_no_group_to_check(make_cut, make_params):
    from dataclasses import replace

    cut = make_cut(cutoff=CUTOFF, DM=[who(1, ARMCD="A_DL1")])
    only_a = cut.params.trial.model_copy(update={"groups": cut.params.trial.groups[:1]})
    found = screening.derive_eligibility(replace(cut, params=replace(cut.params, trial=only_a)))
    check = worksheet.derive_group_check(found)
    assert not len(check) and list(check) == ["USUBJID", "GROUP", "VOLUME", "DEPTH", "SYMPTOM", "FITS", "AGREES"]


def test_the_words_of_a_criterion_carry_its_numbers(make_params):
    words = screening.BY_ID["E14b1"].words(make_params("alt_uln=4.0").screening)
    assert words == "ALT above 4 x ULN; with liver metastasis 5 x ULN or more instead"


#   lines on file                         what the worksheet says of them
LINES = [([], "no failed lines on file"), (["RELAPSE"], "1 failed line on file: line 1 relapse"),
         (["RELAPSE", "TOXICITY"], "2 failed lines on file: line 1 relapse, line 2 toxicity")]  # fmt: skip


def failed(reasons) -> str:
    return case(CM=[{"CMTRT": "CHEMOTHERAPY", "CMCAT": "PRIOR ANTICANCER THERAPY", "CMLINE": n, "CMSTOPRS": reason,
                     "CMSTDTC": f"2026-0{n}-01", "CMENDTC": f"2026-0{n}-20"} for n, reason in enumerate(reasons, 1)])  # fmt: skip


LINE_CASES = {says: failed(reasons) for reasons, says in LINES}


@pytest.mark.parametrize("reasons, says", LINES)
def test_failed_lines_are_counted_in_words(told, reasons, says):
    assert told[0].facts.loc[LINE_CASES[says], "FAILED_LINES_SAYS"] == says


UNNUMBERED = case(CM=[{"CMTRT": drug, "CMCAT": "PRIOR ANTICANCER THERAPY", "CMSTOPRS": why, "CMSTDTC": "2026-01", "CMENDTC": "2026-02"}
                      for drug, why in (("FOLFOX", "RELAPSE"), ("PACLITAXEL", "TOXICITY"), ("CISPLATIN", "COMPLETED"))])  # fmt: skip


def test_failed_therapies_without_a_line_number_are_said_and_not_counted(told):
    facts = told[0].facts.loc[UNNUMBERED]
    assert facts["FAILED_LINES"] == 0 and facts["FAILED_LINES_SAYS"] == (
        "no failed lines on file; 2 failed therapies without a line number: folfox 2026-01 to 2026-02 relapse, "
        "paclitaxel 2026-01 to 2026-02 toxicity"
    )
    assert "2 failed therapies without a line number" in evidence(told, UNNUMBERED, "I02c", "MISSING")


def evidence(told, name, criterion, column="EVIDENCE") -> str:
    return told[0].answers.set_index(["USUBJID", "IETESTCD"]).loc[(name, criterion), column]


RADIATED = {"PRTRT": "RADIOTHERAPY", "PRSTDTC": "2026-09-10", "PRENDTC": "2026-09-10"}
LIVER_ASKED = {"MHTERM": "METASTASES TO LIVER", "MHPRESP": "Y", "MHOCCUR": "U"}
COLON = {"MHTERM": "COLON CANCER", "MHCAT": "PRIMARY DIAGNOSIS", "MHSTDTC": "2025"}
LIVER_SEEN = {"TULNKID": "T1", "TUTESTCD": "TUMIDENT", "TUORRES": "TARGET", "TULOC": "LIVER", "TUDTC": DAY}
HEART_RATE = {"EGTESTCD": "EGHRMN", "EGSTRESN": 80.0, "EGSTRESU": "beats/min", "EGDTC": DAY}
SEEN_IN_JUNE = {"MITESTCD": "CYTOLOGY", "MISPEC": "ASCITES FLUID", "MIORRES": "POSITIVE", "MIDTC": "2025-06"}

#   case                                                    criterion  what its evidence says, and what it does not
GAPS = [
    (case(LB=[lab(1, "ALT", 30.0, "U/L", day="2026-05")]), "I09", "consent, 2026-09-01; first screening record, between 2026-05-01 and 2026-05-31", "2026-05-01;"),
    (case(DM=[who(1, RFICDTC="2026-08")]), "I09", "consent, between 2026-08-01 and 2026-08-31; first screening record not there yet", "2026-08-01;"),
    (case(MI=[SEEN_IN_JUNE]), "I02b", "cytology positive, between 2025-06-01 and 2025-06-30", "positive, 2025"),
    (case(EG=[HEART_RATE]), "E05c", "missing: QTcF of a 12-lead ECG in the screening window", "missing: 12-lead"),
    (case(PR=[RADIATED]), "E06a", "left open by: radiotherapy 2026-09-10, intent not recorded", "placed"),
    (case(MH=[LIVER_ASKED, COLON], TU=[LIVER_SEEN], LB=[lab(1, "ALT", 160.0, "U/L", 40.0)]), "E14b1", "lesion in the liver", "undated"),
    (case(MH=[LIVER_ASKED], LB=[lab(1, "ALT", 160.0, "U/L", 40.0)]), "E14b1", "metastases to liver undated, not said whether it occurred", "placed"),
]  # fmt: skip


@pytest.mark.parametrize("name, criterion, says, says_not", GAPS)
def test_evidence_names_the_gap_that_there_is_and_no_day_that_is_not_known(told, name, criterion, says, says_not):
    text = evidence(told, name, criterion)
    assert says in text and says_not not in text


LATE_RADIOTHERAPY = case(
    DS=[{"DSDECOD": "ENROLLED", "DSCAT": DS, "DSSTDTC": "2026-09-20"}],
    PR=[RADIATED | {"PRSTDTC": day, "PRENDTC": day, "RTINTENT": "PALLIATIVE"} for day in ("2026-09-20", "2026-09-21")],
)


def test_radiotherapy_after_enrolment_is_a_finding(said):
    assert said(LATE_RADIOTHERAPY, "SCR-001") == [
        f"{LATE_RADIOTHERAPY}: radiotherapy 2026-09-21; begins after enrolment, so E06 does not judge it"
    ]


def test_an_episode_of_one_day_is_said_as_one_day(make_cut):
    pr = [
        {"USUBJID": "S-1", "PRTRT": "TRANSFUSION", "PRSTDTC": "2026-08-01", "PRENDTC": end}
        for end in ("2026-08-01", "2026-08-03")
    ]
    assert derive_episodes(make_cut(PR=pr), "PR")["SAYS"].tolist() == [
        "transfusion 2026-08-01",
        "transfusion 2026-08-01 to 2026-08-03",
    ]
