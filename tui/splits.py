"""A part of the screen divided into panes, and the borders between them that can be moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

LEAST_COLUMNS: Final = 24
LEAST_ROWS: Final = 3
LEAST_BARE_ROWS: Final = 2
"""The least of a pane; without a frame it has a title and a row."""


class Rect(NamedTuple):
    """A place on the screen in cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Split:
    """Parts side by side or one over the other, each with its size in cells.

    Args:
        parts: a pane's name or another split, and its size; parts of no size are left out.
        beside: whether the parts are side by side.
    """

    parts: tuple[tuple[Node, int], ...]
    beside: bool = False


Node: TypeAlias = str | Split


@dataclass(frozen=True, slots=True)
class Border:
    """A border between two parts of a split.

    Args:
        name: of the first pane behind it.
        beside: whether it stands between columns and moves sideways.
        at: the first column or row behind it.
        place: where it can be taken hold of.
        shift: by how many cells it was moved.
        least, most: how far it can be.
        before, after: the panes on both sides of it.
    """

    name: str
    beside: bool
    at: int
    place: Rect
    shift: int
    least: int
    most: int
    before: frozenset[str]
    after: frozenset[str]

    def shifted(self, by: int) -> int:
        """The shift that it has after it is moved by so many cells, as far as it can be."""
        return max(self.least, min(self.most, self.shift + by))


def panes(node: Node) -> list[str]:
    """The panes of a split, in their order."""
    if isinstance(node, str):
        return [node]
    return [name for part, size in node.parts if size > 0 for name in panes(part)]


def _least(node: Node, beside: bool, boxed: bool) -> int:
    """The least width or height of a part."""
    if isinstance(node, str):
        return LEAST_COLUMNS if beside else LEAST_ROWS if boxed else LEAST_BARE_ROWS
    each = [_least(part, beside, boxed) for part, size in node.parts if size > 0]
    return sum(each) if node.beside == beside else max(each, default=0)


def divide(
    node: Node,
    place: Rect,
    shifts: Mapping[str, int],
    boxed: bool,
    places: dict[str, Rect],
) -> list[Border]:
    """Give every pane its place; returns the borders that can be moved.

    Args:
        place: for the whole of it.
        shifts: by how many cells borders are moved, by their names.
        boxed: whether panes have four sides.
        places: takes the places of the panes by name.
    """
    if isinstance(node, str):
        places[node] = place
        return []
    parts = [(part, size) for part, size in node.parts if size > 0]
    room = place.width if node.beside else place.height
    least = [_least(part, node.beside, boxed) for part, _ in parts]
    sizes = _fitted([size for _, size in parts], least, room)
    moved: list[tuple[int, int, int]] = [(0, 0, 0)]
    for number in range(1, len(parts)):
        low = min(0, least[number - 1] - sizes[number - 1])
        high = max(0, sizes[number] - least[number])
        wanted = shifts.get(panes(parts[number][0])[0], 0)
        shift = max(low, min(high, wanted))
        sizes[number - 1] += shift
        sizes[number] -= shift
        moved.append((shift, low, high))
    borders: list[Border] = []
    at = place.x if node.beside else place.y
    for number, (part, _) in enumerate(parts):
        size = sizes[number]
        own = place._replace(x=at, width=size) if node.beside else place._replace(y=at, height=size)
        if number:
            borders.append(_border(node, parts, number, own, moved[number], boxed))
        borders += divide(part, own, shifts, boxed, places)
        at += size
    return borders


def _fitted(sizes: list[int], least: list[int], room: int) -> list[int]:
    """Sizes that fill the room: the largest part takes what is more or less than planned."""
    result = list(sizes)
    rest = room - sum(result)
    for number in sorted(range(len(result)), key=lambda n: -result[n]):
        if rest >= 0:
            result[number] += rest
            break
        taken = min(-rest, max(0, result[number] - least[number]))
        result[number] -= taken
        rest += taken
    if sum(result) > room:  # nothing can be made smaller any more: the last part is cut
        result[-1] = max(0, result[-1] - (sum(result) - room))
    return result


def _border(
    node: Split,
    parts: list[tuple[Node, int]],
    number: int,
    own: Rect,
    moved: tuple[int, int, int],
    boxed: bool,
) -> Border:
    behind = panes(parts[number][0])
    if node.beside:
        hold = Rect(own.x - 1, own.y, 2, own.height)
    elif boxed:
        hold = Rect(own.x, own.y - 1, own.width, 2)
    else:
        hold = Rect(own.x, own.y, own.width, 1)
    shift, low, high = moved
    return Border(
        behind[0],
        node.beside,
        own.x if node.beside else own.y,
        hold,
        shift,
        low,
        high,
        frozenset(panes(parts[number - 1][0])),
        frozenset(behind),
    )
