"""Keys that move and arrange: they change what is shown and ask nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable

from tui.state import TEXT, ScreenState
from tui.viewmodel import traders
from tui.viewmodel.positions import CONTRACTS, PAIRS

PAGE = 10


def _move(step: int) -> Callable[[ScreenState], None]:
    def move(state: ScreenState) -> None:
        pane = TEXT if state.reading else state.pane
        state.selection(pane).move(state.keys.get(pane, []), step)

    return move


def _pane(number: int) -> Callable[[ScreenState], None]:
    def go(state: ScreenState) -> None:
        state.pane = number

    return go


def _turn(step: int) -> Callable[[ScreenState], None]:
    def turn(state: ScreenState) -> None:
        if state.reading is None:
            state.pane = (state.pane - 1 + step) % 8 + 1
        else:
            # A text that is all in sight has nothing to move in.
            state.reading = not state.reading and len(state.keys.get(TEXT, [])) > 1

    return turn


def _sort(state: ScreenState) -> None:
    names = list(traders.SORTS)
    state.sort = names[(names.index(state.sort) + 1) % len(names)]


def _invert(state: ScreenState) -> None:
    state.inverted = not state.inverted


def _mark(state: ScreenState) -> None:
    key = state.selected(1)
    if key:
        state.marks ^= {key}
        state.selection(1).move(state.keys.get(1, []), 1)


def _other_list(state: ScreenState) -> None:
    state.pane = PAIRS if state.pane == CONTRACTS else CONTRACTS


def _set(name: str, value: object | None = None) -> Callable[[ScreenState], None]:
    def change(state: ScreenState) -> None:
        setattr(state, name, not getattr(state, name) if value is None else value)

    return change


FAR = 1_000_000

MOVES: dict[str, Callable[[ScreenState], None]] = {
    "down": _move(1),
    "above": _move(-1),
    "page-down": _move(PAGE),
    "page-up": _move(-PAGE),
    "first": _move(-FAR),
    "last": _move(FAR),
    "next-pane": _turn(1),
    "last-pane": _turn(-1),
    **{f"pane-{n}": _pane(n) for n in range(1, 9)},
    "sort": _sort,
    "invert": _invert,
    "mark": _mark,
    "unmark": lambda state: state.marks.clear(),
    "open-only": _set("open_only"),
    "zoom": _set("zoomed", True),
    "unzoom": _set("zoomed", False),
    "contracts": _other_list,
    "freeze": _set("frozen"),
    "mute": _set("bell"),
}
"""Actions that change the screen's own state and nothing else."""
