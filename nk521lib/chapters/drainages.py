"""Which procedures are a drainage of ascites: one answer for the safety and efficacy chapters, profiles and figures.

Spec: efficacy.md section 4; the words are `terms.drainage` of the parameters.
"""

import pandas as pd

from nk521lib.cut import Cut


def drainage_records(cut: Cut) -> pd.DataFrame:
    """The PR records that name a drainage, on their own index, with DONE (bool): False where PROCCUR says N.

    A procedure record says that it was done unless it says otherwise.
    """
    pr, listed = cut["PR"], [name.upper() for name in cut.params.terms.drainage]
    pr = pr[pr["PRTRT"].str.upper().isin(listed) | pr["PRDECOD"].str.upper().isin(listed)]
    occurred = pr["PROCCUR"].str.upper() if "PROCCUR" in pr else pd.Series(pd.NA, index=pr.index, dtype="string")
    return pr.assign(DONE=occurred.ne("N").fillna(True).astype(bool))


def done_drainages(cut: Cut) -> pd.DataFrame:
    """Those of `drainage_records` that were not recorded as not done."""
    found = drainage_records(cut)
    return found[found["DONE"]]
