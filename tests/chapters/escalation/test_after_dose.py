"""What came after which dose: times where both are known, days otherwise, and nothing guessed (rulings.md section 8).

A case of a table is a subject told beside it, before any test runs.
"""
# ruff: noqa: B008   (a case is meant to be told once)

import pandas as pd
import pytest

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.chapters.escalation.after_dose import count_onsets, dose_lots, masking_drugs, onsets_after_dose
from tests.chapters.escalation.conftest import Cases


def event(start, term="Pyrexia", **more):
    return {
        "AETERM": term,
        "AEDECOD": term,
        "AEREL": "UNLIKELY",
        "AETOXGR": "1",
        "AESTDTC": start,
    } | more


case = Cases()


@pytest.fixture(scope="module")
def found(make_trial):
    """found(case): the answers for the snapshot that it stands in: onsets after doses, and drugs that may mask."""

    def derive(cut):
        chapter = derive_escalation(cut)
        return onsets_after_dose(cut, chapter), masking_drugs(cut, chapter)

    return case.derive(make_trial, derive)


@pytest.fixture(scope="module")
def after(found):
    """after(case): what `onsets_after_dose` says of it, as rows of DOSENO, DAYSAFTER, HOURS."""

    def ask(name):
        rows = found(name)[0]
        rows = rows.loc[rows["USUBJID"].eq(name), ["DOSENO", "DAYSAFTER", "HOURS"]].astype(object)
        return rows.where(rows.notna(), None).values.tolist()

    return ask


def had(*events, clock="T10:00") -> str:
    return case(domains={"AE": list(events)}, clock=clock)


#   onset                        times of doses   dose, days after, hours after
ONSETS = [
    ("2026-03-02T18:30",         "T10:00",        [1, 0, 8.5]),
    ("2026-03-02T10:00",         "T10:00",        [1, 0, 0.0]),
    ("2026-03-09T09:59",         "T10:00",        [1, 7, 7 * 24 - 1 / 60]),   # before the second dose of that day
    ("2026-03-09T10:00",         "T10:00",        [2, 0, 0.0]),
    ("2026-03-09",               "T10:00",        [2, 0, None]),              # no time: after the dose of that day
    ("2026-03-09T12:00",         "",              [2, 0, None]),
    ("2026-03-30T11:00",         "T10:00",        [4, 7, 169.0]),             # after the last dose
    ("2026-03",                  "T10:00",        [None, None, None]),        # may be before or after any dose
]  # fmt: skip
ONSET_CASES = {(onset, clock): had(event(onset), clock=clock) for onset, clock, _ in ONSETS}


@pytest.mark.parametrize("onset, clock, expected", ONSETS)
def test_latest_dose_before_an_onset(after, onset, clock, expected):
    (found,) = after(ONSET_CASES[onset, clock])
    assert found[:2] == expected[:2]
    assert found[2] == pytest.approx(expected[2]) if expected[2] is not None else found[2] is None


def test_before_the_first_dose_is_not_after_any(
    after, before=had(event("2026-03-01"), event("2026-03-02T09:59"), event("2026-02"))
):
    assert after(before) == []


def test_only_the_listed_terms_in_any_case(
    after, three=had(event("2026-03-03", "PYREXIA "), event("2026-03-03", "Hypoxia"), event("2026-03-03", "Chills"))
):
    assert len(after(three)) == 2


def test_subjects_per_dose_number_of_those_who_received_it(make_trial):
    """S has two fevers after dose 1 and one after dose 2; T got one dose and has none."""
    onsets = ("2026-03-02T12:00", "2026-03-03", "2026-03-10", "2026-03")
    events = [event(onset, USUBJID="S") for onset in onsets]
    cut = make_trial({"S": {}, "T": {"doses": (1,)}}, AE=events)
    counts = count_onsets(cut, derive_escalation(cut))
    shown = {number: counts["A", "fever", number].fmt for _, kind, number in counts if kind == "fever"}
    assert shown == {1: "1/2", 2: "1/1", 3: "0/1", 4: "0/1"}
    assert counts["A", "fever", 1].n.usubjids == ("S",)
    assert counts["A", "hypoxia", 1].fmt == "0/2"


def test_nobody_dosed_has_no_counts(make_trial):
    cut = make_trial({})
    assert count_onsets(cut, derive_escalation(cut)) == {} and onsets_after_dose(cut, derive_escalation(cut)).empty


