"""What a criterion is. The table of all of them is in criteria.py."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from nk521lib.chapters.screening.logic import Facts
from nk521lib.params.models import Screening


class Kind(StrEnum):
    INCLUSION = "INCLUSION"
    EXCLUSION = "EXCLUSION"


class Source(StrEnum):
    """Who decides: the data, the investigator, or both (data may prove a fail, a pass needs an attestation)."""

    DATA = "M"
    ATTESTATION = "T"
    BOTH = "B"


Rule = Callable[[Facts, Screening], pd.Series]


@dataclass(frozen=True)
class Limit:
    """A number a measured fact is held to, for showing what almost failed. times : multiplies it, as the ULN does."""

    fact: str
    at: Callable[[Facts, Screening], "pd.Series | float"]
    unit: str


@dataclass(frozen=True)
class Criterion:
    """One criterion of the protocol.

    says : our words, `{p.name}` filled from the screening parameters. needs : facts it reads, whose evidence is shown.
    holds : is the condition as worded true? For all subjects at once, Kleene logic; None where no data can tell.
    applies : False where the criterion does not concern the subject; None: it concerns everybody.
    supports : facts shown beside the evidence that never decide. limit : for showing what almost failed.
    short_is_open : records that do not suffice contradict an attested pass (I02c).
    """

    id: str
    kind: Kind
    source: Source
    says: str
    needs: tuple[str, ...] = ()
    holds: Rule | None = None
    applies: Rule | None = None
    limit: Limit | None = None
    supports: tuple[str, ...] = ()
    short_is_open: bool = False
    note: str = ""

    @property
    def passing(self) -> bool:
        """The value of the condition that lets a subject in."""
        return self.kind is Kind.INCLUSION

    def words(self, p: Screening) -> str:
        return self.says.format(p=p)
