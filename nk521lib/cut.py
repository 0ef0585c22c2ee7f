"""One snapshot as the chapters see it: typed, cut at the cut-off, with its parameters and its findings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, wraps
from typing import Any

import numpy as np
import pandas as pd

from nk521lib.findings import Finding
from nk521lib.manifest import Manifest
from nk521lib.params import Params
from nk521lib.schemas import DOMAINS, DTYPE, kind


@dataclass(frozen=True)
class Compared:
    """The snapshot before this one, and what changed since it (chapters/changes.py), both as extracted; itself."""

    snapshot_id: str
    manifest_sha256: str
    changes: pd.DataFrame = field(repr=False)
    extract: "Cut | None" = field(repr=False, default=None)


@dataclass(frozen=True)
class Cut:
    """Frames by domain code, supplemental qualifiers joined as columns, dates as ISO text.

    audit : what the cut-off dropped, blanked or changed (domain, usubjid, seq, variable, old, new, rule)
    known_after : what the extract knows of deaths, SAEs, DLTs and grades >= 4 after the cut-off
    variables : per present domain, the variables its file really had (before absent ones were filled with NA)
    """

    manifest: Manifest
    manifest_sha256: str
    params: Params
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    variables: Mapping[str, frozenset[str]] = field(repr=False)
    audit: pd.DataFrame = field(repr=False)
    known_after: pd.DataFrame = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False, default=())
    compared: Compared | None = field(repr=False, default=None)
    kept: dict[str, pd.DataFrame] = field(repr=False, compare=False, init=False, default_factory=dict)
    """What was derived from this snapshot under these parameters (derived_once); a cut with others starts anew."""
    read: dict[str, tuple[Mapping, pd.DataFrame]] = field(repr=False, compare=False, default_factory=dict)
    """What was read from these frames without any parameter (read_once), shared with cuts that have others."""

    @property
    def cutoff(self) -> pd.Timestamp:
        return pd.Timestamp(self.manifest.cutoff_date)

    def has(self, domain: str, variable: str | None = None) -> bool:
        """Did the snapshot bring this domain (and this variable of it)?"""
        return domain in self.frames and (variable is None or variable in self.variables[domain])

    def __getitem__(self, domain: str) -> pd.DataFrame:
        """The frame of a domain: all its contract's columns, no rows where the snapshot has no such domain."""
        if domain in self.frames:
            return self.frames[domain]
        return empty(domain)


def derived_once(derive: Callable[[Cut], pd.DataFrame]) -> Callable[[Cut], pd.DataFrame]:
    """A derivation that every chapter asks for, made once for a cut. Each caller may write to what it gets."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def once(cut: Cut) -> pd.DataFrame:
        if name not in cut.kept:
            cut.kept[name] = derive(cut)
        return cut.kept[name].copy(deep=False)  # copied when written to

    return once


def read_once(derive: Callable[[Cut], pd.DataFrame]) -> Callable[[Cut], pd.DataFrame]:
    """A derivation from the records alone, made once for them whatever the parameters: it is given none."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def once(cut: Cut) -> pd.DataFrame:
        frames, found = cut.read.get(name, (None, None))
        if frames is not cut.frames:
            found = derive(replace(cut, params=None))
            cut.read[name] = cut.frames, found
        return found.copy(deep=False)  # copied when written to

    return once


def empty(domain: str) -> pd.DataFrame:
    """A frame of the contract's columns and types without a row."""
    return _empty(domain).copy()


@cache
def _empty(domain: str) -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype=DTYPE[kind(c)]) for c in DOMAINS[domain].columns})


def with_missing(frame: pd.DataFrame, absent: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with NA columns added (name: dtype); those of one dtype share their memory."""
    nothing = {dtype: _nothing(len(frame), dtype) for dtype in set(absent.values())}
    columns = {name: frame[name] for name in frame} | {name: nothing[dtype].view() for name, dtype in absent.items()}
    return pd.DataFrame(columns, index=frame.index, copy=False)


def take_rows(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """frame.iloc[rows]; columns without a value, of which a domain may have many, still share their memory.

    rows : positions, or whether each row is taken.
    """
    absent = {name: frame[name].dtype for name in frame if frame[name].isna().all()}
    return with_missing(frame.drop(columns=list(absent)).iloc[rows], absent)[list(frame)]


def _nothing(rows: int, dtype: Any) -> pd.api.extensions.ExtensionArray:
    """Missing values only, that cannot be written to."""
    array = pd.array([pd.NA], dtype=dtype).repeat(rows)
    for part in ("_data", "_mask"):
        if hasattr(array, part):
            getattr(array, part).flags.writeable = False
    return array
