"""The same data under other conventions: best response and progression-free survival, one choice changed at a time.

Spec: efficacy.md sections 2-3, rulings.md 6.1-6.7. Nothing here feeds a dataset; it shows what an assumption decides.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nk521lib.chapters.efficacy.people import derive_efficacy_subjects, derive_sets
from nk521lib.chapters.efficacy.response import derive_best, derive_visit_responses
from nk521lib.chapters.efficacy.survival_times import derive_pfs
from nk521lib.chapters.efficacy.tumours import derive_measurable, recist_rules
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.cut import Cut
from nk521lib.params import About
from nk521lib.standards.recist import derive_responses

if TYPE_CHECKING:
    from nk521lib.chapters.efficacy import Efficacy

OF_RESPONSE = ("response_source", "confirm_cr_pr", "sd_min_days", "max_between", "sd_between_pr", "cr_then_pr")
OF_PFS = ("response_source", "pfs_new_therapy", "missed_n", "clinical_pd_is_event", "tte_start")
_STANDARD = {"cr_then_pr": ("pd", "plain", "query")}
"""Choices of a published standard that some read otherwise; the parameter itself lists no alternative."""


def alternatives(about: About) -> list[Any]:
    """Every value that is not the one in use."""
    known = [about.default, *about.alternatives, *_STANDARD.get(about.name, ())]
    return [value for i, value in enumerate(known) if value != about.value and value not in known[:i]]


def derive_response_conventions(cut: Cut, found: "Efficacy") -> list[tuple[str, Any, pd.DataFrame]]:
    """(parameter, value, best response per dosed subject) for the choice in use ("", None) and for each alternative."""
    out = [("", None, found.best(cut.params.efficacy.confirm_cr_pr))]
    for name in OF_RESPONSE:
        for value in alternatives(cut.params.about[name]):
            other = replace(cut, params=cut.params.having(name, value))
            touched = name in ("response_source", "cr_then_pr")
            visits = _visits(other, found, _responses(other, found, name)) if touched else found.visits
            out.append((name, value, derive_best(other, visits, found.facts, other.params.efficacy.confirm_cr_pr)))
    return out


def derive_pfs_conventions(cut: Cut, found: "Efficacy") -> list[tuple[str, Any, pd.DataFrame]]:
    """(parameter, value, PFS rows of adtte) for the choice in use ("", None) and for each alternative."""
    out = [("", None, found.adtte[found.adtte["PARAMCD"].eq("PFS")])]
    for name in OF_PFS:
        for value in alternatives(cut.params.about[name]):
            other = replace(cut, params=cut.params.having(name, value))
            visits = _visits(other, found, found.responses) if name == "response_source" else found.visits
            facts = found.facts
            if name == "tte_start":
                people = derive_efficacy_subjects(other, derive_subjects(other))
                facts = derive_sets(people, derive_measurable(other, found.lesions), visits)
            out.append((name, value, derive_pfs(other, facts, visits)))
    return out


def _visits(cut: Cut, found: "Efficacy", responses: pd.DataFrame) -> pd.DataFrame:
    return derive_visit_responses(cut, found.assessments, found.lesions, responses, found.recorded)


def _responses(cut: Cut, found: "Efficacy", name: str) -> pd.DataFrame:
    """The lesions' responses, judged again only where the convention touches them."""
    if name != "cr_then_pr":
        return found.responses
    return derive_responses(found.lesions, recist_rules(cut)).astype({"VISIT": "Int64"})
