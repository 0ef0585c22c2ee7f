"""Markers on a log scale, ascites volume, and the profile of quality of life over time."""

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.instruments import Score, instrument_in_use
from nk521lib.cut import Cut
from nk521lib.display.figures.base import LINE, SOFT, canvas, drawing, name_ends, theme
from nk521lib.display.figures.efficacy.common import population, style_of, week_ticks
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.efficacy.common import too_many
from nk521lib.display.words import listed, short_id
from nk521lib.results import Column, Number
from nk521lib.standards.laboratory_names import laboratory_name

_SHAPES = ("circle", "square", "triangle", "diamond")


def _groups(cut: Cut) -> str:
    return ", ".join(f"{_SHAPES[i % 4]} group {g.id}" for i, g in enumerate(cut.params.trial.groups))


def plot_markers(cut: Cut, found: Efficacy) -> Html:
    """Each marker in multiples of its upper limit, on a log axis, one line per subject."""
    instead = too_many(cut, found, "The markers of each subject")
    if instead:
        return instead
    rows = found.markers[found.markers["USABLE"] & found.markers["ULN"].gt(0).fillna(False)]
    if rows.empty:
        return notice("No marker to draw: no usable value with an upper limit.")
    tests = [t for t in cut.params.efficacy.markers if rows["PARAMCD"].eq(t).any()]
    people = found.facts.set_index("USUBJID")
    with theme():
        figure, axes = canvas(7.2, 2.7)
        figure.delaxes(axes)
        panels, ends = figure.subplots(1, len(tests), sharex=True, sharey=True, squeeze=False)[0], {}
        for panel, test in zip(panels, tests, strict=True):
            ends[panel] = {}
            for usubjid, mine in rows[rows["PARAMCD"].eq(test)].groupby("USUBJID", sort=False):
                x, y = mine["ADY"].to_numpy(float), (mine["AVAL"] / mine["ULN"]).to_numpy(float)
                panel.plot(x, y, lw=1.2, ms=4.5, mfc="white", **style_of(cut, people.loc[usubjid, "GROUP"]))
                ends[panel][short_id(usubjid)] = (x[-1], y[-1])
            panel.set_yscale("log")
            panel.axhline(1, color=SOFT, lw=0.8, ls=(0, (4, 3)))
            panel.set_title(laboratory_name(test), fontsize=8, loc="left")
            panel.set_xlabel("study day")
            panel.margins(x=0.18)
            panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        panels[0].set_ylabel("multiple of upper limit (log scale)")
        panels[0].yaxis.set_major_formatter(lambda v, _: f"{v:g}")
        panels[0].yaxis.set_minor_formatter(lambda v, _: "")
        for panel, here in ends.items():
            name_ends(panel, here, near=0.3)
        said, numbers = population(cut, list(rows["USUBJID"].unique()), "MARKERS")
        only = sorted(set(found.markers.loc[found.markers["BOUNDED"], "USUBJID"]) - set(rows["USUBJID"]))
        not_drawn = (
            f" Only results such as <0.5, which are not drawn: {', '.join(map(short_id, only))}." if only else ""
        )
        caption = f"Dashed: upper limit of normal.{not_drawn} {_groups(cut)}. GCIG response is not evaluable after drainage or infusion into the peritoneum, so CA-125 is only shown. {said}"
        return drawing(
            figure,
            "marker-lines",
            "Tumour markers in each subject",
            caption,
            f"Lines of {rows['USUBJID'].nunique()} subjects in {', '.join(map(laboratory_name, tests))}",
            numbers,
        )


def plot_ascites(cut: Cut, found: Efficacy) -> Html:
    """Ascites volume by imaging over time, one line per subject."""
    instead = too_many(cut, found, "The ascites volume of each subject")
    if instead:
        return instead
    rows = found.volumes[
        found.volumes["PARAMCD"].eq("VOLUME") & found.volumes["CORRECTED"].notna() & found.volumes["ADY"].notna()
    ]
    if rows.empty:
        return notice("No ascites volume to draw: none was recorded in mL with its date.")
    people, groups = found.facts.set_index("USUBJID"), [g.id for g in cut.params.trial.groups] or [None]
    with theme():
        figure, axes = canvas(7.2, 2.8)
        figure.delaxes(axes)
        panels = figure.subplots(1, len(groups), squeeze=False)[0]
        for panel, group in zip(panels, groups, strict=True):
            here = rows[rows["USUBJID"].map(people["GROUP"]).eq(group).fillna(False)] if group else rows
            ends = {}
            for usubjid, mine in here.groupby("USUBJID", sort=False):
                x, y = mine["ADY"].to_numpy(float), mine["CORRECTED"].to_numpy(float) / 1000
                panel.plot(x, y, lw=1.2, ms=4.5, mfc="white", **style_of(cut, group))
                ends[short_id(usubjid)] = (x[-1], y[-1])
            panel.set(title=f"Group {group}" if group else "", xlabel="study day")
            panel.set_ylim(bottom=0)
            panel.axvline(1, color=LINE, lw=0.8)
            panel.margins(x=0.15)
            name_ends(panel, ends, near=0.2)
        panels[0].set_ylabel("litres, by imaging")
        said, numbers = population(cut, list(rows["USUBJID"].unique()), "ASCITES")
        scales = "Each panel has its own scale. " if len(groups) > 1 else ""
        caption = f"Volume less what was infused in the {cut.params.efficacy.infused_hours} hours before. Drainage lowers it too. {scales}{said}"
        return drawing(
            figure,
            "ascites-volume",
            "Ascites volume in each subject",
            caption,
            f"Lines of {rows['USUBJID'].nunique()} subjects",
            numbers,
        )


