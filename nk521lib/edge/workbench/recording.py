"""The page of the app that records: it finds the packs of the open snapshot and puts the form of one of them in place."""

import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path

import ipywidgets as w

from nk521lib.cut import Cut
from nk521lib.display.what_if.recording import say_heading, say_no_pack, say_pack
from nk521lib.edge.currency import say_currency
from nk521lib.edge.record import packs_of, record_file
from nk521lib.edge.workbench.record_form import RecordForm

REPORTS = Path("reports")
"""Where `nk521 run` puts packs."""


class RecordPage:
    """Which pack, then its form. making : words of the command that makes the pack, up to --out.

    view : the widget to place. form : the form shown, None while there is no pack.
    """

    def __init__(self, cut: Cut, reports: Path, making: list[str], clock: Callable[[], date] = date.today):
        self._cut, self._reports, self._making, self._clock = cut, reports.absolute(), making, clock
        self.form: RecordForm | None = None
        self._is_record = True
        self.heading, self.told, self.place = w.HTML(), w.HTML(), w.VBox()
        self.pack = w.Dropdown(description="Pack", style={"description_width": "4em"})
        self.again = w.Button(description="Look again", tooltip="Look for packs again", layout=w.Layout(width="auto"))
        self.pack.observe(lambda _: self._open(), names="value")
        self.again.on_click(lambda _: self.show(self._is_record))
        self.view = w.VBox(
            [
                self.heading,
                w.HBox([self.told, self.pack, self.again], layout=w.Layout(align_items="center")),
                self.place,
            ],
            layout=w.Layout(max_width="1240px"),
        )

    def show(self, is_record: bool) -> None:
        """Look for packs and read the chosen one again; what was typed stays. is_record : is nothing asked as a what-if?"""
        self._is_record = is_record
        packs = packs_of(self._reports, self._cut.manifest.snapshot_id)
        options = tuple((pack.name, pack) for pack in packs)
        if self.pack.options != options:
            kept = self.pack.value
            self.pack.options = options
            self.pack.value = kept if kept in packs else packs[0] if packs else None
        self._open()

    def _open(self) -> None:
        pack = self.pack.value
        self.pack.layout.display = "" if len(self.pack.options) > 1 else "none"
        if pack is None:
            self.form, self.place.children = None, ()
            command = shlex.join([*self._making, "--out", str(self._reports)])
            self.told.value = say_no_pack(self._cut.manifest.snapshot_id, str(self._reports), command)
        elif self.form is not None and self.form.pack == pack:
            self.form.refresh()
        else:
            self.form = RecordForm(pack, self._cut, self._clock)
            self.place.children = (self.form.view,)
        if pack is not None:
            self.told.value = say_pack(str(pack), str(record_file(pack)), say_currency(pack, self._clock()))
        seen = self.form.shown if self.form else None
        self.heading.value = say_heading(self._is_record, seen is None or seen.params_sha256 == self._cut.params.sha256)
