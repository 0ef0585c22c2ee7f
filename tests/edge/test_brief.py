"""The PDF itself: the same bytes, tagged, nothing of the data read as markup, no character lost in silence."""

import shutil
import subprocess

import pytest

from nk521lib.edge import brief as setting
from nk521lib.edge.brief import set_brief

HOSTILE = (
    '#panic("x") *bold* $x_{ \\pard{\\rtf1 <b> #set page(fill: red) ] ) } "quoted" `raw` <label> @ref = head // no'
)


def _brief(**changes) -> dict:
    said = changes.pop("text", "plain words")
    table = {"kind": "table", "caption": "", "heads": ["One", "Two"], "widths": [0, 1], "right": [True, False],
             "rows": [["1", said]] * 3, "note": said}  # fmt: skip
    head = dict.fromkeys(("title", "study", "trial", "snapshot", "cutoff", "extracted", "protocol", "manifest", "parameters",
                          "pack", "software", "running", "settings"), said)  # fmt: skip
    return {
        "head": head, "marks": ["SYNTHETIC DATA"], "alerts": [{"word": "Read", "text": said}],
        "proposal": {"sentence": said, "mark": "OPEN", "shape": "◆", "status": "hold", "certainty": said, "why": said}, "elsewhere": said,
        "sections": [{"title": said, "blocks": [{"kind": "text", "text": said}, {"kind": "list", "items": [said, said]}, table]}],
        "signature": {"agree": said, "differ": said, "hash": "0" * 64, "note": said},
    } | changes  # fmt: skip


def _text(pdf: bytes, tmp_path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("reading a PDF back needs pdftotext: sudo apt-get install -y poppler-utils")
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_same_content_gives_the_same_bytes():
    assert set_brief(_brief()) == set_brief(_brief())


def test_it_is_tagged_and_has_bookmarks():
    pdf = set_brief(_brief())
    assert b"/StructTreeRoot" in pdf and b"/Outlines" in pdf and b"/Lang" in pdf


def test_commands_in_recorded_text_are_text(tmp_path):
    text = _text(set_brief(_brief(text=HOSTILE)), tmp_path)
    for piece in ('#panic("x")', "*bold*", "$x_{", "\\pard{\\rtf1", "#set page(fill: red)", "`raw`", "<label>", "@ref"):
        assert piece in text, piece


def test_a_very_long_term_without_blanks_stays_on_the_page():
    from nk521lib.display.brief.material import clipped

    assert set_brief(_brief(text=clipped("A" * 10_000))).startswith(b"%PDF")


def test_every_sign_of_ours_is_in_the_embedded_fonts(tmp_path):
    signs = "■◆○◌✕●▸□▯×⁹⁻≥≤…→–—“”’·°µαβγδ"
    text = _text(set_brief(_brief(text=signs), system_fonts=False), tmp_path)
    assert "No font on the machine" not in text and "■◆○◌✕" in text


def test_a_character_that_nothing_shows_is_marked_and_named(tmp_path):
    text = _text(set_brief(_brief(text="发热 fever ก"), system_fonts=False), tmp_path)
    assert "▯▯ fever ▯" in text
    assert "U+53D1" in text and "U+70ED" in text and "U+0E01" in text


def test_chinese_text_is_shown_where_the_machine_has_a_font(tmp_path):
    if not set(setting._CHINESE) & setting._families():
        pytest.skip("no Chinese font on this machine: sudo apt-get install -y fonts-noto-cjk")
    text = _text(set_brief(_brief(text="发热 fever")), tmp_path)
    assert "发热" in text and "No font on the machine" not in text


def test_latin_text_never_depends_on_the_fonts_of_a_machine(monkeypatch):
    asked = []
    monkeypatch.setattr(setting, "_families", lambda: asked.append(1) or frozenset())
    assert set_brief(_brief()) == set_brief(_brief(), system_fonts=False) and not asked


def test_a_fault_of_the_template_is_never_taken_for_a_missing_character():
    with pytest.raises(Exception, match="dictionary does not contain key"):
        set_brief({"head": {}})
