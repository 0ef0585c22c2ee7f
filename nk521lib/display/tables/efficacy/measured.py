"""Markers, ascites and quality of life as tables: values before and after, never a test."""

import pandas as pd

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.instruments import Instrument, instrument_in_use
from nk521lib.chapters.efficacy.questionnaires import minimal_difference
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.efficacy.common import small, too_many, who
from nk521lib.display.words import day, unit
from nk521lib.results import Column, Number, fraction
from nk521lib.standards.ca125 import AWAITING, NO_RESPONSE
from nk521lib.standards.comparison import EQUAL
from nk521lib.standards.laboratory_names import laboratory_name

_SOFT = Cell("no value", status="soft")


def _value(number: object, form: str = "{:g}", unit: str = "") -> object:
    return _SOFT if number is None or pd.isna(number) else form.format(float(number)) + unit


def _bound(relation: object, number: object) -> object:
    """A value as reported: 0.5, or <0.5."""
    return _value(number, ("" if pd.isna(relation) or relation == EQUAL else str(relation)) + "{:g}")


def table_markers(cut: Cut, found: Efficacy) -> Html:
    """Each subject's markers: baseline, lowest and last value, drop confirmed or not, GCIG for CA-125."""
    if not cut.has("LB"):
        return notice("Tumour markers are not available: the snapshot brings no laboratory data.", "hold")
    instead = too_many(cut, found, "Tumour markers of each subject")
    if instead:
        return instead
    gcig = found.ca125.set_index("USUBJID")
    said = {"Y": "yes", "A": "awaiting confirmation", "N": "no"}
    rows = []
    for r in found.marker_responses.itertuples():
        judged = "upper limit or baseline unknown" if pd.isna(r.ABOVE) else "not above the limit at baseline"
        rows.append({
            "Subject": who(r.USUBJID, found), "Arm": r.TRT01A, "Marker": laboratory_name(r.PARAMCD), "Unit": unit(r.UNIT), "Baseline": _bound(r.BASEOP, r.BASE), "Upper limit": _value(r.BASEULN),
            "Lowest after": _bound(r.LOWESTOP, r.LOWEST), "Last": _bound(r.LASTOP, r.LAST), "Last, change": _value(r.LASTPCHG, "{:+.0f}", " %"),
            "Drop confirmed": Cell(said[r.RESPONSE]) if not pd.isna(r.RESPONSE) else Cell("no value after the first dose" if pd.isna(r.VALUES) else judged, status="soft"),
            "GCIG": _gcig(gcig, r.USUBJID) if r.PARAMCD == "CA125AG" else Cell("not for this marker", status="soft"),
        })  # fmt: skip
    p = cut.params.efficacy
    note = (f"Drop confirmed: {100 * p.marker_drop:g} % or more below baseline at every value over {p.marker_confirm_days} days, only where the baseline is above the "
            f"upper limit; awaiting confirmation: the last value is that low and none came late enough. A result such as <0.5 is shown as reported and "
            f"has no change. GCIG (Rustin 2011) asks for no interference with the peritoneum in the {p.gcig_interference_days} days before; drainage and "
            f"infusion into it are that. Cut-off {day(cut.cutoff)}.")  # fmt: skip
    return table("markers", "Tumour markers before and after", rows, note=note, right=["Baseline", "Upper limit", "Lowest after", "Last", "Last, change"],
                 empty="No usable value of a tumour marker.")  # fmt: skip


def _gcig(gcig: pd.DataFrame, usubjid: str) -> Cell:
    row = gcig.loc[usubjid]
    if not pd.isna(row["EVALUABLE"]) and row["EVALUABLE"]:
        words = row["RESPONSE"] in (NO_RESPONSE, AWAITING)
        return Cell(str(row["RESPONSE"]).lower() if words else str(row["RESPONSE"]))
    return Cell(f"GCIG: not evaluable, {row['EVALUABLE_WHY']}", status="soft")


