"""Source records in one shape: what was given or happened (with possible start and end), and what was measured.

Partial dates are intervals and stay so; a record that says "did not occur" never proves that something did.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.cut import Cut
from nk521lib.standards.comparison import EQUAL, read_results
from nk521lib.standards.units import between, spell, to_standard
from nk521lib.three_valued import either

BEGINNING, FOREVER = pd.Timestamp("1700-01-01").as_unit("s"), pd.Timestamp("2250-01-01").as_unit("s")
"""Stand for "no known first day" and "no known last day"."""

ONGOING = ("ONGOING", "AFTER", "DURING/AFTER", "U-ONGOING")


def upper(text: pd.Series) -> pd.Series:
    return text.astype("string").str.strip().str.upper()


def source_ids(frame: pd.DataFrame, domain: str) -> pd.Series:
    """`LB:7` for every record."""
    return domain + ":" + frame[f"{domain}SEQ"].astype("string")


def happened(frame: pd.DataFrame, domain: str) -> pd.Series:
    """Did what the record names occur? False for --OCCUR N, NA for U or an asked term without an answer."""
    occur = (
        upper(frame[f"{domain}OCCUR"]) if f"{domain}OCCUR" in frame else pd.Series(pd.NA, frame.index, dtype="string")
    )
    asked = upper(frame[f"{domain}PRESP"]).eq("Y") if f"{domain}PRESP" in frame else pd.Series(False, frame.index)
    volunteered = occur.isna() & ~asked.fillna(False)  # a term nobody asked for was recorded because it happened
    return either(known_in(occur, ("Y",)) | volunteered, known_in(occur, ("N",)))


def known_in(text: pd.Series, allowed) -> pd.Series:
    """Is the text one of these? Missing text is none of them (bool)."""
    return text.isin(list(allowed)).astype(bool)


def derive_episodes(cut: Cut, domain: str) -> pd.DataFrame:
    """MH, CM or PR records: USUBJID SRC NAME VERBATIM CATEGORY HAPPENED ONGOING ENDED FIRST_LO FIRST_HI LAST_LO LAST_HI SAYS.

    FIRST_* bound the start, LAST_* the end. No end date: FOREVER when ongoing; a procedure other than radiotherapy
    ended where it began; otherwise it may have ended on any day since.
    """
    frame, terms = cut[domain], cut.params.terms
    name = "TERM" if domain == "MH" else "TRT"
    category = f"{domain}CAT"
    out = pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "SRC": source_ids(frame, domain),
            "NAME": upper(frame[f"{domain}DECOD"]),
            "VERBATIM": upper(frame[f"{domain}{name}"]),
            "CATEGORY": upper(frame[category]),
            "HAPPENED": happened(frame, domain),
            "ONGOING": _ongoing(frame, domain),
            "ENDED": frame[f"{domain}ENDTC"].notna(),
        }
    )
    start, end = frame[f"{domain}STDTC"], frame[f"{domain}ENDTC"]
    momentary = domain == "PR" and ~named(out, terms.radiotherapy)
    out = out.join(_bounds(start, end, out["ONGOING"], momentary))
    if domain == "MH":  # history lies in the past: without a date it began on some day before it was asked for
        out["FIRST_HI"] = out["FIRST_HI"].mask(start.isna(), BEGINNING)
    until = (" to " + end).fillna(" ongoing").where((end.notna() & ~end.eq(start).fillna(False)) | out["ONGOING"], "")
    out["SAYS"] = (
        out["VERBATIM"].fillna(out["NAME"]).fillna("unnamed").str.lower() + " " + start.fillna("undated") + until
    )
    return out


def named(episodes: pd.DataFrame, terms: tuple[str, ...]) -> pd.Series:
    """Records whose coded or reported name is one of these terms, whole and regardless of case (bool)."""
    wanted = [term.upper() for term in terms]
    return known_in(episodes["NAME"], wanted) | known_in(episodes["VERBATIM"], wanted)


def in_category(episodes: pd.DataFrame, categories: tuple[str, ...]) -> pd.Series:
    return known_in(episodes["CATEGORY"], [category.upper() for category in categories])


def overlaps(episodes: pd.DataFrame, first: pd.Series, last: pd.Series) -> pd.Series:
    """Does the episode touch [first, last]? NA where its possible dates leave it open; HAPPENED counts too."""
    possible = (episodes["FIRST_LO"] <= last) & (episodes["LAST_HI"] >= first)
    certain = (episodes["FIRST_HI"] <= last) & (episodes["LAST_LO"] >= first)
    return either(certain, ~possible) & episodes["HAPPENED"]


def _ongoing(frame: pd.DataFrame, domain: str) -> pd.Series:
    flags = [upper(frame[c]) for c in (f"{domain}ENRTPT", f"{domain}ENRF") if c in frame]
    said = pd.Series(False, index=frame.index)
    for flag in flags:
        said |= known_in(flag, ONGOING)
    return said & frame[f"{domain}ENDTC"].isna()


def _bounds(start: pd.Series, end: pd.Series, ongoing: pd.Series, momentary) -> pd.DataFrame:
    first_lo, first_hi = dates.earliest(start).fillna(BEGINNING), dates.latest(start).fillna(FOREVER)
    unended = end.isna()
    last_lo = dates.earliest(end).fillna(BEGINNING).mask(ongoing, FOREVER)
    last_hi = dates.latest(end).fillna(FOREVER).mask(unended & momentary & ~ongoing, first_hi)
    last_lo = last_lo.where(last_lo >= first_lo, first_lo)
    first_hi = first_hi.where(first_hi <= last_hi, last_hi)
    return pd.DataFrame({"FIRST_LO": first_lo, "FIRST_HI": first_hi, "LAST_LO": last_lo, "LAST_HI": last_hi})


def of_tests(frame: pd.DataFrame, domain: str, tests: Iterable[str]) -> pd.DataFrame:
    """Records of these tests. frame : a findings domain. A domain has few codes: each different one is read once."""
    codes, distinct = pd.factorize(frame[f"{domain}TESTCD"])
    wanted = known_in(upper(pd.Series(distinct)), tests).to_numpy()
    return frame[np.append(wanted, False)[codes]]  # without a code: -1


def has_result(frame: pd.DataFrame, domain: str) -> pd.Series:
    """Records of a findings domain that hold a result: neither NOT DONE nor empty (bool)."""
    given = frame[f"{domain}ORRES"].notna() if f"{domain}ORRES" in frame else pd.Series(False, frame.index)
    for name in (f"{domain}STRESC", f"{domain}STRESN"):
        given |= frame[name].notna() if name in frame else False
    status = upper(frame[f"{domain}STAT"]) if f"{domain}STAT" in frame else _nothing(frame.index)
    return given & ~known_in(status, ("NOT DONE",))


def first_days(frame: pd.DataFrame, domain: str) -> pd.DataFrame:
    """DAY_LO, DAY_HI: the first of the days that a subject's results can mean, index USUBJID."""
    days = frame.loc[has_result(frame, domain), ["USUBJID", f"{domain}DTC"]].drop_duplicates()
    text = days[f"{domain}DTC"]
    days = days[["USUBJID"]].assign(DAY_LO=dates.earliest(text), DAY_HI=dates.latest(text))
    return days.groupby("USUBJID").min()


