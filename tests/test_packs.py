"""Whole packs: what `nk521 run` publishes of the demo and of a public study keeps the contract of spec outputs.md."""

import hashlib
import html
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from nk521lib.edge import runner
from nk521lib.edge.provenance import verify
from nk521lib.edge.seal import seal
from nk521lib.edge.self_check import FINDING
from nk521lib.findings import COLUMNS as FINDING_COLUMNS
from nk521lib.recount import statuses
from nk521lib.results import COLUMNS as RESULT_COLUMNS
from nk521lib.terms import DltStatus

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["index", "00_protocol", "01_screening", "02_escalation", "03_safety", "04_efficacy", "findings"]
DATASETS = ["adsl", "adie", "addlt", "adae", "adlb", "advs", "adeg", "adex", "adtr", "adrs", "adtte", "adqs"]
ENTRY = ["dosed", "cap", "level", "n", "x", "m", "state", "step", "decision", "certain", "possible", "to_level", "would_be",
         "short_by", "mtd", "claim", "highest_cleared", "hold_because", "withheld", "withheld_because", "recorded", "reason",
         "rule", "subjects", "levels", "comparators"]  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> list[Path]:
    """The pack of D3, made twice in two places."""
    return [runner.run("demo:D3", out=tmp_path_factory.mktemp(name) / "reports") for name in ("one", "two")]


@pytest.fixture(scope="module")
def pack(packs) -> Path:
    return packs[0]


def _hashes(pack: Path) -> dict[str, str]:
    files = [path for path in pack.rglob("*") if path.is_file() and path.name != "provenance.json"]
    return {path.relative_to(pack).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _pages(pack: Path) -> dict[str, str]:
    return {path.relative_to(pack).as_posix(): path.read_text(encoding="utf-8") for path in pack.rglob("*.html")}


def test_the_pack_is_named_after_its_snapshot_and_holds_what_the_contract_lists(pack):
    assert pack.name == "D3"
    assert [page for page in PAGES if not (pack / f"{page}.html").is_file()] == []
    assert [name for name in DATASETS if not (pack / "data" / f"{name}.parquet").is_file()] == []
    assert all((pack / name).is_file() for name in ("decisions.json", "results.parquet", "findings.csv", "cutoff.csv"))
    assert [path.name for path in sorted(pack.glob("*.pdf"))] == ["committee_A.pdf", "committee_B.pdf"]
    assert len(list((pack / "notebooks").glob("*.ipynb"))) == 5
    assert len(list((pack / "subjects").glob("*.html"))) == 13


def test_two_runs_are_byte_identical(packs):
    """Everything but the run block of provenance.json."""
    assert _hashes(packs[0]) == _hashes(packs[1])
    one, two = (json.loads((p / "provenance.json").read_text(encoding="utf-8")) for p in packs)
    assert one.pop("run") and two.pop("run") and one == two


def test_it_verifies_and_an_altered_byte_is_named(packs, tmp_path):
    assert verify(packs[0]) == []
    altered = shutil.copytree(packs[0], tmp_path / "altered")
    page = altered / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("Escalate", "Expand", 1), encoding="utf-8")
    assert [line.split(":")[0] for line in verify(altered)] == ["index.html"]


def test_no_page_needs_the_network_or_runs_a_script(pack):
    for name, text in _pages(pack).items():
        assert "<script" not in text.lower(), name
        assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", text), name
        assert not re.search(r"url\(\s*['\"]?(?!#|['\"]?#|data:)", text), name
        assert "default-src 'none'" in text, name


def test_every_page_says_from_what_it_comes_and_that_it_is_synthetic(pack):
    manifest = json.loads((pack / "provenance.json").read_text(encoding="utf-8"))["snapshot"]["manifest_sha256"][:12]
    for name, text in _pages(pack).items():
        plain = html.unescape(re.sub(r"<[^>]+>", "", text))
        assert "SYNTHETIC" in plain and "D3" in plain and manifest in plain.replace(" ", ""), name


