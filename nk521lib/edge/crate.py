"""The run as an RO-Crate 1.2: what the pack holds, from what it was made, by which software, described in JSON-LD.

Own small writer of the metadata file (researchobject.org/ro-crate): a descriptor, the root data entity with its files, and
one action that made them. Names no host, user or path of a machine.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nk521lib.cut import Cut
from nk521lib.edge.provenance import FILE as PROVENANCE
from nk521lib.edge.provenance import outputs
from nk521lib.edge.software import code_version

FILE = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/crate/1.2"
_FORMATS = {".html": "text/html", ".json": "application/json", ".csv": "text/csv", ".pdf": "application/pdf", ".parquet": "application/vnd.apache.parquet",
            ".ipynb": "application/x-ipynb+json", ".rtf": "application/rtf",
            ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
_SAID = {
    "index.html": "Front page: the proposal of each group", "decisions.json": "Dose decisions", "results.parquet": "Every number shown, with the subjects behind it",
    "findings.csv": "Data checks that fired", "cutoff.csv": "What the cut-off dropped, blanked or changed",
}  # fmt: skip


def crate(pack: Path, cut: Cut, published: datetime) -> dict[str, Any]:
    """The metadata of the files in `pack` as they are now; provenance.json, written last, is described and not hashed."""
    manifest, code = cut.manifest, code_version()
    files = [entry for entry in outputs(pack) if entry["name"] not in (FILE, PROVENANCE)]
    described = [_file(entry) for entry in files]
    described.append(
        {"@id": PROVENANCE, "@type": "File", "name": "Provenance of the run", "encodingFormat": "application/json"}
    )
    inputs = [{"@id": f"#input-{f.name}", "@type": "CreativeWork", "name": f"{f.name}, {f.rows} records", "identifier": f"sha256:{f.sha256}"}
              for f in manifest.files]  # fmt: skip
    synthetic = "SYNTHETIC data, not from any patient. " if manifest.synthetic else ""
    root = {
        "@id": "./", "@type": "Dataset", "name": f"{cut.params.trial.title}, report pack of snapshot {manifest.snapshot_id}",
        "description": f"{synthetic}Report pack for the safety committee of {manifest.study}, data up to {manifest.cutoff_date}.",
        "datePublished": published.date().isoformat(), "license": {"@id": "#terms"}, "identifier": f"sha256:{cut.manifest_sha256}",
        "hasPart": [{"@id": entry["@id"]} for entry in described], "mentions": [{"@id": "#run"}],
    }  # fmt: skip
    if any(entry["@id"] == "index.html" for entry in described):
        root["mainEntity"] = {"@id": "index.html"}
    action = {
        "@id": "#run", "@type": "CreateAction", "name": "nk521 run", "instrument": [{"@id": "#software"}],
        "object": [{"@id": entry["@id"]} for entry in inputs] + [{"@id": "#parameters"}],
        "result": [{"@id": entry["@id"]} for entry in described],
    }  # fmt: skip
    software = {"@id": "#software", "@type": "SoftwareApplication", "name": "nk521lib", "version": code["nk521lib"]}
    if code["git_commit"]:
        software["softwareVersion"] = f"commit {code['git_commit']}{', changed since' if code['git_dirty'] else ''}"
    graph = [
        {"@id": FILE, "@type": "CreativeWork", "conformsTo": {"@id": PROFILE}, "about": {"@id": "./"}},
        root, *described, *inputs,
        {"@id": "#parameters", "@type": "CreativeWork", "name": "Effective parameters, listed in provenance.json", "identifier": f"sha256:{cut.params.sha256}"},
        software, action,
        {"@id": "#terms", "@type": "CreativeWork", "name": "Terms of use", "description": "For the committee of this trial; the software is Apache-2.0, the data are the sponsor's."},
    ]  # fmt: skip
    return {"@context": f"{PROFILE}/context", "@graph": graph}


def _file(entry: dict[str, Any]) -> dict[str, Any]:
    suffix = Path(entry["name"]).suffix
    return {
        "@id": quote(entry["name"]), "@type": "File", "name": _SAID.get(entry["name"], entry["name"]), "contentSize": str(entry["bytes"]),
        "encodingFormat": _FORMATS.get(suffix, "application/octet-stream"), "sha256": entry["sha256"],
    }  # fmt: skip
