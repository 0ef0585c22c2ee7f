"""The files of a pack, from what its chapters made, and the last look before it is published."""

from collections.abc import Mapping
from pathlib import Path

import nbformat
import pyarrow as pa

from nk521lib.cut import Cut
from nk521lib.display.pages import PageLink, Shell, recount
from nk521lib.edge import contract, datasets, paper, provenance, publish, software
from nk521lib.edge.assembled import Assembled, assemble, pages_of
from nk521lib.edge.filing import write_filing
from nk521lib.edge.inputs import find_snapshot
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.restated import in_doubt
from nk521lib.errors import PublishError

__all__ = ["assemble", "require_contract", "write_advice", "write_pack"]


def write_pack(
    pack: Path,
    made: Assembled,
    paths: Mapping[str, Path],
    executed: Mapping[str, nbformat.NotebookNode],
    filing: bool,
) -> None:
    """All files of the pack but provenance.json."""
    cut = made.cut
    for name, table in made.tables.items():
        datasets.write_parquet(table, pack / "data" / f"{name}.parquet")
    datasets.write_parquet(made.results, pack / "results.parquet")
    if made.decisions is not None:
        publish.write_text(pack / "decisions.json", provenance.to_json(made.decisions))
    publish.write_text(pack / "findings.csv", datasets.to_csv(made.findings))
    publish.write_text(pack / "cutoff.csv", datasets.to_csv(cut.audit))
    for chapter, notebook in executed.items():
        if made.newly and chapter == "escalation":
            notebook = in_doubt(notebook, made.newly)
        publish.write_text(pack / "notebooks" / paths[chapter].name, nbformat.writes(notebook) + "\n")
    for name, text in pages_of(made).items():
        publish.write_text(pack / name, text)
    escalation = str(made.bodies["escalation"].parts) if "escalation" in made.bodies else ""
    paper.write_briefs(pack, cut, made.adsl, made.decisions, made.results, made.findings, made.tables, made.worst,
                       made.left_out, escalation)  # fmt: skip
    if filing:
        write_filing(pack, cut, made.bodies, made.stems, made.tables, made.findings)


def write_advice(pack: Path, cut: Cut, snapshot: str, paths: Mapping[str, Path], complete: bool) -> None:
    """conformance.html. It is loaded on demand: nobody waits for what was not asked for."""
    from nk521lib.display.pages.conformance import FILE, conformance_page
    from nk521lib.edge.conformance import VERSION, advise

    links = [PageLink("index.html", "Front page"), *(PageLink(f"{path.stem}.html", chapter.capitalize()) for chapter, path in paths.items())]  # fmt: skip
    links += [PageLink("findings.html", "Findings"), PageLink(FILE, "Conformance")]
    shell = Shell.of(cut, links, software.version_line(), () if complete else [c for c in CHAPTERS if c not in paths])
    publish.write_text(pack / FILE, conformance_page(shell, advise(find_snapshot(snapshot), cut), VERSION))


def require_contract(pack: Path, results: pa.Table, paths: Mapping[str, Path], cut: Cut, secrets, warn) -> None:
    expected = [
        "index.html",
        "findings.html",
        recount.FILE,
        "results.parquet",
        "findings.csv",
        "cutoff.csv",
        provenance.FILE,
    ]
    expected += [f"{path.stem}.html" for path in paths.values()] + [f"notebooks/{path.name}" for path in paths.values()]
    expected += ["decisions.json", *paper.promised(pack)] if "escalation" in paths else []
    pages = contract.read_pages(pack)
    problems = contract.breaches(pack, pages, expected, results, [s for s in secrets if len(s) > 3 and "/" in s])
    if problems:
        raise PublishError(*problems[:20], *([f"and {len(problems) - 20} more"] if len(problems) > 20 else []))
    unseen = [row for row in contract.rows_not_shown(pages, results) if not row.startswith(paper.ROWS)]
    if unseen:
        warn(f"{len(unseen)} result rows are on no page, first {unseen[0]}")
