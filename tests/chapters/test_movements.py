"""What moved between two cuts and why: each kind of answer, with the record or the day that moved it."""

import pandas as pd
import pytest

from nk521lib.chapters.changes import COLUMNS
from nk521lib.chapters.movements import State, decision_moves, derive_movements, say_change

S = "NK521-01-001"


def addlt(status, end="2026-07-20", ids="EX:1", reason="window complete without DLT"):
    return pd.DataFrame([{"USUBJID": S, "GROUP": "A", "LEVEL": 1, "STATUS": status, "REASON": reason, "SRCIDS": ids,
                          "ADLTSDT": pd.Timestamp("2026-06-23"), "ADLTEDT": pd.Timestamp(end)}])  # fmt: skip


def changes(*rows):
    blank = dict.fromkeys(COLUMNS) | {"usubjid": S, "key": ""}
    return pd.DataFrame([blank | row for row in rows], columns=list(COLUMNS)).astype("string")


def moved(old, new, found=None):
    states = State("D1", "2026-06-30", **old), State("D2", "2026-07-31", **new)
    return [(m.kind, m.old, m.new, m.because) for m in derive_movements(*states, found)]


NEW_AE = {"domain": "AE", "seq": "3", "kind": "new", "new": "Fever, 3, 2026-07-02"}
EDIT = {"domain": "AE", "seq": "3", "kind": "changed", "column": "AETOXGR", "old": "2", "new": "3"}
JUDGED = {"domain": "ADJUD", "kind": "new", "key": "STUDYID N, ITEM DLT, VALUE N, AESEQ 3"}
#  before              after                                          changes       because
STATUSES = [
    (None, addlt("PENDING", "2026-08-20"), [], ("first dose 2026-06-23, level 1",)),
    (addlt("PENDING"), addlt("CLEAR"), [], ("window ended 2026-07-20",)),
    (addlt("PENDING", "2026-06-29"), addlt("CLEAR", "2026-06-29"), [], ("window ended 2026-06-29, now followed to its end",)),
    (addlt("CLEAR", "2026-06-29"), addlt("DLT", "2026-06-29", "AE:3;EX:1", "Fever grade 3 (investigator)"), [NEW_AE],
     ("AE 3 is new: Fever, 3, 2026-07-02", "Fever grade 3 (investigator)")),
    (addlt("CLEAR", "2026-06-29"), addlt("CANDIDATE", "2026-06-29", "AE:3", "Fever grade 3 (D02)"), [EDIT], ("AE 3 AETOXGR: 2 to 3", "Fever grade 3 (D02)")),
    (addlt("CANDIDATE", "2026-06-29", "AE:3"), addlt("CLEAR", "2026-06-29"), [JUDGED], ("ADJUD (DLT, VALUE N, AESEQ 3) is new",)),
]  # fmt: skip


@pytest.mark.parametrize("before, after, records, because", STATUSES)
def test_a_status_moves_by_its_records_or_by_time(before, after, records, because):
    old = {} if before is None else {"addlt": before}
    (said,) = moved(old, {"addlt": after}, changes(*records))
    assert said[0] == "DLT status" and said[3] == because


def test_records_that_the_status_does_not_read_moved_nothing():
    elsewhere = NEW_AE | {"seq": "9"}
    (said,) = moved({"addlt": addlt("PENDING")}, {"addlt": addlt("CLEAR")}, changes(elsewhere))
    assert said[3] == ("window ended 2026-07-20",)


def test_what_did_not_move_is_not_said():
    assert moved({"addlt": addlt("CLEAR")}, {"addlt": addlt("CLEAR")}, changes(NEW_AE)) == []


def frame(param, **columns):
    return pd.DataFrame([{"USUBJID": S, "PARAMCD": param, **columns}])


def test_a_best_response_names_the_days_of_the_new_records():
    rows = [{"domain": "TR", "seq": str(n), "kind": "new", "new": f"LDIAM, {n}, 2026-07-14"} for n in range(3)]
    rows.append({"domain": "RS", "seq": "1", "kind": "changed", "column": "RSSTRESC", "old": "SD", "new": "PR"})
    (said,) = moved({"adrs": frame("CBOR", AVALC="SD")}, {"adrs": frame("CBOR", AVALC="PR")}, changes(*rows))
    assert said == ("best response, confirmed", "SD", "PR", ("2026-07-14: 3 new TR", "RS 1 RSSTRESC: SD to PR"))


def test_a_new_event_is_said_and_a_later_censoring_is_not():
    dead = {"domain": "DS", "seq": "4", "kind": "new", "new": "DEATH, 2026-07-14"}
    event = frame("OS", CNSR=0, ADT=pd.Timestamp("2026-07-14"))
    censored = [frame("OS", CNSR=1, ADT=pd.Timestamp(day)) for day in ("2026-06-30", "2026-07-31")]
    assert moved({"adtte": censored[0]}, {"adtte": censored[1]}, changes()) == []
    (said,) = moved({"adtte": censored[0]}, {"adtte": event}, changes(dead))
    assert said == ("OS", "no event", "death on 2026-07-14", ("2026-07-14: 1 new DS",))
    (back,) = moved({"adtte": event}, {"adtte": censored[1]}, changes())
    assert back[:3] == ("OS", "event", "no event")


def test_eligibility_names_the_criteria_that_turned():
    def screened(status, **effects):
        adie = pd.DataFrame([{"USUBJID": S, "IETESTCD": name, "EFFECT": effect} for name, effect in effects.items()])
        return {"adsl": pd.DataFrame([{"USUBJID": S, "GROUP": pd.NA, "ELIGSTAT": status}]), "adie": adie}

    (said,) = moved(
        screened("UNDECIDED", I05="UNDECIDED", E14b1="PASS"), screened("ELIGIBLE", I05="PASS", E14b1="PASS")
    )
    assert said == ("eligibility", "UNDECIDED", "ELIGIBLE", ("I05: UNDECIDED to PASS",))


def test_a_decision_names_the_subjects_who_moved_it():
    old, new = ({"groups": {"A": {"decision": d, "n": n}}} for d, n in (("WAIT", 2), ("ESCALATE", 3)))
    one, two = State("D1", "2026-06-30", old, addlt("PENDING")), State("D2", "2026-07-31", new, addlt("CLEAR"))
    found = decision_moves(one, two, derive_movements(one, two, None))
    assert [(m.kind, m.old, m.new) for m in found] == [("decision", "WAIT", "ESCALATE"), ("n", "2", "3")]
    assert found[0].because == (f"{S}: PENDING to CLEAR",)


@pytest.mark.parametrize("row, said", [
    (EDIT, "AE 3 AETOXGR: 2 to 3"), (EDIT | {"new": None}, "AE 3 AETOXGR: 2 to nothing"),
    (NEW_AE, "AE 3 is new: Fever, 3, 2026-07-02"), (NEW_AE | {"kind": "vanished", "old": "Fever"}, "AE 3 has vanished: Fever"),
])  # fmt: skip
def test_a_change_in_words(row, said):
    assert say_change(dict.fromkeys(COLUMNS) | {"key": ""} | row) == said
