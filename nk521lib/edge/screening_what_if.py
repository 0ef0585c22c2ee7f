"""The live what-if on criteria: choose a limit or a reading, give it another value, and see who would stand elsewhere.

Nothing is written and nothing here is the record. Every text that comes from data is escaped before it reaches a widget.
"""

from typing import Any

import ipywidgets as w

from nk521lib.chapters.screening import Eligibility
from nk521lib.chapters.screening.what_if import derive_reads, suppose
from nk521lib.display.say import Html, notice, show_value
from nk521lib.display.tables.screening import NO_CRITERIA, table_supposed
from nk521lib.display.words import escape, listed, plural
from nk521lib.errors import ParamsError
from nk521lib.params.models import Screening
from nk521lib.params.strict_yaml import read_value

AS_RECORDED = "As recorded"
STATIC = "In JupyterLab a control stands here that tries any other value of any limit or reading; the table above is its twin in print."


def try_criteria(found: Eligibility, out: str = "") -> "CriteriaWhatIf | Html":
    """The control for somebody at the desk; a report, which is a run with a folder to write to, says where it is."""
    if out or not len(found.answers):
        return notice(STATIC if len(found.answers) else NO_CRITERIA)
    return CriteriaWhatIf(found)


class CriteriaWhatIf:
    """One parameter at a time is edited; changes add up until they are taken back.

    name : which limit or reading. value : its new value, a choice where the values are few. answer : what would change.
    """

    def __init__(self, found: Eligibility):
        self._found, self._reads = found, derive_reads(found)
        self.changes: dict[str, Any] = {}
        about = found.cut.params.about
        options = [
            (f"{name} [{about[name].tag}] = {show_value(about[name].value)}", name) for name in Screening.model_fields
        ]
        wide = w.Layout(width="34em")
        self.name = w.Dropdown(
            options=options, description="Limit, reading", layout=wide, style={"description_width": "8em"}
        )
        self.value = w.Combobox(
            description="would be", continuous_update=False, layout=wide, style={"description_width": "8em"}
        )
        self.reset = w.Button(description=AS_RECORDED, tooltip="Take every change back")
        self.answer = w.HTML()
        self.view = w.VBox([self.name, w.HBox([self.value, self.reset]), self.answer])
        self.name.observe(lambda _: self._offer(), names="value")
        self.value.observe(lambda change: self._try(change["new"]), names="value")
        self.reset.on_click(lambda _: self._take_back())
        self._offer()
        self._answer()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The control; where no kernel answers, as on a web page of the notebook, a sentence."""
        bundle = self.view._repr_mimebundle_(**kwargs)
        return {**(bundle or {}), "text/plain": STATIC, "text/html": notice(STATIC).html}

    def _offer(self) -> None:
        """The values to choose from: those in use, default and alternative; anything else may be typed."""
        entry = self._found.cut.params.about[self.name.value]
        self.value.options = list(dict.fromkeys(_typed(v) for v in (entry.value, entry.default, *entry.alternatives)))
        self.value.placeholder = _typed(self.changes.get(entry.name, entry.value))
        self.value.value = ""

    def _try(self, text: str) -> None:
        if not text.strip():
            return
        entry = self._found.cut.params.about[self.name.value]
        try:
            given = read_value(text)
            other = self._found.cut.params.having(entry.name, given).about[entry.name].value
        except ParamsError as problem:
            self._answer(str(problem))
            return
        self.changes.pop(entry.name, None)
        if other != entry.value:
            self.changes[entry.name] = other
        self._answer()

    def _take_back(self) -> None:
        self.changes = {}
        self._offer()
        self._answer()

    def _answer(self, refused: str = "") -> None:
        if refused:
            self.answer.value = notice(f"Not a value this parameter can have: {refused}", "stop").html
            return
        if not self.changes:
            self.answer.value = notice("Nothing is changed: this is the record.").html
            return
        params = self._found.cut.params
        for name, value in self.changes.items():
            params = params.having(name, value)
        said = listed([f"{name} {show_value(value)}" for name, value in self.changes.items()])
        head = f'<p class="what-if"><b>WHAT IF, not the record.</b> {plural(len(self.changes), "change")}: {escape(said)}.</p>'
        self.answer.value = head + table_supposed(self._found, suppose(self._found, self._reads, params)).html


def _typed(value: Any) -> str:
    """A value as it would be typed after --set."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_typed(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_typed(v)}" for k, v in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)
