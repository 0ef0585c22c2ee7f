"""An answer stays with its finding from snapshot to snapshot, and lapses when the record behind it changes; it clears nothing."""

import pandas as pd
import pytest

from nk521lib.chapters.checks.dispositions import ANSWERS, derive_keys, dispose
from nk521lib.findings import Finding, one_per_cause, to_frame
from nk521lib.terms import Effect, Severity

A1 = "NK521-01-001"
EVENT = {"USUBJID": A1, "AESEQ": 2, "AETERM": "rash", "AETOXGR": "1", "AESTDTC": "2026-09-10"}
W = Severity.WARNING


def found(effect=Effect.FLAG, message="AE: AEDECOD is empty", **more) -> pd.DataFrame:
    keys = {"domain": "AE", "usubjid": A1, "seq": "2"} | more
    return to_frame([Finding("NKD-033", W, effect, message, **keys)])


def answers(*keys) -> pd.DataFrame:
    rows = [{"KEY": key, "WHO": "dm", "WHEN": "2026-10-06", "WHY": "coding is under way"} for key in keys]
    return pd.DataFrame(rows, columns=list(ANSWERS)).astype("string")


def key_of(findings, cut) -> str:
    return derive_keys(findings, cut).iloc[0]


def test_a_key_names_the_finding_and_marks_what_stands_behind_it(make_cut):
    assert key_of(found(), make_cut(AE=[EVENT])).startswith("NKD-033/AE/NK521-01-001/2#")
    assert key_of(found(domain="", usubjid="", seq="", group="A"), make_cut()).startswith("NKD-033/A#")


#  the record later                     does the answer still hold?
LATER = [
    ({}, True), ({"AESEQ": 2}, True), ({"AETOXGR": "2"}, False), ({"AETERM": "rash "}, False), ({"AEENDTC": "2026-09-12"}, False),
]  # fmt: skip


@pytest.mark.parametrize("change, holds", LATER)
def test_an_answer_carries_over_until_its_record_changes(make_cut, change, holds):
    before, after = (
        make_cut(AE=[EVENT | {"AEENDTC": None}]),
        make_cut(cutoff="2026-10-31", AE=[EVENT | {"AEENDTC": None} | change]),
    )
    said, unused = dispose(found(), after, answers(key_of(found(), before)))
    assert unused == []
    expected = (
        "answered by dm on 2026-10-06: coding is under way" if holds else "the answer of dm on 2026-10-06 has lapsed"
    )
    assert said["disposition"].iloc[0].startswith(expected)


def test_another_message_about_the_record_is_another_finding(make_cut):
    cut = make_cut(AE=[EVENT])
    both = pd.concat([found(), found(message="AE: AEBODSYS is empty")], ignore_index=True)
    said, unused = dispose(both, cut, answers(key_of(found(), cut)))
    assert said["disposition"].notna().tolist() == [True, False]
    assert unused == []


def test_an_answer_releases_no_withheld_proposal(make_cut):
    cut, block = make_cut(AE=[EVENT]), found(Effect.BLOCK)
    said, _ = dispose(block, cut, answers(key_of(block, cut)))
    assert said["effect"].tolist() == [Effect.BLOCK]
    assert "stays withheld until the committee acknowledges it" in said["disposition"].iloc[0]


def test_an_answer_to_nothing_is_told(make_cut):
    said, unused = dispose(found(), make_cut(AE=[EVENT]), answers("NKD-081/PR/NK521-01-015/4#00000000"))
    assert unused == ["NKD-081/PR/NK521-01-015/4#00000000"]
    assert said["disposition"].isna().all()


def test_findings_without_a_record_have_keys_too(make_cut):
    several = to_frame([Finding("NKD-015", W, Effect.HANDLED, m) for m in ("one", "two")])
    assert derive_keys(several, make_cut()).nunique() == 2


#  a safety finding                                   a data check                                    is it a repetition?
SAME = [
    (("SAF-010", "AE 2: grade missing"), ("NKD-030", 'AE: Rash: AETOXGR is "6"'), True),
    (("SAF-010", "AE 2: grade missing"), ("NKD-030", "AE: Rash: fatal, but DM has no death"), False),
    (("SAF-010", "AE: no record has a grade"), ("NKD-035", "AE: no AETOXGR in the file"), True),
    (("SAF-011", 'AE 2: relation "MAYBE": counted'), ("NKD-036", "AEREL is MAYBE"), True),
    (("SAF-011", "AE 2: relation missing: counted"), ("NKD-036", "AEREL is MAYBE"), False),
    (("SAF-012", "AE 2: not coded"), ("NKD-033", "AE: AEDECOD is empty"), True),
    (("SAF-012", "AE 2: not coded"), ("NKD-081", "PR"), False),
]  # fmt: skip


@pytest.mark.parametrize("safety, check, repeated", SAME)
def test_one_root_cause_is_one_message(safety, check, repeated):
    rows = [Finding(i, W, Effect.FLAG, m, domain="AE", usubjid=A1, seq="2") for i, m in (safety, check)]
    assert len(one_per_cause(to_frame(rows))) == (1 if repeated else 2)
