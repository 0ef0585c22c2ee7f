"""Every count of the demo snapshots, against a second implementation in plain loops that shares no code with the chapter."""

import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.chapters.safety.lots import count_by_lot
from nk521lib.chapters.safety.narratives import derive_narrated
from nk521lib.chapters.safety.overview import OVERVIEW, count_overview, count_terms
from nk521lib.chapters.safety.peritoneal import PURPOSES, derive_peritoneal
from nk521lib.chapters.safety.shifts import derive_shifts
from nk521lib.recount.adverse_events import overview
from nk521lib.recount.lab_grades import TABLE
from tests.chapters.safety.plain_counts import PlainSafety


@pytest.fixture(scope="module", params=["D1", "D2", "D3"])
def both(request, demo_cut):
    cut = demo_cut(request.param)
    return cut, derive_safety(cut), PlainSafety(cut)


def test_columns_hold_the_same_subjects(both):
    _, found, plain = both
    mine = {(c.group1_level, c.group2_level): set(c.usubjids) for c in found.columns}
    assert {key: ids for key, ids in mine.items() if ids} == plain.columns()


def test_overview_agrees_in_every_row_and_column(both):
    cut, found, plain = both
    expected, columns = overview(cut), plain.columns()
    rows = count_overview(found.adae, found.columns, cut)
    for name, row in zip(OVERVIEW, rows, strict=True):
        for column in found.columns:
            inside = columns.get((column.group1_level, column.group2_level), set())
            shown = row[column.label]
            assert (set(shown.n.usubjids), shown.n.stat, shown.N.stat) == (
                expected[name] & inside,
                len(expected[name] & inside),
                len(inside),
            ), (name, column.label)


def test_terms_and_their_highest_grades_agree(both):
    _, found, plain = both
    teae = emergent(found.adae)
    highest = teae.groupby(["ASOC", "APT", "USUBJID"])["ATOXGRN"].max()
    mine: dict = {}
    for (soc, term, usubjid), grade in highest.items():
        mine.setdefault((soc, term), {})[usubjid] = None if grade is None or grade != grade else int(grade)
    assert mine == plain.terms()
    lines = {
        row[""]: row["Overall"].n.stat
        for row in count_terms(teae, found.columns, grades=False)
        if row[""] != "Any term of this class"
    }
    assert lines == {term: len(grades) for (_, term), grades in plain.terms().items()}


def test_exposure_agrees_for_every_subject(both):
    _, found, plain = both
    wide = found.adex[found.adex["PARAMCD"] != "DOSE"].pivot(index="USUBJID", columns="PARAMCD", values="AVAL")
    mine = {u: tuple(row[["NDOSE", "CUMDOSE", "RELDOSE", "RELDUE", "RDI"]].astype(float)) for u, row in wide.iterrows()}
    expected = plain.exposure()
    assert mine.keys() == expected.keys()
    assert all(mine[u] == pytest.approx(expected[u]) for u in mine)


def test_baseline_and_worst_laboratory_grades_agree_for_the_table_of_the_specification(both):
    _, found, plain = both
    mine = {
        (r.USUBJID, r.PARAMCD, r.DIRECTION): tuple(
            None if g != g or str(g) == "<NA>" else int(g) for g in (r.BASEGR, r.WORSTGR)
        )
        for r in derive_shifts(found.adlb).itertuples()
        if (r.PARAMCD, r.DIRECTION) in TABLE
    }
    expected = plain.laboratory()
    assert {k: v for k, v in mine.items() if k in expected or v != (None, None)} == expected


def test_notable_vital_signs_agree(both):
    _, found, plain = both
    period = found.advs[found.advs["ONTRTFL"].isin(["Y"])]
    mine = {name: set(period.loc[period["NOTABLE"].isin([name]), "USUBJID"]) for name in plain.vitals()}
    assert mine == plain.vitals()


def test_qtcf_means_agree_and_their_place_in_time(both):
    _, found, plain = both
    rows = found.adeg[found.adeg["PARAMCD"] == "QTCF"]
    expected = plain.qtcf()
    assert {(r.USUBJID, r.EGDTC) for r in rows.itertuples()} == expected.keys()
    mine = {
        (u, at): (pytest.approx(value), bool(pre), flag == "Y")
        for u, at, value, pre, flag in zip(
            rows["USUBJID"], rows["EGDTC"], rows["AVAL"], rows["PREDOSE"], rows["ONTRTFL"].fillna("N"), strict=True
        )
    }
    assert all(expected[key] == mine[key] for key in expected)


def test_deaths_agree(both):
    _, found, plain = both
    expected = {u: (p["death"] - p["last"]).days for u, p in plain.people.items() if p["died"]}
    assert dict(zip(found.deaths["USUBJID"], found.deaths["DAYSLAST"], strict=True)) == expected


def test_events_by_lot_agree(both):
    _, found, plain = both
    rows = count_by_lot(found.adae, found.adex, found.overall, 3)
    names = {"any event": "ANY", "counted as related": "RELATED", "grade 3 or higher": "GRADE3", "serious": "SERIOUS"}
    mine = {
        row["lot"]: {"GIVEN": set(row["any event"].N.usubjids)}
        | {name: set(row[label].n.usubjids) for label, name in names.items()}
        for row in rows
    }
    assert mine == plain.lots()


def test_events_that_need_a_narrative_agree(both):
    cut, found, plain = both
    rows = derive_narrated(cut, found.adsl, found.adae, found.deaths)
    rows = rows[~rows["WHY"].isin(["dose-limiting"])]  # the second implementation has no dose decision
    seqs = [None if text == "none" else int(text) for text in rows["SEQ"].astype("string").fillna("none")]
    assert set(zip(rows["USUBJID"], seqs, strict=True)) == plain.narrated()


def test_drained_volumes_agree(both):
    cut, found, plain = both
    rows = derive_peritoneal(cut, found.adsl, found.adae, found.advs)
    mine = {
        (u, purpose): (n, volume)
        for purpose in (*PURPOSES, "UNKNOWN")
        for u, n, volume in zip(rows["USUBJID"], rows[f"N_{purpose}"], rows[f"ML_{purpose}"].fillna(0.0), strict=True)
        if n
    }
    assert mine == plain.drained()


def test_results_of_high_grade_agree_record_by_record(both):
    _, found, plain = both
    labs = found.adlb[found.adlb["ONTRTFL"].isin(["Y"])]
    mine = {
        (u, test, side, seq)
        for side in ("L", "H")
        for u, test, seq, grade in zip(
            labs["USUBJID"], labs["PARAMCD"], labs["SRCSEQ"], labs[f"ATOXGR{side}"].fillna(0), strict=True
        )
        if grade >= 3 and (test, side) in TABLE
    }
    assert mine == plain.high_laboratory()
