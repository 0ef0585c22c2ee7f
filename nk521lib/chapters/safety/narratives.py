"""Which events need a narrative, and the records around each: values, medication, dose.

Serious, dose-limiting or a candidate for it, of special interest and high grade, or a death: one row each. What is said
of them is the display's concern (`display.narratives`). Source: ICH E3 section 12.3; spec safety.md section 10.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.safety.timing import by_subject
from nk521lib.cut import Cut

CRITERIA = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
SERIOUS, CRITERION = "serious", "not recorded as serious, a criterion is"
LIMITING, CANDIDATE, RECORDED = "dose-limiting", "candidate for dose-limiting", "recorded as dose-limiting"
SPECIAL, SPECIAL_UNKNOWN = "special interest, high grade", "special interest, grade not recorded"
FATAL, DEATH = "fatal", "death"
_OTHER_SOURCES = ("LB", "EX", "ADJUD")
COLUMNS = ["USUBJID", "GROUP", "TRT01A", "SRC", "SEQ", "TERM", "VERDICT", "CLAUSES", "LOW", "HIGH", "ENDLOW", "ENDHIGH", "WHY"]  # fmt: skip


def derive_narrated(
    cut: Cut, adsl: pd.DataFrame, adae: pd.DataFrame, deaths: pd.DataFrame, dlt_events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per narrative, in the order of subjects (as `adsl`) and onset.

    adsl : derive_subjects. adae, deaths : of this chapter. dlt_events : derive_dlt_events of the escalation chapter, or None
    where no dose decision was made; then a dose-limiting event is one recorded so, and candidates are not known.
    SRC and SEQ : AE, or LB, EX, ADJUD where no adverse event carries a dose-limiting finding, or DM for a death that no fatal
    event records. LOW to HIGH the onset as an interval, ENDLOW to ENDHIGH the end; NaT where not recorded. CLAUSES the clauses
    of the machine screen that are met, VERDICT that chapter's verdict. WHY : the reasons, joined by "; ".
    """
    events = _events(cut, adae, deaths, dlt_events)
    parts = [events, _without_event(dlt_events), _deaths(events, deaths, dlt_events)]
    parts = [part for part in parts if len(part)]
    out = pd.concat(parts, ignore_index=True) if parts else events
    people = adsl[adsl["SAFFL"].isin(["Y"])]
    out = out[out["USUBJID"].isin(people["USUBJID"])]
    at = people.set_index("USUBJID")
    out = out.assign(GROUP=by_subject(out["USUBJID"], at["GROUP"]), TRT01A=by_subject(out["USUBJID"], at["TRT01A"]))
    rank = pd.Series(range(len(people)), index=people["USUBJID"])
    out = out.assign(_RANK=out["USUBJID"].map(rank)).sort_values(
        ["_RANK", "LOW", "SRC", "SEQ"], kind="stable", ignore_index=True
    )
    return out[COLUMNS]


def _events(cut: Cut, adae: pd.DataFrame, deaths: pd.DataFrame, dlt_events: pd.DataFrame | None) -> pd.DataFrame:
    keys = ["USUBJID", "AESEQ"]
    ae = adae.merge(cut["AE"][[*keys, *CRITERIA]], on=keys, how="left", validate="many_to_one")
    criterion = pd.DataFrame({name: ae[name].str.upper().isin(["Y"]) for name in CRITERIA}).any(axis=1)
    serious = ae["AESER"].str.upper().isin(["Y"])
    verdict, clauses = _verdicts(ae, dlt_events)
    said, known = ae["DLTFL"].isin(["Y"]), dlt_events is not None
    special, high = ae["AESIFL"].isin(["Y"]), (ae["ATOXGRN"] >= cut.params.safety.high_grade).fillna(False)
    fatal = ae["FATALFL"].isin(["Y"]) & ae["USUBJID"].isin(deaths["USUBJID"])
    judged = _deaths_judged(dlt_events, CANDIDATE)
    why = _reasons({
        SERIOUS: serious, CRITERION: criterion & ~serious,
        LIMITING: verdict.isin(["DLT"]) if known else said,
        CANDIDATE: verdict.isin(["CANDIDATE"]) | (fatal & ae["USUBJID"].isin(judged) & ~verdict.isin(["DLT"])),
        RECORDED: said & known & ~verdict.isin(["DLT"]),
        SPECIAL: special & high,
        SPECIAL_UNKNOWN: (special | ae["AESIU"].isin(["Y"])) & ae["ATOXGRN"].isna(),
        FATAL: ae["FATALFL"].isin(["Y"]),
    })  # fmt: skip
    out = pd.DataFrame({
        "USUBJID": ae["USUBJID"], "SRC": "AE", "SEQ": ae["AESEQ"], "TERM": ae["APT"], "VERDICT": verdict, "CLAUSES": clauses,
        "LOW": dates.earliest(ae["AESTDTC"]), "HIGH": dates.latest(ae["AESTDTC"]),
        "ENDLOW": dates.earliest(ae["AEENDTC"]), "ENDHIGH": dates.latest(ae["AEENDTC"]), "WHY": why,
    })  # fmt: skip
    return out[why != ""].astype({"SRC": "string", "SEQ": "Int64"})


