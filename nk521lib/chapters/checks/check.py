"""What a data check is, what it may look at, and how the records it finds become findings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.changes import derive_changes
from nk521lib.chapters.deaths import death_days, fatal
from nk521lib.chapters.known_after import group_of
from nk521lib.chapters.linkage import of_subject
from nk521lib.chapters.subjects import derive_doses, derive_subjects
from nk521lib.cut import Cut
from nk521lib.findings import Finding, count
from nk521lib.terms import Effect, Severity

_NAMED = 5
"""Records named in a finding that gathers many: one root cause gives one message, not forty."""


@dataclass(frozen=True)
class Study:
    """One snapshot before (`whole`) and after (`cut`) its cut-off, with what several checks ask for.

    previous : the snapshot before this one, as extracted, if there is one to compare with; not_compared : why not, if one is named.
    """

    whole: Cut
    cut: Cut
    faults: pd.DataFrame = field(repr=False)
    previous: Cut | None = field(default=None, repr=False)
    not_compared: str = ""

    @cached_property
    def subjects(self) -> pd.DataFrame:
        return derive_subjects(self.cut).set_index("USUBJID")

    @cached_property
    def doses(self) -> pd.DataFrame:
        return derive_doses(self.cut)

    @cached_property
    def group_of(self) -> pd.Series:
        """Treatment group by USUBJID, of everyone in the extract; by the actual arm where none is planned."""
        return group_of(self.whole)

    @cached_property
    def died(self) -> pd.Series:
        """Earliest possible day of death by USUBJID, of those known dead at the cut-off."""
        return death_days(self.cut)

    @cached_property
    def dead(self) -> pd.Series:
        """USUBJID of those whom DM gives as dead at the cut-off."""
        dm = self.cut["DM"]
        return dm.loc[yes(dm["DTHFL"].eq("Y") | dm["DTHDTC"].notna()), "USUBJID"]

    @cached_property
    def died_on_record(self) -> pd.Series:
        """Days of death without those that a fatal event alone implies: NKD-030 names that event, not every record after it."""
        ae, ds = self.cut["AE"], self.cut["DS"]
        implied = ae.loc[fatal(ae), "USUBJID"]
        recorded = pd.concat([self.dead, ds.loc[yes(ds["DSDECOD"].str.upper().eq("DEATH")), "USUBJID"]])
        return self.died[~self.died.index.isin(implied) | self.died.index.isin(recorded)]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """What changed since the previous snapshot, both as extracted (derive_changes); needs `previous`."""
        return derive_changes(self.previous, self.whole)

    @cached_property
    def window(self) -> pd.DataFrame:
        """First and last day of each dosed subject's DLT window, by USUBJID: START, END."""
        rule, doses = self.cut.params.escalation.dlt_window, self.doses
        nth = {"first_dose": 1, "last_dose_cycle1": self.cut.params.trial.cycle1_doses, "last_dose": None}[rule.anchor]
        start = doses.groupby("USUBJID")["LOW"].min()
        counted = doses if nth is None else doses[doses["DOSENO"] <= nth]
        end = counted.groupby("USUBJID")["HIGH"].max() + pd.to_timedelta(rule.days - 1, unit="D")
        return pd.DataFrame({"START": start, "END": end})

    def possibly_in_window(self, usubjid: pd.Series, low: pd.Series, high: pd.Series) -> pd.Series:
        """May [low, high] touch the subject's DLT window? An unknown date may; a subject never dosed has no window."""
        start, end = (of_subject(usubjid, self.window[side]) for side in ("START", "END"))
        outside = (low > end).fillna(False) | (high < start).fillna(False)
        return (start.notna() & ~outside).astype(bool)


@dataclass(frozen=True)
class Check:
    """One data check.

    says : what must hold, in a clause. why : the protocol or SDTM reason, in plain words. effects : what its findings
    may do, worst first. find : Study -> findings, made after the cut-off. refuse : Study -> findings, made before anything is
    computed. Neither: the check is made elsewhere, and `where` says so.
    """

    id: str
    severity: Severity
    effects: tuple[Effect, ...]
    says: str
    why: str
    find: Callable[[Study], Iterable[Finding]] | None = None
    refuse: Callable[[Study], Iterable[Finding]] | None = None
    where: str = ""

    @property
    def usual(self) -> Effect:
        """What a finding does unless its check says otherwise."""
        return Effect.FLAG if Effect.FLAG in self.effects else self.effects[-1]

    def of(self, message: str, effect: Effect | None = None, **keys: str) -> Finding:
        return Finding(self.id, self.severity, effect or self.usual, message, **keys)

    def per_cause(self, study: Study, records: pd.DataFrame, domain: str) -> Iterator[Finding]:
        """One finding for each distinct (effect, group, CAUSE) among the records.

        records : USUBJID; MESSAGE, the text of one record; optionally SEQ, CAUSE (records with the same cause are one
        finding; default: each record by itself), BLOCKS (boolean: withholds the group's proposal), EVIDENCE.
        """
        if records.empty:
            return
        records = records.assign(
            GROUP=of_subject(records["USUBJID"], study.group_of).fillna(""),
            CAUSE=records["CAUSE"] if "CAUSE" in records else [str(n) for n in range(len(records))],
            BLOCKS=records.get("BLOCKS", False),
            SEQ=records["SEQ"].astype("string").fillna("") if "SEQ" in records else "",
            EVIDENCE=records.get("EVIDENCE", ""),
        )
        # a group's name is only needed where its proposal is withheld; elsewhere one cause is one finding
        spread = ["BLOCKS", "CAUSE"] if not records["BLOCKS"].any() else ["BLOCKS", "GROUP", "CAUSE"]
        for _, some in records.groupby(spread, sort=False, dropna=False):
            yield self._one(some, domain)

    def _one(self, some: pd.DataFrame, domain: str) -> Finding:
        first = some.iloc[0]
        subjects, groups = some["USUBJID"].unique(), some["GROUP"].unique()
        message, evidence = str(first["MESSAGE"]), str(first["EVIDENCE"])
        if len(some) > 1:
            who = f"{len(subjects)} subjects" if len(subjects) > 1 else "this subject"
            message = f"{message}; {count(len(some) - 1, 'more such record')}, {who} in all"
            shown = some.head(_NAMED)
            named = [f"{u} {s}".strip() for u, s in zip(shown["USUBJID"], shown["SEQ"], strict=True)]
            evidence = ", ".join(named) + (", …" if len(some) > _NAMED else "")
        return self.of(
            message,
            Effect.BLOCK if first["BLOCKS"] else self.usual,
            group=str(groups[0]) if len(groups) == 1 else "",
            domain=domain,
            usubjid=str(subjects[0]) if len(subjects) == 1 else "",
            seq=str(first["SEQ"]) if len(some) == 1 else "",
            evidence=evidence,
        )


def bounds(study: Cut, domain: str, variable: str) -> tuple[pd.Series, pd.Series]:
    """Earliest and latest day of a date variable of a domain."""
    text = study[domain][variable]
    return dates.earliest(text), dates.latest(text)


def yes(condition: pd.Series) -> pd.Series:
    """Where a condition surely holds: a finding needs proof, so unknown is no."""
    return condition.fillna(False).astype(bool)
