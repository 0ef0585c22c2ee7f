"""Nothing that runs, loads or leads outside survives; what our own library makes does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.edge.sanitise import clean_html, clean_svg, link_subjects

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
        "<a href='//evil.example'>x</a>", "<a href='https://evil.example'>x</a>", "<a href='/etc/passwd'>x</a>",
        "<a href='../../x'>x</a>", "<iframe src=x></iframe>", "<object data=x></object>", "<embed src=x>",
        "<link rel=stylesheet href=x>", "<meta http-equiv=refresh content=0>", "<base href=x>", "<form action=x>",
        "<style>@import url(http://x)</style>", "<p style='background:url(http://x)'>x</p>",
        "<img src='http://x/y.png'>", "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
        "<math><mtext><script>alert(1)</script></mtext></math>", "<svg><script>alert(1)</script></svg>",
        "<svg/onload=alert(1)>", "<input autofocus onfocus=alert(1)>", "<a href='data:text/html,x'>x</a>",
        SVG.format("<foreignObject><p onclick='x()'>x</p></foreignObject>"),
        SVG.format("<a xlink:href='javascript:alert(1)'><text>x</text></a>"),
        SVG.format("<image href='http://x/y.png'/>"), SVG.format("<rect onclick='x()' fill='url(http://x)'/>"),
        SVG.format("<use href='http://x#y'/>"), SVG.format("<rect style='fill: URL( http://x )'/>"),
        SVG.format("<style>@import 'http://x'</style>"), SVG.format("<set attributeName='href' to='javascript:x'/>"),
    ],
)  # fmt: skip
def test_hostile_markup_does_not_survive(html):
    cleaned = clean_html(html).lower()
    for trace in ("script", "onerror", "onload", "onclick", "onfocus", "http:", "https:", "//evil", "javascript", "/etc",
                  "..", "<iframe", "<object", "<embed", "<link", "<meta", "<base", "<form", "<style", "<input", "foreignobject",
                  "import", "data:text", "svg+xml"):  # fmt: skip
        assert trace not in cleaned.replace('xmlns="http://www.w3.org/2000/svg"', "")


@pytest.mark.parametrize(
    "html",
    [
        '<td headers="t-a t-b" class="gt_row gt_left"><span data-r="x-1 x-2">1/2</span></td>',
        '<th scope="col" id="t-n" colspan="2" rowspan="1">n</th>',
    ],
)
def test_our_tables_keep_ids_headers_and_result_rows(html):
    assert html in clean_html(f"<table><tr>{html}</tr></table>")


def test_details_open_without_a_script():
    html = '<details class="who"><summary data-r="x-1">1/2</summary>01</details>'
    assert clean_html(html) == html


def test_links_inside_the_pack_stay():
    html = '<a href="02_escalation.html#part-2">x</a><a href="#t">y</a>'
    assert clean_html(html) == html


def test_our_drawing_keeps_text_and_clip_paths():
    svg = SVG.format('<defs><clipPath id="a"><path d="M0 0"/></clipPath></defs><g clip-path="url(#a)"><text x="1">发热 &lt;b&gt;</text><use xlink:href="#m"/></g>')  # fmt: skip
    cleaned = clean_html(f"<figure>{svg}</figure>")
    assert "发热 &lt;b&gt;" in cleaned and "url(#a)" in cleaned and 'href="#m"' in cleaned


def test_drawing_that_is_not_well_formed_is_said_to_be_left_out():
    assert "left out" in clean_svg("<svg><p></svg>")


def test_entity_bomb_is_refused():
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>'
    assert "left out" in clean_svg(bomb)


def test_text_cannot_borrow_a_drawing_by_naming_its_slot():
    assert clean_html('<span id="slot-0"></span>') == '<span id="slot-0"></span>'


def test_subject_becomes_a_link_only_where_a_page_exists():
    html = clean_html('<a class="subject" data-subject="X-1">1</a>, <a class="subject" data-subject="X-2">2</a>')
    assert link_subjects(html, {"X-1": "subjects/X-1.html"}) == '<a class="subject" href="subjects/X-1.html">1</a>, 2'


@given(st.text(alphabet="ab<>&\"' -", max_size=12))
def test_any_id_finds_its_own_page(usubjid):
    from nk521lib.display.words import subject_link

    linked = link_subjects(clean_html(subject_link(usubjid, "x")), {usubjid: "subjects/p.html"})
    assert linked == '<a class="subject" href="subjects/p.html">x</a>'


@given(st.text(max_size=40))
def test_escaped_text_is_shown_as_it_is(text):
    from html import unescape

    from nk521lib.display.words import escape

    text = text.replace("\x00", "").replace("\r", "")
    shown = clean_html(f"<p>{escape(text)}</p>")
    assert unescape(shown.removeprefix("<p>").removesuffix("</p>")) == text
