"""The pathway tree of a group: from its present state, with chances that add up, and what of it can be drawn (escalation.md section 3)."""

import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.counts import count_pathways, node_label, way_label
from nk521lib.chapters.escalation.outlook import derive_chances
from nk521lib.chapters.escalation.pathways import NODES_DRAWN, derive_pathways
from nk521lib.terms import Decision


@pytest.fixture(scope="module")
def walk(make_group):
    """walk("1NNN", "setting=…", truth=…) -> the tree of group A."""

    def at(notation, *settings, truth=None):
        cut = make_group(notation, settings=settings)
        return derive_pathways(cut, derive_escalation(cut), truth)["A"]

    return at


def test_the_ends_carry_the_operating_characteristics_from_here(make_group):
    cut = make_group("1NNN 2NTN")
    found = derive_escalation(cut)
    row = cut.params.escalation.oc_truths.index(cut.params.escalation.pathway_truth)
    pathways, now = derive_pathways(cut, found)["A"], derive_chances(cut, found)["A"].now
    assert sum(end.p_truth for end in pathways.ends if pathways.over_cap(end)) == pytest.approx(now.p_n_over_cap[row])
    for level in (1, 2):
        chance = sum(end.p_truth for end in pathways.ends if end.mtd == level)
        assert chance == pytest.approx(now.p_mtd[row, level])
    assert sum(end.dosed * end.p_truth for end in pathways.ends) == pytest.approx(now.e_n[row])


def test_a_way_names_its_outcomes_and_folds_those_that_lead_to_the_same(walk):
    pathways = walk("1NNN 2NNN")
    ways = [way_label(pathways, end, "DL") for end in pathways.ends]
    assert ways[:3] == ["DL3 0/3", "DL3 1/3, DL3 1/6", "DL3 1/3, DL3 2-4/6, DL2 0-1/6"]
    assert len(set(ways)) == len(ways)
    assert (node_label(pathways.nodes[0], "DL"), way_label(pathways, pathways.nodes[0], "DL")) == ("DL2 0/3", "now")


def test_replaced_subjects_use_a_place_and_are_no_outcome(walk):
    pathways = walk("1RNNN 2NNN")
    assert pathways.nodes[0].dosed == 7
    assert [pathways.over_cap(node) for node in pathways.nodes if node.parent == 0] == [True] * 3


def test_a_picture_holds_whole_cohorts_only(walk):
    pathways = walk("1N")
    drawn = pathways.drawn()
    assert len(drawn) <= NODES_DRAWN < len(pathways.nodes)
    shown = {node.id for node in drawn}
    deepest = max(pathways.depth(node) for node in drawn)
    assert all((node.id in shown) == (pathways.depth(node) <= deepest) for node in pathways.nodes)
    assert {pathways.depth(node) for node in pathways.drawn(most=1)} == {0, 1}
    left = [node for node in drawn if pathways.depth(node) == deepest]
    reached = sum(len(pathways.ends_after(node)) for node in left) + sum(n.leaf and n not in left for n in drawn)
    assert reached == len(pathways.ends)


def test_the_likeliest_end(walk):
    assert walk("1NNN 2NNN", truth=(0, 0, 0)).most_likely_end() == (Decision.STOP_TOP, None, 1.0)
    assert walk("1NNN 2NNN", truth=(0, 0, 1)).most_likely_end() == (Decision.STOP_MTD, 2, 1.0)
    assert walk("1NNN 2NNN", truth=(1, 1, 1)).most_likely_end() == (Decision.STOP_NONE, None, 1.0)


def test_a_group_that_has_stopped_has_one_node(walk):
    assert [node.leaf for node in walk("1TT").nodes] == [True]


def test_more_open_subjects_than_places_cannot_be_walked(make_group):
    cut = make_group("1PPPPPPP")
    assert "A" not in derive_pathways(cut, derive_escalation(cut))


def test_numbers_are_named_by_their_way(walk):
    pathways = walk("1NNN 2NNN")
    numbers = count_pathways(pathways, pathways.nodes, "DL")
    ids = [number.row_id for pair in numbers.values() for number in pair]
    assert len(set(ids)) == len(ids) == 2 * len(pathways.nodes)
    chance, prior = numbers[1]
    assert (chance.stat, chance.fmt) == (pytest.approx(0.8**3), "51 %")
    assert prior.stat == pytest.approx(0.25)
