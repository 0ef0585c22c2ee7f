"""From source records to fact columns. Every fact NAME carries what it rests on:

NAME_SRC   record ids, `LB:7;LB:9`            NAME_SAYS  the evidence in words
NAME_WHY   why it could not be established    NAME_DT    day of the deciding record
NAME_OP    relation of a measured value       NAME_ULN   upper limit of that laboratory
NAME_OPEN  records exist that leave it open (partial date, unknown intent): not even an attestation settles it
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from nk521lib.chapters.records import Deciding, derive_episodes, derive_readings, of_tests, within_days
from nk521lib.chapters.screening.anchors import derive_anchors, first_day
from nk521lib.chapters.screening.watched import value_of, watching
from nk521lib.cut import Cut
from nk521lib.standards.comparison import floats
from nk521lib.three_valued import decided, surely

RELATION_WORDS = {"=": "", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
RELATION_RANK = {"<": -2, "<=": -1, "=": 0, ">=": 1, ">": 2}
"""Of equal numbers, which may be the higher value."""


@dataclass(frozen=True)
class Screened:
    """All screened subjects with the anchors of their windows: what every fact is derived from.

    attested : attestations as `derive_attestations` gives them; a fact reads them only as proof of review.
    """

    cut: Cut
    adsl: pd.DataFrame
    attested: pd.DataFrame = field(repr=False)
    anchors: pd.DataFrame
    _anchored_by: dict[str, Any] = field(default_factory=dict, repr=False)
    _read: dict[tuple[tuple[str, ...], tuple[str, ...]], pd.DataFrame] = field(default_factory=dict, repr=False)
    _kept: dict["Step", list[tuple[dict[str, Any], pd.DataFrame]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, cut: Cut, adsl: pd.DataFrame, attested: pd.DataFrame) -> "Screened":
        return cls(cut, adsl.set_index("USUBJID"), attested, *_anchored(cut, adsl))

    def under(self, cut: Cut) -> "Screened":
        """The same subjects and records under other parameters of the sections in `WATCHED`, with what was derived so far."""
        if all(value_of(cut.params, name) == value for name, value in self._anchored_by.items()):
            return replace(self, cut=cut)
        anchors, read = _anchored(cut, self.adsl.reset_index())
        return replace(self, cut=cut, anchors=anchors, _anchored_by=read)

    def once(self, step: "Step") -> pd.DataFrame:
        """What a step derives, taken from before where every parameter it read then has the same value now.

        The records do not change, so a parameter that a step never read cannot change its answer.
        """
        params = self.cut.params
        for read, facts in self._kept.setdefault(step, []):
            if all(value_of(params, name) == value for name, value in read.items()):
                return facts
        names: set[str] = set()
        facts = step(replace(self, cut=replace(self.cut, params=watching(params, names))))
        read = self._anchored_by | {name: value_of(params, name) for name in sorted(names)}
        self._kept[step].append((read, facts))
        return facts

    @property
    def subjects(self) -> pd.Index:
        return self.anchors.index

    def readings(self, *domains: str, tests: Iterable[str]) -> pd.DataFrame:
        """Findings records of these tests in these domains (see records.py), read once.

        Most facts need a few tests of a large domain, so only their records are read.
        """
        wanted = (domains, tuple(tests))
        if wanted not in self._read:
            parts = [derive_readings(of_tests(self.cut[d], d, wanted[1]), d) for d in domains]
            self._read[wanted] = pd.concat(parts, ignore_index=True)
        return self._read[wanted]

    def anchor(self, frame: pd.DataFrame, which: str = "ANCHOR") -> pd.Series:
        """The anchor of each record's subject."""
        return of_subject(frame, self.anchors[which])

    def window(self, frame: pd.DataFrame, which: str = "ANCHOR", **length: int) -> tuple[pd.Series, pd.Series]:
        """First and last day of "within … before the anchor" for each record. length : days, months or years."""
        last = self.anchor(frame, which)
        return first_day(last, self.cut.params.screening.window_inclusive, **length), last

    def recent(self, readings: pd.DataFrame, which: str = "ANCHOR", **length: int) -> pd.DataFrame:
        """Readings surely taken within that time before the anchor."""
        return within_days(readings, *self.window(readings, which, **length))


Step = Callable[[Screened], pd.DataFrame]
"""Derives facts (one row per screened subject, index USUBJID) or a frame of records they share."""


def history(screened: Screened) -> pd.DataFrame:
    """MH records as episodes (see records.py)."""
    return derive_episodes(screened.cut, "MH")


