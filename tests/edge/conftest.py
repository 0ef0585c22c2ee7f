"""A whole small snapshot and tiny notebooks that keep the notebook contract: enough to run the path end to end."""

import json
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nk521lib.edge import provenance
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.parameters import read_params
from nk521lib.edge.seal import seal
from nk521lib.edge.snapshot import read_snapshot

HOSTILE = ("<script>alert(1)</script>", "$x_{", "发热", '=HYPERLINK("http://x.example","y")')
IDS = ("NK521-01-001", "NK521-01-002", "NK521-01-003")

_TABLES = {
    "DM": ("STUDYID,DOMAIN,USUBJID,SUBJID,SEX,AGE,AGEU,ARMCD,ARM,ACTARMCD,RFSTDTC,RFICDTC",
           *(f"NCT07561437,DM,{i},{i[-3:]},F,60,YEARS,{arm},{arm},{arm},2026-05-0{n}T09:00,2026-04-2{n}"
             for n, (i, arm) in enumerate(zip(IDS, ("A_DL1", "A_DL1", "B_DL1"), strict=True), 1))),
    "DS": ("STUDYID,DOMAIN,USUBJID,DSSEQ,DSTERM,DSDECOD,DSCAT,DSSTDTC",
           *(f"NCT07561437,DS,{i},1,CONSENT,INFORMED CONSENT OBTAINED,PROTOCOL MILESTONE,2026-04-2{n}"
             for n, i in enumerate(IDS, 1)),
           *(f"NCT07561437,DS,{i},2,ENROLLED,ENROLLED,PROTOCOL MILESTONE,2026-04-2{n + 5}"
             for n, i in enumerate(IDS, 1))),
    "EX": ("STUDYID,DOMAIN,USUBJID,EXSEQ,EXTRT,EXDOSE,EXDOSU,EXROUTE,EXSTDTC",
           *(f"NCT07561437,EX,{i},1,NK521,1,10^9 CELLS,{route},2026-05-0{n}T10:00"
             for n, (i, route) in enumerate(
                 zip(IDS, ("INTRAVENOUS", "INTRAVENOUS", "INTRAPERITONEAL"), strict=True), 1))),
    "AE": ("STUDYID,DOMAIN,USUBJID,AESEQ,AETERM,AEDECOD,AEBODSYS,AETOXGR,AEREL,AESER,AESTDTC,AEENDTC",
           *(f"NCT07561437,AE,{IDS[0]},{n},\"{term.replace(chr(34), chr(34) * 2)}\",Pyrexia,General disorders,1,RELATED,N,2026-05-0{n + 1},2026-05-0{n + 2}"
             for n, term in enumerate(HOSTILE, 1))),
    "LB": ("STUDYID,DOMAIN,USUBJID,LBSEQ,LBTESTCD,LBORRES,LBORRESU,LBSTRESN,LBSTRESU,LBDTC",
           f"NCT07561437,LB,{IDS[0]},1,HGB,120,g/L,120,g/L,2026-05-02"),
    "PR": ("STUDYID,DOMAIN,USUBJID,PRSEQ,PRTRT,PRINDC,PRSTDTC",),
    "MH": ("STUDYID,DOMAIN,USUBJID,MHSEQ,MHTERM",), "CM": ("STUDYID,DOMAIN,USUBJID,CMSEQ,CMTRT",),
    "VS": ("STUDYID,DOMAIN,USUBJID,VSSEQ,VSTESTCD",), "EG": ("STUDYID,DOMAIN,USUBJID,EGSEQ,EGTESTCD",),
    "TU": ("STUDYID,DOMAIN,USUBJID,TUSEQ,TUTESTCD",), "TR": ("STUDYID,DOMAIN,USUBJID,TRSEQ,TRTESTCD",),
    "RS": ("STUDYID,DOMAIN,USUBJID,RSSEQ,RSTESTCD",), "QS": ("STUDYID,DOMAIN,USUBJID,QSSEQ,QSTESTCD",),
    "SS": ("STUDYID,DOMAIN,USUBJID,SSSEQ,SSTESTCD",),
}  # fmt: skip

PARAMETERS = (
    'snapshot: str = "demo:D3"  # folder with snapshot.json, or demo:D1, demo:D2, demo:D3\n'
    "params_files: list = []  # YAML files laid over params/nk521.yaml, later ones win\n"
    "settings: list = []  # choices laid over the files, written as after --set\n"
    'out: str = ""  # folder for datasets and result rows, nothing is written when empty'
)
_LOAD = (
    "from nk521lib.edge.chapter import close_chapter, open_chapter\n"
    "from nk521lib.display.say import Html, headline\n"
    "from nk521lib.display.tables.base import subject, table\n"
    "from nk521lib.results import Column, fraction\n"
    "cut = open_chapter(snapshot, params_files, settings)"
)
_SHOW = (
    'everyone = Column("all", tuple(cut["DM"]["USUBJID"]), "ALL", "ALL")\n'
    'with_ae = fraction(everyone, cut["AE"]["USUBJID"].tolist(), analysis_id="{chapter}_ae", chapter="{chapter}", population="ALL")\n'
    'shown = table("events", "Events as recorded", [{{"Subject": subject(u), "Term": t, "n": with_ae}} '
    'for u, t in zip(cut["AE"]["USUBJID"], cut["AE"]["AETERM"])])\n'
    "shown"
)


