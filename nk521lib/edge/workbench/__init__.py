"""The what-if control: change the status of a dosed subject and see what the rules would then propose.

Nothing is written. Every text that comes from data is escaped before it reaches a widget.
"""

import ipywidgets as w

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.what_if import OPEN, suppose
from nk521lib.cut import Cut
from nk521lib.display.proposal import STATUS_OF, either, mark, sentence
from nk521lib.display.say import headline
from nk521lib.display.words import escape, listed, plural, short_id
from nk521lib.errors import DesignError
from nk521lib.terms import DltStatus

AS_RECORDED = "as recorded"
CHOICES = (AS_RECORDED, DltStatus.CLEAR.value, DltStatus.DLT.value, DltStatus.NONEVAL.value, DltStatus.PENDING.value)


class WhatIf:
    """One group's what-if: a choice per subject, open subjects first, and the decision before and after."""

    def __init__(self, cut: Cut, found: Escalation):
        self._cut, self._found = cut, found
        self.group = w.Dropdown(options=list(found.groups), description="Group", disabled=not found.groups)
        self.subjects = w.VBox()
        self.answer = w.HTML()
        self.reset = w.Button(description="As recorded", tooltip="Undo every change")
        self.view = w.VBox([w.HBox([self.group, self.reset]), self.answer, self.subjects])
        self.group.observe(lambda _: self._list_subjects(), names="value")
        self.reset.on_click(lambda _: self._list_subjects())
        self._list_subjects()

    @property
    def changes(self) -> dict[str, DltStatus]:
        """What differs from the record."""
        return {c.usubjid: DltStatus(c.value) for c in self._choices if c.value not in (AS_RECORDED, c.recorded)}

    def _list_subjects(self) -> None:
        self._choices: list[_Choice] = []
        if not self._found.groups:
            self.answer.value = headline("No dose decision in this study", why=self._found.why).html
            return
        status = self._found.status
        mine = status[status["GROUP"].eq(self.group.value).fillna(False)]
        ordered = mine.assign(_settled=~mine["STATUS"].isin(OPEN)).sort_values(
            ["_settled", "LEVEL", "ADLTSDT", "USUBJID"]
        )
        self._choices = [_Choice(row.USUBJID, int(row.LEVEL), row.STATUS) for row in ordered.itertuples()]
        for choice in self._choices:
            choice.observe(lambda _: self._answer(), names="value")
        self.subjects.children = tuple(self._choices)
        self._answer()

    def _answer(self) -> None:
        changes = self.changes
        try:
            then = self._said(suppose(self._cut, self._found, self.group.value, changes)) if changes else ""
        except DesignError as problem:
            then = headline("These statuses cannot occur together", "stop", str(problem)).html
        now = self._said(self._found)
        if not changes:
            self.answer.value = now
            return
        said = listed([f"{short_id(usubjid)} {status}" for usubjid, status in changes.items()])
        label = (
            f'<p class="what-if"><b>WHAT IF, not the record.</b> {plural(len(changes), "change")}: {escape(said)}.</p>'
        )
        self.answer.value = f"{label}{then}<hr><p><b>As recorded:</b></p>{now}"

    def _said(self, found: Escalation) -> str:
        entry = decide_groups(self._cut, found)["groups"][self.group.value]
        why = f"{entry['reason']}. Possible: {either(entry['possible'])}."
        return headline(sentence(self._cut.params, entry), STATUS_OF[entry["decision"]], why, mark(entry)).html


class _Choice(w.ToggleButtons):
    """The choice of one subject's status."""

    def __init__(self, usubjid: str, level: int, recorded: str):
        super().__init__(options=CHOICES, value=AS_RECORDED, description=f"{short_id(usubjid)} (DL{level}: {recorded})",
                         style={"description_width": "16em", "button_width": "auto"})  # fmt: skip
        self.usubjid, self.recorded = usubjid, recorded
