"""The page on which a decision is recorded, in words: against which pack, what it proposed, what was written where."""

from collections.abc import Mapping, Sequence
from typing import Any

from nk521lib.display.proposal import STATUS_OF, either, mark, stated
from nk521lib.display.say import MARKS
from nk521lib.display.what_if.page import STYLE
from nk521lib.display.what_if.words import NOT_THE_RECORD
from nk521lib.display.words import day, escape
from nk521lib.params import Params
from nk521lib.terms import Decision

_SHOWN = ("VALUE", "GROUP", "LEVEL", "ADJDTC", "REASON", "ATTENDEES", "BY", "DEPARTS")


def say_heading(is_record: bool, same_settings: bool = True) -> str:
    """What this page is, and that nothing of the what-if enters it. same_settings : the app's are those of the pack."""
    said = (
        STYLE
        + '<div class="wi"><div class="wi-record"><p><b>RECORD OF THE DECISION.</b> What is saved here goes on record, '
        "beside the pack that the committee had before it. The what-if is never recorded.</p></div>"
    )
    differs = ["something is asked on the other page that differs from the record"] if not is_record else []
    differs += ["the app was opened with other settings than the pack was made with"] if not same_settings else []
    if differs:
        said += (f'<div class="wi-supposed" role="status"><p><b>{NOT_THE_RECORD.upper()}:</b> {" and ".join(differs)}. '
                 "The decision is recorded against the proposal of the pack, not against the what-if.</p></div>")  # fmt: skip
    return said + "</div>"


def say_pack(pack: str, file: str, lines: Sequence[str]) -> str:
    """Which folder, which file. lines : how old the data are, what overtook them."""
    rows = [("Pack", pack), ("Writes", file), ("Data", "; ".join(lines))]
    return f'<div class="wi">{_facts(rows)}</div>'


def say_seen(params: Params, group: str, entry: Mapping[str, Any], proposal: str, pack_sha256: str, departs: bool) -> str:  # fmt: skip
    """The proposal that the committee saw. entry : of decisions.json. proposal : as it goes on record."""
    status = "stop" if entry["withheld"] else STATUS_OF[Decision(entry["decision"])]
    possible = "" if entry["certain"] else f" Still possible: {either(entry['possible'])}."
    block = "".join(f'<p class="stop">Withheld: {escape(because)}</p>' for because in entry["withheld_because"])
    word = "<p><b>◆ The decision chosen here departs from the proposal; it needs its reason, and every later pack says so.</b></p>"
    said, why = stated(params, entry)
    card = (f'<div class="wi-card {status}"><p class="over">Proposal seen, group {escape(group)}</p>{block}'
            f'<p class="say">{escape(said)}</p><p><span class="wi-mark {status}">{MARKS[status]} '
            f'{escape(mark(entry))}</span> {escape(why)}{escape(possible)}</p>{word if departs else ""}</div>')  # fmt: skip
    facts = _facts([("On record as", proposal), ("Pack hash", pack_sha256), ("Code on the paper", pack_sha256[:12])])
    return f'<div class="wi">{card}{facts}</div>'


def say_recorded(file: str, rows: Sequence[Mapping[str, str]]) -> str:
    """What was written, as it was written."""
    heads = "".join(f"<th>{head}</th>" for head in _SHOWN)
    cells = "".join("<tr>" + "".join(f"<td>{escape(row[head])}</td>" for head in _SHOWN) + "</tr>" for row in rows)
    when = day(rows[0]["ADJDTC"])
    return (f'<div class="wi"><div class="wi-record" role="status"><p><b>● Recorded</b> in {escape(file)}, decision of {when}. '
            "Put these rows into adjud.csv of the next snapshot before it is sealed.</p>"
            f"<table><tr>{heads}</tr>{cells}</table></div></div>")  # fmt: skip


def say_no_pack(snapshot_id: str, folder: str, command: str) -> str:
    """There is nothing to record against, and how to make it."""
    return (f'<div class="wi"><div class="wi-refused" role="alert"><p><b>■ No pack of {escape(snapshot_id)} in {escape(folder)}.</b> '
            "A decision is recorded against the pack that the committee had before it. Make it in a terminal, then look again:</p>"
            f"<p><code>{escape(command)}</code></p></div></div>")  # fmt: skip


def say_problems(problems: Sequence[str]) -> str:
    """Why nothing was recorded, a line each."""
    lines = "".join(f"<p>■ {escape(problem)}</p>" for problem in problems)
    return f'<div class="wi"><div class="wi-refused" role="alert">{lines}</div></div>' if problems else ""


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f'<tr><td class="soft wi-name">{escape(name)}</td><td class="wi-fact">{escape(said)}</td></tr>' for name, said in rows)  # fmt: skip
    return f"<table>{cells}</table>"