def derive_readings(frame: pd.DataFrame, domain: str) -> pd.DataFrame:
    """Records of a findings domain, or some of them, that hold a result: USUBJID SRC TEST VALUE OP UNIT ULN TEXT OBJECT SPEC METHOD DAY_LO DAY_HI MOMENT.

    VALUE is --STRESN in --STRESU, else the number in --ORRES in --ORRESU; OP keeps an inequality ("<0.05").
    ULN is in the same unit as VALUE: of a reported number --ORNRHI, else --STNRHI converted from --STRESU. TEXT is the result in capitals. Records marked NOT DONE or empty are left out.
    """
    frame = frame[has_result(frame, domain)]
    column = lambda name: frame[f"{domain}{name}"] if f"{domain}{name}" in frame else _nothing(frame.index)
    reported = read_results(column("ORRES").fillna(column("STRESC")))
    standard = column("STRESN").astype("Float64")
    standardised = standard.notna() | column("ORRES").isna()
    limit = column("STNRHI").astype("Float64")
    borrowed = limit * between(upper(column("TESTCD")), column("STRESU"), column("ORRESU"))
    out = pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "SRC": source_ids(frame, domain),
            "TEST": upper(column("TESTCD")),
            "OBJECT": upper(column("OBJ")),
            "VALUE": standard.fillna(reported.value),
            "OP": reported.relation.fillna(EQUAL),
            "UNIT": spell(column("STRESU").where(standardised, column("ORRESU"))),
            "ULN": limit.where(standardised, read_results(column("ORNRHI")).value.fillna(borrowed)),
            "TEXT": upper(column("STRESC").fillna(column("ORRES"))),
            "SPEC": upper(column("SPEC")),
            "METHOD": upper(column("METHOD")),
            "DAY_LO": dates.earliest(column("DTC")),
            "DAY_HI": dates.latest(column("DTC")),
            "MOMENT": dates.moment(column("DTC")),
        }
    )
    out["OP"] = out["OP"].where(out["VALUE"].notna())
    return out.reset_index(drop=True)


