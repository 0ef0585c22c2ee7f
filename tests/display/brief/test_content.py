"""What stands on the committee's paper, against spec escalation.md section 8 and rulings.md section 8."""

from dataclasses import replace

import pandas as pd

from nk521lib.chapters import escalation
from nk521lib.display.brief import brief_of, file_name
from nk521lib.display.brief.material import clipped
from nk521lib.display.minutes import minutes
from nk521lib.display.tables.escalation_outlook import table_on_treatment
from nk521lib.findings import Finding, to_frame
from nk521lib.terms import Effect, Severity


def _section(brief: dict, start: str) -> dict:
    return next(part for part in brief["sections"] if part["title"].startswith(start))


def test_the_sections_stand_in_the_order_of_a_readers_doubts(material):
    starts = ["The ladder", "Outcomes still open", "DLTs, candidates", "Cohorts and windows", "Deaths, and adverse events", "On treatment",
              "Exposure", "What other designs", "What is assumed", "How current", "Earlier decisions"]  # fmt: skip
    titles = [part["title"] for part in brief_of(material, "B")["sections"]]
    assert [title.startswith(start) for title, start in zip(titles, starts, strict=True)] == [True] * len(starts)


def test_the_proposal_and_its_certainty_are_said_in_words(material):
    a, b = (brief_of(material, group)["proposal"] for group in "AB")
    assert a["sentence"] == "Escalate to 6 × 10⁹ cells (DL3)" and a["mark"] == "CERTAIN"
    assert b["sentence"].startswith("Wait at") and b["mark"] == "OPEN"
    assert b["why"].endswith(
        "If 021 clears by 5 Oct 2026: hold at the cap of 9, 1 place short; without the cap: escalate to 3 × 10⁹ cells (DL2). "
        "If a DLT: stop: no tolerated dose, no maximum tolerated dose."
    )


def test_the_ladder_has_each_subject_once_at_its_level(material):
    rows = _section(brief_of(material, "B"), "The ladder")["blocks"][0]["rows"]
    assert [row[1] for row in rows] == ["nobody", "nobody", "1/5"]
    people = rows[2][-1].split("  ")
    assert people == ["○ 002", "✕ 005", "■ 008", "○ 010", "○ 015", "○ 017", "◇ 021"]


def test_an_open_subject_has_its_date_and_what_it_would_change(material):
    blocks = _section(brief_of(material, "B"), "Outcomes still open: 1 subject")["blocks"]
    assert blocks[0]["rows"] == [
        ["◇ 021", "window open", "5 Oct 2026, 5 days left", "escalate", "stop without a tolerated dose"]
    ]
    assert "escalate on 5 Oct 2026 at the earliest" in blocks[1]["text"]


def test_a_dlt_is_told_before_a_late_event_and_names_its_record(material):
    lines = _section(brief_of(material, "B"), "DLTs")["blocks"][0]["items"]
    assert lines[0].startswith("■ DLT, 008 at B-DL1, by the committee.") and lines[0].endswith("Record AE:2.")
    assert "1 day after dose 3" in lines[0] and "haemoglobin" not in lines[0]
    assert lines[1].startswith("After the window, 010 at B-DL1") and "would meet D02, D08 inside the window" in lines[1]
    assert "It would meet D02, D08 of the machine screen." in lines[1]


def test_a_product_withdrawn_without_an_end_of_treatment_is_named_everywhere(material, words):
    """On the paper, in the table of the page and in the minutes: the two records contradict each other."""
    ae = material.cut["AE"].copy()
    ae.loc[ae["USUBJID"].eq("NK521-01-021"), "AEACN"] = "DRUG WITHDRAWN"
    cut = replace(material.cut, frames={**material.cut.frames, "AE": ae})
    found = escalation.derive_escalation(cut)
    paper = replace(material, cut=cut, data=dict(material.data) | escalation.list_standing(cut, found))
    said = "product withdrawn for AE 1, end of treatment not recorded"
    (row,) = _section(brief_of(paper, "B"), "On treatment")["blocks"][0]["rows"]
    assert row[0] == "021" and row[4] == said
    assert said in table_on_treatment(cut, found).html and said in minutes(cut, found).html
    assert said not in words(brief_of(material, "B"))


def test_without_a_narrative_the_row_itself_is_told(material):
    bare = replace(material, data={name: frame for name, frame in material.data.items() if name != "adlb"})
    line = _section(brief_of(bare, "B"), "DLTs")["blocks"][0]["items"][0]
    assert "Peritonitis, grade 3, related, from 8 Jul 2026 (day 16), to 16 Jul 2026." in line


