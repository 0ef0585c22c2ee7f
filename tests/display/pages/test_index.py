"""The front page: the proposal first, what blocks it above all, and no number without its row."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nk521lib.chapters.escalation.what_if import FORESEEN
from nk521lib.display.pages import PageLink, Shell
from nk521lib.display.pages.findings import findings_page
from nk521lib.display.pages.index import Answer, Pack, headline_numbers, index_page
from nk521lib.display.pages.subject import file_name, subject_pages
from nk521lib.findings import Finding
from nk521lib.findings import to_frame as findings_frame
from nk521lib.results import Column, Number, fraction, to_frame
from nk521lib.terms import Decision, Effect, Severity

GROUP = {
    "dosed": 6, "cap": 9, "level": 2, "n": 3, "x": 0, "m": 0, "state": "CLEARED3", "step": "ESCALATE",
    "decision": "ESCALATE", "certain": True, "possible": ["ESCALATE"], "to_level": 3, "would_be": None, "short_by": 0,
    "mtd": None, "claim": None, "highest_cleared": 2, "hold_because": [], "withheld": False, "withheld_because": [],
    "recorded": None, "reason": "0 of 3 evaluable subjects at DL2 had a DLT",
    "levels": [{"level": 1, "state": "CLEARED3", "n": 3, "x": 0, "m": 0}, {"level": 2, "state": "CLEARED3", "n": 3, "x": 0, "m": 0}],
    "comparators": {"BOIN": "ESCALATE"},
}  # fmt: skip
LINKS = [PageLink("index.html", "Front page"), PageLink("02_escalation.html", "Dose escalation")]


@pytest.fixture
def page(make_cut):
    """page(A={…}, findings=[…]): the front page of a small study with one dosed subject per status."""

    def make(findings=(), decisions=..., foreseen=None, **groups) -> str:
        cut = make_cut(DM=[{"USUBJID": "NK521-01-001", "ARMCD": "A_DL1"}])
        entries = {name: GROUP | changed for name, changed in groups.items()} or {"A": GROUP}
        addlt = pd.DataFrame([("NK521-01-001", "A", 1, "CLEAR"), ("NK521-01-002", "A", 1, "DLT")],
                             columns=["USUBJID", "GROUP", "LEVEL", "STATUS"])  # fmt: skip
        pack = Pack(
            cut, to_frame([]), findings_frame(findings), {"groups": entries} if decisions is ... else decisions, addlt,
            [Answer(LINKS[1], ("Escalate", "Wait"))], {"NK521-01-001": "subjects/NK521-01-001.html"}, ["adrs"], foreseen=foreseen,
        )  # fmt: skip
        return index_page(Shell.of(cut, LINKS, "nk521lib 0.1.0"), pack)

    return make


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.split("<main>")[1]))


def test_proposal_certainty_and_reason_are_said(page):
    shown = text(page())
    assert "Escalate to 6\u00a0×\u00a010⁹ cells" in page() and "● CERTAIN" in shown
    assert "0 of 3 evaluable subjects at DL2 had a DLT." in shown


def test_what_the_manifest_does_not_say_is_not_given(page, make_cut):
    """Neither the cut-off nor the parameters stand in for it."""
    facts = re.search(r'<p class="facts">(.*?)</p>', page())[1]
    assert "extracted 30 Sep 2026 · not compared with an earlier snapshot · protocol version not stated" in facts
    cut = make_cut(DM=[])
    silent = replace(cut, manifest=cut.manifest.model_copy(update={"extracted_at": None, "protocol_version": "1.1"}))
    assert (Shell.of(silent, LINKS, "").extracted, Shell.of(silent, LINKS, "").protocol) == (
        "extraction date not given", "protocol 1.1",
    )  # fmt: skip


def test_the_committees_paper_is_one_link_away_where_there_is_something_to_decide(page):
    assert 'href="committee_A.pdf"' in page()
    assert "committee_A.pdf" not in page(A={"decision": "NOT_APPLICABLE"})


def test_a_design_that_has_nobody_to_judge_says_so(page):
    assert "nobody complete · up" in text(page(A={"comparators": {"BOIN": None, "CRM": "ESCALATE"}}))


def test_a_decision_against_the_proposal_is_said_beside_it(page):
    recorded = {"value": "HOLD", "date": "2026-10-07", "proposal": "ESCALATE to level 3, certain", "departs": True}
    assert "HOLD, 7 Oct 2026, ◆ against the proposal (ESCALATE to level 3, certain)" in text(
        page(A={"recorded": recorded})
    )
    assert "against" not in text(page(A={"recorded": recorded | {"departs": False}}))
    assert "against" not in text(page(A={"recorded": recorded | {"departs": None}}))


def test_withheld_proposal_stands_below_what_blocks_it(page):
    shown = text(page(A={"withheld": True, "withheld_because": ["NKD-060 dosed before the level was opened"]}))
    assert "■ WITHHELD" in shown and "CERTAIN" not in shown
    assert shown.index("The proposal is withheld: NKD-060") < shown.index("The rules would give: escalate to")
    assert "Escalate to" not in shown and "No proposal, withheld until answered" in shown


def test_block_of_a_group_is_shown_even_when_nothing_is_withheld(page):
    block = Finding("NKD-020", Severity.ERROR, Effect.BLOCK, "EXDOSE is empty", group="A")
    shown = text(page([block], A={"decision": "STOP_NONE"}))
    assert "Open data faults: EXDOSE is empty" in shown and "Stop: no tolerated dose" in shown


def test_block_without_a_group_comes_first_of_all(page):
    shown = text(page([Finding("NKD-010", Severity.ERROR, Effect.BLOCK, "end before start")]))
    assert shown.index("end before start") < shown.index("Group A")


def test_open_decision_names_what_is_still_possible(page):
    shown = text(
        page(A={"decision": "WAIT", "m": 2, "certain": False, "possible": ["ESCALATE", "STOP_NONE"], "to_level": 1})
    )
    assert "◆ OPEN" in shown and "Still possible, before the cap: escalate or stop without a tolerated dose." in shown


def test_one_open_outcome_is_told_as_on_the_page_of_the_chapter(page):
    """Not "escalate" where the cap would hold it."""
    entry = {
        "USUBJID": "NK521-01-021",
        "GROUP": "A",
        "ADT": pd.Timestamp("2026-10-05"),
        "CAP": 9,
        "TOLEVEL": 2,
        "STATE": "OPEN6",
    }
    foreseen = pd.DataFrame([entry | {"ASSUMED": "CLEAR", "DECISION": "CAP_HOLD", "WOULDBE": "ESCALATE", "SHORTBY": 1},
                             entry | {"ASSUMED": "DLT", "DECISION": "STOP_NONE"}], columns=[*entry, "ASSUMED", *(c for c in FORESEEN if c not in entry)])  # fmt: skip
    shown = text(page(A={"decision": "WAIT", "m": 1, "certain": False, "possible": ["ESCALATE", "STOP_NONE"], "to_level": 1}, foreseen=foreseen))  # fmt: skip
    assert "If 021 clears by 5 Oct 2026: hold at the cap of 9, 1 place short; without the cap: escalate" in shown
    assert "If a DLT: stop: no tolerated dose" in shown and "Still possible" not in shown


def test_every_subject_is_a_dot_with_its_status_in_words(page):
    html = page()
    assert '<a class="dot CLEAR" href="subjects/NK521-01-001.html" title="NK521-01-001: clear">001</a>' in html
    assert '<span class="dot DLT" title="NK521-01-002: DLT">002</span>' in html


def test_study_without_levels_says_so_once(page):
    entry = {"decision": "NOT_APPLICABLE", "reason": "the parameters name no dose levels"}
    shown = text(page(A=entry, B=entry))
    assert shown.count("No dose decision: the parameters name no dose levels.") == 1 and "Group A ·" not in shown


def test_pack_without_the_escalation_chapter_proposes_nothing(page):
    assert "The escalation chapter is not in this pack" in text(page(decisions=None))


def test_what_is_missing_is_said(page):
    shown = text(page())
    assert shown.count("not in this pack") == 4 and "Datasets that this pack does not have: adrs" in shown


@pytest.mark.parametrize("decision", [d for d in Decision if d is not Decision.NOT_APPLICABLE])
def test_every_decision_has_its_card(page, decision):
    shown = text(
        page(
            A={
                "decision": decision,
                "would_be": "ESCALATE",
                "short_by": 1,
                "mtd": 1,
                "claim": "PROVISIONAL",
                "hold_because": ["a death"],
            }
        )
    )
    assert "None" not in shown and ("ON HOLD" if decision == "HOLD" else "CERTAIN") in shown


def test_headline_numbers_carry_their_rows(make_params):
    everyone = Column("B", ("1", "2", "3"), "B", "ALL")
    where = {"chapter": "safety", "population": "SAF", "analysis_id": "ae_overview", "variable": "TEAE"}
    grade3 = fraction(everyone, ["1"], variable_level="GRADE3", **where)
    ungraded = fraction(everyone, ["2"], variable_level="GRADE_MISSING", **where)
    response = fraction(everyone, ["1"], chapter="efficacy", population="ITT", analysis_id="rate_orr", variable="CBOR")
    limits = [Number("rate_orr", "efficacy", "ITT", name, value, "x", (), "GROUP", "B", "LEVEL", "ALL", "CBOR")
              for name, value in (("conf.low", 0.0084), ("conf.high", 0.9057))]  # fmt: skip
    median = Number("km_pufs", "efficacy", "ITT", "median", None, "NE", (), "GROUP", "B", "LEVEL", "ALL", "PUFS")
    rows = dict(headline_numbers(to_frame([*grade3, *ungraded, *response, *limits, median]), make_params()))
    shown = {name: values[1] for name, values in rows.items() if values}
    assert [value.text for value in shown.values()][-3:] == ["1/3, 1 without a grade", "1/3 (1 to 91 %)", "not reached"]
    known = {n.row_id for n in [*grade3, *ungraded, *response, *limits, median]}
    assert all(set(value.rows.split()) <= known for value in shown.values())


def test_subject_files_never_leave_their_folder_and_never_collide():
    ids = ["NK521-01-001", "../../etc/passwd", "A/B", "A_B", "A:B", "发热"]
    names = [file_name(usubjid) for usubjid in ids]
    assert len(set(names)) == len(ids)
    assert all(Path(name).parent == Path("subjects") and re.fullmatch(r"[\w./-]+", name, re.ASCII) for name in names)


def test_subject_page_shows_the_records_as_text(make_cut):
    from nk521lib.chapters.subjects import derive_subjects

    cut = make_cut(
        DM=[{"USUBJID": "X-1", "ARMCD": "A_DL1", "AGE": 60}],
        EX=[{"USUBJID": "X-1", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-05-01"}],
        AE=[{"USUBJID": "X-1", "AETERM": "<script>alert(1)</script>", "AESTDTC": "2026-05"}],
    )
    pages = subject_pages(Shell.of(cut, LINKS, "v"), cut, derive_subjects(cut), None)
    html = pages["subjects/X-1.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "<script" not in html
    assert "<td>2026-05<td>" in html and "not in this pack" in html
    assert 'href="../index.html"' in html


def test_subject_without_a_dose_has_no_page(make_cut):
    from nk521lib.chapters.subjects import derive_subjects

    cut = make_cut(DM=[{"USUBJID": "X-1", "ARMCD": "A_DL1"}])
    assert subject_pages(Shell.of(cut, LINKS, "v"), cut, derive_subjects(cut), None) == {}


def test_findings_are_grouped_by_effect_and_escaped(make_cut):
    cut = make_cut()
    found = findings_frame([
        Finding("NKD-042", Severity.INFO, Effect.HANDLED, "LBORRES is <0.05"),
        Finding("NKD-020", Severity.ERROR, Effect.BLOCK, "EXDOSE is empty", group="A", domain="EX", usubjid="X-1", seq="3"),
    ])  # fmt: skip
    html = findings_page(Shell.of(cut, LINKS, "v"), found, {"X-1": "subjects/X-1.html"})
    assert html.index("1 finding that withholds a proposal to dose more") < html.index(
        "1 finding repaired by a stated rule"
    )
    assert "LBORRES is &lt;0.05" in html and "group A · X-1 · EXSEQ 3" in html


def test_no_finding_is_said_in_words(make_cut):
    cut = make_cut()
    assert "No data check fired" in findings_page(Shell.of(cut, LINKS, "v"), findings_frame([]), {})


def test_style_cannot_be_closed_by_the_study_name(make_cut):
    from dataclasses import replace

    cut = make_cut()
    hostile = replace(cut, manifest=cut.manifest.model_copy(update={"study": '</style><script>1</script>"'}))
    html = findings_page(Shell.of(hostile, LINKS, "v"), findings_frame([]), {})
    assert "<script" not in html and html.count("</style>") == 1
