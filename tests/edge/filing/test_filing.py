"""What is filed: text stays text, nothing is lost in silence, the same bytes each time, every table as it was shown."""

import re
import zipfile
from datetime import datetime
from html import unescape
from itertools import pairwise

import pandas as pd
import pyarrow as pa
import pytest

from nk521lib.display.tables.base import Cell, table
from nk521lib.edge.filing.content import Document, Listing, listing_of, tables_of
from nk521lib.edge.filing.rtf import escaped, to_rtf
from nk521lib.edge.filing.xlsx import sheet_name, write_xlsx
from nk521lib.edge.sanitise import clean_html

HOSTILE = ("=HYPERLINK(\"http://x.example\",\"y\")", "+1+1", "@SUM(A1)", "{\\rtf1 \\par} \\bin9", "<b>&amp;", "发热 😀", "a\x07b\x1bc\x00d",
           "_x001F_", "A" * 10_000)  # fmt: skip


def _document(*listings: Listing) -> Document:
    return Document(
        "NCT07561437: listings", listings, "Programme: p.ipynb. nk521lib 0", "SYNTHETIC DATA", datetime(2026, 9, 30)
    )


def _hostile() -> Listing:
    return Listing("adae", "Dataset adae", ("TERM", "N"), tuple((text, "1") for text in HOSTILE), ("a note {x}",))


def _sheets(path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


def test_a_table_is_filed_as_it_was_shown():
    rows = [
        {"Block": "One", "Term": "Fever <b>", "A": Cell("1/3 (33 %)", opens=("X-1", "X-2")), "B": None},
        {"Block": "Two", "Term": "Chills", "A": "0/3", "B": "2"},
    ]
    html = table("events", "Two of three", rows, "A note.", ["A", "B"], {"Group A": ["A", "B"]}, section="Block").html
    (found,) = tables_of(clean_html(html))
    assert (found.name, found.title, found.notes) == ("events", "Two of three", ("A note.",))
    assert found.heads == ("Term", "Group A: A", "Group A: B")
    assert found.rows == (
        ("One",), ("Fever <b>", "1/3 (33 %)", "not recorded"), ("Two",), ("Chills", "0/3", "2"),
    )  # fmt: skip


def test_a_page_gives_its_tables_in_order_and_nothing_else():
    one, two = (table(name, name, [{"x": "1"}]).html for name in ("first", "second"))
    page = clean_html(f"<p>text</p>{one}<table><tr><td>no table of ours</td></tr></table>{two}")
    assert [(t.name, t.heads, t.rows) for t in tables_of(page)] == [
        ("first", ("x",), (("1",),)),
        ("second", ("x",), (("1",),)),
    ]


def test_a_dataset_keeps_missing_apart_and_dates_as_iso():
    frame = pd.DataFrame(
        {"A": pd.array([1, None], dtype="Int64"), "B": [1.5, None], "C": [True, None], "D": [["x", "y"], []]}
    )
    frame["E"] = pd.to_datetime(["2026-09-30", None])
    listing = listing_of("adxx", pa.Table.from_pandas(frame, preserve_index=False))
    assert listing.rows == (("1", "1.5", "true", "x y", "2026-09-30"), (None, None, None, "", None))
    assert listing.title == "Dataset adxx: 2 records"


def test_a_printed_listing_says_what_it_leaves_out():
    listing = Listing("x", "X", ("A", "B"), (("1", "2"),) * 3).only(["B", "Z"], 2)
    assert listing.heads == ("B",) and listing.rows == (("2",), ("2",))
    assert listing.notes == ("1 further records are in listings.xlsx.",)


def test_a_workbook_holds_no_formula_no_link_and_no_control_character(tmp_path):
    write_xlsx(_document(_hostile()), tmp_path / "x.xlsx")
    parts = _sheets(tmp_path / "x.xlsx")
    sheet = parts["xl/worksheets/sheet2.xml"]
    assert "<f>" not in sheet and "<hyperlink" not in sheet and not re.search("[\x00-\x08\x0b-\x1f]", sheet)
    text = unescape(sheet)
    assert '=HYPERLINK("http://x.example","y")' in text and "发热 😀" in text and "abcd" in text
    assert "SYNTHETIC DATA" in text and "Programme: p.ipynb" in text and "A" * 10_000 in text


def test_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path):
    write_xlsx(_document(Listing("x", "X", ("T",), (("A" * 40_000,),))), tmp_path / "x.xlsx")
    assert "(cut here, 40,000 characters)" in _sheets(tmp_path / "x.xlsx")["xl/worksheets/sheet2.xml"]


def test_sheet_names_are_ones_that_a_spreadsheet_takes():
    names = [sheet_name(n, name) for n, name in enumerate(["a/b:c*d?e[f]", "'x'", "y" * 60, "same", "same", ""], 1)]
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\']", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)


