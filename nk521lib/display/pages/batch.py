"""The page that links the packs of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from nk521lib.display.pages.shell import standalone
from nk521lib.display.words import plural


@dataclass(frozen=True)
class Line:
    """One snapshot. pack : folder of its pack, empty when there is none; then `problems` say why."""

    snapshot: str
    pack: str = ""
    cutoff: str = ""
    synthetic: bool = False
    said: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    note: str = ""


def batch_page(lines: Sequence[Line], software: str) -> str:
    """Failures first, then the packs in the order given."""
    failed = [line for line in lines if not line.pack]
    made = [line for line in lines if line.pack]
    title = f"{len(made)} of {plural(len(lines), 'snapshot')} published"
    synthetic = bool(made) and all(line.synthetic for line in made)
    return standalone("batch.html.j2", title, "", software, synthetic, failed=failed, made=made)
