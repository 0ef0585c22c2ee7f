"""Times to events as tables: estimates where there are enough subjects, each time where there are not; definitions beside each other."""

import pandas as pd

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.conventions import derive_pfs_conventions
from nk521lib.chapters.efficacy.curves import Curve, count_curve, count_incidence, usable
from nk521lib.chapters.efficacy.survival_times import UNKNOWN_PUNCTURE, UNSAID_PUNCTURE
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice, show_value
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.efficacy.common import about_columns, group_name, small, too_many, who
from nk521lib.display.words import day, plural
from nk521lib.results import Column, fraction

TITLES = {
    "OS": "Overall survival",
    "PFS": "Progression-free survival",
    "DOR": "Duration of response",
    "PUFS": "Puncture-free survival",
}
_NEEDS = {"OS": "", "PFS": "tumour assessments (TU, TR or RS)", "DOR": "tumour assessments (TU, TR or RS)", "PUFS": "procedures (PR)",
          "TTNP": "procedures (PR)"}  # fmt: skip


def not_available(found: Efficacy, endpoint: str) -> Html | None:
    """What is missing where an endpoint cannot be derived."""
    if not found.order:
        return notice(f"{TITLES.get(endpoint, 'Time to next paracentesis')}: nobody has been dosed.")
    if not found.adtte["PARAMCD"].eq(endpoint).any():
        if endpoint == "DOR" and found.adtte["PARAMCD"].eq("PFS").any():
            return notice("Duration of response: nobody has a response that counts.")
        return notice(
            f"{TITLES.get(endpoint, 'Time to next paracentesis')} is not available: the snapshot brings no {_NEEDS[endpoint]}.",
            "hold",
        )
    return None


def group_curves(cut: Cut, found: Efficacy, endpoint: str) -> list[Curve]:
    """The endpoint in every column: levels, groups, overall."""
    return [curve_of(cut, found, endpoint, column) for column in found.columns]


def curve_of(cut: Cut, found: Efficacy, endpoint: str, column: Column) -> Curve:
    """count_curve, with puncture-free survival withheld where too many drainages have no purpose."""
    off = found.reportable.loc[~found.reportable["REPORTABLE"].astype(bool), "GROUP"]
    mixed = column.group1_level == "ALL" and len(off) > 0
    return count_curve(
        found.adtte, endpoint, column, cut.params, endpoint != "PUFS" or not (mixed or column.group1_level in set(off))
    )


def table_times(cut: Cut, found: Efficacy, endpoint: str) -> Html:
    """Subjects, events, median with its interval, landmarks and follow-up, per group; levels below `km_min_n` say so."""
    instead = not_available(found, endpoint)
    if instead:
        return instead
    curves, p = group_curves(cut, found, endpoint), cut.params.efficacy
    rows: list[dict[str, object]] = [{"": label} for label in ("Subjects with a time", "Events", "Median, days", "Median, months", "Median follow-up, days",
                                                               *(f"Without event on day {d}" for d in p.landmark_days), "No usable time")]  # fmt: skip
    for c in curves:
        if c.column.group1_level == "ALL" and len(cut.params.trial.groups) > 1 and endpoint == "PUFS":
            continue  # group A has little ascites, group B is drained: one number for both would describe nobody
        name = c.column.label
        rows[0][name], rows[1][name] = (
            c.N,
            Cell(c.events.fmt, (c.events,), c.events.usubjids if small(cut, found) else ()),
        )
        estimated = c.estimate is not None
        ends = " (the curve ends at one half)" if c.ends_at_half else ""
        rows[2][name] = Cell(
            f"{c.median.fmt} ({c.low.fmt} to {c.high.fmt}){ends}" if estimated else c.median.fmt,
            (c.median, c.low, c.high),
        )
        rows[3][name], rows[4][name] = c.months, c.follow_up
        for i in range(len(p.landmark_days)):
            mark = c.landmarks[3 * i : 3 * i + 3]
            text = (
                f"{mark[0].fmt} ({mark[1].fmt} to {mark[2].fmt})"
                if estimated and mark[0].stat is not None
                else mark[0].fmt
            )
            rows[5 + i][name] = Cell(text, tuple(mark))
        left = fraction(
            c.column,
            c.left_out,
            analysis_id=f"no_time_{endpoint.lower()}",
            chapter="efficacy",
            population="ITT",
            variable=endpoint,
        )
        rows[-1][name] = left.n
    note = (f"Kaplan-Meier, {100 * p.conf_level:g} % log-log interval; at one half over a stretch the median is its middle. NE: not reached, or nobody followed so long. n<{p.km_min_n}: too "
            f"few to estimate, see each time. A month is {cut.params.trial.month_days:g} days. Follow-up: reverse Kaplan-Meier. {about_columns(cut)}")  # fmt: skip
    return table(
        f"times-{endpoint.lower()}",
        f"{TITLES[endpoint]}: {_events_said(curves, found)}",
        rows,
        note=note,
        right=[c.column.label for c in curves],
    )


