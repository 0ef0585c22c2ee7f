"""Tumour markers: values against baseline and upper limit, response by drop, and GCIG for CA-125.

Spec: efficacy.md section 6, rulings.md 6.11. Drainage and infusion into the peritoneum are interference, so GCIG response is
generally not evaluable where the product is given by that route.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut
from nk521lib.standards.ca125 import GcigRules, derive_gcig, derive_interference
from nk521lib.standards.comparison import EQUAL, Measured, above, at_most, read_results

CA125 = "CA125AG"


def derive_markers(cut: Cut, facts: pd.DataFrame) -> pd.DataFrame:
    """One row per marker value of a dosed subject: USUBJID PARAMCD ADT ADY AVAL VALUE OP ULN BASE BASEOP PCHG ABLFL UNIT USABLE BOUNDED LBSEQ.

    Baseline is the last value on or before the day of first dose. A value in another unit is kept but not USABLE. A result
    such as <0.5 is BOUNDED and has no AVAL: VALUE after OP is what was reported; likewise BASE after BASEOP.
    """
    p, lb = cut.params.efficacy, cut["LB"]
    lb = lb[lb["LBTESTCD"].isin(p.markers) & lb["USUBJID"].isin(facts["USUBJID"])]
    out = pd.DataFrame({
        "USUBJID": lb["USUBJID"], "PARAMCD": lb["LBTESTCD"], "LBSEQ": lb["LBSEQ"], "ADT": dates.exact(lb["LBDTC"]),
        "AVAL": lb["LBSTRESN"], "ULN": lb["LBSTNRHI"], "UNIT": lb["LBSTRESU"].fillna(lb["LBORRESU"]),
    }).reset_index(drop=True)  # fmt: skip
    spelt = {f"{test} {unit}" for test, units in p.marker_units.items() for unit in units}
    right_unit = (out["PARAMCD"] + " " + out["UNIT"]).isin(spelt)
    result = read_results(lb["LBORRES"].fillna(lb["LBSTRESC"]).reset_index(drop=True))
    bounded = result.relation.ne(EQUAL).fillna(False) & out["AVAL"].isna()
    out["VALUE"], out["OP"] = out["AVAL"].mask(bounded, result.value), result.relation.where(bounded, EQUAL)
    readable = right_unit & out["VALUE"].gt(0).fillna(False) & out["ADT"].notna()
    out["USABLE"], out["BOUNDED"] = readable & ~bounded, readable & bounded
    start = pd.Series(facts.set_index("USUBJID")["TRTSDT"].reindex(out["USUBJID"]).array, index=out.index).astype(
        "datetime64[s]"
    )
    out["ADY"] = dates.study_day(out["ADT"], start)
    out = out.sort_values(["USUBJID", "PARAMCD", "ADT", "LBSEQ"], kind="stable", ignore_index=True)
    read = out[out["USABLE"] | out["BOUNDED"]]
    before = read[read["ADY"].le(1).fillna(False)].drop_duplicates(["USUBJID", "PARAMCD"], keep="last")
    base = before[["USUBJID", "PARAMCD", "VALUE", "OP", "ULN", "LBSEQ"]].rename(
        columns={"VALUE": "BASE", "OP": "BASEOP", "ULN": "BASEULN", "LBSEQ": "BASESEQ"}
    )
    out = out.merge(base, on=["USUBJID", "PARAMCD"], how="left", validate="many_to_one")
    out["ABLFL"] = pd.Series("Y", index=out.index, dtype="string").where(out["LBSEQ"].eq(out["BASESEQ"]).fillna(False))
    out["PCHG"] = (100 * (out["AVAL"] - out["BASE"]) / out["BASE"]).where(
        out["USABLE"] & out["BASEOP"].eq(EQUAL).fillna(False)
    )
    return out


def derive_marker_responses(cut: Cut, facts: pd.DataFrame, markers: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and marker with a value that can be read: BASE, BASEULN, LAST, LOWEST (each after its BASEOP, LASTOP,
    LOWESTOP), BESTPCHG, LASTPCHG, ABOVE (baseline above ULN), RESPONSE, RESPDT.

    RESPONSE is Y, A, N or null: a drop of `marker_drop` or more, kept by every value up to one `marker_confirm_days` later; A where the
    last value is that low and awaits the one that confirms it. Null where the baseline is not above the upper limit, or not known.
    """
    p = cut.params.efficacy
    good = markers[markers["USABLE"] | markers["BOUNDED"]]
    key = ["USUBJID", "PARAMCD"]
    after = good[good["ADY"].gt(1).fillna(False)]
    one = good.drop_duplicates(key)[[*key, "BASE", "BASEOP", "BASEULN", "UNIT"]].reset_index(drop=True)
    summary = after.groupby(key).agg(VALUES=("VALUE", "size"), BESTPCHG=("PCHG", "min"))
    one = one.merge(summary.reset_index(), on=key, how="left", validate="one_to_one")
    lowest = after.sort_values("VALUE", kind="stable").drop_duplicates(key)
    last = after.drop_duplicates(key, keep="last")
    for name, found in (("LOWEST", lowest), ("LAST", last)):
        names = {"VALUE": name, "OP": f"{name}OP"} | ({"PCHG": "LASTPCHG"} if name == "LAST" else {})
        one = one.merge(found[[*key, *names]].rename(columns=names), on=key, how="left", validate="one_to_one")
    one["ABOVE"] = above(Measured(one["BASE"], one["BASEOP"]), one["BASEULN"])
    goal = (1 - p.marker_drop) * Measured(after["BASE"], after["BASEOP"])
    low = at_most(Measured(after["VALUE"], after["OP"]), goal).fillna(False).astype(bool)
    broken = (~low).astype("int64").groupby([after["USUBJID"], after["PARAMCD"]]).cumsum()
    until = after["ADT"].where(low).groupby([after["USUBJID"], after["PARAMCD"], broken]).transform("max")
    holds = low & (until - after["ADT"]).dt.days.ge(p.marker_confirm_days)
    first = after[holds].drop_duplicates(key)[[*key, "ADT"]].rename(columns={"ADT": "RESPDT"})
    one = one.merge(first, on=key, how="left", validate="one_to_one")
    judged = one["ABOVE"].fillna(False) & one["VALUES"].gt(0).fillna(False)
    still_low = after.loc[low & ~after.duplicated(key, keep="last"), key].assign(STILL=True)
    awaits = one[key].merge(still_low, on=key, how="left", validate="one_to_one")["STILL"].notna()
    answer = pd.Series("N", index=one.index, dtype="string").mask(awaits, "A").mask(one["RESPDT"].notna(), "Y")
    one["RESPONSE"] = answer.where(judged)
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
