"""Ascites over time: volume by imaging, drained volume, punctures before and after, cytology, girth (exploratory).

Spec: efficacy.md section 5. No international standard of ascites response exists; the one here is an assumption, and a volume
measured soon after an infusion into the peritoneum holds that infusion.
"""

from dataclasses import replace

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.efficacy.pufs import derive_episodes, derive_punctures, primary_rules
from nk521lib.cut import Cut
from nk521lib.standards.comparison import at_least, at_most

_UNITS = {"VOLUME": ("mL", "ML"), "DEPTH": ("cm", "CM")}


def derive_volumes(cut: Cut, facts: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """One row per ascites volume or depth of a dosed subject: USUBJID PARAMCD ADT ADY AVAL BASE PCHG ABLFL INFUSED (mL within infused_hours).

    CORRECTED is AVAL less the volume infused into the peritoneum on the days before it, never below 0; equal to AVAL elsewhere.
    """
    fa = cut["FA"]
    fa = fa[
        fa["FAOBJ"].str.upper().eq("ASCITES").fillna(False)
        & fa["FATESTCD"].isin(list(_UNITS))
        & fa["USUBJID"].isin(facts["USUBJID"])
    ]
    unit = fa["FASTRESU"].fillna(fa["FAORRESU"])
    right = (fa["FATESTCD"].eq("VOLUME") & unit.isin(_UNITS["VOLUME"])) | (
        fa["FATESTCD"].eq("DEPTH") & unit.isin(_UNITS["DEPTH"])
    )
    out = pd.DataFrame({"USUBJID": fa["USUBJID"], "PARAMCD": fa["FATESTCD"], "FASEQ": fa["FASEQ"], "ADT": dates.exact(fa["FADTC"]),
                        "AVAL": fa["FASTRESN"].where(right.fillna(False) & fa["FASTRESN"].ge(0).fillna(False))}).reset_index(drop=True)  # fmt: skip
    start = pd.Series(facts.set_index("USUBJID")["TRTSDT"].reindex(out["USUBJID"]).array, index=out.index).astype(
        "datetime64[s]"
    )
    out["ADY"] = dates.study_day(out["ADT"], start)
    out["INFUSED"] = _infused_before(cut, out, doses)
    corrected = (out["AVAL"] - out["INFUSED"]).clip(lower=0)
    out["CORRECTED"] = corrected.where(out["PARAMCD"].eq("VOLUME"), out["AVAL"])
    out = out.sort_values(["USUBJID", "PARAMCD", "ADT", "FASEQ"], kind="stable", ignore_index=True)
    key = ["USUBJID", "PARAMCD"]
    base = out[out["AVAL"].notna() & out["ADY"].le(1).fillna(False)].drop_duplicates(key, keep="last")
    out = out.merge(
        base[[*key, "AVAL", "FASEQ"]].rename(columns={"AVAL": "BASE", "FASEQ": "BASESEQ"}),
        on=key,
        how="left",
        validate="many_to_one",
    )
    out["ABLFL"] = pd.Series("Y", index=out.index, dtype="string").where(out["FASEQ"].eq(out["BASESEQ"]).fillna(False))
    out["PCHG"] = 100 * (out["CORRECTED"] - out["BASE"]) / out["BASE"].mask(out["BASE"].eq(0))
    return out


def _infused_before(cut: Cut, volumes: pd.DataFrame, doses: pd.DataFrame) -> pd.Series:
    """mL infused into the peritoneum in the hours before each measurement (whole days), 0 where there was none."""
    ex = cut["EX"][["USUBJID", "EXSEQ", "EXVAMT"]]
    given = doses[doses["EXROUTE"].str.upper().eq("INTRAPERITONEAL").fillna(False)]
    given = given.merge(ex, on=["USUBJID", "EXSEQ"], how="left", validate="one_to_one")[["USUBJID", "DAY", "EXVAMT"]]
    pairs = (
        volumes[["USUBJID", "ADT"]]
        .assign(ROW=range(len(volumes)))
        .merge(given, on="USUBJID", how="inner", validate="many_to_many")
    )
    hours = (pairs["ADT"] - pairs["DAY"]).dt.days * 24
    near = pairs[
        hours.between(24, cut.params.efficacy.infused_hours)
    ]  # of the dose's own day: before the dose (rulings.md 5.3)
    # An infusion whose volume was not recorded leaves the correction unknown, so the sum keeps it missing.
    total = near.groupby("ROW")["EXVAMT"].agg(lambda v: v.sum(skipna=False)).reindex(range(len(volumes)))
    untouched = pd.Series(~total.index.isin(near["ROW"]), index=total.index)
    return pd.Series(total.astype("Float64").mask(untouched, 0.0).array, index=volumes.index)


def derive_ascites(cut: Cut, facts: pd.DataFrame, volumes: pd.DataFrame, drainages: pd.DataFrame) -> pd.DataFrame:
    """One row per dosed subject: BASE, LAST, BESTPCHG (mL, %), RESPONSE, DRAINED (mL after first dose), punctures before and after.

    RESPONSE [A]: CR no fluid, PR a drop of `ascites_pr_drop`, each at every measurement over `ascites_confirm_days` or more;
    PD a rise of `ascites_pd_rise` or a drainage after the first dose that ends puncture-free survival; SD otherwise; NE without a baseline or a value after it.
    BEFORE and AFTER: drainage episodes in `paracentesis_days` before first dose, and per that many days of follow-up after it.
    """
    p = cut.params.efficacy
    mine = volumes[volumes["PARAMCD"].eq("VOLUME")]
    base = mine.drop_duplicates("USUBJID").set_index("USUBJID")["BASE"]
    after = mine[mine["ADY"].gt(1).fillna(False) & mine["CORRECTED"].notna()]
    by = after.groupby("USUBJID")
    out = facts[["USUBJID", "GROUP", "LEVEL", "TRT01A", "TRTSDT", "LSTALVDT", "DTHDT"]].copy()
    who = out["USUBJID"]
    out["BASE"], out["LAST"] = who.map(base).astype("Float64"), who.map(by["CORRECTED"].last()).astype("Float64")
    out["BESTPCHG"] = who.map(by["PCHG"].min()).astype("Float64")
    cr = _kept(after, after["CORRECTED"].eq(0), p.ascites_confirm_days)
    pr = _kept(after, at_most(after["CORRECTED"], after["BASE"] * (1 - p.ascites_pr_drop)), p.ascites_confirm_days)
    rise = set(
        after.loc[
            at_least(after["CORRECTED"], after["BASE"] * (1 + p.ascites_pd_rise)).fillna(False)
            & after["CORRECTED"].gt(0),
            "USUBJID",
        ]
    )
    done = drainages[drainages["DONE"] & drainages["ADY"].gt(1).fillna(False)]
    relieved = derive_punctures(drainages, replace(primary_rules(cut), pufs_event="therapeutic"))
    rise |= set(relieved.loc[relieved["LOW"].gt(relieved["TRTSDT"]).fillna(False), "USUBJID"])
    response = (
        pd.Series("SD", index=out.index, dtype="string")
        .mask(who.isin(rise), "PD")
        .mask(who.isin(pr), "PR")
        .mask(who.isin(cr), "CR")
    )
    judged = out["BASE"].notna() & (out["LAST"].notna() | who.isin(rise))
    out["RESPONSE"] = response.where(judged, "NE")
    out["DRAINED"] = who.map(done.groupby("USUBJID")["PRVOL"].sum()).astype("Float64")
    out["DRAINEDN"] = (
        who.map(done["USUBJID"].value_counts()).astype("Int64").fillna(0)
    )  # a dosed subject without a record had none
    first = derive_episodes(drainages).drop_duplicates(["USUBJID", "EPISODE"])
    before = first[first["ADY"].between(-p.paracentesis_days, 1).fillna(False)]
    later = first[first["ADY"].gt(1).fillna(False)]
    out["BEFORE"] = who.map(before["USUBJID"].value_counts()).astype("Int64").fillna(0)
    followed = ((out["DTHDT"].fillna(out["LSTALVDT"]) - out["TRTSDT"]).dt.days + 1).astype("Float64")
    out["AFTER"] = (
        who.map(later["USUBJID"].value_counts()).astype("Float64").fillna(0)
        / followed.mask(followed.le(0))
        * p.paracentesis_days
    )
    cytology = derive_cytology(cut, facts)
    return out.merge(cytology, on="USUBJID", how="left", validate="one_to_one").merge(
        _girth(cut, facts), on="USUBJID", how="left", validate="one_to_one"
    )


def _kept(after: pd.DataFrame, low: pd.Series, days: int) -> set[str]:
    """Subjects with a run of measurements that all hold, over so many days."""
    holds = low.fillna(False).astype(bool)
    run = (~holds).astype("int64").groupby(after["USUBJID"]).cumsum()
    until = after["ADT"].where(holds).groupby([after["USUBJID"], run]).transform("max")
    return set(after.loc[holds & (until - after["ADT"]).dt.days.ge(days), "USUBJID"])


def derive_cytology(cut: Cut, facts: pd.DataFrame) -> pd.DataFrame:
    """First and last cytology of ascites fluid: USUBJID CYTOBASE CYTOLAST (before and after first dose)."""
    mi = cut["MI"]
    mi = mi[mi["MITESTCD"].eq("CYTOLOGY").fillna(False) & mi["MISPEC"].str.upper().eq("ASCITES FLUID").fillna(False)]
    rows = pd.DataFrame(
        {
            "USUBJID": mi["USUBJID"],
            "SAID": mi["MISTRESC"].fillna(mi["MIORRES"]).str.upper(),
            "ADT": dates.exact(mi["MIDTC"]),
        }
    )
    return _before_and_after(rows, facts, "SAID", "CYTOBASE", "CYTOLAST")


def _girth(cut: Cut, facts: pd.DataFrame) -> pd.DataFrame:
    """Abdominal girth, cm: last before the end of day 1, and last after."""
    vs = cut["VS"]
    vs = vs[vs["VSTESTCD"].eq("ABDCIRC").fillna(False) & vs["VSSTRESN"].notna()]
    rows = pd.DataFrame({"USUBJID": vs["USUBJID"], "AVAL": vs["VSSTRESN"], "ADT": dates.exact(vs["VSDTC"])})
    return _before_and_after(rows, facts, "AVAL", "GIRTHBASE", "GIRTHLAST")


def _before_and_after(rows: pd.DataFrame, facts: pd.DataFrame, value: str, before: str, after: str) -> pd.DataFrame:
    """Per subject the last value up to the end of day 1 and the last one after it. rows : USUBJID ADT and the value."""
    start = facts.set_index("USUBJID")["TRTSDT"].reindex(rows["USUBJID"]).array
    rows = rows.assign(START=pd.Series(start, index=rows.index).astype("datetime64[s]")).dropna(subset=["ADT", "START"])
    rows = rows.sort_values(["USUBJID", "ADT"], kind="stable")
    early = rows["ADT"] <= rows["START"]
    out = facts[["USUBJID"]].copy()
    for name, some in ((before, rows[early]), (after, rows[~early])):
        last = some.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")[value]
        out[name] = out["USUBJID"].map(last).astype(rows[value].dtype)
    return out
