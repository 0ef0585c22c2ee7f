"""Result rows: the contract of spec outputs.md section 5."""

import pytest

from nk521lib.results import COLUMNS, Column, Number, fraction, percent, to_frame

COLUMN = Column("A-DL1", ("S-1", "S-2", "S-3"), "A", "1")
WHERE = {"analysis_id": "ae_overview", "chapter": "safety", "population": "SAF", "variable_level": "ANY"}


def test_a_fraction_is_three_rows_with_the_subjects_behind_them():
    frame = to_frame(fraction(COLUMN, ["S-3", "S-1", "S-9"], **WHERE), "aa", "bb")
    assert list(frame.columns) == list(COLUMNS)
    assert dict(zip(frame.stat_name, frame.stat, strict=True)) == {"n": 2.0, "N": 3.0, "p": 2 / 3}
    assert [list(ids) for ids in frame.usubjids] == [["S-1", "S-3"], ["S-1", "S-2", "S-3"], ["S-1", "S-3"]]
    assert set(frame.group1 + frame.group1_level + frame.group2 + frame.group2_level) == {"GROUPALEVEL1"}


def test_nobody_in_a_column_has_no_proportion():
    empty = fraction(Column("B-DL3", (), "B", "3"), ["S-1"], **WHERE)
    assert (empty.fmt, empty.p.stat, empty.p.fmt) == ("0/0", None, "no subjects")


def test_row_ids_are_stable_and_differ_by_key():
    n, whole, p = fraction(COLUMN, ["S-1"], **WHERE)
    assert len({n.row_id, whole.row_id, p.row_id}) == 3
    assert n.row_id == fraction(COLUMN, ["S-2"], **WHERE).n.row_id == "ae_overview-" + n.row_id[-10:]


def test_the_same_number_twice_is_one_row_and_two_numbers_for_one_key_are_refused():
    one = Number("x", "safety", "SAF", "n", 1.0, "1")
    assert len(to_frame([one, one])) == 1
    with pytest.raises(ValueError, match="two different numbers for x-"):
        to_frame([one, Number("x", "safety", "SAF", "n", 2.0, "2")])


def test_no_rows_keep_the_contract():
    assert list(to_frame([]).columns) == list(COLUMNS)


#   share      shown      some is never none, most is never all
PERCENT = [(0.0, "0 %"), (1 / 254, "< 1 %"), (0.005, "< 1 %"), (0.006, "1 %"), (1 / 3, "33 %"), (0.994, "99 %"), (253 / 254, "> 99 %"), (1.0, "100 %")]  # fmt: skip


@pytest.mark.parametrize("share, shown", PERCENT)
def test_percentages_never_round_some_to_none_or_most_to_all(share, shown):
    assert percent(share) == shown