def test_what_the_committee_judged_no_dlt_is_named(material, words):
    assert "Judged no DLT by the committee: 007 Fatigue, grade 3." in words(_section(brief_of(material, "A"), "DLTs"))


def test_every_subject_stands_once_at_the_worst_grade(material):
    rows = _section(brief_of(material, "B"), "Deaths")["blocks"][1]["rows"]
    graded = [int(row[1].split(" ")[0]) for row in rows[:6]]
    assert graded == [0, 0, 3, 3, 1, 0] and sum(graded) == 7


def test_a_held_group_says_so_above_everything(material, with_entry):
    held = with_entry(
        material,
        "A",
        decision="HOLD",
        would_be="ESCALATE",
        hold_because=["a related fatal event with onset in the window (D01)"],
    )
    brief = brief_of(held, "A")
    assert brief["alerts"][0] == {"word": "On hold", "text": "a related fatal event with onset in the window (D01)"}
    assert brief["proposal"]["sentence"] == "On hold: a related fatal event with onset in the window (D01)"
    assert (
        brief["proposal"]["mark"] == "ON HOLD" and "later decision of the committee" in brief["proposal"]["certainty"]
    )


def test_a_withheld_proposal_is_marked_on_every_page_and_asks_for_no_new_subject(material, with_entry):
    because = "NKD-020 EXDOSE is empty"
    brief = brief_of(with_entry(material, "A", withheld=True, withheld_because=[because]), "A")
    assert "PROPOSAL WITHHELD" in brief["marks"] and brief["proposal"]["mark"] == "WITHHELD"
    assert brief["alerts"][0] == {"word": "Withheld until answered", "text": because}
    assert brief["proposal"]["sentence"] == "No proposal, withheld until answered"
    assert brief["proposal"]["why"].startswith("The rules would give: escalate to")
    assert brief["signature"]["agree"] == "No new subject until what is named above is answered"
    assert "If the committee agrees" not in str(brief["sections"]) and "the proposal is withheld." in str(
        brief["sections"]
    )


def test_a_block_is_named_once_and_also_beside_a_proposal_that_stands(material, with_entry):
    block = Finding("NKD-020", Severity.ERROR, Effect.BLOCK, "EXDOSE is empty", group="A")
    findings = to_frame([block])
    stands = brief_of(replace(material, findings=findings), "A")
    assert stands["alerts"] == [{"word": "To be read first", "text": "NKD-020 EXDOSE is empty"}]
    withheld = with_entry(
        replace(material, findings=findings), "A", withheld=True, withheld_because=["NKD-020 EXDOSE is empty"]
    )
    assert len(brief_of(withheld, "A")["alerts"]) == 1 and not brief_of(withheld, "B")["alerts"]


def test_what_is_known_after_the_cutoff_is_above_the_proposal(material):
    known = pd.DataFrame([{"usubjid": "NK521-01-018", "group": "A", "domain": "AE", "seq": "9", "what": "serious: Sepsis",
                           "date": "2026-10-02", "blocks": True}])  # fmt: skip
    after = replace(material, cut=replace(material.cut, known_after=known))
    assert brief_of(after, "A")["alerts"] == [
        {"word": "Known after the cut-off", "text": "018: serious: Sepsis, 2 Oct 2026 (blocks the proposal)"}
    ]
    assert brief_of(after, "B")["alerts"] == []


def test_a_capped_group_says_how_many_places_are_short(material, with_entry):
    capped = with_entry(material, "A", decision="CAP_HOLD", would_be="ESCALATE", short_by=3, cap=6)
    assert brief_of(capped, "A")["proposal"]["sentence"].startswith(
        "Hold at the cap of 6, 3 places short; without the cap: escalate"
    )


def test_the_paper_names_the_dead_and_what_the_other_group_saw(material):
    """Spec sections 1 and 8: a notice in the other group's review; deaths, also without a fatal event on record."""
    a, b = brief_of(material, "A"), brief_of(material, "B")
    assert a["elsewhere"].startswith(
        "For the review of group A, seen in group B: 005 at 1 × 10⁹ cells (DL1), died and 008 at"
    )
    assert b["elsewhere"].startswith("For the review of group B, seen in group A: 004 at 1 × 10⁹ cells (DL1), died.")
    said = {g: _section(brief, "Deaths")["blocks"][0]["text"] for g, brief in (("A", a), ("B", b))}
    assert "004 (A-DL1) on 8 Sep 2026, " in said["A"] and "005 (B-DL1) on 19 Aug 2026, " in said["B"]
    assert "005" not in said["A"]


