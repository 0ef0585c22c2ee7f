"""Three-valued branching: every combination of truth, falsehood and not knowing (protocol.md section 5)."""

import itertools

import pandas as pd
import pytest

from nk521lib.chapters.screening.evidence import prove
from nk521lib.chapters.screening.logic import Facts, agree, if_, unless
from nk521lib.three_valued import known

T, F, N = True, False, pd.NA


def flags(*values):
    return pd.Series(list(values), dtype="boolean")


def listed(series):
    return [None if value is pd.NA else bool(value) for value in series]


def test_if_is_unknown_only_where_the_branch_would_matter():
    cases = list(itertools.product([T, F, N], repeat=3))
    columns = [flags(*column) for column in zip(*cases, strict=True)]
    none = lambda v: None if v is pd.NA else v
    expected = [
        none(a) if c is True else none(b) if c is False else none(a) if a is not N and a is b else None
        for c, a, b in cases
    ]
    assert listed(if_(*columns)) == expected


def test_two_readings_agree_or_nothing_is_known():
    assert listed(agree(flags(T, T, N, F, N), flags(T, F, N, F, T))) == [True, None, None, False, None]


def test_a_void_pass_is_unknown_and_a_void_fail_stays():
    fails, void = flags(T, T, F, F, F, N), flags(T, N, F, T, N, F)
    assert listed(unless(void, fails)) == [True, True, False, None, None, None]


def test_known_is_true_only_where_surely_true():
    assert known(flags(T, F, N)).tolist() == [True, False, False]


def test_a_fact_that_does_not_exist_is_an_error():
    with pytest.raises(AttributeError, match="no screening fact LVEFF"):
        _ = Facts(pd.DataFrame({"LVEF": [1]})).LVEFF


def test_records_without_any_screened_subject_prove_nothing():
    nobody = pd.Index([], dtype="string")
    records = pd.DataFrame({"USUBJID": ["X-1"], "HAPPENED": [True], "SAYS": ["a"], "SRC": ["MH:1"]})
    assert prove("HIV", records, flags(N), nobody).empty
