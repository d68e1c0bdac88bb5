"""Keys that move and arrange: they change what is shown and ask nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.state import PANES, ScreenState
from tui.viewmodel import traders
from tui.viewmodel.held import CONTRACTS, PAIRS

PAGE: Final = 10
FAR: Final = 1_000_000


def _move(step: int) -> Callable[[ScreenState], None]:
    return lambda state: state.move(step)


def _focus(pane: int) -> Callable[[ScreenState], None]:
    return lambda state: state.focus(pane)


def _next_sort(state: ScreenState) -> None:
    names = list(traders.SORTS)
    state.sort_by(names[(names.index(state.sort) + 1) % len(names)], state.inverted)


MOVES: dict[str, Callable[[ScreenState], None]] = {
    "down": _move(1),
    "above": _move(-1),
    "page-down": _move(PAGE),
    "page-up": _move(-PAGE),
    "first": _move(-FAR),
    "last": _move(FAR),
    "next-pane": lambda state: state.focus_next(1),
    "last-pane": lambda state: state.focus_next(-1),
    **{f"pane-{n}": _focus(n) for n in range(1, PANES + 1)},
    "sort": _next_sort,
    "invert": ScreenState.invert_sort,
    "mark": ScreenState.mark,
    "unmark": ScreenState.unmark_all,
    "open-only": lambda state: state.show_open_only(not state.open_only),
    "zoom": lambda state: state.zoom(True),
    "unzoom": lambda state: state.zoom(False),
    "contracts": lambda state: state.focus(PAIRS if state.pane == CONTRACTS else CONTRACTS),
    "freeze": lambda state: state.freeze(not state.frozen),
    "mute": lambda state: state.mute(state.bell),
}
"""Actions that change the screen's own state and nothing else."""
