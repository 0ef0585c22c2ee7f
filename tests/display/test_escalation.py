"""Everything chapter 2 shows, for every kind of snapshot: it never crashes, never invents, and its numbers are rows."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from nk521lib.chapters.escalation import decide_groups, derive_escalation
from nk521lib.display.figures import escalation as draw
from nk521lib.display.figures.pathways import plot_pathways
from nk521lib.display.figures.rates import plot_rates
from nk521lib.display.minutes import CHOICES, minutes
from nk521lib.display.proposal import IN_WORDS, STATES, STATUS_OF, mark, sentence, stated
from nk521lib.display.tables import after_dose
from nk521lib.display.tables import escalation as show
from nk521lib.display.tables import escalation_outlook as beside
from nk521lib.display.tables.costs import table_alternatives
from nk521lib.display.tables.pathways import table_pathways
from nk521lib.edge.filing.content import tables_of
from nk521lib.results import to_frame
from nk521lib.terms import Decision, DltStatus, LevelState

HOSTILE = "<script>alert(1)</script> $x_{ 发热 =HYPERLINK("


def dosed(subject, arm, first, level):
    doses = [
        {
            "USUBJID": subject,
            "EXDOSE": level,
            "EXDOSU": "10^9 CELLS",
            "EXLOT": HOSTILE,
            "EXSTDTC": (pd.Timestamp(first) + pd.Timedelta(days=d)).date().isoformat(),
        }
        for d in (0, 7, 14, 21)
    ]
    return (
        {"USUBJID": subject, "SUBJID": subject, "ARMCD": arm},
        doses,
        {
            "USUBJID": subject,
            "VISITNUM": 1.0,
            "SVSTDTC": (pd.Timestamp(first) + pd.Timedelta(days=27)).date().isoformat(),
        },
    )


@pytest.fixture(scope="module")
def cuts(make_cut):
    """By name: a running trial with one of each status and hostile text, one without anybody, one without a ladder."""
    made = [dosed(f"X-{i}", arm, first, cells) for i, (arm, first, cells) in enumerate(
        [("A_DL1", "2026-01-05", 1.0), ("A_DL1", "2026-01-19", 1.0), ("A_DL1", "2026-02-02", 1.0), ("A_DL1", "2026-05-20", 1.0), ("B_DL1", "2026-06-20", 1.0)])]  # fmt: skip
    event = {
        "AETERM": HOSTILE,
        "AEDECOD": HOSTILE,
        "AEREL": "RELATED",
        "AETOXGR": "3",
        "AESTDTC": "2026-01-08",
        "AEENDTC": "2026-01-09",
    }
    running = make_cut(
        cutoff="2026-07-01", DM=[m[0] for m in made], EX=[e for m in made for e in m[1] if e["EXSTDTC"] <= "2026-07-01"], SV=[m[2] for m in made if m[2]["SVSTDTC"] <= "2026-07-01"],
        AE=[{"USUBJID": "X-0", **event, "AEDLT": "Y"}, {"USUBJID": "X-1", **event, "AESTDTC": "2026-01", "AEENDTC": None},
            {"USUBJID": "X-2", **event, "AESTDTC": "2026-03-10", "AEENDTC": "2026-03-11"}],
        DS=[{"USUBJID": "X-3", "DSCAT": "DISPOSITION EVENT", "DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDTC": "2026-05-25"}],
        CM=[{"USUBJID": "X-0", "CMTRT": "x", "CMDECOD": "Dexamethasone", "CMSTDTC": "2026-01-08"}],
        ADJUD=[{"GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": "EXPAND", "ADJDTC": "2026-02-20", "REASON": HOSTILE}, {"GROUP": "A", "LEVEL": None, "ITEM": "DECISION", "VALUE": "HOLD"}],
    )  # fmt: skip
    return {
        "running": running,
        "nobody": make_cut(DM=[]),
        "no ladder": make_cut(
            DM=[], settings=("levels=[]", "groups=[{id: X, label: x, route: null, arms: {P: null}}]")
        ),
        "nothing": make_cut(),
    }


def everything(cut):
    found = derive_escalation(cut)
    return [
        show.say_proposals(cut, found), show.table_open(cut, found), show.say_when_certain(cut, found), show.table_dosing(cut, found),
        show.table_cohorts(cut, found), show.table_events(cut, found), show.table_events(cut, found, "LATE", name="late"), show.table_levels(cut, found),
        show.table_clauses(cut), show.table_findings(found), minutes(cut, found), beside.table_comparators(cut, found), beside.table_chances(cut, found),
        beside.table_readings(cut, found), beside.table_committee(cut, found), beside.table_spacing(cut, found), beside.table_on_treatment(cut, found),
        beside.table_currency(cut, found), after_dose.table_lots(cut, found), after_dose.table_masking(cut, found), after_dose.table_onsets(cut, found), plot_pathways(cut, found),
        plot_rates(cut, found), table_pathways(cut, found), draw.plot_ladder(cut, found), draw.plot_swimmer(cut, found),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def pages(cuts):
    return {name: everything(cut) for name, cut in cuts.items()}


@pytest.mark.parametrize("name", ["running", "nobody", "no ladder", "nothing"])
def test_every_number_on_the_page_is_a_result_row(pages, name):
    shown = pages[name]
    rows = set(to_frame(n for fragment in shown for n in fragment.numbers)["row_id"])
    on_page = {
        row for fragment in shown for ids in re.findall(r'data-r="([^"]*)"', fragment.html) for row in ids.split()
    }
    assert on_page == rows


@pytest.mark.parametrize("name", ["running", "nobody", "no ladder", "nothing"])
def test_every_fragment_says_something(pages, name):
    assert all(fragment.html and fragment.plain for fragment in pages[name])


def test_hostile_text_shows_as_text(pages):
    page = "".join(fragment.html for fragment in pages["running"])
    assert "<script>" not in page
    assert "&lt;script&gt;" in page and "发热" in page


def test_missing_is_said_and_never_blank(pages):
    page = "".join(fragment.html for fragment in pages["running"])
    assert not re.search(r"<td[^>]*>\s*</td>|>(?:nan|NaN|&lt;NA&gt;|None|NaT)<", page)


def test_the_statuses_of_the_running_trial(cuts):
    found = derive_escalation(cuts["running"])
    assert found.status["STATUS"].tolist() == ["DLT", "CANDIDATE", "CLEAR", "NONEVAL", "PENDING"]


def test_no_ladder_is_said_in_words(pages):
    assert "does not apply" in pages["no ladder"][0].plain
    assert "dose escalation to decide" in pages["no ladder"][0].plain


def test_what_is_known_after_the_cut_off_comes_first(cuts):
    cut = cuts["running"]
    known = pd.DataFrame(
        [
            {
                "usubjid": "X-0",
                "group": "A",
                "domain": "AE",
                "seq": 9,
                "what": "death",
                "date": "2026-07-03",
                "blocks": True,
            }
        ]
    )
    object.__setattr__(cut, "known_after", known)
    said = show.say_proposals(cut, derive_escalation(cut)).html
    assert said.index("Known after the cut-off") < said.index('class="headline')
    object.__setattr__(cut, "known_after", pd.DataFrame())


ENTRY = {"decision": "WAIT", "to_level": 2, "m": 1, "n": 1, "state": "OPEN3", "cap": 9, "short_by": 1, "would_be": "ESCALATE", "mtd": 1, "claim": "PROVISIONAL",
         "highest_cleared": 3, "hold_because": ["a death", "the committee"], "withheld": False, "certain": True}  # fmt: skip


@pytest.mark.parametrize("decision, words", [
    ("ESCALATE", "Escalate to 3 × 10⁹ cells (DL2)"), ("EXPAND", "Expand 3 × 10⁹ cells (DL2) to six subjects"),
    ("WAIT", "Wait at 3 × 10⁹ cells (DL2): 1 outcome open and 1 slot not dosed yet"),
    ("CONFIRM_LOWER", "Return to 3 × 10⁹ cells (DL2) and confirm it with six subjects"), ("STOP_NONE", "no tolerated dose"),
    ("STOP_MTD", "maximum tolerated dose 1 × 10⁹ cells (DL1), provisional"), ("STOP_TOP", "highest level tested 6 × 10⁹ cells (DL3)"),
    ("CAP_HOLD", "1 place short; without the cap: escalate to 3 × 10⁹"), ("HOLD", "On hold: a death and the committee"), ("NOT_APPLICABLE", "does not apply"),
])  # fmt: skip
def test_each_decision_in_one_sentence(make_params, decision, words):
    assert words in sentence(make_params(), ENTRY | {"decision": decision})


@pytest.mark.parametrize("cleared, words", [(3, "Stop at the top: "), (2, "Stop at the cap: ")])
def test_a_hard_cap_that_stops_below_the_top_is_not_called_the_top(make_params, cleared, words):
    assert sentence(make_params(), ENTRY | {"decision": "STOP_TOP", "highest_cleared": cleared}).startswith(words)


def test_the_mark_says_withheld_before_certain():
    assert [
        mark(ENTRY | change)
        for change in ({}, {"certain": False}, {"withheld": True}, {"decision": "HOLD"}, {"decision": "NOT_APPLICABLE"})
    ] == ["CERTAIN", "OPEN", "WITHHELD", "ON HOLD", "NOT APPLICABLE"]


def test_at_the_cap_the_committees_options_are_named(make_params):  # escalation.md section 4
    entry = ENTRY | {"decision": "CAP_HOLD", "reason": "1 of 6 had a DLT"}
    said, why = stated(make_params(), entry)
    assert said.startswith("Hold at the cap of 9")
    assert why == ("1 of 6 had a DLT. For the committee: amend the protocol, stop with the claim reached or use places that the "
                   "other group leaves free.")  # fmt: skip


def test_a_withheld_proposal_is_no_headline(make_params):
    entry = ENTRY | {"withheld": True, "decision": "ESCALATE", "reason": "0 of 3 had a DLT"}
    said, why = stated(make_params(), entry)
    assert said == "No proposal, withheld until answered"
    assert why == "The rules would give: escalate to 3 × 10⁹ cells (DL2). 0 of 3 had a DLT."


def test_every_decision_state_and_status_has_words_and_a_colour():
    assert set(STATUS_OF) == set(Decision)
    assert {str(d) for d in Decision if d is not Decision.NOT_APPLICABLE} == set(IN_WORDS)
    assert set(STATES) == {str(s) for s in LevelState}
    assert set(show.SHAPES) == {str(s) for s in DltStatus}


def test_the_first_screen_says_what_one_open_outcome_would_change(make_cut):
    """One open window, the level otherwise full: either outcome has its proposal and the day it can be known."""
    made = [dosed(f"X-{i}", "A_DL1", first, 1.0) for i, first in enumerate(["2026-01-05", "2026-01-19", "2026-02-02"])]
    cut = make_cut(cutoff="2026-02-25", DM=[m[0] for m in made], EX=[e for m in made for e in m[1] if e["EXSTDTC"] <= "2026-02-25"],
                   SV=[m[2] for m in made[:2]])  # fmt: skip
    said = show.say_proposals(cut, derive_escalation(cut)).plain
    assert (
        "If 2 clears by 1 Mar 2026: escalate to 3 × 10⁹ cells (DL2). If a DLT: expand 1 × 10⁹ cells (DL1) to six subjects."
        in said
    )


def test_a_dlt_or_death_is_told_to_the_other_group(make_cut):
    """Spec section 1: a notice in the other group's review, no automatic rule."""
    made = [
        dosed("X-1", "A_DL1", "2026-01-05", 1.0),
        dosed("X-2", "B_DL1", "2026-01-05", 1.0),
        dosed("X-3", "B_DL1", "2026-02-05", 1.0),
    ]
    made[2][0]["DTHFL"], made[2][0]["DTHDTC"] = "Y", "2026-05-01"
    event = {
        "USUBJID": "X-2",
        "AETERM": "Fever",
        "AEREL": "RELATED",
        "AETOXGR": "3",
        "AEDLT": "Y",
        "AESTDTC": "2026-01-08",
    }
    cut = make_cut(DM=[m[0] for m in made], EX=[e for m in made for e in m[1]], SV=[m[2] for m in made], AE=[event])
    said = show.say_proposals(cut, derive_escalation(cut)).plain
    assert "For the review of group A, seen in group B: 2 at 1 × 10⁹ cells (DL1), Fever" in said
    assert "and 3 at 1 × 10⁹ cells (DL1), died. The groups decide" in said and "For the review of group B" not in said


