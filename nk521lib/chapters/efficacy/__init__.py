"""Efficacy: from lesions to response, from punctures to puncture-free survival (spec efficacy.md, rulings.md section 6)."""

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from nk521lib.chapters.deaths import known_deaths
from nk521lib.chapters.efficacy.ascites import derive_ascites, derive_volumes
from nk521lib.chapters.efficacy.assessments import derive_assessments, derive_records
from nk521lib.chapters.efficacy.differences import derive_differences
from nk521lib.chapters.efficacy.findings import check_efficacy
from nk521lib.chapters.efficacy.instruments import instrument_in_use
from nk521lib.chapters.efficacy.markers import derive_ca125, derive_marker_responses, derive_markers
from nk521lib.chapters.efficacy.people import derive_efficacy_subjects, derive_sets
from nk521lib.chapters.efficacy.pufs import (
    derive_alternatives,
    derive_drainages,
    derive_pufs,
    derive_reportable,
    derive_ttnp,
)
from nk521lib.chapters.efficacy.questionnaires import derive_adqs, derive_compliance, derive_forms
from nk521lib.chapters.efficacy.response import derive_adrs, derive_best, derive_recorded, derive_visit_responses
from nk521lib.chapters.efficacy.survival_times import derive_dor, derive_os, derive_pfs
from nk521lib.chapters.efficacy.tumours import (
    derive_adtr,
    derive_lesion_records,
    derive_lesions,
    derive_measurable,
    recist_rules,
)
from nk521lib.chapters.subjects import columns, derive_doses, derive_subjects
from nk521lib.cut import Cut
from nk521lib.findings import to_frame
from nk521lib.results import Column
from nk521lib.standards.recist import derive_responses
from nk521lib.standards.recist_rules import TARGET

