"""The paper's material of the newest demo cut, made from the chapters' functions as a run makes it."""

from dataclasses import replace

import pytest

from nk521lib.chapters import escalation
from nk521lib.chapters.escalation.counts import count_levels
from nk521lib.chapters.safety import derive_safety
from nk521lib.chapters.safety.worst_grade import count_worst_grades
from nk521lib.chapters.subjects import columns
from nk521lib.display.brief import Material
from nk521lib.findings import to_frame
from nk521lib.results import to_frame as number_rows


@pytest.fixture(scope="package")
def material(demo_cut) -> Material:
    """Demo D3: group A would escalate, group B waits for one subject; B has a DLT and a late event."""
    cut = demo_cut("D3")
    found, safety = escalation.derive_escalation(cut), derive_safety(cut)
    data = escalation.list_datasets(found) | escalation.list_standing(cut, found)
    data |= {"adsl": safety.adsl, "adae": safety.adae, "adlb": safety.adlb}
    worst = count_worst_grades(safety.adae, found.status, columns(safety.adsl[safety.adsl["SAFFL"].eq("Y").fillna(False)], cut))  # fmt: skip
    levels = [n for g in found.groups for level in count_levels(found, g) for n in (level.n, level.x, level.low, level.high)]  # fmt: skip
    findings = to_frame((*cut.findings, *found.findings))
    return Material(
        cut,
        escalation.decide_groups(cut, found),
        number_rows(levels),
        findings,
        data,
        worst,
        "0123456789abcdef" * 4,
        "v1",
    )


@pytest.fixture(scope="session")
def with_entry():
    """with_entry(material, "A", decision=…): the same material with a group's entry changed."""

    def change(material: Material, group: str, **changes) -> Material:
        groups = dict(material.decisions["groups"])
        groups[group] = groups[group] | changes
        return replace(material, decisions=material.decisions | {"groups": groups})

    return change


@pytest.fixture(scope="session")
def words():
    """Everything a brief says, in one text."""

    def gather(value) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return "\n".join(gather(item) for item in value.values())
        return "\n".join(gather(item) for item in value) if isinstance(value, list) else ""

    return gather
