"""AMB-23: the trial is read as monotherapy, so lymphodepletion and cytokines after enrolment are deviations."""

import pandas as pd
import pytest

from nk521lib.chapters.safety.combined import check_monotherapy
from nk521lib.chapters.subjects import derive_subjects

PRIOR = {"CMCAT": "PRIOR ANTICANCER THERAPY"}
#   drug               start         end           more    what is said; enrolled on 2026-03-10, first dose on 2026-03-16
RECORDS = [
    ("Cyclophosphamide", "2026-03-12", "2026-03-14", {}, "lymphodepletion, given after enrolment"),
    ("fludarabine", "2026-03-10", "2026-03-10", {}, "given after enrolment"),
    ("Fludarabine", "2026-03-09", "2026-03-10", {}, "may have been given after enrolment"),
    ("Fludarabine", "2026-03-07", "2026-03-09", {}, None),
    ("IL-2", "2026-03", None, {}, "cytokine, may have been given after enrolment"),
    ("IL-2", None, None, {}, "may have been given after enrolment"),
    ("Interleukin-2 like", "2026-03-12", None, {}, None),  # no loose match
    ("Paracetamol", "2026-03-12", None, {}, None),
    ("Cyclophosphamide", "2025-06", None, PRIOR, None),  # E09b judges it
    ("Cyclophosphamide", "2026-03-12", None, PRIOR, "given after enrolment"),
    ("Endoxan", "2026-03-12", None, {"CMDECOD": "CYCLOPHOSPHAMIDE"}, "Endoxan, lymphodepletion, given after enrolment"),
]


def findings(make_cut, *records, enrolled="2026-03-10", dosed="2026-03-16"):
    people = [{"USUBJID": "S1", "SUBJID": "S1", "ARMCD": "A_DL1", "SEX": "F"}]
    ds = (
        [{"USUBJID": "S1", "DSDECOD": "ENROLLED", "DSCAT": "PROTOCOL MILESTONE", "DSSTDTC": enrolled}]
        if enrolled
        else []
    )
    doses = [{"USUBJID": "S1", "EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXROUTE": "INTRAVENOUS", "EXSTDTC": dosed}] if dosed else []  # fmt: skip
    cut = make_cut(DM=people, DS=ds, EX=doses, CM=[{"USUBJID": "S1"} | record for record in records])
    return list(check_monotherapy(cut, derive_subjects(cut)))


@pytest.mark.parametrize("drug, start, end, more, said", RECORDS)
def test_a_listed_drug_after_enrolment_is_a_deviation(make_cut, drug, start, end, more, said):
    found = findings(make_cut, {"CMTRT": drug, "CMSTDTC": start, "CMENDTC": end} | more)
    assert len(found) == (said is not None)
    for finding in found:
        assert said in finding.message and (finding.id, finding.effect, finding.group) == ("SAF-024", "FLAG", "A")
        assert (finding.domain, finding.usubjid, finding.seq) == ("CM", "S1", "1")


def test_without_a_date_of_enrolment_the_first_dose_counts_and_without_both_nothing_is_said(make_cut):
    record = {"CMTRT": "IL-2", "CMSTDTC": "2026-03-12", "CMENDTC": "2026-03-15"}
    assert findings(make_cut, record, enrolled=None) == []
    assert len(findings(make_cut, record | {"CMENDTC": "2026-03-16"}, enrolled=None)) == 1
    assert findings(make_cut, record, enrolled=None, dosed=None) == []


def test_a_snapshot_without_medications_says_nothing(make_cut):
    cut = make_cut(DM=[{"USUBJID": "S1", "SUBJID": "S1"}])
    assert list(check_monotherapy(cut, derive_subjects(cut))) == []


def test_the_drugs_are_a_parameter_that_carries_the_ambiguity(make_params):
    params = make_params()
    assert next(a for a in params.ambiguities if a.id == "AMB-23").parameters == ("not_monotherapy",)
    assert pd.Series([d for names in params.terms.not_monotherapy.values() for d in names]).str.isupper().all()
