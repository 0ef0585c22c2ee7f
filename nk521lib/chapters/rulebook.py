"""The rules of this trial by the numbers they make: where each stands in the specification, and the parameters it reads.

One table, so that a reader can go from a number to its rule and from a rule to every number that it touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from nk521lib.standards.laboratory_names import laboratory_name


@dataclass(frozen=True)
class Rule:
    """id : its anchor on a page. numbers : analysis_id of its result rows, or how they begin (`km_os`, `hrqol_`)."""

    id: str
    says: str
    spec: str
    parameters: tuple[str, ...]
    numbers: tuple[str, ...]


def _rule(id: str, says: str, spec: str, parameters: str, numbers: str) -> Rule:
    return Rule(id, says, spec, tuple(parameters.split()), tuple(numbers.split()))


RULES = (
    _rule("dlt-status", "DLT status of a dosed subject", "escalation.md 2, 5, 6; rulings.md 3.1 to 3.6",
          "dlt_window dlt_min_doses full_dose_fraction followup_slack_days underdosed_rule replace_nonevaluable extend_for_delay "
          "dlt_needs_committee tox_missed_doses dlt_clauses dlt_screen_limits dose_days dose_window_days", "dlt_level dlt_rate"),
    _rule("dose-decision", "Dose decision of a group, its certainty and what may follow", "escalation.md 3, 4, 7; rulings.md 3.7 to 3.11",
          "levels start_level mtd_min_n top_confirm6 group_cap cap_policy cap_basis groups_independent hold_rules oc_truths",
          "places p_over_cap oc_3plus3 pathway_ scenario_ assumption_ months_left"),
    _rule("comparators", "What other designs say, advisory", "escalation.md 10; rulings.md 3.13",
          "target_rate boin_low boin_high elimination_probability mtpi2_halfwidth crm_halfwidth crm_prior_variance crm_prior_mtd", "comparator_ design_ oc_designs"),
    _rule("eligibility", "Eligibility of a screened subject, criterion by criterion", "protocol.md 5 to 7; rulings.md section 2",
          "window_inclusive screen_window_days lab_window_days enrol_date_source age_anchor", "screening_"),
    _rule("people", "Who was screened, enrolled and dosed, with what", "safety.md 1, 10; rulings.md 3.14, section 9",
          "enrolled_decod dose_low_factor dose_high_factor", "demographics disposition domain_subjects narratives"),
    _rule("exposure", "Doses, cells and intensity", "safety.md 10; rulings.md 5.8", "dose_days levels dose_unit dose_unit_cells", "exposure lot_"),
    _rule("teae", "Treatment-emergent adverse event", "safety.md 3; rulings.md 5.1, 5.2",
          "teae_end_days worsening_unknown ae_collection sae_related_always", "ae_ rate_teae reaction_by_dose onset_after_dose"),
    _rule("relation", "Related to the product", "rulings.md section 1", "relation_map related_values", "ae_overview ae_related_soc_pt"),
    _rule("aesi", "Event of special interest", "safety.md 5 to 7", "aesi aesi_groups aesi_min_grade crs_scale", "ae_special_interest ae_overview"),
    _rule("deaths", "Deaths and when they fell", "safety.md 10; rulings.md 5.7", "death_days", "deaths"),
    _rule("lab-grade", "CTCAE grade of a laboratory value", "safety.md 4; rulings.md 5.3 to 5.5", "ctcae_version symptom_rule calcium_albumin_days teae_end_days", "lab_"),
    _rule("hys-law", "Hy's law pattern", "safety.md 9; rulings.md 5.6", "hy_window_days hy_alt_uln hy_bili_uln hy_alp_uln hy_bili_strict", "edish_"),
    _rule("vitals", "Vital signs and ECG beyond their limits", "safety.md 9; rulings.md 5.5", "vital_limits qtc_method", "vitals_ ecg_ watched expected_"),
    _rule("sets", "Who counts for efficacy", "efficacy.md 1", "measurable_mm measurable_node_mm", "efficacy_sets rule_of_none chance_of_seeing"),
    _rule("response", "Response at a scan and best response", "efficacy.md 2; rulings.md 6.1 to 6.4",
          "response_source confirm_cr_pr confirm_days sd_min_days max_between sd_between_pr cr_then_pr pr_drop pd_rise pd_rise_mm "
          "node_normal_mm too_small_mm scan_span_days conf_level", "best_response rate_orr rate_dcr response_open convention_ waterfall figure"),
    _rule("os", "Overall survival", "efficacy.md 3; rulings.md 6.8", "tte_start km_min_n conf_level landmark_days",
          "km_os landmark_os follow_up_os no_time_os"),
    _rule("pfs", "Progression-free survival and duration of response", "efficacy.md 3; rulings.md 6.5 to 6.7",
          "tte_start imaging_weeks imaging_then_every_weeks imaging_window_days missed_n pfs_new_therapy clinical_pd_is_event km_min_n",
          "km_pfs landmark_pfs follow_up_pfs no_time_pfs km_dor landmark_dor follow_up_dor no_time_dor definition_pfs"),
    _rule("pufs", "Puncture-free survival and time to the next paracentesis", "efficacy.md 4; rulings.md 6.10",
          "pufs_start pufs_event therapeutic_purposes other_purposes unknown_indication ther_min_ml unknown_purpose_max pufs_new_therapy",
          "km_pufs landmark_pufs follow_up_pufs no_time_pufs definition_pufs drainage_purpose cuminc_ttnp"),
    _rule("quality", "Quality of life", "efficacy.md 7; rulings.md 5.9", "hrqol_instrument hrqol_days hrqol_then_every_days hrqol_window_days mid", "hrqol_"),
    _rule("recount", "Every decisive number a second time", "the specification, read again", "", "recount"),
)  # fmt: skip


def rules_of(analysis_id: str) -> Iterator[Rule]:
    """The rules that a result row of this analysis rests on."""
    for rule in RULES:
        if any(analysis_id == name or (name.endswith("_") and analysis_id.startswith(name)) or analysis_id.startswith(f"{name}_")
               for name in rule.numbers):  # fmt: skip
            yield rule


def numbers_by_rule(analysis_ids: Iterable[str]) -> dict[str, list[str]]:
    """Rule id -> analyses it touched, in their order; those of no rule under an empty id."""
    found: dict[str, list[str]] = {rule.id: [] for rule in RULES}
    for name in dict.fromkeys(analysis_ids):
        touched = list(rules_of(name))
        for rule in touched:
            found[rule.id].append(name)
        if not touched:
            found.setdefault("", []).append(name)
    return found


USED = ("addlt", "adie", "adae", "adlb", "adrs", "adtte")
"""Datasets that `uses_of_records` reads."""


def uses_of_records(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Which records of a subject which rule read, with what it concluded: USUBJID ANSWER VALUE RULE RECORDS.

    RECORDS as `AE:3;EX:1`, a domain alone where the whole domain is read. Taken from the published datasets alone.
    """
    parts = [
        *_status(tables),
        *_criteria(tables),
        *_events(tables),
        *_grades(tables),
        *_responses(tables),
        *_times(tables),
    ]
    columns = ["USUBJID", "ANSWER", "VALUE", "RULE", "RECORDS"]
    if not parts:
        return pd.DataFrame(columns=columns).astype("string")
    return pd.concat([part.reindex(columns=columns).astype("string") for part in parts], ignore_index=True)


