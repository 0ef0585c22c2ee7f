"""Every control of the what-if, labelled, in words, reachable by keyboard; they know nothing of how an answer is made."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as w

from nk521lib.chapters.escalation.course import OPEN, Dosed
from nk521lib.chapters.escalation.inquiry import Inputs
from nk521lib.display.proposal import STATUS_WORDS
from nk521lib.display.what_if.words import SETTING_WORDS, setting_value
from nk521lib.display.words import short_id
from nk521lib.edge.workbench.prepared import choices
from nk521lib.params import Params
from nk521lib.terms import DltStatus

RECORDED = ""
STATUSES = (
    ("as recorded", RECORDED),
    ("clear", "CLEAR"),
    ("DLT", "DLT"),
    ("not evaluable", "NONEVAL"),
    ("open", "PENDING"),
)
CLAUSES = {
    "D01": "death", "D02": "non-haematological", "D03": "haematological", "D04": "CRS", "D05": "ICANS", "D06": "GvHD",
    "D07": "liver", "D08": "abdominal", "D09": "allergic", "D10": "doses missed",
}  # fmt: skip
NAMED = {"description_width": "150px"}
WIDE = w.Layout(width="97%")


class Choice(w.Dropdown):
    """A parameter with its value in force and its named alternatives, each said in words."""

    def __init__(self, params: Params, name: str):
        self.parameter = name
        options = [(setting_value(name, value), index) for index, value in enumerate(choices(params, name))]
        self.values = choices(params, name)
        super().__init__(options=options, value=0, description=SETTING_WORDS[name], style=NAMED, layout=WIDE)

    @property
    def asked(self) -> Any:
        return self.values[self.value]

    def show(self, value: Any) -> None:
        if value not in self.values:
            self.values.append(value)
            self.options = [(setting_value(self.parameter, known), index) for index, known in enumerate(self.values)]
        self.value = self.values.index(value)


class Subjects(w.VBox):
    """One row of buttons per dosed subject, open ones first; what stays on record is the first button."""

    def __init__(self, subjects: tuple[Dosed, ...], prefix: str, changed: Callable[[str, DltStatus | None], None]):
        ordered = sorted(subjects, key=lambda s: (s.status not in OPEN, s.level, s.first, s.usubjid))
        self.rows = {s.usubjid: _status_row(s, prefix) for s in ordered}
        for usubjid, row in self.rows.items():
            row.observe(
                lambda change, u=usubjid: changed(u, DltStatus(change.new) if change.new else None), names="value"
            )
        super().__init__(list(self.rows.values()))

    def show(self, statuses: Mapping[str, DltStatus]) -> None:
        for usubjid, row in self.rows.items():
            row.value = str(statuses.get(usubjid, RECORDED))


def _status_row(subject: Dosed, prefix: str) -> w.ToggleButtons:
    name = f"{short_id(subject.usubjid)} {prefix}{subject.level}: {STATUS_WORDS[subject.status]}"
    tips = [f"{short_id(subject.usubjid)}: {words}" for words, _ in STATUSES]
    return w.ToggleButtons(options=STATUSES, value=RECORDED, description=name, tooltips=tips, layout=WIDE,
                           style={"description_width": "138px", "button_width": "auto"})  # fmt: skip


class Rule(w.VBox):
    """Settings that decide who counts, and those of the 3+3 and of the other designs."""

    NAMES = ("dlt_window", "dlt_min_doses", "full_dose_fraction", "dlt_needs_committee")
    DESIGN = ("mtd_min_n", "top_confirm6", "cap_policy", "cap_basis")

    def __init__(self, params: Params, changed: Callable[[str, Any], None]):
        self._params = params
        self.choices = {name: Choice(params, name) for name in (*self.NAMES, *self.DESIGN)}
        for name, choice in self.choices.items():
            choice.observe(lambda _, n=name, c=choice: changed(n, c.asked), names="value")
        self._clauses = dict(params.about["dlt_clauses"].value)
        self.clauses = {
            c: w.Checkbox(value=v["on"], description=f"{c} {CLAUSES[c]}", indent=False, layout=w.Layout(width="48%"))
            for c, v in self._clauses.items()
        }
        for box in self.clauses.values():
            box.observe(lambda _: changed("dlt_clauses", self.asked_clauses), names="value")
        cap = params.escalation.group_cap
        self.cap = w.IntSlider(
            value=cap, min=3, max=18, description=SETTING_WORDS["group_cap"], style=NAMED, layout=WIDE
        )
        self.cap.observe(lambda change: changed("group_cap", change.new), names="value")
        self.target = w.FloatSlider(value=params.escalation.target_rate, min=0.15, max=0.40, step=0.01, readout_format=".0%",
                                    description="Target rate", style=NAMED, layout=WIDE)  # fmt: skip
        self.target.observe(lambda change: changed("target_rate", round(change.new, 2)), names="value")
        super().__init__()

    @property
    def asked_clauses(self) -> dict[str, Any]:
        return {c: v | {"on": self.clauses[c].value} for c, v in self._clauses.items()}

    def show(self, inputs: Inputs) -> None:
        for name, choice in self.choices.items():
            choice.show(inputs.setting(self._params, name))
        self._clauses = dict(inputs.setting(self._params, "dlt_clauses"))
        for clause, box in self.clauses.items():
            box.value = self._clauses[clause]["on"]
        self.cap.value = inputs.setting(self._params, "group_cap")
        self.target.value = inputs.setting(self._params, "target_rate")


class Rates(w.VBox):
    """Assumed true rates: nothing is assumed until the box is ticked."""

    def __init__(self, params: Params, changed: Callable[[tuple[float, ...] | None], None]):
        start, prefix = params.escalation.pathway_truth, params.trial.level_prefix
        self.assume = w.Checkbox(value=False, description="Assume true DLT rates", indent=False)
        self.sliders = [
            w.FloatSlider(value=rate, min=0, max=0.8, step=0.01, readout_format=".0%", description=f"{prefix}{level}", disabled=True,
                          style={"description_width": "40px"}, layout=WIDE)
            for level, rate in enumerate(start, 1)
        ]  # fmt: skip
        for control in (self.assume, *self.sliders):
            control.observe(lambda _: changed(self.asked), names="value")
        self.assume.observe(lambda change: self._enable(change.new), names="value")
        said = w.HTML('<div class="wi"><p class="soft">Unticked, chances are averaged over every true rate that the data leave open: '
                      "uniform priors, levels independent. Rates never change the decision.</p></div>")  # fmt: skip
        super().__init__([self.assume, *self.sliders, said])

    @property
    def asked(self) -> tuple[float, ...] | None:
        return tuple(round(s.value, 2) for s in self.sliders) if self.assume.value else None

    def show(self, rates: tuple[float, ...] | None) -> None:
        self.assume.value = rates is not None
        for slider, rate in zip(self.sliders, rates or (), strict=False):
            slider.value = rate

    def _enable(self, on: bool) -> None:
        for slider in self.sliders:
            slider.disabled = not on


class Imagined(w.VBox):
    """The next cohort's outcomes, by the number of its DLTs; or why nobody can be imagined now."""

    def __init__(self, changed: Callable[[str | None], None]):
        self._changed, self._offer = changed, None
        self.said = w.HTML()
        self.buttons = [w.Button(layout=w.Layout(width="auto")) for _ in range(8)]
        for dlts, button in enumerate(self.buttons[:7]):
            button.on_click(lambda _, d=dlts: self._add(d))
        self.buttons[7].description = "all open"
        self.buttons[7].on_click(lambda _: self._add(None))
        self.undo = w.Button(description="Take the last one back", layout=w.Layout(width="auto"))
        self.undo.on_click(lambda _: changed(None))
        super().__init__([self.said, w.HBox(self.buttons, layout=w.Layout(flex_flow="row wrap")), self.undo])

    def show(self, offer: tuple[int, int] | str, imagined: tuple[str, ...], prefix: str) -> None:
        """offer : level and number of the next subjects, or why there are none."""
        self._offer = None if isinstance(offer, str) else offer
        size = self._offer[1] if self._offer else 0
        for dlts, button in enumerate(self.buttons[:7]):
            button.description = f"{dlts} of {size} DLT"
            button.tooltip = f"Imagine {dlts} of the next {size} with a DLT"
            button.layout.display = "" if self._offer and dlts <= size else "none"
        self.buttons[7].layout.display = "" if self._offer else "none"
        self.undo.disabled = not imagined
        told = (
            f"Next {size} at {prefix}{self._offer[0]}, imagined as:"
            if self._offer
            else f"Nobody can be imagined: {offer}."
        )
        self.said.value = f'<div class="wi"><p>{told}</p></div>'  # a number and words of ours, no data

    def _add(self, dlts: int | None) -> None:
        if self._offer:
            level, size = self._offer
            self._changed(f"{level}{'P' * size if dlts is None else 'N' * (size - dlts) + 'T' * dlts}")
