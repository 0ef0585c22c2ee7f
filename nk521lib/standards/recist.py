"""RECIST 1.1 from lesions: sums, nadir, target, non-target and overall response at every visit.

Lift this with its four neighbours `recist_rules`, `recist_lesions`, `recist_target`, `recist_nontarget`; best
response over visits is `recist_best`. Source: Eisenhauer et al., Eur J Cancer 2009;45:228; spec efficacy.md
section 2, rulings.md 6.1-6.3.
"""

import numpy as np
import pandas as pd

from nk521lib.standards.recist_lesions import check_lesions, derive_visits_and_records
from nk521lib.standards.recist_nontarget import derive_new_lesion, derive_non_target_response
from nk521lib.standards.recist_rules import (
    CR,
    NE,
    NEW_LESION,
    NON_CR_NON_PD,
    NONE,
    PD,
    PR,
    SD,
    YES,
    RecistRules,
)
from nk521lib.standards.recist_target import derive_target_response

__all__ = ["RecistRules", "check_lesions", "derive_responses", "overall_response"]

TARGET_RESPONSES = (CR, PR, SD, PD, NE, NONE)
NON_TARGET_RESPONSES = (CR, NON_CR_NON_PD, PD, NE, NONE)


def _codes(values: pd.Series, allowed: tuple[str, ...], name: str) -> pd.Series:
    """The response, with a missing one read as NE: not assessed and not evaluable weigh the same."""
    codes = values.astype("string").fillna(NE)
    unknown = sorted(set(codes.unique()) - set(allowed))
    if unknown:
        raise ValueError(f"{name} is {', '.join(unknown)}; expected one of {', '.join(allowed)}")
    return codes


def overall_response(target: pd.Series, non_target: pd.Series, new_lesion: pd.Series) -> pd.Series:
    """Overall response of a visit, from its three parts (string Series of one index, any length).

    target CR, PR, SD, PD, NE, NONE; non_target CR, NON-CR/NON-PD, PD, NE, NONE; new_lesion YES, NO, EQUIVOCAL, NE.
    Missing counts as NE. NONE says that baseline had no such lesion. An equivocal new lesion waits for its next
    scan and changes nothing yet; one that could not be evaluated leaves anything but PD open: NE.
    Raises ValueError for a code that does not exist. Source: efficacy.md section 2 (table), rulings.md 6.3.
    """
    target = _codes(target, TARGET_RESPONSES, "target response")
    non_target = _codes(non_target, NON_TARGET_RESPONSES, "non-target response")
    new_lesion = _codes(new_lesion, NEW_LESION, "new lesion")
    no_targets = target.eq(NONE)
    response = np.select(
        [
            target.eq(PD) | non_target.eq(PD) | new_lesion.eq(YES),
            new_lesion.eq(NE),
            no_targets & non_target.isin([CR, NON_CR_NON_PD]),
            no_targets,
            target.eq(CR) & non_target.isin([CR, NONE]),
            target.isin([CR, PR]),
        ],
        [PD, NE, non_target, NE, CR, PR],
        default=target,
    )
    return pd.Series(response, index=target.index, dtype="string")


def derive_responses(
    lesions: pd.DataFrame,
    rules: RecistRules | None = None,
    baseline_visit: int = 0,
    markers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Response at every visit, one row per SUBJECT and VISIT, sorted so; the baseline visit has no response.

    lesions : one row per lesion (or PART of a split one) and visit. SUBJECT string; VISIT number that orders the
        visits; DATE datetime64; LESION string, the same at every visit; ROLE TARGET, NON-TARGET or NEW; NODE
        boolean; DIAMETER Float64 mm, longest, or short axis for a node; STATE string (recist_rules.STATES);
        EVALUABLE boolean; optional PART. The input is not changed.
    baseline_visit : VISIT value of the baseline; earlier visits are left out (check_lesions names them).
    markers : optional SUBJECT, VISIT, MARKERS_NORMAL boolean; without it markers are no part of the rule.

    Returns SUBJECT, VISIT, DATE (first of the visit), BASELINE, the columns of derive_target_response,
    NON_TARGET, NEW_LESION, OVERALL. Without a baseline visit everything is NE. Raises ValueError for missing
    columns or keys and for an unknown ROLE; all else that is wrong with a record is check_lesions' to say.
    """
    rules = rules or RecistRules()
    visits, records = derive_visits_and_records(lesions, rules, baseline_visit)
    markers_normal = None
    if markers is not None:
        keys = visits[["SUBJECT", "VISIT"]]
        found = keys.merge(markers, how="left", on=["SUBJECT", "VISIT"], validate="one_to_one")
        markers_normal = found["MARKERS_NORMAL"].astype("boolean")
    out = pd.concat(
        [
            visits[["SUBJECT", "VISIT", "DATE"]],
            visits["BASELINE"].astype("boolean"),
            derive_target_response(visits, records, rules),
        ],
        axis=1,
    )
    out["NON_TARGET"] = derive_non_target_response(visits, records, rules, markers_normal)
    out["NEW_LESION"] = derive_new_lesion(visits, records)
    overall = overall_response(out["TARGET"], out["NON_TARGET"], out["NEW_LESION"])
    out["OVERALL"] = overall.mask(~visits["FOLLOWS_BASELINE"], NE).mask(visits["BASELINE"])
    return out
