"""One row per subject: who was screened, enrolled and dosed, in which group and level, and until when.

What two chapters share lives here. Spec: data.md sections 3 and 6, rulings.md 3.14 and 6.8, safety.md section 1.
"""

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.deaths import known_deaths
from nk521lib.cut import Cut, derived_once, read_once
from nk521lib.results import Column
from nk521lib.standards.comparison import at_least, at_most

_CONTACTS = (
    ("SV", "SVSTDTC"), ("EX", "EXSTDTC"), ("LB", "LBDTC"), ("VS", "VSDTC"), ("EG", "EGDTC"), ("CV", "CVDTC"),
    ("QS", "QSDTC"), ("TU", "TUDTC"), ("TR", "TRDTC"), ("RS", "RSDTC"), ("PR", "PRSTDTC"), ("AE", "AESTDTC"),
    ("AE", "AEENDTC"), ("CM", "CMSTDTC"),
)  # fmt: skip
"""Dates on which a subject was surely seen alive (rulings.md 6.8); DS and SS are added by their own rules."""

_NOT_A_CONTACT = ("DEATH", "LOST TO FOLLOW-UP", "COMPLETED", "OTHER", "STUDY TERMINATED BY SPONSOR")


@derived_once
def derive_subjects(cut: Cut) -> pd.DataFrame:
    """One row per subject of DM, in order of group, level, first dose and id.

    Columns: STUDYID USUBJID SUBJID AGE SEX ARMCD GROUP LEVEL (assigned) GROUPTRT LEVELTRT (received first) TRT01P TRT01A
    RFICDT ENROLDT TRTSDT TRTSDTF TRTEDT TRTEDTF NDOSE TRTDURD SCRNFAIL ENRLFL SAFFL EOSDT EOSSTT DTHDT LSTALVDT DCUTDT.
    Dates are whole days; a partial date that a rule must not guess stays missing. Where the day of the first or last dose is
    not known, TRTSDT is the first and TRTEDT the last day it can have been, and TRTSDTF, TRTEDTF say so (D, M or Y).
    """
    dm = cut["DM"]
    out = dm[["STUDYID", "USUBJID", "SUBJID", "AGE", "SEX", "RACE", "ARMCD", "ARMNRS"]].copy()
    out["GROUP"], out["LEVEL"] = _arm(cut, dm["ARMCD"])
    out["GROUPTRT"] = _arm(cut, dm["ACTARMCD"])[0].fillna(out["GROUP"])  # no actual arm on record: the planned one
    out["RFICDT"], out["ENROLDT"] = _by_subject(out, _consent(cut)), _by_subject(out, _enrolled(cut))
    doses = derive_doses(cut)
    by = doses.groupby("USUBJID")
    first, last = _treated(cut, out, by)
    out["TRTSDT"], out["TRTSDTF"] = first["DAY"], first["FLAG"]
    out["TRTEDT"], out["TRTEDTF"] = last["DAY"], last["FLAG"]
    out["NDOSE"] = out["USUBJID"].map(by.size()).astype("Int64").fillna(0)  # no EX record is no dose
    out["LEVELTRT"] = _level_received(cut, out, doses)
    known = out["TRTSDTF"].isna() & out["TRTEDTF"].isna()
    out["TRTDURD"] = dates.study_day(out["TRTEDT"], out["TRTSDT"]).where(known)
    out["SAFFL"] = _flag(out["NDOSE"] > 0)
    out["ENRLFL"] = _flag(out["ENROLDT"].notna() | (out["NDOSE"] > 0))
    ended, status = _disposition(cut)
    out["EOSDT"], out["EOSSTT"] = _by_subject(out, ended), _looked_up(out, status, "string")
    out["SCRNFAIL"] = _flag(dm["ARMNRS"].str.upper().eq("SCREEN FAILURE") | dm["ARMCD"].str.upper().eq("SCRNFAIL")
                            | out["EOSSTT"].eq("SCREEN FAILURE"))  # fmt: skip
    died = known_deaths(cut)
    out["DTHDT"], out["DTHFL"] = _by_subject(out, died["DTHDT"]), _flag(out["USUBJID"].isin(died.index))
    out["LSTALVDT"] = _by_subject(out, _last_alive(cut))
    out["DCUTDT"] = cut.cutoff.as_unit("s")
    out["TRT01P"] = _label(cut, out["GROUP"], out["LEVEL"])
    out["TRT01A"] = _label(cut, out["GROUPTRT"], out["LEVELTRT"]).where(out["SAFFL"].eq("Y"))
    order = out.assign(_g=out["GROUP"].fillna("~"), _l=out["LEVEL"].fillna(99))
    out = order.sort_values(["_g", "_l", "TRTSDT", "USUBJID"], kind="stable").drop(columns=["_g", "_l"])
    return out.reset_index(drop=True)


