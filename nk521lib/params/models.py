"""Types and permitted ranges of every parameter, one frozen model per section of params/nk521.yaml.

The numbers themselves, their tags, sources and alternatives live in the YAML file alone; nothing here has a default.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from nk521lib.params.terms import Terms
from nk521lib.params.values import (
    Clause,
    Count,
    Days,
    Estimand,
    Fraction,
    Grade,
    Group,
    HoldRules,
    Limits,
    Names,
    NotBuilt,
    Positive,
    ScreenLimits,
    Section,
    Window,
)


class Trial(Section):
    study: str
    title: str
    product: str
    listing_phase: str
    body_phase: str
    sponsor: str
    planned_subjects: Count
    groups: tuple[Group, ...]
    levels: tuple[Positive, ...]
    dose_unit: str
    dose_unit_cells: Positive
    level_prefix: str
    dose_days: tuple[Annotated[int, Field(ge=1)], ...]
    cycle1_doses: Count
    dose_window_days: Days
    start_level: Annotated[int, Field(ge=1)]
    intrapatient_escalation: NotBuilt
    group_rule: Literal["recorded", "volume", "depth"]
    ascites_large_ml: Positive
    month_days: Positive

    @model_validator(mode="after")
    def _ladder_is_sound(self):
        if list(self.levels) != sorted(set(self.levels)):
            raise ValueError("levels must rise, each once")
        if list(self.dose_days) != sorted(set(self.dose_days)):
            raise ValueError("dose_days must rise, each once")
        ids = [group.id for group in self.groups]
        if len(ids) != len(set(ids)):
            raise ValueError("group ids must differ")
        known = {None, *range(1, len(self.levels) + 1)}
        for group in self.groups:
            for arm, level in group.arms.items():
                if level not in known:
                    raise ValueError(f"arm {arm} names level {level}, expected 1 to {len(self.levels)}")
        return self


class Data(Section):
    required_domains: Names
    required_variables: dict[str, Names]
    cutoff_rule: Literal["cut", "as_extracted"]
    max_file_mb: Positive
    max_rows: Annotated[int, Field(ge=1)]
    dose_low_factor: Positive
    dose_high_factor: Positive
    unit_tolerance: Fraction
    plausible: dict[str, tuple[Positive, Positive]]
    changed_grade_min: Annotated[int, Field(ge=2, le=5)]
    ctcae_version: str
    relation_map: dict[str, Literal["RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED"]]
    related_values: Names
    enrolled_decod: Names
    assessor: str


class Screening(Section):
    age_min: Count
    age_max: Count
    ecog_max: Count
    lines_min: Count
    line_failure: Names
    line_scope: Literal["systemic", "any"]
    adjuvant_counts: Literal["relapse_6m", "always", "never"]
    life_expectancy_months: Positive
    measurable_mm: Positive
    measurable_node_mm: Positive
    baseline_scan_days: Days
    enrol_date_source: Literal["enrolled_milestone", "eligibility_confirmed", "first_dose"]
    age_anchor: Literal["enrolment", "consent"]
    cytology_window: Literal["any", "28_days"]
    window_inclusive: bool
    screen_window_days: Days
    lab_window_days: Days
    pregnancy_window_days: Days
    wocbp_rule: Literal["not_sterile_not_12m_amenorrhoea"]
    e02_years: Count
    e02_exceptions: Names
    e05_months: Count
    qtc_method: Literal["QTcF", "QTcB", "reported"]
    qtc_max: Positive
    lvef_min: Positive
    nyha_excluded_from: Annotated[int, Field(ge=1, le=4)]
    sbp_flag: Positive
    dbp_flag: Positive
    radical_rt_days: Days
    palliative_rt_days: Days
    surgery_days: Days
    surgery_rule: Literal["in_window_and_unrecovered", "any_in_window", "any_unrecovered"]
    trial_drug_days: Days
    cell_therapy_years: Count
    anticancer_days: Days
    e10_days: Days
    albumin_is_transfusion: bool
    steroid_days: Days
    steroid_max_mg: Positive
    steroid_equivalents: dict[str, Positive]
    steroid_basis: Literal["highest_day", "mean"]
    hbv_rule: Literal["detectable_or_above_uln", "above_uln_only"]
    hcv_rule: Literal["antibody", "rna_confirmed"]
    anc_min: Positive
    platelets_min: Positive
    hgb_min: Positive
    alt_uln: Positive
    alt_liver_metastasis_uln: Positive
    liver_primary_relief: bool
    bili_uln: Positive
    bili_gilbert_uln: Positive
    bili_gilbert_mg_dl: Positive
    gilbert_rule: Literal["uln", "mg_dl", "either", "both"]
    creat_uln: Positive
    crcl_min: Positive
    crcl_formula: Literal["cockcroft_gault"]
    crcl_weight: Literal["measured", "ideal", "post_drainage"]
    crcl_source: Literal["derived", "reported"]
    almost_fraction: Fraction
    depth_small_cm: Positive
    depth_large_cm: Positive


class Escalation(Section):
    design: Literal["3+3"]
    groups_independent: bool
    group_cap: Count
    cap_policy: Literal["hold", "hard_stop", "ignore"]
    cap_basis: Literal["dosed", "enrolled", "evaluable"]
    mtd_min_n: Literal[3, 6]
    top_confirm6: bool
    dlt_window: Window
    dlt_min_doses: Count
    full_dose_fraction: Fraction
    followup_slack_days: Days
    underdosed_rule: Literal["noneval", "level_received"]
    replace_nonevaluable: bool
    max_replacements: Count | None
    extend_for_delay: bool
    tox_missed_doses: Annotated[int, Field(ge=1)]
    dlt_needs_committee: bool
    dlt_clauses: dict[Literal["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10"], Clause]
    dlt_screen_limits: ScreenLimits
    sentinel_days: Days
    next_gap_days: Days
    hold_rules: HoldRules
    backfill: bool
    allow_rolling_six: NotBuilt
    target_rate: Annotated[float, Field(gt=0, lt=1)]
    boin_low: Positive
    boin_high: Positive
    elimination_probability: Annotated[float, Field(ge=0.95, le=0.95)]  # built into the comparators
    mtpi2_halfwidth: Positive
    crm_halfwidth: Positive
    crm_prior_variance: Positive
    crm_prior_mtd: Annotated[int, Field(ge=1)]
    late_days: Days
    oc_truths: tuple[tuple[Fraction, ...], ...]
    pathway_truth: tuple[Fraction, ...]


class Safety(Section):
    teae_end_days: Days
    worsening_unknown: Literal["teae", "not_teae"]
    sae_related_always: bool
    ae_collection: Literal["worst_per_episode"]
    aesi: Names
    crs_scale: Literal["ASTCT"]
    symptom_rule: Literal["laboratory_only", "worst_case"]
    hy_window_days: Days
    hy_alt_uln: Positive
    hy_bili_uln: Positive
    hy_alp_uln: Positive
    hy_bili_strict: bool
    calcium_albumin_days: Days
    vital_limits: Limits
    high_grade: Grade
    aesi_groups: dict[str, Names]
    aesi_min_grade: dict[str, Grade]
    death_days: Days
    expected_on_doses: dict[Literal["LB", "VS", "EG"], tuple[Annotated[int, Field(ge=1)], ...]]
    expected_days_before: Days
    figure_max_subjects: Count
    no_level_columns: Literal["hide", "show"]
    narrative_tests: Names
    narrative_days_before: Days
    narrative_days_after: Days


class Efficacy(Section):
    response_source: Literal["derived", "investigator"]
    imaging_weeks: tuple[Annotated[int, Field(ge=1)], ...]
    imaging_then_every_weeks: Annotated[int, Field(ge=1)]
    imaging_window_days: Days
    tte_start: Literal["first_dose", "enrolment"]
    confirm_cr_pr: bool
    confirm_days: Days
    sd_min_days: Days
    cr_then_pr: Literal["pd", "plain", "query"]
    pr_drop: Fraction
    pd_rise: Positive
    pd_rise_mm: Positive
    node_normal_mm: Positive
    too_small_mm: Positive
    irecist: NotBuilt
    missed_n: Annotated[int, Field(ge=1)]
    pfs_new_therapy: Literal["censor", "ignore"]
    clinical_pd_is_event: bool
    km_min_n: Annotated[int, Field(ge=2)]
    conf_level: Annotated[float, Field(gt=0.5, lt=1)]
    landmark_days: tuple[Days, ...]
    pufs_start: Literal["first_dose", "last_planned_drainage", "last_infusion", "enrolment"]
    pufs_event: Literal["therapeutic", "documented_need", "any"]
    unknown_indication: Literal["volume", "event", "not_event"]
    ther_min_ml: Positive
    diag_max_ml: Positive
    unknown_purpose_max: Fraction
    pufs_new_therapy: Literal["censor", "ignore"]
    markers: Names
    marker_drop: Fraction
    hrqol_instrument: Literal["QLQ-C30", "FACIT-AI", "EQ-5D-5L"]
    hrqol_days: tuple[int, ...]
    hrqol_then_every_days: Annotated[int, Field(ge=1)]
    hrqol_window_days: Days
    mid: Positive
    mid_of_score: dict[str, Positive]
    facit_ai_code: Annotated[str, Field(pattern="^[A-Z][A-Z0-9]{0,5}$")]
    facit_ai_reversed: tuple[Annotated[int, Field(ge=1, le=13)], ...] | None
    eq5d_value_set: dict[Annotated[str, Field(pattern="^[1-5]{5}$")], float] | None
    baseline_visits: Names
    scan_span_days: Days
    node_locations: Names
    max_between: Annotated[int, Field(ge=0, le=5)]
    sd_between_pr: bool
    subsequent_therapy: Names
    study_exit: Names
    therapeutic_purposes: Names
    other_purposes: Names
    ascites_therapy: Names
    marker_units: dict[str, Names]
    marker_confirm_days: Days
    gcig_evaluable_uln: Positive
    gcig_pretreatment_days: Days
    gcig_interference_days: Days
    mouse_antibodies: Names
    infused_hours: Annotated[int, Field(ge=0, le=336)]
    ascites_pr_drop: Fraction
    ascites_pd_rise: Positive
    ascites_confirm_days: Days
    paracentesis_days: Annotated[int, Field(ge=1, le=366)]
    estimands: tuple[Estimand, ...]


SECTIONS: dict[str, type[Section]] = {
    "trial": Trial, "data": Data, "screening": Screening,
    "escalation": Escalation, "safety": Safety, "efficacy": Efficacy,
    "terms": Terms,
}  # fmt: skip
