"""Times: the event and censoring tables of efficacy.md sections 3-4 and rulings.md 6.5-6.10, in their order."""

import pytest

from tests.chapters.efficacy.conftest import Subject, ended

BASE, PR, SD, PD = [50.0, 30.0], [30.0, 20.0], [50.0, 30.0], [80.0, 40.0]


def tumour(*scans, **more):
    subject = Subject(**more).scan(-7, BASE)
    for at, sizes in scans:
        subject.scan(at, sizes)
    return subject


def test_overall_survival(make_efficacy):
    assert ended(make_efficacy(tumour(last_visit=60).dies(70)), "OS") == (70, 0, "death")
    assert ended(make_efficacy(tumour(last_visit=60)), "OS") == (60, 1, "last known alive")


def test_a_death_without_a_day_has_no_time_and_says_so(make_efficacy):
    subject = tumour(last_visit=60)
    subject.tables["DM"][0] |= {"DTHFL": "Y", "DTHDTC": "2026-03"}
    found = make_efficacy(subject)
    assert found.adtte.loc[found.adtte["PARAMCD"].eq("OS"), "AVAL"].isna().all() and "EFF-020" in set(
        found.findings["id"]
    )


#   history                                                                         ended on, code, rule
PFS = [
    (tumour((43, SD), (85, PD)), (85, 0, "progression")),
    (tumour((43, SD), (85, SD)), (85, 1, "last adequate scan")),
    (tumour((43, SD)).dies(80), (80, 0, "death")),
    (tumour(), (1, 1, "no adequate scan")),
    (tumour().dies(60), (60, 0, "death")),  # only week 6 was missed
    (tumour().dies(92), (92, 0, "death")),  # week 12 ends on day 92: its window is not wholly before the death
    (tumour().dies(93), (1, 1, "missed assessments")),
    (tumour((43, SD), (200, PD)), (43, 1, "missed assessments")),  # weeks 12, 18 and 24 were missed
    (tumour((43, SD), (127, PD)), (127, 0, "progression")),  # one was missed, week 18 is the scan itself
    (
        tumour((43, SD), (85, [50.0, None]), (127, [50.0, None]), (169, PD)),
        (43, 1, "missed assessments"),
    ),  # NE is no assessment
    (tumour((43, SD), (85, PD)).therapy(60), (43, 1, "new therapy")),
    (tumour((43, SD), (85, PD)).therapy(85), (85, 0, "progression")),  # on the day of progression: event
    (tumour((43, SD), (85, PD)).therapy(90), (85, 0, "progression")),
    (tumour((43, SD)).therapy(60).dies(70), (43, 1, "new therapy")),
    (tumour((85, PD)).therapy(20), (1, 1, "new therapy")),
]


@pytest.mark.parametrize("subject, answer", PFS)
def test_progression_free_survival(make_efficacy, subject, answer):
    assert ended(make_efficacy(subject), "PFS") == answer


def test_new_therapy_can_be_ignored_and_clinical_progression_counted(make_efficacy):
    subject = tumour((43, SD), (85, PD)).therapy(60)
    assert ended(make_efficacy(subject, settings=("pfs_new_therapy=ignore",)), "PFS") == (85, 0, "progression")
    subject = tumour((43, SD)).add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="PROGRESSIVE DISEASE", DSSTDTC="2026-03-01")
    assert ended(make_efficacy(subject), "PFS")[1] == 1
    assert ended(make_efficacy(subject, settings=("clinical_pd_is_event=true",)), "PFS")[1:] == (
        0,
        "clinical progression",
    )


def test_every_rule_is_named_in_words(make_efficacy):
    rows = make_efficacy(tumour((43, SD), (85, PD)).therapy(60)).datasets["adtte"]
    pfs = rows[rows["PARAMCD"].eq("PFS")].iloc[0]
    assert (pfs["EVNTDESC"], pfs["CNSDTDSC"]) == ("NEW ANTICANCER THERAPY", "LAST ADEQUATE SCAN BEFORE IT, ELSE DAY 1")
    assert pfs["AVAL"] == 43


def test_duration_starts_at_the_first_of_the_confirmed_pair(make_efficacy):
    found = make_efficacy(tumour((43, PR), (85, PR), (127, PD)))
    row = found.adtte[found.adtte["PARAMCD"].eq("DOR")].iloc[0]
    assert (row["AVAL"], row["CNSR"]) == (127 - 43 + 1, 0)
    assert not make_efficacy(tumour((43, SD))).adtte["PARAMCD"].eq("DOR").any()


def b(last_visit=100, **more):
    return Subject(arm="B_DL1", last_visit=last_visit, **more)


