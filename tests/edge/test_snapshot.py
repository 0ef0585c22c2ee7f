"""A snapshot that cannot be trusted is refused, with everything that is wrong with it; a good one is read in any form."""

import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from nk521lib.edge.seal import seal
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.errors import SnapshotRejected, UsageError
from nk521lib.terms import Effect

MINIMAL = ("required_domains=[DM, EX, AE]", "required_variables={DM: [USUBJID], AE: [AETERM]}")

DM = "STUDYID,DOMAIN,USUBJID,SUBJID,ARMCD,RFICDTC\nNK521,DM,NK521-01-001,001,A_DL1,2026-07-20\nNK521,DM,NK521-01-002,002,A_DL1,2026-08-20\n"
EX = ("STUDYID,DOMAIN,USUBJID,EXSEQ,EXTRT,EXDOSE,EXDOSU,EXROUTE,EXSTDTC\n"
      "NK521,EX,NK521-01-001,1,NK521,1,10^9 CELLS,INTRAVENOUS,2026-08-03\n")  # fmt: skip
AE = ("STUDYID,DOMAIN,USUBJID,AESEQ,AETERM,AEDECOD,AETOXGR,AEREL,AESER,AESTDTC,AEENDTC\n"
      "NK521,AE,NK521-01-001,1,fever,Pyrexia,2,RELATED,N,2026-08-04,2026-08-05\n"
      "NK521,AE,NK521-01-001,2,rash,Rash,1,RELATED,N,2026-08-10,\n")  # fmt: skip
SUPPAE = "STUDYID,RDOMAIN,USUBJID,IDVAR,IDVARVAL,QNAM,QLABEL,QVAL\nNK521,AE,NK521-01-001,AESEQ,1,AEDLT,DLT,Y\nNK521,AE,NK521-01-001,AESEQ,2,CRSGR,CRS grade,2\n"
FILES = {"dm.csv": DM, "ex.csv": EX, "ae.csv": AE, "suppae.csv": SUPPAE}


