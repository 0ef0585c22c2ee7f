"""The what-if notebook in JupyterLab: it runs, it answers, it asks nobody outside and shows no prompt about news."""

import re
import shutil

import pytest

from nk521lib.edge.paths import NOTEBOOKS
from nk521lib.edge.servers import lab_command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(serving, watched, free_port, tmp_path_factory):
    home, port = tmp_path_factory.mktemp("home"), free_port()
    folder = home / "notebooks"
    folder.mkdir()
    shutil.copy(NOTEBOOKS / "05_what_if.ipynb", folder)
    with serving([*lab_command(folder, port, browser=False), "--IdentityProvider.token=", "--allow-root"], port, home):
        # Tall enough for the whole notebook: JupyterLab leaves a cell that is scrolled away undrawn.
        opened = watched(f"http://127.0.0.1:{port}/lab/tree/05_what_if.ipynb", height=6000)
        yield opened
        opened.page.close()


def test_the_notebook_answers_in_jupyterlab(lab):
    page = lab.page
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle")  # asked before the kernel is there, nothing runs
    _run_all_cells(lab)
    lab.wait_for(".jupyter-widgets >> text=THE RECORD.")
    page.locator(".widget-toggle-buttons", has_text="Group").locator("button", has_text=re.compile("^B$")).click()
    page.locator(".widget-toggle-buttons", has_text="021 DL").locator("button", has_text=re.compile("^DLT$")).click()
    lab.wait_for("text=021: DLT instead of window open")
    assert page.locator("text=official Jupyter news").count() == 0
    assert lab.outside == [] and lab.errors == []


def _run_all_cells(lab) -> None:
    """As a person would: what JupyterLab drops, because its kernel was not there yet, is asked once more."""
    numbered = re.compile(r"^\[(\*|\d+)\]:$")
    for last in (False, False, False, False, True):
        lab.page.get_by_role("menuitem", name="Run", exact=True).click()
        lab.page.get_by_text("Run All Cells", exact=True).click()
        if lab.sees(lab.page.locator(".jp-InputPrompt", has_text=numbered), last, seconds=15):
            return