def test_both_formats_are_the_same_bytes_each_time(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(_document(_hostile()), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert to_rtf(_document(_hostile())) == to_rtf(_document(_hostile()))


#  text          as RTF
ESCAPED = [
    ("plain", "plain"), ("a{b}\\c", "a\\{b\\}\\\\c"), ("é", "\\u233?"), ("发", "\\u21457?"), ("\uffe6", "\\u-26?"),
    ("😀", "\\u-10179?\\u-8704?"), ("a\x07b\nc", "ab c"), ("\\bin99", "\\\\bin99"),
]  # fmt: skip


@pytest.mark.parametrize("text, rtf", ESCAPED)
def test_text_is_escaped_for_rtf(text, rtf):
    assert escaped(text) == rtf


def test_an_rtf_document_is_ascii_balanced_and_its_rows_have_all_their_cells():
    rtf = to_rtf(_document(_hostile(), Listing("empty", "Nothing", ("A", "B"), ())))
    assert rtf.isascii() and rtf.startswith("{\\rtf1") and rtf.endswith("}\n")
    bare = re.sub(r"\\[\\{}]", "", rtf)
    assert bare.count("{") == bare.count("}")
    rows = rtf.split("\\trowd")[1:]
    assert len(rows) == 1 + len(HOSTILE) + 1
    assert all(
        len(re.findall(r"\\cellx\d+", row)) == row.count("\\cell\n") + len(re.findall(r"\\cell(?=\\)", row))
        for row in rows
    )
    assert rtf.count("\\trhdr") == 2 and "No records." in rtf and "Programme: p.ipynb" in rtf
    assert "\\*\\fldinst {\\fs14 PAGE}" in rtf and not re.search(r"(?<!\\)\\(?:bin|object|pict)", rtf)


def test_every_table_of_an_rtf_document_begins_a_page():
    """By its title: a break behind the last row of a table is lost in an office program."""
    rtf = to_rtf(_document(*[Listing(name, name, ("A",), (("1",),)) for name in "xyz"]))
    assert re.findall(r"\\pard(\\pagebb)?\\keepn.*?(\d)\.", rtf) == [("", "1"), ("\\pagebb", "2"), ("\\pagebb", "3")]
    assert "\\page\n" not in rtf


def _widths(rtf: str) -> tuple[int, list[int]]:
    """Type size in half points and width of each column, in twentieths of a point, of the first row."""
    row = rtf.split("\\trowd")[1]
    edges = [0, *map(int, re.findall(r"\\cellx(\d+)", row))]
    return int(re.search(r"\\fs(\d+)", row)[1]), [right - left for left, right in pairwise(edges)]


def test_no_column_is_narrower_than_its_longest_word_and_none_leaves_the_page():
    heads = ("USUBJID", "TRT01A", "AREL", "AEOUT", "TERM", "PT")
    row = ("NK521-01-001", "A-DL1", "NOT RELATED", "RECOVERED/RESOLVED", "a long story " * 30, "发热发热发热")
    size, widths = _widths(to_rtf(_document(Listing("x", "X", heads, (row,) * 3))))
    assert size == 18 and sum(widths) <= 16838 - 2 * 850
    ems = {
        "NK521-01-001": 6.1,
        "TRT01A": 3.8,
        "RELATED": 4.6,
        "RECOVERED": 6.0,
        "story": 2.1,
        "发热发热发热": 6.0,
    }  # as Times draws them
    for (word, needed), width in zip(ems.items(), widths, strict=True):
        assert width >= needed * size * 10 + 120, word
    size, widths = _widths(to_rtf(_document(Listing("x", "X", tuple("ABCDEFGHIJKLMNOPQRST"), (("RECOVERED",) * 20,)))))
    assert size == 13 and sum(widths) <= 16838 - 2 * 850


def test_a_sheet_is_printed_on_its_side_on_one_page_across_and_its_notes_wrap(tmp_path):
    note, long = "A note of many words. " * 20, "said at length, " * 20
    wide = Listing("wide", "Wide", tuple(f"COL{n}" for n in range(60)), (("text of a cell",) * 60,))
    write_xlsx(_document(Listing("x", "X", ("USUBJID", "B"), (("1", long),), (note,)), wide), tmp_path / "x.xlsx")
    parts = _sheets(tmp_path / "x.xlsx")
    sheet = parts["xl/worksheets/sheet2.xml"]
    assert 'orientation="landscape"' in sheet and 'fitToHeight="0"' in sheet and "<mergeCell " in sheet
    assert float(re.search(r'<row r="5"[^>]* ht="([\d.]+)"', sheet)[1]) >= 6 * 15
    assert 'fitToHeight="0"' not in parts["xl/worksheets/sheet3.xml"]
    assert 'orientation="landscape"' in parts["xl/worksheets/sheet1.xml"]


def test_a_row_that_heads_others_is_one_cell_across():
    rtf = to_rtf(_document(Listing("x", "X", ("A", "B"), (("Block",), ("1", "2")))))
    block = rtf.split("\\trowd")[2]
    assert len(re.findall(r"\\cellx\d+", block)) == 1 and "Block" in block
