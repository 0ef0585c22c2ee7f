"""The chapter as a whole: fixed names of its rows, small numbers, absent domains, markers, ascites, questionnaires, the public study."""

import shutil

import pandas as pd
import pytest

from nk521lib.chapters.efficacy import derive_efficacy
from nk521lib.chapters.efficacy.curves import count_curve, count_incidence
from nk521lib.chapters.efficacy.rates import count_rate, count_rates
from nk521lib.display.figures import efficacy as draw
from nk521lib.display.tables import efficacy as show
from nk521lib.edge.chapter import open_chapter
from nk521lib.edge.seal import seal
from nk521lib.results import Column, to_frame
from tests.chapters.efficacy.conftest import Subject, day, of, sharer, together

TABLES = [show.say_efficacy, show.say_small_samples, show.table_sets, show.table_response, show.table_rates, show.table_best_each, show.table_differences,
          show.table_conventions, show.table_pfs_conventions, show.table_punctures, show.table_pufs_definitions, show.table_paracentesis,
          show.table_markers, show.table_ascites, show.table_compliance, show.table_quality]  # fmt: skip
FIGURES = [
    draw.plot_ascites,
    draw.plot_markers,
    draw.plot_punctures,
    draw.plot_quality,
    draw.plot_spider,
    draw.plot_swimmer,
    draw.plot_waterfall,
]
BY_ENDPOINT = [show.table_times, show.list_times, draw.plot_survival]


def show_all(cut, found):
    shown = [part(cut, found) for part in (*TABLES, *FIGURES)]
    return shown + [part(cut, found, endpoint) for part in BY_ENDPOINT for endpoint in ("OS", "PFS", "DOR", "PUFS")]


@pytest.fixture(scope="module")
def d3(demo_cut):
    cut = demo_cut("D3")
    return cut, derive_efficacy(cut)


#   x  n   limits in percent        spec efficacy.md section 2, the table of exact intervals
EXACT = [(0, 3, 0, 70.8), (1, 3, 0.8, 90.6), (0, 6, 0, 45.9), (1, 6, 0.4, 64.1), (2, 6, 4.3, 77.7), (0, 9, 0, 33.6), (1, 9, 0.3, 48.2), (2, 9, 2.8, 60.0),
         (0, 18, 0, 18.5), (4, 18, 6.4, 47.6)]  # fmt: skip


@pytest.mark.parametrize("x, n, low, high", EXACT)
def test_rates_carry_the_exact_intervals_of_the_specification(x, n, low, high):
    ids = tuple(f"S-{i:02d}" for i in range(n))
    rate = count_rate(
        Column("A", ids, "A", "ALL"), set(ids[:x]), 0.95, analysis_id="rate_orr", population="ITT", variable="CBOR"
    )
    assert (round(100 * rate.low.stat, 1), round(100 * rate.high.stat, 1)) == (low, high)


def test_rows_have_the_fixed_names(d3):
    cut, found = d3
    rates = count_rates(found.confirmed, found.facts, found.columns, "rate_orr", "ITT", "CBOR", 0.95)
    rows = to_frame([n for r in rates for n in r.numbers])
    assert (
        set(rows["stat_name"]) == {"n", "N", "p", "conf.low", "conf.high"}
        and set(rows["group1"]) == {"GROUP"}
        and set(rows["group2"]) == {"LEVEL"}
    )
    by = rows.set_index(["group1_level", "group2_level", "stat_name"])["stat"]
    assert (
        by["A", "ALL", "n"],
        by["A", "ALL", "N"],
        by["B", "ALL", "n"],
        by["B", "ALL", "N"],
        by["ALL", "ALL", "N"],
    ) == (1, 6, 0, 7, 13)
    curve = to_frame(count_curve(found.adtte, "PFS", found.totals[0], cut.params).numbers[:5])
    assert list(curve["analysis_id"].unique()) == ["km_pfs"]
    assert list(curve["stat_name"]) == ["N", "n.event", "median", "median.low", "median.high"]


