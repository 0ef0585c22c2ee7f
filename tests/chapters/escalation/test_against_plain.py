"""`derive_dlt_status` and the proposals against the second implementation, on random subjects and on the demo snapshots (escalation.md sections 2 to 7)."""

import random

import pandas as pd
import pytest

from nk521lib.chapters.escalation import decide_groups, derive_dlt_status
from nk521lib.recount.decisions import ENTRY, derive_decisions
from nk521lib.recount.statuses import derive_statuses


def plain_statuses(cut) -> dict[str, str]:
    return {subject: str(found.status) for subject, found in derive_statuses(cut).items()}


TERMS = ["Hypotension", "Diarrhoea", "Pyrexia", "Hypokalaemia", "Neutropenia", "Thrombocytopenia", "Anaemia", "Lymphopenia",
         "Cytokine release syndrome", "Peritonitis", "Alanine aminotransferase increased"]  # fmt: skip


def random_trial(make_trial, day, cutoff, subjects, seed):
    """Subjects at the edges of every rule: days 27, 28, 29, durations of 3, 4, 7, 8 days, 80 % doses, all judges."""
    pick = random.Random(seed).choice
    plans, ae, ds, adjud = {}, [], [], []
    for number in range(subjects):
        name, arm = f"S{number}", pick(["A_DL1", "A_DL2", "B_DL1"])
        plans[name] = {
            "arm": arm, "doses": pick([(1,), (1, 8), (1, 8, 15), (1, 8, 15, 22), (1, 9, 22)]), "seen": pick([(), (27,), (28,), (40,)]),
            "cells": pick([1.0, 0.8, 0.7]) * {"1": 1.0, "2": 3.0}[arm[-1]],
        }  # fmt: skip
        events = [
            event
            for _ in range(pick([0, 1, 2]))
            if (event := random_event(pick, day, name))["AESTDTC"] is None or event["AESTDTC"] <= cutoff
        ]
        ae += events
        for decod, days in (
            ("PROGRESSIVE DISEASE", [None, None, None, 10, 27, 28]),
            ("DEATH", [None, None, None, 20, 28, 29]),
        ):
            at = pick(days)
            if at and day(at) <= cutoff:
                ds.append({"USUBJID": name, "DSCAT": "DISPOSITION EVENT", "DSDECOD": decod, "DSSTDAY": at})
        for seq in (pick([1, 2, None]) for _ in range(pick([0, 1, 2]))):
            if seq is None or seq <= len(events):
                adjud.append(
                    {"USUBJID": name, "ITEM": "DLT", "VALUE": pick("YN"), "ADJDTC": "2026-05-01", "AESEQ": seq}
                )
    return make_trial(plans, cutoff=cutoff, AE=ae, DS=ds, ADJUD=adjud)


def random_event(pick, day, name):
    start, length = pick([None, -2, 1, 5, 20, 28, 29]), pick([None, 0, 1, 2, 3, 4, 7, 8])
    row = {
        "USUBJID": name, "AETERM": "x", "AEDECOD": pick(TERMS), "AETOXGR": pick([None, "1", "2", "3", "4"]), "CRSGR": pick([None, "1", "2", "3"]),
        "AEREL": pick([None, "RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED"]), "AEACN": pick([None, "DOSE NOT CHANGED", "DRUG WITHDRAWN", "DOSE REDUCED"]),
        "AEDLT": pick([None, None, "Y", "N"]), "AEDLTADJ": pick([None, None, None, "Y", "N"]), "AESTDTC": None, "AEENDTC": None, "AEOUT": None,
    }  # fmt: skip
    if start is not None:
        row["AESTDTC"] = day(start)
        if length is not None:
            end = start + length
            row["AEENDTC"] = day(end + (start < 0 <= end))  # there is no day 0
    return row


@pytest.mark.parametrize("cutoff", ["2026-03-20", "2026-03-28", "2026-03-29", "2026-06-30"])
def test_random_subjects_agree_with_the_plain_implementation(make_trial, day, cutoff):
    cut = random_trial(make_trial, day, cutoff, subjects=1500, seed=cutoff)
    derived = derive_dlt_status(cut)
    assert derived["STATUS"].nunique() == (4 if cutoff < "2026-03-29" else 5)  # CLEAR is possible from the last day on
    assert dict(zip(derived["USUBJID"], derived["STATUS"], strict=True)) == plain_statuses(cut)


@pytest.mark.parametrize("snapshot", ["D1", "D2", "D3"])
def test_demo_snapshots_agree_with_the_plain_implementation(demo_cut, snapshot):
    cut = demo_cut(snapshot)
    derived = derive_dlt_status(cut)
    assert dict(zip(derived["USUBJID"], derived["STATUS"], strict=True)) == plain_statuses(cut)


def in_words(entry) -> dict:
    return {name: sorted(entry[name]) if name == "possible" else entry[name] for name in ENTRY}


