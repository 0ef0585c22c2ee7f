"""Supplemental qualifiers (SUPP--) joined to their parent records as columns.

Only the names that the contract lists (schemas.DOMAINS[…].supplements) become columns; every SUPP-- frame stays too.
A row finds its parent by IDVAR and IDVARVAL within the subject; where IDVAR is empty it belongs to all of them.
"""

from collections.abc import Iterable, Mapping

import pandas as pd
import pyarrow as pa

from nk521lib.chapters.linkage import parents
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
            text, doubles = _values(typed.frame, rows, name)
            value, fault = to_type(pa.chunked_array([pa.array(text, pa.string())]), name)
            if fault is not None:
                faults.append(fault.assign(domain=domain, variable=name))
            own = typed.frame[name]
            differs = (own.ne(value).fillna(False) & own.notna()).astype(
                bool
            )  # one of them missing is no contradiction
            problems += _contradictions(domain, name, typed.frame, differs, doubles)
            joined[name] = own.fillna(value)
        frames[domain] = typed.frame.assign(**joined)
        variables[domain] = typed.variables | joined.keys()
    return frames, variables, faults, problems


def _values(parent: pd.DataFrame, rows: pd.DataFrame, name: str) -> tuple[pd.Series, pd.Series]:
    """QVAL per parent record, and where two supplements of one record disagree."""
    value = pd.Series(pd.NA, index=parent.index, dtype="string")
    doubles = pd.Series(False, index=parent.index)
    for _, mask, own in parents(rows, parent):
        some = rows[mask]
        keys = pd.DataFrame({"USUBJID": parent["USUBJID"], "IDVARVAL": own})
        some = some[["USUBJID", "IDVARVAL", "QVAL"]].assign(IDVARVAL=some["IDVARVAL"].str.strip())
        some = some.drop_duplicates()
        twice = some.duplicated(["USUBJID", "IDVARVAL"], keep=False)
        one = some.drop_duplicates(["USUBJID", "IDVARVAL"])
        merged = keys.merge(one, on=["USUBJID", "IDVARVAL"], how="left", validate="many_to_one")["QVAL"]
        merged.index = parent.index
        clash = some[twice][["USUBJID", "IDVARVAL"]].drop_duplicates().assign(_clash=True)
        doubles |= (
            keys.merge(clash, on=["USUBJID", "IDVARVAL"], how="left", validate="many_to_one")["_clash"]
            .eq(True)
            .to_numpy()
        )
        doubles |= (merged.ne(value).fillna(False) & value.notna() & merged.notna()).to_numpy(dtype=bool)
        value = value.fillna(merged)
    return value, doubles


def _contradictions(
    domain: str, name: str, frame: pd.DataFrame, differs: pd.Series, doubles: pd.Series
) -> Iterable[Finding]:
    seq = f"{domain}SEQ"
    for row in frame[differs | doubles].itertuples():
        number = getattr(row, seq, None)
        yield Finding(
            "NKD-004", Severity.ERROR, Effect.REJECT,
            f"SUPP{domain}: {name} of {row.USUBJID} {seq} {number} is given twice with different values",
            domain=f"SUPP{domain}", usubjid=str(row.USUBJID), seq=str(number), key=f"QNAM={name}",
        )  # fmt: skip