def test_below_the_minimum_there_is_no_median_and_not_reached_is_a_word(d3):
    cut, found = d3
    level = found.columns[0]
    few = count_curve(found.adtte, "OS", level, cut.params)
    assert len(level.usubjids) == 3 and few.median.stat is None and few.median.fmt == "n<5" and few.estimate is None
    not_reached = count_curve(found.adtte, "OS", found.totals[0], cut.params)
    assert not_reached.median.stat is None and not_reached.median.fmt == "NE"
    withheld = count_curve(found.adtte, "PUFS", found.totals[1], cut.params, reportable=False)
    assert withheld.median.fmt == "not reportable" and withheld.median.stat is None and withheld.N.stat == 7


def test_a_median_by_hand(make_cut):
    """Five subjects die on days 10, 20, 30; two are followed to day 40: S is 0.4 from day 30 on, so the median is 30."""
    subjects = [Subject(f"S-{i}", last_visit=40) for i in range(5)]
    for subject, at in zip(subjects, (10, 20, 30), strict=False):
        subject.dies(at)
    cut = make_cut(**together(*subjects))
    found = derive_efficacy(cut)
    assert count_curve(found.adtte, "OS", found.overall, cut.params).median.stat == 30


def test_cumulative_incidence_counts_death_as_competing(d3):
    cut, found = d3
    n, punctured, died, _ = count_incidence(found.adtte, found.totals[0], cut.params)
    assert (n.stat, punctured.stat, died.stat) == (6, 1, 1)


def test_the_median_is_given_in_months_of_the_parameter_too(d3):
    cut, found = d3
    curves = [count_curve(found.adtte, name, column, cut.params) for name in ("OS", "PUFS") for column in found.columns]
    known = [c for c in curves if c.median.stat is not None]
    assert known and all(c.months.stat == c.median.stat / cut.params.trial.month_days for c in known)
    assert all(c.months.stat is None and c.months.fmt == c.median.fmt for c in curves if c.median.stat is None)


def test_everything_shown_on_d3_has_its_rows_and_no_two_rows_share_a_name(d3):
    rows = to_frame([n for fragment in show_all(*d3) for n in fragment.numbers])
    assert rows["row_id"].is_unique and {"rate_orr", "rate_dcr", "km_os", "km_pfs", "km_dor", "km_pufs"} <= set(
        rows["analysis_id"]
    )


NOTHING = {"DM": [{"USUBJID": "S-1", "SUBJID": "1", "STUDYID": "X"}]}
ALONE = {"DM": [{"USUBJID": "S-1", "SUBJID": "1", "STUDYID": "X", "ARMCD": "A_DL1"}],
         "EX": [{"USUBJID": "S-1", "EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": day(1)}]}  # fmt: skip


@pytest.mark.parametrize("tables, settings", [(NOTHING, ()), (ALONE, ()), (ALONE, ("groups=[]", "levels=[]"))])
def test_absent_domains_subjects_or_groups_are_said_and_nothing_is_invented(make_cut, tables, settings):
    cut = make_cut(settings=settings, **tables)
    found = derive_efficacy(cut)
    shown = show_all(cut, found)
    assert all(fragment.html for fragment in shown)
    assert found.adtte["PARAMCD"].isin(["OS"]).all() and "adrs" not in found.datasets and "adqs" not in found.datasets


HELD, shared = sharer()
"""Subjects whose own markers and questionnaires a test looks at, all in one snapshot."""


@pytest.fixture(scope="module")
def efficacy(make_efficacy):
    return make_efficacy(*HELD)


def lab(subject, at, value, test="CA125AG", unit="U/mL", uln=35.0):
    result = {"LBORRES": value, "LBORRESU": unit} if isinstance(value, str) else {"LBSTRESN": value}
    return subject.add("LB", LBTESTCD=test, **result, LBSTRESU=unit, LBSTNRHI=uln, LBDTC=day(at))


#   CEA by study day, ULN 5                       unit     response
MARKER = [
    ([(1, 100.0), (30, 50.0), (58, 50.0)], "ng/mL", "Y"),  # exactly half, exactly 28 days
    ([(1, 100.0), (30, 50.0), (57, 50.0)], "ng/mL", "A"),
    ([(1, 100.0), (30, 50.1), (58, 50.0)], "ng/mL", "A"),
    ([(1, 100.0), (30, 50.0), (58, 50.1)], "ng/mL", "N"),
    ([(1, 64.0), (30, "<0.5"), (58, "<0.5")], "ng/mL", "Y"),
    ([(1, 64.0), (30, "<40"), (58, "<40")], "ng/mL", "N"),  # may be half, or not
    ([(1, "<0.5"), (30, "<0.5")], "ng/mL", None),  # not above the limit
    ([(1, 5.0), (30, 1.0), (58, 1.0)], "ng/mL", None),
    ([(1, 100.0), (30, 50.0), (58, 50.0)], "mg/L", None),
]


