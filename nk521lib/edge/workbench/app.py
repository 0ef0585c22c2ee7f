"""The workbench itself: one question held, every control a change of it, one answer shown.

A change is answered before the next one is read, so what is shown is always the answer to the latest question: the last
change wins. A block is sent to the page only when it differs.
"""

import json
import os
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import ipywidgets as w

from nk521lib.chapters.escalation.answer import Answer, evaluate
from nk521lib.chapters.escalation.decide import ladders_of
from nk521lib.chapters.escalation.inquiry import Inputs, asked_in, next_cohort_size, review_groups
from nk521lib.chapters.escalation.presets import PRESETS, nothing_asked, preset
from nk521lib.cut import Cut
from nk521lib.display.say import provenance
from nk521lib.display.what_if.page import BLOCKS, STYLE, blocks, say_refused
from nk521lib.display.words import escape
from nk521lib.edge.parameters import read_params
from nk521lib.edge.servers import ASKED_FOR
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.edge.workbench.controls import WIDE, Imagined, Rates, Rule, Subjects
from nk521lib.edge.workbench.prepared import Prepared, Reading
from nk521lib.edge.workbench.recording import REPORTS, RecordPage
from nk521lib.edge.workbench.scenario import list_scenarios, load_scenario, save_scenario, scenario_text
from nk521lib.errors import WorkbookError

FOLDER = Path("scenarios")
"""Where scenarios are saved: beside the reader's own files, never in a snapshot."""

PAGES = ("What if", "Record the decision")