@pytest.fixture
def folder(tmp_path):
    """folder(ae_csv="…"): a sealed snapshot of FILES with some replaced (None: left out)."""

    def make(sealed=True, **changes):
        where = tmp_path / "S001"
        where.mkdir(exist_ok=True)
        for name, text in (FILES | {key.replace("_csv", ".csv"): text for key, text in changes.items()}).items():
            if text is not None:
                (where / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        if sealed:
            seal(where, "S001", "2026-09-30", True, fields={"study": "NCT07561437"})
        return where

    return make


@pytest.fixture
def params(make_params):
    return make_params(*MINIMAL)


def refused(where, params) -> list[str]:
    with pytest.raises(SnapshotRejected) as error:
        read_snapshot(where, params)
    assert error.value.exit_code == 3
    return list(error.value.problems)


def edit(where, change):
    path = where / "snapshot.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_good_snapshot_is_read(folder, params):
    cut = read_snapshot(folder(), params)
    assert cut["AE"]["AETOXGR"].tolist() == ["2", "1"]
    assert cut["AE"]["AEDLT"].tolist() == ["Y", pd.NA]
    assert cut["AE"]["CRSGR"].tolist() == [pd.NA, "2"]
    assert cut.has("AE", "AEDLT")
    assert not cut.has("AE", "AEOUT")
    assert cut["AE"]["AEOUT"].isna().all()
    assert not cut.has("LB")
    assert cut["LB"].empty
    assert [f for f in cut.findings if f.effect is Effect.BLOCK] == []


def test_bom_crlf_and_row_order_give_the_same_frames_and_findings(folder, params):
    plain = read_snapshot(folder(), params)
    head, *rows = AE.splitlines()
    turned = "\r\n".join([head, *reversed(rows)]) + "\r\n"
    other = read_snapshot(folder(ae_csv=b"\xef\xbb\xbf" + turned.encode()), params)
    for domain in plain.frames:
        pd.testing.assert_frame_equal(plain[domain], other[domain])
    assert plain.findings == other.findings


_PRINTED = (
    "import sys, hashlib\n"
    "from nk521lib.edge.parameters import read_params\n"
    "from nk521lib.edge.snapshot import read_snapshot\n"
    "cut = read_snapshot(sys.argv[1], read_params(settings=sys.argv[2:]))\n"
    "text = ''.join(f.to_csv() for f in cut.frames.values()) + repr(cut.findings) + cut.audit.to_csv()\n"
    "print(hashlib.sha256(text.encode()).hexdigest())"
)


def test_time_zone_locale_and_hash_seed_change_nothing(folder):
    where, seen = folder(), set()
    for settings in (
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    ):
        done = subprocess.run([sys.executable, "-c", _PRINTED, str(where), *MINIMAL], capture_output=True, text=True, check=True,
                              env=os.environ | settings)  # fmt: skip
        seen.add(done.stdout)
    assert len(seen) == 1


def test_a_folder_that_may_not_be_listed_is_refused_in_one_line(folder, params, monkeypatch):
    where = folder()

    def closed(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(where), "iterdir", closed)
    assert refused(where, params) == ["NKD-001 S001: the folder cannot be listed (Permission denied)"]


# --- the snapshot before this one ---


@pytest.fixture
def pair(folder, tmp_path):
    """pair(**changes): S001 sealed, and beside it S002, which names it and has some files changed."""

    def make(named="S001", **changes):
        before = folder()
        after = tmp_path / "S002"
        shutil.copytree(before, after)
        for name, text in changes.items():
            (after / name.replace("_csv", ".csv")).write_text(text, encoding="utf-8")
        seal(after, "S002", "2026-10-31", True, fields={"study": "NCT07561437", "previous_snapshot_id": named})
        return after

    return make


def against(cut):
    return [(f.effect, f.message) for f in cut.findings if f.id == "NKD-099"]


def test_the_snapshot_that_the_manifest_names_is_found_beside_it(pair, params):
    cut = read_snapshot(pair(ae_csv=AE.replace("Pyrexia,2,RELATED", "Pyrexia,3,RELATED")), params)
    assert cut.compared.snapshot_id == "S001"
    assert against(cut)[0] == (Effect.BLOCK, "AE: NK521-01-001 AESEQ 1 since S001: AETOXGR 2 → 3")


def test_it_is_found_under_another_folder_name_too(pair, params):
    after = pair()
    (after.parent / "S001").rename(after.parent / "old")
    assert read_snapshot(after, params).compared.snapshot_id == "S001"


def test_one_that_is_not_there_is_said_and_compares_nothing(pair, params):
    cut = read_snapshot(pair(named="S000"), params)
    assert cut.compared is None
    assert against(cut) == [
        (
            Effect.FLAG,
            "previous snapshot S000 is not beside this one: nothing was compared with it (--previous DIR names it)",
        )
    ]


def test_one_that_is_damaged_is_said_or_refused_when_it_was_named(pair, params):
    after = pair()
    (after.parent / "S001" / "ae.csv").write_text(AE + "x", encoding="utf-8")
    assert "nothing was compared with it" in against(read_snapshot(after, params))[0][1]
    with pytest.raises(SnapshotRejected, match=r"previous snapshot S001: NKD-001 ae\.csv"):
        read_snapshot(after, params, after.parent / "S001")


def test_one_that_cannot_be_the_earlier_one_is_a_usage_error(pair, params):
    after = pair()
    with pytest.raises(UsageError, match="snapshot S002 is this one"):
        read_snapshot(after, params, after)
    with pytest.raises(UsageError, match="has the later cut-off, 2026-10-31"):
        read_snapshot(after.parent / "S001", params, after)


def test_the_cutoff_says_which_variables_it_brought(folder, params):
    cut = read_snapshot(folder(ae_csv=AE.replace("2026-08-05", "2026-10-05")), params, None)
    assert cut["AE"]["AEENRTPT"].tolist() == ["ONGOING", pd.NA]
    assert cut.has("AE", "AEENRTPT")
    assert not cut.has("AE", "AEACN")


#  what is done to the folder or its manifest                          what is said
FAULTS = [
    (lambda d: (d / "snapshot.json").unlink(), "no snapshot.json; nk521 seal"),
    (lambda d: (d / "snapshot.json").write_text("{", encoding="utf-8"), "NKD-001 snapshot.json line 1: not JSON"),
    (lambda d: (d / "snapshot.json").write_bytes(b"\xff"), "snapshot.json: not UTF-8 text"),
    (lambda d: (d / "snapshot.json").write_text('{"study": "a", "study": "b"}', encoding="utf-8"), "a name is given twice"),
    (lambda d: edit(d, lambda j: j.pop("study")), "NKD-001 snapshot.json: study is missing"),
    (lambda d: edit(d, lambda j: j.update(studdy="x")), "studdy: unknown field"),
    (lambda d: edit(d, lambda j: j.update(synthetic="yes")), 'synthetic is "yes": input should be a valid boolean'),
    (lambda d: edit(d, lambda j: j.update(snapshot_id="../S1")), 'snapshot_id is "../S1", expected at most 40 letters, digits, _ and -, as S003'),
    (lambda d: edit(d, lambda j: j.update(cutoff_date="2026-02-30")), "cutoff_date is 2026-02-30, expected a day of the calendar"),
    (lambda d: edit(d, lambda j: j.update(extracted_at="2026-10-01T10:00:00")), "expected a moment with offset"),
    (lambda d: edit(d, lambda j: j.update(cutoff_date="2027-01-01", extracted_at="2026-09-30T23:59:59Z")), "cutoff_date 2027-01-01 is after the extraction (2026-09-30)"),
    (lambda d: edit(d, lambda j: j["files"][0].update(name="../ae.csv")), "name is"),
    (lambda d: edit(d, lambda j: j["files"][0].update(rows=3)), "NKD-001 ae.csv: 2 rows, snapshot.json says 3"),
    (lambda d: edit(d, lambda j: j["files"][0].update(columns=3)), "ae.csv: 11 columns, snapshot.json says 3"),
    (lambda d: edit(d, lambda j: j["files"][0].update(rows=10**9)), "1000000000 rows, expected at most 20000000 (max_rows)"),
    (lambda d: edit(d, lambda j: j["files"][0].update(format="xpt")), "ae.csv: listed as xpt, its name says csv"),
    (lambda d: edit(d, lambda j: j["files"][0].update(domain="DM")), "DM: listed with more than one file"),
    (lambda d: edit(d, lambda j: j["files"].pop(0)), "ae.csv: in the folder but not listed"),
    (lambda d: edit(d, lambda j: j["files"].append(dict(j["files"][0], name="AE.csv"))), "AE.csv, ae.csv: listed more than once"),
    (lambda d: (d / "ae.csv").unlink(), "ae.csv: listed in snapshot.json but not in the folder"),
    (lambda d: (d / "ae.csv").write_text(AE.replace("RELATED", "UNLIKEL"), encoding="utf-8"), "NKD-001 ae.csv: sha256 is"),
    (lambda d: (d / "ae.csv").write_text(AE[:-9], encoding="utf-8"), "bytes, snapshot.json says"),
    (lambda d: (d / "extra.csv").write_text("A\n1\n", encoding="utf-8"), "extra.csv: in the folder but not listed"),
    (lambda d: (d / "sub").mkdir(), "sub: in the folder but not listed"),
    (lambda d: (os.rename(d / "ae.csv", d.parent / "ae.csv"), (d / "ae.csv").symlink_to(d.parent / "ae.csv")),
     "ae.csv: expected a plain file, no link"),
]  # fmt: skip


@pytest.mark.parametrize("fault, message", FAULTS, ids=[message[:40] for _, message in FAULTS])
def test_a_folder_that_is_not_its_manifest_is_refused(folder, params, fault, message):
    where = folder()
    fault(where)
    problems = refused(where, params)
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("NKD-0") for problem in problems)


