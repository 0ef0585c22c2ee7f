"""Scenario files: a question written down so that `nk521 run --params` gives the same answer, and nobody mistakes it.

Strings are written in quotes, so that YAML can read none of them as anything else.
"""

import json
from pathlib import Path
from typing import Any

from nk521lib.chapters.escalation.inquiry import Inputs, params_with
from nk521lib.cut import Cut
from nk521lib.edge.parameters import SOFTWARE, read_params
from nk521lib.edge.snapshot import refuse_other_snapshot
from nk521lib.errors import ParamsError, UsageError
from nk521lib.params import Params
from nk521lib.params.scenario import Scenario
from nk521lib.terms import DltStatus

_HEAD = """# A question asked of the workbook, not the record. To see the answer as a pack:
#   nk521 run SNAPSHOT --params {name}
"""


def scenario_text(cut: Cut, inputs: Inputs, note: str = "", name: str = "scenario.yaml") -> str:
    """The file of a question. cut : the snapshot as the app opened it.

    Raises ParamsError for a note that cannot be kept.
    """
    params = params_with(cut.params, inputs.settings)
    if inputs.rates is not None:
        params = params.having("pathway_truth", list(inputs.rates))
    asked = {
        "format": 1, "software": SOFTWARE, "snapshot_id": cut.manifest.snapshot_id, "snapshot_sha256": cut.manifest_sha256,
        "params_sha256": params.settings_sha256, "note": note.strip(),
        "statuses": {usubjid: str(status) for usubjid, status in inputs.statuses},
        "imagined": {group: list(cohorts) for group, cohorts in inputs.imagined},
        "rates": None if inputs.rates is None else list(inputs.rates),
    }  # fmt: skip
    try:
        Scenario.model_validate_json(json.dumps(asked))
    except ValueError as error:
        raise ParamsError(f"note: {error}".splitlines()[0]) from None
    content = {"scenario": asked, **_sections(params)}
    lines = [_HEAD.format(name=name)]
    for section, entries in content.items():
        lines.append(f"{section}:")
        lines += [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()]
    return "\n".join(lines) + "\n"


def _sections(params: Params) -> dict[str, dict[str, Any]]:
    """Every parameter that differs from its default, by section."""
    found: dict[str, dict[str, Any]] = {}
    for entry in params.non_default:
        found.setdefault(entry.section, {})[entry.name] = entry.value
    return found


def save_scenario(folder: Path, cut: Cut, inputs: Inputs, note: str, name: str) -> Path:
    """Write a scenario beside the snapshot, never into it: to `folder`, under a name that does not exist yet."""
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii() or len(name) > 60:
        raise UsageError(f"name {name!r}: letters, digits, - and _ only, at most 60")
    path = folder / f"{name}.yaml"
    text = scenario_text(cut, inputs, note, path.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path.name}: exists already; give it another name") from None
    except OSError as error:
        raise UsageError(f"{path.name}: cannot be written ({error.strerror})") from None
    return path


def list_scenarios(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.yaml")) if folder.is_dir() else []


def load_scenario(path: Path, cut: Cut) -> tuple[Inputs, str]:
    """The question and the note of a file, asked of an opened snapshot.

    Raises ParamsError for a file of another snapshot, version or parameters, named in the message.
    """
    params = read_params([path])
    asked, opened = params.scenario, cut.params
    if asked is None:
        raise ParamsError(f"{path.name}: is no scenario")
    refuse_other_snapshot(params, cut.manifest, cut.manifest_sha256)
    changed = [e for e in params.about.values() if e.value != opened.about[e.name].value]
    elsewhere = sorted(e.name for e in changed if e.section != "escalation")
    if elsewhere:
        raise ParamsError(
            f"{path.name}: also differs in {', '.join(elsewhere)}: open the app with --params {path.name}"
        )
    settings = {e.name: json.dumps(e.value, sort_keys=True) for e in changed}
    if asked.rates is not None:
        settings.pop("pathway_truth", None)
    statuses = tuple(sorted((usubjid, DltStatus(status)) for usubjid, status in asked.statuses.items()))
    imagined = tuple(sorted((g, c) for g, c in asked.imagined.items() if c))
    return Inputs(
        next(iter(asked.imagined), ""), statuses, imagined, tuple(sorted(settings.items())), asked.rates
    ), asked.note
