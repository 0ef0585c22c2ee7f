"""Was the subject on an anticoagulant when a sample was taken? Decides how INR is graded (rulings.md 5.5)."""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut


def on_anticoagulant(cut: Cut, records: pd.DataFrame) -> pd.Series:
    """boolean on the index of `records` (USUBJID, PARAMCD, LBDTC); looked up for INR only, NA elsewhere.

    True where a listed drug surely overlaps the day of the sample, NA where partial dates leave it open or the snapshot
    has no medications at all, else False. A drug without an end is going on.
    """
    answer = pd.Series(pd.NA, index=records.index, dtype="boolean")
    samples = records[records["PARAMCD"].isin(["INR"])]
    if samples.empty or not cut.has("CM"):
        return answer
    cm = cut["CM"]
    listed = cut.params.terms.anticoagulant
    cm = cm[cm["CMDECOD"].str.upper().isin(listed) | cm["CMTRT"].str.upper().isin(listed)]
    drugs = pd.DataFrame({
        "USUBJID": cm["USUBJID"], "FROM_LOW": dates.earliest(cm["CMSTDTC"]), "FROM_HIGH": dates.latest(cm["CMSTDTC"]),
        "TO_LOW": dates.earliest(cm["CMENDTC"]), "TO_HIGH": dates.latest(cm["CMENDTC"]), "ENDED": cm["CMENDTC"].notna(),
    })  # fmt: skip
    days = samples[["USUBJID"]].assign(
        LOW=dates.earliest(samples["LBDTC"]), HIGH=dates.latest(samples["LBDTC"]), ROW=samples.index
    )
    pairs = days.merge(drugs, on="USUBJID", how="inner", validate="many_to_many")  # few drugs: the list is short
    surely = (pairs["FROM_HIGH"] <= pairs["LOW"]) & (~pairs["ENDED"] | (pairs["TO_LOW"] >= pairs["HIGH"]))
    never = (pairs["FROM_LOW"] > pairs["HIGH"]) | (pairs["TO_HIGH"] < pairs["LOW"])
    answer.loc[samples.index] = False
    answer.loc[pairs.loc[~never, "ROW"].unique()] = pd.NA
    answer.loc[pairs.loc[surely, "ROW"].unique()] = True
    return answer
