"""What the extract knows of deaths, serious events, DLTs and Grade 4 or worse after the cut-off.

It stands outside every count and is shown first: a committee that decides on data it knows to be overtaken must be told.
Spec: data.md section 3, rulings.md section 4.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.deaths import death_days
from nk521lib.chapters.linkage import of_subject
from nk521lib.cut import Cut

COLUMNS = ("usubjid", "group", "domain", "seq", "what", "date", "blocks")

_GRAVE = ("4", "5")


def known_after(whole: Cut) -> pd.DataFrame:
    """One row per death, event or committee decision after the cut-off, by subject and date.

    whole : the study as extracted. Columns: usubjid, group, domain, seq, what, date (text), blocks (boolean: a death, a
    DLT, or a serious event that is or may be related; it withholds the group's proposal until acknowledged).
    """
    rows = pd.concat([_deaths(whole), _events(whole), _decisions(whole)], ignore_index=True)
    rows["group"] = of_subject(rows["usubjid"], group_of(whole))
    rows = rows.sort_values(["usubjid", "date", "domain", "seq"], kind="stable", ignore_index=True)
    return rows[list(COLUMNS)].astype({c: "boolean" if c == "blocks" else "string" for c in COLUMNS})


def nothing_known_after() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="boolean" if c == "blocks" else "string") for c in COLUMNS})


def group_of(whole: Cut) -> pd.Series:
    """Treatment group by USUBJID: of the planned arm, else of the actual one."""
    dm = whole["DM"].drop_duplicates("USUBJID")
    groups = {arm: g.id for g in whole.params.trial.groups for arm in g.arms}
    group = dm["ARMCD"].map(groups).astype("string").fillna(dm["ACTARMCD"].map(groups).astype("string"))
    return pd.Series(group.to_numpy(), index=dm["USUBJID"], dtype="string")


def possibly_related(cut: Cut, aerel: pd.Series) -> pd.Series:
    """Related or possibly so: mapped by `relation_map`; an empty or unmapped code counts as related (rulings section 1)."""
    rules = cut.params.data
    code = aerel.str.upper()
    code = code.map(rules.relation_map).astype("string").fillna(code)
    return (~code.isin(["UNLIKELY", "NOT RELATED"]) | code.isin(rules.related_values)).astype(bool)


def _deaths(whole: Cut) -> pd.DataFrame:
    days = death_days(whole)
    later = days[days > whole.cutoff]
    return pd.DataFrame({
        "usubjid": later.index.astype("string"), "domain": "DM", "seq": "", "what": "death",
        "date": later.dt.strftime("%Y-%m-%d").to_numpy(), "blocks": True,
    })  # fmt: skip


def _events(whole: Cut) -> pd.DataFrame:
    ae = whole["AE"]
    ae = ae[dates.earliest(ae["AESTDTC"]) > whole.cutoff]
    dlt = (ae["AEDLT"].eq("Y") | ae["AEDLTADJ"].eq("Y")).fillna(False).astype(bool)
    serious = ae["AESER"].eq("Y").fillna(False).astype(bool)
    grave = ae["AETOXGR"].isin(_GRAVE)
    related = possibly_related(whole, ae["AEREL"])
    named = pd.DataFrame({
        "dlt": dlt.map({True: "DLT", False: ""}),
        "serious": serious.map({True: "serious", False: ""}) + (serious & related).map({True: " and related", False: ""})
        + (serious & ~related).map({True: ", not related", False: ""}),
        "grade": ("Grade " + ae["AETOXGR"].fillna("")).where(grave, ""),
    })  # fmt: skip
    what = (
        named["dlt"]
        .str.cat([named["serious"], named["grade"]], sep=", ")
        .str.replace(r"^(?:, )+|(?:, )+$|(?<=, ), ", "", regex=True)
    )
    rows = pd.DataFrame({
        "usubjid": ae["USUBJID"], "domain": "AE", "seq": ae["AESEQ"].astype("string"),
        "what": what + ": " + ae["AEDECOD"].fillna(ae["AETERM"]).fillna("term missing"),
        "date": ae["AESTDTC"], "blocks": dlt | (serious & related),
    })  # fmt: skip
    return rows[dlt | serious | grave]


def _decisions(whole: Cut) -> pd.DataFrame:
    """A committee's DLT decided after the cut-off, and not on this snapshot."""
    adjud = whole["ADJUD"]
    here = adjud["SNAPSHOT"].eq(whole.manifest.snapshot_id).fillna(False)
    dlt = (adjud["ITEM"].eq("DLT") & adjud["VALUE"].eq("Y")).fillna(False)
    late = (dates.earliest(adjud["ADJDTC"]) > whole.cutoff) & ~here.astype(bool) & dlt.astype(bool)
    some = adjud[late]
    return pd.DataFrame({
        "usubjid": some["USUBJID"], "domain": "ADJUD", "seq": some["AESEQ"].astype("string"),
        "what": "committee decided: DLT", "date": some["ADJDTC"], "blocks": True,
    })  # fmt: skip
