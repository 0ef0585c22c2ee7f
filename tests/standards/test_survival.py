"""Kaplan-Meier, medians, landmarks, follow-up, cumulative incidence: efficacy.md section 3, rulings.md 6.9."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from nk521lib.standards.cumulative_incidence import estimate_cumulative_incidence
from nk521lib.standards.survival import (
    count_at_risk,
    estimate_follow_up,
    estimate_quantile,
    estimate_survival,
    survival_at,
)

FOLDER = Path(__file__).parent.parent / "golden" / "survival"
GOLDEN = json.loads((FOLDER / "survival.json").read_text(encoding="utf-8"))
FROM_R = json.loads((FOLDER / "survival_R.json").read_text(encoding="utf-8"))  # made by survival.R beside it
SUBJECTS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 1)), min_size=1, max_size=25)


def read(text):
    """Times and events of `9 13 13+`."""
    words = text.split()
    return [int(w.rstrip("+")) for w in words], [0 if w.endswith("+") else 1 for w in words]


def read_causes(text):
    return [int(w[:-1]) for w in text.split()], [{"a": 1, "b": 2, "+": 0}[w[-1]] for w in text.split()]


def nan(values):
    return [np.nan if value is None else value for value in values]


@pytest.mark.parametrize("name", GOLDEN["survival"])
def test_survival_against_exact_fractions(name):
    golden = GOLDEN["survival"][name]
    curve = estimate_survival(*read(golden["data"]))
    columns = ["TIME", "AT_RISK", "EVENTS", "SURVIVAL", "SE", "LOWER", "UPPER"]
    for column, expected in zip(columns, zip(*golden["rows"], strict=True), strict=True):
        np.testing.assert_allclose(curve[column].astype("Float64"), nan(expected), rtol=0, atol=1e-12)
    median = estimate_quantile(curve)
    np.testing.assert_equal([median["TIME"], median["LOWER"], median["UPPER"]], nan(golden["median"]))


@pytest.mark.parametrize("name", GOLDEN["cumulative_incidence"])
def test_cumulative_incidence_against_exact_fractions(name):
    golden = GOLDEN["cumulative_incidence"][name]
    curve = estimate_cumulative_incidence(*read_causes(golden["data"]))
    columns = ["TIME", "AT_RISK", "EVENTS", "COMPETING", "INCIDENCE", "SE", "LOWER", "UPPER"]
    for column, expected in zip(columns, zip(*golden["rows"], strict=True), strict=True):
        np.testing.assert_allclose(curve[column].astype("Float64"), nan(expected), rtol=0, atol=1e-12)


def close(given, expected):
    given = pd.array(given, dtype="Float64").to_numpy(dtype=float, na_value=np.nan)
    np.testing.assert_allclose(given, np.array(nan(expected), dtype=float), rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", FROM_R["survival"])
def test_curve_median_follow_up_and_landmarks_against_R_survival(name):
    """survfit(Surv(time, event) ~ 1, conf.type = "log-log"), its summary table, and the same of Surv(time, 1 - event)."""
    golden = FROM_R["survival"][name]
    time, event = read(golden["data"])
    curve = estimate_survival(time, event)
    for column in ("time", "at_risk", "events", "survival", "se", "lower", "upper"):
        close(curve[column.upper()], golden[column])
    median = estimate_quantile(curve)
    close([median["TIME"], median["LOWER"], median["UPPER"]], golden["median"])
    close([estimate_quantile(estimate_follow_up(time, event))["TIME"]], golden["follow_up"])
    close(survival_at(curve, golden["landmark_at"])["SURVIVAL"], golden["landmark"])


@pytest.mark.parametrize("name", FROM_R["cumulative_incidence"])
def test_cumulative_incidence_against_R_survival_multi_state(name):
    """survfit(Surv(time, factor) ~ 1): Aalen-Johansen, standard errors by R's infinitesimal jackknife."""
    golden = FROM_R["cumulative_incidence"][name]
    curve = estimate_cumulative_incidence(*read_causes(golden["data"]))
    for ours, theirs in (
        ("TIME", "time"),
        ("INCIDENCE", "incidence"),
        ("SE", "se"),
        ("LOWER", "lower"),
        ("UPPER", "upper"),
    ):
        close(curve[ours], golden[theirs])