def test_the_silence_of_the_dead_is_no_lack_of_data(material):
    block = _section(brief_of(material, "B"), "How current")["blocks"][0]
    rows = {row[0]: dict(zip(block["heads"], row, strict=True)) for row in block["rows"]}
    assert rows["005"]["Days silent"] == "died 19 Aug 2026"
    assert rows["010"]["Days silent"] == "50" and rows["010"]["Known alive"] == "29 Sep 2026"
    assert "(SV, VS, LB, EX)" in block["note"]


def test_a_drug_begun_before_the_window_and_used_in_it_may_mask_too(material, words):
    assert "007 prednisone from day -" in words(_section(brief_of(material, "A"), "Exposure"))


def test_what_can_change_an_open_proposal_is_what_is_open(material, with_entry):
    """With every outcome known it is the subjects still to be dosed; places are those of the group, slots those of a level."""
    waits = {"decision": "WAIT", "certain": False, "m": 0, "n": 2, "state": "OPEN3"}
    levels = [{"level": 1, "state": "OPEN3", "n": 2, "x": 0, "m": 0}]
    undosed = brief_of(with_entry(material, "B", **waits, levels=levels), "B")["proposal"]
    assert undosed["certainty"] == "Subjects who are still to be dosed can change it."
    assert undosed["sentence"].endswith("1 slot not dosed yet")
    assert brief_of(material, "B")["proposal"]["certainty"] == "Outcomes that are still open can change it."


def test_changed_settings_missing_chapters_and_synthetic_data_are_marks_of_every_page(material, make_params):
    other = replace(material, cut=replace(material.cut, params=make_params("mtd_min_n=3")), left_out=("efficacy",))
    brief = brief_of(other, "A")
    assert brief["marks"] == ["SYNTHETIC DATA, not from any patient", "WHAT IF, settings differ from default", "INCOMPLETE, without efficacy"]  # fmt: skip
    assert "mtd_min_n = 3 (default 6)" in brief["head"]["settings"]


def test_what_the_pack_does_not_hold_is_said_never_left_blank(material, words):
    empty = replace(material, data={}, worst={})
    for part in brief_of(empty, "B")["sections"]:
        assert part["blocks"] and "None" not in words(part) and "nan" not in words(part).lower().split(), part["title"]
    assert words(_section(brief_of(empty, "B"), "Cohorts")).endswith("Not in this pack.")


def test_a_decision_against_the_proposal_is_shown_beside_it(material, words):
    adjud = material.cut.frames["ADJUD"].copy()
    adjud.loc[6, ["PROPOSAL", "DEPARTS"]] = ["WAIT at level 1", "Y"]
    changed = replace(material.cut, frames={**material.cut.frames, "ADJUD": adjud})
    rows = _section(brief_of(replace(material, cut=changed), "B"), "Earlier decisions")["blocks"][0]["rows"]
    assert [row[-1] for row in rows] == ["not on record", "WAIT at level 1  ◆ against it"]


def test_recorded_text_is_cut_where_long_and_breakable_where_it_has_no_blank():
    long = clipped("A" * 10_000)
    assert long.startswith("A" * 12 + "\u200b") and long.endswith("(cut here, 10,000 characters)")
    assert clipped(pd.NA) == "not recorded" and clipped("a\n b\t c") == "a b c"


def test_the_papers_file_never_leaves_the_pack():
    assert file_name("A") == "committee_A.pdf"
    odd = file_name("../x")
    assert odd.startswith("committee____x-") and "/" not in odd


def test_alternatives_that_change_the_proposal_stand_first_and_only_those_of_the_group(material):
    heads = ("Assumption", "Set to", "Proposal", "Mean subjects")
    rows = (("Group A",), ("as it stands", "", "Escalate", "5"), ("x", "1", "the same", "6"), ("y", "2", "Wait", "7"),
            ("Group B",), ("as it stands", "", "Wait", "8"))  # fmt: skip
    section = _section(brief_of(replace(material, alternatives=(heads, *rows)), "A"), "What is assumed")
    shown = [block for block in section["blocks"] if block.get("heads") == list(heads)]
    assert [row[0] for row in shown[0]["rows"]] == ["as it stands", "y", "x"] and shown[0]["right"][-1] is True
