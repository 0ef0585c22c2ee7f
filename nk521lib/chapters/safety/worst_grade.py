"""Each subject once, at the worst grade: of all treatment-emergent events and of the related ones, ever and in the window.

Source: spec escalation.md section 8 ("AEs by grade and relation, in window and all"), rulings.md 5.4.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.chapters.safety.counts import CHAPTER, POPULATION
from nk521lib.chapters.safety.timing import by_subject
from nk521lib.results import Column, Fraction, fraction

LEVELS = ("5", "4", "3", "2", "1", "MISSING")
"""Worst grade first. MISSING : events, none of them graded."""


def count_worst_grades(
    adae: pd.DataFrame, addlt: pd.DataFrame | None, columns: list[Column]
) -> dict[tuple[str, str, str], Fraction]:
    """Fractions by (scope, level of LEVELS, label of the column).

    adae, addlt : the analysis datasets; without addlt nothing is known of a window. WINDOW : onset surely in the DLT
    window, both days included. Ungraded events beside graded ones do not change a subject's worst grade.
    """
    teae = emergent(adae)
    related = teae["RELFL"].isin(["Y"])
    scopes = {"ALL": teae, "RELATED": teae[related]}
    if addlt is not None:
        windows = addlt.set_index("USUBJID")
        first, last = (by_subject(teae["USUBJID"], windows[name].astype("datetime64[s]")) for name in ("ADLTSDT", "ADLTEDT"))  # fmt: skip
        low, high = dates.earliest(teae["AESTDTC"]), dates.latest(teae["AESTDTC"])
        # An onset that only may lie in the window is not counted there.
        inside = ((low >= first) & (high <= last)).astype(bool)
        scopes |= {"WINDOW": teae[inside], "WINDOW RELATED": teae[inside & related]}
    return {
        (scope, level, column.label): fraction(
            column, members, analysis_id="ae_worst_grade", chapter=CHAPTER, population=POPULATION, variable=scope,
            variable_level=level,
        )
        for scope, events in scopes.items()
        for level, members in _members(events).items()
        for column in columns
    }  # fmt: skip


def _members(events: pd.DataFrame) -> dict[str, set[str]]:
    worst = events.groupby("USUBJID")["ATOXGRN"].max()
    named = worst.astype("Int64").astype("string").fillna("MISSING")
    return {level: set(named.index[named.eq(level)]) for level in LEVELS}