@derived_once
def derive_doses(cut: Cut) -> pd.DataFrame:
    """One row per administration of the study product: USUBJID EXSEQ EXSTDTC LOW HIGH DAY ENDLOW ENDHIGH MOMENT DOSENO CELLS LEVELTRT EXADJ EXLOT.

    LOW, HIGH : the days it can have been given, by its own record and by the first and last exposure in DM; DAY is missing
    where they differ: such a dose was given all the same. DOSENO numbers a subject's doses by day. LEVELTRT is the level whose cells the dose comes nearest to (rulings.md 3.14).
    """
    ex = cut["EX"]
    # A dose of zero was not given, unless it is a placebo; an unknown amount was.
    placebo = ex["EXTRT"].str.upper().str.contains("PLACEBO", regex=False).fillna(False)
    ex = ex[ex["EXDOSE"].gt(0).fillna(True) | placebo]
    out = ex[["USUBJID", "EXSEQ", "EXSTDTC", "EXDOSE", "EXDOSU", "EXROUTE", "EXLOT", "EXADJ"]].copy()
    out["LOW"], out["HIGH"] = _days_possible(cut, ex)
    # A record may stand for a period of daily dosing; without a known end it is at least its first day.
    ends = dates.exact(ex["EXENDTC"])
    out["ENDLOW"], out["ENDHIGH"] = ends.fillna(out["LOW"]), ends.fillna(out["HIGH"])
    out["DAY"], out["MOMENT"] = out["LOW"].where(out["LOW"].eq(out["HIGH"])), dates.moment(ex["EXSTDTC"])
    out = out[out["LOW"].notna()].sort_values(["USUBJID", "EXSEQ"], kind="stable")
    # As early as it can have been if the records are in the order of time, where they can be.
    after = out.groupby("USUBJID")["LOW"].cummax()
    out = out.assign(_AT=after.where(after <= out["HIGH"], out["LOW"])).sort_values(
        ["USUBJID", "_AT", "EXSEQ"], kind="stable"
    )
    out = out.drop(columns="_AT")
    out["DOSENO"] = (out.groupby("USUBJID").cumcount() + 1).astype("Int64")
    trial = cut.params.trial
    out["CELLS"] = (out["EXDOSE"] * trial.dose_unit_cells).where(
        out["EXDOSU"].str.upper().eq(trial.dose_unit.upper()).fillna(False)
    )
    out["LEVELTRT"] = _nearest_level(out["CELLS"], trial.levels)
    return out.reset_index(drop=True)


def dose_order_open(doses: pd.DataFrame, usubjid: pd.Series, day: pd.Series) -> pd.Series:
    """May a dose of unknown day have come before this day as well as after it (bool)?"""
    vague = doses.loc[doses["DAY"].isna(), ["USUBJID", "LOW", "HIGH"]]
    pairs = pd.DataFrame({"USUBJID": usubjid, "ON": day}).reset_index(names="ROW").merge(vague, on="USUBJID")
    return usubjid.index.isin(pairs.loc[(pairs["LOW"] <= pairs["ON"]) & (pairs["ON"] < pairs["HIGH"]), "ROW"])


def columns(adsl: pd.DataFrame, cut: Cut, received: bool = True) -> list[Column]:
    """Table columns in the order of safety.md section 1: each level of each group, the group, and overall.

    adsl : the subjects of the population shown. received : by level received (safety) or by level assigned.
    """
    level, treated = (adsl["LEVELTRT"], adsl["GROUPTRT"]) if received else (adsl["LEVEL"], adsl["GROUP"])
    trial, made = cut.params.trial, []
    show_empty = cut.params.safety.no_level_columns == "show"
    for group in trial.groups:
        here = treated.eq(group.id).fillna(False)
        for number in range(1, len(trial.levels) + 1):
            ids = tuple(adsl.loc[here & level.eq(number).fillna(False), "USUBJID"])
            if ids or show_empty:
                made.append(Column(f"{group.id}-{trial.level_prefix}{number}", ids, group.id, str(number)))
        total = f"{group.id} total" if trial.levels else group.label
        made.append(Column(total, tuple(adsl.loc[here, "USUBJID"]), group.id, "ALL"))
    return [*made, Column("Overall", tuple(adsl["USUBJID"]), "ALL", "ALL")]


