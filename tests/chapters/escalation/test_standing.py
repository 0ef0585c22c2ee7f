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


def test_one_open_outcome_carries_both_proposals_it_can_lead_to(make_group):
    """At the last place of the group: an expansion would need three more."""
    cut = make_group("1NNN 2NNN 3NNP")
    (clear, dlt) = escalation.list_standing(cut, escalation.derive_escalation(cut))["adforesn"].itertuples()
    assert (clear.USUBJID, clear.ASSUMED, clear.DECISION) == ("A09", "CLEAR", "STOP_TOP")
    assert (dlt.ASSUMED, dlt.DECISION, dlt.WOULDBE, dlt.SHORTBY) == ("DLT", "CAP_HOLD", "EXPAND", 3)
    assert pd.isna(clear.WOULDBE) and pd.isna(clear.ADT)
    waiting = make_group("1NPP")
    assert escalation.list_standing(waiting, escalation.derive_escalation(waiting))["adforesn"].empty


def test_a_dlt_is_listed_for_the_other_groups(make_group):
    cut = make_group("1NTN")
    facts = escalation.list_standing(cut, escalation.derive_escalation(cut))["adgroup"]
    (seen,) = facts[facts["ITEM"].eq("SEEN")].itertuples()
    assert (seen.GROUP, seen.NAME, seen.VALUE) == ("A", "A02", "1")


def test_without_a_ladder_there_is_nothing(make_cut):
    cut = make_cut(DM=[{"USUBJID": "X-1"}])
    no_groups = escalation.Escalation(*(pd.DataFrame(),) * 5, (), (), {}, "no ladder")
    assert escalation.list_standing(cut, no_groups) == {}
