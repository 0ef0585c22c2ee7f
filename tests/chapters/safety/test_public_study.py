"""The public SDTM of pharmaverse (254 treated, no CTCAE grades, arms without levels): its peculiarities are handled and named."""

import shutil

import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.overview import OVERVIEW, count_overview
from nk521lib.edge.chapter import open_chapter
from nk521lib.edge.paths import PARAMS
from nk521lib.edge.seal import seal


@pytest.fixture(scope="module")
def study(public_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    for name in ("dm", "ds", "ex", "ae", "lb", "vs", "eg"):
        shutil.copy(public_study / f"{name}.csv", folder)
    seal(folder, "PUBLIC", "2015-03-05", synthetic=True)
    cut = open_chapter(str(folder), [str(PARAMS.parent / "pharmaverse.yaml")])
    return cut, derive_safety(cut)


def test_everyone_treated_is_in_the_safety_set_placebo_included(study):
    _, found = study
    assert [len(c.usubjids) for c in found.columns] == [
        86,
        96,
        72,
        254,
    ]  # by arm received: 12 of Xan_Hi received Xan_Lo


def test_missing_grades_are_their_own_line_and_severity_is_no_grade(study):
    cut, found = study
    rows = dict(zip(OVERVIEW, (row["Overall"] for row in count_overview(found.adae, found.columns, cut)), strict=True))
    assert rows["GRADE_MISSING"].n.stat == rows["ANY"].n.stat and rows["GRADE3"].n.stat is None
    assert {name: row.fmt for name, row in rows.items() if not row.n.fmt.isdecimal()} == {
        "GRADE3": "not recorded", "DOSE_CHANGED": "not recorded", "STOPPED": "not recorded", "DLT": "not applicable",
    }  # fmt: skip
    assert found.adae["AESEV"].eq("SEVERE").any() and found.adae["ATOXGRN"].isna().all()
    assert found.findings["message"].str.contains("AESEV is not turned into a grade").any()


def test_haemoglobin_reported_in_g_dl_and_standardised_in_mmol_l_is_graded(study):
    _, found = study
    haemoglobin = found.adlb[
        (found.adlb["PARAMCD"] == "HGB") & found.adlb["ONTRTFL"].isin(["Y"]) & found.adlb["AVAL"].notna()
    ]
    assert len(haemoglobin) and haemoglobin["ATOXGRL"].notna().all() and set(haemoglobin["AVALU"]) == {"g/L"}


def test_deaths_and_their_days(study):
    _, found = study
    assert sorted(found.deaths["DAYSLAST"]) == [0, 1, 2]