def test_everything_wrong_is_said_at_once(folder, params):
    where = folder()
    (where / "ae.csv").write_text(AE + AE, encoding="utf-8")
    (where / "dm.csv").unlink()
    (where / "new.csv").write_text("A\n", encoding="utf-8")
    assert len(refused(where, params)) == 3


#  a file of the folder, and what is said of it
CONTENT = [
    ({"ae_csv": None, "suppae_csv": None}, "NKD-002 AE: no such domain in the snapshot; it is required"),
    ({"ae_csv": AE.replace("AETERM", "AETRM")}, "NKD-002 AE: AETERM not in the file; required"),
    ({"ae_csv": AE.replace("NK521,AE,NK521-01-001,2", "NK999,AE,NK521-01-001,2")}, "NKD-003 STUDYID has 2 values, expected one: NK521 in "),
    ({"ae_csv": AE.replace("NK521,AE,", "NK521,CM,")}, "NKD-003 AE: DOMAIN is CM, expected AE"),
    ({"suppae_csv": SUPPAE.replace("NK521,AE,", "NK521,CM,")}, "NKD-003 SUPPAE: RDOMAIN is CM, expected AE"),
    ({"ae_csv": AE.replace("001,2,rash", "001,1,rash"), "suppae_csv": None}, "NKD-004 AE: the same key more than once, USUBJID NK521-01-001, AESEQ 1"),
    ({"ae_csv": AE.replace("001,2,rash", "001,,rash")}, "NKD-004 AE: USUBJID or AESEQ is empty in 1 records, first in record 2"),
    ({"ae_csv": AE.replace("001,2,rash", "001,two,rash")}, 'NKD-009 AE: AESEQ is "two", expected a whole number'),
    ({"dm_csv": DM.replace("NK521-01-002", "NK521-01-001")}, "NKD-004 DM: the same key more than once, USUBJID NK521-01-001"),
    ({"dm_csv": DM.replace("NK521-01-002", "../../etc")}, "NKD-004 DM: USUBJID '../../etc', expected letters"),
    ({"suppae_csv": SUPPAE + "NK521,AE,NK521-01-001,AESEQ,1,AEDLT,DLT,N\n"}, "NKD-004 SUPPAE: the same key more than once, RDOMAIN AE, "),
    ({"suppae_csv": SUPPAE + "NK521,AE,NK521-01-001,AETERM,fever,AEDLT,DLT,N\n"}, "NKD-004 SUPPAE: AEDLT of NK521-01-001 AESEQ 1 is given twice"),
    ({"ae_csv": AE.replace("AEENDTC", "AEENDTC,AEDLT").replace("08-05\n", "08-05,N\n").replace("10,\n", "10,,\n")},
     "NKD-004 SUPPAE: AEDLT of NK521-01-001 AESEQ 1 is given twice"),
    ({"ae_csv": AE.replace("NK521-01-001", "NK521-01-009"), "suppae_csv": None}, "NKD-005 NK521-01-009 is in AE but not in DM"),
    ({"ex_csv": EX.replace("2026-08-03", "2026-08-33")}, 'NKD-006 EX: EXSTDTC is "2026-08-33", expected an ISO 8601 date (NK521-01-001, EXSEQ 1)'),
    ({"dm_csv": DM.replace("2026-07-20", "20JUL2026")}, 'NKD-006 DM: RFICDTC is "20JUL2026", expected an ISO 8601 date'),
    ({"ex_csv": EX.replace(",1,10^9", ',"1,5",10^9')}, 'NKD-009 EX: EXDOSE is "1,5", expected a number as 1234.5'),
]  # fmt: skip


