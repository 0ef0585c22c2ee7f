"""Both implementations agree on the demo; an error planted in either is caught; what is not recomputed is never a pass (outputs.md sections 3 to 5)."""

from dataclasses import replace

import pandas as pd
import pytest

from nk521lib.recount import Claims, compare, recount
from nk521lib.recount.people import dosed_people

A, B = "NK521-01-001", "NK521-01-008"


def test_every_decisive_number_of_the_demo_is_recomputed_and_the_same(each_demo):
    found = recount(*each_demo)
    assert found.differing == () and found.not_recomputed == ()
    assert found.agreeing == len(found.items) > 150


def test_each_kind_of_number_is_there_for_everyone(newest_demo):
    cut, claims = newest_demo
    items, people = recount(cut, claims).items, dosed_people(cut)
    assert {item.usubjid for item in items if item.kind == "DLT status"} == set(people)
    assert sum(item.kind == "best response" for item in items) == 2 * len(people)
    assert sum(item.kind == "event date" for item in items) == 4 * len(people) + 1  # OS PFS PUFS TTNP, and one DOR
    assert sum(item.kind == "count" for item in items) == 2 * 3 * 4  # groups, levels, state n x m
    assert {item.kind for item in items} == {
        "DLT status", "decision", "count", "grade", "best response", "event date", "subjects with an event",
    }  # fmt: skip


def altered(claims: Claims, name: str, column: str, value, **where) -> Claims:
    frame = claims.datasets[name].copy()
    rows = pd.Series(True, index=frame.index)
    for key, wanted in where.items():
        rows &= frame[key].eq(wanted).fillna(False)
    assert rows.any()
    frame.loc[frame.index[rows][:1], column] = value
    return replace(claims, datasets={**claims.datasets, name: frame})


def with_entry(claims: Claims, **changed) -> Claims:
    groups = {**claims.decisions["groups"], "B": claims.decisions["groups"]["B"] | changed}
    return replace(claims, decisions={**claims.decisions, "groups": groups})


#  planted in the pack                                                                     kind              what       claimed
PLANTED = [
    (lambda c: altered(c, "addlt", "STATUS", "CLEAR", USUBJID=B), "DLT status", "STATUS", "CLEAR"),
    (lambda c: with_entry(c, decision="ESCALATE"), "decision", "decision", "ESCALATE"),
    (lambda c: with_entry(c, possible=["ESCALATE"]), "decision", "possible", "ESCALATE"),
    (lambda c: with_entry(c, x=0), "decision", "x", "0"),
    (lambda c: with_entry(c, levels=[{**c.decisions["groups"]["B"]["levels"][0], "x": 2}]), "count", "level 1 x", "2"),
    (lambda c: altered(c, "adae", "ATOXGRN", 4, USUBJID=A, SRCSEQ=1), "grade", "AE 1", "4"),
    (lambda c: altered(c, "adlb", "ATOXGRH", 4, USUBJID=A, PARAMCD="ALT", WORSTHFL="Y"), "grade", "worst ALT", "4"),
    (lambda c: altered(c, "adrs", "AVALC", "CR", USUBJID=A, PARAMCD="CBOR"), "best response", "CBOR", "CR"),
    (lambda c: altered(c, "adtte", "CNSR", 0, USUBJID=A, PARAMCD="PFS"), "event date", "PFS", None),
    (lambda c: altered(c, "adtte", "ADT", pd.Timestamp("2026-07-01"), USUBJID=A, PARAMCD="OS"), "event date", "OS", None),
]  # fmt: skip


@pytest.mark.parametrize("plant, kind, what, claimed", PLANTED)
def test_an_error_planted_in_the_pack_is_caught(newest_demo, plant, kind, what, claimed):
    cut, claims = newest_demo
    (item,) = recount(cut, plant(claims)).differing
    assert (item.kind, item.what) == (kind, what)
    assert claimed is None or item.claimed == claimed


def test_an_error_planted_in_a_count_of_subjects_is_caught(newest_demo):
    cut, claims = newest_demo
    results = claims.results.copy()
    at = results.index[results["stat_name"].eq("n") & results["n_subjects"].gt(0)][0]
    results.at[at, "usubjids"] = []
    (item,) = recount(cut, replace(claims, results=results)).differing
    assert item.kind == "subjects with an event" and item.claimed == "none"


