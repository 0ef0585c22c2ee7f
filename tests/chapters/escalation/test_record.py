"""The committee's decision as rows (spec rulings.md section 1, escalation.md section 3): against the proposal is allowed, and marked."""

from datetime import date

import pytest

from nk521lib.chapters.escalation.record import COLUMNS, VALUES, Seen, decision_rows, departs
from nk521lib.errors import UsageError

TODAY = date(2026, 10, 20)


def _entry(decision: str, to_level: int | None, level: int = 2, **more) -> dict:
    return {"decision": decision, "level": level, "to_level": to_level, "certain": True, "withheld": False, "would_be": None} | more  # fmt: skip


def _seen(entry: dict, **more) -> Seen:
    given = {"study": "NCT07561437", "snapshot_id": "S003", "cutoff": "2026-09-30", "group": "A", "entry": entry, "levels": 3,
             "pack_sha256": "0" * 64} | more  # fmt: skip
    return Seen(**given)


def _rows(
    entry=None, value="escalate", reason="0 of 3", attendees="Chair", on="2026-10-07", by="DM", level=None, **more
):
    return decision_rows(_seen(entry or _entry("ESCALATE", 3), **more), value, reason, attendees, on, by, TODAY, level)


#  proposal                        decision that agrees, its level
AGREES = [
    (_entry("ESCALATE", 3), "ESCALATE", 2), (_entry("EXPAND", 2), "EXPAND", 2), (_entry("WAIT", 2), "OPEN", 2),
    (_entry("CONFIRM_LOWER", 1), "EXPAND", 1), (_entry("STOP_NONE", None, 1), "STOP", 1), (_entry("STOP_MTD", None), "STOP", 2),
    (_entry("STOP_TOP", None, 3), "STOP", 3), (_entry("CAP_HOLD", 3, would_be="ESCALATE"), "HOLD", 2),
    (_entry("HOLD", 3, would_be="ESCALATE"), "HOLD", 2), (_entry("ESCALATE", 3, withheld=True), "HOLD", 2),
]  # fmt: skip


@pytest.mark.parametrize("entry, value, level", AGREES)
def test_one_decision_agrees_with_each_proposal_and_every_other_departs(entry, value, level):
    assert departs(entry, value, level) is False
    assert all(departs(entry, other, level) for other in VALUES if other != value)


@pytest.mark.parametrize("entry, value, level", [row for row in AGREES if row[1] in ("ESCALATE", "EXPAND", "OPEN")])
def test_the_same_word_at_another_level_departs(entry, value, level):
    assert departs(entry, value, level + 1) is True


def test_an_escalation_opens_the_level_above_in_a_row_of_its_own():
    rows = _rows()
    assert [(r["VALUE"], r["LEVEL"]) for r in rows] == [("ESCALATE", "2"), ("OPEN", "3")]
    assert all(tuple(r) == COLUMNS for r in rows)
    assert {r["DEPARTS"] for r in rows} == {"N"} and rows[0]["PROPOSAL"] == "ESCALATE to level 3, certain"


def test_a_departing_decision_carries_the_proposal_it_departed_from():
    (row,) = _rows(_entry("WAIT", 1, 1, certain=False), "expand", changed=("mtd_min_n",))
    assert row["DEPARTS"] == "Y" and row["LEVEL"] == "1"
    assert row["PROPOSAL"] == "WAIT at level 1, not certain, settings changed: mtd_min_n"


def test_an_expansion_is_about_the_level_that_the_proposal_names():
    assert _rows(_entry("CONFIRM_LOWER", 1), "EXPAND")[0]["LEVEL"] == "1"
    assert _rows(_entry("WAIT", 2), "EXPAND")[0]["LEVEL"] == "2"


#  what is wrong                                    what the line says
WRONG = [
    ({"value": "maybe"}, "decision MAYBE: expected escalate, expand, open"), ({"value": ""}, "decision missing"),
    ({"reason": "  "}, "reason: missing"), ({"attendees": ""}, "attendees: missing"), ({"by": ""}, "by: missing"),
    ({"reason": "=HYPERLINK()"}, "reason: begins with '='"), ({"by": "@x"}, "by: begins with '@'"),
    ({"reason": "a\x1b[2Jb"}, "reason: holds a control character"), ({"reason": "x" * 2001}, "2001 characters"),
    ({"on": "2026-10"}, "expected a whole day"), ({"on": "7 Oct 2026"}, "expected a whole day"), ({"on": ""}, "date missing"),
    ({"on": "2026-10-21"}, "lies after today"), ({"on": "2026-09-29"}, "before the cut-off"),
    ({"level": 4}, "has the levels 1 to 3"), ({"level": 0}, "has the levels 1 to 3"), ({"level": 3}, "it is the highest level"),
    ({"value": "deescalate", "level": 1}, "there is no level below it"),
]  # fmt: skip


@pytest.mark.parametrize("given, line", WRONG)
def test_what_cannot_be_recorded_is_refused_in_one_line(given, line):
    with pytest.raises(UsageError) as refused:
        _rows(**given)
    assert len(refused.value.problems) == 1 and line in refused.value.problems[0]


def test_a_decision_on_the_day_of_the_cutoff_and_one_of_today_are_recorded():
    assert _rows(on="2026-09-30") and _rows(on="2026-10-20")


def test_all_problems_are_named_at_once():
    with pytest.raises(UsageError) as refused:
        _rows(reason="", attendees="", on="x")
    assert len(refused.value.problems) == 3


def test_lines_of_a_reason_become_one():
    assert _rows(reason="first\nsecond\tthird")[0]["REASON"] == "first second third"
