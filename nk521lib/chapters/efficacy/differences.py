"""Recorded against recomputed: where the assessor's response and the lesions disagree, and the measurement that makes it so."""

import pandas as pd

from nk521lib.standards.recist_rules import NE


def derive_differences(visits: pd.DataFrame) -> pd.DataFrame:
    """One row per assessment and kind of difference: USUBJID VISIT VISITNAME ADT WHAT RECORDED RECOMPUTED CAUSE RSSEQ.

    WHAT is "overall response" or "target response". An assessment without measurements, or without a recorded word, has nothing
    to compare. CAUSE says in millimetres what the rule read.
    """
    parts = []
    for what, recorded, recomputed in (
        ("overall response", "OVRLINV", "OVRLDER"),
        ("target response", "TRGINV", "TARGET"),
    ):
        known = visits[recorded].notna() & visits[recomputed].notna()
        differs = visits[(known & visits[recorded].ne(visits[recomputed])).fillna(False)]
        nothing = differs[recomputed].eq("NONE") & differs[recorded].eq(
            NE
        )  # no target lesion: both say there is nothing to measure
        differs = differs[~nothing.fillna(False)]
        parts.append(pd.DataFrame({
            "USUBJID": differs["USUBJID"], "VISIT": differs["VISIT"], "VISITNAME": differs["VISITNAME"], "ADT": differs["ADT"], "WHAT": what,
            "RECORDED": differs[recorded], "RECOMPUTED": differs[recomputed], "RSSEQ": differs[f"{recorded}SEQ"], "CAUSE": _cause(differs, what),
        }))  # fmt: skip
    out = pd.concat(parts, ignore_index=True)
    return out.sort_values(["USUBJID", "VISIT", "WHAT"], kind="stable", ignore_index=True)


def _mm(values: pd.Series) -> pd.Series:
    return values.astype("Float64").round(1).astype("string").str.removesuffix(".0")


def _against(name: str, size: pd.Series, change: pd.Series) -> pd.Series:
    """`, nadir 60 (-25 %)`; without a percentage where there is none, as from a nadir of 0."""
    percent = (" (" + _mm(change) + " %)").fillna("")
    return (f", {name} " + _mm(size) + percent).fillna(f", no {name}")


def _cause(rows: pd.DataFrame, what: str) -> pd.Series:
    """Sum, baseline and smallest sum so far, with the rule they meet; and what the non-target and new lesions add."""
    sums = (
        ("sum " + _mm(rows["SOD"]) + " mm")
        .fillna("measured part " + _mm(rows["SOD_MEASURED"]) + " mm")
        .fillna("no sum")
    )
    against = _against("baseline", rows["BASE"], rows["PCHG_BASE"]) + _against(
        "nadir", rows["NADIR"], rows["PCHG_NADIR"]
    )
    text = rows["TARGET_RULE"].fillna("target not judged") + ": " + sums + against
    if what == "overall response":
        text += "; non-target " + rows["NTRUSED"].fillna("not judged") + ", new lesion " + rows["NEWUSED"].str.lower()
    return text.astype("string")
