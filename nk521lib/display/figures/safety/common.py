"""What the figures of the chapter share: when they are left out, their N, the look of a grade."""

from matplotlib.axes import Axes

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.counts import number
from nk521lib.cut import Cut
from nk521lib.display.figures.base import GRADE, INK, OKABE_ITO
from nk521lib.display.say import Html, notice
from nk521lib.display.words import day
from nk521lib.results import Number

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Groups differ in shape as well as in colour."""


def left_out(cut: Cut, found: Safety, what: str) -> Html | None:
    """A sentence in place of a figure that would show every subject of a large study, or nobody."""
    if not found.order:
        return notice(f"{what}: nobody has been dosed.")
    if len(found.order) > cut.params.safety.figure_max_subjects:
        return notice(f"{what} is left out: it shows every subject, and more than {cut.params.safety.figure_max_subjects} cannot be read. "
                      "The tables stay.")  # fmt: skip
    return None


def population(
    cut: Cut, found: Safety, usubjids: list[str] | None = None, name: str = ""
) -> tuple[str, tuple[Number, ...]]:
    """`N = 13 dosed subjects, cut-off …` for a caption, and the number in it."""
    ids = found.order if usubjids is None else usubjids
    n = number("figure", float(len(ids)), str(len(ids)), ids, variable=name or "SAFFL", variable_level="N")
    return f"N = {n.fmt} of the safety set, cut-off {day(cut.cutoff)}.", (n,)


def grade_colours(grade: object) -> tuple[str, str]:
    """Fill and ink of a grade; an unknown grade is hollow."""
    if grade is None or grade != grade:
        return "white", INK
    return GRADE[int(grade)], "white" if int(grade) >= 3 else INK


def style_of(cut: Cut, group: object) -> dict[str, object]:
    """Colour and marker of a group."""
    ids = [g.id for g in cut.params.trial.groups]
    place = ids.index(group) if group in ids else len(ids)
    return {"color": OKABE_ITO[place % 7], "marker": MARKERS[place % len(MARKERS)]}


def line_of(cut: Cut, group: object) -> dict[str, object]:
    """Colour and dash of a group's lines."""
    ids = [g.id for g in cut.params.trial.groups]
    return {
        "color": style_of(cut, group)["color"],
        "ls": ("-", "--", ":", "-.")[ids.index(group) % 4 if group in ids else 2],
    }


def group_label(cut: Cut, group: object) -> str:
    for g in cut.params.trial.groups:
        if g.id == group:
            return f"group {g.id}, {g.label}" if cut.params.trial.levels else g.label
    return "no group"


def plain_axes(axes: Axes) -> None:
    """Rows without a spine: the names at the left are enough."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
