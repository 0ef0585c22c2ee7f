"""RECIST 1.1 non-target response and new lesions, judged from what the reader said of each lesion."""

import numpy as np
import pandas as pd

from nk521lib.standards.recist_lesions import is_true
from nk521lib.standards.recist_rules import (
    ABSENT,
    CR,
    EQUIVOCAL,
    MERGED,
    NE,
    NEW,
    NM_PER_MM,
    NO,
    NON_CR_NON_PD,
    NON_TARGET,
    NONE,
    PD,
    PRESENT,
    UNEQUIVOCAL,
    UNEQUIVOCAL_PD,
    YES,
    RecistRules,
)


def _has(visits: pd.DataFrame, records: pd.DataFrame, flag: pd.Series) -> np.ndarray:
    """Per visit: does any of the records flagged lie there?"""
    return np.bincount(records["V"].to_numpy()[flag.to_numpy(dtype=bool)], minlength=len(visits)) > 0


def derive_non_target_response(
    visits: pd.DataFrame, records: pd.DataFrame, rules: RecistRules, markers_normal: pd.Series | None = None
) -> pd.Series:
    """CR, NON-CR/NON-PD, PD, NE or NONE (no non-target at baseline) per visit; NA at baseline.

    PD when any non-target is unequivocally progressive, also one noted only later. CR when all those listed at
    baseline are gone (a node with a diameter: below `node_normal_mm`) and, where `markers_normal` (boolean per
    visit) is given, markers are normal; markers unknown: NE. NE when one listed at baseline was not evaluated.
    EQUIVOCAL worsening is not progression. Source: efficacy.md section 2; Eisenhauer 2009 section 4.3.3.
    """
    lesions = records[records["ROLE"].eq(NON_TARGET)]
    evaluable = ~is_true(lesions["EVALUABLE"].eq(False))
    state = lesions["STATE"]
    node_by_size = is_true(lesions["NODE"].eq(True)) & lesions["MEASURED"] & lesions["DIAMETER"].notna()
    normal_node = node_by_size & lesions["NM"].lt(round(rules.node_normal_mm * NM_PER_MM))
    progressive = evaluable & is_true(state.isin([UNEQUIVOCAL, UNEQUIVOCAL_PD]))
    gone = evaluable & (normal_node | (~node_by_size & is_true(state.isin([ABSENT, MERGED]))))
    present = evaluable & (is_true(state.isin([PRESENT, EQUIVOCAL])) | (node_by_size & ~normal_node))
    listed = lesions["FROM_BASELINE"]

    here = np.bincount(lesions.loc[listed & lesions["FIRST_PART"], "V"], minlength=len(visits))
    expected = pd.Series(np.where(visits["BASELINE"], here, 0)).groupby(visits["SUBJECT"]).transform("sum")
    all_judged = (here == expected) & ~_has(visits, lesions, listed & ~(gone | present | progressive))
    all_gone = all_judged & ~_has(visits, lesions, listed & ~gone)
    unknown_markers = pd.Series(False, index=visits.index)
    abnormal = pd.Series(False, index=visits.index)
    if markers_normal is not None:
        unknown_markers, abnormal = markers_normal.isna(), is_true(markers_normal.eq(False))
    response = np.select(
        [
            ~visits["FOLLOWS_BASELINE"],
            _has(visits, lesions, progressive),
            expected.eq(0),
            all_gone & unknown_markers,
            all_gone & ~abnormal,
            all_judged,
        ],
        [NE, PD, NONE, NE, CR, NON_CR_NON_PD],
        default=NE,
    )
    return pd.Series(response, index=visits.index, dtype="string").mask(visits["BASELINE"])


def derive_new_lesion(visits: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """YES, NO, EQUIVOCAL or NE (listed as new but not evaluated) per visit; NA at baseline.

    A lesion first equivocal and later confirmed is new from the first of those visits on (back-dated); being
    absent in between ends the chain. Source: efficacy.md section 2; Eisenhauer 2009 section 4.3.5.
    """
    lesions = records[records["ROLE"].eq(NEW) & ~records["AT_BASELINE"]]
    lesions = lesions.sort_values(["L", "V"], kind="stable")
    state = lesions["STATE"].mask(is_true(lesions["EVALUABLE"].eq(False)), NE)
    certain = is_true(state.isin([PRESENT, UNEQUIVOCAL, UNEQUIVOCAL_PD]))
    absent, equivocal = is_true(state.eq(ABSENT)), is_true(state.eq(EQUIVOCAL))
    chain = absent.astype("int64").groupby(lesions["L"]).cumsum()
    confirmed = certain.groupby([lesions["L"], chain]).transform("any") if len(lesions) else certain
    is_new = certain | (equivocal & confirmed)
    response = np.select(
        [
            _has(visits, lesions, is_new),
            _has(visits, lesions, ~(is_new | equivocal | absent)),
            _has(visits, lesions, equivocal),
        ],
        [YES, NE, EQUIVOCAL],
        default=NO,
    )
    return pd.Series(response, index=visits.index, dtype="string").mask(visits["BASELINE"])
