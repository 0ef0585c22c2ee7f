"""One reading of a snapshot serves every chapter of a run, without a file.

The run hands its reading to the warm process as memory; a kernel forked from there takes it in place of reading again,
but only after it has found the manifest and every file's hash as they were, and the same parameters. What a chapter
gets is a copy of its own either way.
"""

import os
import pickle
from dataclasses import replace
from pathlib import Path

from nk521lib.chapters.checks.previous import PREVIOUS
from nk521lib.cut import Cut
from nk521lib.edge.warm import wire
from nk521lib.params import Params

_memory: int | None = None


def offer(cut: Cut, previous: str) -> None:
    """Hand a reading to the warm process, if there is one; it keeps the latest.

    previous : what the reading was asked to compare with, as read_snapshot takes it.
    """
    name = os.environ.get(wire.VARIABLE)
    if not name:
        return
    memory = os.memfd_create("nk521-reading")
    try:
        with open(memory, "wb", closefd=False) as file:
            pickle.dump((cut.manifest_sha256, previous, cut), file, protocol=pickle.HIGHEST_PROTOCOL)
        with wire.connect(name, timeout=1.0) as connection:
            wire.send(connection, {"keep": True}, [memory])
    except OSError:
        return  # each chapter then reads for itself
    finally:
        os.close(memory)


def keep(memory: int) -> None:
    """In the warm process: hold the handle that forks will inherit, in place of an earlier one."""
    global _memory
    if _memory is not None:
        os.close(_memory)
    _memory = memory


def take(manifest_sha256: str, params: Params, previous: str | Path | None) -> Cut | None:
    """In a kernel: the reading made of exactly this manifest and these parameters, if it was handed over.

    It must have been compared with the same previous snapshot; a chapter that compares with nothing gets it without.
    """
    if _memory is None:
        return None
    content = os.pread(_memory, os.fstat(_memory).st_size, 0)
    manifest, compared_with, cut = pickle.loads(content)  # noqa: S301 - written by the run itself, never a file
    if manifest != manifest_sha256 or cut.params != params:
        return None
    if previous is None:
        return without_comparison(cut)
    return cut if str(previous) == compared_with else None


def without_comparison(cut: Cut) -> Cut:
    """The same reading compared with nothing: one check alone looks at the snapshot before."""
    return replace(cut, findings=tuple(f for f in cut.findings if f.id != PREVIOUS.id), compared=None)
