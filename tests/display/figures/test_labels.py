"""Labels that a reader can read: none cut off, none on another."""

import pandas as pd
import pytest

from nk521lib.chapters.screening import CRITERIA
from nk521lib.display.figures.efficacy.common import spread_labels
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
