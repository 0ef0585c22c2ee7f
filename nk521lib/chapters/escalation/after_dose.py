"""What came after which dose: fever, low blood pressure and low oxygen in hours, drugs that may mask them, and lots.

Source: spec rulings.md section 8. None of it changes a count.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.escalation.decide import Escalation
from nk521lib.chapters.escalation.events import CANDIDATE, DLT
from nk521lib.chapters.escalation.window import per_subject
from nk521lib.chapters.records import derive_episodes, overlaps
from nk521lib.chapters.subjects import derive_doses, dose_order_open
from nk521lib.cut import Cut
from nk521lib.results import Column, Fraction, fraction

_HOUR = pd.Timedelta(hours=1)


def onsets_after_dose(cut: Cut, found: Escalation) -> pd.DataFrame:
    """Onsets of the watched events in dosed subjects, from the first dose on, in the order of subjects and time.

    USUBJID GROUP LEVEL SEQ KIND TERM GRADE; STARTDT (NaT where the day is not known); DOSENO the latest dose before it
    (NA where the day of onset does not tell), DAYSAFTER whole days and HOURS since that dose (NA without both times).
    """
    ae = cut["AE"]
    rows = ae[["USUBJID"]].assign(
        SEQ=ae["AESEQ"], TERM=ae["AEDECOD"].fillna(ae["AETERM"]), GRADE=ae["AETOXGR"], LOW=dates.earliest(ae["AESTDTC"]),
        HIGH=dates.latest(ae["AESTDTC"]), STARTDT=dates.exact(ae["AESTDTC"]), START=dates.moment(ae["AESTDTC"]),
    )  # fmt: skip
    rows["PT"] = rows["TERM"].str.upper().str.strip()
    rows = _of_kinds(rows, "PT", cut.params.terms.watched_after_dose, "KIND")
    rows = rows.merge(found.status[["USUBJID", "GROUP", "LEVEL", "ADLTSDT"]], on="USUBJID", validate="many_to_one")
    rows = rows[~(rows["HIGH"] < rows["ADLTSDT"])]
    rows = _after_dose(cut, rows)
    told = rows["STARTDT"].notna() & ~dose_order_open(derive_doses(cut), rows["USUBJID"], rows["STARTDT"])
    before = told & rows["DOSENO"].isna()  # on day 1, at a time before the dose
    columns = ["USUBJID", "GROUP", "LEVEL", "SEQ", "KIND", "TERM", "GRADE", "STARTDT", "DOSENO", "DAYSAFTER", "HOURS"]
    return _in_order(found, rows[~before], "LOW")[columns]


def count_onsets(cut: Cut, found: Escalation) -> dict[tuple[str, str, int], Fraction]:
    """By group, kind and dose number: subjects with such an onset after that dose and before the next, of those dosed."""
    onsets, doses = onsets_after_dose(cut, found), derive_doses(cut)
    groups = found.status.set_index("USUBJID")["GROUP"]
    doses = doses.assign(GROUP=per_subject(doses["USUBJID"], groups, "string")).dropna(subset="GROUP")
    given = doses.groupby(["GROUP", "DOSENO"])["USUBJID"].agg(lambda ids: tuple(sorted(ids)))
    hit = onsets.dropna(subset="DOSENO").groupby(["GROUP", "KIND", "DOSENO"])["USUBJID"].agg(set)
    return {
        (group, kind, number): fraction(
            Column(f"dose {number}", ids, group), hit.get((group, kind, number), ()), analysis_id="onset_after_dose",
            chapter="escalation", population="DLT", variable=kind.upper(), variable_level=f"dose {number}",
        )
        for (group, number), ids in given.items()
        for kind in cut.params.terms.watched_after_dose
    }  # fmt: skip


def masking_drugs(cut: Cut, found: Escalation) -> pd.DataFrame:
    """Drugs that may hide or delay an event, in use between the first dose and the last dose + `late_days`.

    One that surely ended before the first dose is left out; one without an end may go on.
    USUBJID CLASS DRUG STARTDT ENDDT (NaT where not exact); STUDYDAY of the start; INWINDOW (boolean) in use in the DLT
    window, whenever it was started, NA where the dates leave it open; DOSENO DAYSAFTER HOURS as above, NA for a start before the first dose.
    """
    cm = cut["CM"]
    rows = cm[["USUBJID"]].assign(
        DRUG=cm["CMDECOD"].fillna(cm["CMTRT"]).str.upper().str.strip(), LOW=dates.earliest(cm["CMSTDTC"]),
        HIGH=dates.latest(cm["CMSTDTC"]), STARTDT=dates.exact(cm["CMSTDTC"]), START=dates.moment(cm["CMSTDTC"]),
        ENDHIGH=dates.latest(cm["CMENDTC"]), ENDDT=dates.exact(cm["CMENDTC"]),
    )  # fmt: skip
    rows = rows.join(derive_episodes(cut, "CM")[["FIRST_LO", "FIRST_HI", "LAST_LO", "LAST_HI", "HAPPENED"]])
    rows = _of_kinds(rows, "DRUG", cut.params.terms.masking, "CLASS")
    windows = found.windows[["USUBJID", "ADLTSDT", "ADLTEDT", "TRTEDT"]]
    rows = rows.merge(windows, on="USUBJID", how="inner", validate="many_to_one")
    last = rows["TRTEDT"] + pd.Timedelta(days=cut.params.escalation.late_days)
    rows = rows[~(rows["ENDHIGH"] < rows["ADLTSDT"]) & ~((rows["LOW"] > last) & (rows["LOW"] > rows["ADLTEDT"]))]
    rows["INWINDOW"] = overlaps(rows, rows["ADLTSDT"], rows["ADLTEDT"])
    rows = _after_dose(cut, rows)
    rows["STUDYDAY"] = dates.study_day(rows["STARTDT"], rows["ADLTSDT"])
    columns = ["USUBJID", "CLASS", "DRUG", "STARTDT", "ENDDT", "STUDYDAY", "INWINDOW", "DOSENO", "DAYSAFTER", "HOURS"]
    return _in_order(found, rows, "LOW")[columns]


def _of_kinds(rows: pd.DataFrame, by: str, kinds: dict[str, tuple[str, ...]], name: str) -> pd.DataFrame:
    listed = pd.DataFrame([(word, kind) for kind, words in kinds.items() for word in words], columns=[by, name])
    return rows.merge(listed.astype("string"), on=by, how="inner", validate="many_to_one")


def _after_dose(cut: Cut, rows: pd.DataFrame) -> pd.DataFrame:
    """DOSENO, DAYSAFTER and HOURS for rows with USUBJID, STARTDT and START. On the day of a dose without both times,
    what happened came after it."""
    doses = derive_doses(cut)[["USUBJID", "DOSENO", "LOW", "HIGH", "DAY", "MOMENT"]]
    pairs = rows[["USUBJID", "STARTDT", "START"]].reset_index(names="ROW")
    pairs = pairs.merge(doses, on="USUBJID", how="inner", validate="many_to_many")
    earlier = (pairs["HIGH"] <= pairs["STARTDT"]) & ~(pairs["START"] < pairs["MOMENT"])
    last = pairs[earlier].sort_values("DOSENO", kind="stable").drop_duplicates("ROW", keep="last").set_index("ROW")
    hours = ((last["START"] - last["MOMENT"]) / _HOUR).astype("Float64")
    days = (last["STARTDT"] - last["DAY"]).dt.days.astype("Int64")
    out = rows.assign(DOSENO=last["DOSENO"], DAYSAFTER=days, HOURS=hours)
    unsure = dose_order_open(doses, rows["USUBJID"], rows["STARTDT"])
    return out.assign(**{name: out[name].mask(unsure) for name in ("DOSENO", "DAYSAFTER", "HOURS")})


def _in_order(found: Escalation, rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """The order of subjects in every figure of the chapter, then time."""
    order = pd.Series(range(len(found.status)), index=found.status["USUBJID"])
    rows = rows.assign(ORDER=per_subject(rows["USUBJID"], order, "Int64"))
    return rows.sort_values(["ORDER", by], kind="stable").drop(columns="ORDER").reset_index(drop=True)


def dose_lots(cut: Cut, found: Escalation) -> pd.DataFrame:
    """Per lot: DOSES given, SUBJECTS, WITHEVENT the subjects with a DLT or candidate after a dose of it; VIABLOW and
    VIABHIGH per cent viable (Float64, NA where not recorded), STERIL the recorded sterility results (tuple, may be empty).
    """
    doses = derive_doses(cut)
    doses = doses[doses["USUBJID"].isin(found.status["USUBJID"])].assign(
        LOT=lambda d: d["EXLOT"].fillna("not recorded")
    )
    product = cut["EX"][["USUBJID", "EXSEQ", "EXVIAB", "EXSTERIL"]]
    doses = doses.merge(product, on=["USUBJID", "EXSEQ"], how="left", validate="one_to_one")
    events = found.events.loc[found.events["VERDICT"].isin([DLT, CANDIDATE]), ["USUBJID", "HIGH"]].rename(
        columns={"HIGH": "ONSETHIGH"}
    )
    after = doses.merge(events, on="USUBJID", how="inner", validate="many_to_many")
    hit, given = _subjects_by(after[after["ONSETHIGH"] >= after["LOW"]]), _subjects_by(doses)
    by = doses.groupby("LOT")
    out = pd.DataFrame(
        {"DOSES": by.size(), "VIABLOW": by["EXVIAB"].min(), "VIABHIGH": by["EXVIAB"].max()}
    ).reset_index()
    out["SUBJECTS"] = [given[lot] for lot in out["LOT"]]
    out["WITHEVENT"] = [hit.get(lot, ()) for lot in out["LOT"]]
    results = doses.assign(STERIL=doses["EXSTERIL"].str.upper().str.strip()).dropna(subset="STERIL")
    said = {lot: tuple(sorted(set(texts))) for lot, texts in results.groupby("LOT")["STERIL"]}
    out["STERIL"] = [said.get(lot, ()) for lot in out["LOT"]]
    return out


def _subjects_by(doses: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    return {lot: tuple(sorted(set(ids))) for lot, ids in doses.groupby("LOT")["USUBJID"]}