def _status(tables) -> Iterator[pd.DataFrame]:
    if (addlt := tables.get("addlt")) is not None:
        said = addlt["STATUS"] + (": " + addlt["REASON"]).fillna("")
        yield addlt[["USUBJID"]].assign(ANSWER="DLT status", VALUE=said, RULE="dlt-status", RECORDS=addlt["SRCIDS"])


def _criteria(tables) -> Iterator[pd.DataFrame]:
    if (adie := tables.get("adie")) is not None:
        yield adie[["USUBJID"]].assign(ANSWER=adie["IETESTCD"], VALUE=adie["EFFECT"] + (", " + adie["EVIDENCE"]).fillna(""),
                                       RULE="eligibility", RECORDS=adie.get("SRCIDS", pd.NA))  # fmt: skip


def _events(tables) -> Iterator[pd.DataFrame]:
    if (adae := tables.get("adae")) is None:
        return
    record = "AE:" + adae["SRCSEQ"].astype("string")
    flags = {
        "TRTEMFL": ("teae", "treatment-emergent"),
        "DLTFL": ("dlt-status", "dose-limiting"),
        "AESIFL": ("aesi", "of special interest"),
    }
    for flag, (rule, words) in flags.items():
        mine = adae[adae[flag].eq("Y").fillna(False)] if flag in adae else adae.head(0)  # a flag is Y or null
        grade = ", grade " + mine["ATOXGRN"].astype("string")
        value = mine["APT"].fillna("uncoded") + grade.fillna(", grade missing") if "APT" in mine else grade
        yield mine[["USUBJID"]].assign(ANSWER=words, VALUE=value, RULE=rule, RECORDS=record.reindex(mine.index))


def _grades(tables) -> Iterator[pd.DataFrame]:
    if (adlb := tables.get("adlb")) is None:
        return
    for direction, words in (("L", "low"), ("H", "high")):
        worst = adlb[adlb[f"WORST{direction}FL"].eq("Y").fillna(False) & adlb[f"ATOXGR{direction}"].ge(1).fillna(False)]
        value = (
            worst["PARAMCD"].map(laboratory_name).astype("string")
            + f" {words}, grade "
            + worst[f"ATOXGR{direction}"].astype("string")
        )
        record = worst["SRCDOM"] + ":" + worst["SRCSEQ"].astype("string")
        yield worst[["USUBJID"]].assign(ANSWER="worst laboratory grade", VALUE=value, RULE="lab-grade", RECORDS=record)


def _responses(tables) -> Iterator[pd.DataFrame]:
    if (adrs := tables.get("adrs")) is None:
        return
    for name, words in (("CBOR", "best response, confirmed"), ("BOR", "best response")):
        mine = adrs[adrs["PARAMCD"].eq(name)]
        # A rule that is named as the response it gives adds nothing to it.
        why = (", " + mine["BESTRULE"]).mask(mine["BESTRULE"].eq(mine["AVALC"])).fillna("") if "BESTRULE" in mine else ""  # fmt: skip
        yield mine[["USUBJID"]].assign(ANSWER=words, VALUE=mine["AVALC"] + why, RULE="response", RECORDS="TU;TR;RS")


def _times(tables) -> Iterator[pd.DataFrame]:
    if (adtte := tables.get("adtte")) is None:
        return
    rules = {
        "OS": ("os", "DM;DS"),
        "PFS": ("pfs", "TU;TR;RS"),
        "DOR": ("pfs", "TU;TR;RS"),
        "PUFS": ("pufs", "PR"),
        "TTNP": ("pufs", "PR"),
    }
    for name, (rule, records) in rules.items():
        mine = adtte[adtte["PARAMCD"].eq(name)]
        day = mine["ADT"].astype("string").str.slice(0, 10)
        value = mine["EVNTDESC"].str.lower() + ", " + day.fillna("no date") + ", day " + mine["AVAL"].astype("string")
        yield mine[["USUBJID"]].assign(ANSWER=name, VALUE=value, RULE=rule, RECORDS=records)
