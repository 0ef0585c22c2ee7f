"""Workbooks: one sheet per table or listing, every cell written as text, so that nothing of the data is ever a formula."""

from pathlib import Path

import xlsxwriter

from nk521lib.edge.filing.content import Document, Listing, plain

_MOST_ROWS = 1_048_000
_LONGEST = 32_700
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))
_WIDEST = 60
"""Rows and characters that a sheet and a cell can hold, and the widest column, in characters."""
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


def write_xlsx(document: Document, path: Path) -> None:
    """A contents sheet, then the listings in their order."""
    with xlsxwriter.Workbook(str(path), dict(_PLAIN)) as book:
        book.set_properties({"title": document.title, "created": document.made})
        bold, soft, wrap = book.add_format({"bold": True}), book.add_format({"italic": True}), book.add_format({"text_wrap": True, "valign": "top"})  # fmt: skip
        contents = book.add_worksheet("Contents")
        _lines(contents, [document.title, document.marks, document.programme], [bold, bold, soft])
        for number, listing in enumerate(document.listings, 1):
            name = sheet_name(number, listing.name)
            _sheet(book.add_worksheet(name), listing, document, bold, soft, wrap)
            contents.write_string(number + 3, 0, name)
            contents.write_string(number + 3, 1, cell(listing.title))
        contents.set_column(0, 0, 32)
        contents.set_column(1, 1, 80)


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


def _sheet(sheet, listing: Listing, document: Document, bold, soft, wrap) -> None:
    _lines(sheet, [listing.title, document.marks], [bold, bold])
    first = 3
    for column, head in enumerate(listing.heads):
        sheet.write_string(first, column, cell(head), bold)
    rows = listing.rows[:_MOST_ROWS]
    for row, texts in enumerate(rows, first + 1):
        alone = len(texts) == 1 < len(listing.heads)
        for column, text in enumerate(texts):
            if text is not None:
                sheet.write_string(row, column, cell(text), bold if alone else wrap)
    end = first + len(rows) + 2
    more = [f"{len(listing.rows) - len(rows):,} further records do not fit on a sheet."] if len(rows) < len(listing.rows) else []  # fmt: skip
    for row, note in enumerate([*listing.notes, *more, document.programme], end):
        sheet.write_string(row, 0, cell(note), soft)
    for column, head in enumerate(listing.heads):
        longest = max([len(head), *(len(texts[column] or "") for texts in rows[:200] if len(texts) > max(column, 1))])
        sheet.set_column(column, column, min(_WIDEST, longest + 2))
    sheet.freeze_panes(first + 1, 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{end + 10}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(first)
    sheet.set_footer("&L" + document.title.replace("&", "&&")[:120] + "&R&P / &N")
