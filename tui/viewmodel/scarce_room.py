"""Which figures of the header stay where room is scarce: what rings first, what is dim last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tui.text.lines import Line, join, width_of

HEAD: Final = 0
"""Never gives way."""

_P1: Final = 1
_P2: Final = 2
_P2_OF_MORE: Final = 3
_RINGS: Final = {"p1": _P1, "p2": _P2, "stale": _P2}
_CALM: Final = {"Wrk": 5, "Working": 5, "Ord": 6, "Orders": 6, "Imb": 7, "Imbalance": 7,
                "Cash": 8, "Power": 9, "Worth": 9, "Look": 9,
                "Oldest look": 9}  # fmt: skip
_OF_ACCOUNT: Final = ("Power", "Worth")
"""Figures that are marked where they are old, and do not ring: `Link` does."""

_CALM_ELSE: Final = 4
_DIM: Final = 7
"""From here on a figure is left out for one that rings before numbers are written shorter."""

MORE: Final = 10
"""Figures that are there only where there is room."""


class Figure(NamedTuple):
    """A figure, and how soon it gives way.

    Args:
        line: its name and value.
        yields: the higher, the sooner.
        came: whether it is there because it rings, and would be only where there is room.
    """

    line: Line
    yields: int
    came: bool = False


def placed(head: Sequence[Line], always: Sequence[Line], more: Sequence[Line]) -> list[Figure]:
    """The figures from left to right: the head, what rings among `more`, and the others.

    Args:
        head: what never gives way.
        always: figures that are there at every width, unless those that ring take their room.
        more: figures that are there where there is room.
    """
    came, rest = [], []
    for line in more:
        rings = _rings(line)
        if rings is None:
            rest.append(Figure(line, MORE))
        else:
            came.append(Figure(line, _P1 if rings == _P1 else _P2_OF_MORE, came=True))
    kept = [Figure(line, _rings(line) or _CALM.get(_name(line), _CALM_ELSE)) for line in always]
    came.sort(key=lambda each: each.yields)
    return [*(Figure(line, HEAD) for line in head), *came, *kept, *rest]


def _name(line: Line) -> str:
    return line[0][0].strip()


def _rings(line: Line) -> int | None:
    rings = [style for _, style in line if style in _RINGS]
    if _name(line) in _OF_ACCOUNT and "stale" in rings:
        return None
    return min((_RINGS[style] for style in rings), default=None)


def needed(figures: Sequence[Figure]) -> list[Figure]:
    """For what numbers are written shorter: nothing dim where a figure came that rings."""
    most = _DIM if any(each.came for each in figures) else MORE
    return [each for each in figures if each.yields < most]


def fitted(figures: Sequence[Figure], blanks: str, width: int) -> Line:
    """As many as fit, of equal ones the first; the head whether it fits or not."""
    left = list(figures)
    while total(left, blanks) > width:
        at = max(range(len(left)), key=lambda at: (left[at].yields, at))
        if left[at].yields == HEAD:
            break
        del left[at]
    return ((" ", "text"), *join([each.line for each in left], (blanks, "text")))


def total(figures: Sequence[Figure], blanks: str) -> int:
    """Columns that they take."""
    between = len(blanks) * (len(figures) - 1)
    return 1 + sum(width_of(each.line) for each in figures) + between
