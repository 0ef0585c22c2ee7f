"""What differs from the record, in words; what every page of a scenario carries."""

from typing import Any

from nk521lib.chapters.escalation.inquiry import Difference
from nk521lib.display.proposal import STATUS_WORDS
from nk521lib.display.say import show_value
from nk521lib.display.words import listed, plural, short_id
from nk521lib.params import Params
from nk521lib.standards.designs import parse_history
from nk521lib.terms import Outcome

NOT_THE_RECORD = "WHAT IF, not the record"
SETTING_WORDS = {
    "dlt_window": "DLT window", "dlt_clauses": "DLT clauses", "dlt_min_doses": "Full doses needed", "mtd_min_n": "MTD rests on",
    "full_dose_fraction": "A dose is full from", "top_confirm6": "Six also at the top level", "group_cap": "Cap of the group",
    "cap_policy": "At the cap", "cap_basis": "The cap counts", "target_rate": "Target rate of the other designs",
    "dlt_needs_committee": "DLT by committee only", "replace_nonevaluable": "Replace who is not evaluable",
    "pathway_truth": "Rates behind the pathways",
}  # fmt: skip
ANCHORS = {"first_dose": "first dose", "last_dose_cycle1": "last dose of cycle 1", "last_dose": "last dose"}
_VALUES = {
    "cap_policy": {"hold": "hold", "hard_stop": "stop", "ignore": "ignore it"},
    "cap_basis": {"dosed": "dosed subjects", "enrolled": "enrolled subjects", "evaluable": "evaluable subjects"},
}


def setting_value(name: str, value: Any) -> str:
    """A parameter's value as a sentence needs it."""
    if name == "dlt_window":
        return f"{value['days']} days from {ANCHORS[value['anchor']]}"
    if name == "dlt_clauses":
        off = [clause for clause, setting in value.items() if not setting["on"]]
        return f"all but {listed(off)}" if off else "all ten"
    if name in ("full_dose_fraction", "target_rate"):
        return f"{100 * value:.0f} %"
    return _VALUES.get(name, {}).get(value, show_value(value)) if isinstance(value, str) else show_value(value)


def setting_change(name: str, recorded: Any, supposed: Any) -> str:
    """`DLT window: 21 days from first dose instead of 28 days from first dose`."""
    label = SETTING_WORDS.get(name, name)
    return f"{label}: {setting_value(name, supposed)} instead of {setting_value(name, recorded)}"


def status_change(usubjid: str, recorded: str | None, supposed: str) -> str:
    was = f" instead of {STATUS_WORDS[recorded]}" if recorded else ""
    return f"{short_id(usubjid)}: {STATUS_WORDS[supposed]}{was}"


def cohort_words(cohort: str, prefix: str) -> str:
    """`3 more at DL2, 1 with a DLT`."""
    outcomes = parse_history(cohort)
    dlts, open_ = (sum(o is outcome for _, o in outcomes) for outcome in (Outcome.DLT, Outcome.PENDING))
    parts = [f"{dlts or 'none'} with a DLT"] if open_ < len(outcomes) else []
    parts += [f"{open_} open"] if open_ else []
    return f"{len(outcomes)} more at {prefix}{outcomes[0][0]}, {listed(parts)}"


def imagined_words(group: str, cohorts: tuple[str, ...], prefix: str) -> str:
    return f"group {group}, imagined: {'; then '.join(cohort_words(cohort, prefix) for cohort in cohorts)}"


def difference_words(difference: Difference, params: Params) -> str:
    """One difference from the record in words."""
    if difference.kind == "status":
        return status_change(difference.key, difference.recorded, difference.supposed)
    if difference.kind == "imagined":
        return imagined_words(difference.key, difference.supposed, params.trial.level_prefix)
    if difference.kind == "rates":
        return f"true DLT rates assumed: {rates_words(difference.supposed)}"
    return setting_change(difference.key, difference.recorded, difference.supposed)


def rates_words(rates: tuple[float, ...]) -> str:
    return ", ".join(f"{100 * rate:.0f} %" for rate in rates)


def weight_words(difference: Difference, changed: bool) -> str:
    """What a difference does to the decision."""
    if difference.kind == "rates":
        return "changes chances, never the decision"
    if difference.alone:
        alone = "flips the decision alone" if changed else "would change the decision alone, undone by the others"
        return alone + ("" if difference.needed or not changed else ", and others do too")
    if difference.needed or (difference.needed is None and difference.alone is None):
        return "needed for this answer, with the others"
    return "makes no difference here"


def scenario_lines(params: Params) -> list[str]:
    """What a scenario supposes, a line each; nothing for the record."""
    asked = params.scenario
    if asked is None:
        return []
    lines = [status_change(usubjid, None, status) for usubjid, status in asked.statuses.items()]
    lines += [imagined_words(g, cohorts, params.trial.level_prefix) for g, cohorts in asked.imagined.items() if cohorts]
    lines += [f"true DLT rates assumed: {rates_words(asked.rates)}"] if asked.rates else []
    lines += [setting_change(e.name, e.default, e.value) for e in params.non_default]
    return lines or ["nothing differs from the record"]


def count_words(differences: int) -> str:
    return f"{plural(differences, 'difference')} from the record"
