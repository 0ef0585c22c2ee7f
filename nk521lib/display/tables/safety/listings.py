"""Listings with their keys: every event, serious events, laboratory results of high grade, and what belongs to the abdomen."""

import pandas as pd

from nk521lib.chapters.safety import Safety
from nk521lib.chapters.safety.lots import count_by_lot
from nk521lib.chapters.safety.peritoneal import PURPOSES, derive_peritoneal
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.safety.counted import NOBODY, named
from nk521lib.display.tables.safety.events import CRITERIA, NO_AE, event_row
from nk521lib.display.words import day, listed, moment, short_id, unit
from nk521lib.standards.laboratory_names import laboratory_title

_MOST = 200
"""Records printed in one listing; all are in the dataset."""
_PURPOSE = {
    "PROTOCOL": "by protocol",
    "THERAPEUTIC": "therapeutic",
    "OTHER": "sample or catheter care",
    "UNKNOWN": "purpose not known",
}


def list_events(cut: Cut, found: Safety) -> Html:
    """Every adverse event record of dosed subjects, in small studies."""
    if len(found.order) > cut.params.safety.figure_max_subjects:
        return notice(
            "Events are not listed record by record in a study of this size; they are in the dataset adae and on the subjects' pages."
        )
    rows = [event_row(event, found) for event in found.adae.to_dict("records")]
    return table("ae-listing", "Every adverse event", rows,
                 f"One row per record of AE; the record is its key with the subject. Dates as recorded; day 1 is the first dose. Cut-off {day(cut.cutoff)}.",
                 empty=NO_AE if cut["AE"].empty else "No adverse event of a dosed subject is recorded.")  # fmt: skip


def list_serious(cut: Cut, found: Safety) -> Html:
    """Serious events with their criteria; an event not marked as serious but with a criterion is among them."""
    events = found.adae.merge(
        cut["AE"][["USUBJID", "AESEQ", *CRITERIA]], on=["USUBJID", "AESEQ"], how="left", validate="many_to_one"
    )
    criterion = pd.DataFrame({name: events[name].str.upper().isin(["Y"]) for name in CRITERIA}).any(axis=1)
    chosen = events[events["AESER"].str.upper().isin(["Y"]) | criterion]
    rows = []
    for event in chosen.head(_MOST).to_dict("records"):
        met = [text for name, text in CRITERIA.items() if str(event[name]).upper() == "Y"]
        marked = "" if str(event["AESER"]).upper() == "Y" else "; not marked as serious"
        rows.append(event_row(event, found) | {"criterion": (", ".join(met) or "not recorded") + marked})
    return table("sae-listing", "Serious events", rows, f"{_first(len(chosen))}Cut-off {day(cut.cutoff)}.",
                 empty=NO_AE if cut["AE"].empty else "No serious event of a dosed subject is recorded.")  # fmt: skip


def list_laboratory(cut: Cut, found: Safety) -> Html:
    """Laboratory results of the safety window graded `high_grade` or higher, each with its record."""
    if not cut.has("LB"):
        return notice("The snapshot has no laboratory results (LB).")
    high, labs = cut.params.safety.high_grade, found.adlb[found.adlb["ONTRTFL"].isin(["Y"])]
    parts = [labs[(labs[f"ATOXGR{side}"] >= high).fillna(False)].assign(SIDE=side) for side in ("L", "H")]
    chosen = pd.concat(parts).sort_index(kind="stable")
    rows = [
        {"subject": named(r["USUBJID"], found), "received": r["TRT01A"], "test": laboratory_title(r["PARAMCD"]), "value": _value(r),
         "normal range": f"{_or(r['ANRLO'])} to {_or(r['ANRHI'])}", "grade": f"{r['ATOXGR' + r['SIDE']]} {'low' if r['SIDE'] == 'L' else 'high'}",
         "taken": f"{moment(r['LBDTC'])}, day {_or(r['ADY'])}", "value before the first dose": _before(r), "record": f"LB {r['SRCSEQ']}"}
        for r in chosen.head(_MOST).to_dict("records")
    ]  # fmt: skip
    return table("lab-listing", f"Laboratory results of grade {high} or 4", rows,
                 f"After the first dose, in the safety window; values in the standard unit, graded in the reported one. {_first(len(chosen))}Cut-off {day(cut.cutoff)}.",
                 empty=f"No graded result in the safety window reaches grade {high}.")  # fmt: skip


