"""Reading snapshot.json and proving that the folder is what it says, before any data are loaded (NKD-001)."""

import hashlib
import json
import stat
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nk521lib.errors import SnapshotRejected
from nk521lib.manifest import FORMATS, FORMS, FileEntry, Manifest
from nk521lib.params import Params

MANIFEST = "snapshot.json"
_MAX_BYTES = 10 << 20
_MEGABYTE = 1e6


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and its sha256. Raises SnapshotRejected, one line per problem."""
    path = folder / MANIFEST
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise SnapshotRejected(f"NKD-001 {MANIFEST}: expected a plain file, no link")
        if found.st_size > _MAX_BYTES:
            raise SnapshotRejected(f"NKD-001 {MANIFEST}: {found.st_size} bytes, expected at most {_MAX_BYTES}")
        data = path.read_bytes()
    except FileNotFoundError:
        raise SnapshotRejected(
            f"NKD-001 {folder}: no {MANIFEST}; nk521 seal {folder} --id … --cutoff … --synthetic yes|no writes it"
        ) from None
    except (OSError, ValueError) as error:
        raise SnapshotRejected(
            f"NKD-001 {folder}: cannot be read ({getattr(error, 'strerror', None) or error})"
        ) from None
    try:
        manifest = Manifest.model_validate_json(json.dumps(_strict_json(data)))
    except UnicodeDecodeError:
        raise SnapshotRejected(f"NKD-001 {MANIFEST}: not UTF-8 text") from None
    except (json.JSONDecodeError, RecursionError) as error:
        where = (
            f" line {error.lineno}: not JSON ({error.msg})" if isinstance(error, json.JSONDecodeError) else ": not JSON"
        )
        raise SnapshotRejected(f"NKD-001 {MANIFEST}{where}") from None
    except ValidationError as error:
        raise SnapshotRejected(*(f"NKD-001 {MANIFEST}: {line}" for line in explain(error))) from None
    return manifest, hashlib.sha256(data).hexdigest()


def explain(error: ValidationError) -> list[str]:
    """Each problem of a manifest in one line: where, the value, what is expected."""
    lines = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"]) or "the whole"
        kind, context = item["type"], item.get("ctx", {})
        shown = json.dumps(item["input"], ensure_ascii=False, default=str)
        shown = shown if len(shown) <= 80 else shown[:77] + "…"
        if kind == "missing":
            lines.append(f"{where} is missing")
        elif kind == "extra_forbidden":
            lines.append(f"{where}: unknown field")
        elif kind == "string_pattern_mismatch":
            lines.append(f"{where} is {shown}, expected {FORMS[context['pattern']]}")
        elif kind == "literal_error":
            lines.append(f"{where} is {shown}, expected {context['expected']}")
        else:
            lines.append(f"{where} is {shown}: {item['msg'][0].lower()}{item['msg'][1:]}")
    return lines


def check_dates(manifest: Manifest) -> list[str]:
    return [f"NKD-001 {MANIFEST}: {problem}" for problem in date_problems(manifest)]


def date_problems(manifest: Manifest) -> list[str]:
    """The cut-off is a real day; the extraction, where it is given, a moment with offset and not before the cut-off."""
    problems, cutoff, extracted = [], None, None
    try:
        cutoff = date.fromisoformat(manifest.cutoff_date)
    except ValueError:
        problems.append(f"cutoff_date is {manifest.cutoff_date}, expected a day of the calendar as 2026-09-30")
    try:
        extracted = datetime.fromisoformat(manifest.extracted_at) if manifest.extracted_at is not None else None
        if extracted and extracted.tzinfo is None:
            raise ValueError("no offset")
    except ValueError:
        extracted = None
        problems.append(
            f"extracted_at is {manifest.extracted_at}, expected a moment with offset as 2026-10-02T08:00:00+08:00"
        )
    if cutoff and extracted and cutoff > extracted.date():
        problems.append(
            f"cutoff_date {cutoff} is after the extraction ({extracted.date()}): those data do not exist yet"
        )
    return problems


def verify(folder: Path, manifest: Manifest, params: Params) -> list[str]:
    """Every difference between the folder and its manifest. Data files are hashed, none is parsed."""
    listed = [*manifest.files, *manifest.ignored]
    problems = _listing(folder, manifest)
    for entry in listed:
        problems += _same_file(folder / entry.name, entry.bytes, entry.sha256, params.data.max_file_mb)
    for entry in manifest.files:
        problems += _entry(entry, params)
    return [f"NKD-001 {problem}" for problem in problems]


def _listing(folder: Path, manifest: Manifest) -> list[str]:
    names = [entry.name for entry in (*manifest.files, *manifest.ignored)]
    problems = [
        f"{name}: not a plain file name" for name in names if name in ("", ".", "..") or Path(name).name != name
    ]
    folded = [name.casefold() for name in names]
    twice = sorted({name for name, same in zip(names, folded, strict=True) if folded.count(same) > 1})
    if twice:
        problems.append(f"{', '.join(twice)}: listed more than once (upper and lower case are not told apart)")
    domains = [entry.domain for entry in manifest.files]
    problems += [
        f"{domain}: listed with more than one file" for domain in sorted({d for d in domains if domains.count(d) > 1})
    ]
    try:
        present = {path.name for path in folder.iterdir()} - {MANIFEST}
    except OSError as error:
        return [*problems, f"{folder.name}: the folder cannot be listed ({error.strerror})"]
    problems += [f"{name}: in the folder but not listed in {MANIFEST}" for name in sorted(present - set(names))]
    return problems


def _same_file(path: Path, size: int, sha256: str, max_file_mb: float) -> list[str]:
    name = path.name
    try:
        found = path.lstat()
    except FileNotFoundError:
        return [f"{name}: listed in {MANIFEST} but not in the folder"]
    except (OSError, ValueError):
        return [f"{name}: cannot be read"]
    if not stat.S_ISREG(found.st_mode):
        return [f"{name}: expected a plain file, no link and no folder"]
    if found.st_size > max_file_mb * _MEGABYTE:
        return [f"{name}: {found.st_size} bytes, expected at most {max_file_mb:g} MB (max_file_mb)"]
    if found.st_size != size:
        return [f"{name}: {found.st_size} bytes, {MANIFEST} says {size}"]
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return [f"{name}: cannot be read ({error.strerror})"]
    return [] if digest == sha256 else [f"{name}: sha256 is {digest[:12]}…, {MANIFEST} says {sha256[:12]}…"]


def _entry(entry: FileEntry, params: Params) -> list[str]:
    problems = []
    by_name = FORMATS.get(Path(entry.name).suffix.lower())
    if by_name != entry.format:
        problems.append(f"{entry.name}: listed as {entry.format}, its name says {by_name or 'no data format'}")
    if entry.rows > params.data.max_rows:
        problems.append(f"{entry.name}: {entry.rows} rows, expected at most {params.data.max_rows} (max_rows)")
    return problems


def _strict_json(data: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise json.JSONDecodeError("a name is given twice", "", 0)
        return found

    def refuse(constant: str) -> None:
        raise json.JSONDecodeError(f"{constant} is not a JSON value", "", 0)

    return json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=refuse)
