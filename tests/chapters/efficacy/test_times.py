"""Times: the event and censoring tables of efficacy.md sections 3-4 and rulings.md 6.5-6.10, in their order."""

import pandas as pd
import pytest

from tests.chapters.efficacy.conftest import Subject, day, ended, of, sharer

BASE, PR, SD, PD = [50.0, 30.0], [30.0, 20.0], [50.0, 30.0], [80.0, 40.0]
HELD, shared = sharer()


def tumour(*scans, **more):
    subject = Subject(**more).scan(-7, BASE)
    for at, sizes in scans:
        subject.scan(at, sizes)
    return subject


@pytest.fixture(scope="module")
def found(make_efficacy):
    """Every subject of this module that is read by the defaults: the times of one are nothing to another."""
    return make_efficacy(*HELD)


FOLLOWED, DEAD = shared(tumour(last_visit=60)), shared(tumour(last_visit=60).dies(70))


def test_overall_survival(found):
    assert ended(found, "OS", DEAD) == (70, 0, "death")
    assert ended(found, "OS", FOLLOWED) == (60, 1, "last known alive")


UNDATED = shared(tumour(last_visit=60))
UNDATED.tables["DM"][0] |= {"DTHFL": "Y", "DTHDTC": "2026-03"}


def test_a_death_without_a_day_has_no_time_and_says_so(found):
    times = of(found.adtte, UNDATED)
    assert times.loc[times["PARAMCD"].eq("OS"), "AVAL"].isna().all()
    assert "EFF-020" in set(of(found.findings, UNDATED)["id"])


DIED_IN_DS = shared(tumour(last_visit=60).add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="DEATH", DSSTDTC=day(70)))
FOUND_DEAD = shared(tumour(last_visit=60).add("SS", SSSTRESC="DEAD", SSDTC=day(70)))


def test_a_death_that_dm_does_not_know_yet_ends_the_time(found):
    for paramcd in ("OS", "PFS", "PUFS"):
        assert ended(found, paramcd, DIED_IN_DS) == (70, 0, "death")
    times = of(found.adtte, DIED_IN_DS)
    assert times.loc[times["PARAMCD"].eq("OS"), "SRCDOM"].tolist() == ["DS"]


def test_a_contact_that_finds_a_subject_dead_gives_no_day(found):
    times = of(found.adtte, FOUND_DEAD)
    assert times.loc[times["PARAMCD"].eq("OS"), "AVAL"].isna().all()
    assert "EFF-020" in set(of(found.findings, FOUND_DEAD)["id"])


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


@pytest.mark.parametrize("subject, answer", [(shared(subject), answer) for subject, answer in PFS])
def test_progression_free_survival(found, subject, answer):
    assert ended(found, "PFS", subject) == answer


#   start of the new therapy    scans of days 43 (SD) and 85 (PD): PFS ends on, code, rule
UNDATED_THERAPY = [
    (None, (1, 1, "new therapy")),
    ("2026", (1, 1, "new therapy")),  # the first day it can mean, so that no time is made longer
    ("2025", (85, 0, "progression")),  # surely before the first dose
]


@pytest.mark.parametrize(
    "subject, answer",
    [(shared(tumour((43, SD), (85, PD)).therapy(60, CMSTDTC=start)), answer) for start, answer in UNDATED_THERAPY],
)
def test_a_new_therapy_of_unknown_start_counts_from_the_first_day_it_can_mean_and_is_a_finding(found, subject, answer):
    assert ended(found, "PFS", subject) == answer
    assert ("EFF-015" in set(of(found.findings, subject)["id"])) == (answer[1] == 1)


TREATED = shared(tumour((43, SD), (85, PD)).therapy(60))
CLINICAL = shared(
    tumour((43, SD)).add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="PROGRESSIVE DISEASE", DSSTDTC="2026-03-01")
)


def test_new_therapy_can_be_ignored_and_clinical_progression_counted(make_efficacy, found):
    ignored = make_efficacy(TREATED, settings=("pfs_new_therapy=ignore",))
    assert ended(ignored, "PFS", TREATED) == (85, 0, "progression")
    assert ended(found, "PFS", CLINICAL)[1] == 1
    counted = make_efficacy(CLINICAL, settings=("clinical_pd_is_event=true",))
    assert ended(counted, "PFS", CLINICAL)[1:] == (0, "clinical progression")


def test_every_rule_is_named_in_words(found):
    rows = of(found.datasets["adtte"], TREATED)
    pfs = rows[rows["PARAMCD"].eq("PFS")].iloc[0]
    assert (pfs["EVNTDESC"], pfs["CNSDTDSC"]) == ("NEW ANTICANCER THERAPY", "LAST ADEQUATE SCAN BEFORE IT, ELSE DAY 1")
    assert pfs["AVAL"] == 43


RESPONDED, STABLE = shared(tumour((43, PR), (85, PR), (127, PD))), shared(tumour((43, SD)))


def test_duration_starts_at_the_first_of_the_confirmed_pair(found):
    times = of(found.adtte, RESPONDED)
    row = times[times["PARAMCD"].eq("DOR")].iloc[0]
    assert (row["AVAL"], row["CNSR"]) == (127 - 43 + 1, 0)
    assert not of(found.adtte, STABLE)["PARAMCD"].eq("DOR").any()


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


@pytest.mark.parametrize("subject, answer", [(shared(subject), answer) for subject, answer in PUFS])
def test_puncture_free_survival(found, subject, answer):
    assert ended(found, "PUFS", subject)[:2] == answer


