"""A snapshot folder goes in, a typed, checked and cut study comes out, or a refusal with one line per problem.

Order: manifest, files against manifest, reading, types, structure (all of which can refuse), supplemental qualifiers,
the cut-off, then the data checks. Spec: data.md sections 1, 3 and 5, rulings.md sections 4 and 7.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nk521lib.chapters.checks import find_all, refusals
from nk521lib.chapters.checks.check import Study
from nk521lib.chapters.cutoff import apply_cutoff
from nk521lib.cut import Compared, Cut
from nk521lib.edge.formats import read_table
from nk521lib.edge.inputs import find_snapshot
from nk521lib.edge.manifest_file import check_dates, read_manifest, verify
from nk521lib.edge.previous import find_previous, unfit
from nk521lib.edge.supplements import join_supplements
from nk521lib.edge.typed import Typed, gather, in_key_order, to_frame
from nk521lib.edge.warm import shared_reading
from nk521lib.errors import ParamsError, SnapshotRejected, UsageError
from nk521lib.findings import Finding
from nk521lib.manifest import FileEntry, Manifest
from nk521lib.params import Params

AUTOMATIC = ""
"""The previous snapshot is the one that the manifest names, looked for beside this one."""


def read_snapshot(snapshot: str | Path, params: Params, previous: str | Path | None = AUTOMATIC) -> Cut:
    """The study of one snapshot at its cut-off.

    snapshot : a folder with snapshot.json, or demo:D1, demo:D2, demo:D3. previous : the snapshot before it, in the same form;
    AUTOMATIC finds it beside this one, None compares with nothing.
    Raises SnapshotRejected (one line per problem, each with its NKD id) when the data cannot be trusted, UsageError
    when there is no such demo snapshot, or when the previous one named cannot be it; ParamsError when the parameters
    are a scenario of another snapshot.
    """
    folder = find_snapshot(snapshot)
    manifest, sha256 = _proven(folder, params)
    refuse_other_snapshot(params, manifest, sha256)
    read_before = shared_reading.take(sha256, params, previous)
    if read_before is not None:
        return read_before
    whole, faults = _extract(folder, manifest, sha256, params)
    before, why = _previous(folder, whole, previous)
    frames, audit, known_after = apply_cutoff(whole)
    variables = {domain: names | _brought(audit, domain) for domain, names in whole.variables.items()}
    cut = replace(whole, frames=frames, variables=variables, audit=audit, known_after=known_after)
    study = Study(whole, cut, faults, before, why)
    compared = Compared(before.manifest.snapshot_id, before.manifest_sha256, study.changes, before) if before else None
    return replace(cut, findings=find_all(study), compared=compared)


def read_extract(snapshot: str | Path, params: Params) -> Cut:
    """The study of one snapshot as extracted: verified, typed, supplements joined, structure proven, nothing cut.

    Raises as read_snapshot does.
    """
    folder = find_snapshot(snapshot)
    return _extract(folder, *_proven(folder, params), params)[0]


def _proven(folder: Path, params: Params) -> tuple[Manifest, str]:
    """The manifest and its sha256, after proof that the folder is what it says."""
    manifest, sha256 = read_manifest(folder)
    _refuse(check_dates(manifest) + verify(folder, manifest, params))
    return manifest, sha256


def _extract(folder: Path, manifest: Manifest, sha256: str, params: Params) -> tuple[Cut, pd.DataFrame]:
    """The extract and what typing could not read in it."""
    tables = _read_all(folder, manifest)
    whole, faults, problems = _assemble(manifest, sha256, params, tables)
    refused = problems + refusals(Study(whole, whole, faults))
    _refuse([str(problem) for problem in refused])
    return whole, faults


def _previous(folder: Path, whole: Cut, given: str | Path | None) -> tuple[Cut | None, str]:
    """The extract to compare with, or why there is none. One that was named must be readable and fit."""
    if given is None:
        return None, ""
    named = str(given) != AUTOMATIC
    path, why = (find_snapshot(given), "") if named else find_previous(folder, whole.manifest)
    if path is None:
        return None, why
    try:
        before = read_extract(path, whole.params)
    except SnapshotRejected as error:
        lines = [f"previous snapshot {path.name}: {problem}" for problem in error.problems]
        if named:
            raise SnapshotRejected(*lines) from None
        return None, f"{lines[0]}: nothing was compared with it"
    why = unfit(whole.manifest, before.manifest)
    if why and named:
        raise UsageError(f"--previous {path.name}: {why}")
    return (None, f"{why}: nothing was compared with it") if why else (before, "")


def _brought(audit: pd.DataFrame, domain: str) -> frozenset[str]:
    """Variables of a domain that only the cut-off filled, as AEENRTPT where the file has none."""
    filled = audit[audit["domain"].eq(domain) & audit["new"].notna()]
    return frozenset(filled["variable"].dropna())


def refuse_other_snapshot(params: Params, manifest: Manifest, sha256: str) -> None:
    """A what-if scenario belongs to the data it was asked of."""
    asked = params.scenario
    if asked is not None and asked.snapshot_sha256 != sha256:
        raise ParamsError(
            f"the scenario was made on snapshot {asked.snapshot_id} (manifest {asked.snapshot_sha256[:12]}), "
            f"this is {manifest.snapshot_id} (manifest {sha256[:12]})"
        )


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SnapshotRejected(*dict.fromkeys(problems))


def _read_all(folder: Path, manifest: Manifest) -> dict[str, Typed]:
    """Every listed file, typed, by domain; all unreadable ones are reported together."""
    tables, problems = {}, []
    for entry in manifest.files:
        try:
            tables[entry.domain] = _read_one(folder, entry)
        except SnapshotRejected as error:
            problems += [f"NKD-001 {problem}" for problem in error.problems]
    _refuse(problems)
    return tables


def _read_one(folder: Path, entry: FileEntry) -> Typed:
    return in_key_order(to_frame(entry.name, _as_listed(folder, entry), entry.domain), entry.domain)


def _as_listed(folder: Path, entry: FileEntry) -> pa.Table:
    """The file as read, of as many rows and columns as its entry says."""
    table = read_table(folder / entry.name, entry.format, entry.encoding)
    found = {"rows": (table.num_rows, entry.rows), "columns": (table.num_columns, entry.columns)}
    problems = [
        f"{entry.name}: {n} {what}, snapshot.json says {said}" for what, (n, said) in found.items() if n != said
    ]
    if problems:
        raise SnapshotRejected(*problems)
    return table


def _assemble(
    manifest: Manifest, sha256: str, params: Params, tables: Mapping[str, Typed]
) -> tuple[Cut, pd.DataFrame, list[Finding]]:
    """The uncut study with supplements joined, its faults, and the supplements that contradict each other."""
    frames, variables, faults, problems = join_supplements(tables)
    every = gather([fault for typed in tables.values() for fault in typed.faults] + faults)
    nothing = pd.DataFrame()
    return Cut(manifest, sha256, params, frames, variables, nothing, nothing), every, problems
