"""Every event that can decide a subject's DLT status, with one verdict: committee before investigator before machine.

Source: spec rulings.md 3.1 to 3.5, data.md section 4.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.escalation.adverse_events import in_windows, read_adverse_events
from nk521lib.chapters.escalation.committee import judgements, read_committee
from nk521lib.chapters.escalation.laboratory import read_lab_events
from nk521lib.chapters.escalation.screen import changes_doses, screen_events
from nk521lib.chapters.escalation.window import derive_windows, per_subject
from nk521lib.cut import Cut
from nk521lib.three_valued import surely

DLT, CANDIDATE, LATE, NONE = "DLT", "CANDIDATE", "LATE", "NONE"
COLUMNS = [
    "USUBJID", "GROUP", "LEVEL", "SRC", "SEQ", "TERM", "PT", "GRADE", "SCALE", "RELATED", "UNMAPPED", "FATAL", "LOW", "HIGH",
    "ENDLOW", "ENDHIGH", "ONGOING", "OWNSCALE", "ONSET", "AFTER", "CLAUSES", "MEETS", "SCREEN", "DOSECHG", "INVESTIG", "COMMITTEE",
    "ADJDT", "ADJSRC", "VERDICT", "BASIS",
]  # fmt: skip
_KIND_TERMS = {"NEUT": ("neutropenia", "febrile_neutropenia"), "PLAT": ("thrombocytopenia",), "ALT": ("transaminases",),
               "AST": ("transaminases",), "HY": ("transaminases",)}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What the records say of events, whatever the last day of a window: adverse events, and runs of laboratory values."""

    adverse: pd.DataFrame = field(repr=False)
    laboratory: pd.DataFrame = field(repr=False)


def read_evidence(cut: Cut, windows: pd.DataFrame) -> Evidence:
    """windows : `derive_windows`, of which it reads who was dosed, and when first and last."""
    adverse = read_adverse_events(cut, windows)
    return Evidence(adverse, read_lab_events(cut, windows, adverse))


def derive_dlt_events(cut: Cut, windows: pd.DataFrame | None = None, evidence: Evidence | None = None) -> pd.DataFrame:
    """One row per AE of a dosed subject, laboratory-only event, death, dose lost to toxicity or judgement of no event.

    SRC AE LB DM EX ADJUD and SEQ of the record; ONSET SCREEN MEETS boolean (NA = cannot be told); INVESTIG COMMITTEE
    Y or N; DOSECHG (boolean): a dose was missed, stopped or reduced because of it, and it is related;
    VERDICT DLT, CANDIDATE, LATE (would count but for its date) or NONE; BASIS COMMITTEE, INVESTIGATOR or MACHINE.
    """
    windows = derive_windows(cut) if windows is None else windows
    evidence = read_evidence(cut, windows) if evidence is None else evidence
    judged = judgements(read_committee(cut))
    adverse = _adverse(cut, windows, evidence, judged)
    parts = [
        adverse,
        _laboratory(cut, windows, evidence, adverse, judged),
        _deaths(windows, adverse, judged),
        _lost_doses(cut, windows, adverse, judged),
        _named_no_event(windows, judged),
    ]
    parts = [part.reindex(columns=COLUMNS) for part in parts if len(part)]
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    whole, text = (
        ["LEVEL", "SEQ", "GRADE", "SCALE"],
        ["USUBJID", "GROUP", "SRC", "TERM", "PT", "CLAUSES", "INVESTIG", "COMMITTEE", "ADJSRC", "VERDICT", "BASIS"],
    )
    flags = ["RELATED", "UNMAPPED", "FATAL", "ONGOING", "OWNSCALE", "ONSET", "AFTER", "MEETS", "SCREEN", "DOSECHG"]
    days = ["LOW", "HIGH", "ENDLOW", "ENDHIGH", "ADJDT"]
    return out.astype(dict.fromkeys(whole, "Int64") | dict.fromkeys(text, "string") | dict.fromkeys(flags, "boolean")
                      | dict.fromkeys(days, "datetime64[s]"))  # fmt: skip


