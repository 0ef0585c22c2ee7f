"""The papers of a pack: what they take from a run, and that a run without some chapters has them too."""

import json

import pyarrow as pa
import pytest

from nk521lib.chapters import escalation
from nk521lib.chapters.safety import derive_safety
from nk521lib.edge import paper
from nk521lib.edge.datasets import to_table
from nk521lib.findings import to_frame
from nk521lib.results import to_frame as number_rows


@pytest.fixture(scope="module")
def run(demo_cut):
    """Cut, subjects, decisions and tables of D1, as a run of two chapters has them."""
    cut = demo_cut("D1")
    found, safety = escalation.derive_escalation(cut), derive_safety(cut)
    frames = (
        escalation.list_datasets(found)
        | escalation.list_standing(cut, found)
        | {"adae": safety.adae, "adlb": safety.adlb}
    )
    frames.pop("findings")
    tables = {name: to_table(frame, name) for name, frame in frames.items()}
    return cut, safety.adsl, escalation.decide_groups(cut, found), tables


def _written(folder, run, **changes):
    cut, adsl, decisions, tables = run
    worst = paper.count_worst(cut, adsl, tables)
    rows = pa.Table.from_pandas(number_rows(paper.numbers(worst)), preserve_index=False)
    given = {"decisions": decisions, "tables": tables} | changes
    paper.write_briefs(folder, cut, adsl, given["decisions"], rows, to_frame([]), given["tables"], worst, ("efficacy",))
    return sorted(path.name for path in folder.glob("*.pdf"))


def test_each_group_with_a_decision_has_its_paper_and_the_pack_promises_them(tmp_path, run):
    assert _written(tmp_path, run) == ["committee_A.pdf", "committee_B.pdf"]
    (tmp_path / "decisions.json").write_text(json.dumps(run[2]), encoding="utf-8")
    assert paper.promised(tmp_path) == ["committee_A.pdf", "committee_B.pdf"]


def test_the_paper_is_the_same_bytes_each_time(tmp_path, run):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        _written(tmp_path / name, run)
    assert (tmp_path / "one" / "committee_B.pdf").read_bytes() == (tmp_path / "two" / "committee_B.pdf").read_bytes()


def test_a_group_without_a_decision_and_a_run_without_the_chapter_have_no_paper(tmp_path, run):
    nothing = {"groups": {"A": {"decision": "NOT_APPLICABLE", "reason": "x"}}}
    assert _written(tmp_path, run, decisions=nothing) == [] and _written(tmp_path, run, decisions=None) == []
    assert paper.promised(tmp_path) == []


def test_without_events_or_levels_no_grade_is_counted(run):
    cut, adsl, _, tables = run
    assert paper.count_worst(cut, adsl, {name: table for name, table in tables.items() if name != "adae"}) == {}
    assert paper.count_worst(cut, adsl, tables)


def test_the_table_of_alternatives_is_taken_as_it_was_shown():
    page = '<div id="alternatives"><table class="gt_table"><tr class="gt_col_headings"><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table></div><table>'
    assert paper._alternatives(page) == (("A", "B"), ("1", "2"))
    assert paper._alternatives("<p>nothing</p>") == ()
