"""Sentences that stand on their own: headlines, assumption boxes, provenance. Printed from data, never typed by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nk521lib.cut import Cut
from nk521lib.display.words import capital, day, escape
from nk521lib.manifest import Manifest
from nk521lib.params import About, Params
from nk521lib.results import Number

MARKS = {"go": "●", "hold": "◆", "stop": "■", "": ""}
"""Each status has a shape as well as a colour."""


@dataclass(frozen=True)
class Html:
    """A fragment made by this package alone; every piece of data in it is already escaped.

    numbers : the result rows it shows. plain : the same for a terminal.
    """

    html: str = field(repr=False)
    plain: str = ""
    numbers: tuple[Number, ...] = field(default=(), repr=False)

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.plain


Said = str | Sequence[str | Number]
"""Words, or words and result rows in their order: a number in a sentence carries its row id too."""


def spoken(said: Said) -> Html:
    """A sentence without a frame around it."""
    parts = [said] if isinstance(said, str) else list(said)
    html = "".join(
        f'<span data-r="{part.row_id}">{escape(part.fmt)}</span>' if isinstance(part, Number) else escape(part)
        for part in parts
    )
    return Html(html, "".join(str(part) for part in parts), tuple(part for part in parts if isinstance(part, Number)))


def headline(sentence: Said, status: str = "", why: Said = "", word: str = "") -> Html:
    """The answer of a page, in the largest type. status : go, hold, stop or none; word : the mark beside it."""
    said, reason = spoken(sentence), spoken(why)
    mark = f'<span class="mark {status}">{MARKS[status]} {escape(word)}</span> ' if word else ""
    below = f'<p class="why">{mark}{reason.html}</p>' if why or mark else ""
    return Html(
        f'<div class="headline {status}"><p class="say">{said.html}</p>{below}</div>',
        f"{said.plain} {reason.plain}".strip(),
        (*said.numbers, *reason.numbers),
    )


def notice(text: Said, status: str = "") -> Html:
    """A short remark that must not be missed."""
    said = spoken(text)
    return Html(f'<p class="notice {status}">{said.html}</p>', said.plain, said.numbers)


def show_value(value: Any) -> str:
    """A parameter's value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
    if isinstance(value, dict):
        return "; ".join(f"{key} {show_value(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        return (
            ", ".join(f"({show_value(item)})" if isinstance(item, list | tuple) else show_value(item) for item in value)
            or "none"
        )
    return str(value)


def assumptions(params: Params, *names: str) -> Html:
    """The box that says which part of a page is ours: tag, sentence, alternatives, source.

    names : parameters; those with tag P or S are shown with their own tag, so that nothing looks like protocol that is not.
    """
    entries = [params.about[name] for name in names]
    items = "".join(f"<li>{_entry(entry)}</li>" for entry in entries)
    plain = "; ".join(f"[{e.tag}] {e.name} = {show_value(e.value)}" for e in entries)
    return Html(f'<aside class="assumptions"><ul>{items}</ul></aside>', plain)


def _entry(entry: About) -> str:
    changed = f" <b>(default {escape(show_value(entry.default))})</b>" if entry.differs else ""
    others = (
        f" Alternatives: {escape(' | '.join(show_value(a) for a in entry.alternatives))}." if entry.alternatives else ""
    )
    says = f" {escape(capital(entry.says))}." if entry.says else ""
    return (f'<span class="tag">[{entry.tag}]</span> <code>{escape(entry.name)}</code> = <b>{escape(show_value(entry.value))}</b>{changed}.'
            f'{says}{others} <span class="soft">{escape(entry.source)}.</span>')  # fmt: skip


