"""Findings of screening: deviations (NKD-050), sources that disagree (NKD-051), what came after enrolment (SCR-001), results that cannot be used (NKD-040)."""

from collections.abc import Iterator

import pandas as pd

from nk521lib.chapters.screening.evaluate import FAIL, NOT_APPLICABLE, PASS, UNDECIDED, Eligibility
from nk521lib.chapters.screening.facts_laboratory import TESTS
from nk521lib.chapters.screening.facts_therapy import later_radiotherapy
from nk521lib.chapters.screening.logic import Facts
from nk521lib.chapters.screening.sources import derive_strangers
from nk521lib.chapters.screening.worksheet import derive_deviations
from nk521lib.findings import Finding
from nk521lib.standards.comparison import below
from nk521lib.terms import Effect, Severity
from nk521lib.three_valued import known

E, W, FLAG = Severity.ERROR, Severity.WARNING, Effect.FLAG
_WORD = {True: "YES", False: "NO"}


def check_screening(found: Eligibility) -> list[Finding]:
    """All findings of the chapter; none of them withholds a proposal."""
    if not len(found.answers):
        return []
    group = dict(zip(found.adsl["USUBJID"], found.adsl["GROUP"].fillna(""), strict=True))
    made = [
        *_deviations(found),
        *_disagreements(found),
        *_strangers(found),
        *_later(found),
        *_unusable(found),
        *_clearances(found),
    ]
    return [Finding(group=group.get(keys["usubjid"], ""), **keys) for keys in made]


def _deviations(found: Eligibility) -> Iterator[dict]:
    """NKD-050: an error for every failed criterion of an enrolled subject, one warning for all its undecided ones."""
    rows = derive_deviations(found)
    for row in rows[rows["EFFECT"].eq(FAIL)].itertuples():
        message = f"{row.USUBJID} is enrolled and fails {row.IETESTCD}"
        yield _keys("NKD-050", E, message, row.USUBJID, key=f"IETESTCD={row.IETESTCD}", evidence=row.EVIDENCE)
    for subject, some in rows[rows["EFFECT"].eq(UNDECIDED)].groupby("USUBJID", sort=False):
        listed = ", ".join(some["IETESTCD"])
        yield _keys(
            "NKD-050",
            W,
            f"{subject} is enrolled and undecided on {listed}",
            subject,
            evidence="; ".join(some["MISSING"]),
        )


def _disagreements(found: Eligibility) -> Iterator[dict]:
    """NKD-051: data, attestation and IE say different things. Nothing is resolved here; both values are shown."""
    rows = found.answers
    fails_unrecorded = rows["EFFECT"].eq(FAIL) & rows["RECORDED"].isna() & found.cut.has("IE")
    open_recorded = rows["EFFECT"].eq(UNDECIDED) & rows["RECORDED"].notna()
    picked = rows[
        rows["CONFLICT"].eq("Y").fillna(False) | rows["CLASH"].astype(bool) | fails_unrecorded | open_recorded
    ]
    for row in picked.itertuples():
        said = [("data", row.DATA), ("attestation", row.ATTESTED), ("IE", row.RECORDED)]
        values = ", ".join(f"{who} {_WORD[bool(value)]}" for who, value in said if not pd.isna(value))
        if row.CLASH:
            what = "attestations contradict each other"
        elif row.EFFECT == FAIL and pd.isna(row.RECORDED) and pd.isna(row.CONFLICT):
            what = "fails and has no IE record"
        elif row.EFFECT in (PASS, NOT_APPLICABLE) and not pd.isna(row.RECORDED):
            what = "has an IE record but does not fail"
        elif row.EFFECT == UNDECIDED and not pd.isna(row.RECORDED):
            what = "has an IE record and is undecided"
        else:
            what = "sources disagree"
        message = f"{row.USUBJID} {row.IETESTCD}: {what}" + (f" ({values})" if values else "")
        yield _keys("NKD-051", W, message, row.USUBJID, key=f"IETESTCD={row.IETESTCD}", evidence=row.EVIDENCE)


def _strangers(found: Eligibility) -> Iterator[dict]:
    for row in derive_strangers(found.cut).itertuples():
        shown = "missing" if pd.isna(row.IETESTCD) else f'"{row.IETESTCD}"'
        message = f"{row.DOMAIN}: IETESTCD is {shown}; expected a criterion of the protocol (I00 to E16)"
        yield _keys("NKD-051", W, message, "" if pd.isna(row.USUBJID) else row.USUBJID, domain=row.DOMAIN, seq=row.SEQ)


def _later(found: Eligibility) -> Iterator[dict]:
    """SCR-001: radiotherapy after enrolment, which no criterion looks at."""
    for row in later_radiotherapy(found.screened).itertuples():
        domain, _, seq = row.SRC.partition(":")
        message = f"{row.USUBJID}: {row.SAYS}; begins after enrolment, so E06 does not judge it"
        yield _keys("SCR-001", W, message, row.USUBJID, domain=domain, seq=seq)


def _unusable(found: Eligibility) -> Iterator[dict]:
    """NKD-040: the deciding result cannot be used, has no limit, or is the least favourable of several without times."""
    facts = found.facts
    for test in (*TESTS, "CREATCLR", "LVEF"):
        domain, why = ("CV" if test == "LVEF" else "LB"), facts[f"{test}_WHY"]
        bad = facts[f"{test}_SRC"].notna() & why.notna()
        for subject, text, source in zip(facts.index[bad], why[bad], facts.loc[bad, f"{test}_SRC"], strict=True):
            yield _keys("NKD-040", W, f"{subject}: {text}", subject, domain=domain, seq=source.partition(":")[2])
        tied = facts[f"{test}_SAMEDAY"].astype(bool)
        for subject, source in zip(facts.index[tied], facts.loc[tied, f"{test}_SRC"], strict=True):
            message = f"{subject}: several {test} results of one day without times; the least favourable is used"
            yield _keys("NKD-040", W, message, subject, domain=domain, seq=source.partition(":")[2])


def _clearances(found: Eligibility) -> Iterator[dict]:
    """NKD-041: the derived and the reported creatinine clearance fall on different sides of the limit (rulings.md 2.8)."""
    s, limit = Facts(found.facts), found.cut.params.screening.crcl_min
    derived_low, derived_high, reported = below(s.CRCL_LOW, limit), below(s.CRCL_HIGH, limit), below(s.CREATCLR, limit)
    differs = known(derived_low != reported) & known(derived_high != reported)
    for subject in found.facts.index[differs]:
        row = found.facts.loc[subject]
        yield _keys("NKD-041", W, f"{subject}: derived and reported clearance disagree about {limit:g} mL/min", subject, domain="LB",
                    evidence=f"{row['CRCL_LOW_SAYS']}; {row['CREATCLR_SAYS']}")  # fmt: skip


def _keys(identifier: str, level: Severity, message: str, usubjid: str, **more: str) -> dict:
    return {"id": identifier, "level": level, "effect": FLAG, "message": message, "usubjid": usubjid} | more
