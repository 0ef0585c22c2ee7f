"""Decisions and posteriors against base R (tests/golden/designs/interval_designs.R), n = 1 to 12 at four targets (escalation.md section 10)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from nk521lib.standards.designs.decision_table import decision_table
from nk521lib.standards.designs.posterior import prob_rate_above
from nk521lib.terms import ComparatorSays

FILE = Path(__file__).parents[2] / "golden" / "designs" / "interval_designs.csv"
ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
LETTER = {
    ComparatorSays.ESCALATE: "E",
    ComparatorSays.STAY: "S",
    ComparatorSays.DEESCALATE: "D",
    ComparatorSays.ELIMINATE: "X",
}


@pytest.mark.parametrize("phi", sorted({row["phi"] for row in ROWS}))
@pytest.mark.parametrize("design, column", [("BOIN", "boin"), ("mTPI-2", "mtpi2")])
def test_decisions_against_R(phi, design, column):
    said = decision_table(design, float(phi), 12)
    golden = {int(row["n"]): row[column] for row in ROWS if row["phi"] == phi}
    assert {n: "".join(LETTER[says] for says in row) for n, row in said.items()} == golden


def test_posteriors_above_the_target_against_R():
    for row in ROWS:
        n = int(row["n"])
        golden = [float(value) for value in row["above"].split()]
        assert prob_rate_above(np.arange(n + 1), np.full(n + 1, n), float(row["phi"])) == pytest.approx(
            golden, abs=1e-11
        )
