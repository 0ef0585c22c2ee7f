"""What a pack of the demo claims, made by the chapters in this process: no notebook is run for it."""

import pytest

from nk521lib.chapters.efficacy import derive_efficacy
from nk521lib.chapters.escalation import decide_groups, derive_escalation, list_datasets
from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.overview import count_overview
from nk521lib.recount import Claims
from nk521lib.results import Fraction, to_frame


def _claims(cut) -> Claims:
    escalation, safety, efficacy = derive_escalation(cut), derive_safety(cut), derive_efficacy(cut)
    datasets = {**list_datasets(escalation), **safety.datasets, **efficacy.datasets}
    rows = count_overview(safety.adae, safety.columns, cut)
    numbers = [number for row in rows for cell in row.values() if isinstance(cell, Fraction) for number in cell]
    return Claims(decide_groups(cut, escalation), datasets, to_frame(numbers))


@pytest.fixture(scope="session")
def claims_of():
    return _claims


@pytest.fixture(scope="session")
def newest_demo(demo_cut):
    cut = demo_cut("D3")
    return cut, _claims(cut)


@pytest.fixture(scope="session", params=["D1", "D2", "D3"])
def each_demo(request, demo_cut, newest_demo):
    if request.param == "D3":
        return newest_demo
    cut = demo_cut(request.param)
    return cut, _claims(cut)
