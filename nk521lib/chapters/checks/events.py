"""Adverse events: grade, seriousness, relation, coding, DLT flags (NKD-030 to NKD-039)."""

from collections.abc import Iterable, Iterator

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.checks.check import Check, Study, yes
from nk521lib.chapters.deaths import death_records, fatal
from nk521lib.chapters.known_after import possibly_related
from nk521lib.chapters.linkage import of_subject, pair, parents
from nk521lib.findings import Finding
from nk521lib.terms import Effect, Severity

_BLOCK, _FLAG = Effect.BLOCK, Effect.FLAG
_CRITERIA = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
_GRADES = ("AETOXGR", "CRSGR", "ICANSGR")
_RELATIONS = ("RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED")
_DLT_MIN_GRADE = 2  # NKD-032: a Grade 1 event that limits the dose is a slip of the pen


def _in_window(study: Study, ae: pd.DataFrame) -> pd.Series:
    return study.possibly_in_window(ae["USUBJID"], dates.earliest(ae["AESTDTC"]), dates.latest(ae["AESTDTC"]))


def _events(ae: pd.DataFrame, message, cause=None, **more) -> pd.DataFrame:
    """Records of a finding about adverse events."""
    term = ae["AEDECOD"].fillna(ae["AETERM"]).fillna("term missing")
    text = "AE: " + term + " from " + ae["AESTDTC"].fillna("an unknown day") + ": " + message
    found = pd.DataFrame({"USUBJID": ae["USUBJID"], "SEQ": ae["AESEQ"], "MESSAGE": text, **more})
    return found if cause is None else found.assign(CAUSE=cause)


def _grades_and_deaths(study: Study) -> Iterator[Finding]:
    faults = study.faults[study.faults["variable"].isin(_GRADES)]
    whole = study.whole["AE"].iloc[faults["row"].to_numpy(dtype=int)]
    text = (faults["variable"] + ' is "' + faults["value"] + '", expected ' + faults["expected"]).to_numpy()
    yield from GRADE.per_cause(study, _events(whole, text, BLOCKS=_in_window(study, whole), EVIDENCE=text), "AE")
    ae, ds, dd = (study.cut[d] for d in ("AE", "DS", "DD"))
    dead = study.dead
    told = death_records(study.cut)
    told = told[~told["USUBJID"].isin(dead)]
    alive = ae[fatal(ae) & ~ae["USUBJID"].isin(dead)]
    yield from GRADE.per_cause(
        study, _events(alive, "fatal, but DM has no death", BLOCKS=_in_window(study, alive)), "AE"
    )
    told = told.assign(LOW=told["LOW"].fillna(of_subject(told["USUBJID"], study.subjects["LSTALVDT"])))
    for domain, says in (("DS", "died"), ("SS", "found dead")):
        some = told[told["SRC"].eq(domain)]
        yield from GRADE.per_cause(study, pd.DataFrame({
            "USUBJID": some["USUBJID"], "SEQ": some["SEQ"],
            "MESSAGE": f"{domain}: {says} on " + some["TEXT"].fillna("an unknown day") + ", but DM has no death",
            "BLOCKS": study.possibly_in_window(some["USUBJID"], some["LOW"], some["HIGH"]),
        }), domain)  # fmt: skip
    recorded = pd.concat(
        [ds.loc[yes(ds["DSDECOD"].str.upper().eq("DEATH")), "USUBJID"], dd["USUBJID"], ae.loc[fatal(ae), "USUBJID"]]
    )
    bare = dead[~dead.isin(recorded)]
    day = of_subject(bare, study.died)
    yield from GRADE.per_cause(study, pd.DataFrame({
        "USUBJID": bare, "MESSAGE": "DM: died, but DS, DD and AE have no record of the death",
        "BLOCKS": study.possibly_in_window(bare, day, day),
    }), "DM")  # fmt: skip


def _seriousness(study: Study) -> Iterator[Finding]:
    present = [name for name in _CRITERIA if study.cut.has("AE", name)]
    if not present or not study.cut.has("AE", "AESER"):
        return
    ae = study.cut["AE"]
    any_criterion = yes(ae[present].eq("Y").fillna(False).any(axis=1))
    bare = ae[yes(ae["AESER"].eq("Y")) & ~any_criterion]
    yield from SERIOUS.per_cause(study, _events(bare, "AESER is Y without a criterion of seriousness"), "AE")
    silent = ae[~yes(ae["AESER"].eq("Y")) & any_criterion]
    yield from SERIOUS.per_cause(study, _events(silent, "a criterion of seriousness is Y, AESER is not"), "AE")


