"""Two snapshots, or two packs, read for a comparison: what the chapters say of each, and the records of each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nk521lib.chapters.changes import derive_changes
from nk521lib.chapters.efficacy import Efficacy, derive_efficacy
from nk521lib.chapters.efficacy.rates import count_rates
from nk521lib.chapters.escalation import decide_groups, derive_escalation
from nk521lib.chapters.movements import Move, State, decision_moves, derive_movements
from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.overview import count_overview
from nk521lib.chapters.screening import derive_eligibility
from nk521lib.chapters.screening.counts import count_funnel, count_statuses
from nk521lib.cut import Cut
from nk521lib.display.pages.index import headline_numbers
from nk521lib.display.tables.efficacy.times import curve_of
from nk521lib.edge.inputs import find_snapshot
from nk521lib.edge.provenance import FILE, verify
from nk521lib.edge.snapshot import read_extract, read_snapshot
from nk521lib.errors import SnapshotRejected, UsageError
from nk521lib.params import Params
from nk521lib.results import Fraction, Number, to_frame

_ABSENT = "not in it"
_READ = ("addlt", "adrs", "adtte", "adsl", "adie")

Headlines = list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Comparison:
    """changes : `derive_changes` of the extracts, None between packs, which hold no source records.

    headlines : name, then per group and overall the value before and after.
    """

    old: State
    new: State
    heads: tuple[str, ...]
    changes: pd.DataFrame | None = field(repr=False)
    moves: tuple[Move, ...]
    decisions: tuple[Move, ...]
    headlines: list[tuple[str, list[tuple[str, str]]]]
    synthetic: bool
    cut: Cut | None = field(default=None, repr=False)


def compare(old: str, new: str, params: Params) -> Comparison:
    """old, new : snapshots (a folder, demo:D2), or folders of published packs; both the same kind.

    Raises UsageError where one is a snapshot and the other a pack, or the later one is given first; SnapshotRejected
    where one cannot be trusted.
    """
    packs = [(Path(name) / FILE).is_file() for name in (old, new)]
    if packs[0] != packs[1]:
        raise UsageError(f"{old} and {new}: one is a pack, the other a snapshot; compare like with like")
    if packs[0]:
        (one, first, _), (two, second, synthetic) = (_read_pack(Path(name), params) for name in (old, new))
        changes, cut = None, None
        _require_order((old, one.cutoff), (new, two.cutoff))
    else:
        before, cut = (read_snapshot(find_snapshot(name), params, None) for name in (old, new))
        _require_order((old, before.manifest.cutoff_date), (new, cut.manifest.cutoff_date))
        (one, first), (two, second) = _state_of(before), _state_of(cut)
        changes = derive_changes(read_extract(old, params), read_extract(new, params))
        synthetic = cut.manifest.synthetic
    moves = derive_movements(one, two, changes)
    heads = (*(group.id for group in params.trial.groups), "All")
    nothing = [_ABSENT] * len(heads)
    both = [
        (name, list(zip(before or nothing, after or nothing, strict=True)))
        for (name, before), (_, after) in zip(first, second, strict=True)
    ]
    decided = tuple(decision_moves(one, two, moves))
    return Comparison(one, two, heads, changes, tuple(moves), decided, both, synthetic, cut)


def _require_order(old: tuple[str, str], new: tuple[str, str]) -> None:
    """Each is a name and its cut-off."""
    if old[1] > new[1]:
        raise UsageError(f"{old[0]} is cut at {old[1]}, after {new[0]} at {new[1]}; give the older one first")


def _state_of(cut: Cut) -> tuple[State, Headlines]:
    escalation, efficacy, screening = derive_escalation(cut), derive_efficacy(cut), derive_eligibility(cut)
    state = State(cut.manifest.snapshot_id, cut.manifest.cutoff_date, decide_groups(cut, escalation),
                  escalation.status if escalation.groups else pd.DataFrame(), efficacy.datasets.get("adrs", pd.DataFrame()),
                  efficacy.datasets.get("adtte", pd.DataFrame()), screening.adsl, screening.adie)  # fmt: skip
    numbers = [*_numbers(count_funnel(screening), count_statuses(screening)), *_safety(cut), *_efficacy(cut, efficacy)]
    return state, _as_text(headline_numbers(to_frame(numbers), cut.params))


def _numbers(*found) -> list[Number]:
    """Every number in dataclasses, mappings and fractions."""
    made: list[Number] = []
    for item in found:
        if isinstance(item, Number):
            made.append(item)
        elif isinstance(item, Fraction):
            made += list(item)
        elif isinstance(item, dict):
            made += _numbers(*item.values())
        elif isinstance(item, list | tuple):
            made += _numbers(*item)
        elif hasattr(item, "__dataclass_fields__"):
            made += _numbers(*(getattr(item, name) for name in item.__dataclass_fields__))
    return made


def _safety(cut: Cut) -> list[Number]:
    safety = derive_safety(cut)
    rows = count_overview(safety.adae, safety.columns, cut)
    return [number for row in rows for cell in row.values() if isinstance(cell, Fraction) for number in cell]


def _efficacy(cut: Cut, found: Efficacy) -> list[Number]:
    made: list[Number] = []
    if found.adtte["PARAMCD"].eq("PUFS").any():
        for column in found.columns:
            if column.group1_level != "ALL":
                curve = curve_of(cut, found, "PUFS", column)
                made += [curve.N, curve.events, curve.median]
    if not found.confirmed.empty:
        rates = count_rates(found.confirmed, found.facts, list(found.columns), "rate_orr", "ITT", "CBOR", cut.params.efficacy.conf_level)  # fmt: skip
        made += [number for rate in rates for number in rate.numbers]
    return made


def _read_pack(pack: Path, params: Params) -> tuple[State, Headlines, bool]:
    """An altered or incomplete pack is refused: what it says is not what was published."""
    problems = verify(pack)
    if problems:
        raise SnapshotRejected(*problems[:20])
    facts = json.loads((pack / FILE).read_text(encoding="utf-8"))["snapshot"]
    path = pack / "decisions.json"
    decisions = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    frames = {name: pd.read_parquet(file) for name in _READ if (file := pack / "data" / f"{name}.parquet").is_file()}
    state = State(facts["snapshot_id"], facts["cutoff_date"], decisions, **frames)
    return state, _as_text(headline_numbers(pd.read_parquet(pack / "results.parquet"), params)), facts["synthetic"]


def _as_text(rows: Sequence) -> Headlines:
    return [(name, [value.text for value in values]) for name, values in rows]
