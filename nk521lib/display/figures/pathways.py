"""What can happen next, drawn as a bracket: time runs to the right, one column a cohort, one line a possible outcome.

Pitch, column width and line widths are the same in every drawing, so two trees can be laid side by side.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from matplotlib.collections import LineCollection

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.counts import count_pathways, node_label, percent, truth_label
from nk521lib.chapters.escalation.pathways import Pathways, derive_pathways
from nk521lib.cut import Cut
from nk521lib.display.figures.base import INK, SOFT, drawing, sheet, theme
from nk521lib.display.proposal import NO_LADDER, end_words, step_words
from nk521lib.display.say import Html, notice, together
from nk521lib.display.words import plural
from nk521lib.params import Params
from nk521lib.results import Number
from nk521lib.standards.designs import Node

COLUMN, PITCH = 1.22, 0.36
"""Inches: width of a cohort's column, height of a line."""
_GAP, _SIZE = 0.09, 7.2


def plot_pathways(cut: Cut, found: Escalation, truth: Sequence[float] | None = None, group: str | None = None) -> Html:
    """The tree of every group, or of one, from where it stands; for a supposed `found` that of the supposed statuses.

    truth : true DLT rate per level, by default `pathway_truth` of the parameters.
    """
    pathways = derive_pathways(cut, found, truth)
    wanted = [g for g in found.groups if group in (None, g)]
    return together([_draw(cut, g, pathways.get(g)) for g in wanted]) if wanted else notice(NO_LADDER + ".")


def _draw(cut: Cut, group: str, pathways: Pathways | None) -> Html:
    if pathways is None:
        return notice(f"Group {group}: more subjects are open at a level than a 3+3 has slots for; nothing is drawn.")
    if len(pathways.nodes) == 1:
        return notice(f"Group {group}: the rules have come to an end, so nothing further can happen.")
    return _draw_tree(cut, pathways)


def _draw_tree(cut: Cut, pathways: Pathways) -> Html:
    prefix, nodes = cut.params.trial.level_prefix, pathways.drawn()
    numbers = {id: chance for id, (chance, _) in count_pathways(pathways, nodes, prefix).items()}
    place, height = _places(nodes)
    depth = {node.id: pathways.depth(node) for node in nodes}
    cut_off = [node for node in nodes if not node.leaf and depth[node.id] == max(depth.values())]
    width = (1 + max(depth.values())) * COLUMN + (0.75 if cut_off else 0.1)
    with theme():
        figure, inches = sheet(width, height)
        write = partial(figure.text, transform=inches, fontsize=_SIZE)
        for node in nodes:
            _words(write, cut.params, node, depth[node.id] * COLUMN + _GAP, place[node.id], numbers[node.id])
        for node in cut_off:
            on = plural(len(pathways.ends_after(node)), "way")
            write((depth[node.id] + 1) * COLUMN + 0.06, place[node.id], f"… {on} on", va="center", color=SOFT)
        starts = [(depth[node.id] * COLUMN + _GAP, place[node.id]) for node in nodes]
        figure.add_artist(LineCollection(
            [[(x, y), (x + COLUMN - _GAP, y)] for x, y in starts], transform=inches, colors=INK, capstyle="butt",
            linewidths=[_thickness(node) for node in nodes],
            linestyles=[(0, (3, 2)) if pathways.over_cap(node) else "-" for node in nodes],
        ))  # fmt: skip
        forks = [(node, [place[child.id] for child in nodes if child.parent == node.id]) for node in nodes]
        at = [((depth[node.id] + 1) * COLUMN, under) for node, under in forks if under]
        figure.add_artist(LineCollection([[(x, under[0]), (x, under[-1])] for x, under in at],
                                         transform=inches, colors=SOFT, linewidths=0.8))  # fmt: skip
        return _said(cut.params, figure, pathways, nodes, tuple(numbers.values()))


def _places(nodes: Sequence[Node]) -> tuple[Mapping[int, float], float]:
    """Where each node stands above the foot of the sheet, and the sheet's height: a line per last node, parents midway."""
    parents = {node.parent for node in nodes}
    last = [node.id for node in nodes if node.id not in parents]
    place = {id: (len(last) - line - 0.5) * PITCH + 0.07 for line, id in enumerate(last)}
    for node in reversed(nodes):
        if node.id not in place:
            under = [place[child.id] for child in nodes if child.parent == node.id]
            place[node.id] = (under[0] + under[-1]) / 2
    return place, len(last) * PITCH + 0.15


def _thickness(node: Node) -> float:
    return 0.5 + 4 * node.p_truth


def _words(write: Callable, params: Params, node: Node, x: float, y: float, chance: Number) -> None:
    """Above the line what happened and how likely it is, below it what the rules then say."""
    off = 0.02 + _thickness(node) / 144
    here, now = node_label(node, params.trial.level_prefix), node.parent is None
    write(x, y + off, f"Now: {here}" if now else here, va="bottom", fontweight="bold")
    if not now:
        write(x + COLUMN - 1.6 * _GAP, y + off, chance.fmt, va="bottom", ha="right")
    write(x, y - off, step_words(params, node), va="top", fontstyle="italic" if node.leaf else "normal")


def _said(params: Params, figure, pathways: Pathways, nodes: Sequence[Node], numbers: tuple[Number, ...]) -> Html:
    decision, mtd, chance = pathways.most_likely_end()
    prefix, rates = params.trial.level_prefix, truth_label(pathways.truth)
    ends = end_words(prefix, decision, mtd)
    heading = f"Group {pathways.group}: at true DLT rates of {rates} the likeliest end is {ends} ({percent(chance)})"
    ways, left = len(pathways.ends), len(pathways.nodes) - len(nodes)
    caption = (f"{plural(ways, 'way')} to an end from here. Above a line: level, DLTs of complete assessments so far, and the chance to come "
               f"there from now; below it: what the rules then say. Thicker is likelier. Dashed: needs more than the {pathways.cap} places of "
               f"the group. Outcomes that lead to the same share a line. The rates are assumed, not estimated [A].")  # fmt: skip
    if left:
        caption += f" {plural(left, 'later outcome')} not drawn; every way is in the table."
    first = [node for node in nodes if node.parent == 0]
    alt = "; ".join(f"next {node_label(n, prefix)}, {percent(n.p_truth)}, then {step_words(params, n)}" for n in first)
    return drawing(figure, f"pathways-{pathways.group}", heading, caption, alt, numbers)
