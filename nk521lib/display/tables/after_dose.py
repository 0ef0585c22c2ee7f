"""What came after which dose, as tables: onsets in hours, drugs that may mask an event, lots of the product."""

import pandas as pd

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.after_dose import count_onsets, dose_lots, masking_drugs, onsets_after_dose
from nk521lib.cut import Cut
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.words import day, listed, plural, short_id
from nk521lib.results import Number

SHOWN_AT_MOST = 40
"""Rows of a listing on the page."""
_NONE_DOSED = "Nobody has been dosed at a level."


def table_onsets(cut: Cut, found: Escalation) -> Html:
    """By dose number: how many subjects had fever, low blood pressure or low oxygen after it, of those who got it."""
    counts, onsets = count_onsets(cut, found), onsets_after_dose(cut, found)
    numbers = sorted({number for _, _, number in counts})
    rows = []
    for group in found.groups:
        for kind in cut.params.terms.watched_after_dose if counts else ():
            mine = onsets[onsets["GROUP"].eq(group).fillna(False) & onsets["KIND"].eq(kind).fillna(False)]
            shown = {f"Dose {n}": _of(counts.get((group, kind, n))) for n in numbers}
            rows.append({"Group": f"Group {group}", "Onset of": kind, **shown, "Hours after the dose": _hours(mine)})
    note = ("Subjects with an onset after that dose and before the next, of those who received it. Hours where dose and onset have a time; "
            "on the day of a dose without times the event came after it.")  # fmt: skip
    return table("onsets", f"{plural(len(onsets), 'onset')} of {_kinds(cut)} after a dose", rows, note, section="Group",
                 right=[f"Dose {n}" for n in numbers], empty=_NONE_DOSED)  # fmt: skip


def _kinds(cut: Cut) -> str:
    return listed(list(cut.params.terms.watched_after_dose)).replace(" and ", " or ")


def _of(counted) -> object:
    if counted is None:
        return Cell("nobody dosed", status="soft")
    return Cell(counted.fmt, tuple(counted), counted.n.usubjids)


def _hours(onsets: pd.DataFrame) -> Cell:
    timed = onsets["HOURS"].dropna().sort_values()
    without = len(onsets) - len(timed)
    parts = [", ".join(f"{hours:.1f}".removesuffix(".0") for hours in timed)] if len(timed) else []
    parts += [f"{without} without both times"] if without else []
    return Cell("; ".join(parts) or "no onset", status="" if len(onsets) else "soft")


def table_masking(cut: Cut, found: Escalation) -> Html:
    """Drugs in use after a dose that may hide or delay an event, and after which dose they were started."""
    drugs = masking_drugs(cut, found)
    rows = [
        {"Subject": subject(r.USUBJID, short_id(r.USUBJID)), "Kind": r.CLASS, "Drug": r.DRUG.capitalize(), "Started": Cell(day(r.STARTDT, "not known exactly")),
         "Ended": Cell(day(r.ENDDT, "no end date")), "Study day": _or(r.STUDYDAY, "not known"), "After dose": _after(r), "Since that dose": _since(r),
         "In use in the DLT window": _inside(r.INWINDOW)}
        for r in drugs.head(SHOWN_AT_MOST).itertuples()
    ]  # fmt: skip
    inside = int(drugs["INWINDOW"].fillna(True).sum())  # perhaps in use is counted: the doubt is shown
    heading = (
        f"{plural(len(drugs), 'drug record')} that may mask an event, {inside} in use or perhaps in use in a DLT window"
    )
    return table("masking", heading, rows, right=["Study day", "After dose"],
                 empty=f"No listed drug ({listed(list(cut.params.terms.masking)).replace(' and ', ' or ')}) was in use after a dose.")  # fmt: skip


def _after(row) -> Cell:
    if pd.notna(row.DOSENO):
        return Cell(str(row.DOSENO))
    return Cell("not known" if pd.isna(row.STARTDT) else "before the first", status="soft")


def _inside(answer: object) -> Cell:
    if pd.isna(answer):
        return Cell("perhaps", status="hold")
    return Cell("yes", status="hold") if answer else Cell("no", status="soft")


def _or(value: object, missing: str) -> Cell:
    return Cell(missing, status="soft") if pd.isna(value) else Cell(str(value))


def _since(row) -> Cell:
    if pd.notna(row.HOURS):
        return Cell(f"{row.HOURS:.1f} h")
    return Cell("no dose named", status="soft") if pd.isna(row.DAYSAFTER) else Cell(plural(int(row.DAYSAFTER), "day"))


_GROWTH = ("POSITIVE", "GROWTH", "NOT STERILE")


def table_lots(cut: Cut, found: Escalation) -> Html:
    """Doses by lot, the subjects with a DLT or candidate after a dose of it, viability and sterility where recorded."""
    lots, rows = dose_lots(cut, found), []
    viability, sterility = lots["VIABLOW"].notna().any(), lots["STERIL"].map(bool).any()
    for r in lots.itertuples():
        where = dict(chapter="escalation", population="DLT", variable="EXLOT", variable_level=r.LOT, stat_name="n")
        rows.append({
            "Lot": r.LOT,
            "Doses": Number("lot_doses", stat=float(r.DOSES), fmt=str(r.DOSES), usubjids=r.SUBJECTS, **where),
            "Subjects": Number("lot_subjects", stat=float(len(r.SUBJECTS)), fmt=str(len(r.SUBJECTS)), usubjids=r.SUBJECTS, **where),
            "With a DLT or candidate after it": Number("lot_events", stat=float(len(r.WITHEVENT)), fmt=str(len(r.WITHEVENT)), usubjids=r.WITHEVENT, **where),
            **({"Viable": _viable(r, where)} if viability else {}), **({"Sterility": _sterile(r.STERIL)} if sterility else {}),
        })  # fmt: skip
    absent = [name for name, there in (("viability", viability), ("sterility result", sterility)) if not there]
    note = f"The snapshot holds no {' and no '.join(absent)} of any lot (SUPPEX EXVIAB, EXSTERIL)." if absent else ""
    return table("lots", "Doses and events by lot", rows, note, right=["Doses", "Subjects", "With a DLT or candidate after it", "Viable"],
                 empty="No doses on a ladder.")  # fmt: skip


def _viable(lot, where: dict) -> Cell:
    if pd.isna(lot.VIABLOW):
        return Cell("not recorded", status="soft")
    where = where | {"variable": "EXVIAB", "stat_label": "per cent viable over the doses of the lot"}
    low, high = (
        Number(
            "lot_viability", stat=float(value), fmt=f"{value:g}", usubjids=lot.SUBJECTS, **where | {"stat_name": name}
        )
        for name, value in (("min", lot.VIABLOW), ("max", lot.VIABHIGH))
    )
    return Cell(f"{low} %" if low.fmt == high.fmt else f"{low} to {high} %", (low, high))


def _sterile(results: tuple[str, ...]) -> Cell:
    if not results:
        return Cell("not recorded", status="soft")
    grown = any(text.startswith(_GROWTH) for text in results)
    return Cell(("■ " if grown else "") + "; ".join(results).lower(), status="stop" if grown else "")
