"""The comparison of two cuts as one page that stands alone."""

from nk521lib.display.comparison import NOT_HERE, Compared, by_domain, decision_lines, edited, say_counts
from nk521lib.display.pages.shell import standalone
from nk521lib.display.words import day, plural


def comparison_page(found: Compared, study: str, software: str, synthetic: bool) -> str:
    """Decisions first, then who moved and why, then the numbers, then the records."""
    title = f"What changed from {found.old.name} to {found.new.name}"
    records = [] if found.changes is None else edited(found.changes)
    return standalone(
        "comparison.html.j2", title, study, software, synthetic,
        old=found.old.name, new=found.new.name, old_day=day(found.old.cutoff), new_day=day(found.new.cutoff), heads=found.heads,
        decisions=decision_lines(found.decisions), moves=found.moves, headlines=found.headlines,
        moved=plural(len(found.moves), "answer"), counts=NOT_HERE if found.changes is None else say_counts(found.changes) + ".",
        domains=[] if found.changes is None else by_domain(found.changes), records=records,
    )  # fmt: skip
