"""FACIT-AI and EQ-5D-5L: only what is publicly certain; what the licence holder gives is an argument (efficacy.md section 7)."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nk521lib.standards import eq5d_5l, facit_ai
from nk521lib.standards.questionnaire import check_answers


def ascites_form(answers):
    return pd.DataFrame([{"FORM": 1} | {f"AI{n}": a for n, a in enumerate(answers, 1)}])


def ascites_index(answers, reversed_items=()):
    return facit_ai.derive_scores(ascites_form(answers), reversed_items)["AI"].iloc[0]


#    answers of 13 items, reversed, score
INDEX = [
    ([4] * 13, (), 52), ([0] * 13, (), 0), ([0] * 13, range(1, 14), 52), ([4] * 12 + [0], [13], 52),
    ([4] * 7 + [None] * 6, (), 52), ([2] * 7 + [None] * 6, (), 26),  # seven of thirteen are more than half
    ([4] * 6 + [None] * 7, (), None), ([None] * 13, (), None), ([5] * 7 + [4] * 6, (), None), ([1.5] + [4] * 12, (), 52),
]  # fmt: skip


@pytest.mark.parametrize("answers, reverse, score", INDEX)
def test_ascites_index(answers, reverse, score):
    given_score = ascites_index(answers, reverse)
    assert pd.isna(given_score) if score is None else given_score == pytest.approx(score)


def test_without_the_manual_there_is_no_ascites_index_but_the_form_counts_as_answered():
    out = facit_ai.derive_scores(ascites_form([3] * 12 + [None]), None)
    assert out["AI"].isna().all() and out["AIN"].tolist() == [12.0]
    assert facit_ai.derive_scores(ascites_form([None] * 13), ())["AIN"].isna().all()
    with pytest.raises(ValueError, match="item 14 does not exist"):
        ascites_index([1] * 13, [14])


@settings(max_examples=25)
@given(st.lists(st.integers(0, 4), min_size=13, max_size=13), st.sets(st.integers(1, 13)))
def test_reversing_the_answers_and_their_list_gives_the_mirror_image(answers, reverse):
    mirrored = [4 - a for a in answers]
    assert ascites_index(answers, reverse) + ascites_index(mirrored, reverse) == pytest.approx(52)
    assert ascites_index(answers, reverse) == pytest.approx(
        ascites_index([4 - a if n in reverse else a for n, a in enumerate(answers, 1)])
    )


def health(levels, vas=50, **more):
    return pd.DataFrame([{"FORM": 1} | dict(zip(eq5d_5l.DIMENSIONS, levels, strict=True)) | {"VAS": vas} | more])


def test_profile_and_scale_without_a_value_set():
    out = eq5d_5l.derive_scores(health([1, 2, 3, 4, 5], 75)).iloc[0]
    assert out["PROFILE"] == "12345" and out["VAS"] == 75 and pd.isna(out["INDEX"])


@pytest.mark.parametrize("levels, vas", [([1, 2, 3, 4, None], 0), ([1, 2, 3, 4, 6], 100), ([0, 2, 3, 4, 1], 101)])
def test_a_level_that_is_missing_or_out_of_range_leaves_no_profile(levels, vas):
    out = eq5d_5l.derive_scores(health(levels, vas), {"12341": 0.5}).iloc[0]
    assert pd.isna(out["PROFILE"]) and pd.isna(out["INDEX"])
    assert pd.isna(out["VAS"]) == (vas > 100)


def test_the_index_is_the_value_sets_and_nobody_elses():
    values = {"11111": 1.0, "55555": -0.4}  # made up: a value set is never written down here
    forms = pd.concat([health([1] * 5), health([5] * 5), health([2] * 5)], ignore_index=True)
    index = eq5d_5l.derive_scores(forms, values)["INDEX"]
    assert index.tolist()[:2] == [1.0, -0.4] and pd.isna(index.iloc[2])
    with pytest.raises(ValueError, match='"1111" is no profile'):
        eq5d_5l.derive_scores(forms, {"1111": 1.0})
    with pytest.raises(ValueError, match='"11116" is no profile'):
        eq5d_5l.derive_scores(forms, {"11116": 1.0})


@pytest.mark.parametrize("ranges", [facit_ai.RANGES, eq5d_5l.RANGES])
def test_answers_out_of_range_are_listed_and_a_missing_column_is_refused(ranges):
    items = list(ranges)
    forms = pd.DataFrame([{"FORM": 7} | {item: high + 1 for item, (_, high) in ranges.items()}])
    assert check_answers(forms, ranges)[["FORM", "ITEM"]].to_numpy().tolist() == [[7, item] for item in items]
    with pytest.raises(ValueError, match=f"no column {items[0]}; expected {items[0]} to {items[-1]}"):
        check_answers(forms.drop(columns=items[0]), ranges)
