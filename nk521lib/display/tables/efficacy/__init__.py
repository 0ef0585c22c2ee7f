"""Chapter 4 as tables and sentences."""

from nk521lib.display.tables.efficacy.measured import table_ascites, table_compliance, table_markers, table_quality
from nk521lib.display.tables.efficacy.response import (
    say_efficacy,
    say_small_samples,
    table_best_each,
    table_conventions,
    table_differences,
    table_estimands,
    table_rates,
    table_response,
    table_sets,
)
from nk521lib.display.tables.efficacy.times import (
    list_times,
    table_paracentesis,
    table_pfs_conventions,
    table_pufs_definitions,
    table_punctures,
    table_times,
)

__all__ = [
    "list_times", "say_efficacy", "say_small_samples", "table_ascites", "table_best_each", "table_compliance", "table_conventions",
    "table_differences", "table_estimands", "table_markers", "table_paracentesis", "table_pfs_conventions", "table_pufs_definitions",
    "table_punctures", "table_quality", "table_rates", "table_response", "table_sets", "table_times",
]  # fmt: skip
