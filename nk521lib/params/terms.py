"""The word lists that make a record count, versioned with the other parameters."""

from nk521lib.params.values import Names, Section


class Terms(Section):
    """Coded terms, compared whole and in capitals: a term that is not listed never counts as one that is."""

    terms_version: str
    neutropenia: Names
    febrile_neutropenia: Names
    thrombocytopenia: Names
    anaemia: Names
    white_cells: Names
    bleeding: Names
    gi_exempt: Names
    fever: Names
    laboratory: Names
    transaminases: Names
    crs: Names
    icans: Names
    gvhd_acute: Names
    gvhd_chronic: Names
    infusion_reaction: Names
    allergic: Names
    peritonitis: Names
    perforation: Names
    obstruction: Names
    abdominal_pain: Names
    catheter: Names
    doses_missed: Names
    doses_reduced: Names
    toxicity_reasons: Names
    masking: dict[str, Names]
    not_monotherapy: dict[str, Names]
    watched_after_dose: dict[str, Names]
    aesi_terms: dict[str, Names]
    anticoagulant: Names
    other_malignancy_categories: Names
    symptomatic_cns: Names
    carcinomatous_meningitis: Names
    autoimmune: Names
    autoimmune_exempt: Names
    immunodeficiency: Names
    transplant: Names
    severe_arrhythmia: Names
    severe_conduction: Names
    acute_coronary: Names
    heart_failure: Names
    aortic_dissection: Names
    stroke: Names
    other_grade3_vascular: Names
    other_severe_vascular: Names
    pd1_hypersensitivity: Names
    liver_metastasis: Names
    liver_primary: Names
    primary_tumour_categories: Names
    gilbert: Names
    major_surgery: Names
    trauma: Names
    radiotherapy: Names
    radical_intents: Names
    palliative_intents: Names
    investigational_categories: Names
    anticancer_categories: Names
    prior_line_categories: Names
    anticancer_medicines: Names
    regional_anticancer: Names
    cell_therapy: Names
    adjuvant_intents: Names
    regional_routes: Names
    growth_factor: Names
    erythropoietin: Names
    red_cell: Names
    platelet: Names
    transfusion: Names
    plasma: Names
    albumin: Names
    corticosteroid: Names
    local_routes: Names
    immunomodulator: Names
    prior_toxicity_exempt: Names
    cross_section_methods: Names
    other_ecg_methods: Names
    drainage: Names
    positive_results: Names
    negative_results: Names