def test_every_number_shown_has_its_row_and_every_row_its_subjects(pack):
    rows = pd.read_parquet(pack / "results.parquet")
    assert list(rows.columns) == list(RESULT_COLUMNS)
    assert rows["row_id"].is_unique
    shown = {
        row for text in _pages(pack).values() for ids in re.findall(r'data-r="([^"]*)"', text) for row in ids.split()
    }
    assert shown <= set(rows["row_id"])
    people = set(pd.read_parquet(pack / "data" / "adsl.parquet")["USUBJID"])
    assert all(
        set(ids) <= people and len(ids) == n for ids, n in zip(rows["usubjids"], rows["n_subjects"], strict=True)
    )


def test_the_fixed_result_names_are_there(pack):
    rows = pd.read_parquet(pack / "results.parquet")
    names = set(rows["analysis_id"])
    assert {"ae_overview", "rate_orr", "rate_dcr", "km_os", "km_pfs", "km_pufs"} <= names
    overview = rows[rows["analysis_id"] == "ae_overview"]
    assert set(overview["variable_level"]) == {
        "ANY", "RELATED", "GRADE3", "GRADE_MISSING", "SERIOUS", "FATAL", "DOSE_CHANGED", "STOPPED", "AESI", "DLT",
    }  # fmt: skip
    assert set(overview["stat_name"]) == {"n", "N", "p"}


def test_decisions_have_the_contracts_shape_and_the_answer_keys_content(pack):
    decisions = json.loads((pack / "decisions.json").read_text(encoding="utf-8"))
    a, b = decisions["groups"]["A"], decisions["groups"]["B"]
    assert list(a) == ENTRY and list(b) == ENTRY
    assert (a["decision"], a["to_level"], a["n"], a["x"], a["certain"]) == ("ESCALATE", 3, 3, 0, True)
    assert (b["decision"], b["n"], b["x"], b["m"], b["possible"]) == ("WAIT", 5, 1, 1, ["ESCALATE", "STOP_NONE"])


def test_findings_have_the_contracts_columns(pack):
    assert list(pd.read_csv(pack / "findings.csv").columns) == list(FINDING_COLUMNS)


def test_hostile_text_of_the_data_shows_as_text(pack):
    """The demo's own verbatim terms hold markup, mathematics, a formula and Chinese."""
    pages = _pages(pack)
    everything = "".join(pages.values())
    assert "Fever <b>" not in everything and "Fever &lt;b&gt;" in everything and "发热" in everything
    assert not re.search(r"<(?:script|img|iframe)\b", everything)
    assert not any(
        line.startswith(("=", "@")) for line in (pack / "findings.csv").read_text(encoding="utf-8").splitlines()
    )


def test_changed_settings_publish_under_another_name_and_say_so_on_every_page(tmp_path):
    pack = runner.run("demo:D3", settings=["mtd_min_n=3"], out=tmp_path, chapters=["escalation"], filing=True)
    assert re.fullmatch(r"D3\+[0-9a-f]{8}", pack.name)
    filed = {path.name for path in (pack / "filing").iterdir()}
    assert {"tables_02_escalation.xlsx", "tables_02_escalation.rtf", "listings.xlsx", "listing_addlt.rtf"} <= filed
    assert all("mtd_min_n" in text for text in _pages(pack).values())


