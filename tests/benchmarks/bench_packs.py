"""One pack: the command against the command lines of papermill and nbconvert over the same notebooks, in turn, in one run."""

import os
import subprocess
import sys
import time
from pathlib import Path

from nk521lib.edge.notebooks import CHAPTERS, find_notebook

BIN = Path(sys.executable).parent
ROUNDS = int(os.environ.get("NK521_BENCH_ROUNDS", "2"))


def seconds(*commands: list[str]) -> float:
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def bench_one_pack(line, tmp_path):
    """Alternating, so that both see the same neighbours on the machine; the best round of each counts.

    The last line is a run that takes every chapter from the one before: nothing that an earlier run made is in the others.
    """
    plain = []
    for chapter in CHAPTERS:
        made = str(tmp_path / f"{chapter}.ipynb")
        plain.append([str(BIN / "papermill"), str(find_notebook(chapter)), made, "-p", "snapshot", "demo:D3"])
        plain.append([str(BIN / "jupyter-nbconvert"), "--to", "html", made])
    taken = {"papermill and nbconvert": [], "nk521 run --no-warm": [], "nk521 run": []}
    for number in range(ROUNDS):
        taken["papermill and nbconvert"].append(seconds(*plain))
        for name, option in (("nk521 run", "--warm"), ("nk521 run --no-warm", "--no-warm")):
            out = str(tmp_path / f"{number}{option}")
            taken[name].append(seconds([str(BIN / "nk521"), "run", "demo:D3", "--out", out, option]))
    whole = min(taken["papermill and nbconvert"])
    for name, times in taken.items():
        line(f"{name} demo:D3", f"{min(times):.2f}", "s", f"{whole / min(times):.1f} x as fast")
    again = seconds([str(BIN / "nk521"), "run", "demo:D3", "--out", str(tmp_path / "0--warm")])
    line("nk521 run demo:D3, nothing changed", f"{again:.2f}", "s", f"{whole / again:.1f} x as fast")


def bench_start_up(line, tmp_path):
    """The last line is a check that was made before: every file is proven again, nothing is derived."""
    check = ["check", "demo:D3"]
    for words in (["--help"], ["next", "1NNN 2NNT"], ["oc", "--truth", "0.10,0.25,0.45"], [*check, "--fresh"], check):
        if words == check:
            _start(words, tmp_path)
        line(f"nk521 {' '.join(words)}", f"{min(_start(words, tmp_path) for _ in range(3)):.2f}", "s")


def _start(words: list[str], folder: Path) -> float:
    start = time.perf_counter()
    own = os.environ | {"NK521_CACHE": str(folder)}
    subprocess.run([str(BIN / "nk521"), *words], check=False, capture_output=True, cwd=folder, env=own)
    return time.perf_counter() - start