def test_median_of_the_aml_arms_as_printed_by_R_survival_with_its_default_log_interval():
    """print(survfit(Surv(time, status) ~ x, aml)): 31 (18, NA) and 23 (8, NA)."""
    for arm, expected in [("aml maintained", (31, 18, np.nan)), ("aml nonmaintained", (23, 8, np.nan))]:
        curve = estimate_survival(*read(GOLDEN["survival"][arm]["data"]), interval="log")
        median = estimate_quantile(curve)
        np.testing.assert_equal((median["TIME"], median["LOWER"], median["UPPER"]), expected)


def test_survival_of_the_6MP_arm_as_published_for_freireich_1963():
    """Remission on 6-MP (textbook table, four digits) and medians 23 and 8 weeks."""
    time, event = read(GOLDEN["survival"]["freireich 6-MP"]["data"])
    curve = estimate_survival(time, event)
    expected = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    at = survival_at(curve, list(expected))
    np.testing.assert_allclose(at["SURVIVAL"], list(expected.values()), atol=5e-5)
    assert estimate_quantile(curve)["TIME"] == 23
    assert estimate_quantile(estimate_survival(*read(GOLDEN["survival"]["freireich placebo"]["data"])))["TIME"] == 8


@given(SUBJECTS)
def test_survival_and_log_log_limits_agree_with_scipy_ecdf(subjects):
    time, event = np.array(subjects).T
    curve = estimate_survival(time, event)
    sf = ecdf(CensoredData.right_censored(time, event == 0)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy says that limits do not exist where S is 0 or 1
        limits = sf.confidence_interval(method="log-log")
    np.testing.assert_allclose(curve["SURVIVAL"], sf.probabilities, atol=1e-12)
    inside = curve["SURVIVAL"].between(1e-9, 1 - 1e-9).to_numpy(dtype=bool)
    np.testing.assert_allclose(curve["LOWER"][inside], limits.low.probabilities[inside], atol=1e-10)
    np.testing.assert_allclose(curve["UPPER"][inside], limits.high.probabilities[inside], atol=1e-10)
    assert curve.loc[~inside, ["LOWER", "UPPER"]].isna().all(axis=None)


#   subjects                 median   ends on 0.5   rulings.md 6.9
MEDIANS = [
    ("10 20 30+ 40+", 20, True),  # S = 0.5 to the end: the start of the stretch, and it is said
    ("10 20 30 40", 25, False),  # 0.5 from 20 until 30: the middle
    ("10 20 25+ 30 40+", 30, False),  # 0.6 from 20, 0.3 from 30: no stretch on 0.5
    ("10 20 22+ 30", 25, False),  # censoring does not end a stretch, the event on day 30 does
    ("10 20+ 30+ 40+", np.nan, False),  # not reached
    ("10", 10, False),
    ("10+", np.nan, False),
]


@pytest.mark.parametrize("text, median, ends", MEDIANS)
def test_median_convention_on_a_stretch_at_one_half(text, median, ends):
    found = estimate_quantile(estimate_survival(*read(text)))
    np.testing.assert_equal(found["TIME"], median)
    assert found["ENDS_AT_LEVEL"] is ends


def test_limit_that_lies_on_the_level_takes_the_same_convention():
    curve = pd.DataFrame(
        {
            "TIME": [10.0, 20.0, 30.0],
            "EVENTS": [1, 1, 1],
            "SURVIVAL": [0.9, 0.6, 0.4],
            "LOWER": [0.5, 0.3, 0.1],
        }
        | {"UPPER": [0.95, 0.9, 0.5]}
    ).astype("Float64")
    found = estimate_quantile(curve)
    assert (found["TIME"], found["LOWER"], found["UPPER"]) == (30, 15, 30)


def test_median_limits_do_not_exist_where_the_curve_is_zero():
    """One subject, one event: S falls to 0, which has no limits; the median is known, its interval is not."""
    found = estimate_quantile(estimate_survival([10], [1]))
    np.testing.assert_equal((found["TIME"], found["LOWER"], found["UPPER"]), (10, np.nan, np.nan))


def test_landmarks_before_between_at_and_beyond_the_times():
    curve = estimate_survival(*read("10 20 30+"))
    at = survival_at(curve, [0, 9.9, 10, 29, 30, 30.1])
    np.testing.assert_allclose(at["SURVIVAL"].astype("Float64"), [1, 1, 2 / 3, 1 / 3, 1 / 3, np.nan])
    assert at["LOWER"].isna().tolist() == [True, True, False, False, False, True]
    assert survival_at(estimate_survival(*read("10 20")), [25])["SURVIVAL"].tolist() == [0]
    assert survival_at(estimate_survival([], []), [25])["SURVIVAL"].isna().all()


def test_numbers_at_risk():
    table = count_at_risk(*read("10 10+ 20 30+"), at=[0, 10, 20, 30, 31])
    assert table["AT_RISK"].tolist() == [4, 4, 2, 1, 0]
    assert table["EVENTS"].tolist() == [0, 1, 2, 2, 2]
    assert table["CENSORED"].tolist() == [0, 1, 1, 2, 2]


def test_follow_up_exchanges_event_and_censoring():
    curve = estimate_follow_up(*read("10 20+ 30 40+"))
    assert curve["EVENTS"].tolist() == [0, 1, 0, 1]
    assert estimate_quantile(curve)["TIME"] == 40


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=25))
def test_incidences_of_all_causes_and_survival_add_up_to_one(subjects):
    time, cause = np.array(subjects).T
    survival = estimate_survival(time, (cause > 0).astype(int))["SURVIVAL"]
    total = sum(estimate_cumulative_incidence(time, cause, of)["INCIDENCE"] for of in (1, 2, 3))
    np.testing.assert_allclose(total + survival, 1, atol=1e-12)


