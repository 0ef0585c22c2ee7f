"""The committee's acknowledgements: an adjud row with ITEM ACK turns a BLOCK into a FLAG (rulings.md 3.12)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from nk521lib.cut import Cut
from nk521lib.findings import Finding
from nk521lib.terms import Effect


def fingerprint(finding: Finding) -> str:
    """Short name of what a finding says, and of the values behind it: it changes when they do."""
    return finding.fingerprint


def acknowledge(cut: Cut, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, with acknowledged ones flagged and the committee's reason as their disposition.

    VALUE is the finding's id, or id#fingerprint: then the acknowledgement lapses when the value behind it changes. A row
    with USUBJID (and AESEQ) covers that subject's (event's) finding, a row with GROUP alone the group's.
    """
    adjud = cut["ADJUD"]
    rows = adjud[adjud["ITEM"].eq("ACK").fillna(False).astype(bool)].astype("string").fillna("").to_dict("records")
    for finding in findings:
        row = next((row for row in rows if _covers(row, finding)), None) if finding.effect is Effect.BLOCK else None
        if row is None:
            yield finding
        else:
            said = f"acknowledged by the committee on {row['ADJDTC'] or 'an unknown day'}: {row['REASON'] or 'no reason given'}"
            yield replace(finding, effect=Effect.FLAG, disposition=said)


def _covers(row: dict[str, str], finding: Finding) -> bool:
    check, _, mark = row["VALUE"].partition("#")
    if check != finding.id or (mark and mark != fingerprint(finding)):
        return False
    if row["USUBJID"]:
        return row["USUBJID"] == finding.usubjid and row["AESEQ"] in ("", finding.seq)
    return bool(finding.group) and row["GROUP"] == finding.group
