"""Lesions from TU and TR, ready for RECIST 1.1, and the dataset of sums (adtr). Spec: efficacy.md section 2, data.md section 2."""

import numpy as np
import pandas as pd

from nk521lib.chapters.efficacy.assessments import BASELINE, assessed
from nk521lib.cut import Cut
from nk521lib.standards.recist_rules import (
    ABSENT,
    MERGED,
    NE,
    NEW,
    NON_TARGET,
    PRESENT,
    ROLES,
    TARGET,
    TOO_SMALL,
    RecistRules,
)

_SIZES = ("LDIAM", "LPERP", "DIAMETER")
_MM = {"mm": 1.0, "MM": 1.0, "cm": 10.0, "CM": 10.0}
_STATES = {"COALESCED": MERGED, "MERGED": MERGED, "NOT EVALUABLE": NE, "NE": NE, "INEVALUABLE": NE, "TOO SMALL TO MEASURE": TOO_SMALL,
           "UNEQUIVOCAL PROGRESSION": "UNEQUIVOCAL PD", "INCREASED": PRESENT, "DISAPPEARED": ABSENT}  # fmt: skip
"""Words of TUMSTATE that mean one of the words of the standard; others are passed on, and refused there if unknown."""
_KEY = ["USUBJID", "VISIT", "ROLE", "LESION", "PART"]


def recist_rules(cut: Cut) -> RecistRules:
    """Thresholds of the parameters in the standard's own form (percent, millimetres)."""
    p = cut.params.efficacy
    return RecistRules(100 * p.pr_drop, 100 * p.pd_rise, p.pd_rise_mm, p.node_normal_mm, p.too_small_mm, p.cr_then_pr)


def derive_lesion_records(cut: Cut, records: pd.DataFrame) -> pd.DataFrame:
    """TR records of dosed subjects with VISIT (assessment), LOW, DATE, ROLE, LESION, PART, NODE, MM and STATE.

    A link id such as T01.2 is part 2 of lesion T01 (a lesion that split). MM is NA for a size in another unit than mm or cm.
    """
    tr = assessed(cut, "TR")
    at = records.loc[records["DOMAIN"].eq("TR"), ["USUBJID", "SEQ", "ASSESSMENT", "LOW", "DAY"]]
    tr = tr.merge(at, left_on=["USUBJID", "TRSEQ"], right_on=["USUBJID", "SEQ"], how="inner", validate="one_to_one")
    tr["VISIT"], tr["DATE"] = tr["ASSESSMENT"], tr["DAY"]
    tr["LESION"] = tr["TRLNKID"].str.replace(r"\.\d+$", "", regex=True)
    tr["PART"] = tr["TRLNKID"]
    lesions = _identified(cut)
    tr = tr.merge(lesions, on=["USUBJID", "LESION"], how="left", validate="many_to_one")
    tr["ROLE"] = tr["TUROLE"].fillna(tr["TRGRPID"].str.upper())
    said = tr["TRSTRESC"].fillna(tr["TRORRES"]).str.upper()
    number = tr["TRSTRESN"].fillna(
        pd.to_numeric(said.where(said.str.fullmatch(r"-?\d+(\.\d+)?").fillna(False))).astype("Float64")
    )
    factor = tr["TRSTRESU"].fillna(tr["TRORRESU"]).map(_MM).astype("Float64")
    tr["MM"] = (number * factor).where(tr["TRTESTCD"].isin([*_SIZES, "SUMDIAM"]))
    tr["NO_UNIT"] = tr["TRTESTCD"].isin([*_SIZES, "SUMDIAM"]) & number.notna() & factor.isna()
    small = said.str.contains("TOO SMALL", regex=False).fillna(False)
    tr["STATE"] = said.replace(_STATES).where(tr["TRTESTCD"].eq("TUMSTATE")).mask(small, TOO_SMALL).astype("string")
    not_done = tr["TRSTAT"].str.upper().eq("NOT DONE").fillna(False) | said.isin(["NE", "NOT EVALUABLE"])
    tr["EVALUABLE"] = pd.Series(pd.NA, index=tr.index, dtype="boolean").mask(not_done | tr["NO_UNIT"], False)
    return tr


