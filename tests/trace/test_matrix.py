"""Every id of the specification is carried by a test; the list of ids is the specification's own."""

import re

import pytest

from tests.trace import matrix

DECIDES = ("chapters/escalation", "chapters/screening", "standards/designs", "recount")


@pytest.fixture(scope="module")
def entries():
    return matrix.trace()


def test_every_id_has_a_test_or_a_stated_reason(entries):
    without = {entry.id for entry in entries if not entry.tests and not entry.through}
    assert without == set(matrix.OPEN), "an id without a test, or a reason that is out of date"


def test_every_criterion_check_and_clause_is_named_by_code(entries):
    silent = [
        entry.id for entry in entries if entry.kind in ("criterion", "data check", "DLT clause") and not entry.code
    ]
    assert silent == []


def test_every_test_file_of_decision_code_names_an_id_or_its_section():
    files = [path for part in DECIDES for path in (matrix.ROOT / "tests" / part).rglob("test_*.py")]
    assert len(files) > 25
    silent = [path.name for path in files if not matrix.ids_in(text := path.read_text(encoding="utf-8")) and not re.search(r"\b(?:protocol|escalation|efficacy|safety|data|outputs)\.md\b", text)]  # fmt: skip
    assert silent == []


def test_the_page_has_a_row_for_every_id_and_says_what_is_open(entries):
    page = matrix.as_page(entries, {test: "passed 3" for entry in entries for test in entry.tests})
    assert all(f"| {i if k != 'ruling' else 'rulings ' + i[1:]} |" in page for i, k, _ in matrix.read_ids())
    assert all(reason in page for reason in matrix.OPEN.values()) and "passed" in page


def test_the_list_of_ids_is_that_of_the_specification():
    spec = matrix.ROOT.parent / "shared" / "spec"
    if not spec.is_dir():
        pytest.skip("the specification is not beside the project (shared/spec)")
    text = {
        name: (spec / f"{name}.md").read_text(encoding="utf-8")
        for name in ("protocol", "data", "escalation", "rulings")
    }
    ids = {kind: {i for i, k, _ in matrix.read_ids() if k == kind} for kind in matrix.TITLES}
    assert ids["ambiguity"] == set(re.findall(r"^\| (AMB-\d\d) \|", text["protocol"], re.MULTILINE))
    assert ids["data check"] == set(re.findall(r"^\| (NKD-\d{3}) \|", text["data"], re.MULTILINE))
    assert ids["DLT clause"] == set(re.findall(r"^\| (D\d\d) \|", text["escalation"], re.MULTILINE))
    stems = set(re.findall(r"^\| ([IE]\d\d)[a-z0-9/-]* \|", text["protocol"], re.MULTILINE))
    assert {identifier[:3] for identifier in ids["criterion"]} == stems
    numbered = {f"R{part.partition('.')[0]}.{n}" for part in re.split(r"^## ", text["rulings"], flags=re.MULTILINE)[1:]
                for n in re.findall(r"^(\d+)\. \*\*", part, re.MULTILINE)}  # fmt: skip
    assert {i for i in ids["ruling"] if "." in i} >= numbered and len(numbered) > 30


@pytest.mark.parametrize("text, ids", [
    ("rulings.md 3.7 to 3.9", {"R3.7", "R3.8", "R3.9"}), ("Rulings 2.1, 2.5", {"R2.1", "R2.5"}), ("rulings.md section 7", {"R7"}),
    ("E05d-h and I07a", {"E05d", "E05e", "E05f", "E05g", "E05h", "I07a"}), ("D3 and D03", {"D03"}), ("NKD-060, AMB-06", {"NKD-060", "AMB-06"}),
])  # fmt: skip
def test_ids_are_read_with_their_spans(text, ids):
    assert matrix.ids_in(text) >= ids and not {"D3"} & matrix.ids_in(text)


def test_results_of_a_run_are_read_from_its_own_file(tmp_path):
    path = tmp_path / "tests.xml"
    path.write_text('<testsuites><testsuite><testcase classname="tests.a.test_x" name="1"/><testcase classname="tests.a.test_x" name="2">'
                    '<failure/></testcase><testcase classname="tests.a.test_y" name="1"/></testsuite></testsuites>')  # fmt: skip
    assert matrix.read_results(path) == {"tests/a/test_x.py": "FAILED 1 of 2", "tests/a/test_y.py": "passed 1"}
