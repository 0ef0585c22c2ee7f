"""From a number to its rule and back; from a subject's answers to the records that they name."""

import pandas as pd
import pytest

from nk521lib.chapters.rulebook import RULES, numbers_by_rule, rules_of, uses_of_records

S = "NK521-01-001"


def test_every_parameter_of_a_rule_exists_and_no_id_stands_twice(make_params):
    known = set(make_params().about)
    assert {name for rule in RULES for name in rule.parameters} <= known
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("analysis, rules", [
    ("dlt_level", ["dlt-status"]), ("ae_overview", ["teae", "relation", "aesi"]), ("km_os", ["os"]), ("km_dor", ["pfs"]),
    ("hrqol_mean", ["quality"]), ("rate_orr", ["response"]), ("pathway_truth", ["dose-decision"]), ("not_a_number", []),
])  # fmt: skip
def test_an_analysis_has_its_rules(analysis, rules):
    assert [rule.id for rule in rules_of(analysis)] == rules


def test_what_has_no_rule_is_said():
    assert numbers_by_rule(["km_os", "not_a_number"])[""] == ["not_a_number"]


#   dataset, one row                                                                     answer, value, rule, records
ROWS = [
    ("addlt", {"STATUS": "DLT", "REASON": "Fever grade 3", "SRCIDS": "AE:3;EX:1"}, ("DLT status", "DLT: Fever grade 3", "dlt-status", "AE:3;EX:1")),
    ("adie", {"IETESTCD": "E14b1", "EFFECT": "PASS", "EVIDENCE": "ALT 30", "SRCIDS": "LB:4"}, ("E14b1", "PASS, ALT 30", "eligibility", "LB:4")),
    ("adae", {"SRCSEQ": 3, "TRTEMFL": "Y", "APT": "Pyrexia", "ATOXGRN": pd.NA}, ("treatment-emergent", "Pyrexia, grade missing", "teae", "AE:3")),
    ("adlb", {"PARAMCD": "HGB", "SRCDOM": "LB", "SRCSEQ": 9, "WORSTLFL": pd.NA, "WORSTHFL": "Y", "ATOXGRL": pd.NA, "ATOXGRH": 2}, ("worst laboratory grade", "haemoglobin high, grade 2", "lab-grade", "LB:9")),
    ("adrs", {"PARAMCD": "CBOR", "AVALC": "PR", "BESTRULE": "confirmed PR"}, ("best response, confirmed", "PR, confirmed PR", "response", "TU;TR;RS")),
    ("adtte", {"PARAMCD": "PUFS", "ADT": pd.Timestamp("2026-07-01"), "AVAL": 31, "EVNTDESC": "DEATH"}, ("PUFS", "death, 2026-07-01, day 31", "pufs", "PR")),
]  # fmt: skip


@pytest.mark.parametrize("name, row, expected", ROWS)
def test_an_answer_names_its_value_its_rule_and_its_records(name, row, expected):
    text = {c: "string" for c, v in row.items() if isinstance(v, str) or c.endswith("FL")}
    frame = pd.DataFrame([{"USUBJID": S, **row}]).astype(text | {c: "Int64" for c in row if c.startswith("ATOXGR")})
    (use,) = uses_of_records({name: frame}).itertuples(index=False)
    assert tuple(use) == (S, *expected)


def test_a_pack_without_these_datasets_has_no_uses():
    assert uses_of_records({}).empty
