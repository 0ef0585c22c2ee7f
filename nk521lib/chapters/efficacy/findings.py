"""Findings of the efficacy chapter: recorded against recomputed, and what each derivation had to do with an odd record."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from nk521lib.chapters.efficacy.assessments import BASELINE
from nk521lib.chapters.efficacy.pufs import THERAPEUTIC
from nk521lib.chapters.efficacy.response import OVERALL
from nk521lib.cut import Cut
from nk521lib.findings import Finding, count
from nk521lib.standards.comparison import bounded
from nk521lib.standards.recist import check_lesions
from nk521lib.standards.recist_rules import PD, TARGET, YES
from nk521lib.terms import Effect, Severity

_LISTED = 5
_ONE_BY_ONE = 40

_LESIONS = {
    "state unknown to this role": "its state is not one RECIST has; taken as not evaluable",
    "negative diameter": "negative diameter; taken as not evaluable",
    "absent with a diameter": "absent and yet measured; taken as not evaluable",
    "several rows of one target": "several different sizes at one assessment; taken as not evaluable",
    "not listed at baseline": "not listed at baseline; not in the sum",
    "new lesion at baseline": "a new lesion at baseline has no effect",
    "node or not unknown": "site not recorded, so node or not is unknown; neither gone below the normal size of a node nor seen again",
}


def check_efficacy(cut: Cut, found: Any) -> list[Finding]:
    """Findings in the order of their ids. found : the chapter's Efficacy (its frames)."""
    return [
        *_sums(found),
        *_responses(found),
        *_records(cut, found),
        *_times(found),
        *_drainages(cut, found),
        *_markers(cut, found),
        *_answers(cut, found),
    ]


def _each(
    rows: pd.DataFrame,
    id_: str,
    domain: str,
    messages: pd.Series | str,
    seq: str = "",
    evidence: pd.Series | None = None,
) -> Iterator[Finding]:
    """One finding per row of a small set; of a large one a single finding with its number and first records."""
    if isinstance(messages, str):
        messages = pd.Series(messages, index=rows.index, dtype="string")
    if len(rows) > _ONE_BY_ONE:
        named = ", ".join(
            f"{u}: {m}" for u, m in zip(rows["USUBJID"].head(_LISTED), messages.head(_LISTED), strict=True)
        )
        kind = messages.iloc[0].split(";")[-1].strip() if ";" in messages.iloc[0] else messages.iloc[0]
        yield Finding(id_, Severity.WARNING, Effect.FLAG, f"{domain}: {len(rows)} times in {rows['USUBJID'].nunique()} subjects, such as: {kind}",
                      domain=domain, evidence=f"{named}, …")  # fmt: skip
        return
    shown = evidence if evidence is not None else pd.Series("", index=rows.index)
    seqs = rows[seq].astype("string").fillna("") if seq else pd.Series("", index=rows.index)
    for usubjid, number, message, said in zip(rows["USUBJID"], seqs, messages, shown.fillna(""), strict=True):
        yield Finding(
            id_,
            Severity.WARNING,
            Effect.FLAG,
            f"{domain}: {message}",
            domain=domain,
            usubjid=usubjid,
            seq=number,
            evidence=said,
        )


def _on(rows: pd.DataFrame) -> pd.Series:
    return (
        rows["VISITNAME"].fillna("assessment " + rows["VISIT"].astype("string"))
        + " on "
        + rows["ADT"].dt.strftime("%Y-%m-%d").fillna("an unknown day")
    )


def _sums(found: Any) -> Iterator[Finding]:
    """NKD-070: sums that are not those of their parts, targets without a record, new lesions without progression."""
    sums, visits = found.recorded_sums, found.visits
    wrong = sums[(sums["MM"] - sums["SOD"]).abs().gt(1e-6).fillna(False)]
    yield from _each(wrong, "NKD-070", "TR", "sum of diameters recorded as " + wrong["MM"].astype("string") + " mm, the targets of assessment "
                     + wrong["VISIT"].astype("string") + " add up to " + wrong["SOD"].astype("string") + " mm; the parts are used", "TRSEQ")  # fmt: skip
    partial = sums[sums["MM"].notna() & sums["SOD"].isna() & sums["TARGETS"].gt(0)]
    yield from _each(partial, "NKD-070", "TR", "sum of diameters recorded as " + partial["MM"].astype("string") + " mm at assessment "
                     + partial["VISIT"].astype("string") + " though not every target was measured; no sum is used", "TRSEQ")  # fmt: skip
    fewer = visits[
        visits["RECORDED_TARGETS"].gt(0).fillna(False) & visits["RECORDED_TARGETS"].lt(visits["TARGETS"]).fillna(False)
    ]
    yield from _each(fewer, "NKD-070", "TR", _on(fewer) + ": " + fewer["RECORDED_TARGETS"].astype("string") + " of " + fewer["TARGETS"].astype("string")
                     + " targets have a record; the response is not evaluable unless it is progression already")  # fmt: skip
    new = visits[
        visits["NEWUSED"].eq(YES).fillna(False) & visits["OVRLINV"].notna() & visits["OVRLINV"].ne(PD).fillna(False)
    ]
    yield from _each(new, "NKD-070", "RS", _on(new) + ": a new lesion is recorded and the overall response is recorded as " + new["OVRLINV"]
                     + "; a new lesion is progression", "OVRLINVSEQ")  # fmt: skip


