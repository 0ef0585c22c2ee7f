"""How other designs would behave in this trial: the same ladder, target and truths, as many subjects as a size allows.

Exact where the cohorts can be enumerated, else simulated with a seed and its Monte Carlo error.
Source: spec escalation.md section 10.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nk521lib.params import Params
from nk521lib.standards.designs import OperatingCharacteristics
from nk521lib.standards.designs.crm import Crm
from nk521lib.standards.designs.simulate import MAX_SEQUENCES, count_sequences, exact_characteristics, simulate
from nk521lib.standards.designs.trials import CrmTrial, Design, OneLevelTrial

SIMULATIONS, SEED = 10_000, 1
BEHAVING = ("BOIN", "CRM")
"""Comparators whose whole trials the chapter shows."""


@dataclass(frozen=True)
class Behaviour:
    """One design with one size: its operating characteristics under each truth, one row each."""

    design: str
    size: int
    under: tuple[OperatingCharacteristics, ...]


def model_of(params: Params, levels: int) -> Crm:
    """The CRM of the parameters for a ladder of `levels`, at their target."""
    rules = params.escalation
    return Crm.by_indifference(rules.target_rate, rules.crm_halfwidth, min(rules.crm_prior_mtd, levels), levels,
                               rules.crm_prior_variance)  # fmt: skip


def options_of(params: Params, design: str) -> dict[str, float]:
    """What the parameters set for a one-level design beside the target."""
    rules = params.escalation
    return (
        {"low": rules.boin_low, "high": rules.boin_high} if design == "BOIN" else {"halfwidth": rules.mtpi2_halfwidth}
    )


def trial_of(params: Params, design: str, levels: int, size: int) -> Design:
    """A whole trial of a comparator, `size` subjects at most. design : as printed, BOIN, mTPI-2, CRM …"""
    start = min(params.trial.start_level, levels)
    if design == "CRM":
        return CrmTrial(model_of(params, levels), n_max=size, start_level=start)
    options = tuple(options_of(params, design).items())
    return OneLevelTrial(design, params.escalation.target_rate, levels, size, start_level=start, options=options)


def characteristics_of(trial: Design, truth: Sequence[float], history: str = "") -> OperatingCharacteristics:
    """Under one truth: exact up to `MAX_SEQUENCES` outcome sequences, else simulated."""
    if count_sequences(trial, history) <= MAX_SEQUENCES:
        return exact_characteristics(trial, list(truth), history)
    return simulate(trial, list(truth), SIMULATIONS, SEED, history)


def derive_behaviour(params: Params) -> Iterator[Behaviour]:
    """BOIN and CRM with as many subjects as the cap of a group, and with as many as a 3+3 may need at most."""
    levels = len(params.trial.levels)
    for size in dict.fromkeys((params.escalation.group_cap, 6 * levels)):
        for design in BEHAVING:
            trial = trial_of(params, design, levels, size)
            yield Behaviour(
                design, size, tuple(characteristics_of(trial, truth) for truth in params.escalation.oc_truths)
            )
