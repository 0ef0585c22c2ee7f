"""docs/checks.md is what the code says."""

import re
from pathlib import Path

import nk521lib
from nk521lib.chapters.checks import CHECKS
from nk521lib.display.checks_list import checks_markdown

LIBRARY = Path(nk521lib.__file__).parent
PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def test_the_page_is_the_code():
    assert PAGE.read_text(encoding="utf-8") == checks_markdown(), (
        "python -m nk521lib.display.checks_list > docs/checks.md"
    )


def test_every_finding_that_the_code_can_make_is_a_check_with_a_title_and_a_reason():
    code = "".join(path.read_text(encoding="utf-8") for path in LIBRARY.rglob("*.py"))
    assert set(re.findall(r'"([A-Z]{3}-[0-9]{3})"', code)) == {check.id for check in CHECKS}


def test_every_check_has_its_row():
    rows = [line for line in checks_markdown().splitlines() if re.match(r"\| [A-Z]{3}-[0-9]{3} ", line)]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [check.id for check in CHECKS]
    assert all(row.count(" | ") == 5 for row in rows)