@pytest.fixture(scope="session")
def small_snapshot(tmp_path_factory) -> Path:
    """Three dosed subjects, hostile words in their events, every required domain; sealed and marked synthetic."""
    folder = tmp_path_factory.mktemp("snapshots") / "S900"
    folder.mkdir()
    for domain, lines in _TABLES.items():
        (folder / f"{domain.lower()}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    seal(folder, "S900", "2026-06-30", synthetic=True, fields={"extracted_at": "2026-06-30T23:59:59Z"})
    return folder


@pytest.fixture(scope="session")
def demo_compared():
    """demo_compared("D3"): a demo snapshot and the one before it, read once for all tests; a test that changes it takes a copy."""
    return cache(lambda name: read_snapshot(f"demo:{name}", read_params()))


@pytest.fixture(scope="session")
def make_notebook():
    """make_notebook("safety", cell, …): a notebook of the contract's shape with extra code cells before its end."""

    def make(chapter: str, *code: str, end: bool = True, parameters: str = PARAMETERS) -> nbformat.NotebookNode:
        cells = [
            new_markdown_cell(f"# 9  The {chapter} chapter\n\n*What is asked?* Little.", id="title"),
            new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
            new_code_cell(_LOAD, id="load"),
            new_code_cell('headline("Nothing happened", "go", "three were dosed", "CERTAIN")', id="answer"),
            new_markdown_cell("## What was seen\n\nThe events as recorded.", id="seen"),
            new_code_cell(_SHOW.format(chapter=chapter), id="show"),
            *(new_code_cell(source, id=f"extra-{n}") for n, source in enumerate(code, 1)),
        ]
        if end:
            decisions = ', decisions={"groups": {}}' if chapter == "escalation" else ""
            cells.append(new_code_cell(f'close_chapter(cut, "{chapter}", out, [shown]{decisions})', id="close"))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return new_notebook(cells=cells, metadata={"kernelspec": kernel})

    return make


@pytest.fixture(scope="session")
def make_chapters(make_notebook):
    """make_chapters(folder, safety=notebook): the five notebooks of a project, some of them replaced."""

    def make(folder: Path, **replaced: nbformat.NotebookNode) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for n, chapter in enumerate(("protocol", "screening", "escalation", "safety", "efficacy")):
            nbformat.write(replaced.get(chapter) or make_notebook(chapter), folder / f"0{n}_{chapter}.ipynb")
        return folder

    return make


@pytest.fixture(scope="session")
def entry() -> dict:
    """What decisions.json says of a group that may escalate."""
    return {"decision": "ESCALATE", "level": 2, "to_level": 3, "n": 3, "m": 0, "state": "CLEARED3", "certain": True,
            "possible": ["ESCALATE"], "withheld": False, "withheld_because": [], "would_be": None, "hold_because": [],
            "reason": "0 of 3 evaluable subjects at DL2 had a DLT", "levels": [{}, {}, {}],
            "recorded": {"value": "OPEN", "date": "2026-08-06", "snapshot": "D2"}}  # fmt: skip


@pytest.fixture
def make_pack(tmp_path, entry):
    """make_pack("D3", …): a folder with what recording and verifying read of a pack, nothing else."""

    def make(name="D3", snapshot_id=None, cutoff="2026-09-30", chapters=CHAPTERS, groups=None, scenario=None, changed=(),
             extracted="2026-10-05T10:00:00Z", params_sha256="") -> Path:  # fmt: skip
        pack = tmp_path / name
        pack.mkdir()
        decisions = {"snapshot_id": snapshot_id or name, "cutoff_date": cutoff, "scenario": scenario, "params_sha256": params_sha256,
                     "groups": groups or {"A": entry, "B": {"decision": "NOT_APPLICABLE"}}}  # fmt: skip
        (pack / "decisions.json").write_text(json.dumps(decisions), encoding="utf-8")
        (pack / "findings.csv").write_text("id\n", encoding="utf-8")
        facts = {
            "snapshot": {"snapshot_id": snapshot_id or name, "study": "NCT07561437", "cutoff_date": cutoff,
                         "extracted_at": extracted, "manifest_sha256": "0" * 64},
            "chapters": list(chapters), "parameters": {"non_default": list(changed)},
            "content_sha256": provenance.content_sha256(pack), "outputs": provenance.outputs(pack),
        }  # fmt: skip
        (pack / provenance.FILE).write_text(json.dumps(facts), encoding="utf-8")
        return pack

    return make
