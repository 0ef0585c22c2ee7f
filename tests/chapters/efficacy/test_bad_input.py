"""Bad input, one subject each: what is done with it, and the finding that says so. Nothing is lost in silence."""

import pytest

from tests.chapters.efficacy.conftest import Subject, day, sharer


def base(**more):
    return Subject(**more).scan(-1, [50.0, 30.0])


def spoil(subject, domain, which, **values):
    """Change the records of a domain that `which` picks."""
    for row in subject.tables[domain]:
        if which(row):
            row.update(values)
    return subject


def later(row):
    return row.get("VISITNUM", 0) > 100


def of(lesion):
    return lambda row: later(row) and row.get("TRLNKID") == lesion


DAY_43 = {"sizes": [50.0, 30.0], "at": 43}
#    what is wrong                        the subject                                                             finding    overall response in use
TABLE = [
    ("scan date partial", spoil(spoil(base().scan(**DAY_43), "TR", later, TRDTC="2026-02"), "RS", later, RSDTC="2026-02"), "EFF-012", ["SD"]),
    ("no baseline", Subject().scan(**DAY_43), "EFF-016", ["NE"]),
    ("size without unit", spoil(base().scan(**DAY_43), "TR", of("T01"), TRSTRESU=None), "EFF-010", ["NE"]),
    ("size in another unit", spoil(base().scan(**DAY_43), "TR", of("T01"), TRSTRESU="inch"), "EFF-010", ["NE"]),
    ("lesion id changes", spoil(base().scan(**DAY_43), "TR", of("T01"), TRLNKID="T09"), "EFF-011", ["NE"]),
    ("lesion id missing", spoil(base().scan(**DAY_43), "TR", of("T01"), TRLNKID=None), "EFF-010", ["NE"]),
    ("no such response", base().scan(43, [50.0, 30.0], overall="BETTER"), "EFF-019", ["SD"]),
    ("no such response, no lesions", base().scan(43, [], overall="BETTER"), "EFF-019", ["NE"]),
    ("assessed after progression", base().scan(43, [70.0, 30.0]).scan(85, [10.0, 5.0]), "EFF-014", ["PD", "PR"]),
    ("assessed after death", base().scan(43, [50.0, 30.0]).dies(40), "EFF-013", ["SD"]),
    ("negative diameter", base().scan(43, [-5.0, 30.0]), "EFF-011", ["NE"]),
    ("target of 0 mm at baseline", Subject().scan(-1, [0.0, 30.0]).scan(43, [0.0, 30.0]), "EFF-018", ["SD"]),
    ("drainage small but for relief", base().drain(20, "SYMPTOM RELIEF", 50.0), "EFF-030", []),
    ("drainage date partial", spoil(base().drain(20, "THERAPEUTIC", 900.0), "PR", lambda row: True, PRSTDTC="2026-03"), "EFF-032", []),
    ("drainages without purpose", base(arm="B_DL1").drain(20, None, None).drain(30, "THERAPEUTIC", 900.0), "EFF-033", []),
    ("marker in no unit", base().add("LB", LBTESTCD="CEA", LBSTRESN=9.0, LBSTRESU=None, LBDTC=day(1)), "EFF-040", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def found(make_efficacy):
    for n, (_, subject, _, _) in enumerate(TABLE):
        subject.id = f"S-{n:02d}"
        for rows in subject.tables.values():
            for row in rows:
                row["USUBJID"] = subject.id
    return make_efficacy(*(subject for _, subject, _, _ in TABLE))


@pytest.mark.parametrize("n", range(len(TABLE)), ids=[row[0] for row in TABLE])
def test_bad_input_is_handled_as_stated_and_is_a_finding(found, n):
    _, subject, finding, responses = TABLE[n]
    mine = found.findings[found.findings["id"].eq(finding)]
    whole = finding in ("EFF-014", "EFF-033")  # these two speak of the study and of a group
    assert len(mine) and (whole or subject.id in set(mine["usubjid"]))
    assert found.visits.loc[found.visits["USUBJID"].eq(subject.id), "OVRLRESP"].tolist() == responses


HELD, shared = sharer()


@pytest.fixture(scope="module")
def beside(make_efficacy):
    """The subjects below, in a snapshot of their own."""
    return make_efficacy(*HELD)


GONE = shared(base().scan(43, [0.0, 0.0], non_target="CR"))


def test_zero_after_baseline_is_gone_and_no_finding(beside):
    mine = beside.findings.loc[beside.findings["usubjid"].eq(GONE.id), "id"]
    assert beside.visits.loc[beside.visits["USUBJID"].eq(GONE.id), "OVRLRESP"].tolist() == ["CR"]
    assert not mine.isin(["EFF-011", "EFF-018"]).any()


#        result as reported    number   unit        is it a finding of this chapter?
MARKERS = [
    ("<5", None, "ug/L", False),
    ("<5", 5.0, None, True),
    (None, None, "ug/L", True),
    (">700", None, "ug/L", False),
]
MARKER_CASES = {
    (text, number, unit): shared(
        base().add("LB", LBTESTCD="CEA", LBSTRESC=text, LBSTRESN=number, LBSTRESU=unit, LBDTC=day(1))
    )
    for text, number, unit, _ in MARKERS
}


@pytest.mark.parametrize("text, number, unit, named", MARKERS)
def test_a_marker_below_what_can_be_measured_is_named_once_by_the_data_check(beside, text, number, unit, named):
    mine = beside.findings[beside.findings["usubjid"].eq(MARKER_CASES[text, number, unit].id)]
    assert mine["id"].eq("EFF-040").any() == named


def test_no_other_marker_is_named(beside):
    named = {MARKER_CASES[row[:3]].id for row in MARKERS if row[3]}
    assert set(beside.findings.loc[beside.findings["id"].eq("EFF-040"), "usubjid"]) == named