class Workbench:
    """The what-if of one snapshot. prepare : work answers out ahead from the start, not only from the first change on.
    prepared : derivations of the same cut that are there already.

    inputs : the question; answer : the latest Answer, None while the question has none; took_ms : kernel time of it.
    """

    def __init__(
        self,
        cut: Cut,
        folder: Path = FOLDER,
        prepare: bool = False,
        reread: Reading | None = None,
        prepared: Prepared | None = None,
    ):
        self.cut, self.folder, self.answer, self.took_ms = cut, folder, None, 0.0
        self.blocks = {name: w.HTML() for name in BLOCKS}
        self.status = w.HTML()
        groups = ladders_of(cut.params)
        if not groups:
            self.view = w.HTML(
                STYLE
                + say_refused(["the parameters name no groups with dose levels"], "No dose decision in this study")
            )
            return
        self._grounds, self._holding = prepared or Prepared(cut, reread), False
        self.inputs = Inputs(groups[0])
        self._build(groups)
        self._ask()
        if prepare:
            self._grounds.prepare_around(self.inputs)

    def ask(self, inputs: Inputs) -> None:
        """Put another question and show its answer, the controls set to it."""
        self.inputs = inputs
        self._show_controls()
        self._ask()

    def wait_until_prepared(self, seconds: float = 120) -> bool:
        self._grounds.prepare_around(self.inputs)
        return self._grounds.wait(seconds)

    def _build(self, groups: list[str]) -> None:
        params, prefix = self.cut.params, self.cut.params.trial.level_prefix
        self.group = w.ToggleButtons(
            options=groups, description="Group", style={"description_width": "50px", "button_width": "auto"}
        )
        self.group.observe(lambda change: self._change(lambda i: _in_group(i, change.new)), names="value")
        self.presets = [
            w.Button(description=name, tooltip=f"Ask: {name}", layout=w.Layout(width="auto")) for name in PRESETS
        ]
        for button in self.presets:
            button.on_click(lambda b: self._preset(b.description))
        self.readings = w.Button(
            description="Other 3+3 readings",
            tooltip="Show what the three designs called 3+3 say",
            layout=w.Layout(width="auto"),
        )
        self.readings.on_click(lambda _: setattr(self.pages, "selected_index", 1))
        self.reset = w.Button(description="Back to the record", button_style="primary", layout=w.Layout(width="auto"))
        self.reset.on_click(lambda _: self.ask(nothing_asked(self.inputs)))
        courses = self._grounds.record.courses
        self.subjects = {
            g: Subjects(courses[g].subjects, prefix, lambda u, s: self._change(lambda i: i.with_status(u, s)))
            for g in groups
        }
        self.people = w.VBox(layout=WIDE)
        self.imagined = Imagined(self._imagine)
        self.rule = Rule(params, lambda name, value: self._change(lambda i: i.with_setting(params, name, value)))
        self.rates = Rates(
            params, lambda rates: self._change(lambda i: Inputs(i.group, i.statuses, i.imagined, i.settings, rates))
        )
        self._build_saving()
        self.view = self._laid_out()

    def _build_saving(self) -> None:
        named = {"description_width": "60px"}
        self.name = w.Text(description="Name", placeholder="a name for the file", style=named, layout=WIDE)
        self.note = w.Textarea(description="Note", placeholder="why it was asked", rows=2, style=named, layout=WIDE)
        self.save = w.Button(description="Save scenario", layout=w.Layout(width="auto"))
        self.save.on_click(lambda _: self._save())
        self.saved = w.Dropdown(description="Saved", options=list_scenarios(self.folder), style=named, layout=WIDE)
        self.load = w.Button(description="Load scenario", layout=w.Layout(width="auto"))
        self.load.on_click(lambda _: self._load())
        self.history = w.HTML()

    def _laid_out(self) -> w.Widget:
        rule = self.rule
        clauses = w.HBox(list(rule.clauses.values()), layout=w.Layout(flex_flow="row wrap"))
        who = w.VBox(
            [
                *(rule.choices[name] for name in rule.NAMES),
                w.HTML('<div class="wi"><b>Clauses of the machine screen</b></div>'),
                clauses,
            ]
        )
        design = w.VBox([*(rule.choices[name] for name in rule.DESIGN), rule.cap, rule.target])
        saving = w.VBox([self.name, self.note, self.save, self.saved, self.load])
        parts = {"Subjects": self.people, "Next cohort": self.imagined, "Who counts": who, "3+3, cap, target": design,
                 "True rates": self.rates, "Save and load": saving}  # fmt: skip
        controls = w.Accordion(
            children=list(parts.values()), titles=list(parts), selected_index=0, layout=w.Layout(width="auto")
        )
        asks = w.HBox([*self.presets, self.readings, self.reset], layout=w.Layout(flex_flow="row wrap"))
        left = w.VBox(
            [self.group, asks, self.status, controls, self.history],
            layout=w.Layout(width="480px", min_width="480px"),
        )
        b = self.blocks
        ladder = w.VBox([b["ladder"], b["ends"]], layout=w.Layout(flex="2 1 0", min_width="0"))
        outlook = w.VBox([b["outlook"]], layout=w.Layout(flex="1 1 0", min_width="0", margin="0 0 0 16px"))
        first = w.VBox([w.HBox([ladder, outlook]), b["tree"]])
        self.pages = w.Tab(children=[first, b["others"]], titles=["Now and what can happen", "Other designs, readings"])
        right = w.VBox(
            [b["banner"], b["decision"], self.pages], layout=w.Layout(flex="1 1 0", min_width="0", margin="0 0 0 14px")
        )
        top = w.HTML(STYLE + provenance(self.cut).html)
        return w.VBox([top, w.HBox([left, right])], layout=w.Layout(max_width="1600px"))

    @contextmanager
    def _held(self):
        """While controls are set by us they change nothing."""
        before, self._holding = self._holding, True
        try:
            yield
        finally:
            self._holding = before

    def _change(self, how: Callable[[Inputs], Inputs]) -> None:
        if self._holding:
            return
        self.inputs = how(self.inputs)
        self._ask()
        self._grounds.prepare_around(self.inputs)

    def _show_controls(self) -> None:
        with self._held():
            self.group.value = self.inputs.group
            for rows in self.subjects.values():
                rows.show(dict(self.inputs.statuses))
            self.rule.show(self.inputs)
            self.rates.show(self.inputs.rates)

    def _ask(self) -> None:
        begun = time.perf_counter()
        group = self.inputs.group
        if self.people.children != (self.subjects[group],):
            self.people.children = (self.subjects[group],)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # rates that do not rise may be asked of, and are seen as they are
                self.answer = evaluate(self.cut, self.inputs, self._grounds)
        except WorkbookError as problem:
            self.answer = None
            self._refuse(problem)
            self.imagined.show("what is asked cannot be", self.inputs.cohorts(group), "")
            return
        for name, content in blocks(self.answer).items():
            if self.blocks[name].value != content:
                self.blocks[name].value = content
        offer = next_cohort_size(self.answer.review)
        self.imagined.show(offer, self.inputs.cohorts(group), self.cut.params.trial.level_prefix)
        self._show_history(self.answer)
        self.took_ms = 1000 * (time.perf_counter() - begun)
        self._say(f"Answered in {self.took_ms:.0f} ms.")

    def _refuse(self, problem: WorkbookError) -> None:
        """No stale answer stays beside a question that has none."""
        self.blocks["banner"].value = say_refused(problem.problems, "These cannot be together")
        for name in BLOCKS[1:]:
            self.blocks[name].value = ""
        self._say("No answer: take the last change back.")

    def _show_history(self, answer: Answer) -> None:
        told = escape(answer.notation or "nobody dosed")
        self.history.value = (
            f'<div class="wi"><p>History, as <code>nk521 next</code> reads it: <code class="wi-history">{told}</code> '
            '<button type="button" onclick="navigator.clipboard.writeText(this.parentNode.querySelector(\'.wi-history\').textContent);'
            "this.textContent='Copied'\">Copy notation</button></p></div>"
        )

    def _say(self, told: str) -> None:
        self.status.value = f'<div class="wi"><p class="soft" role="status">{escape(told)}</p></div>'

    def _preset(self, name: str) -> None:
        try:
            review = review_groups(self.cut, self.inputs, self._grounds, advised=False)[self.inputs.group]
            asked = preset(name, self.cut.params, self.inputs, review)
        except WorkbookError as problem:
            self._refuse(problem)
            return
        if isinstance(asked, str):
            self._say(f"{name}: {asked}.")
            return
        self.ask(asked)

    def _imagine(self, cohort: str | None) -> None:
        group = self.inputs.group
        known = self.inputs.cohorts(group)
        self._change(lambda i: i.with_imagined(group, known[:-1] if cohort is None else (*known, cohort)))

    def _save(self) -> None:
        try:
            path = save_scenario(self.folder, self.cut, self.inputs, self.note.value, self.name.value.strip())
        except WorkbookError as problem:
            self._say("Not saved. " + "; ".join(problem.problems))
            return
        self.saved.options = list_scenarios(self.folder)
        self.saved.value = path.name
        self._say(f"Saved as {path.name}. For a pack: nk521 run SNAPSHOT --params {path.name}")

    def _load(self) -> None:
        if not self.saved.value:
            self._say("No scenario is saved yet.")
            return
        try:
            inputs, note = load_scenario(self.folder / self.saved.value, self.cut)
            self.ask(_in_group(inputs, inputs.group or self.inputs.group))
        except WorkbookError as problem:
            self._say("Not loaded. " + "; ".join(problem.problems))
            return
        self.note.value = note
        self._say(f"Loaded {self.saved.value}.")

    def as_scenario(self, note: str = "") -> str:
        """The present question as the text of a scenario file."""
        return scenario_text(self.cut, self.inputs, note)


