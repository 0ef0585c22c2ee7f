"""Chapter 2, second half: other designs, the design's behaviour, the committee's record, and what stands beside."""

import pandas as pd

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.committee import decisions
from nk521lib.chapters.escalation.counts import count_chances, count_design, count_months, percent, truth_label
from nk521lib.chapters.escalation.decide import decide_groups
from nk521lib.chapters.escalation.evidence import data_currency, on_treatment
from nk521lib.chapters.escalation.outlook import Chances, chance_of_more_than_planned, derive_chances, rules_pace
from nk521lib.chapters.escalation.spacing import derive_spacing
from nk521lib.cut import Cut
from nk521lib.display.proposal import CONTACT, NO_LADDER, level_name, silence, unended, with_withheld
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, subject, table
from nk521lib.display.words import day, plural, short_id
from nk521lib.results import Number
from nk521lib.standards.designs import READINGS, operating_characteristics
from nk521lib.terms import ComparatorSays, Step

_SAYS = {
    ComparatorSays.ESCALATE: "up",
    ComparatorSays.STAY: "stay",
    ComparatorSays.DEESCALATE: "down",
    ComparatorSays.ELIMINATE: "down, level eliminated",
}
_STEP = {Step.ESCALATE: ComparatorSays.ESCALATE, Step.DEESCALATE: ComparatorSays.DEESCALATE}
SHOWN_AT_MOST = 40
"""Rows of a listing on the page; the rest are in the datasets."""


def table_comparators(cut: Cut, found: Escalation) -> Html:
    """What other designs say at the level in play, why, and where they differ from the 3+3."""
    rows = []
    for group, review in found.groups.items():
        step = review.recommendation.step
        ours = _STEP.get(step, ComparatorSays.STAY)
        for advice in review.advice.values():
            agrees = advice.says is ours or (
                ours is ComparatorSays.DEESCALATE and advice.says is ComparatorSays.ELIMINATE
            )
            rows.append({
                "Group": f"Group {group}: the 3+3 step is {step.lower()}", "Design": advice.design, "Says": _SAYS[advice.says],
                "Beside the 3+3": _beside(step, agrees), "Why": advice.why,
            })  # fmt: skip
    note = f"Advice at a target rate of {cut.params.escalation.target_rate:g}, before the ends of the ladder; never the rule of the trial. EXPAND compares with stay; while the 3+3 waits, no comparison is made."
    return table("comparators", "What other designs would say at the same data", rows, note, section="Group",
                 empty="No level in play has a complete assessment, so no other design has anything to say.")  # fmt: skip


def _beside(step: Step, agrees: bool) -> Cell:
    if step is Step.WAIT:
        return Cell("the 3+3 waits", status="soft")
    return Cell("the same direction") if agrees else Cell("differs", status="hold")


def table_chances(cut: Cut, found: Escalation) -> Html:
    """The exact chance, from here, that a group needs more subjects than its cap and both need more than planned."""
    chances = derive_chances(cut, found)
    together = chance_of_more_than_planned(cut, chances)
    numbers = {(n.variable_level, n.group1_level): n for n in count_chances(cut, chances, together)}
    labels = [truth_label(truth) for truth in cut.params.escalation.oc_truths]
    rows = []
    for row, label in enumerate(labels if chances else []):
        cells = {"True DLT rates": label}
        for group, chance in chances.items():
            cells[f"{group}: more than {cut.params.escalation.group_cap}"] = numbers[label, group]
            cells[f"{group}: from the start"] = _start(group, label, chance, row)
            cells[f"{group}: months left"] = count_months(chance.now, row, analysis_id="months_left", group1="GROUP", group1_level=group,
                                                          variable="TRUTH", variable_level=label)  # fmt: skip
        if together is not None:
            cells[f"Both: more than {cut.params.trial.planned_subjects}"] = numbers[label, "ALL"]
        rows.append(cells)
    note = "Exact, by enumeration of every path the rules can take; a group that has stopped needs nobody. Rates are per level, lowest first. Mean months that windows and spacing take, nobody waited for."
    return table("chances", "How likely the rules need more subjects than the cap, from where each group stands", rows, note,
                 right=list(rows[0])[1:] if rows else [], empty=NO_LADDER + ".")  # fmt: skip