#   cut-off         first doses at a level that asks for one more        said
SPACED = [
    ("2026-01-10", "19 Jan 2026"),
    ("2026-01-18", "19 Jan 2026"),
    ("2026-01-19", "no waiting, spacing kept since 19 Jan 2026"),
]


@pytest.mark.parametrize("cutoff, says", SPACED)
def test_from_which_day_the_next_subject_may_be_dosed(make_cut, cutoff, says):
    """14 days after the first subject of the level, dosed on 5 January; once they have passed nobody waits for spacing."""
    made = dosed("X-1", "A_DL1", "2026-01-05", 1.0)
    cut = make_cut(cutoff=cutoff, DM=[made[0]], EX=[e for e in made[1] if e["EXSTDTC"] <= cutoff])
    found = derive_escalation(cut)
    assert f">{says}<" in show.table_dosing(cut, found).html and f"not before: {says}" in minutes(cut, found).html


def test_minutes_hold_what_is_known_and_room_for_what_is_decided(cuts):
    """Spec section 3: proposal, decision, reason, attendees, date, snapshot; section 8: the open and the blocking."""
    cut = cuts["running"]
    form = minutes(cut, derive_escalation(cut)).html
    for text in (
        sentence(cut.params, decide_groups(cut)["groups"]["A"]),
        cut.manifest.snapshot_id,
        "Present",
        "Date and signature",
        *CHOICES,
    ):
        assert text in form
    assert "☐ DLT ☐ no DLT" in form and "☐ continue ☐ reduce ☐ stop" in form and HOSTILE not in form