def table_ascites(cut: Cut, found: Efficacy) -> Html:
    """Each subject's ascites: volume, drained, punctures, cytology, girth."""
    instead = too_many(cut, found, "Ascites of each subject")
    if instead:
        return instead
    if not (cut.has("FA") or cut.has("PR")):
        return notice(
            "Ascites is not available: the snapshot brings neither findings (FA) nor procedures (PR).", "hold"
        )
    rows = []
    for r in found.ascites.itertuples():
        rows.append({
            "Subject": who(r.USUBJID, found), "Arm": r.TRT01A, "Volume, baseline": _value(r.BASE, "{:g}", " mL"), "Volume, last": _value(r.LAST, "{:g}", " mL"),
            "Lowest": _value(r.BESTPCHG, "{:+.0f}", " %"), "Response [A]": r.RESPONSE, "Drained after": _drained(r, cut),
            "Drainages before": str(r.BEFORE) if cut.has("PR") else _SOFT, "Drainages after, rate": _value(r.AFTER, "{:.1f}") if cut.has("PR") else _SOFT,
            "Cytology": _pair(r.CYTOBASE, r.CYTOLAST, str.lower), "Girth, cm": _pair(r.GIRTHBASE, r.GIRTHLAST, "{:g}".format),
        })  # fmt: skip
    p = cut.params.efficacy
    note = (f"Volume by imaging, less what was infused into the peritoneum in the {p.infused_hours} hours before. Drainages of any purpose: in the {p.paracentesis_days} days up to "
            f"the first dose, and per {p.paracentesis_days} days of follow-up after it; planned drainage of the infusion route is among them. Response, as no international "
            f"standard exists: CR no fluid, PR a drop of {100 * p.ascites_pr_drop:g} % or more, each at every measurement over {p.ascites_confirm_days} days or more; PD a rise of "
            f"{100 * p.ascites_pd_rise:g} % or more, or a drainage after the first dose that is therapeutic or counts as such; SD otherwise; NE without a baseline or a value after it. Cut-off {day(cut.cutoff)}.")  # fmt: skip
    return table("ascites", "Ascites of each subject, before and after the first dose", rows, note=note,
                 right=["Volume, baseline", "Volume, last", "Lowest", "Drained after", "Drainages before", "Drainages after, rate"])  # fmt: skip


def _pair(before: object, after: object, form) -> object:
    if pd.isna(before) and pd.isna(after):
        return _SOFT
    return " to ".join("no value" if pd.isna(v) else form(v) for v in (before, after))


def _drained(row, cut: Cut) -> object:
    """Nothing drained is not the same as drained and nobody wrote down how much."""
    if cut.has("PR") and pd.isna(row.DRAINED) and not pd.isna(row.AFTER) and row.AFTER == 0:
        return "nothing"
    return _value(row.DRAINED, "{:g}", " mL")


def table_compliance(cut: Cut, found: Efficacy) -> Html:
    """Forms answered of forms due, per due day and group; who is missing and why is counted apart."""
    if not cut.has("QS"):
        return notice("Quality of life is not available: the snapshot brings no questionnaires (QS).", "hold")
    rows, c = [], found.compliance
    for due, here in c.groupby("DUE"):
        expected, answered = (
            here.loc[here["EXPECTED"].fillna(False), "USUBJID"],
            here.loc[here["ANSWERED"].fillna(False), "USUBJID"],
        )
        died = here.loc[here["REASON"].isin(["died", "left the study"]), "USUBJID"]
        row: dict[str, object] = {"Form due on day": "1, before the first dose" if due == 1 else str(due)}
        for column in found.totals:
            base = Column(
                column.label, tuple(u for u in column.usubjids if u in set(expected)), column.group1_level, "ALL"
            )
            row[column.label] = fraction(
                base,
                list(answered),
                analysis_id="hrqol_compliance",
                chapter="efficacy",
                population="ITT",
                variable="DUE",
                variable_level=str(due),
            )
        gone = fraction(
            found.overall,
            list(died),
            analysis_id="hrqol_gone",
            chapter="efficacy",
            population="ITT",
            variable="DUE",
            variable_level=str(due),
        )
        row["Died or left before"] = Cell(gone.n.fmt, (gone.n,), gone.n.usubjids if small(cut, found) else ())
        rows.append(row)
    p = cut.params.efficacy
    note = (f"Answered: a form within {p.hrqol_window_days} days of its day with at least one valid scale. Due: subjects alive and in the study when the window closed, up to "
            f"the cut-off, and whoever had answered before leaving. Nothing is imputed, and those who died are not like those who answer. Cut-off {day(cut.cutoff)}.")  # fmt: skip
    return table(
        "compliance",
        "Questionnaires answered of those due",
        rows,
        note=note,
        right=[c.label for c in found.totals],
        empty="No form is due yet.",
    )


