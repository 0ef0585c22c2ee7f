"""The blocks of the what-if page, each a fragment of HTML made from one `Answer`; who shows them only puts them in place."""

from collections.abc import Iterable, Mapping, Sequence

from nk521lib.chapters.escalation.answer import Answer
from nk521lib.chapters.escalation.counts import percent
from nk521lib.display.proposal import IN_WORDS, STATUS_OF, either, level_name, mark, stated
from nk521lib.display.say import MARKS
from nk521lib.display.what_if.drawn import draw_ladder, draw_sizes, draw_tree, end_rows
from nk521lib.display.what_if.words import NOT_THE_RECORD, count_words, difference_words, rates_words, weight_words
from nk521lib.display.words import escape
from nk521lib.standards.designs.comparators import disagrees
from nk521lib.terms import ComparatorSays, Decision

IN_WORDS_OF = {
    ComparatorSays.ESCALATE: "up", ComparatorSays.STAY: "stay", ComparatorSays.DEESCALATE: "down",
    ComparatorSays.ELIMINATE: "down, level eliminated",
}  # fmt: skip
BLOCKS = ("banner", "decision", "ladder", "ends", "outlook", "tree", "others")
STYLE = """<style>
.wi {color: #1b1f24; font-size: 13px; line-height: 1.4; font-variant-numeric: tabular-nums}
.wi p {margin: 0 0 .25em} .wi h3 {font-size: 13px; margin: .5em 0 .2em; border-top: 1px solid #d9dde3; padding-top: .35em}
.wi .soft {color: #5b6470} .wi ul {margin: 0; padding-left: 1.2em} .wi .wi-note {font-size: 12px; color: #5b6470}
.wi-record {border: 1px solid #d9dde3; border-left: 6px solid #00694e; padding: .25em .7em}
.wi-supposed {border: 1px solid #8c3b73; border-left: 6px solid #8c3b73; padding: .25em .7em;
  background: repeating-linear-gradient(-45deg, #f9eff5 0 12px, #fff 12px 24px)}
.wi-supposed > p b:first-child {color: #6d1f55; letter-spacing: .03em}
.wi-refused {border: 1px solid #a3232e; border-left: 6px solid #a3232e; padding: .4em .8em}
.wi-two {display: grid; grid-template-columns: 1fr 1fr; gap: .7em} .wi-card {border-left: 5px solid #d9dde3; padding: .05em .7em; min-height: 5.6em}
.wi-card.go {border-color: #00694e} .wi-card.hold {border-color: #8a5a00} .wi-card.stop {border-color: #a3232e}
.wi-card .say {font-size: 16px; line-height: 1.25; font-weight: 600} .wi-card .over {color: #5b6470; font-size: 12px; margin: 0}
.wi-mark {border: 1.5px solid currentColor; border-radius: 2px; padding: 0 .35em; font-size: 11px; font-weight: 700; white-space: nowrap}
.wi-mark.go {color: #00694e} .wi-mark.hold {color: #8a5a00} .wi-mark.stop {color: #a3232e}
.wi table {border-collapse: collapse; width: 100%; font-size: 12px} .wi th {text-align: left; border-bottom: 1.5px solid #1b1f24; padding: .1em .8em .1em 0}
.wi td {border-bottom: 1px solid #d9dde3; padding: .12em .8em .12em 0; vertical-align: top} .wi td.n, .wi th.n {text-align: right; white-space: nowrap}
.wi td.wi-name {white-space: nowrap} .wi td.wi-fact {width: 100%; overflow-wrap: anywhere} .wi .stop {color: #a3232e}
.wi .bar {display: inline-block; height: .7em; background: #1b1f24; vertical-align: baseline} 
.jupyter-widget-toggle-buttons, .widget-toggle-buttons {display: flex !important; flex-flow: row nowrap !important; align-items: center}
.widget-toggle-buttons > div {white-space: nowrap} .widget-toggle-buttons .widget-label {font-size: 12px; white-space: nowrap; text-align: left; flex: none}
.widget-toggle-buttons .widget-toggle-button {padding: 0 5px; font-size: 12px; margin: 1px} .widget-toggle-button.mod-active::before {content: "✓ "}
.jupyter-widget-tab {--jp-widgets-horizontal-tab-width: 215px} .jupyter-widget-tab .widget-tab-contents {padding: 2px 8px}
.jupyter-widget-Accordion .widget-html, .jupyter-widget-Accordion p {overflow-wrap: anywhere}
.jupyter-widgets :focus-visible {outline: 2px solid #1f4e8c; outline-offset: 1px}
</style>"""


