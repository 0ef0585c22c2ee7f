"""Whatever is absent or empty, checks and cut-off run to their end and invent nothing."""

from dataclasses import replace

import pytest

from nk521lib.chapters.checks import find_all, refusals
from nk521lib.chapters.checks.check import Study
from nk521lib.chapters.cutoff import apply_cutoff
from nk521lib.edge.typed import gather
from nk521lib.schemas import DOMAINS, NO_SUBJECT

ONE = {"USUBJID": "NK521-01-001", "ARMCD": "A_DL1"}
BARE = {"USUBJID": "NK521-01-001"}
STUDIES = {
    "nothing at all": {},
    "no subject": {"DM": []},
    "a subject alone": {"DM": [ONE]},
    "no dose": {"DM": [ONE], "EX": []},
    "a dose without date and amount": {"DM": [ONE], "EX": [BARE]},
    "a partial dose date": {"DM": [ONE], "EX": [BARE | {"EXSTDTC": "2026-08", "EXDOSE": 1.0}], "AE": [BARE]},
    "every domain, no record": {domain: [] for domain in DOMAINS},
    "every domain, one empty record": {d: [{} if d in NO_SUBJECT else ONE if d == "DM" else BARE] for d in DOMAINS},
}
NO_DESIGN = ("levels=[]", "groups=[]", "dose_days=[]")


@pytest.mark.parametrize(
    "settings", [(), NO_DESIGN, ("cutoff_rule=as_extracted",)], ids=["design", "no design", "as extracted"]
)
@pytest.mark.parametrize("domains", STUDIES.values(), ids=STUDIES)
def test_checks_and_cutoff_run_to_their_end(make_cut, domains, settings):
    whole = make_cut(settings=("required_domains=[]", "required_variables={}", *settings), **domains)
    assert refusals(Study(whole, whole, gather([]))) == []
    frames, audit, known_after = apply_cutoff(whole)
    assert audit.empty
    assert known_after.empty
    cut = replace(whole, frames=frames, audit=audit, known_after=known_after)
    assert all(finding.message for finding in find_all(Study(whole, cut, gather([]))))
