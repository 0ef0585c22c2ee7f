"""Labels that a reader can read: none cut off, none on another."""

import pandas as pd
import pytest

from nk521lib.chapters.screening import CRITERIA
from nk521lib.display.figures.base import canvas, name_ends, spread_labels, theme
from nk521lib.display.figures.efficacy.common import week_ticks
from nk521lib.display.figures.efficacy.times import even_ticks
from nk521lib.display.figures.screening import _row_label

#   x of two labels   y of two labels   their heights      near 5, gap 2
PAIRS = [
    ((42, 42), (-4.0, -5.0), (-3.0, -5.0)),  # the lower one stays
    ((42, 46), (-4.0, -5.0), (-3.0, -5.0)),
    ((42, 84), (-4.0, -5.0), (-4.0, -5.0)),  # far apart
    ((42, 42), (10.0, -5.0), (10.0, -5.0)),
]


@pytest.mark.parametrize("x, y, heights", PAIRS)
def test_labels_of_lines_that_end_together_stand_apart(x, y, heights):
    names = ["one", "two"]
    made = spread_labels(pd.Series(x, names, dtype=float), pd.Series(y, names), near=5, gap=2)
    assert tuple(made[names]) == heights


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda c: c.id)
def test_the_matrix_says_every_criterion_to_its_end(make_cut, criterion):
    class Found:
        cut = make_cut()

    label = _row_label(criterion.id, Found)
    words = criterion.words(Found.cut.params.screening).replace("10^9", "10⁹")
    assert label.replace("\n", " ") == f"{criterion.id} {words}"


def test_names_at_line_ends_stand_apart_on_a_log_axis_too_and_one_that_moved_keeps_a_line_to_its_point():
    with theme():
        _, axes = canvas()
        axes.set(yscale="log", ylim=(1, 1000), xlim=(0, 10))
        name_ends(axes, {"001": (9, 10), "002": (9, 10.5), "003": (2, 10)})
    texts = {text.get_text(): text for text in axes.texts}
    heights = {name: text.xyann[1] for name, text in texts.items()}
    assert heights["001"] == heights["003"] == pytest.approx(1 / 3) and heights["002"] - heights["001"] > 0.05
    assert [name for name, text in texts.items() if text.arrow_patch is not None] == ["002"]


#   last time   ticks
TICKS = [(5, [0, 1, 2, 3, 4, 5]), (30, [0, 7, 14, 21, 28]), (87, [0, 28, 56, 84]), (182, [0, 56, 112, 168]), (4000, [0, 1008, 2016, 3024])]  # fmt: skip


@pytest.mark.parametrize("last, ticks", TICKS)
def test_a_curves_ticks_are_evenly_apart(last, ticks):
    assert even_ticks(last).tolist() == ticks


@pytest.mark.parametrize("last, ticks", [(1, [1, 7]), (9, [1, 7]), (30, [1, 14, 28]), (140, [1, 28, 56, 84, 112, 140])])
def test_an_axis_of_days_has_never_a_lone_tick(last, ticks):
    with theme():
        _, axes = canvas()
        week_ticks(axes, last)
    assert axes.get_xticks().tolist() == ticks
