"""Tumour markers: values against baseline and upper limit, response by drop, and GCIG for CA-125.

Spec: efficacy.md section 6, rulings.md 6.11. Drainage and infusion into the peritoneum are interference, so GCIG response is
generally not evaluable where the product is given by that route.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut
from nk521lib.standards.ca125 import GcigRules, derive_gcig, derive_interference
from nk521lib.standards.comparison import above, at_most

CA125 = "CA125AG"


def derive_markers(cut: Cut, facts: pd.DataFrame) -> pd.DataFrame:
    """One row per marker value of a dosed subject: USUBJID PARAMCD ADT ADY AVAL ULN BASE PCHG ABLFL UNIT USABLE LBSEQ.

    Baseline is the last value on or before the day of first dose. A value in another unit is kept but not USABLE.
    """
    p, lb = cut.params.efficacy, cut["LB"]
    lb = lb[lb["LBTESTCD"].isin(p.markers) & lb["USUBJID"].isin(facts["USUBJID"])]
    out = pd.DataFrame({
        "USUBJID": lb["USUBJID"], "PARAMCD": lb["LBTESTCD"], "LBSEQ": lb["LBSEQ"], "ADT": dates.exact(lb["LBDTC"]),
        "AVAL": lb["LBSTRESN"], "ULN": lb["LBSTNRHI"], "UNIT": lb["LBSTRESU"].fillna(lb["LBORRESU"]),
    }).reset_index(drop=True)  # fmt: skip
    spelt = {f"{test} {unit}" for test, units in p.marker_units.items() for unit in units}
    right_unit = (out["PARAMCD"] + " " + out["UNIT"]).isin(spelt)
    out["USABLE"] = right_unit & out["AVAL"].gt(0).fillna(False) & out["ADT"].notna()
    start = pd.Series(facts.set_index("USUBJID")["TRTSDT"].reindex(out["USUBJID"]).array, index=out.index).astype(
        "datetime64[s]"
    )
    out["ADY"] = dates.study_day(out["ADT"], start)
    out = out.sort_values(["USUBJID", "PARAMCD", "ADT", "LBSEQ"], kind="stable", ignore_index=True)
    before = out[out["USABLE"] & out["ADY"].le(1).fillna(False)].drop_duplicates(["USUBJID", "PARAMCD"], keep="last")
    base = before[["USUBJID", "PARAMCD", "AVAL", "ULN", "LBSEQ"]].rename(
        columns={"AVAL": "BASE", "ULN": "BASEULN", "LBSEQ": "BASESEQ"}
    )
    out = out.merge(base, on=["USUBJID", "PARAMCD"], how="left", validate="many_to_one")
    out["ABLFL"] = pd.Series("Y", index=out.index, dtype="string").where(out["LBSEQ"].eq(out["BASESEQ"]).fillna(False))
    out["PCHG"] = (100 * (out["AVAL"] - out["BASE"]) / out["BASE"]).where(out["USABLE"])
    return out


def derive_marker_responses(cut: Cut, facts: pd.DataFrame, markers: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and marker with a usable value: BASE, BASEULN, LAST, LOWEST, BESTPCHG, LASTPCHG, ABOVE (baseline above ULN), RESPONSE, RESPDT.

    RESPONSE is Y, N or null: a drop of `marker_drop` or more, kept by every value up to one `marker_confirm_days` later. Null where
    the baseline is not above the upper limit, or not known.
    """
    p = cut.params.efficacy
    good = markers[markers["USABLE"]]
    key = ["USUBJID", "PARAMCD"]
    after = good[good["ADY"].gt(1).fillna(False)]
    one = good.drop_duplicates(key)[[*key, "BASE", "BASEULN", "UNIT"]].reset_index(drop=True)
    by = after.groupby(key)
    summary = by.agg(
        VALUES=("AVAL", "size"),
        LOWEST=("AVAL", "min"),
        LAST=("AVAL", "last"),
        BESTPCHG=("PCHG", "min"),
        LASTPCHG=("PCHG", "last"),
    )
    one = one.merge(summary.reset_index(), on=key, how="left", validate="one_to_one")
    one["ABOVE"] = above(one["BASE"], one["BASEULN"])
    low = at_most(after["AVAL"], after["BASE"] * (1 - p.marker_drop)).fillna(False).astype(bool)
    broken = (~low).astype("int64").groupby([after["USUBJID"], after["PARAMCD"]]).cumsum()
    until = after["ADT"].where(low).groupby([after["USUBJID"], after["PARAMCD"], broken]).transform("max")
    holds = low & (until - after["ADT"]).dt.days.ge(p.marker_confirm_days)
    first = after[holds].drop_duplicates(key)[[*key, "ADT"]].rename(columns={"ADT": "RESPDT"})
    one = one.merge(first, on=key, how="left", validate="one_to_one")
    judged = one["ABOVE"].fillna(False) & one["VALUES"].gt(0).fillna(False)
    one["RESPONSE"] = pd.Series("N", index=one.index, dtype="string").mask(one["RESPDT"].notna(), "Y").where(judged)
    order = facts[["USUBJID", "GROUP", "LEVEL", "TRT01A"]].assign(PLACE=range(len(facts)))
    one = one.merge(order, on="USUBJID", how="left", validate="many_to_one")
    return one.sort_values(["PLACE", "PARAMCD"], kind="stable", ignore_index=True)


def derive_ca125(
    cut: Cut, facts: pd.DataFrame, markers: pd.DataFrame, drainages: pd.DataFrame, doses: pd.DataFrame
) -> pd.DataFrame:
    """GCIG response and progression (standards.ca125) of subjects with a CA-125 value."""
    p = cut.params.efficacy
    rules = GcigRules(evaluable_uln=p.gcig_evaluable_uln, pretreatment_days=p.gcig_pretreatment_days)
    mine = markers[markers["PARAMCD"].eq(CA125)]
    samples = pd.DataFrame(
        {
            "SUBJECT": mine["USUBJID"],
            "DATE": mine["ADT"],
            "VALUE": mine["AVAL"].where(mine["USABLE"]),
            "ULN": mine["ULN"],
        }
    )
    into_peritoneum = doses[doses["EXROUTE"].str.upper().eq("INTRAPERITONEAL").fillna(False)]
    touched = pd.concat([drainages.loc[drainages["DONE"], ["USUBJID", "DAY"]], into_peritoneum[["USUBJID", "DAY"]]])
    touched = touched.rename(columns={"USUBJID": "SUBJECT", "DAY": "DATE"})
    samples["INTERFERENCE"] = derive_interference(samples, touched, p.gcig_interference_days, complete=cut.has("PR"))
    cm = cut["CM"]
    names = [name.upper() for name in p.mouse_antibodies]
    received = set(cm.loc[cm["CMDECOD"].fillna(cm["CMTRT"]).str.upper().isin(names), "USUBJID"])
    people = facts[facts["USUBJID"].isin(mine["USUBJID"])]
    mouse = people["USUBJID"].isin(received).astype("boolean")
    subjects = pd.DataFrame({
        "SUBJECT": people["USUBJID"], "START": people["TRTSDT"], "MOUSE_ANTIBODY": mouse if cut.has("CM") else pd.Series(pd.NA, index=people.index, dtype="boolean"),
    })  # fmt: skip
    return derive_gcig(samples, subjects, rules).rename(columns={"SUBJECT": "USUBJID"})
