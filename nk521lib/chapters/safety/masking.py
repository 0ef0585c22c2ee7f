"""What may hide an event or its grade: steroids, anticytokines, antipyretics and vasopressors after a dose.

Source: rulings.md section 8.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.safety.timing import safety_set
from nk521lib.chapters.subjects import derive_doses, dose_order_open
from nk521lib.cut import Cut


def derive_masking(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """Listed drugs of dosed subjects that are or may have been in use from the first dose on.

    USUBJID TRT01A KIND CMTRT CMINDC CMSTDTC CMENDTC DOSENO (last dose on or before a known start, null before the first
    and where it cannot be told).
    """
    people = safety_set(adsl)
    cm = cut["CM"].merge(people[["USUBJID", "TRT01A", "TRTSDT"]], on="USUBJID", how="inner", validate="many_to_one")
    name = cm["CMDECOD"].fillna(cm["CMTRT"]).str.upper()
    kinds = {drug: kind for kind, drugs in cut.params.terms.masking.items() for drug in drugs}
    cm["KIND"] = name.map(kinds).astype("string")
    over = (dates.latest(cm["CMENDTC"]) < cm["TRTSDT"]).fillna(False)
    cm = cm[cm["KIND"].notna() & ~over].reset_index(drop=True)
    doses = derive_doses(cut)
    given = doses[["USUBJID", "HIGH", "DOSENO"]].sort_values("HIGH", kind="stable")
    start = (
        cm.assign(AT=dates.exact(cm["CMSTDTC"]), ROW=cm.index).dropna(subset=["AT"]).sort_values("AT", kind="stable")
    )
    found = pd.merge_asof(start[["USUBJID", "AT", "ROW"]], given, left_on="AT", right_on="HIGH", by="USUBJID")
    unsure = dose_order_open(doses, cm["USUBJID"], dates.exact(cm["CMSTDTC"]))
    cm["DOSENO"] = found.set_index("ROW")["DOSENO"].reindex(cm.index).astype("Int64").mask(unsure)
    rank = pd.Series(range(len(people)), index=people["USUBJID"])
    cm = cm.assign(_RANK=cm["USUBJID"].map(rank)).sort_values(["_RANK", "CMSTDTC"], kind="stable", ignore_index=True)
    return cm[["USUBJID", "TRT01A", "KIND", "CMTRT", "CMINDC", "CMSTDTC", "CMENDTC", "DOSENO"]].drop_duplicates(
        ignore_index=True
    )
