"""Deaths, disposition, demographics, expected assessments, masking, counts and findings."""

import pandas as pd
import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.adverse_events import derive_adae
from nk521lib.chapters.safety.counts import rate, spread
from nk521lib.chapters.safety.expected import count_expected, derive_expected, derive_followed
from nk521lib.chapters.safety.masking import derive_masking
from nk521lib.chapters.safety.overview import OVERVIEW, count_headline_rates, count_overview, derive_uncounted
from nk521lib.chapters.safety.people import (
    count_deaths,
    count_demographics,
    count_disposition,
    derive_deaths,
    safety_columns,
)
from nk521lib.chapters.safety.vitals import derive_advs
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.results import Column

#   died on       within 30 days of 17 May
DEATHS = [
    ("2026-06-16", True),
    ("2026-06-17", False),
    ("2026-06", None),
    ("2026-05", True),
    ("2026-07", False),
    (None, None),
]


DEAD = {text: f"S-{n}" for n, (text, _) in enumerate(DEATHS, 2)}


@pytest.fixture(scope="module")
def dead(dosed):
    """The deaths of all cases, in one snapshot."""
    said = {name: {"DTHDTC": text, "DTHFL": "Y"} for text, name in DEAD.items()}
    cut, adsl = dosed(more=dict.fromkeys(DEAD.values(), "A_DL1"), dms=said)
    return cut, derive_deaths(cut, adsl, derive_adae(cut, adsl))


@pytest.mark.parametrize("text, within", DEATHS)
def test_death_within_30_days_is_three_valued(dead, text, within):
    cut, deaths = dead
    mine = deaths[deaths["USUBJID"].eq(DEAD[text])]
    answer = mine["WITHIN"].iloc[0]
    assert pd.isna(answer) if within is None else answer == within
    alone = Column("Overall", (DEAD[text],), "ALL", "ALL")
    lines = {row[""]: row["Overall"].fmt for row in count_deaths(mine, [alone], cut)}
    assert lines["All deaths up to the cut-off"] == "1/1" and ("Date does not tell" in lines) is (within is None)


def test_disposition_gives_everyone_a_line(dosed):
    cut, adsl = dosed(
        more={"S-2": "A_DL1"},
        DS=[{"DSDECOD": "WITHDRAWAL BY SUBJECT", "DSCAT": "DISPOSITION EVENT", "DSSTDTC": "2026-06-01"}],
    )
    lines = {row[""]: row["Overall"].fmt for row in count_disposition(adsl, cut)}
    assert (lines["On study at the cut-off"], lines["Left the study: withdrawal by subject"]) == ("1/2", "1/2")


def test_what_is_not_recorded_has_a_line_of_its_own(dosed):
    cut, adsl = dosed(dm={"SEX": None})
    assert {row[""]: row["Overall"] for row in count_demographics(adsl, derive_advs(cut, adsl), cut)}[
        "Sex: not recorded"
    ].fmt == "1/1"


def test_expected_assessments_before_on_and_not_at_the_dose(dosed):
    days = ("2026-05-09", "2026-05-15", "2026-05-24")
    cut, adsl = dosed(
        days=("2026-05-10", "2026-05-17", "2026-05-24"), LB=[{"LBTESTCD": "ALT", "LBDTC": d} for d in days]
    )
    seen = derive_expected(cut, adsl)
    assert seen.loc[seen["DOMAIN"] == "LB", "SEEN"].tolist() == [True, False, True]
    lines = {row["Assessment"]: row["not in the data"] for row in count_expected(seen)}
    assert (lines["Laboratory"].fmt, lines["Vital signs"].fmt, lines["ECG"].fmt) == ("1", "3", "1")


def test_not_done_is_not_seen_and_a_partial_date_leaves_it_open(dosed):
    rows = [{"LBTESTCD": "ALT", "LBDTC": "2026-05-10", "LBSTAT": "NOT DONE"}, {"LBTESTCD": "ALT", "LBDTC": "2026-05"}]
    for some, answer in ((rows[:1], False), (rows, pd.NA)):
        cut, adsl = dosed(days=("2026-05-10",), LB=some)
        found = derive_expected(cut, adsl).loc[lambda e: e["DOMAIN"] == "LB", "SEEN"].iloc[0]
        assert found is answer or found == answer


def test_how_far_the_window_was_watched(dosed):
    cut, adsl = dosed(VS=[{"VSTESTCD": "TEMP", "VSDTC": "2026-06-04"}])
    assert derive_followed(cut, adsl)["GAP"].tolist() == [10]


def test_masking_drugs_in_use_after_the_first_dose(dosed):
    drugs = [
        ("Dexamethasone", "2026-05-18", None),
        ("TOCILIZUMAB", "2026-04-01", "2026-05-09"),
        ("PARACETAMOL", "2026-04", "2026-05"),
        ("IRON", "2026-05-18", None),
    ]
    cut, adsl = dosed(CM=[{"CMTRT": n, "CMDECOD": n, "CMSTDTC": s, "CMENDTC": e} for n, s, e in drugs])
    found = derive_masking(cut, adsl)
    assert dict(zip(found["KIND"], found["DOSENO"].fillna(0), strict=True)) == {"steroid": 2, "antipyretic": 0}


