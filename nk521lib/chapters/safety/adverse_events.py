"""`adae`: one row per adverse event record of dosed subjects, with what every table of events reads.

Source: spec safety.md sections 2 and 3, data.md sections 3 and 6, rulings.md section 1 and 5.1, 5.2, 5.7.
"""

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.safety.special_interest import derive_special_interest
from nk521lib.chapters.safety.timing import by_subject, first_moments, safety_set
from nk521lib.chapters.subjects import derive_doses, dose_order_open
from nk521lib.cut import Cut
from nk521lib.standards import adverse_events as standard

_FROM_ADSL = ["USUBJID", "GROUP", "LEVEL", "LEVELTRT", "TRT01A", "TRTSDT", "TRTEDT", "DTHDT"]
_RELATIONS = ("RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED")
_DOSE_CHANGED = ("DOSE REDUCED", "DRUG INTERRUPTED", "DOSE DELAYED")
_STOPPED = ("DRUG WITHDRAWN",)
NOT_CODED = "Not coded"
COLUMNS = [
    "STUDYID", "USUBJID", "AESEQ", "GROUP", "LEVEL", "LEVELTRT", "TRT01A", "AETERM", "AEDECOD", "AEBODSYS", "AESOC", "ASOC", "APT",
    "AESTDTC", "AEENDTC", "ASTDT", "ASTDTF", "AENDT", "AENDTF", "ASTDY", "AENDY", "AONGOFL", "TRTEMFL", "TEAETEST",
    "ATOXGR", "ATOXGRN", "AESEV", "CRSGR", "ICANSGR", "AESER", "AREL", "RELFL", "RELMISFL", "RELPRFL", "AEACN", "AEOUT",
    "FATALFL", "DOSCHGFL", "STOPFL", "AESIFL", "AESICAT", "AESIU", "DLTFL", "DLTSRC", "POSTSAEFL", "ADOSENO", "ADOSEDY", "ADOSEHR",
    "AOCCFL", "AOCCSFL", "AOCCPFL", "AOCCIFL", "AOCCSIFL", "AOCCPIFL", "AEGRPID", "SRCDOM", "SRCSEQ",
]  # fmt: skip


