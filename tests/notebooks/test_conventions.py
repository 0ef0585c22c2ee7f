"""Each notebook keeps the house's form (design architecture.md section 5), so that it reads as prose and runs anywhere."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
PARAMETERS = ["snapshot", "params_files", "settings", "out"]
COMPARING = {"02_escalation"}  # what changed since the snapshot before may withhold a proposal


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture
def comparing(request):
    return request.node.callspec.params["notebook"].stem in COMPARING


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_six_chapters_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "00_protocol", "01_screening", "02_escalation", "03_safety", "04_efficacy", "05_what_if",
    ]  # fmt: skip


def test_title_and_question_first_then_parameters_then_provenance(notebook, comparing):
    title, parameters, load = notebook.cells[:3]
    assert title.cell_type == "markdown" and re.match(r"# \d  \S", title.source) and "?*" in title.source
    assert parameters.metadata.get("tags") == ["parameters"]
    names = [line.split(":")[0] for line in parameters.source.splitlines()]
    assert names == PARAMETERS[:3] + ["previous"] * comparing + PARAMETERS[3:]
    # A second = in the help of a parameter hides it from papermill.
    assert all(line.count("#") == 1 and line.count("=") == 1 for line in parameters.source.splitlines())
    assert "open_chapter(snapshot, params_files, settings" in load.source and load.source.endswith("provenance(cut)")


def test_exactly_one_cell_is_tagged_parameters(notebook):
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells) == 1


def test_the_last_code_cell_asserts_and_closes(notebook):
    last = _code(notebook)[-1].source
    assert "assert " in last and "close_chapter(cut," in last.splitlines()[-1]


def test_cells_are_short_and_hold_no_program(notebook):
    for cell in _code(notebook):
        assert len(cell.source.splitlines()) <= 15, cell.id
        assert not re.search(r"^\s*(def|class|for|while|try|with|if)\b", cell.source, re.MULTILINE), cell.id
        assert "print(" not in cell.source and "import *" not in cell.source, cell.id


def test_prose_outweighs_code(notebook):
    words = sum(len(cell.source.split()) for cell in notebook.cells if cell.cell_type == "markdown")
    lines = sum(len(cell.source.splitlines()) for cell in _code(notebook) if "import" not in cell.source)
    assert words / lines >= 10


def test_cell_ids_are_readable_and_unique(notebook):
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell_id) for cell_id in ids)


def test_it_is_committed_executed_in_order_without_error(notebook):
    code = _code(notebook)
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]
    assert "END OF CHAPTER" in str(code[-1].outputs)


def test_it_is_committed_on_the_synthetic_demo_and_says_so(notebook):
    parameters, load = _code(notebook)[:2]
    assert 'snapshot: str = "demo:D' in parameters.source
    assert "SYNTHETIC" in str(load.outputs)


def test_no_machine_path_and_no_network_in_what_is_committed(notebook):
    text = nbformat.writes(notebook)
    assert not re.search(r'["\'(=](?:/(?:home|roo[t]|tm[p]|wor[k])/|[A-Z]:\\\\)', text)
    assert not re.search(r'(?:src|href)=\\"https?://', text)
