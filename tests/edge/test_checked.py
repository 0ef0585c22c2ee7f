"""A check that would say the same is answered from what was stored; whatever decides it makes another check."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nk521lib.edge import checked, software
from nk521lib.edge.inputs import find_snapshot
from nk521lib.edge.parameters import read_params
from nk521lib.errors import SnapshotRejected

MADE = checked.Checked(
    "T001", "T001 of X", ({"id": "NKD-030", "effect": "BLOCK", "message": "one"},), "id\nNKD-030\n", ("a note",)
)


@pytest.fixture
def snapshot(small_snapshot, tmp_path):
    """A copy that a test may change."""
    return Path(shutil.copytree(small_snapshot, tmp_path / "S900"))


@pytest.fixture
def ask(snapshot, tmp_path):
    """ask(): what was said on screen beside the answer, and how often it was made; the answer itself must be MADE."""
    made = []

    def ask(params=(), answers=None, before=""):
        said = []
        given = read_params((), params)
        make = lambda: made.append(1) or MADE
        assert checked.checked_before(str(snapshot), given, before, answers, make, said.append, tmp_path / "s") == MADE
        return said, len(made)

    return ask


def test_the_second_time_it_is_taken_and_said(ask):
    assert ask() == ([], 1)
    assert ask() == ([checked.AGAIN], 1)


def test_what_decides_it_makes_another(ask, snapshot, tmp_path, monkeypatch):
    ask()
    assert ask(params=["mtd_min_n=3"])[1] == 2
    answers = tmp_path / "dispositions.csv"
    for n, text in enumerate(("KEY,WHO,WHEN,WHY\n", "KEY,WHO,WHEN,WHY\nx,y,z,w\n"), 3):
        answers.write_text(text)
        assert ask(answers=answers)[1] == n
    assert ask(before="demo:D1")[1] == 5
    with open(snapshot / "ae.csv", "a") as file:
        file.write("\n")
    assert ask()[1] == 6  # the file is not what the manifest says
    monkeypatch.setattr(checked, "library_sha256", lambda: "another")
    assert ask() == ([], 7)


@pytest.mark.parametrize("harm", [lambda p: p.write_text(p.read_text().replace("one", "two")), lambda p: p.write_bytes(b"\xff"), lambda p: p.write_text("")])  # fmt: skip
def test_a_damaged_answer_is_noticed_and_made_again(ask, tmp_path, harm):
    ask()
    (stored,) = (tmp_path / "s").iterdir()
    harm(stored)
    assert ask() == ([checked.DAMAGED], 2)
    assert ask() == ([checked.AGAIN], 2)


def test_a_refusal_is_not_stored(snapshot, tmp_path):
    (snapshot / "ae.csv").write_text("another")
    for _ in range(2):
        with pytest.raises(SnapshotRejected, match=r"ae\.csv"):
            make = lambda: checked.check(str(snapshot), read_params(), "", None)[0]
            checked.checked_before(str(snapshot), read_params(), "", None, make, print, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_place_that_cannot_be_written_costs_only_time(snapshot, tmp_path):
    (tmp_path / "s").write_text("a file")
    assert checked.checked_before(str(snapshot), read_params(), "", None, lambda: MADE, print, tmp_path / "s") == MADE


def test_so_many_answers_stay(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(checked, "KEPT", 2)
    for limit in ("3", "6"):
        ask(params=[f"mtd_min_n={limit}"])
    ask(before="demo:D1")
    assert len(list((tmp_path / "s").iterdir())) == 2


def test_the_stored_answer_is_the_whole_answer_and_needs_nothing_heavy(tmp_path):
    """The same text, file and exit code from the command; pandas is not even imported the second time."""
    program = "import sys; from nk521lib.cli import main; sys.argv = ['nk521', 'check', 'demo:D1', '--out', sys.argv[1]]\ntry:\n main()\nfinally:\n print('pandas' in sys.modules)"
    own = os.environ | {"NK521_CACHE": str(tmp_path / "own")}
    ran = [
        subprocess.run(
            [sys.executable, "-c", program, f"{n}.csv"], cwd=tmp_path, env=own, capture_output=True, text=True
        )
        for n in range(2)
    ]
    first, second = (answer.stdout.splitlines() for answer in ran)
    assert (first.pop(), second.pop()) == ("True", "False")
    assert first == second and ran[0].returncode == ran[1].returncode
    assert (tmp_path / "0.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()
    assert checked.AGAIN in ran[1].stderr and checked.AGAIN not in ran[0].stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.csv", "1.csv", "own"]


#   environment                                               where the answers lie
PLACES = [
    ({}, "/h/.cache/nk521/checks"),
    ({"XDG_CACHE_HOME": "/c"}, "/c/nk521/checks"),
    ({"XDG_CACHE_HOME": "c"}, "/h/.cache/nk521/checks"),
    ({"XDG_CACHE_HOME": "/c", "NK521_CACHE": "/own"}, "/own/checks"),
    ({"NK521_CACHE": ""}, None),
]


@pytest.mark.parametrize("environment, place", PLACES)
def test_answers_lie_in_the_users_own_cache_or_where_the_user_says(monkeypatch, environment, place):
    for name in ("XDG_CACHE_HOME", "NK521_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"HOME": "/h"} | environment).items():
        monkeypatch.setenv(name, value)
    assert checked.place_of_answers() == (place and Path(place))


def test_nobody_else_may_read_the_answers_nor_lay_one_there(ask, tmp_path):
    """A folder that others may open is neither believed nor written into."""
    ask()
    folder = tmp_path / "s"
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert ask(params=["mtd_min_n=3"]) == ([], 2)
    assert ask() == ([], 3)
    assert len(list(folder.iterdir())) == 1


def test_without_a_place_nothing_is_stored(snapshot):
    said = []
    for _ in range(2):
        checked.checked_before(str(snapshot), read_params(), "", None, lambda: MADE, said.append, None)
    assert said == []


def test_the_state_of_the_snapshot_before_counts(snapshot):
    good = checked._state(find_snapshot("demo:D1"), read_params())
    assert len(good) == 2 and json.dumps(good)
    (snapshot / "snapshot.json").unlink()
    assert "no snapshot.json" in checked._state(snapshot, read_params())[1]
    assert software.library_sha256() == software.library_sha256()
