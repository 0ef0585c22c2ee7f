"""What the chapter said before the self-check is not what its page says after it."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.standing import list_standing
from nk521lib.display.say import headline
from nk521lib.display.tables.escalation import say_proposals
from nk521lib.edge.restated import in_doubt, newly_withheld, restate

NEWLY = {"A": ("RCT-001 the pack says CLEAR, the second implementation DLT",)}


@pytest.fixture(scope="module")
def cut(demo_cut):
    return demo_cut("D3")


def notebook(html: str):
    output = new_output("execute_result", {"text/html": html, "text/plain": "x"}, execution_count=1)
    return new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("answer", outputs=[output])])


def shown(made) -> str:
    return made.cells[1].outputs[0].data["text/html"]


def test_the_answer_of_a_group_in_doubt_is_no_proposal_and_the_other_group_stands(cut):
    ran = notebook(say_proposals(cut, derive_escalation(cut)).html)
    said = shown(restate(ran, cut, NEWLY)[0])
    a, b = said.split("Group B, intraperitoneal")
    assert "Group A, intravenous: no proposal, withheld until answered" in a and NEWLY["A"][0] in a
    assert "CERTAIN" not in a and "wait at 1" in b
    assert "CERTAIN" in shown(ran), "the notebook that ran is not changed"


def test_a_headline_of_other_words_gives_way_too(cut):
    said = shown(restate(notebook(headline("Escalate group A", "go").html), cut, NEWLY)[0])
    assert "Escalate group A" not in said and "no proposal, withheld until answered" in said


def test_what_says_nothing_of_a_proposal_stays(cut):
    assert shown(restate(notebook("<p>13 dosed</p>"), cut, NEWLY)[0]) == "<p>13 dosed</p>"


def test_the_datasets_allow_nobody_to_be_dosed_in_a_group_in_doubt(cut):
    _, standing = restate(notebook("<p>13 dosed</p>"), cut, NEWLY)
    dosing = standing["adgroup"].query("ITEM == 'DOSING'").set_index("GROUP")
    assert dosing.at["A", "NAME"] == "may not" and "withheld" in dosing.at["A", "WHY"]
    assert standing.keys() == list_standing(cut, derive_escalation(cut)).keys()


def test_only_what_the_check_adds_is_new():
    before = {"groups": {"A": {"withheld": False, "withheld_because": []}, "B": {"withheld": True, "withheld_because": ["x"]},
                         "C": {"decision": "NOT_APPLICABLE"}}}  # fmt: skip
    after = {"groups": {**before["groups"], "A": {"withheld": True, "withheld_because": ["y"]}}}
    assert newly_withheld(before, after) == {"A": ("y",)} and newly_withheld(before, before) == {}
    assert newly_withheld(None, None) == {}


def test_the_notebook_of_the_pack_says_that_it_is_in_doubt():
    marked = in_doubt(notebook("<p>x</p>"), NEWLY)
    assert "In doubt." in marked.cells[1].source and NEWLY["A"][0] in marked.cells[1].source and len(marked.cells) == 3
