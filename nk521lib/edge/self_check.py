"""The self-check of a run: what the pack is about to say, held against the second implementation before it is written.

A difference is a finding that withholds the proposal of its group; how many numbers agreed is itself a result row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

from nk521lib.cut import Cut
from nk521lib.findings import Finding, in_order, to_frame
from nk521lib.recount import Claims, Item, Recount, recount
from nk521lib.results import Number
from nk521lib.terms import DOSES_MORE, Effect, Severity

FINDING, ANALYSIS = "RCT-001", "recount"
_READ = ("addlt", "adae", "adlb", "adrs", "adtte")


@dataclass(frozen=True)
class Checked:
    """The same decisions and findings as before, with what the check adds. numbers : its result rows."""

    recount: Recount
    decisions: dict[str, Any] | None = field(repr=False)
    findings: pd.DataFrame = field(repr=False)
    numbers: tuple[Number, ...] = field(repr=False)


def self_check(
    cut: Cut,
    decisions: dict[str, Any] | None,
    tables: Mapping[str, pa.Table],
    results: pa.Table,
    findings: pd.DataFrame,
) -> Checked:
    """Recompute, compare, and withhold what the two implementations do not agree on. The inputs are not changed."""
    datasets = {name: tables[name].to_pandas() for name in _READ if name in tables}
    claimed = decisions
    if cut.params.scenario is not None:
        # What a scenario supposes is no claim about the data, so there is nothing to recompute it from.
        claimed = None
        datasets.pop("addlt", None)
    found = recount(cut, Claims(claimed, datasets, results.to_pandas()))
    new = [_finding(item) for item in found.differing]
    if new:
        findings = in_order(pd.concat([findings, to_frame(new)], ignore_index=True))
        decisions = _withheld(decisions, new)
    return Checked(found, decisions, findings, tuple(count(found)))


def count(found: Recount) -> Iterator[Number]:
    """Per kind and overall: numbers that agree (n), of those claimed (N), and those not recomputed (beyond)."""
    kinds = ["", *dict.fromkeys(item.kind for item in found.items)]
    for kind in kinds:
        mine = [item for item in found.items if kind in ("", item.kind)]
        for name, label, n in (
            ("n", "recomputed and the same", sum(item.agrees for item in mine)),
            ("N", "decisive numbers", len(mine)),
            ("beyond", "not recomputed", sum(bool(item.beyond) for item in mine)),
        ):
            yield Number(ANALYSIS, ANALYSIS, "", name, float(n), str(n), variable="kind" if kind else "", variable_level=kind,
                         stat_label=label)  # fmt: skip


def _finding(item: Item) -> Finding:
    where = item.usubjid or (f"group {item.group}" if item.group else "all groups")
    return Finding(
        FINDING, Severity.ERROR, Effect.BLOCK,
        f"{item.kind} {item.what} of {where}: the pack says {item.claimed}, the second implementation {item.recomputed}",
        group=item.group, usubjid=item.usubjid, key=item.what,
        evidence="two implementations of one rule disagree: one of them is wrong",
    )  # fmt: skip


def _withheld(decisions: dict[str, Any] | None, new: list[Finding]) -> dict[str, Any] | None:
    """A difference that belongs to no group concerns every group."""
    if decisions is None:
        return None
    groups = {}
    for group, entry in decisions["groups"].items():
        because = [str(finding) for finding in new if finding.group in ("", group)]
        if because and entry["decision"] in DOSES_MORE:
            entry = entry | {"withheld": True, "withheld_because": [*entry["withheld_because"], *because]}
        groups[group] = entry
    return decisions | {"groups": groups}
