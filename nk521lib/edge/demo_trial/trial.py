"""From the cast to everything the trial's database will ever hold."""

import numpy as np
import pandas as pd

from nk521lib.edge.demo_trial import (
    background,
    criteria,
    happenings,
    laboratory,
    measurements,
    questionnaires,
    story,
    tumours,
)
from nk521lib.edge.demo_trial import story_findings as findings
from nk521lib.edge.demo_trial.cast import OTHER_VISITS, Cast
from nk521lib.edge.demo_trial.frames import days

SEED = 521
PREFIX = f"NK521-{story.SITE}-"


def story_records(cast: Cast) -> dict[str, pd.DataFrame]:
    """Domain code -> every record of the demo trial, with KNOWN, the day it was entered."""
    rng = np.random.default_rng(SEED)
    ae = happenings.derive_ae(cast)
    lesions = tumours.measured(cast)
    return {
        "DS": happenings.derive_ds(cast, _treatment_ended(cast)),
        "SV": happenings.derive_sv(cast, _missed(cast)),
        "EX": happenings.derive_ex(cast),
        "AE": ae,
        "MH": background.derive_mh(cast, findings.GILBERT),
        "CM": happenings.derive_cm(cast),
        "PR": happenings.derive_pr(cast),
        "LB": laboratory.derive_lb(cast, rng),
        "VS": measurements.vital_signs(cast, rng, findings.FEVERS, PREFIX),
        "EG": measurements.ecg(cast, rng, {PREFIX + number: ms for number, ms in findings.QTCF.items()}),
        "CV": background.derive_cv(cast, rng, findings.LVEF_NOT_DONE),
        "MI": background.derive_mi(cast, findings.CYTOLOGY, findings.CYTOLOGY_WEEK_6),
        "FA": background.derive_fa(cast, findings.ASCITES),
        "RP": background.derive_rp(cast),
        "TU": tumours.derive_tu(lesions),
        "TR": tumours.derive_tr(lesions),
        "RS": tumours.derive_rs(cast),
        "QS": questionnaires.derive_qs(cast, rng, findings.FORM_ITEMS, PREFIX),
        "SS": happenings.derive_ss(cast, days(pd.Series([story.EXTRACTS[-1].extracted]))[0]),
        "DD": happenings.derive_dd(cast),
        "IE": criteria.derive_ie(cast),
        "TI": criteria.derive_ti(),
        "ATTEST": criteria.derive_attest(
            cast, findings.NOT_ATTESTED, findings.ATTESTED_OTHERWISE, background.childbearing(cast)
        ),
        "ADJUD": background.derive_adjud(ae, story.COMMITTEE),
    }


def _treatment_ended(cast: Cast) -> pd.DataFrame:
    """COMPLETED on the day of the sixth dose; or as the story says."""
    sixth = cast.doses.loc[cast.doses["DOSENO"].eq(6), ["USUBJID", "DAY"]].assign(DSDECOD="COMPLETED")
    early = pd.DataFrame(
        [(PREFIX + number, day, code) for number, (code, day) in story.TREATMENT_ENDED.items()],
        columns=["USUBJID", "DAY", "DSDECOD"],
    )  # fmt: skip
    return pd.concat([sixth, early.assign(DAY=days(early["DAY"]))], ignore_index=True)


def _missed(cast: Cast) -> pd.DataFrame:
    rows = pd.DataFrame(story.MISSED_VISITS, columns=["NUMBER", "VISITNUM", "VISIT"])
    rows["USUBJID"] = PREFIX + rows["NUMBER"]
    first = rows["USUBJID"].map(cast.people.set_index("USUBJID")["TRTSDT"])
    due = {number: day for day, (number, _) in OTHER_VISITS.items()}
    return rows.assign(DAY=first + pd.to_timedelta(rows["VISITNUM"].map(due) - 1, unit="D"))