def blocks(answer: Answer) -> dict[str, str]:
    """Every block of the page by its name in `BLOCKS`."""
    supposed = frozenset(usubjid for usubjid, _ in answer.inputs.statuses)
    return {
        "banner": say_banner(answer), "decision": say_decision(answer),
        "ladder": wrapped(draw_ladder(answer, supposed), "Where the group stands, and what its counts leave open",
                          "Circle clear, square DLT, dashed open, diamond candidate, cross not evaluable, dotted imagined; ring: supposed. "
                          "Right: mean and 95 % credible interval, uniform prior."),
        "ends": say_ends(answer), "outlook": say_outlook(answer),
        "tree": wrapped(draw_tree(answer.pathways, answer), f"What can still happen, {_under(answer)}",
                        "Level, DLTs of complete assessments, chance from now, what the rules then say. Thicker is likelier; dashed needs more than the cap."),
        "others": say_others(answer),
    }  # fmt: skip


def wrapped(content: str, heading: str, note: str = "") -> str:
    below = f'<p class="wi-note">{escape(note)}</p>' if note else ""
    return f'<section class="wi"><h3>{escape(heading)}</h3>{content}{below}</section>'


def say_banner(answer: Answer) -> str:
    """RECORD, or WHAT IF with the list of everything that differs."""
    if answer.inputs.is_record:
        return ('<div class="wi"><div class="wi-record" role="status"><p><b>THE RECORD.</b> Nothing differs from the snapshot and the '
                "parameters it was opened with.</p></div></div>")  # fmt: skip
    items = "".join(
        f'<li>{escape(difference_words(d, answer.params))} <span class="soft">({escape(weight_words(d, answer.changed))})</span></li>'
        for d in answer.differences
    )
    said = f"<p><b>{NOT_THE_RECORD.upper()}.</b> {escape(count_words(len(answer.differences)))}:</p><ul>{items}</ul>"
    return f'<div class="wi"><div class="wi-supposed" role="status">{said}</div></div>'


def say_decision(answer: Answer) -> str:
    """The decision before and after, side by side, and in a word whether it moved."""
    if answer.inputs.is_record:
        after = (
            '<div class="wi-card"><p class="over">As asked</p><p class="say soft">The same: nothing is asked.</p></div>'
        )
    else:
        after = _card(
            "WHAT IF: the decision " + ("changes" if answer.changed else "stays"), answer, answer.after, answer.params
        )
    now = _card("On record", answer, answer.before, answer.record_params)
    return f'<div class="wi"><div class="wi-two">{now}{after}</div></div>'


def _card(over: str, answer: Answer, entry: Mapping, params) -> str:
    status = "stop" if entry["withheld"] else STATUS_OF[entry["decision"]]
    possible = "" if entry["certain"] else f" Still possible: {either(entry['possible'])}."
    block = "".join(f'<p class="stop">Withheld: {escape(because)}</p>' for because in entry["withheld_because"])
    claim = f" Claim: {entry['claim'].lower().replace('_', ' ')}." if entry["claim"] else ""
    said, why = stated(params, entry)
    return (f'<div class="wi-card {status}"><p class="over">{escape(over)}</p><p class="say">{escape(said)}</p>'
            f'<p><span class="wi-mark {status}">{MARKS[status]} {escape(mark(entry))}</span> {escape(why)}'
            f"{escape(possible)}{escape(claim)}</p>{block}</div>")  # fmt: skip


def say_outlook(answer: Answer) -> str:
    """Chances of the cap and of the planned number, the claim at the end, the sizes: each in its place."""
    outlook, trial, rule = answer.outlook, answer.params.trial, answer.params.escalation
    if outlook is None:
        return wrapped("<p>More subjects are open at one level than a 3+3 has slots for, so nothing can be walked from here.</p>", "From here on")  # fmt: skip
    rows = [
        (f"More than {rule.group_cap} in this group", percent(outlook.over_cap)),
        (f"More than {trial.planned_subjects} in both", "one group only" if outlook.over_planned is None else percent(outlook.over_planned)),
        ("Subjects at the end, on average", f"{outlook.e_n:.1f}"),
    ]  # fmt: skip
    top = "".join(
        f'<tr><td>{escape(label)}</td><td class="n"><b>{escape(value)}</b></td></tr>' for label, value in rows
    )
    return wrapped(
        f"<table>{top}</table>{draw_sizes(answer)}", "How many subjects from here on", f"Chances {_under(answer)}."
    )


