"""Figures of a what-if as SVG text. Every figure has one size and one scale whatever it shows, so that the eye sees what
moved; every colour has a shape or a word beside it; everything that comes from data is escaped.
"""

from collections.abc import Sequence

from nk521lib.chapters.escalation.answer import Answer, LevelRate
from nk521lib.chapters.escalation.counts import node_label, percent
from nk521lib.chapters.escalation.course import Dosed
from nk521lib.chapters.escalation.pathways import Pathways
from nk521lib.display.proposal import STATES, STATUS_WORDS, end_words, level_name, step_words
from nk521lib.display.words import escape, plural, short_id
from nk521lib.standards.designs import Node
from nk521lib.terms import Decision, DltStatus

INK, SOFT, LINE, WASH = "#1b1f24", "#5b6470", "#d9dde3", "#f1f3f6"
GO, HOLD, STOP, SUPPOSED = "#00694e", "#8a5a00", "#a3232e", "#8c3b73"
ROW, LADDER_WIDTH, MARKS_FROM, MARK_STEP, MARKS_SHOWN = 58, 660, 156, 34, 9
RATES_FROM, RATES_WIDTH = 470, 180
TREE_WIDTH, TREE_COLUMN, TREE_PITCH, TREE_LINES = 1010, 200, 17, 15
N_FROM, N_STEP = 30, 16


def svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """One figure. label : what it says, for who does not see it."""
    return (f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}" '
            f'style="width:100%;max-width:{width}px;display:block" font-size="12" fill="{INK}">{"".join(parts)}</svg>')  # fmt: skip


def text(x: float, y: float, said: object, **attributes: object) -> str:
    return f'<text x="{x:g}" y="{y:g}"{_listed(attributes)}>{escape(said)}</text>'


def _listed(attributes: dict[str, object]) -> str:
    return "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())


def _line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"{_listed({"stroke": LINE} | attributes)}/>'


def draw_ladder(answer: Answer, supposed: frozenset[str]) -> str:
    """Rungs with their subjects, and beside each what its counts leave open. supposed : ids whose status is changed."""
    params, levels = answer.params, len(answer.rates)
    height = ROW * levels + 34
    target = params.escalation.target_rate
    at = RATES_FROM + target * RATES_WIDTH
    parts = [text(RATES_FROM, 12, "true DLT rate", fill=SOFT, font_size=11),
             text(at + 3, 26, f"target {100 * target:.0f} %", fill=SOFT, font_size=10),
             _line(at, 18, at, height - 14, stroke=SOFT, stroke_dasharray="3 2")]  # fmt: skip
    for tick in (0, 0.5, 1):
        parts.append(text(RATES_FROM + tick * RATES_WIDTH, height - 2, f"{100 * tick:.0f} %", fill=SOFT, font_size=10, text_anchor="middle"))  # fmt: skip
    for rate in answer.rates:
        y = 30 + ROW * (levels - rate.level) + ROW / 2 - 4
        if rate.level == answer.after["level"]:
            parts.append(
                f'<rect x="0" y="{y - ROW / 2 + 2:g}" width="{LADDER_WIDTH}" height="{ROW - 4}" fill="{WASH}"/>'
            )
        parts.append(text(4, y - 4, level_name(params, rate.level), font_weight=600))
        parts.append(text(4, y + 12, _rung_words(rate), fill=SOFT, font_size=11))
        here = [s for s in answer.review.history.course.subjects if s.level == rate.level]
        for place, subject in enumerate(here[:MARKS_SHOWN]):
            parts.append(_mark(MARKS_FROM + 16 + place * MARK_STEP, y, subject, subject.usubjid in supposed))
        if len(here) > MARKS_SHOWN:
            parts.append(text(MARKS_FROM + MARKS_SHOWN * MARK_STEP + 2, y, f"+{len(here) - MARKS_SHOWN}"))
        parts += _interval(rate, y)
    said = "; ".join(f"level {r.level}: {_rung_words(r)}" for r in answer.rates)
    return svg(LADDER_WIDTH + 10, height, f"Ladder. {said}", parts)


def _rung_words(rate: LevelRate) -> str:
    if not rate.n + rate.m:
        return "nobody dosed"
    return f"{rate.x}/{rate.n} DLT" + (f", {rate.m} open" if rate.m else "") + f"; {STATES[rate.state]}"


