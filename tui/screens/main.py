"""The main screen: every pane the terminal has room for."""

from __future__ import annotations

from textual import events

from engine.snapshot import EngineState
from tui.lines import Line
from tui.plan import Plan, plan
from tui.screens.desk_screen import DeskScreen
from tui.viewmodel import chrome
from tui.viewmodel.frame import Box
from tui.viewmodel.panes import NAMES, PANES
from tui.viewmodel.view import View

FIRST_ROW = 2
"""Row of a table's first row in its pane: under the frame and the head."""

_BEFORE = (EngineState.STARTING, EngineState.WARMING)


class MainScreen(DeskScreen):
    """TRADERS and the panes around it."""

    place = "main"

    def bodies(self) -> tuple[str, ...]:
        """All panes, and the splash before them."""
        return (*PANES, "splash")

    def place_now(self, view: View) -> str:
        """While the desk warms up only a few keys make sense."""
        found = super().place_now(view)
        return "splash" if found == "main" and view.snapshot.state in _BEFORE else found

    def shape(self, view: View) -> tuple[object, ...]:
        """A zoomed pane, or one there is no room for, takes the body alone."""
        state = view.state
        return (*super().shape(view), state.zoomed, state.pane, view.snapshot.state in _BEFORE)

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """All panes; one alone when zoomed or when it would not be shown otherwise."""
        view = self.desk.view()
        if view.snapshot.state in _BEFORE:
            return plan(width, height, banner, "splash")
        name = NAMES[view.state.pane]
        whole = plan(width, height, banner)
        if view.state.zoomed or ("small" not in whole.places and name not in whole.places):
            return plan(width, height, banner, name)
        return whole

    def on_click(self, event: events.Click) -> None:
        """A click moves the keys to a pane, and the cursor to a row of its table."""
        name = event.widget.id if event.widget is not None else None
        if name not in PANES:
            return
        state = self.desk.state
        state.pane = PANES[name][0]
        keys, selection = state.keys.get(state.pane, []), state.selection(state.pane)
        index = selection.top + event.y - FIRST_ROW
        if name in ("traders", "balances") and event.y >= FIRST_ROW and index < len(keys):
            selection.key = keys[index]
        self.desk.look()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self._wheel(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self._wheel(-1)

    def _wheel(self, step: int) -> None:
        state = self.desk.state
        state.selection(state.pane).move(state.keys.get(state.pane, []), step)
        self.desk.repaint()

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """One pane."""
        if name == "splash":
            return chrome.splash(view, width, height)
        number, draw = PANES[name]
        boxed = self._placed.plan.boxed
        return draw(view, Box(width, height, boxed, focused=view.state.pane == number))
