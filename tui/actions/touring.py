"""The guided tour: a step shows its screen and points at its pane, and presses nothing."""

from __future__ import annotations

from tui.pane_numbers import TRADERS
from tui.shown import Shown
from tui.viewmodel.tour import OFFERED, STEPS


def go_on(desk: Shown) -> None:
    """Begin the tour, or go to its next step; after the last one it ends."""
    at = (desk.state.tour or OFFERED) + 1
    if at > len(STEPS):
        _end(desk)
        desk.say(f"that was the tour; {desk.keymap.first('tour')} begins it again")
    else:
        _show(desk, at)


def go_back(desk: Shown) -> None:
    """Go to the step before; the first one stays."""
    if desk.state.tour:
        _show(desk, max(1, desk.state.tour - 1))


def leave(desk: Shown) -> bool:
    """Leave the tour where its own screen is in front; False where there is something to close.

    On a screen that was opened from a step the key goes back to the step first.
    """
    at = desk.state.tour
    if at is None or desk.place != ("main" if at == OFFERED else STEPS[at - 1].place):
        return False
    _end(desk)
    return True


def _show(desk: Shown, at: int) -> None:
    step = STEPS[at - 1]
    _to_the_main_screen(desk)
    desk.state.tour_at(at, step.points)
    desk.state.zoom(False)
    desk.state.focus(step.pane)
    if step.place != "main":
        desk.open_screen(step.place)


def _end(desk: Shown) -> None:
    if desk.state.tour != OFFERED:
        _to_the_main_screen(desk)
        desk.state.focus(TRADERS)
    desk.state.tour_at(None)


def _to_the_main_screen(desk: Shown) -> None:
    while desk.close_screen():
        pass
