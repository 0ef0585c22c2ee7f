"""An adjud row with ITEM ACK turns a BLOCK into a FLAG, no more and no longer than it says (rulings.md 3.12)."""

import pytest

from nk521lib.terms import Effect

A1, B1 = "NK521-01-001", "NK521-01-002"


def planted(ack=None, end="2026-08-03"):
    def plant(study):
        study["AE"][0]["AEENDTC"] = end
        if ack is not None:
            row = {"USUBJID": None, "GROUP": None, "LEVEL": None, "ITEM": "ACK", "VALUE": "NKD-010", "ADJDTC": "2026-09-30",
                   "SNAPSHOT": "T001", "AESEQ": None, "REASON": "typing error, corrected at site"}  # fmt: skip
            study["ADJUD"].append(row | ack)

    return plant


#  the row                                              does it cover the finding?
ROWS = [
    ({"USUBJID": A1}, True), ({"USUBJID": A1, "AESEQ": 1}, True), ({"GROUP": "A"}, True),
    ({"USUBJID": A1, "AESEQ": 2}, False), ({"USUBJID": B1}, False), ({"GROUP": "B"}, False), ({}, False),
    ({"USUBJID": A1, "VALUE": "NKD-020"}, False), ({"USUBJID": A1, "ITEM": "DLT"}, False),
    ({"USUBJID": A1, "GROUP": "B"}, False), ({"USUBJID": A1, "GROUP": "A", "ITEM": "ack ", "VALUE": "nkd-010"}, True),
    ({"GROUP": "A", "ADJDTC": "2026-01-01"}, False), ({"GROUP": "A", "ADJDTC": None}, False),
    ({"USUBJID": A1, "ADJDTC": "2026-10-05", "SNAPSHOT": "T000"}, False), ({"USUBJID": A1, "ADJDTC": "2026-10-05"}, True),
]  # fmt: skip


# A row of a group covers its subjects wherever they are: it is planted into a study alone.
NAMED = [n for n, (row, _) in enumerate(ROWS) if "USUBJID" in row]


@pytest.fixture(scope="module")
def named(studies):
    """Findings by row of ROWS that names a subject, in one snapshot, a study for each."""
    about, _ = studies([planted(ROWS[n][0]) for n in NAMED])
    return dict(zip(NAMED, about, strict=True))


@pytest.mark.parametrize("n", range(len(ROWS)), ids=lambda n: f"row{n}-{ROWS[n][1]}")
def test_an_acknowledgement_covers_its_finding_alone(study, named, n):
    row, covers = ROWS[n]
    said = named[n] if n in named else study(planted(row), only="NKD-010")
    (found,) = [finding for finding in said if finding.id == "NKD-010"]
    assert found.effect is (Effect.FLAG if covers else Effect.BLOCK)
    assert ("typing error" in found.disposition) is covers


def test_an_acknowledgement_with_fingerprint_lapses_when_the_value_changes(study):
    (found,) = study(planted(), only="NKD-010")
    row = {"USUBJID": A1, "VALUE": f"NKD-010#{found.fingerprint}"}
    (same,) = study(planted(row), only="NKD-010")
    (changed,) = study(planted(row, end="2026-08-02"), only="NKD-010")
    assert (same.effect, changed.effect) == (Effect.FLAG, Effect.BLOCK)
