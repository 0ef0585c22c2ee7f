"""Datasets for the committee's paper (spec rulings.md section 8): rows of what the page shows, nothing new."""

import pandas as pd

from nk521lib.chapters import escalation
from nk521lib.chapters.escalation.evidence import notable_events
from nk521lib.edge.datasets import to_table


def test_an_open_subject_carries_what_its_outcome_would_leave(make_group):
    cut = make_group("1NNN 2NNP")
    standing = escalation.list_standing(cut, escalation.derive_escalation(cut))["adstand"].set_index("USUBJID")
    assert standing.loc["A06", "IFCLEAR"] == "ESCALATE" and standing.loc["A06", "IFDLT"] == "EXPAND"
    assert standing["IFCLEAR"].notna().sum() == 1 and standing.index.is_unique


def test_the_events_are_those_of_the_page_and_their_dates_are_dates(make_group):
    found = escalation.derive_escalation(cut := make_group("1NTN"))
    events = escalation.list_standing(cut, found)["addltev"]
    assert events["VERDICT"].tolist() == notable_events(found)["VERDICT"].tolist() == ["DLT"]
    types = {field.name: str(field.type) for field in to_table(events, "addltev").schema}
    assert types["ASTLODT"] == types["AENHIDT"] == "date32[day]"


def test_a_groups_facts_name_each_design_and_who_may_be_dosed(make_group):
    cut = make_group("1NNN")
    facts = escalation.list_standing(cut, escalation.derive_escalation(cut))["adgroup"]
    a = facts[facts["GROUP"].eq("A")]
    assert {"BOIN", "mTPI-2", "CRM"} <= set(a.loc[a["ITEM"].eq("DESIGN"), "NAME"])
    dosing = a[a["ITEM"].eq("DOSING")].iloc[0]
    assert (dosing["NAME"], dosing["VALUE"]) == ("may", "3")


def test_without_a_ladder_there_is_nothing(make_cut):
    cut = make_cut(DM=[{"USUBJID": "X-1"}])
    no_groups = escalation.Escalation(*(pd.DataFrame(),) * 5, (), (), {}, "no ladder")
    assert escalation.list_standing(cut, no_groups) == {}