#   history                                                        ended on, code     efficacy.md section 4, rulings.md 6.10
PUFS = [
    (b().drain(50, "THERAPEUTIC", 2000.0), (50, 0)),
    (b().drain(50, "SYMPTOM RELIEF", 2000.0), (50, 0)),
    (b().drain(50, "THERAPEUTIC", 50.0), (50, 0)),  # any volume, a query
    (b().drain(50, "THERAPEUTIC", None), (50, 0)),
    (b().drain(50, "PROTOCOL DRAINAGE", 2000.0), (100, 1)),
    (b().drain(50, "DIAGNOSTIC", 2000.0), (100, 1)),
    (b().drain(50, "SAMPLING", 2000.0), (100, 1)),
    (b().drain(50, "CATHETER CARE", 2000.0), (100, 1)),
    (b().drain(1, "THERAPEUTIC", 2000.0), (100, 1)),  # day 1 is before the dose
    (b().drain(2, "THERAPEUTIC", 2000.0), (2, 0)),
    (b().drain(8, "THERAPEUTIC", 2000.0), (8, 0)),  # infusion day: event, with a query
    (b().drain(50, None, 500.0), (50, 0)),
    (b().drain(50, None, 499.0), (100, 1)),
    (b().drain(50, "OTHER WORD", 500.0), (50, 0)),
    (b().drain(50, None, 300.0).drain(50, None, 200.0), (50, 0)),  # one day, one total
    (b().drain(50, None, 300.0).drain(52, None, 200.0), (100, 1)),
    (b().drain(50, None, None), (50, 0)),  # both unknown: event, flagged
    (b().drain(50, "THERAPEUTIC", 499.0, "CATHETER DRAINAGE"), (100, 1)),
    (b().drain(50, "THERAPEUTIC", 300.0, "CATHETER DRAINAGE").drain(50, "THERAPEUTIC", 200.0, "CATHETER DRAINAGE"), (50, 0)),
    (b().dies(60), (60, 0)),
    (b().drain(70, "THERAPEUTIC", 900.0).dies(60), (60, 0)),
    (b().add("CM", CMTRT="CISPLATIN", CMROUTE="INTRAPERITONEAL", CMSTDTC="2026-02-01").drain(50, "THERAPEUTIC", 900.0), (28, 1)),
    (b().add("PR", PRTRT="HIPEC", PRSTDTC="2026-02-01"), (28, 1)),
]  # fmt: skip


@pytest.mark.parametrize("subject, answer", PUFS)
def test_puncture_free_survival(make_efficacy, subject, answer):
    assert ended(make_efficacy(subject), "PUFS")[:2] == answer


#   setting                               drainage                                ended on, code
OTHER = [
    ("unknown_indication=not_event", b().drain(50, None, 900.0), (100, 1)),
    ("unknown_indication=event", b().drain(50, None, 10.0), (50, 0)),
    ("pufs_event=any", b().drain(50, "SAMPLING", 20.0), (50, 0)),
    ("pufs_start=last_infusion", b().drain(20, "THERAPEUTIC", 900.0), (100, 1)),
    ("pufs_new_therapy=ignore", b().add("PR", PRTRT="HIPEC", PRSTDTC="2026-02-01").drain(50, "THERAPEUTIC", 900.0), (50, 0)),
    ("ther_min_ml=1000.0", b().drain(50, None, 900.0), (100, 1)),
]  # fmt: skip


@pytest.mark.parametrize("setting, subject, answer", OTHER)
def test_other_definitions_by_parameter_and_beside_the_primary(make_efficacy, setting, subject, answer):
    found = make_efficacy(subject, settings=(setting,))
    assert ended(found, "PUFS")[:2] == answer
    if setting != "ther_min_ml=1000.0":
        primary = make_efficacy(subject)
        shown = primary.alternatives[primary.alternatives["DEFINITION"].eq(setting.replace("=", " = "))].iloc[0]
        assert ((shown["ADT"].date() - shown["STARTDT"].date()).days, int(shown["CNSR"])) == (
            answer[0] - (36 if "last_infusion" in setting else 1), answer[1],
        )  # fmt: skip


def test_queries_about_small_and_infusion_day_punctures(make_efficacy):
    ids = set(make_efficacy(b().drain(8, "THERAPEUTIC", 100.0)).findings["id"])
    assert {"EFF-030", "EFF-031"} <= ids
    assert not {"EFF-030", "EFF-031"} & set(make_efficacy(b().drain(9, "THERAPEUTIC", 101.0)).findings["id"])


#   drainages without purpose of five    reportable
@pytest.mark.parametrize("missing, reportable", [(1, True), (2, False)])
def test_more_than_a_fifth_without_purpose_is_not_reportable(make_efficacy, missing, reportable):
    subject = b()
    for i in range(5):
        subject.drain(40 + 3 * i, None if i < missing else "SAMPLING", 100.0)
    found = make_efficacy(subject)
    assert list(found.reportable.set_index("GROUP").loc[["A", "B"], "REPORTABLE"]) == [True, reportable]
    assert ("EFF-033" in set(found.findings["id"])) != reportable


def test_death_competes_with_the_next_paracentesis(make_efficacy):
    assert ended(make_efficacy(b().dies(60)), "TTNP")[:2] == (60, 2)
    assert ended(make_efficacy(b().drain(50, "THERAPEUTIC", 900.0).dies(60)), "TTNP")[:2] == (50, 0)
    assert ended(make_efficacy(b()), "TTNP")[:2] == (100, 1)


def test_without_procedures_there_is_no_puncture_free_survival(make_efficacy):
    found = make_efficacy(b().dies(60), drop=("PR",))
    assert set(found.adtte["PARAMCD"]) == {"OS", "PFS"}


def test_drainages_of_consecutive_days_without_times_are_one(make_efficacy):
    from nk521lib.chapters.efficacy.pufs import derive_episodes

    found = make_efficacy(
        b().drain(50, "THERAPEUTIC", 900.0).drain(51, "THERAPEUTIC", 900.0).drain(53, "THERAPEUTIC", 900.0)
    )
    assert derive_episodes(found.drainages)["EPISODE"].nunique() == 2