#   date of a therapeutic drainage     why puncture-free time has no end; None: it ends at the last contact
UNDATED_PUNCTURE = [
    (None, "possible event of unknown date"),
    ("2026", "possible event of unknown date"),
    ("2026-02", "event of unknown date"),
    ("2025", None),  # surely before the first dose
]


@pytest.mark.parametrize(
    "subject, rule", [(shared(b().drain(50, "THERAPEUTIC", 900.0, PRSTDTC=at)), rule) for at, rule in UNDATED_PUNCTURE]
)
def test_a_puncture_that_may_lie_after_the_start_is_no_absence_of_an_event(found, subject, rule):
    rows = of(found.adtte, subject).set_index("PARAMCD")
    for paramcd in ("PUFS", "TTNP"):
        assert rows.loc[paramcd, "CNSR"] is pd.NA if rule else rows.loc[paramcd, "CNSR"] == 1
        assert rows.loc[paramcd, "RULE"] == (rule or "last known alive")


FLUID = {"FAOBJ": "ASCITES", "FATESTCD": "VOLUME", "FASTRESN": 900.0, "FASTRESU": "mL", "FADTC": day(-1)}
SAID, UNSAID, SAMPLE = (
    shared(b().add("FA", **FLUID).drain(50, purpose, 900.0)) for purpose in ("THERAPEUTIC", None, "SAMPLING")
)


def test_a_puncture_of_unknown_purpose_is_named_as_one_and_is_new_drainage_for_ascites_too(found):
    assert ended(found, "PUFS", SAID)[2] == "therapeutic puncture"
    assert ended(found, "PUFS", UNSAID)[2] == "puncture of unknown purpose"
    for subject, response in ((SAID, "PD"), (UNSAID, "PD"), (SAMPLE, "NE")):
        assert of(found.ascites, subject)["RESPONSE"].tolist() == [response]


#   setting                               drainage                                ended on, code
OTHER = [
    ("unknown_indication=not_event", b().drain(50, None, 900.0), (100, 1)),
    ("unknown_indication=event", b().drain(50, None, 10.0), (50, 0)),
    ("pufs_event=any", b().drain(50, "SAMPLING", 20.0), (50, 0)),
    ("pufs_start=last_infusion", b().drain(20, "THERAPEUTIC", 900.0), (100, 1)),
    ("pufs_new_therapy=ignore", b().add("PR", PRTRT="HIPEC", PRSTDTC="2026-02-01").drain(50, "THERAPEUTIC", 900.0), (50, 0)),
    ("ther_min_ml=1000.0", b().drain(50, None, 900.0), (100, 1)),
]  # fmt: skip


@pytest.mark.parametrize("setting, subject, answer", [(one, shared(subject), answer) for one, subject, answer in OTHER])
def test_other_definitions_by_parameter_and_beside_the_primary(make_efficacy, found, setting, subject, answer):
    assert ended(make_efficacy(subject, settings=(setting,)), "PUFS", subject)[:2] == answer
    if setting != "ther_min_ml=1000.0":
        beside = of(found.alternatives, subject)
        shown = beside[beside["DEFINITION"].eq(setting.replace("=", " = "))].iloc[0]
        assert ((shown["ADT"].date() - shown["STARTDT"].date()).days, int(shown["CNSR"])) == (
            answer[0] - (36 if "last_infusion" in setting else 1), answer[1],
        )  # fmt: skip


SMALL, ENOUGH = shared(b().drain(8, "THERAPEUTIC", 100.0)), shared(b().drain(9, "THERAPEUTIC", 101.0))


def test_queries_about_small_and_infusion_day_punctures(found):
    assert {"EFF-030", "EFF-031"} <= set(of(found.findings, SMALL)["id"])
    assert not {"EFF-030", "EFF-031"} & set(of(found.findings, ENOUGH)["id"])


#   drainages without purpose of five    reportable
@pytest.mark.parametrize("missing, reportable", [(1, True), (2, False)])
def test_more_than_a_fifth_without_purpose_is_not_reportable(make_efficacy, missing, reportable):
    subject = b()
    for i in range(5):
        subject.drain(40 + 3 * i, None if i < missing else "SAMPLING", 100.0)
    found = make_efficacy(subject)
    assert list(found.reportable.set_index("GROUP").loc[["A", "B"], "REPORTABLE"]) == [True, reportable]
    assert ("EFF-033" in set(found.findings["id"])) != reportable


COMPETING = [
    (shared(b().dies(60)), (60, 2)),
    (shared(b().drain(50, "THERAPEUTIC", 900.0).dies(60)), (50, 0)),
    (shared(b()), (100, 1)),
]


def test_death_competes_with_the_next_paracentesis(found):
    assert [ended(found, "TTNP", subject)[:2] for subject, _ in COMPETING] == [answer for _, answer in COMPETING]


def test_without_procedures_there_is_no_puncture_free_survival(make_efficacy):
    found = make_efficacy(b().dies(60), drop=("PR",))
    assert set(found.adtte["PARAMCD"]) == {"OS", "PFS"}


DAILY = shared(b().drain(50, "THERAPEUTIC", 900.0).drain(51, "THERAPEUTIC", 900.0).drain(53, "THERAPEUTIC", 900.0))


def test_drainages_of_consecutive_days_without_times_are_one(found):
    from nk521lib.chapters.efficacy.pufs import derive_episodes

    assert of(derive_episodes(found.drainages), DAILY)["EPISODE"].nunique() == 2