NOTEBOOK_STYLE = """<style>
.headline {border-left: 5px solid #d9dde3; padding: .1em 0 .1em 1em; margin: 1em 0}
.headline.go {border-color: #00694e} .headline.hold {border-color: #8a5a00} .headline.stop {border-color: #a3232e}
.headline .say {font-size: 1.5em; line-height: 1.25; font-weight: 600; margin: 0 0 .2em} .headline .why {margin: 0}
.mark {border: 1.5px solid currentColor; border-radius: 2px; padding: 0 .4em; font-size: .8em; font-weight: 700}
.mark.go, td .go {color: #00694e} .mark.hold, td .hold {color: #8a5a00} .mark.stop, td .stop {color: #a3232e}
.notice {border-left: 3px solid #d9dde3; padding-left: .8em} .provenance, .end, figcaption, td .soft, li .soft {color: #5b6470}
.assumptions {border-left: 3px solid #1f4e8c; padding-left: .9em; font-size: .92em}
.assumptions ul {list-style: none; margin: 0; padding: 0} .tag, .caption, .what-if b {font-weight: 700}
.table {overflow-x: auto; margin: 1em 0} .table .gt_table {border-collapse: collapse; font-variant-numeric: tabular-nums}
.table .gt_table .gt_left, .table .gt_table .gt_title, .table .gt_table .gt_sourcenote,
.table .gt_table .gt_group_heading {text-align: left} .table .gt_table .gt_right {text-align: right}
.table .gt_table td.gt_row, .table .gt_table th.gt_col_heading {vertical-align: top; padding: .25em 1.1em .25em 0}
.table .gt_table th {border-bottom: 1.5px solid #1b1f24; font-weight: 600} .table .gt_table td {border-bottom: 1px solid #d9dde3}
.table .gt_table .gt_title {font-weight: 600; padding-left: 0} .table .gt_table .gt_sourcenote {color: #5b6470; border: 0; padding-left: 0}
details.who summary {cursor: pointer; list-style: none; text-decoration: underline dotted} details.who {max-width: 18em}
</style>"""
"""The same look in JupyterLab as in a report, in one place; a report has its own style sheet and drops this one."""


def extraction(m: Manifest) -> str:
    return f"extracted {day(m.extracted_at[:10])}" if m.extracted_at else "extraction date not given"


def protocol_stated(m: Manifest) -> str:
    return f"protocol {m.protocol_version}" if m.protocol_version else "protocol version not stated"


def compared_with(cut: Cut) -> str:
    return f"compared with {cut.compared.snapshot_id}" if cut.compared else "not compared with an earlier snapshot"


def provenance(cut: Cut) -> Html:
    """From what, until when, with which settings: the line under every title. In a notebook it brings the style along."""
    m = cut.manifest
    marks = ["SYNTHETIC DATA, not from any patient"] if m.synthetic else []
    marks += ["WHAT IF, not the record"] if cut.params.scenario else []
    changed = cut.params.non_default
    facts = [
        f"Snapshot {m.snapshot_id}", f"data up to {day(m.cutoff_date)}", extraction(m),
        f"manifest {cut.manifest_sha256[:12]}", f"parameters {cut.params.sha256[:12]}",
        f"{len(changed)} settings differ from default" if changed else "default settings",
    ]  # fmt: skip
    text = " · ".join([*marks, *facts])
    return Html(f'{NOTEBOOK_STYLE}<p class="provenance">{escape(text)}</p>', text)


def together(parts: Iterable[Html]) -> Html:
    """Several fragments as one, in their order."""
    parts = list(parts)
    numbers = tuple(number for part in parts for number in part.numbers)
    return Html("".join(p.html for p in parts), "\n".join(p.plain for p in parts), numbers)


def carrying(fragment: Html, *numbers: Number) -> Html:
    """The fragment with the result rows that its words come from."""
    if not numbers:
        return fragment
    ids = " ".join(number.row_id for number in numbers)
    return Html(f'<div data-r="{ids}">{fragment.html}</div>', fragment.plain, (*fragment.numbers, *numbers))


def numbers_in(*shown: Html) -> Iterable[Number]:
    """Every result row the given fragments show, for the pack."""
    for fragment in shown:
        yield from fragment.numbers
