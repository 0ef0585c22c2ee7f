"""The last look before a pack is published: what the contract promises is there, and nothing it forbids."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa

_OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:|//|/)", re.IGNORECASE)
_POLICY = "default-src 'none'"


@dataclass
class _Page(HTMLParser):
    """What a page refers to."""

    rows: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    scripts: int = 0
    policy: bool = False

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.rows.update((given.get("data-r") or "").split())
        self.links += [given[key] for key in ("href", "src") if given.get(key)]
        self.links += ["on*="] if any(key.startswith("on") for key in given) else []
        self.ids.update([given["id"]] if given.get("id") else [])
        self.scripts += tag == "script"
        self.policy |= tag == "meta" and _POLICY in (given.get("content") or "")


def breaches(pack: Path, expected: Iterable[str], results: pa.Table, secrets: Collection[str]) -> list[str]:
    """Why this pack must not be published, one line each.

    expected : files that must be there. secrets : texts, such as this machine's paths, that no file may hold.
    """
    problems = [f"{name}: is missing" for name in expected if not (pack / name).is_file()]
    known = set(results["row_id"].to_pylist())
    pages = {path: _read(path) for path in sorted(pack.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(pack).as_posix()
        problems += [f"{name}: shows a number without a result row ({row})" for row in sorted(page.rows - known)]
        problems += [f"{name}: refers to {link[:80]!r}" for link in page.links if _outside(link)]
        problems += [
            f"{name}: links to {link!r}, which is not there" for link in page.links if _broken(link, path, pages)
        ]
        problems += [f"{name}: holds a script"] if page.scripts else []
        problems += [] if page.policy else [f"{name}: has no Content-Security-Policy"]
    texts = [path for path in sorted(pack.rglob("*")) if path.suffix in (".html", ".ipynb", ".json", ".csv")]
    for path in texts:
        content = path.read_text(encoding="utf-8")
        problems += [
            f"{path.relative_to(pack).as_posix()}: holds a path of this machine" for s in secrets if s in content
        ]
    return problems


def rows_not_shown(pack: Path, results: pa.Table) -> list[str]:
    """Result rows that no page shows: allowed, and worth a word."""
    shown = set().union(*(_read(path).rows for path in pack.rglob("*.html")))
    return [row for row in results["row_id"].to_pylist() if row not in shown]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _outside(link: str) -> bool:
    return bool(_OUTSIDE.match(link) and not link.startswith("data:image/png;")) or link == "on*="


def _broken(link: str, path: Path, pages: dict[Path, _Page]) -> bool:
    if _outside(link) or link.startswith("data:"):
        return False
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path
    if target not in pages:
        return not target.is_file()
    return bool(anchor) and anchor not in pages[target].ids
