"""Everything that can still happen in a group, cohort by cohort, with the chance of each way under a stated truth.

The rules are walked as they stand: cohorts are dosed in full, holds are not foreseen, and the cap only marks the
ways that need more places than there are (with `cap_policy` hard_stop it ends them).
Source: spec escalation.md sections 3, 4, 10.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nk521lib.chapters.escalation.decide import Escalation
from nk521lib.chapters.escalation.outlook import present_state
from nk521lib.cut import Cut
from nk521lib.standards.designs import Node, pathway_tree
from nk521lib.terms import Decision

NODES_DRAWN, COHORTS_DRAWN = 40, 5
"""What one picture can hold and still be read; what follows is counted in it and listed in the table."""


@dataclass(frozen=True)
class Pathways:
    """The tree of one group from its present state; parents before children, node 0 is the present.

    truth : true DLT rate per level behind `p_truth` of the nodes; `p_prior` needs none.   cap : places of the group.
    """

    group: str
    truth: tuple[float, ...]
    cap: int
    nodes: tuple[Node, ...]

    @property
    def ends(self) -> list[Node]:
        """The ways to an end, in the order of the tree."""
        return [node for node in self.nodes if node.leaf]

    def over_cap(self, node: Node) -> bool:
        """Does a node need more subjects than the group has places?"""
        return node.dosed > self.cap

    def way(self, node: Node) -> list[Node]:
        """The nodes that lead to a node, the present left out, itself last."""
        found = []
        while node.parent is not None:
            found.append(node)
            node = self.nodes[node.parent]
        return found[::-1]

    def depth(self, node: Node) -> int:
        return len(self.way(node))

    def drawn(self, most: int = NODES_DRAWN) -> list[Node]:
        """The nodes of as many whole cohorts as fit, at least the next one."""
        depths = [self.depth(node) for node in self.nodes]
        deepest = min(max(depths), COHORTS_DRAWN)
        while deepest > 1 and sum(depth <= deepest for depth in depths) > most:
            deepest -= 1
        return [node for node, depth in zip(self.nodes, depths, strict=True) if depth <= deepest]

    def ends_after(self, node: Node) -> list[Node]:
        """The ends that a node leads to."""
        return [end for end in self.ends if node in self.way(end)]

    def most_likely_end(self) -> tuple[Decision, int | None, float]:
        """The decision and MTD in which most ways end, by their chance under the truth."""
        chances: dict[tuple[Decision, int | None], float] = {}
        for node in self.ends:
            key = node.decision, node.mtd
            chances[key] = chances.get(key, 0.0) + node.p_truth
        (decision, mtd), chance = max(chances.items(), key=lambda item: item[1])
        return decision, mtd, chance


def derive_pathways(cut: Cut, found: Escalation, truth: Sequence[float] | None = None) -> dict[str, Pathways]:
    """The tree of each group that a 3+3 can be walked from. truth : by default `pathway_truth` of the parameters."""
    rates = tuple(cut.params.escalation.pathway_truth if truth is None else truth)
    made = {}
    for group, review in found.groups.items():
        state = present_state(review.history)
        if state is not None:
            nodes = pathway_tree(review.history.rules, state, rates)
            made[group] = Pathways(group, rates, cut.params.escalation.group_cap, nodes)
    return made