def measured(values, unit):
    subject = Subject()
    for at, value in values:
        lab(subject, at, value, "CEA", unit, 5.0)
    return shared(subject)


MEASURED = [measured(values, unit) for values, unit, _ in MARKER]


def test_marker_response_needs_a_high_baseline_and_a_drop_that_lasts(efficacy):
    said = efficacy.marker_responses.dropna(subset="RESPONSE")
    said = dict(zip(said["USUBJID"], said["RESPONSE"], strict=True))
    assert [said.get(subject.id) for subject in MEASURED] == [response for *_, response in MARKER]


def test_a_marker_without_an_upper_limit_is_shown_and_not_judged(make_cut):
    subject = lab(lab(Subject(), 1, 200.0, uln=None), 30, 90.0, uln=None)
    cut = make_cut(**together(subject))
    found = derive_efficacy(cut)
    assert found.marker_responses["RESPONSE"].isna().all()
    html = show.table_markers(cut, found).html
    assert "upper limit or baseline unknown" in html and "GCIG: not evaluable, ULN unknown" in html


def test_a_marker_below_what_can_be_measured_is_shown_as_reported(make_cut):
    subject = lab(lab(Subject(), 1, "<0.50", "CEA", "ng/mL", 5.0), 30, "<0.50", "CEA", "ng/mL", 5.0)
    drop = lab(lab(Subject("NK521-01-002"), 1, 64.0, "CEA", "ng/mL", 5.0), 30, "<0.5", "CEA", "ng/mL", 5.0)
    cut = make_cut(**together(subject, drop))
    found = derive_efficacy(cut)
    html = show.table_markers(cut, found).html
    assert html.count("&lt;0.5") == 6 and "not above the limit at baseline" in html
    assert found.marker_responses["RESPONSE"].fillna("").tolist() == ["", "A"]
    assert "not drawn: " in draw.plot_markers(cut, found).html


def halved(subject):
    for at, value in ((-1, 200.0), (1, 200.0), (30, 90.0), (60, 90.0)):
        lab(subject, at, value)
    return shared(subject.add("CM", CMTRT="PARACETAMOL", CMCAT="CONCOMITANT", CMSTDTC=day(3)))


INTO_A_VEIN = halved(Subject())
INTO_THE_PERITONEUM = halved(Subject(arm="B_DL1").drain(1, "PROTOCOL DRAINAGE", 1500.0))


def test_ca125_is_not_evaluable_after_infusion_into_the_peritoneum(efficacy):
    gcig = efficacy.ca125.set_index("USUBJID")
    assert gcig.loc[INTO_A_VEIN.id, "RESPONSE"] == "PR" and gcig.loc[INTO_THE_PERITONEUM.id, "RESPONSE"] == "NE"
    assert "interference" in gcig.loc[INTO_THE_PERITONEUM.id, "EVALUABLE_WHY"]


def form(subject, at, **answers):
    for item in range(1, 31):
        value = answers.get(f"q{item}", 7.0 if item > 28 else 1.0)
        if value is not None:
            subject.add(
                "QS",
                QSTESTCD=f"QLQC30{item:02d}",
                QSCAT="EORTC QLQ-C30 V3.0",
                QSSTRESN=float(value),
                QSDTC=day(at),
                VISITNUM=float(at),
            )
    return subject


ANSWERED = shared(form(form(Subject(), 1), 43, q8=2, q11=None, q29=9))
A_LITTLE_WORSE = shared(form(form(Subject(), 1), 43, q1=2))  # one of five items: PF2 falls by 6.67


