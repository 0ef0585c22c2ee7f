"""Chapter 1: who may enter, why not, and what is still unknown.

facts.py turns records into facts, criteria.py is the protocol's list as one table over facts, evaluate.py decides.
"""

from nk521lib.chapters.screening.criteria import BY_ID, CRITERIA
from nk521lib.chapters.screening.evaluate import ADIE, Eligibility, criteria_apply, derive_eligibility
from nk521lib.chapters.screening.facts import FACTS, derive_facts

__all__ = ["ADIE", "BY_ID", "CRITERIA", "FACTS", "Eligibility", "criteria_apply", "derive_eligibility", "derive_facts"]
