"""Workbooks: one sheet per table or listing, every cell written as text, so that nothing of the data is ever a formula."""

import math
from pathlib import Path

import xlsxwriter

from nk521lib.edge.filing.content import Document, Listing, plain

_MOST_ROWS = 1_048_000
_LONGEST = 32_700
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))
_WIDEST = 60
"""Rows and characters that a sheet and a cell can hold, and the widest column, in characters."""
_LINE, _TALLEST = 15, 405
"""Height of a line of text and of the tallest row that a spreadsheet has, in points."""
_READABLE = 230
"""Characters beside each other that one printed page still shows readably; wider sheets go over several pages."""
_NOTE_WIDTH = 110
_WRAPPED = {"text_wrap": True, "valign": "top"}
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


def write_xlsx(document: Document, path: Path) -> None:
    """A contents sheet, then the listings in their order."""
    with xlsxwriter.Workbook(str(path), dict(_PLAIN)) as book:
        book.set_properties({"title": document.title, "created": document.made})
        bold, head, soft, wrap = (book.add_format(style) for style in ({"bold": True}, {"bold": True, "bottom": 1, **_WRAPPED}, {"italic": True, **_WRAPPED}, _WRAPPED))  # fmt: skip
        contents = book.add_worksheet("Contents")
        contents.set_column(0, 0, 32)
        contents.set_column(1, 1, 80)
        _lines(contents, [document.title, document.marks], [bold, bold])
        _note(contents, 2, 1, 112, document.programme, soft)
        for number, listing in enumerate(document.listings, 1):
            name = sheet_name(number, listing.name)
            _sheet(book.add_worksheet(name), listing, document, bold, head, soft, wrap)
            contents.write_string(number + 3, 0, name, wrap)
            contents.write_string(number + 3, 1, cell(listing.title), wrap)
            contents.set_row(number + 3, _height(listing.title, 80))
        _printed(contents, document, True)


def sheet_name(number: int, name: str) -> str:
    """A name that every spreadsheet takes: short, its own number, no sign that a formula would read."""
    return f"{number:02d} {plain(name).translate(_NOT_IN_A_NAME)}"[:31].rstrip()


def cell(text: str) -> str:
    """Text as a cell can hold it; what is cut is said."""
    text = plain(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 60]} … (cut here, {len(text):,} characters)"


def _lines(sheet, texts: list[str], formats: list) -> None:
    for row, (text, form) in enumerate(zip(texts, formats, strict=True)):
        sheet.write_string(row, 0, cell(text), form)


def _note(sheet, row: int, last: int, width: float, text: str, form) -> None:
    """One text across the columns 0 to `last`, as tall as it needs."""
    sheet.set_row(row, _height(cell(text), width))
    sheet.merge_range(row, 0, row, last, "", form)
    sheet.write_string(row, 0, cell(text), form)


def _height(text: str, width: float) -> float:
    """Points that a text takes in a column of so many characters; a spreadsheet does not measure merged or written cells."""
    lines = 1 if len(text) <= width else math.ceil(1.1 * len(text) / width)
    return min(_TALLEST, _LINE * lines)


def _printed(sheet, document: Document, on_one_page: bool) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
    if on_one_page:
        sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L" + document.title.replace("&", "&&")[:120] + "&R&P / &N")


def _sheet(sheet, listing: Listing, document: Document, bold, head, soft, wrap) -> None:
    rows = listing.rows[:_MOST_ROWS]
    widths = [_width(listing, column) for column in range(len(listing.heads))]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    _lines(sheet, [listing.title, document.marks], [bold, bold])
    first = 3
    sheet.set_row(first, max(_height(cell(text), width) for text, width in zip(listing.heads, widths, strict=True)))
    for column, text in enumerate(listing.heads):
        sheet.write_string(first, column, cell(text), head)
    for row, texts in enumerate(rows, first + 1):
        alone = len(texts) == 1 < len(listing.heads)
        if not alone:
            sheet.set_row(row, max(_height(text or "", width) for text, width in zip(texts, widths, strict=False)))
        for column, text in enumerate(texts):
            if text is not None:
                sheet.write_string(row, column, cell(text), bold if alone else wrap)
    end = first + len(rows) + 2
    more = [f"{len(listing.rows) - len(rows):,} further records do not fit on a sheet."] if len(rows) < len(listing.rows) else []  # fmt: skip
    across, width = _across(widths)
    for row, note in enumerate([*listing.notes, *more, document.programme], end):
        _note(sheet, row, across, width, note, soft)
    who = listing.heads.index("USUBJID") if "USUBJID" in listing.heads[:3] else 0
    sheet.freeze_panes(first + 1, who + 1)
    sheet.repeat_columns(0, who)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{end + 10}"})
    sheet.repeat_rows(first)
    _printed(sheet, document, sum(widths) <= _READABLE)


def _width(listing: Listing, column: int) -> int:
    """Characters of a column: its longest text within limits, its head on two lines if need be."""
    texts = [len(texts[column] or "") for texts in listing.rows[:200] if len(texts) > max(column, 1)]
    head = listing.heads[column]
    longest = max(len(word) for word in head.split()) if head else 0
    return min(_WIDEST, max([min(len(head), 16), longest, *texts]) + 2)


def _across(widths: list[int]) -> tuple[int, float]:
    """The last column that a note reaches over, and the characters that fit beside each other there."""
    width, last = 0.0, 0
    for last in range(40):
        width += widths[last] if last < len(widths) else 8.4
        if last >= 1 and width >= _NOTE_WIDTH:
            break
    return last, width
