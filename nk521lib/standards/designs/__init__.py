"""Dose-finding designs for phase 1 trials: the conventional 3+3 exactly, and what other designs would say.

See README.md in this folder. The 3+3 itself is arithmetic on small whole numbers; what needs NumPy and SciPy is loaded
when it is first asked for, so that an answer of `recommend_after` does not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nk521lib.standards.designs.certainty import (
    IfResolved,
    if_resolved,
    possible_decisions,
    possible_proposals,
)
from nk521lib.standards.designs.history import Irregularity, Opening, Replay, recommend_after, replay
from nk521lib.standards.designs.notation import count_outcomes, format_history, parse_history
from nk521lib.standards.designs.one_truth import characteristics_of_one
from nk521lib.standards.designs.pace import Pace
from nk521lib.standards.designs.recommendation import Recommendation, recommend
from nk521lib.standards.designs.rules import READINGS, CapPolicy, ThreePlusThree
from nk521lib.standards.designs.three_plus_three import LevelCounts, level_state, next_step, propose
from nk521lib.standards.designs.walk import State, state_after, state_of

if TYPE_CHECKING:
    from nk521lib.standards.designs.operating import OperatingCharacteristics
    from nk521lib.standards.designs.pathways import (
        expected_characteristics,
        operating_characteristics,
        prob_total_over,
    )
    from nk521lib.standards.designs.tree import Node, pathway_tree

__all__ = [
    "READINGS",
    "CapPolicy",
    "IfResolved",
    "Irregularity",
    "LevelCounts",
    "Node",
    "Opening",
    "OperatingCharacteristics",
    "Pace",
    "Recommendation",
    "Replay",
    "State",
    "ThreePlusThree",
    "characteristics_of_one",
    "count_outcomes",
    "expected_characteristics",
    "format_history",
    "if_resolved",
    "level_state",
    "next_step",
    "operating_characteristics",
    "parse_history",
    "pathway_tree",
    "possible_decisions",
    "possible_proposals",
    "prob_total_over",
    "propose",
    "recommend",
    "recommend_after",
    "replay",
    "state_after",
    "state_of",
]

_ON_DEMAND = {
    "OperatingCharacteristics": "operating",
    "expected_characteristics": "pathways",
    "operating_characteristics": "pathways",
    "prob_total_over": "pathways",
    "Node": "tree",
    "pathway_tree": "tree",
}


def __getattr__(name: str) -> Any:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ON_DEMAND[name]}"), name)
