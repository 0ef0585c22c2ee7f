"""Rich Text Format, as much of it as titles, tables and footnotes need; data is escaped, no field is made of it."""

import re
from pathlib import Path

from nk521lib.edge.filing.content import Document, Listing, plain

_PAGE, _MARGIN = (16838, 11906), 850
"""A4 on its side and its margins, in twentieths of a point."""

_HEAD = r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\froman Times New Roman;}}"
_LONGEST = 32_000
_SIZES = (18, 16, 14, 13)
"""Type sizes of a table, in half points: the largest at which no word of it is broken."""
_PADDING, _WIDEST_WORD, _WIDEST_TEXT = 140, 14.0, 36.0
"""Space beside the text of a cell in twentieths of a point; words and texts count up to so many ems."""
_BOLD = 1.1
_EASE = 1.15
"""How much wider the same word is in a head, and a text than it is reckoned, so that it stands on one line."""
_LONGEST_NUMBER = 14
_BREAKS = re.compile(r"[\s/]+")


def write_rtf(document: Document, path: Path) -> None:
    """One file with every listing of the document, each on a page of its own, heads repeated on every page."""
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write(to_rtf(document))


def to_rtf(document: Document) -> str:
    across, down = _PAGE
    sheet = f"\\paperw{across}\\paperh{down}\\landscape\\margl{_MARGIN}\\margr{_MARGIN}\\margt{_MARGIN}\\margb{_MARGIN}"
    above = escaped(f"{document.title}{'; ' + document.marks if document.marks else ''}")
    head = f"{{\\header\\pard\\fs16 {above}\\par}}"
    pages = " / ".join(
        f"{{\\field{{\\*\\fldinst {{\\fs14 {name}}}}}{{\\fldrslt {{\\fs14 1}}}}}}" for name in ("PAGE", "NUMPAGES")
    )
    foot = f"{{\\footer\\pard\\tqr\\tx{across - 2 * _MARGIN}\\fs14 {escaped(document.programme)}\\tab {pages}\\par}}"
    parts = [_listing(number, one) for number, one in enumerate(document.listings, 1)]
    return "\n".join([_HEAD, sheet, head, foot, *parts, "}\n"])


def escaped(text: str) -> str:
    """Text that RTF shows as it is: backslash and braces escaped, everything beyond ASCII as \\u with a question mark."""
    made = []
    for character in plain(text[:_LONGEST]):
        code = ord(character)
        if character in "\\{}":
            made.append("\\" + character)
        elif code < 128:
            made.append(character)
        else:
            # Beyond the first plane a character is two units, each a signed number of 16 bits.
            units = character.encode("utf-16-le")
            for low, high in zip(units[::2], units[1::2], strict=True):
                unit = low + 256 * high
                made.append(f"\\u{unit - 65536 if unit > 32767 else unit}?")
    return "".join(made)


def _listing(number: int, listing: Listing) -> str:
    size, edges = _laid_out(listing)
    fresh = "\\pagebb" if number > 1 else ""  # a break of its own would be lost behind the last row of a table
    lines = [f"\\pard{fresh}\\keepn\\sa60\\fs20\\b {number}. {escaped(listing.title)}\\b0\\par"]
    lines.append(_row(listing.heads, edges, size, "\\trhdr", "\\b ", "\\clbrdrb\\brdrs\\brdrw15"))
    for row in listing.rows:
        alone = len(row) == 1 < len(listing.heads)
        lines.append(
            _row(row, edges[-1:] if alone else edges, size, "", "\\b " if alone else "", "\\clbrdrb\\brdrs\\brdrw5")
        )
    if not listing.rows:
        lines.append("\\pard\\fs16 No records.\\par")
    lines += [f"\\pard\\fs16 {escaped(note)}\\par" for note in listing.notes]
    return "\n".join(lines)


def _laid_out(listing: Listing) -> tuple[int, list[int]]:
    """Type size and right edge of each column: room for the longest word first, the rest where more text stands."""
    columns = _columns(listing)
    words = [min(_WIDEST_WORD, max(_longest_word(text) for text in texts)) for texts in columns]
    words = [max(word, _BOLD * _longest_word(texts[0])) for word, texts in zip(words, columns, strict=True)]
    wanted = [
        max(word, min(_WIDEST_TEXT, _EASE * max(map(_ems, texts)))) for word, texts in zip(words, columns, strict=True)
    ]
    room = _PAGE[0] - 2 * _MARGIN - _PADDING * len(columns)
    size = next((size for size in _SIZES if sum(words) * size * 10 <= room), _SIZES[-1])
    ems = room / (size * 10)
    spare, asked = max(0.0, ems - sum(words)), sum(wanted) - sum(words)
    share = min(1.0, spare / asked) if asked else 0.0
    squeeze = min(1.0, ems / sum(words)) if sum(words) else 1.0
    edge, edges = 0.0, []
    for word, text in zip(words, wanted, strict=True):
        edge += _PADDING + size * 10 * (word * squeeze + (text - word) * share)
        edges.append(round(edge))
    return size, edges


def _columns(listing: Listing) -> list[list[str]]:
    """Texts by column, heads first; of long listings the first rows stand for all."""
    rows = [row for row in listing.rows[:500] if len(row) == len(listing.heads)]
    return [[head, *(row[at] or "" for row in rows)] for at, head in enumerate(listing.heads)]


def _longest_word(text: str) -> float:
    """A number stays whole, whatever stands around it: `12/13 (92 %)`."""
    whole = len(text) <= _LONGEST_NUMBER and any(map(str.isdigit, text))
    return _ems(text) if whole else max(map(_ems, _BREAKS.split(text)))


def _ems(text: str) -> float:
    """About how wide a text is in Times, in ems: capitals are wide, characters of East Asia square."""
    return sum(map(_em, text))


def _em(c: str) -> float:
    if ord(c) > 0x2E7F:
        return 1.0
    return 0.7 if c.isupper() or c in "<>=%" else 0.35 if c in " -.,:;'()/" else 0.5


def _row(cells, edges: list[int], size: int, kind: str, style: str, border: str) -> str:
    shape = "".join(f"{border}\\cellx{edge}" for edge in edges)
    text = "".join(f"\\pard\\intbl\\ql\\fs{size} {{{style}{escaped(cell or '')}}}\\cell" for cell in cells)
    return f"\\trowd\\trgaph60\\trkeep{kind}{shape}\n{text}\\row"