def _in_group(inputs: Inputs, group: str) -> Inputs:
    return Inputs(group, inputs.statuses, inputs.imagined, inputs.settings, inputs.rates)


def open_app() -> w.Widget:
    """The whole app, for a notebook of one cell: which snapshot is chosen at the top, the workbench below."""
    asked = json.loads(os.environ.get(ASKED_FOR, "{}"))
    return App(asked.get("snapshot", "demo:D3"), asked.get("params_files", ()), asked.get("settings", ()),
               Path(asked.get("scenarios", FOLDER)), Path(asked.get("reports", REPORTS))).view  # fmt: skip


class App:
    """A snapshot chooser over two pages, the what-if and the record of the decision; a refused snapshot shows why."""

    def __init__(self, snapshot: str, files=(), settings=(), folder: Path = FOLDER, reports: Path = REPORTS):
        self._files, self._settings, self._folder, self._reports = files, settings, folder, reports
        known = list(dict.fromkeys([snapshot, "demo:D1", "demo:D2", "demo:D3"]))
        self.snapshot = w.Combobox(value=snapshot, options=known, description="Snapshot", ensure_option=False,
                                   placeholder="folder with snapshot.json, or demo:D3", layout=w.Layout(width="420px"))  # fmt: skip
        self.open = w.Button(description="Open", tooltip="Open this snapshot", layout=w.Layout(width="auto"))
        self.open.on_click(lambda _: self._open())
        self.page = w.ToggleButtons(options=PAGES, tooltips=["Ask what would be decided if …", "Write down what was decided"],
                                    style={"button_width": "auto"}, layout=w.Layout(margin="0 0 0 32px"))  # fmt: skip
        self.page.observe(lambda _: self._turn(), names="value")
        self.told, self.place, self.workbench, self.recording = w.HTML(), w.VBox(), None, None
        self.view = w.VBox([w.HBox([self.snapshot, self.open, self.page]), self.told, self.place])
        self._open()

    def _open(self) -> None:
        name = self.snapshot.value.strip()
        self.place.children, self.workbench, self.recording = (), None, None
        self.page.value, self.page.disabled = PAGES[0], True
        self.told.value = STYLE + f'<div class="wi"><p role="status">Opening {escape(name)} …</p></div>'
        try:
            params = read_params(self._files, self._settings)
            asked, cut = params.scenario, read_snapshot(name, params)
            reread = lambda other: read_snapshot(name, other)
            if asked is not None:
                cut, inputs = asked_in(cut)
            self.workbench = Workbench(cut, self._folder, prepare=True, reread=reread)
            if asked is not None and ladders_of(cut.params):
                self.workbench.ask(inputs)
        except WorkbookError as problem:
            self.told.value = STYLE + say_refused(problem.problems, f"{name} is refused: nothing can be asked of it")
            return
        self.told.value = ""
        self.place.children = (self.workbench.view,)
        if ladders_of(cut.params):
            self.recording, self.page.disabled = RecordPage(cut, self._reports, self._making(name)), False

    def _turn(self) -> None:
        """The other page in place of this one: both keep what was put into them."""
        if self.recording is None:
            return
        if self.page.value == PAGES[0]:
            self.place.children = (self.workbench.view,)
            return
        self.recording.show(self.workbench.inputs.is_record)
        self.place.children = (self.recording.view,)

    def _making(self, name: str) -> list[str]:
        """The command that makes the pack of the open snapshot; a scenario is no part of it."""
        files = [str(file) for file in self._files if read_params([file]).scenario is None]
        options = [word for file in files for word in ("--params", file)]
        return ["nk521", "run", name, *options, *(word for choice in self._settings for word in ("--set", choice))]