def _reasons(conditions: dict[str, pd.Series]) -> pd.Series:
    first = next(iter(conditions.values()))
    why = pd.Series("", index=first.index, dtype="string")
    for name, holds in conditions.items():
        why = why.mask(holds.astype(bool), why + "; " + name)
    return why.str.removeprefix("; ")


def _verdicts(ae: pd.DataFrame, dlt_events: pd.DataFrame | None) -> tuple[pd.Series, pd.Series]:
    """Verdict and clauses of each event, null where the escalation chapter has nothing on it."""
    if dlt_events is None:
        nothing = pd.Series(pd.NA, index=ae.index, dtype="string")
        return nothing, nothing
    of_ae = dlt_events.loc[dlt_events["SRC"].eq("AE"), ["USUBJID", "SEQ", "VERDICT", "CLAUSES"]]
    of_ae = of_ae.drop_duplicates(["USUBJID", "SEQ"]).rename(columns={"SEQ": "AESEQ"})
    found = ae[["USUBJID", "AESEQ"]].merge(of_ae, on=["USUBJID", "AESEQ"], how="left", validate="many_to_one")
    found = found.set_axis(ae.index)
    return found["VERDICT"].astype("string"), found["CLAUSES"].astype("string")


def _without_event(dlt_events: pd.DataFrame | None) -> pd.DataFrame:
    """Dose-limiting findings and candidates that no adverse event carries: samples, lost doses, a judgement of no event."""
    if dlt_events is None:
        return pd.DataFrame(columns=COLUMNS)
    rows = dlt_events[dlt_events["SRC"].isin(_OTHER_SOURCES) & dlt_events["VERDICT"].isin(["DLT", "CANDIDATE"])]
    why = rows["VERDICT"].map({"DLT": LIMITING, "CANDIDATE": CANDIDATE}).astype("string")
    return rows[["USUBJID", "SRC", "SEQ", "TERM", "VERDICT", "CLAUSES", "LOW", "HIGH", "ENDLOW", "ENDHIGH"]].assign(
        WHY=why
    )


def _deaths_judged(dlt_events: pd.DataFrame | None, verdict: str) -> set[str]:
    """Subjects whose death is itself dose-limiting or a candidate for it."""
    if dlt_events is None:
        return set()
    word = {LIMITING: "DLT", CANDIDATE: "CANDIDATE"}[verdict]
    return set(dlt_events.loc[dlt_events["SRC"].eq("DM") & dlt_events["VERDICT"].eq(word), "USUBJID"])


def _deaths(events: pd.DataFrame, deaths: pd.DataFrame, dlt_events: pd.DataFrame | None) -> pd.DataFrame:
    """Deaths that no fatal event records."""
    told = events.loc[events["WHY"].str.contains(FATAL, regex=False), "USUBJID"]
    rows = deaths[~deaths["USUBJID"].isin(told)]
    why = pd.Series(DEATH, index=rows.index, dtype="string")
    for reason in (LIMITING, CANDIDATE):
        why = why.mask(rows["USUBJID"].isin(_deaths_judged(dlt_events, reason)), f"{DEATH}; {reason}")
    return pd.DataFrame({
        "USUBJID": rows["USUBJID"], "SRC": "DM", "SEQ": pd.NA, "TERM": "Death", "VERDICT": pd.NA, "CLAUSES": pd.NA,
        "LOW": dates.earliest(rows["DTHDTC"]), "HIGH": dates.latest(rows["DTHDTC"]), "ENDLOW": pd.NaT, "ENDHIGH": pd.NaT, "WHY": why,
    }).astype({"SRC": "string", "SEQ": "Int64", "TERM": "string", "VERDICT": "string", "CLAUSES": "string", "ENDLOW": "datetime64[s]",
               "ENDHIGH": "datetime64[s]"})  # fmt: skip


