"""Response as tables and sentences: the answer first, then the rates, each subject, the differences, the other conventions."""

import pandas as pd

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.conventions import derive_response_conventions
from nk521lib.chapters.efficacy.rates import chance_of_seeing, count_best, count_rate, count_rates, rule_of_none, within
from nk521lib.cut import Cut
from nk521lib.display.say import Html, headline, notice, show_value
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.tables.efficacy.common import (
    NOBODY,
    about_columns,
    group_name,
    rate_cell,
    small,
    spanners,
    too_many,
    who,
)
from nk521lib.display.words import day, listed, plural
from nk521lib.results import fraction

_SETS = (("ITT", "all dosed"), ("EFF", "efficacy set"))
_SEEN_RATE = 0.10
"""True rate for which the chance of seeing nothing is printed (efficacy.md section 8)."""


def say_efficacy(cut: Cut, found: Efficacy) -> Html:
    """The page's answer: confirmed responses per group with the exact interval, and what was not assessed yet."""
    if not found.order:
        return headline("Nobody has been dosed, so there is no efficacy to report.")
    if not (cut.has("RS") or cut.has("TR")):
        return headline(
            "The snapshot brings no tumour assessments, so response cannot be told.", "hold", "", "NOT AVAILABLE"
        )
    confirm, conf = cut.params.efficacy.confirm_cr_pr, cut.params.efficacy.conf_level
    word, variable = ("confirmed ", "CBOR") if confirm else ("", "BOR")
    rates = count_rates(found.best(confirm), found.facts, found.totals, "rate_orr", "ITT", variable, conf)
    said: list = []
    for column, rate in zip(found.totals, rates, strict=True):
        if not rate.fraction.N.stat:
            said += [group_name(cut, column), ": nobody dosed. "]
            continue
        verb = "has" if int(rate.fraction.n.stat) == 1 else "have"
        said += [f"{group_name(cut, column)}: ", rate.fraction.n, " of ", rate.fraction.N, f" {verb} a {word}response, exact {100 * conf:g} % interval ",
                 rate.low, " to ", rate.high, ". "]  # fmt: skip
    return headline(said, why=_open(cut, found))


def _open(cut: Cut, found: Efficacy) -> list:
    """Who has no assessment yet that counts and whose response awaits confirmation."""
    best = found.confirmed
    none = best.loc[best["ASSESSMENTS"].eq(0), "USUBJID"]
    waiting = best.loc[best["AWAITING"].fillna(False), "USUBJID"]
    where = {"analysis_id": "response_open", "chapter": "efficacy", "population": "ITT"}
    unseen = fraction(found.overall, none, variable="NO ASSESSMENT", **where)
    awaiting = fraction(found.overall, waiting, variable="AWAITING CONFIRMATION", **where)
    return [unseen.n, " of ", unseen.N, " dosed subjects have no assessment yet that counts, after the first dose and not after a new therapy, and count as without response; ", awaiting.n,
            f" may still be confirmed. {plural(len(found.differences), 'recorded response')} {'differs' if len(found.differences) == 1 else 'differ'}"
            " from the measurements. Groups are described, not compared."]  # fmt: skip


def table_estimands(cut: Cut) -> Html:
    """What each endpoint estimates, printed from the parameters."""
    rows = [
        {"Endpoint": e.endpoint, "In whom": e.population, "Of what": e.variable, "Events in between": e.intercurrent, "Summed up as": e.summary}
        for e in cut.params.efficacy.estimands
    ]  # fmt: skip
    about = cut.params.about["estimands"]
    return table(
        "estimands",
        "What each endpoint estimates",
        rows,
        note=f"[{about.tag}] {about.source}.",
        empty="No estimand is written in the parameters.",
    )


def table_sets(cut: Cut, found: Efficacy) -> Html:
    """Who is in which denominator."""
    f, ids = found.facts, found.facts["USUBJID"]
    rows = (
        ("Dosed (all dosed: every rate and time)", ids),
        ("Measurable disease at baseline", ids[f["MEASFL"].eq("Y").fillna(False)]),
        ("Efficacy set", ids[f["EFFFL"].eq("Y").fillna(False)]),
        ("No assessment after first dose", found.confirmed.loc[found.confirmed["ASSESSMENTS"].eq(0), "USUBJID"]),
    )
    made = [
        {"Set": label} | {c.label: fraction(c, list(members), analysis_id="efficacy_sets", chapter="efficacy", population="ITT",
                                            variable="SET", variable_level=label) for c in found.columns}
        for label, members in rows
    ] if found.order else []  # fmt: skip
    note = ("Efficacy set: measurable disease and at least one assessment, or death or clinical progression before it. Ascites is never measurable. "
            + about_columns(cut))  # fmt: skip
    return table(
        "sets",
        "Whom the rates are counted in",
        made,
        note=note,
        right=[c.label for c in found.columns],
        spanners=spanners(cut, found),
        empty=NOBODY,
    )


