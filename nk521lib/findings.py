"""A finding: one thing a data check noticed, with the keys that lead to it (spec outputs.md section 6)."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from nk521lib.terms import Effect, Severity

COLUMNS = ("id", "level", "effect", "group", "domain", "usubjid", "seq", "key", "message", "evidence", "disposition")


@dataclass(frozen=True)
class Finding:
    """`seq` is the record's --SEQ where it has one; `key` names any other key, as `VISITNUM=3`."""

    id: str
    level: Severity
    effect: Effect
    message: str
    group: str = ""
    domain: str = ""
    usubjid: str = ""
    seq: str = ""
    key: str = ""
    evidence: str = ""
    disposition: str = ""

    def __str__(self) -> str:
        return f"{self.id} {self.message}"

    @property
    def fingerprint(self) -> str:
        """Short name of what the finding says, and of the values behind it: it changes when they do."""
        text = "\x1f".join((self.id, self.usubjid or self.group, self.seq, self.message, self.evidence))
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def count(n: int, noun: str) -> str:
    """A number with its noun, in the singular where it is one."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


_EFFECT_ORDER = {effect.value: rank for rank, effect in enumerate(Effect)}


def to_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """All findings as text columns, worst effect first, then by id and key: the order of findings.csv."""
    rows = [asdict(finding) for finding in findings]
    return in_order(pd.DataFrame(rows, columns=list(COLUMNS)))


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Findings of several sources in one order, each once."""
    frame = frame[list(COLUMNS)].astype("string")
    rank = frame["effect"].map(_EFFECT_ORDER)
    order = ["id", "domain", "usubjid", "seq", "key", "message"]
    frame = frame.assign(_rank=rank).sort_values(["_rank", *order], kind="stable").drop(columns="_rank")
    return frame.drop_duplicates(ignore_index=True)


def one_per_cause(frame: pd.DataFrame) -> pd.DataFrame:
    """The findings without those that say what a safety table did with a value that a data check already names.

    An impossible grade (NKD-030, or none in the whole table, NKD-035), an unknown relation (NKD-036), an event without a
    coded term (NKD-033). A value that is merely missing is no data check's and stays.
    """
    text = frame.astype("string").fillna("")
    said, about = text["id"], text["message"]
    graded = text[said.eq("NKD-030") & about.str.contains("AETOXGR is ", regex=False)]
    records = pd.MultiIndex.from_frame(text[["usubjid", "seq"]])
    impossible = records.isin(pd.MultiIndex.from_frame(graded[["usubjid", "seq"]])) | bool(said.eq("NKD-035").any())
    unknown = ~about.str.contains("relation missing", regex=False) & bool(said.eq("NKD-036").any())
    uncoded = bool((said.eq("NKD-033") & about.str.contains("AEDECOD", regex=False)).any())
    repeats = (said.eq("SAF-010") & impossible) | (said.eq("SAF-011") & unknown) | (said.eq("SAF-012") & uncoded)
    return frame[~repeats].reset_index(drop=True)