def _dlt_flags(study: Study) -> Iterator[Finding]:
    ae = study.cut["AE"]
    ae = ae[yes(ae["AEDLT"].eq("Y"))]
    grade = pd.to_numeric(ae["AETOXGR"]).astype("Int64")
    low, high = dates.earliest(ae["AESTDTC"]), dates.latest(ae["AESTDTC"])
    for wrong, message in (
        (yes(grade < _DLT_MIN_GRADE), "the investigator says DLT, the grade is " + ae["AETOXGR"]),
        (
            ~possibly_related(study.cut, ae["AEREL"]),
            "the investigator says DLT, the relation is " + ae["AEREL"].fillna("empty"),
        ),
        (
            ~study.possibly_in_window(ae["USUBJID"], low, high),
            pd.Series("the investigator says DLT, outside the window", index=ae.index),
        ),
    ):
        yield from DLT_FLAG.per_cause(study, _events(ae[wrong], message[wrong]), "AE")


def _uncoded(study: Study) -> Iterator[Finding]:
    ae = study.cut["AE"]
    for variable in ("AEDECOD", "AEBODSYS"):
        if study.cut.has("AE", variable):
            # an event without a term has no class either: that is one thing to do, not two
            some = ae[ae[variable].isna() & (ae["AEDECOD"].notna() if variable == "AEBODSYS" else True)]
            yield from CODED.per_cause(study, _events(some, f"{variable} is empty", cause=variable), "AE")


def _overlaps(study: Study) -> Iterable[Finding]:
    """Neighbouring records of one term, in order of start, that surely overlap and differ in grade."""
    ae = study.cut["AE"]
    ae = ae[ae["AEDECOD"].notna() & ae["AEGRPID"].isna() & ae["AETOXGR"].notna()]
    ae = ae.assign(
        _low=dates.earliest(ae["AESTDTC"]), _late=dates.latest(ae["AESTDTC"]), _end=dates.earliest(ae["AEENDTC"])
    )
    ae = ae.dropna(subset=["_low"]).sort_values(["USUBJID", "AEDECOD", "_low"], kind="stable")
    before = ae.groupby(["USUBJID", "AEDECOD"])[["AETOXGR", "_end", "AEENDTC"]].shift()
    same = ae.duplicated(["USUBJID", "AEDECOD"])
    # a first record without an end may be over: only an end on file, after the second's latest start, proves an overlap
    wrong = ae[same & yes(ae["AETOXGR"].ne(before["AETOXGR"])) & yes(before["_end"] > ae["_late"])]
    grades = (
        "overlaps an earlier record of the same term with another grade ("
        + before["AETOXGR"]
        + ", then "
        + ae["AETOXGR"]
        + ") and no AEGRPID"
    )
    return OVERLAP.per_cause(study, _events(wrong, grades[wrong.index]), "AE")


def _grade_absent(study: Study) -> Iterator[Finding]:
    if study.cut.has("AE") and len(study.cut["AE"]) and not study.cut.has("AE", "AETOXGR"):
        yield NO_GRADE.of(
            f"AE: no AETOXGR in the file, none of {len(study.cut['AE'])} events has a CTCAE grade",
            domain="AE",
            key="AETOXGR",
        )


def _relations(study: Study) -> Iterable[Finding]:
    ae = study.cut["AE"]
    code = ae["AEREL"].str.upper()
    strange = ae[yes(code.notna() & ~code.isin([*_RELATIONS, *study.cut.params.data.relation_map]))]
    message = (
        "AEREL is "
        + strange["AEREL"]
        + ", expected "
        + ", ".join(_RELATIONS)
        + " or a code of relation_map; counted as related"
    )
    return RELATION.per_cause(study, _events(strange, message, cause=strange["AEREL"]), "AE")


def _no_events(study: Study) -> Iterator[Finding]:
    dosed = len(study.window)
    if study.cut.has("AE") and dosed and not len(study.cut["AE"]):
        held = len(study.whole["AE"])
        why = f"all {held} records are dated after the cut-off" if held else "the file holds no record"
        yield NO_EVENTS.of(f"AE: {dosed} subjects were dosed and no adverse event is known: {why}; that is not the same as no events",
                           domain="AE", evidence=f"{dosed} dosed, 0 events")  # fmt: skip


