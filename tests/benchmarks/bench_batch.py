"""Many small snapshots, all different: packs an hour from one worker and from one a core, and what a worker holds meanwhile.

NK521_BENCH_SNAPSHOTS  how many, default 6; the long run is 200. A 25th of them, at least 6, tell the rate of one worker.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import psutil

from nk521lib.edge.seal import seal

NK521 = Path(sys.executable).parent / "nk521"
SNAPSHOTS = int(os.environ.get("NK521_BENCH_SNAPSHOTS", "6"))
SUBJECTS = ("NK521-01-001", "NK521-01-002", "NK521-01-003")
EMPTY = {"PR": "PRTRT,PRINDC,PRSTDTC", "MH": "MHTERM", "CM": "CMTRT", "VS": "VSTESTCD", "EG": "EGTESTCD", "TU": "TUTESTCD", "TR": "TRTESTCD",
         "RS": "RSTESTCD", "QS": "QSTESTCD", "SS": "SSTESTCD"}  # fmt: skip
_EVERY_SECONDS = 5.0


def small_snapshot(folder: Path, number: int) -> Path:
    """Three dosed subjects, a few events and one laboratory result, which differs from snapshot to snapshot."""
    here = folder / f"S{number:03d}"
    here.mkdir(parents=True)
    rows = {
        "DM": ["USUBJID,SUBJID,SEX,AGE,AGEU,ARMCD,ARM,ACTARMCD,RFSTDTC,RFICDTC"],
        "DS": ["USUBJID,DSSEQ,DSTERM,DSDECOD,DSCAT,DSSTDTC"],
        "EX": ["USUBJID,EXSEQ,EXTRT,EXDOSE,EXDOSU,EXROUTE,EXSTDTC"],
        "AE": ["USUBJID,AESEQ,AETERM,AEDECOD,AEBODSYS,AETOXGR,AEREL,AESER,AESTDTC,AEENDTC"],
        "LB": ["USUBJID,LBSEQ,LBTESTCD,LBORRES,LBORRESU,LBSTRESN,LBSTRESU,LBDTC",
               f"{SUBJECTS[0]},1,HGB,{100 + number / 10:.1f},g/L,{100 + number / 10:.1f},g/L,2026-05-02"],
    }  # fmt: skip
    for day, (who, arm) in enumerate(zip(SUBJECTS, ("A_DL1", "A_DL1", "B_DL1"), strict=True), 1):
        route = "INTRAVENOUS" if arm[0] == "A" else "INTRAPERITONEAL"
        rows["DM"].append(f"{who},{who[-3:]},F,60,YEARS,{arm},{arm},{arm},2026-05-0{day}T09:00,2026-04-2{day}")
        rows["DS"].append(f"{who},1,CONSENT,INFORMED CONSENT OBTAINED,PROTOCOL MILESTONE,2026-04-2{day}")
        rows["DS"].append(f"{who},2,ENROLLED,ENROLLED,PROTOCOL MILESTONE,2026-04-2{day + 5}")
        rows["EX"].append(f"{who},1,NK521,1,10^9 CELLS,{route},2026-05-0{day}T10:00")
        rows["AE"].append(f"{who},1,fever,Pyrexia,General disorders,1,RELATED,N,2026-05-0{day},2026-05-0{day + 1}")
    rows |= {domain: [f"USUBJID,{domain}SEQ,{column}"] for domain, column in EMPTY.items()}
    for domain, (head, *lines) in rows.items():
        text = [f"STUDYID,DOMAIN,{head}", *(f"NCT07561437,{domain},{line}" for line in lines)]
        (here / f"{domain.lower()}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    seal(here, here.name, "2026-06-30", synthetic=True)
    return here


def bench_many_snapshots(line, tmp_path):
    """Both rates with the start of the cluster in them; 1.00 would be twice the rate of one worker on two cores."""
    made = [small_snapshot(tmp_path / "snapshots", number) for number in range(1, SNAPSHOTS + 1)]
    cores, few = os.cpu_count() or 1, made[: max(6, SNAPSHOTS // 25)]
    one, _ = published(few, 1, tmp_path / "one")
    all_, held = published(made, cores, tmp_path / "all")
    line(f"batch, 1 worker, {len(few)} small snapshots", f"{3600 * len(few) / one:.0f}", "packs an hour")
    efficiency = (len(made) / all_) / (cores * len(few) / one)
    line(f"batch, {cores} workers, {len(made)} small snapshots", f"{3600 * len(made) / all_:.0f}", "packs an hour", f"{efficiency:.2f} of {cores} x the rate of one")  # fmt: skip
    for name, states in held.items():
        quarter, last = states[len(states) // 4], states[-1 - (len(states) > 1)]  # the last is taken while it ends
        line(f"{name}: memory after a quarter, at the end", f"{quarter[0]:.0f}, {last[0]:.0f}", "MB", f"highest {max(s[0] for s in states):.0f}")  # fmt: skip
        line(f"{name}: handles, threads after a quarter, at the end", f"{quarter[1:]}, {last[1:]}", "")


def published(snapshots: Sequence[Path], workers: int, out: Path) -> tuple[float, dict[str, list[tuple]]]:
    """Seconds for `nk521 batch`; and every few seconds what each worker and warm process holds: MB, handles, threads."""
    words = [str(NK521), "batch", *map(str, snapshots), "--out", str(out), "--workers", str(workers)]
    start, held = time.perf_counter(), defaultdict(list)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as command:
        while command.poll() is None:
            for name, state in _held(command.pid).items():
                held[name].append(state)
            try:
                command.wait(_EVERY_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        seconds, said = time.perf_counter() - start, command.stdout.read()
    packs = [folder for folder in out.iterdir() if (folder / "index.html").exists()]
    assert command.returncode == 0 and len(packs) == len(snapshots), said
    return seconds, held


def _held(batch: int) -> dict[str, tuple[float, int, int]]:
    """A worker is the parent of a warm process; kernels, forked from there, have its command line and come and go."""
    warm = lambda process: "nk521lib.edge.warm.process" in " ".join(process.cmdline())
    held = {}
    try:
        for process in psutil.Process(batch).children(recursive=True):
            if not warm(process):
                for kept in (child for child in process.children() if warm(child)):
                    held |= {f"worker {process.pid}": _state(process), f"its warm process {kept.pid}": _state(kept)}
    except psutil.NoSuchProcess:
        pass  # it ended while we looked
    return held


def _state(process: psutil.Process) -> tuple[float, int, int]:
    return process.memory_info().rss / 1e6, process.num_fds(), process.num_threads()