def _events_said(curves: list[Curve], found: Efficacy) -> str:
    said = [
        f"{c.events.fmt} of {c.N.fmt} in {c.column.label.replace(' total', '')}"
        for c in curves
        if c.column in found.totals
    ]
    return "events in " + ", ".join(said) if said else "no group"


def list_times(cut: Cut, found: Efficacy, endpoint: str) -> Html:
    """Every subject's time with the rule that ended it; + marks a time that goes on."""
    instead = not_available(found, endpoint) or too_many(cut, found, f"{TITLES[endpoint]} of each subject")
    if instead:
        return instead
    mine = found.adtte[found.adtte["PARAMCD"].eq(endpoint)]
    arm = found.facts.set_index("USUBJID")["TRT01P"]
    rows = []
    for r in mine.itertuples():
        known = not pd.isna(r.AVAL)
        rows.append({
            "Subject": who(r.USUBJID, found), "Arm": arm[r.USUBJID], "From": day(r.STARTDT), "To": day(r.ADT),
            "Days": (f"{r.AVAL}" if r.CNSR == 0 else f"{r.AVAL}+") if known else Cell("unknown", status="soft"),
            "Ended by": r.EVNTDESC.capitalize() if pd.isna(r.CNSDTDSC) else f"{r.EVNTDESC.capitalize()}: {r.CNSDTDSC.lower()}",
        })  # fmt: skip
    return table(
        f"each-{endpoint.lower()}",
        f"{TITLES[endpoint]}, each subject",
        rows,
        note=f"+: no event so far. {_unsaid(cut, mine)}Cut-off {day(cut.cutoff)}.",
        right=["Days"],
    )


def _unsaid(cut: Cut, times: pd.DataFrame) -> str:
    """By which assumption a puncture of unknown purpose is an event, where one is."""
    p = cut.params.efficacy
    if not times["RULE"].isin([UNSAID_PUNCTURE, UNKNOWN_PUNCTURE]).any():
        return ""
    read = {"volume": f"an event from {p.ther_min_ml:g} mL, or where the volume is unknown too", "event": "an event"}
    return f"A puncture of unknown purpose is read as {read[p.unknown_indication]} [A]. "


def table_pfs_conventions(cut: Cut, found: Efficacy) -> Html:
    instead = not_available(found, "PFS")
    if instead:
        return instead
    rows = [
        (f"{name} = {show_value(value)}" if name else "as used", times)
        for name, value, times in derive_pfs_conventions(cut, found)
    ]
    return _definitions(cut, found, "PFS", rows, "Progression-free survival under other rules, one changed at a time")


def table_pufs_definitions(cut: Cut, found: Efficacy) -> Html:
    """Puncture-free survival under every other start, event and reading of unknown purposes."""
    instead = not_available(found, "PUFS")
    if instead:
        return instead
    parts = found.alternatives
    rows = [
        ("as used" if name == "primary" else name, times) for name, times in parts.groupby("DEFINITION", sort=False)
    ]
    return _definitions(
        cut, found, "PUFS", rows, "Puncture-free survival under other definitions, one changed at a time"
    )


