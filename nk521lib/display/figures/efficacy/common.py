"""What the figures of the chapter share: when they are left out, their N, the look of a response and of a group."""

import pandas as pd
from matplotlib.axes import Axes

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.cut import Cut
from nk521lib.display.figures.base import GO, HOLD, OKABE_ITO, SOFT, STOP
from nk521lib.display.words import day, short_id
from nk521lib.results import Number

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "////", "....", "xxxx")
"""Groups differ in shape or hatch as well as in colour."""

RESPONSE_MARK = {"CR": ("*", GO, GO), "PR": ("^", GO, GO), "SD": ("s", "white", HOLD), "NON-CR/NON-PD": ("D", "white", HOLD),
                 "PD": ("v", STOP, STOP), "NE": ("o", "white", SOFT)}  # fmt: skip
"""Marker, fill and edge of a response; the word stands in the caption."""
RESPONSE_LEGEND = "star CR, triangle up PR, open square SD, triangle down PD, open circle not evaluable"


def population(cut: Cut, usubjids: list[str] | tuple[str, ...], name: str) -> tuple[str, tuple[Number, ...]]:
    """`N = 13 dosed subjects, cut-off …` for a caption, and the number in it."""
    ids = tuple(sorted(usubjids))
    n = Number(
        "figure",
        "efficacy",
        "ITT",
        "N",
        float(len(ids)),
        str(len(ids)),
        ids,
        variable=name,
        stat_label="subjects drawn",
    )
    return f"N = {n.fmt} dosed {'subject' if len(ids) == 1 else 'subjects'}, cut-off {day(cut.cutoff)}.", (n,)


def style_of(cut: Cut, group: object) -> dict[str, str]:
    ids = [g.id for g in cut.params.trial.groups]
    place = ids.index(group) if group in ids else len(ids)
    return {"color": OKABE_ITO[place % 7], "marker": MARKERS[place % len(MARKERS)]}


def hatch_of(cut: Cut, group: object) -> str:
    ids = [g.id for g in cut.params.trial.groups]
    return HATCHES[(ids.index(group) if group in ids else len(ids)) % len(HATCHES)]


def rows_axis(axes: Axes, found: Efficacy, order: list[str]) -> None:
    """Subjects as rows in the chapter's order, named by arm and short id."""
    arm = found.facts.set_index("USUBJID")["TRT01P"]
    axes.set_yticks(range(len(order)), labels=[f"{short_id(u)}  {'' if pd.isna(arm[u]) else arm[u]}" for u in order])
    axes.set_ylim(len(order) - 0.4, -0.7)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def days_from_start(found: Efficacy, rows: pd.DataFrame, date: str) -> pd.Series:
    """Study day of a date column (day 1 = first dose, no day 0), as numbers to draw."""
    start = pd.Series(
        found.facts.set_index("USUBJID")["TRTSDT"].reindex(rows["USUBJID"]).array, index=rows.index
    ).astype("datetime64[s]")
    gap = (rows[date] - start).dt.days
    return gap.where(gap < 0, gap + 1)


def last_day(cut: Cut, found: Efficacy) -> int:
    """Longest time from first dose to the cut-off."""
    longest = (cut.cutoff - found.facts["TRTSDT"]).dt.days.max()
    return int(longest) + 1 if not pd.isna(longest) else 1


def week_ticks(axes: Axes, last: int) -> None:
    """Ticks at whole weeks, day 1 among them, never a lone one."""
    step = 7 if last < 28 else 14 if last <= 130 else 28 if last <= 300 else 84
    axes.set_xticks([1, *range(step, max(last, step) + 1, step)])
