"""Decisions of the designs that look at one level only, tabulated over n and x."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType

import numpy as np

from nk521lib.errors import DesignError
from nk521lib.standards.designs import boin, i3p3, mtpi2
from nk521lib.standards.designs.advice import Advice
from nk521lib.terms import ComparatorSays

ONE_LEVEL_DESIGNS: dict[str, Callable[..., Advice]] = {
    "BOIN": boin.advise,
    "mTPI-2": mtpi2.advise,
    "mTPI": partial(mtpi2.advise, design="mTPI"),
    "keyboard": partial(mtpi2.advise, design="keyboard"),
    "i3+3": i3p3.advise,
}
"""advise(n, x, phi, **options) of each design; BOIN takes low, high, the others halfwidth."""

MOVE = {
    ComparatorSays.ESCALATE: 1,
    ComparatorSays.STAY: 0,
    ComparatorSays.DEESCALATE: -1,
    ComparatorSays.ELIMINATE: -2,
}


@lru_cache(maxsize=64)
def decision_table(
    design: str, phi: float, n_max: int = 9, **options: float
) -> Mapping[int, tuple[ComparatorSays, ...]]:
    """Per n = 1..n_max, what the design says after x = 0..n DLTs."""
    if design not in ONE_LEVEL_DESIGNS:
        raise DesignError(f"design {design!r}; allowed are {', '.join(ONE_LEVEL_DESIGNS)}")
    advise = partial(ONE_LEVEL_DESIGNS[design], phi=phi, **options)
    rows = {n: tuple(advise(n, x).says for x in range(n + 1)) for n in range(1, n_max + 1)}
    return MappingProxyType(rows)


@lru_cache(maxsize=64)
def move_table(design: str, phi: float, n_max: int, **options: float) -> np.ndarray:
    """Moves (n_max + 1, n_max + 1) by n and x: 1 up, 0 stay, -1 down, -2 eliminate; 0 where x > n or n = 0."""
    moves = np.zeros((n_max + 1, n_max + 1), dtype=int)
    for n, row in decision_table(design, phi, n_max, **options).items():
        moves[n, : n + 1] = [MOVE[says] for says in row]
    moves.flags.writeable = False  # shared by all callers
    return moves
