"""What every page of a pack carries: from what, until when, with which settings, by which version."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nk521lib.cut import Cut
from nk521lib.display.say import compared_with, extraction, protocol_stated, show_value
from nk521lib.display.what_if.words import NOT_THE_RECORD, scenario_lines
from nk521lib.display.words import day, plural, unbroken
from nk521lib.params import About

_CSS = Markup(files("nk521lib.display.pages").joinpath("report.css").read_text(encoding="utf-8"))
_PAGES = Environment(
    loader=PackageLoader("nk521lib.display.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


@dataclass(frozen=True)
class PageLink:
    """A page of the pack as the navigation names it."""

    file: str
    title: str


@dataclass(frozen=True)
class Changed:
    """A parameter that differs from its default, in words."""

    tag: str
    name: str
    value: str
    default: str


@dataclass(frozen=True)
class Shell:
    """The frame around every page of one pack."""

    study: str
    study_title: str
    snapshot_id: str
    cutoff: str
    extracted: str
    compared: str
    protocol: str
    manifest: str
    parameters: str
    synthetic: bool
    software: str
    pages: tuple[PageLink, ...]
    scenario: str
    changed: tuple[Changed, ...]
    what_if: tuple[str, ...] = ()
    what_if_note: str = ""

    @property
    def running_head(self) -> Markup:
        """The text of the upper page margin in print, as a CSS string."""
        mark = f"{NOT_THE_RECORD} · " if self.what_if else ""
        text = json.dumps(
            f"{mark}{self.study} · snapshot {self.snapshot_id} · data up to {self.cutoff}", ensure_ascii=False
        )
        return Markup(text.replace("<", "\\3c "))

    @classmethod
    def of(cls, cut: Cut, pages: Sequence[PageLink], software: str, left_out: Sequence[str] = ()) -> "Shell":
        """left_out : chapters that the reader would expect and this run did not make."""
        m, changed = cut.manifest, cut.params.non_default
        parts = (
            [f"{plural(len(changed), 'setting')} differ{'s' if len(changed) == 1 else ''} from default."]
            if changed
            else []
        )
        parts += [f"Chapters not in this pack: {', '.join(left_out)}."] if left_out else []
        return cls(
            study=m.study, study_title=cut.params.trial.title, snapshot_id=m.snapshot_id, cutoff=day(m.cutoff_date),
            extracted=extraction(m), compared=compared_with(cut), protocol=protocol_stated(m),
            manifest=cut.manifest_sha256[:12], parameters=cut.params.sha256[:12], synthetic=m.synthetic,
            software=software, pages=tuple(pages), scenario=" ".join(parts), changed=tuple(_changed(e) for e in changed),
            what_if=tuple(scenario_lines(cut.params)), what_if_note=cut.params.scenario.note if cut.params.scenario else "",
        )  # fmt: skip


def render(template: str, shell: Shell, title: str, here: str, **content: Any) -> str:
    """One page. here : its file name in the pack; a page in a folder reaches the others through `../`."""
    defaults = {"kind": "report", "has_code": False, "toc": ()}
    context = defaults | content | {
        "shell": shell, "title": title, "here": here, "up": "../" * here.count("/"), "css": _CSS,
    }  # fmt: skip
    return unbroken(_PAGES.get_template(template).render(context))


def _changed(entry: About) -> Changed:
    return Changed(str(entry.tag), entry.name, show_value(entry.value), show_value(entry.default))


def standalone(template: str, title: str, study: str, software: str, synthetic: bool, **content: Any) -> str:
    """One page that belongs to no pack."""
    context = content | {"title": title, "study": study, "software": software, "synthetic": synthetic, "css": _CSS}
    return _PAGES.get_template(template).render(context)