def _responses(found: Any) -> Iterator[Finding]:
    """NKD-071: recorded responses that the measurements do not give."""
    rows = found.differences
    message = (
        rows["WHAT"] + " recorded as " + rows["RECORDED"] + ", recomputed as " + rows["RECOMPUTED"] + ", " + _on(rows)
    )
    yield from _each(rows, "NKD-071", "RS", message, "RSSEQ", rows["CAUSE"])
    several = found.visits[found.visits["OVRLSAID"].gt(1).fillna(False)]
    yield from _each(
        several, "NKD-071", "RS", _on(several) + ": several different overall responses; the last is used", "OVRLINVSEQ"
    )


def _records(cut: Cut, found: Any) -> Iterator[Finding]:
    """EFF-01x: lesion records and scans that were handled by a stated rule."""
    tr, visits, facts = found.lesion_records, found.visits, found.facts
    unit = tr[tr["NO_UNIT"].fillna(False)]
    yield from _each(unit, "EFF-010", "TR", "size without a unit in mm or cm; taken as not evaluable", "TRSEQ")
    loose = tr[tr["LESION"].isna() & ~tr["TRTESTCD"].isin(["SUMDIAM", "SUMNLNLD", "SUMAREA"])]
    yield from _each(loose, "EFF-010", "TR", "record without a lesion id (TRLNKID); not used", "TRSEQ")
    problems = check_lesions(found.lesions, BASELINE)
    for problem, text in _LESIONS.items():
        some = problems[problems["PROBLEM"].eq(problem)].rename(columns={"SUBJECT": "USUBJID"})
        yield from _each(
            some, "EFF-011", "TR", some["LESION"] + " at assessment " + some["VISIT"].astype("string") + "; " + text
        )
    nothing = (
        found.lesions["VISIT"].eq(BASELINE)
        & found.lesions["ROLE"].eq(TARGET)
        & found.lesions["DIAMETER"].eq(0).fillna(False)
    )
    zero = found.lesions[nothing].rename(columns={"SUBJECT": "USUBJID"})
    yield from _each(
        zero,
        "EFF-018",
        "TR",
        zero["LESION"] + " is a target of 0 mm at baseline; adds nothing to the sum, is it a lesion?",
    )
    strange = visits[visits["OVRLINV"].notna() & ~visits["OVRLINV"].isin(OVERALL)]
    yield from _each(
        strange,
        "EFF-019",
        "RS",
        _on(strange)
        + ": "
        + strange["OVRLINV"]
        + " is no overall response of RECIST 1.1; read as not evaluable where the recorded one is used",
        "OVRLINVSEQ",
    )
    undated = visits[visits["ADT"].isna()]
    yield from _each(
        undated, "EFF-012", "TR", _on(undated) + "; no complete date: it keeps its place in the order and ends no time"
    )
    ends = visits.merge(facts[["USUBJID", "DTHDT", "NEWTHDT"]], on="USUBJID", how="left", validate="many_to_one")
    dead = ends[ends["ADT"].gt(ends["DTHDT"]).fillna(False)]
    yield from _each(dead, "EFF-013", "RS", _on(dead) + "; after the death: not counted for best response")
    progressed = visits["OVRLRESP"].eq(PD).astype("int64").groupby(visits["USUBJID"]).cumsum() - visits["OVRLRESP"].eq(
        PD
    ).astype("int64")
    after = visits[progressed.gt(0)]
    if len(after):
        yield Finding("EFF-014", Severity.INFO, Effect.HANDLED, f"RS: after the first progression lie {count(len(after), 'assessment')} of {count(after['USUBJID'].nunique(), 'subject')}"
                      "; best response does not read them", domain="RS")  # fmt: skip
    partial = facts[facts["NEWTHPRT"].eq("Y").fillna(False)]
    yield from _each(partial, "EFF-015", "CM", partial["NEWTHDT"].dt.strftime("%Y-%m-%d") + " taken as start; new therapy without a complete date counts from "
                     "the first day it can mean")  # fmt: skip
    no_base = facts[
        facts["USUBJID"].isin(visits["USUBJID"])
        & ~facts["USUBJID"].isin(found.lesions.loc[found.lesions["VISIT"].eq(BASELINE), "SUBJECT"])
    ]
    open_dates = found.records[
        found.records["ASSESSMENT"].eq(BASELINE).fillna(False) & found.records["DAY"].isna()
    ].drop_duplicates("USUBJID")
    yield from _each(
        open_dates, "EFF-017", "TR", "baseline scan without a complete date; baseline by the name of its visit"
    )
    if cut.has("TR"):
        yield from _each(no_base, "EFF-016", "TR", "no baseline lesions; every response is not evaluable")