def test_a_dosed_subject_that_the_pack_leaves_out_is_caught(newest_demo):
    cut, claims = newest_demo
    addlt = claims.datasets["addlt"]
    short = replace(claims, datasets={**claims.datasets, "addlt": addlt[addlt["USUBJID"].ne(A)]})
    (item,) = recount(cut, short).differing
    assert (item.usubjid, item.claimed, item.recomputed) == (A, "missing", "CLEAR")


@pytest.mark.parametrize("module, name", [("statuses", "derive_statuses"), ("times", "derive_outcomes")])
def test_an_error_in_the_second_implementation_is_caught_too(newest_demo, monkeypatch, module, name):
    """The comparison knows no side that is right."""
    cut, claims = newest_demo
    true = getattr(getattr(compare, module), name)

    def wrong(cut):
        found = true(cut)
        return found | {A: found[B]}

    monkeypatch.setattr(getattr(compare, module), name, wrong)
    assert {item.usubjid for item in recount(cut, claims).differing} >= {A}


NOT_BUILT = [
    (("extend_for_delay=true", "pufs_event=any", "clinical_pd_is_event=true"), {"DLT status", "decision", "count", "event date"}),
    (("groups_independent=false",), {"decision", "count"}),
]  # fmt: skip


@pytest.mark.parametrize("settings, kinds", NOT_BUILT)
def test_a_reading_that_is_not_built_twice_is_said_and_not_passed(newest_demo, make_params, settings, kinds):
    cut, claims = newest_demo
    found = recount(replace(cut, params=make_params(*settings)), claims)
    assert found.differing == ()
    assert {item.kind for item in found.not_recomputed} == kinds
    names = [setting.split("=")[0] for setting in settings] + ["not recomputed"]
    assert all(any(name in item.beyond for name in names) for item in found.not_recomputed)
    assert found.agreeing + len(found.not_recomputed) == len(found.items)


BUILT = [
    ("dlt_window={anchor: first_dose, days: 21}", "mtd_min_n=3", "top_confirm6=true", "group_cap=6", "dlt_needs_committee=true",
     "response_source=investigator", "worsening_unknown=not_teae", "sd_min_days=42"),
    ("cap_policy=hard_stop", "group_cap=6", "full_dose_fraction=1.0", "replace_nonevaluable=false", "pfs_new_therapy=ignore",
     "pufs_new_therapy=ignore", "teae_end_days=90", "confirm_cr_pr=false", "hy_bili_uln=1.0"),
]  # fmt: skip


@pytest.mark.parametrize("settings", BUILT)
def test_other_readings_agree_as_well(newest_demo, claims_of, make_params, settings):
    cut = replace(newest_demo[0], params=make_params(*settings))
    found = recount(cut, claims_of(cut))
    assert found.differing == () and found.not_recomputed == ()


def changed(cut, domain: str, *records: dict):
    """The snapshot with each record over the one of its subject and --SEQ, or added where there is none."""
    frame = cut[domain].copy()
    for record in records:
        here = frame["USUBJID"].eq(record["USUBJID"]) & frame[f"{domain}SEQ"].eq(record[f"{domain}SEQ"])
        at = frame.index[here.fillna(False)][0] if here.any() else len(frame)
        frame.loc[at, list(record)] = list(record.values())
    return replace(cut, frames={**cut.frames, domain: frame.astype(cut[domain].dtypes)})


def test_a_death_that_dm_does_not_know_is_read_alike(newest_demo, claims_of):
    died = {
        "USUBJID": "NK521-01-020",
        "DSSEQ": 9,
        "DSCAT": "DISPOSITION EVENT",
        "DSDECOD": "DEATH",
        "DSSTDTC": "2026-09-24",
    }
    cut = changed(newest_demo[0], "DS", died, died | {"USUBJID": "NK521-01-018", "DSSTDTC": "2026-09"})
    cut = changed(cut, "SS", {"USUBJID": "NK521-01-017", "SSSEQ": 9, "SSSTRESC": "DEAD", "SSDTC": "2026-09-28"})
    found = recount(cut, claims_of(cut))
    assert found.differing == ()
    assert {item.usubjid[-3:] for item in found.not_recomputed} == {"017", "018"}
    times = claims_of(cut).datasets["adtte"].set_index(["USUBJID", "PARAMCD"])["CNSR"]
    assert times["NK521-01-020", "OS"] == 0


