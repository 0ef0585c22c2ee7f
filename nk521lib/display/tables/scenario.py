"""A scenario in the report: what is supposed, what the record says instead, and the chances that the app showed."""

from dataclasses import replace

from nk521lib.chapters.escalation.answer import Answer, evaluate
from nk521lib.chapters.escalation.counts import percent
from nk521lib.chapters.escalation.inquiry import Ground, Settings, asked_in, derive_ground
from nk521lib.cut import Cut
from nk521lib.display.proposal import sentence
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import table
from nk521lib.display.what_if.words import NOT_THE_RECORD, rates_words, scenario_lines
from nk521lib.display.words import listed
from nk521lib.results import Number


def say_scenario(cut: Cut) -> list[Html]:
    """Nothing for the record; else the supposition in words and, per group, the answer that the app gives to it."""
    if cut.params.scenario is None:
        return []
    plain, inputs = asked_in(cut)
    kept: dict[Settings, Ground] = {}

    def grounds(settings: Settings, whole: bool = False) -> Ground:
        if settings not in kept:
            kept[settings] = derive_ground(plain, settings)
        return kept[settings]

    said = notice(f"{NOT_THE_RECORD}. Supposed: {listed(scenario_lines(cut.params))}.", "stop")
    return [said, _answers(plain, [evaluate(plain, replace(inputs, group=g), grounds) for g in grounds(()).courses])]


def _answers(cut: Cut, answers: list[Answer]) -> Html:
    rows = []
    for answer in answers:
        group = answer.inputs.group
        row = {
            "Group": group,
            "On record": sentence(cut.params, answer.before),
            "If so": sentence(answer.params, answer.after),
        }
        row |= {"History": answer.notation, **_chances(group, answer, cut.params.trial.planned_subjects)}
        rows.append(row)
    rates = answers[0].inputs.rates if answers else None
    under = (
        f"true DLT rates {rates_words(rates)}"
        if rates
        else "rates averaged over what the data leave open, uniform priors"
    )
    return table("scenario", "The answer to this question, beside the record", rows, f"Chances under {under}; exact.",
                 empty="No ladder of dose levels, so nothing to decide.")  # fmt: skip


def _chances(group: str, answer: Answer, planned: int) -> dict[str, Number | str]:
    if answer.outlook is None:
        return {"More than the cap": "cannot be walked", f"Both, more than {planned}": "cannot be walked"}

    def chance(stat: str, value: float | None, label: str) -> Number:
        return Number("scenario_outlook", "escalation", "DESIGN", stat, value, percent(value), group1="GROUP", group1_level=group,
                      variable="SCENARIO", variable_level="now", stat_label=label)  # fmt: skip

    return {
        "More than the cap": chance("p.over_cap", answer.outlook.over_cap, "needs more than its cap"),
        f"Both, more than {planned}": chance(
            "p.over_planned", answer.outlook.over_planned, "all need more than planned"
        ),
    }