@pytest.mark.parametrize("changes, message", CONTENT, ids=[message[:50] for _, message in CONTENT])
def test_content_that_cannot_be_trusted_is_refused_once(folder, params, changes, message):
    problems = refused(folder(**changes), params)
    assert [p for p in problems if p.startswith(message)], problems
    assert len(problems) == 1, problems


def test_one_stranger_in_many_domains_is_one_message(folder, params):
    extra = "NK521,AE,NK521-01-009,1,x,X,1,RELATED,N,2026-08-04,\n"
    dose = "NK521,EX,NK521-01-009,1,NK521,1,10^9 CELLS,INTRAVENOUS,2026-08-03\n"
    assert refused(folder(ae_csv=AE + extra, ex_csv=EX + dose), params) == [
        "NKD-005 NK521-01-009 is in AE, EX but not in DM"
    ]


def test_an_unreadable_file_is_named_with_its_line(folder, params):
    where = folder()
    (where / "ae.csv").write_text(AE + "NK521,AE\n", encoding="utf-8")
    edit(where, lambda j: j["files"][0].update(bytes=(where / "ae.csv").stat().st_size, sha256=_sha(where / "ae.csv")))
    assert refused(where, params) == ["NKD-001 ae.csv line 4: 2 fields, expected 11"]


def _sha(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_faulty_grade_date_or_number_elsewhere_is_missing_and_found(folder, params):
    cut = read_snapshot(folder(ae_csv=AE.replace("Pyrexia,2", "Pyrexia,6").replace("2026-08-05", "2026-08-35")), params)
    assert cut["AE"].loc[0, ["AETOXGR", "AEENDTC"]].isna().all()
    blocks = [str(f) for f in cut.findings if f.effect is Effect.BLOCK]
    assert blocks == [
        'NKD-006 AE: AEENDTC is "2026-08-35", expected an ISO 8601 date (NK521-01-001, AESEQ 1)',
        'NKD-030 AE: Pyrexia from 2026-08-04: AETOXGR is "6", expected one of 1, 2, 3, 4, 5',
    ]
    assert {f.group for f in cut.findings if f.effect is Effect.BLOCK} == {"A"}


@pytest.mark.parametrize("name", ["demo:D9", "demo:", "demo:../D1"])
def test_an_unknown_demo_snapshot_is_a_usage_error(params, name):
    with pytest.raises(UsageError, match="no such demo snapshot"):
        read_snapshot(name, params)


def test_a_folder_that_is_not_there_is_refused(tmp_path, params):
    assert refused(tmp_path / "nowhere", params)[0].endswith("no such folder")


def test_size_limits_hold_before_anything_is_read(folder, make_params):
    problems = refused(folder(), make_params(*MINIMAL, "max_file_mb=0.0001"))
    assert any("expected at most 0.0001 MB (max_file_mb)" in problem for problem in problems)


@pytest.mark.parametrize("demo", ["D1", "D2", "D3"])
def test_demo_snapshots_are_read_without_a_block(demo, demo_compared):
    cut = demo_compared(demo)
    assert cut.manifest.synthetic
    assert len(cut["DM"])
    assert [str(f) for f in cut.findings if f.effect is Effect.BLOCK] == []
