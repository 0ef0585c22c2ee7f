"""A subject's course in one picture: each record at its day, unknowns as unknown, text from the data as text."""

import re

import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.display.figures.profile import courses, draw_profile
from nk521lib.display.figures.profile.lanes import Lanes
from nk521lib.display.pages.profile import profile_sections

DM = {"USUBJID": "S-1", "ARMCD": "B_DL1", "SEX": "F", "AGE": 50.0}
EX = [
    {"USUBJID": "S-1", "EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": d}
    for d in ("2026-06-23", "2026-06-30")
]
AE = {
    "USUBJID": "S-1",
    "AETERM": "x",
    "AEDECOD": "Nausea",
    "AETOXGR": "2",
    "AESER": "N",
    "AESTDTC": "2026-06-25",
    "AEENDTC": "2026-06-26",
}


@pytest.fixture
def drawn(make_cut):
    """drawn(AE=[…], LB=[…]): the SVG of the one subject."""

    def make(dm=(), cutoff="2026-09-30", **domains):
        cut = make_cut(
            cutoff=cutoff,
            DM=[DM | dict(dm)],
            EX=EX,
            **{c: [{"USUBJID": "S-1"} | r for r in rows] for c, rows in domains.items()},
        )
        found = derive_safety(cut)
        return draw_profile(cut, courses(cut, derive_subjects(cut), found.datasets)["S-1"])

    return make


def grades(svg):
    return re.findall(r'<use href="#g(\w+)"', svg)


def test_the_axis_has_no_day_0():
    lanes = Lanes(-10, 30)
    svg = lanes.drawing(None, 20, "alt", "name")
    labels = re.findall(r'y="14" text-anchor="middle"[^>]*>(-?\d+)<', svg)
    assert labels == ["-7", "1", "8", "15", "22", "29"]


@pytest.mark.parametrize(
    "event, mark",
    [({}, "2"), ({"AETOXGR": None}, "u"), ({"AETOXGR": "6"}, "u"), ({"AESTDTC": "2026-06"}, "2h"), ({"AESTDTC": None}, "2h")],
)  # fmt: skip
def test_an_event_carries_its_grade_and_a_doubtful_date_is_hollow(drawn, event, mark):
    assert grades(drawn(AE=[AE | event])) == [mark]


def test_an_end_that_is_not_recorded_is_no_ongoing_event(drawn):
    arrow = "l6 4l-6 4z"
    assert "end ?" in drawn(AE=[AE | {"AEENDTC": None}]) and arrow not in drawn(AE=[AE | {"AEENDTC": None}])
    assert arrow in drawn(AE=[AE | {"AEENDTC": None, "AEENRTPT": "ONGOING"}])


def test_a_long_list_of_events_keeps_the_severe_and_the_unknown_and_counts_the_rest(drawn):
    many = [AE | {"AETOXGR": "1", "AESEQ": n} for n in range(1, 45)] + [
        AE | {"AETOXGR": "3", "AESEQ": 50},
        AE | {"AETOXGR": None, "AESEQ": 51},
    ]
    svg = drawn(AE=many)
    assert len(grades(svg)) == 40 and {"3", "u"} <= set(grades(svg)) and "and 6 more, of lower grade" in svg


def test_a_laboratory_value_shows_its_grade_and_one_without_a_grade_is_hollow(drawn):
    platelets = {"LBTESTCD": "PLAT", "LBSTRESU": "10^9/L", "LBSTNRLO": 150.0, "LBSTNRHI": 400.0}
    svg = drawn(LB=[platelets | {"LBSTRESN": v, "LBDTC": d} for v, d in ((200, "2026-06-23"), (60, "2026-06-30"))])
    assert grades(svg) == ["2"] and "Platelets, 10⁹/L" in svg and "200 → 60, 2 values" in svg
    crp = drawn(LB=[{"LBTESTCD": "CRP", "LBSTRESN": 5.0, "LBSTRESU": "mg/L", "LBDTC": "2026-06-30"}])
    assert grades(crp) == [] and 'stroke="white"' in crp


def test_drainage_medication_death_and_vital_signs_have_their_lanes(drawn):
    svg = drawn(
        dm={"DTHFL": "Y", "DTHDTC": "2026-07-10"},
        PR=[{"PRTRT": "PARACENTESIS", "PRINDC": "THERAPEUTIC", "PRSTDTC": "2026-07-01", "PRVOL": 1500.0}, {"PRTRT": "PARACENTESIS", "PRSTDTC": "2026-07-02"}],
        CM=[{"CMTRT": "PARACETAMOL", "CMINDC": "FEVER", "CMSTDTC": "2026-06-25", "CMENDTC": "2026-06-26"}, {"CMTRT": "X", "CMCAT": "PRIOR ANTICANCER THERAPY"}],
        VS=[{"VSTESTCD": "TEMP", "VSSTRESN": 38.5, "VSSTRESU": "C", "VSDTC": "2026-06-25"}],
    )  # fmt: skip
    assert all(
        word in svg for word in (">1500<", ">?<", ">death<", ">Paracetamol<", ">fever<", "Temperature, °C", " !<")
    )
    assert ">X<" not in svg and "No record shown of: adverse event, tumour, laboratory, ECG." in svg


def test_hostile_text_stays_text_and_a_long_one_is_cut(drawn):
    svg = drawn(AE=[AE | {"AEDECOD": "<script>alert(1)</script>" + "long " * 3000}])
    assert "<script" not in svg and len(svg) < 6000


def test_sections_for_every_dosed_subject_and_narratives_where_needed(make_cut):
    people = [DM, DM | {"USUBJID": "S-2"}, DM | {"USUBJID": "S-3"}]
    cut = make_cut(DM=people, EX=[e | {"USUBJID": u} for e in EX for u in ("S-1", "S-2")], AE=[AE | {"AESER": "Y"}])
    sections = profile_sections(
        cut, derive_subjects(cut), derive_safety(cut).datasets | {"adlb": derive_safety(cut).adlb}
    )
    assert set(sections) == {"S-1", "S-2"}
    assert "Narratives" in sections["S-1"] and "Narratives" not in sections["S-2"]
    assert set(profile_sections(cut, derive_subjects(cut), {})) == {"S-1", "S-2"}
