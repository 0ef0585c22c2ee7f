"""The tables of what came after which dose: blank nowhere, counts are rows, hostile text stays text."""

import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.display.tables import after_dose as show
from nk521lib.results import to_frame

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def cut(make_cut):
    doses = [{"USUBJID": "S-1", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": f"2026-03-{d:02d}T10:00", "EXLOT": lot, "EXVIAB": viable,
              "EXSTERIL": sterile} for d, lot, viable, sterile in
             ((2, "L1", 90.0, "No growth"), (9, "L1", 95.0, "GROWTH " + HOSTILE), (16, HOSTILE, 91.0, None), (23, None, None, None))]  # fmt: skip
    fever = {"USUBJID": "S-1", "AETERM": "Pyrexia", "AEREL": "RELATED", "AETOXGR": "1"}
    return make_cut(
        DM=[{"USUBJID": "S-1", "SUBJID": "S-1", "ARMCD": "A_DL1"}], EX=doses,
        AE=[fever | {"AESTDTC": "2026-03-02T16:30"}, fever | {"AESTDTC": "2026-03-17"}],
        CM=[{"USUBJID": "S-1", "CMTRT": "x", "CMDECOD": "Dexamethasone", "CMSTDTC": start} for start in ("2026-03-02T18:00", "2026-03-20", "2026-03")],
    )  # fmt: skip


def test_onsets_by_dose_number(cut):
    shown = show.table_onsets(cut, derive_escalation(cut))
    assert "2 onsets of fever, hypotension or hypoxia after a dose" in shown.plain
    assert "6.5; 1 without both times" in shown.html and "no onset" in shown.html
    rows = to_frame(shown.numbers)
    fever = rows[rows["variable"].eq("FEVER") & rows["stat_name"].eq("n")].set_index("variable_level")["stat"]
    assert fever.to_dict() == {"dose 1": 1, "dose 2": 0, "dose 3": 1, "dose 4": 0}


def test_masking_drugs(cut):
    shown = show.table_masking(cut, derive_escalation(cut))
    assert "3 drug records that may mask an event, 3 in use or perhaps in use in a DLT window" in shown.html
    assert "perhaps" in shown.html and "not known exactly" in shown.html
    assert "8.0 h" in shown.html and "4 days" in shown.html


def test_lots_with_viability_and_sterility(cut):
    shown = show.table_lots(cut, derive_escalation(cut))
    assert (
        "90 to 95 %" in shown.html
        and "91 %" in shown.html
        and "■ growth" in shown.html
        and "not recorded" in shown.html
    )
    assert "The snapshot holds no" not in shown.html and HOSTILE not in shown.html
    rows = to_frame(shown.numbers)
    assert rows[rows["analysis_id"].eq("lot_viability") & rows["variable_level"].eq("L1")]["stat"].tolist() == [
        90.0,
        95.0,
    ]


def test_what_the_snapshot_does_not_hold_is_said(make_cut):
    cut = make_cut(DM=[{"USUBJID": "S-1", "SUBJID": "S-1", "ARMCD": "A_DL1"}],
                   EX=[{"USUBJID": "S-1", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": "2026-03-02"}])  # fmt: skip
    found = derive_escalation(cut)
    assert "no viability and no sterility result of any lot" in show.table_lots(cut, found).html
    assert "No listed drug (steroid," in show.table_masking(cut, found).plain
    assert "0 onsets" in show.table_onsets(cut, found).plain


def test_nobody_dosed(make_cut):
    cut = make_cut(DM=[])
    found = derive_escalation(cut)
    assert [shown(cut, found).numbers for shown in (show.table_onsets, show.table_masking, show.table_lots)] == [()] * 3