def _mark(x: float, y: float, subject: Dosed, supposed: bool) -> str:
    """Circle clear, filled square DLT, dashed circle open, diamond candidate, cross not evaluable; imagined ones dotted."""
    status, name = subject.status, "new" if subject.imagined else short_id(subject.usubjid)[-3:]
    colour = {DltStatus.CLEAR: GO, DltStatus.DLT: STOP, DltStatus.NONEVAL: SOFT}.get(status, HOLD)
    shown = {"fill": colour if status is DltStatus.DLT else "#fff", "stroke": colour, "stroke_width": 1.6}
    if subject.imagined:
        shown |= {"stroke_dasharray": "1.5 2"}
    elif status is DltStatus.PENDING:
        shown |= {"stroke_dasharray": "4 2.5"}
    if status is DltStatus.DLT:
        shape = f'<rect x="{x - 12:g}" y="{y - 13:g}" width="24" height="24"{_listed(shown)}/>'
    elif status is DltStatus.CANDIDATE:
        shape = f'<path d="M{x:g} {y - 15:g}l14 14l-14 14l-14 -14z"{_listed(shown)}/>'
    else:
        shape = f'<circle cx="{x:g}" cy="{y - 1:g}" r="13"{_listed(shown)}/>'
    if status is DltStatus.NONEVAL:
        shape += f'<path d="M{x - 9:g} {y - 10:g}l18 18m0 -18l-18 18" stroke="{SOFT}"/>'
    ring = (
        f'<circle cx="{x:g}" cy="{y - 1:g}" r="17" fill="none" stroke="{SUPPOSED}" stroke-width="2"/>'
        if supposed
        else ""
    )
    ring += text(x, y + 27, "supposed", text_anchor="middle", font_size=9, fill=SUPPOSED) if supposed else ""
    title = (
        f"<title>{escape(subject.usubjid)}: {STATUS_WORDS[status]}{', imagined' if subject.imagined else ''}</title>"
    )
    label = text(x, y + 3, name, text_anchor="middle", font_size=10, fill="#fff" if status is DltStatus.DLT else INK)
    return f"<g>{title}{shape}{ring}{label}</g>"


def _interval(rate: LevelRate, y: float) -> list[str]:
    """95 % credible interval and mean; the line is drawn even where nothing is known, which is what it shows."""
    low, mean, high = (RATES_FROM + value * RATES_WIDTH for value in (rate.low, rate.mean, rate.high))
    return [
        _line(RATES_FROM, y, RATES_FROM + RATES_WIDTH, y),
        _line(low, y, high, y, stroke=INK, stroke_width=3 if rate.n else 1, stroke_dasharray="none" if rate.n else "2 3"),
        f'<circle cx="{mean:g}" cy="{y:g}" r="4.5" fill="{INK if rate.n else "#fff"}" stroke="{INK}"/>',
        text(RATES_FROM + RATES_WIDTH, y + 20, f"above target: {percent(rate.above_target)}", text_anchor="end", font_size=10.5, fill=SOFT),
    ]  # fmt: skip


def draw_sizes(answer: Answer) -> str:
    """The distribution of the number dosed in the group, 3 to 18 on a fixed axis, the part beyond the cap in the stop colour."""
    outlook, cap = answer.outlook, answer.params.escalation.group_cap
    width, height, top = 330, 112, 74
    parts = [_line(N_FROM - 8, 90, N_FROM + 18 * N_STEP, 90, stroke=SOFT)]
    for n in range(0, 19, 3):
        parts.append(text(N_FROM + n * N_STEP, 104, n, text_anchor="middle", font_size=10, fill=SOFT))
    edge = N_FROM + (cap + 0.5) * N_STEP
    parts += [_line(edge, 8, edge, 90, stroke=SOFT, stroke_dasharray="3 2"), text(edge + 4, 16, f"beyond the cap of {cap}", font_size=10, fill=SOFT)]  # fmt: skip
    if outlook is None:
        return svg(width, height, "No number of subjects: the group cannot be walked from here", parts)
    for n, p in zip(outlook.n_values, outlook.p_n, strict=True):
        if p > 0 and n <= 18:
            x, over = N_FROM + n * N_STEP, n > cap
            parts.append(_line(x, 90, x, 90 - top * p, stroke=STOP if over else INK, stroke_width=5, stroke_dasharray="3 1.5" if over else "none"))  # fmt: skip
    said = f"Subjects dosed at the end: {outlook.e_n:.1f} expected, more than {cap} with chance {percent(outlook.over_cap)}"
    return svg(width, height, said, parts)