def derive_adae(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per AE record of the safety set, in the order of subjects, start and AESEQ. Flags are Y or null.

    ASTDT, AENDT : imputed by the rules of data.md section 3, ASTDTF and AENDTF say which part (D, M, Y); NaT stays NaT.
    TRTEMFL and TEAETEST (1 to 6, the test that decided); ATOXGRN 1 to 5, null when missing or impossible (AESEV is never
    turned into a grade); ASOC, APT the class and term that counts use, "Not coded" where coding is missing; AREL mapped
    relation, RELFL counted as related, RELMISFL because the relation is missing or unknown, RELPRFL related to the
    procedure; FATALFL, DOSCHGFL, STOPFL as rulings.md 5.7; AESIU could be of special interest if its grade were known;
    DLTFL as recorded (DLTSRC COMMITTEE or INVESTIGATOR); POSTSAEFL related serious event after the window; ADOSENO,
    ADOSEDY, ADOSEHR the last dose before the start and the days and hours since.
    """
    people = safety_set(adsl)
    ae = cut["AE"].merge(people[_FROM_ADSL], on="USUBJID", how="inner", validate="many_to_one")
    out = ae.copy()
    out["ATOXGR"], out["ATOXGRN"] = ae["AETOXGR"], grade(ae["AETOXGR"])
    out["ASOC"] = _one_spelling(ae["AESOC"].fillna(ae["AEBODSYS"])).fillna(NOT_CODED)
    out["APT"] = _one_spelling(ae["AEDECOD"]).fillna(NOT_CODED + ": " + ae["AETERM"].fillna("no term"))
    out = out.assign(**_dates(ae, cut.cutoff))
    out = out.assign(**_emergence(cut, out))
    out = out.assign(**_relation(ae, cut.params.data))
    out = out.assign(**_outcome(ae, out["ATOXGRN"]))
    out = out.assign(**derive_special_interest(out, cut.params.safety, cut.params.terms))
    out = out.assign(**_dlt(cut, ae))
    late = (out["TEAETEST"] == 6) & (dates.earliest(ae["AESTDTC"]) > out["TRTEDT"])
    serious = ae["AESER"].str.upper().isin(["Y"]) & out["RELFL"].isin(["Y"])
    out["POSTSAEFL"] = flag(late & serious & cut.params.safety.sae_related_always)
    out = out.assign(**_since_dose(cut, out))
    out["SRCDOM"], out["SRCSEQ"] = pd.Series("AE", index=out.index, dtype="string"), out["AESEQ"]
    rank = pd.Series(range(len(people)), index=people["USUBJID"])
    out = out.assign(_RANK=out["USUBJID"].map(rank)).sort_values(
        ["_RANK", "ASTDT", "AESEQ"], kind="stable", ignore_index=True
    )
    return out.assign(**_occurrence(out))[COLUMNS]


def emergent(adae: pd.DataFrame) -> pd.DataFrame:
    return adae[adae["TRTEMFL"].isin(["Y"])]


def flag(condition: pd.Series) -> pd.Series:
    """Y where certainly true, else null: a flag never says no."""
    return pd.Series("Y", index=condition.index, dtype="string").where(condition.astype("boolean").fillna(False))


def grade(text: pd.Series) -> pd.Series:
    """1 to 5 (Int64); anything else is an unknown grade, never a normal one."""
    return pd.to_numeric(text.where(text.str.fullmatch("[1-5]").fillna(False))).astype("Int64")


def _one_spelling(term: pd.Series) -> pd.Series:
    """Terms that differ in case or outer blanks are one term: the spelling that comes first in the alphabet."""
    clean = term.str.strip().mask(lambda t: t.eq("").fillna(False))
    return clean.groupby(clean.str.upper()).transform("min").astype("string")


def _dates(ae: pd.DataFrame, cutoff: pd.Timestamp) -> dict[str, pd.Series]:
    start_low, start_high = dates.earliest(ae["AESTDTC"]), dates.latest(ae["AESTDTC"])
    end_low, end_high = dates.earliest(ae["AEENDTC"]), dates.latest(ae["AEENDTC"])
    # The first possible day, but the day of the first dose where that is possible too (conservative for emergence).
    start = start_low.mask((start_low < ae["TRTSDT"]) & (ae["TRTSDT"] <= start_high), ae["TRTSDT"])
    # The last possible day, but not after death or cut-off; a complete date is never moved.
    last = ae["DTHDT"].fillna(cutoff).clip(upper=cutoff)
    end = end_high.mask((end_low < end_high) & (end_high > last), last.where(last >= end_low, end_low))
    text = ae["AEOUT"].str.upper()
    says = ae["AEENRTPT"].str.upper().isin(["ONGOING"]) | text.str.startswith(("NOT RECOVERED", "RECOVERING"))
    return {
        "ASTDT": start, "ASTDTF": _imputed(ae["AESTDTC"], start_low, start_high), "ASTDY": dates.study_day(start, ae["TRTSDT"]),
        "AENDT": end, "AENDTF": _imputed(ae["AEENDTC"], end_low, end_high), "AENDY": dates.study_day(end, ae["TRTSDT"]),
        "AONGOFL": flag(ae["AEENDTC"].isna() & says.fillna(False)),
    }  # fmt: skip


def _imputed(text: pd.Series, low: pd.Series, high: pd.Series) -> pd.Series:
    """D, M or Y: the largest part that was not known; null for complete and for missing dates."""
    days = text.str.slice(0, 10)
    part = pd.Series("D", index=text.index, dtype="string")
    part = part.mask(days.str.fullmatch(r"\d{4}(?:--.*)?").fillna(False), "M").mask(
        days.str.startswith("-").fillna(False), "Y"
    )
    return part.where(low.notna() & (low != high))


def _emergence(cut: Cut, out: pd.DataFrame) -> dict[str, pd.Series]:
    start, end = dates.moment(out["AESTDTC"]), dates.moment(out["AEENDTC"])
    events = pd.DataFrame({
        "SUBJECT": out["USUBJID"], "GROUP_ID": out["AEGRPID"], "GRADE": out["ATOXGRN"],
        "START_EARLIEST": start.fillna(dates.earliest(out["AESTDTC"])), "START_LATEST": start.fillna(dates.latest(out["AESTDTC"])),
        "END_EARLIEST": end.fillna(dates.earliest(out["AEENDTC"])), "END_LATEST": end.fillna(dates.latest(out["AEENDTC"])),
        "FIRST_DOSE": by_subject(out["USUBJID"], first_moments(cut)), "LAST_DOSE": out["TRTEDT"],
    })  # fmt: skip
    rules = cut.params.safety
    found = standard.derive_treatment_emergent(
        events, window_days=rules.teae_end_days, worsening_unknown=rules.worsening_unknown == "teae"
    )
    return {"TRTEMFL": flag(found["TEAE"]), "TEAETEST": found["TEAE_TEST"]}


def _relation(ae: pd.DataFrame, data) -> dict[str, pd.Series]:
    """Relation to the product; empty and unmapped count as related (rulings.md section 1) and are marked."""
    said = ae["AEREL"].str.upper().str.strip().replace(data.relation_map).astype("string")
    unknown = said.isna() | ~said.isin(_RELATIONS)
    route = ae["AERELPR"].str.upper().str.strip().replace({"Y": "RELATED", "N": "NOT RELATED"} | data.relation_map)
    return {
        "AREL": said, "RELFL": flag(unknown | said.isin(data.related_values)), "RELMISFL": flag(unknown),
        "RELPRFL": flag(route.isin(data.related_values)),
    }  # fmt: skip


def _outcome(ae: pd.DataFrame, grades: pd.Series) -> dict[str, pd.Series]:
    action = ae["AEACN"].str.upper().str.strip()
    fatal = (ae["AEOUT"].str.upper().isin(["FATAL"]) | ae["AESDTH"].str.upper().isin(["Y"])
             | grades.isin([5]))  # any one of the three records the death  # fmt: skip
    return {"FATALFL": flag(fatal), "DOSCHGFL": flag(action.isin(_DOSE_CHANGED)), "STOPFL": flag(action.isin(_STOPPED))}


def _dlt(cut: Cut, ae: pd.DataFrame) -> dict[str, pd.Series]:
    """DLT as recorded: the committee's latest word, else the investigator's Y. Nothing is screened here."""
    said = cut["ADJUD"]
    said = said[said["ITEM"].str.upper().isin(["DLT"]) & said["AESEQ"].notna() & said["USUBJID"].notna()]
    said = said.assign(_AT=dates.latest(said["ADJDTC"]))
    last = said.sort_values("_AT", kind="stable", na_position="first").drop_duplicates(
        ["USUBJID", "AESEQ"], keep="last"
    )
    keys = ae[["USUBJID", "AESEQ"]].merge(
        last[["USUBJID", "AESEQ", "VALUE"]], on=["USUBJID", "AESEQ"], how="left", validate="many_to_one"
    )
    committee = keys["VALUE"].set_axis(ae.index).fillna(ae["AEDLTADJ"]).str.upper()
    investigator = ae["AEDLT"].str.upper()
    source = pd.Series(pd.NA, index=ae.index, dtype="string")
    source = source.mask(investigator.notna(), "INVESTIGATOR").mask(committee.notna(), "COMMITTEE")
    return {"DLTFL": flag(committee.fillna(investigator).eq("Y")), "DLTSRC": source}


def _since_dose(cut: Cut, out: pd.DataFrame) -> dict[str, pd.Series]:
    """Last dose on or before a completely known start; an event on a dose day without times is after the dose.

    Not known where a dose of unknown day may lie on either side of the start.
    """
    doses = derive_doses(cut)
    doses = doses.assign(_AT=doses["MOMENT"].fillna(doses["HIGH"])).sort_values("_AT", kind="stable")
    start, moment = dates.exact(out["AESTDTC"]), dates.moment(out["AESTDTC"])
    end_of_day = start + pd.Timedelta(hours=23, minutes=59, seconds=59)
    events = pd.DataFrame(
        {"USUBJID": out["USUBJID"], "_AT": moment.fillna(end_of_day).astype("datetime64[s]"), "_ROW": out.index}
    )
    events = events.dropna(subset=["_AT"]).sort_values("_AT", kind="stable")
    doses = doses.astype({"_AT": "datetime64[s]"})[["USUBJID", "_AT", "DOSENO", "DAY", "MOMENT"]]
    found = pd.merge_asof(events, doses, on="_AT", by="USUBJID").set_index("_ROW").reindex(out.index)
    unsure = dose_order_open(derive_doses(cut), out["USUBJID"], start)
    found = found.assign(**{name: found[name].mask(unsure) for name in ("DOSENO", "DAY", "MOMENT")})
    hours = (moment - found["MOMENT"]).dt.total_seconds() / 3600
    return {
        "ADOSENO": found["DOSENO"].astype("Int64"), "ADOSEDY": (start - found["DAY"]).dt.days.astype("Int64"),
        "ADOSEHR": pd.Series(np.round(hours, 2), index=out.index).astype("Float64"),
    }  # fmt: skip


def _occurrence(out: pd.DataFrame) -> dict[str, pd.Series]:
    """First and worst occurrence per subject, class and term among treatment-emergent records."""
    teae = emergent(out)
    events = teae.rename(columns={"ATOXGRN": "GRADE", "ASTDT": "START_EARLIEST"})
    keys = {"": ["USUBJID"], "S": ["USUBJID", "ASOC"], "P": ["USUBJID", "ASOC", "APT"]}
    flags = {}
    for letter, by in keys.items():
        first, worst = pd.Series(False, index=out.index), pd.Series(False, index=out.index)
        first.loc[teae.sort_values(["ASTDT", "AESEQ"], kind="stable").drop_duplicates(by).index] = True
        worst.loc[teae.index] = standard.flag_first_highest(events, by).astype(bool)
        flags[f"AOCC{letter}FL"], flags[f"AOCC{letter}IFL"] = flag(first), flag(worst)
    return flags
