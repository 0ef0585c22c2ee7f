"""The findings page: what the data checks noticed, worst effect first, one line a finding with the keys that lead to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nk521lib.display.pages.shell import Shell, render
from nk521lib.display.words import plural
from nk521lib.terms import Effect

HEADINGS = {
    Effect.BLOCK: ("{n} that withhold{s} a proposal", "The dose proposal of that group is not to be read before these are settled or acknowledged."),
    Effect.FLAG: ("{n} to look at", "Shown and listed; nothing is changed by them."),
    Effect.HANDLED: ("{n} repaired by a stated rule", "Read on as the rule says; the original is kept in the snapshot."),
}  # fmt: skip
FOLDED_FROM = 12
"""A check that fired more often than this is folded; its lines open on demand."""


@dataclass(frozen=True)
class Line:
    message: str
    keys: str
    evidence: str
    disposition: str
    href: str


@dataclass(frozen=True)
class Check:
    id: str
    lines: tuple[Line, ...]
    folded: bool


def findings_page(shell: Shell, findings: pd.DataFrame, subject_pages: Mapping[str, str]) -> str:
    """findings : frame of nk521lib.findings.COLUMNS in its order. subject_pages : href by USUBJID."""
    sections = []
    for effect, (heading, says) in HEADINGS.items():
        here = findings[findings["effect"].eq(effect)]
        if len(here):
            title = heading.format(n=plural(len(here), "finding"), s="s" if len(here) == 1 else "")
            checks = [_check(str(name), rows, subject_pages) for name, rows in here.groupby("id", sort=True)]
            sections.append((str(effect), title, says, checks))
    title = f"{plural(len(findings), 'finding')} of the data checks" if len(findings) else "No data check fired"
    toc = [(anchor, heading) for anchor, heading, _, _ in sections]
    return render("findings.html.j2", shell, title, "findings.html", kind="findings", sections=sections, toc=toc)


def _check(name: str, rows: pd.DataFrame, subject_pages: Mapping[str, str]) -> Check:
    rows = rows.fillna("")  # an absent key is not shown
    lines = tuple(
        Line(row["message"], _keys(row), row["evidence"], row["disposition"], subject_pages.get(row["usubjid"], ""))
        for row in rows.to_dict("records")
    )
    return Check(name, lines, len(lines) > FOLDED_FROM)


def _keys(row: Mapping[str, str]) -> str:
    seq = f"{row['domain']}SEQ {row['seq']}" if row["seq"] else row["domain"]
    parts = [f"group {row['group']}" if row["group"] else "", row["usubjid"], seq, row["key"]]
    return " · ".join(part for part in parts if part)