def plot_quality(cut: Cut, found: Efficacy) -> Html:
    """Means of chosen scales by due day, per group, with every subject's own line behind while the study is small."""
    instrument = instrument_in_use(cut.params)
    scores = [score for score in instrument.scores if score.shown]
    rows = found.adqs[
        found.adqs["PARAMCD"].isin([score.code for score in scores])
        & found.adqs["AVAL"].notna()
        & found.adqs["ADY"].notna()
    ]
    if rows.empty:
        return notice("No quality-of-life profile to draw: no scored form.")
    p, people = cut.params.efficacy, found.facts.set_index("USUBJID")
    longest = int(rows["ADY"].max())
    days = [
        *p.hrqol_days,
        *range(p.hrqol_days[-1] + p.hrqol_then_every_days, longest + p.hrqol_window_days + 1, p.hrqol_then_every_days),
    ]
    nearest = np.abs(rows["ADY"].to_numpy(float)[:, None] - np.array(days, dtype=float)).argmin(axis=1)
    rows = rows.assign(
        DUE=np.where(rows["ADY"].le(1), days[0], np.array(days)[nearest]), GROUP=rows["USUBJID"].map(people["GROUP"])
    )
    each, numbers = len(found.order) <= cut.params.safety.figure_max_subjects, []
    with theme():
        figure, axes = canvas(7.2, 4.2)
        figure.delaxes(axes)
        alike = len({(score.low, score.high) for score in scores}) == 1
        down, across = (2, 3) if len(scores) > 1 else (1, 1)
        panels = figure.subplots(down, across, sharey=alike, sharex=True, squeeze=False).ravel()
        for panel, score in zip(panels, scores, strict=True):
            code, margin = score.code, 0.03 * (score.high - score.low)
            for column in found.totals:
                mine = rows[rows["PARAMCD"].eq(code) & rows["USUBJID"].isin(column.usubjids)]
                look = style_of(cut, column.group1_level)
                for _, one in mine.groupby("USUBJID", sort=False) if each else ():
                    panel.plot(
                        one["ADY"].clip(lower=1).to_numpy(float),
                        one["AVAL"].to_numpy(float),
                        color=look["color"],
                        lw=0.8,
                        alpha=0.5,
                    )
                means = [_mean(mine[mine["DUE"].eq(due)], column, code, due) for due in sorted(mine["DUE"].unique())]
                numbers += means
                panel.plot(sorted(mine["DUE"].unique()), [m.stat for m in means], lw=1.8, ms=5, **look)
            panel.set(ylim=(score.low - margin, score.high + margin))
            panel.set_title(score.name, fontsize=8, loc="left")
            week_ticks(panel, longest)
        figure.supxlabel("study day on which the form was due", fontsize=8)
        figure.supylabel("score", fontsize=8)
        said, count = population(cut, list(rows["USUBJID"].unique()), instrument.name)
        faint = "thin lines: each subject; " if each else "single subjects are left out, they cannot be read; "
        caption = f"Thick lines with {_groups(cut)}: mean of the forms answered; {faint}{_directions(scores)}. Not imputed: fewer answer later. {said}"
        return drawing(
            figure,
            "quality-profile",
            "Quality of life over time, by scale",
            caption,
            "Means by scale, group and day; baseline and last values are in the table",
            (*count, *numbers),
        )


def _directions(scores: list[Score]) -> str:
    worse = [score.name.lower() for score in scores if score.lower_is_better]
    return f"higher is better except {listed(worse)}" if worse else "higher is better"


def _mean(rows: pd.DataFrame, column: Column, code: str, due: int) -> Number:
    ids, value = tuple(sorted(set(rows["USUBJID"]))), float(rows["AVAL"].mean())
    return Number(
        "hrqol_profile",
        "efficacy",
        "ITT",
        "mean",
        value,
        f"{value:.0f}",
        ids,
        variable=code,
        variable_level=f"day {due}",
        stat_label="mean score",
        **column.where,
    )
