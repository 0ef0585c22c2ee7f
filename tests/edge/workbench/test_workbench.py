"""The workbench without a browser: every control asks, the last change wins, nothing is written but a scenario."""

import json

import pandas as pd
import pytest

from nk521lib.chapters.escalation.inquiry import Inputs
from nk521lib.edge.parameters import SOFTWARE
from nk521lib.edge.workbench import Workbench
from nk521lib.edge.workbench.app import App
from nk521lib.edge.workbench.prepared import Prepared, choices, neighbours
from nk521lib.edge.workbench.scenario import load_scenario, save_scenario, scenario_text
from nk521lib.errors import ParamsError, UsageError
from nk521lib.params import load_params
from nk521lib.terms import DltStatus

HOSTILE = "X-<img src=x onerror=alert(1)>"
EVENT = {"AETERM": "<b>x</b>", "AEDECOD": "Hypotension", "AEREL": "RELATED", "AETOXGR": "3"}


FIRST = pd.Timestamp("2026-03-02")


def day(study_day: int) -> str:
    return (FIRST + pd.Timedelta(days=study_day - 1)).date().isoformat()


@pytest.fixture(scope="module")
def cut(make_cut):
    """A: two clear and one open at DL1; B: one DLT, one candidate, one open whose id is hostile. Full doses, all seen."""
    first = {"A1": 1, "A2": 15, "A3": 40, "B1": 1, "B2": 20, HOSTILE: 45}
    arms = {name: "A_DL1" if name.startswith("A") else "B_DL1" for name in first}
    route = {"A": "INTRAVENOUS", "B": "INTRAPERITONEAL"}
    doses = [{"USUBJID": name, "EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXROUTE": route[arms[name][0]],
              "EXSTDTC": day(start + planned)} for name, start in first.items() for planned in (0, 7, 14, 21) if start + planned <= 60]  # fmt: skip
    seen = [
        {"USUBJID": name, "VISITNUM": 1.0, "SVSTDTC": day(start + 27)}
        for name, start in first.items()
        if start + 27 <= 60
    ]
    people = [{"USUBJID": name, "SUBJID": name, "ARMCD": arm, "SEX": "F"} for name, arm in arms.items()]
    events = [EVENT | {"USUBJID": "B2", "AESTDTC": day(30), "AEENDTC": day(32)},
              EVENT | {"USUBJID": "B1", "AESTDTC": day(6), "AEENDTC": day(9), "AEDLT": "Y"}]  # fmt: skip
    return make_cut(cutoff=day(60), DM=people, EX=doses, SV=seen, AE=events)


@pytest.fixture(scope="module")
def prepared(cut):
    return Prepared(cut)


@pytest.fixture
def workbench(cut, prepared, tmp_path):
    return Workbench(cut, tmp_path / "scenarios", prepared=prepared)


def said(workbench):
    return "".join(block.value for block in workbench.blocks.values())


def test_it_opens_on_the_record_and_says_so(workbench):
    assert workbench.answer.before == workbench.answer.after
    assert "THE RECORD" in said(workbench) and "WHAT IF, NOT THE RECORD" not in said(workbench)


def test_one_click_on_a_status_changes_the_answer_and_marks_it(workbench):
    workbench.subjects["A"].rows["A3"].value = "DLT"
    assert workbench.answer.after["x"] == 1 and workbench.answer.after["decision"] == "EXPAND"
    assert "WHAT IF, NOT THE RECORD" in said(workbench) and "A3: DLT instead of window open" in said(workbench)
    workbench.subjects["A"].rows["A3"].value = ""
    assert "THE RECORD" in said(workbench)


def test_open_subjects_come_first(workbench):
    assert next(iter(workbench.subjects["A"].rows)) == "A3" and set(list(workbench.subjects["B"].rows)[:2]) == {
        "B2",
        HOSTILE,
    }


