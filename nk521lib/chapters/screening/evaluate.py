"""From facts, attestations and recorded violations to one answer per subject and criterion, and to eligibility.

The sign of inclusion and exclusion is flipped here and nowhere else. Spec: protocol.md section 5, rulings.md 2.1, 2.5.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nk521lib.chapters.screening.criteria import CRITERIA
from nk521lib.chapters.screening.criterion import Criterion, Source
from nk521lib.chapters.screening.evidence import Screened
from nk521lib.chapters.screening.explain import derive_evidence, derive_missing, derive_source_ids
from nk521lib.chapters.screening.facts import derive_facts
from nk521lib.chapters.screening.logic import Facts
from nk521lib.chapters.screening.sources import derive_attestations, derive_violations
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.cut import Cut
from nk521lib.params import Params
from nk521lib.three_valued import either, known, surely

ADIE = ["USUBJID", "IETESTCD", "CONDITION", "EFFECT", "EVIDENCE", "SRC", "CONFLICT", "SRCIDS"]
"""Columns of the published dataset `adie` (outputs.md section 3)."""

PASS, FAIL, UNDECIDED, NOT_APPLICABLE = "PASS", "FAIL", "UNDECIDED", "NA"
ELIGIBLE, INELIGIBLE = "ELIGIBLE", "INELIGIBLE"
_NEEDED = {Source.DATA: "DATA", Source.ATTESTATION: "ATTEST", Source.BOTH: "BOTH"}


@dataclass(frozen=True)
class Eligibility:
    """What screening knows. adsl : subjects with ELIGSTAT, ANCHOR and ANCHOR_IS. facts : see facts.py.

    answers : one row per subject and criterion, ADIE plus DATA, ATTESTED, RECORDED (the three sources as booleans),
    OPEN, CLASH, and MISSING: what is needed to decide. screened, recorded : what they were derived from.
    """

    cut: Cut
    adsl: pd.DataFrame
    facts: pd.DataFrame
    answers: pd.DataFrame
    screened: Screened = field(repr=False)
    recorded: pd.DataFrame = field(repr=False)

    @property
    def adie(self) -> pd.DataFrame:
        return self.answers[ADIE]


def criteria_apply(cut: Cut) -> bool:
    """Do this protocol's criteria concern the snapshot? Yes for this study, and wherever criteria are on record."""
    return cut.manifest.study == cut.params.about["study"].default or any(cut.has(d) for d in ("ATTEST", "IE", "TI"))


def derive_eligibility(cut: Cut) -> Eligibility:
    """Every criterion for every screened subject, in subject and protocol order, and ELIGSTAT.

    Where the criteria do not apply to the study there are no answers, and ELIGSTAT stays missing.
    """
    adsl = derive_subjects(cut)
    attested, recorded = derive_attestations(cut), derive_violations(cut)
    screened = Screened.of(cut, adsl, attested)
    facts = derive_facts(screened)
    criteria = CRITERIA if criteria_apply(cut) else ()
    answers = derive_answers(cut.params, facts, attested, recorded, criteria)
    status = adsl["USUBJID"].map(derive_status(answers)).astype("string")
    anchors = facts[["ANCHOR", "ANCHOR_IS"]].reset_index()
    adsl = adsl.assign(ELIGSTAT=status).merge(anchors, on="USUBJID", how="left", validate="one_to_one")
    return Eligibility(cut, adsl, facts, answers, screened, recorded)


def derive_answers(
    params: Params,
    facts: pd.DataFrame,
    attested: pd.DataFrame,
    recorded: pd.DataFrame,
    criteria: tuple[Criterion, ...] = CRITERIA,
) -> pd.DataFrame:
    """The table of answers, subjects in the order of `facts`, criteria in protocol order within each."""
    table, condition = _decided(params, facts, attested, recorded, criteria)
    table["CONFLICT"] = pd.Series("Y", index=table.index, dtype="string").where(_conflicts(condition, table))
    table["SRC"] = _sources(table)
    table["MISSING"] = derive_missing(table, facts, criteria).where(table["EFFECT"].eq(UNDECIDED))
    table["EVIDENCE"], table["SRCIDS"] = (
        derive_evidence(table, facts, criteria),
        derive_source_ids(table, facts, criteria),
    )
    by_subject = np.arange(len(table)).reshape(len(criteria), len(facts)).T.ravel()
    return (
        table[[*ADIE, "DATA", "ATTESTED", "RECORDED", "OPEN", "CLASH", "MISSING"]]
        .take(by_subject)
        .reset_index(drop=True)
    )


def derive_effects(
    params: Params,
    facts: pd.DataFrame,
    attested: pd.DataFrame,
    recorded: pd.DataFrame,
    criteria: tuple[Criterion, ...] = CRITERIA,
) -> pd.DataFrame:
    """USUBJID IETESTCD EFFECT alone, without the words: what a what-if compares."""
    table, _ = _decided(params, facts, attested, recorded, criteria)
    return table[["USUBJID", "IETESTCD", "EFFECT"]]


def _decided(
    params: Params,
    facts: pd.DataFrame,
    attested: pd.DataFrame,
    recorded: pd.DataFrame,
    criteria: tuple[Criterion, ...],
) -> tuple[pd.DataFrame, pd.Series]:
    """The three sources side by side, criterion by criterion, with CONDITION and EFFECT; and the condition (boolean)."""
    table = _conditions(params, facts, criteria)
    keys = ["USUBJID", "IETESTCD"]
    said = attested[[*keys, "VALUE", "CLASH", "SAYS", "SRC"]].set_axis(
        [*keys, "ATTESTED", "CLASH", "SAID", "SAID_SRC"], axis=1
    )
    seen = recorded[[*keys, "VALUE", "SRC"]].set_axis([*keys, "RECORDED", "RECORDED_SRC"], axis=1)
    table = table.merge(said, on=keys, how="left", validate="one_to_one").merge(
        seen, on=keys, how="left", validate="one_to_one"
    )
    table["CLASH"] = known(table["CLASH"])
    condition = _combine(table)
    table["CONDITION"], table["EFFECT"] = _words(condition, table)
    return table, condition


