"""Outcome notation: `1NNN 2NNT` is three subjects without DLT at level 1, then two without and one with at 2.

A token is a level and one letter per subject in the order of dosing: N no DLT, T DLT, P pending. A level may
come again after a return to it. No subject dosed is the empty text. The notation is that of the R package
`escalation` (Brock 2020), extended by P.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from nk521lib.errors import DesignError
from nk521lib.terms import Outcome

History = tuple[tuple[int, Outcome], ...]
"""Subjects in the order of first dose, each (level, outcome)."""

TOKEN = re.compile(r"([1-9][0-9]{0,2})([NTP]+)")


def parse_history(text: str) -> History:
    """Subjects of a history in notation. Raises DesignError naming the first token that is not understood."""
    subjects: list[tuple[int, Outcome]] = []
    for token in text.split():
        match = TOKEN.fullmatch(token)
        if match is None:
            raise DesignError(
                f'history: "{token}" is not understood; write a level, then one letter per subject: '
                'N no DLT, T DLT, P pending, as in "1NNN 2NNT"'
            )
        subjects += [(int(match[1]), Outcome(letter)) for letter in match[2]]
    return tuple(subjects)


def count_outcomes(history: History, levels: int) -> tuple[list[int], list[int], list[int]]:
    """Complete subjects, DLTs and pending subjects per level (n, x, m). Raises DesignError above `levels`."""
    n, x, m = [0] * levels, [0] * levels, [0] * levels
    for level, outcome in history:
        if not 1 <= level <= levels:
            raise DesignError(f"history: level {level} does not exist; allowed are 1 to {levels}")
        n[level - 1] += outcome is not Outcome.PENDING
        x[level - 1] += outcome is Outcome.DLT
        m[level - 1] += outcome is Outcome.PENDING
    return n, x, m


def format_history(history: Iterable[tuple[int, Outcome]]) -> str:
    """The notation of a history: one token per run of subjects at one level."""
    runs = groupby(history, key=lambda subject: subject[0])
    return " ".join(f"{level}{''.join(outcome for _, outcome in run)}" for level, run in runs)