def _definitions(cut: Cut, found: Efficacy, endpoint: str, rows: list[tuple[str, pd.DataFrame]], heading: str) -> Html:
    primary = rows[0][1].set_index("USUBJID")
    made = []
    for label, times in rows:
        now = times.set_index("USUBJID").reindex(primary.index)
        same = (now["CNSR"].eq(primary["CNSR"]) & now["AVAL"].eq(primary["AVAL"])).fillna(False) | (
            now["AVAL"].isna() & primary["AVAL"].isna()
        )
        cells: dict[str, object] = {}
        for column in found.totals:
            good = usable(times[times["USUBJID"].isin(column.usubjids)])
            event = fraction(Column(column.label, tuple(good["USUBJID"]), column.group1_level, "ALL"), list(good.loc[good["CNSR"].eq(0), "USUBJID"]),
                             analysis_id=f"definition_{endpoint.lower()}", chapter="efficacy", population="ITT", variable=label)  # fmt: skip
            cells[f"{column.label}: events"] = Cell(
                event.fmt, tuple(event), event.n.usubjids if small(cut, found) else ()
            )
        differ = tuple(primary.index[~same.to_numpy(dtype=bool)])
        share = fraction(
            found.overall,
            differ,
            analysis_id=f"definition_{endpoint.lower()}_differs",
            chapter="efficacy",
            population="ITT",
            variable=label,
        )
        change = Cell(plural(len(differ), "subject"), (share.n,), differ) if differ else Cell("nobody", (share.n,))
        made.append({"Definition": label} | cells | {"Time or event differs in": change})
    return table(f"definitions-{endpoint.lower()}", heading, made, note=f"Cut-off {day(cut.cutoff)}.")


def table_punctures(cut: Cut, found: Efficacy) -> Html:
    """Drainages after first dose by purpose, per group, and whether the endpoint may be reported."""
    instead = not_available(found, "PUFS")
    if instead:
        return instead
    later = found.drainages[found.drainages["ADY"].gt(1).fillna(False)]
    rows = []
    for purpose, label in (("THERAPEUTIC", "Therapeutic or for relief: an event"), ("OTHER", "Planned, diagnostic, sampling, care: no event"),
                           ("UNKNOWN", "Purpose not recorded: by volume")):  # fmt: skip
        members = list(later.loc[later["PURPOSE"].eq(purpose), "USUBJID"])
        rows.append({"Drainages after the first dose": label} | {
            c.label: fraction(c, members, analysis_id="drainage_purpose", chapter="efficacy", population="ITT", variable="PURPOSE", variable_level=purpose)
            for c in found.totals})  # fmt: skip
    off = [str(r.GROUP) for r in found.reportable.itertuples() if not r.REPORTABLE]
    said = f"NOT REPORTABLE in {', '.join(off)}: too many purposes are missing. " if off else ""
    note = (f"{said}Subjects with at least one such drainage. More than {100 * cut.params.efficacy.unknown_purpose_max:g} % of a group's drainages without a "
            f"purpose make the endpoint not reportable. Cut-off {day(cut.cutoff)}.")  # fmt: skip
    return table("punctures", "What the drainages were for", rows, note=note, right=[c.label for c in found.totals])


def table_paracentesis(cut: Cut, found: Efficacy) -> Html:
    """Time to next paracentesis with death as competing event."""
    instead = not_available(found, "TTNP")
    if instead:
        return instead
    rows = []
    for column in found.totals:
        n, punctured, died, marks = count_incidence(found.adtte, column, cut.params)
        rows.append({"Group": group_name(cut, column), "Subjects": n, "Punctured": Cell(punctured.fmt, (punctured,), punctured.usubjids if small(cut, found) else ()),
                     "Died before": Cell(died.fmt, (died,), died.usubjids if small(cut, found) else ())}
                    | {f"Punctured by day {d}": m for d, m in zip(cut.params.efficacy.landmark_days, marks, strict=True)})  # fmt: skip
    note = f"Cumulative incidence (Aalen-Johansen): who died is not counted as if a puncture were still to come. Cut-off {day(cut.cutoff)}."
    return table("paracentesis", "Time to next paracentesis, with death as a competing event", rows, note=note)