@pytest.mark.parametrize("seed", range(12))
def test_random_trials_have_the_same_proposals(make_trial, day, seed):
    """Small groups with every status, so that slots, ends of the ladder, cap and holds all come up."""
    cut = random_trial(make_trial, day, ["2026-03-20", "2026-06-30"][seed % 2], subjects=2 + seed, seed=seed)
    found, plain = decide_groups(cut)["groups"], derive_decisions(cut, derive_statuses(cut))
    assert {group: in_words(entry) for group, entry in found.items()} == {g: in_words(own) for g, own in plain.items()}


WIDER = [*TERMS, "Febrile neutropenia", "Immune effector cell-associated neurotoxicity syndrome", "Acute graft versus host disease",
         "Infusion related reaction", "Anaphylactic reaction", "Abdominal pain", "Intestinal perforation", "Epistaxis", "Catheter site infection"]  # fmt: skip
LIMITS = {
    "NEUT": ("10^9/L", (0.3, 0.3, 2.0)),
    "PLAT": ("10^9/L", (20.0, 40.0, 200.0)),
    "ALT": ("U/L", (30.0, 300.0, 300.0)),
}


def test_partial_dates_clocks_episodes_samples_and_lost_doses_agree(make_trial, day):
    """Everything that a real extract brings at once: statuses and the days on which they were known."""
    pick = random.Random(5).choice
    plans, ae, lb, ex, adjud, ss = {}, [], [], [], [], []
    for number in range(600):
        name = f"S{number}"
        plans[name] = {"arm": pick(["A_DL1", "A_DL2", "B_DL1"]), "doses": pick([(1, 8, 15, 22), (1, 8), (1, 8, 15)]),
                       "seen": pick([(28,), (28, 40), ()]), "clock": pick(["", "T10:00"])}  # fmt: skip
        ae += [wider_event(pick, day, name) for _ in range(pick([0, 1, 2, 3]))]
        test = pick([*LIMITS, None, None, None])
        if test:
            unit, values = LIMITS[test]
            row = {"USUBJID": name, "LBSTRESU": unit, "LBSTNRHI": 40.0, "LBSTNRLO": 1.0, "LBTESTCD": test}
            lb += [row | {"LBSTRESN": pick(values), "LBDTC": day(at)} for at in (-5, 1, 4, 8, 12, 20, 30)]
            lb.append(
                row
                | {
                    "LBTESTCD": "BILI",
                    "LBSTRESN": pick([10.0, 90.0]),
                    "LBSTRESU": "umol/L",
                    "LBDTC": day(pick([4, 9, 33])),
                }
            )
        if pick([0, 0, 0, 1]):
            ex.append({"USUBJID": name, "EXTRT": "NK521", "EXDOSE": pick([0.0, 0.5]), "EXDOSU": "10^9 CELLS", "EXADJ": "TOXICITY", "EXSTDTC": day(22)})  # fmt: skip
        if pick([0, 0, 1]):
            adjud.append({"USUBJID": name, "ITEM": "DLT", "VALUE": pick("YNNN"), "ADJDTC": pick(["2026-03-12", "2026-05-01"]), "AESEQ": pick([None, None, 1])})  # fmt: skip
        if pick([0] * 9 + [1]):
            ss.append({"USUBJID": name, "SSTESTCD": "SURVSTAT", "SSSTRESC": "DEAD", "SSDTC": day(pick([20, 35]))})
    cut = make_trial(plans, cutoff="2026-06-30", AE=ae, LB=lb, EX=ex, ADJUD=adjud, SS=ss)
    derived, plain = derive_dlt_status(cut), derive_statuses(cut)
    known = derived["KNOWNDT"].fillna(derived["FREEDT"])
    found = {
        u: (s, None if at is pd.NaT else at.date())
        for u, s, at in zip(derived["USUBJID"], derived["STATUS"], known, strict=True)
    }
    assert derived["STATUS"].nunique() == 5
    assert found == {subject: (str(own.status), own.known) for subject, own in plain.items()}


def wider_event(pick, day, name):
    start = pick([-3, 1, 3, 10, 27, 29])
    end = start + pick([0, 1, 2, 3, 4, 8])
    end += start < 0 <= end  # there is no day 0
    begins, ends = day(start) + pick(["", "", "T09:00", "T11:00"]), pick([None, day(end) + pick(["", "T08:00"])])
    return {
        "USUBJID": name, "AETERM": "x", "AEDECOD": pick(WIDER), "AETOXGR": pick([None, "2", "3", "4", "5"]), "CRSGR": pick([None, "2", "3"]),
        "ICANSGR": pick([None, "2", "3"]), "AEREL": pick(["RELATED", "PROBABLE", "ODD", "NOT RELATED", None]), "AERELPR": pick([None, None, "Y", "N"]),
        "AEACN": pick([None, "DRUG INTERRUPTED", "DOSE NOT CHANGED"]), "AEDLT": pick([None, None, None, "Y", "N"]), "AEDLTADJ": None,
        "AEOUT": pick([None, None, "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED"]), "AEGRPID": pick([None, None, "G1"]),
        "AESTDTC": pick([begins, begins, begins, begins[:7]]), "AEENDTC": pick([ends, ends, ends, ends and ends[:7]]),
    }  # fmt: skip
