"""Lesion records made ready for RECIST 1.1: exact measurements, numbered visits, and what is wrong with them."""

import pandas as pd

from nk521lib.standards.recist_rules import (
    ABSENT,
    MERGED,
    NE,
    NEW,
    NM_PER_MM,
    NON_TARGET,
    ROLES,
    STATES,
    TARGET,
    TOO_SMALL,
    RecistRules,
)

COLUMNS = ("SUBJECT", "VISIT", "DATE", "LESION", "ROLE", "NODE", "DIAMETER", "STATE", "EVALUABLE")


def require_lesion_columns(lesions: pd.DataFrame) -> None:
    """Raise ValueError for a missing column, a row without its keys, or a ROLE that does not exist."""
    missing = [name for name in COLUMNS if name not in lesions]
    if missing:
        raise ValueError(f"lesions: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    keyless = lesions[["SUBJECT", "VISIT", "LESION", "ROLE"]].isna().any(axis=1)
    if keyless.any():
        raise ValueError(f"lesions: {int(keyless.sum())} rows without SUBJECT, VISIT, LESION or ROLE")
    unknown = sorted(set(lesions["ROLE"].unique()) - set(ROLES))
    if unknown:
        raise ValueError(f"lesions: ROLE is {', '.join(unknown)}; expected one of {', '.join(ROLES)}")


def is_true(condition: pd.Series) -> pd.Series:
    """Where a three-valued condition is known to hold: the one place where unknown becomes "not shown"."""
    return condition.astype("boolean").fillna(False).astype(bool)


def _strange_state(lesions: pd.DataFrame) -> pd.Series:
    strange = pd.Series(False, index=lesions.index)
    for role, words in STATES.items():
        strange |= lesions["ROLE"].eq(role) & lesions["STATE"].notna() & ~lesions["STATE"].isin(words)
    return strange.astype(bool)


def _indistinct(lesions: pd.DataFrame) -> pd.Series:
    key = ["SUBJECT", "VISIT", "ROLE", "LESION"] + (["PART"] if "PART" in lesions else [])
    return lesions["ROLE"].eq(TARGET).astype(bool) & lesions.duplicated(key, keep=False)


def _absent_with_size(lesions: pd.DataFrame) -> pd.Series:
    """A node is "absent" when it is small; anything else with a diameter is there."""
    node = is_true(lesions["NODE"].eq(True))
    return is_true(lesions["STATE"].eq(ABSENT)) & is_true(lesions["DIAMETER"].gt(0)) & ~node


def derive_measurements(lesions: pd.DataFrame, rules: RecistRules) -> pd.DataFrame:
    """Lesion rows with STATE cleaned, NM (int64, whole nanometres) and MEASURED (bool; NM means nothing without).

    A given DIAMETER counts, also below 5 mm. Without one: TOO SMALL is `too_small_mm`, ABSENT is 0, and MERGED is
    0 because the lesion it merged with carries the sum. Not measured: EVALUABLE False, STATE NE or a word its
    role does not have, a negative diameter, ABSENT (and no node) with a diameter above 0, rows of one target at
    one visit that no PART tells apart. EVALUABLE missing says nothing either way: the diameter decides.
    """
    lesions = lesions.reset_index(drop=True)
    unreadable = _strange_state(lesions) | _absent_with_size(lesions)
    state = lesions["STATE"].astype("string").mask(unreadable, NE)
    nm = (lesions["DIAMETER"].astype("Float64") * NM_PER_MM).round().astype("Int64")
    sizeless = nm.isna()
    nm = nm.mask(sizeless & is_true(state.eq(TOO_SMALL)), round(rules.too_small_mm * NM_PER_MM))
    nm = nm.mask(sizeless & is_true(state.isin([ABSENT, MERGED])), 0)
    refused = is_true(lesions["EVALUABLE"].eq(False)) | is_true(state.eq(NE)) | is_true(nm.lt(0))
    measured = nm.notna() & ~refused & ~_indistinct(lesions)
    return lesions.assign(STATE=state, NM=nm.mask(~measured, 0).astype("int64"), MEASURED=measured.astype(bool))


def derive_visits_and_records(
    lesions: pd.DataFrame, rules: RecistRules, baseline_visit: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Visits (one row each, sorted by SUBJECT and VISIT) and the lesion records that point at them.

    visits  : SUBJECT, VISIT, DATE (first date of the visit), BASELINE bool, FOLLOWS_BASELINE bool (has one).
    records : derive_measurements plus V (row number in visits), L (lesion number), AT_BASELINE, FROM_BASELINE (its
              lesion is listed at the baseline visit), FIRST_PART (true on one row per lesion and visit).
    Visits before the baseline visit are left out.
    """
    require_lesion_columns(lesions)
    records = derive_measurements(lesions, rules)
    records = records[records["VISIT"].ge(baseline_visit)].reset_index(drop=True)
    by_visit = records.groupby(["SUBJECT", "VISIT"], sort=True)
    visits = by_visit["DATE"].min().reset_index()
    visits["BASELINE"] = visits["VISIT"].eq(baseline_visit).astype(bool)
    visits["FOLLOWS_BASELINE"] = visits.groupby("SUBJECT")["BASELINE"].transform("any").astype(bool)

    records["V"] = by_visit.ngroup().astype("int64")
    records["L"] = records.groupby(["SUBJECT", "ROLE", "LESION"], sort=False).ngroup().astype("int64")
    records["AT_BASELINE"] = records["VISIT"].eq(baseline_visit).astype(bool)
    records["FROM_BASELINE"] = records["L"].isin(records.loc[records["AT_BASELINE"], "L"].unique())
    records["FIRST_PART"] = ~records.duplicated(["V", "L"])
    return visits, records


PROBLEMS = (
    "before the baseline visit",
    "state unknown to this role",
    "negative diameter",
    "absent with a diameter",
    "several rows of one target",
    "not listed at baseline",
    "new lesion at baseline",
    "node or not unknown",
    "undated",
)
"""What check_lesions looks for, in its order."""


def check_lesions(lesions: pd.DataFrame, baseline_visit: int) -> pd.DataFrame:
    """One row per problem of a record: SUBJECT, VISIT, ROLE, LESION, PROBLEM (one of PROBLEMS).

    How each is handled: before the baseline visit - left out; unknown state, negative, absent with a diameter,
    several rows - not evaluable; not listed at baseline - not in the sum, though its unequivocal progression
    counts; new lesion at baseline - no effect; node unknown - neither gone below 10 mm nor seen again after CR.
    """
    require_lesion_columns(lesions)
    key = ["SUBJECT", "ROLE", "LESION"]
    listed = lesions.loc[lesions["VISIT"].eq(baseline_visit), key].drop_duplicates()
    after = lesions["VISIT"].gt(baseline_visit)
    known = lesions[key].merge(listed.assign(LISTED=True), how="left", on=key, validate="many_to_one")
    unlisted = known["LISTED"].isna().to_numpy()
    sized = lesions["DIAMETER"].gt(0)
    found = {
        "before the baseline visit": lesions["VISIT"].lt(baseline_visit),
        "state unknown to this role": _strange_state(lesions),
        "negative diameter": lesions["DIAMETER"].lt(0),
        "absent with a diameter": _absent_with_size(lesions),
        "several rows of one target": _indistinct(lesions),
        "not listed at baseline": after & unlisted & lesions["ROLE"].isin([TARGET, NON_TARGET]),
        "new lesion at baseline": lesions["VISIT"].eq(baseline_visit) & lesions["ROLE"].eq(NEW),
        "node or not unknown": lesions["ROLE"].eq(TARGET) & lesions["NODE"].isna() & sized,
        "undated": lesions["DATE"].isna(),
    }
    keys = ["SUBJECT", "VISIT", "ROLE", "LESION"]
    parts = [lesions.loc[is_true(found[p]), keys].assign(PROBLEM=p) for p in PROBLEMS]
    return pd.concat(parts, ignore_index=True).astype({"PROBLEM": "string"})
