"""Efficacy: from lesions to response, from punctures to puncture-free survival (spec efficacy.md, rulings.md section 6)."""

from dataclasses import dataclass, field, replace

import pandas as pd

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
    """Everything the chapter derives from one snapshot, once. Frames with one row per dosed subject are in the order of `facts`."""

    facts: pd.DataFrame = field(repr=False)
    columns: list[Column] = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    records: pd.DataFrame = field(repr=False)
    lesion_records: pd.DataFrame = field(repr=False)
    lesions: pd.DataFrame = field(repr=False)
    recorded_sums: pd.DataFrame = field(repr=False)
    assessments: pd.DataFrame = field(repr=False)
    responses: pd.DataFrame = field(repr=False)
    recorded: pd.DataFrame = field(repr=False)
    visits: pd.DataFrame = field(repr=False)
    adtr: pd.DataFrame = field(repr=False)
    confirmed: pd.DataFrame = field(repr=False)
    unconfirmed: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame = field(repr=False)
    adtte: pd.DataFrame = field(repr=False)
    drainages: pd.DataFrame = field(repr=False)
    reportable: pd.DataFrame = field(repr=False)
    alternatives: pd.DataFrame = field(repr=False)
    markers: pd.DataFrame = field(repr=False)
    marker_responses: pd.DataFrame = field(repr=False)
    ca125: pd.DataFrame = field(repr=False)
    volumes: pd.DataFrame = field(repr=False)
    ascites: pd.DataFrame = field(repr=False)
    adqs: pd.DataFrame = field(repr=False)
    compliance: pd.DataFrame = field(repr=False)
    odd_answers: pd.DataFrame = field(repr=False)
    findings: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    datasets: dict[str, pd.DataFrame] = field(repr=False, default_factory=dict)

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
    """All analysis datasets of the chapter; one whose source domain the snapshot does not have is not among `datasets`."""
    adsl, doses = derive_subjects(cut), derive_doses(cut)
    facts = derive_efficacy_subjects(cut, adsl)
    records = derive_records(cut, adsl)
    assessments = derive_assessments(records)
    lesion_records = derive_lesion_records(cut, records)
    lesions = derive_lesions(cut, lesion_records, records)
    responses = derive_responses(lesions, recist_rules(cut)).astype({"VISIT": "Int64"})
    recorded = derive_recorded(cut, records)
    visits = derive_visit_responses(cut, assessments, lesions, responses, recorded)
    visits = _with_target_records(visits, lesions)
    facts = derive_sets(facts, derive_measurable(cut, lesions), visits)
    confirmed, unconfirmed = (derive_best(cut, visits, facts, confirm) for confirm in (True, False))
    drainages = derive_drainages(cut, facts, doses)
    adtte = _times(cut, facts, visits, confirmed if cut.params.efficacy.confirm_cr_pr else unconfirmed, drainages)
    markers, volumes, forms = derive_markers(cut, facts), derive_volumes(cut, facts, doses), derive_forms(cut, facts)
    adqs = derive_adqs(cut, facts, forms)
    found = Efficacy(
        facts, columns(facts, cut, received=False), doses, records, lesion_records, lesions, _recorded_sums(lesion_records, responses), assessments, responses, recorded, visits,
        derive_adtr(responses, lesions, assessments), confirmed, unconfirmed, derive_differences(visits), adtte, drainages,
        derive_reportable(cut, facts, drainages), derive_alternatives(cut, facts, drainages) if cut.has("PR") else adtte.iloc[:0], markers,
        derive_marker_responses(cut, facts, markers), derive_ca125(cut, facts, markers, drainages, doses), volumes,
        derive_ascites(cut, facts, volumes, drainages), adqs, derive_compliance(cut, facts, adqs), instrument_in_use(cut.params).check(forms),
    )  # fmt: skip
    found = replace(found, findings=to_frame(check_efficacy(cut, found)))
    return replace(found, datasets=_datasets(cut, found))


def _times(
    cut: Cut, facts: pd.DataFrame, visits: pd.DataFrame, best: pd.DataFrame, drainages: pd.DataFrame
) -> pd.DataFrame:
    """adtte with the engine's own columns. Without procedures in the snapshot there is no puncture-free survival: death alone would be another endpoint."""
    parts = [derive_os(facts)]
    if cut.has("RS") or cut.has("TR"):
        parts += [derive_pfs(cut, facts, visits), derive_dor(cut, facts, visits, best)]
    if cut.has("PR"):
        parts += [derive_pufs(cut, facts, drainages), derive_ttnp(cut, facts, drainages)]
    out = pd.concat(parts, ignore_index=True)
    out["SRCDOM"] = out["PARAMCD"].map(_SOURCE).astype("string").mask(out["RULE"].eq("death"), "DM")
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


def _datasets(cut: Cut, found: Efficacy) -> dict[str, pd.DataFrame]:
    adrs = derive_adrs(found.visits, found.confirmed, found.unconfirmed, found.facts)
    adqs = found.adqs.merge(
        found.facts[["USUBJID", "GROUP", "LEVEL"]], on="USUBJID", how="left", validate="many_to_one"
    )
    made = {"adtr": ("TR", found.adtr), "adrs": ("RS", adrs), "adtte": ("DM", found.adtte[_TTE]), "adqs": ("QS", adqs)}
    present = {name: frame for name, (domain, frame) in made.items() if cut.has(domain)}
    adsl = found.facts[["USUBJID", "ITTFL", "EFFFL", "MEASFL"]]
    return present | {"adsl": adsl, "findings": found.findings}
