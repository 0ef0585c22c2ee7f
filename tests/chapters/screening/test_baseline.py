"""Baseline columns of adsl (data.md section 6): last on or before first dose, and missing where nobody can know."""

import pandas as pd
import pytest

from nk521lib.chapters import screening

S, CUTOFF = "S-1", "2026-09-30"
DM = {"STUDYID": "NCT07561437", "USUBJID": S, "SEX": "M", "BRTHDTC": "1970-05-05"}
EX = [
    {
        "USUBJID": S,
        "EXTRT": "NK521",
        "EXDOSE": 1.0,
        "EXDOSU": "10^9 CELLS",
        "EXROUTE": "INTRAVENOUS",
        "EXSTDTC": "2026-09-20",
    }
]


def ecog(value, day):
    return {"USUBJID": S, "QSTESTCD": "ECOG101", "QSORRES": value, "QSDTC": day}


def volume(value, day):
    return {"USUBJID": S, "FAOBJ": "ASCITES", "FATESTCD": "VOLUME", "FASTRESN": value, "FASTRESU": "mL", "FADTC": day}


def line(number, **more):
    return {
        "USUBJID": S,
        "CMTRT": "CHEMOTHERAPY",
        "CMCAT": "PRIOR ANTICANCER THERAPY",
        "CMLINE": number,
        "CMSTDTC": "2026-01-01",
        **more,
    }


def history(term, category=None, **more):
    return {"USUBJID": S, "MHTERM": term, "MHCAT": category, **more}


PRIMARY = "PRIMARY DIAGNOSIS"
#    column, records, value
ROWS = [
    ("ECOGBL", {"QS": [ecog("1", "2026-09-01"), ecog("2", "2026-09-20"), ecog("0", "2026-09-21")]}, 2),
    ("ECOGBL", {"QS": [ecog("1", "2026-06-01")]}, 1),  # outside the screening window it is still the baseline
    ("ECOGBL", {"QS": [ecog("1", "2026-09-01"), ecog("9", "2026-09-10")]}, 1),  # 9 is no performance status
    ("ECOGBL", {"QS": [ecog("1", "2026-09")]}, None),  # may be after the dose
    ("ECOGBL", {}, None),
    ("ASCVOLBL", {"FA": [volume(900.0, "2026-09-10"), volume(400.0, "2026-09-20"), volume(50.0, "2026-09-21")]}, 400.0),
    ("ASCVOLBL", {}, None),
    ("PRIORLN", {"CM": [line(1.0), line(1.0), line(2.0)]}, 2),
    ("PRIORLN", {"CM": [line(1.0), line(None)]}, 1),
    ("PRIORLN", {"CM": [line(None)]}, None),
    ("PRIORLN", {"CM": [line(1.0, CMSTDTC="2026-09-29")]}, None),  # begun after the subject was dosed
    ("PRIORLN", {}, None),
    ("LIVMETFL", {"MH": [history("METASTASES TO LIVER", MHPRESP="Y", MHOCCUR="Y")]}, "Y"),
    ("LIVMETFL", {"MH": [history("METASTASES TO LIVER", MHPRESP="Y", MHOCCUR="N")]}, None),
    ("LIVMETFL", {}, None),
    ("TUMTYPE", {"MH": [history("stomach", PRIMARY, MHDECOD="Gastric cancer")]}, "GASTRIC CANCER"),
    ("TUMTYPE", {"MH": [history("ovary", PRIMARY)]}, "OVARY"),
    ("TUMTYPE", {}, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def adsl(make_cut):
    """One dosed subject per row of the table, all derived at once."""
    domains = {"DM": [], "EX": []}
    for n, (_, records, _) in enumerate(ROWS):
        for domain, rows in {"DM": [DM], "EX": EX, **records}.items():
            domains.setdefault(domain, []).extend(row | {"USUBJID": f"S-{n:02d}"} for row in rows)
    found = screening.derive_eligibility(make_cut(cutoff=CUTOFF, settings=("enrol_date_source=first_dose",), **domains))
    return screening.list_datasets(found)["adsl"].set_index("USUBJID")


@pytest.mark.parametrize("n", range(len(ROWS)), ids=[f"{n}-{row[0]}" for n, row in enumerate(ROWS)])
def test_baseline_of_a_dosed_subject(adsl, n):
    column, _, value = ROWS[n]
    given = adsl.loc[f"S-{n:02d}", column]
    assert pd.isna(given) if value is None else given == value


def test_baseline_columns_are_in_adsl_for_nobody_too(make_cut):
    found = screening.derive_eligibility(make_cut())
    assert set(screening.BASELINE) <= set(screening.list_datasets(found)["adsl"])
