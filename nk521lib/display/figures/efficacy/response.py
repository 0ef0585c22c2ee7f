"""Waterfall, spider and swimmer: every subject's tumour on one page each."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.pufs import THERAPEUTIC
from nk521lib.cut import Cut
from nk521lib.display.figures.base import CLEAR, INK, LINE, OKABE_ITO, SOFT, canvas, drawing, name_ends, theme
from nk521lib.display.figures.efficacy.common import (
    RESPONSE_LEGEND,
    RESPONSE_MARK,
    days_from_start,
    hatch_of,
    last_day,
    population,
    rows_axis,
    style_of,
    week_ticks,
)
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.efficacy.common import too_many
from nk521lib.display.words import plural, short_id
from nk521lib.results import Column, fraction

_DASHED = "Dashed: where response begins, and how far a rise from baseline would be progression; progression is judged from the smallest sum, not from baseline."
_TOP = 100.0
"""Percent at which a bar or line is cut; the value is written."""


def _lines(axes: Axes, cut: Cut) -> None:
    p = cut.params.efficacy
    for level in (-100 * p.pr_drop, 100 * p.pd_rise):
        axes.axhline(level, color=SOFT, lw=0.8, ls=(0, (4, 3)))
        axes.text(
            1.0,
            level,
            f"{level:+g} %",
            transform=axes.get_yaxis_transform(),
            va="bottom",
            ha="right",
            fontsize=7,
            color=SOFT,
        )
    axes.axhline(0, color=INK, lw=0.8)


def plot_waterfall(cut: Cut, found: Efficacy) -> Html:
    """Lowest complete sum of each subject against baseline; subjects without one stand at the right with the reason."""
    instead = too_many(cut, found, "The waterfall")
    if instead:
        return instead
    sums = found.adtr[found.adtr["PARAMCD"].eq("SUMDIAM") & found.adtr["ASSESSMT"].gt(0) & found.adtr["PCHGBL"].notna()]
    lowest = sums.groupby("USUBJID")["PCHGBL"].min()
    best = found.confirmed.set_index("USUBJID")
    people = found.facts.set_index("USUBJID")
    without = [u for u in found.order if u not in lowest.index]
    order = [*lowest.sort_values(ascending=False, kind="stable").index, *without]
    if lowest.empty:
        return notice("No waterfall: nobody has a complete sum of target lesions after the first dose.")
    with theme():
        figure, axes = canvas(7.2, 3.4)
        for x, usubjid in enumerate(order):
            group = people.loc[usubjid, "GROUP"]
            if usubjid in lowest.index:
                value = float(lowest[usubjid])
                axes.bar(
                    x,
                    min(value, _TOP),
                    width=0.72,
                    color=style_of(cut, group)["color"],
                    hatch=hatch_of(cut, group),
                    edgecolor="white",
                    lw=0.5,
                )
                text = f"{best.loc[usubjid, 'BEST']}{'*' if best.loc[usubjid, 'AWAITING'] else ''}\n{value:+.0f} %"
                axes.text(
                    x,
                    min(value, _TOP) + (2 if value >= 0 else -2),
                    text,
                    ha="center",
                    va="bottom" if value >= 0 else "top",
                    fontsize=7,
                    bbox=CLEAR,
                    zorder=4,
                )
            else:
                axes.plot(x, 0, marker="o", mfc="white", mec=SOFT, ms=6)
                seen = best.loc[usubjid, "ASSESSMENTS"]
                axes.text(
                    x,
                    3,
                    "no scan" if seen == 0 else "no sum",
                    ha="center",
                    va="bottom",
                    fontsize=7,
                    color=SOFT,
                    rotation=90,
                )
        _lines(axes, cut)
        axes.set(xlim=(-0.7, len(order) - 0.3), ylim=(min(-45.0, float(lowest.min()) - 16), max(45.0, min(float(lowest.max()), _TOP) + 16)),
                 ylabel="lowest sum of diameters,\n% change from baseline")  # fmt: skip
        axes.set_xticks(
            range(len(order)),
            labels=[
                f"{short_id(u)}\n{'' if pd.isna(people.loc[u, 'TRT01P']) else people.loc[u, 'TRT01P']}" for u in order
            ],
            fontsize=7,
        )
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0)
        said, numbers = population(cut, order, "WATERFALL")
        shrunk = fraction(Column("", tuple(lowest.index), "ALL", "ALL"), list(lowest.index[lowest < 0]), analysis_id="waterfall", chapter="efficacy",
                          population="ITT", variable="SUM BELOW BASELINE")  # fmt: skip
        caption = f"The word at the bar is the confirmed best response, * may still be confirmed. Open circle: no complete sum after the first dose. Groups by colour and hatch. {_DASHED} {said}"
        heading = f"The sum of target lesions fell below baseline in {shrunk.n.fmt} of {plural(len(lowest), 'subject')} with a sum"
        alt = "; ".join(f"{short_id(u)} {float(lowest[u]):+.0f} %" for u in lowest.index)
        return drawing(
            figure, "waterfall", heading, caption, f"Lowest sums from baseline: {alt}", (*numbers, shrunk.n, shrunk.N)
        )


def plot_spider(cut: Cut, found: Efficacy) -> Html:
    """Sum of diameters over time, one line per subject, named at its end."""
    instead = too_many(cut, found, "The spider plot")
    if instead:
        return instead
    sums = found.adtr[found.adtr["PARAMCD"].eq("SUMDIAM") & found.adtr["PCHGBL"].notna() & found.adtr["ADT"].notna()]
    later = sums[sums["ASSESSMT"].gt(0)]
    if later.empty:
        return notice("No lines over time: nobody has a complete sum of target lesions after the first dose.")
    shown = sums[sums["USUBJID"].isin(later["USUBJID"])].assign(X=days_from_start(found, sums, "ADT"))
    shown["X"] = shown["X"].where(shown["ASSESSMT"].gt(0), 1)
    people = found.facts.set_index("USUBJID")
    new = set(
        zip(
            *[found.visits.loc[found.visits["NEWUSED"].eq("YES").fillna(False), c] for c in ("USUBJID", "VISIT")],
            strict=True,
        )
    )
    with theme():
        figure, axes = canvas(7.2, 3.4)
        for usubjid, rows in shown.groupby("USUBJID", sort=False):
            look = style_of(cut, people.loc[usubjid, "GROUP"])
            x, y = rows["X"].to_numpy(float), rows["PCHGBL"].to_numpy(float)
            axes.plot(x, np.minimum(y, _TOP), lw=1.3, ms=4.5, mfc="white", **look)
            hit = [(usubjid, v) in new for v in rows["ASSESSMT"]]
            axes.plot(x[hit], np.minimum(y[hit], _TOP), ls="none", marker="P", ms=8, color=INK)
        _lines(axes, cut)
        last = int(shown["X"].max())
        axes.set(
            xlim=(0, last * 1.08 + 3),
            xlabel="study day (day 1 = first dose)",
            ylabel="sum of diameters,\n% change from baseline",
        )
        axes.set_ylim(
            min(-45.0, float(shown["PCHGBL"].min()) - 8), max(45.0, min(float(shown["PCHGBL"].max()), _TOP) + 8)
        )
        ends = shown.groupby("USUBJID", sort=False).tail(1)
        heights = ends["PCHGBL"].astype("float64").clip(upper=_TOP)
        name_ends(axes, dict(zip(ends["USUBJID"].map(short_id), zip(ends["X"], heights, strict=True), strict=True)))
        week_ticks(axes, last)
        said, numbers = population(cut, list(later["USUBJID"].unique()), "SPIDER")
        names = ", ".join(
            f"{['circle', 'square', 'triangle', 'diamond'][i % 4]} group {g.id}"
            for i, g in enumerate(cut.params.trial.groups)
        )
        caption = (
            f"Baseline drawn at day 1. Markers: {names}; filled plus: a new lesion at that assessment. {_DASHED} {said}"
        )
        return drawing(figure, "spider", "How the sum of target lesions moved in each subject", caption,
                       f"Lines of {later['USUBJID'].nunique()} subjects; the values are in the table of best responses and in adtr", numbers)  # fmt: skip


def plot_swimmer(cut: Cut, found: Efficacy) -> Html:
    """Every subject from first dose on: doses, responses, drainages, new therapy, last contact or death."""
    instead = too_many(cut, found, "The swimmer plot")
    if instead:
        return instead
    f, order, last = found.facts, found.order, last_day(cut, found)
    place = pd.Series(range(len(order)), index=order)
    ends = days_from_start(found, f.assign(END=f["DTHDT"].fillna(f["LSTALVDT"])), "END").to_numpy(float)
    with theme():
        figure, axes = canvas(7.2, 0.34 * len(order) + 1.1)
        axes.barh(place[f["USUBJID"]], np.nan_to_num(ends, nan=1.0), left=0.5, height=0.3, color=LINE, lw=0)
        _marks(
            axes,
            found,
            found.doses.dropna(subset=["DAY"]),
            "DAY",
            place,
            {"marker": "|", "ms": 7, "mew": 2, "color": INK},
            0,
        )
        drained = found.drainages[found.drainages["DONE"] & found.drainages["ADY"].ge(1).fillna(False)]
        for purpose, fill in ((True, OKABE_ITO[0]), (False, "none")):
            some = drained[drained["PURPOSE"].eq(THERAPEUTIC).eq(purpose)]
            _marks(
                axes,
                found,
                some,
                "DAY",
                place,
                {"marker": "d", "ms": 6, "mfc": fill, "mec": OKABE_ITO[0], "mew": 1.1, "color": OKABE_ITO[0]},
                0.27,
            )
        for response, (marker, fill, edge) in RESPONSE_MARK.items():
            some = found.visits[found.visits["OVRLRESP"].eq(response) & found.visits["ADT"].notna()]
            _marks(
                axes,
                found,
                some,
                "ADT",
                place,
                {
                    "marker": marker,
                    "ms": 8 if marker == "*" else 6,
                    "mfc": fill,
                    "mec": edge,
                    "mew": 1.2,
                    "color": edge,
                },
                -0.27,
            )
        _marks(
            axes,
            found,
            f[f["NEWTHDT"].notna()],
            "NEWTHDT",
            place,
            {"marker": "P", "ms": 7, "mfc": "white", "mec": OKABE_ITO[4], "mew": 1.3, "color": OKABE_ITO[4]},
            0,
        )
        _marks(axes, found, f[f["DTHDT"].notna()], "DTHDT", place, {"marker": "x", "ms": 8, "mew": 2, "color": INK}, 0)
        for y, (row, end) in enumerate(zip(f.itertuples(), ends, strict=True)):
            if pd.isna(row.DTHDT) and pd.isna(row.EXITDT) and end == end:
                axes.plot(end + 1.2, y, marker=">", ms=5, color=SOFT)
            now = (cut.cutoff - row.TRTSDT).days + 1
            axes.plot([now, now], [y - 0.42, y + 0.42], color=SOFT, lw=1, ls=(0, (2, 1.5)))
        rows_axis(axes, found, order)
        axes.set(xlim=(-1, last + 6), xlabel="study day (day 1 = first dose; there is no day 0)")
        week_ticks(axes, last)
        said, numbers = population(cut, order, "SWIMMER")
        caption = (f"Ticks: doses. Above the bar, responses in use: {RESPONSE_LEGEND}. Below: drainages, filled therapeutic, open all others. Plus: new anticancer "
                   f"therapy. Cross: death. Arrow: last known alive, follow-up goes on. Dashed: cut-off. {said}")  # fmt: skip
        return drawing(figure, "swimmer", "Each subject from the first dose on", caption, f"Time lines of {len(order)} subjects with doses, responses, drainages and deaths; "
                       "the same facts are in the tables", numbers)  # fmt: skip


def _marks(
    axes: Axes, found: Efficacy, rows: pd.DataFrame, date: str, place: pd.Series, look: dict, shift: float
) -> None:
    rows = rows[rows["USUBJID"].isin(place.index)]
    if len(rows):
        axes.plot(
            days_from_start(found, rows, date), place[rows["USUBJID"]].to_numpy() + shift, ls="none", zorder=3, **look
        )
