"""What adsl says of a subject's baseline: tumour type, performance status, liver metastasis, prior lines, ascites volume.

Spec: data.md section 6 (ADSL). Unknown stays missing; LIVMETFL is Y or missing, as every flag.
"""

import pandas as pd

from nk521lib.chapters.records import in_category
from nk521lib.chapters.screening.evidence import Screened, history, joined
from nk521lib.chapters.screening.facts_findings import last_ascites_finding, last_performance_status
from nk521lib.chapters.screening.facts_history import liver
from nk521lib.chapters.screening.facts_therapy import prior_lines
from nk521lib.three_valued import known

BASELINE = ["USUBJID", "TUMTYPE", "ECOGBL", "LIVMETFL", "PRIORLN", "ASCVOLBL"]


def derive_baseline(screened: Screened) -> pd.DataFrame:
    """One row per screened subject in the columns of `BASELINE`.

    TUMTYPE : coded (else reported) primary diagnosis in capitals, several joined by "; ". ECOGBL (Int64) and ASCVOLBL
    (mL): last on or before the first dose, or on or before what stands for it until there is one. PRIORLN (Int64):
    distinct numbered lines of prior anticancer therapy begun by enrolment, missing where no line is numbered.
    """
    mh, subjects = screened.once(history), screened.subjects
    primary = mh[in_category(mh, screened.cut.params.terms.primary_tumour_categories) & known(mh["HAPPENED"])]
    named = primary.assign(SAID=primary["NAME"].fillna(primary["VERBATIM"]))
    metastasis = known(screened.once(liver)["LIVER_METASTASIS"])
    lines = prior_lines(screened).groupby("USUBJID")["LINE"].nunique().reindex(subjects).astype("Int64")
    made = pd.DataFrame(
        {
            "TUMTYPE": joined(named, "SAID", subjects, "; "),
            "ECOGBL": last_performance_status(screened).astype("Int64"),
            "LIVMETFL": pd.Series("Y", index=subjects, dtype="string").where(metastasis),
            "PRIORLN": lines.mask(lines.eq(0).fillna(False), pd.NA),  # lines on file, none of them numbered
            "ASCVOLBL": last_ascites_finding(screened, "VOLUME")["VALUE"].astype("Float64"),
        },
        index=subjects,
    )
    return made.rename_axis("USUBJID").reset_index()
