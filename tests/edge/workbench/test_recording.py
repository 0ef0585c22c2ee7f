"""The record page without a browser: which pack, against what, one file written, the what-if never in it."""

import json
from datetime import date

import pandas as pd
import pytest

from nk521lib.edge import provenance
from nk521lib.edge.record import record, record_file
from nk521lib.edge.workbench.app import PAGES, App
from nk521lib.edge.workbench.record_form import RecordForm
from nk521lib.edge.workbench.recording import RecordPage

TODAY = date(2026, 10, 20)
CLOCK = lambda: TODAY
HOSTILE = "<img src=x onerror=alert(1)>"
MAKING = ["nk521", "run", "a folder"]


@pytest.fixture
def open_cut(make_cut):
    """The snapshot that the app has open; its packs carry its id."""
    return make_cut()


@pytest.fixture
def page(open_cut, tmp_path):
    return RecordPage(open_cut, tmp_path, MAKING, CLOCK)


def fill(form, reason="0 of 3", day=date(2026, 10, 7)):
    form.reason.value, form.attendees.value, form.by.value, form.on.value = reason, "Chair", "DM", day


def told(form):
    return form.seen.value + form.answer.value


def test_without_a_pack_it_says_so_and_how_to_make_one_and_finds_it_then(page, make_pack, tmp_path):
    page.show(is_record=True)
    assert page.form is None and "No pack of T001 in" in page.told.value
    assert f"nk521 run &#x27;a folder&#x27; --out {tmp_path}" in page.told.value
    pack = make_pack("T001")
    page.again.click()
    assert page.form.pack == pack and str(pack) in page.told.value and str(record_file(pack)) in page.told.value
    assert "20 days before today" in page.told.value


def test_it_shows_the_proposal_seen_and_the_hash_and_writes_the_rows_alone(page, make_pack, tmp_path):
    pack = make_pack("T001")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    page.show(is_record=True)
    form, hashed = page.form, provenance.content_sha256(pack)
    assert (
        "ESCALATE to level 3, certain" in form.seen.value
        and hashed in form.seen.value
        and hashed[:12] in form.seen.value
    )
    fill(form)
    form.save.click()
    lock = pack.parent / ".work" / "adjud.lock"  # of the same kind as a run leaves there
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - before == {record_file(pack), lock}
    kept = pd.read_csv(record_file(pack), dtype=str)
    assert kept["VALUE"].tolist() == ["ESCALATE", "OPEN"] and kept["PACKSHA"].unique().tolist() == [hashed]
    assert (
        kept["PROPOSAL"].unique().tolist() == ["ESCALATE to level 3, certain"]
        and kept["ATTENDEES"].tolist() == ["Chair"] * 2
    )
    assert form.save.disabled and "Recorded" in form.answer.value and not form.reason.value


def test_what_is_missing_or_departs_is_said_before_anything_is_written(page, make_pack):
    pack = make_pack("T001")
    page.show(is_record=True)
    form = page.form
    form.save.click()
    assert "reason: missing" in form.answer.value and not record_file(pack).exists()
    assert "departs from the proposal" not in form.seen.value
    form.decision.value = "HOLD"
    assert "departs from the proposal" in form.seen.value
    fill(form, day=date(2026, 10, 21))
    form.save.click()
    assert "lies after today" in form.answer.value and not record_file(pack).exists()
    fill(form)
    form.save.click()
    assert pd.read_csv(record_file(pack))["DEPARTS"].tolist() == ["Y"]


def test_a_second_time_is_refused_in_one_line_when_it_is_opened_and_when_it_is_saved(page, make_pack):
    pack = make_pack("T001")
    page.show(is_record=True)
    fill(page.form)
    record(pack, "A", "hold", "elsewhere", "Chair", "2026-10-08", "DM", TODAY)
    before = record_file(pack).read_bytes()
    page.form.save.click()
    assert (
        page.form.answer.value.count("<p>") == 1
        and "already holds the decision on T001 (HOLD" in page.form.answer.value
    )
    page.show(is_record=True)
    assert page.form.save.disabled and "already holds the decision on T001" in page.form.answer.value
    assert record_file(pack).read_bytes() == before


def test_an_altered_pack_and_one_of_another_snapshot_are_refused_in_one_line(page, make_pack, open_cut):
    pack = make_pack("T001")
    (pack / "decisions.json").write_text(json.dumps({"groups": {"<i>": {}}}))
    page.show(is_record=True)
    assert page.form.save.disabled and page.form.answer.value.count("<p>") == 1 and "<i>" not in told(page.form)
    other = make_pack("other", snapshot_id="T001")
    facts = provenance.read(other)
    facts["snapshot"]["manifest_sha256"] = "1" * 64
    (other / provenance.FILE).write_text(json.dumps(facts))
    form = RecordForm(other, open_cut, CLOCK)
    assert (
        form.save.disabled and form.answer.value.count("<p>") == 1 and "made of another snapshot" in form.answer.value
    )


def test_a_what_if_is_told_apart_and_never_recorded(page, make_pack, open_cut):
    make_pack("T001", params_sha256=open_cut.params.sha256)
    page.show(is_record=True)
    assert "WHAT IF, NOT THE RECORD" not in page.heading.value
    page.show(is_record=False)
    assert "WHAT IF, NOT THE RECORD" in page.heading.value
    assert "against the proposal of the pack, not against the what-if" in page.heading.value


def test_other_settings_than_the_packs_are_said(page, make_pack):
    make_pack("T001", params_sha256="2" * 64)
    page.show(is_record=True)
    assert "opened with other settings than the pack was made with" in page.heading.value


def test_what_was_typed_stays_while_the_pages_are_turned(page, make_pack):
    make_pack("T001")
    page.show(is_record=True)
    fill(page.form, "a long reason")
    page.form.decision.value = "HOLD"
    page.show(is_record=False)
    assert page.form.reason.value == "a long reason" and page.form.decision.value == "HOLD"


def test_hostile_text_is_text(page, make_pack, entry):
    make_pack("T001", groups={"A": entry | {"reason": HOSTILE}})
    page.show(is_record=True)
    fill(page.form, HOSTILE)
    page.form.save.click()
    assert page.form.file and "<img" not in told(page.form) and "&lt;img" in page.form.answer.value


def test_a_withheld_proposal_shows_first_why(page, make_pack, entry):
    make_pack("T001", groups={"A": entry | {"withheld": True, "withheld_because": ["NKD-020 x"]}})
    page.show(is_record=True)
    seen = page.form.seen.value
    assert "WITHHELD" in seen and seen.index("Withheld: NKD-020 x") < seen.index("rules would give: escalate to")


def test_the_app_turns_from_the_question_to_the_record_and_back(make_pack, tmp_path, monkeypatch, open_cut):
    monkeypatch.setattr("nk521lib.edge.workbench.app.read_snapshot", lambda name, params: open_cut)
    app = App("some folder", reports=tmp_path)
    assert app.place.children == (app.workbench.view,) and not app.page.disabled
    app.page.value = PAGES[1]
    assert (
        app.place.children == (app.recording.view,) and "nk521 run &#x27;some folder&#x27;" in app.recording.told.value
    )
    app.page.value = PAGES[0]
    assert app.place.children == (app.workbench.view,)


def test_a_refused_snapshot_has_nothing_to_record(tmp_path):
    app = App(str(tmp_path))
    assert app.workbench is None and app.recording is None and app.page.disabled
