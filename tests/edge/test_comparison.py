"""D2 against D3, every line checked by hand against the demo's story; packs; what cannot be compared."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from nk521lib.cli import app
from nk521lib.display.comparison import as_json, as_lines, three_lines
from nk521lib.display.pages.comparison import comparison_page
from nk521lib.edge import provenance
from nk521lib.edge.comparison import compare
from nk521lib.edge.inputs import find_snapshot
from nk521lib.edge.manifest_file import read_manifest
from nk521lib.edge.parameters import read_params
from nk521lib.edge.seal import seal
from nk521lib.edge.since import since_previous
from nk521lib.errors import SnapshotRejected, UsageError


@pytest.fixture(scope="module")
def found():
    return compare("demo:D2", "demo:D3", read_params())


#   subject  what                         before        after                            the last reason
MOVED = [
    ("007", "DLT status", "CANDIDATE", "CLEAR", "REASON Fatigue of the disease, present before the trial) is new"),
    ("014", "DLT status", "not dosed", "CLEAR", "window ended 2026-09-06"), ("018", "DLT status", "not dosed", "CLEAR", "window ended 2026-09-20"),
    ("020", "DLT status", "not dosed", "CLEAR", "window ended 2026-09-27"), ("015", "DLT status", "not dosed", "CLEAR", "window ended 2026-09-07"),
    ("017", "DLT status", "not dosed", "CLEAR", "window ended 2026-09-14"), ("021", "DLT status", "not dosed", "PENDING", "first dose 2026-09-08, level 1"),
    ("001", "best response, confirmed", "SD", "PR", "2026-08-24: 5 new TR, 4 new RS"), ("007", "best response, confirmed", "NE", "SD", "2026-09-14: 4 new TR, 4 new RS"),
    ("008", "best response, confirmed", "NE", "SD", "2026-09-18: 1 new CM"), ("007", "best response", "NE", "SD", "2026-09-14: 4 new TR, 4 new RS"),
    ("008", "best response", "NE", "SD", "2026-09-18: 1 new CM"), ("004", "OS", "no event", "death on 2026-09-08", "DM DTHDTC: nothing to 2026-09-08"),
    ("005", "OS", "no event", "death on 2026-08-19", "DM DTHDTC: nothing to 2026-08-19"),
    ("002", "PFS", "no event", "progression or death on 2026-08-27", "2026-08-27: 4 new TR, 4 new RS"),
    ("004", "PUFS", "no event", "puncture or death on 2026-09-08", "DM DTHDTC: nothing to 2026-09-08"),
    ("007", "PUFS", "no event", "puncture or death on 2026-09-02", "2026-09-02: 1 new PR"), ("002", "PUFS", "no event", "puncture or death on 2026-08-20", "2026-08-20: 1 new PR"),
    ("010", "PUFS", "no event", "puncture or death on 2026-08-21", "2026-08-21: 1 new PR"), ("015", "PUFS", "no event", "puncture or death on 2026-09-20", "2026-09-20: 1 new PR"),
]  # fmt: skip
DECIDED = [
    ("A", "decision", "WAIT", "ESCALATE"), ("A", "level", "1", "2"), ("A", "n", "2", "3"), ("A", "m", "1", "0"),
    ("A", "state", "OPEN3", "CLEARED3"), ("A", "to_level", "1", "3"), ("A", "dosed", "3", "6"), ("B", "decision", "EXPAND", "WAIT"),
    ("B", "n", "3", "5"), ("B", "m", "0", "1"), ("B", "dosed", "4", "7"),
]  # fmt: skip
EDITED = [  # nk521lib/edge/demo_trial/story.py: late edits, deaths, subjects assigned since
    "NK521-01-004 DM DTHDTC: nothing to 2026-09-08", "NK521-01-005 DM DTHFL: nothing to Y", "NK521-01-001 AE 5 AEENDTC: nothing to 2026-08-20",
    "NK521-01-007 AE 3 AEDLTADJ: nothing to N", "NK521-01-002 CM 4 CMDOSE: 40 to 100", "TS 1 TSVAL: 16 to 27",
]  # fmt: skip


def test_every_answer_that_moved_and_no_other(found):
    moves = [m for m in found.moves if m.kind != "eligibility"]
    assert [(m.usubjid[-3:], m.kind, m.old, m.new) for m in moves] == [row[:4] for row in MOVED]
    assert all(m.because[-1].endswith(row[4]) for m, row in zip(moves, MOVED, strict=True))
    assert [(m.usubjid[-3:], m.old, m.new) for m in found.moves if m.kind == "eligibility"] == [
        ("014", "UNDECIDED", "ELIGIBLE"), ("015", "UNDECIDED", "ELIGIBLE"),
    ]  # fmt: skip


def test_every_field_of_a_decision_that_moved(found):
    assert [(m.group, m.kind, m.old, m.new) for m in found.decisions] == DECIDED


def test_headline_numbers_before_and_after(found):
    said = dict(found.headlines)
    assert said["Screened · eligible · dosed"][2] == ("15 · 6 · 7", "26 · 14 · 13")
    assert said["Any grade 3 or higher treatment-emergent event"] == [("2/3", "3/6"), ("1/4", "3/7"), ("3/7", "6/13")]
    assert said["Puncture-free survival, median"][0] == ("fewer than 5 subjects", "86 days")


def test_the_counts_of_records_are_those_of_the_files(found):
    lines = list(as_lines(found))
    manifests = [read_manifest(find_snapshot(f"demo:{name}"))[0] for name in ("D2", "D3")]
    rows = [sum(file.rows for file in one.files if not file.domain.startswith("SUPP")) for one in manifests]
    (line,) = [line for line in lines if line.startswith("Records:")]
    assert line == f"Records: {rows[1] - rows[0]} records new, 9 changed, none vanished"
    assert {f"  {edit}" for edit in EDITED} <= set(lines)
    assert len([line for line in lines if ": nothing to " in line or (" to " in line and line.startswith("  NK521") and " DM " in line)]) >= 19  # fmt: skip


def test_json_holds_the_records_in_full(found):
    said = json.loads(json.dumps(as_json(found)))
    assert said["old"] == {"snapshot_id": "D2", "cutoff_date": "2026-07-31"}
    assert len(said["records"]) == len(found.changes) and said["counts"]["changed"] == 9
    assert (
        said["decisions"][0]["old"] == "WAIT" and "NK521-01-007: CANDIDATE to CLEAR" in said["decisions"][0]["because"]
    )


def test_the_page_stands_alone(found):
    page = comparison_page(found, "NK521", "nk521lib", True)
    assert "SYNTHETIC" in page and "<script" not in page and "default-src 'none'" in page
    assert "3/7 → <b>6/13</b>" in page and "AE 3 AEDLTADJ: nothing to N" in page


def test_the_front_page_says_it_in_three_lines(found, demo_compared):
    cut = demo_compared("D3")
    lines = list(since_previous(cut, found.new.decisions, found.new.addlt))
    assert lines == [
        lines[0],
        "Subjects: newly dosed 014, 018, 020, 015, 017 and 021; DLT status 007 CANDIDATE to CLEAR.",
        "Decisions: A WAIT to ESCALATE; B EXPAND to WAIT.",
    ]
    assert lines[0].startswith("Since D2, data up to 31 Jul 2026: ") and lines[0].endswith(
        " new, 9 changed, none vanished."
    )
    assert since_previous(replace(cut, compared=None), found.new.decisions, found.new.addlt) == ()
    assert three_lines("D2", found.changes, [], [])[1:] == ["Subjects: nobody newly dosed, no DLT status moved.", "Decisions: as before."]  # fmt: skip


def pack_of(folder, state, results=None):
    """The files of a pack that a comparison reads."""
    (folder / "data").mkdir(parents=True)
    state.addlt.to_parquet(folder / "data" / "addlt.parquet")
    state.adtte.to_parquet(folder / "data" / "adtte.parquet")
    (folder / "decisions.json").write_text(json.dumps(state.decisions), encoding="utf-8")
    columns = {c: pd.Series(dtype="string") for c in ("analysis_id", "variable_level", "stat_name", "group1_level", "group2_level", "population", "variable", "fmt", "row_id")}  # fmt: skip
    pd.DataFrame(columns | {"stat": pd.Series(dtype="Float64")}).to_parquet(folder / "results.parquet")
    facts = {"snapshot_id": state.name, "cutoff_date": state.cutoff, "synthetic": True}
    content = {"snapshot": facts, "outputs": provenance.outputs(folder)}
    (folder / provenance.FILE).write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


def test_two_packs_are_compared_by_what_they_hold(found, tmp_path):
    old, new = pack_of(tmp_path / "D2", found.old), pack_of(tmp_path / "D3", found.new)
    packs = compare(old, new, read_params())
    assert [(m.group, m.kind, m.old, m.new) for m in packs.decisions] == DECIDED
    statuses = [(m.usubjid, m.old, m.new) for m in packs.moves if m.kind == "DLT status"]
    assert statuses == [(m.usubjid, m.old, m.new) for m in found.moves if m.kind == "DLT status"]
    assert any("no source records" in line for line in as_lines(packs)) and as_json(packs)["records"] is None
    (tmp_path / "D2" / "decisions.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SnapshotRejected, match=r"decisions\.json"):
        compare(old, new, read_params())
    with pytest.raises(UsageError, match="compare like with like"):
        compare(old, "demo:D3", read_params())


def test_the_newer_one_first_is_refused_in_one_line(small_snapshot, tmp_path):
    older = shutil.copytree(small_snapshot, tmp_path / "S899", ignore=shutil.ignore_patterns("snapshot.json"))
    seal(older, "S899", "2026-06-29", synthetic=True)
    done = CliRunner().invoke(app, ["compare", str(small_snapshot), str(older)])
    assert done.exit_code == 2 and "give the older one first" in done.stderr and "Traceback" not in done.stderr