def _adverse(cut: Cut, windows: pd.DataFrame, evidence: Evidence, judged: pd.DataFrame) -> pd.DataFrame:
    rule = cut.params.escalation
    out = screen_events(in_windows(cut, evidence.adverse, windows), windows, cut.params)
    by_row = judged.dropna(subset=["AESEQ"]).rename(columns={"AESEQ": "SEQ", "COMMITTEE": "JUDGED"})
    out = out.merge(by_row, on=["USUBJID", "SEQ"], how="left", validate="many_to_one")
    out["ADJSRC"] = (
        pd.Series("SUPPAE", index=out.index, dtype="string")
        .where(out["COMMITTEE"].notna())
        .mask(out["JUDGED"].notna(), "ADJUD")
    )
    out["COMMITTEE"] = out["JUDGED"].fillna(out["COMMITTEE"])
    out["SRC"], out["DOSECHG"] = "AE", changes_doses(out, cut.params)
    inside = out["ONSET"].fillna(True)  # a date that may lie in the window is treated as open
    certain = out["ONSET"].fillna(False) & (not rule.dlt_needs_committee)
    screened = out["SCREEN"].fillna(True)  # a screen that cannot be told is a candidate
    last = per_subject(out["USUBJID"], windows.set_index("USUBJID")["TRTEDT"]) + pd.Timedelta(days=rule.late_days)
    late = out["AFTER"] & (out["LOW"] <= last) & out["MEETS"].fillna(True)
    said, committee = out["INVESTIG"].eq("Y").fillna(False), out["COMMITTEE"]
    out["VERDICT"], out["BASIS"] = _first_that_holds(out.index, [
        (committee.eq("Y").fillna(False), DLT, "COMMITTEE"),
        (committee.eq("N").fillna(False), NONE, "COMMITTEE"),
        (said & certain, DLT, "INVESTIGATOR"),
        (said & inside, CANDIDATE, "INVESTIGATOR"),
        (screened, CANDIDATE, "MACHINE"),
        (said & out["AFTER"], LATE, "INVESTIGATOR"),
        (late, LATE, "MACHINE"),
    ])  # fmt: skip
    return out


def _first_that_holds(index: pd.Index, rules: list[tuple]) -> tuple[pd.Series, pd.Series]:
    applies = [surely(holds) for holds, _, _ in rules]
    chosen = lambda names, otherwise: pd.Series(np.select(applies, names, otherwise), index=index, dtype="string")
    return chosen([name for _, name, _ in rules], NONE), chosen([source for *_, source in rules], "MACHINE")