#   control                                                     parameter           value asked for
CONTROLS = [
    (lambda w: setattr(w.rule.choices["dlt_window"], "value", 1), "dlt_window", {"anchor": "first_dose", "days": 21}),
    (lambda w: setattr(w.rule.choices["dlt_min_doses"], "value", 1), "dlt_min_doses", 2),
    (lambda w: setattr(w.rule.choices["full_dose_fraction"], "value", 2), "full_dose_fraction", 1.0),
    (lambda w: setattr(w.rule.choices["mtd_min_n"], "value", 1), "mtd_min_n", 3),
    (lambda w: setattr(w.rule.choices["top_confirm6"], "value", 1), "top_confirm6", True),
    (lambda w: setattr(w.rule.choices["cap_policy"], "value", 2), "cap_policy", "ignore"),
    (lambda w: setattr(w.rule.cap, "value", 12), "group_cap", 12),
    (lambda w: setattr(w.rule.target, "value", 0.25), "target_rate", 0.25),
]


@pytest.mark.parametrize(("press", "name", "value"), CONTROLS, ids=[c[1] for c in CONTROLS])
def test_every_setting_has_a_control_and_is_said(workbench, press, name, value):
    press(workbench)
    assert workbench.inputs.setting(workbench.cut.params, name) == value and len(workbench.inputs.settings) == 1
    assert "1 difference from the record" in said(workbench)


def test_a_clause_is_switched_off_by_its_box(workbench):
    workbench.group.value = "B"
    assert workbench.answer.after["m"] == 2
    workbench.rule.clauses["D02"].value = False
    statuses = {s.usubjid: s.status for s in workbench.answer.review.history.course.subjects}
    assert statuses["B2"] is DltStatus.CLEAR and "all but D02 instead of all ten" in said(workbench)


def test_rates_are_assumed_only_when_ticked_and_change_no_decision(workbench):
    workbench.rates.sliders[0].value = 0.5
    assert workbench.inputs.rates is None
    workbench.rates.assume.value = True
    for rate in (0.1, 0.2, 0.6, 0.3):
        workbench.rates.sliders[0].value = rate
    assert workbench.inputs.rates[0] == 0.3 and workbench.answer.inputs.rates[0] == 0.3
    assert not workbench.answer.changed and "changes chances, never the decision" in said(workbench)


def test_the_next_cohort_is_imagined_by_a_click_and_taken_back(workbench):
    assert "Nobody can be imagined: the rules wait for 1 open outcome" in workbench.imagined.said.value
    workbench.subjects["A"].rows["A3"].value = "CLEAR"
    workbench.imagined.buttons[2].click()
    assert workbench.answer.notation == "1NNN 2NTT" and "imagined: 3 more at DL2, 2 with a DLT" in said(workbench)
    workbench.imagined.undo.click()
    assert workbench.answer.notation == "1NNN"


def test_presets_ask_what_they_say_or_say_why_not(workbench):
    presets = {button.description: button for button in workbench.presets}
    presets["All pending clear"].click()
    assert workbench.answer.notation == "1NNN" and workbench.subjects["A"].rows["A3"].value == "CLEAR"
    presets["All pending clear"].click()
    assert "nobody in group A is pending" in workbench.status.value
    presets["Next one is a DLT"].click()
    assert workbench.answer.notation == "1NNN 2NNT"
    presets["21-day window"].click()
    presets["MTD on 3"].click()
    assert dict(workbench.inputs.settings).keys() == {"dlt_window", "mtd_min_n"}
    workbench.readings.click()
    assert workbench.pages.selected_index == 1
    workbench.reset.click()
    assert workbench.inputs.is_record and "THE RECORD" in said(workbench)


def test_what_cannot_be_together_explains_itself_and_leaves_no_stale_answer(workbench):
    workbench.subjects["A"].rows["A3"].value = "CLEAR"
    workbench.imagined.buttons[0].click()
    workbench.subjects["A"].rows["A3"].value = "DLT"
    assert workbench.answer is None and "These cannot be together" in workbench.blocks["banner"].value
    assert (
        "level 1 has 1 DLT of 3 complete" in workbench.blocks["banner"].value and not workbench.blocks["decision"].value
    )
    workbench.imagined.undo.click()
    assert workbench.answer.after["decision"] == "EXPAND"


def test_hostile_text_is_text(workbench):
    workbench.group.value = "B"
    workbench.subjects["B"].rows[HOSTILE].value = "DLT"
    assert "<img" not in said(workbench) and "&lt;img" in said(workbench)


