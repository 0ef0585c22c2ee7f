"""The self-check of a run: a difference withholds the proposal of its group, and is said on every page that it touches."""

from dataclasses import replace

import pyarrow as pa
import pytest

from nk521lib.display.pages import PageLink, Shell
from nk521lib.display.pages.recount import doubts, line, recount_page, sentence
from nk521lib.edge import self_check as module
from nk521lib.edge.self_check import FINDING, self_check
from nk521lib.findings import to_frame
from nk521lib.recount import Item, Recount
from nk521lib.results import to_frame as numbers_frame

SAME = Item("DLT status", "STATUS", "B", "B1", "CLEAR", "CLEAR")
OTHER = Item("DLT status", "STATUS", "B", "B2", "CLEAR", "DLT")
OPEN = Item("event date", "PFS", "A", "A1", "2026-07-01 code 0", "", "TRDTC without a complete date")
GROUPS = {name: {"decision": "WAIT", "withheld": False, "withheld_because": []} for name in "AB"}


@pytest.fixture
def checked(monkeypatch, make_cut):
    """checked(items, decision="WAIT"): the check of a pack, given what the comparison finds."""

    def make(*items, decision="WAIT"):
        monkeypatch.setattr(module, "recount", lambda cut, claims: Recount(items))
        decisions = {"groups": {name: entry | {"decision": decision} for name, entry in GROUPS.items()}}
        rows = pa.Table.from_pandas(numbers_frame([]), preserve_index=False)
        return self_check(make_cut(DM=[{"USUBJID": "A1"}]), decisions, {}, rows, to_frame([])), decisions

    return make


def test_agreement_changes_nothing(checked):
    found, decisions = checked(SAME, OPEN)
    assert found.decisions == decisions and found.findings.empty
    assert sentence(found.recount) == "1 of 2 decisive numbers recomputed by a second implementation with the same result; 1 not recomputed."  # fmt: skip


def test_a_difference_withholds_the_proposal_of_its_group_alone(checked):
    found, before = checked(SAME, OTHER)
    a, b = found.decisions["groups"].values()
    assert not a["withheld"] and b["withheld"]
    assert b["withheld_because"] == [
        f"{FINDING} DLT status STATUS of B2: the pack says CLEAR, the second implementation DLT"
    ]
    assert not before["groups"]["B"]["withheld"], "the chapter's own answer is not changed in place"
    assert found.findings[["id", "effect", "group", "usubjid"]].values.tolist() == [[FINDING, "BLOCK", "B", "B2"]]


def test_a_difference_of_no_group_withholds_every_proposal(checked):
    found, _ = checked(replace(OTHER, group="", usubjid=""))
    assert all(entry["withheld"] for entry in found.decisions["groups"].values())


@pytest.mark.parametrize("decision", ["STOP_NONE", "STOP_MTD", "HOLD", "CAP_HOLD"])
def test_what_doses_nobody_stands_with_the_finding_above_it(checked, decision):
    found, _ = checked(OTHER, decision=decision)
    assert not found.decisions["groups"]["B"]["withheld"] and len(found.findings) == 1


def test_the_counts_are_result_rows(checked):
    found, _ = checked(SAME, OTHER, OPEN)
    said = {(n.variable_level, n.stat_name): n.stat for n in found.numbers}
    assert (said["", "n"], said["", "N"], said["", "beyond"]) == (1, 3, 1)
    assert said["event date", "beyond"] == 1 and said["DLT status", "n"] == 1


def test_the_pages_say_it(checked, make_cut):
    found, _ = checked(SAME, OTHER, OPEN)
    shell = Shell.of(make_cut(DM=[{"USUBJID": "A1"}]), [PageLink("index.html", "Front page")], "nk521lib")
    page = recount_page(shell, found.recount, found.numbers, {"B2": "subjects/B2.html"})
    assert '<a class="subject" href="subjects/B2.html">B2</a>' in page and "TRDTC without a complete date" in page
    assert "■ 1 of 3 decisive numbers" in line(found.recount, found.numbers) and "1 differs" in sentence(found.recount)
    assert "No proposal on this page" in doubts("escalation", found.recount)
    assert doubts("safety", found.recount) == "" and doubts("escalation", Recount((SAME,))) == ""
