"""Rulings 2.1 to 2.11 and the readings of the ambiguities, each by its name."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nk521lib.chapters.screening import BY_ID, check_screening, derive_eligibility
from nk521lib.chapters.screening.logic import Facts

S, DAY, CUTOFF = "NK521-01-001", "2026-09-25", "2026-09-30"
MAN = {"USUBJID": S, "SEX": "M", "BRTHDTC": "1970-05-05", "RFICDTC": "2026-09-01"}


@pytest.fixture
def decide(make_cut):
    """decide("E05j", CV=[…]): the row of one criterion for one man, with attestations or settings if given."""

    def made(identifier, attest=(), choices=(), **domains):
        rows = {d: [{"USUBJID": S} | r for r in records] for d, records in domains.items()}
        rows["ATTEST"] = [
            {"USUBJID": S, "IETESTCD": identifier, "VALUE": v, "BY": "A", "ATDTC": "2026-09-20"} for v in attest
        ]
        cut = make_cut(cutoff=CUTOFF, settings=choices, DM=[MAN], **{d: r for d, r in rows.items() if r})
        return derive_eligibility(cut).answers.set_index("IETESTCD").loc[identifier]

    return made


STROKE = {"MHTERM": "STROKE", "MHSTDTC": DAY}
LVEF_LOW = {"CVTESTCD": "LVEF", "CVSTRESN": 40.0, "CVSTRESU": "%", "CVDTC": DAY}
RADICAL = {"PRTRT": "RADIOTHERAPY", "RTINTENT": "RADICAL", "PRSTDTC": DAY, "PRENDTC": DAY}

#    criterion, records, attested, IE     -> condition, effect, sources, conflict
SOURCES = [
    ("E05g", {"MH": [STROKE]}, None, None, "YES", "FAIL", "DATA", False),
    ("E05g", {"MH": [STROKE]}, ["NO"], None, "YES", "FAIL", "BOTH", True),  # B: data prove a fail whatever is attested
    ("E05g", {}, ["YES"], None, "YES", "FAIL", "ATTEST", False),  # B: attested fail
    ("E05g", {}, ["NO"], None, "NO", "PASS", "ATTEST", False),
    ("E05g", {}, ["UNKNOWN"], None, "UNKNOWN", "UNDECIDED", "BOTH", False),
    ("E05g", {"MH": [STROKE | {"MHSTDTC": "2026-03"}]}, ["NO"], None, "UNKNOWN", "UNDECIDED", "BOTH", False),  # left open
    ("E05g", {"MH": [STROKE | {"MHPRESP": "Y", "MHOCCUR": "N"}]}, None, None, "UNKNOWN", "UNDECIDED", "DATA", False),
    ("E05g", {"MH": [STROKE | {"MHPRESP": "Y", "MHOCCUR": "N"}]}, ["YES"], None, "YES", "FAIL", "BOTH", True),
    ("E05g", {}, ["NO", "YES"], None, "UNKNOWN", "UNDECIDED", "ATTEST", False),  # two attestations contradict
    ("E05g", {}, ["NO"], "Y", "NO", "PASS", "ATTEST", True),  # IE contradicts and changes nothing
    ("E05g", {}, None, "Y", "UNKNOWN", "UNDECIDED", "BOTH", False),
    ("E05j", {"CV": [LVEF_LOW]}, ["NO"], None, "YES", "FAIL", "DATA", True),  # M: data alone
    ("E05j", {}, ["NO"], None, "UNKNOWN", "UNDECIDED", "DATA", False),
    ("E06a", {}, ["NO"], None, "NO", "PASS", "ATTEST", False),  # M of history: no record, and somebody looked
    ("E06a", {}, ["YES"], None, "UNKNOWN", "UNDECIDED", "ATTEST", False),
    ("E06a", {"PR": [RADICAL]}, ["NO"], None, "YES", "FAIL", "BOTH", True),
    ("E15", {}, ["NO"], "Y", "NO", "PASS", "ATTEST", True),  # T: attestation alone
    ("I07a", {}, None, "N", "NA", "NA", "DATA", True),
    ("I02c", {}, ["YES"], None, "UNKNOWN", "UNDECIDED", "BOTH", True),  # too few lines on file, attested enough
]  # fmt: skip


@pytest.fixture(scope="module")
def combined(make_cut):
    """Every row of SOURCES as a subject of its own, decided in one go."""
    domains = {"DM": [], "ATTEST": [], "IE": []}
    for n, (identifier, records, attest, ie, *_) in enumerate(SOURCES):
        who = {"USUBJID": f"S-{n:02d}"}
        domains["DM"].append(MAN | who)
        for value, by in zip(attest or (), "AB", strict=False):
            domains["ATTEST"].append(who | {"IETESTCD": identifier, "VALUE": value, "BY": by, "ATDTC": "2026-09-20"})
        if ie:
            domains["IE"].append(who | {"IETESTCD": identifier, "IEORRES": ie})
        for domain, rows in records.items():
            domains.setdefault(domain, []).extend(row | who for row in rows)
    return derive_eligibility(make_cut(cutoff=CUTOFF, **domains)).answers.set_index(["USUBJID", "IETESTCD"])


@pytest.mark.parametrize("n", range(len(SOURCES)), ids=lambda n: f"{n}-{SOURCES[n][0]}")
def test_sources_combine_as_ruling_2_5_says(combined, n):
    identifier, _, _, _, *expected = SOURCES[n]
    row = combined.loc[(f"S-{n:02d}", identifier)]
    assert [row["CONDITION"], row["EFFECT"], row["SRC"], not pd.isna(row["CONFLICT"])] == expected, row["EVIDENCE"]


def bili(value, uln=20.0):
    return {"LBTESTCD": "BILI", "LBSTRESN": value, "LBSTRESU": "umol/L", "LBSTNRHI": uln, "LBDTC": DAY}


def alt(value):
    return {"LBTESTCD": "ALT", "LBSTRESN": value, "LBSTRESU": "U/L", "LBSTNRHI": 40.0, "LBDTC": DAY}


def virus(code, text, **more):
    return {"LBTESTCD": code, "LBORRES": text, "LBDTC": DAY, **more}


GILBERT = {"MH": [{"MHTERM": "GILBERT'S SYNDROME", "MHSTDTC": "2001"}]}
LIVER_CANCER = {"MH": [{"MHTERM": "HEPATOCELLULAR CARCINOMA", "MHCAT": "PRIMARY DIAGNOSIS", "MHSTDTC": "2025"},
                       {"MHTERM": "METASTASES TO LIVER", "MHPRESP": "Y", "MHOCCUR": "N"}]}  # fmt: skip
DNA = [virus("HBSAG", "POSITIVE"), virus("HBVDNA", "15", LBORNRHI="20", LBORRESU="IU/mL")]
RNA = [virus("HCAB", "POSITIVE"), virus("HCVRNA", "NOT DETECTED")]
QT = [
    {"EGTESTCD": "QTAG", "EGSTRESN": 430.0, "EGSTRESU": "msec", "EGDTC": DAY},
    {"EGTESTCD": "EGHRMN", "EGSTRESN": 85.0, "EGSTRESU": "beats/min", "EGDTC": DAY},
]
CLEARANCE = [
    {"LBTESTCD": "CREAT", "LBSTRESN": 60.0, "LBSTRESU": "umol/L", "LBDTC": DAY},
    {"LBTESTCD": "CREATCLR", "LBSTRESN": 45.0, "LBSTRESU": "mL/min", "LBDTC": DAY},
]
HEAVY = {
    "VS": [
        {"VSTESTCD": "WEIGHT", "VSSTRESN": 90.0, "VSSTRESU": "kg", "VSDTC": DAY},
        {"VSTESTCD": "HEIGHT", "VSSTRESN": 150.0, "VSSTRESU": "cm", "VSDTC": DAY},
    ]
}

#    ambiguity   criterion  records                              reading                          condition
READINGS = [
    ("AMB-06", "E14b3", {"LB": [bili(50.5)]} | GILBERT, "gilbert_rule=uln", "YES"),  # 2.5 x 20 = 50, 3 mg/dL = 51.3
    ("AMB-06", "E14b3", {"LB": [bili(50.5)]} | GILBERT, "gilbert_rule=mg_dl", "NO"),
    ("AMB-06", "E14b3", {"LB": [bili(50.5)]} | GILBERT, "gilbert_rule=either", "YES"),
    ("AMB-06", "E14b3", {"LB": [bili(50.5)]} | GILBERT, "gilbert_rule=both", "NO"),
    ("AMB-07", "E14b3", {"LB": [bili(40.0)]} | GILBERT, "gilbert_rule=uln", "NO"),
    ("AMB-09", "E14b1", {"LB": [alt(150.0)]} | LIVER_CANCER, "liver_primary_relief=false", "YES"),
    ("AMB-09", "E14b1", {"LB": [alt(150.0)]} | LIVER_CANCER, "liver_primary_relief=true", "NO"),
    ("AMB-10", "E12a", {"LB": DNA}, "hbv_rule=detectable_or_above_uln", "YES"),
    ("AMB-10", "E12a", {"LB": DNA}, "hbv_rule=above_uln_only", "NO"),
    ("AMB-11", "E12b", {"LB": RNA}, "hcv_rule=antibody", "YES"),
    ("AMB-11", "E12b", {"LB": RNA}, "hcv_rule=rna_confirmed", "NO"),
    ("AMB-12", "E05c", {"EG": QT}, "qtc_method=QTcF", "NO"),  # 430 / (60/85)^(1/3) = 483; see below
    ("AMB-12", "E05c", {"EG": QT}, "qtc_method=QTcB", "YES"),  # 430 / (60/85)^(1/2) = 512
    ("AMB-12", "E05c", {"EG": QT}, "qtc_method=reported", "UNKNOWN"),
    ("AMB-14", "E07", {"PR": [{"PRTRT": "LAPAROTOMY", "PRSTDTC": DAY}]}, "surgery_rule=any_in_window", "YES"),
    ("AMB-14", "E07", {"MH": [{"MHTERM": "FRACTURE", "MHSTDTC": "2026-01-01", "MHENRF": "ONGOING"}]}, "surgery_rule=any_unrecovered", "YES"),
    ("AMB-15", "I00", {"DS": [{"DSDECOD": "ENROLLED", "DSSTDTC": "2026-09-20"}]}, "enrol_date_source=first_dose", "YES"),
    ("AMB-17", "E14c2", {"LB": CLEARANCE} | HEAVY, "crcl_source=derived", "NO"),
    ("AMB-17", "E14c2", {"LB": CLEARANCE} | HEAVY, "crcl_source=reported", "YES"),
    ("I02b", "I02b", {"MI": [{"MITESTCD": "CYTOLOGY", "MISPEC": "ASCITES FLUID", "MIORRES": "NEGATIVE", "MIDTC": "2025-01-01"}]}, "cytology_window=any", "NO"),
    ("I02b", "I02b", {"MI": [{"MITESTCD": "CYTOLOGY", "MISPEC": "ASCITES FLUID", "MIORRES": "NEGATIVE", "MIDTC": "2025-01-01"}]}, "cytology_window=28_days", "UNKNOWN"),
    ("E10", "E10", {"CM": [{"CMTRT": "ALBUMIN HUMAN", "CMSTDTC": DAY, "CMENDTC": DAY}]}, "albumin_is_transfusion=true", "YES"),
    ("window", "E06a", {"PR": [RADICAL | {"PRSTDTC": "2026-09-02", "PRENDTC": "2026-09-02"}]}, "window_inclusive=true", "YES"),
    ("window", "E06a", {"PR": [RADICAL | {"PRSTDTC": "2026-09-02", "PRENDTC": "2026-09-02"}]}, "window_inclusive=false", "UNKNOWN"),
    ("threshold", "E05j", {"CV": [LVEF_LOW]}, "lvef_min=40.0", "NO"),
]  # fmt: skip


@pytest.mark.parametrize("ambiguity, identifier, records, reading, condition", READINGS)
def test_a_reading_of_the_text_decides(decide, ambiguity, identifier, records, reading, condition):
    if (ambiguity, reading) == ("AMB-12", "qtc_method=QTcF"):
        records = {"EG": [QT[0] | {"EGSTRESN": 427.0}, QT[1]]}  # 427 / (60/85)^(1/3) = 479.6
    row = decide(identifier, choices=(reading,), **records)
    assert row["CONDITION"] == condition, (ambiguity, row["EVIDENCE"])


def test_a_lower_weight_lowers_the_clearance_and_may_change_the_answer(decide):
    light = {"LB": [CLEARANCE[0] | {"LBSTRESN": 120.0}]} | HEAVY
    assert decide("E14c2", **light)["CONDITION"] == "NO"  # 84 x 90 / (72 x 1.357) = 77 with the measured 90 kg
    assert decide("E14c2", choices=("crcl_weight=ideal",), **light)["CONDITION"] == "YES"  # 47.7 kg: 41


def test_weight_before_a_drainage_is_not_weight_after_it(decide):
    records = {"LB": [CLEARANCE[0]]} | HEAVY | {"PR": [{"PRTRT": "PARACENTESIS", "PRSTDTC": DAY}]}
    assert decide("E14c2", **records)["CONDITION"] == "NO"
    assert decide("E14c2", choices=("crcl_weight=post_drainage",), **records)["CONDITION"] == "UNKNOWN"


def test_adjuvant_lines_count_as_the_reading_says(decide):
    early = {
        "CMTRT": "A",
        "CMCAT": "PRIOR ANTICANCER THERAPY",
        "CMLINE": 1.0,
        "CMINTENT": "ADJUVANT",
        "CMSTOPRS": "RELAPSE",
        "CMSTDTC": "2025-01-01",
        "CMENDTC": "2025-06-01",
    }
    later = {
        "CMTRT": "B",
        "CMCAT": "PRIOR ANTICANCER THERAPY",
        "CMLINE": 2.0,
        "CMSTOPRS": "RELAPSE",
        "CMSTDTC": "2025-12-01",
        "CMENDTC": "2026-02-01",
    }
    answer = lambda next_line, rule: decide(
        "I02c", ["YES"], choices=(f"adjuvant_counts={rule}",), CM=[early, next_line]
    )["CONDITION"]
    assert [answer(later, rule) for rule in ("relapse_6m", "always", "never")] == ["YES", "YES", "UNKNOWN"]
    assert answer(later | {"CMSTDTC": "2025-12-02"}, "relapse_6m") == "UNKNOWN"


def test_ruling_2_2_the_anchor_is_enrolment_else_failure_else_cutoff(make_cut):
    subjects = {"ENROLLED": "2026-09-10", "SCREEN FAILURE": "2026-09-12", "NOTHING": None}
    ds = [
        {
            "USUBJID": k,
            "DSDECOD": k,
            "DSCAT": "DISPOSITION EVENT" if k == "SCREEN FAILURE" else "PROTOCOL MILESTONE",
            "DSSTDTC": d,
        }
        for k, d in subjects.items()
        if d
    ]
    facts = derive_eligibility(make_cut(cutoff=CUTOFF, DM=[{"USUBJID": k} for k in subjects], DS=ds)).facts
    assert facts["ANCHOR"].dt.strftime("%Y-%m-%d").to_dict() == {
        "ENROLLED": "2026-09-10",
        "SCREEN FAILURE": "2026-09-12",
        "NOTHING": CUTOFF,
    }


def test_ruling_2_9_the_latest_time_decides_else_the_least_favourable(decide):
    at = lambda value, when: alt(value) | {"LBDTC": when}
    no_liver = {"MH": [{"MHTERM": "METASTASES TO LIVER", "MHPRESP": "Y", "MHOCCUR": "N"}]}
    assert decide("E14b1", LB=[at(200.0, f"{DAY}T08:00"), at(50.0, f"{DAY}T15:00")], **no_liver)["CONDITION"] == "NO"
    assert decide("E14b1", LB=[at(200.0, DAY), at(50.0, f"{DAY}T15:00")], **no_liver)["CONDITION"] == "YES"
    assert decide("E14b1", LB=[at(200.0, "2026-09-24"), at(50.0, DAY)], **no_liver)["CONDITION"] == "NO"


def test_a_result_marked_not_done_is_no_result(decide):
    assert decide("E14a2", LB=[{"LBTESTCD": "PLAT", "LBSTAT": "NOT DONE", "LBDTC": DAY}])["CONDITION"] == "UNKNOWN"


VITILIGO = {"MHTERM": "VITILIGO", "MHSTDTC": "2015", "MHENRF": "ONGOING"}

#    history                                              attested -> condition of E03
EXEMPT = [
    (VITILIGO, [], "UNKNOWN"),  # the record proves nothing
    (VITILIGO, ["NO"], "NO"),
    (VITILIGO, ["YES"], "YES"),  # systemic therapy: the investigator's to say
    (VITILIGO | {"MHDECOD": "AUTOIMMUNE DISORDER"}, ["NO"], "NO"),  # a general code does not undo the exemption
    (VITILIGO | {"MHTERM": "SKIN DISEASE", "MHDECOD": "AUTOIMMUNE DISORDER"}, ["NO"], "YES"),
]


@pytest.mark.parametrize("record, attested, condition", EXEMPT)
def test_e03_an_exempt_disease_is_shown_and_the_investigator_decides(decide, record, attested, condition):
    """E03."""
    row = decide("E03", attested, MH=[record])
    assert row["CONDITION"] == condition
    if record["MHTERM"] == "VITILIGO":
        assert "may be exempt: vitiligo 2015 ongoing" in row["EVIDENCE"] and "MH:1" in row["SRCIDS"]


def test_e03_an_exempt_disease_that_has_ended_is_not_shown(decide):
    ended = VITILIGO | {"MHENRF": None, "MHENDTC": "2020"}
    assert "vitiligo" not in decide("E03", ["NO"], MH=[ended])["EVIDENCE"]


IMPOSSIBLE = [{"LBSTRESN": 0.0}, {"LBSTRESN": -3.0}, {"LBORRES": "haemolysed"}, {"LBORRES": "12 ?"}, {"LBORRES": ""}]


@pytest.mark.parametrize("result", IMPOSSIBLE)
def test_an_unusable_result_is_unknown_with_a_finding_never_a_pass(make_cut, result):
    row = {"USUBJID": S, "LBTESTCD": "PLAT", "LBSTRESU": "10^9/L", "LBORRESU": "10^9/L", "LBDTC": DAY} | result
    found = derive_eligibility(make_cut(cutoff=CUTOFF, DM=[MAN], LB=[row]))
    answer = found.answers.set_index("IETESTCD").loc["E14a2"]
    assert (answer["CONDITION"], answer["EFFECT"]) == ("UNKNOWN", "UNDECIDED")
    assert any(f.id == "NKD-040" and f.seq == "1" for f in check_screening(found))


@pytest.fixture(scope="module")
def limits(make_params):
    return make_params().screening


@settings(max_examples=100, deadline=None)
@given(
    value=st.floats(0.1, 500),
    uln=st.sampled_from([1.2, 40.0, 33.3]),
    times=st.integers(1, 20),
    liver=st.sampled_from([True, False, None]),
)
def test_a_multiple_of_the_limit_does_not_depend_on_the_unit(limits, value, uln, times, liver):
    frame = pd.DataFrame({"ALT": [value, value * times], "ALT_ULN": [uln, uln * times]}, dtype="Float64")
    frame = frame.assign(
        ALT_OP="=",
        LIVER_METASTASIS=pd.array([liver, liver], dtype="boolean"),
        LIVER_PRIMARY=pd.array([False, False], dtype="boolean"),
    )
    one, other = BY_ID["E14b1"].holds(Facts(frame), limits)
    assert (one is pd.NA and other is pd.NA) or one == other


@settings(max_examples=100, deadline=None)
@given(value=st.floats(0.1, 500), uln=st.floats(0.5, 60))
def test_knowing_less_never_decides_more(limits, value, uln):
    """Whatever is decided without knowing about the liver stays so once it is known."""
    frame = pd.DataFrame({"ALT": [value] * 3, "ALT_ULN": [uln] * 3}, dtype="Float64")
    frame = frame.assign(
        ALT_OP="=",
        LIVER_METASTASIS=pd.array([None, True, False], dtype="boolean"),
        LIVER_PRIMARY=pd.array([False] * 3, dtype="boolean"),
    )
    unknown, with_it, without = BY_ID["E14b1"].holds(Facts(frame), limits)
    assert unknown is pd.NA or (unknown == with_it and unknown == without)


STEROID = {
    "CMTRT": "PREDNISONE",
    "CMDECOD": "PREDNISONE",
    "CMSTDTC": DAY,
    "CMENDTC": DAY,
    "CMDOSE": 40.0,
    "CMDOSU": "mg",
    "CMDOSFRQ": "QD",
}


@pytest.mark.parametrize("route, condition", [("ORAL", "YES"), ("INHALED", "NO"), ("TOPICAL", "NO")])
def test_e11x_exempts_inhaled_and_topical_steroids(decide, route, condition):
    """E11x."""
    assert decide("E11a", ["NO"], CM=[STEROID | {"CMROUTE": route}])["CONDITION"] == condition


@pytest.mark.parametrize("identifier", ["E15", "E16"])
def test_amb_16_each_of_the_last_two_exclusions_stands_alone(decide, identifier):
    """AMB-16: the printed list hangs them under E14; here each excludes by itself."""
    assert decide(identifier, ["YES"])["EFFECT"] == "FAIL" and identifier in BY_ID


#   grade  start         end           more                 is it beside I06 as an open event of earlier therapy? anchor 2026-09-30
UNRESOLVED = [
    ("1", "2026-08-01", None, {}, False),  # AMB-18: back to Grade 1 reads at most 1
    ("2", "2026-08-01", None, {}, True),
    ("3", "2026-08-01", "2026-10-01", {}, True),
    ("2", "2026-08-01", "2026-09-30", {}, False),  # over on the day itself
    (None, "2026-08-01", None, {}, False),
    ("2", "2026-10-01", None, {}, False),  # begins after it
    ("2", "2026-08-01", None, {"AEDECOD": "FATIGUE"}, False),  # excepted by the text
]


@pytest.mark.parametrize("grade, start, end, more, shown", UNRESOLVED)
def test_AMB_18_an_event_above_grade_1_still_open_stands_beside_I06_and_never_decides(
    decide, grade, start, end, more, shown
):
    event = {"AETERM": "Neuropathy", "AEDECOD": "NEUROPATHY", "AETOXGR": grade, "AESTDTC": start, "AEENDTC": end} | more
    row = decide("I06", ["YES"], AE=[event])
    assert ("open event" in row["EVIDENCE"]) is shown and row["EFFECT"] == "PASS"
