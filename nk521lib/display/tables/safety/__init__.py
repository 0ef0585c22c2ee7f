"""Chapter 3 as tables and sentences."""

from nk521lib.display.tables.safety.events import (
    list_deaths,
    list_masking,
    list_notable_events,
    say_safety,
    table_by_dose,
    table_headline_rates,
    table_overview,
    table_related,
    table_special_interest,
    table_terms,
)
from nk521lib.display.tables.safety.listings import (
    list_events,
    list_laboratory,
    list_peritoneal,
    list_serious,
    table_lots,
)
from nk521lib.display.tables.safety.looked import table_expected, table_not_found, table_watched
from nk521lib.display.tables.safety.measured import (
    list_hys_law,
    list_notable_vitals,
    table_ecg,
    table_shifts,
    table_ungraded,
    table_vitals,
)
from nk521lib.display.tables.safety.narratives import list_narratives
from nk521lib.display.tables.safety.people import (
    list_doses,
    say_screened,
    table_demographics,
    table_disposition,
    table_exposure,
)

__all__ = [
    "list_deaths",
    "list_doses",
    "list_events",
    "list_hys_law",
    "list_laboratory",
    "list_masking",
    "list_narratives",
    "list_notable_events",
    "list_notable_vitals",
    "list_peritoneal",
    "list_serious",
    "say_safety",
    "say_screened",
    "table_by_dose",
    "table_demographics",
    "table_disposition",
    "table_ecg",
    "table_expected",
    "table_exposure",
    "table_headline_rates",
    "table_lots",
    "table_not_found",
    "table_overview",
    "table_related",
    "table_shifts",
    "table_special_interest",
    "table_terms",
    "table_ungraded",
    "table_vitals",
    "table_watched",
]  # fmt: skip
