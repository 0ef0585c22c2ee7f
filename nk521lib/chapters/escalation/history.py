"""A group's history replayed from the data: who was dosed in what order, which slots were open, what was irregular.

Source: spec rulings.md 3.7, escalation.md section 7.
"""

from dataclasses import dataclass, field, fields

import pandas as pd

from nk521lib.chapters.escalation.committee import decisions
from nk521lib.chapters.escalation.course import REPLAYED, Course, Dosed, Standing, follow, rules_of
from nk521lib.cut import Cut
from nk521lib.standards.designs.rules import COHORT, EXPANDED
from nk521lib.terms import DltStatus

__all__ = ["REPLAYED", "GroupHistory", "derive_history", "read_course", "rules_of"]

_SLOTS = {"OPEN": COHORT, "EXPAND": EXPANDED}
_ORDER = ["ADLTSDT", "LEVELCNT", "USUBJID"]


@dataclass(frozen=True)
class GroupHistory(Standing):
    """Where a group stands, with its rows of addlt in order of first dose, replaced ones too: the position of an
    irregularity is a row of `subjects`."""

    subjects: pd.DataFrame = field(repr=False)


def derive_history(
    cut: Cut, status: pd.DataFrame, committee: pd.DataFrame, adsl: pd.DataFrame, group: str
) -> GroupHistory:
    """Replay the group's first doses against the rules, with the outcomes as known on each day.

    status : `derive_dlt_status`. committee : `read_committee`. adsl : `derive_subjects`, for the basis of the cap.
    """
    standing = follow(read_course(status, committee, adsl, group), cut.params)
    mine = status[status["GROUP"].eq(group).fillna(False)].sort_values(_ORDER, kind="stable").reset_index(drop=True)
    return GroupHistory(**{f.name: getattr(standing, f.name) for f in fields(Standing)}, subjects=mine)


def read_course(status: pd.DataFrame, committee: pd.DataFrame, adsl: pd.DataFrame, group: str) -> Course:
    """The rows of one group as plain records, in order of first dose."""
    mine = status[status["GROUP"].eq(group).fillna(False)].sort_values(_ORDER, kind="stable")
    days = [_ordinals(mine[name]) for name in ("ADLTSDT", "ADLTEDT", "KNOWNDT", "FREEDT")]
    imagined = mine["IMAGINED"] if "IMAGINED" in mine else [False] * len(mine)
    subjects = [
        Dosed(usubjid, int(level), DltStatus(state), bool(replaced), first, first if ends is None else ends, known, freed, bool(made))
        for usubjid, level, state, replaced, first, ends, known, freed, made in zip(
            mine["USUBJID"], mine["LEVELCNT"], mine["STATUS"], mine["REPLFL"].notna(), *days, imagined, strict=True
        )
    ]  # fmt: skip
    rows = decisions(committee, group)
    rows = rows[rows["VALUE"].isin(_SLOTS) & rows["LEVEL"].notna() & rows["LASTDAY"].notna()]
    openings = [
        (day, int(level), _SLOTS[value])
        for day, level, value in zip(_ordinals(rows["LASTDAY"]), rows["LEVEL"], rows["VALUE"], strict=True)
    ]
    enrolled = int((adsl["GROUP"].eq(group) & adsl["ENRLFL"].eq("Y")).fillna(False).sum())
    return Course(group, tuple(subjects), tuple(openings), enrolled)


def _ordinals(days: pd.Series) -> list[int | None]:
    """Days as whole numbers, None where there is none."""
    return [None if pd.isna(day) else day.toordinal() for day in days]
