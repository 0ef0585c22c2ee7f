"""`derive_dlt_status` against the second implementation, on random subjects and on the demo snapshots."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nk521lib.chapters.escalation import derive_dlt_status

_spec = importlib.util.spec_from_file_location("plain_addlt", Path(__file__).with_name("plain_addlt.py"))
plain = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(plain)

TERMS = ["Hypotension", "Diarrhoea", "Pyrexia", "Hypokalaemia", "Neutropenia", "Thrombocytopenia", "Anaemia", "Lymphopenia",
         "Cytokine release syndrome", "Peritonitis", "Alanine aminotransferase increased"]  # fmt: skip
YES_NO = st.sampled_from([None, None, "Y", "N"])
AE = st.fixed_dictionaries({
    "AEDECOD": st.sampled_from(TERMS), "AETOXGR": st.sampled_from([None, "1", "2", "3", "4"]),
    "AEREL": st.sampled_from([None, "RELATED", "POSSIBLE", "UNLIKELY", "NOT RELATED"]),
    "start": st.sampled_from([None, -2, 1, 5, 20, 28, 29]), "length": st.sampled_from([None, 0, 1, 2, 3, 4, 7, 8]),
    "AEACN": st.sampled_from([None, "DOSE NOT CHANGED", "DRUG WITHDRAWN", "DOSE REDUCED"]), "AEDLT": YES_NO, "CRSGR": st.sampled_from([None, "1", "2", "3"]),
})  # fmt: skip
SUBJECT = st.fixed_dictionaries({
    "arm": st.sampled_from(["A_DL1", "A_DL2", "B_DL1"]), "doses": st.sampled_from([(1,), (1, 8), (1, 8, 15), (1, 8, 15, 22), (1, 9, 22)]),
    "share": st.sampled_from([1.0, 0.8, 0.7]), "seen": st.sampled_from([(), (27,), (28,), (40,)]),
    "exit": st.sampled_from([None, None, None, 10, 27, 28]), "death": st.sampled_from([None, None, None, 20, 28, 29]),
    "events": st.lists(AE, max_size=2), "judged": st.lists(st.tuples(st.sampled_from([1, 2, None]), st.sampled_from("YN")), max_size=2),
})  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(SUBJECT, min_size=8, max_size=30),
    st.sampled_from(["2026-03-20", "2026-03-28", "2026-03-29", "2026-06-30"]),
)
def test_random_subjects_agree_with_the_plain_implementation(make_trial, day, drawn, cutoff):
    subjects, ae, ds, adjud = {}, [], [], []
    for number, plan in enumerate(drawn):
        name, level = f"S{number}", plan["arm"][-1]
        amount = plan["share"] * {"1": 1.0, "2": 3.0}[level]
        subjects[name] = {"arm": plan["arm"], "doses": plan["doses"], "seen": plan["seen"], "cells": amount}
        for event in plan["events"]:
            row = {
                "USUBJID": name,
                "AETERM": event["AEDECOD"],
                "AESTDTC": None,
                "AEENDTC": None,
                "AEOUT": None,
                "AEDLTADJ": None,
            }
            row |= {k: v for k, v in event.items() if k not in ("start", "length")}
            if event["start"] is not None:
                row["AESTDTC"] = day(event["start"])
                if event["length"] is not None:
                    begun = event["start"] + event["length"]
                    row["AEENDTC"] = day(begun + (event["start"] < 0 <= begun))  # there is no day 0
            if row["AESTDTC"] is None or row["AESTDTC"] <= cutoff:
                ae.append(row)
        if plan["exit"] and day(plan["exit"]) <= cutoff:
            ds.append(
                {
                    "USUBJID": name,
                    "DSCAT": "DISPOSITION EVENT",
                    "DSDECOD": "PROGRESSIVE DISEASE",
                    "DSSTDAY": plan["exit"],
                }
            )
        if plan["death"] and day(plan["death"]) <= cutoff:
            ds.append({"USUBJID": name, "DSCAT": "DISPOSITION EVENT", "DSDECOD": "DEATH", "DSSTDAY": plan["death"]})
        known = {r for r in range(1, sum(a["USUBJID"] == name for a in ae) + 1)} | {None}
        adjud += [
            {"USUBJID": name, "ITEM": "DLT", "VALUE": v, "ADJDTC": "2026-05-01", "AESEQ": seq}
            for seq, v in plan["judged"]
            if seq in known
        ]
    cut = make_trial(subjects, cutoff=cutoff, AE=ae, DS=ds, ADJUD=adjud)
    derived = derive_dlt_status(cut)
    assert dict(zip(derived["USUBJID"], derived["STATUS"], strict=True)) == plain.statuses(cut)


@pytest.mark.parametrize("snapshot", ["D1", "D2", "D3"])
def test_demo_snapshots_agree_with_the_plain_implementation(snapshot):
    from nk521lib.edge.chapter import open_chapter

    cut = open_chapter(f"demo:{snapshot}")
    derived = derive_dlt_status(cut)
    assert dict(zip(derived["USUBJID"], derived["STATUS"], strict=True)) == plain.statuses(cut)
