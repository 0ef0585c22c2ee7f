"""One pack a task. A task that runs twice, because its worker was lost, finds its pack there and leaves it alone.

A pack is the same when its provenance names the same data, snapshot before, answers to findings, parameters, chapters and
code; that is also what lets an interrupted batch go on where it stopped.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dask.distributed import Client, as_completed

from nk521lib.edge import provenance, publish, software
from nk521lib.edge.batch.cluster import WarmWorker
from nk521lib.edge.inputs import find_dispositions, find_snapshot
from nk521lib.edge.manifest_file import read_manifest
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.parameters import read_params
from nk521lib.edge.previous import find_previous
from nk521lib.errors import UsageError, WorkbookError
from nk521lib.params import Params


@dataclass(frozen=True)
class Order:
    """One snapshot to publish, with everything a worker needs to know."""

    snapshot: str
    params_files: tuple[str, ...]
    settings: tuple[str, ...]
    out: str
    key: str
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one snapshot. pack : name of its folder, empty when there is none. problems : why not, a line each."""

    snapshot: str
    pack: str = ""
    problems: tuple[str, ...] = ()
    seconds: float = 0.0
    there_already: bool = False


Progress = Callable[[int, int], None]
"""progress(snapshots done, snapshots)."""


def orders(
    snapshots: Sequence[str],
    params_files: Sequence[Path],
    settings: Sequence[str],
    out: Path,
    again: bool = False,
) -> tuple[list[Order], list[Outcome]]:
    """What to send, and the snapshots that cannot be sent, which fail alone.

    Raises ParamsError for parameters that no snapshot could be run with, UsageError where two snapshots would publish to
    one place.
    """
    files = [str(Path(file).absolute()) for file in params_files]
    params = read_params(files, settings)
    sent, refused, places = [], [], {}
    for snapshot in snapshots:
        try:
            folder = find_snapshot(snapshot)
            manifest, _ = read_manifest(folder)
        except WorkbookError as error:
            refused.append(Outcome(snapshot, problems=error.problems))
            continue
        places.setdefault(manifest.snapshot_id, []).append(snapshot)
        source = snapshot if snapshot.startswith("demo:") else str(folder.absolute())
        key = _key(manifest.snapshot_id, _content(snapshot, params))
        sent.append(Order(source, tuple(files), tuple(settings), str(out.absolute()), key, again))
    doubled = [f"{id}: is the id of {len(named)} of these snapshots ({', '.join(named[:3])}); each needs its own" for id, named in places.items() if len(named) > 1]  # fmt: skip
    if doubled:
        raise UsageError(*doubled)
    return sent, refused


def _key(snapshot_id: str, content: dict[str, Any]) -> str:
    return f"pack-{snapshot_id}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"


def _content(snapshot: str, params: Params) -> dict[str, Any]:
    """Everything that decides what the pack of a snapshot says, in the words of its provenance."""
    folder = find_snapshot(snapshot)
    manifest, sha256 = read_manifest(folder)
    before, _ = find_previous(folder, manifest)
    earlier, earlier_sha256 = read_manifest(before) if before else (None, "")
    answers = find_dispositions(snapshot, None)
    return {
        "manifest_sha256": sha256,
        "compared_with": {"snapshot_id": earlier.snapshot_id, "manifest_sha256": earlier_sha256} if earlier else None,
        "dispositions": {"name": answers.name, "sha256": software.sha256_of(answers)} if answers else None,
        "parameters": params.sha256,
        "chapters": list(CHAPTERS),
        "code": software.code_version(),
    }


def publish_all(client: Client, sent: Sequence[Order], progress: Progress, warm: bool = True) -> list[Outcome]:
    """Publish every order; the outcomes in the order of `sent`. What fails fails alone."""
    client.register_plugin(WarmWorker(warm))
    waiting = {client.submit(publish_one, order, key=order.key, pure=False): order for order in sent}
    outcomes = {}
    try:
        for number, future in enumerate(as_completed(list(waiting), loop=client.loop), 1):
            order = waiting[future]
            outcomes[order.key] = future.result() if future.status == "finished" else _lost(order, future)
            progress(number, len(sent))
    finally:
        client.cancel([future for future, order in waiting.items() if order.key not in outcomes])
    return [outcomes[order.key] for order in sent]


def _lost(order: Order, future) -> Outcome:
    """Not a failure of the run, which would have come back as an outcome: the worker itself was lost, again and again."""
    cause = type(future.exception()).__name__
    return Outcome(order.snapshot, problems=(f"its worker was lost each time it was tried ({cause}); is there enough memory?",))  # fmt: skip


def publish_one(order: Order) -> Outcome:
    """On a worker: publish one snapshot unless its pack is there already."""
    from nk521lib.edge import runner

    start = time.monotonic()
    try:
        _require_shared(order)
        there = _published(order)
        if there:
            return Outcome(order.snapshot, there, there_already=True)
        pack = runner.run(order.snapshot, order.params_files, order.settings, order.out, workers=1, fresh=order.again)
    except WorkbookError as error:
        return Outcome(order.snapshot, problems=error.problems, seconds=time.monotonic() - start)
    except Exception as error:  # noqa: BLE001 - one snapshot's failure, whatever it is, must not end the batch
        said = f"unexpected {type(error).__name__}: {error}"
        return Outcome(order.snapshot, problems=(said,), seconds=time.monotonic() - start)
    return Outcome(order.snapshot, pack.name, seconds=time.monotonic() - start)


def _require_shared(order: Order) -> None:
    """The folders of the snapshot and of the packs exist where the worker runs."""
    named = [] if order.snapshot.startswith("demo:") else [order.snapshot]
    for folder in (*named, order.out, *order.params_files):
        if not os.path.exists(folder):
            raise UsageError(f"{folder}: is not there on worker {os.uname().nodename}; every worker must see it under the same path")  # fmt: skip


def _published(order: Order) -> str:
    """Name of the pack that is exactly what this order would make; empty when there is none, or it cannot be known."""
    params = read_params(order.params_files, order.settings)
    manifest, _ = read_manifest(find_snapshot(order.snapshot))
    pack = Path(order.out) / publish.pack_name(manifest.snapshot_id, params, whole=True)
    wanted = _content(order.snapshot, params)
    if order.again or wanted["code"]["git_dirty"] or not (pack / provenance.FILE).is_file():
        return ""
    made = provenance.read(pack)
    said = {name: made["snapshot"][name] for name in ("manifest_sha256", "compared_with")}
    said |= {name: made[name] for name in ("dispositions", "chapters", "code")} | {
        "parameters": made["parameters"]["sha256"]
    }
    return pack.name if said == wanted and not provenance.verify(pack) else ""
