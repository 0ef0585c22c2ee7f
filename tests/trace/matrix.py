"""The traceability matrix: every id of the specification, its parameters, the code that names it, the tests, their last result.

Read from the sources themselves, so it cannot drift: an id stands where its text stands. `make trace` writes the page;
test_matrix.py fails on an id without a test.
"""

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from nk521lib.params import Params, load_params

ROOT = Path(__file__).resolve().parents[2]
IDS = ROOT / "tests" / "golden" / "spec" / "ids.csv"
PAGE = ROOT / "docs" / "traceability.md"
TITLES = {"criterion": "Criteria", "ambiguity": "What the protocol leaves open", "DLT clause": "DLT clauses", "data check": "Data checks",
          "ruling": "Rulings"}  # fmt: skip

OPEN: dict[str, str] = {}
"""Ids without a test, each with the reason; the page says it, and a test fails when a reason is out of date."""

_NAMED = re.compile(r"\b(?:[IE]\d\d(?:[a-z]\d?)?|AMB-\d\d|NKD-\d{3}|D(?:0[1-9]|10))\b")
_SPANNED = re.compile(r"\b([IE]\d\d)([a-z])-([a-z])\b")
_RULINGS = re.compile(
    r"(?i)rulings?(?:\.md)?[ ,]+((?:sections? )?\d+(?:\.\d+)?(?:(?:,| and| to|-| ?,) ?\d+(?:\.\d+)?)*)"
)


@dataclass(frozen=True)
class Entry:
    """One id. tests : files that name it; through : parameters by which an ambiguity is tested where no test names it."""

    id: str
    kind: str
    parameters: tuple[str, ...]
    code: tuple[str, ...]
    tests: tuple[str, ...]
    through: tuple[str, ...]


def read_ids() -> list[tuple[str, str, str]]:
    """(id, kind, where), in the order of the specification. A ruling is R and its number."""
    with open(IDS, encoding="utf-8", newline="") as file:
        return [(row["id"], row["kind"], row["where"]) for row in csv.DictReader(file)]


def ids_in(text: str) -> set[str]:
    """Every id that a text names; spans (`E05d-h`, `rulings.md 3.7 to 3.10`) name all between."""
    found = set(_NAMED.findall(text))
    for stem, first, last in _SPANNED.findall(text):
        found |= {f"{stem}{chr(c)}" for c in range(ord(first), ord(last) + 1)}
    for numbers in _RULINGS.findall(text):
        found |= set(_rulings(numbers))
    return found


def _rulings(numbers: str) -> Iterator[str]:
    parts = re.findall(r"(to |- ?)?(?:sections? )?(\d+)(?:\.(\d+))?", numbers)
    before = None
    for joined, section, point in parts:
        if joined and before and point and before[0] == section:
            yield from (f"R{section}.{n}" for n in range(int(before[1]), int(point) + 1))
        yield f"R{section}.{point}" if point else f"R{section}"
        before = (section, point) if point else None


def trace() -> list[Entry]:
    """One entry per id of the specification."""
    params = load_params(("nk521.yaml", (ROOT / "params" / "nk521.yaml").read_text(encoding="utf-8")))
    code, tests = _named_in(ROOT / "nk521lib"), _named_in(ROOT / "tests")
    texts = {path: path.read_text(encoding="utf-8") for path in _sources(ROOT / "tests")}
    entries = []
    for identifier, kind, _ in read_ids():
        parameters = parameters_of(identifier, params)
        through = ()
        if kind == "ambiguity" and not tests[identifier]:
            through = tuple(
                name for name in parameters if any(re.search(rf"\b{name}\b", text) for text in texts.values())
            )
        entries.append(Entry(identifier, kind, parameters, tuple(code[identifier]), tuple(tests[identifier]), through))
    return entries


def parameters_of(identifier: str, params: Params) -> tuple[str, ...]:
    """Parameters whose source names the id, and those that carry an ambiguity's reading."""
    carried = next((a.parameters for a in params.ambiguities if a.id == identifier), ())
    named = [name for name, entry in params.about.items() if identifier in ids_in(f"{entry.source} {entry.says}")]
    return tuple(dict.fromkeys([*carried, *named]))


def _sources(folder: Path) -> Iterator[Path]:
    """Tests and code that can name an id; this folder names all of them and proves nothing."""
    for path in sorted(folder.rglob("*.py")):
        if path.parent != Path(__file__).parent and "__pycache__" not in path.parts:
            yield path


def _named_in(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in _sources(folder):
        for identifier in ids_in(path.read_text(encoding="utf-8")):
            found[identifier].append(path.relative_to(ROOT).as_posix())
    return found


def read_results(path: Path) -> dict[str, str]:
    """Result per test file of a JUnit XML file: `passed 12`, or `FAILED 1 of 12`."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        file = case.get("file") or (case.get("classname") or "").replace(".", "/") + ".py"
        counts[file][0] += 1
        counts[file][1] += any(case.find(tag) is not None for tag in ("failure", "error"))
        counts[file][2] += case.find("skipped") is not None
    return {
        file: f"FAILED {bad} of {n}" if bad else f"passed {n - skipped}" + (f", skipped {skipped}" if skipped else "")
        for file, (n, bad, skipped) in counts.items()
    }


def as_page(entries: Iterable[Entry], results: dict[str, str]) -> str:
    """The matrix as Markdown."""
    lines = ["# Traceability", "", "Every id of the specification: the parameters that carry it, the code and the tests that name it" +
             (", and how those tests ended last." if results else "."), "",
             "Made by `make trace` from the sources; a test fails when an id has no test.", ""]  # fmt: skip
    entries = list(entries)
    for kind, title in TITLES.items():
        mine = [entry for entry in entries if entry.kind == kind]
        lines += [f"## {title}: {len(mine)}", "", "| Id | Parameters | Code | Tests |" + (" Last result |" if results else ""),
                  "|---|---|---|---|" + ("---|" if results else "")]  # fmt: skip
        for entry in mine:
            name = f"rulings {entry.id[1:]}" if kind == "ruling" else entry.id
            tests = _links(entry.tests) or (
                f"through {', '.join(f'`{p}`' for p in entry.through)}"
                if entry.through
                else f"**none**: {OPEN.get(entry.id, 'no reason given')}"
            )
            cells = [name, ", ".join(f"`{p}`" for p in entry.parameters) or "–", _links(entry.code) or "–", tests]
            if results:
                said = sorted({results.get(test, "not run").split(" ")[0] for test in entry.tests})
                cells.append(", ".join(said) or "–")
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _links(paths: tuple[str, ...]) -> str:
    return ", ".join(f"[{path.removeprefix('nk521lib/').removeprefix('tests/')}](../{path})" for path in paths)


def main(arguments: list[str]) -> None:
    results = read_results(Path(arguments[0])) if arguments else {}
    PAGE.write_text(as_page(trace(), results), encoding="utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
