"""Weight and girth of each subject as change from before the first dose, with the drainages that explain a fall."""

import numpy as np
import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.peritoneal import derive_drained
from nk521lib.cut import Cut
from nk521lib.display.figures.base import LINE, canvas, drawing, name_ends, theme
from nk521lib.display.figures.safety.common import group_label, left_out, line_of, population
from nk521lib.display.say import Html, notice
from nk521lib.display.words import short_id

_PANELS = {"WEIGHT": "Weight", "ABDCIRC": "Girth"}


def plot_weight_and_girth(cut: Cut, found: Safety) -> Html:
    """One line per subject in two panels, change from baseline over study days; a triangle where fluid was drained that day."""
    instead = left_out(cut, found, "Weight and girth over time")
    if instead:
        return instead
    rows = found.advs[found.advs["PARAMCD"].isin(list(_PANELS)) & found.advs["CHG"].notna() & found.advs["ADY"].notna()]
    if rows.empty:
        return notice("No weight or girth after the first dose with a value before it, so no change can be drawn.")
    drained = derive_drained(cut, found.adsl)
    drained = drained[drained["AFTER"].fillna(False) & drained["ADY"].notna()]
    with theme():
        figure, first = canvas(7.4, 3.2)
        first.remove()
        for axes, (test, name) in zip(figure.subplots(1, 2), _PANELS.items(), strict=True):
            mine = rows[rows["PARAMCD"] == test].sort_values(["USUBJID", "ADY"], kind="stable")
            ends = {}
            for usubjid, some in mine.groupby("USUBJID", sort=False):
                daily = some.groupby("ADY")["CHG"].last()
                days = np.array([1, *daily.index.astype(int)], dtype=float)
                change = np.array([0.0, *daily.astype(float)])
                style = line_of(cut, some["GROUP"].iloc[0])
                axes.plot(days, change, lw=0.8, alpha=0.9, **style)
                ends[short_id(str(usubjid))] = (days[-1], change[-1])
                at = drained.loc[drained["USUBJID"] == usubjid, "ADY"].astype(float).to_numpy()
                at = at[at <= days[-1]]  # a drainage after the last value has no place on the line
                axes.plot(
                    at,
                    np.interp(at, days, change),
                    ls="none",
                    marker="v",
                    ms=4.5,
                    mfc="white",
                    mew=0.9,
                    color=style["color"],
                )
            unit = mine["AVALU"].dropna()
            axes.axhline(0, color=LINE, lw=0.8)
            name_ends(axes, ends)
            axes.set_title(f"{name}, change" + ("" if unit.empty else f" in {unit.iloc[0]}"), fontsize=9, loc="left")
            axes.set_xlabel("study day")
        ids = rows["USUBJID"].unique().tolist()
        said, numbers = population(cut, found, ids, "WEIGHT")
        groups = "; ".join(
            f"{line_of(cut, g.id)['ls'].replace('--', 'dashed').replace('-', 'solid')}: {group_label(cut, g.id)}"
            for g in cut.params.trial.groups[:2]
        )
        falls = _falls(rows)
        return drawing(figure, "weight-girth", falls, f"Change from the last value before the first dose, drawn as 0 at day 1. Triangle: a drainage that day, which by "
                       f"itself lowers both. Lines: {groups}. {said}",
                       f"Change of weight and girth of {len(ids)} subjects over study days, with drainages marked", numbers)  # fmt: skip


def _falls(rows: pd.DataFrame) -> str:
    """What is found: the largest changes of weight."""
    weight = rows[rows["PARAMCD"] == "WEIGHT"]
    if weight.empty:
        girth = rows.loc[rows["PARAMCD"] == "ABDCIRC", "CHG"]
        return f"Girth changes between {girth.min():+.1f} and {girth.max():+.1f} cm"
    return f"Weight changes between {weight['CHG'].min():+.1f} and {weight['CHG'].max():+.1f} kg"
