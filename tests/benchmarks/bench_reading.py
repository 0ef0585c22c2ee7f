"""Rows read and typed per second, and the memory it takes, in every format; then a whole snapshot read and checked.

    make bench                                                       a modest size
    NK521_BENCH_ROWS=1000000 .venv/bin/python tests/benchmarks/bench_reading.py     the size the specification names

Every reading is done in a process of its own, so that its peak of memory is its own. Seconds are of processor time: a busy machine
does not change them. Ten laboratory rows a subject.

SAS7BDAT has no line: nothing in Python writes the format (pyreadstat writes XPT only), and the golden file has three records. It is
read as XPT is, by pyreadstat, but some columns at a time and not some records. Parquet's ratio says how well it compresses.
"""

import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyreadstat
import pytest

from nk521lib.edge.formats import read_table
from nk521lib.edge.parameters import read_params
from nk521lib.edge.seal import seal
from nk521lib.edge.snapshot import read_snapshot
from nk521lib.edge.typed import to_frame

ROWS = int(os.environ.get("NK521_BENCH_ROWS", "50000"))
PER_SUBJECT = 10
FORMS = {
    "lb.csv": "csv",
    "lb.xpt": "xpt",
    "lb.parquet": "parquet",
    "lb.json": "dataset-json",
    "lb.ndjson": "dataset-ndjson",
}
MINIMAL = ("required_domains=[DM, EX, AE]", "required_variables={DM: [USUBJID], AE: [AETERM]}")
_MEGABYTE = 1e6


def laboratory(rows: int) -> pd.DataFrame:
    number = pd.Series(range(rows))
    subject, test = number // PER_SUBJECT + 1, number % PER_SUBJECT
    value = (20 + number % 70).astype(float)
    names = ("ALT", "AST", "ALP", "BILI", "CREAT", "HGB", "NEUT", "PLAT", "ALB", "CA")
    units = ("U/L", "U/L", "U/L", "umol/L", "umol/L", "g/L", "10^9/L", "10^9/L", "g/L", "mmol/L")
    return pd.DataFrame({
        "STUDYID": "NCT07561437", "DOMAIN": "LB", "USUBJID": "NK521-01-" + subject.astype(str).str.zfill(6), "LBSEQ": test + 1,
        "LBTESTCD": test.map(dict(enumerate(names))), "LBORRES": value.astype(int).astype(str), "LBORRESU": test.map(dict(enumerate(units))),
        "LBSTRESN": value, "LBSTRESU": test.map(dict(enumerate(units))), "LBSTNRHI": 100.0,
        "LBDTC": "2026-08-" + (number % 28 + 1).astype(str).str.zfill(2) + "T08:10",
    })  # fmt: skip


def write(path: Path, frame: pd.DataFrame) -> None:
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), path)
    elif path.suffix == ".xpt":
        pyreadstat.write_xport(frame, str(path), file_format_version=5)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, compression="zstd")
    else:
        kinds = {
            name: "string" if kind == "object" or "str" in str(kind) else "double"
            for name, kind in frame.dtypes.items()
        }
        columns = [{"itemOID": n, "name": n, "label": n, "dataType": kind} for n, kind in kinds.items()]
        head = {
            "datasetJSONVersion": "1.1.0",
            "itemGroupOID": "LB",
            "name": "LB",
            "label": "LB",
            "records": len(frame),
            "columns": columns,
        }
        rows = frame.astype(object).to_numpy().tolist()
        with open(path, "w", encoding="utf-8") as file:
            if path.suffix == ".json":
                json.dump(head | {"rows": rows}, file)
            else:
                file.write("\n".join(json.dumps(line) for line in (head, *rows)))


def read_one(path: str, form: str, answer) -> None:
    before, start = _peak(), time.process_time()
    frame = to_frame("lb", read_table(Path(path), form), "LB").frame
    answer.put((len(frame), time.process_time() - start, _peak() - before))


def read_all(path: str, form: str, answer) -> None:
    before, start = _peak(), time.process_time()
    cut = read_snapshot(path, read_params(settings=MINIMAL), None)
    answer.put((len(cut["LB"]), time.process_time() - start, _peak() - before))


def measure(read, path: Path, form: str = "") -> tuple[int, float, float]:
    """Rows, seconds, and megabytes above what the imports took."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=read, args=(str(path), form, answer))
    process.start()
    found = answer.get()
    process.join()
    return found


def whole_snapshot(folder: Path, frame: pd.DataFrame) -> Path:
    """DM, EX and AE of every subject beside the laboratory, sealed."""
    subjects = pd.Series(frame["USUBJID"].unique())
    same = {"STUDYID": "NCT07561437", "USUBJID": subjects}
    tables = {
        "dm": {"DOMAIN": "DM", "SUBJID": subjects.str[-6:], "SEX": "F", "ARMCD": "A_DL1", "RFICDTC": "2026-07-20"},
        "ex": {"DOMAIN": "EX", "EXSEQ": 1, "EXTRT": "NK521", "EXDOSE": 1, "EXDOSU": "10^9 CELLS", "EXROUTE": "INTRAVENOUS", "EXSTDTC": "2026-08-03"},
        "ae": {"DOMAIN": "AE", "AESEQ": 1, "AETERM": "fever", "AEDECOD": "Pyrexia", "AEBODSYS": "x", "AETOXGR": "1", "AEREL": "RELATED",
               "AESER": "N", "AESTDTC": "2026-08-04", "AEENDTC": "2026-08-05"},
    }  # fmt: skip
    folder.mkdir()
    for name, more in tables.items():
        write(folder / f"{name}.csv", pd.DataFrame(same | more))
    write(folder / "lb.csv", frame)
    seal(folder, "S1", "2026-09-30", True)
    return folder


def _peak() -> float:
    """Peak of this process's own memory (Linux); getrusage would carry over that of the process which started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / _MEGABYTE


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return laboratory(ROWS)


@pytest.mark.parametrize("name", FORMS)
def bench_read_and_type(line, frame, tmp_path, name):
    path = tmp_path / name
    write(path, frame)
    _note(line, f"read and type {ROWS} rows of {name}", path.stat().st_size, *measure(read_one, path, FORMS[name]))


def bench_read_and_check_a_snapshot(line, frame, tmp_path):
    folder = whole_snapshot(tmp_path / "S1", frame)
    size = sum(file.stat().st_size for file in folder.iterdir())
    _note(line, f"read and check a snapshot of {ROWS} laboratory rows", size, *measure(read_all, folder))


def _note(line, figure: str, size: int, rows: int, seconds: float, memory: float) -> None:
    line(figure, round(rows / seconds), "rows/s")
    line(f"{figure}: memory", round(memory), "MB", f"{memory / (size / _MEGABYTE):.1f} x the file")


def main() -> None:
    frame = laboratory(ROWS)
    with tempfile.TemporaryDirectory() as base:
        print(f"{ROWS} laboratory rows of {frame['USUBJID'].nunique()} subjects")
        for name, form in FORMS.items():
            path = Path(base) / name
            write(path, frame)
            _say(name, path.stat().st_size, *measure(read_one, path, form))
            path.unlink()
        folder = whole_snapshot(Path(base) / "S1", frame)
        size = sum(file.stat().st_size for file in folder.iterdir())
        _say("snapshot", size, *measure(read_all, folder))


def _say(name: str, size: int, rows: int, seconds: float, memory: float) -> None:
    size /= _MEGABYTE
    print(
        f"{name:<10} {size:7.1f} MB  {seconds:7.2f} s  {rows / seconds:10.0f} rows/s  {memory:7.0f} MB  {memory / size:4.1f} x the file",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
