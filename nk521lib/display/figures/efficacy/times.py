"""Survival curves with their numbers at risk, and the drainages of each subject over time."""

import numpy as np
import pandas as pd

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.curves import Curve
from nk521lib.chapters.efficacy.pufs import OTHER, THERAPEUTIC
from nk521lib.cut import Cut
from nk521lib.display.figures.base import CLEAR, INK, LINE, OKABE_ITO, SOFT, STOP, canvas, drawing, theme
from nk521lib.display.figures.efficacy.common import (
    days_from_start,
    last_day,
    population,
    rows_axis,
    style_of,
    week_ticks,
)
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.efficacy.common import group_name, too_many
from nk521lib.display.tables.efficacy.times import TITLES, curve_of, not_available
from nk521lib.standards.survival import count_at_risk


def plot_survival(cut: Cut, found: Efficacy, endpoint: str) -> Html:
    """One panel per group with enough subjects, each with its own at-risk table; groups are never on one axis."""
    instead = not_available(found, endpoint)
    if instead:
        return instead
    curves = [curve_of(cut, found, endpoint, column) for column in found.totals]
    drawn = [c for c in curves if c.estimate is not None]
    p = cut.params.efficacy
    if not drawn:
        return notice(
            f"{TITLES[endpoint]}: no curve is drawn: no group has {p.km_min_n} subjects with a time that may be reported."
        )
    last = max(float(c.rows["AVAL"].max()) for c in drawn)
    ticks = even_ticks(last)
    with theme():
        figure, axes = canvas(7.2, 2.9)
        figure.delaxes(axes)
        panels = figure.subplots(1, len(drawn), sharey=True, squeeze=False)[0]
        for place, (panel, curve) in enumerate(zip(panels, drawn, strict=True)):
            _panel(panel, cut, curve, ticks, last, place == 0)
        panels[0].set_ylabel("share without event")
        skipped = [group_name(cut, c.column) for c in curves if c.estimate is None and len(c.column.usubjids)]
        ids = [u for c in drawn for u in c.N.usubjids]
        said, numbers = population(cut, ids, f"KM {endpoint}")
        less = f" Without a curve (too few, or not reportable): {', '.join(skipped)}." if skipped else ""
        caption = f"Kaplan-Meier with {100 * p.conf_level:g} % log-log limits (light), vertical ticks: censored, numbers below: at risk. Groups stand apart because they are not compared.{less} {said}"
        alt = "; ".join(
            f"{group_name(cut, c.column)}: {c.events.fmt} events of {c.N.fmt}, median {c.median.fmt} days"
            for c in drawn
        )
        return drawing(
            figure,
            f"km-{endpoint.lower()}",
            f"{TITLES[endpoint]} over time",
            caption,
            alt,
            (*numbers, *(n for c in drawn for n in (c.N, c.events, c.median))),
        )


