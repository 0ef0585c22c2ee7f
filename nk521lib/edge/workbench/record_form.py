"""The form that records a committee's decision on one pack: the same checks and the same file as `nk521 record`."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import ipywidgets as w

from nk521lib.chapters.escalation.record import VALUES, Seen, departs, usual_level
from nk521lib.cut import Cut
from nk521lib.display.proposal import level_name
from nk521lib.display.what_if.recording import say_problems, say_recorded, say_seen
from nk521lib.edge.record import groups_of, read_seen, record
from nk521lib.errors import WorkbookError

_NAMED = {"description_width": "9.5em"}
_WIDE = w.Layout(width="97%")
_DECISIONS = {
    "ESCALATE": "Escalate: open the level above", "EXPAND": "Expand the level to six", "OPEN": "Open: dosing at the level goes on",
    "DEESCALATE": "De-escalate", "HOLD": "Hold: nobody new is dosed", "STOP": "Stop",
}  # fmt: skip
_Given = TypeVar("_Given")


class RecordForm:
    """One form for one pack of an open snapshot.

    view : the widget to place. shown : what the committee saw, None where nothing can be recorded. file : written last.
    """

    def __init__(self, pack: Path, cut: Cut, clock: Callable[[], date] = date.today):
        self.pack, self._cut, self._clock = Path(pack).absolute(), cut, clock
        self.shown: Seen | None = None
        self.file: Path | None = None
        self.seen, self.answer = w.HTML(), w.HTML()
        groups = self._tried(lambda: groups_of(self.pack)) or []
        self.group = w.Dropdown(options=groups, description="Group", style=_NAMED, layout=_WIDE)
        self.decision = w.Dropdown(options=[(_DECISIONS[v], v) for v in VALUES], description="Decision", style=_NAMED, layout=_WIDE)  # fmt: skip
        self.level = w.Dropdown(description="Level", style=_NAMED, layout=_WIDE)
        self.reason = w.Textarea(description="Reason", rows=3, style=_NAMED, layout=_WIDE)
        self.attendees = w.Text(description="Present", style=_NAMED, layout=_WIDE)
        self.on = w.DatePicker(description="Decided on", style=_NAMED, layout=_WIDE)
        self.by = w.Text(description="Recorded by", style=_NAMED, layout=_WIDE)
        self.code = w.Text(description="Code on the paper", placeholder="at least 8 characters of it, if the paper is at hand",
                           style=_NAMED, layout=_WIDE)  # fmt: skip
        self.save = w.Button(description="Record this decision", tooltip="Write the decision beside the pack",
                             button_style="primary", layout=w.Layout(width="auto", margin="2px 2px 2px 9.7em"))  # fmt: skip
        self._fields = [self.decision, self.level, self.reason, self.attendees, self.on, self.by, self.code, self.save]
        column = w.Layout(flex="1 1 0", min_width="0", margin="0 16px 0 0")
        self.view = w.HBox([w.VBox([self.group, *self._fields], layout=column), w.VBox([self.seen, self.answer], layout=column)])  # fmt: skip
        self.group.observe(lambda _: self.refresh(), names="value")
        self.decision.observe(lambda _: self._choose_level(), names="value")
        self.level.observe(lambda _: self._say(), names="value")
        self.save.on_click(lambda _: self._save())
        self.refresh()

    def refresh(self) -> None:
        """Read the pack again: it may have been altered, replaced or decided on meanwhile."""
        group = self.group.value
        self.shown = self._tried(lambda: read_seen(self.pack, group, manifest_sha256=self._cut.manifest_sha256)) if group else None  # fmt: skip
        for field in self._fields:
            field.disabled = self.shown is None
        if self.shown is None:
            self.seen.value = ""
            return
        self.answer.value = ""
        names = [(level_name(self._cut.params, level), level) for level in range(1, self.shown.levels + 1)]
        if self.level.options != tuple(names):
            self.level.options = names
        self._choose_level()

    def _choose_level(self) -> None:
        """The level that the decision is usually about."""
        if self.shown is not None:
            self.level.value = usual_level(self.shown.entry, self.decision.value)
            self._say()

    def _say(self) -> None:
        if self.shown is not None and self.level.value is not None:
            against = departs(self.shown.entry, self.decision.value, self.level.value)
            seen = self.shown
            self.seen.value = say_seen(self._cut.params, seen.group, seen.entry, seen.proposal, seen.pack_sha256, against)  # fmt: skip

    def _save(self) -> None:
        on = self.on.value.isoformat() if self.on.value else ""
        done = self._tried(lambda: record(
            self.pack, self.group.value, self.decision.value, self.reason.value, self.attendees.value, on, self.by.value,
            self._clock(), self.level.value, self.code.value, manifest_sha256=self._cut.manifest_sha256,
        ))  # fmt: skip
        if done:
            self.file, rows = done
            self.answer.value = say_recorded(str(self.file), rows)
            self.save.disabled, self.reason.value = True, ""

    def _tried(self, act: Callable[[], _Given]) -> _Given | None:
        """What act() gives, or None with every problem said in the form."""
        try:
            return act()
        except WorkbookError as error:
            self.answer.value = say_problems(error.problems)
            return None
