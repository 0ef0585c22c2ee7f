"""The chapter and a second implementation agree on every decisive result of the demo snapshots."""

import pandas as pd
import pytest

from nk521lib.chapters.efficacy import derive_efficacy
from nk521lib.recount.times import derive_outcomes
from tests.chapters.efficacy.conftest import together
from tests.chapters.efficacy.random_subjects import random_subjects


@pytest.fixture(scope="module", params=["D1", "D2", "D3"])
def both(request, demo_cut):
    cut = demo_cut(request.param)
    return derive_efficacy(cut), derive_outcomes(cut)


def test_the_same_subjects(both):
    found, plain = both
    assert set(found.order) == set(plain) and plain


@pytest.mark.parametrize("name", ["CBOR", "BOR"])
def test_the_same_best_responses(both, name):
    found, plain = both
    best = found.best(name == "CBOR")
    assert dict(zip(best["USUBJID"], best["BEST"], strict=True)) == {u: r.best[name] for u, r in plain.items()}


@pytest.mark.parametrize("name", ["OS", "PFS", "DOR", "PUFS", "TTNP"])
def test_the_same_dates_and_codes(both, name):
    found, plain = both
    rows = found.adtte[found.adtte["PARAMCD"].eq(name)]
    ours = {u: (d.date(), int(c)) for u, d, c in zip(rows["USUBJID"], rows["ADT"], rows["CNSR"], strict=True)}
    assert ours == {u: r.times[name] for u, r in plain.items() if name in r.times}


def test_random_histories_end_alike(make_cut):
    """From SDTM records to best response and every time, 3,000 subjects at once."""
    cut = make_cut(cutoff="2028-06-30", **together(*random_subjects(3000, 8)))
    found, plain = derive_efficacy(cut), derive_outcomes(cut)
    ours = {u: {} for u in found.order}
    for name in ("CBOR", "BOR"):
        best = found.best(name == "CBOR")
        for usubjid, response in zip(best["USUBJID"], best["BEST"], strict=True):
            ours[usubjid][name] = response
    rows = found.adtte
    for usubjid, name, day, code in zip(rows["USUBJID"], rows["PARAMCD"], rows["ADT"], rows["CNSR"], strict=True):
        ours[usubjid][name] = (day.date(), int(code))
    theirs = {usubjid: {**r.best, **r.times} for usubjid, r in plain.items()}
    assert {u: (ours[u], theirs[u]) for u in theirs if ours[u] != theirs[u]} == {}
    assert {r["CBOR"] for r in theirs.values()} == {"CR", "PR", "SD", "PD", "NE"}  # all of them occur


#          subject  confirmed  not confirmed   answer key of the demo trial (nk521lib/demo/README.md)
KEY_D3 = [
    ("001", "PR", "PR"), ("004", "PD", "PD"), ("007", "SD", "SD"), ("014", "SD", "PR"), ("018", "NE", "NE"), ("020", "NE", "NE"),
    ("002", "SD", "SD"), ("005", "PD", "PD"), ("008", "SD", "SD"), ("010", "NE", "NE"), ("015", "SD", "SD"), ("017", "SD", "SD"),
    ("021", "NE", "NE"),
]  # fmt: skip


def test_best_responses_of_d3_against_the_answer_key(demo_cut):
    found = derive_efficacy(demo_cut("D3"))
    got = {
        u[-3:]: (a, b) for u, a, b in zip(found.order, found.confirmed["BEST"], found.unconfirmed["BEST"], strict=True)
    }
    assert got == {subject: (a, b) for subject, a, b in KEY_D3}
    pufs = found.adtte[found.adtte["PARAMCD"].eq("PUFS") & found.adtte["CNSR"].eq(0)]
    assert set(pufs["USUBJID"].str[-3:]) == {"004", "007", "002", "005", "010", "015"}
    pfs = found.adtte[found.adtte["PARAMCD"].eq("PFS") & found.adtte["CNSR"].eq(0)].set_index("USUBJID")["ADT"]
    assert {u[-3:]: d for u, d in pfs.items()} == {
        "002": pd.Timestamp("2026-08-27"), "004": pd.Timestamp("2026-07-27"), "005": pd.Timestamp("2026-06-24"),
    }  # fmt: skip