def test_scores_and_changes(efficacy):
    adqs = of(efficacy.adqs, ANSWERED)
    last = adqs[adqs["ADY"].eq(43)].set_index("PARAMCD")
    assert adqs.loc[adqs["PARAMCD"].eq("SUMMARY") & adqs["ABLFL"].eq("Y"), "AVAL"].tolist() == [100.0]
    assert round(last.loc["DY", "CHG"], 2) == 33.33 and last.loc["DY", "CHGCAT"] == "WORSENED"
    assert pd.isna(last.loc["SL", "AVAL"]) and pd.isna(last.loc["SUMMARY", "AVAL"])  # a single item is missing
    assert last.loc["QL2", "AVAL"] == 100.0  # item 29 is out of range, item 30 answers (rulings.md 5.9)
    assert last.loc["PF2", "CHGCAT"] == "UNCHANGED"


def answered(subject, at, codes, values):
    for code, value in zip(codes, values, strict=True):
        subject.add("QS", QSTESTCD=code, QSSTRESN=value, QSDTC=day(at), VISITNUM=float(at))
    return subject


ASCITES_ITEMS = [f"FACITA{n:02d}" for n in range(1, 14)]
EQ5D_ITEMS = [f"EQ5D020{n}" for n in range(1, 7)]


def instrument_page(cut):
    found = derive_efficacy(cut)
    parts = [show.table_quality(cut, found), show.table_compliance(cut, found), draw.plot_quality(cut, found)]
    return found, " ".join(part.html for part in parts), found.adqs.set_index(["PARAMCD", "ADY"])


def test_facit_ai_is_scored_only_with_its_manual(make_cut):
    subject = answered(answered(Subject(), 1, ASCITES_ITEMS, [3.0] * 13), 22, ASCITES_ITEMS, [1.0] * 12 + [9.0])
    tables = together(subject)
    found, html, scores = instrument_page(make_cut(cutoff=day(40), settings=("hrqol_instrument=FACIT-AI",), **tables))
    assert scores.loc["AI", "AVAL"].isna().all() and scores.loc[("AIN", 22), "AVAL"] == 12
    assert found.compliance.set_index("DUE").loc[22, "REASON"] == "answered"
    assert {"EFF-050", "EFF-051"} <= set(found.findings["id"]) and "FACIT-AI" in html
    settings = ("hrqol_instrument=FACIT-AI", "facit_ai_reversed=[1, 2]", "mid_of_score={AI: 4.0}")
    found, html, scores = instrument_page(make_cut(cutoff=day(40), settings=settings, **tables))
    assert scores.loc[("AI", 1), "AVAL"] == 11 * 3 + 2 * 1
    assert scores.loc[("AI", 22), "AVAL"] == pytest.approx((10 * 1 + 2 * 3) * 13 / 12)  # one answer out of range
    assert scores.loc[("AI", 22), "CHGCAT"] == "WORSENED" and "Ascites index 4" in html


def test_the_codes_of_facit_ai_items_are_the_studys_own(make_cut):
    tables = together(answered(Subject(), 1, [f"ASCI{n:02d}" for n in range(1, 14)], [3.0] * 13))
    settings = ("hrqol_instrument=FACIT-AI", "facit_ai_code=ASCI")
    assert derive_efficacy(make_cut(cutoff=day(40), settings=settings, **tables)).adqs["PARAMCD"].eq("AIN").any()
    assert derive_efficacy(make_cut(cutoff=day(40), settings=settings[:1], **tables)).adqs.empty


def test_eq5d_has_profile_and_scale_and_an_index_only_from_a_value_set(make_cut):
    tables = together(
        answered(answered(Subject(), 1, EQ5D_ITEMS, [1.0] * 5 + [80.0]), 22, EQ5D_ITEMS, [2.0] * 5 + [60.0])
    )
    found, html, scores = instrument_page(make_cut(cutoff=day(40), settings=("hrqol_instrument=EQ-5D-5L",), **tables))
    assert scores.loc[("VAS", 22), "CHG"] == -20 and pd.isna(scores.loc[("VAS", 22), "CHGCAT"])
    assert scores.loc[("INDEX", 22), "AVALC"] == "22222" and pd.isna(scores.loc[("INDEX", 22), "AVAL"])
    assert "No minimal difference is assumed" in html and not found.findings["id"].str.startswith("EFF-05").any()
    settings = ("hrqol_instrument=EQ-5D-5L", 'eq5d_value_set={"11111": 1.0, "22222": 0.5}')
    valued = derive_efficacy(make_cut(cutoff=day(40), settings=settings, **tables))
    scores = valued.adqs.set_index(["PARAMCD", "ADY"])
    assert scores.loc[("INDEX", 22), "CHG"] == -0.5


