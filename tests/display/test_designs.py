"""The tables of other designs: those of spec section 10, and figures that say whether they are exact."""

from dataclasses import replace

import pytest

from nk521lib.chapters.escalation import behaviour, derive_escalation
from nk521lib.display.tables.designs import table_behaviour, table_decisions
from nk521lib.results import to_frame


@pytest.fixture(scope="module")
def empty(make_cut):
    cut = make_cut(DM=[])
    return cut, derive_escalation(cut)


def test_decisions_after_three_six_and_nine_as_in_spec_section_10(empty):
    """phi .30: n=3: 0 up, 1 stay, 2 down, 3 eliminate; n=6: <=1 up, 2 stay, 3 down, >=4 eliminate; n=9: <=2 up, 3, 4, >=5."""
    html = table_decisions(*empty).html
    for row in ("up 0, stay 1, down 2, out 3", "up 0-1, stay 2, down 3, out 4-6", "up 0-2, stay 3, down 4, out 5-9",
                "up 0, expand 1, down 2-3", "up 0-1, down 2-6", "waits"):  # fmt: skip
        assert row in html


def test_whole_trials_are_rows_and_exact_figures_carry_no_error(empty):
    shown = table_behaviour(*empty)
    rows = to_frame(shown.numbers)
    boin = rows[rows["variable"].eq("BOIN, 9 subjects") & rows["variable_level"].eq("10/25/45 %")].set_index(
        "stat_name"
    )["stat"]
    assert boin[["p.none", "p.level1", "p.level2", "p.level3"]].sum() == pytest.approx(1)
    ours = rows[rows["variable"].eq("3+3, no cap") & rows["variable_level"].eq("10/25/45 %")].set_index("stat_name")[
        "stat"
    ]
    assert ours["mean.n"] == pytest.approx(11.75, abs=0.005)
    assert len(rows) == 4 * 5 * 6 and "<td" in shown.html and " ± " not in shown.html.split("gt_sourcenote")[0]


def test_simulated_figures_carry_their_error(make_cut, monkeypatch):
    """Were the CRM too large to enumerate, its figures would say how far they may be off."""
    monkeypatch.setattr(behaviour, "MAX_SEQUENCES", 100)
    monkeypatch.setattr(behaviour, "SIMULATIONS", 200)
    cut = make_cut(DM=[])
    found = derive_escalation(cut)
    assert " ± 0." in table_behaviour(cut, found).html


def test_without_a_ladder(empty):
    cut, found = empty
    bare = replace(found, groups={})
    assert all("does not apply" in shown(cut, bare).plain for shown in (table_decisions, table_behaviour))
