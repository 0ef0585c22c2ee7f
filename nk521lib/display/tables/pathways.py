"""Every way the rules can still go, one row an end: the pathway tree for those who read rows."""

from collections.abc import Sequence

from nk521lib.chapters.escalation import Escalation
from nk521lib.chapters.escalation.counts import count_pathways, truth_label, way_label
from nk521lib.chapters.escalation.pathways import derive_pathways
from nk521lib.cut import Cut
from nk521lib.display.proposal import NO_LADDER, end_words
from nk521lib.display.say import Html
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.words import plural


def table_pathways(cut: Cut, found: Escalation, truth: Sequence[float] | None = None) -> Html:
    """Per group every way to an end from now, with its chance under a stated truth and under uniform priors."""
    prefix, rows = cut.params.trial.level_prefix, []
    for group, pathways in derive_pathways(cut, found, truth).items():
        numbers = count_pathways(pathways, pathways.ends, prefix)
        for node in pathways.ends:
            by_truth, by_prior = numbers[node.id]
            over = pathways.over_cap(node)
            rows.append({
                "Group": f"Group {group}: {plural(len(pathways.ends), 'way')} to an end", "Outcomes to come": way_label(pathways, node, prefix),
                "End": end_words(prefix, node.decision, node.mtd),
                "Subjects": Cell(f"{node.dosed}, above {pathways.cap}" if over else str(node.dosed), status="hold" if over else ""),
                f"Chance at {truth_label(pathways.truth)}": by_truth, "Chance, no rate assumed": by_prior,
            })  # fmt: skip
    note = ("Level, DLTs and complete assessments after each cohort, replaced subjects left out; a range where every number leads to the same. "
            "The last column starts from uniform priors on each level's rate and the counts so far, and does not know that rates rise.")  # fmt: skip
    return table("pathways", "Every way the rules can go from here", rows, note, right=list(rows[0])[3:] if rows else [],
                 section="Group", empty=NO_LADDER + "." if not found.groups else "No group can be walked on from where it stands.")  # fmt: skip
