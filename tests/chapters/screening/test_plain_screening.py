"""The chapter against a second implementation written from the specification: same answers, every subject, every criterion (protocol.md sections 5 to 7)."""

import sys
from pathlib import Path

import pytest

from nk521lib.chapters.screening import derive_eligibility

sys.path.insert(0, str(Path(__file__).parent))

from plain_screening import DOMAINS, screen
from random_screening import CUTOFF, random_frames

READINGS = [
    (),
    (
        "crcl_source=reported",
        "gilbert_rule=mg_dl",
        "hbv_rule=above_uln_only",
        "hcv_rule=rna_confirmed",
        "qtc_method=QTcB",
    ),
    (
        "gilbert_rule=either",
        "liver_primary_relief=true",
        "surgery_rule=any_in_window",
        "age_anchor=consent",
        "window_inclusive=false",
    ),
    (
        "gilbert_rule=both",
        "surgery_rule=any_unrecovered",
        "cytology_window=28_days",
        "adjuvant_counts=always",
        "steroid_basis=mean",
    ),
    (
        "adjuvant_counts=never",
        "line_scope=any",
        "albumin_is_transfusion=true",
        "enrol_date_source=first_dose",
        "qtc_method=reported",
    ),
]


def _plain_frames(cut):
    rows = lambda f: f.astype(object).where(f.notna(), None).to_dict("records")
    return {d: rows(cut[d]) for d in DOMAINS}


def _disagreements(cut):
    answers = derive_eligibility(cut).answers
    conflict = answers["CONFLICT"].eq("Y").fillna(False)
    chapter = dict(
        zip(
            zip(answers["USUBJID"], answers["IETESTCD"], strict=True),
            zip(answers["CONDITION"], answers["EFFECT"], conflict, strict=True),
            strict=True,
        )
    )
    plain = screen(_plain_frames(cut), cut.params, cut.cutoff.date())
    assert chapter.keys() == plain.keys()
    return {key: (chapter[key], plain[key]) for key in plain if chapter[key] != plain[key]}


@pytest.mark.parametrize("settings", READINGS)
def test_random_subjects_are_decided_alike(make_cut, make_params, settings):
    seed = len(" ".join(settings))
    frames = random_frames(600, make_params(*settings), seed)
    cut = make_cut(cutoff=CUTOFF, settings=settings, **{d: rows for d, rows in frames.items() if rows})
    assert _disagreements(cut) == {}


@pytest.mark.parametrize("snapshot", ["D1", "D2", "D3"])
def test_demo_subjects_are_decided_alike(demo_cut, snapshot):
    assert _disagreements(demo_cut(snapshot)) == {}
