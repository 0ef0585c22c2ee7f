"""Chapter 1 as figures: the way from screened to dosed, and every criterion of every subject at a glance."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from nk521lib.chapters.screening import BY_ID, Eligibility
from nk521lib.chapters.screening.counts import ENROLLED, FAILED, OPEN, count_funnel
from nk521lib.chapters.screening.evaluate import FAIL, NOT_APPLICABLE, PASS, UNDECIDED
from nk521lib.display.figures.base import HOLD, INK, LINE, SOFT, STOP, WASH, canvas, drawing, theme
from nk521lib.display.say import Html, notice
from nk521lib.display.words import day, listed, plural, short_id
from nk521lib.results import Number

SHOWN_AT_MOST = 45
"""Subjects in the matrix, those with problems first."""

_STAGES = {FAILED: "failed screening", OPEN: "still in screening"}

_WIDTH = 60
"""Letters of a criterion's words beside its row."""


def plot_funnel(found: Eligibility) -> Html:
    """From screened to dosed: one trunk that splits at assignment."""
    funnel, groups = count_funnel(found), found.cut.params.trial.groups
    shown: list[Number] = [funnel.screened]
    with theme():
        trunk = max(4.0, 1.6 * (len(groups) - 1) + 1.4)  # so that the outermost group has room at the left
        side = max(trunk + 3.0, 2 * trunk + 0.2 if len(groups) > 2 else 0.0)
        figure, axes = canvas(7.2, 3.5 if groups else 1.9)
        axes.set(xlim=(0, max(12.0, side + 4.0)), ylim=(-3.6 if groups else -1.7, 1.1))
        axes.axis("off")
        _box(axes, trunk, 0.6, f"{funnel.screened} screened", strong=True)
        for y, stage in ((-0.05, FAILED), (-0.65, OPEN)):
            part = funnel.trunk[stage].n
            shown.append(part)
            axes.plot([trunk, side], [y, y], color=SOFT, lw=0.8)
            axes.text(side + 0.1, y, f"{part} {_STAGES[stage]}", va="center", color=INK)
        enrolled = funnel.trunk[ENROLLED].n
        shown.append(enrolled)
        axes.plot([trunk, trunk], [0.3, -1.0], color=SOFT, lw=0.8)
        _box(axes, trunk, -1.3, f"{enrolled} enrolled", strong=True)
        places = [trunk + 1.6 * (2 * place - (len(groups) - 1)) for place in range(len(groups))]
        for x, group in zip(places, groups, strict=True):
            assigned, dosed = funnel.groups[group.id]
            shown += [assigned.n, dosed.n]
            axes.plot([trunk, x, x], [-1.6, -1.9, -2.1], color=SOFT, lw=0.8)
            _box(axes, x, -2.4, f"Group {group.id}: {assigned.n}")
            axes.plot([x, x], [-2.7, -3.0], color=SOFT, lw=0.8)
            _box(axes, x, -3.3, f"{dosed.n} dosed")
        if groups and funnel.unassigned.n.stat:
            shown.append(funnel.unassigned.n)
            axes.text(side + 0.1, -1.3, f"{funnel.unassigned.n} without a group", va="center")
        alt = f"{funnel.screened} screened; " + ", ".join(f"{f.n} {stage}" for stage, f in funnel.trunk.items())
        alt += "".join(
            f"; group {g.id}: {funnel.groups[g.id][0].n} assigned, {funnel.groups[g.id][1].n} dosed" for g in groups
        )
        caption = f"All subjects with a record in DM, data up to {day(found.cut.cutoff)}. Nobody has a group before assignment."
        return drawing(
            figure,
            "funnel-figure",
            f"{enrolled} of {funnel.screened} screened subjects were enrolled",
            caption,
            alt,
            tuple(dict.fromkeys(shown)),
        )


def _box(axes, x: float, y: float, text: str, strong: bool = False) -> None:
    axes.add_patch(FancyBboxPatch((x - 1.25, y - 0.27), 2.5, 0.54, boxstyle="round,pad=0.02", fc=WASH, ec=LINE, lw=0.8))
    axes.text(x, y, text, ha="center", va="center", color=INK, fontweight="bold" if strong else "normal")


