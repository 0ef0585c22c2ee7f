"""QLQ-C30 scoring: the table and the test vectors of efficacy.md section 7."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nk521lib.standards.qlq_c30 import HIGHEST, ITEMS, SCALES, check_items, derive_scores

FUNCTIONS = ["PF2", "RF2", "EF", "CF", "SF"]
SYMPTOMS = ["FA", "NV", "PA", "DY", "SL", "AP", "CO", "DI", "FI"]
BEST = dict.fromkeys(ITEMS, 1) | {"Q29": 7, "Q30": 7}
WORST = dict.fromkeys(ITEMS, 4) | {"Q29": 1, "Q30": 1}


def score(**answers):
    return derive_scores(pd.DataFrame([BEST | answers]).astype("Float64")).iloc[0]


def test_scale_table_covers_each_item_once():
    numbers = [n for scale in SCALES for n in scale.items]
    assert sorted(numbers) == list(range(1, 31))
    assert [scale.code for scale in SCALES] == ["QL2", *FUNCTIONS, *SYMPTOMS]


def test_vector_all_best_and_all_worst():
    best, worst = score(), score(**WORST)
    assert best[FUNCTIONS].eq(100).all() and best[SYMPTOMS].eq(0).all() and best["QL2"] == best["SUMMARY"] == 100
    assert worst[FUNCTIONS].eq(0).all() and worst[SYMPTOMS].eq(100).all() and worst["QL2"] == worst["SUMMARY"] == 0


#   answers                                                         scale   score
VECTORS = [
    ({"Q29": 5, "Q30": 6}, "QL2", 75),
    ({"Q1": 1, "Q2": 2, "Q3": 2, "Q4": 1, "Q5": 1}, "PF2", 86.67),
    ({"Q1": 1, "Q2": 2, "Q3": 2, "Q4": None, "Q5": None}, "PF2", 77.78),
    ({"Q10": 2, "Q12": 3, "Q18": 4}, "FA", 66.67),
    ({"Q8": 2}, "DY", 33.33),
    ({"Q6": 3}, "RF2", 66.67),
]


@pytest.mark.parametrize("answers, scale, expected", VECTORS)
def test_vectors(answers, scale, expected):
    assert score(**answers)[scale] == pytest.approx(expected, abs=0.005)


#   scale   items needed (at least half)
HALF = [("PF2", 3), ("EF", 2), ("FA", 2), ("RF2", 1), ("QL2", 1), ("DY", 1)]


@pytest.mark.parametrize("code, needed", HALF)
def test_half_of_the_items_is_enough_and_one_fewer_is_not(code, needed):
    items = next(scale.columns for scale in SCALES if scale.code == code)
    assert not pd.isna(score(**dict.fromkeys(items[needed:]))[code])
    assert pd.isna(score(**dict.fromkeys(items[needed - 1 :]))[code])


def test_summary_needs_all_13_scales_but_neither_global_health_nor_finances():
    assert score(Q29=None, Q30=None, Q28=None)["SUMMARY"] == 100
    assert score(Q29=None, Q30=None, Q28=None)[["QL2", "FI"]].isna().all()
    for item in ("Q8", "Q11", "Q13", "Q16", "Q17"):
        assert pd.isna(score(**{item: None})["SUMMARY"])
    assert score(Q8=4)["SUMMARY"] == pytest.approx(1200 / 13)


@pytest.mark.parametrize("item, value", [("Q1", 0), ("Q1", 5), ("Q1", 2.5), ("Q29", 8), ("Q29", 0), ("Q30", -1)])
def test_an_answer_out_of_range_is_missing_and_named(item, value):
    form = pd.DataFrame([{"SUBJECT": "S1", "VISIT": 3} | BEST | {item: value}])
    found = check_items(form)
    assert found.to_dict("records") == [{"SUBJECT": "S1", "VISIT": 3, "ITEM": item, "VALUE": value}]
    missing = derive_scores(form.assign(**{item: np.nan}))
    pd.testing.assert_frame_equal(derive_scores(form), missing)
    assert check_items(form.assign(**{item: np.nan})).empty


def test_an_empty_form_has_no_score_and_keys_are_kept():
    out = derive_scores(pd.DataFrame([{"SUBJECT": "S1"} | dict.fromkeys(ITEMS)]))
    assert out["SUBJECT"].tolist() == ["S1"] and out.drop(columns="SUBJECT").isna().all(axis=None)
    with pytest.raises(ValueError, match="no column Q30"):
        derive_scores(pd.DataFrame([BEST]).drop(columns="Q30"))


ANSWERS = st.fixed_dictionaries({item: st.none() | st.integers(1, HIGHEST[item]) for item in ITEMS})


@settings(max_examples=25)
@given(st.lists(ANSWERS, min_size=8, max_size=12))
def test_scores_lie_between_0_and_100_and_mirror_when_answers_do(forms):
    """Some 250 forms, ten at a time: each is scored by itself."""
    mirrored = [{k: None if v is None else HIGHEST[k] + 1 - v for k, v in answers.items()} for answers in forms]
    out = derive_scores(pd.DataFrame([*forms, *mirrored]).astype("Float64")).astype("Float64")
    assert out.apply(lambda column: column.dropna().between(0, 100).all()).all()
    scores = out.to_numpy(dtype=float, na_value=np.nan)
    total = scores[: len(forms)] + scores[len(forms) :]
    np.testing.assert_allclose(total[~np.isnan(total)], 100)
