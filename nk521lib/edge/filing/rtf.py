"""Rich Text Format, as much of it as titles, tables and footnotes need; data is escaped, no field is made of it."""

from pathlib import Path

from nk521lib.edge.filing.content import Document, Listing, plain

_PAGE, _MARGIN = (16838, 11906), 850
"""A4 on its side and its margins, in twentieths of a point."""

_HEAD = r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\froman Times New Roman;}}"
_LONGEST = 32_000


def write_rtf(document: Document, path: Path) -> None:
    """One file with every listing of the document, each on a page of its own, heads repeated on every page."""
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write(to_rtf(document))


def to_rtf(document: Document) -> str:
    across, down = _PAGE
    sheet = f"\\paperw{across}\\paperh{down}\\landscape\\margl{_MARGIN}\\margr{_MARGIN}\\margt{_MARGIN}\\margb{_MARGIN}"
    above = escaped(f"{document.title}{'; ' + document.marks if document.marks else ''}")
    head = f"{{\\header\\pard\\fs16 {above}\\par}}"
    foot = f"{{\\footer\\pard\\fs14 {escaped(document.programme)}\\tab {{\\field{{\\*\\fldinst PAGE}}}} / {{\\field{{\\*\\fldinst NUMPAGES}}}}\\par}}"
    parts = [_listing(number, one) for number, one in enumerate(document.listings, 1)]
    return "\n".join([_HEAD, sheet, head, foot, "\n\\page\n".join(parts), "}\n"])


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
    edges = _edges(listing)
    lines = [f"\\pard\\keepn\\fs20\\b {number}. {escaped(listing.title)}\\b0\\par"]
    lines.append(_row(listing.heads, edges, "\\trhdr", "\\b ", "\\clbrdrb\\brdrs\\brdrw15"))
    for row in listing.rows:
        alone = len(row) == 1 < len(listing.heads)
        lines.append(_row(row, edges[-1:] if alone else edges, "", "\\b " if alone else "", "\\clbrdrb\\brdrs\\brdrw5"))
    if not listing.rows:
        lines.append("\\pard\\fs16 No records.\\par")
    lines += [f"\\pard\\fs14 {escaped(note)}\\par" for note in listing.notes]
    return "\n".join(lines)


def _edges(listing: Listing) -> list[int]:
    """Right edge of each column: wider where more text stands, within limits, over the whole line."""
    sample = listing.rows[:200]
    widths = []
    for at, head in enumerate(listing.heads):
        texts = [len(row[at] or "") for row in sample if len(row) > at and len(row) > 1]
        widths.append(min(40, max([6, min(len(head), 14), *texts])))
    total, room, edge, edges = sum(widths) or 1, _PAGE[0] - 2 * _MARGIN, 0, []
    for width in widths:
        edge += width
        edges.append(round(room * edge / total))
    return edges


def _row(cells, edges: list[int], kind: str, style: str, border: str) -> str:
    shape = "".join(f"{border}\\cellx{edge}" for edge in edges)
    size = "\\fs14" if len(edges) > 12 else "\\fs16"
    text = "".join(f"\\pard\\intbl\\ql{size} {{{style}{escaped(cell or '')}}}\\cell" for cell in cells)
    return f"\\trowd\\trgaph60\\trkeep{kind}{shape}\n{text}\\row"
