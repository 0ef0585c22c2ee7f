"""adex: doses, cells, relative dose and intensity, delays, partial and missed doses (spec safety.md section 8, rulings.md 5.8)."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.adverse_events import derive_adae
from nk521lib.chapters.safety.exposure import derive_adex, list_exposure

WEEKLY = tuple(str(d.date()) for d in pd.date_range("2026-05-10", periods=6, freq="7D"))


def summary(dosed, **more):
    cut, adsl = dosed(**more)
    adex = derive_adex(cut, adsl)
    return adex[adex["PARAMCD"] != "DOSE"].set_index("PARAMCD")["AVAL"], adex[adex["PARAMCD"] == "DOSE"], cut, adsl


def test_six_full_doses_on_time_are_one_in_every_ratio(dosed):
    found, *_ = summary(dosed, days=WEEKLY)
    assert found[["NDOSE", "CUMDOSE", "RELDOSE", "RELDUE", "RDI"]].tolist() == pytest.approx([6, 6, 1, 1, 1])


def test_a_subject_on_treatment_has_missed_nothing_yet(dosed):
    found, *_ = summary(dosed, days=WEEKLY[:3], cutoff="2026-05-30")
    assert found[["RELDOSE", "RELDUE", "RDI"]].tolist() == pytest.approx([0.5, 1, 1])


def test_a_delay_lowers_the_intensity_and_not_the_relative_dose(dosed):
    found, doses, *_ = summary(dosed, days=(*WEEKLY[:5], "2026-06-17"))
    assert found["RELDOSE"] == pytest.approx(1) and found["RDI"] == pytest.approx(42 / 45)
    assert doses["DEVIATN"].tolist() == [0, 0, 0, 0, 0, 3] and doses["DELAYFL"].notna().tolist() == [False] * 5 + [True]


@pytest.mark.parametrize("day, late", [("2026-05-19", False), ("2026-05-20", True)])
def test_two_days_are_permitted(dosed, day, late):
    _, doses, *_ = summary(dosed, days=("2026-05-10", day))
    assert doses["DELAYFL"].notna().tolist()[-1] is late


@pytest.mark.parametrize("amount, partial", [(0.8, False), (0.79, True)])
def test_below_the_full_dose_fraction_is_partial(dosed, amount, partial):
    _, doses, *_ = summary(dosed, amount=amount)
    assert doses["PARTIALFL"].notna().tolist() == [partial] * 2


def test_an_unknown_amount_leaves_the_sums_unknown_and_is_no_partial_dose(dosed):
    found, doses, *_ = summary(dosed, amount=None)
    assert (
        found["NDOSE"] == 2
        and found[["CUMDOSE", "RELDOSE", "RELDUE", "RDI"]].isna().all()
        and doses["PARTIALFL"].isna().all()
    )


def test_planned_cells_are_those_of_the_assigned_level(dosed):
    found, *_ = summary(dosed, days=WEEKLY, arm="A_DL2", amount=1.0)
    assert found["RELDOSE"] == pytest.approx(1 / 3)


def test_a_missed_dose_is_missed_and_does_not_make_the_later_ones_late(dosed):
    _, doses, cut, adsl = summary(dosed, days=(WEEKLY[0], *WEEKLY[2:]))
    adex = derive_adex(cut, adsl)
    listing = list_exposure(adex, derive_adae(cut, adsl), cut)
    assert doses["DELAYFL"].isna().all() and listing["NOTGIVEN"].tolist() == ["2"]


def test_without_a_schedule_there_is_no_relative_dose(dosed):
    found, *_ = summary(
        dosed, settings=("dose_days=[]", "levels=[]", "groups=[{id: P, label: p, route: null, arms: {A_DL1: null}}]")
    )
    assert found["NDOSE"] == 2 and found.drop("NDOSE").isna().all()


def test_a_dose_without_a_day_is_given_and_its_day_is_unknown(dosed):
    known = {"RFXSTDTC": WEEKLY[0]}
    found, doses, cut, adsl = summary(dosed, days=(*WEEKLY[:4], "2026-06"), dm=known, cutoff="2026-06-30")
    assert found[["NDOSE", "CUMDOSE"]].tolist() == [5, 5] and pd.isna(found["RDI"])
    assert doses["PLANNO"].tolist() == [1, 2, 3, 4, 5] and pd.isna(doses["ADT"].iloc[-1])
    told = list_exposure(derive_adex(cut, adsl), derive_adae(cut, adsl), cut).iloc[0]
    assert told["NOTGIVEN"] == "6" and pd.isna(told["ADJUSTED"])
