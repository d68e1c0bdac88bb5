"""Pictures of a terminal as text: its characters, and the style of each cell, in a file for people.

A file holds one screen in all its states and sizes. The first state is written in full; a row of
another one that is the same there is written as `=`. Under the rows of a picture the styles of
each row are told as runs, `a12b68` for twelve cells of style a and 68 of style b; the styles of a
state have their names at its head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.strip import Strip

from tui.app import DeskApp

SAME = "="
_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RUN = re.compile(r"(\D)(\d+)")


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of characters, without the blanks at their ends, and the styles of each row as runs."""

    rows: tuple[str, ...]
    styles: tuple[tuple[tuple[str, int], ...], ...]


@cache
def _told(style: Style | None) -> str:
    if style is None:
        return "none"
    return re.sub(r" ?\bnot \w+\b", "", str(style)).strip() or "none"


def picture_of(app: DeskApp, region: tuple[int, int, int, int] | None = None) -> Picture:
    """What the terminal shows now.

    Args:
        region: column, row, width and height of the part that is wanted; None for everything.
    """
    screen = app.screen
    stack = app._background_screens
    update = screen._compositor.render_update(full=True, screen_stack=stack)
    x, y, width, height = region or (0, 0, *app.size)
    rows, styles = [], []
    assert isinstance(update, LayoutUpdate)
    for line in list(update.strips)[y : y + height]:
        cells = Strip.join(line).crop(x, x + width)
        rows.append(cells.text.rstrip())
        told = [(_told(segment.style), segment.cell_length) for segment in cells if segment.text]
        runs = groupby(told, key=lambda each: each[0])
        styles.append(tuple((name, sum(n for _, n in run)) for name, run in runs))
    return Picture(tuple(rows), tuple(styles))


Shots = dict[str, dict[str, Picture]]
"""Pictures of one screen by state and size."""

Runs = tuple[tuple[str, int], ...]


def written(shots: Shots) -> str:
    """The file of a screen.

    Args:
        shots: its pictures; the others are compared with those of the first state.
    """
    lines: list[str] = []
    base: dict[str, tuple[tuple[str, ...], tuple[Runs, ...]]] = {}
    for state, pictures in shots.items():
        names = _names(pictures, base)
        coded = {
            size: tuple(tuple((names[s], n) for s, n in row) for row in picture.styles)
            for size, picture in pictures.items()
        }
        lines += [f"# {state}", *(f"  {name} {style}" for style, name in names.items())]
        for size, picture in pictures.items():
            rows, runs = base.get(size, ((), ()))
            lines += [f"## {state} {size} {len(picture.rows)}"]
            lines += _beside(picture.rows, rows, "|")
            told, known = map(_in_letters, coded[size]), tuple(map(_in_letters, runs))
            lines += _beside(tuple(told), known, " ")
        base = base or {size: (each.rows, coded[size]) for size, each in pictures.items()}
    return "\n".join(lines) + "\n"


def _names(
    pictures: dict[str, Picture], base: dict[str, tuple[tuple[str, ...], tuple[Runs, ...]]]
) -> dict[str, str]:
    """A letter for each style: where a row is cut as in the base, the letter it has there."""
    names: dict[str, str] = {}
    for size, picture in pictures.items():
        for row, known in zip(picture.styles, base.get(size, ((), ()))[1], strict=False):
            if [n for _, n in row] == [n for _, n in known]:
                for (style, _), (name, _) in zip(row, known, strict=True):
                    if style not in names and name not in names.values():
                        names[style] = name
    free = (letter for letter in _NAMES if letter not in set(names.values()))
    for picture in pictures.values():
        for row in picture.styles:
            for style, _ in row:
                if style not in names:
                    names[style] = next(free)
    return names


def _in_letters(runs: Runs) -> str:
    return "".join(f"{name}{number}" for name, number in runs)


def _beside(rows: tuple[str, ...], base: tuple[str, ...], lead: str) -> list[str]:
    told = [
        SAME if at < len(base) and row == base[at] else lead + row for at, row in enumerate(rows)
    ]
    result = []
    for line, run in groupby(told):
        number = len(list(run))
        result += [f"{line}{number}"] if line == SAME else [line] * number
    return result


def read(text: str) -> Shots:
    """The pictures of a file that `written` made."""
    shots: Shots = {}
    coded: dict[str, tuple[list[str], list[str]]] = {}
    base: dict[str, tuple[list[str], list[str]]] = {}
    names: dict[str, str] = {}
    for block in re.split(r"^(?=#{1,2} )", text, flags=re.M)[1:]:
        head, *lines = block.rstrip("\n").split("\n")
        if head.startswith("# "):
            state = head[2:]
            shots[state] = {}
            base = base or coded
            coded = {}
            names = {line[2]: line[4:] for line in lines}
            continue
        _, _, size, height = head.split(" ")
        before = base.get(size, ([], []))
        whole: tuple[list[str], list[str]] = ([], [])
        for line in lines:
            part = int(len(whole[0]) == int(height))
            if line.startswith(SAME):
                for _ in range(int(line[1:])):
                    whole[part].append(before[part][len(whole[part])])
            else:
                whole[part].append(line[1:])
        coded[size] = whole
        styles = tuple(
            tuple((names[name], int(number)) for name, number in _RUN.findall(row))
            for row in whole[1]
        )
        shots[state][size] = Picture(tuple(whole[0]), styles)
    return shots
