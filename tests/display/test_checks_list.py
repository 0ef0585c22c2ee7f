"""docs/checks.md is what the code says."""

from pathlib import Path

from nk521lib.chapters.checks import CHECKS
from nk521lib.display.checks_list import checks_markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def test_the_page_is_the_code():
    assert PAGE.read_text(encoding="utf-8") == checks_markdown(), (
        "python -m nk521lib.display.checks_list > docs/checks.md"
    )


def test_every_check_has_its_row():
    rows = [line for line in checks_markdown().splitlines() if line.startswith("| NKD-")]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [check.id for check in CHECKS]
    assert all(row.count(" | ") == 5 for row in rows)
