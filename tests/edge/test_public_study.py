"""Somebody else's data: the public SDTM of pharmaverse, sealed in a copy, read with its warts named and not one crash."""

import shutil
from collections import Counter

import pandas as pd
import pytest

from nk521lib.edge.chapter import read_params
from nk521lib.edge.paths import PROJECT
from nk521lib.edge.seal import seal
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.terms import Effect

MAPPING = {"tu_onco.csv": "TU", "tr_onco.csv": "TR", "rs_onco.csv": "RS"}
IGNORE = ["*_recist.csv", "*_irecist.csv", "*_ca125.csv", "README.md"]


@pytest.fixture(scope="module")
def cut(public_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("public") / "CDISCPILOT01"
    shutil.copytree(public_study, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    seal(folder, "CDISCPILOT01", "2015-03-31", False, mapping=MAPPING, ignore=IGNORE)
    return read_snapshot(folder, read_params([PROJECT / "params" / "pharmaverse.yaml"]))


def test_every_domain_has_the_rows_that_its_readme_states(cut):
    rows = {"DM": 306, "AE": 1191, "EX": 591, "DS": 850, "SV": 3559, "CM": 7510, "MH": 1818, "LB": 59580, "VS": 29643, "EG": 26717,
            "TU": 7734, "TR": 55995, "RS": 5808, "TS": 33, "SUPPAE": 1191, "SUPPDM": 1197, "SUPPDS": 3}  # fmt: skip
    assert {domain: len(frame) for domain, frame in cut.frames.items()} == rows


def test_its_warts_are_findings(cut):
    said = {(f.id, f.domain): f.message for f in cut.findings}
    assert said["NKD-035", "AE"] == "AE: no AETOXGR in the file, none of 1191 events has a CTCAE grade"
    assert "OVRLRESP is CHECK on 2013-06-22" in said["NKD-073", "RS"]
    assert said["NKD-043", "LB"].startswith("LB: HGB is given in mmol/L; read as g/L")
    assert said["NKD-015", "TR"].startswith("TR: TRDTC is partial in 16 records, as 2014-01")
    assert Counter(f.id for f in cut.findings)["NKD-073"] == 1  # the investigator's alone, not the radiologists'


def test_nothing_is_withheld_where_there_is_no_dose_decision(cut):
    assert {f.effect for f in cut.findings} == {Effect.FLAG, Effect.HANDLED}


def test_partial_dates_stay_as_they_are(cut):
    assert (cut["AE"]["AESTDTC"].str.len() < 10).sum() == 26
    assert cut["AE"]["AETOXGR"].isna().all()
    assert not cut.has("AE", "AETOXGR")
    assert cut["LB"]["LBSTRESN"].dtype == pd.Float64Dtype()
