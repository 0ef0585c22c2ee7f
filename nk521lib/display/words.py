"""How values are written for people: dates as 19 Oct 2026, doses as 3 × 10⁹, ids short."""

import html
import re
from collections.abc import Iterable, Mapping

import pandas as pd

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEVEL_NAME = re.compile(r"(?<=[\s>(][A-Z])-(?=[A-Z]{1,3}\d)")
_SHIFT = re.compile(r"(?<=[\s>]\d) → (?=\d\b)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(date: pd.Timestamp | str | None, missing: str = "no date") -> str:
    """A whole day for people, month names in English whatever the machine's locale."""
    if date is None or pd.isna(date):
        return missing
    at = pd.Timestamp(date)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def dosed_on(person: Mapping, edge: str) -> str:
    """The day of the first (TRTSDT) or last dose (TRTEDT); where it is not known, the day it is not before or not after."""
    if pd.isna(person.get(f"{edge}F")):
        return day(person[edge])
    return f"a day that is not known, not {'before' if edge == 'TRTSDT' else 'after'} {day(person[edge])}"


def cells(amount: float) -> str:
    """A cell dose: 3e9 is 3 × 10⁹."""
    mantissa, exponent = f"{amount:e}".split("e")
    return f"{float(mantissa):g} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def unit(text: object) -> str:
    """A unit as people write it: 10⁹/L, µmol/L, °C. Data keep their own spelling."""
    if text is None or pd.isna(text):
        return "no unit"
    said = re.sub(r"10\^(-?\d+)", lambda power: "10" + power[1].translate(_SUPERSCRIPT), str(text))
    said = re.sub(r"^u(?=mol|g|kat)", "µ", said)
    return {"C": "°C", "BEATS/MIN": "beats/min", "BREATHS/MIN": "breaths/min"}.get(said, said)


def moment(text: object, missing: str = "no date") -> str:
    """A date with or without its time as recorded: whole days for people, partial ones as they are."""
    if text is None or pd.isna(text):
        return missing
    said = str(text)
    if len(said) < 10:
        return f"{said} (not complete)"
    return day(said[:10]) + (f" {said[11:16]}" if len(said) >= 16 else "")


def window(anchor: str, days: int | str) -> str:
    """A window as people say it: 28 days from last dose of cycle 1. anchor : as the parameters name it."""
    return f"{days} days from {anchor.replace('_', ' ').replace('cycle1', 'of cycle 1')}"


def listed(items: Iterable[str], none: str = "none") -> str:
    """`a, b and c`."""
    items = list(items)
    if not items:
        return none
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def plural(n: int, noun: str, nouns: str | None = None) -> str:
    return f"{n} {noun if n == 1 else nouns or noun + 's'}"


def capital(text: str) -> str:
    """The text as the start of a sentence; what is in capitals already stays so."""
    return text[:1].upper() + text[1:]


def short_id(usubjid: str) -> str:
    """The last part of a subject id: enough to find the person on one page."""
    return usubjid.rpartition("-")[2]


def unbroken(page: str) -> str:
    """The page with doses, level and marker names and shifts of grade as single words: `3 × 10⁹`, `A-DL1`, `CA 19-9` and `0 → 3` break at no line's end.

    A joiner that nobody sees follows the hyphen, so that a search still finds what it looks for.
    """
    page = page.replace(" × 10", "\u00a0×\u00a010").replace("CA 19-9", "CA\u00a019-\u20609")
    return _SHIFT.sub("\u00a0→\u00a0", _LEVEL_NAME.sub("-\u2060", page))


def escape(text: object) -> str:
    return html.escape(str(text), quote=True)


def subject_link(usubjid: str, text: str | None = None) -> str:
    """An anchor that the published pack points at the subject's page; in a notebook it is plain text."""
    return f'<a class="subject" data-subject="{escape(usubjid)}">{escape(text or short_id(usubjid))}</a>'
