"""All comparators at the present data, and where they disagree with the 3+3. Advisory: never the trial's rule."""

from collections.abc import Mapping, Sequence

from nk521lib.standards.designs import crm
from nk521lib.standards.designs.advice import Advice
from nk521lib.standards.designs.decision_table import ONE_LEVEL_DESIGNS
from nk521lib.terms import ComparatorSays, Step

SAME_AS: dict[Step, frozenset[ComparatorSays]] = {
    Step.ESCALATE: frozenset({ComparatorSays.ESCALATE}),
    Step.EXPAND: frozenset({ComparatorSays.STAY}),
    Step.DEESCALATE: frozenset({ComparatorSays.DEESCALATE, ComparatorSays.ELIMINATE}),
}


PUBLISHED: Mapping[str, Mapping[str, float]] = {"BOIN": {}, "mTPI-2": {}}
"""Designs with the options of their publications."""


def advise_all(
    n: Sequence[int],
    x: Sequence[int],
    current: int,
    last_dlt: bool,
    model: crm.Crm,
    designs: Mapping[str, Mapping[str, float]] = PUBLISHED,
) -> dict[str, Advice]:
    """Advice of one-level designs and of the CRM `model`, at its target, by design.

    n, x : complete subjects and their DLTs per level.   current : the level judged.   last_dlt : see `crm.advise`.
    designs : one-level designs with their options beside the target.
    With no complete subject at the level there is nothing to judge, and every design stays.
    """
    by_crm = crm.advise(model, n, x, current, last_dlt)
    here, dlts = n[current - 1], x[current - 1]
    if not here:
        why = f"no complete subject at DL{current}"
        return {name: Advice(name, ComparatorSays.STAY, why) for name in (*designs, by_crm.design)}
    one_level = {name: ONE_LEVEL_DESIGNS[name](here, dlts, model.phi, **options) for name, options in designs.items()}
    return {**one_level, by_crm.design: by_crm}


def disagrees(step: Step, says: ComparatorSays) -> bool | None:
    """Whether a comparator moves otherwise than the 3+3 step; None while the 3+3 waits."""
    return None if step is Step.WAIT else says not in SAME_AS[step]
