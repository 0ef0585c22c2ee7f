"""The machine DLT screen: clauses D01 to D10 over adverse events, each one expression over columns.

A clause answers True, False or NA (a grade or a duration that is not known). Relation and onset are the screen's,
not the clause's. Source: spec escalation.md section 6, rulings.md 3.2, 3.3.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from nk521lib.chapters.escalation.window import per_subject
from nk521lib.params import Params
from nk521lib.three_valued import surely

Answers = pd.Series
"""boolean, NA = cannot be told."""


@dataclass(frozen=True)
class Reader:
    """What a clause reads: the frame of `in_windows` with BLEEDING, MISSED and IP, and the parameters."""

    events: pd.DataFrame
    params: Params

    def named(self, *lists: str) -> Answers:
        """Is the preferred term in one of these lists of the parameters?"""
        terms = self.params.terms
        return self.events["PT"].isin([t for name in lists for t in getattr(terms, name)]).astype("boolean")

    def grade(self, at_least: int, column: str = "GRADE") -> Answers:
        return (self.events[column] >= at_least).astype("boolean")

    def grade_is(self, grade: int, column: str = "GRADE") -> Answers:
        return (self.events[column] == grade).astype("boolean")

    def longer(self, days: float, grade: int) -> Answers:
        """Did the episode last more than `days` at `grade` or more?"""
        return self._more_than(days, f"G{grade}")

    def resolves_later(self, days: float) -> Answers:
        """Did the episode take more than `days` from its first grade 3 to its end?"""
        return self._more_than(days, "EP")

    def _more_than(self, days: float, span: str) -> Answers:
        answer = pd.Series(pd.NA, index=self.events.index, dtype="boolean")
        shortest, longest = self.events[f"{span}LOW"], self.events[f"{span}HIGH"]
        # fillna(False): an unknown bound proves nothing, so the answer stays open.
        return answer.mask((longest <= days).fillna(False), False).mask((shortest > days).fillna(False), True)


def d01_death(r: Reader, grade: int, days: float) -> Answers:
    """Any record that says the event was fatal, grade 5 among them. An unknown grade alone is not a death."""
    return r.events["FATAL"]


def d02_non_haematological(r: Reader, grade: int, days: float) -> Answers:
    """Grade 3 or more that is not haematological, less three exemptions that hold for grade 3 only."""
    limits = r.params.escalation.dlt_screen_limits
    kept = pd.Series(True, index=r.events.index, dtype="boolean")
    kept = kept & (~r.named("gi_exempt") | r.longer(limits.gi_improves_days, grade=3))
    kept = kept & (~r.named("fever") | r.resolves_later(limits.fever_resolves_days))
    kept = kept & (~r.named("laboratory") | r.resolves_later(days))
    return r.grade(grade) & ~r.named(*HAEMATOLOGICAL, *NEVER_D02) & (r.grade(4, "EPGRADE") | kept)


def d03_haematological(r: Reader, grade: int, days: float) -> Answers:
    """Grade 4 neutropenia or thrombocytopenia that lasts, any febrile neutropenia, bleeding, grade 4 anaemia."""
    lasting = r.grade(grade) & r.longer(days, grade=4)
    return (
        (r.named("neutropenia", "thrombocytopenia") & lasting)
        | r.named("febrile_neutropenia")
        | (r.named("thrombocytopenia") & r.grade(grade - 1) & r.events["BLEEDING"])
        | (r.named("anaemia") & r.grade(grade))
    )


def d04_crs(r: Reader, grade: int, days: float) -> Answers:
    lasting = r.grade_is(grade - 1, "CRSGRADE") & r.longer(days, grade=2)
    return r.named("crs") & (r.grade(grade, "CRSGRADE") | lasting)


def d05_icans(r: Reader, grade: int, days: float) -> Answers:
    lasting = r.grade_is(grade - 1, "ICANSGRADE") & r.longer(days, grade=2)
    return r.named("icans") & (r.grade(grade, "ICANSGRADE") | lasting)


def d06_gvhd(r: Reader, grade: int, days: float) -> Answers:
    return (r.named("gvhd_acute") & r.grade(grade)) | r.named("gvhd_chronic")


def d07_hepatic(r: Reader, grade: int, days: float) -> Answers:
    """Raised transaminases as reported; Hy's law and the samples themselves are read in `laboratory`."""
    return r.named("transaminases") & r.grade(grade) & r.longer(days, grade=3)


