"""The findings page: what the data checks noticed, worst effect first, each with its record and the key that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from nk521lib.chapters.checks import CHECKS
from nk521lib.chapters.checks.dispositions import MARK
from nk521lib.cut import Cut
from nk521lib.display.pages.shell import Shell, render
from nk521lib.display.words import plural
from nk521lib.findings import Finding
from nk521lib.schemas import DOMAINS
from nk521lib.terms import Effect, Severity

HEADINGS = {
    Effect.BLOCK: ("{n} that withhold{s} a proposal to dose more", "A proposal of that group to dose more is withheld until these are settled or acknowledged. A stop or a hold stands, with these above it."),
    Effect.FLAG: ("{n} to look at", "Shown and listed; nothing is changed by them."),
    Effect.HANDLED: ("{n} repaired by a stated rule", "Read on as the rule says; the original is kept in the snapshot."),
}  # fmt: skip
FOLDED_FROM = 12
"""A check that fired more often than this is folded; its lines open on demand."""
_SHOWN = 12
_LONGEST = 80
_ABOUT = {check.id: (check.says, check.why) for check in CHECKS}


@dataclass(frozen=True)
class Line:
    """One finding. record : (variable, value) of its record. answer : how to answer it, and the text to write."""

    message: str
    keys: str
    evidence: str
    disposition: str
    href: str
    record: tuple[tuple[str, str], ...]
    answer: tuple[str, str]


@dataclass(frozen=True)
class Check:
    id: str
    says: str
    why: str
    lines: tuple[Line, ...]
    folded: bool


def findings_page(
    shell: Shell, findings: pd.DataFrame, subject_pages: Mapping[str, str], cut: Cut | None = None
) -> str:
    """findings : frame of nk521lib.findings.COLUMNS in its order. subject_pages : href by USUBJID. cut : shows the records."""
    sections = []
    for effect, (heading, says) in HEADINGS.items():
        here = findings[findings["effect"].eq(effect)]
        if len(here):
            title = heading.format(n=plural(len(here), "finding"), s="s" if len(here) == 1 else "")
            checks = [_check(str(name), rows, subject_pages, cut) for name, rows in here.groupby("id", sort=True)]
            sections.append((str(effect), title, says, checks))
    title = f"{plural(len(findings), 'finding')} of the data checks" if len(findings) else "No data check fired"
    toc = [(anchor, heading) for anchor, heading, _, _ in sections]
    return render("findings.html.j2", shell, title, "findings.html", kind="findings", sections=sections, toc=toc)


def _check(name: str, rows: pd.DataFrame, subject_pages: Mapping[str, str], cut: Cut | None) -> Check:
    rows = rows.fillna("")  # an absent key is not shown
    lines = tuple(
        Line(row["message"], _keys(row), row["evidence"], row["disposition"], subject_pages.get(row["usubjid"], ""),
             _record(row, cut), _answer(row))
        for row in rows.to_dict("records")
    )  # fmt: skip
    says, why = _ABOUT.get(name, ("", ""))
    return Check(name, says, why, lines, len(lines) > FOLDED_FROM)


def _keys(row: Mapping[str, str]) -> str:
    seq = f"{row['domain']}SEQ {row['seq']}" if row["seq"] else row["domain"]
    own = "" if MARK in row["key"] else row["key"]
    parts = [f"group {row['group']}" if row["group"] else "", row["usubjid"], seq, own]
    return " · ".join(part for part in parts if part)


def _record(row: Mapping[str, str], cut: Cut | None) -> tuple[tuple[str, str], ...]:
    """The variables of the finding's record that its table is read by, as far as they are known."""
    domain, number = row["domain"], f"{row['domain']}SEQ"
    if cut is None or domain not in cut.frames or domain not in DOMAINS or not row["usubjid"]:
        return ()
    frame = cut[domain]
    mine = frame["USUBJID"].eq(row["usubjid"])
    if domain != "DM":
        if not row["seq"] or number not in frame:
            return ()
        mine &= frame[number].astype("string").eq(row["seq"])
    found = frame[mine.fillna(False)].head(1)
    known = [name for name in DOMAINS[domain].variables if name in found and found[name].notna().any()]
    return tuple((name, _short(found[name].iloc[0])) for name in known[:_SHOWN])


def _short(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _answer(row: Mapping[str, str]) -> tuple[str, str]:
    """A withheld proposal is released by the committee's row in adjud, anything else is answered in dispositions.csv."""
    if MARK not in row["key"]:
        return "", ""
    if row["effect"] == Effect.BLOCK:
        keys = {name: row[name] for name in ("group", "usubjid", "seq", "evidence")}
        mark = Finding(row["id"], Severity(row["level"]), Effect.BLOCK, row["message"], **keys).fingerprint
        return "to acknowledge: ADJUD, ITEM ACK, VALUE", f"{row['id']}{MARK}{mark}"
    return "to answer, dispositions.csv:", row["key"]
