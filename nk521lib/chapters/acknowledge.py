"""The committee's acknowledgements: an adjud row with ITEM ACK turns a BLOCK into a FLAG (rulings.md 3.12)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut, read_once
from nk521lib.findings import Finding
from nk521lib.terms import Effect


def acknowledge(cut: Cut, findings: Iterable[Finding], first_dose: Mapping[str, pd.Timestamp]) -> tuple[Finding, ...]:
    """The findings, with acknowledged ones flagged and the committee's reason as their disposition; the latest row speaks.

    first_dose : day of each dosed subject's first dose by USUBJID. VALUE is the finding's id, or id#fingerprint: then the
    acknowledgement lapses when the value behind it changes. A row with USUBJID (and AESEQ) covers that subject's (event's)
    finding. A row with GROUP alone covers the group's, and those of subjects first dosed by its date: what is dosed against
    a rule later is not acknowledged in advance.
    """
    findings = tuple(findings)
    rows = _rows(cut)
    if rows.empty or not any(finding.effect is Effect.BLOCK for finding in findings):
        return findings
    days = rows["DAY"].tolist()
    said = rows.drop(columns="DAY").astype("string").fillna("").to_dict("records")
    latest_first = list(zip(said, days, strict=True))[::-1]
    return tuple(_acknowledged(f, latest_first, first_dose) if f.effect is Effect.BLOCK else f for f in findings)


@read_once
def _rows(cut: Cut) -> pd.DataFrame:
    """The acknowledgements on record with their DAY, the latest last."""
    adjud = cut["ADJUD"]
    rows = adjud[adjud["ITEM"].str.upper().str.strip().eq("ACK").fillna(False).astype(bool)]
    return rows.assign(DAY=dates.earliest(rows["ADJDTC"])).sort_values("DAY", na_position="first", kind="stable")


def _acknowledged(finding: Finding, rows: list[tuple[dict, pd.Timestamp]], first_dose: Mapping) -> Finding:
    row = next((row for row, day in rows if _covers(row, day, finding, first_dose)), None)
    if row is None:
        return finding
    said = f"acknowledged by the committee on {row['ADJDTC'] or 'an unknown day'}: {row['REASON'] or 'no reason given'}"
    return replace(finding, effect=Effect.FLAG, disposition=said)


def _covers(row: dict[str, str], day: pd.Timestamp, finding: Finding, first_dose: Mapping) -> bool:
    check, _, mark = row["VALUE"].strip().partition("#")
    if check.upper() != finding.id or mark.lower() not in ("", finding.fingerprint):
        return False
    if row["USUBJID"]:
        elsewhere = row["GROUP"] and finding.group and row["GROUP"] != finding.group
        return row["USUBJID"] == finding.usubjid and not elsewhere and row["AESEQ"] in ("", finding.seq)
    if not finding.group or row["GROUP"] != finding.group:
        return False
    return not finding.usubjid or bool(day >= first_dose.get(finding.usubjid, pd.NaT))  # NaT: never