def plot_matrix(found: Eligibility) -> Html:
    """Criteria that somebody does not pass, most failed first, against subjects, those with most problems first.

    Filled square: fails. Open circle with a question mark: undecided. Dot: passes. Dash: does not apply. The marks
    differ in shape, so that the matrix reads in black and white.
    """
    if not len(found.answers):
        return notice("No matrix of criteria: none were evaluated for this study.")
    effect = found.answers.pivot(index="IETESTCD", columns="USUBJID", values="EFFECT").reindex(list(BY_ID))
    mostly_open = effect.eq(UNDECIDED).sum() > len(BY_ID) / 2
    unassessed = effect.columns[mostly_open & ~effect.eq(FAIL).any()]  # nothing to see in them but question marks
    effect = effect.drop(columns=unassessed)
    fails, undecided = effect.eq(FAIL), effect.eq(UNDECIDED)
    rows = pd.DataFrame({"F": fails.sum(axis=1), "U": undecided.sum(axis=1)}).query("F + U > 0")
    rows = rows.sort_values(["F", "U"], ascending=False, kind="stable").index
    people = (
        pd.DataFrame({"F": fails.sum(), "U": undecided.sum()})
        .sort_values(["F", "U"], ascending=False, kind="stable")
        .index
    )
    if not len(rows):
        return notice(f"Every assessed subject passes every criterion.{_unassessed(unassessed)}")
    shown = people[:SHOWN_AT_MOST]
    part = effect.loc[rows, shown]
    conflict = found.answers[found.answers["CONFLICT"].eq("Y").fillna(False)]
    with theme():
        labels = [_row_label(i, found) for i in rows]
        lines = max(label.count("\n") + 1 for label in labels)
        figure, axes = canvas(7.6, 1.0 + (0.06 + 0.12 * lines) * len(rows))
        for place in range(len(rows)):
            axes.axhline(place, color=LINE, lw=0.4, zorder=0)
        _marks(axes, part, PASS, marker=".", s=5, color=SOFT)
        _marks(axes, part, NOT_APPLICABLE, marker="_", s=14, color=SOFT)
        _marks(axes, part, UNDECIDED, marker="o", s=30, facecolor="white", edgecolor=HOLD, linewidth=1.0)
        _marks(axes, part, FAIL, marker="s", s=42, facecolor=STOP, edgecolor=STOP)
        for x, y in _places(part, UNDECIDED):
            axes.text(x, y, "?", ha="center", va="center_baseline", fontsize=5.5, color=HOLD)
        for one in conflict.itertuples():
            if one.IETESTCD in rows and one.USUBJID in shown:
                x, y = shown.get_loc(one.USUBJID), rows.get_loc(one.IETESTCD)
                axes.text(
                    x,
                    y,
                    "!",
                    ha="center",
                    va="center",
                    fontsize=7,
                    fontweight="bold",
                    color="white" if part.iloc[y, x] == FAIL else INK,
                )
        axes.set_xlim(-0.7, len(shown) - 0.3)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(range(len(rows)), labels, fontsize=7.5)
        axes.set_xticks(range(len(shown)), [short_id(u) for u in shown], rotation=90, fontsize=7.5)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for side in ("left", "bottom", "top"):
            axes.spines[side].set_visible(False)
    omitted = len(people) - len(shown)
    rest = (
        f" {len(BY_ID) - len(rows)} criteria that every subject drawn passes are left out."
        if len(rows) < len(BY_ID)
        else ""
    )
    more = f" {plural(omitted, 'more subject')} with fewer problems not drawn." if omitted else ""
    caption = (f"Filled square: fails. Circle with ?: undecided. Dot: passes. Dash: does not apply. Exclamation mark: the sources disagree. "
               f"Subjects with most problems at the left.{_unassessed(unassessed)}{rest}{more} Data up to {day(found.cut.cutoff)}.")  # fmt: skip
    alt = "; ".join(f"{i}: {int(fails.loc[i].sum())} fail, {int(undecided.loc[i].sum())} undecided" for i in rows)
    heading = "Which criteria stand in the way, and for whom"
    return drawing(figure, "criteria-matrix", heading, caption, alt)


def _unassessed(subjects: pd.Index) -> str:
    if not len(subjects):
        return ""
    named = listed([short_id(u) for u in subjects[:12]]) + (" and others" if len(subjects) > 12 else "")
    return f" Undecided on more than half of the criteria and not drawn: {named}."


def _places(part: pd.DataFrame, effect: str) -> list[tuple[int, int]]:
    ys, xs = np.nonzero(part.eq(effect).fillna(False).to_numpy(bool))
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _marks(axes, part: pd.DataFrame, effect: str, **style) -> None:
    places = _places(part, effect)
    if places:
        axes.scatter(*zip(*places, strict=True), zorder=2, **style)


def _row_label(identifier: str, found: Eligibility) -> str:
    text = BY_ID[identifier].words(found.cut.params.screening).replace("10^9", "10⁹")
    return "\n".join(wrap(f"{identifier} {text}", _WIDTH))
