"""The committee's paper of each group as a PDF: typst sets what `display.brief` wrote.

The words reach typst as JSON text, never as markup. The result is the same bytes on every run: no clock, no random id.
It is tagged and checked as PDF/UA-1, which also refuses any character that no font can show; such characters are found
that way, replaced by a mark, and named on the paper.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

_TEMPLATE = Path(__file__).with_name("brief.typ").read_bytes()
_EMBEDDED = ("Libertinus Serif", "New Computer Modern", "New Computer Modern Math", "DejaVu Sans Mono")
"""Fonts of the typst wheel: Latin, Greek, Cyrillic and our signs on every machine."""

_CHINESE = (
    "Noto Serif CJK SC", "Noto Sans CJK SC", "Source Han Serif SC", "Source Han Sans SC", "Songti SC", "PingFang SC", "SimSun",
    "Microsoft YaHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "AR PL UMing CN", "Droid Sans Fallback",
)  # fmt: skip
"""Fonts of a machine that hold Chinese text, in the order in which they are taken."""

_NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
PLACEHOLDER = "▯"
_MOST_ROUNDS = 40


def set_brief(brief: Mapping[str, Any], system_fonts: bool = True) -> bytes:
    """The PDF. brief : `display.brief.brief_of`. system_fonts : may fonts of this machine be used where ours lack a sign?

    Characters that nothing can show become ▯ and are named at the top of the paper, each with its code.
    """
    content, lost = json.dumps(brief | {"missing": ""}, ensure_ascii=False), {}
    try:
        return _compiled(content, _EMBEDDED, False)
    except typst.TypstError as error:
        missing = _missing(error)
    fonts = (*_EMBEDDED, *(name for name in _CHINESE if name in _families())) if system_fonts else _EMBEDDED
    for _ in range(_MOST_ROUNDS):
        try:
            return _compiled(content, fonts, system_fonts)
        except typst.TypstError as error:
            missing = _missing(error)
        lost |= dict.fromkeys(sorted(_of_the_same_script(missing, content)))
        brief = _without(brief, lost)
        content = json.dumps(brief | {"missing": _said(lost)}, ensure_ascii=False)
    # More scripts than anybody writes: what is not ASCII is not shown, and that is said.
    lost = dict.fromkeys(sorted({c for c in content if not c.isascii() and c.isalpha()}))
    brief = _without(brief, lost)
    return _compiled(json.dumps(brief | {"missing": _said(lost)}, ensure_ascii=False), fonts, system_fonts)


def _compiled(content: str, fonts: tuple[str, ...], system_fonts: bool) -> bytes:
    return typst.compile(
        _TEMPLATE, sys_inputs={"brief": content, "fonts": json.dumps(fonts)}, font_paths=_fonts(system_fonts), timestamp=0,
        format="pdf", pdf_standards=["ua-1"],
    )  # fmt: skip


@lru_cache(maxsize=2)
def _fonts(system: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True)


def _families() -> frozenset[str]:
    return frozenset(_fonts(True).families())


def _missing(error: typst.TypstError) -> str:
    """The characters that no font could show; any other failure is ours and is raised."""
    found = _NOT_SHOWN.search(error.message)
    if not found:
        raise error
    return found[1]


def _of_the_same_script(missing: str, content: str) -> set[str]:
    """A font that lacks one letter of a script lacks them all: they are found at once."""
    scripts = {_script(c) for c in missing if c.isalpha()}
    return set(missing) | {c for c in set(content) if not c.isascii() and c.isalpha() and _script(c) in scripts}


def _script(character: str) -> str:
    return unicodedata.name(character, "UNNAMED").split(" ")[0].split("-")[0]


def _without(value: Any, lost: Mapping[str, None]) -> Any:
    """The same content with every lost character as a placeholder."""
    if isinstance(value, str):
        return value.translate({ord(c): PLACEHOLDER for c in lost})
    if isinstance(value, Mapping):
        return {key: _without(item, lost) for key, item in value.items()}
    return [_without(item, lost) for item in value] if isinstance(value, list) else value


def _said(lost: Mapping[str, None]) -> str:
    codes = [f"U+{ord(c):04X}" for c in lost]
    more = f" and {len(codes) - 20} more" if len(codes) > 20 else ""
    return (f"No font on the machine that made this paper shows {', '.join(codes[:20])}{more}: {PLACEHOLDER} stands in their place. "
            "The pages and the datasets of the pack hold the text as recorded.")  # fmt: skip
