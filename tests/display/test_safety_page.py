"""The safety page over odd snapshots: every cell answers, says what is missing, invents nothing, shows hostile text as text."""

import re
from pathlib import Path

import nbformat
import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.display.tables import safety as show
from nk521lib.edge import chapter
from nk521lib.results import to_frame

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "03_safety.ipynb"
DM = [{"USUBJID": "S-1", "ARMCD": "A_DL1"}]
EX = [{"USUBJID": "S-1", "EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-05-10"}]
HOSTILE = '<script>alert(1)</script> $x_{ 发热 =HYPERLINK("http://x") ' + "long " * 60


@pytest.fixture
def page(monkeypatch):
    """Run the notebook's cells on a snapshot made in the test; the names it leaves."""

    def run(cut):
        monkeypatch.setattr(chapter, "open_chapter", lambda *_: cut)
        names: dict = {}
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell.id, "exec"), names)
        return names

    return run


ODD = {
    "no domain at all": ({}, "Nobody has been dosed"),
    "events without doses": ({"DM": DM, "AE": [{"USUBJID": "S-1", "AETERM": "x"}]}, "Nobody has been dosed"),
    "no AE domain": ({"DM": DM, "EX": EX}, "cannot be described"),
    "an AE domain without a record": ({"DM": DM, "EX": EX, "AE": []}, "cannot be described"),
    "an arm of no group": ({"DM": [DM[0] | {"ARMCD": "Z"}], "EX": EX, "AE": [{"USUBJID": "S-1", "AETERM": "x"}]}, "1 of 1 dosed subjects"),
    "nothing but keys": (
        {"DM": DM, "EX": [EX[0] | {"EXDOSE": None}], "AE": [{"USUBJID": "S-1"}], "LB": [{"USUBJID": "S-1", "LBTESTCD": "ALT"}],
         "VS": [{"USUBJID": "S-1", "VSTESTCD": "TEMP"}], "EG": [{"USUBJID": "S-1", "EGTESTCD": "QT"}]}, "1 of 1 dosed subjects"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_every_cell_answers_on_odd_snapshots(page, make_cut, name):
    domains, says = ODD[name]
    assert says in page(make_cut(**domains))["answer"].plain


@pytest.mark.parametrize(
    "settings",
    [
        ("levels=[]", "dose_days=[]", "groups=[{id: P, label: Placebo, route: null, arms: {A_DL1: null}}]"),
        ("levels=[]", "groups=[]"),
    ],
)
def test_a_study_without_levels_or_groups_has_a_page(page, make_cut, settings):
    cut = make_cut(
        settings=settings, DM=DM, EX=EX, AE=[{"USUBJID": "S-1", "AETERM": "x", "AESTDTC": "2026-05-11", "AETOXGR": "3"}]
    )
    assert page(cut)["answer"].plain.startswith("1 of 1 dosed subjects had a treatment-emergent event of grade 3")


def test_a_result_below_a_limit_is_listed_with_its_side(page, make_cut):
    low = {"USUBJID": "S-1", "LBTESTCD": "NEUT", "LBORRES": "<0.5", "LBORRESU": "10^9/L", "LBSTRESU": "10^9/L"}
    shown = page(make_cut(DM=DM, EX=EX, LB=[low | {"LBDTC": "2026-05-12"}]))["shown"]
    listing = next(part for part in shown if 'id="lab-listing"' in part.html)
    assert "&lt;0.5 " in listing.html


def test_hostile_text_is_shown_as_text_and_every_number_has_its_row(page, make_cut):
    event = {
        "USUBJID": "S-1",
        "AETERM": HOSTILE,
        "AEDECOD": HOSTILE,
        "AESOC": HOSTILE,
        "AETOXGR": "4",
        "AESER": "Y",
        "AESTDTC": "2026-05-11",
    }
    names = page(make_cut(DM=DM, EX=EX, AE=[event]))
    text = "".join(shown.html for shown in names["shown"])
    assert "<script" not in text and "&lt;script&gt;" in text
    rows = set(to_frame(n for shown in names["shown"] for n in shown.numbers)["row_id"])
    on_page = {row for found in re.findall(r'data-r="([^"]*)"', text) for row in found.split()}
    assert on_page and on_page == rows


def test_the_page_never_judges(page, make_cut):
    names = page(make_cut(DM=DM, EX=EX, AE=[{"USUBJID": "S-1", "AETERM": "x", "AETOXGR": "1"}]))
    prose = " ".join(
        cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "markdown"
    )
    said = prose + " ".join(shown.plain for shown in names["shown"])
    assert not re.search(r"\b(significant\w*|trend|well tolerated|safe)\b", said, re.IGNORECASE)


def _events(*people, **values):
    return [{"USUBJID": u, "AETERM": term, "AEDECOD": term, "AESTDTC": "2026-05-11"} | values for u, term in people]


#   subjects and their terms                       what the heading says
FREQUENT = [
    ([("S-1", "Pyrexia"), ("S-2", "Pyrexia"), ("S-1", "Chills")], "Most often: Pyrexia, in 2 of 2 subjects"),
    ([("S-1", "Pyrexia"), ("S-2", "Chills")], "Most often: Chills and Pyrexia, in 1 of 2 subjects each"),
    ([("S-1", t) for t in "abcd"], "No term stands out: 4 of them in 1 of 2 subjects each"),
]


@pytest.mark.parametrize("people, says", FREQUENT)
def test_the_heading_names_the_terms_of_most_subjects_and_how_many_they_are(make_cut, people, says):
    dm, ex = ([row | {"USUBJID": u} for u in ("S-1", "S-2") for row in rows] for rows in (DM, EX))
    cut = make_cut(DM=dm, EX=ex, AE=_events(*people))
    assert show.table_terms(cut, derive_safety(cut)).plain.startswith(says)


@pytest.fixture(scope="module")
def recorded(make_cut):
    """One listed event each: without a grade but said not to be serious, with findings of GvHD; and of grade 2, no more."""
    fa = [{"USUBJID": u, "FAOBJ": "GvHD", "FATESTCD": "SKINBSA", "FASTRESN": 30.0} for u in ("S-1", "S-1", "S-9")]
    cuts = {
        "no grade": make_cut(DM=DM, EX=EX, AE=_events(("S-1", "Pneumonia"), AESER="N"), FA=fa),
        "grade 2": make_cut(DM=DM, EX=EX, AE=_events(("S-1", "Pneumonia"), AETOXGR="2")),
    }
    return {name: (cut, derive_safety(cut)) for name, cut in cuts.items()}


def test_a_listed_event_of_unknown_grade_is_named_beside_the_counts_it_is_not_in(recorded):
    html = show.table_special_interest(*recorded["no grade"]).html
    assert "1 subject with a listed event of unknown grade" in html
    assert "unknown grade" not in show.table_special_interest(*recorded["grade 2"]).html


def test_stages_of_gvhd_are_said_to_be_absent_or_to_be_read_by_people(recorded):
    assert "there are no MAGIC stages" in show.table_special_interest(*recorded["grade 2"]).html
    said = show.table_special_interest(*recorded["no grade"]).html
    assert "2 findings (FA) of 1 subject on file" in said and "not computed" in said


def test_what_is_not_recorded_has_no_rate(recorded):
    rates = show.table_headline_rates(*recorded["no grade"])
    assert "Grade 3 or higher: not recorded, so no rate" in rates.html and "Serious" in rates.html
    assert "none of the events carries a CTCAE grade" in show.say_safety(*recorded["no grade"]).plain
    assert "Whether an event was serious is not recorded." in show.say_safety(*recorded["grade 2"]).plain