def procedures(screened: Screened) -> pd.DataFrame:
    """PR records as episodes."""
    return derive_episodes(screened.cut, "PR")


def _anchored(cut: Cut, adsl: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Anchors, and the parameters they were derived from with their values."""
    names: set[str] = set()
    anchors = derive_anchors(replace(cut, params=watching(cut.params, names)), adsl)
    return anchors, {name: value_of(cut.params, name) for name in sorted(names)}


def of_subject(frame: pd.DataFrame, values: pd.Series) -> pd.Series:
    """The value of each record's subject, in the type of `values` (index USUBJID)."""
    return values.reindex(frame["USUBJID"]).set_axis(frame.index)


def joined(records: pd.DataFrame, column: str, subjects: pd.Index, separator: str = ";") -> pd.Series:
    """The values of a column per subject in one text, NA without a record."""
    if records.empty:
        return _unknown(subjects)
    present = records[["USUBJID", column]].dropna()
    texts: dict[str, dict[str, None]] = {}
    for who, text in zip(present["USUBJID"].to_numpy(object), present[column].to_numpy(object), strict=True):
        texts.setdefault(who, {})[text] = None  # a dict keeps each text once, in the order of the records
    each = [separator.join(texts[who]) if who in texts else None for who in subjects.to_numpy(object)]
    return pd.Series(each, subjects, dtype="string")


def prove(name: str, records: pd.DataFrame, holds: pd.Series, subjects: pd.Index) -> pd.DataFrame:
    """A fact that records can prove: True if one surely does, NA and OPEN if one may, False if asked and denied.

    records : those that name the fact, `HAPPENED` False where it was asked for and denied. holds : one answer each.
    No record gives NA and not OPEN: only an attestation can then say that there was nothing.
    """
    if records.empty or subjects.empty:
        return pd.DataFrame({name: _unknown(subjects, "boolean"), f"{name}_OPEN": False,
                             f"{name}_SRC": _unknown(subjects), f"{name}_SAYS": _unknown(subjects)})  # fmt: skip
    proves, may, denied = surely(holds), holds.isna().to_numpy(), surely(~records["HAPPENED"])
    who = subjects.get_indexer(records["USUBJID"])
    has = lambda rows: np.bincount(who[rows & (who >= 0)], minlength=len(subjects)) > 0
    proven, possible, refused = has(proves), has(may), has(denied)
    left_open = possible & ~proven
    deciding_rows = proves | (may & left_open[who])
    denials = refused & ~possible & ~proven  # shown as a denial only where that is the answer
    decisive = records.take(np.r_[np.flatnonzero(deciding_rows), np.flatnonzero(denied & ~has(deciding_rows)[who])])
    unsaid = decisive["SAYS"] + ", not said whether it occurred"
    decisive = decisive.assign(SAYS=decisive["SAYS"].mask(decisive["HAPPENED"].isna(), unsaid))
    says = joined(decisive, "SAYS", subjects, ", ")
    if left_open.any() or denials.any():
        says = says.mask(left_open, "left open by: " + says).mask(denials, "denied: " + says)
    return pd.DataFrame(
        {
            name: decided(proven, denials, subjects),
            f"{name}_OPEN": left_open,
            f"{name}_SRC": joined(decisive, "SRC", subjects),
            f"{name}_SAYS": says,
        }
    )


def measure(
    name: str, rows: pd.DataFrame, label: str, subjects: pd.Index, high_is_worse: bool, unit: str = ""
) -> pd.DataFrame:
    """A measured fact from the readings of its window: the deciding one, with its relation, limit and day.

    unit : the unit every usable reading has; a reading without a value in it is there but cannot be used.
    """
    sign = 1 if high_is_worse else -1
    relation_rank = rows["OP"].map(RELATION_RANK).astype("Float64") * sign
    lower_limit_first = -rows["ULN"].astype("Float64").fillna(-1e300)  # without its own limit a value decides nothing
    chosen = Deciding.of(subjects, rows, rows["VALUE"] * sign, relation_rank, lower_limit_first)
    number, limit = floats(chosen["VALUE"]), floats(chosen["ULN"])
    usable, impossible = number > 0, number <= 0
    relation = np.where(usable, chosen["OP"].to_numpy(object, na_value=None), None)
    days = day_text(chosen["DAY_LO"], chosen["DAY_HI"])
    says = [_measured(label, unit, *one) for one in zip(number, relation, limit, days, chosen.sameday, strict=True)]
    why = pd.Series(label, index=subjects, dtype="string")
    unreadable = chosen["SRC"].notna() & ~usable
    if unreadable.any():
        why = why.mask(unreadable, label + " cannot be used: " + _shown(chosen))
        why = why.mask(impossible, label + " is not a possible value: " + _shown(chosen))
    return pd.DataFrame(
        {
            name: _nullable(number, usable, subjects),
            f"{name}_OP": pd.Series(relation, index=subjects, dtype="string"),
            f"{name}_ULN": _nullable(limit, limit > 0, subjects),
            f"{name}_DT": chosen["DAY_HI"].where(usable),
            f"{name}_SRC": chosen["SRC"].astype("string"),
            f"{name}_SAYS": pd.Series(says, index=subjects, dtype="string"),
            f"{name}_WHY": why.mask(usable),
            f"{name}_SAMEDAY": chosen.sameday,
        }
    )


def _measured(
    label: str, unit: str, number: float, relation: str | None, limit: float, day: str, tied: bool
) -> str | None:
    """One deciding value in words; without a relation it says nothing."""
    if relation not in RELATION_WORDS:
        return None
    text = f"{label} {RELATION_WORDS[relation]}{number:g} {unit}".strip()
    text += f", ULN {limit:g}" if limit == limit else ""
    text += day
    return f"{text} (least favourable of the day)" if tied else text


def answer(name: str, rows: pd.DataFrame, replies: pd.Series, label: str, subjects: pd.Index) -> pd.DataFrame:
    """A yes-or-no result from the readings of its window (True is the less favourable reply)."""
    worse = replies.map({True: 2, False: 0}).astype("Float64").fillna(1)  # an unreadable reply ranks between the two
    chosen = Deciding.of(subjects, rows.assign(REPLY=replies), worse)
    value = chosen["REPLY"].astype("boolean")
    told = chosen["TEXT"].fillna(chosen["VALUE"].astype("string")).str.lower()
    why = pd.Series(label, index=subjects, dtype="string").mask(value.notna())
    return pd.DataFrame(
        {
            name: value,
            f"{name}_DT": chosen["DAY_HI"].where(value.notna()),
            f"{name}_SRC": chosen["SRC"].astype("string"),
            f"{name}_SAYS": label + " " + told + day_text(chosen["DAY_LO"], chosen["DAY_HI"]),
            f"{name}_WHY": why.mask(chosen["SRC"].notna() & value.isna(), label + " cannot be read"),
        }
    )


def state(
    name: str, value: pd.Series, says: pd.Series | None = None, source: pd.Series | None = None, why: str = ""
) -> pd.DataFrame:
    """A fact computed per subject; `why` is said where it is unknown."""
    missing = pd.Series(pd.NA, index=value.index, dtype="string")
    return pd.DataFrame(
        {
            name: value,
            f"{name}_SRC": missing if source is None else source.astype("string"),
            f"{name}_SAYS": missing if says is None else says.astype("string"),
            f"{name}_WHY": missing.mask(value.isna(), why or pd.NA),
        }
    )


def _nullable(number: np.ndarray, there: np.ndarray, index: pd.Index) -> pd.Series:
    """Float64 with NA where there is none."""
    return pd.Series(pd.arrays.FloatingArray(np.where(there, number, 0.0), ~there), index=index)


def number_text(number: pd.Series) -> pd.Series:
    """Each number as short text ("string"), NA where there is none."""
    return pd.Series([None if n != n else f"{n:g}" for n in floats(number)], index=number.index, dtype="string")


def day_text(first: pd.Series, last: pd.Series) -> pd.Series:
    """ ", 2026-09-25", or ", between … and …" where a partial date can mean several days; empty without one ("string")."""
    days = zip(*(day.dt.strftime("%Y-%m-%d").to_numpy(object) for day in (first, last)), strict=True)
    texts = [
        "" if not isinstance(low, str) else f", {low}" if low == high else f", between {low} and {high}"
        for low, high in days
    ]
    return pd.Series(texts, index=first.index, dtype="string")


def _unknown(subjects: pd.Index, dtype: str = "string") -> pd.Series:
    return pd.Series(pd.NA, index=subjects, dtype=dtype)


def _shown(chosen: Deciding) -> pd.Series:
    number = chosen["READ_VALUE"] if "READ_VALUE" in chosen else chosen["VALUE"]
    given = chosen["TEXT"].fillna(number_text(number)).fillna("no result").str.lower()
    unit = chosen["READ_UNIT"] if "READ_UNIT" in chosen else chosen["UNIT"]
    return given + " " + unit.fillna("without unit")