def test_lesions_that_only_their_measurements_name_are_read_alike(newest_demo, claims_of):
    """TU without a record of 007: the role of each lesion stands in TR, its site nowhere."""
    tu = newest_demo[0]["TU"]
    cut = replace(newest_demo[0], frames={**newest_demo[0].frames, "TU": tu[tu["USUBJID"].ne("NK521-01-007")]})
    found = recount(cut, claims_of(cut))
    assert found.differing == ()
    best = {item.what: item.recomputed for item in found.items if item.usubjid == "NK521-01-007"}
    assert best["CBOR"] == best["BOR"] == "SD"


def test_a_new_therapy_without_a_date_is_read_alike(newest_demo, claims_of):
    therapy = {"USUBJID": "NK521-01-017", "CMSEQ": 99, "CMCAT": "SUBSEQUENT ANTICANCER", "CMTRT": "PACLITAXEL"}
    cut = changed(newest_demo[0], "CM", therapy)
    found = recount(cut, claims_of(cut))
    assert found.differing == ()
    (pfs,) = [item for item in found.items if (item.usubjid, item.what) == ("NK521-01-017", "PFS")]
    first = dosed_people(cut)["NK521-01-017"].first
    assert pfs.recomputed == f"{first} code 1"


def reported(cut, *changes):
    """The cut with results as text: (subject, test, visits, text, unit), no standardised number."""
    lb = cut["LB"].copy()
    for subject, test, visits, text, unit in changes:
        rows = lb["USUBJID"].str.endswith(subject) & lb["LBTESTCD"].eq(test) & lb["VISIT"].isin(visits)
        assert rows.any()
        lb.loc[rows, ["LBORRES", "LBSTRESC", "LBORRESU"]] = [text, text, unit]
        lb.loc[rows, ["LBSTRESN", "LBORNRLO", "LBORNRHI"]] = pd.NA
    return replace(cut, frames={**cut.frames, "LB": lb}, read={})


LATER = ["C1D8", "C1D15"]


def test_bounds_and_reported_units_are_read_alike(newest_demo, claims_of):  # rulings 2.9, 3.3, 5.4, 5.6
    cut = reported(
        newest_demo[0], ("018", "NEUT", LATER, "<0.5", "10^9/L"), ("020", "PLAT", LATER, "<25", "10^9/L"),
        ("014", "ALT", LATER, ">400", "U/L"), ("014", "BILI", ["C1D15"], "5", "mg/dL"), ("007", "ALT", LATER, "<10", "U/L"),
    )  # fmt: skip
    claims = claims_of(cut)
    found = recount(cut, claims)
    assert found.differing == () and found.not_recomputed == ()
    status = claims.datasets["addlt"].set_index("USUBJID")["STATUS"]
    assert {status[f"NK521-01-{subject}"] for subject in ("018", "020", "014")} == {"CANDIDATE"}
    worst = {
        item.usubjid[-3:]: item.claimed
        for item in found.items
        if item.what in ("worst NEUT", "worst PLAT") and item.claimed == "4"
    }
    assert {"018", "020"} <= worst.keys()


def test_doses_without_a_day_are_read_alike(newest_demo, claims_of):
    """The last of 001, two in the window of 014, the first of 018; of 020 the first, and DM does not tell its day."""
    dose = lambda subject, seq, text: {"USUBJID": f"NK521-01-{subject}", "EXSEQ": seq, "EXSTDTC": text, "EXENDTC": text}
    vague = [
        dose("001", 6, "2026-07"),
        dose("014", 2, "2026-08"),
        dose("014", 3, "2026-08"),
        dose("018", 1, "2026-08"),
        dose("020", 1, "2026-08"),
    ]
    cut = changed(newest_demo[0], "EX", *vague)
    dm = cut["DM"].copy()
    dm.loc[dm["USUBJID"].eq("NK521-01-020"), ["RFSTDTC", "RFXSTDTC"]] = pd.NA
    cut = replace(cut, frames={**cut.frames, "DM": dm})
    claims = claims_of(cut)
    found = recount(cut, claims)
    assert found.differing == () and {item.usubjid for item in found.not_recomputed} == {"NK521-01-020"}
    status = claims.datasets["addlt"].set_index("USUBJID")["STATUS"]
    assert status["NK521-01-014"] == newest_demo[1].datasets["addlt"].set_index("USUBJID")["STATUS"]["NK521-01-014"]
    assert "NK521-01-020" not in status
    times = claims.datasets["adtte"]
    assert times.loc[times["USUBJID"].eq("NK521-01-020"), "AVAL"].isna().all()
