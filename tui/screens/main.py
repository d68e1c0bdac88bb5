"""The main screen: every pane the terminal has room for."""

from __future__ import annotations

from engine.snapshot import EngineState
from tui.lines import Line
from tui.plan import Plan, plan
from tui.screens.desk_screen import DeskScreen
from tui.viewmodel import chrome
from tui.viewmodel.frame import Box
from tui.viewmodel.panes import NAMES, PANES
from tui.viewmodel.view import View

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

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """One pane."""
        if name == "splash":
            return chrome.splash(view, width, height)
        number, draw = PANES[name]
        boxed = self._placed.plan.boxed
        return draw(view, Box(width, height, boxed, focused=view.state.pane == number))