def d08_abdominal(r: Reader, grade: int, days: float) -> Answers:
    """Events of the abdominal cavity and its catheter; intraperitoneal group only."""
    lasting = r.grade_is(grade - 1) & r.longer(days, grade=2)
    pain = r.grade(grade) & r.longer(r.params.escalation.dlt_screen_limits.pain_days, grade=3)
    event = (
        (r.named("peritonitis") & (r.grade(grade) | lasting))
        | r.named("perforation", "obstruction")
        | (r.named("abdominal_pain") & pain)
        | (r.named("catheter") & r.grade(grade))
    )
    return event & r.events["IP"]


def d09_allergic(r: Reader, grade: int, days: float) -> Answers:
    """Allergic reactions; infusion reactions too, which D02 leaves out, less D02's exemption for them."""
    resolved = r.resolves_later(r.params.escalation.dlt_screen_limits.fever_resolves_days)
    infusion = r.named("infusion_reaction") & (r.grade(4, "EPGRADE") | resolved)
    return (r.named("allergic") | infusion) & r.grade(grade)


def d10_doses_missed(r: Reader, grade: int, days: float) -> Answers:
    """An event by which doses were not given, in a subject who missed enough planned doses of the window."""
    missed = r.events["MISSED"] >= r.params.escalation.tox_missed_doses
    return stops_doses(r.events, r.params) & missed.astype("boolean")


NO_MINIMUM = float("-inf")
"""Days of a clause that names none: any duration is long enough."""

HAEMATOLOGICAL = ("neutropenia", "febrile_neutropenia", "thrombocytopenia", "anaemia", "white_cells")
NEVER_D02 = ("crs", "icans", "gvhd_acute", "gvhd_chronic", "infusion_reaction")
CLAUSES: dict[str, Callable[[Reader, int, float], Answers]] = {
    "D01": d01_death, "D02": d02_non_haematological, "D03": d03_haematological, "D04": d04_crs, "D05": d05_icans,
    "D06": d06_gvhd, "D07": d07_hepatic, "D08": d08_abdominal, "D09": d09_allergic, "D10": d10_doses_missed,
}  # fmt: skip


def stops_doses(events: pd.DataFrame, params: Params) -> Answers:
    """Was a dose not given because of this event?"""
    return events["ACTION"].isin(params.terms.doses_missed).astype("boolean")


def changes_doses(events: pd.DataFrame, params: Params) -> Answers:
    """Was a dose missed, stopped or reduced because of this event, and is it related?"""
    actions = (*params.terms.doses_missed, *params.terms.doses_reduced)
    return events["ACTION"].isin(actions).astype("boolean") & events["RELATED"]


def screen_events(events: pd.DataFrame, windows: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The events with what the screen says of each.

    Adds MEETS (boolean: related and in a clause, wherever the onset), SCREEN (boolean: MEETS with onset in the
    window; NA = cannot be told, which counts as a candidate), CLAUSES (ids not answered False, as "D02;D08").
    """
    per = windows.set_index("USUBJID")
    routes = {g.id: (g.route or "").upper() for g in params.trial.groups}
    out = events.assign(
        MISSED=per_subject(events["USUBJID"], per["NMISSED"], "Int64"),
        IP=events["GROUP"].map(routes).eq("INTRAPERITONEAL").astype("boolean"),
        BLEEDING=overlapping(events, events[events["PT"].isin(params.terms.bleeding)]),
    )
    reader = Reader(out, params)
    meets, named = pd.Series(False, index=out.index, dtype="boolean"), {}
    for name, clause in CLAUSES.items():
        setting = params.escalation.dlt_clauses.get(name)
        if setting is None or not setting.on:
            continue
        days = NO_MINIMUM if setting.days is None else setting.days
        answer = clause(reader, setting.grade, days) & out["RELATED"]
        meets = meets | answer
        named[name] = ~surely(~answer)  # also a clause that cannot be told is named, for it makes a candidate
    each = zip(*named.values(), strict=True) if named else [()] * len(out)
    ids = [";".join(name for name, holds in zip(named, row, strict=True) if holds) for row in each]
    out["CLAUSES"] = pd.Series(ids, index=out.index, dtype="string")
    out["MEETS"], out["SCREEN"] = meets, meets & out["ONSET"]
    return out


def overlapping(events: pd.DataFrame, others: pd.DataFrame) -> Answers:
    """Does an event of `others` in the same subject perhaps overlap in time? Only what surely does not is left out."""
    rows = events[["USUBJID", "LOW", "ENDHIGH"]].reset_index(names="ROW")
    pairs = rows.merge(
        others[["USUBJID", "LOW", "ENDHIGH"]], on="USUBJID", how="inner", suffixes=("", "_2"), validate="many_to_many"
    )
    apart = (pairs["LOW_2"] > pairs["ENDHIGH"]) | (pairs["LOW"] > pairs["ENDHIGH_2"])
    return events.index.to_series().isin(pairs.loc[~apart, "ROW"]).astype("boolean")
