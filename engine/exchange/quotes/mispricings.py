"""Planted mispricings: for a while some neighbouring contracts are quoted off their value.

A quote never moves by a whole half width, so the value stays between bid and ask and nothing can
be locked in at natural prices; what moves is the middle that a patient order leans on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

_LASTS_S: Final = 45.0
_SHORTEST_S: Final = 5
_MOST_NEIGHBOURS: Final = 3
_SMALLEST: Final = 0.3
_LARGEST: Final = 0.9


@dataclass(frozen=True, slots=True)
class Mispricing:
    """One episode.

    Args:
        start_s, end_s: whole seconds after the open, half-open.
        right: row of the chain's arrays.
        first, last: columns, last excluded.
        of_half_width: how far quotes are moved, as a fraction of half their width; signed.
    """

    start_s: int
    end_s: int
    right: int
    first: int
    last: int
    of_half_width: float


def plant(
    chance: np.random.Generator, seconds: int, strikes: int, an_hour: float
) -> tuple[Mispricing, ...]:
    """Draw a session's episodes of a chain, by their start.

    Args:
        chance: the chain's own source.
        seconds: length of the session.
        strikes: number of columns.
        an_hour: how many begin in an hour on average.
    """
    episodes = []
    for start in sorted(chance.integers(0, seconds, size=chance.poisson(an_hour * seconds / 3600))):
        first = int(chance.integers(0, strikes))
        size = float(chance.uniform(_SMALLEST, _LARGEST))
        episodes.append(
            Mispricing(
                start_s=int(start),
                end_s=int(start) + _SHORTEST_S + int(chance.exponential(_LASTS_S)),
                right=int(chance.integers(0, 2)),
                first=first,
                last=min(strikes, first + int(chance.integers(1, _MOST_NEIGHBOURS + 1))),
                of_half_width=size if chance.integers(0, 2) else -size,
            )
        )
    return tuple(episodes)