def table_response(cut: Cut, found: Efficacy) -> Html:
    """Best response by category, confirmed and not, in all dosed subjects."""
    if not found.order:
        return table("response", "Best response", [], empty=NOBODY)
    rows, shown_small = [], small(cut, found)
    for confirm, variable, label in (
        (True, "CBOR", "Best response, confirmed"),
        (False, "BOR", "Best response, confirmation not asked for"),
    ):
        for response, fractions in count_best(found.best(confirm), found.facts, found.columns, "ITT", variable).items():
            if response == "NON-CR/NON-PD" and not any(f.n.stat for f in fractions):
                continue
            cells = {c.label: f if shown_small else Cell(f"{f.fmt} ({f.p.fmt})" if f.n.stat else f.fmt, tuple(f))
                     for c, f in zip(found.columns, fractions, strict=True)}  # fmt: skip
            rows.append({"": _WORDS[response], "part": label} | cells)
    note = "A subject without an evaluable assessment is not evaluable and stays in the denominator. " + about_columns(
        cut
    )
    return table(
        "response",
        _heading(found),
        rows,
        note=note,
        right=[c.label for c in found.columns],
        spanners=spanners(cut, found),
        section="part",
    )


_WORDS = {"CR": "Complete response", "PR": "Partial response", "SD": "Stable disease", "NON-CR/NON-PD": "Neither response nor progression, no target",
          "PD": "Progression", "NE": "Not evaluable"}  # fmt: skip


def _heading(found: Efficacy) -> str:
    counts = found.confirmed["BEST"].value_counts()
    words = [f"{counts[code]} {_WORDS[code].lower()}" for code in _WORDS if counts.get(code, 0)]
    return f"Best response, confirmed: {listed(words)}"


def table_rates(cut: Cut, found: Efficacy) -> Html:
    """Response and disease control rates, both sets, confirmed and not, with exact intervals."""
    if not found.order:
        return table("rates", "Response rates", [], empty=NOBODY)
    conf, rows = cut.params.efficacy.conf_level, []
    names = {
        "rate_orr": "Objective response (CR, PR)",
        "rate_dcr": f"Disease control (CR, PR, SD of {cut.params.efficacy.sd_min_days} days or more)",
    }
    for analysis, label in names.items():
        for confirm, variable in ((True, "CBOR"), (False, "BOR")):
            for population, words in _SETS:
                rates = count_rates(
                    found.best(confirm), found.facts, found.columns, analysis, population, variable, conf
                )
                rows.append({"Counted in": f"{words}, {'confirmed' if confirm else 'not confirmed'}", "rate": label}
                            | {c.label: rate_cell(r, small(cut, found)) for c, r in zip(found.columns, rates, strict=True)})  # fmt: skip
    note = f"x of n (share), exact Clopper-Pearson {100 * conf:g} % interval. " + about_columns(cut)
    return table(
        "rates", "How high or low the true rates may be", rows, note=note, section="rate", spanners=spanners(cut, found)
    )


def table_best_each(cut: Cut, found: Efficacy) -> Html:
    """Every subject: scans, smallest sum, best response with the event that decided it."""
    instead = too_many(cut, found, "Best response of each subject")
    if instead:
        return instead
    sums = found.adtr[found.adtr["PARAMCD"].eq("SUMDIAM")]
    lowest = sums[sums["ASSESSMT"].gt(0)].groupby("USUBJID")["PCHGBL"].min()
    arm, other = found.facts.set_index("USUBJID")["TRT01P"], found.unconfirmed.set_index("USUBJID")
    rows = []
    for r in found.confirmed.itertuples():
        change = lowest.get(r.USUBJID)
        known = not pd.isna(change)
        rows.append({
            "Subject": who(r.USUBJID, found), "Arm": arm[r.USUBJID], "Assessments": str(r.ASSESSMENTS),
            "Lowest sum from baseline": f"{change:+.1f} %" if known else Cell("no complete sum", status="soft"),
            "Best, confirmed": Cell(f"{r.BEST}, awaiting confirmation" if r.AWAITING else r.BEST), "Best, not confirmed": other.loc[r.USUBJID, "BEST"],
            "Decided by": r.BEST_RULE, "First seen": day(r.BEST_DATE, "no scan"),
        })  # fmt: skip
    return table(
        "each",
        "Best response of each subject, and what decided it",
        rows,
        note=f"Cut-off {day(cut.cutoff)}.",
        right=["Assessments", "Lowest sum from baseline"],
    )


