"""Recording beside a pack: refused when the pack is not whole, decided already, or not the paper's; the age of a pack."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pandas as pd
import pytest

from nk521lib.chapters.escalation.record import decision_rows
from nk521lib.edge import currency, provenance
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.record import groups_of, packs_of, read_seen, record, record_file
from nk521lib.errors import UsageError

TODAY = date(2026, 10, 20)
SAID = {"reason": "0 of 3", "attendees": "Chair", "on": "2026-10-07", "by": "DM", "today": TODAY}


def test_the_rows_stand_beside_the_pack_and_the_pack_stays_as_published(make_pack):
    pack = make_pack()
    file, rows = record(pack, "A", "escalate", **SAID)
    assert file == pack.parent / "D3.adjud.csv" == record_file(pack)
    assert len(rows) == 2 and provenance.verify(pack) == []
    kept = pd.read_csv(file, dtype=str)
    assert kept["VALUE"].tolist() == ["ESCALATE", "OPEN"]
    assert kept["PACKSHA"].unique().tolist() == [provenance.content_sha256(pack)]


def test_earlier_rows_stand_above_so_that_the_file_is_the_whole_committee_file(make_pack, tmp_path):
    earlier = tmp_path / "so_far.csv"
    earlier.write_text(
        'STUDYID,USUBJID,GROUP,LEVEL,ITEM,VALUE,ADJDTC,SNAPSHOT,AESEQ,REASON\nX,,A,1,DECISION,OPEN,2026-05-25,,,"a, b"\n'
    )
    file, _ = record(make_pack(), "A", "escalate", **SAID, earlier=earlier)
    kept = pd.read_csv(file, dtype=str)
    assert kept["VALUE"].tolist() == ["OPEN", "ESCALATE", "OPEN"] and kept.loc[0, "REASON"] == "a, b"


def test_of_those_who_record_at_once_the_first_is_kept_and_the_others_are_refused(make_pack, monkeypatch):
    pack = make_pack()

    def slowly(*given):
        time.sleep(0.2)  # long enough for the others to look before the first has written
        return decision_rows(*given)

    monkeypatch.setattr("nk521lib.edge.record.decision_rows", slowly)

    def one(group: str):
        try:
            return record(pack, group, "escalate", **SAID)
        except UsageError as refused:
            return refused

    with ThreadPoolExecutor(4) as members:
        ends = list(members.map(one, "AAAA"))
    assert sum(isinstance(end, UsageError) and "already holds the decision" in str(end) for end in ends) == 3
    assert pd.read_csv(record_file(pack), dtype=str)["VALUE"].tolist() == ["ESCALATE", "OPEN"]
    assert [path.name for path in pack.parent.glob("*.draft")] == []


def _refused(act) -> str:
    with pytest.raises(UsageError) as refused:
        act()
    return "\n".join(refused.value.problems)


def test_an_altered_an_incomplete_and_a_what_if_pack_are_refused(make_pack):
    altered = make_pack("D1")
    (altered / "findings.csv").write_text("id\nx\n")
    assert "findings.csv: sha256" in _refused(lambda: read_seen(altered, "A"))
    bare = make_pack("D2")
    (bare / provenance.FILE).unlink()
    assert "provenance.json cannot be read" in _refused(lambda: read_seen(bare, "A"))
    assert "made without efficacy" in _refused(lambda: read_seen(make_pack("D4", chapters=CHAPTERS[:-1]), "A"))
    assert "a what-if, not the record" in _refused(lambda: read_seen(make_pack("D5", scenario="x"), "A"))
    assert "decisions.json cannot be read" in _refused(lambda: groups_of(bare.parent))
    old = make_pack("D6")
    facts = {key: value for key, value in provenance.read(old).items() if key != "content_sha256"}
    (old / provenance.FILE).write_text(json.dumps(facts))
    assert "made by an earlier version" in _refused(lambda: read_seen(old, "A"))


def test_a_pack_whose_provenance_tells_another_hash_is_refused(make_pack):
    pack = make_pack()
    facts = provenance.read(pack) | {"content_sha256": "1" * 64}
    (pack / provenance.FILE).write_text(json.dumps(facts))
    assert "provenance.json: content 111111111111, computed" in _refused(lambda: read_seen(pack, "A"))


def test_a_pack_of_another_snapshot_than_the_open_one_is_refused(make_pack):
    pack = make_pack()
    assert read_seen(pack, "A", manifest_sha256="0" * 64).group == "A"
    assert "made of another snapshot than the one that is open" in _refused(lambda: read_seen(pack, "A", manifest_sha256="1" * 64))  # fmt: skip


def test_why_an_altered_pack_is_refused_is_one_line(make_pack):
    pack = make_pack()
    for name in ("one.html", "two.html"):
        (pack / name).write_text("x")
    assert _refused(lambda: read_seen(pack, "A")) == (
        "D3: not as published, nothing is recorded: one.html: in the pack, not in the provenance "
        "(and 1 more, listed by nk521 verify)"
    )  # fmt: skip


def test_packs_of_a_snapshot_are_found_the_present_one_first(make_pack, tmp_path):
    for name in ("D3~1", "D3+12345678", "D3"):
        make_pack(name, snapshot_id="D3")
    make_pack("D2")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / provenance.FILE).write_text("{")
    assert [pack.name for pack in packs_of(tmp_path, "D3")] == ["D3", "D3+12345678", "D3~1"]
    assert packs_of(tmp_path / "nowhere", "D3") == []


def test_another_group_another_paper_and_a_second_time_are_refused(make_pack, entry):
    pack = make_pack()
    assert "D3 decides on A" in _refused(lambda: read_seen(pack, "B"))
    assert "the paper belongs to another pack" in _refused(lambda: read_seen(pack, "A", "0123456789ab"))
    assert "the paper belongs to another pack" in _refused(
        lambda: read_seen(pack, "A", provenance.content_sha256(pack)[:7])
    )
    assert read_seen(pack, "A", provenance.content_sha256(pack)[:12]).entry == entry
    record(pack, "A", "escalate", **SAID)
    before = record_file(pack).read_bytes()
    assert "already holds the decision on D3" in _refused(lambda: record(pack, "A", "hold", **SAID))
    assert "already holds the decision on D3" in _refused(lambda: read_seen(pack, "A"))
    aside = make_pack("D3~1", snapshot_id="D3")
    assert "already holds the decision on D3" in _refused(lambda: record(aside, "A", "hold", **SAID))
    assert record_file(pack).read_bytes() == before


def test_a_decision_that_the_snapshot_holds_is_not_recorded_again(make_pack, entry):
    held = entry | {"recorded": {"value": "HOLD", "date": "2026-10-07", "snapshot": "D3"}}
    assert "already holds the decision on D3 (HOLD" in _refused(lambda: read_seen(make_pack(groups={"A": held}), "A"))


def test_verify_tells_the_age_and_what_is_newer_beside_it(make_pack):
    pack = make_pack()
    assert currency.say_currency(pack, TODAY) == ["data up to 30 Sep 2026, 20 days before today"]
    make_pack("D4", cutoff="2026-10-10")
    make_pack("D2", cutoff="2026-08-31")
    make_pack("D3+12345678", extracted="2026-10-06T10:00:00Z")
    make_pack("D3+87654321", extracted=None)
    shutil.copytree(pack, pack.with_name("D3~1"))
    (pack.parent / "broken").mkdir()
    (pack.parent / "broken" / provenance.FILE).write_text("{")
    assert currency.newer_cuts(pack) == [("2026-10-10", "D4"), ("2026-09-30", "D3+12345678")]
    assert "superseded by D3, a later run of the same snapshot" in currency.say_currency(pack.with_name("D3~1"), TODAY)
