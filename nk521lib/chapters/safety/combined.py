"""Was anything given that makes it no monotherapy: lymphodepletion before the cells, cytokines beside them (AMB-23)?"""

from collections.abc import Iterator

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut
from nk521lib.findings import Finding
from nk521lib.terms import Effect, Severity

_PRIOR = "PRIOR ANTICANCER THERAPY"


def check_monotherapy(cut: Cut, adsl: pd.DataFrame) -> Iterator[Finding]:
    """One finding per record of a listed drug that was, or may have been, in use after enrolment.

    A subject without a date of enrolment is read from the first dose. What surely ended before is no deviation; prior
    anticancer therapy that surely began before is E09b's to judge, ended or not.
    """
    drugs = {drug: kind for kind, names in cut.params.terms.not_monotherapy.items() for drug in names}
    cm = cut["CM"]
    kind = cm["CMDECOD"].str.upper().map(drugs).fillna(cm["CMTRT"].str.upper().map(drugs))
    people = adsl[["USUBJID", "GROUP"]].assign(FROM=adsl["ENROLDT"].fillna(adsl["TRTSDT"])).dropna(subset=["FROM"])
    cm = cm.assign(KIND=kind)[kind.notna()].merge(people, on="USUBJID", how="inner", validate="many_to_one")
    over = (dates.latest(cm["CMENDTC"]) < cm["FROM"]).fillna(False)
    before = (dates.latest(cm["CMSTDTC"]) < cm["FROM"]).fillna(False) & cm["CMCAT"].str.upper().eq(_PRIOR).fillna(False)
    for r in cm[~over & ~before].itertuples():
        surely = bool((dates.earliest(pd.Series([r.CMSTDTC], dtype="string")) >= r.FROM).fillna(False).iloc[0])
        when = "given after enrolment" if surely else "may have been given after enrolment"
        yield Finding(
            "SAF-024", Severity.WARNING, Effect.FLAG, f"CM {r.CMSEQ}: {r.CMTRT}, {r.KIND}, {when}: the trial is read as monotherapy",
            group="" if pd.isna(r.GROUP) else r.GROUP, domain="CM", usubjid=r.USUBJID, seq=str(r.CMSEQ),
        )  # fmt: skip