def table_differences(cut: Cut, found: Efficacy) -> Html:
    """Recorded against recomputed, with the measurement that makes the difference; each is a query, none is overwritten."""
    rows, most = found.differences, 60
    compared = found.visits[found.visits["OVRLINV"].notna() & found.visits["OVRLDER"].notna()]
    made = [
        {"Subject": who(r.USUBJID, found), "Assessment": r.VISITNAME or f"number {r.VISIT}", "Date": day(r.ADT), "What": r.WHAT,
         "Recorded": r.RECORDED, "Recomputed": r.RECOMPUTED, "Because": r.CAUSE}
        for r in rows.head(most).fillna({"VISITNAME": ""}).itertuples()
    ]  # fmt: skip
    source = "the recomputed one" if cut.params.efficacy.response_source == "derived" else "the recorded one"
    more = f" The first {most} of {len(rows)}; all are findings NKD-071." if len(rows) > most else ""
    heading = f"{plural(len(rows), 'difference')} between recorded and recomputed response, in {plural(len(compared), 'assessment')} that have both"
    return table("differences", heading, made, note=f"In use is {source}.{more}",
                 empty="Every recorded response is the one that the measurements give." if len(compared) else "No assessment has both to compare.")  # fmt: skip


def table_conventions(cut: Cut, found: Efficacy) -> Html:
    """Response and disease control per group, with one convention changed at a time."""
    if not found.order:
        return table("conventions", "Other conventions", [], empty=NOBODY)
    conf, rows, used = cut.params.efficacy.conf_level, [], None
    for name, value, best in derive_response_conventions(cut, found):
        label = "as used" if not name else f"{name} = {show_value(value)}"
        used = best if used is None else used
        differ = best.loc[best["BEST"].ne(used["BEST"]).to_numpy(), "USUBJID"]
        cells = {}
        for column in found.totals:
            for code, short in (("rate_orr", "response"), ("rate_dcr", "control")):
                members = set(
                    best.loc[best["BEST"].isin(("CR", "PR") if code == "rate_orr" else ("CR", "PR", "SD")), "USUBJID"]
                )
                rate = count_rate(within(column, found.facts, "ITTFL"), members, conf, analysis_id="convention_" + code[5:], population="ITT",
                                  variable=label, variable_level="CBOR" if cut.params.efficacy.confirm_cr_pr else "BOR")  # fmt: skip
                cells[f"{column.group1_level}: {short}"] = Cell(
                    rate.fraction.fmt, tuple(rate.fraction), rate.fraction.n.usubjids if small(cut, found) else ()
                )
        rows.append({"Convention": label} | cells | {"Best response differs in": _differ(differ, found, label)})
    return table(
        "conventions", "Response under other conventions, one changed at a time", rows, note=about_columns(cut)
    )


def _differ(ids: pd.Series, found: Efficacy, label: str) -> Cell:
    """How many subjects end elsewhere under a convention, and who."""
    ids = tuple(ids)
    share = fraction(
        found.overall, ids, analysis_id="convention_differs", chapter="efficacy", population="ITT", variable=label
    )
    if not ids:
        return Cell("nobody", (share.n,))
    return Cell(plural(len(ids), "subject"), (share.n,), ids)


def say_small_samples(cut: Cut, found: Efficacy) -> Html:
    """What none in so few still allows, per group."""
    if not found.order:
        return notice("Nobody has been dosed.")
    said: list = []
    for column in found.totals:
        if not column.usubjids:
            continue
        n = fraction(
            column, column.usubjids, analysis_id="rule_of_none", chapter="efficacy", population="ITT", variable="N"
        ).N
        said += [f"{group_name(cut, column)}, n = ", n, ": an outcome seen in nobody may still have a true rate of up to ", rule_of_none(column, cut.params.efficacy.conf_level),
                 f" (one-sided {100 * cut.params.efficacy.conf_level:g} % limit), and one with a true rate of {100 * _SEEN_RATE:g} % is seen at least once with probability ",
                 chance_of_seeing(column, _SEEN_RATE), ". "]  # fmt: skip
    return notice(said)