@given(SUBJECTS)
def test_incidence_without_a_competitor_is_one_minus_survival(subjects):
    time, event = np.array(subjects).T
    incidence, curve = estimate_cumulative_incidence(time, event), estimate_survival(time, event)
    np.testing.assert_allclose(incidence["INCIDENCE"], 1 - curve["SURVIVAL"], atol=1e-12)
    alive = curve["SURVIVAL"].gt(0).to_numpy(dtype=bool)
    np.testing.assert_allclose(incidence["SE"][alive], curve["SE"][alive], atol=1e-7)


def test_standard_error_of_incidence_is_binomial_when_all_are_followed():
    curve = estimate_cumulative_incidence([1, 2, 3, 4], [1, 2, 1, 2])
    p = np.array([1, 1, 2, 2]) / 4
    np.testing.assert_allclose(curve["SE"], np.sqrt(p * (1 - p) / 4), atol=1e-12)


@pytest.mark.parametrize(
    "time, event",
    [([1, None], [1, 1]), ([1, 2], [1, None]), ([-1], [1]), ([np.inf], [1]), ([1, 2], [1]), ([1], [-1])],
)
def test_missing_or_impossible_input_is_refused(time, event):
    with pytest.raises(ValueError):
        estimate_survival(time, event)


def test_two_causes_do_not_pass_as_one():
    with pytest.raises(ValueError, match="cumulative_incidence"):
        estimate_survival([1, 2], [1, 2])
    with pytest.raises(ValueError, match="expected log-log or log"):
        estimate_survival([1, 2], [1, 0], interval="plain")
    with pytest.raises(ValueError, match="between 0 and 1"):
        estimate_quantile(estimate_survival([1, 2], [1, 0]), 1.0)
    with pytest.raises(ValueError, match="expected a cause"):
        estimate_cumulative_incidence([1, 2], [1, 0], of=0)


@pytest.mark.parametrize("estimate", [estimate_survival, estimate_follow_up, estimate_cumulative_incidence])
def test_nobody_gives_an_empty_curve_with_its_columns(estimate):
    curve = estimate([], [])
    assert len(curve) == 0 and {"TIME", "AT_RISK", "LOWER"} <= set(curve)
