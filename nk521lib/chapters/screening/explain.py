"""Answers in words: the evidence behind each, the records it rests on, and what is missing where it is undecided."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nk521lib.chapters.screening.criterion import Criterion, Source

CELL_LINES = ("NEUT", "PLAT", "HGB")
"""Counts that a product of E10 can raise."""


def derive_evidence(table: pd.DataFrame, facts: pd.DataFrame, criteria: tuple[Criterion, ...]) -> pd.Series:
    """EVIDENCE: what the records say, what was attested and recorded, what is missing. Never empty."""
    shown = [_texts(facts, c.needs + c.supports, "_SAYS") for c in criteria]
    recorded = "recorded in IE as violated: " + table["RECORDED_SRC"]
    parts = _by_criterion(shown, [table["SAID"], recorded, "missing: " + table["MISSING"]], len(facts))
    spared = table["INAPPLICABLE"].to_numpy(bool)
    return _joined(parts, "; ", np.where(spared, "does not apply", "no record"), table.index)


def derive_source_ids(table: pd.DataFrame, facts: pd.DataFrame, criteria: tuple[Criterion, ...]) -> pd.Series:
    """SRCIDS: `LB:7;ATTEST:E05a`, NA where nothing is on file."""
    shown = [_texts(facts, c.needs + c.supports, "_SRC") for c in criteria]
    parts = _by_criterion(shown, [table["SAID_SRC"], table["RECORDED_SRC"]], len(facts))
    return _joined(parts, ";", np.full(len(table), None, dtype=object), table.index)


def derive_missing(table: pd.DataFrame, facts: pd.DataFrame, criteria: tuple[Criterion, ...]) -> pd.Series:
    """MISSING: what would decide, said for a coordinator; meant for the undecided rows only."""
    n, parts = len(facts), []
    for rank, c in enumerate(criteria):
        rows = table.iloc[rank * n : (rank + 1) * n]
        parts.append(_needed(c, rows, facts))
    fallback = np.full(len(table), "cannot be told from the records on file", dtype=object)
    return _joined(_by_criterion(parts, [], n), "; ", fallback, table.index)


def _needed(c: Criterion, rows: pd.DataFrame, facts: pd.DataFrame) -> list[np.ndarray]:
    silent, clash = rows["DATA"].isna().to_numpy(), rows["CLASH"].to_numpy(bool)
    unattested = rows["ATTESTED"].isna().to_numpy() & ~clash
    history, parts = False, []
    for need in c.needs:
        if f"{need}_OPEN" in facts:
            history = True
            text = "more records (" + facts[f"{need}_SAYS"] + ")" if c.short_is_open else facts[f"{need}_SAYS"]
            parts.append(_where(facts[f"{need}_OPEN"], text))
        elif c.source is Source.DATA and f"{need}_WHY" in facts:
            parts.append(_where(silent, facts[f"{need}_WHY"]))
        elif c.source is Source.DATA and need.endswith("_ULN"):
            name = need.removesuffix("_ULN")
            absent = silent & facts[need].isna().to_numpy() & facts[name].notna().to_numpy()
            parts.append(_where(absent, f"the laboratory's upper limit of normal for {name}"))
        if need in CELL_LINES:
            void = silent & facts[need].notna().to_numpy() & facts[f"{need}_VOID"].fillna(True).to_numpy(bool)
            parts.append(_where(void, f"{need} not raised by a product of E10"))
    parts.append(_where(clash, "which of the contradicting attestations stands"))
    if c.source is not Source.DATA:
        parts.append(_where(unattested, "attestation"))
    elif history:
        unseen = unattested & silent & ~rows["OPEN"].to_numpy(bool)
        parts.append(_where(unseen, "proof of review, as there is no record"))
    return parts


def _where(condition, text: pd.Series | str) -> np.ndarray:
    values = text.to_numpy(object, na_value=None) if isinstance(text, pd.Series) else text
    return np.where(np.asarray(condition, dtype=bool), values, None)


def _texts(facts: pd.DataFrame, names: Iterable[str], suffix: str) -> list[np.ndarray]:
    return [facts[name + suffix].to_numpy(object, na_value=None) for name in names if name + suffix in facts]


def _by_criterion(own: list[list[np.ndarray]], common: list[pd.Series], n: int) -> list[np.ndarray]:
    """Per criterion parts laid under each other as columns of the long table, then the columns all criteria share."""
    width = max((len(parts) for parts in own), default=0)
    nothing = np.full(n, None, dtype=object)
    columns = [np.concatenate([(*parts, *[nothing] * width)[k] for parts in own]) for k in range(width)]
    return columns + [column.to_numpy(object, na_value=None) for column in common]


def _joined(parts: list[np.ndarray], separator: str, empty: np.ndarray, index: pd.Index) -> pd.Series:
    """The texts of each row in one, `empty` where it has none."""
    if not parts:
        return pd.Series(empty, index=index, dtype="string")
    silent = np.logical_and.reduce([pd.isna(part) for part in parts])
    # Arrow joins half a million rows in one pass; a row without any text would be left out, so it has an empty one.
    texts = [pa.array(part, pa.large_string()) for part in (np.where(silent, "", parts[0]), *parts[1:])]
    joined = pc.binary_join_element_wise(*texts, pa.scalar(separator, pa.large_string()), null_handling="skip")
    return pd.Series(joined.to_pandas().array, index=index, dtype="string").mask(silent, pd.Series(empty, index))
