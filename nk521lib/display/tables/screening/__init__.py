"""Chapter 1 as sentences and tables: who may enter, why not, what is missing, and by when."""

from nk521lib.display.tables.screening.answer import say_answer, table_funnel, table_reasons, table_statuses
from nk521lib.display.tables.screening.checks import (
    table_criteria,
    table_deviations,
    table_group_check,
    table_lapses,
    table_near_misses,
    table_queries,
)
from nk521lib.display.tables.screening.open import table_open, worksheets
from nk521lib.display.tables.screening.what_if import table_supposed, table_what_if
from nk521lib.display.tables.screening.wording import (
    MAX_WORKSHEETS,
    NO_CRITERIA,
    SOURCES,
    effect_cell,
    for_people,
    in_words,
    none,
    status_cell,
    words,
)

__all__ = [
    "MAX_WORKSHEETS",
    "NO_CRITERIA",
    "SOURCES",
    "effect_cell",
    "for_people",
    "in_words",
    "none",
    "say_answer",
    "status_cell",
    "table_criteria",
    "table_deviations",
    "table_funnel",
    "table_group_check",
    "table_lapses",
    "table_near_misses",
    "table_open",
    "table_queries",
    "table_reasons",
    "table_statuses",
    "table_supposed",
    "table_what_if",
    "words",
    "worksheets",
]
