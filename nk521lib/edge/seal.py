"""Make a folder of domain files a snapshot: write its snapshot.json (spec outputs.md section 1, `nk521 seal`)."""

import fnmatch
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nk521lib.edge.formats import read_table
from nk521lib.edge.manifest_file import MANIFEST, date_problems, explain
from nk521lib.errors import SnapshotRejected, UsageError
from nk521lib.manifest import FORMATS, FileEntry, IgnoredFile, Manifest
from nk521lib.schemas import DOMAINS

_DOMAIN_NAME = re.compile(r"^(?:[A-Z][A-Z0-9]|SUPP[A-Z][A-Z0-9]|RELREC)$")
_OWN = frozenset({"snapshot_id", "cutoff_date", "synthetic", "files", "ignored"})


def seal(
    folder: str | Path,
    snapshot_id: str,
    cutoff: str,
    synthetic: bool,
    mapping: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    fields: Mapping[str, Any] | None = None,
    encodings: Mapping[str, str] | None = None,
) -> Manifest:
    """Hash, count and list every file of `folder`, and write snapshot.json into it.

    cutoff : ISO date. mapping : file name -> domain, where the name does not say it. ignore : file names or patterns
    (`*_recist.csv`) that stay unread; their hashes are kept. fields : other manifest fields (`study` is taken from
    STUDYID when not given; nothing is put in the place of another). encodings : file name -> encoding of a CSV, XPT or SAS file that is not UTF-8.
    Raises UsageError, one line per problem; nothing is written then.
    """
    folder = Path(folder)
    fields = dict(fields or {})
    mapping, encodings = dict(mapping or {}), dict(encodings or {})
    paths, problems = _files(folder)
    names = {path.name for path in paths}
    problems += [f"{name}: no such file in {folder.name}" for name in sorted({*mapping, *encodings} - names)]
    problems += [f"--set {name}: sealing works this out itself" for name in sorted(_OWN & fields.keys())]
    for pattern in ignore:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in names):
            problems.append(f"--ignore {pattern}: no such file in {folder.name}")
    entries, ignored, studies = [], [], set()
    for path in paths:
        if path.name not in mapping and any(fnmatch.fnmatchcase(path.name, pattern) for pattern in ignore):
            ignored.append(IgnoredFile(name=path.name, sha256=sha256(path), bytes=path.stat().st_size))
            continue
        try:
            entry, study = _entry(path, mapping.get(path.name), encodings.get(path.name))
            entries.append(entry)
            studies |= study
        except (SnapshotRejected, UsageError) as error:
            problems += error.problems
        except ValidationError as error:
            problems += [f"{path.name}: {line}" for line in explain(error)]
    problems += _doubles(entries)
    if not entries and not problems:
        problems.append(f"{folder}: nothing to seal, no file is read ({', '.join(FORMATS)})")
    if "study" not in fields and len(studies) == 1:
        fields["study"] = next(iter(studies))
    elif "study" not in fields and not problems:
        problems.append(f"STUDYID has {len(studies)} values; name the study with --set study=…")
    if problems:
        raise UsageError(*problems)
    whole = {"snapshot_id": snapshot_id, "cutoff_date": cutoff, "synthetic": synthetic}
    try:
        manifest = Manifest.model_validate(whole | fields | {"files": tuple(entries), "ignored": tuple(ignored)})
    except ValidationError as error:
        raise UsageError(*explain(error)) from None
    if problems := date_problems(manifest):
        raise UsageError(*problems)
    _write(folder / MANIFEST, manifest)
    return manifest


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> tuple[list[Path], list[str]]:
    """Everything in the folder but the manifest, in name order, and what cannot be part of a snapshot."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder")
    paths, problems = [], []
    for path in sorted(folder.iterdir()):
        if path.name == MANIFEST:
            continue
        if path.is_symlink() or not path.is_file():
            problems.append(f"{path.name}: a snapshot holds plain files only, no links and no folders")
        else:
            paths.append(path)
    return paths, problems


def _entry(path: Path, domain: str | None, encoding: str | None) -> tuple[FileEntry, set[str]]:
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path.name}: not a data file ({', '.join(FORMATS)}); --ignore {path.name} to list it unread")
    domain = (domain or path.stem).upper()
    if domain not in DOMAINS and not _DOMAIN_NAME.fullmatch(domain):
        raise UsageError(
            f"{path.name}: {domain} is not a domain; --map {path.name}=DOMAIN to say which, or --ignore {path.name}"
        )
    table = read_table(path, form, encoding)
    found = next((name for name in table.schema.names if name.upper() == "STUDYID"), None)
    studies = set(table.column(found).unique().to_pylist()) - {None, ""} if found else set()
    entry = FileEntry(
        name=path.name, domain=domain, format=form, rows=table.num_rows, columns=table.num_columns,
        sha256=sha256(path), bytes=path.stat().st_size, encoding=encoding,
    )  # fmt: skip
    return entry, {str(study).strip() for study in studies}


def _doubles(entries: Sequence[FileEntry]) -> list[str]:
    problems = []
    for domain in sorted({entry.domain for entry in entries}):
        names = [entry.name for entry in entries if entry.domain == domain]
        if len(names) > 1:
            problems.append(f"{domain}: {len(names)} files say they hold it ({', '.join(names)}); --ignore all but one")
    return problems


def _write(path: Path, manifest: Manifest) -> None:
    text = json.dumps(manifest.model_dump(exclude_none=True), ensure_ascii=False, indent=1) + "\n"
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
