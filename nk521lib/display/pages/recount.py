"""What the second implementation found: how many decisive numbers agree, by kind, and every one that does not."""

from collections import Counter
from collections.abc import Mapping

from markupsafe import Markup, escape

from nk521lib.display.pages.shell import Shell, render
from nk521lib.display.words import plural
from nk521lib.recount import Recount
from nk521lib.results import Number

FILE = "recount.html"
KINDS = {
    "DLT status": "DLT status of each dosed subject", "decision": "Fields of the dose decisions", "count": "State and counts of each level",
    "grade": "Grades of adverse events, worst grades of the blood tests a DLT can rest on",
    "best response": "Best response of each dosed subject", "event date": "Last day and kind of each time to event",
    "subjects with an event": "Subjects behind each row of the adverse event overview",
}  # fmt: skip


_SHOWN_IN = {
    "protocol": (), "screening": (), "escalation": ("DLT status", "decision", "count", "grade"),
    "safety": ("grade", "subjects with an event"), "efficacy": ("best response", "event date"),
}  # fmt: skip


def sentence(found: Recount) -> str:
    """`306 of 306 decisive numbers recomputed by a second implementation, all the same.`"""
    agree, whole = found.agreeing, len(found.items)
    if not whole:
        return "This pack holds no number that the second implementation recomputes."
    said = f"{agree} of {whole} decisive numbers recomputed by a second implementation"
    parts = [f"{len(found.differing)} differ{'s' if len(found.differing) == 1 else ''}"] if found.differing else []
    parts += [f"{len(found.not_recomputed)} not recomputed"] if found.not_recomputed else []
    return f"{said}, all the same." if not parts else f"{said} with the same result; {', '.join(parts)}."


def line(found: Recount, numbers: tuple[Number, ...]) -> Markup:
    """The sentence for another page, its numbers carrying their result rows, with a link to the whole."""
    ids = " ".join(number.row_id for number in numbers if not number.variable)
    mark = "■ " if found.differing else ""
    return Markup('<span data-r="{}">{}{}</span> <a href="{}">How, and which</a>').format(
        ids, mark, sentence(found), FILE
    )


def doubts(chapter: str, found: Recount) -> Markup:
    """What stands above a chapter whose numbers a second implementation does not confirm; nothing when it does."""
    mine = [item for item in found.differing if item.kind in _SHOWN_IN[chapter]]
    if not mine:
        return Markup("")
    first = f"{mine[0].kind} {mine[0].what} of {mine[0].usubjid or mine[0].group or 'all'}"
    says = f"{plural(len(mine), 'number')} of this page {'is' if len(mine) == 1 else 'are'} not what a second implementation finds, first {first}. "  # fmt: skip
    then = "No proposal on this page is to be read as one." if chapter == "escalation" else ""
    return Markup('<div class="notice stop"><p><b>■ In doubt.</b> {}{} <a href="{}">All of them</a></p></div>').format(
        says, then, FILE
    )


def recount_page(shell: Shell, found: Recount, numbers: tuple[Number, ...], hrefs: Mapping[str, str]) -> str:
    """numbers : the result rows of the check. hrefs : a subject's page by USUBJID."""
    rows = {(number.variable_level, number.stat_name): number for number in numbers}
    kinds = list(dict.fromkeys(item.kind for item in found.items))
    table = [(KINDS.get(kind, kind), [rows[kind, name] for name in ("N", "n", "beyond")]) for kind in kinds]
    differing = [(item, _who(item.usubjid, item.group, hrefs)) for item in found.differing]
    reasons = Counter((item.kind, item.beyond) for item in found.not_recomputed)
    left_out = [(kind, reason, plural(n, "number")) for (kind, reason), n in sorted(reasons.items())]
    return render("recount.html.j2", shell, "The numbers a second time", FILE, kind="recount", sentence=sentence(found),
                  table=table, differing=differing, left_out=left_out)  # fmt: skip


def _who(usubjid: str, group: str, hrefs: Mapping[str, str]) -> Markup:
    if usubjid in hrefs:
        return Markup('<a class="subject" href="{}">{}</a>').format(hrefs[usubjid], usubjid)
    return escape(usubjid or (f"group {group}" if group else "all"))
