"""Adverse events of special interest by explicit lists of preferred terms (spec safety.md section 7, rulings.md 5.7)."""

import pandas as pd


def derive_special_interest(adae: pd.DataFrame, safety, terms) -> dict[str, pd.Series]:
    """AESIFL (Y or null), AESICAT (kinds, joined by "; ") and AESIU, on the index of `adae`.

    adae : AEDECOD, ATOXGRN, GROUP, AESI (the investigator's flag). A kind counts only in its groups (`aesi_groups`) and from its
    lowest grade on (`aesi_min_grade`). AESIU is Y where a listed term's grade is missing, so that it cannot be told.
    """
    term = adae["AEDECOD"].str.upper().str.strip()
    kinds = pd.Series("", index=adae.index, dtype="string")
    certain = pd.Series(False, index=adae.index, dtype="boolean")
    unknown = certain.copy()
    for kind in safety.aesi:
        here = term.isin(terms.aesi_terms.get(kind, ())).astype("boolean")
        if kind in safety.aesi_groups:
            here &= adae["GROUP"].isin(safety.aesi_groups[kind])
        if kind in safety.aesi_min_grade:
            here &= adae["ATOXGRN"] >= safety.aesi_min_grade[kind]
        yes = here.fillna(False)  # only a certain kind is named; what is unknown is kept apart below
        kinds = kinds.mask(yes, kinds + "; " + kind)
        certain, unknown = certain | yes, unknown | here.isna()
    recorded = adae["AESI"].str.upper().isin(["Y"])
    kinds = kinds.mask(recorded & ~certain, "; RECORDED")
    found = pd.Series("Y", index=adae.index, dtype="string")
    return {
        "AESIFL": found.where(certain | recorded),
        "AESICAT": kinds.str.removeprefix("; ").mask(kinds.eq("")),
        "AESIU": found.where(unknown & ~certain & ~recorded),
    }