def test_drugs_that_may_mask_an_event(make_trial, day):
    """From the first dose to the last dose (day 22) + 28 days; the window ends on day 28."""
    drugs = [{"USUBJID": "S", "CMTRT": "x", "CMDECOD": name, "CMSTDTC": start} for name, start in
             (("Dexamethasone", day(5)), ("Tocilizumab", day(29)), ("Dexamethasone", day(50)), ("Dexamethasone", day(51)),
              ("Amoxicillin", day(5)), ("Paracetamol", day(28) + "T14:00"))]  # fmt: skip
    cut = make_trial({"S": {"clock": "T10:00"}}, CM=drugs)
    found = masking_drugs(cut, derive_escalation(cut))
    assert found[["CLASS", "STUDYDAY", "INWINDOW", "DOSENO", "DAYSAFTER"]].values.tolist() == [
        ["steroid", 5, True, 1, 4], ["antipyretic", 28, True, 4, 6], ["anticytokine", 29, False, 4, 7], ["steroid", 50, False, 4, 28],
    ]  # fmt: skip
    assert found["HOURS"].tolist()[1] == 6 * 24 + 4 and pd.isna(found["HOURS"][0])


#   start         end             listed    in the window     (first dose 2026-03-02)
IN_USE = [
    ("2026-02-20", "2026-03-01",  False,    None),
    ("2026-02-20", "2026-03-02",  True,     True),    # begun before it and still in use
    ("2026-02-20", "2026-04-10",  True,     True),
    ("2026-02-20", "2026-03",     True,     None),    # may have ended after the first dose
    ("2026-02-20", None,          True,     None),
    ("2026-03",    None,          True,     None),    # may have begun before or after it
    (None,         None,          True,     None),
]  # fmt: skip


IN_USE_CASES = {
    (start, end): case(domains={"CM": [{"CMTRT": "Prednisone", "CMSTDTC": start, "CMENDTC": end}]})
    for start, end, *_ in IN_USE
}


@pytest.mark.parametrize("start, end, listed, inside", IN_USE)
def test_in_use_unless_it_surely_ended_before_the_first_dose(found, start, end, listed, inside):
    name = IN_USE_CASES[start, end]
    drugs = found(name)[1].loc[lambda rows: rows["USUBJID"].eq(name)]
    assert len(drugs) == listed
    if listed:
        assert drugs["DOSENO"].isna().all()
        (answer,) = drugs["INWINDOW"]
        assert pd.isna(answer) if inside is None else answer == inside


def lots(make_trial, *doses):
    """doses : (day, lot, viability, sterility)."""
    rows = [{"USUBJID": "S", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDAY": d, "EXLOT": lot, "EXVIAB": viable, "EXSTERIL": sterile}
            for d, lot, viable, sterile in doses]  # fmt: skip
    dlt = event("2026-03-11", "Hypotension", USUBJID="S", AEREL="RELATED", AETOXGR="3", AEENDTC="2026-03-12")
    cut = make_trial({"S": {"doses": ()}}, AE=[dlt], EX=rows)
    return dose_lots(cut, derive_escalation(cut)).set_index("LOT")


def test_events_by_lot(make_trial):
    """The event on day 10 comes after both doses of L1 and before the dose without a lot."""
    found = lots(make_trial, (1, "L1", None, None), (8, "L1", None, None), (15, None, None, None))
    assert found["DOSES"].to_dict() == {"L1": 2, "not recorded": 1}
    assert found["WITHEVENT"].to_dict() == {"L1": ("S",), "not recorded": ()}
    assert found["VIABLOW"].isna().all() and found["STERIL"].tolist() == [(), ()]


def test_viability_and_sterility_by_lot(make_trial):
    """A late result stands beside the earlier one; what was not recorded stays missing."""
    found = lots(
        make_trial,
        (1, "L1", 92.5, "no growth"),
        (8, "L1", 88.0, "No growth "),
        (15, "L1", None, "Growth"),
        (22, "L2", None, None),
    )
    assert found.loc["L1", ["VIABLOW", "VIABHIGH", "STERIL"]].tolist() == [88.0, 92.5, ("GROWTH", "NO GROWTH")]
    assert pd.isna(found.loc["L2", "VIABLOW"]) and found.loc["L2", "STERIL"] == ()