def test_minutes_name_what_blocks_by_its_fingerprint(make_cut):
    made = [dosed(f"X-{i}", "A_DL2", first, 3.0) for i, first in enumerate(["2026-01-05"])]
    cut = make_cut(DM=[m[0] for m in made], EX=[e for m in made for e in m[1]], SV=[m[2] for m in made])
    found = derive_escalation(cut)
    (block,) = [f for f in found.findings if f.id == "NKD-060"]
    assert f"NKD-060#{block.fingerprint}" in minutes(cut, found).html
    assert f"ACK NKD-060#{block.fingerprint}" in show.table_findings(found).html


def test_a_decision_stands_beside_the_proposal_it_was_taken_on(cuts):
    cut = cuts["running"]
    adjud = cut["ADJUD"].copy()
    adjud.loc[adjud.index[-1], ["PROPOSAL", "DEPARTS"]] = ["WAIT at level 1", "Y"]
    changed = replace(cut, frames={**cut.frames, "ADJUD": adjud})
    shown = beside.table_committee(changed, derive_escalation(changed)).html
    assert "◆ against it: WAIT at level 1" in shown and "not on record" in shown


def test_an_alternative_under_which_somebody_may_be_dosed_is_not_called_the_same(demo_cut):
    """D3, group B waits for 021; in a window of 21 days it waits for a subject that may be dosed now."""
    cut = demo_cut("D3")
    shown = tables_of(table_alternatives(cut, derive_escalation(cut)).html)[0]
    b = {row[1]: row for row in shown.rows[shown.rows.index(("Group B",)) + 1 :]}
    proposal = shown.heads.index("Proposal")
    assert b["nothing changed"][proposal] == "Wait at 1 × 10⁹ cells (DL1): 1 outcome open; nobody new may be dosed"
    assert b["21 days from first dose"][proposal] == "Wait at 1 × 10⁹ cells (DL1): 1 slot not dosed yet; 1 new subject"
    assert b["28 days from last dose"][proposal].startswith("Wait at 1 × 10⁹ cells (DL1): 4 outcomes open")
    assert "No level selected" in shown.heads and "No dose" not in shown.heads


