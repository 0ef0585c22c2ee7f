"""Kaplan-Meier results per column, as result rows: median with its interval, landmarks, follow-up; below `km_min_n` no estimate.

Spec: efficacy.md section 3, rulings.md 6.9, outputs.md section 5 (fixed names km_os km_pfs km_dor km_pufs).
"""

from dataclasses import dataclass, field, replace

import pandas as pd

from nk521lib.chapters.efficacy.rates import CHAPTER
from nk521lib.params import Params
from nk521lib.results import Column, Number
from nk521lib.standards.cumulative_incidence import estimate_cumulative_incidence
from nk521lib.standards.survival import estimate_follow_up, estimate_quantile, estimate_survival, survival_at


@dataclass(frozen=True)
class Curve:
    """One endpoint in one column. `rows` are the subjects' times; `estimate` is None below km_min_n. left_out : no usable time."""

    endpoint: str
    column: Column
    rows: pd.DataFrame = field(repr=False)
    estimate: pd.DataFrame | None = field(repr=False)
    N: Number
    events: Number
    median: Number
    low: Number
    high: Number
    months: Number
    follow_up: Number
    landmarks: tuple[Number, ...]
    left_out: tuple[str, ...]
    ends_at_half: bool

    @property
    def numbers(self) -> tuple[Number, ...]:
        return (self.N, self.events, self.median, self.low, self.high, self.months, self.follow_up, *self.landmarks)


def usable(rows: pd.DataFrame) -> pd.DataFrame:
    """Times that exist and are not negative."""
    return rows[rows["AVAL"].ge(0).fillna(False) & rows["CNSR"].notna()]


def count_curve(adtte: pd.DataFrame, endpoint: str, column: Column, params: Params, reportable: bool = True) -> Curve:
    """Estimates of one endpoint in one column. Not reportable: counts stay, every estimate is null and says so."""
    p = params.efficacy
    mine = adtte[adtte["PARAMCD"].eq(endpoint) & adtte["USUBJID"].isin(column.usubjids)]
    rows = usable(mine).sort_values(["AVAL", "USUBJID"], kind="stable")
    ids, event = tuple(sorted(rows["USUBJID"])), rows["CNSR"].eq(0)
    n = len(rows)
    base = Number(
        f"km_{endpoint.lower()}",
        CHAPTER,
        "ITT",
        "N",
        float(n),
        str(n),
        ids,
        variable=endpoint,
        stat_label="subjects",
        **column.where,
    )
    had = tuple(sorted(rows.loc[event, "USUBJID"]))
    events = replace(
        base, stat_name="n.event", stat_label="events", stat=float(len(had)), fmt=str(len(had)), usubjids=had
    )
    withheld = not reportable or n < p.km_min_n
    why = f"n<{p.km_min_n}" if reportable else "not reportable"

    def number(
        name: str,
        label: str,
        value: float | None,
        analysis: str = base.analysis_id,
        level: str = "",
        share: bool = False,
    ) -> Number:
        missing = value is None or value != value
        text = "NE" if missing else (f"{100 * value:.0f} %" if share else f"{value:g}")
        return replace(base, analysis_id=analysis, stat_name=name, stat_label=label, variable_level=level,
                       stat=None if missing or withheld else float(value), fmt=why if withheld else text)  # fmt: skip

    estimate, median, follow, at = (
        None,
        {"TIME": None, "LOWER": None, "UPPER": None, "ENDS_AT_LEVEL": False},
        None,
        None,
    )
    if not withheld:
        status = event.astype("int64")
        estimate = estimate_survival(rows["AVAL"], status, p.conf_level)
        median = estimate_quantile(estimate)
        follow = estimate_quantile(estimate_follow_up(rows["AVAL"], status, p.conf_level))["TIME"]
        at = survival_at(estimate, p.landmark_days)
    marks = []
    for place, day in enumerate(p.landmark_days):
        for name, column_name, label in (
            ("p", "SURVIVAL", "without event"),
            ("conf.low", "LOWER", "limit"),
            ("conf.high", "UPPER", "limit"),
        ):
            value = None if at is None or pd.isna(at[column_name].iloc[place]) else float(at[column_name].iloc[place])
            marks.append(number(name, label, value, f"landmark_{endpoint.lower()}", f"day {day}", share=True))
    unread = withheld or median["TIME"] is None or median["TIME"] != median["TIME"]
    in_months = None if unread else median["TIME"] / params.trial.month_days
    months = number("median.months", f"median months of {params.trial.month_days:g} days", in_months)
    if in_months is not None:
        months = replace(months, fmt=f"{in_months:.1f}")
    return Curve(
        endpoint, column, rows, estimate, base, events, number("median", "median days", median["TIME"]),
        number("median.low", f"{100 * p.conf_level:g} % limit, log-log", median["LOWER"]),
        number("median.high", f"{100 * p.conf_level:g} % limit, log-log", median["UPPER"]),
        months,
        number("median", "median follow-up, reverse Kaplan-Meier", follow, f"follow_up_{endpoint.lower()}"),
        tuple(marks), tuple(sorted(set(mine["USUBJID"]) - set(ids))), bool(median["ENDS_AT_LEVEL"]),
    )  # fmt: skip


def count_incidence(
    adtte: pd.DataFrame, column: Column, params: Params
) -> tuple[Number, Number, Number, tuple[Number, ...]]:
    """Time to next paracentesis: N, punctures, deaths before one, and the cumulative incidence (Aalen-Johansen) at the landmarks."""
    p = params.efficacy
    rows = usable(adtte[adtte["PARAMCD"].eq("TTNP") & adtte["USUBJID"].isin(column.usubjids)])
    ids, n = tuple(sorted(rows["USUBJID"])), len(rows)
    base = Number(
        "cuminc_ttnp",
        CHAPTER,
        "ITT",
        "N",
        float(n),
        str(n),
        ids,
        variable="TTNP",
        stat_label="subjects",
        **column.where,
    )
    punctured, died = (tuple(sorted(rows.loc[rows["CNSR"].eq(code), "USUBJID"])) for code in (0, 2))
    events = replace(
        base,
        stat_name="n.event",
        stat_label="punctures",
        stat=float(len(punctured)),
        fmt=str(len(punctured)),
        usubjids=punctured,
    )
    competing = replace(
        base,
        stat_name="n.competing",
        stat_label="deaths before",
        stat=float(len(died)),
        fmt=str(len(died)),
        usubjids=died,
    )
    marks = []
    curve = None
    if n >= p.km_min_n:
        curve = estimate_cumulative_incidence(rows["AVAL"], rows["CNSR"].map({0: 1, 1: 0, 2: 2}), conf=p.conf_level)
    for day in p.landmark_days:
        value = None
        if curve is not None and (day <= curve["TIME"].max()):
            known = curve[curve["TIME"].le(day)]
            value = float(known["INCIDENCE"].iloc[-1]) if len(known) else 0.0
        text = f"n<{p.km_min_n}" if n < p.km_min_n else ("NE" if value is None else f"{100 * value:.0f} %")
        marks.append(
            replace(
                base,
                stat_name="p",
                stat_label="cumulative incidence",
                variable_level=f"day {day}",
                stat=value,
                fmt=text,
            )
        )
    return base, events, competing, tuple(marks)