def _with_group(rows: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    return rows.merge(windows[["USUBJID", "GROUP", "LEVEL"]], on="USUBJID", how="inner", validate="many_to_one")


def _general(judged: pd.DataFrame) -> pd.DataFrame:
    """The judgement in force that names no event, one row per subject."""
    return judged[judged["AESEQ"].isna()].drop(columns="AESEQ")


def _laboratory(
    cut: Cut, windows: pd.DataFrame, evidence: Evidence, adverse: pd.DataFrame, judged: pd.DataFrame
) -> pd.DataFrame:
    """Runs that no adverse event of the same kind already carries.

    A judgement covers a run that began on or before it; a No lapses with a qualifying sample after it.
    """
    labs = evidence.laboratory
    if labs.empty:
        return labs
    labs = _with_group(labs[~_carried(cut, labs, adverse)], windows).merge(
        _general(judged), on="USUBJID", how="left", validate="many_to_one"
    )
    covered = labs["HIGH"] <= labs["ADJDT"]
    reopened = labs["COMMITTEE"].eq("N") & (labs["LASTQ"] > labs["ADJDT"])
    labs["COMMITTEE"] = labs["COMMITTEE"].where(covered & ~reopened.fillna(False))
    ends = windows.set_index("USUBJID")
    first, last = (per_subject(labs["USUBJID"], ends[name]) for name in ("ADLTSDT", "ADLTEDT"))
    labs["ONSET"], labs["AFTER"] = (
        dates.within(labs["LOW"], labs["HIGH"], first, last),
        (labs["LOW"] > last).astype("boolean"),
    )
    labs["SRC"], labs["SCREEN"], labs["RELATED"] = "LB", labs["MEETS"] & labs["ONSET"], pd.NA
    last = per_subject(labs["USUBJID"], ends["TRTEDT"]) + pd.Timedelta(days=cut.params.escalation.late_days)
    late = labs["AFTER"] & (labs["LOW"] <= last) & labs["MEETS"].fillna(True)
    labs["VERDICT"], labs["BASIS"] = _first_that_holds(labs.index, [
        (labs["COMMITTEE"].eq("Y").fillna(False), DLT, "COMMITTEE"),
        (labs["COMMITTEE"].eq("N").fillna(False), NONE, "COMMITTEE"),
        (labs["SCREEN"].fillna(True), CANDIDATE, "MACHINE"),
        (late, LATE, "MACHINE"),
    ])  # fmt: skip
    labs["ENDLOW"] = labs["ENDHIGH"]
    return labs


def _carried(cut: Cut, labs: pd.DataFrame, adverse: pd.DataFrame) -> pd.Series:
    """Does an adverse event of the same kind and time stand for it: one that counts, was judged, or is known unrelated?

    A committee's No stands for samples up to its day and the event's grade, as one for samples alone does (rulings.md 3.3).
    """
    terms = [
        (kind, t) for kind, lists in _KIND_TERMS.items() for name in lists for t in getattr(cut.params.terms, name)
    ]
    kinds = pd.DataFrame(terms, columns=["KIND", "PT"]).astype("string")
    counts = adverse["VERDICT"].isin([DLT, CANDIDATE])
    settles = counts | adverse["COMMITTEE"].notna() | ~adverse["RELATED"]
    events = adverse.assign(COUNTS=counts).loc[
        settles, ["USUBJID", "PT", "LOW", "ENDHIGH", "GRADE", "RELATED", "COUNTS", "ADJDT"]
    ]
    events = events.merge(kinds, on="PT", how="inner", validate="many_to_many")
    rows = labs[["USUBJID", "KIND", "LOW", "ENDHIGH", "GRADE", "LASTQ"]].reset_index(names="ROW")
    rows["KIND"] = rows["KIND"].astype("string")
    pairs = rows.merge(events, on=["USUBJID", "KIND"], how="inner", suffixes=("", "_AE"), validate="many_to_many")
    apart = (pairs["LOW_AE"] > pairs["ENDHIGH"]) | (pairs["LOW"] > pairs["ENDHIGH_AE"])
    judged_only = pairs["RELATED"] & ~pairs["COUNTS"]
    # An event that is unrelated, or was judged no DLT, says nothing about a higher grade in the samples.
    lesser = (~pairs["RELATED"] | judged_only) & ~(pairs["GRADE_AE"] >= pairs["GRADE"]).fillna(False)
    unseen = judged_only & ~(pairs["LASTQ"] <= pairs["ADJDT"])
    return labs.index.to_series().isin(pairs.loc[~(apart | lesser.astype(bool) | unseen.astype(bool)), "ROW"])


def _deaths(windows: pd.DataFrame, adverse: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Any death that may lie in the window: a candidate until the committee has judged it, whatever its relation."""
    dead = windows[windows["DEATHIN"].fillna(True)]
    rows = dead[["USUBJID", "GROUP", "LEVEL"]].assign(
        SRC="DM", TERM="Death", LOW=dead["DEATHDT"], HIGH=dead["DEATHDT"], ONSET=dead["DEATHIN"]
    )
    fatal = adverse[adverse["FATAL"] & adverse["COMMITTEE"].notna()]
    # Of several fatal events one Yes is enough.
    by_event = fatal.sort_values("COMMITTEE").drop_duplicates("USUBJID", keep="last").set_index("USUBJID")
    rows = rows.merge(_general(judged), on="USUBJID", how="left", validate="one_to_one")
    general = rows["COMMITTEE"].where(rows["LOW"] <= rows["ADJDT"])
    rows["COMMITTEE"] = per_subject(rows["USUBJID"], by_event["COMMITTEE"], "string").fillna(general)
    rows["ADJDT"] = (
        per_subject(rows["USUBJID"], by_event["ADJDT"]).fillna(rows["ADJDT"]).where(rows["COMMITTEE"].notna())
    )
    rows["SCREEN"] = True
    rows["VERDICT"], rows["BASIS"] = _first_that_holds(rows.index, [
        (rows["COMMITTEE"].eq("Y").fillna(False), DLT, "COMMITTEE"),
        (rows["COMMITTEE"].eq("N").fillna(False), NONE, "COMMITTEE"),
        (pd.Series(True, index=rows.index), CANDIDATE, "MACHINE"),
    ])  # fmt: skip
    return rows


def _lost_doses(cut: Cut, windows: pd.DataFrame, adverse: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Doses of the window not given or cut for toxicity by EXADJ, where no adverse event says so (rulings.md 3.2)."""
    ex, rule = cut["EX"], cut.params.escalation
    ex = ex[ex["EXADJ"].str.upper().str.strip().isin(cut.params.terms.toxicity_reasons)]
    ex = ex[~ex["USUBJID"].isin(adverse.loc[adverse["DOSECHG"].fillna(False), "USUBJID"])]
    rows = ex[["USUBJID"]].assign(
        SEQ=ex["EXSEQ"], LOW=dates.earliest(ex["EXSTDTC"]), HIGH=dates.latest(ex["EXSTDTC"]), LOST=ex["EXDOSE"].eq(0)
    )
    rows = rows.merge(
        windows[["USUBJID", "GROUP", "LEVEL", "ADLTSDT", "ADLTEDT", "NMISSED"]],
        on="USUBJID",
        how="inner",
        validate="many_to_one",
    )
    rows["ONSET"] = dates.within(rows["LOW"], rows["HIGH"], rows["ADLTSDT"], rows["ADLTEDT"])
    rows = rows[rows["ONSET"].fillna(True)]
    lost = rows["LOST"].fillna(False).groupby(rows["USUBJID"]).sum()
    last = rows.groupby("USUBJID")["HIGH"].max()
    rows = rows.drop_duplicates("USUBJID").merge(_general(judged), on="USUBJID", how="left", validate="one_to_one")
    setting = rule.dlt_clauses.get("D10")
    on = setting is not None and setting.on
    many = (per_subject(rows["USUBJID"], lost, "Int64") >= rule.tox_missed_doses) & on
    rows["COMMITTEE"] = rows["COMMITTEE"].where(per_subject(rows["USUBJID"], last) <= rows["ADJDT"])
    rows["SRC"], rows["TERM"], rows["DOSECHG"], rows["MEETS"] = (
        "EX",
        "Dose not given or cut for toxicity",
        True,
        many.astype("boolean"),
    )
    rows["SCREEN"] = rows["MEETS"]
    rows["CLAUSES"] = pd.Series("D10", index=rows.index, dtype="string").where(many)
    rows["VERDICT"], rows["BASIS"] = _first_that_holds(rows.index, [
        (rows["COMMITTEE"].eq("Y").fillna(False), DLT, "COMMITTEE"),
        (rows["COMMITTEE"].eq("N").fillna(False), NONE, "COMMITTEE"),
        (many, CANDIDATE, "MACHINE"),
    ])  # fmt: skip
    return rows


def _named_no_event(windows: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """A committee's Yes that names no event counts by itself: it must not be lost for want of a record."""
    yes = _general(judged)
    rows = _with_group(yes[yes["COMMITTEE"].eq("Y").fillna(False)], windows)
    return rows.assign(
        SRC="ADJUD",
        TERM="DLT by the committee, no event named",
        VERDICT=DLT,
        BASIS="COMMITTEE",
        LOW=rows["ADJDT"],
        HIGH=rows["ADJDT"],
    )
