"""What the counts say of the true DLT rate: the exact interval and the posterior of every level, beside its counts."""

from math import comb

import numpy as np

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.counts import THIRD, LevelNumbers, count_levels
from nk521lib.cut import Cut
from nk521lib.display.figures.base import INK, LINE, SOFT, canvas, drawing, theme
from nk521lib.display.proposal import NO_LADDER
from nk521lib.display.say import Html, notice
from nk521lib.display.words import day

_RATES = np.linspace(0, 1, 201)
_TALLEST = 5.5
"""Density that fills a row. One scale for all rows, so that areas can be compared; the peak of 0 of 5 and more is cut."""


def plot_rates(cut: Cut, found: Escalation) -> Html:
    """One row a level: counts, Beta posterior with the part above one third hatched, exact 95 % interval, chance above it."""
    rows = [(group, level) for group in found.groups for level in reversed(count_levels(found, group))]
    if not rows:
        return notice(NO_LADDER + ".")
    prefix = cut.params.trial.level_prefix
    with theme():
        figure, axes = canvas(7.2, 0.6 * len(rows) + 0.75)
        axes.axvline(THIRD, color=SOFT, lw=0.9, ls=(0, (2, 1.5)))
        axes.text(THIRD + 0.008, -0.85, "one third", color=SOFT, fontsize=8, va="center")
        for y, (_, level) in enumerate(rows):
            axes.axhline(y + 0.2, color=LINE, lw=0.6, zorder=0)
            if level.n.stat:
                _level(axes, y, level)
            else:
                axes.text(0.01, y, "nobody complete", color=SOFT, va="center")
        axes.set(xlim=(0, 1.0), ylim=(len(rows) - 0.5, -1.1), yticks=range(len(rows)), xlabel="True DLT rate")
        axes.set_yticklabels([f"{group}-{prefix}{level.level}   {_counts(level)}" for group, level in rows])
        axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0], labels=["0", "20 %", "40 %", "60 %", "80 %", "100 %"])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        drawn = [(group, level) for group, level in rows if level.n.stat]
        alt = "; ".join(f"{g}-{prefix}{v.level}: {_counts(v)}, 95 % interval {v.low.fmt} to {v.high.fmt}, chance above one third "
                        f"{v.above_third.fmt}" for g, v in drawn)  # fmt: skip
        numbers = tuple(n for _, v in drawn for n in (v.x, v.n, v.low, v.high, v.above_third))
        caption = (f"Left: DLTs of complete assessments up to {day(cut.cutoff)}. Bar: exact (Clopper-Pearson) 95 % interval, dot: x/n. Curve: posterior "
                   "under a uniform prior, level by level; hatched is the part above one third, whose share stands at the right.")  # fmt: skip
        return drawing(figure, "rates", _heading(drawn, prefix), caption, alt or "nobody complete", numbers)


def _heading(drawn: list[tuple[str, LevelNumbers]], prefix: str) -> str:
    """Names the widest interval, which is what small numbers do."""
    if not drawn:
        return "Nobody is complete, so nothing is known of any rate"
    group, level = max(drawn, key=lambda row: row[1].high.stat - row[1].low.stat)
    return f"{_counts(level)} at {group}-{prefix}{level.level} leaves every true rate from {level.low.fmt} to {level.high.fmt} open"


def _counts(level: LevelNumbers) -> str:
    return f"{level.x.fmt}/{level.n.fmt}"


def _level(axes, y: float, level: LevelNumbers) -> None:
    n, x = int(level.n.stat), int(level.x.stat)
    beta = (n + 1) * comb(n, x) * _RATES**x * (1 - _RATES) ** (n - x)  # density of Beta(1 + x, 1 + n - x)
    density = np.minimum(beta, _TALLEST) / _TALLEST * 0.85
    top = y + 0.2 - density
    axes.fill_between(_RATES, y + 0.2, top, color=LINE, alpha=0.7, lw=0)
    above = _RATES >= THIRD
    axes.fill_between(_RATES, y + 0.2, top, where=above, facecolor="none", edgecolor=SOFT, hatch="/////", lw=0)
    axes.plot(_RATES, top, color=SOFT, lw=0.8)
    axes.plot([level.low.stat, level.high.stat], [y + 0.34, y + 0.34], color=INK, lw=1.6, solid_capstyle="butt")
    axes.plot([x / n], [y + 0.34], marker="o", ms=5, color=INK, clip_on=False, zorder=3)
    axes.text(1.0, y - 0.12, f"P(> 1/3) {level.above_third.fmt}", ha="right", va="center", fontsize=8.5)
