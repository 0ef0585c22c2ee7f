"""The self-check of a run: a difference withholds the proposal of its group, and is said on every page that it touches."""

import json
import re
from dataclasses import replace

import nbformat
import pandas as pd
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


@pytest.mark.slow
def test_a_run_with_an_error_in_one_implementation_publishes_no_readable_proposal(monkeypatch, tmp_path):
    """The second implementation is made to call one subject's window open; the chapter runs as it is."""
    from nk521lib.edge import runner
    from nk521lib.recount import statuses
    from nk521lib.terms import DltStatus

    true = statuses.derive_statuses

    def wrong(cut):
        found = true(cut)
        name = "NK521-01-014"
        return found | {name: replace(found[name], status=DltStatus.PENDING, known=None)}

    monkeypatch.setattr(statuses, "derive_statuses", wrong)
    pack = runner.run("demo:D3", out=tmp_path, chapters=["escalation"])
    groups = json.loads((pack / "decisions.json").read_text(encoding="utf-8"))["groups"]
    assert groups["A"]["decision"] == "ESCALATE" and groups["A"]["withheld"] and not groups["B"]["withheld"]
    assert FINDING in set(pd.read_csv(pack / "findings.csv")["id"])
    index, chapter = ((pack / f"{name}.html").read_text(encoding="utf-8") for name in ("index", "02_escalation"))
    assert "WITHHELD" in index and "differ" in index and chapter.index("In doubt.") < chapter.index('class="headline')
    headlines = re.findall(r'<p class="say[^"]*">(.*?)</p>', index + chapter, re.DOTALL)
    of_a = [said for said in headlines if "Group A" in said or "No proposal" in said]
    assert of_a and all("no proposal, withheld until answered" in said.lower() for said in of_a)
    assert (
        "CERTAIN" not in re.sub(r"UNCERTAIN", "", chapter.split('id="part-1"')[0])
        and "if the committee agrees" not in chapter
    )
    assert "withheld; the rules would give: escalate to" in chapter  # the minutes
    notebook = nbformat.read(pack / "notebooks" / "02_escalation.ipynb", as_version=4)
    assert "In doubt." in notebook.cells[1].source and "group A" in notebook.cells[1].source.replace("Group", "group")