def _adjudications(study: Study) -> Iterable[Finding]:
    ae, adjud = study.cut["AE"], study.cut["ADJUD"]
    decided = adjud[yes(adjud["ITEM"].eq("DLT"))]
    pairs = decided["USUBJID"] + " " + decided["AESEQ"].astype("string")
    alone = ae[ae["AEDLTADJ"].notna() & ~yes((ae["USUBJID"] + " " + ae["AESEQ"].astype("string")).isin(pairs.dropna()))]
    message = "AEDLTADJ is " + alone["AEDLTADJ"] + ", but no adjud row says who decided it and when"
    return ADJUDICATED.per_cause(study, _events(alone, message), "AE")


def _parentless(study: Study) -> Iterator[Finding]:
    for domain in [name for name in study.whole.frames if name.startswith("SUPP")]:
        supp, code = study.whole[domain] if domain in study.whole.frames else None, domain.removeprefix("SUPP")
        if code not in study.whole.frames:
            continue
        parent = study.whole[code]
        lost = supp["IDVAR"].notna()
        for _, rows, values in parents(supp, parent):
            lost &= ~(
                rows
                & pair(supp["USUBJID"], supp["IDVARVAL"].str.strip()).isin(pair(parent["USUBJID"], values).dropna())
            )
        some = supp[yes(lost)]
        decides = some["QNAM"].isin(["AEDLT", "AEDLTADJ"]) & some["QVAL"].eq("Y").fillna(False)
        yield from PARENT.per_cause(study, pd.DataFrame({
            "USUBJID": some["USUBJID"], "SEQ": some["IDVARVAL"], "CAUSE": some["QNAM"] + some["USUBJID"],
            "MESSAGE": f"{domain}: " + some["QNAM"] + " belongs to " + some["IDVAR"] + " " + some["IDVARVAL"].fillna("(empty)")
            + f", which {code} does not have",
            "BLOCKS": decides.astype(bool), "EVIDENCE": some["QNAM"] + " = " + some["QVAL"].fillna(""),
        }), domain)  # fmt: skip


GRADE = Check("NKD-030", Severity.ERROR, (_BLOCK, _FLAG), "grades are 1 to 5, and every death is in DM and has its record",
              "The DLT screen reads the grade; a fatal event and a death must tell the same story", _grades_and_deaths)  # fmt: skip
SERIOUS = Check("NKD-031", Severity.WARNING, (_FLAG,), "AESER is Y exactly when a criterion of seriousness is",
                "A serious event has its reason on file (ICH E2A)", _seriousness)  # fmt: skip
DLT_FLAG = Check("NKD-032", Severity.WARNING, (_FLAG,), "the judgements on a DLT agree, and a DLT is Grade 2 or more, related, and in the window",
                 "A DLT counts for the decision: a slip stops a dose level; the committee's judgement stands", _dlt_flags)  # fmt: skip
CODED = Check("NKD-033", Severity.WARNING, (_FLAG,), "events are coded (AEDECOD, AEBODSYS)",
              "Tables by term and the DLT clauses read coded terms", _uncoded)  # fmt: skip
OVERLAP = Check("NKD-034", Severity.WARNING, (_FLAG,), "overlapping records of one term and different grade share an AEGRPID",
                "Otherwise one episode is counted twice", _overlaps)  # fmt: skip
NO_GRADE = Check("NKD-035", Severity.ERROR, (_FLAG,), "adverse events carry CTCAE grades (AETOXGR)",
                 "Without a grade no event can be judged severe, or not severe", _grade_absent)  # fmt: skip
RELATION = Check("NKD-036", Severity.WARNING, (_FLAG,), "AEREL is a known code", "An unknown code counts as related (rulings section 1)",
                 _relations)  # fmt: skip
NO_EVENTS = Check("NKD-037", Severity.ERROR, (_FLAG,), "where subjects were dosed, adverse events are on file",
                  "An empty file must never read as: nothing happened", _no_events)  # fmt: skip
ADJUDICATED = Check("NKD-038", Severity.WARNING, (_FLAG,), "a committee's DLT decision has its adjud row",
                    "The row carries date and snapshot; without it nobody can tell whether it was known at the cut-off", _adjudications)  # fmt: skip
PARENT = Check("NKD-039", Severity.ERROR, (_BLOCK, _FLAG), "every supplemental qualifier has its parent record",
               "A DLT flag whose event is missing is a DLT that nobody sees", _parentless)  # fmt: skip
CHECKS = (GRADE, SERIOUS, DLT_FLAG, CODED, OVERLAP, NO_GRADE, RELATION, NO_EVENTS, ADJUDICATED, PARENT)
