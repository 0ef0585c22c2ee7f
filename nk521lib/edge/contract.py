"""The last look before a pack is published: what the contract promises is there, and nothing it forbids."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from os.path import normpath
from pathlib import Path

import pyarrow as pa

_OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|/)", re.IGNORECASE)
_POLICY = "default-src 'none'"
# Only tags with attributes say anything here; those of a page are few, its plain cells are many.
_TAG = re.compile(r"""<([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)+)\s*/?>""")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SCRIPT = re.compile(r"<\s*script", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """What a page refers to."""

    rows: frozenset[str]
    links: tuple[str, ...]
    ids: frozenset[str]
    handlers: tuple[str, ...]
    script: bool
    policy: bool


def read_pages(pack: Path) -> dict[Path, Page]:
    """Every HTML page of a pack."""
    return {path: _page(path.read_text(encoding="utf-8")) for path in sorted(pack.rglob("*.html"))}


def breaches(
    pack: Path, pages: Mapping[Path, Page], expected: Iterable[str], results: pa.Table, secrets: Collection[str]
) -> list[str]:
    """Why this pack must not be published, one line each.

    expected : files that must be there. secrets : texts, such as this machine's paths, that no file may hold.
    """
    problems = [f"{name}: is missing" for name in expected if not (pack / name).is_file()]
    known = set(results["row_id"].to_pylist())
    for path, page in pages.items():
        name = path.relative_to(pack).as_posix()
        problems += [f"{name}: shows a number without a result row ({row})" for row in sorted(page.rows - known)]
        problems += [f"{name}: refers to {link[:80]!r}" for link in page.links if _outside(link)]
        problems += [
            f"{name}: links to {link!r}, which is not there" for link in page.links if _broken(link, path, pages)
        ]
        problems += [f"{name}: holds the handler {handler}" for handler in page.handlers]
        problems += [f"{name}: holds a script"] if page.script else []
        problems += [] if page.policy else [f"{name}: has no Content-Security-Policy"]
    for path in sorted(pack.rglob("*")):
        if path.suffix in (".html", ".ipynb", ".json", ".csv"):
            text = path.read_text(encoding="utf-8")
            problems += [
                f"{path.relative_to(pack).as_posix()}: holds a path of this machine" for s in secrets if s in text
            ]
    return problems


def rows_not_shown(pages: Mapping[Path, Page], results: pa.Table) -> list[str]:
    """Result rows that no page shows: allowed, and worth a word."""
    shown = frozenset().union(*(page.rows for page in pages.values()))
    return [row for row in results["row_id"].to_pylist() if row not in shown]


def _page(text: str) -> Page:
    rows: set[str] = set()
    links, ids, handlers, policy = [], set(), [], False
    for tag, attributes in _TAG.findall(text):
        for name, *values in _ATTRIBUTE.findall(attributes):
            value = unescape("".join(values))
            if name == "data-r":
                rows.update(value.split())
            elif name in ("href", "src"):
                links.append(value)
            elif name == "id":
                ids.add(value)
            elif name.lower().startswith("on"):
                handlers.append(name)
            elif tag == "meta" and name == "content":
                policy |= value.startswith(_POLICY)
    return Page(frozenset(rows), tuple(links), frozenset(ids), tuple(handlers), bool(_SCRIPT.search(text)), policy)


def _outside(link: str) -> bool:
    return bool(_OUTSIDE.match(link)) and not link.startswith("data:image/png;")


def _broken(link: str, path: Path, pages: Mapping[Path, Page]) -> bool:
    if _outside(link) or link.startswith("data:"):
        return False
    file, _, anchor = link.partition("#")
    target = Path(normpath(path.parent / file)) if file else path
    if target not in pages:
        return not target.is_file()
    return bool(anchor) and anchor not in pages[target].ids
