"""What other designs would say at the current data: advice beside the 3+3, never the rule of the trial.

Pending subjects are left out; TITE-CRM weighs them by their follow-up. Source: spec escalation.md section 10,
rulings.md 3.13.
"""

import pandas as pd

from nk521lib.chapters.escalation.history import REPLAYED, GroupHistory
from nk521lib.params import Params
from nk521lib.standards.designs import boin, crm, i3p3, mtpi2
from nk521lib.standards.designs.advice import Advice
from nk521lib.terms import DltStatus

REPORTED = ("BOIN", "mTPI-2", "CRM")
"""Those that decisions.json carries."""


def compare_designs(history: GroupHistory, level: int, params: Params, cutoff: pd.Timestamp) -> dict[str, Advice]:
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


def _model_based(history: GroupHistory, level: int, params: Params, cutoff: pd.Timestamp) -> list[Advice]:
    rule, subjects = params.escalation, history.subjects[history.subjects["REPLFL"].isna()]
    levels = len(params.trial.levels)
    design = crm.Crm.by_indifference(
        rule.target_rate, rule.crm_halfwidth, rule.crm_prior_mtd, levels, rule.crm_prior_variance
    )
    n, x = [c.n for c in history.levels], [c.x for c in history.levels]
    complete = subjects[subjects["STATUS"].isin([DltStatus.DLT, DltStatus.CLEAR])]
    last_dlt = bool(complete["STATUS"].iloc[-1] == DltStatus.DLT)
    by_counts = crm.advise(design, n, x, level, last_dlt)
    if len(subjects) > REPLAYED:
        return [by_counts]  # a crowd is no dose-finding cohort; weighing each of its subjects would only cost memory
    dlt = subjects["STATUS"].eq(DltStatus.DLT).astype(bool)
    length = (subjects["ADLTEDT"] - subjects["ADLTSDT"]).dt.days + 1
    seen = ((cutoff - subjects["ADLTSDT"]).dt.days + 1).clip(upper=length)
    clear = subjects["STATUS"].eq(DltStatus.CLEAR).astype(bool)
    # An open subject never weighs as much as a complete one, also when only its last contact is missing.
    share = (seen / length).clip(upper=1 - 1 / length).mask(dlt | clear, 1.0)
    rates = crm.tite_plug_in_rates(design, subjects["LEVELCNT"].tolist(), dlt.tolist(), share.tolist())
    tried = [c.dosed for c in history.levels]
    return [by_counts, crm.advise(design, tried, x, level, last_dlt, rates=rates)]
