"""Every subject on one time axis: doses, events by grade with their duration, drainages, DLT window, cut-off, death."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nk521lib import dates
from nk521lib.chapters.drainages import done_drainages
from nk521lib.chapters.safety import Safety
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut
from nk521lib.display.figures.base import CLEAR, INK, LINE, OKABE_ITO, SOFT, canvas, drawing, theme
from nk521lib.display.figures.safety.common import grade_colours, left_out, plain_axes, population
from nk521lib.display.say import Html
from nk521lib.display.words import short_id

_LANES = 7
"""Events drawn under one subject; the highest grades first, the rest counted."""
_AHEAD = 4


def plot_timelines(cut: Cut, found: Safety) -> Html:
    """Subjects as blocks of lanes, time from first dose; one lane an event, its grade written at its start."""
    instead = left_out(cut, found, "The timeline of each subject")
    if instead:
        return instead
    people = found.adsl.set_index("USUBJID").loc[found.order]
    last_day = _last_day(cut, people)
    events = {u: rows for u, rows in _drawn(found).groupby("USUBJID", sort=False)}
    lanes = {u: 1 + min(len(events.get(u, ())), _LANES + 1) for u in found.order}
    with theme():
        figure, axes = canvas(7.4, 0.13 * (sum(lanes.values()) + len(lanes)) + 0.8)
        at, ticks = 0.0, []
        for usubjid in found.order:
            ticks.append(at)
            _subject(axes, cut, people.loc[usubjid], usubjid, at, lanes[usubjid], last_day, found)
            for lane, event in enumerate(events.get(usubjid, pd.DataFrame()).head(_LANES).to_dict("records"), 1):
                _event(axes, event, at + lane, people.loc[usubjid, "TRTSDT"], cut.cutoff, last_day)
            hidden = len(events.get(usubjid, ())) - _LANES
            if hidden > 0:
                axes.text(
                    1,
                    at + _LANES + 1,
                    f"and {hidden} more, of lower grade or later",
                    va="center",
                    fontsize=7,
                    color=SOFT,
                )
            at += lanes[usubjid] + 1
        labels = [f"{short_id(u)}  {people.loc[u, 'TRT01A']}" for u in found.order]
        axes.set(
            xlim=(-_AHEAD - 1, last_day),
            ylim=(at - 0.4, -1.2),
            xlabel="study day (day 1 = first dose; there is no day 0)",
        )
        axes.set_yticks(ticks, labels=labels)
        axes.set_xticks([1, *range(14, last_day, 14)])
        plain_axes(axes)
        said, numbers = population(cut, found, name="TIMELINE")
        window = cut.params.escalation.dlt_window
        band = (
            f"light band: DLT window, days 1 to {window.days}; "
            if window.anchor == "first_dose" and cut.params.trial.levels
            else ""
        )
        caption = (f"Ticks: doses; {band}bars: events from start to end, the grade written at the start, ? for a missing grade; open start: date not "
                   f"complete; arrow: ongoing; triangle: drainage; dashed: cut-off; cross: death. {said}")  # fmt: skip
        return drawing(figure, "timelines", "What happened to each subject, from the first dose on", caption,
                       f"Timelines of {len(found.order)} subjects with doses, adverse events by grade and duration, drainages and deaths; "
                       "the same events are in the tables and on the subject pages", numbers)  # fmt: skip


def _last_day(cut: Cut, people: pd.DataFrame) -> int:
    """Where the axis ends: with the longest safety window, or at the cut-off where that comes first; and room for a name."""
    window = (people["TRTEDT"] - people["TRTSDT"]).dt.days + cut.params.safety.teae_end_days
    seen = (cut.cutoff - people["TRTSDT"]).dt.days + 1
    room = 12
    return int(np.minimum(window, seen).max()) + room


def _drawn(found: Safety) -> pd.DataFrame:
    """Events that did not surely end before the first dose, worst grade first for the choice, then by start."""
    rows = found.adae[found.adae["TEAETEST"] != 2]
    rank = rows.sort_values(["ATOXGRN", "ASTDT"], ascending=[False, True], na_position="last", kind="stable")
    rank = rank.assign(PLACE=rank.groupby("USUBJID").cumcount())
    return rank.sort_values(["USUBJID", "PLACE"], kind="stable").assign(_LATE=lambda r: r["PLACE"] >= _LANES).sort_values(
        ["USUBJID", "_LATE", "ASTDT", "AESEQ"], kind="stable", na_position="first"
    )  # fmt: skip


def _subject(
    axes: Axes, cut: Cut, person: pd.Series, usubjid: str, at: float, lanes: int, last_day: int, found: Safety
) -> None:
    start, window = person["TRTSDT"], cut.params.escalation.dlt_window
    if window.anchor == "first_dose" and cut.params.trial.levels:
        axes.fill_between([0.5, window.days + 0.5], at - 0.6, at + lanes - 0.4, color=OKABE_ITO[1], alpha=0.13, lw=0)
    axes.axhline(at - 0.85, color=LINE, lw=0.6)
    doses = derive_doses(cut)
    days = (doses.loc[doses["USUBJID"] == usubjid, "DAY"].dropna() - start).dt.days + 1
    axes.plot(days, [at] * len(days), ls="none", marker="|", ms=8, mew=2.2, color=INK)
    drained = done_drainages(cut)
    drained = drained[drained["USUBJID"] == usubjid]
    when = (dates.exact(drained["PRSTDTC"]) - start).dt.days
    when = when.mask(when >= 0, when + 1)
    when = when[(when >= -_AHEAD) & (when <= last_day)]
    axes.plot(when, [at - 0.1] * len(when), ls="none", marker="v", ms=5, mfc="none", mec=OKABE_ITO[0], mew=1.1)
    now = (cut.cutoff - start).days + 1
    if now <= last_day:
        axes.plot([now, now], [at - 0.6, at + lanes - 0.4], color=SOFT, lw=1, ls="--")
    if not pd.isna(person["DTHDT"]):
        died = (person["DTHDT"] - start).days + 1
        axes.plot(min(died, last_day - 0.5), at, marker="x", ms=7, mew=2, color=INK)
        if died > last_day:
            axes.text(last_day - 1.5, at, f"day {died}", ha="right", va="center", fontsize=7)


def _event(axes: Axes, event: dict, y: float, start: pd.Timestamp, cutoff: pd.Timestamp, last_day: int) -> None:
    fill, ink = grade_colours(None if pd.isna(event["ATOXGRN"]) else event["ATOXGRN"])
    known = not pd.isna(event["ASTDT"])
    first = event["ASTDY"] if known else 1
    first = max(float(first), -_AHEAD)
    goes_on = pd.isna(event["AENDT"])
    end = (cutoff if goes_on else event["AENDT"]) - start
    last = min(float(end.days + 1), last_day - 1.5)
    if first > last_day - 3:
        first = last = last_day - 3
    axes.plot(
        [first, max(last, first)],
        [y, y],
        lw=4.2,
        color=fill if fill != "white" else LINE,
        solid_capstyle="butt",
        zorder=2,
    )
    if goes_on:
        axes.plot(max(last, first), y, marker=">", ms=4.5, color=SOFT, zorder=3)
    exact = known and pd.isna(event["ASTDTF"])
    axes.plot(first, y, marker="o", ms=7.5, mfc=fill if exact else "white", mec=INK, mew=0.6, zorder=4)
    axes.text(first, y + 0.05, "?" if pd.isna(event["ATOXGRN"]) else str(event["ATOXGRN"]), ha="center", va="center", fontsize=6,
              color=ink if exact else INK, zorder=5)  # fmt: skip
    term = str(event["APT"]) if len(str(event["APT"])) < 42 else str(event["APT"])[:40] + "…"
    text_at = max(last, first) + 1.6
    if text_at + 0.62 * len(term) < last_day:
        axes.text(text_at, y, term, va="center", fontsize=7, bbox=CLEAR, zorder=3)
    else:
        axes.text(first - 1.2, y, term, va="center", ha="right", fontsize=7, bbox=CLEAR, zorder=3)
