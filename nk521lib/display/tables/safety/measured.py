"""Laboratory shifts, what could not be graded, liver screen, vital signs and ECG as tables."""

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.ecg import count_ecg
from nk521lib.chapters.safety.shifts import (
    DIRECTIONS,
    count_shifts,
    count_ungraded,
    derive_shifts,
    tests_without_limits,
)
from nk521lib.chapters.safety.vitals import count_notable, unread_vitals, vital_name
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import table
from nk521lib.display.tables.safety.counted import counted, named
from nk521lib.display.words import day, listed, moment, short_id, unit
from nk521lib.findings import count
from nk521lib.standards.laboratory_names import laboratory_name

_REASONS = {"no criterion for this test": "CTCAE v5.0 has no term for", "no numeric limits in CTCAE v5.0": "v5.0 gives no numbers for",
            "calcium not corrected for albumin": "graded only after correction for albumin:"}  # fmt: skip


def table_ungraded(cut: Cut, found: Safety) -> Html:
    """Results of the period without a grade, with the reason; tests the standard does not grade in one line."""
    if not cut.has("LB"):
        return notice("The snapshot has no laboratory results (LB): nothing is graded.")
    rows = count_ungraded(found.adlb)
    untouched = tests_without_limits(found.adlb)
    note = "; ".join(
        f"{_REASONS.get(reason, reason)} {listed(sorted(map(laboratory_name, tests), key=str.lower))}"
        for reason, tests in untouched.items()
        if tests
    )
    return table("lab-ungraded", "Results that could not be graded, and why", rows, f"After the first dose, in the safety window. Not faults of the data: {note}.",
                 right=["results"], empty="Every result that CTCAE v5.0 can grade has a grade.")  # fmt: skip


def table_shifts(cut: Cut, found: Safety, direction: str) -> Html:
    """Baseline grade → worst grade in the safety window, one direction. direction : L or H."""
    shifts = derive_shifts(found.adlb)
    rows = count_shifts(shifts, found.columns, direction)
    mine = shifts[shifts["DIRECTION"] == direction]
    rose = mine[
        (mine["WORSTGR"] > mine["BASEGR"]).fillna(False)
        & (mine["WORSTGR"] >= cut.params.safety.high_grade).fillna(False)
    ]
    high = listed(sorted(map(laboratory_name, rose["PARAMCD"].unique()), key=str.lower))
    word = DIRECTIONS[direction]
    heading = f"{word.capitalize()}: " + (f"rise to grade {cut.params.safety.high_grade} or higher in {high}" if len(rose) else
                                          f"no rise to grade {cut.params.safety.high_grade} or higher")  # fmt: skip
    return counted(f"lab-shift-{word}", heading, rows, cut, found,
                   "Baseline grade → worst grade in the window; N are subjects with a result of the test in the window. Worst over graded results; "
                   "ungraded ones are counted in the table above. Calcium is graded as corrected for albumin.", empty="No laboratory result in the safety window.")  # fmt: skip


def list_hys_law(cut: Cut, found: Safety) -> Html:
    """Subjects who meet the screen, and who could not be screened."""
    rules = cut.params.safety
    pairs = found.hys_pairs[found.hys_pairs["HYS_LAW"].isin(["Y", "U"])].drop_duplicates("SUBJECT")
    rows = [
        {"subject": named(p["SUBJECT"], found), "transaminase": f"{p['TRANSAMINASE']} {p['TRANSAMINASE_XULN']:.1f} × ULN on {day(p['TRANSAMINASE_DATE'])}",
         "bilirubin": f"{p['BILI_XULN']:.1f} × ULN on {day(p['BILI_DATE'])}",
         "alkaline phosphatase": "not known" if pd.isna(p["ALP_XULN"]) else f"{p['ALP_XULN']:.1f} × ULN",
         "clause": {"met": "met", "unknown": "unknown", "dropped": "dropped, high before treatment"}[p["ALP_CLAUSE"]]}
        for p in pairs.to_dict("records")
    ]  # fmt: skip
    screened = (
        set(found.hys_status.loc[found.hys_status["HYS_LAW"].notna(), "SUBJECT"]) if len(found.hys_status) else set()
    )
    without = [u for u in found.order if u not in screened]
    few = listed([short_id(u) for u in without[:10]]) + (" and others" if len(without) > 10 else "")
    note = (
        f"Not screened, because a transaminase or bilirubin after the first dose is missing: {few}. "
        if without
        else "Every dosed subject could be screened. "
    )
    over = "above" if rules.hy_bili_strict else "at least"
    return table("hys-law", "Liver screen (Hy's law): a flag for review, not a diagnosis", rows,
                 f"{note}ALT or AST at least {rules.hy_alt_uln:g} × ULN and bilirubin {over} {rules.hy_bili_uln:g} × ULN within {rules.hy_window_days} days, alkaline "
                 f"phosphatase below {rules.hy_alp_uln:g} × ULN.", empty=f"No subject meets the screen. {note}")  # fmt: skip


def table_vitals(cut: Cut, found: Safety) -> Html:
    """Notable vital signs in the safety window."""
    rows = count_notable(found.advs, found.columns, cut) if cut.has("VS") else []
    unread = unread_vitals(found.advs)
    left_out = (
        f" Not compared, for want of the limit's unit: {count(len(unread), 'reading')} (SAF-025)."
        if len(unread)
        else ""
    )
    return counted("vitals", "Vital signs outside the limits", rows, cut, found, f"N are subjects with a reading in the window; 0/0 means not measured.{left_out}",
                   empty="The snapshot has no vital signs (VS).")  # fmt: skip


def list_notable_vitals(cut: Cut, found: Safety) -> Html:
    """Each reading outside the limits, in small studies."""
    some = found.advs[found.advs["NOTABLE"].notna() & found.advs["ONTRTFL"].isin(["Y"])]
    if len(found.order) > cut.params.safety.figure_max_subjects:
        return notice(
            "Readings are not listed one by one in a study of this size; they are in the dataset advs, column NOTABLE."
        )
    rows = [
        {"subject": named(v["USUBJID"], found), "received": v["TRT01A"], "reading": f"{vital_name(v['PARAMCD'])} {v['AVAL']:g} {unit(v['AVALU'])}", "when": moment(v["VSDTC"]),
         "timepoint": v["VSTPT"], "study day": v["ADY"],
         "value before the first dose": v["BASE"] if pd.isna(v["BASE"]) else f"{v['BASE']:g} {unit(v['AVALU'])}"}
        for v in some.to_dict("records")
    ]  # fmt: skip
    return table("vitals-listing", "Each reading outside the limits", rows, empty="No reading outside the limits.")


def table_ecg(cut: Cut, found: Safety) -> Html:
    """QTcF categories."""
    rows = count_ecg(found.adeg, found.columns) if cut.has("EG") else []
    return counted("ecg", "QTcF by the categories of ICH E14", rows, cut, found,
                   "Worst value in the window of the mean of replicates, QTcF from QT and RR. Change is counted of those with a value before the first dose.",
                   empty="The snapshot has no ECG (EG).")  # fmt: skip
