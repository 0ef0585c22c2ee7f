"""Broken files of every format, for as long as asked: a reader gives a table or refuses by name, and never anything else.

What it gives does not depend on where the parts end in which it reads: every file is read a second time in tiny ones.

    .venv/bin/python tests/fuzz/fuzz_readers.py 300          seconds in all, shared by the formats

Each format is fuzzed in a process of its own, so that a crash of a C library is seen as what it is. Hypothesis cuts, flips,
repeats and splices the bytes of a good file, and shrinks what it finds. No test: nothing here runs under pytest.
"""

import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nk521lib.edge.formats import _json_rows, _json_stream, csv, read_table, sas7bdat, xpt
from nk521lib.edge.typed import to_frame
from nk521lib.errors import SnapshotRejected

HEAD = ["STUDYID", "USUBJID", "AESEQ", "AETERM", "AESTDTC"]
RECORDS = [
    ["NK521", f"NK521-01-{n:03d}", n, term, "2026-08-04"] for n, term in enumerate(("fever", 'a "b", c', "发热", ""), 1)
]
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "formats" / "lb.sas"
FORMS = {".csv": "csv", ".xpt": "xpt", ".sas7bdat": "sas7bdat", ".parquet": "parquet", ".json": "dataset-json",
         ".ndjson": "dataset-ndjson"}  # fmt: skip
EXAMPLES = 500


def good(suffix: str, folder: Path) -> bytes:
    """A small well-formed file of the format."""
    path, frame = folder / f"ae{suffix}", pd.DataFrame(RECORDS, columns=HEAD)
    columns = [{"itemOID": c, "name": c, "label": c, "dataType": "integer" if c == "AESEQ" else "string"} for c in HEAD]
    head = {"datasetJSONVersion": "1.1.0", "itemGroupOID": "AE", "name": "AE", "label": "AE", "records": len(RECORDS),
            "columns": columns}  # fmt: skip
    match suffix:
        case ".csv":
            path.write_text(frame.to_csv(index=False), encoding="utf-8")
        case ".xpt":
            pyreadstat.write_xport(frame.assign(AETERM="fever"), str(path), file_format_version=5)
        case ".sas7bdat":
            shutil.copyfile(GOLDEN, path)
        case ".parquet":
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, write_page_checksum=True)
        case ".json":
            path.write_text(json.dumps(head | {"rows": RECORDS}, ensure_ascii=False), encoding="utf-8")
        case ".ndjson":
            path.write_text("\n".join(json.dumps(x, ensure_ascii=False) for x in (head, *RECORDS)), encoding="utf-8")
    return path.read_bytes()


def broken(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes after one to four accidents."""
    at = st.integers(0, len(data))
    accidents = st.one_of(
        st.tuples(st.just("cut"), at, at), st.tuples(st.just("repeat"), at, at),
        st.tuples(st.just("put"), at, st.binary(min_size=1, max_size=6)), st.tuples(st.just("over"), at, st.binary(min_size=1, max_size=6)),
        st.tuples(st.just("over"), at, st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff\xfe", b"]", b"}", b"1e999", b"\xef\xbb\xbf"])),
    )  # fmt: skip
    return st.lists(accidents, min_size=1, max_size=4).map(lambda done: _apply(data, done))


def _apply(data: bytes, accidents) -> bytes:
    for what, where, more in accidents:
        if what == "cut":
            data = data[: min(where, more)] + data[max(where, more) :]
        elif what == "repeat":
            data = data + data[min(where, more) : max(where, more)]
        else:
            data = data[:where] + more + data[where + (len(more) if what == "over" else 0) :]
    return data


TINY = (
    (csv, "_BLOCK", 3),
    (xpt, "_PART", 50),
    (sas7bdat, "_SHARE", 0),
    (_json_stream, "_WINDOW", 5),
    (_json_rows, "_ROWS", 2),
)


@contextmanager
def tiny_parts():
    usual = [getattr(module, name) for module, name, _ in TINY]
    for module, name, size in TINY:
        setattr(module, name, size)
    try:
        yield
    finally:
        for (module, name, _), size in zip(TINY, usual, strict=True):
            setattr(module, name, size)


def reading(path: Path) -> pa.Table | None:
    """The table as typed, or none where the file is refused, by name."""
    try:
        frame = to_frame(path.name, read_table(path, FORMS[path.suffix]), "AE").frame
    except SnapshotRejected as refused:
        assert refused.problems and all(problem.startswith(path.name) for problem in refused.problems)
        return None
    return pa.Table.from_pandas(frame)


def fuzz(suffix: str, seconds: float, tried) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    data, path, ends = good(suffix, folder), folder / f"broken{suffix}", time.monotonic() + seconds

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(broken(data))
    def reads_or_refuses(content: bytes) -> None:
        path.write_bytes(content)
        tried[0] += 1
        table = reading(path)
        tried[1] += table is None
        with tiny_parts():
            again = reading(path)
        assert again == table if table is None or again is None else again.equals(table)

    try:
        while time.monotonic() < ends:
            reads_or_refuses()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(seconds: float) -> int:
    failed = 0
    for suffix in FORMS:
        tried = multiprocessing.Array("q", 2)
        worker = multiprocessing.Process(target=fuzz, args=(suffix, seconds / len(FORMS), tried))
        worker.start()
        worker.join()
        failed += worker.exitcode != 0
        how = "ok" if worker.exitcode == 0 else f"FAILED ({worker.exitcode})"
        print(f"{suffix:<10} {tried[0]:>8} broken files, {tried[1]:>8} refused  {how}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0))
