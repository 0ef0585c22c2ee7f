"""Supplemental qualifiers (SUPP--) joined to their parent records as columns.

Only the names that the contract lists (schemas.DOMAINS[…].supplements) become columns; every SUPP-- frame stays too.
A row finds its parent by IDVAR and IDVARVAL within the subject; where IDVAR is empty it belongs to all of them.
"""

from collections.abc import Iterator, Mapping

import pandas as pd
import pyarrow as pa

from nk521lib.chapters.linkage import of_subject, pair, parents
from nk521lib.edge.typed import Typed, to_type
from nk521lib.findings import Finding
from nk521lib.schemas import DOMAINS
from nk521lib.terms import Effect, Severity

_PREFIX = "SUPP"


def join_supplements(
    tables: Mapping[str, Typed],
) -> tuple[dict[str, pd.DataFrame], dict[str, frozenset[str]], list[pd.DataFrame], list[Finding]]:
    """Frames and variables by domain with supplements as columns, faults of the joined values, contradictions.

    A value that the parent record and its supplement give differently refuses the snapshot (NKD-004): neither is
    better, and the chapters would depend on which one was read last.
    """
    frames = {domain: typed.frame for domain, typed in tables.items()}
    variables = {domain: typed.variables for domain, typed in tables.items()}
    faults, problems = [], []
    for domain, typed in tables.items():
        supp = tables.get(f"{_PREFIX}{domain}")
        wanted = DOMAINS[domain].supplements if domain in DOMAINS else ()
        if supp is None or not wanted or typed.frame.empty:
            continue
        joined = {}
        for name in wanted:
            rows = supp.frame[
                supp.frame["QNAM"].eq(name).fillna(False).astype(bool)
            ]  # a row without a name is no such row
            if rows.empty:
                continue
            text, doubles = _values(typed.frame, rows)
            value, fault = to_type(pa.chunked_array([pa.array(text, pa.string())]), name)
            if fault is not None:
                faults.append(fault.assign(domain=domain, variable=name))
            own = typed.frame[name]
            # one of them missing is no contradiction
            differs = doubles | (own.ne(value).fillna(False) & own.notna()).astype(bool)
            if differs.any():
                problems += _contradictions(domain, name, typed.frame[differs])
            joined[name] = own.fillna(value)
        frames[domain] = typed.frame.assign(**joined)
        variables[domain] = typed.variables | joined.keys()
    return frames, variables, faults, problems


def _values(parent: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """QVAL per parent record, and where supplements under different IDVARs disagree."""
    value = pd.Series(pd.NA, index=parent.index, dtype="string")
    doubles = pd.Series(False, index=parent.index)
    for _, mask, own in parents(rows, parent):
        some = rows.loc[mask, ["USUBJID", "IDVARVAL", "QVAL"]].drop_duplicates()
        named, records = pair(some["USUBJID"], some["IDVARVAL"].str.strip()), pair(parent["USUBJID"], own)
        given = pd.Series(some["QVAL"].array, index=named.array)
        found = of_subject(records, given[~given.index.duplicated()])  # a key given twice is refused as such
        doubles |= (found.ne(value) & found.notna() & value.notna()).fillna(False).astype(bool)  # NA: no two values
        value = value.fillna(found)
    return value, doubles


def _contradictions(domain: str, name: str, records: pd.DataFrame) -> Iterator[Finding]:
    number = f"{domain}SEQ"
    for usubjid, seq in zip(records["USUBJID"], records[number].astype("string"), strict=True):
        yield Finding(
            "NKD-004", Severity.ERROR, Effect.REJECT,
            f"SUPP{domain}: {name} of {usubjid} {number} {seq} is given twice with different values",
            domain=f"SUPP{domain}", usubjid=str(usubjid), seq=str(seq), key=f"QNAM={name}",
        )  # fmt: skip
