"""The data checks of data.md section 5: which there are, and what they find in one snapshot."""

from dataclasses import replace

from nk521lib.chapters.acknowledge import acknowledge
from nk521lib.chapters.checks import (
    assessments,
    dosing,
    elsewhere,
    events,
    laboratory,
    of_chapters,
    previous,
    structure,
    timing,
)
from nk521lib.chapters.checks.check import Check, Study
from nk521lib.findings import Finding
from nk521lib.terms import Effect

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            check
            for topic in (structure, timing, dosing, events, laboratory, assessments, previous, elsewhere, of_chapters)
            for check in topic.CHECKS
        ),
        key=lambda check: check.id,
    )
)
"""Every check, by id."""

refusals = structure.refusals

_EFFECTS = tuple(Effect)


def find_all(study: Study) -> tuple[Finding, ...]:
    """Every finding that does not refuse the snapshot, worst effect first, then by id, in the order of the records.

    A study without dose levels has no proposal to withhold: what would block one is flagged.
    """
    found = [finding for check in CHECKS if check.find for finding in check.find(study)]
    if not study.cut.params.trial.levels:
        found = [replace(f, effect=Effect.FLAG) if f.effect is Effect.BLOCK else f for f in found]
    found = acknowledge(study.cut, dict.fromkeys(found), study.doses.groupby("USUBJID")["LOW"].min())
    return tuple(
        sorted(
            found, key=lambda f: (_EFFECTS.index(f.effect), f.id, f.domain, f.usubjid, _number(f.seq), f.key, f.message)
        )
    )


def _number(seq: str) -> tuple[int, str]:
    return (int(seq), "") if seq.isdecimal() else (-1, seq)
