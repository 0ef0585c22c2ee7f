"""A chapter's notebook as data: its declared parameters, whether it ran to its end, and its publishable form.

Nothing here runs a notebook. Papermill passes over an unknown parameter, a missing `parameters` tag and a notebook that
left early, each with exit 0; these checks are what makes them errors.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from nk521lib.edge.chapter import END_MARKER
from nk521lib.edge.paths import NOTEBOOKS
from nk521lib.errors import ChapterFailed, UsageError, because

CHAPTERS = ("protocol", "screening", "escalation", "safety", "efficacy")
_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
_INJECTED = "injected-parameters"


def find_notebook(chapter: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook of a chapter, NN_chapter.ipynb, by its name alone."""
    found = sorted(path for path in folder.glob("*.ipynb") if re.fullmatch(rf"\d\d_{re.escape(chapter)}", path.stem))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UsageError(f"chapter {chapter}: expected one notebook NN_{chapter}.ipynb in {folder.name}, found {names}")
    return found[0]


def read_notebook(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError) as error:
        raise ChapterFailed(
            f"{path.name}: not a readable notebook ({because(error, 'not JSON of a notebook')})"
        ) from None


def declared_parameters(notebook: nbformat.NotebookNode, name: str) -> dict[str, type]:
    """Names and types of the cell tagged `parameters`: one `name: type = value` a line, nothing else.

    Raises ChapterFailed when the tag is missing or doubled, or a line is anything else.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ChapterFailed(f"{name}: expected one cell tagged parameters, found {len(cells)}")
    declared: dict[str, type] = {}
    for line in ast.parse(cells[0].source).body:
        simple = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        kind = _TYPES.get(getattr(line.annotation, "id", "")) if simple else None
        if kind is None:
            raise ChapterFailed(f"{name}: parameters cell: `{ast.unparse(line)}`, expected `name: type = value` "
                                f"with a type of {', '.join(_TYPES)}")  # fmt: skip
        declared[line.target.id] = kind
    return declared


def check_parameters(notebook: nbformat.NotebookNode, name: str, given: Mapping[str, Any]) -> None:
    """Refuse a parameter that the notebook does not declare, or one of another type."""
    declared = declared_parameters(notebook, name)
    problems = [f"{name}: unknown parameter {key!r}, expected {', '.join(declared)}" for key in given.keys() - declared]
    problems += [
        f"{name}: {key} is {value!r}, expected {declared[key].__name__}"
        for key, value in given.items()
        if key in declared and type(value) is not declared[key]
    ]
    if problems:
        raise UsageError(*sorted(problems))


def incompleteness(notebook: nbformat.NotebookNode) -> str:
    """Why this executed notebook must not be published; empty when every code cell ran, in order, to the end marker."""
    expected = 0
    last = None
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        expected += 1
        if any(output.output_type == "error" for output in cell.outputs):
            return f"cell {cell_name(cell)} ended in an error"
        if cell.execution_count != expected:
            return f"cell {cell_name(cell)} did not run in its turn (run {cell.execution_count}, expected {expected})"
        last = cell
    if last is None or not any(END_MARKER in _plain(output) for output in last.outputs):
        return "the last cell did not print the end marker"
    return ""


def tidied(notebook: nbformat.NotebookNode, shown: Mapping[str, Any]) -> nbformat.NotebookNode:
    """The publishable copy: no timing, no runner's metadata, and `shown` in place of this machine's paths.

    What a cell wrote to stderr is dropped: warnings name files of this machine.
    """
    copy = nbformat.from_dict(notebook)
    copy.metadata = nbformat.from_dict({key: copy.metadata[key] for key in ("kernelspec",) if key in copy.metadata})
    for cell in copy.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type != "code":
            continue
        cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
        if _INJECTED in tags:
            cell.id = _INJECTED
            cell.source = "\n".join(["# Parameters", *(f"{key} = {value!r}" for key, value in shown.items())])
    return copy


def warnings_printed(notebook: nbformat.NotebookNode) -> list[str]:
    """Cells that wrote to stderr: nothing is published of it, so the run says where."""
    return [
        cell_name(cell)
        for cell in notebook.cells
        if cell.cell_type == "code" and any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs)
    ]


def cell_name(cell: nbformat.NotebookNode) -> str:
    return _INJECTED if _INJECTED in cell.metadata.get("tags", []) else cell.get("id", "without id")


def _plain(output: nbformat.NotebookNode) -> str:
    return output.get("data", {}).get("text/plain", "") + output.get("text", "")