def test_overview_has_its_ten_fixed_names_in_every_column(dosed):
    cut, _ = dosed(AE=[{"AETERM": "x", "AESTDTC": "2026-05-11", "AEREL": None}])
    found = derive_safety(cut)
    rows = count_overview(found.adae, found.columns, cut)
    names = [row["Overall"].n.variable_level for row in rows]
    assert (
        names
        == list(OVERVIEW)
        == ["ANY", "RELATED", "GRADE3", "GRADE_MISSING", "SERIOUS", "FATAL", "DOSE_CHANGED", "STOPPED", "AESI", "DLT"]
    )
    first = rows[0]["A-DL1"].n
    assert (
        first.analysis_id,
        first.population,
        first.group1,
        first.group1_level,
        first.group2,
        first.group2_level,
    ) == ("ae_overview", "SAF", "GROUP", "A", "LEVEL", "1")
    silent = "not recorded"  # the record has neither grade, seriousness nor action
    assert [row["Overall"].n.fmt for row in rows] == ["1", "1", silent, "1", silent, "0", silent, silent, "0", "0"]
    for n in (row["Overall"].n for row in rows):
        assert (n.stat is None) == (n.fmt == silent)  # missing in the data too, no nought


#   what the record of another event holds   rows that are counted because of it
FILLED = [({"AETOXGR": "1"}, {"GRADE3"}), ({"AESER": "N"}, {"SERIOUS"}), ({"AEACN": "DOSE NOT CHANGED"}, {"DOSE_CHANGED", "STOPPED"})]  # fmt: skip


@pytest.mark.parametrize("values, counted", FILLED)
def test_a_row_is_counted_as_soon_as_one_record_holds_its_variable(dosed, values, counted):
    event = {"AETERM": "x", "AESTDTC": "2026-05-11"}
    cut, adsl = dosed(AE=[event, event | values])
    adae = derive_adae(cut, adsl)
    everything = {"GRADE3", "SERIOUS", "DOSE_CHANGED", "STOPPED"}
    assert set(derive_uncounted(adae, cut)) == everything - counted
    shown = count_headline_rates(adae, safety_columns(adsl, cut), cut)
    rates = {row["Overall"].share.n.variable_level for row in shown}
    assert rates == {"DLT"} | (counted & {"GRADE3", "SERIOUS"})


def test_without_any_event_a_nought_is_a_count(dosed):
    cut, adsl = dosed(AE=[{"AETERM": "x", "AESTDTC": "2026-01-01", "AEENDTC": "2026-01-02"}])
    assert derive_uncounted(derive_adae(cut, adsl), cut) == {}


def test_a_study_without_levels_has_no_dose_limiting_row(make_cut):
    cut = make_cut(settings=("levels=[]", "groups=[]"))
    assert derive_uncounted(derive_adae(cut, derive_subjects(cut)), cut) == {"DLT": "not applicable"}


def test_headline_rates_against_clopper_pearson_1934():
    column = Column("Overall", ("a", "b", "c"), "ALL", "ALL")
    row = rate([column], set(), "none", 0.95, analysis_id="r")["Overall"]
    assert (row.share.fmt, row.low.stat, round(row.high.stat, 4)) == ("0/3", 0.0, 0.7076)


def test_a_rate_of_nobody_has_no_limits(make_cut):
    cut = make_cut()
    found = derive_safety(cut)
    assert {row["Overall"].low.fmt for row in count_headline_rates(found.adae, found.columns, cut)} == {"no subjects"}


def test_a_spread_counts_only_known_values():
    column = Column("Overall", ("a", "b", "c"), "ALL", "ALL")
    values = pd.Series({"a": 1.0, "b": 4.0, "c": None, "z": 9.0}, dtype="Float64")
    found = spread([column], values, "v", analysis_id="s")["Overall"]
    assert [number.stat for number in found] == [2.0, 2.5, 1.0, 4.0]


#   record                                                           finding
FINDINGS = [
    ({"AETOXGR": "6"}, 'SAF-010 AE 1: grade "6", expected 1 to 5: counted as grade missing'),
    ({"AETOXGR": None}, "SAF-010 AE 1: grade missing, expected 1 to 5: counted as grade missing"),
    ({"AEREL": None}, "SAF-011 AE 1: relation missing: counted as related to the product"),
    ({"AEREL": "PERHAPS"}, 'SAF-011 AE 1: relation "PERHAPS": counted as related to the product'),
    ({"AEDECOD": None}, "SAF-012 AE 1: not coded: counted under its reported term"),
    ({"AESTDTC": None}, "SAF-013 AE 1: no start date: counted as treatment-emergent"),
    (
        {"AEDECOD": "Neutropenia", "AETOXGR": None},
        "SAF-014 AE 1: grade missing: cannot be told whether of special interest",
    ),
    (
        {"AESTDTC": "2026-08-01", "AESER": "Y"},
        "SAF-015 AE 1: related serious event after the safety window: listed, not in the tables",
    ),
]


SOUND = {"AETERM": "x", "AEDECOD": "Nausea", "AETOXGR": "1", "AEREL": "RELATED", "AESTDTC": "2026-05-11"}


@pytest.fixture(scope="module")
def assumed(dosed):
    """The findings with one of FINDINGS, and a sound record, for each subject."""
    ids = [f"S-{n}" for n in range(1, len(FINDINGS) + 1)]
    rows = [
        row | {"USUBJID": who} for who, (event, _) in zip(ids, FINDINGS, strict=True) for row in (SOUND | event, SOUND)
    ]
    found = derive_safety(dosed(more=dict.fromkeys(ids, "A_DL1"), AE=rows)[0]).findings
    return set(zip(found["usubjid"], found["id"] + " " + found["message"], strict=True))


@pytest.mark.parametrize("n", range(len(FINDINGS)), ids=lambda n: f"event{n}-{FINDINGS[n][1]}")
def test_what_a_table_had_to_assume_is_a_finding(assumed, n):
    assert (f"S-{n + 1}", FINDINGS[n][1]) in assumed


def test_a_sound_record_gives_no_finding(dosed):
    assert derive_safety(dosed(AE=[SOUND])[0]).findings.empty
