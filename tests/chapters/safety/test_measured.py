"""Vital signs, ECG, shifts and Hy's law over small snapshots (spec safety.md section 9, rulings.md 5.6)."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.ecg import count_ecg, derive_adeg
from nk521lib.chapters.safety.laboratory import derive_adlb
from nk521lib.chapters.safety.people import derive_safety_subjects, safety_columns
from nk521lib.chapters.safety.shifts import count_shifts, count_ungraded, derive_hys_law, derive_shifts
from nk521lib.chapters.safety.vitals import count_notable, derive_advs

#   test      unit            limit exactly, notable?   one step beyond, notable?
LIMITS = [
    ("TEMP", "C", 38.0, True, 37.9, False),
    ("SYSBP", "mmHg", 90.0, False, 89.0, True),
    ("SYSBP", "mmHg", 160.0, True, 159.0, False),
    ("DIABP", "mmHg", 100.0, True, 99.0, False),
    ("PULSE", "beats/min", 120.0, False, 121.0, True),
    ("PULSE", "BEATS/MIN", 50.0, False, 49.0, True),
    ("OXYSAT", "%", 92.0, False, 91.0, True),
    ("RESP", "breaths/min", 24.0, False, 25.0, True),
    ("TEMP", "F", 101.0, False, 38.0, False),
]


@pytest.mark.parametrize("test, unit, at, notable, beyond, also", LIMITS)
def test_vital_limits_at_and_one_step_beyond(dosed, test, unit, at, notable, beyond, also):
    rows = [{"VSTESTCD": test, "VSSTRESN": v, "VSSTRESU": unit, "VSDTC": "2026-05-12"} for v in (at, beyond, None)]
    cut, adsl = dosed(VS=rows)
    assert derive_advs(cut, adsl)["NOTABLE"].notna().tolist() == [notable, also, False]


def test_notable_counts_only_the_window_and_only_those_measured(dosed):
    rows = [{"VSTESTCD": "TEMP", "VSSTRESN": 39.0, "VSSTRESU": "C", "VSDTC": d} for d in ("2026-05-09", "2026-06-15")]
    cut, adsl = dosed(
        VS=[*rows, {"VSTESTCD": "TEMP", "VSSTRESN": 36.5, "VSSTRESU": "C", "VSDTC": "2026-05-12"}],
        more={"S-2": "A_DL1"},
    )
    row = count_notable(derive_advs(cut, adsl), safety_columns(adsl, cut), cut)[0]
    assert row["Overall"].fmt == "0/1"  # S-2 was never measured


def tracing(day, qt, rr=1000.0, **more):
    return [
        {"EGTESTCD": c, "EGSTRESN": v, "EGSTRESU": "msec", "EGDTC": day} | more for c, v in (("QTAG", qt), ("RRAG", rr))
    ]


def test_qtcf_is_the_mean_of_replicates_each_by_its_own_rr(dosed):
    cut, adsl = dosed(EG=[*tracing("2026-05-09", 400.0), *tracing("2026-05-09", 400.0, 512.0)])
    found = derive_adeg(cut, adsl).set_index("PARAMCD")
    assert found.loc["QTCF", "AVAL"] == pytest.approx((400 + 500) / 2) and found.loc["QTCF", "READINGS"] == 2


def test_a_reported_qtcf_stands_where_rr_is_missing_and_says_so(dosed):
    cut, adsl = dosed(EG=[{"EGTESTCD": "QTCFAG", "EGSTRESN": 431.0, "EGSTRESU": "msec", "EGDTC": "2026-05-12"}])
    row = derive_adeg(cut, adsl).iloc[0]
    assert (row["PARAMCD"], row["AVAL"], row["ORIGIN"]) == ("QTCF", 431.0, "REPORTED")


def test_heart_rate_gives_rr(dosed):
    rows = [
        {"EGTESTCD": c, "EGSTRESN": v, "EGSTRESU": u, "EGDTC": "2026-05-12"}
        for c, v, u in (("QT", 400.0, "ms"), ("HR", 60.0, "beats/min"))
    ]
    cut, adsl = dosed(EG=rows)
    assert derive_adeg(cut, adsl).set_index("PARAMCD").loc["QTCF", "AVAL"] == pytest.approx(400)


def test_an_interval_in_another_unit_is_not_used(dosed):
    cut, adsl = dosed(EG=[r | {"EGSTRESU": "s"} for r in tracing("2026-05-12", 0.4, 1.0)])
    assert derive_adeg(cut, adsl).empty


#   value   base   above 450 480 500   change above 30 60
CATEGORIES = [
    (450.0, 440.0, "000", "00"),
    (451.0, 420.0, "100", "10"),
    (481.0, 451.0, "110", "00"),
    (501.0, 440.0, "111", "11"),
    (470.0, 440.0, "100", "00"),
]


@pytest.mark.parametrize("value, base, values, changes", CATEGORIES)
def test_e14_categories_are_cumulative_and_strict(dosed, value, base, values, changes):
    cut, adsl = dosed(EG=[*tracing("2026-05-09", base), *tracing("2026-05-12", value)])
    rows = count_ecg(derive_adeg(cut, adsl), safety_columns(adsl, cut))
    assert "".join(row["Overall"].n.fmt for row in rows) == values + changes


def test_a_change_is_counted_only_of_those_with_a_baseline(dosed):
    cut, adsl = dosed(EG=tracing("2026-05-12", 460.0))
    rows = count_ecg(derive_adeg(cut, adsl), safety_columns(adsl, cut))
    assert [row["Overall"].fmt for row in rows] == ["1/1", "0/1", "0/1", "0/0", "0/0"]


def liver(day, alt, bili, alp):
    values = (("ALT", alt, 40.0, "U/L"), ("BILI", bili, 20.0, "umol/L"), ("ALP", alp, 100.0, "U/L"))
    return [
        {"LBTESTCD": t, "LBSTRESN": v, "LBSTRESU": u, "LBSTNRHI": h, "LBDTC": day}
        for t, v, h, u in values
        if v is not None
    ]


#    records                                                              HYSLAWFL
HYS_LAW = [
    (liver("2026-05-12", 120.0, 40.0, 100.0), "Y"),
    (liver("2026-05-12", 119.0, 40.0, 100.0), None),
    (liver("2026-05-12", 120.0, 39.0, 100.0), None),
    (liver("2026-05-12", 120.0, 40.0, 200.0), None),
    (liver("2026-05-12", 120.0, 40.0, None), "U"),
    (liver("2026-05-12", 120.0, None, 100.0) + liver("2026-06-11", None, 40.0, None), "Y"),  # 30 days
    (liver("2026-05-12", 120.0, None, 100.0) + liver("2026-06-12", None, 40.0, None), None),  # 31 days
    (
        liver("2026-06-14", 120.0, None, 100.0) + liver("2026-07-10", None, 40.0, None),
        "Y",
    ),  # the first of the pair is in the window
    (liver("2026-06-15", 120.0, None, 100.0) + liver("2026-07-10", None, 40.0, None), None),  # the first is after it
    (liver("2026-05-09", 120.0, 40.0, 100.0), None),  # before the first dose
    (
        liver("2026-05-09", None, None, 200.0) + liver("2026-05-12", 120.0, 40.0, 300.0),
        "Y",
    ),  # ALP high before: clause dropped
    ([*liver("2026-05-12", None, 40.0, 100.0), {"LBTESTCD": "ALT", "LBORRES": ">400", "LBORRESU": "U/L", "LBSTRESU": "U/L",
                                               "LBSTNRHI": 40.0, "LBDTC": "2026-05-12"}], "Y"),
]  # fmt: skip


@pytest.mark.parametrize("records, flag", HYS_LAW)
def test_hys_law_flag(dosed, records, flag):
    cut, adsl = dosed(LB=records)
    _, status = derive_hys_law(derive_adlb(cut, adsl), adsl, cut)
    found = derive_safety_subjects(adsl, status)["HYSLAWFL"].iloc[0]
    assert pd.isna(found) if flag is None else found == flag


def test_shifts_name_baseline_and_worst_and_keep_what_was_not_graded(dosed):
    rows = [
        {"LBTESTCD": "NEUT", "LBSTRESN": v, "LBSTRESU": "10^9/L", "LBSTNRLO": 1.8, "LBDTC": d}
        for v, d in ((2.0, "2026-05-09"), (0.9, "2026-05-12"), (1.7, "2026-05-13"))
    ]
    other = [{"USUBJID": "S-2", "LBTESTCD": "NEUT", "LBSTRESN": 2.0, "LBSTRESU": "?", "LBDTC": "2026-05-12"}]
    cut, adsl = dosed(LB=[*rows, *other], more={"S-2": "A_DL1"})
    adlb = derive_adlb(cut, adsl)
    lines = {row[""]: row["Overall"].fmt for row in count_shifts(derive_shifts(adlb), safety_columns(adsl, cut), "L")}
    assert lines == {"Neutrophils: 0 → 3": "1/2", "Neutrophils: not graded → not graded": "1/2"}
    assert [(row["test"], row["results"].fmt, row["results"].usubjids) for row in count_ungraded(adlb)] == [
        ("Neutrophils", "1", ("S-2",))
    ]
