"""How old a published pack is today, and what stands beside it that is newer. Computed when asked, never printed in a pack."""

from datetime import date
from pathlib import Path
from typing import Any

from nk521lib.display.words import day, plural
from nk521lib.edge import provenance, publish


def say_currency(pack: Path, today: date) -> list[str]:
    """Lines for whoever holds the pack: its age, and packs beside it that overtake it."""
    snapshot = provenance.read(pack)["snapshot"]
    days = (today - date.fromisoformat(snapshot["cutoff_date"])).days
    when = "today" if days == 0 else f"{plural(days, 'day')} before today" if days > 0 else f"{plural(-days, 'day')} after today"  # fmt: skip
    lines = [f"data up to {day(snapshot['cutoff_date'])}, {when}"]
    aside = publish.superseded_by(pack)
    lines += [f"superseded by {aside}, a later run of the same snapshot"] if aside else []
    return lines + [f"newer cut beside it: {name}, data up to {day(cutoff)}" for cutoff, name in newer_cuts(pack)]


def newer_cuts(pack: Path) -> list[tuple[str, str]]:
    """(cut-off, pack) of packs of the same study in the same folder whose data reach further, newest first."""
    own, found = provenance.read(pack)["snapshot"], []
    for path in pack.parent.glob(f"*/{provenance.FILE}"):
        other = _snapshot(path.parent)
        if other and other["study"] == own["study"] and _reach(other) > _reach(own) and "~" not in path.parent.name:
            found.append((other["cutoff_date"], path.parent.name))
    return sorted(found, reverse=True)


def _snapshot(pack: Path) -> dict[str, Any] | None:
    """A neighbour's account of itself; a folder that cannot be read says nothing about this pack."""
    try:
        return provenance.read(pack)["snapshot"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _reach(snapshot: dict[str, Any]) -> tuple[str, str]:
    """Of two extracts with one cut-off the later one has the corrections."""
    return snapshot["cutoff_date"], snapshot["extracted_at"] or ""