def _identified(cut: Cut) -> pd.DataFrame:
    """What TU says of each lesion: USUBJID LESION TUROLE NODE TULOC (the first record of each)."""
    tu = assessed(cut, "TU")
    nodes = "|".join(cut.params.efficacy.node_locations)
    out = pd.DataFrame({
        "USUBJID": tu["USUBJID"], "LESION": tu["TULNKID"], "TUROLE": tu["TUSTRESC"].fillna(tu["TUORRES"]).str.upper(),
        "NODE": tu["TULOC"].str.upper().str.contains(nodes).astype("boolean"), "TULOC": tu["TULOC"],
    })  # fmt: skip
    return out.dropna(subset=["LESION"]).drop_duplicates(["USUBJID", "LESION"])


def derive_lesions(cut: Cut, tr: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """The lesion frame of standards.recist: one row per lesion part and assessment, the baseline from its last scan.

    DIAMETER, where it is given, is the axis that RECIST takes; else nodes by short axis (LPERP), other lesions by longest diameter
    (LDIAM). A site that is not recorded leaves NODE missing. Two different sizes of one lesion at one assessment: not evaluable (the standard says so).
    """
    tr = tr[tr["TRTESTCD"].isin([*_SIZES, "TUMSTATE"]) & tr["LESION"].notna() & tr["ROLE"].isin(ROLES)]
    # A baseline lesion is what its last scan before the first dose says.
    baseline = tr["VISIT"].eq(BASELINE)
    tr = tr[
        ~baseline
        | tr["LOW"].isna()
        | tr["LOW"].eq(tr["LOW"].where(baseline).groupby([tr["USUBJID"], tr["LESION"]]).transform("max"))
    ]
    node, test = (
        tr["NODE"].astype("boolean").fillna(False),
        tr["TRTESTCD"],
    )  # site unknown: taken by its longest diameter
    wanted = [
        test.eq("TUMSTATE"),
        test.eq("DIAMETER"),
        test.eq(np.where(node, "LPERP", "LDIAM")),
        tr["NODE"].isna() & test.eq("LPERP"),
    ]
    choice = np.select([w.to_numpy(dtype=bool) for w in wanted], [-1, 0, 1, 2], default=9)
    tr = tr.assign(CHOICE=choice)
    sizes = tr[tr["CHOICE"].between(0, 2)]
    best = sizes.groupby(_KEY, dropna=False)["CHOICE"].transform("min")
    sizes = sizes[sizes["CHOICE"].eq(best)].drop_duplicates([*_KEY, "MM", "STATE"])
    states = tr[tr["CHOICE"].eq(-1)].sort_values([*_KEY, "TRSEQ"], kind="stable").drop_duplicates(_KEY, keep="last")
    merged = _size_and_state(sizes, states)
    merged = pd.concat([merged, _named_in_tu_alone(cut, merged, records)], ignore_index=True)
    out = merged.rename(columns={"USUBJID": "SUBJECT", "MM": "DIAMETER"})
    types = {"SUBJECT": "string", "VISIT": "Int64", "LESION": "string", "ROLE": "string", "PART": "string", "NODE": "boolean",
             "DIAMETER": "Float64", "STATE": "string", "EVALUABLE": "boolean", "DATE": "datetime64[s]"}  # fmt: skip
    return out.astype(types).sort_values(
        ["SUBJECT", "VISIT", "ROLE", "LESION", "PART"], kind="stable", ignore_index=True
    )


def _size_and_state(sizes: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """One row per lesion part and assessment with what either record says; the size's own words first."""
    facts = ["DATE", "NODE", "STATE", "EVALUABLE", "TRSEQ"]
    if sizes.empty and states.empty:  # two empty text keys cannot be merged by pandas 3.1
        return sizes[[*_KEY, "MM", *facts]]
    merged = sizes[[*_KEY, "MM", *facts]].merge(
        states[[*_KEY, *facts]], on=_KEY, how="outer", suffixes=("", "_SAID"), validate="many_to_one"
    )
    for name in facts:
        merged[name] = merged[name].fillna(merged.pop(f"{name}_SAID"))
    return merged


def _named_in_tu_alone(cut: Cut, known: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """New lesions that TU names and TR never describes: present at the assessment of the TU record."""
    tu = assessed(cut, "TU")
    at = records.loc[records["DOMAIN"].eq("TU"), ["USUBJID", "SEQ", "ASSESSMENT", "DAY"]]
    new = tu.merge(at, left_on=["USUBJID", "TUSEQ"], right_on=["USUBJID", "SEQ"], how="inner", validate="one_to_one")
    new = new.assign(LESION=new["TULNKID"].fillna("NEW"))
    described = known.loc[known["ROLE"].eq(NEW), ["USUBJID", "LESION"]].drop_duplicates()
    new = new.merge(described.assign(DESCRIBED=True), on=["USUBJID", "LESION"], how="left", validate="many_to_one")
    new = new[new["DESCRIBED"].isna()]
    return pd.DataFrame({
        "USUBJID": new["USUBJID"], "VISIT": new["ASSESSMENT"], "ROLE": NEW, "LESION": new["LESION"], "PART": new["LESION"],
        "DATE": new["DAY"], "STATE": PRESENT,
    })  # fmt: skip


def derive_measurable(cut: Cut, lesions: pd.DataFrame) -> pd.Series:
    """Subjects with at least one target of measurable size at baseline, as an index of True."""
    p = cut.params.screening
    base = lesions[lesions["VISIT"].eq(BASELINE) & lesions["ROLE"].eq(TARGET)]
    least = (
        base["NODE"].map({True: p.measurable_node_mm, False: p.measurable_mm}).astype("Float64").fillna(p.measurable_mm)
    )
    big = base["DIAMETER"].ge(least).fillna(False)  # a size that is not known proves nothing
    return pd.Series(True, index=pd.Index(base.loc[big, "SUBJECT"].unique()), dtype="boolean")


def derive_adtr(responses: pd.DataFrame, lesions: pd.DataFrame, assessments: pd.DataFrame) -> pd.DataFrame:
    """Sums (SUMDIAM) per assessment and sizes (DIAM) per lesion: AVAL mm, BASE, PCHGBL %, NADIR, PCHGNAD %. ABLFL at baseline."""
    sums = responses[responses["TARGETS"].gt(0)]
    out = pd.DataFrame({
        "USUBJID": sums["SUBJECT"], "PARAMCD": "SUMDIAM", "LESION": pd.NA, "VISIT": sums["VISIT"], "ADT": sums["DATE"], "AVAL": sums["SOD"],
        "BASE": sums["BASE"], "PCHGBL": sums["PCHG_BASE"], "NADIR": sums["NADIR"], "PCHGNAD": sums["PCHG_NADIR"],
        "TRGRESP": sums["TARGET"], "TRGRULE": sums["TARGET_RULE"],
    })  # fmt: skip
    each = lesions[lesions["ROLE"].isin([TARGET, NON_TARGET]) & lesions["DIAMETER"].notna()]
    base = each[each["VISIT"].eq(BASELINE)].drop_duplicates(["SUBJECT", "ROLE", "PART"])[
        ["SUBJECT", "ROLE", "PART", "DIAMETER"]
    ]
    each = each.merge(
        base.rename(columns={"DIAMETER": "BASE"}), on=["SUBJECT", "ROLE", "PART"], how="left", validate="many_to_one"
    )
    sizes = pd.DataFrame({
        "USUBJID": each["SUBJECT"], "PARAMCD": "DIAM", "LESION": each["PART"], "VISIT": each["VISIT"], "ADT": each["DATE"],
        "AVAL": each["DIAMETER"], "BASE": each["BASE"], "PCHGBL": 100 * (each["DIAMETER"] - each["BASE"]) / each["BASE"].mask(each["BASE"].eq(0)),
    })  # fmt: skip
    out = pd.concat([out, sizes], ignore_index=True)
    names = assessments[["USUBJID", "VISIT", "VISITNUM", "VISITNAME"]]
    out = out.merge(names, on=["USUBJID", "VISIT"], how="left", validate="many_to_one").rename(
        columns={"VISIT": "ASSESSMT"}
    )
    out["VISIT"] = out.pop("VISITNAME").mask(out["ASSESSMT"].eq(BASELINE), "BASELINE")
    out["ABLFL"] = pd.Series("Y", index=out.index, dtype="string").where(out["ASSESSMT"].eq(BASELINE))
    out["SRCDOM"] = pd.Series("TR", index=out.index, dtype="string")
    text = dict.fromkeys(("USUBJID", "PARAMCD", "LESION", "TRGRESP", "TRGRULE", "VISIT"), "string")
    numbers = dict.fromkeys(("AVAL", "BASE", "PCHGBL", "NADIR", "PCHGNAD"), "Float64")
    return out.astype(text | numbers | {"ASSESSMT": "Int64", "ADT": "datetime64[s]"})