_TTE = ["USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "GROUP", "LEVEL"]
_SOURCE = {"OS": "DM", "PFS": "RS", "DOR": "RS", "PUFS": "PR", "TTNP": "PR"}


@dataclass(frozen=True)
class Efficacy:
    """Everything the chapter derives from one snapshot, each frame once, when it is first asked for.

    Frames with one row per dosed subject are in the order of `facts`.
    """

    cut: Cut = field(repr=False)

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Dosed subjects with what every endpoint needs of them."""
        subjects = derive_efficacy_subjects(self.cut, derive_subjects(self.cut))
        return derive_sets(subjects, derive_measurable(self.cut, self.lesions), self.visits)

    @cached_property
    def columns(self) -> list[Column]:
        return columns(self.facts, self.cut, received=False)

    @cached_property
    def doses(self) -> pd.DataFrame:
        return derive_doses(self.cut)

    @cached_property
    def records(self) -> pd.DataFrame:
        return derive_records(self.cut, derive_subjects(self.cut))

    @cached_property
    def lesion_records(self) -> pd.DataFrame:
        return derive_lesion_records(self.cut, self.records)

    @cached_property
    def lesions(self) -> pd.DataFrame:
        return derive_lesions(self.cut, self.lesion_records, self.records)

    @cached_property
    def recorded_sums(self) -> pd.DataFrame:
        return _recorded_sums(self.lesion_records, self.responses)

    @cached_property
    def assessments(self) -> pd.DataFrame:
        return derive_assessments(self.records)

    @cached_property
    def responses(self) -> pd.DataFrame:
        return derive_responses(self.lesions, recist_rules(self.cut)).astype({"VISIT": "Int64"})

    @cached_property
    def recorded(self) -> pd.DataFrame:
        return derive_recorded(self.cut, self.records)

    @cached_property
    def visits(self) -> pd.DataFrame:
        made = derive_visit_responses(self.cut, self.assessments, self.lesions, self.responses, self.recorded)
        return _with_target_records(made, self.lesions)

    @cached_property
    def adtr(self) -> pd.DataFrame:
        return derive_adtr(self.responses, self.lesions, self.assessments)

    @cached_property
    def confirmed(self) -> pd.DataFrame:
        return derive_best(self.cut, self.visits, self.facts, True)

    @cached_property
    def unconfirmed(self) -> pd.DataFrame:
        return derive_best(self.cut, self.visits, self.facts, False)

    @cached_property
    def differences(self) -> pd.DataFrame:
        return derive_differences(self.visits)

    @cached_property
    def adtte(self) -> pd.DataFrame:
        return _times(self)

    @cached_property
    def drainages(self) -> pd.DataFrame:
        return derive_drainages(self.cut, self.facts, self.doses)

    @cached_property
    def reportable(self) -> pd.DataFrame:
        return derive_reportable(self.cut, self.facts, self.drainages)

    @cached_property
    def alternatives(self) -> pd.DataFrame:
        """Puncture-free survival under every other definition; no row without procedures in the snapshot."""
        if not self.cut.has("PR"):
            return self.adtte.iloc[:0]
        return derive_alternatives(self.cut, self.facts, self.drainages)

    @cached_property
    def markers(self) -> pd.DataFrame:
        return derive_markers(self.cut, self.facts)

    @cached_property
    def marker_responses(self) -> pd.DataFrame:
        return derive_marker_responses(self.cut, self.facts, self.markers)

    @cached_property
    def ca125(self) -> pd.DataFrame:
        return derive_ca125(self.cut, self.facts, self.markers, self.drainages, self.doses)

    @cached_property
    def volumes(self) -> pd.DataFrame:
        return derive_volumes(self.cut, self.facts, self.doses)

    @cached_property
    def ascites(self) -> pd.DataFrame:
        return derive_ascites(self.cut, self.facts, self.volumes, self.drainages)

    @cached_property
    def forms(self) -> pd.DataFrame:
        return derive_forms(self.cut, self.facts)

    @cached_property
    def adqs(self) -> pd.DataFrame:
        return derive_adqs(self.cut, self.facts, self.forms)

    @cached_property
    def compliance(self) -> pd.DataFrame:
        return derive_compliance(self.cut, self.facts, self.adqs)

    @cached_property
    def odd_answers(self) -> pd.DataFrame:
        return instrument_in_use(self.cut.params).check(self.forms)

    @cached_property
    def findings(self) -> pd.DataFrame:
        return to_frame(check_efficacy(self.cut, self))

    @cached_property
    def datasets(self) -> dict[str, pd.DataFrame]:
        """Analysis datasets and findings; one whose source domain the snapshot does not have is not among them."""
        return _datasets(self)

    @property
    def overall(self) -> Column:
        """All dosed subjects."""
        return self.columns[-1]

    @property
    def totals(self) -> list[Column]:
        """One column per group, without its levels."""
        return [c for c in self.columns if c.group2_level == "ALL" and c.group1_level != "ALL"]

    @property
    def order(self) -> list[str]:
        """Dosed subjects by group, level and first dose: the order of every figure of the chapter."""
        return list(self.facts["USUBJID"])

    def best(self, confirmed: bool) -> pd.DataFrame:
        return self.confirmed if confirmed else self.unconfirmed


def derive_efficacy(cut: Cut) -> Efficacy:
    """The chapter's answers of one snapshot."""
    return Efficacy(cut)


def _times(found: Efficacy) -> pd.DataFrame:
    """adtte with the engine's own columns. Without procedures in the snapshot there is no puncture-free survival: death alone would be another endpoint."""
    cut, facts = found.cut, found.facts
    parts = [derive_os(facts)]
    if cut.has("RS") or cut.has("TR"):
        best = found.best(cut.params.efficacy.confirm_cr_pr)
        parts += [derive_pfs(cut, facts, found.visits), derive_dor(cut, facts, found.visits, best)]
    if cut.has("PR"):
        parts += [derive_pufs(cut, facts, found.drainages), derive_ttnp(cut, facts, found.drainages)]
    out = pd.concat(parts, ignore_index=True)
    told = out["USUBJID"].map(known_deaths(cut)["SRC"])
    out["SRCDOM"] = out["PARAMCD"].map(_SOURCE).astype("string").mask(out["RULE"].eq("death"), told)
    return out.merge(facts[["USUBJID", "GROUP", "LEVEL"]], on="USUBJID", how="left", validate="many_to_one")


def _with_target_records(visits: pd.DataFrame, lesions: pd.DataFrame) -> pd.DataFrame:
    """visits with RECORDED_TARGETS: baseline targets that have a record at the assessment, done or not."""
    targets = lesions[lesions["ROLE"].eq(TARGET)]
    listed = targets.loc[targets["VISIT"].eq(0), ["SUBJECT", "LESION"]].drop_duplicates()
    targets = targets.merge(listed, on=["SUBJECT", "LESION"], how="inner", validate="many_to_one")
    counts = targets.groupby(["SUBJECT", "VISIT"])["LESION"].nunique().rename("RECORDED_TARGETS").reset_index()
    counts = counts.rename(columns={"SUBJECT": "USUBJID"}).astype({"RECORDED_TARGETS": "Int64"})
    return visits.merge(counts, on=["USUBJID", "VISIT"], how="left", validate="one_to_one")


def _recorded_sums(lesion_records: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Sums of diameters as recorded (MM) beside ours (SOD), per subject and assessment."""
    rows = lesion_records[lesion_records["TRTESTCD"].eq("SUMDIAM") & lesion_records["ROLE"].fillna(TARGET).eq(TARGET)]
    ours = responses[["SUBJECT", "VISIT", "SOD", "TARGETS"]].rename(columns={"SUBJECT": "USUBJID"})
    return rows[["USUBJID", "VISIT", "TRSEQ", "MM"]].merge(
        ours, on=["USUBJID", "VISIT"], how="left", validate="many_to_one"
    )


def _datasets(found: Efficacy) -> dict[str, pd.DataFrame]:
    adrs = derive_adrs(found.visits, found.confirmed, found.unconfirmed, found.facts)
    adqs = found.adqs.merge(
        found.facts[["USUBJID", "GROUP", "LEVEL"]], on="USUBJID", how="left", validate="many_to_one"
    )
    made = {"adtr": ("TR", found.adtr), "adrs": ("RS", adrs), "adtte": ("DM", found.adtte[_TTE]), "adqs": ("QS", adqs)}
    present = {name: frame for name, (domain, frame) in made.items() if found.cut.has(domain)}
    adsl = found.facts[["USUBJID", "ITTFL", "EFFFL", "MEASFL"]]
    return present | {"adsl": adsl, "findings": found.findings}