def test_a_scale_may_have_its_own_minimal_difference(efficacy, make_efficacy):
    usual, own = (
        of(found.adqs, A_LITTLE_WORSE).set_index(["PARAMCD", "ADY"])
        for found in (efficacy, make_efficacy(A_LITTLE_WORSE, settings=("mid_of_score={PF2: 5.0}",)))
    )
    assert usual.loc[("PF2", 43), "CHGCAT"] == "UNCHANGED" and own.loc[("PF2", 43), "CHGCAT"] == "WORSENED"


def test_no_form_is_due_of_a_subject_who_left_the_study_for_any_reason(make_efficacy):
    left = Subject("S-1").add(
        "DS", DSCAT="DISPOSITION EVENT", DSSCAT="STUDY", DSDECOD="PROGRESSIVE DISEASE", DSSTDTC=day(10)
    )
    treated = Subject("S-2").add(
        "DS", DSCAT="DISPOSITION EVENT", DSSCAT="TREATMENT", DSDECOD="COMPLETED", DSSTDTC=day(10)
    )
    c = make_efficacy(left, treated, cutoff=day(40)).compliance.set_index(["USUBJID", "DUE"])["REASON"]
    assert c["S-1", 22] == "left the study" and c["S-2", 22] == "not answered"


def test_compliance_counts_forms_due_and_names_the_dead(make_efficacy):
    alive, dead = form(form(Subject("S-1"), 1), 22), form(Subject("S-2"), 1).dies(20)
    c = make_efficacy(alive, dead, cutoff=day(40)).compliance.set_index(["USUBJID", "DUE"])["REASON"]
    assert c["S-1", 1] == c["S-1", 22] == "answered" and c["S-2", 22] == "died" and ("S-1", 43) not in c


def test_ascites_volume_is_less_what_was_infused_just_before(make_cut):
    subject = Subject(arm="B_DL1")
    for row in subject.tables["EX"]:
        row["EXVAMT"] = 500.0
    for at, ml in ((-1, 2000.0), (11, 1500.0), (12, 1500.0), (50, 0.0), (90, 0.0)):
        subject.add("FA", FAOBJ="ASCITES", FATESTCD="VOLUME", FASTRESN=ml, FASTRESU="mL", FADTC=day(at))
    found = derive_efficacy(make_cut(cutoff="2027-06-30", **together(subject)))
    assert list(found.volumes["CORRECTED"]) == [2000.0, 1000.0, 1500.0, 0.0, 0.0]
    assert found.ascites["RESPONSE"][0] == "CR"


def test_the_public_study_runs_with_findings(public_study, tmp_path):
    """Partial baseline dates, a response CHECK, no procedures, no groups of ours: findings, not crashes and not silence."""
    folder = tmp_path / "study"
    shutil.copytree(public_study, folder)
    mapping = {f"{domain.lower()}_onco.csv": domain for domain in ("TU", "TR", "RS")}
    seal(
        folder,
        "PUB",
        "2015-12-31",
        True,
        mapping=mapping,
        ignore=["*_recist.csv", "*irecist.csv", "*ca125.csv", "README.md"],
    )
    cut = open_chapter(str(folder), ["params/pharmaverse.yaml"])
    found = derive_efficacy(cut)
    assert len(found.order) == 254 and {"NKD-070", "NKD-071", "EFF-014", "EFF-017"} <= set(found.findings["id"])
    target = found.differences[found.differences["WHAT"].eq("target response")]
    # In order of visit numbers these are the 76 of test_recist_public_data; the dates of two subjects run against the numbers,
    # and in order of dates one of the differences goes.
    assert set(target["RECOMPUTED"]) <= {"PD", "NE"} and len(target) == 75
    assert found.adtte["PARAMCD"].ne("PUFS").all() and all(fragment.html for fragment in show_all(cut, found))
