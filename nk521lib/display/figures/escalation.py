"""Chapter 2 as figures: the ladder of levels, and the swimmer of DLT windows and doses."""

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.counts import count_levels
from nk521lib.chapters.escalation.events import CANDIDATE, DLT, LATE
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut
from nk521lib.display.figures.base import GO, HOLD, INK, LINE, SOFT, STOP, canvas, drawing, theme
from nk521lib.display.proposal import STATES, level_name, state_words
from nk521lib.display.say import Html, notice
from nk521lib.display.words import day, plural, short_id
from nk521lib.terms import DltStatus

SHOWN_AT_MOST = 40
"""Subjects drawn; a figure with more rows than a page is a table."""

_WORDS = {DltStatus.CLEAR: "clear", DltStatus.DLT: "DLT", DltStatus.PENDING: "open", DltStatus.CANDIDATE: "candidate",
          DltStatus.NONEVAL: "not evaluable"}  # fmt: skip
_INK = {
    DltStatus.CLEAR: GO,
    DltStatus.DLT: STOP,
    DltStatus.PENDING: HOLD,
    DltStatus.CANDIDATE: HOLD,
    DltStatus.NONEVAL: SOFT,
}
_MARKS = {
    DltStatus.CLEAR: {"marker": "o", "markerfacecolor": "none", "markeredgecolor": GO},
    DltStatus.DLT: {"marker": "s", "markerfacecolor": STOP, "markeredgecolor": STOP},
    DltStatus.CANDIDATE: {"marker": "D", "markerfacecolor": "none", "markeredgecolor": HOLD},
    DltStatus.NONEVAL: {"marker": "x", "markeredgecolor": SOFT},
}


def plot_ladder(cut: Cut, found: Escalation) -> Html:
    """Levels as rungs, subjects as marks in order of first dose, the state of each level in words."""
    if not found.groups:
        return notice("No ladder of dose levels to draw.")
    levels, groups = len(cut.params.trial.levels), list(found.groups)
    numbers = {group: count_levels(found, group) for group in groups}
    with theme():
        figure, axes = canvas(7.2, 0.55 * levels * len(groups) + 0.5 * len(groups) + 0.2)
        rows, labels = [], []
        for place, group in enumerate(groups):
            top = -place * (levels + 1)
            axes.text(0.1, top + 0.62, f"Group {group}", fontweight="bold", color=SOFT)
            for number in range(levels, 0, -1):
                y = top - (levels - number)
                rows.append(y)
                labels.append(level_name(cut.params, number))
                _rung(axes, y, found, group, number, in_play=number == found.groups[group].recommendation.level)
                level = numbers[group][number - 1]
                said = f"{level.x.fmt} DLT of {level.n.fmt}" if level.n.stat else "nobody complete"
                open_ = f", {level.m.fmt} open" if level.m.stat else ""
                axes.text(10.4, y, f"{said}{open_}; {state_words(found.groups[group], number)}", va="center", color=INK)
        axes.set(xlim=(0, 15.5), ylim=(min(rows) - 0.6, 1.0), xticks=[], yticks=rows)
        axes.set_yticklabels(labels)
        axes.tick_params(length=0)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        shown = [n for group in groups for level in numbers[group] for n in (level.x, level.n, level.m, level.replaced)]
        order = found.status.sort_values(["GROUP", "ADLTSDT", "USUBJID"], kind="stable")["USUBJID"].tolist()
        alt = "; ".join(
            f"group {g} level {v.level}: {v.x.fmt} DLT of {v.n.fmt}, {v.m.fmt} open, {STATES[v.state]}"
            for g in groups
            for v in numbers[g]
        )
        caption = (f"Circle: no DLT. Filled square: DLT. Dashed circle: open. Diamond: candidate. Cross: not evaluable, replaced. "
                   f"Dosed subjects of each level in order of first dose, data up to {day(cut.cutoff)}. The band marks the level in play.")  # fmt: skip
        return drawing(figure, "ladder", "Where each group stands on its ladder", caption, alt, tuple(shown), order)


def _rung(axes, y: float, found: Escalation, group: str, level: int, in_play: bool) -> None:
    if in_play:
        axes.add_patch(Rectangle((0, y - 0.42), 15.5, 0.84, color=LINE, alpha=0.35, lw=0))
    axes.axhline(y - 0.5, color=LINE, lw=0.6)
    here = found.status[found.status["GROUP"].eq(group) & found.status["LEVELCNT"].eq(level)]
    here = here.sort_values(["ADLTSDT", "USUBJID"], kind="stable")
    for place, row in enumerate(here.head(12).itertuples()):
        x = 0.5 + place * 0.82
        _mark(axes, x, y, row.STATUS, size=15)
        crossed = row.STATUS == DltStatus.NONEVAL  # a number inside a cross cannot be read
        axes.text(
            x,
            y - 0.34 if crossed else y,
            short_id(row.USUBJID)[-3:],
            ha="center",
            va="center",
            fontsize=5.5 if crossed else 6.5,
            color="white" if row.STATUS == DltStatus.DLT else SOFT if crossed else INK,
        )
    if len(here) > 12:
        axes.text(10.2, y, "…", va="center", ha="right")


