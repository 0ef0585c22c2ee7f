"""The ascites volume before the first dose is one answer, in adsl and in the table of the safety chapter."""

import pandas as pd
import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.peritoneal import derive_peritoneal
from nk521lib.chapters.screening import derive_baseline, derive_eligibility
from nk521lib.chapters.subjects import derive_subjects


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


def volumes(make_cut, rows):
    """Both answers by subject, a subject for each row of readings."""
    ids = [f"S-{n}" for n in range(len(rows))]
    dose = {"EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXROUTE": "INTRAPERITONEAL", "EXSTDTC": "2026-09-20"}
    cut = make_cut(
        DM=[{"USUBJID": one, "ARMCD": "B_DL1"} for one in ids],
        EX=[{"USUBJID": one} | dose for one in ids],
        FA=[{"USUBJID": one} | reading for one, readings in zip(ids, rows, strict=True) for reading in readings],
    )
    screening, safety = derive_baseline(derive_eligibility(cut).screened), derive_safety(cut)
    table = derive_peritoneal(cut, derive_subjects(cut), safety.adae, safety.advs)
    return [frame.reset_index().set_index("USUBJID")["ASCVOLBL"] for frame in (screening, table)]


@pytest.fixture(scope="module")
def shown(make_cut):
    return volumes(make_cut, [readings for readings, _ in ROWS])


@pytest.mark.parametrize("n", range(len(ROWS)), ids=lambda n: f"readings{n}-{ROWS[n][1]}")
def test_adsl_and_the_table_of_drainages_show_the_same_volume(shown, n):
    expected = ROWS[n][1]
    assert [None if pd.isna(answer[f"S-{n}"]) else answer[f"S-{n}"] for answer in shown] == [expected] * 2


def test_where_nobody_has_a_reading_there_is_no_volume(make_cut):
    assert all(answer.isna().all() for answer in volumes(make_cut, [[]]))
