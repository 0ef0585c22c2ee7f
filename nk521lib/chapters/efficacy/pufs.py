"""Puncture-free survival and time to next paracentesis: what a drainage was for, and what it ends.

Spec: efficacy.md section 4, rulings.md 6.10. Planned drainage of group B is no event, so the purpose of each drainage decides; one
without purpose is decided by its volume. Drainages of one subject within 24 hours, or on consecutive days, are one.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.drainages import drainage_records
from nk521lib.chapters.efficacy.survival_times import (
    ASCITES_THERAPY,
    DEATH,
    LAST_ALIVE,
    PUNCTURE,
    UNKNOWN_PUNCTURE,
    UNSAID_PUNCTURE,
    candidate,
    deaths,
    end_times,
    engine_subjects,
)
from nk521lib.cut import Cut
from nk521lib.standards.time_to_event import CENSOR, EVENT, LAST, POSSIBLE

THERAPEUTIC, OTHER, UNKNOWN = "THERAPEUTIC", "OTHER", "UNKNOWN"


@dataclass(frozen=True)
class PufsRules:
    """One definition of puncture-free survival. The first five fields are parameters of the same name, the others sensitivity."""

    pufs_start: str
    pufs_event: str
    unknown_indication: str
    ther_min_ml: float
    pufs_new_therapy: str
    count_unread: bool = True
    count_infusion_days: bool = True


def primary_rules(cut: Cut) -> PufsRules:
    names = [field.name for field in fields(PufsRules) if not field.name.startswith("count_")]
    return PufsRules(**{name: getattr(cut.params.efficacy, name) for name in names})


def derive_drainages(cut: Cut, facts: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """One row per drainage of a dosed subject: USUBJID PRSEQ DAY LOW MOMENT CATHETER PURPOSE PRINDC PRVOL DONE DOSEDAY ADY.

    PURPOSE is THERAPEUTIC, OTHER or UNKNOWN. DAY is NaT for a partial date (LOW its first possible day). DONE is False for a
    drainage that was recorded as not done (PROCCUR N).
    """
    p, pr = cut.params.efficacy, drainage_records(cut)
    pr = pr[pr["USUBJID"].isin(facts["USUBJID"])]
    out = pr[["USUBJID", "PRSEQ", "PRTRT", "PRINDC", "PRVOL", "PRSTDTC", "DONE"]].reset_index(drop=True)
    text = out["PRSTDTC"]
    out["DAY"], out["LOW"], out["HIGH"], out["MOMENT"] = (
        dates.exact(text),
        dates.earliest(text),
        dates.latest(text),
        dates.moment(text),
    )
    purpose = out["PRINDC"].str.upper()
    out["PURPOSE"] = pd.Series(UNKNOWN, index=out.index, dtype="string")
    out["PURPOSE"] = (
        out["PURPOSE"]
        .mask(purpose.isin(p.therapeutic_purposes), THERAPEUTIC)
        .mask(purpose.isin(p.other_purposes), OTHER)
    )
    out["CATHETER"] = out["PRTRT"].str.upper().str.contains("CATHETER").fillna(False).astype(bool)
    start = facts.set_index("USUBJID")["TRTSDT"]
    out["TRTSDT"] = pd.Series(start.reindex(out["USUBJID"]).array, index=out.index).astype("datetime64[s]")
    out["ADY"] = dates.study_day(out["DAY"], out["TRTSDT"])
    dosed = doses[["USUBJID", "DAY"]].dropna().drop_duplicates().assign(DOSEDAY=True)
    out = out.merge(dosed, on=["USUBJID", "DAY"], how="left", validate="many_to_one")
    out["DOSEDAY"] = out["DOSEDAY"].astype("boolean").fillna(False).astype(bool)
    return out.sort_values(["USUBJID", "LOW", "PRSEQ"], kind="stable", ignore_index=True)


def derive_pufs_start(cut: Cut, facts: pd.DataFrame, drainages: pd.DataFrame, rules: PufsRules) -> pd.Series:
    """Day on which puncture-free time starts, per subject of facts."""
    if rules.pufs_start == "enrolment":
        return facts["ENROLDT"]
    if rules.pufs_start == "last_infusion":
        return facts["TRTEDT"]
    if rules.pufs_start == "first_dose":
        return facts["TTESTDT"]
    before = drainages[
        drainages["PRINDC"].str.upper().eq("PROTOCOL DRAINAGE").fillna(False) & drainages["DAY"].le(drainages["TRTSDT"])
    ]
    last = before.groupby("USUBJID")["DAY"].max()
    # Without a planned drainage there is nothing else to start at than the first dose.
    return (
        pd.Series(last.reindex(facts["USUBJID"]).array, index=facts.index)
        .astype("datetime64[s]")
        .fillna(facts["TRTSDT"])
    )


def derive_punctures(drainages: pd.DataFrame, rules: PufsRules) -> pd.DataFrame:
    """Drainage days that are events: USUBJID DAY LOW HIGH TRTSDT RULE, and UNREAD where volume is unknown and would decide.

    Volumes add up over a subject's day: a catheter counts by its daily total, and so does a drainage of unknown purpose.
    """
    need_done = rules.pufs_event != "documented_need"
    rows = drainages[drainages["DONE"] | (not need_done)]
    rows = rows if rules.count_infusion_days else rows[~rows["DOSEDAY"]]
    if rules.pufs_event == "any":
        return rows[["USUBJID", "DAY", "LOW", "HIGH", "TRTSDT"]].assign(UNREAD=False, RULE=PUNCTURE)
    key = ["USUBJID", "DAY", "PURPOSE", "CATHETER", "LOW", "HIGH", "TRTSDT"]
    day = rows.groupby(key, dropna=False)["PRVOL"].agg(KNOWN="sum", N="size", WITH="count").reset_index()
    enough = day["KNOWN"].ge(rules.ther_min_ml).astype(bool)
    open_volume = ~enough & day["WITH"].lt(day["N"])
    by_volume = enough | open_volume
    therapeutic = day["PURPOSE"].eq(THERAPEUTIC) & (by_volume | ~day["CATHETER"])
    chosen = {
        "volume": by_volume,
        "event": pd.Series(True, index=day.index),
        "not_event": pd.Series(False, index=day.index),
    }
    unknown = day["PURPOSE"].eq(UNKNOWN) & chosen[rules.unknown_indication]
    day["UNREAD"] = open_volume & (day["PURPOSE"].eq(UNKNOWN) | day["CATHETER"])
    day["RULE"] = np.select([day["UNREAD"], day["PURPOSE"].eq(UNKNOWN)], [UNKNOWN_PUNCTURE, UNSAID_PUNCTURE], PUNCTURE)
    events = day[(therapeutic | unknown) & (rules.count_unread | ~day["UNREAD"])]
    return events[["USUBJID", "DAY", "LOW", "HIGH", "TRTSDT", "UNREAD", "RULE"]]


def puncture_candidates(punctures: pd.DataFrame, facts: pd.DataFrame, start: pd.Series) -> pd.DataFrame:
    """Punctures after the start day as events, of unknown date where the day is; what may lie after it is a possible event."""
    begins = pd.Series(start.array, index=facts["USUBJID"].array).reindex(punctures["USUBJID"]).array
    begins = pd.Series(begins, index=punctures.index).astype("datetime64[s]")
    # Drainage on day 1 is before the dose (rulings.md 5.3).
    surely, never = (punctures["LOW"] > begins), (punctures["HIGH"] <= begins)
    rows = pd.DataFrame(
        {
            "SUBJECT": punctures["USUBJID"],
            "DATE": punctures["DAY"],
            "KIND": surely.map({True: EVENT, False: POSSIBLE}),
            "RULE": punctures["RULE"],
            "APPLIES": punctures["DAY"],
        }
    )[~never & begins.notna()]
    return rows.astype({"SUBJECT": "string", "DATE": "datetime64[s]", "APPLIES": "datetime64[s]", "RULE": "string"})


def derive_pufs(cut: Cut, facts: pd.DataFrame, drainages: pd.DataFrame, rules: PufsRules | None = None) -> pd.DataFrame:
    """Puncture-free survival: the first therapeutic puncture or death, else last known alive."""
    rules = rules or primary_rules(cut)
    start, who = derive_pufs_start(cut, facts, drainages, rules), facts["USUBJID"]
    rows = [puncture_candidates(derive_punctures(drainages, rules), facts, start), deaths(facts)]
    if rules.pufs_new_therapy == "censor":
        rows.append(candidate(who, facts["ASCTHDT"], CENSOR, ASCITES_THERAPY))
    rows.append(candidate(who, facts["LSTALVDT"].fillna(start), LAST, LAST_ALIVE))
    return end_times(pd.concat(rows, ignore_index=True), engine_subjects(facts, start), "PUFS")


def derive_ttnp(cut: Cut, facts: pd.DataFrame, drainages: pd.DataFrame) -> pd.DataFrame:
    """Time to next paracentesis: CNSR 0 puncture, 2 death before it (competes), 1 neither."""
    rules = primary_rules(cut)
    start, who = derive_pufs_start(cut, facts, drainages, rules), facts["USUBJID"]
    rows = [puncture_candidates(derive_punctures(drainages, rules), facts, start), deaths(facts),
            candidate(who, facts["LSTALVDT"].fillna(start), LAST, LAST_ALIVE)]  # fmt: skip
    out = end_times(pd.concat(rows, ignore_index=True), engine_subjects(facts, start), "TTNP")
    out["CNSR"] = out["CNSR"].mask(out["RULE"].eq(DEATH), 2)
    return out


def derive_alternatives(cut: Cut, facts: pd.DataFrame, drainages: pd.DataFrame) -> pd.DataFrame:
    """Every other definition of puncture-free survival: one row per subject and definition (DEFINITION, and adtte's columns)."""
    primary = primary_rules(cut)
    named_rules = [("primary", primary)]
    for field in ("pufs_start", "pufs_event", "unknown_indication", "pufs_new_therapy", "ther_min_ml"):
        entry = cut.params.about[field]
        others = [entry.default, *entry.alternatives] if entry.differs else list(entry.alternatives)
        named_rules += [
            (f"{field} = {value}", replace(primary, **{field: value}))
            for value in others
            if value != getattr(primary, field)
        ]
    named_rules += [
        ("without punctures of unknown purpose and volume", replace(primary, count_unread=False)),
        ("without drainages on infusion days", replace(primary, count_infusion_days=False)),
    ]
    return pd.concat(
        [derive_pufs(cut, facts, drainages, rules).assign(DEFINITION=name) for name, rules in named_rules],
        ignore_index=True,
    )


def derive_episodes(drainages: pd.DataFrame) -> pd.DataFrame:
    """drainages done and dated, with EPISODE: records within 24 hours, or on consecutive days without times, are one drainage."""
    rows = drainages[drainages["DONE"] & drainages["DAY"].notna()].sort_values(
        ["USUBJID", "DAY", "MOMENT", "PRSEQ"], kind="stable"
    )
    same = rows["USUBJID"].eq(rows["USUBJID"].shift())
    days = (rows["DAY"] - rows["DAY"].shift()).dt.days
    hours = (rows["MOMENT"] - rows["MOMENT"].shift()).dt.total_seconds() / 3600
    near = (hours <= 24) if hours.notna().any() else pd.Series(False, index=rows.index)
    joined = same & (near | (hours.isna() & days.le(1)))
    return rows.assign(EPISODE=(~joined).astype("int64").cumsum())


def derive_reportable(cut: Cut, facts: pd.DataFrame, drainages: pd.DataFrame) -> pd.DataFrame:
    """Per group: drainage records after first dose (N), those of unknown purpose (MISSING), and whether PuFS is reportable.

    More than `unknown_purpose_max` without a purpose makes the endpoint not reportable. No drainage at all is reportable.
    """
    rows = drainages.merge(facts[["USUBJID", "GROUP"]], on="USUBJID", validate="many_to_one")
    rows = rows[rows["LOW"].gt(rows["TRTSDT"]).fillna(False)]
    rows = rows.assign(MISSING=rows["PURPOSE"].eq(UNKNOWN))
    counts = rows.groupby("GROUP", dropna=False)["MISSING"].agg(N="size", MISSING="sum")
    out = counts.reindex([group.id for group in cut.params.trial.groups]).fillna(0).astype("Int64")
    out["REPORTABLE"] = out["MISSING"].le(out["N"].astype("Float64") * cut.params.efficacy.unknown_purpose_max)
    return out.rename_axis("GROUP").reset_index()