def _mark(axes, x: float, y: float, status: str, size: float) -> None:
    if status == DltStatus.PENDING:
        axes.scatter([x], [y], s=size**2, facecolors="none", edgecolors=HOLD, linewidths=1.3, linestyles=(0, (2, 1.4)))
        return
    # A diamond of the same size looks larger than a circle.
    size = size * 0.8 if status == DltStatus.CANDIDATE else size
    axes.plot([x], [y], ms=size, mew=1.3, ls="none", **_MARKS[DltStatus(status)])


def plot_swimmer(cut: Cut, found: Escalation) -> Html:
    """Subjects as rows from first dose: the DLT window a light band, doses ticks, deciding events marks, cut-off dashed."""
    status = found.status.head(SHOWN_AT_MOST)
    if status.empty:
        return notice("Nobody has been dosed at a level, so there is no window to draw.")
    start = status.set_index("USUBJID")["ADLTSDT"]
    place = pd.Series(range(len(status)), index=status["USUBJID"])
    doses = derive_doses(cut)
    doses = doses[doses["USUBJID"].isin(start.index) & doses["DAY"].notna()]
    dosed_on = (doses["DAY"] - start.reindex(doses["USUBJID"]).to_numpy()).dt.days + 1
    events = found.events[
        found.events["USUBJID"].isin(start.index) & found.events["VERDICT"].isin([DLT, CANDIDATE, LATE])
    ]
    begun = (events["LOW"] - start.reindex(events["USUBJID"]).to_numpy()).dt.days + 1
    length = (status["ADLTEDT"] - status["ADLTSDT"]).dt.days + 1
    now = (cut.cutoff - status["ADLTSDT"]).dt.days + 1
    last = max(int(length.max()), int(dosed_on.max()), int(begun.max()) if begun.notna().any() else 0) + 3
    with theme():
        figure, axes = canvas(7.2, 0.27 * len(status) + 1.1)
        axes.barh(range(len(status)), length, left=0.5, height=0.66, color=LINE, alpha=0.55, lw=0)
        axes.plot(dosed_on, place.reindex(doses["USUBJID"]), ls="none", marker="|", ms=8, mew=2.2, color=INK)
        for row, (event, at) in enumerate(zip(events.itertuples(), begun, strict=True)):
            _event(axes, event, at, place[event.USUBJID], row)
        _cut_off(axes, now.to_numpy(dtype=float), last)
        for y, row in enumerate(status.itertuples()):
            axes.text(last + 0.8, y, _WORDS[DltStatus(row.STATUS)], va="center", color=_INK[DltStatus(row.STATUS)])
        axes.set(
            xlim=(0.5, last + 6.5),
            ylim=(len(status) - 0.4, -0.7),
            xlabel="Study day (day 1 = first dose)",
            yticks=range(len(status)),
        )
        axes.set_yticklabels(
            [f"{r.GROUP}-{cut.params.trial.level_prefix}{r.LEVEL}  {short_id(r.USUBJID)}" for r in status.itertuples()]
        )
        axes.set_xticks([d for d in cut.params.trial.dose_days if d <= last])
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
        counts = status["STATUS"].value_counts()
        alt = "; ".join(f"{plural(int(counts[s]), 'subject')} {_WORDS[s]}" for s in DltStatus if s in counts.index)
        more = (
            f" The first {SHOWN_AT_MOST} of {len(found.status)} subjects." if len(found.status) > SHOWN_AT_MOST else ""
        )
        caption = (f"Light band: DLT window. Ticks: doses. Filled square: onset of a DLT; diamond: candidate; triangle: after the window. "
                   f"Dashed: cut-off, {day(cut.cutoff)}, where it falls inside the picture.{more}")  # fmt: skip
        return drawing(figure, "windows", "Doses and DLT windows, subject by subject", caption, alt)


def _event(axes, event, at: float, y: float, row: int) -> None:
    look = {DLT: ("s", STOP, STOP), CANDIDATE: ("D", "none", HOLD), LATE: ("^", "none", SOFT)}[event.VERDICT]
    if np.isnan(at):
        # No onset day: a hollow mark before day 1 says that it is unknown.
        at = 0.8
    axes.plot([at], [y], ls="none", marker=look[0], ms=7, mfc=look[1], mec=look[2], mew=1.4, zorder=3)


def _cut_off(axes, now: np.ndarray, last: int) -> None:
    for y, at in enumerate(now):
        if at <= last:
            axes.plot([at + 0.5, at + 0.5], [y - 0.4, y + 0.4], ls=(0, (2, 1.5)), lw=1.2, color=HOLD)
