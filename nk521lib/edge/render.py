"""An executed notebook becomes the body of a page: nbconvert with our own template, then our own allow-list.

One exporter serves all notebooks of a process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML

from nk521lib.edge.sanitise import clean_html, link_subjects

_TEMPLATES = Path(__file__).resolve().parent / "notebook_template"
_H2 = re.compile(r"<h2([^>]*)>(.*?)</h2>", re.DOTALL)
_ANCHOR_MARK = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SHOWN = ("text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain")
_NOTICE = re.compile(r'(<p class="notice[^"]*">[^<]*</p>)')
"""A notice without a number: one that carries a row of results is never left out."""
_CODE = re.compile(r'<div class="code">.*?</pre>\s*</div>\s*</div>', re.DOTALL)
_SAY = re.compile(r'<p class="say">(.*?)</p>', re.DOTALL)


@dataclass(frozen=True)
class Body:
    """A page's content, safe to publish.

    lead : what stands before the first part, which is the question and its answer. parts : the rest.
    toc : (anchor, heading) of the parts. answers : the headlines of the lead, as text.
    """

    title: str
    lead: Markup
    parts: Markup
    toc: tuple[tuple[str, Markup], ...]
    answers: tuple[str, ...]


class _Exporter(HTMLExporter):
    """Without the stock exporter's last step, a second parse of the whole page for marks that our template has none of."""

    def from_notebook_node(self, nb, resources=None, **options):
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3", parent=self))
        return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **options)


@lru_cache(maxsize=1)
def _exporter() -> HTMLExporter:
    exporter = _Exporter(
        template_name="nk521",
        extra_template_basedirs=[str(_TEMPLATES)],
        embed_images=False,
        require_js_url="",
        mathjax_url="",
        jquery_url="",
        mermaid_js_url="",
        html_manager_semver_range="",
        widget_renderer_url="",
    )
    exporter.register_filter("sanitised", clean_html)
    return exporter


def render_notebook(notebook: nbformat.NotebookNode, subject_pages: Mapping[str, str]) -> Body:
    """Body of a chapter's page.

    The first `# ` heading is the page's title and leaves the body; the title block shows it.
    subject_pages : href by USUBJID of the pages that exist.
    """
    title, cells = _without_title(notebook.cells)
    shown = nbformat.from_dict({**notebook, "cells": [_showable(cell) for cell in cells]})
    html, _ = _exporter().from_notebook_node(shown)
    html = _said_once(link_subjects(_ANCHOR_MARK.sub("", html), subject_pages))
    toc: list[tuple[str, Markup]] = []

    def with_anchor(found: re.Match) -> str:
        text = _TAG.sub("", found[2]).strip()
        anchor = f"part-{len(toc) + 1}"
        toc.append((anchor, Markup(text)))
        return f'<h2 id="{anchor}">{found[2]}</h2>'

    html = _H2.sub(with_anchor, html)
    at = html.find("<h2 id=")
    lead, parts = (html, "") if at < 0 else (html[:at], html[at:])
    answers = tuple(
        str(Markup(_TAG.sub("", said)).unescape()) for said in _SAY.findall(lead) or _SAY.findall(parts)[:1]
    )
    return Body(title, Markup(lead), Markup(parts), tuple(toc), answers)


def _said_once(html: str) -> str:
    """The page without a notice that repeats the one right before it: several cells may be silent for one reason."""
    first, *rest = _NOTICE.split(html)
    kept, last, between = [first], "", first
    for notice, after in zip(rest[::2], rest[1::2], strict=True):
        repeated = notice == last and not _CODE.sub("", between).strip()
        kept += [after] if repeated else [notice, after]
        last, between = notice, after
    return "".join(kept)


def _without_title(cells: list[nbformat.NotebookNode]) -> tuple[str, list[nbformat.NotebookNode]]:
    first = cells[0] if cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        return "Untitled", list(cells)
    heading, _, rest = first.source.partition("\n")
    # The number of the chapter orders the files; on the page the title speaks for itself.
    title = re.sub(r"^\d+\s+", "", heading[2:].strip())
    return title, [nbformat.from_dict({**first, "source": rest.strip()}), *cells[1:]]


def _showable(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The cell with only those outputs that a page can show: no script, no widget."""
    if cell.cell_type != "code":
        return cell
    outputs = []
    for output in cell.outputs:
        if output.output_type in ("execute_result", "display_data"):
            data = {kind: value for kind, value in output.data.items() if kind in _SHOWN}
            outputs += [{**output, "data": data}] if data else []
        elif output.output_type == "stream":
            outputs.append(output)
    return nbformat.from_dict({**cell, "outputs": outputs})