def table_lots(cut: Cut, found: Safety) -> Html:
    """Subjects with an event after a dose of each lot."""
    if not cut.has("EX", "EXLOT"):
        return notice("The snapshot does not say which lot a dose came from (EXLOT).")
    high = cut.params.safety.high_grade
    rows = count_by_lot(found.adae, found.adex, found.overall, high) if len(cut["AE"]) else []
    return table("ae-lots", "Events after a dose of each lot", rows,
                 "n/N: subjects with such an event after a dose of the lot and before their next dose, of those who received the lot. A subject may have received "
                 f"several. Treatment-emergent events with a known start. Cut-off {day(cut.cutoff)}.",
                 right=list(rows[0])[1:] if rows else (), empty=NO_AE if found.order else NOBODY)  # fmt: skip


def list_peritoneal(cut: Cut, found: Safety) -> Html:
    """Ascites and drainage of each subject treated into the abdomen or drained."""
    if len(found.order) > cut.params.safety.figure_max_subjects:
        return notice("Drainages are not listed subject by subject in a study of this size.")
    peritoneal = derive_peritoneal(cut, found.adsl, found.adae, found.advs)
    others = [short_id(u) for u in found.order if u not in set(peritoneal["USUBJID"])]
    left_out = f"Not listed, as neither treated into the abdomen nor drained: {listed(others)}. " if others else ""
    rows = [
        {"subject": named(r["USUBJID"], found), "received": r["TRT01A"], "ascites before, mL": _or(r["ASCVOLBL"], "not measured")}
        | {f"drained {_PURPOSE[p]}": _drained(r, p) for p in (*PURPOSES, "UNKNOWN")}
        | {"girth, cm": _pair(r["GIRTHBL"], r["GIRTHLAST"]), "weight, kg": _pair(r["WTBL"], r["WTLAST"]),
           "ascites as an event": "none" if pd.isna(r["ASCAE"]) else r["ASCAE"], "abdominal, catheter events": f"{r['ABDN']}, {r['CATHN']}"}
        for r in peritoneal.to_dict("records")
    ]  # fmt: skip
    return table("peritoneal", "Ascites, drainage and the abdomen, subject by subject", rows,
                 f"Drainages from the day of the first dose on (that day's come before the dose): how many, and the sum of the known volumes. Girth and weight: before the first dose → last value. Ascites that "
                 f"was there at baseline is the disease: as an event it means a worsening. {left_out}Cut-off {day(cut.cutoff)}.",
                 empty="No dosed subject is treated into the abdomen or was drained.")  # fmt: skip


def _first(size: int) -> str:
    return f"The first {_MOST} of {size} records are shown. " if size > _MOST else ""


def _or(value: object, otherwise: str = "not recorded") -> str:
    return otherwise if pd.isna(value) else f"{value:g}"


def _value(record: dict) -> str:
    """The value with its unit; a result that is only a bound with its side."""
    bound, recorded = pd.isna(record["AVAL"]), record["AVALU"]
    text = f"{record['ABOUNDREL']}{record['ABOUND']:g}" if bound else f"{record['AVAL']:g}"
    return text + ("" if pd.isna(recorded) or recorded == "1" else f" {unit(recorded)}")


def _before(record: dict) -> str:
    grade = record[f"BTOXGR{record['SIDE']}"]
    return (
        "no value"
        if pd.isna(record["BASE"])
        else f"{record['BASE']:g}" + ("" if pd.isna(grade) else f", grade {grade}")
    )


def _pair(before: object, after: object) -> str:
    return f"{_or(before, 'no value')} → {_or(after, 'no value')}"


def _drained(record: dict, purpose: str) -> Cell | str:
    n, volume, unknown = record[f"N_{purpose}"], record[f"ML_{purpose}"], record[f"NOML_{purpose}"]
    if pd.isna(n):
        return Cell("no data", status="soft")
    if not n:
        return Cell("0", status="soft")
    return (
        f"{n}, {_or(volume, 'volume not known')}"
        + ("" if pd.isna(volume) else " mL")
        + (f" ({unknown} without a volume)" if unknown and not pd.isna(volume) else "")
    )
