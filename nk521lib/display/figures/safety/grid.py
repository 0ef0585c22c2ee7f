"""Highest grade of each subject and term, and when events begin after a dose."""

import numpy as np
import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.cut import Cut
from nk521lib.display.figures.base import INK, LINE, SOFT, canvas, drawing, theme
from nk521lib.display.figures.safety.common import grade_colours, left_out, plain_axes, population
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.safety.counted import say_most_frequent
from nk521lib.display.words import short_id

_TERMS = 24
_WEEK = 7


def plot_heat_map(cut: Cut, found: Safety) -> Html:
    """Subjects as columns in the chapter's order, terms as rows, the highest grade written in each cell."""
    instead = left_out(cut, found, "The grid of subjects and terms")
    teae = emergent(found.adae)
    if instead or teae.empty:
        return instead or notice("No treatment-emergent event to draw.")
    worst = teae.groupby(["APT", "USUBJID"])["ATOXGRN"].max()
    many = teae.groupby("APT").agg(N=("USUBJID", "nunique"), HIGH=("ATOXGRN", "max")).reset_index()
    many = many.sort_values(["N", "HIGH", "APT"], ascending=[False, False, True], kind="stable")
    terms = many["APT"].head(_TERMS).tolist()
    column = {u: i for i, u in enumerate(found.order)}
    with theme():
        figure, axes = canvas(7.4, 0.21 * len(terms) + 1.1)
        for row, term in enumerate(terms):
            for usubjid, grade in worst.loc[term].items():
                fill, ink = grade_colours(None if pd.isna(grade) else grade)
                x = column[usubjid]
                axes.fill_between([x - 0.46, x + 0.46], row - 0.44, row + 0.44, color=fill, lw=0.5, edgecolor=INK)
                axes.text(
                    x, row, "?" if pd.isna(grade) else str(grade), ha="center", va="center", fontsize=8, color=ink
                )
        levels = found.adsl.set_index("USUBJID").loc[found.order, "TRT01A"].fillna("")
        for place in np.flatnonzero(levels.to_numpy()[1:] != levels.to_numpy()[:-1]):
            axes.axvline(place + 0.5, color=SOFT, lw=0.8)
        for level in levels.unique():
            axes.text(np.flatnonzero(levels == level).mean(), -1.0, level, ha="center", fontsize=8, color=SOFT)
        axes.set(xlim=(-0.6, len(column) - 0.4), ylim=(len(terms) - 0.4, -1.5))
        axes.set_yticks(range(len(terms)), labels=[t if len(t) < 40 else t[:38] + "…" for t in terms])
        axes.set_xticks(
            range(len(column)), labels=[short_id(u) for u in found.order], rotation=90 if len(column) > 16 else 0
        )
        axes.tick_params(axis="x", length=0)
        axes.grid(axis="x", color=LINE, lw=0.4)
        axes.set_axisbelow(True)
        plain_axes(axes)
        said, numbers = population(cut, found, name="HEATMAP")
        more = f" {len(many) - _TERMS} rarer terms are left to the table." if len(many) > _TERMS else ""
        return drawing(figure, "ae-grid", say_most_frequent(teae, len(found.order)),
                       f"Highest grade of each subject's treatment-emergent events by term; ? is a missing grade, empty is no such event recorded. {said}{more}",
                       f"Grid of {len(terms)} terms by {len(column)} subjects with the highest grade in each cell", numbers)  # fmt: skip


def plot_onset(cut: Cut, found: Safety) -> Html:
    """Days from the last dose to the start of each event, one row per dose number."""
    instead = left_out(cut, found, "The start of each event after its dose")
    if instead:
        return instead
    teae = emergent(found.adae)
    known = teae[teae["ADOSEDY"].notna()].sort_values(["ADOSENO", "ADOSEDY", "AESEQ"], kind="stable")
    if known.empty:
        return notice("No event with a completely known start after a dose, so nothing can be drawn.")
    place = known.groupby(["ADOSENO", "ADOSEDY"]).cumcount()
    doses = sorted(known["ADOSENO"].unique())
    widest = int(known["ADOSEDY"].max())
    shown = min(widest, 4 * _WEEK)
    with theme():
        figure, axes = canvas(7.4, 0.72 * len(doses) + 0.8)
        for event, lift in zip(known.to_dict("records"), place, strict=True):
            fill, ink = grade_colours(None if pd.isna(event["ATOXGRN"]) else event["ATOXGRN"])
            x, y = (
                min(event["ADOSEDY"], shown) + 0.45 * (lift // 5),
                doses.index(event["ADOSENO"]) + 0.18 * (lift % 5 - 2),
            )
            axes.plot(x, y, marker="o", ms=8, mfc=fill, mec=INK, mew=0.5)
            axes.text(
                x,
                y,
                "?" if pd.isna(event["ATOXGRN"]) else str(event["ATOXGRN"]),
                ha="center",
                va="center",
                fontsize=6.5,
                color=ink,
            )
        for row in range(len(doses)):
            axes.axhline(row + 0.5, color=LINE, lw=0.5)
        axes.set(
            xlim=(-0.8, shown + 1.5),
            ylim=(len(doses) - 0.4, -0.6),
            xlabel="days from the last dose before the event (0 = day of the dose)",
        )
        axes.set_yticks(range(len(doses)), labels=[f"dose {d}" for d in doses])
        plain_axes(axes)
        said, numbers = population(cut, found, name="ONSET")
        unknown = len(teae) - len(known)
        more = (
            f" Records without a complete start, or from before the first dose, not drawn: {unknown}."
            if unknown
            else ""
        )
        late = f" Starts later than {shown} days are drawn at {shown}." if widest > shown else ""
        early = (known["ADOSEDY"] <= 1).mean()
        heading = (
            "Most events begin on the day of a dose or the day after"
            if early > 0.5
            else "Events begin throughout the weeks after a dose"
        )
        return drawing(figure, "ae-onset", heading, f"Each mark is one treatment-emergent record with its grade. {said}{more}{late}",
                       f"{len(known)} events by days since the last dose and dose number", numbers)  # fmt: skip