def _start(group: str, label: str, chance: Chances, row: int) -> Number:
    value = float(chance.start.p_n_over_cap[row])
    return Number("p_over_cap_start", "escalation", "DESIGN", "p", value, percent(value), group1="GROUP", group1_level=group,
                  variable="TRUTH", variable_level=label, stat_label="needs more than its cap, from the start")  # fmt: skip


def table_readings(cut: Cut, found: Escalation) -> Html:
    """The three designs that the field calls 3+3, from the start, under each truth: exact."""
    rows = []
    levels, prefix = len(cut.params.trial.levels), cut.params.trial.level_prefix
    truths = cut.params.escalation.oc_truths
    for name, rules in READINGS.items() if found.groups and levels == 3 else ():
        oc = operating_characteristics(rules, truths, "", cut.params.escalation.group_cap, rules_pace(cut))
        for row, truth in enumerate(truths):
            none, *at = oc.p_mtd[row]

            def number(stat, value, shown, name=name, truth=truth) -> Number:
                return count_design("oc_3plus3", stat, value, shown, name, truth)

            rows.append({
                "Reading": name, "True DLT rates": truth_label(truth),
                "No MTD": number("p.none", none, percent(none)),
                **{f"{prefix}{i}": number(f"p.level{i}", p, percent(p)) for i, p in enumerate(at, 1)},
                "of it top, not reached": number("p.top", oc.p_top_not_reached[row], percent(oc.p_top_not_reached[row])),
                "Mean N": number("mean.n", oc.e_n[row], f"{oc.e_n[row]:.1f}"),
                f"N > {cut.params.escalation.group_cap}": number("p.over.cap", oc.p_n_over_cap[row], percent(oc.p_n_over_cap[row])),
                "Mean DLTs": number("mean.dlt", oc.e_dlt[row], f"{oc.e_dlt[row]:.1f}"),
                "Months": count_months(oc, row, analysis_id="oc_3plus3", variable=name, variable_level=truth_label(truth)),
            })  # fmt: skip
    note = "Chance that each level is selected, expected subjects, DLTs and months per group (windows and spacing alone), without the cap. The trial's own reading is set by mtd_min_n and top_confirm6."
    right = [c for c in (rows[0] if rows else {}) if c not in ("Reading", "True DLT rates")]
    return table("readings", "What each reading of 3+3 does when the true rates are known", rows, note, right, section="Reading",
                 empty="Tabulated for three dose levels only." if found.groups else NO_LADDER + ".")  # fmt: skip


def table_committee(cut: Cut, found: Escalation) -> Html:
    """Every recorded decision, and the latest beside the present proposal."""
    entries, rows = decide_groups(cut, found)["groups"], []
    for group in found.groups:
        recorded = decisions(found.committee, group)
        for position, r in enumerate(recorded.itertuples()):
            latest = position == len(recorded) - 1
            rows.append({
                "Group": f"Group {group}", "Date": Cell(day(r.DAY)), "Decision": str(r.VALUE), "Level": level_name(cut.params, None if pd.isna(r.LEVEL) else int(r.LEVEL)),
                "Snapshot": r.SNAPSHOT, "Reason": r.REASON, "Proposal then": _seen(r),
                "Proposal now": Cell(with_withheld(cut.params, entries[group]) if latest else "superseded", status="" if latest else "soft"),
            })  # fmt: skip
    return table("committee", f"{plural(len(rows), 'decision')} of the committee on record", rows, section="Group",
                 empty="The snapshot holds no decision of the committee.")  # fmt: skip


