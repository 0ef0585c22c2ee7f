"""Strict CSV: what is refused, and that what is read is what Python's own csv module reads."""

import csv as standard
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nk521lib.edge.formats import csv, read_table
from nk521lib.errors import SnapshotRejected


@pytest.fixture
def read(tmp_path):
    def read(data: bytes, encoding=None):
        path = tmp_path / "ae.csv"
        path.write_bytes(data)
        return read_table(path, "csv", encoding).to_pydict()

    return read


def test_only_an_empty_field_is_missing(read):
    table = read(b'A,B,C,D\nNA,null,001,\n1e3,NaN,"",x\n')
    assert table == {"A": ["NA", "1e3"], "B": ["null", "NaN"], "C": ["001", None], "D": [None, "x"]}


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfA,B\n1,2\n", b"A,B\r\n1,2\r\n", b"A,B\n1,2", b'"A","B"\n"1","2"\n'])
def test_bom_crlf_last_line_end_and_quotes_do_not_matter(read, data):
    assert read(data) == {"A": ["1"], "B": ["2"]}


def test_a_line_end_inside_quotes_is_text(read):
    assert read(b'A,B\n1,"x\r\ny"\n') == {"A": ["1"], "B": ["x\r\ny"]}


@pytest.mark.parametrize("data", [b"A,B\n", b"A,B", b"A,B\r\n"])
def test_a_header_alone_is_a_table_without_rows(read, data):
    assert read(data) == {"A": [], "B": []}


#         file                              what the message says
REFUSED = [
    (b"", "ae.csv: the file is empty"),
    (b"\nA,B\n1,2\n", "ae.csv line 1: blank"),
    (b"A,B\n1\n", "ae.csv line 2: 1 fields, expected 2"),
    (b"A,B\n1,2\n1,2,3\n", "ae.csv line 3: 3 fields, expected 2"),
    (b"A,B\n1,2\n\n3,4\n", "ae.csv line 3: blank, expected 2 fields"),
    (b"A,B\n1,2\n\n", "ae.csv line 3: blank"),
    (b"A\nx\n\ny\n", "ae.csv line 3: blank"),
    (b"A,B\n,\n", "ae.csv line 2: blank"),
    (b'A,B\n1,"x\n3,4\n', "ae.csv line 2: a quote is opened and never closed"),
    (b'A,B\n1,x"y"\n', "ae.csv line 2: a stray quote"),
    (b'A,B\n1,"x"y\n', "ae.csv line 2: a stray quote"),
    (b'A,B\n1,"x" \n', "ae.csv line 2: a stray quote"),
    (b"A,B\n1,\xff\n", "ae.csv line 2: not UTF-8 text"),
    (b"A,B\n1,x\0\n", "ae.csv line 2: NUL byte"),
]


@pytest.mark.parametrize("data, message", REFUSED)
def test_what_is_not_well_formed_is_refused_with_its_line(read, data, message):
    with pytest.raises(SnapshotRejected) as refused:
        read(data)
    assert refused.value.problems[0].startswith(message)


def test_many_bad_lines_are_named_first_and_counted_then(read):
    with pytest.raises(SnapshotRejected) as refused:
        read(b"A,B\n" + b"1\n" * 12)
    assert len(refused.value.problems) == 6
    assert refused.value.problems[-1] == "ae.csv: 7 more lines with a wrong number of fields"


def test_gb18030_is_read_only_when_declared(read):
    data = "AETERM\n发热\n".encode("gb18030")
    assert read(data, "gb18030") == {"AETERM": ["发热"]}
    with pytest.raises(SnapshotRejected, match="not UTF-8 text; if it is in another encoding, the manifest must say"):
        read(data)
    with pytest.raises(SnapshotRejected, match="klingon is not a known encoding"):
        read(data, "klingon")


_TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=6)


@given(st.lists(st.lists(_TEXT, min_size=2, max_size=2).filter(any), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_any_table_written_by_the_csv_module_is_read_back(tmp_path_factory, rows, end):
    out = io.StringIO(newline="")
    standard.writer(out, lineterminator=end, quoting=standard.QUOTE_ALL).writerows([["A", "B"], *rows])
    path = tmp_path_factory.mktemp("csv") / "ae.csv"
    path.write_bytes(out.getvalue().encode())
    table = csv.read(path, None).to_pydict()
    assert [list(row) for row in zip(table["A"], table["B"], strict=True)] == [[v or None for v in row] for row in rows]


@pytest.mark.parametrize("block", [1, 2, 3, 7, csv._BLOCK])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the size of a block is the same for all
@given(text=st.text(alphabet='ab,"\n\r ', max_size=24))
def test_any_text_is_read_as_the_csv_module_reads_it_or_refused(tmp_path_factory, monkeypatch, block, text):
    """Fuzz: lenient parsing (a dropped quote, a padded row, a swallowed line) would show as a difference."""
    monkeypatch.setattr(csv, "_BLOCK", block)
    path = tmp_path_factory.mktemp("csv") / "ae.csv"
    path.write_bytes(b"A,B\n" + text.encode())
    try:
        table = csv.read(path, None).to_pydict()
    except SnapshotRejected:
        return
    expected = list(standard.reader(io.StringIO(text, newline=""), strict=True))
    assert [[a or "", b or ""] for a, b in zip(table["A"], table["B"], strict=True)] == expected
