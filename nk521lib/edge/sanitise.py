"""An allow-list between what notebooks show and what a pack publishes: nothing that could run, load or lead outside.

Everything our own library displays is escaped where it is made; this is the second lock, for whatever else a cell shows.
HTML goes through nh3. Drawings are cut out first and rebuilt element by element, since nh3 knows no SVG.
"""

import hashlib
import re
from collections.abc import Mapping
from xml.etree import ElementTree

import nh3
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nk521lib.display.words import escape


def _words(text: str) -> set[str]:
    return set(text.split())


_TAGS = _words(
    "a abbr article aside b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption "
    "figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span "
    "strong sub summary sup table tbody td tfoot th thead time tr tt u ul var"
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id", "class", "title", "data-r", "role", "aria-label", "aria-labelledby", "lang"},
    "a": {"href", "data-subject"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "ol": {"start"},
    "details": {"open"},
    "img": {"src", "alt"},
    "col": {"span"},
    "colgroup": {"span"},
    "time": {"datetime"},
}
_PNG = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]+\Z")
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)

_SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SVG_TAGS = _words(
    "svg g path rect circle ellipse line polyline polygon text tspan defs clipPath use title desc pattern marker "
    "linearGradient stop"
)
_SVG_ATTRIBUTES = _words(
    "id class d x y x1 x2 y1 y2 cx cy r rx ry width height viewBox points transform style fill fill-opacity fill-rule "
    "stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset "
    "stroke-miterlimit opacity clip-path clip-rule clipPathUnits patternUnits patternTransform preserveAspectRatio "
    "text-anchor dominant-baseline font-family font-size font-weight font-style letter-spacing dx dy rotate offset "
    "stop-color stop-opacity role aria-label aria-labelledby version markerWidth markerHeight refX refY orient "
    "marker-end marker-start data-r textLength lengthAdjust"
)
_URL = re.compile(r"url\(\s*(?!['\"]?#)", re.IGNORECASE)

ElementTree.register_namespace("", _SVG_NAMESPACE)

_LINK = re.compile(r'<a((?:\s[\w-]+="[^"]*")*)\s*>(.*?)</a>', re.DOTALL)
_SUBJECT = re.compile(r'\sdata-subject="([^"]*)"')


def clean_html(html: str) -> str:
    """The fragment with allowed elements only; links stay inside the pack, pictures inside the page."""
    drawings: dict[str, str] = {}

    def set_aside(found: re.Match) -> str:
        # The slot is named after the drawing's own content, so text in the data cannot guess one.
        slot = f"slot-{hashlib.sha256(found[0].encode()).hexdigest()}"
        drawings[slot] = clean_svg(found[0])
        return f'<span id="{slot}"></span>'

    cleaned = nh3.clean(
        _SVG.sub(set_aside, html),
        tags=_TAGS,
        clean_content_tags={"script", "style", "svg", "math", "template", "iframe", "object", "noscript"},
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"data"},
        link_rel=None,
    )
    for slot, drawing in drawings.items():
        cleaned = cleaned.replace(f'<span id="{slot}"></span>', drawing)
    return cleaned


def clean_svg(svg: str) -> str:
    """A drawing rebuilt from allowed elements and attributes; a drawing that cannot be read is replaced by a sentence."""
    try:
        root = fromstring(svg, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return '<p class="notice">A drawing was left out: it is not well-formed SVG.</p>'
    _prune(root)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def link_subjects(html: str, pages: Mapping[str, str]) -> str:
    """Point the anchors of subjects at their pages; where there is none the anchor becomes plain text.

    html : already cleaned, so that attributes are in one known form. pages : href by USUBJID.
    """

    def point(found: re.Match) -> str:
        subject = _SUBJECT.search(found[1])
        if not subject:
            return found[0]
        href = pages.get(_unescape(subject[1]))
        return f'<a class="subject" href="{escape(href)}">{found[2]}</a>' if href else found[2]

    return _LINK.sub(point, html)


def _unescape(text: str) -> str:
    for entity, character in (("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\xa0"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        # Inside the page, or a file of the pack: no scheme, no host, no way up.
        return value if re.fullmatch(r"(?:[\w./~+-]*)(?:#[^\s]*)?", value) and ".." not in value and not value.startswith("/") else None  # fmt: skip
    if attribute == "src":
        return value if _PNG.match(value) else None
    return value


def _prune(element: ElementTree.Element) -> None:
    for child in list(element):
        namespace, _, name = str(child.tag).rpartition("}")
        if name not in _SVG_TAGS or namespace.lstrip("{") not in ("", _SVG_NAMESPACE):
            element.remove(child)
        else:
            _prune(child)
    for key, value in list(element.attrib.items()):
        if key in ("href", _XLINK):
            del element.attrib[key]
            if value.startswith("#"):
                element.set("href", value)
        elif key not in _SVG_ATTRIBUTES or _URL.search(value):
            del element.attrib[key]
