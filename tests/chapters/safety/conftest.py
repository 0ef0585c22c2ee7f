"""Small snapshots for the safety chapter: one or a few dosed subjects and the records a test is about."""

import pytest

from nk521lib.chapters.subjects import derive_subjects

FIRST = "2026-05-10"


@pytest.fixture(scope="session")
def dosed(make_cut):
    """dosed(AE=[…], LB=[…], first=…, more={subject: arm}): subject S-1 in A_DL1 with doses on days 1 and 8, and (cut, adsl).

    dm : what DM says of S-1 besides; dms : the same of the others, by subject.
    """

    def make(
        days=(FIRST, "2026-05-17"),
        arm="A_DL1",
        amount=1.0,
        more=(),
        settings=(),
        cutoff="2026-09-30",
        dm=None,
        dms=None,
        **domains,
    ):
        people, said = {"S-1": arm} | dict(more), {"S-1": dm or {}} | (dms or {})
        frames = {
            "DM": [{"USUBJID": u, "SUBJID": u, "ARMCD": a, "SEX": "F", "AGE": 50.0} | said.get(u, {}) for u, a in people.items()],
            "EX": [{"USUBJID": u, "EXTRT": "NK521", "EXDOSE": amount, "EXDOSU": "10^9 CELLS", "EXSTDTC": d} for u in people for d in days],
        }  # fmt: skip
        filled = {code: [{"USUBJID": "S-1"} | row for row in rows] for code, rows in domains.items()}
        cut = make_cut(cutoff=cutoff, settings=settings, **(frames | filled))
        return cut, derive_subjects(cut)

    return make
