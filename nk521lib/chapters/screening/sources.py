"""What people recorded about criteria: investigator attestations (`attest`) and violations (IE)."""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.records import source_ids, upper
from nk521lib.chapters.screening.criteria import BY_ID
from nk521lib.cut import Cut

_CANONICAL = {identifier.upper(): identifier for identifier in BY_ID}
_VALUES = {"YES": True, "NO": False}


def criterion_ids(recorded: pd.Series) -> pd.Series:
    """The criterion each id names, NA where there is none such."""
    return upper(recorded).map(_CANONICAL).astype("string")


def derive_attestations(cut: Cut) -> pd.DataFrame:
    """One row per subject and criterion: USUBJID IETESTCD VALUE CLASH SRC SAYS.

    VALUE (boolean) is the condition as worded, from the latest attestation, NA for UNKNOWN. CLASH: a YES and a NO are
    on file, so neither counts until the investigator has said which stands.
    """
    frame = cut["ATTEST"]
    rows = frame.assign(
        IETESTCD=criterion_ids(frame["IETESTCD"]),
        ANSWER=upper(frame["VALUE"]).map(_VALUES).astype("boolean"),
        DAY=dates.latest(frame["ATDTC"]),
        SAYS="attested "
        + upper(frame["VALUE"]).fillna("nothing")
        + (" by " + frame["BY"]).fillna("")
        + (", " + frame["ATDTC"]).fillna(""),
    ).dropna(subset=["USUBJID", "IETESTCD"])
    keys = ["USUBJID", "IETESTCD"]
    by = rows.groupby(keys)["ANSWER"]
    clash = (by.max() != by.min()).fillna(False)  # no decided value is no contradiction
    # Latest last; on one day UNKNOWN ranks last, so that it wins over a decided value.
    ordered = rows.assign(KNOWN=rows["ANSWER"].notna()).sort_values(
        [*keys, "DAY", "KNOWN"], ascending=[True, True, True, False], na_position="first", kind="stable"
    )
    last = ordered.groupby(keys).tail(1).set_index(keys)
    value = last["ANSWER"].mask(clash, pd.NA)
    torn = ordered[ordered.set_index(keys).index.isin(clash.index[clash])]
    every = torn.groupby(keys)["SAYS"].agg("; ".join).reindex(last.index)
    out = pd.DataFrame(
        {"VALUE": value, "CLASH": clash, "SAYS": last["SAYS"].mask(clash, "attestations contradict: " + every)}
    ).reset_index()
    return out.assign(SRC="ATTEST:" + out["IETESTCD"]).astype(
        {"SAYS": "string", "SRC": "string", "VALUE": "boolean", "CLASH": "boolean"}
    )


def derive_violations(cut: Cut) -> pd.DataFrame:
    """One row per subject and criterion of IE: USUBJID IETESTCD VALUE SRC. VALUE (boolean) is the condition as recorded.

    IE holds violated criteria only, so a record without a result says that the criterion was violated.
    """
    frame = cut["IE"]
    rows = frame[["USUBJID"]].assign(IETESTCD=criterion_ids(frame["IETESTCD"]), SRC=source_ids(frame, "IE"))
    given = upper(frame["IEORRES"]).map({"Y": True, "YES": True, "N": False, "NO": False}).astype("boolean")
    violated = rows["IETESTCD"].map({identifier: not c.passing for identifier, c in BY_ID.items()}).astype("boolean")
    rows = rows.assign(VALUE=given.fillna(violated)).dropna(subset=["USUBJID", "IETESTCD"])
    return rows.drop_duplicates(["USUBJID", "IETESTCD"], keep="last").reset_index(drop=True)


def derive_strangers(cut: Cut) -> pd.DataFrame:
    """Records of `attest` and IE whose criterion id this protocol does not have: DOMAIN USUBJID SEQ KEY IETESTCD."""
    found = []
    for domain in ("ATTEST", "IE"):
        frame = cut[domain]
        strange = frame[criterion_ids(frame["IETESTCD"]).isna()]
        seq = strange["IESEQ"].astype("string") if domain == "IE" else pd.Series("", strange.index, dtype="string")
        found.append(
            pd.DataFrame({"DOMAIN": domain, "USUBJID": strange["USUBJID"], "SEQ": seq, "IETESTCD": strange["IETESTCD"]})
        )
    rows = pd.concat(found, ignore_index=True)
    return rows