def test_a_run_with_an_error_in_one_implementation_publishes_no_readable_proposal(packs, monkeypatch):
    """The second implementation is made to call one subject's window open; the chapter is the one that ran for the packs."""
    true = statuses.derive_statuses

    def wrong(cut):
        found = true(cut)
        name = "NK521-01-014"
        return found | {name: replace(found[name], status=DltStatus.PENDING, known=None)}

    monkeypatch.setattr(statuses, "derive_statuses", wrong)
    pack = runner.run("demo:D3", out=packs[1].parent, chapters=["escalation"])
    groups = json.loads((pack / "decisions.json").read_text(encoding="utf-8"))["groups"]
    assert groups["A"]["decision"] == "ESCALATE" and groups["A"]["withheld"] and not groups["B"]["withheld"]
    assert FINDING in set(pd.read_csv(pack / "findings.csv")["id"])
    index, chapter = ((pack / f"{name}.html").read_text(encoding="utf-8") for name in ("index", "02_escalation"))
    assert "WITHHELD" in index and "differ" in index and chapter.index("In doubt.") < chapter.index('class="headline')
    headlines = re.findall(r'<p class="say[^"]*">(.*?)</p>', index + chapter, re.DOTALL)
    of_a = [said for said in headlines if "Group A" in said or "No proposal" in said]
    assert of_a and all("no proposal, withheld until answered" in said.lower() for said in of_a)
    assert (
        "CERTAIN" not in re.sub(r"UNCERTAIN", "", chapter.split('id="part-1"')[0])
        and "if the committee agrees" not in chapter
    )
    assert "withheld; the rules would give: escalate to" in chapter  # the minutes
    notebook = nbformat.read(pack / "notebooks" / "02_escalation.ipynb", as_version=4)
    assert "In doubt." in notebook.cells[1].source and "group A" in notebook.cells[1].source.replace("Group", "group")


@pytest.fixture(scope="module")
def public_pack(public_study, tmp_path_factory) -> Path:
    """The public study, copied, sealed as a snapshot, and run with its own parameters."""
    folder = shutil.copytree(public_study, tmp_path_factory.mktemp("public") / "CDISCPILOT01")
    folder.chmod(0o755)
    mapping = {"tu_onco.csv": "TU", "tr_onco.csv": "TR", "rs_onco.csv": "RS"}
    ignore = ["*_recist.csv", "*_irecist.csv", "*_ca125.csv", "README.md"]
    seal(folder, "CDISCPILOT01", "2015-12-31", synthetic=True, mapping=mapping, ignore=ignore)
    return runner.run(str(folder), [ROOT / "params" / "pharmaverse.yaml"], out=folder.parent / "reports")


def test_the_public_study_publishes_its_safety_and_efficacy(public_pack):
    rows = pd.read_parquet(public_pack / "results.parquet")
    treated = rows[
        (rows["analysis_id"] == "ae_overview") & (rows["variable_level"] == "ANY") & (rows["stat_name"] == "N")
    ]
    assert treated.loc[treated["group1_level"] == "ALL", "stat"].tolist() == [254.0]
    assert {"adae", "adlb", "adrs", "adtte"} <= {path.stem for path in (public_pack / "data").glob("*.parquet")}


def test_the_public_study_has_no_dose_decision_and_says_why(public_pack):
    groups = json.loads((public_pack / "decisions.json").read_text(encoding="utf-8"))["groups"]
    assert {entry["decision"] for entry in groups.values()} == {"NOT_APPLICABLE"}
    assert all(entry["reason"] for entry in groups.values())


def test_the_public_studys_warts_are_findings(public_pack):
    findings = pd.read_csv(public_pack / "findings.csv", dtype=str).fillna("")
    said = findings["message"] + findings["evidence"]
    for wart in ("CHECK", "AETOXGR", "partial"):
        assert said.str.contains(wart, regex=False).any(), wart


def test_severity_never_becomes_a_grade(public_pack):
    rows = pd.read_parquet(public_pack / "results.parquet")
    overview = rows[
        (rows["analysis_id"] == "ae_overview") & (rows["group1_level"] == "ALL") & (rows["stat_name"] == "n")
    ]
    counts = dict(zip(overview["variable_level"], overview["stat"], strict=True))
    assert pd.isna(counts["GRADE3"]) and counts["GRADE_MISSING"] == counts["ANY"] > 0
