"""The ascites volume before the first dose is one answer, in adsl and in the table of the safety chapter."""

import pandas as pd
import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.peritoneal import derive_peritoneal
from nk521lib.chapters.screening import derive_baseline, derive_eligibility
from nk521lib.chapters.subjects import derive_subjects

S = "S-1"
DOSED = {
    "DM": [{"USUBJID": S, "ARMCD": "B_DL1"}],
    "EX": [
        {"USUBJID": S, "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXROUTE": "INTRAPERITONEAL", "EXSTDTC": "2026-09-20"}
    ],
}


def volume(number, day, unit="mL"):
    return {"FAOBJ": "ASCITES", "FATESTCD": "VOLUME", "FASTRESN": number, "FASTRESU": unit, "FADTC": day}


#    readings -> mL
ROWS = [
    ([volume(900.0, "2026-09-10"), volume(400.0, "2026-09-20"), volume(50.0, "2026-09-21")], 400.0),
    ([volume(900.0, "2026-09-10"), volume(400.0, "2026-09")], 900.0),  # may be after the dose
    ([volume(900.0, "2026-09"), volume(400.0, "2026-08")], 400.0),  # surely before it
    ([volume(900.0, "2026-09-10"), volume(None, "2026-09-11")], 900.0),  # no result
    ([volume(900.0, "2026-09-10"), volume(1.2, "2026-09-11", "L")], 900.0),  # not in mL: not read as 1.2 mL
    ([volume(900.0, "2026-09-10", None)], 900.0),  # without a unit: mL, as the contract says
    ([volume(900.0, "2026-09-10T08:00"), volume(400.0, "2026-09-10T15:00")], 400.0),
    ([volume(900.0, "2026-09-10"), volume(400.0, "2026-09-10")], 900.0),  # no times: the least favourable
    ([volume(900.0, "2026-09-10") | {"FAOBJ": "PLEURAL EFFUSION"}], None),
    ([], None),
]  # fmt: skip


@pytest.mark.parametrize("readings, expected", ROWS)
def test_adsl_and_the_table_of_drainages_show_the_same_volume(make_cut, readings, expected):
    cut = make_cut(FA=[{"USUBJID": S} | r for r in readings], **DOSED)
    screening = derive_baseline(derive_eligibility(cut).screened)["ASCVOLBL"][0]
    safety = derive_safety(cut)
    table = derive_peritoneal(cut, derive_subjects(cut), safety.adae, safety.advs)["ASCVOLBL"][0]
    assert [pd.NA if pd.isna(x) else x for x in (screening, table)] == [pd.NA if expected is None else expected] * 2