def derive_values_around(narrated: pd.DataFrame, adlb: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """One row per narrative (ROW, its place in `narrated`) and test, in the order of `narrative_tests`.

    BEFORE, BEFOREGR, BEFORESEQ : the last value in the `narrative_days_before` days before the onset; of a death, on its day or
    before. On the day of onset the times decide where both are known. AFTER, AFTERGR, AFTERSEQ, AFTERDY (days from the onset) : of the values from the day of onset to `narrative_days_after`
    later, the one of the highest grade, of equal grades the one furthest from BEFORE, then the earliest. Tests that are
    not listed appear when they reach `high_grade` there. Onsets that are not completely known have no row. AVALU : unit.
    """
    rules = cut.params.safety
    onset = narrated.loc[
        narrated["LOW"].notna() & (narrated["LOW"] == narrated["HIGH"]), ["USUBJID", "LOW", "SRC", "SEQ"]
    ]
    begun = cut["AE"][["USUBJID"]].assign(SRC="AE", SEQ=cut["AE"]["AESEQ"], START=dates.moment(cut["AE"]["AESTDTC"]))
    begun = begun.astype({"SRC": "string"}).drop_duplicates(["USUBJID", "SEQ"])
    onset = onset.reset_index(names="ROW").merge(
        begun, on=["USUBJID", "SRC", "SEQ"], how="left", validate="many_to_one"
    )
    values = adlb.loc[adlb["AVAL"].notna() & adlb["ADT"].notna(),
                      ["USUBJID", "PARAMCD", "ADT", "ADTM", "AVAL", "AVALU", "ATOXGRL", "ATOXGRH", "SRCSEQ"]]  # fmt: skip
    pairs = onset.merge(values, on="USUBJID", how="inner", validate="many_to_many")
    pairs["DAYS"] = (pairs["ADT"] - pairs["LOW"]).dt.days - pairs["SRC"].isin(["DM"]).astype("int64")
    # On the day of onset a sample is of before it only where both times say so.
    pairs["DAYS"] -= (pairs["DAYS"].eq(0) & (pairs["ADTM"] < pairs["START"])).astype("int64")
    pairs["GRADE"] = pairs[["ATOXGRL", "ATOXGRH"]].max(axis=1).astype("Int64")
    pairs = pairs.sort_values(["ROW", "PARAMCD", "ADT", "SRCSEQ"], kind="stable")
    key, kept = ["ROW", "PARAMCD"], ["AVAL", "AVALU", "GRADE", "SRCSEQ"]
    before = pairs[pairs["DAYS"].between(-rules.narrative_days_before, -1)].drop_duplicates(key, keep="last")
    after = pairs[pairs["DAYS"].between(0, rules.narrative_days_after)]
    before = before[[*key, *kept]].rename(
        columns={"AVAL": "BEFORE", "GRADE": "BEFOREGR", "SRCSEQ": "BEFORESEQ", "AVALU": "BEFOREU"}
    )
    after = after[[*key, *kept, "DAYS"]].merge(before, on=key, how="left", validate="many_to_one")
    after["_FAR"] = (after["AVAL"] - after["BEFORE"]).abs()
    after = after.sort_values([*key, "GRADE", "_FAR", "DAYS"], ascending=[True, True, False, False, True],
                              na_position="last", kind="stable").drop_duplicates(key)  # fmt: skip
    after = after[[*key, *kept, "DAYS"]].rename(
        columns={"AVAL": "AFTER", "GRADE": "AFTERGR", "SRCSEQ": "AFTERSEQ", "DAYS": "AFTERDY"}
    )
    out = before.merge(after, on=key, how="outer", validate="one_to_one")
    out["AVALU"] = out["AVALU"].fillna(out.pop("BEFOREU"))
    order = {test: place for place, test in enumerate(rules.narrative_tests)}
    out = out[out["PARAMCD"].isin(order) | (out["AFTERGR"] >= rules.high_grade).fillna(False)]
    out = out.assign(_ORDER=out["PARAMCD"].map(order).fillna(len(order)))
    return out.sort_values(["ROW", "_ORDER", "PARAMCD"], kind="stable").drop(columns="_ORDER").reset_index(drop=True)


def derive_medication_around(narrated: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """Medication that was or may have been in use between onset and end (the cut-off where none is recorded); of a death, on its day.

    ROW and the columns of CM; prior anticancer therapy is left out. Onsets that are not completely known have no row.
    """
    cm = cut["CM"]
    cm = cm[~cm["CMCAT"].str.upper().str.startswith("PRIOR").fillna(False)]
    span = narrated.loc[
        narrated["LOW"].notna() & (narrated["LOW"] == narrated["HIGH"]), ["USUBJID", "LOW", "ENDHIGH", "SRC"]
    ]
    until = span["ENDHIGH"].mask(span["SRC"].eq("DM"), span["LOW"]).fillna(cut.cutoff.as_unit("s"))
    span = span.assign(UNTIL=until).reset_index(names="ROW")
    pairs = span.merge(cm, on="USUBJID", how="inner", validate="many_to_many")
    apart = (dates.earliest(pairs["CMSTDTC"]) > pairs["UNTIL"]) | (dates.latest(pairs["CMENDTC"]) < pairs["LOW"])
    return pairs[~apart].sort_values(["ROW", "CMSTDTC", "CMSEQ"], kind="stable").reset_index(drop=True)