def table_quality(cut: Cut, found: Efficacy) -> Html:
    """Each scale: mean at baseline and at the last form of the same subjects, and how many changed by the minimal difference or more."""
    if not cut.has("QS"):
        return notice("Quality of life is not available: the snapshot brings no questionnaires (QS).", "hold")
    instrument = instrument_in_use(cut.params)
    after = found.adqs[found.adqs["CHG"].notna()]
    last = after.drop_duplicates(["USUBJID", "PARAMCD"], keep="last")
    rows = []
    for code in instrument.codes:
        here, row = last[last["PARAMCD"].eq(code)], {"Scale": instrument.names[code]}
        for column in found.totals:
            mine = here[here["USUBJID"].isin(column.usubjids)]
            ids = tuple(sorted(mine["USUBJID"]))
            base = Column(column.label, ids, column.group1_level, "ALL")
            before, now = (
                _mean(mine[name], ids, base, code, label) for name, label in (("BASE", "baseline"), ("AVAL", "last"))
            )
            changed = [fraction(base, list(mine.loc[mine["CHGCAT"].eq(word), "USUBJID"]), analysis_id="hrqol_change", chapter="efficacy", population="ITT",
                                variable=code, variable_level=word) for word in ("IMPROVED", "WORSENED")]  # fmt: skip
            name = column.label
            row[f"{name}: mean, baseline to last"] = Cell(
                f"{before.fmt} to {now.fmt}" if ids else "no change known", (before, now)
            )
            row[f"{name}: better / worse"] = Cell(
                f"{changed[0].n.fmt} / {changed[1].n.fmt} of {changed[0].N.fmt}", (*changed[0], *changed[1])
            )
        rows.append(row)
    note = (f"{instrument.reads}. {_said_differences(cut, instrument)} Last form after the first dose, subjects with both. "
            f"Cut-off {day(cut.cutoff)}.")  # fmt: skip
    return table("quality", f"Quality of life ({instrument.name}), baseline and last form", rows, note=note)


def _said_differences(cut: Cut, instrument: Instrument) -> str:
    """From which change on a score counts as better or worse."""
    of = {code: minimal_difference(cut, code) for code in instrument.codes}
    usual = cut.params.efficacy.mid if instrument.name == "QLQ-C30" else None
    own = [f"{instrument.names[code]} {value:g}" for code, value in of.items() if value is not None and value != usual]
    if usual is None and not own:
        return "No minimal difference is assumed for these scores, so none counts as better or worse."
    said = [f"{usual:g} points or more"] if usual is not None else []
    return f"Better or worse: {'; '.join([*said, *own])}, in the scale's own direction."


def _mean(values: pd.Series, ids: tuple[str, ...], column: Column, code: str, level: str) -> Number:
    mean = float(values.mean()) if len(ids) else None
    return Number("hrqol_mean", "efficacy", "ITT", "mean", mean, "no form" if mean is None else f"{mean:.0f}", ids, variable=code, variable_level=level,
                  stat_label="mean score", **column.where)  # fmt: skip