def test_a_scenario_saved_and_loaded_is_the_same_question(workbench, cut):
    workbench.subjects["A"].rows["A3"].value = "CLEAR"
    workbench.imagined.buttons[1].click()
    workbench.rule.choices["cap_policy"].value = 2
    workbench.rates.assume.value = True
    asked, before = workbench.inputs, said(workbench)
    workbench.name.value, workbench.note.value = "first", "what if: <b>all</b> is well\n— asked by the chair"
    workbench.save.click()
    assert "Saved as first.yaml" in workbench.status.value and workbench.saved.value == "first.yaml"
    workbench.save.click()
    assert "exists already" in workbench.status.value
    workbench.reset.click()
    assert workbench.inputs.is_record
    workbench.load.click()
    assert workbench.inputs == asked and said(workbench) == before and workbench.note.value.startswith("what if: <b>")


@pytest.mark.parametrize("name", ["", "../up", "a b", "/etc/x", "ü", "x" * 61])
def test_a_name_that_is_no_file_name_is_refused(workbench, cut, tmp_path, name):
    with pytest.raises(UsageError, match="letters, digits, - and _ only"):
        save_scenario(tmp_path, cut, workbench.inputs, "", name)
    assert not list(tmp_path.iterdir())


def test_a_scenario_of_another_snapshot_version_or_parameters_is_refused_by_name(workbench, cut, tmp_path):
    text = scenario_text(cut, workbench.inputs)
    edits = {
        "the scenario was made on snapshot T002": [('"T001"', '"T002"'), ("0" * 64, "1" * 64)],
        "saved by nk521lib 9.9": [(SOFTWARE, "nk521lib 9.9")],
        "saved with parameters 2222": [(cut.params.settings_sha256, "2" * 64)],
        "is no scenario": [(text, "mtd_min_n: 6\n")],
    }
    for line, changes in edits.items():
        changed = text
        for old, new in changes:
            changed = changed.replace(old, new)
        (tmp_path / "other.yaml").write_text(changed, encoding="utf-8")
        with pytest.raises(ParamsError, match=line):
            load_scenario(tmp_path / "other.yaml", cut)


def test_a_scenario_is_read_as_parameters(workbench, cut, base_params):
    workbench.subjects["A"].rows["A3"].value = "CLEAR"
    params = load_params(base_params, [("s.yaml", workbench.as_scenario("why"))])
    assert params.scenario.statuses == {"A3": "CLEAR"} and params.scenario.note == "why"


def test_one_control_away_is_every_value_offered_and_every_clause(cut, workbench):
    around = list(neighbours(cut.params, workbench.inputs))
    offered = ("dlt_window", "dlt_min_doses", "full_dose_fraction", "dlt_needs_committee")
    assert len(around) == sum(len(choices(cut.params, name)) for name in offered) + 10


def test_what_one_more_control_would_ask_is_prepared_ahead(cut, monkeypatch):
    prepared, inputs = Prepared(cut), Inputs("A")
    clauses = cut.params.about["dlt_clauses"].value
    idle = inputs.with_setting(cut.params, "dlt_clauses", clauses | {"D06": clauses["D06"] | {"on": False}}).settings
    assert prepared.is_ready(idle) and prepared(idle) is prepared.record
    other = inputs.with_setting(cut.params, "dlt_min_doses", 2).settings
    assert not prepared.is_ready(other)
    monkeypatch.setattr("nk521lib.edge.workbench.prepared.neighbours", lambda params, inputs: [idle, other])
    prepared.prepare_around(inputs)
    assert prepared.wait(300) and prepared.is_ready(other) and prepared(other) is prepared(other)


def test_a_refused_snapshot_shows_its_findings_and_no_traceback(tmp_path):
    (tmp_path / "snapshot.json").write_text(json.dumps({"snapshot_id": "<i>"}), encoding="utf-8")
    app = App(str(tmp_path))
    assert app.workbench is None and "is refused: nothing can be asked of it" in app.told.value
    assert "snapshot.json" in app.told.value and "Traceback" not in app.told.value and "<i>" not in app.told.value


def test_a_study_without_a_ladder_says_so(make_cut):
    cut = make_cut(DM=[{"USUBJID": "S1"}], settings=("levels=[]", "groups=[]"))
    assert "No dose decision in this study" in Workbench(cut).view.value
