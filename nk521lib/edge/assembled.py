"""What the chapters of a run left, merged and held against the second implementation: all that a pack is written from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pyarrow as pa

from nk521lib.chapters.checks.dispositions import dispose
from nk521lib.chapters.rulebook import USED, uses_of_records
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.cut import Cut
from nk521lib.display.pages import PageLink, Shell, recount, render
from nk521lib.display.pages.findings import findings_page
from nk521lib.display.pages.index import Answer, Pack, index_page
from nk521lib.display.pages.profile import PROFILED, profile_sections
from nk521lib.display.pages.subject import file_name, subject_pages
from nk521lib.display.pages.trail import with_trail
from nk521lib.edge import datasets, paper, software
from nk521lib.edge.inputs import DISPOSITIONS
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.render import Body, render_notebook
from nk521lib.edge.restated import newly_withheld, restate
from nk521lib.edge.self_check import Checked, self_check
from nk521lib.edge.since import since_previous

DATASETS = ("adsl", "adie", "addlt", "adae", "adlb", "advs", "adeg", "adex", "adtr", "adrs", "adtte", "adqs")


@dataclass(frozen=True)
class Assembled:
    """What the chapters of one run made, merged and checked: everything the files of the pack are written from."""

    cut: Cut
    stems: Mapping[str, str]
    bodies: Mapping[str, Body]
    tables: Mapping[str, pa.Table]
    results: pa.Table
    checked: Checked
    newly: Mapping[str, tuple[str, ...]]
    """What the self-check withholds, by group."""
    adsl: pd.DataFrame
    worst: paper.Worst
    hrefs: Mapping[str, str]
    """File of the page of every dosed subject."""

    @property
    def decisions(self) -> dict[str, Any] | None:
        return self.checked.decisions

    @property
    def findings(self) -> pd.DataFrame:
        return self.checked.findings

    @property
    def left_out(self) -> list[str]:
        return [chapter for chapter in CHAPTERS if chapter not in self.bodies]

    def frames(self, names: Collection[str]) -> dict[str, pd.DataFrame]:
        return {n: t.to_pandas(date_as_object=False) for n, t in self.tables.items() if n in names}


def assemble(
    cut: Cut,
    paths: Mapping[str, Path],
    executed: Mapping[str, nbformat.NotebookNode],
    folders: Mapping[str, Path],
    answers: pd.DataFrame,
    warn,
) -> Assembled:
    """Merge what the chapters wrote, answer its findings, and hold it against the second implementation."""
    tables, decisions = datasets.merge_datasets(folders), datasets.read_decisions(folders)
    findings, unused = dispose(datasets.merge_findings(folders, cut), cut, answers)
    for key in unused:
        warn(f"{DISPOSITIONS}: {key} answers no finding of this snapshot")
    adsl = derive_subjects(cut)
    worst = paper.count_worst(cut, adsl, tables)
    results = datasets.with_numbers(datasets.merge_results(folders, cut), paper.numbers(worst), cut)
    checked = self_check(cut, decisions, tables, results, findings)
    results = datasets.with_numbers(results, checked.numbers, cut)
    dosed = adsl.loc[adsl["SAFFL"].eq("Y").fillna(False), "USUBJID"]  # a flag is Y or null
    hrefs = {usubjid: file_name(usubjid) for usubjid in dosed}
    newly = newly_withheld(decisions, checked.decisions)
    if newly:
        notebook, standing = restate(executed["escalation"], cut, newly)
        executed = {**executed, "escalation": notebook}
        tables |= {name: datasets.to_table(frame, name) for name, frame in standing.items()}
    bodies = {chapter: render_notebook(notebook, hrefs) for chapter, notebook in executed.items()}
    stems = {chapter: paths[chapter].stem for chapter in bodies}
    return Assembled(cut, stems, bodies, tables, results, checked, newly, adsl, worst, hrefs)


def pages_of(made: Assembled) -> dict[str, str]:
    """Text of every page by file name."""
    cut, checked, decisions = made.cut, made.checked, made.decisions
    results, findings, frames = (
        made.results.to_pandas(),
        made.findings,
        made.frames({"addlt", "adforesn", *PROFILED, *USED}),
    )
    links = {chapter: PageLink(f"{made.stems[chapter]}.html", body.title) for chapter, body in made.bodies.items()}
    navigation = [PageLink("index.html", "Front page"), *links.values(), PageLink("findings.html", f"Findings ({len(findings)})"), PageLink("index.html#subjects", "Subjects")]  # fmt: skip
    shell = Shell.of(cut, navigation, software.version_line(), made.left_out)
    pages = {
        links[chapter].file: render(
            "chapter.html.j2",
            shell,
            body.title,
            links[chapter].file,
            has_code=True,
            toc=body.toc,
            lead=recount.doubts(chapter, checked.recount) + body.lead,
            parts=body.parts,
        )
        for chapter, body in made.bodies.items()
    }
    addlt, line = frames.get("addlt"), recount.line(checked.recount, checked.numbers)
    since = since_previous(cut, decisions, addlt)
    answers = [Answer(links[chapter], body.answers) for chapter, body in made.bodies.items()]
    absent = [name for name in DATASETS if name not in made.tables]
    front = Pack(
        cut, results, findings, decisions, addlt, answers, made.hrefs, absent, line, since, frames.get("adforesn")
    )
    pages["index.html"] = index_page(shell, front)
    pages["findings.html"] = findings_page(shell, findings, made.hrefs, cut)
    pages[recount.FILE] = recount.recount_page(shell, checked.recount, checked.numbers, made.hrefs)
    pages = with_trail(pages, results, shell, cut.params, made.hrefs)
    profiles, uses = profile_sections(cut, made.adsl, frames), uses_of_records(frames)
    return pages | subject_pages(shell, cut, made.adsl, addlt, profiles, uses)
