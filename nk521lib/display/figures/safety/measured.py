"""Liver values, QTcF and blood counts as figures."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.counts import number
from nk521lib.chapters.safety.shifts import derive_peaks
from nk521lib.cut import Cut
from nk521lib.display.figures.base import GRADE, INK, LINE, SOFT, STOP, canvas, drawing, name_ends, theme
from nk521lib.display.figures.safety.common import group_label, left_out, line_of, population, style_of
from nk521lib.display.say import Html, notice
from nk521lib.display.words import day, short_id, unit
from nk521lib.standards import ctcae
from nk521lib.standards.laboratory_names import laboratory_title

_TICKS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100)
_PANELS = ("NEUT", "PLAT", "HGB", "LYM", "ALT", "BILI")


def plot_edish(cut: Cut, found: Safety) -> Html:
    """Peak transaminase against peak bilirubin, each as a multiple of its upper limit, log axes."""
    peaks = derive_peaks(found.adlb)
    if peaks.empty:
        return notice(
            "No subject has both a transaminase and a bilirubin with an upper limit after the first dose: nothing to draw."
        )
    rules = cut.params.safety
    peaks = peaks.merge(found.adsl[["USUBJID", "GROUP"]], on="USUBJID", how="left", validate="one_to_one")
    corner = peaks[(peaks["PEAKTRANS"] >= rules.hy_alt_uln) & (peaks["PEAKBILI"] >= rules.hy_bili_uln)]
    with theme():
        figure, axes = canvas(6.2, 4.2)
        for group, some in peaks.groupby("GROUP", dropna=False):
            axes.plot(some["PEAKTRANS"], some["PEAKBILI"], ls="none", ms=6, alpha=0.85, mec="white", mew=0.4,
                      label=group_label(cut, group), **style_of(cut, group))  # fmt: skip
        axes.axvline(rules.hy_alt_uln, color=SOFT, lw=0.9, ls="--")
        axes.axhline(rules.hy_bili_uln, color=SOFT, lw=0.9, ls="--")
        high_x, high_y = max(4.0, float(peaks["PEAKTRANS"].max()) * 1.5), max(3.0, float(peaks["PEAKBILI"].max()) * 1.5)
        low_x, low_y = min(0.2, float(peaks["PEAKTRANS"].min()) / 1.3), min(0.1, float(peaks["PEAKBILI"].min()) / 1.3)
        axes.set(xscale="log", yscale="log", xlim=(low_x, high_x), ylim=(low_y, high_y),
                 xlabel="highest ALT or AST, multiples of the upper limit (log axis)", ylabel="highest bilirubin, multiples of the upper limit (log axis)")  # fmt: skip
        for axis, low, top in ((axes.xaxis, low_x, high_x), (axes.yaxis, low_y, high_y)):
            axis.set_ticks([tick for tick in _TICKS if low <= tick <= top], minor=False)
            axis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_minor_formatter(NullFormatter())
        name_ends(axes, {short_id(row.USUBJID): (row.PEAKTRANS, row.PEAKBILI) for row in corner.head(12).itertuples()})
        figure.legend(loc="outside upper left", fontsize=8, ncols=4)
        said, numbers = population(cut, found, peaks["USUBJID"].tolist(), "EDISH")
        n = number(
            "edish_corner",
            float(len(corner)),
            str(len(corner)),
            corner["USUBJID"],
            variable="EDISH",
            variable_level="CORNER",
        )
        heading = (
            "Some subjects reach both lines: see the liver screen" if len(corner) else "No subject reaches both lines"
        )
        caption = f"Dashed lines at {rules.hy_alt_uln:g} and {rules.hy_bili_uln:g} × ULN; both peaks need not be of one date. Subjects at or beyond both lines: {n.fmt}. {said}"
        return drawing(figure, "edish", heading, caption,
                       f"Peak bilirubin against peak transaminase of {len(peaks)} subjects, {len(corner)} beyond both lines", (*numbers, n))  # fmt: skip


def plot_qtcf(cut: Cut, found: Safety) -> Html:
    """Change of QTcF from baseline over study days, one line per subject."""
    instead = left_out(cut, found, "The change of QTcF")
    if instead:
        return instead
    rows = found.adeg[found.adeg["PARAMCD"].isin(["QTCF"]) & found.adeg["CHG"].notna() & found.adeg["ADY"].notna()]
    if rows.empty:
        return notice("No QTcF after the first dose with a value before it, so no change can be drawn.")
    with theme():
        figure, axes = canvas(7.2, 3.0)
        drawn, ends = set(), {}
        for usubjid in [u for u in found.order if u in set(rows["USUBJID"])]:
            mine = rows[rows["USUBJID"] == usubjid].sort_values("ADY", kind="stable")
            group = mine["GROUP"].iloc[0]
            label = None if group in drawn else group_label(cut, group)
            drawn.add(group)
            axes.plot(
                [1, *mine["ADY"]], [0, *mine["CHG"]], lw=0.8, ms=4, alpha=0.9, label=label, **style_of(cut, group)
            )
            ends[short_id(usubjid)] = (float(mine["ADY"].iloc[-1]), float(mine["CHG"].iloc[-1]))
        for limit in (30, 60):
            axes.axhline(limit, color=STOP, lw=0.7, ls="--")
            axes.text(0.2, limit + 1, f"+{limit} ms", fontsize=7.5, color=STOP)
        axes.axhline(0, color=LINE, lw=0.8)
        axes.set(
            xlabel="study day",
            ylabel="QTcF change, ms",
            ylim=(min(-30.0, float(rows["CHG"].min()) - 5), max(68.0, float(rows["CHG"].max()) + 5)),
        )
        name_ends(axes, ends)
        figure.legend(loc="outside upper right", fontsize=8, ncols=4)
        ids = rows["USUBJID"].unique().tolist()
        said, numbers = population(cut, found, ids, "QTCF")
        heading = (
            "QTcF stays within 30 ms of its value before treatment"
            if (rows["CHG"] <= 30).all()
            else "QTcF rises by more than 30 ms in some"
        )
        return drawing(figure, "qtcf", heading, f"Means of replicates; baseline drawn at day 1. {said}",
                       f"QTcF change from baseline of {len(ids)} subjects over study days", numbers)  # fmt: skip


def plot_laboratory(cut: Cut, found: Safety) -> Html:
    """Six tests over study days, one line per subject; values graded 3 or 4 are marked with their grade."""
    instead = left_out(cut, found, "Laboratory values over time")
    if instead:
        return instead
    rows = found.adlb[
        found.adlb["PARAMCD"].isin(list(_PANELS)) & found.adlb["AVAL"].notna() & found.adlb["ADY"].notna()
    ]
    present = [test for test in _PANELS if (rows["PARAMCD"] == test).any()]
    if not present:
        return notice("None of the tests drawn here has a result with a complete date.")
    high = cut.params.safety.high_grade
    with theme():
        figure, first = canvas(7.4, 1.75 * ((len(present) + 1) // 2) + 0.4)
        first.remove()
        grid = figure.subplots((len(present) + 1) // 2, 2, squeeze=False).ravel()
        for axes, test in zip(grid, present, strict=False):
            mine = rows[rows["PARAMCD"] == test].sort_values(["USUBJID", "ADY"], kind="stable")
            for _, some in mine.groupby("USUBJID", sort=False):
                axes.plot(some["ADY"], some["AVAL"], lw=0.7, alpha=0.8, **line_of(cut, some["GROUP"].iloc[0]))
            worst = mine[["ATOXGRL", "ATOXGRH"]].max(axis=1)
            for point in mine.assign(GRADE=worst)[(worst >= high).fillna(False)].to_dict("records"):
                axes.plot(
                    point["ADY"], point["AVAL"], marker="o", ms=9, mfc=GRADE[int(point["GRADE"])], mec=INK, mew=0.5
                )
                axes.text(
                    point["ADY"],
                    point["AVAL"],
                    str(point["GRADE"]),
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    color="white",
                )
            limits = [
                float(known[0]) if len(known) == 1 else None
                for known in (mine[side].dropna().unique() for side in ("ANRLO", "ANRHI"))
            ]
            for limit in limits:
                if limit is not None:
                    axes.axhline(limit, color=SOFT, lw=0.7, ls=":")
            _grade_bands(axes, test, mine["AVALU"].dropna(), limits)
            axes.axvline(1, color=LINE, lw=0.8)
            axes.set_title(
                f"{laboratory_title(test)}, {unit(mine['AVALU'].dropna().iloc[0]) if mine['AVALU'].notna().any() else 'no unit'}",
                fontsize=9,
                loc="left",
            )
        for axes in grid[len(present):]:  # fmt: skip
            axes.set_visible(False)
        for axes in grid[-2:]:
            axes.set_xlabel("study day")
        ids = rows["USUBJID"].unique().tolist()
        said, numbers = population(cut, found, ids, "LABORATORY")
        groups = "; ".join(
            f"{name}: {_colour_word(place)}"
            for place, name in enumerate([group_label(cut, g.id) for g in cut.params.trial.groups][:2])
        )
        marked = np.asarray((rows[["ATOXGRL", "ATOXGRH"]].max(axis=1) >= high).fillna(False)).any()
        heading = (
            f"Values of grade {high} or 4 are marked with their grade"
            if marked
            else f"No value of these tests reaches grade {high}"
        )
        return drawing(figure, "laboratory", heading, f"One line per subject. Dotted: limits of normal, where one pair applies to all. Bands: grades 2 to 4 by value for a normal baseline, the number at the right. Lines: {groups}. {said}",
                       f"Values of {len(present)} tests over study days for {len(ids)} subjects, cut-off {day(cut.cutoff)}", numbers)  # fmt: skip


def _grade_bands(axes: Axes, test: str, unit: pd.Series, limits: list[float | None]) -> None:
    """The grades as bands behind the values, within what the values span, each with its number at the right."""
    low, high = axes.get_ylim()
    edges = ctcae.grade_edges(test, None if unit.empty else unit.iloc[0], *limits)
    for direction in ("L", "H"):
        mine = [(grade, value) for side, grade, value in edges if side == direction and grade > 1]
        for place, (grade, value) in enumerate(mine):
            beyond = (
                mine[place + 1][1] if place + 1 < len(mine) else (float("-inf") if direction == "L" else float("inf"))
            )
            bottom, top = max(min(value, beyond), low), min(max(value, beyond), high)
            if top <= bottom:
                continue
            axes.axhspan(bottom, top, color=GRADE[grade], alpha=0.16, lw=0)
            axes.axhline(value, color=SOFT, lw=0.4)
            axes.text(
                1.005,
                (bottom + top) / 2,
                str(grade),
                transform=axes.get_yaxis_transform(),
                fontsize=7,
                va="center",
                color=SOFT,
            )
    axes.set_ylim(low, high)


def _colour_word(place: int) -> str:
    return ("solid blue", "dashed orange")[place]
