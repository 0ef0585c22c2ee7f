"""The form that records a committee's decision on a pack: the same checks and the same file as `nk521 record`.

Every text that comes from data is escaped before it reaches a widget.
"""

from datetime import date
from pathlib import Path

import ipywidgets as w

from nk521lib.chapters.escalation.record import VALUES, departs, usual_level
from nk521lib.display.say import notice
from nk521lib.edge.record import groups_of, read_seen, record
from nk521lib.errors import WorkbookError

_WIDE = {"description_width": "9em"}


class RecordForm:
    """One form for one pack. view : the widget to place. file : the file written last, None before."""

    def __init__(self, pack: Path, today: date | None = None):
        self.pack, self._today, self.file = Path(pack).absolute(), today or date.today(), None
        self.seen, self.answer = w.HTML(), w.HTML()
        groups = self._tried(lambda: groups_of(self.pack)) or []
        self.group = w.Dropdown(options=groups, description="Group", style=_WIDE)
        self.decision = w.Dropdown(options=[(v.capitalize(), v) for v in VALUES], description="Decision", style=_WIDE)
        self.level = w.BoundedIntText(value=1, min=1, max=9, description="Level", style=_WIDE)
        self.reason = w.Textarea(description="Reason", style=_WIDE, layout=w.Layout(width="40em"))
        self.attendees = w.Text(description="Present", style=_WIDE, layout=w.Layout(width="40em"))
        self.on = w.DatePicker(description="Date", style=_WIDE)
        self.by = w.Text(description="Recorded by", style=_WIDE)
        self.code = w.Text(description="Code on the paper", style=_WIDE, placeholder="first 12 characters")
        self.save = w.Button(description="Record", tooltip="Write the decision beside the pack", disabled=not groups)
        fields = [
            self.group,
            self.seen,
            self.decision,
            self.level,
            self.reason,
            self.attendees,
            self.on,
            self.by,
            self.code,
        ]
        self.view = w.VBox([*fields, self.save, self.answer])
        for control in (self.group, self.decision):
            control.observe(lambda _: self._show(), names="value")
        self.level.observe(lambda _: self._say(), names="value")
        self.save.on_click(lambda _: self._save())
        self._show()

    def _show(self) -> None:
        """The proposal of the group, and the level that the decision is usually about."""
        seen = self._tried(lambda: read_seen(self.pack, self.group.value)) if self.group.value else None
        self.save.disabled = seen is None
        self._seen = seen
        if seen is None:
            self.seen.value = ""
            return
        self.answer.value = ""
        self.level.max, self.level.value = seen.levels, usual_level(seen.entry, self.decision.value)
        self._say()

    def _say(self) -> None:
        if self._seen is None:
            return
        against = departs(self._seen.entry, self.decision.value, self.level.value)
        word = " ◆ This decision departs from it and needs its reason." if against else ""
        self.seen.value = notice(f"Proposal seen: {self._seen.proposal}.{word}", "hold" if against else "").html

    def _save(self) -> None:
        on = self.on.value.isoformat() if self.on.value else ""
        done = self._tried(lambda: record(self.pack, self.group.value, self.decision.value, self.reason.value, self.attendees.value,
                                          on, self.by.value, self._today, self.level.value, self.code.value))  # fmt: skip
        if done:
            self.file, rows = done
            said = "; ".join(f"{row['VALUE']} level {row['LEVEL']}" for row in rows)
            self.answer.value = notice(f"Recorded in {self.file.name}: {said}. Put the rows into adjud.csv of the next snapshot.", "go").html  # fmt: skip
            self.save.disabled = True

    def _tried(self, act):
        """What act() gives, or None with every problem said in the form."""
        try:
            return act()
        except WorkbookError as error:
            self.answer.value = "".join(notice(problem, "stop").html for problem in error.problems)
            return None


def record_form(pack: str | Path) -> w.VBox:
    """The form as a widget, to be placed in an app or a notebook."""
    return RecordForm(Path(pack)).view