def say_ends(answer: Answer) -> str:
    """The claim with which the group ends, every end in its place."""
    if answer.outlook is None:
        return ""
    chances = {(decision, mtd): p for decision, mtd, p in answer.outlook.ends}
    known = end_rows(len(answer.rates), answer.params.trial.level_prefix)
    by_cap = sum(p for (decision, _), p in chances.items() if decision is Decision.CAP_HOLD)
    shown = [(label, chances.get(end, 0.0)) for label, end in known] + (
        [("Ended by the cap", by_cap)] if by_cap else []
    )
    rows = "".join(
        f'<tr><td>{escape(label)}</td><td class="n">{escape(percent(p))}</td><td style="width:210px"><span class="bar" style="width:{200 * p:.0f}px"></span></td></tr>'
        for label, p in shown
    )
    return wrapped(f"<table>{rows}</table>", f"The claim at the end, without a cap, {_under(answer)}")


def _under(answer: Answer) -> str:
    if answer.inputs.rates:
        return f"if the true rates are {rates_words(answer.inputs.rates)}"
    return "averaged over every true rate that the data leave open"


def say_others(answer: Answer) -> str:
    """Other designs at the same counts, the three readings of 3+3, and how each behaves from the start."""
    step, rows = answer.review.recommendation.step, []
    for advice in answer.review.advice.values():
        differs = disagrees(step, advice.says)
        beside = "the 3+3 waits" if differs is None else "differs" if differs else "the same direction"
        rows.append((advice.design, IN_WORDS_OF[advice.says], beside, advice.why))
    target = answer.params.escalation.target_rate
    designs = _table(("Design", "Says", "Beside the 3+3", "Why"), rows) if rows else "<p>Nobody at this level is complete: no other design has anything to say.</p>"  # fmt: skip
    return wrapped(designs, f"What other designs say, target {100 * target:.0f} % (advice, never the rule)") + wrapped(
        _readings(answer), f"What the three designs called 3+3 say, and how each behaves from the start, {_under(answer)}",
        "Exact, by enumeration of every path. MTD shares count a top level cleared without MTD as the top level.",
    )  # fmt: skip


def _readings(answer: Answer) -> str:
    prefix, cap, rows = answer.params.trial.level_prefix, answer.params.escalation.group_cap, []
    for reading in answer.readings:
        where = (
            f" ({level_name(answer.params, reading.to_level)})"
            if reading.to_level
            else f" ({prefix}{reading.mtd})"
            if reading.mtd
            else ""
        )
        none, *at = reading.oc.p_mtd[0]
        rows.append((reading.name + (" (in force)" if reading.in_force else ""), IN_WORDS[str(reading.decision)] + where,
                     *(percent(float(p)) for p in (none, *at)), f"{reading.oc.e_n[0]:.1f}", percent(float(reading.oc.p_n_over_cap[0])),
                     f"{reading.oc.e_dlt[0]:.1f}"))  # fmt: skip
    levels = [f"MTD {prefix}{rate.level}" for rate in answer.rates]
    return _table(("Reading", "Now", "No MTD", *levels, "E(N)", f"N > {cap}", "E(DLT)"), rows, right=2) if rows else "<p>Named for three levels only.</p>"  # fmt: skip


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: int = 99) -> str:
    """right : first column that holds numbers."""
    kind = [' class="n"' if column >= right else "" for column in range(len(heads))]
    top = "".join(f"<th{k}>{escape(head)}</th>" for head, k in zip(heads, kind, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{k}>{escape(cell)}</td>" for cell, k in zip(row, kind, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def say_refused(problems: Iterable[str], heading: str) -> str:
    """Why there is no answer, a line each; findings of a refused snapshot, or what cannot be together."""
    items = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
    return f'<div class="wi"><div class="wi-refused" role="alert"><p><b>■ {escape(heading)}</b></p><ul>{items}</ul></div></div>'
