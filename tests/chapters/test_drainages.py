"""What counts as a drainage, and that one recorded as not done is shown nowhere as done (spec efficacy.md section 4)."""

import pandas as pd
import pytest

from nk521lib.chapters.drainages import done_drainages, drainage_records
from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.peritoneal import derive_drained, derive_peritoneal
from nk521lib.chapters.subjects import derive_subjects

#   PRTRT                  PRDECOD          PROCCUR   a drainage   done
ROWS = [
    ("PARACENTESIS", None, None, True, True),
    ("Paracentesis", None, "Y", True, True),
    ("Belly tap", "PARACENTESIS", None, True, True),
    ("CATHETER DRAINAGE", None, None, True, True),
    ("PARACENTESIS", None, "N", True, False),
    ("PARACENTESIS", None, "n", True, False),
    ("BIOPSY", None, "Y", False, False),
    (None, None, None, False, False),
]


@pytest.mark.parametrize(("treatment", "coded", "occurred", "is_one", "done"), ROWS)
def test_a_procedure_is_a_done_drainage_by_its_words_unless_it_says_it_was_not_done(
    make_cut, treatment, coded, occurred, is_one, done
):
    cut = make_cut(PR=[{"USUBJID": "S-1", "PRTRT": treatment, "PRDECOD": coded, "PROCCUR": occurred}])
    assert len(drainage_records(cut)) == is_one and len(done_drainages(cut)) == done


def test_without_the_variable_a_record_says_that_it_was_done(make_cut):
    assert len(done_drainages(make_cut(PR=[{"USUBJID": "S-1", "PRTRT": "PARACENTESIS"}]))) == 1


TREATED = {
    "DM": [{"USUBJID": "S-1", "ARMCD": "B_DL1"}],
    "EX": [{"USUBJID": "S-1", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-06-01"}],
}


def test_a_drainage_that_was_not_done_is_in_no_volume(make_cut):
    tap = {"USUBJID": "S-1", "PRTRT": "PARACENTESIS", "PRVOL": 900.0}
    cut = make_cut(
        **TREATED,
        PR=[tap | {"PRSTDTC": "2026-06-08", "PROCCUR": "N"}, tap | {"PRSTDTC": "2026-06-15", "PROCCUR": "Y"}],
    )
    drained = derive_drained(cut, derive_subjects(cut))
    assert drained["START"].dt.strftime("%m-%d").tolist() == ["06-15"] and drained["VOLUME"].tolist() == [900.0]


@pytest.mark.parametrize(("domains", "number"), [({}, None), ({"PR": []}, 0)])
def test_no_table_of_procedures_is_not_no_drainage(make_cut, domains, number):
    cut = make_cut(**TREATED, AE=[], VS=[], **domains)
    found = derive_safety(cut)
    (row,) = derive_peritoneal(cut, found.adsl, found.adae, found.advs).to_dict("records")
    assert row["N_THERAPEUTIC"] == number if number is not None else pd.isna(row["N_THERAPEUTIC"])
