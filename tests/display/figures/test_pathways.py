"""The drawn tree and its table: the same ways, the same numbers, one look for every group."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.pathways import derive_pathways
from nk521lib.display.figures.pathways import PITCH, plot_pathways
from nk521lib.display.tables.pathways import table_pathways


def subject(name, arm, first, dlt=False):
    dates = [(pd.Timestamp(first) + pd.Timedelta(days=d)).date().isoformat() for d in (0, 7, 14, 21, 27)]
    doses = [{"USUBJID": name, "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": date} for date in dates[:4]]
    event = {"USUBJID": name, "AETERM": "Fever", "AEREL": "RELATED", "AETOXGR": "3", "AEDLT": "Y",
             "AESTDTC": dates[0], "AEENDTC": dates[1]}  # fmt: skip
    return {"USUBJID": name, "SUBJID": name, "ARMCD": arm}, doses, {
        "USUBJID": name, "VISITNUM": 1.0, "SVSTDTC": dates[4]}, [event] * dlt  # fmt: skip


@pytest.fixture(scope="module")
def running(make_cut):
    """Group A has one clear subject, group B two with a DLT."""
    made = [subject("A1", "A_DL1", "2026-01-05"), subject("B1", "B_DL1", "2026-01-05", True),
            subject("B2", "B_DL1", "2026-01-19", True)]  # fmt: skip
    cut = make_cut(DM=[m[0] for m in made], EX=[d for m in made for d in m[1]], SV=[m[2] for m in made],
                   AE=[e for m in made for e in m[3]])  # fmt: skip
    return cut, derive_escalation(cut)


def test_every_node_drawn_says_its_chance_and_is_a_row(running):
    cut, found = running
    shown, drawn = plot_pathways(cut, found), derive_pathways(cut, found)["A"].drawn()
    assert len(shown.numbers) == len(drawn)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", shown.html)
    assert sum(text.endswith("%") for text in texts) == len(drawn) - 1  # the present has no chance to say
    assert all(number.row_id in shown.html for number in shown.numbers)
    assert "Now: DL1 0/1" in texts and "up to DL2" in texts and "expand DL1 to 6" in texts


def test_the_line_of_more_than_the_cap_is_dashed(running):
    cut, found = running
    drawn = derive_pathways(cut, found)["A"]
    over = sum(drawn.over_cap(node) for node in drawn.drawn())
    assert 0 < over < len(drawn.drawn())
    assert plot_pathways(cut, found, group="A").html.count("stroke-dasharray") == over


def test_a_group_that_has_stopped_says_so(running):
    cut, found = running
    assert "Group B: the rules have come to an end" in plot_pathways(cut, found).plain
    assert "Group B" not in plot_pathways(cut, found, group="A").plain


def test_the_scale_does_not_depend_on_the_data(running):
    """Two trees can be laid side by side: one line has the same height in both."""
    cut = running[0]
    heights = []
    for at in (cut, replace(cut, params=cut.params.having("top_confirm6", True))):
        html = plot_pathways(at, derive_escalation(at), group="A").html
        nodes = derive_pathways(at, derive_escalation(at))["A"].drawn()
        lines = len(nodes) - len({node.parent for node in nodes} - {None})
        height = float(re.search(r'height="([\d.]+)pt"', html)[1]) / 72
        heights.append((height - 0.15) / lines)
    assert heights == pytest.approx([PITCH, PITCH], rel=0.01)


def test_later_outcomes_are_counted_not_hidden(running):
    cut, found = running
    shown = plot_pathways(cut, found, group="A")
    pathways = derive_pathways(cut, found)["A"]
    left = len(pathways.nodes) - len(pathways.drawn())
    assert left > 0 and f"{left} later outcomes not drawn" in shown.html
    assert "ways on" in shown.html


def test_the_table_has_a_row_for_every_way(running):
    cut, found = running
    shown = table_pathways(cut, found)
    ends = sum(len(p.ends) for p in derive_pathways(cut, found).values())
    assert f"[{ends} rows]" in shown.plain and len(shown.numbers) == 2 * ends
    assert ", above 9" in shown.html and "no tolerated dose" in shown.html


def test_without_a_ladder_nothing_is_drawn(running):
    cut, found = running
    bare = replace(found, groups={})
    assert "does not apply" in plot_pathways(cut, bare).plain and "does not apply" in table_pathways(cut, bare).plain
