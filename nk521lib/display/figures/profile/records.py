"""Each subject's records as plain lists: the frames are read, sorted and split once for all subjects, the drawing only walks.

Days count from the first dose (0 = its day); None is a date that is not known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.drainages import done_drainages
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut
from nk521lib.display import words
from nk521lib.standards.laboratory_names import laboratory_title

VITALS = {"TEMP": ("Temperature", "max"), "SYSBP": ("Systolic pressure", "min"), "PULSE": ("Pulse", "max"),
          "OXYSAT": ("Oxygen saturation", "min"), "WEIGHT": ("Weight", "last"), "ABDCIRC": ("Girth", "last")}  # fmt: skip
"""Shown vital signs and which reading of a day stands for it: the one towards its limit."""
Row = Mapping[str, object]


@dataclass
class Track:
    """Values of one test over time. points : (day, value, grade or None, notable). low, high : the normal range where one applies."""

    label: str
    points: list[tuple[float, float, int | None, bool]] = field(default_factory=list)
    low: float | None = None
    high: float | None = None

    @property
    def grade(self) -> int:
        """Highest grade, 0 where none is known."""
        return max((g or 0 for _, _, g, _ in self.points), default=0)


@dataclass
class Course:
    """One subject. person : row of derive_subjects. laboratory, vitals : tracks by test code."""

    person: Row
    doses: list[Row] = field(default_factory=list)
    drainages: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    drugs: list[Row] = field(default_factory=list)
    responses: list[Row] = field(default_factory=list)
    sums: Track | None = None
    qtcf: Track | None = None
    laboratory: dict[str, Track] = field(default_factory=dict)
    vitals: dict[str, Track] = field(default_factory=dict)

    def day(self, date: object) -> float:
        return float((pd.Timestamp(date) - pd.Timestamp(self.person["TRTSDT"])).days)


def courses(cut: Cut, adsl: pd.DataFrame, datasets: Mapping[str, pd.DataFrame]) -> dict[str, Course]:
    """By USUBJID, for every dosed subject with a known first dose. datasets : analysis datasets by name, as published."""
    people = adsl[adsl["SAFFL"].isin(["Y"]) & adsl["TRTSDT"].notna()]
    start = people.set_index("USUBJID")["TRTSDT"]
    found = {p["USUBJID"]: Course(p) for p in people.to_dict("records")}

    def rows(frame: pd.DataFrame, columns: str, begin: str, end: str = "") -> Iterator[Row]:
        frame = frame[frame["USUBJID"].isin(start.index)]
        first = start.reindex(frame["USUBJID"].array).to_numpy()
        lists = {c: _plain(frame[c]) for c in ("USUBJID", *columns.split())}
        for name, column in (("DAY", begin), ("END", end)):
            if column:
                lists[name] = _plain((pd.to_datetime(frame[column]) - first).dt.days)
        names = list(lists)
        return (dict(zip(names, values, strict=True)) for values in zip(*lists.values(), strict=True))

    for row in rows(derive_doses(cut).dropna(subset=["DAY"]), "DOSENO CELLS", "DAY"):
        found[row["USUBJID"]].doses.append(row)
    for row in rows(_drainages(cut), "PRINDC PRVOL", "START"):
        found[row["USUBJID"]].drainages.append(row)
    for row in rows(_drugs(cut), "NAME EXACT ONGOING CMINDC", "START", "STOP"):
        found[row["USUBJID"]].drugs.append(row)
    if "adae" in datasets:
        for row in rows(
            datasets["adae"], "AESEQ APT ASTDTF ATOXGRN AONGOFL AESER DLTFL AESIFL FATALFL", "ASTDT", "AENDT"
        ):
            found[row["USUBJID"]].events.append(row)
    if "adrs" in datasets:
        adrs = datasets["adrs"]
        for row in rows(adrs[adrs["PARAMCD"].eq("OVRLRESP")], "AVALC", "ADT"):
            found[row["USUBJID"]].responses.append(row)
    _tracks(found, datasets, rows)
    return found


def _tracks(found: dict[str, Course], datasets: Mapping[str, pd.DataFrame], rows) -> None:
    if "adtr" in datasets:
        sums = _measured(datasets["adtr"], "SUMDIAM")
        for row in rows(sums, "AVAL", "ADT"):
            course = found[row["USUBJID"]]
            course.sums = course.sums or Track("Sum of diameters, mm")
            course.sums.points.append((row["DAY"], row["AVAL"], None, False))
    if "adeg" in datasets:
        qtcf = _measured(datasets["adeg"], "QTCF")
        for row in rows(qtcf, "AVAL ATOXGRH", "ADT"):
            course = found[row["USUBJID"]]
            course.qtcf = course.qtcf or Track("QTcF, ms")
            course.qtcf.points.append((row["DAY"], row["AVAL"], row["ATOXGRH"], False))
    if "adlb" in datasets:
        labs = _measured(datasets["adlb"])
        labs = labs.assign(GRADE=labs[["ATOXGRL", "ATOXGRH"]].max(axis=1))
        for row in rows(labs, "PARAMCD AVAL AVALU GRADE ANRLO ANRHI", "ADT"):
            tracks, test = found[row["USUBJID"]].laboratory, row["PARAMCD"]
            if test not in tracks:
                unit = row["AVALU"]
                tracks[test] = Track(
                    laboratory_title(test) + (f", {words.unit(unit)}" if unit not in (None, "1") else ""),
                    [],
                    row["ANRLO"],
                    row["ANRHI"],
                )
            tracks[test].points.append((row["DAY"], row["AVAL"], row["GRADE"], False))
            if (row["ANRLO"], row["ANRHI"]) != (tracks[test].low, tracks[test].high):
                tracks[test].low = tracks[test].high = None  # more than one range applies: none is shaded
    if "advs" in datasets:
        for row in rows(_daily(datasets["advs"]), "PARAMCD AVAL AVALU NOTABLE", "ADT"):
            tracks, test = found[row["USUBJID"]].vitals, row["PARAMCD"]
            if test not in tracks:
                tracks[test] = Track(VITALS[test][0] + (f", {words.unit(row['AVALU'])}" if row["AVALU"] else ""))
            tracks[test].points.append((row["DAY"], row["AVAL"], None, bool(row["NOTABLE"])))


def _measured(dataset: pd.DataFrame, *tests: str) -> pd.DataFrame:
    """Records with a value and a whole day in order of time; of the named tests, or of all."""
    wanted = dataset["PARAMCD"].isin(tests) if tests else dataset["PARAMCD"].notna()
    known = dataset["AVAL"].notna() & dataset["ADT"].notna()
    return dataset[wanted & known].sort_values("ADT", kind="stable")


def _daily(advs: pd.DataFrame) -> pd.DataFrame:
    """One row per subject, shown test and day, in order of time."""
    vitals = advs[advs["PARAMCD"].isin(list(VITALS)) & advs["AVAL"].notna() & advs["ADT"].notna()]
    parts = []
    for test, (_, how) in VITALS.items():
        by_day = vitals[vitals["PARAMCD"] == test].groupby(["USUBJID", "ADT"], sort=True)
        daily = by_day.agg(AVAL=("AVAL", how), AVALU=("AVALU", "first"), NOTABLE=("NOTABLE", "count")).reset_index()
        parts.append(daily.assign(PARAMCD=test))
    return pd.concat(parts, ignore_index=True)


def _plain(column: pd.Series) -> list:
    """Python values, None where missing."""
    return column.astype(object).where(column.notna(), None).tolist()


def _drainages(cut: Cut) -> pd.DataFrame:
    pr = done_drainages(cut)
    start = dates.exact(pr["PRSTDTC"])
    out = pd.DataFrame({"USUBJID": pr["USUBJID"], "START": start, "PRINDC": pr["PRINDC"], "PRVOL": pr["PRVOL"]})
    return out[start.notna()].sort_values("START", kind="stable")


def _drugs(cut: Cut) -> pd.DataFrame:
    """Medication other than prior anticancer therapy; a name once coded, else as reported. Repeated records once."""
    cm = cut["CM"]
    cm = cm[~cm["CMCAT"].str.upper().str.startswith("PRIOR").fillna(False)]
    coded = cm["CMDECOD"].mask(cm["CMDECOD"].str.upper().eq("UNCODED").fillna(False))
    return pd.DataFrame({
        "USUBJID": cm["USUBJID"], "NAME": coded.fillna(cm["CMTRT"]).fillna("drug without a name").str.capitalize(),
        "START": dates.earliest(cm["CMSTDTC"]), "EXACT": dates.exact(cm["CMSTDTC"]).notna(), "STOP": dates.latest(cm["CMENDTC"]),
        "ONGOING": cm["CMENRTPT"].str.upper().eq("ONGOING").fillna(False), "CMINDC": cm["CMINDC"],
    }).drop_duplicates()  # fmt: skip
