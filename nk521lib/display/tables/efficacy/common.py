"""What the tables of the chapter share: column heads, names of subjects, cells of a rate, when a list is too long to read."""

from nk521lib.chapters.efficacy import Efficacy
from nk521lib.chapters.efficacy.rates import Rate
from nk521lib.cut import Cut
from nk521lib.display.say import Html, notice
from nk521lib.display.tables.base import Cell, subject
from nk521lib.display.words import capital, day, short_id
from nk521lib.results import Column

NOBODY = "No subject of this snapshot has been dosed."


def who(usubjid: str, found: Efficacy) -> Cell:
    """A link to the subject's page: the short id where it is unique among the dosed subjects."""
    short = [short_id(u) for u in found.order]
    return subject(usubjid, short_id(usubjid) if len(set(short)) == len(short) else None)


def too_many(cut: Cut, found: Efficacy, what: str) -> Html | None:
    """A sentence in place of a list of every subject of a large study, or of nobody."""
    if not found.order:
        return notice(f"{what}: nobody has been dosed.")
    most = cut.params.safety.figure_max_subjects
    if len(found.order) > most:
        return notice(f"{what}: left out, because it shows every subject and more than {most} cannot be read. The counts and curves stay, "
                      "and the datasets hold everybody.")  # fmt: skip
    return None


def rate_cell(rate: Rate, small: bool = True) -> Cell:
    if not rate.fraction.N.stat:
        return Cell("no subjects", rate.numbers)
    text = f"{rate.fraction.fmt} ({rate.fraction.p.fmt}), {rate.low.fmt.removesuffix(' %')} to {rate.high.fmt}"
    return Cell(text, rate.numbers, rate.fraction.n.usubjids if small else ())


def about_columns(cut: Cut) -> str:
    """The sentence under every table of counts."""
    pooled = (
        " Overall pools groups, levels and tumour types: pooled, descriptive."
        if len(cut.params.trial.groups) > 1
        else ""
    )
    return f"All dosed subjects, by the level assigned; cut-off {day(cut.cutoff)}.{pooled}"


def group_name(cut: Cut, column: Column) -> str:
    for group in cut.params.trial.groups:
        if group.id == column.group1_level:
            return f"Group {group.id} ({group.label})" if cut.params.trial.levels else capital(group.label)
    return "All groups, pooled"


def spanners(cut: Cut, found: Efficacy) -> dict[str, list[str]]:
    """Column labels under the name of their group."""
    made: dict[str, list[str]] = {}
    for column in found.columns:
        if column.group1_level != "ALL":
            made.setdefault(group_name(cut, column), []).append(column.label)
    return {name: labels for name, labels in made.items() if len(labels) > 1}


def small(cut: Cut, found: Efficacy) -> bool:
    return len(found.order) <= cut.params.safety.figure_max_subjects