def test_each_clause_says_all_that_it_asks_with_the_grades_and_days_that_are_set(make_cut):
    """Days of D02 are those of a laboratory finding; D03 has grade 3 with bleeding."""
    cut = make_cut(DM=[])
    rows = {row[0]: row[-1] for row in tables_of(show.table_clauses(cut).html)[0].rows}
    assert rows["D02"].endswith("a laboratory finding that resolves within 7 days") and rows["D02"].startswith(
        "grade 3 or more; at grade 3 not"
    )
    assert rows["D03"] == ("neutropenia or thrombocytopenia of grade 4 or more for more than 7 days; febrile neutropenia; thrombocytopenia of "
                           "grade 3 or more with bleeding; anaemia of grade 4 or more")  # fmt: skip
    assert "grade 5" in rows["D01"] and "2 planned doses" in rows["D10"]


def test_the_ladder_names_everybody_in_the_order_of_first_dose(demo_cut):
    cut = demo_cut("D3")
    figure = draw.plot_ladder(cut, derive_escalation(cut)).html
    named = re.findall(r'data-subject="[^"]*-(\d+)"', figure[figure.index("Subjects:") :])
    assert named == ["001", "004", "007", "014", "018", "020", "002", "005", "008", "010", "015", "017", "021"]
    assert ">005<" in figure


def test_what_began_after_the_window_would_meet_the_screen(demo_cut):
    """A late event is one: "no" would contradict its narrative."""
    cut = demo_cut("D3")
    late = tables_of(show.table_events(cut, derive_escalation(cut), "LATE", name="late").html)[0]
    assert [row[late.heads.index("Screen")] for row in late.rows] == ["would meet D02, D08 inside the window"]
