"""Events of special interest: explicit terms, in their groups, from their lowest grade (spec safety.md section 7)."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.adverse_events import derive_adae

#   term                           grade  arm      AESI   kind
CASES = [
    ("Cytokine release syndrome", "1", "A_DL1", True, "CRS"),
    ("CYTOKINE RELEASE SYNDROME", None, "B_DL1", True, "CRS"),
    ("Abdominal pain", "1", "B_DL1", True, "ABDOMINAL"),
    ("Abdominal pain", "1", "A_DL1", False, None),  # group B's own
    ("Dyspnoea", "1", "A_DL1", True, "IV SITE"),
    ("Dyspnoea", "1", "B_DL1", False, None),  # group A's own
    ("Neutropenia", "2", "A_DL1", False, None),  # severe only
    ("Neutropenia", "3", "A_DL1", True, "CYTOPENIA OR INFECTION"),
    ("Severe cytokine release syndrome", "3", "A_DL1", False, None),  # no loose match
    ("Headache", "4", "A_DL1", False, None),
]


@pytest.mark.parametrize("term, grade, arm, special, kind", CASES)
def test_listed_terms_count_in_their_group_and_grade(dosed, term, grade, arm, special, kind):
    cut, adsl = dosed(arm=arm, AE=[{"AETERM": term, "AEDECOD": term, "AETOXGR": grade}])
    row = derive_adae(cut, adsl).iloc[0]
    assert (row["AESIFL"] == "Y") if special else pd.isna(row["AESIFL"])
    assert row["AESICAT"] == kind if kind else pd.isna(row["AESICAT"])


def test_a_listed_term_of_unknown_grade_is_open_not_negative(dosed):
    cut, adsl = dosed(AE=[{"AETERM": "x", "AEDECOD": "Neutropenia", "AETOXGR": None}])
    row = derive_adae(cut, adsl).iloc[0]
    assert pd.isna(row["AESIFL"]) and row["AESIU"] == "Y"


def test_the_investigators_flag_counts_for_a_term_on_no_list(dosed):
    cut, adsl = dosed(AE=[{"AETERM": "x", "AEDECOD": "Headache", "AESI": "Y"}])
    row = derive_adae(cut, adsl).iloc[0]
    assert (row["AESIFL"], row["AESICAT"]) == ("Y", "RECORDED")


def test_every_kind_has_its_list(make_params):
    params = make_params()
    assert set(params.safety.aesi) == set(params.terms.aesi_terms)
    assert all(term == term.upper() for terms in params.terms.aesi_terms.values() for term in terms)