def draw_tree(pathways: Pathways | None, answer: Answer) -> str:
    """What can still happen, cohort by cohort: what fits on the fixed sheet, whole cohorts only, the rest folded and said."""
    height = TREE_LINES * TREE_PITCH + 12
    if pathways is None:
        return svg(
            TREE_WIDTH,
            height,
            "No tree",
            [text(4, 20, "More subjects are open than a 3+3 can be walked with.", fill=SOFT)],
        )
    if len(pathways.nodes) == 1:
        return svg(
            TREE_WIDTH,
            height,
            "No tree",
            [text(4, 20, "The rules have come to an end: nothing further can happen.", fill=SOFT)],
        )
    most, nodes = 40, pathways.drawn(40)
    while _lines(nodes) > TREE_LINES and most > 4:
        most -= 4
        nodes = pathways.drawn(most)
    place = _places(nodes)
    following: dict[int, list[Node]] = {}
    parts = []
    for node in nodes:
        x, y = pathways.depth(node) * TREE_COLUMN + 4, place[node.id]
        if node.parent is not None:
            following.setdefault(node.parent, []).append(node)
        parts += _branch(answer, pathways, node, x, y, ends=node.leaf or node.id not in {n.parent for n in nodes})
    for parent, children in following.items():
        x = (pathways.depth(pathways.nodes[parent]) + 1) * TREE_COLUMN
        parts.append(_line(x, place[children[0].id] + 3, x, place[children[-1].id] + 3, stroke=SOFT))
    left = len(pathways.nodes) - len(nodes)
    if left:
        parts.append(
            text(
                TREE_WIDTH - 4,
                height - 2,
                f"{plural(left, 'later outcome')} folded",
                text_anchor="end",
                fill=SOFT,
                font_size=11,
            )
        )
    decision, mtd, chance = pathways.most_likely_end()
    said = f"Likeliest end: {end_words(answer.params.trial.level_prefix, decision, mtd)}, {percent(chance)}"
    return svg(TREE_WIDTH, height, said, parts)


def _branch(answer: Answer, pathways: Pathways, node: Node, x: float, y: float, ends: bool) -> list[str]:
    prefix, now, over = answer.params.trial.level_prefix, node.parent is None, pathways.over_cap(node)
    label = node_label(node, prefix)
    label = f"Now {label}" if now else f"{label}  {percent(node.p_truth)}"
    step = end_words(prefix, node.decision, node.mtd) if node.leaf else step_words(answer.params, node)
    wide = TREE_COLUMN * (1.6 if ends and pathways.depth(node) < 4 else 1)
    shown = {"stroke": SOFT if over else INK, "stroke_width": f"{0.8 + 5 * node.p_truth:.2f}"} | (
        {"stroke_dasharray": "4 2"} if over else {}
    )
    line = _line(x - 4, y + 3, x + TREE_COLUMN - 4, y + 3, **shown)
    if now:
        return [
            line,
            text(x, y - 1, label, font_weight=700, font_size=11),
            text(x, y + 15, step, font_size=10.5, fill=SOFT),
        ]
    tail = f'<tspan font-weight="{700 if node.leaf else 400}" fill="{INK if node.leaf else SOFT}">  {escape(_short(step, int(wide / 6) - len(label)))}</tspan>'
    return [
        line,
        f'<text x="{x:g}" y="{y - 1:g}" font-size="10.5"><tspan font-weight="600">{escape(label)}</tspan>{tail}</text>',
    ]


def _short(words: str, room: int) -> str:
    return words if len(words) <= max(room, 14) else words[: max(room, 14) - 1] + "…"


def _lines(nodes: Sequence[Node]) -> int:
    parents = {node.parent for node in nodes}
    return sum(node.id not in parents for node in nodes)


def _places(nodes: Sequence[Node]) -> dict[int, float]:
    """Height of each node: a line per last node from the top, parents midway."""
    parents = {node.parent for node in nodes}
    last = [node.id for node in nodes if node.id not in parents]
    place = {id: (line + 0.8) * TREE_PITCH for line, id in enumerate(last)}
    for node in reversed(nodes):
        if node.id not in place:
            under = [place[child.id] for child in nodes if child.parent == node.id]
            place[node.id] = (under[0] + under[-1]) / 2
    return place


def end_rows(levels: int, prefix: str) -> list[tuple[str, tuple[Decision, int | None]]]:
    """Every end there can be, always in the same order."""
    named = [("No tolerated dose", (Decision.STOP_NONE, None))]
    named += [(f"MTD is {prefix}{level}", (Decision.STOP_MTD, level)) for level in range(1, levels)]
    return [*named, ("Top level cleared, MTD not reached", (Decision.STOP_TOP, None))]