def _days_possible(cut: Cut, ex: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """First and last day each dose can have been given; a complete date is never moved."""
    low, high = dates.earliest(ex["EXSTDTC"]), dates.latest(ex["EXSTDTC"])
    vague = ~low.eq(high)
    if not vague.any():
        return low, high
    begun, ended = (_of_subject(ex, stated) for stated in _exposure_stated(cut))
    surely = low.mask(vague).groupby(ex["USUBJID"])
    begun, ended = begun.mask(surely.transform("min") < begun), ended.mask(surely.transform("max") > ended)
    cutoff = pd.Series(cut.cutoff.as_unit("s"), index=ex.index)
    for bound in (cutoff, ended, dates.exact(ex["EXENDTC"])):  # one that contradicts the record bounds nothing
        high = high.mask(vague & ~(high <= bound) & ~(bound < low) & bound.notna(), bound)
    low = low.mask(vague & ~(low >= begun) & (begun <= high), begun)
    low = low.fillna(low.groupby(ex["USUBJID"]).transform("min"))
    # The day that DM states for the first or last dose is that of the only record that can hold it.
    for edge, stated in ((low, begun), (high, ended)):
        fits = vague & edge.eq(stated)
        taken = (low.eq(stated) & ~vague).groupby(ex["USUBJID"]).transform("any")
        alone = fits & ~taken & fits.groupby(ex["USUBJID"]).transform("sum").eq(1)
        low, high = low.mask(alone, stated), high.mask(alone, stated)
    return low, high


def _exposure_stated(cut: Cut) -> tuple[pd.Series, pd.Series]:
    """Complete days of first and last exposure that DM states, by USUBJID."""
    dm = cut["DM"].drop_duplicates("USUBJID").set_index("USUBJID")
    return dates.exact(dm["RFXSTDTC"].fillna(dm["RFSTDTC"])), dates.exact(dm["RFXENDTC"])


def _of_subject(records: pd.DataFrame, found: pd.Series) -> pd.Series:
    return pd.Series(found.reindex(records["USUBJID"]).array, index=records.index)


def _treated(cut: Cut, out: pd.DataFrame, by) -> tuple[pd.DataFrame, pd.DataFrame]:
    """DAY and FLAG of the first and of the last dose: the widest span it can be, flagged unless doses or DM tell the day."""
    begun, ended = (_of_subject(out, stated) for stated in _exposure_stated(cut))
    lowest, first = _by_subject(out, by["LOW"].min()), _by_subject(out, by["HIGH"].min())
    last, highest = _by_subject(out, by["ENDLOW"].max()), _by_subject(out, by["ENDHIGH"].max())
    return tuple(
        pd.DataFrame({"DAY": day, "FLAG": _part_unknown(low, high).mask(day.eq(stated))})
        for day, low, high, stated in ((lowest, lowest, first, begun), (highest, last, highest, ended))
    )


def _part_unknown(low: pd.Series, high: pd.Series) -> pd.Series:
    """D, M or Y: the largest part of a date that is not known; null where low and high are one day."""
    part = pd.Series("D", index=low.index, dtype="string")
    part = part.mask(low.dt.month.ne(high.dt.month), "M").mask(low.dt.year.ne(high.dt.year), "Y")
    return part.where(low.ne(high) & low.notna())


def _looked_up(out: pd.DataFrame, found: pd.Series, dtype: str) -> pd.Series:
    return pd.Series(found.reindex(out["USUBJID"]).array, index=out.index).astype(dtype)


def _by_subject(out: pd.DataFrame, found: pd.Series) -> pd.Series:
    return _looked_up(out, found, "datetime64[s]")


def _flag(condition: pd.Series) -> pd.Series:
    """Y or null. Unknown is null: a flag says only what is certain."""
    return pd.Series("Y", index=condition.index, dtype="string").where(condition.fillna(False))


def _arm(cut: Cut, armcd: pd.Series) -> tuple[pd.Series, pd.Series]:
    groups = {arm: g.id for g in cut.params.trial.groups for arm in g.arms}
    levels = {arm: level for g in cut.params.trial.groups for arm, level in g.arms.items() if level is not None}
    return armcd.map(groups).astype("string"), armcd.map(levels).astype("Int64")


def _label(cut: Cut, group: pd.Series, level: pd.Series) -> pd.Series:
    if not cut.params.trial.levels:
        return group
    return group + f"-{cut.params.trial.level_prefix}" + level.astype("string")


def _nearest_level(cells: pd.Series, levels: tuple[float, ...]) -> pd.Series:
    if not levels:
        return pd.Series(pd.NA, index=cells.index, dtype="Int64")
    amount = cells.to_numpy(dtype=float, na_value=np.nan)
    distance = np.abs(np.log(np.where(amount > 0, amount, np.nan))[:, None] - np.log(np.array(levels)))
    nearest = pd.Series(np.where(np.isnan(amount), 0, distance.argmin(axis=1) + 1), index=cells.index, dtype="Int64")
    return nearest.mask(nearest == 0)


def _level_received(cut: Cut, out: pd.DataFrame, doses: pd.DataFrame) -> pd.Series:
    """The assigned level where the first dose lies within the factors of its cells, else the nearest (rulings.md 3.14)."""
    first = doses.drop_duplicates("USUBJID").set_index("USUBJID")
    cells, nearest = out["USUBJID"].map(first["CELLS"]), out["USUBJID"].map(first["LEVELTRT"]).astype("Int64")
    assigned = out["LEVEL"].map(dict(enumerate(cut.params.trial.levels, 1))).astype("Float64")
    data = cut.params.data
    as_assigned = at_least(cells, data.dose_low_factor * assigned) & at_most(cells, data.dose_high_factor * assigned)
    # Without cells or an assigned level there is nothing to hold the dose against, and the nearest level stands.
    return nearest.mask(as_assigned.fillna(False), out["LEVEL"])


def _consent(cut: Cut) -> pd.Series:
    """Informed consent: the DS milestone, else DM.RFICDTC."""
    ds = cut["DS"]
    milestone = ds[ds["DSDECOD"].str.upper().eq("INFORMED CONSENT OBTAINED").fillna(False)]
    first = dates.exact(milestone["DSSTDTC"]).groupby(milestone["USUBJID"]).min()
    recorded = pd.Series(dates.exact(cut["DM"]["RFICDTC"]).to_numpy(), index=cut["DM"]["USUBJID"])
    return first.reindex(recorded.index).fillna(recorded)


def _enrolled(cut: Cut) -> pd.Series:
    ds = cut["DS"]
    names = [name.upper() for name in cut.params.data.enrolled_decod]
    milestone = ds[ds["DSDECOD"].str.upper().isin(names)]
    return dates.exact(milestone["DSSTDTC"]).groupby(milestone["USUBJID"]).min()


@read_once
def dispositions(cut: Cut) -> pd.DataFrame:
    """Disposition events of DS that end a subject's part in the study.

    Milestones are none, nor is the end of treatment alone where DSSCAT says so; without DSSCAT every event counts.
    """
    ds = cut["DS"]
    ds = ds[ds["DSCAT"].str.upper().eq("DISPOSITION EVENT").fillna(False)]
    return ds[~ds["DSSCAT"].str.upper().str.contains("TREATMENT").fillna(False)]


def ended_treatment(cut: Cut) -> pd.Series:
    """USUBJID of everyone with a disposition event that ends the treatment (DSSCAT says so) or the part in the study."""
    ds = cut["DS"]
    event = ds["DSCAT"].str.upper().eq("DISPOSITION EVENT").fillna(False)
    return ds.loc[event & ds["DSDECOD"].str.upper().ne("SCREEN FAILURE").fillna(True), "USUBJID"].drop_duplicates()


def _disposition(cut: Cut) -> tuple[pd.Series, pd.Series]:
    """Date and decoded reason of the first event that ended a subject's part in the study: nobody leaves twice."""
    ds = dispositions(cut)
    ds = ds.assign(LOW=dates.earliest(ds["DSSTDTC"])).sort_values(["USUBJID", "LOW", "DSSEQ"], kind="stable")
    first = ds.drop_duplicates("USUBJID").set_index("USUBJID")
    return dates.exact(first["DSSTDTC"]), first["DSDECOD"]


def _last_alive(cut: Cut) -> pd.Series:
    """Latest day a record shows the subject alive; a partial date counts with its earliest day."""
    ds, ss = cut["DS"], cut["SS"]
    alive = ss[ss["SSSTRESC"].fillna(ss["SSORRES"]).str.upper().eq("ALIVE").fillna(False)]
    seen = ds[~ds["DSDECOD"].str.upper().isin(_NOT_A_CONTACT)]
    contacts = [(cut[domain], variable) for domain, variable in _CONTACTS if cut.has(domain)]
    records = [*contacts, (alive, "SSDTC"), (seen, "DSSTDTC")]
    day = dates.earliest(pd.concat([frame[variable] for frame, variable in records], ignore_index=True))
    who = pd.concat([frame["USUBJID"] for frame, _ in records], ignore_index=True)
    known = day.le(cut.cutoff)  # no day is on no side of the cut-off
    return day[known].groupby(who[known]).max()
