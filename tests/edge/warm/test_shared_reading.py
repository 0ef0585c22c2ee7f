"""A reading handed from the run to its kernels is taken only for exactly the same data and parameters."""

import os
from contextlib import nullcontext

import pandas as pd
import pytest

from nk521lib.edge.chapter import read_params
from nk521lib.edge.snapshot import AUTOMATIC, read_snapshot
from nk521lib.edge.warm import shared_reading, wire
from nk521lib.errors import SnapshotRejected


@pytest.fixture
def kept(small_snapshot, monkeypatch):
    """The small snapshot's reading, handed over as the run does, to this process."""
    if not wire.available():
        pytest.skip("readings are shared on Linux only: run this there")
    sent = []
    monkeypatch.setenv(wire.VARIABLE, "here")
    monkeypatch.setattr(wire, "connect", lambda name, timeout: nullcontext())
    monkeypatch.setattr(wire, "send", lambda connection, message, handles: sent.append(os.dup(handles[0])))
    monkeypatch.setattr(shared_reading, "_memory", None)
    cut = read_snapshot(small_snapshot, read_params())
    shared_reading.offer(cut, AUTOMATIC)
    shared_reading.keep(sent[0])
    yield cut
    os.close(sent[0])


def test_same_data_and_parameters_give_an_equal_copy(kept):
    taken = shared_reading.take(kept.manifest_sha256, read_params(), AUTOMATIC)
    assert taken is not kept and taken.frames.keys() == kept.frames.keys()
    for code, frame in kept.frames.items():
        pd.testing.assert_frame_equal(taken.frames[code], frame)
    assert taken.findings == kept.findings and taken.params == kept.params


def test_every_taking_is_a_copy_of_its_own(kept):
    one, two = (shared_reading.take(kept.manifest_sha256, read_params(), AUTOMATIC) for _ in range(2))
    one.frames["DM"].loc[:, "USUBJID"] = "changed"
    assert "changed" not in set(two.frames["DM"]["USUBJID"])


def test_other_data_or_other_parameters_are_read_again(kept):
    assert shared_reading.take("0" * 64, read_params(), AUTOMATIC) is None
    assert shared_reading.take(kept.manifest_sha256, read_params(settings=["mtd_min_n=3"]), AUTOMATIC) is None
    assert shared_reading.take(kept.manifest_sha256, read_params(), "demo:D1") is None


def test_a_file_changed_since_is_refused_as_ever(kept, small_snapshot, tmp_path):
    import shutil

    copy = shutil.copytree(small_snapshot, tmp_path / "copy")
    assert read_snapshot(copy, read_params()).manifest_sha256 == kept.manifest_sha256
    with open(copy / "ae.csv", "a") as file:
        file.write("\n")
    with pytest.raises(SnapshotRejected, match=r"ae\.csv"):
        read_snapshot(copy, read_params())


def test_without_a_warm_process_nothing_is_offered(kept, monkeypatch):
    monkeypatch.delenv(wire.VARIABLE)
    monkeypatch.setattr(wire, "connect", lambda *_: pytest.fail("asked"))
    shared_reading.offer(kept, AUTOMATIC)


def test_a_chapter_that_compares_with_nothing_gets_what_it_would_have_read(demo_compared, demo_cut):
    compared, alone = demo_compared("D3"), demo_cut("D3")
    taken = shared_reading.without_comparison(compared)
    assert compared.compared is not None and len(compared.findings) > len(alone.findings)
    assert taken.compared is None and taken.findings == alone.findings
    assert taken.frames.keys() == alone.frames.keys() and taken.variables == alone.variables
    for code, frame in alone.frames.items():
        pd.testing.assert_frame_equal(taken.frames[code], frame)