def _times(found: Any) -> Iterator[Finding]:
    """EFF-02x: times that could not be ended, and events before their start."""
    rows = found.adtte
    open_ = rows[rows["CNSR"].isna()]
    yield from _each(open_, "EFF-020", "DM", open_["PARAMCD"] + " has no time; " + open_["RULE"])
    early = rows[rows["EVENTS_BEFORE_START"].gt(0).fillna(False)]
    yield from _each(
        early, "EFF-021", "DM", early["PARAMCD"] + "; an event before the start of the time does not count"
    )
    undated = rows[rows["UNDATED_EVENTS"].gt(0).fillna(False) & rows["CNSR"].notna()]
    yield from _each(
        undated, "EFF-022", "DM", undated["PARAMCD"] + "; beside the event that counts there is one of unknown date"
    )


def _drainages(cut: Cut, found: Any) -> Iterator[Finding]:
    """EFF-03x: drainages whose reading matters."""
    p, rows = cut.params.efficacy, found.drainages
    therapeutic = rows["PURPOSE"].eq(THERAPEUTIC) & rows["ADY"].gt(1).fillna(False)
    small = rows[therapeutic & rows["PRVOL"].le(p.diag_max_ml).fillna(False)]
    yield from _each(small, "EFF-030", "PR", small["PRINDC"] + " of " + small["PRVOL"].astype("string") + " mL on " + small["DAY"].dt.strftime("%Y-%m-%d")
                     + "; counted as therapeutic, is it a diagnostic one?", "PRSEQ")  # fmt: skip
    same_day = rows[therapeutic & rows["DOSEDAY"]]
    yield from _each(same_day, "EFF-031", "PR", same_day["PRINDC"] + " on an infusion day, " + same_day["DAY"].dt.strftime("%Y-%m-%d")
                     + "; counted as therapeutic, was it the planned drainage?", "PRSEQ")  # fmt: skip
    undated = rows[rows["DAY"].isna()]
    yield from _each(
        undated,
        "EFF-032",
        "PR",
        undated["PRTRT"]
        + " without a complete date; a therapeutic one that may lie after the start leaves puncture-free survival unknown",
        "PRSEQ",
    )
    for row in found.reportable[~found.reportable["REPORTABLE"]].itertuples():
        yield Finding("EFF-033", Severity.WARNING, Effect.FLAG, f"PR: group {row.GROUP}: of {count(row.N, 'drainage')} after first dose {row.MISSING} without a purpose; "
                      "puncture-free survival is not reportable", group=row.GROUP, domain="PR")  # fmt: skip


def _markers(cut: Cut, found: Any) -> Iterator[Finding]:
    """EFF-040: marker values that cannot be used."""
    some, lb = found.markers[~found.markers["USABLE"].fillna(False)], cut["LB"]
    sided = lb[bounded(lb["LBSTRESC"].fillna(lb["LBORRES"])).fillna(False).astype(bool)]  # NKD-042 speaks of these
    noted = pd.MultiIndex.from_frame(some[["USUBJID", "LBSEQ"]]).isin(
        pd.MultiIndex.from_frame(sided[["USUBJID", "LBSEQ"]])
    )
    some = some[~(some["AVAL"].isna() & noted)]
    yield from _each(some, "EFF-040", "LB", some["PARAMCD"] + " " + some["AVAL"].astype("string").fillna("without a number") + " "
                     + some["UNIT"].fillna("without unit") + "; not used: unit, value or date does not allow it", "LBSEQ")  # fmt: skip


def _answers(cut: Cut, found: Any) -> Iterator[Finding]:
    """EFF-050: answers out of range; EFF-051: an instrument that lacks what its manual gives. Those of the QLQ-C30 are NKD-080."""
    p, some = cut.params.efficacy, found.odd_answers
    if p.hrqol_instrument == "QLQ-C30":
        return
    text = (
        some["ITEM"]
        + " is "
        + some["VALUE"].astype("string")
        + " on "
        + some["ADT"].dt.strftime("%Y-%m-%d").fillna("an unknown day")
    )
    yield from _each(some, "EFF-050", "QS", text + "; out of range, taken as not answered")
    if p.hrqol_instrument == "FACIT-AI" and p.facit_ai_reversed is None:
        yield Finding(
            "EFF-051",
            Severity.WARNING,
            Effect.FLAG,
            "QS: FACIT-AI is not scored: facit_ai_reversed must name the items its manual reverses",
            domain="QS",
        )
