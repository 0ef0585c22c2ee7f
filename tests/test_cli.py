"""The command line: exit codes, one line per problem, nothing but the answer on stdout."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from nk521lib.cli import app

runner = CliRunner()


def call(*words: str):
    return runner.invoke(app, list(words))


def test_a_clinician_can_check_the_answer_by_hand():
    answer = call("next", "1NNN 2NNT")
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[:2] == ["EXPAND to level 2, certain", "level 2: 1 of 3 with a DLT, 0 pending"]


#   history          design   step         decision       to_level  certain      spec escalation.md sections 3 and 10
ROWS = [
    ("1NNN", "3+3", "ESCALATE", "ESCALATE", 2, True),
    ("1NNT", "3+3", "EXPAND", "EXPAND", 1, True),
    ("1NTT", "3+3", "DEESCALATE", "STOP_NONE", None, True),
    ("1NNN 2NTT", "3+3", "DEESCALATE", "CONFIRM_LOWER", 1, True),
    ("1NNP", "3+3", "WAIT", "WAIT", 1, False),
    ("", "3+3", "WAIT", "WAIT", 1, False),
    ("1NNT", "boin", "STAY", "STAY", 1, True),
    ("1NNP", "boin", "ESCALATE", "ESCALATE", 2, False),
    ("1NNN 2NNN 3NNN", "mtpi2", "ESCALATE", "ESCALATE", 3, True),
    ("", "crm", "STAY", "STAY", 1, True),
]


@pytest.mark.parametrize("history, design, step, decision, to_level, certain", ROWS)
def test_next_as_json(history, design, step, decision, to_level, certain):
    answer = json.loads(call("next", history, "--design", design, "--json").stdout)
    assert list(answer) == ["step", "decision", "would_be", "short_by", "level", "to_level", "n", "x", "m", "certain",
                            "possible", "mtd", "claim", "reason"]  # fmt: skip
    assert (answer["step"], answer["decision"], answer["to_level"], answer["certain"]) == (
        step,
        decision,
        to_level,
        certain,
    )


@pytest.mark.parametrize(
    "words, says",
    [
        (("next", "1NX"), "is not understood"), (("next", "2NNN"), "level 1"), (("next", "1NNN", "--group", "C"), "no such group"),
        (("next", "1NNN", "--design", "bion"), "unknown design, expected 3+3, boin, mtpi2, crm"),
        (("next", "1NNN", "--set", "mtd_min=3"), "did you mean mtd_min_n?"), (("next", "4N", "--design", "boin"), "level 4 does not exist"),
        (("oc", "--truth", "0.1,x"), "is not a rate"), (("oc", "--truth", "0.1,2"), "is not a rate"),
        (("run", "demo:D3", "--chapters", "saftey"), "unknown chapter"), (("run", "demo:D9"), "no such demo snapshot"),
        (("run", "demo:D3", "--params", "nowhere.yaml"), "cannot be read as parameters"),
    ],
)  # fmt: skip
def test_refused_usage_is_exit_2_with_one_line_on_stderr(words, says):
    answer = call(*words)
    assert answer.exit_code == 2 and answer.stdout == ""
    assert says in answer.stderr and len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "truth, says", [("0.3,0.2,0.1", "truth does not rise"), ("0.1,0.2", "2 rates for a ladder of 3")]
)
def test_a_doubtful_truth_is_answered_with_one_line_of_warning(truth, says):
    answer = call("oc", "--truth", truth, "--json")
    assert answer.exit_code == 0 and json.loads(answer.stdout)["truth"] == [float(rate) for rate in truth.split(",")]
    assert (
        len(answer.stderr.splitlines()) == 1 and f"note: --truth {truth}: " in answer.stderr and says in answer.stderr
    )


def test_settings_of_a_design_reach_its_answer():
    """2 of 7 is between the boundaries at 0.6 and below the one at 0.9 times the target."""
    plain, bold = (
        call("next", "1NNNNNTT", "--design", "boin", *more, "--json").stdout
        for more in ((), ("--set", "boin_low=0.99"))
    )
    assert (json.loads(plain)["step"], json.loads(bold)["step"]) == ("STAY", "ESCALATE")


def test_operating_characteristics_against_the_table_of_escalation_md_section_4():
    answer = json.loads(call("oc", "--truth", "0.10,0.25,0.45", "--json").stdout)
    assert list(answer) == ["design", "exact", "truth", "p_mtd", "p_top_not_reached", "e_n", "p_n", "p_n_over_cap", "e_dlt",
                            "e_n_level"]  # fmt: skip
    assert sum(answer["p_mtd"].values()) == pytest.approx(1) and answer["exact"] is True
    assert sum(answer["e_n_level"]) == pytest.approx(answer["e_n"])


def test_size_of_another_design_is_its_cap():
    answer = json.loads(call("oc", "--truth", "0.1,0.25,0.4", "--design", "boin", "--cap", "12", "--json").stdout)
    assert max(int(n) for n in answer["p_n"]) == 12 and answer["p_n_over_cap"] == 0


def test_rejected_snapshot_is_exit_3(tmp_path):
    answer = call("check", str(tmp_path))
    assert answer.exit_code == 3 and "snapshot.json" in answer.stderr and "Traceback" not in answer.stderr


def test_seal_then_check(tmp_path):
    (tmp_path / "dm.csv").write_text("STUDYID,DOMAIN,USUBJID,SEX,ARMCD\nX,DM,X-1,F,A_DL1\n")
    sealed = call(
        "seal", str(tmp_path), "--id", "S1", "--cutoff", "2026-06-30", "--synthetic", "yes", "--set", "notes=made up"
    )
    assert sealed.exit_code == 0, sealed.stderr
    assert json.loads((tmp_path / "snapshot.json").read_text())["notes"] == "made up"
    assert [line.split()[1] for line in sealed.stderr.splitlines()] == [
        "extracted_at", "previous_snapshot_id", "protocol_version",
    ]  # fmt: skip
    refused = call("check", str(tmp_path))
    assert refused.exit_code == 3 and "NKD-002" in refused.stderr
    for line in refused.stderr.splitlines():
        assert line.startswith("NKD-")


@pytest.mark.parametrize("words", [("--synthetic", "maybe"), ("--synthetic", "yes", "--map", "x"), ("--synthetic", "yes", "--set", "a=1", "--set", "a=2")])  # fmt: skip
def test_seal_refuses_what_it_does_not_understand(tmp_path, words):
    answer = call("seal", str(tmp_path), "--id", "S1", "--cutoff", "2026-06-30", *words)
    assert answer.exit_code == 2 and len(answer.stderr.splitlines()) == 1


def test_verify_of_something_that_is_no_pack_is_exit_3(tmp_path):
    answer = call("verify", str(tmp_path))
    assert answer.exit_code == 3
    assert answer.stderr == f"{tmp_path.name}: provenance.json cannot be read (No such file or directory)\n"
    (tmp_path / "provenance.json").write_text("{}")
    assert (
        call("verify", str(tmp_path)).stderr
        == f"{tmp_path.name}: provenance.json cannot be read (not what a run writes)\n"
    )


@pytest.mark.parametrize("words, says, code", [
    (("verify", "nosuch"), "nosuch: no such folder", 3),
    (("record", "nosuch", "--group", "A"), "nosuch: no such folder", 2),
    (("demo", "FILE"), "FILE: cannot be written (Not a directory)", 2),
    (("batch", "demo:D1", "--out", "FILE"), "--out FILE: cannot be written (File exists)", 2),
    (("batch", "demo:D1", "--scheduler", "foo"), "--scheduler foo: expected an address as tcp://host:8786", 2),
])  # fmt: skip
def test_a_place_that_cannot_be_meant_is_refused_in_one_line(tmp_path, monkeypatch, words, says, code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    answer = call(*words)
    assert (answer.stderr, answer.exit_code) == (f"{says}\n", code)


def test_debug_shows_where():
    assert type(call("next", "1NX", "--debug").exception).__name__ == "DesignError"


def test_control_characters_never_reach_the_terminal():
    answer = call("next", "1N\x1b[31m")
    assert "\x1b" not in answer.stderr and answer.exit_code == 2


def test_the_commands_are_listed():
    listed = call("--help").stdout
    assert all(
        name in listed for name in ("run", "check", "seal", "demo", "next", "oc", "batch", "verify", "record", "lab")
    )


def test_help_next_and_oc_load_nothing_that_they_do_not_need():
    program = (
        "import sys\nfrom nk521lib import cli\nfrom nk521lib.edge.design_answers import answer_next, answer_oc\n"
        "from nk521lib.edge.parameters import read_params\n"
        "answer_next('1NNN', read_params((), ())), answer_oc([0.1, 0.25, 0.4], read_params((), ()))\n"
        "heavy = ('numpy', 'pandas', 'papermill', 'matplotlib', 'nbconvert', 'scipy.special', 'scipy.stats', 'dask', 'zmq')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_decision_on_a_folder_that_is_no_pack_is_refused_in_one_line(tmp_path):
    done = call("record", str(tmp_path))
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr == f"{tmp_path.name}: decisions.json cannot be read (No such file or directory)\n"
