"""Lanes on one time axis, written as SVG text: a page per subject needs no drawing library, weighs little and costs milliseconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nk521lib.display.figures.base import GRADE, INK, LINE, SOFT, WASH
from nk521lib.display.words import escape

WIDTH, LEFT, RIGHT = 980.0, 190.0, 184.0
LANE, TALL = 17.0, 27.0
_STEPS = (1, 2, 7, 14, 28, 56, 84, 182, 364, 728, 1456)
_MOST_TICKS = 12


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@dataclass
class Lanes:
    """first, last : the days shown, as days since the first dose (0 = its day, so that the axis has no gap at day 0)."""

    first: float
    last: float
    y: float = 26.0
    parts: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def x(self, day: float) -> float:
        share = (min(max(day, self.first), self.last) - self.first) / (self.last - self.first)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def shows(self, day: float) -> bool:
        return self.first <= day <= self.last

    def section(self, title: str) -> None:
        self.y += 7
        self.parts.append(f'<text x="0" y="{self.y + 9:g}" font-weight="600">{escape(title)}</text>'
                          f'<path d="M{LEFT:g} {self.y + 5:g}H{WIDTH:g}" stroke="{LINE}"/>')  # fmt: skip
        self.y += 15

    def lane(self, label: str = "", note: str = "", height: float = LANE) -> float:
        """Open the next lane and return the height of its middle line. label : at the left. note : at the right."""
        middle = self.y + height / 2
        if label:
            self.parts.append(
                f'<text x="{LEFT - 8:g}" y="{middle + 3:g}" text-anchor="end">{escape(shortened(label, 33))}</text>'
            )
        if note:
            self.parts.append(
                f'<text x="{WIDTH - RIGHT + 10:g}" y="{middle + 3:g}" fill="{SOFT}">{escape(shortened(note, 30))}</text>'
            )
        self.y += height
        return middle

    def bar(self, start: float, end: float, y: float, colour: str, thick: float = 6) -> None:
        left, right = self.x(start), max(self.x(end), self.x(start) + 1)
        self.parts.append(
            f'<rect x="{left:g}" y="{y - thick / 2:g}" width="{right - left:.1f}" height="{thick:g}" fill="{colour}"/>'
        )

    def grade(self, day: float, y: float, grade: int | None, hollow: bool = False) -> None:
        """A grade as a filled circle with its number; hollow where the date is not complete, ? where the grade is missing."""
        name = f"g{'u' if grade is None else grade}{'h' if hollow and grade is not None else ''}"
        self.used.add(name)
        self.parts.append(f'<use href="#{name}" x="{self.x(day):g}" y="{y:g}"/>')

    def dots(self, points: Iterable[tuple[float, float]], hollow: bool = False) -> None:
        """Small round marks at (day, height), as one path."""
        path = "".join(f"M{self.x(day):g} {y:g}h0" for day, y in points)
        for width, colour in ((4.6, SOFT), (2.6, "white")) if hollow else ((4.2, SOFT),):
            if path:
                self.parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>')

    def mark(self, day: float, y: float, shape: str, colour: str = INK, fill: str = "none") -> None:
        """shape : arrow, cross, tick, down (a triangle)."""
        x = self.x(day)
        path = {"arrow": f"M{x:g} {y - 4:g}l6 4l-6 4z", "cross": f"M{x - 4:g} {y - 4:g}l8 8m0 -8l-8 8", "tick": f"M{x:g} {y - 6:g}v12",
                "down": f"M{x - 4.5:g} {y - 4:g}h9l-4.5 8z"}[shape]  # fmt: skip
        width = 2.4 if shape in ("tick", "cross") else 1.1
        self.parts.append(f'<path d="{path}" fill="{fill}" stroke="{colour}" stroke-width="{width}"/>')

    def text(self, day: float, y: float, text: str, anchor: str = "middle", colour: str = INK) -> None:
        self.parts.append(
            f'<text x="{self.x(day):g}" y="{y:g}" text-anchor="{anchor}" font-size="9" fill="{colour}">{escape(text)}</text>'
        )

    def words(self, y: float, text: str) -> None:
        """A remark in place of marks."""
        self.parts.append(f'<text x="{LEFT:g}" y="{y + 3:g}" fill="{SOFT}">{escape(text)}</text>')

    def line(self, points: Iterable[tuple[float, float]]) -> None:
        """A line through (day, height) points."""
        said = " ".join(f"{self.x(day):g},{y:.1f}" for day, y in points)
        self.parts.append(f'<polyline points="{said}" fill="none" stroke="{SOFT}" stroke-width=".9"/>')

    def band(self, low: float, high: float) -> None:
        """The range of normal values, between two heights."""
        top, bottom = min(low, high), max(low, high)
        self.parts.append(
            f'<rect x="{LEFT:g}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT:g}" height="{bottom - top:.1f}" fill="{WASH}"/>'
        )

    def ticks(self) -> list[int]:
        """Days since the first dose at which the axis is labelled: one step after the other, the first dose among them."""
        step = next((s for s in _STEPS if (self.last - self.first) / s <= _MOST_TICKS), _STEPS[-1])
        low = -int(-self.first // step) * step if self.first < 0 else 0
        return [day for day in range(low, int(self.last) + 1, step) if self.shows(day)]

    def drawing(self, window: tuple[float, float] | None, cutoff: float, alt: str, name: str) -> str:
        """The finished SVG: what lies behind the lanes, then the lanes. window : the DLT window. cutoff : its day."""
        height = self.y + 8
        behind = []
        if window is not None:
            left, right = self.x(window[0]), self.x(window[1])
            behind.append(
                f'<rect x="{left:g}" y="20" width="{right - left:.1f}" height="{height - 20:.1f}" fill="#E69F00" fill-opacity=".12"/>'
            )
        for day in self.ticks():
            study_day = day + 1 if day >= 0 else day  # there is no day 0
            behind.append(f'<path d="M{self.x(day):g} 20V{height:g}" stroke="{LINE}" stroke-width=".7"/>'
                          f'<text x="{self.x(day):g}" y="14" text-anchor="middle" fill="{SOFT}">{study_day}</text>')  # fmt: skip
        if self.shows(cutoff):
            behind.append(f'<path d="M{self.x(cutoff):g} 20V{height:g}" stroke="{SOFT}" stroke-dasharray="4 3"/>')
        return (
            f'<svg viewBox="0 0 {WIDTH:g} {height:.0f}" role="img" aria-label="{escape(alt)}" font-size="10.5" id="{escape(name)}" '
            f'font-family="Source Sans 3, Segoe UI, system-ui, Noto Sans CJK SC, sans-serif" fill="{INK}">'
            f"<defs>{''.join(_symbol(name) for name in sorted(self.used))}</defs>"
            f'<text x="{LEFT - 8:g}" y="14" text-anchor="end" fill="{SOFT}">study day</text>{"".join(behind)}{"".join(self.parts)}</svg>'
        )


def _symbol(name: str) -> str:
    """The mark of a grade, drawn once per picture and placed by its name."""
    said, hollow = name[1:].rstrip("h"), name.endswith("h") or name == "gu"
    fill = "white" if hollow else GRADE[int(said)]
    ink = "white" if not hollow and int(said) >= 3 else INK
    return (
        f'<g id="{name}"><circle r="5.6" fill="{fill}" stroke="{INK}" stroke-width=".6"/>'
        f'<text y="3" text-anchor="middle" font-size="8.5" fill="{ink}">{"?" if name == "gu" else said}</text></g>'
    )