def _conditions(params: Params, facts: pd.DataFrame, criteria: tuple[Criterion, ...]) -> pd.DataFrame:
    """What the data alone say, criterion by criterion: DATA, OPEN, INAPPLICABLE; and how each criterion is decided."""
    s, p, n = Facts(facts), params.screening, len(facts)
    unknown, never = pd.Series(pd.NA, facts.index, dtype="boolean"), pd.Series(False, facts.index)
    history = [[f"{need}_OPEN" for need in c.needs if f"{need}_OPEN" in facts] for c in criteria]
    stack = lambda parts, dtype: pd.array(np.concatenate([part.array for part in parts]) if parts else [], dtype=dtype)
    repeat = lambda values, dtype: pd.array(values, dtype=dtype).take(np.repeat(np.arange(len(criteria)), n))
    return pd.DataFrame(
        {
            "USUBJID": facts.index.astype("string").array.take(np.tile(np.arange(n), len(criteria))),
            "IETESTCD": repeat([c.id for c in criteria], "string"),
            "DATA": stack([c.holds(s, p).astype("boolean") if c.holds else unknown for c in criteria], "boolean"),
            "OPEN": stack([facts[names].any(axis=1) if names else never for names in history], "boolean"),
            "INAPPLICABLE": stack([known(~c.applies(s, p)) if c.applies else never for c in criteria], "boolean"),
            "PASSING": repeat([c.passing for c in criteria], "boolean"),
            "SOURCE": repeat([c.source.value for c in criteria], "string"),
            "HISTORY": repeat([bool(names) for names in history], "boolean"),
            "SHORT_IS_OPEN": repeat([c.short_is_open for c in criteria], "boolean"),
        }
    )


def _combine(t: pd.DataFrame) -> pd.Series:
    """The condition from its sources (rulings.md 2.1 and 2.5), nullable boolean."""
    data, said, passing = t["DATA"], t["ATTESTED"], t["PASSING"]
    attested_pass, attested_fail, proven_fail = (
        surely(said == passing),
        surely(said != passing),
        surely(data != passing),
    )
    looked = data.isna() & ~t["OPEN"] & t["HISTORY"] & attested_pass  # no record, and somebody looked
    passes, fails = attested_pass & surely(~t["OPEN"]), attested_fail | proven_fail
    by_both = either((passing & passes & ~fails) | (~passing & fails), (~passing & passes & ~fails) | (passing & fails))
    condition = data.mask(surely(looked), passing)  # by data, unless the source is another
    condition = condition.mask(surely(t["SOURCE"].eq(Source.BOTH)), by_both)
    return condition.mask(surely(t["SOURCE"].eq(Source.ATTESTATION)), said)


def _words(condition: pd.Series, t: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """CONDITION and EFFECT: UNKNOWN exactly where UNDECIDED, NA where the criterion does not concern the subject."""
    agrees, spared = condition == t["PASSING"], surely(t["INAPPLICABLE"])
    text = lambda holds, yes, no, unknown: pd.Series(
        np.select([spared, surely(holds), surely(~holds)], [NOT_APPLICABLE, yes, no], unknown), t.index, dtype="string"
    )
    return text(condition, "YES", "NO", "UNKNOWN"), text(agrees, PASS, FAIL, UNDECIDED)


def _conflicts(condition: pd.Series, t: pd.DataFrame) -> pd.Series:
    """Data against attestation, a violation on record against the answer, or too few records for an attested pass."""
    spared = t["INAPPLICABLE"].astype(bool)
    disagree = known(t["DATA"] != t["ATTESTED"]) & t["SOURCE"].ne(Source.ATTESTATION) & ~spared
    recorded = known(t["RECORDED"] != condition) | (spared & t["RECORDED"].notna())
    short = t["SHORT_IS_OPEN"] & t["OPEN"] & known(t["ATTESTED"] == t["PASSING"])
    return (disagree | recorded | short).astype(bool)


def _sources(t: pd.DataFrame) -> pd.Series:
    """Which sources the answer rests on; where there is none yet, those it needs."""
    source = t["SOURCE"].map({kind.value: word for kind, word in _NEEDED.items()}).astype("string")
    from_data, from_people = t["DATA"].notna() | t["OPEN"], t["ATTESTED"].notna() | t["CLASH"]
    either = t["SOURCE"].eq(Source.BOTH) | t["HISTORY"]
    return (
        source.mask(either & from_data & ~from_people, "DATA")
        .mask(either & ~from_data & from_people, "ATTEST")
        .mask(either & from_data & from_people, "BOTH")
    )


def derive_status(answers: pd.DataFrame) -> pd.Series:
    """ELIGSTAT, index USUBJID: INELIGIBLE with any fail, else UNDECIDED with any undecided, else ELIGIBLE."""
    fails = answers["EFFECT"].eq(FAIL).groupby(answers["USUBJID"]).any()
    undecided = answers["EFFECT"].eq(UNDECIDED).groupby(answers["USUBJID"]).any()
    status = pd.Series(ELIGIBLE, index=fails.index, dtype="string")
    return status.mask(undecided.astype(bool), UNDECIDED).mask(fails.astype(bool), INELIGIBLE)
