"""The committee's minutes, one form a group: what is known is filled in, what the committee decides has room.

Contents: spec escalation.md sections 3 (proposal, decision, reason, attendees, date, snapshot) and 8.
"""

import pandas as pd

from nk521lib.chapters.escalation import Escalation, decide_groups
from nk521lib.chapters.escalation.evidence import on_treatment
from nk521lib.chapters.escalation.spacing import next_dosing
from nk521lib.cut import Cut
from nk521lib.display.foreseen import say_from_when
from nk521lib.display.proposal import NO_LADDER, either, level_name, unended, with_withheld
from nk521lib.display.say import Html, notice, together
from nk521lib.display.words import day, escape, listed, plural, short_id
from nk521lib.terms import DltStatus, Effect

ROOM = "……………………"
CHOICES = ("OPEN", "EXPAND", "ESCALATE", "DEESCALATE", "HOLD", "STOP")
"""What an adjud DECISION row may say (rulings.md section 1)."""


def minutes(cut: Cut, found: Escalation) -> Html:
    """A form per group: snapshot, proposal, what to judge and to answer, then room for the decision."""
    entries = decide_groups(cut, found)["groups"]
    parts = [_form(group, _known(cut, found, group, entries[group]) + _to_decide(cut)) for group in found.groups]
    return together(parts) if parts else notice(NO_LADDER + ".")


def _form(group: str, lines: list[tuple[str, str]]) -> Html:
    body = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in lines)
    heading = f"Minutes, group {group}"
    return Html(
        f'<section class="minutes"><p class="caption">{escape(heading)}</p><dl class="facts who-is">{body}</dl></section>',
        heading,
    )


def _known(cut: Cut, found: Escalation, group: str, entry: dict) -> list[tuple[str, str]]:
    review = found.groups[group]
    level = next(level for level in entry["levels"] if level["level"] == entry["level"])
    return [
        ("Snapshot", f"{cut.manifest.snapshot_id}, data up to {day(cut.cutoff)}"),
        ("Level in play", f"{level_name(cut.params, entry['level'])}: {level['x']} DLT of {level['n']} complete, {level['m']} open; "
                          f"{entry['dosed']} of {entry['cap']} places of the group used"),
        ("Proposal", with_withheld(cut.params, entry)),
        ("Why", entry["reason"]),
        ("Still possible", f"{either(entry['possible'])}, before the cap" if not entry["certain"] else "nothing else: the decision is certain"),
        ("To answer first", _to_answer(found, group, review.blocks)),
        ("Events to judge", _candidates(found, group)),
        ("On treatment, to decide", _on_treatment(cut, found, group)),
        ("New subjects by the spacing rules", _dosing(cut, found, group)),
    ]  # fmt: skip


def _to_decide(cut: Cut) -> list[tuple[str, str]]:
    prefix, levels = cut.params.trial.level_prefix, range(1, len(cut.params.trial.levels) + 1)
    return [
        ("Decision of the committee", "   ".join(f"☐ {choice}" for choice in CHOICES)),
        ("Level", "   ".join(f"☐ {prefix}{level}" for level in levels)),
        ("Reason, needed if it differs from the proposal", ROOM),
        ("Present", ROOM),
        ("Date and signature of the chair", ROOM),
    ]


def _to_answer(found: Escalation, group: str, blocks: tuple[str, ...]) -> str:
    if not blocks:
        return "nothing blocks the proposal"
    own = [f"{f.id}#{f.fingerprint}" for f in found.findings if f.effect is Effect.BLOCK and f.group in ("", group)]
    said = f"{plural(len(blocks), 'finding')} of effect BLOCK, listed above"
    return f"{said}; to acknowledge from this chapter: {listed(own)}" if own else said


def _candidates(found: Escalation, group: str) -> str:
    mine = found.status[found.status["GROUP"].eq(group).fillna(False) & found.status["STATUS"].eq(DltStatus.CANDIDATE)]
    return "; ".join(f"{short_id(r.USUBJID)}: {r.REASON}, ☐ DLT ☐ no DLT" for r in mine.itertuples()) or "none"


def _on_treatment(cut: Cut, found: Escalation, group: str) -> str:
    rows = on_treatment(cut, found)
    rows = rows[rows["GROUP"].eq(group).fillna(False)]
    return (
        "; ".join(f"{short_id(r.USUBJID)}: {_left(r)}, ☐ continue ☐ reduce ☐ stop" for r in rows.itertuples())
        or "nobody at a level that is not settled"
    )  # fmt: skip


def _left(row) -> str:
    left = f"{plural(int(row.LEFT), 'dose')} left"
    return left if pd.isna(row.WITHDRAWN) else f"{left}, {unended(row.WITHDRAWN)}"


def _dosing(cut: Cut, found: Escalation, group: str) -> str:
    review = found.groups[group]
    said = next_dosing(cut, found.status, group, review.recommendation, review.withheld)
    if not said["may"]:
        return f"none: {said['why']}"
    where = f"{plural(said['places'], 'new subject')} at {level_name(cut.params, said['level'])}"
    return f"{where}, not before: {say_from_when(cut, said)}"
