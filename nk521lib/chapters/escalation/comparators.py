"""What other designs would say at the current data: advice beside the 3+3, never the rule of the trial.

Pending subjects are left out; TITE-CRM weighs them by their follow-up. Source: spec escalation.md section 10,
rulings.md 3.13.
"""

import datetime as dt

from nk521lib.chapters.escalation.course import REPLAYED, Standing
from nk521lib.params import Params
from nk521lib.standards.designs import boin, crm, i3p3, mtpi2
from nk521lib.standards.designs.advice import Advice
from nk521lib.terms import DltStatus

REPORTED = ("BOIN", "mTPI-2", "CRM")
"""Those that decisions.json carries."""


def compare_designs(history: Standing, level: int, params: Params, cutoff: dt.date) -> dict[str, Advice]:
    """Advice by design at the level in play; empty while nobody there has a complete assessment."""
    rule, counts = params.escalation, history.levels[level - 1]
    if not counts.n:
        return {}
    phi, n, x = rule.target_rate, counts.n, counts.x
    found = [
        boin.advise(n, x, phi, low=rule.boin_low, high=rule.boin_high),
        mtpi2.advise(n, x, phi, halfwidth=rule.mtpi2_halfwidth),
        mtpi2.advise(n, x, phi, halfwidth=rule.mtpi2_halfwidth, design="keyboard"),
        i3p3.advise(n, x, phi, halfwidth=rule.mtpi2_halfwidth),
        *_model_based(history, level, params, cutoff),
    ]
    return {advice.design: advice for advice in found}


def _model_based(history: Standing, level: int, params: Params, cutoff: dt.date) -> list[Advice]:
    rule, subjects = params.escalation, [s for s in history.course.subjects if not s.replaced]
    levels = len(params.trial.levels)
    design = crm.Crm.by_indifference(
        rule.target_rate, rule.crm_halfwidth, rule.crm_prior_mtd, levels, rule.crm_prior_variance
    )
    n, x = [c.n for c in history.levels], [c.x for c in history.levels]
    last_dlt = [s for s in subjects if s.complete][-1].status is DltStatus.DLT
    by_counts = crm.advise(design, n, x, level, last_dlt)
    if len(subjects) > REPLAYED:
        return [by_counts]  # a crowd is no dose-finding cohort; weighing each of its subjects would only cost memory
    dlt, today = [s.status is DltStatus.DLT for s in subjects], cutoff.toordinal()
    share = [1.0 if s.complete else _share_seen(s.first, s.ends, today) for s in subjects]
    rates = crm.tite_plug_in_rates(design, [s.level for s in subjects], dlt, share)
    tried = [c.dosed for c in history.levels]
    return [by_counts, crm.advise(design, tried, x, level, last_dlt, rates=rates)]


def _share_seen(first: int, ends: int, today: int) -> float:
    """Share of the window that was seen. An open subject never weighs as much as a complete one, also when only its
    last contact is missing; one who is only imagined has not been seen at all."""
    length = ends - first + 1
    return max(0.0, min((today - first + 1) / length, 1 - 1 / length))