def even_ticks(last: float) -> np.ndarray:
    """At most six ticks from 0, evenly apart by whole weeks or, in short follow-up, days."""
    steps = (1, 2, 7, 14, 28, 56, 84, 168, 336)
    step = next((step for step in steps if last / step <= 5), 336 * -(-last // (5 * 336)))
    return np.arange(0, last + 1, step)


def _panel(axes, cut: Cut, curve: Curve, ticks: np.ndarray, last: float, first: bool) -> None:
    est, look = curve.estimate, style_of(cut, curve.column.group1_level)
    x = np.r_[0, est["TIME"].to_numpy(float)]
    axes.step(x, np.r_[1, est["SURVIVAL"].to_numpy(float)], where="post", color=look["color"], lw=1.8)
    axes.fill_between(x, np.r_[np.nan, est["LOWER"].to_numpy(float, na_value=np.nan)], np.r_[np.nan, est["UPPER"].to_numpy(float, na_value=np.nan)],
                      step="post", color=look["color"], alpha=0.12, lw=0)  # fmt: skip
    censored = est[est["CENSORED"] > 0]
    axes.plot(
        censored["TIME"].to_numpy(float),
        censored["SURVIVAL"].to_numpy(float),
        ls="none",
        marker="|",
        ms=7,
        mew=1.2,
        color=INK,
    )
    axes.axhline(0.5, color=LINE, lw=0.8)
    axes.set(ylim=(0, 1.04), xlim=(0, last * 1.04), xlabel="days from start")
    axes.set_xticks(ticks)
    axes.set_title(
        f"{group_name(cut, curve.column)}\nmedian {curve.median.fmt} ({curve.low.fmt} to {curve.high.fmt})",
        fontsize=8,
        loc="left",
    )
    at_risk = count_at_risk(curve.rows["AVAL"], curve.rows["CNSR"].eq(0).astype("int64"), ticks)
    for tick, n in zip(ticks, at_risk["AT_RISK"], strict=True):
        axes.text(tick, -0.30, str(n), transform=axes.get_xaxis_transform(), ha="center", va="top", fontsize=8)
    if first:
        axes.text(-0.06, -0.30, "at risk", transform=axes.transAxes, ha="right", va="top", fontsize=7, color=SOFT)


def plot_punctures(cut: Cut, found: Efficacy) -> Html:
    """Each subject's drainages with their volumes, the first event of puncture-free survival, and what follow-up there is."""
    instead = not_available(found, "PUFS") or too_many(cut, found, "The drainages of each subject")
    if instead:
        return instead
    order, f, last = found.order, found.facts, last_day(cut, found)
    place = pd.Series(range(len(order)), index=order)
    rows = found.drainages[found.drainages["DONE"] & found.drainages["DAY"].notna()]
    rows = rows.assign(X=days_from_start(found, rows, "DAY"))
    lead = cut.params.efficacy.paracentesis_days
    rows = rows[rows["X"] >= -lead]
    pufs = found.adtte[found.adtte["PARAMCD"].eq("PUFS")]
    looks = {THERAPEUTIC: ("o", OKABE_ITO[0]), OTHER: ("o", "white"), "UNKNOWN": ("D", "white")}
    with theme():
        figure, axes = canvas(7.2, 0.36 * len(order) + 1.1)
        ends = days_from_start(found, f.assign(END=f["DTHDT"].fillna(f["LSTALVDT"])), "END")
        axes.hlines(range(len(order)), 1, ends.fillna(1), color=LINE, lw=1.4)
        for purpose, (marker, fill) in looks.items():
            some = rows[rows["PURPOSE"].eq(purpose)]
            size = 14 + 0.05 * some["PRVOL"].fillna(0).to_numpy(float)
            axes.scatter(
                some["X"],
                place[some["USUBJID"]],
                s=size,
                marker=marker,
                facecolors=fill,
                edgecolors=OKABE_ITO[0],
                linewidths=1.1,
                zorder=3,
            )
            for r in some[some["PRVOL"].ge(cut.params.efficacy.ther_min_ml).fillna(False)].itertuples():
                axes.text(
                    r.X,
                    place[r.USUBJID] - 0.3,
                    f"{r.PRVOL / 1000:.1f}",
                    ha="center",
                    va="bottom",
                    fontsize=7,
                    bbox=CLEAR,
                    zorder=5,
                )
        events = pufs[pufs["CNSR"].eq(0).fillna(False)]
        at = days_from_start(found, events, "ADT")
        axes.scatter(at, place[events["USUBJID"]], s=190, facecolors="none", edgecolors=STOP, linewidths=1.2, zorder=4)
        dead = f[f["DTHDT"].notna()]
        axes.plot(
            days_from_start(found, dead, "DTHDT"), place[dead["USUBJID"]], ls="none", marker="x", ms=7, mew=2, color=INK
        )
        for y, r in enumerate(f.itertuples()):
            if pd.isna(r.DTHDT) and not pd.isna(r.LSTALVDT):
                axes.plot((r.LSTALVDT - r.TRTSDT).days + 2.5, y, marker=">", ms=5, color=SOFT)
        axes.axvline(1, color=SOFT, lw=0.7)
        rows_axis(axes, found, order)
        axes.set(xlim=(-lead - 2, last + 5), xlabel="study day (day 1 = first dose; there is no day 0)")
        week_ticks(axes, last)
        said, numbers = population(cut, order, "PUNCTURES")
        caption = (f"Area grows with volume; litres written from {cut.params.efficacy.ther_min_ml:g} mL on. Filled: therapeutic or for relief. Open circle: planned, diagnostic, sampling. Open "
                   f"diamond: purpose not recorded. Ring: what ended puncture-free survival. Cross: death. Arrow: follow-up goes on. {said}")  # fmt: skip
        return drawing(figure, "drainages", "Each subject's drainages, and the one that counted", caption,
                       f"{len(rows)} drainages of {rows['USUBJID'].nunique()} subjects; purposes and events are in the tables", numbers)  # fmt: skip
