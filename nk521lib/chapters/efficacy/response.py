"""Response at each assessment, recomputed and as recorded, and best overall response per subject (adrs).

Spec: efficacy.md section 2, rulings.md 6.1-6.5. Target response comes from the lesions; non-target response and new lesions are
the assessor's word where there is one, since no measurement replaces it; an assessment without measurements is the assessor's.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.efficacy.assessments import BASELINE, assessed
from nk521lib.cut import Cut
from nk521lib.standards.recist import overall_response
from nk521lib.standards.recist_best import BestResponseRules, derive_best_response
from nk521lib.standards.recist_rules import CR, NE, NO, NON_CR_NON_PD, NONE, PD, PR, SD, TARGET, YES

OVERALL = (CR, PR, SD, PD, NON_CR_NON_PD, NE)
_NEW = {"Y": YES, "YES": YES, "UNEQUIVOCAL": YES, "N": NO, "NO": NO, "EQUIVOCAL": "EQUIVOCAL", "NE": NE}
_TESTS = {"TRGRESP": "TRGINV", "NTRGRESP": "NTRINV", "NEWLPROG": "NEWINV", "OVRLRESP": "OVRLINV"}
_CERTAIN = {YES: 3, NE: 2, "EQUIVOCAL": 1, NO: 0}


def derive_recorded(cut: Cut, records: pd.DataFrame) -> pd.DataFrame:
    """The assessor's words per assessment: USUBJID VISIT RSSEQ TRGINV NTRINV NEWINV OVRLINV, as recorded, and OVRLSAID.

    OVRLSAID counts how many different overall responses one assessment has (more than one: the last, with a finding).
    """
    rs = assessed(cut, "RS")
    rs = rs[rs["RSCAT"].fillna("RECIST 1.1").str.upper().eq("RECIST 1.1") & rs["RSTESTCD"].isin(list(_TESTS))]
    at = records.loc[records["DOMAIN"].eq("RS"), ["USUBJID", "SEQ", "ASSESSMENT", "LOW"]].dropna(subset=["ASSESSMENT"])
    rs = rs.merge(at, left_on=["USUBJID", "RSSEQ"], right_on=["USUBJID", "SEQ"], how="inner", validate="one_to_one")
    rs["SAID"] = (
        rs["RSSTRESC"].fillna(rs["RSORRES"]).str.upper().mask(rs["RSSTAT"].str.upper().eq("NOT DONE").fillna(False), NE)
    )
    rs = rs.sort_values(["USUBJID", "ASSESSMENT", "LOW", "RSSEQ"], kind="stable")
    out = rs[["USUBJID", "ASSESSMENT"]].drop_duplicates().reset_index(drop=True)
    for test, name in _TESTS.items():
        one = rs[rs["RSTESTCD"].eq(test)]
        last = one.drop_duplicates(["USUBJID", "ASSESSMENT"], keep="last")[["USUBJID", "ASSESSMENT", "SAID", "RSSEQ"]]
        last = last.rename(columns={"SAID": name, "RSSEQ": f"{name}SEQ"})
        out = out.merge(last, on=["USUBJID", "ASSESSMENT"], how="left", validate="one_to_one")
    several = (
        rs[rs["RSTESTCD"].eq("OVRLRESP")]
        .groupby(["USUBJID", "ASSESSMENT"])["SAID"]
        .nunique()
        .rename("OVRLSAID")
        .reset_index()
    )
    out = out.merge(several, on=["USUBJID", "ASSESSMENT"], how="left", validate="one_to_one")
    return out.rename(columns={"ASSESSMENT": "VISIT"}).astype(dict.fromkeys(_TESTS.values(), "string"))


def derive_visit_responses(
    cut: Cut, assessments: pd.DataFrame, lesions: pd.DataFrame, responses: pd.DataFrame, recorded: pd.DataFrame
) -> pd.DataFrame:
    """One row per assessment after baseline: OVRLDER recomputed, OVRLINV recorded, OVRLRESP in use, with their parts.

    OVRLDER is missing where the assessment has no measurement; OVRLINV keeps what was written, OVRLRESP takes a word that
    RECIST does not have as NE. SOURCE says which of the two is in use.
    """
    key = ["USUBJID", "VISIT"]
    parts = responses.rename(columns={"SUBJECT": "USUBJID"}).drop(columns=["DATE", "BASELINE", "OVERALL"])
    out = assessments.merge(recorded, on=key, how="left", validate="one_to_one")
    out = out.merge(parts.astype({"VISIT": "Int64"}), on=key, how="left", validate="one_to_one")
    out = out.rename(columns={"NON_TARGET": "NTRLES", "NEW_LESION": "NEWLES"})

    said = out["NTRINV"].where(out["NTRINV"].isin([CR, NON_CR_NON_PD, PD, NE]))
    # "NE" of a subject who never had a non-target lesion says that there was nothing to see.
    said = said.mask(said.eq(NE) & out["NTRLES"].eq(NONE))
    out["NTRUSED"] = said.fillna(out["NTRLES"])
    out["NEWUSED"] = _new_lesion(out)
    measured = _has_measurements(out, lesions)
    derived = overall_response(out["TARGET"], out["NTRUSED"], out["NEWUSED"])
    no_baseline = ~out["USUBJID"].isin(lesions.loc[lesions["VISIT"].eq(BASELINE), "SUBJECT"].unique())
    out["OVRLDER"] = derived.mask(no_baseline, NE).where(measured)
    investigator = out["OVRLINV"].where(out["OVRLINV"].isin(OVERALL), NE)
    use_derived = measured & (cut.params.efficacy.response_source == "derived")
    out["OVRLRESP"] = out["OVRLDER"].where(use_derived, investigator).fillna(NE).astype("string")
    out["SOURCE"] = pd.Series("LESIONS", index=out.index, dtype="string").where(use_derived, "ASSESSOR")
    return out.sort_values(key, kind="stable", ignore_index=True)


def _new_lesion(rows: pd.DataFrame) -> pd.Series:
    """A new lesion that either record shows is there; the more certain word counts.

    Nothing written in either is NO: the form is filled in when there is a new lesion, and a scan that was read and shows none
    leaves no record (rulings.md 6.1 makes the assessor the source).
    """
    rank = (
        pd.concat([rows["NEWINV"].map(_NEW).map(_CERTAIN), rows["NEWLES"].map(_CERTAIN)], axis=1)
        .astype("Float64")
        .max(axis=1)
    )
    word = {value: key for key, value in _CERTAIN.items()}
    return rank.map(word).astype("string").fillna(NO)


def _has_measurements(rows: pd.DataFrame, lesions: pd.DataFrame) -> pd.Series:
    """Does the assessment have lesion records to judge by? Targets where the subject has any, else non-targets."""
    later = lesions[lesions["VISIT"].gt(BASELINE)]
    has = {
        role: rows.set_index(["USUBJID", "VISIT"]).index.isin(
            pd.MultiIndex.from_frame(later.loc[later["ROLE"].eq(role), ["SUBJECT", "VISIT"]].drop_duplicates())
        )
        for role in (TARGET, "NON-TARGET")
    }  # fmt: skip
    none_at_baseline = rows["TARGET"].eq(NONE).fillna(False).to_numpy(dtype=bool)
    return pd.Series(has[TARGET] | (none_at_baseline & has["NON-TARGET"]), index=rows.index)


def best_rules(cut: Cut, confirm: bool) -> BestResponseRules:
    p = cut.params.efficacy
    return BestResponseRules(confirm, p.confirm_days, p.sd_min_days, p.max_between, p.sd_between_pr)


def derive_best(cut: Cut, visits: pd.DataFrame, facts: pd.DataFrame, confirm: bool) -> pd.DataFrame:
    """Best response of every dosed subject (standards.recist_best), confirmed or not. facts : USUBJID TTESTDT EXITDT NEWTHDT DTHDT."""
    subjects = pd.DataFrame({
        "SUBJECT": facts["USUBJID"], "START": facts["TRTSDT"], "CENSOR": facts[["NEWTHDT", "DTHDT", "EXITDT"]].min(axis=1),
    })  # fmt: skip
    rows = visits.rename(columns={"USUBJID": "SUBJECT", "ADT": "DATE", "OVRLRESP": "OVERALL"})[
        ["SUBJECT", "VISIT", "DATE", "OVERALL"]
    ]
    best = derive_best_response(rows, subjects, best_rules(cut, confirm), cut.cutoff)
    return best.rename(columns={"SUBJECT": "USUBJID"})


_IN_ADRS = {"VISIT": "ASSESSMT", "VISITNAME": "VISIT", "OVRLRESP": "AVALC", "TARGET": "TRGRESP", "TARGET_RULE": "TRGRULE",
            "NTRUSED": "NTRGRESP", "NEWUSED": "NEWLPROG"}  # fmt: skip


def derive_adrs(
    visits: pd.DataFrame, confirmed: pd.DataFrame, unconfirmed: pd.DataFrame, facts: pd.DataFrame
) -> pd.DataFrame:
    """OVRLRESP per assessment (with OVRLDER and OVRLINV), BOR and CBOR per dosed subject."""
    each = visits.rename(columns=_IN_ADRS)[
        ["USUBJID", "VISITNUM", "ADT", "OVRLDER", "OVRLINV", "SOURCE", *_IN_ADRS.values()]
    ]
    each = each.assign(PARAMCD="OVRLRESP")
    best = [
        frame.rename(columns={"BEST": "AVALC", "BEST_DATE": "ADT", "BEST_RULE": "BESTRULE", "CONFIRM_DATE": "CNFDT", "RESPONSE_DATE": "RSPDT"})[
            ["USUBJID", "AVALC", "ADT", "BESTRULE", "CNFDT", "RSPDT", "AWAITING"]
        ].assign(PARAMCD=name)
        for name, frame in (("CBOR", confirmed), ("BOR", unconfirmed))
    ]  # fmt: skip
    out = pd.concat([each, *best], ignore_index=True)
    out["AWAITFL"] = pd.Series("Y", index=out.index, dtype="string").where(
        out.pop("AWAITING").astype("boolean").fillna(False)
    )
    out["SRCDOM"] = pd.Series("RS", index=out.index, dtype="string").mask(
        out["SOURCE"].eq("LESIONS").fillna(False), "TR"
    )
    who = facts[["USUBJID", "GROUP", "LEVEL", "ITTFL", "EFFFL"]]
    out = out.merge(who, on="USUBJID", how="left", validate="many_to_one")
    start = pd.Series(facts.set_index("USUBJID")["TRTSDT"].reindex(out["USUBJID"]).array, index=out.index).astype(
        "datetime64[s]"
    )
    out["ADY"] = dates.study_day(out["ADT"].astype("datetime64[s]"), start)
    text = [
        "PARAMCD",
        "AVALC",
        "OVRLDER",
        "OVRLINV",
        "TRGRESP",
        "TRGRULE",
        "NTRGRESP",
        "NEWLPROG",
        "SOURCE",
        "BESTRULE",
        "VISIT",
    ]
    order = ["USUBJID", "PARAMCD", "ASSESSMT", "VISIT", "VISITNUM", "ADT", "ADY", "AVALC", "OVRLDER", "OVRLINV", "TRGRESP", "TRGRULE",
             "NTRGRESP", "NEWLPROG", "SOURCE", "BESTRULE", "RSPDT", "CNFDT", "AWAITFL", "GROUP", "LEVEL", "ITTFL", "EFFFL", "SRCDOM"]  # fmt: skip
    return out.astype(dict.fromkeys(text, "string"))[order]
