"""MAGIC stages at each limit, one step beyond, missing; then the overall grade (Harris 2016, adult; spec safety.md 6).

Skin: below 25, to 50, above 50 %, bullae. Bilirubin: below 2, to 3, to 6, to 15, above 15 mg/dL. Stool: below 500, to 999, to
1500, above 1500 mL/day or below 3, 3 to 4, 5 to 7, above 7 episodes. Overall: I skin 1-2 alone; II skin 3 or any stage 1 of
liver or gut; III liver or lower gut 2-3; IV any stage 4.
"""

import pandas as pd
import pytest

from nk521lib.standards import gvhd


def floats(x):
    return pd.Series([x], dtype="Float64")


def boolean(x):
    return pd.Series([x], dtype="boolean")


def same(got, expected):
    return got is pd.NA if expected is None else got == expected


SKIN = [(0, False, 0), (0.1, False, 1), (24.9, False, 1), (25, False, 2), (50, False, 2), (50.1, False, 3),
        (90, True, 4), (None, True, 4), (None, False, None), (60, None, 3), (0, None, None)]  # fmt: skip
LIVER = [(1.9, 0), (2, 1), (3, 1), (3.1, 2), (6, 2), (6.1, 3), (15, 3), (15.1, 4), (None, None)]
LOWER_GI = [(499, False, 0), (500, False, 1), (999, False, 1), (1000, False, 2), (1500, False, 2), (1501, False, 3),
            (100, True, 4), (None, True, 4), (600, None, 1), (None, None, None), (499, None, None)]  # fmt: skip


@pytest.mark.parametrize("rash, bullae, expected", SKIN)
def test_skin_stage(rash, bullae, expected):
    assert same(gvhd.skin_stage(floats(rash), boolean(bullae))[0], expected)


@pytest.mark.parametrize("bilirubin, expected", LIVER)
def test_liver_stage(bilirubin, expected):
    assert same(gvhd.liver_stage(floats(bilirubin))[0], expected)


@pytest.mark.parametrize("stool, severe, expected", LOWER_GI)
def test_lower_gi_stage(stool, severe, expected):
    assert same(gvhd.lower_gi_stage(floats(stool), boolean(severe))[0], expected)


#   mL     episodes  stage     the worse of the two; the paper gives either
EPISODES = [(None, 2, None), (100, 2, 0), (100, 3, 1), (100, 4, 1), (100, 5, 2), (100, 7, 2), (100, 8, 3), (None, 8, 3), (600, None, 1)]  # fmt: skip


@pytest.mark.parametrize("stool, episodes, expected", EPISODES)
def test_lower_gi_stage_by_episodes(stool, episodes, expected):
    assert same(gvhd.lower_gi_stage(floats(stool), boolean(False), floats(episodes))[0], expected)


@pytest.mark.parametrize("persistent, expected", [(True, 1), (False, 0), (None, None)])
def test_upper_gi_stage(persistent, expected):
    assert same(gvhd.upper_gi_stage(boolean(persistent))[0], expected)


#   skin liver upper lower  grade
OVERALL = [
    (0, 0, 0, 0, 0), (1, 0, 0, 0, 1), (2, 0, 0, 0, 1), (3, 0, 0, 0, 2), (0, 1, 0, 0, 2), (0, 0, 1, 0, 2),
    (0, 0, 0, 1, 2), (2, 1, 0, 0, 2), (0, 2, 0, 0, 3), (0, 3, 0, 0, 3), (0, 0, 0, 2, 3), (3, 0, 0, 3, 3),
    (4, 0, 0, 0, 4), (0, 4, 0, 0, 4), (0, 0, 0, 4, 4),
    (1, None, 0, 0, 1), (0, None, 0, 0, None), (None, 3, None, None, 3),
]  # fmt: skip


@pytest.mark.parametrize("skin, liver, upper, lower, expected", OVERALL)
def test_overall_grade(skin, liver, upper, lower, expected):
    stages = (pd.Series([x], dtype="Int64") for x in (skin, liver, upper, lower))
    assert same(gvhd.overall_grade(*stages)[0], expected)