def _seen(row) -> Cell:
    """The proposal that the decision was taken on; one that was departed from is marked."""
    if pd.isna(row.PROPOSAL):
        return Cell("not on record", status="soft")
    return Cell(f"◆ against it: {row.PROPOSAL}", status="hold") if row.DEPARTS == "Y" else Cell(row.PROPOSAL)


def table_spacing(cut: Cut, found: Escalation) -> Html:
    """First doses in order, the days between them and the days asked for."""
    spaced = derive_spacing(cut, found.status)
    late = spaced[spaced["GAP"].notna() | (spaced["OPENBELOW"] > 0)]
    rows = [
        {"Level": f"Group {r.GROUP}, {level_name(cut.params, int(r.LEVEL))}", "Subject": subject(r.USUBJID, short_id(r.USUBJID)), "First dose": Cell(day(r.ADLTSDT)),
         "Days after the one before": _or_first(r.GAP), "Needed": _or_first(r.NEEDED),
         "Windows open below": str(r.OPENBELOW), "Kept": _kept(r)}
        for r in late.head(SHOWN_AT_MOST).itertuples()
    ]  # fmt: skip
    broken = int(spaced["TOOSOON"].fillna(False).sum() + (spaced["OPENBELOW"] > 0).sum())
    return table("spacing", f"{plural(broken, 'departure')} from the spacing rules", rows, section="Level",
                 right=["Days after the one before", "Needed", "Windows open below"], empty="No level has a second subject yet.")  # fmt: skip


def _or_first(value: object) -> Cell:
    return Cell("first", status="soft") if pd.isna(value) else Cell(str(value))


def _kept(row) -> Cell:
    broken = (pd.notna(row.TOOSOON) and row.TOOSOON) or row.OPENBELOW > 0
    return Cell("◆ no", status="hold") if broken else Cell("yes")


def table_on_treatment(cut: Cut, found: Escalation) -> Html:
    """Who is still being dosed at a level that is open, held or exceeded, and the choice to record."""
    rows = [
        {"Subject": subject(r.USUBJID, short_id(r.USUBJID)), "Level": f"{r.GROUP}-{cut.params.trial.level_prefix}{r.LEVEL}", "Level is": r.STATE.lower(),
         "Doses given": str(r.NDOSE), "Left": str(r.LEFT), "Next due": _next_due(r), "To record": "continue, reduce or stop"}
        for r in on_treatment(cut, found).head(SHOWN_AT_MOST).itertuples()
    ]  # fmt: skip
    return table("on-treatment", f"{plural(len(rows), 'subject')} on treatment at a level that is not settled", rows, right=["Doses given", "Left"],
                 empty="Nobody is on treatment at a level that is waiting, held or exceeded.")  # fmt: skip


def _next_due(row) -> Cell:
    if pd.isna(row.WITHDRAWN):
        return Cell(day(row.NEXTDT))
    return Cell(f"◆ {unended(row.WITHDRAWN)}", status="hold")


def table_currency(cut: Cut, found: Escalation) -> Html:
    """How current the data are: latest records per subject, the longest silence first."""
    frame = data_currency(cut, found).sort_values(
        ["SILENT", "USUBJID"], ascending=[False, True], na_position="first", kind="stable"
    )
    rows = [
        {"Subject": subject(r.USUBJID, short_id(r.USUBJID)), "Latest event": Cell(day(r.LASTAE, "none")), "Latest laboratory": Cell(day(r.LASTLB, "none")),
         "Latest visit": Cell(day(r.LASTSV, "none")), "Latest contact": Cell(day(r.LASTCON, "none")), "Days before the cut-off": silence(r.SILENT, r.DTHFL, r.DTHDT),
         "Last known alive": Cell(day(r.LSTALVDT, "not known"))}
        for r in frame.head(SHOWN_AT_MOST).itertuples()
    ]  # fmt: skip
    return table(
        "currency",
        "How current the data are, longest silence first",
        rows,
        CONTACT,
        right=["Days before the cut-off"],
        empty="Nobody has been dosed at a level.",
    )
