"""Derivations kept and made ahead: what a control may ask next is worked out while the reader still thinks.

A change of a status costs milliseconds; a change of the window or of a clause needs the statuses derived again, about half
a second. Those are prepared in the background, one control away from where the reader stands, and kept by their settings.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from nk521lib.chapters.escalation.inquiry import (
    Ground,
    Inputs,
    Settings,
    deciding_statuses,
    derive_ground,
    params_with,
)
from nk521lib.cut import Cut
from nk521lib.errors import WorkbookError
from nk521lib.params import Params

KEPT = 64
"""Derivations kept; the one not asked for longest goes first, the record never."""

OFFERED = ("dlt_window", "dlt_min_doses", "full_dose_fraction", "dlt_needs_committee")
"""Parameters that touch the statuses and whose value and alternatives are offered; clauses are offered one by one."""

Reading = Callable[[Params], Cut]
"""Reads the snapshot again under other parameters, for what its data checks say of another window."""


class Prepared:
    """The `Grounds` of one snapshot. reread : None where the checks of the record are kept under every window."""

    def __init__(self, cut: Cut, reread: Reading | None = None):
        self.cut, self._reread = cut, reread
        self._kept: OrderedDict[Settings, Ground] = OrderedDict()
        self._making: dict[Settings, threading.Lock] = {}
        self._lock = threading.Lock()
        self._wanted: list[Settings] = []
        self._worker: threading.Thread | None = None
        self.record = self._made(())

    def __call__(self, settings: Settings, whole: bool = False) -> Ground:
        return self._made(settings if whole else self._deciding(settings))

    def is_ready(self, settings: Settings) -> bool:
        with self._lock:
            return self._deciding(settings) in self._kept

    def prepare_around(self, inputs: Inputs) -> None:
        """Work out in the background every answer that is one control away."""
        with self._lock:
            around = dict.fromkeys(self._deciding(s) for s in neighbours(self.cut.params, inputs))
            self._wanted = [settings for settings in around if settings not in self._kept]
            if self._wanted and (self._worker is None or not self._worker.is_alive()):
                self._worker = threading.Thread(target=self._work, name="what-if", daemon=True)
                self._worker.start()

    def wait(self, seconds: float) -> bool:
        """Until nothing is left to prepare. True when that came to pass in time."""
        worker = self._worker
        if worker is not None:
            worker.join(seconds)
        return worker is None or not worker.is_alive()

    def _deciding(self, settings: Settings) -> Settings:
        return deciding_statuses(self.cut.params, settings, self.record) if settings else ()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    return
                settings = self._wanted.pop(0)
            try:
                self._made(settings)
            except WorkbookError:
                continue  # whoever asks for it is told

    def _made(self, settings: Settings) -> Ground:
        with self._lock:
            if settings in self._kept:
                self._kept.move_to_end(settings)
                return self._kept[settings]
            making = self._making.setdefault(settings, threading.Lock())
        with making:  # asked for while it is being made: wait for that one
            with self._lock:
                if settings in self._kept:
                    return self._kept[settings]
            ground = self._derive(settings)
            with self._lock:
                self._kept[settings] = ground
                self._making.pop(settings, None)
                while len(self._kept) > KEPT:
                    oldest = next(kept for kept in self._kept if kept)
                    del self._kept[oldest]
        return ground

    def _derive(self, settings: Settings) -> Ground:
        if self._reread is None or "dlt_window" not in dict(settings):
            return derive_ground(self.cut, settings)
        return derive_ground(
            replace(self._reread(params_with(self.cut.params, settings)), params=self.cut.params), settings
        )


def neighbours(params: Params, inputs: Inputs) -> Iterator[Settings]:
    """Settings that one more control, or one taken back, would ask for; the likeliest first."""
    for name in OFFERED:
        for value in choices(params, name):
            yield inputs.with_setting(params, name, value).settings
    clauses = inputs.setting(params, "dlt_clauses")
    for clause, setting in clauses.items():
        yield inputs.with_setting(
            params, "dlt_clauses", clauses | {clause: setting | {"on": not setting["on"]}}
        ).settings


def choices(params: Params, name: str) -> list:
    """The value of a parameter, then its named alternatives."""
    about = params.about[name]
    return list(
        {json.dumps(v, sort_keys=True): v for v in _plain([about.value, about.default, *about.alternatives])}.values()
    )


def _plain(values: Iterable) -> list:
    return json.loads(json.dumps(list(values)))
