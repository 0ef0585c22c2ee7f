"""Parameters cell, completeness, publishable form: what papermill passes over in silence."""

import pytest

from nk521lib.edge.notebooks import check_parameters, declared_parameters, find_notebook, incompleteness, tidied
from nk521lib.errors import ChapterFailed, UsageError

GIVEN = {"snapshot": "demo:D3", "params_files": [], "settings": [], "out": ""}


def ran(notebook):
    """As if every code cell had been executed in order."""
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
    notebook.cells[-1].outputs = [_shown("END OF CHAPTER safety: 3 numbers")]
    return notebook


def _shown(text):
    from nbformat.v4 import new_output

    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def test_the_four_parameters_of_the_contract_are_accepted(make_notebook):
    check_parameters(make_notebook("safety"), "03_safety.ipynb", GIVEN)


def test_unknown_parameter_is_refused_by_name(make_notebook):
    with pytest.raises(UsageError, match=r"03_safety\.ipynb: unknown parameter 'snapshto', expected snapshot"):
        check_parameters(make_notebook("safety"), "03_safety.ipynb", {"snapshto": "x"})


def test_a_parameter_name_with_a_newline_never_becomes_code(make_notebook):
    with pytest.raises(UsageError, match="unknown parameter"):
        check_parameters(make_notebook("safety"), "n", {"out\nimport os": "x"})


@pytest.mark.parametrize("name, value", [("snapshot", 3), ("settings", "a=b"), ("params_files", ("x",)), ("out", None)])
def test_wrong_type_is_refused(make_notebook, name, value):
    with pytest.raises(UsageError, match=f"{name} is"):
        check_parameters(make_notebook("safety"), "n", GIVEN | {name: value})


def test_missing_parameters_tag_is_refused(make_notebook):
    notebook = make_notebook("safety")
    notebook.cells[1].metadata = {}
    with pytest.raises(ChapterFailed, match="one cell tagged parameters, found 0"):
        declared_parameters(notebook, "03_safety.ipynb")


@pytest.mark.parametrize("line", ["snapshot = 'x'", "import os", "out: object = ''", "print('x')"])
def test_parameters_cell_holds_typed_assignments_only(make_notebook, line):
    with pytest.raises(ChapterFailed, match="expected `name: type = value`"):
        declared_parameters(make_notebook("safety", parameters=line), "n")


def test_second_equals_sign_in_a_comment_hides_nothing(make_notebook):
    declared = declared_parameters(make_notebook("safety", parameters='out: str = ""  # as key=value=x'), "n")
    assert declared == {"out": str}


def test_a_complete_run_is_complete(make_notebook):
    assert incompleteness(ran(make_notebook("safety"))) == ""


def test_cell_that_did_not_run_is_named(make_notebook):
    notebook = ran(make_notebook("safety", "1 + 1"))
    next(c for c in notebook.cells if c.id == "extra-1").execution_count = None
    assert "cell extra-1 did not run in its turn" in incompleteness(notebook)


def test_cells_run_out_of_order_are_not_complete(make_notebook):
    notebook = ran(make_notebook("safety"))
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    cells[0].execution_count, cells[1].execution_count = 2, 1
    assert "did not run in its turn" in incompleteness(notebook)


def test_error_output_is_not_complete_even_when_later_cells_ran(make_notebook):
    from nbformat.v4 import new_output

    notebook = ran(make_notebook("safety"))
    notebook.cells[3].outputs = [new_output("error", ename="SystemExit", evalue="0", traceback=[])]
    assert incompleteness(notebook) == "cell answer ended in an error"


def test_missing_end_marker_is_not_complete(make_notebook):
    notebook = ran(make_notebook("safety"))
    notebook.cells[-1].outputs = []
    assert "end marker" in incompleteness(notebook)


def test_published_notebook_holds_no_path_no_time_no_warning(make_notebook):
    from nbformat.v4 import new_code_cell, new_output

    notebook = ran(make_notebook("safety"))
    notebook.metadata["papermill"] = {"start_time": "2026-01-01T00:00:00"}
    notebook.cells[2].metadata["papermill"] = {"duration": 1.0}
    notebook.cells[2].outputs = [new_output("stream", name="stderr", text="/srv/me/x.py:1: FutureWarning")]
    injected = new_code_cell('snapshot = "/srv/me/S1"', metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(2, injected)
    text = str(tidied(notebook, {"snapshot": "S1", "out": ""}))
    assert "/srv/me" not in text and "papermill" not in text
    assert "snapshot = 'S1'" in text
    assert injected.source == 'snapshot = "/srv/me/S1"', "the executed notebook itself is not changed"


def test_notebook_is_found_by_its_chapter_alone(tmp_path, make_chapters):
    folder = make_chapters(tmp_path / "notebooks")
    assert find_notebook("safety", folder).name == "03_safety.ipynb"
    (folder / "07_safety.ipynb").write_text("{}")
    with pytest.raises(UsageError, match=r"expected one notebook NN_safety\.ipynb"):
        find_notebook("safety", folder)
