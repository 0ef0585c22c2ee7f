"""Recording beside a pack: refused when the pack is not whole, decided already, or not the paper's; the age of a pack."""

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from nk521lib.edge import currency, provenance
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.record import groups_of, read_seen, record, record_file
from nk521lib.edge.record_form import RecordForm
from nk521lib.errors import UsageError

TODAY = date(2026, 10, 20)
ENTRY = {"decision": "ESCALATE", "level": 2, "to_level": 3, "certain": True, "withheld": False, "would_be": None,
         "recorded": {"value": "OPEN", "date": "2026-08-06", "snapshot": "D2"}, "levels": [{}, {}, {}]}  # fmt: skip
SAID = {"reason": "0 of 3", "attendees": "Chair", "on": "2026-10-07", "by": "DM", "today": TODAY}


@pytest.fixture
def make_pack(tmp_path):
    """make_pack("D3", …): a folder with what recording and verifying read of a pack, nothing else."""

    def make(name="D3", snapshot_id=None, cutoff="2026-09-30", chapters=CHAPTERS, groups=None, scenario=None, changed=(),
             extracted="2026-10-05T10:00:00Z") -> Path:  # fmt: skip
        pack = tmp_path / name
        pack.mkdir()
        decisions = {"snapshot_id": snapshot_id or name, "cutoff_date": cutoff, "scenario": scenario,
                     "groups": groups or {"A": ENTRY, "B": {"decision": "NOT_APPLICABLE"}}}  # fmt: skip
        (pack / "decisions.json").write_text(json.dumps(decisions), encoding="utf-8")
        (pack / "findings.csv").write_text("id\n", encoding="utf-8")
        facts = {
            "snapshot": {"snapshot_id": snapshot_id or name, "study": "NCT07561437", "cutoff_date": cutoff, "extracted_at": extracted},
            "chapters": list(chapters), "parameters": {"non_default": list(changed)},
            "content_sha256": provenance.content_sha256(pack), "outputs": provenance.outputs(pack),
        }  # fmt: skip
        (pack / provenance.FILE).write_text(json.dumps(facts), encoding="utf-8")
        return pack

    return make


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
    assert "provenance.json is missing" in _refused(lambda: read_seen(bare, "A"))
    assert "made without efficacy" in _refused(lambda: read_seen(make_pack("D4", chapters=CHAPTERS[:-1]), "A"))
    assert "a what-if, not the record" in _refused(lambda: read_seen(make_pack("D5", scenario="x"), "A"))
    assert "decisions.json is missing" in _refused(lambda: groups_of(bare.parent))
    old = make_pack("D6")
    facts = {key: value for key, value in provenance.read(old).items() if key != "content_sha256"}
    (old / provenance.FILE).write_text(json.dumps(facts))
    assert "made by an earlier version" in _refused(lambda: read_seen(old, "A"))


def test_another_group_another_paper_and_a_second_time_are_refused(make_pack):
    pack = make_pack()
    assert "D3 decides on A" in _refused(lambda: read_seen(pack, "B"))
    assert "the paper belongs to another pack" in _refused(lambda: read_seen(pack, "A", "0123456789ab"))
    assert "the paper belongs to another pack" in _refused(
        lambda: read_seen(pack, "A", provenance.content_sha256(pack)[:7])
    )
    assert read_seen(pack, "A", provenance.content_sha256(pack)[:12]).entry == ENTRY
    record(pack, "A", "escalate", **SAID)
    before = record_file(pack).read_bytes()
    assert "already holds the decision on D3" in _refused(lambda: record(pack, "A", "hold", **SAID))
    aside = make_pack("D3~1", snapshot_id="D3")
    assert "already holds the decision on D3" in _refused(lambda: record(aside, "A", "hold", **SAID))
    assert record_file(pack).read_bytes() == before


def test_a_decision_that_the_snapshot_holds_is_not_recorded_again(make_pack):
    held = ENTRY | {"recorded": {"value": "HOLD", "date": "2026-10-07", "snapshot": "D3"}}
    assert "already holds the decision on D3 (HOLD" in _refused(lambda: read_seen(make_pack(groups={"A": held}), "A"))


def test_verify_tells_the_age_and_what_is_newer_beside_it(make_pack):
    pack = make_pack()
    assert currency.say_currency(pack, TODAY) == ["data up to 30 Sep 2026, 20 days before today"]
    make_pack("D4", cutoff="2026-10-10")
    make_pack("D2", cutoff="2026-08-31")
    make_pack("D3+12345678", extracted="2026-10-06T10:00:00Z")
    shutil.copytree(pack, pack.with_name("D3~1"))
    (pack.parent / "broken").mkdir()
    (pack.parent / "broken" / provenance.FILE).write_text("{")
    assert currency.newer_cuts(pack) == [("2026-10-10", "D4"), ("2026-09-30", "D3+12345678")]
    assert "superseded by D3, a later run of the same snapshot" in currency.say_currency(pack.with_name("D3~1"), TODAY)


def test_the_form_records_as_the_command_does_and_says_what_is_missing(make_pack):
    pack = make_pack(groups={"A": ENTRY | {"reason": "<b>"}})
    form = RecordForm(pack, TODAY)
    assert "ESCALATE to level 3, certain" in form.seen.value and not form.save.disabled
    form.save.click()
    assert "reason: missing" in form.answer.value and form.file is None
    form.decision.value = "HOLD"
    assert "departs" in form.seen.value
    form.reason.value, form.attendees.value, form.by.value, form.on.value = (
        "<script>x",
        "Chair",
        "DM",
        date(2026, 10, 7),
    )
    form.save.click()
    assert form.file == record_file(pack) and form.save.disabled and "<script" not in form.answer.value
    assert pd.read_csv(form.file)["DEPARTS"].tolist() == ["Y"]


def test_a_form_on_a_pack_that_is_not_whole_says_so_and_records_nothing(make_pack):
    pack = make_pack()
    (pack / "decisions.json").write_text(json.dumps({"groups": {"<i>": ENTRY}}))
    form = RecordForm(pack, TODAY)
    assert form.save.disabled and "decisions.json: sha256" in form.answer.value and "<i>" not in form.answer.value
