"""The SDTMIG rule set of pointblank as advice: what it found, what it did not, and what could not be asked at all.

It decides nothing: no finding comes of it and no exit code. The library lets a rule pass whose table or variable the snapshot
does not have; here such a rule is `not run`, for "not run" is never "pass" (data.md section 5).
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from nk521lib.chapters.changes import keys_of
from nk521lib.cut import Cut
from nk521lib.edge.snapshot import read_extract
from nk521lib.schemas import NOT_SDTM

VERSION = "3.4"
DEVIATES, HOLDS, NOT_RUN = "deviates", "holds", "not run"
COLUMNS = ("rule", "severity", "says", "status", "issues", "where", "why")
_NAMED = 5
_COMPUTED = "_pb_"
_TABLE_RULES = ("VARIABLE_METADATA_CHECK", "DATASET_METADATA_CHECK", "DOMAIN_PRESENCE_CHECK")


def advise(folder: Path, cut: Cut) -> pd.DataFrame:
    """One row per rule (COLUMNS, text but `issues`, Int64): whether the extract deviates from it, where, or why nobody knows.

    The tables are those of the snapshot as extracted, without this workbook's own (attest, adjud).
    """
    import pointblank  # a second or more, and only who asks for advice needs it
    from pointblank.metadata._conformance.rule_loader import RuleLoader  # the report names no variables of a rule

    tables = _tables(read_extract(folder, cut.params))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        report = pointblank.validate_sdtmig(tables, version=VERSION, study_id=cut.manifest.study)
    rules = {rule.core_id: rule for rule in RuleLoader.load("sdtmig", VERSION.replace(".", "-"))}
    rows = [_judged(result, rules[result.rule_id], tables) for result in report.native_result.rule_results]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    order = frame["status"].map({DEVIATES: 0, NOT_RUN: 1, HOLDS: 2})
    frame = frame.assign(_order=order).sort_values(["_order", "rule"], kind="stable").drop(columns="_order")
    return frame.reset_index(drop=True).astype({c: "Int64" if c == "issues" else "string" for c in COLUMNS})


def count_advice(advice: pd.DataFrame) -> str:
    """The advice in one line."""
    n = {status: int(advice["status"].eq(status).sum()) for status in (DEVIATES, HOLDS, NOT_RUN)}
    return (f"SDTMIG {VERSION} rules, as advice: {n[DEVIATES]} of {n[DEVIATES] + n[HOLDS]} rules that could be run deviate, "
            f"{n[NOT_RUN]} not run")  # fmt: skip


def _tables(whole: Cut) -> dict[str, pd.DataFrame]:
    """Tables as the library reads them: the file's own variables, missing values as the library knows them."""
    tables = {}
    for domain, frame in whole.frames.items():
        if domain not in NOT_SDTM:
            own = [name for name in frame.columns if name in whole.variables[domain]]
            tables[domain] = pd.DataFrame({name: _plain(frame[name]) for name in own})
    return tables


def _plain(values: pd.Series) -> pd.Series:
    """Numbers as doubles, text as Python text: the types whose missing values every version of the library knows."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("Float64").astype("float64")
    return values.astype(object).where(values.notna(), None)


def _judged(result, rule, tables: Mapping[str, pd.DataFrame]) -> dict:
    said = {"rule": result.rule_id, "severity": result.sensitivity.lower(), "says": result.description, "issues": pd.NA,
            "where": "", "why": ""}  # fmt: skip
    if result.status == "fail":
        return said | {
            "status": DEVIATES,
            "issues": result.n_issues,
            "where": _where(result, tables),
            "why": result.message or "",
        }
    if result.status != "pass":
        reasons = {
            "not_applicable": "needs what a snapshot does not bring (Define-XML)",
            "not_supported": "the library cannot run it",
        }
        return said | {"status": NOT_RUN, "why": reasons.get(result.status, f"the library failed: {result.message}")}
    absent = _cannot_be_asked(rule, tables)
    return said | {"status": NOT_RUN if absent else HOLDS, "why": absent}


def _cannot_be_asked(rule, tables: Mapping[str, pd.DataFrame]) -> str:
    """Why a rule that the library passes was not asked of any record; empty when it was."""
    if rule.rule_type == "DOMAIN_PRESENCE_CHECK":
        return ""
    asked = rule.domains or [name for name in tables if not name.startswith("SUPP") and name != "RELREC"]
    present = [name.upper() for name in asked if name.upper() in tables]
    if not present:
        return f"the snapshot has no {' or '.join(rule.domains[:_NAMED])}"
    if rule.rule_type in _TABLE_RULES:
        return ""
    needed = sorted(
        {
            name
            for name in (*_named(rule.conditions), *_of_operations(rule.operations))
            if not name.startswith(_COMPUTED)
        }
    )
    complete = [name for name in present if set(needed) <= set(tables[name].columns)]
    if not complete:
        lacking = [v for v in needed if not any(v in tables[name].columns for name in present)] or needed
        return f"{', '.join(present[:_NAMED])} has no {' or '.join(lacking[:_NAMED])}"
    return "" if any(len(tables[name]) for name in complete) else f"{', '.join(complete[:_NAMED])} has no record"


def _named(conditions: Mapping) -> Iterator[str]:
    for key in ("all", "any"):
        for inner in conditions.get(key, ()):
            yield from _named(inner)
    if "name" in conditions:
        yield conditions["name"]


def _of_operations(operations) -> Iterator[str]:
    for operation in operations:
        given = operation.get("params", {}).get("column")
        if isinstance(given, str):
            yield given


def _where(result, tables: Mapping[str, pd.DataFrame]) -> str:
    """The first records by their keys, never a row number alone."""
    named = []
    for found in result.row_findings[:_NAMED]:
        table = tables.get(found.dataset)
        if table is None or found.row is None:
            named.append(found.dataset)
            continue
        record = table.iloc[found.row]
        keys = [
            f"{record[k]:g}" if isinstance(record[k], float) else str(record[k])
            for k in keys_of(found.dataset, table)
            if k in table.columns and not pd.isna(record[k])
        ]
        value = f" ({found.checked_column} {found.checked_value!r})" if found.checked_column else ""
        named.append(f"{found.dataset} {' '.join(keys)}{value}")
    more = result.n_issues - len(named)
    return "; ".join(named or [result.dataset]) + (f"; {more} more" if named and more > 0 else "")
