"""Advice on SDTMIG: a rule that could not be asked is not run, whatever the library says of it; nothing of it can gate."""

from types import SimpleNamespace

import pandas as pd
import pytest

from nk521lib.edge.conformance import DEVIATES, HOLDS, NOT_RUN, _cannot_be_asked, _judged, count_advice

TABLES = {
    "AE": pd.DataFrame({"USUBJID": ["X-1"], "AESEQ": [1.0], "AETERM": ["fever"]}),
    "LB": pd.DataFrame({"USUBJID": pd.Series(dtype=object), "LBSEQ": pd.Series(dtype=float)}),
}


def rule(*domains, kind="RECORD_CHECK", conditions=None, operations=()):
    return SimpleNamespace(
        domains=list(domains), rule_type=kind, conditions=conditions or {}, operations=list(operations)
    )


def says(name):
    return {"all": [{"name": name, "operator": "is_null", "value": None}]}


#  a rule that the library passes                                                             why it was not asked
PASSED = [
    (rule("AE", conditions=says("AETERM")), ""),
    (rule("PE", conditions=says("PETESTCD")), "the snapshot has no PE"),
    (rule("PE", "AE", conditions=says("AETERM")), ""),
    (rule("AE", conditions=says("AESEV")), "AE has no AESEV"),
    (rule("AE", conditions={"any": [{"all": [{"name": "_pb_x"}]}]}, operations=[{"params": {"column": "AESEV"}}]), "AE has no AESEV"),
    (rule("LB", conditions=says("LBSEQ")), "LB has no record"),
    (rule(conditions=says("USUBJID")), ""),
    (rule("AE", kind="VARIABLE_METADATA_CHECK", conditions=says("_pb_AESEV_present")), ""),
    (rule("PE", kind="VARIABLE_METADATA_CHECK", conditions=says("_pb_PESEQ_present")), "the snapshot has no PE"),
    (rule(kind="DOMAIN_PRESENCE_CHECK"), ""),
]  # fmt: skip


@pytest.mark.parametrize("passed, why", PASSED)
def test_not_run_is_never_kept(passed, why):
    assert _cannot_be_asked(passed, TABLES) == why


def result(status, **more):
    plain = {
        "rule_id": "SDTM-1",
        "sensitivity": "Error",
        "description": "d",
        "message": None,
        "n_issues": 0,
        "row_findings": [],
        "dataset": "AE",
    }
    return SimpleNamespace(status=status, **(plain | more))


#  what the library says      what this page says
STATUSES = [
    ("pass", HOLDS),
    ("not_applicable", NOT_RUN),
    ("not_supported", NOT_RUN),
    ("error", NOT_RUN),
    ("fail", DEVIATES),
]


@pytest.mark.parametrize("status, expected", STATUSES)
def test_every_status_of_the_library_has_its_word(status, expected):
    assert _judged(result(status, n_issues=1), rule("AE", conditions=says("AETERM")), TABLES)["status"] == expected


def test_a_deviation_names_its_records_by_their_keys():
    found = SimpleNamespace(dataset="AE", row=0, checked_column="AETERM", checked_value="fever")
    row = _judged(result("fail", n_issues=3, row_findings=[found]), rule("AE"), TABLES)
    assert row["where"] == "AE X-1 1 (AETERM 'fever'); 2 more"
    assert row["issues"] == 3


def test_the_count_speaks_of_the_rules_that_could_be_run():
    advice = pd.DataFrame({"status": [DEVIATES, HOLDS, HOLDS, NOT_RUN]})
    assert count_advice(advice).endswith("1 of 3 rules that could be run deviate, 1 not run")