def to_standard_units(readings: pd.DataFrame) -> pd.DataFrame:
    """VALUE and ULN in the standard unit of each test; NA where the unit cannot be converted."""
    value = to_standard(readings["TEST"], readings["VALUE"], readings["UNIT"])
    limit = to_standard(readings["TEST"], readings["ULN"], readings["UNIT"])
    read = {"READ_VALUE": readings["VALUE"], "READ_UNIT": readings["UNIT"]}  # what the laboratory wrote, for evidence
    return readings.assign(VALUE=value["VALUE"], ULN=limit["VALUE"], UNIT=value["UNIT"], **read)


def within_days(readings: pd.DataFrame, first: pd.Series, last: pd.Series) -> pd.DataFrame:
    """Readings surely taken in [first, last]; one whose day cannot be placed is not evidence."""
    inside = dates.within(readings["DAY_LO"], readings["DAY_HI"], first, last)
    return readings[inside.fillna(False)]  # possibly inside is not surely inside


@dataclass(frozen=True, eq=False)
class Deciding:
    """The reading that counts per subject: chosen["VALUE"] has one row for each of `subjects`, NA without a reading.

    Only what is looked at is taken from the readings. sameday (bool) : it is one of several results of its day that no
    time tells apart.
    """

    readings: pd.DataFrame
    subjects: pd.Index
    at: np.ndarray
    sameday: np.ndarray

    @classmethod
    def of(cls, subjects: pd.Index, readings: pd.DataFrame, worse: pd.Series, *ties: pd.Series) -> "Deciding":
        """Last day, then latest time; without times the least favourable. Source: rulings.md 2.9.

        worse : higher is less favourable, NA where the result cannot be read. ties : the same, where `worse` is equal.
        """
        rows, torn = _deciding(readings, worse, *ties)
        asked = subjects.get_indexer(readings["USUBJID"].array.take(rows))
        rows, torn, asked = rows[asked >= 0], torn[asked >= 0], asked[asked >= 0]
        at, sameday = np.full(len(subjects), -1), np.zeros(len(subjects), dtype=bool)
        at[asked], sameday[asked] = rows, torn
        return cls(readings, subjects, at, sameday)

    def __contains__(self, name: str) -> bool:
        return name in self.readings

    def __getitem__(self, name: str) -> pd.Series:
        return pd.Series(self.readings[name].array.take(self.at, allow_fill=True), index=self.subjects)


def _deciding(readings: pd.DataFrame, worse: pd.Series, *ties: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Position of the reading that counts of each subject that has one, and whether it is one of several of its day."""
    who, people = pd.factorize(readings["USUBJID"], use_na_sentinel=False)
    day, moment = (readings[name].to_numpy("datetime64[s]").astype("int64") for name in ("DAY_HI", "MOMENT"))
    last = (day != dates.MISSING) & (day == _highest(day, who, len(people)))
    latest = moment == _highest(np.where(last, moment, dates.MISSING), who, len(people))
    untimed = np.bincount(who[last & (moment == dates.MISSING)], minlength=len(people)) > 0
    rows = np.flatnonzero(last & (latest | untimed[who]))
    torn = np.bincount(who[rows], minlength=len(people)) > 1
    if torn.any():
        ranks = {f"RANK{k}": rank.iloc[rows].astype("Float64") for k, rank in enumerate((worse, *ties))}
        order = readings[["SRC"]].iloc[rows].assign(**ranks).reset_index(drop=True)
        order = order.sort_values([*ranks, "SRC"], na_position="first", kind="stable").index
        rows = rows[order]
        rows = rows[np.sort(len(rows) - 1 - np.unique(who[rows][::-1], return_index=True)[1])]  # the last of each
    return rows, torn[who[rows]]


def _highest(values: np.ndarray, who: np.ndarray, people: int) -> np.ndarray:
    """For every row the highest value of its subject; dates.MISSING where none of the subject's rows has one."""
    highest = np.full(people, dates.MISSING)
    np.maximum.at(highest, who, values)
    return highest[who]


def _nothing(index: pd.Index) -> pd.Series:
    return pd.Series(pd.NA, index=index, dtype="string")
