"""From what, by which version, with which settings a pack was made: provenance.json (spec outputs.md section 7).

Deterministic but for its `run` block; no host, no user, no path of a machine.
"""

import hashlib
import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nk521lib.cut import Cut
from nk521lib.edge.software import code_version, packages, sha256_of
from nk521lib.errors import because

FILE = "provenance.json"
_CONTENT = ("decisions.json", "results.parquet", "findings.csv", "cutoff.csv")


def describe(
    pack: Path,
    cut: Cut,
    chapters: Sequence[str],
    params_files: Sequence[Path],
    settings: Sequence[str],
    started: datetime,
    answers: Path | None = None,
    taken: Sequence[str] = (),
) -> dict[str, Any]:
    """Everything provenance.json holds; the outputs are the files of the pack as they are now.

    answers : dispositions.csv. taken : chapters that came from the files of an earlier run.
    """
    m = cut.manifest
    return {
        "snapshot": {
            "snapshot_id": m.snapshot_id, "study": m.study, "cutoff_date": m.cutoff_date, "extracted_at": m.extracted_at,
            "synthetic": m.synthetic, "previous_snapshot_id": m.previous_snapshot_id, "manifest_sha256": cut.manifest_sha256,
            "compared_with": {"snapshot_id": cut.compared.snapshot_id, "manifest_sha256": cut.compared.manifest_sha256}
            if cut.compared else None,
        },
        "inputs": [{"name": f.name, "bytes": f.bytes, "rows": f.rows, "sha256": f.sha256} for f in m.files],
        "ignored": [{"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in m.ignored],
        "chapters": list(chapters),
        "parameters": {
            "sha256": cut.params.sha256,
            "files": [{"name": Path(f).name, "sha256": sha256_of(Path(f))} for f in params_files],
            "settings": list(settings), "non_default": [entry.name for entry in cut.params.non_default],
            "effective": cut.params.effective(),
            "scenario": None if cut.params.scenario is None else cut.params.scenario.model_dump(mode="json"),
        },
        "dispositions": {"name": answers.name, "sha256": sha256_of(answers)} if answers else None,
        "code": code_version(),
        "python": platform.python_version(),
        "packages": packages(),
        "content_sha256": content_sha256(pack),
        "outputs": outputs(pack),
        "run": {"started": _utc(started), "finished": _utc(datetime.now(UTC))} | ({"from_cache": list(taken)} if taken else {}),
    }  # fmt: skip


def outputs(pack: Path) -> list[dict[str, Any]]:
    """Every file of the pack but provenance.json itself."""
    files = sorted(path for path in pack.rglob("*") if path.is_file() and path != pack / FILE)
    return [
        {"name": path.relative_to(pack).as_posix(), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in files
    ]


def content_sha256(pack: Path) -> str:
    """One hash of what a pack says: datasets, decisions, result rows, findings, what the cut-off changed.

    It is printed on the committee's paper, so it leaves out the paper, the pages and everything else that is drawn from
    these files. sha256 over `name sha256` lines in the order of names.
    """
    files = sorted(path for path in (pack / "data").glob("*.parquet")) + [pack / name for name in _CONTENT]
    lines = [f"{path.relative_to(pack).as_posix()} {sha256_of(path)}\n" for path in files if path.is_file()]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def verify(pack: Path) -> list[str]:
    """What differs between a pack and its provenance: one line per file, nothing when it is as published."""
    try:
        recorded = read(pack)
        expected = {item["name"]: item for item in recorded["outputs"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [unreadable(pack, FILE, error)]
    found = {item["name"]: item for item in outputs(pack)}
    problems = [f"{name}: in the provenance, not in the pack" for name in expected.keys() - found.keys()]
    problems += [f"{name}: in the pack, not in the provenance" for name in found.keys() - expected.keys()]
    problems += [
        f"{name}: sha256 {found[name]['sha256'][:12]}, published as {expected[name]['sha256'][:12]}"
        for name in expected.keys() & found.keys()
        if found[name]["sha256"] != expected[name]["sha256"]
    ]
    told, computed = recorded.get("content_sha256"), content_sha256(pack)
    if not problems and told not in (None, computed):
        problems.append(f"{FILE}: content {str(told)[:12]}, computed {computed[:12]}")
    return sorted(problems)


def unreadable(pack: Path, file: str, error: Exception) -> str:
    """Why a file of a pack could not be read; a folder that is not there has none."""
    return f"{pack.name}: {f'{file} cannot be read ({because(error)})' if pack.is_dir() else 'no such folder'}"


def read(pack: Path) -> dict[str, Any]:
    """What a pack says of itself. Raises OSError or ValueError when it says nothing readable."""
    return json.loads((pack / FILE).read_text(encoding="utf-8"))


def to_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
