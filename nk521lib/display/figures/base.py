"""The one visual language: subjects are rows, time runs to the right, colour never speaks alone.

Figures are made without pyplot, so no global state and no backend can change them; the SVG is the same on every run.
"""

import io
import re
import warnings
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Transform, offset_copy

from nk521lib.display.say import Html
from nk521lib.display.words import escape, subject_link
from nk521lib.results import Number

INK, SOFT, LINE, WASH = "#1b1f24", "#5b6470", "#d9dde3", "#f6f7f9"
GO, HOLD, STOP = "#00694e", "#8a5a00", "#a3232e"
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")
GRADE = {1: "#f0e6c8", 2: "#e6b95a", 3: "#d5702e", 4: "#a3232e", 5: "#000000"}
"""CTCAE grade, light to dark, so that order survives a black-and-white printer; the number is written as well."""

MAX_NAMED = 60
"""Subjects named under one figure, as under one count."""

THEME = {
    "svg.fonttype": "none", "svg.hashsalt": "nk521", "text.parse_math": False, "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"], "font.size": 9.0, "axes.edgecolor": SOFT, "axes.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7, "xtick.color": SOFT,
    "ytick.color": SOFT, "xtick.labelcolor": INK, "ytick.labelcolor": INK, "text.color": INK, "legend.frameon": False,
    "figure.facecolor": "none", "axes.facecolor": "none", "figure.dpi": 96.0,
}  # fmt: skip


CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
"""Behind a word that a line would cross."""


def spread_labels(x: pd.Series, y: pd.Series, near: float, gap: float) -> pd.Series:
    """Heights for labels at (x, y): labels within `near` of each other stand at least `gap` apart, in the order of y."""
    placed: list[tuple[float, float]] = []
    heights = {}
    for name in y.sort_values(kind="stable").index:
        taken = [height for left, height in placed if abs(left - x[name]) <= near]
        heights[name] = max([y[name], *(height + gap for height in taken)])
        placed.append((x[name], heights[name]))
    return pd.Series(heights, dtype="float64")


def name_ends(axes: Axes, ends: Mapping[str, tuple[float, float]], near: float = 0.09, gap: float = 0.055) -> None:
    """Each line's name at the right of its last point; names that would lie on one another stand apart.

    ends : name -> (x, y). near, gap : shares of the width and height of the axes. Call it when the limits are final.
    """
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    if not ends:
        return
    places = (axes.transScale + axes.transLimits).transform(np.array(list(ends.values()), dtype=float))
    x, y = (pd.Series(places[:, side], list(ends)) for side in (0, 1))
    for name, height in spread_labels(x, y, near, gap).items():
        # A name that had to move keeps a hair-line to its point.
        axes.annotate(name, (x[name], y[name]), xycoords="axes fraction", textcoords=offset_copy(axes.transAxes, axes.figure, 7, 0, "points"),
                      xytext=(x[name], height), va="center", fontsize=7, color=SOFT, bbox=CLEAR, annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "lw": 0.4, "color": SOFT, "shrinkA": 0, "shrinkB": 2} if height > y[name] + gap / 4 else None)  # fmt: skip


def canvas(width: float = 7.2, height: float = 3.2) -> tuple[Figure, Axes]:
    """A figure of the given size in inches and its only axes. Use inside `with theme():`."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def sheet(width: float, height: float) -> tuple[Figure, Transform]:
    """A figure without axes, and the transform by which its artists are placed in inches from the lower left corner."""
    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    return figure, figure.dpi_scale_trans


def theme():
    """The drawing settings, for the time of one figure only."""
    return mpl.rc_context({**THEME})


def drawing(
    figure: Figure,
    name: str,
    heading: str,
    caption: str,
    alt: str,
    numbers: tuple[Number, ...] = (),
    order: Sequence[str] = (),
) -> Html:
    """Wrap a finished figure: heading says what is found, caption names N, population and cut-off, alt says it in words.

    order : subjects in the order in which the caption names them, else that of the numbers.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Text stays text in the SVG and the reader's own font shows it, so a glyph that ours lacks is not lost.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # Not savefig: it draws everything once more, to no output, before it draws.
        figure.canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue().decode()
    svg = svg[svg.index("<svg"):]  # fmt: skip
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = svg.replace("DejaVu Sans", "Source Sans 3, Segoe UI, system-ui, Noto Sans CJK SC, sans-serif")
    svg = _numbered(svg)
    # Ids are unique per figure so that two figures on one page do not borrow each other's clip paths.
    svg = re.sub(r'\bid="', f'id="{name}-', svg).replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    svg = svg.replace("<svg ", f'<svg role="img" stroke-linejoin="round" aria-label="{escape(alt)}" ', 1)
    ids = " ".join(n.row_id for n in numbers)
    attribute = f' data-r="{ids}"' if ids else ""
    body = (
        f'<p class="caption">{escape(heading)}</p>{svg}<figcaption>{escape(caption)}{_who(numbers, order)}</figcaption>'
    )
    return Html(f'<figure id="{escape(name)}"{attribute}>{body}</figure>', f"{heading} [figure: {alt}]", numbers)


def _who(numbers: tuple[Number, ...], order: Sequence[str]) -> str:
    """The subjects in a figure, each leading to its page; a figure of many names nobody."""
    behind = dict.fromkeys(u for number in numbers for u in number.usubjids)
    people = [u for u in order if u in behind] + [u for u in behind if u not in order]
    if not 0 < len(people) <= MAX_NAMED:
        return ""
    return " Subjects: " + ", ".join(subject_link(usubjid) for usubjid in people) + "."


def _numbered(svg: str) -> str:
    """Name clip paths and markers in their order: matplotlib names them after addresses in memory, other ones in every run."""
    names = dict.fromkeys(re.findall(r'\bid="(\w*[0-9a-f]{10})"', svg))
    for number, name in enumerate(names, 1):
        for before, after in (('id="', '"'), ("url(#", ")"), ('href="#', '"')):
            svg = svg.replace(f"{before}{name}{after}", f"{before}{name[0]}{number}{after}")
    return svg
